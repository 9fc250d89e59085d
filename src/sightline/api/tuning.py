"""A model tuned on pairs, its adapter merged, and what became of it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sightline.evaluation.before_after import BeforeAfter
    from sightline.tuning.arguments import Computing, Watching
    from sightline.tuning.merging import Merged
    from sightline.tuning.recipes import Recipe
    from sightline.tuning.request import Tuned

__all__ = ["before_after", "merge", "tune"]


def tune(
    model: str,
    pairs: str | Path | Iterable[str | Path],
    images: str | Path,
    out: str | Path,
    recipe: "str | Recipe | None" = None,
    held_out: Iterable[str | Path] = (),
    seed: int = 0,
    computing: "Computing | None" = None,
    watching: "Watching | None" = None,
    tell: Callable[[str, str], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> "Tuned":
    """Tune a model on preference pairs; the folder that is written is a model for `measure` and all else.

    Args:
        model: a folder, an id on the hub, or "bundled".
        pairs: files of pairs, as `read_pairs` takes them.
        images: the folder of their images.
        out: the folder to write to; the same call again goes on where a run was interrupted.
        recipe: its name, or settings of your own (`sightline.tuning.recipes.Recipe`); where None "dpo", for the bundled
            model "finer-bundled".
        held_out: files of pairs to watch; the recipe's share of the pairs where there are none.
        seed: what order, adapters and dropout are drawn with.
        computing: how it is computed (`sightline.tuning.arguments.Computing`).
        watching: when it is looked at and saved (`sightline.tuning.arguments.Watching`).
        tell: told what there is to know, a name and a text each.
        progress: told the name of a step, how much of it is done, and of how much.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.models.bundled_model import BUNDLED
    from sightline.tuning.recipes import recipe as named
    from sightline.tuning.tune import Request
    from sightline.tuning.tune import tune as run

    chosen = recipe or ("finer-bundled" if model == BUNDLED else "dpo")
    how = named(chosen) if isinstance(chosen, str) else chosen
    files = [pairs] if isinstance(pairs, str | Path) else list(pairs)
    request = Request(model, files, Path(images), Path(out), how, list(held_out), seed)
    return run(request, computing, watching, tell, progress)


def merge(
    adapter: str | Path,
    out: str | Path,
    base: str | Path | None = None,
    any_base: bool = False,
    revision: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "Merged":
    """Write a base with its adapter added, as plain weights that transformers and vLLM load without sightline and PEFT.

    Args:
        adapter: a LoRA adapter: its folder, or its id on the hub.
        out: a folder that is new or empty.
        base: where the base is, where not where the adapter says.
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the adapter on the hub.
        progress: told how many files of weights are done, and how many there are.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.tuning.merging import merge as merge_into

    return merge_into(adapter, out, base=base, any_base=any_base, revision=revision, progress=progress)


def before_after(
    before: Iterable[str | Path],
    after: Iterable[str | Path],
    labels: Sequence[str] = (),
    general: Sequence[str] = (),
    splits: Sequence[str] = (),
    draws: int = 10_000,
    seed: int = 0,
    allow_missing: bool = False,
) -> "BeforeAfter":
    """Compare runs of a model with those of what became of it: every rate, paired on the same questions.

    Args:
        before: run folders of the first model, or folders that hold them.
        after: those of the second.
        labels: label sets to score under instead of those that the runs name, each as ``BENCHMARK:LABELS``.
        general: what was not meant to change, each as ``BENCHMARK`` or ``BENCHMARK@SPLIT``.
        splits: compare only these.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: compare only the questions that both have a reply to.

    Raises:
        RequestError: the runs did not ask the same.
        DataError, MissingError: a file is broken, or replies are missing.
    """
    from sightline.evaluation.before_after import before_after as of_runs

    return of_runs(
        before,
        after,
        labels=labels,
        general=general,
        splits=splits,
        draws=draws,
        seed=seed,
        allow_missing=allow_missing,
    )
