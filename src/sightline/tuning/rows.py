"""Rows of files of pairs, and what is wrong with them that can be seen without a model.

Nothing is tuned on a row that teaches nothing or the wrong thing: one whose image is not there, whose two replies are
the same, that stands there twice, or that another row contradicts. FINER-Tuning's released generator makes such rows
where an edit changed nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sightline.core import PreferencePair, SourceFile
from sightline.errors import DataError, RequestError
from sightline.preferences.read_pairs import read_pair_file
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows

__all__ = [
    "BadRow",
    "PairRow",
    "PairRows",
    "find_bad",
    "hold_out",
    "read_files",
    "refuse_bad",
    "refuse_shared_images",
    "write_bad",
]

_NAMED = 3
"""Rows that an error names; all are in the file."""


class PairRow(NamedTuple):
    """A pair and where it stands.

    Args:
        pair: the pair.
        file: its file.
        row: its row in the file, from one.
    """

    pair: PreferencePair
    file: str
    row: int


class PairRows(NamedTuple):
    """The rows of several files.

    Args:
        rows: in the order of the files.
        formats: the format of each file.
        left_out: rows that the format itself says are not to be trained on.
        files: the files with their hashes.
    """

    rows: tuple[PairRow, ...]
    formats: tuple[str, ...]
    left_out: int
    files: tuple[SourceFile, ...]


class BadRow(NamedTuple):
    """A row that cannot be tuned on.

    Args:
        row: the row.
        reason: of which kind its defect is: equal reasons are counted together.
        detail: what else there is to say of this one.
    """

    row: PairRow
    reason: str
    detail: str = ""


def read_files(paths: Sequence[str | Path], images: str | Path, limit: int | None = None) -> PairRows:
    """Read files of pairs.

    Args:
        paths: of any format that `read_pair_file` knows.
        images: the folder of their images.
        limit: keep the first so many pairs.

    Raises:
        RequestError: no file is named.
        DataError: a file cannot be read, or the folder is not there.
    """
    if not paths:
        raise RequestError("No pairs are named: --pairs FILE …")
    read = [read_pair_file(path, images) for path in paths]
    rows = [
        PairRow(pair, found.source.name, row)
        for found in read
        for pair, row in zip(found.pairs, found.rows, strict=True)
    ]
    return PairRows(
        tuple(rows[:limit]),
        tuple(found.format for found in read),
        sum(found.left_out for found in read),
        tuple(found.source for found in read),
    )


def find_bad(rows: Iterable[PairRow], images: Path) -> list[BadRow]:
    """Look for rows that cannot be tuned on, as far as can be seen without a model.

    Of rows that are alike the first is good.
    """
    rows = list(rows)
    there = {name: (images / name).is_file() for name in {row.pair.image.name for row in rows}}
    preferred = {_said(row.pair, row.pair.chosen): row for row in reversed(rows)}
    seen: dict[str, PairRow] = {}
    found: list[BadRow] = []
    for row in rows:
        pair = row.pair
        first = seen.setdefault(pair.key, row)
        other = preferred.get(_said(pair, pair.rejected))
        if not there[pair.image.name]:
            found.append(BadRow(row, "the image is not there", pair.image.name))
        elif _plain(pair.chosen) == _plain(pair.rejected):
            found.append(BadRow(row, "chosen and rejected say the same", repr(pair.chosen)))
        elif first is not row:
            found.append(BadRow(row, "the pair stands there already", f"row {first.row} of {first.file}"))
        elif other is not None and _said(other.pair, other.pair.rejected) == _said(pair, pair.chosen):
            found.append(BadRow(row, "another row prefers the other reply", f"row {other.row} of {other.file}"))
    return found


def _said(pair: PreferencePair, reply: str) -> tuple[str, str, str, str]:
    return pair.image.name, pair.prompt, pair.context, _plain(reply)


def _plain(text: str) -> str:
    """What two replies are compared by: without case, width of letters, blanks and what ends a sentence."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", folded).strip(" .!")


def refuse_bad(bad: Sequence[BadRow], rows: int, skip: bool, report: Path) -> None:
    """Write bad rows down, and refuse them unless they may be left out.

    Args:
        bad: the rows.
        rows: how many there are in all.
        skip: whether they may be left out.
        report: the file to write.

    Raises:
        DataError: there are some, and they may not; or none is left.
    """
    if not bad:
        return
    write_bad(bad, report)
    if len(bad) == rows:
        raise DataError(f"none of {rows:,} pairs can be tuned on: {_counted(bad)}", file=report)
    if not skip:
        named = "; ".join(_named(one) for one in bad[:_NAMED])
        raise DataError(
            f"{len(bad):,} of {rows:,} pairs cannot be tuned on: {_counted(bad)}. The first: {named}",
            file=report,
            hint="The file lists them all. Mend them, or leave them out: --skip-bad-rows.",
        )


def _counted(bad: Sequence[BadRow]) -> str:
    counts = Counter(one.reason for one in bad)
    return ", ".join(f"{count:,} × {reason}" for reason, count in counts.most_common())


def _named(one: BadRow) -> str:
    return f"{one.row.file}:{one.row.row}: {one.reason}" + (f" ({one.detail})" if one.detail else "")


def write_bad(bad: Iterable[BadRow], path: Path) -> Path:
    """Write which rows are bad and why, a row a line.

    Raises:
        DataError: it cannot be written.
    """
    records: list[dict[str, Any]] = [
        {
            "file": one.row.file,
            "row": one.row.row,
            "reason": one.reason,
            **({"detail": one.detail} if one.detail else {}),
            "image": one.row.pair.image.name,
            "prompt": one.row.pair.prompt,
        }
        for one in bad
    ]
    return write_bytes(path, encode_rows(records, Layout()))


def hold_out(rows: Sequence[PairRow], share: float, seed: int) -> tuple[list[PairRow], list[PairRow]]:
    """Draw images until about a share of all pairs is theirs.

    Returns:
        The rows of the other images, and those of the images that were drawn; both in order.
    """
    images = sorted({row.pair.image.name for row in rows})
    per_image = Counter(row.pair.image.name for row in rows)
    drawn: set[str] = set()
    held = 0
    for place in np.random.default_rng([seed, _HELD_OUT]).permutation(len(images)):
        if held >= share * len(rows) or len(drawn) == len(images) - 1:
            break
        drawn.add(images[place])
        held += per_image[images[place]]
    return (
        [row for row in rows if row.pair.image.name not in drawn],
        [row for row in rows if row.pair.image.name in drawn],
    )


_HELD_OUT = 1
"""Keeps this draw apart from others of the same seed."""


def refuse_shared_images(rows: Iterable[PairRow], held_out: Iterable[PairRow]) -> None:
    """See that nothing is watched that is tuned on.

    Raises:
        DataError: an image is in both.
    """
    held = {row.pair.image.name: row for row in held_out}
    shared = sorted({row.pair.image.name for row in rows} & held.keys())
    if shared:
        first = held[shared[0]]
        raise DataError(
            f"{len(shared):,} held-out images are tuned on as well, {shared[0]} among them",
            file=first.file,
            row=first.row,
            hint="Hold out pairs of other images, or let them be drawn: --held-out-share.",
        )
