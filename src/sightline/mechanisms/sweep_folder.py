"""A sweep's folder: what was swept, what came of it, and what an interrupted sweep has done so far.

- ``sweep.json`` says what was swept: model, prompts, heads, knockout; and whether it is complete.
- ``head_outputs.safetensors`` holds what heads hand on over the prompts: means and samples.
- ``prompts.parquet`` has a row for each prompt with the whole model's reply, ``effects.parquet`` one for each prompt
  and head, and so has ``estimates.parquet``, where heads were screened first.
- ``sweep.part.jsonl`` and, while heads are screened, ``estimates.part.jsonl`` are there while a sweep is under way: a
  line for each batch of images, on the disk before the next begins.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from sightline.errors import DataError, MissingError, RequestError
from sightline.mechanisms.effects import Effects, SweptPrompt
from sightline.mechanisms.outputs_file import OUTPUTS, read_outputs, write_outputs
from sightline.mechanisms.sweep import Swept
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, parse_head
from sightline.records.atomic import write_bytes
from sightline.records.folder_lock import lock_folder, refuse_other_files
from sightline.records.journal import Journal
from sightline.records.json_rows import read_json
from sightline.records.tables import parquet_bytes

__all__ = ["SweepFolder", "has_estimates", "hold_sweep", "is_sweep", "read_estimates", "read_sweep", "rounded"]

_ABOUT, _PART, _LOCK = "sweep.json", "sweep.part.jsonl", "sweep.lock"
_PROMPTS, _EFFECTS, _ESTIMATES = "prompts.parquet", "effects.parquet", "estimates.parquet"
_ESTIMATES_PART = "estimates.part.jsonl"
_VERSION = 1
_FIXED = ("benchmark", "benchmark_version", "model", "knockout", "heads", "prompts", "texts", "max_new_tokens")
_FREE = ("name", "family", "details")
_BUSY = "another process is sweeping into this folder. Wait until it is done, or choose another with --out."


class SweepFolder:
    """A sweep's folder that this process holds; `hold_sweep` gives it.

    Args:
        path: the folder.
        about: what ``sweep.json`` says.
        journal: what is done so far; None where the sweep is complete.
    """

    def __init__(self, path: Path, about: dict[str, Any], journal: Journal | None) -> None:
        self.path = path
        self.about = about
        self.done: dict[str, Swept] = {}
        """What was swept so far, by the id of the question."""
        self._journal = journal
        for line in () if journal is None else journal.lines:
            self._take(map(_swept, line))

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be done."""
        return self._journal is None

    @property
    def outputs(self) -> HeadOutputs | None:
        """What heads hand on; None where it was not gathered yet."""
        file = self.path / OUTPUTS
        return read_outputs(file) if file.exists() else None

    def keep_outputs(self, outputs: HeadOutputs) -> None:
        """Write what heads hand on."""
        write_outputs(self.path / OUTPUTS, outputs)

    @contextmanager
    def estimating(self) -> Iterator[Journal]:
        """What was estimated so far, to add to: lines of pairs of a question's id and its estimates."""
        with Journal(self.path / _ESTIMATES_PART) as journal:
            yield journal

    def keep_estimates(self, estimates: Mapping[str, Sequence[float | None]], heads: Sequence[Head]) -> None:
        """Write what was estimated of every head."""
        rows = [
            (question, *head, value)
            for question, own in estimates.items()
            for head, value in zip(heads, own, strict=True)
        ]
        names = ("question_id", "layer", "head", "estimate")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        columns["estimate"] = pa.array(columns["estimate"], pa.float64())
        write_bytes(self.path / _ESTIMATES, parquet_bytes(pa.table(columns)))

    def append(self, swept: Sequence[Swept]) -> None:
        """Put a batch on the disk.

        Raises:
            DataError: it cannot be written; what was written before is kept.
        """
        if self._journal is None:
            raise ValueError("the sweep is complete")
        self._journal.append([_line(one) for one in swept])
        self._take(swept)

    def _take(self, swept: "Iterator[Swept] | Sequence[Swept] | map[Swept]") -> None:
        self.done.update((one.prompt.question_id, one) for one in swept)

    def finish(self, order: Sequence[str], heads: Sequence[Head]) -> None:
        """Write the tables and say that the sweep is complete.

        Args:
            order: ids of the questions, in order.
            heads: the heads that were swept.

        Raises:
            DataError: a file cannot be written; the journal is then still there.
        """
        if self._journal is None:
            raise ValueError("the sweep is complete")
        swept = [self.done[question] for question in order]
        write_bytes(self.path / _PROMPTS, parquet_bytes(_prompt_table(swept)))
        write_bytes(self.path / _EFFECTS, parquet_bytes(_effect_table(swept, heads)))
        ties = {str(heads[place]) for one in swept for place in one.near_ties}
        self.about = {
            **self.about,
            "status": "complete",
            "swept_heads": [str(head) for head in heads],
            "near_ties": {"replies": sum(len(one.near_ties) for one in swept), "heads": sorted(ties)},
        }
        _write_about(self.path, self.about)
        self._journal.close()
        self._journal = None
        (self.path / _ESTIMATES_PART).unlink(missing_ok=True)
        (self.path / _PART).unlink()


@contextmanager
def hold_sweep(path: str | Path, about: Mapping[str, Any]) -> Iterator[SweepFolder]:
    """Begin a sweep, or go on with it, and keep other processes out of its folder meanwhile.

    Args:
        path: the folder; it is made where it is not there.
        about: what is to be swept, JSON-ready.

    Raises:
        RequestError: another process holds the folder, or it holds another sweep, or something else.
        DataError: the folder cannot be read or written.
    """
    path = Path(path)
    with lock_folder(path, _LOCK, _BUSY, "no sweep can be kept here"):
        wanted: dict[str, Any] = json.loads(json.dumps(about))
        if is_sweep(path):
            found = _read_about(path)
            _refuse_other_sweep(path, found, wanted)
            if found["status"] == "complete" and (path / _EFFECTS).is_file():
                (path / _PART).unlink(missing_ok=True)
                yield SweepFolder(path, found, None)
                return
        else:
            refuse_other_files(path, _LOCK, "sweep")
        found = {"sweep": _VERSION, "status": "running", **wanted}
        _write_about(path, found)
        with Journal(path / _PART) as journal:
            yield SweepFolder(path, found, journal)


def is_sweep(path: str | Path) -> bool:
    """Whether a folder holds a sweep."""
    return (Path(path) / _ABOUT).is_file()


def read_sweep(path: str | Path) -> tuple[Effects, dict[str, Any]]:
    """Read a sweep back.

    Returns:
        Its effects, and what ``sweep.json`` says.

    Raises:
        MissingError: there is no sweep, or it is not complete.
        DataError: a file is broken.
    """
    path = Path(path)
    if not is_sweep(path):
        raise MissingError("this folder holds no sweep", file=path, hint="sightline explain sweep makes one.")
    about = _read_about(path)
    if about["status"] != "complete":
        hint = f"Finish it: {about.get('command') or 'the command that began it'}"
        raise MissingError("this sweep is not complete", file=path, hint=hint)
    try:
        prompts = parquet.read_table(path / _PROMPTS).to_pylist()
        table = parquet.read_table(path / _EFFECTS)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"the sweep cannot be read ({error})", file=path, hint="Sweep anew.") from error
    heads = tuple(parse_head(name) for name in about["swept_heads"])
    shape = len(prompts), len(heads)
    true, asserted = (
        table[name].to_numpy(zero_copy_only=False).astype(np.float64).reshape(shape)
        for name in ("log_p_true", "log_p_asserted")
    )
    texts = enumerate(table["reply"].to_pylist())
    changed = {divmod(row, len(heads)): text for row, text in texts if text is not None}
    effects = Effects(
        about["model"]["layers"],
        about["model"]["heads"],
        heads,
        tuple(SweptPrompt(**_with_nan(row)) for row in prompts),
        true,
        asserted,
        about["texts"],
        changed,
        about["benchmark"],
        about["model"]["key_value_heads"],
    )
    return effects, about


def has_estimates(path: str | Path) -> bool:
    """Whether heads were screened."""
    return (Path(path) / _ESTIMATES).is_file()


def read_estimates(path: str | Path) -> pa.Table:
    """What was estimated of every head of a sweep that was screened: question_id, layer, head, estimate.

    Raises:
        MissingError: heads were not screened.
        DataError: the file is broken.
    """
    file = Path(path) / _ESTIMATES
    if not file.exists():
        raise MissingError("heads were not screened here", file=path, hint="sightline explain sweep --screen does.")
    try:
        return parquet.read_table(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"the estimates cannot be read ({error})", file=file, hint="Screen anew.") from error


def _with_nan(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: math.nan for name in ("log_p_true", "log_p_asserted") if row[name] is None}


def _read_about(path: Path) -> dict[str, Any]:
    about = read_json(path / _ABOUT)
    if not isinstance(about, dict) or about.get("sweep") != _VERSION or "status" not in about:
        raise DataError(f"this is no sweep of version {_VERSION}", file=path / _ABOUT)
    return about


def _write_about(path: Path, about: Mapping[str, Any]) -> None:
    write_bytes(path / _ABOUT, (json.dumps(about, indent=1) + "\n").encode())


def _refuse_other_sweep(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    differing = [name for name in _FIXED if _content(found.get(name)) != _content(wanted.get(name))]
    if differing:
        raise RequestError(
            f"{path} holds another sweep: {', '.join(differing)} {'is' if len(differing) == 1 else 'are'} not the "
            "same. Choose another folder with --out, or delete this one."
        )


def _content(value: Any) -> Any:
    return {key: part for key, part in value.items() if key not in _FREE} if isinstance(value, dict) else value


def _line(swept: Swept) -> dict[str, Any]:
    return {
        "prompt": [rounded(part) if isinstance(part, float) else part for part in swept.prompt],
        "log_p_true": [rounded(value) for value in swept.log_p_true.tolist()],
        "log_p_asserted": [rounded(value) for value in swept.log_p_asserted.tolist()],
        "changed": list(swept.changed.items()),
        "near_ties": list(swept.near_ties.items()),
    }


def rounded(value: float) -> float | None:
    """Six digits are what float32 has; JSON has no nan."""
    return None if math.isnan(value) else float(f"{value:.7g}")


def _swept(line: Mapping[str, Any]) -> Swept:
    *told, true, asserted = line["prompt"]
    whole = [math.nan if value is None else value for value in (true, asserted)]
    log_p_true, log_p_asserted = (np.array(line[name], np.float64) for name in ("log_p_true", "log_p_asserted"))
    changed, near_ties = dict(line["changed"]), dict(line["near_ties"])
    return Swept(SweptPrompt(*told, *whole), log_p_true, log_p_asserted, changed, near_ties)


def _prompt_table(swept: Sequence[Swept]) -> pa.Table:
    rows = [one.prompt._asdict() for one in swept]
    return pa.Table.from_pylist(
        [{k: rounded(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    )


def _effect_table(swept: Sequence[Swept], heads: Sequence[Head]) -> pa.Table:
    n = len(heads)
    questions = [one.prompt.question_id for one in swept]
    replies = [one.changed.get(place) for one in swept for place in range(n)]
    ties = [one.near_ties.get(place) for one in swept for place in range(n)]
    true = np.concatenate([[rounded(value) for value in one.log_p_true.tolist()] for one in swept])
    asserted = np.concatenate([[rounded(value) for value in one.log_p_asserted.tolist()] for one in swept])
    return pa.table(
        {
            "question_id": pa.array(np.repeat(questions, n)),
            "layer": pa.array([head.layer for head in heads] * len(swept), pa.int16()),
            "head": pa.array([head.head for head in heads] * len(swept), pa.int16()),
            "log_p_true": pa.array(true.astype(np.float32)),
            "log_p_asserted": pa.array(asserted.astype(np.float32)),
            "reply": pa.array(replies, pa.string()),
            "near_tie": pa.array(ties, pa.float32()),
        }
    )
