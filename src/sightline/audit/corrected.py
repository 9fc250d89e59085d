"""Benchmark files with the labels that people found: in their own format, ambiguous questions left out and listed.

Every other byte stays: ids, order, fields, line ends (unless others are asked for). Questions that nobody has decided
keep their label, unless only what is decided is wanted. A file beside, ``left_out.jsonl``, lists every row that is no
longer there, and why.

Supported are benchmarks whose rows are JSON and hold the label themselves: ``label`` with yes or no (POPE), or
``right`` with the place of the right choice (FINER as sightline writes it). A question of a pair cannot stand alone:
where one of the two is left out, or the right choice makes both true or both false, both are left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sightline.audit.entries import Outcome
from sightline.audit.items import AMBIGUOUS, Item, Word
from sightline.core import Benchmark, Claim, Question
from sightline.errors import DataError, RequestError
from sightline.evaluation.keys import read_answer_keys
from sightline.queries.fine_question import affirming
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, Rows, encode_rows, read_rows

__all__ = ["LEFT_OUT", "Corrected", "LeftOut", "corrected_files", "write_corrected"]

LEFT_OUT = "left_out.jsonl"
"""The file beside, which no benchmark takes for its own."""


class LeftOut(NamedTuple):
    """A row that is no longer there.

    Args:
        file: the name of its file.
        row: its line, or its place in the array, from 1.
        question: the id of the question.
        why: "ambiguous", "not decided", or what became of its pair.
        record: the row as it was.
    """

    file: str
    row: int
    question: str
    why: str
    record: Mapping[str, Any]


class Corrected(NamedTuple):
    """Corrected files.

    Args:
        files: name → content.
        changed: rows whose label is another now.
        left_out: rows that are no longer there.
        checked: the files they were made of, which nothing is written over.
    """

    files: Mapping[str, bytes]
    changed: int
    left_out: tuple[LeftOut, ...]
    checked: frozenset[Path] = frozenset()


class _Row(NamedTuple):
    """A row of a file, and what has been decided of the question that it asks."""

    file: str
    number: int
    record: dict[str, Any]
    question: Question
    word: str | None
    """None: nothing, so that its label is kept."""
    old: str | None = None
    """The label that was checked, as the item has it."""


Mend = Callable[[_Row], dict[str, Any] | str]
"""A row and what was found → the row as it is to be, or why it is to be left out."""


def corrected_files(
    benchmark: Benchmark,
    labels: str,
    items: Sequence[Item],
    outcomes: Mapping[str, Outcome],
    decided_only: bool = False,
    newline: str | None = None,
) -> Corrected:
    """Put what was found into the files that were checked.

    Args:
        benchmark: whose files they are.
        labels: the label set that was checked: a public name or ``NAME=PATH``.
        items: what was looked at.
        outcomes: item → what came of it.
        decided_only: leave out what nobody has decided; otherwise it keeps its label.
        newline: what ends a line; None: what ended it before.

    Raises:
        RequestError: files of this kind cannot be written back.
        DataError: the files are others than those that were checked, or laid out in no way that can be written back.
    """
    keys = read_answer_keys(benchmark, (labels,))
    label_set = keys.label_sets[0]
    files = {Path(source.name).name: _read(source.name) for source in label_set.sources}
    asked = {_about(question): question for question in keys.questions}
    of = {_item_about(item): item for item in items}
    if unknown := [item for about, item in of.items() if about not in asked]:
        raise DataError(
            f"{len(unknown):,} of {len(items):,} items that were looked at are not in the files of "
            f"{label_set.name!r}, the first of them {unknown[0].text!r} about {unknown[0].image}",
            hint="Name the label set that was checked.",
        )
    rows = list(_rows(files, keys.questions, of, outcomes, decided_only))
    mend = _mend_choice if any(question.choices for question in keys.questions) else _mend_yes_no
    mended = _unpaired(rows, [mend(row) for row in rows])
    kept: dict[str, list[dict[str, Any]]] = {name: [] for name in files}
    left_out: list[LeftOut] = []
    for row, became in zip(rows, mended, strict=True):
        if isinstance(became, str):
            left_out.append(LeftOut(row.file, row.number, row.question.id, became, row.record))
        else:
            kept[row.file].append(became)
    layouts = {
        name: found.layout if newline is None else found.layout._replace(newline=newline)
        for name, found in files.items()
    }
    written = {name: encode_rows(kept[name], layout) for name, layout in layouts.items() if kept[name]}
    changed = sum(
        not isinstance(became, str) and became != row.record for row, became in zip(rows, mended, strict=True)
    )
    checked = frozenset(Path(source.name).resolve() for source in label_set.sources)
    return Corrected(written, changed, tuple(left_out), checked)


def write_corrected(corrected: Corrected, out: Path, overwrite: bool = False) -> list[Path]:
    """Write corrected files into a folder, and beside them what was left out.

    Args:
        corrected: the files.
        out: the folder.
        overwrite: replace files that are there already.

    Raises:
        RequestError: a file is there already, or would replace one of those that were checked.
        DataError: a file cannot be written.
    """
    beside = encode_rows([row._asdict() for row in corrected.left_out], Layout()) if corrected.left_out else b""
    files = {**corrected.files, LEFT_OUT: beside}
    for name in files:
        if (out / name).exists() and (not overwrite or (out / name).resolve() in corrected.checked):
            why = "holds the labels that were checked" if overwrite else "is there already"
            raise RequestError(f"{out / name} {why}; name another folder.")
    return [write_bytes(out / name, data) for name, data in files.items()]


def _read(path: str) -> Rows:
    """Read a file that can be written back byte for byte."""
    if not path.endswith((".json", ".jsonl")):
        raise RequestError(
            f"{path} cannot be written back: corrected files are JSON whose rows hold their label. "
            "What was found can be written as CSV, and of questions of yes or no as a label set."
        )
    rows = read_rows(path)
    if encode_rows(rows.records, rows.layout) != Path(path).read_bytes():
        raise DataError("this file is laid out in no way that can be written back byte for byte", file=path)
    return rows


_About = tuple[str, Claim | tuple[str, ...]]
"""An image, and the claim, or the text and choices, asked about it: what is decided once for all splits."""


def _about(question: Question) -> _About:
    image = question.images[0].name
    return (image, (question.text, *question.choices)) if question.choices else (image, question.claims[0])


def _item_about(item: Item) -> _About:
    return item.image, (item.text, *item.choices) if item.claim is None else item.claim


def _rows(
    files: Mapping[str, Rows],
    questions: Sequence[Question],
    of: Mapping[_About, Item],
    outcomes: Mapping[str, Outcome],
    decided_only: bool,
) -> Iterator[_Row]:
    """Every row with its question, which its benchmark read in the order of the rows."""
    places = [
        (file, number, record)
        for file, rows in files.items()
        for record, number in zip(rows.records, rows.numbers, strict=True)
    ]
    if len(places) != len(questions):
        raise DataError(
            f"the files have {len(places):,} rows and ask {len(questions):,} questions",
            file=next(iter(files), None),
            hint="Files in which only some rows are questions of this benchmark cannot be written back.",
        )
    for (file, number, record), question in zip(places, questions, strict=True):
        item = of.get(_about(question))
        outcome = outcomes.get(item.key) if item else None
        word = outcome.word if outcome else None
        if word is None and decided_only:
            word = _UNDECIDED
        yield _Row(file, number, record, question, word, item.old if item else None)


_UNDECIDED = "not decided"


def _mend_yes_no(row: _Row) -> dict[str, Any] | str:
    label = row.record.get("label")
    if label not in (Word.YES, Word.NO):
        problem = f"label is {label!r}, expected yes or no"
        raise DataError(problem, file=row.file, row=row.number, hint="Only such files can be written back.")
    _same_label(row, str(label))
    if row.word in (AMBIGUOUS, _UNDECIDED):
        return str(row.word)
    return row.record if row.word is None else {**row.record, "label": row.word}


def _mend_choice(row: _Row) -> dict[str, Any] | str:
    right = row.record.get("right")
    if not isinstance(right, int):
        problem = f"there is no right, which names the right choice; found {', '.join(row.record)}"
        hint = "Of questions with choices, only files that sightline built can be written back."
        raise DataError(problem, file=row.file, row=row.number, hint=hint)
    _same_label(row, chr(ord("A") + right))
    if row.word in (AMBIGUOUS, _UNDECIDED):
        return str(row.word)
    if row.word is None:
        return row.record
    found = ord(row.word) - ord("A")
    affirms = row.record.get("affirms")
    if affirms is None:
        affirms = affirming(row.question.choices)
    if (found == affirms) is not (right == affirms):
        return f"{row.word} is right, so that its pair has no longer one true and one false question"
    return {**row.record, "right": found}


def _same_label(row: _Row, label: str) -> None:
    """Refuse files that say something else than what was checked: they have been mended before, or are others."""
    if row.old is not None and row.old != label:
        raise DataError(
            f"{row.question.id} is labelled {label!r}, and {row.old!r} is what was checked",
            file=row.file,
            row=row.number,
            hint="Name the label set that was checked, not one that was made of it.",
        )


def _unpaired(rows: Sequence[_Row], mended: list[dict[str, Any] | str]) -> list[dict[str, Any] | str]:
    """Leave the partners of questions out that were left out themselves."""
    gone = {
        row.record["pair"]: row.question.id
        for row, became in zip(rows, mended, strict=True)
        if isinstance(became, str) and "pair" in row.record
    }
    return [
        f"its pair is without {gone[row.record['pair']]}"
        if not isinstance(became, str) and row.record.get("pair") in gone
        else became
        for row, became in zip(rows, mended, strict=True)
    ]
