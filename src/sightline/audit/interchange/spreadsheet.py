"""CSV: a line for each verdict, for spreadsheets and scripts; lines that nobody has filled in wait for a verdict.

Columns: item, image, question, choices, person, stage, verdict, note, at, seconds; old_label and adjudicated where
asked for. A verdict is one of the item's words, or "skip". Needed to come back are item, person and verdict.
Adjudications go out and come back too, as stage "adjudicate".

Cells that a spreadsheet would take for a formula get an apostrophe before them, which is taken away again. Items are
written as ``item:0f3a…``, since a spreadsheet turns sixteen digits into a number, and what it has changed is lost.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sightline.audit.entries import Act, Entry, Stage, standing
from sightline.audit.interchange.incoming import Imported, Said, entry_time, imported, person_named, seconds_looked
from sightline.audit.interchange.outgoing import choices_listed, information
from sightline.audit.items import Item
from sightline.errors import DataError
from sightline.records.table_rows import read_table_rows

__all__ = ["escaped", "plain", "read_spreadsheet", "spreadsheet"]

_COLUMNS = ("item", "image", "question", "choices", "person", "stage", "verdict", "note", "at", "seconds")
_NEEDED = ("item", "person", "verdict")
_ITEM = "item:"
_SKIP = "skip"
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a cell begins with that spreadsheets calculate, or that hides what they would."""


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Example:
        >>> escaped("=1+1"), escaped("'tis"), escaped("yes")
        ("'=1+1", "''tis", 'yes')
    """
    return "'" + text if text.startswith((*_FORMULA, "'")) else text


def plain(cell: str) -> str:
    """What was escaped.

    Example:
        >>> plain("'=1+1"), plain("''tis"), plain("'tis")
        ('=1+1', "'tis", "'tis")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell


def spreadsheet(
    items: Sequence[Item],
    entries: Iterable[Entry] = (),
    adjudicated: Mapping[str, str] = MappingProxyType({}),
    with_old: bool = False,
) -> bytes:
    """Write a line for each verdict and skip that stands, and one for each item of which nothing does.

    Args:
        items: what there is to look at.
        entries: all, in their order.
        adjudicated: item → what was decided, to stand in a column of its own.
        with_old: let the label that is checked stand in a column of its own.
    """
    of: dict[str, list[Entry]] = {item.key: [] for item in items}
    for entry in standing(entries):
        of[entry.item].append(entry)
    more = (*(("old_label",) if with_old else ()), *(("adjudicated",) if adjudicated else ()))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, (*_COLUMNS, *more), restval="", lineterminator="\r\n")
    writer.writeheader()
    for item in items:
        known = information(item, adjudicated, with_old)
        for cells in map(_cells, of[item.key]) if of[item.key] else ({"question": item.text},):
            row = {"item": _ITEM + item.key, "image": item.image, "choices": choices_listed(item), **cells, **known}
            writer.writerow({name: escaped(cell) for name, cell in row.items()})
    return buffer.getvalue().encode()


def _cells(entry: Entry) -> dict[str, str]:
    return {
        "question": entry.wording,
        "person": entry.person,
        "stage": entry.stage.value,
        "verdict": _SKIP if entry.act is Act.SKIP else str(entry.word),
        "note": entry.note,
        "at": entry.at,
        "seconds": "" if entry.seconds is None else repr(entry.seconds),
    }


def read_spreadsheet(
    path: str | Path, items: Sequence[Item], at: str, people: Mapping[str, str] = MappingProxyType({})
) -> Imported:
    """Read a file of verdicts, with commas, semicolons or tabs between cells.

    Args:
        path: the file.
        items: what was looked at.
        at: the time of verdicts that tell none, ISO 8601 in UTC.
        people: who stands in the column person → name here, for those who have another.

    Raises:
        DataError: the file is broken or another tool's, or says what no labeller of this audit can have said.
    """
    rows = read_table_rows(path)
    file = rows.source.name
    if missing := [name for name in _NEEDED if name not in rows.records[0]]:
        hint = f"A file of verdicts has at least {', '.join(_NEEDED)}; this one has {', '.join(rows.records[0])}."
        raise DataError(f"there is no column {missing[0]}", file=file, row=1, hint=hint)
    said: list[Said] = []
    empty = 0
    for record, row in zip(rows.records, rows.numbers, strict=True):
        cells = {name: plain(str(cell)) for name, cell in record.items() if cell is not None}
        if cells.get("verdict", "").strip():
            said.append(_said(cells, at, people, file, row))
        else:
            empty += 1
    return imported(said, items, file, empty)


def _said(cells: Mapping[str, str], at: str, people: Mapping[str, str], file: str, row: int) -> Said:
    verdict, stage = cells["verdict"], cells.get("stage") or Stage.LABEL
    if stage not in tuple(Stage):
        problem = f"the stage is {stage!r}, expected {' or '.join(Stage)}"
        raise DataError(problem, file=file, row=row)
    return Said(
        row,
        cells["item"].removeprefix(_ITEM),
        person_named(cells["person"] or None, people, file, row, own_name=True),
        None if verdict == _SKIP else verdict,
        entry_time(cells.get("at"), at, file, row),
        seconds_looked(cells.get("seconds"), file, row),
        cells.get("note", ""),
        cells.get("question", ""),
        Stage(stage),
    )
