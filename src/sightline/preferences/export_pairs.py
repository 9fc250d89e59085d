"""Pairs written in the formats of other tools, with a record beside them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sightline.core import PreferencePair
from sightline.errors import MissingError, RequestError, unknown_name
from sightline.preferences.export_targets import TARGETS, Job
from sightline.records.atomic import write_bytes

if TYPE_CHECKING:
    from sightline.models.prompts import Chat

__all__ = ["Exported", "export_pairs"]


class Exported(NamedTuple):
    """What was written.

    Args:
        pairs: how many.
        left_out: why others were left out, and how many.
        files: the files, that of the pairs first.
        remarks: what to know of the format.
        command: how the other tool trains on them.
    """

    pairs: int
    left_out: Mapping[str, int]
    files: tuple[Path, ...]
    remarks: tuple[str, ...]
    command: str


def export_pairs(
    pairs: Sequence[PreferencePair],
    to: str,
    out: str | Path,
    *,
    images: str | Path | None = None,
    chat: "Chat | None" = None,
    model: str = "MODEL",
    skip_unfit: bool = False,
    overwrite: bool = False,
    record: Mapping[str, Any] | None = None,
) -> Exported:
    """Write pairs in the format of another tool.

    Args:
        pairs: the pairs.
        to: one of `TARGETS`.
        out: the file to write, or the folder for HA-DPO's.
        images: the folder of the images, whose full paths are then written; without it they are written as they are.
        chat: for trl: write prompts out in this model's chat format.
        model: what the command is to call that model.
        skip_unfit: leave out pairs that the format cannot hold, and count them.
        overwrite: replace earlier files.
        record: what else the record beside the file is to say.

    Raises:
        RequestError: there is no such format, it cannot hold some pairs, or a file is there already.
        MissingError: images are not there.
        DataError: a file cannot be written.
    """
    if to not in TARGETS:
        raise unknown_name("format", to, TARGETS)
    target = TARGETS[to]
    if chat is not None and to != "trl":
        raise RequestError("Only --to trl writes prompts out in a model's chat format; leave --model out.")
    reasons = [target.unfit(pair, chat is not None) for pair in pairs]
    left_out = Counter(filter(None, reasons))
    fit = [pair for pair, reason in zip(pairs, reasons, strict=True) if not reason]
    if left_out and (not skip_unfit or not fit):
        raise _unfit(to, left_out, len(pairs), bool(fit))
    folder = None if images is None else Path(images)
    if folder is not None:
        _require_images(fit, folder)
    job = Job(fit, Path(out), folder, chat, model, overwrite)
    files = (*target.write(job), _record_file(job.out))
    _write_record(files[-1], job, to, left_out, record or {}, target.remarks)
    return Exported(len(fit), dict(left_out), files, target.remarks, target.command(job))


def _unfit(to: str, reasons: Counter[str], pairs: int, some_fit: bool) -> RequestError:
    counted = "; ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
    others = " --skip-unfit writes the others." if some_fit else ""
    way = f"--to sentinel and --to trl --model MODEL hold every pair.{others}"
    return RequestError(f"Of {pairs:,} pairs --to {to} cannot hold {reasons.total():,}: {counted}. {way}")


def _require_images(pairs: Sequence[PreferencePair], folder: Path) -> None:
    names = dict.fromkeys(pair.image.name for pair in pairs)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        hint = "Check --images; without it, paths are written as they are."
        raise MissingError(
            f"{len(missing):,} of {len(names):,} images are not there, {missing[0]} first", file=folder, hint=hint
        )


def _record_file(out: Path) -> Path:
    return out / "record.json" if out.is_dir() else out.with_suffix(".record.json")


def _write_record(
    path: Path, job: Job, to: str, left_out: Mapping[str, int], given: Mapping[str, Any], remarks: Sequence[str]
) -> None:
    """Write what was exported, how, and what to know of it, beside the file."""
    images = None if job.images is None else str(job.images.resolve())
    said = {"to": to, "pairs": len(job.pairs), "left_out": dict(left_out), "images": images, "remarks": list(remarks)}
    record = {"sightline": version("sightline"), **given, **said}
    write_bytes(path, (json.dumps(record, indent=1) + "\n").encode())
