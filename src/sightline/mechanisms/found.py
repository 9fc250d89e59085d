"""Heads found by a sweep: its ranking and its heads file, beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.errors import RequestError
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.heads_file import FoundOn, HeadsFile, Intended, ModelFound, listed, write_heads
from sightline.mechanisms.outputs_file import OUTPUTS, read_outputs, write_outputs
from sightline.mechanisms.ranking import rank_heads
from sightline.mechanisms.sweep_folder import read_sweep
from sightline.models.heads import Head
from sightline.records.tables import write_tables
from sightline.stats.intervals import DRAWS

__all__ = ["HEADS", "Found", "rank_sweep"]

HEADS = "heads.json"
"""What a sweep's heads file is called."""


class Found(NamedTuple):
    """What a sweep found.

    Args:
        effects: the sweep.
        about: what ``sweep.json`` says of it.
        ranking: of all its heads, best first.
        file: the heads file.
        path: where that was written.
    """

    effects: Effects
    about: dict[str, Any]
    ranking: pa.Table
    file: HeadsFile
    path: Path

    @property
    def in_order(self) -> tuple[Head, ...]:
        """All heads, best first."""
        return _in_order(self.ranking)


def _in_order(ranking: pa.Table) -> tuple[Head, ...]:
    return tuple(Head(row["layer"], row["head"]) for row in ranking.select(["layer", "head"]).to_pylist())


def rank_sweep(
    sweep: str | Path,
    out: str | Path | None = None,
    *,
    top: int = 1,
    heads: Sequence[Head] | None = None,
    by: str = "shift",
    draws: int = DRAWS,
    seed: int = 0,
) -> Found:
    """Rank the heads of a sweep, and write the best, or those named, into a heads file.

    Args:
        sweep: the sweep's folder.
        out: the heads file; ``heads.json`` in the folder where None. Means are put beside it.
        top: how many of the best.
        heads: these instead of the best.
        by: the figure to rank by, see `ranking.RANKED_BY`; the mean change of log-odds over all prompts weighs what a
            head wins against what it harms.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Returns:
        The sweep with its ranking, which is also written into the folder, and the heads file.

    Raises:
        RequestError: fewer heads were swept than wanted, one was not swept, or nothing was hallucinated.
        MissingError: the sweep is not there, or not complete.
    """
    effects, about = read_sweep(sweep)
    ranking = rank_heads(effects, by=by, draws=draws, seed=seed)
    if not 1 <= top <= len(ranking):
        raise RequestError(f"The best {top} heads were asked for; {len(ranking)} were swept.")
    chosen = tuple(heads) if heads is not None else _in_order(ranking)[:top]
    path = Path(out) if out is not None else Path(sweep) / HEADS
    outputs = Path(sweep) / OUTPUTS
    if path.parent.resolve() != Path(sweep).resolve():
        write_outputs(path.with_name(OUTPUTS), read_outputs(outputs))
    file = _file(about, ranking, chosen)
    write_heads(path, file)
    write_tables(Path(sweep), {"ranking": ranking})
    return Found(effects, about, ranking, file, path)


def _file(about: dict[str, Any], ranking: pa.Table, heads: Sequence[Head]) -> HeadsFile:
    model, how, prompts = about["model"], about["knockout"], about["prompts"]
    sizes = (model[name] for name in ("layers", "heads", "key_value_heads", "head_dim"))
    sources = about["labels"]
    return HeadsFile(
        listed(ranking, heads),
        ModelFound(model["name"], model["family"], model["hash"], *sizes),
        Intended(how["kind"], how["scope"], how["strength"]),
        FoundOn(
            about["benchmark"],
            tuple(prompts["splits"]),
            sources[0]["sha256"] if len(sources) == 1 else None,
            prompts["count"],
            len(prompts["images"]),
            tuple(prompts["images"]),
        ),
        OUTPUTS,
    )
