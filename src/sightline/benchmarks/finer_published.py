"""FINER's published columns: image, image_filename, qtype, question, choice1 to choice5, gt_index.

Written so that FINER's own code can score a benchmark that was built here, and read so that FINER-CompreCap and
FINER-DOCCI load as they are. The columns name no pairs: a true and a false question about one image are one where what
is said to be seen is the same in both right options, or else in the order in which they stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.queries.fine_question import FineQuestion, Polarity, affirming, why_unanswerable
from sightline.readers.choice import normalised
from sightline.records.json_rows import Rows
from sightline.records.table_rows import column_names, read_table_rows

__all__ = ["QTYPES", "is_published", "published_table", "read_published"]

QTYPES = {"objects": "multi_obj", "attributes": "multi_attr", "relations": "multi_rel", "what": "wh"}
"""The names of the published splits, by setting."""

_SIGNS = (("objects", "obj"), ("attributes", "attr"), ("relations", "rel"), ("what", "wh"))
"""What a qtype holds, by setting; the first that fits."""

_CHOICES = tuple(f"choice{number}" for number in range(1, 6))
_COLUMNS = ("image_filename", "qtype", "question", *_CHOICES, "gt_index")


class _Told(NamedTuple):
    """What a row says: setting, polarity, options, and the places of the right one and of the one that says yes."""

    setting: str
    polarity: Polarity
    choices: tuple[str, ...]
    right: int
    affirms: int

    @property
    def true(self) -> str:
        """The right option."""
        return self.choices[self.right]


def is_published(path: Path) -> bool:
    """Whether a file has FINER's columns.

    Raises:
        DataError: it cannot be read.
    """
    names = column_names(path)
    return {"qtype", "gt_index", "choice1"} <= {*names}


def published_table(questions: Iterable[FineQuestion]) -> pa.Table:
    """Questions with FINER's columns, pair by pair; gt_index counts from 0 on, image is the name of the file.

    Raises:
        DataError: a question has another number of options than five, or belongs to no setting of FINER.
    """
    rows: list[dict[str, Any]] = []
    for question in questions:
        if len(question.choices) != len(_CHOICES) or question.setting not in QTYPES:
            problem = f"{question.id} has {len(question.choices)} options and the setting {question.setting!r}"
            hint = f"FINER's columns hold five options of {', '.join(QTYPES)}."
            raise DataError(problem, hint=hint)
        rows.append(
            {
                "image": question.image,
                "image_filename": question.image,
                "qtype": QTYPES[question.setting],
                "question": question.text,
                **dict(zip(_CHOICES, question.choices, strict=True)),
                "gt_index": question.right,
            }
        )
    types = [("image", pa.string()), *((name, pa.string()) for name in _COLUMNS[:-1]), ("gt_index", pa.int64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(types))


def read_published(path: Path) -> tuple[list[FineQuestion], list[int], SourceFile]:
    """Read a file with FINER's columns: its questions, the row of each, and the file.

    Raises:
        DataError: a column is missing, a row cannot be read, or a question has no partner.
    """
    rows = read_table_rows(path)
    file = rows.source.name
    first = _first_index(rows)
    told: list[_Told] = []
    for record, row in zip(rows.records, rows.numbers, strict=True):
        told.append(_told(record, first, file, row))
    pairs = _paired(rows, told)
    questions = []
    for place, (record, own) in enumerate(zip(rows.records, told, strict=True)):
        pair = f"{own.setting}/{pairs[place]}"
        asked = str(record["question"])
        questions.append(
            FineQuestion(
                pair + ("+" if own.polarity == "positive" else "-"),
                pair,
                _image(record),
                own.setting,
                own.polarity,
                _elements(own),
                asked,
                own.choices,
                own.right,
                own.affirms,
            )
        )
    return questions, list(rows.numbers), rows.source


def _first_index(rows: Rows) -> int:
    """Whether gt_index counts from 0 or from 1 on, as its values tell."""
    file = rows.source.name
    given = rows.records[0].keys() | ({"image_filename"} if "image" in rows.records[0] else set())
    missing = [name for name in _COLUMNS if name not in given]
    if missing:
        raise DataError(f"there is no column {missing[0]}", file=file, hint=f"Expected {', '.join(_COLUMNS)}.")
    values: set[int] = set()
    for record, row in zip(rows.records, rows.numbers, strict=True):
        try:
            values.add(int(record["gt_index"]))
        except (TypeError, ValueError):
            problem = f"gt_index is {record['gt_index']!r}, expected a whole number"
            raise DataError(problem, file=file, row=row) from None
    if min(values) < 0 or max(values) > len(_CHOICES) or {0, len(_CHOICES)} <= values:
        problem = f"gt_index goes from {min(values)} to {max(values)}; expected 0 to 4, or 1 to 5"
        raise DataError(problem, file=file)
    if 0 not in values and len(_CHOICES) not in values:
        raise DataError(
            f"gt_index goes from {min(values)} to {max(values)}, which may count from 0 or from 1 on",
            file=file,
            hint="Give the whole file: among its rows are right options at the first or the last place.",
        )
    return 0 if 0 in values else 1


def _told(record: Mapping[str, Any], first: int, file: str, row: int) -> _Told:
    """What a row says."""
    choices = tuple(str(record[name] or "") for name in _CHOICES)
    right = int(record["gt_index"]) - first
    if problem := why_unanswerable(choices, right):
        raise DataError(problem, file=file, row=row)
    qtype = str(record["qtype"]).casefold()
    setting = next((setting for setting, sign in _SIGNS if sign in qtype), None)
    if setting is None:
        problem = f"qtype is {record['qtype']!r}, expected one of {', '.join(QTYPES.values())}"
        raise DataError(problem, file=file, row=row)
    affirms = affirming(choices)
    if affirms is None:
        raise DataError(f"none or several of the options say yes: {', '.join(choices)}", file=file, row=row)
    return _Told(setting, "positive" if affirms == right else "negative", choices, right, affirms)


def _image(record: Mapping[str, Any]) -> str:
    return str(record.get("image_filename") or record.get("image") or "")


def _seen(option: str) -> str:
    """What an option says can be seen."""
    words = normalised(option)
    for opening in ("yes i can see ", "no but i can see "):
        if words.startswith(opening):
            return words.removeprefix(opening)
    return ""


def _paired(rows: Rows, told: Sequence[_Told]) -> dict[int, int]:
    """For each row the number of its pair within its setting."""
    groups: dict[tuple[str, str], dict[Polarity, list[int]]] = {}
    for place, (record, own) in enumerate(zip(rows.records, told, strict=True)):
        group = groups.setdefault((own.setting, _image(record)), {"positive": [], "negative": []})
        group[own.polarity].append(place)
    numbers: dict[str, int] = {}
    pairs: dict[int, int] = {}
    for (setting, image), group in groups.items():
        positives, negatives = group["positive"], list(group["negative"])
        if len(positives) != len(negatives):
            row = rows.numbers[(positives or negatives)[0]]
            problem = f"{image} has {len(positives)} true and {len(negatives)} false questions about {setting}"
            hint = "Every true question needs the false one that belongs to it, in the same file."
            raise DataError(problem, file=rows.source.name, row=row, hint=hint)
        for place in positives:
            seen = _seen(told[place].true)
            same = [other for other in negatives if seen and _seen(told[other].true) == seen]
            partner = (same or negatives)[0]
            negatives.remove(partner)
            numbers[setting] = pairs[place] = pairs[partner] = numbers.get(setting, 0) + 1
    return pairs


def _elements(told: _Told) -> int:
    """How many elements are asked about, as far as commas and "and" tell it; 1 for a what question."""
    asked = told.choices[told.affirms]
    if not _seen(asked):
        return 1
    return 1 + asked.partition(",")[2].count(",") + asked.count(" and ")
