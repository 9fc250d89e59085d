"""The files of a run that makes FINER-Tuning's pairs: the pairs, and beside them all that they were chosen from.

pairs.jsonl            the pairs that the sampler took
pairs.all.jsonl        both polarities of every phrase, for another sampler
pairs.rejected.jsonl   what was refused, each with its reason
pairs.build.json       what was made, of what, and how; written last
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import PreferencePair
from sightline.errors import DataError, RequestError
from sightline.preferences.finer.queries import METHOD
from sightline.preferences.finer.rejected import Rejected
from sightline.preferences.pairs_file import pair_from_record, pair_record
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows, read_rows

__all__ = ["FinerFiles", "check_out", "files_of", "holds_pairs", "read_all", "write_finer_pairs"]


class FinerFiles(NamedTuple):
    """What the files hold.

    Args:
        pairs: those that the sampler took.
        all: both polarities of every phrase; None where they stand in a file already.
        rejected: what was refused.
    """

    pairs: Sequence[PreferencePair]
    all: Sequence[PreferencePair] | None = None
    rejected: Sequence[Rejected] = ()


def files_of(out: Path) -> dict[str, Path]:
    """The files of a run by what they hold.

    Example:
        >>> [path.name for path in files_of(Path("pairs.jsonl")).values()]
        ['pairs.jsonl', 'pairs.all.jsonl', 'pairs.rejected.jsonl', 'pairs.build.json']
    """
    stem = out.name.removesuffix(".jsonl")
    beside = {"all": "all.jsonl", "rejected": "rejected.jsonl", "record": "build.json"}
    return {"pairs": out, **{what: out.with_name(f"{stem}.{ending}") for what, ending in beside.items()}}


def check_out(source: Path, out: Path, overwrite: bool) -> None:
    """Refuse a file to which nothing may be written, before anything is made.

    Raises:
        RequestError: there are pairs that may not be replaced, or the source itself.
        DataError: there is no source.
    """
    if not source.exists():
        raise DataError("there is no such file or folder", file=source, hint="Check the path.")
    if out.suffix != ".jsonl":
        raise RequestError(f"Pairs are JSON lines, and {out} is called otherwise. Call it {out.with_suffix('.jsonl')}.")
    paths = files_of(out)
    if source.resolve() in [path.resolve() for path in paths.values()]:
        raise RequestError(f"The pairs would be written over {source}. Choose another file with --out.")
    there = [path for path in paths.values() if path.exists()]
    if there and not overwrite:
        raise RequestError(f"{there[0]} is there already. Choose another file with --out, or say --overwrite.")


def write_finer_pairs(out: Path, files: FinerFiles, record: Mapping[str, Any]) -> list[str]:
    """Write all files in the place of earlier ones, of which nothing stays.

    Args:
        out: the file of pairs; its folder is there.
        files: what they hold.
        record: of the run; the names of the files and their hashes are added.

    Returns:
        The files that were written.

    Raises:
        DataError: a file cannot be written.
    """
    paths = files_of(out)
    contents = {paths["pairs"]: _lines(map(pair_record, files.pairs))}
    if files.all is not None:
        contents[paths["all"]] = _lines(map(pair_record, files.all))
        contents[paths["rejected"]] = _lines(each.record for each in files.rejected)
    for path in reversed(paths.values()):  # the record first: without that the others are no run
        path.unlink(missing_ok=True)
    for path, data in contents.items():
        write_bytes(path, data)
    written = [str(path) for path in (*contents, paths["record"])]
    sha256 = {path.name: hashlib.sha256(data).hexdigest() for path, data in contents.items()}
    text = json.dumps({**record, "files": written, "sha256": sha256}, indent=1, ensure_ascii=False)
    write_bytes(paths["record"], f"{text}\n".encode())
    return written


def holds_pairs(path: Path) -> bool:
    """Whether a file holds pairs, and no annotation of images.

    Raises:
        DataError: it cannot be read.
    """
    if path.suffix != ".jsonl" or path.is_dir():
        return False
    with path.open("rb") as file:
        first = file.readline()
    return b'"chosen"' in first and b'"rejected"' in first


def read_all(path: Path) -> list[PreferencePair]:
    """Read both polarities of every phrase.

    Raises:
        DataError: it cannot be read, or a row is no pair of FINER-Tuning, or lacks what samplers go by.
    """
    rows = read_rows(path)
    pairs: list[PreferencePair] = []
    for record, row in zip(rows.records, rows.numbers, strict=True):
        pair = pair_from_record(record, path, row)
        if pair.method != METHOD or "twin" not in pair.details:
            problem = f"this pair is of {pair.method or 'no method'!r}, and its details do not say of what phrase it is"
            hint = "Only the .all.jsonl of sightline pairs finer can be sampled from."
            raise DataError(problem, file=path, row=row, hint=hint)
        pairs.append(pair)
    return pairs


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    rows = list(records)
    return encode_rows(rows, Layout()) if rows else b""
