"""CRPE: which relation holds between two things, whatever the order of the options?

Asks: for the subject, the predicate or the object of a relation in an image, with four options. Every question stands
    in the file four times, its options moved on by one each time, and is answered right only if all four copies are.
Source: https://github.com/OpenGVLab/all-seeing (arXiv 2402.19474); the files are the data set OpenGVLab/CRPE of the
    hub. Part of the images show relations that are rare in the world.
Licence: Apache-2.0; the images of COCO carry their own terms. None of it is part of sightline.
Reads: ``crpe_relation.jsonl`` with question_id, image, text, category and correct_option, or a folder that holds it;
    ``crpe_exist.jsonl`` of the same form, whose questions are about existence. Options are lines that begin with a
    letter and a full stop. Files called ``_meta`` hold single copies, which no circle can be made of.
Beware: a circle counts only whole: guessing gets 0.4 % of circles and 25 % of single copies. lmms-eval reports the mean
    over single copies, and so did VLMEvalKit until September 2025 (its issue 1169), which published figures rest on;
    here that mean is called single_copy_accuracy. The repository takes a reply only if it is one character, so that
    "B." is wrong: ``--reader crpe``. Circles of which a copy has no reply are left out and counted.
Size: 7,576 rows about relations, which are 1,894 questions, about 992 COCO val2017 images and some of its own.
Metric: circular accuracy, by category and over the three.
Official: yes: the reader crpe.
Needs: crpe_relation.jsonl, COCO val2017 images as coco/val2017, and the folder abnormal_images of the data set.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from sightline.benchmarks.coco_images import coco_address
from sightline.benchmarks.lettered import Lettered, counter, labelled, marker, shower, unlike_ours
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, question_rows
from sightline.core import (
    UNREADABLE,
    Benchmark,
    ImageRef,
    Labelled,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reading,
    Scoring,
)
from sightline.errors import DataError
from sightline.readers.choice import choice_reader

__all__ = ["BENCHMARK", "CIRCLE", "SPLITS", "WORDINGS", "options_in", "read_labels"]

SPLITS = ("subject", "predicate", "object", "exist")
"""The categories; the last is of the other file."""

CIRCLE = 4
"""Copies of a question."""

WORDINGS = MappingProxyType({"crpe": "{question}"})
"""As the file has it: options and the line that asks for a letter are part of the text."""

_OPTION = re.compile(r"^\s*(?P<letter>[A-Z])\.\s*(?P<text>\S.*?)\s*$", re.MULTILINE)


class _Row(NamedTuple):
    """A row of the file."""

    question: Question
    right: int
    source: QuestionRow

    @property
    def content(self) -> tuple[str, tuple[str, ...], str]:
        """What the copies of a circle have in common."""
        question = self.question
        return question.images[0].name, tuple(sorted(question.choices)), question.choices[self.right]


def options_in(text: str) -> tuple[str, ...]:
    r"""The options that a question's text lists, one a line.

    Example:
        >>> options_in("What is the man doing?\nA. riding\nB. holding\nAnswer with the letter.")
        ('riding', 'holding')
    """
    found = list(_OPTION.finditer(text))
    in_order = "".join(each["letter"] for each in found) == ascii_uppercase[: len(found)]
    return tuple(each["text"] for each in found) if in_order else ()


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder.

    Raises:
        DataError: the file is broken, a row does not say what it should, or the copies of a question are not all there.
    """
    rows, source = question_rows(question_file(path, name, "crpe_relation.jsonl"))
    circles: dict[str, list[_Row]] = {}
    held = []
    for row in map(_row, rows):
        own = circles.setdefault(row.question.split, [])
        number, place = divmod(len(own), CIRCLE)
        own.append(row)
        if place and row.content != own[number * CIRCLE].content:
            first = own[number * CIRCLE].source.number
            raise _incomplete(row, f"row {first} and this one are no copies of a question")
        group = f"{row.question.split}/{number}"
        held.append(
            (
                row.question,
                Lettered(row.question.choices, row.right, group, row.question.images[0].name),
                row.source.number,
            )
        )
    for category, own in circles.items():
        if over := len(own) % CIRCLE:
            raise _incomplete(own[-over], f"category {category}: the last circle has {over} of {CIRCLE} copies")
    return labelled(name, held, (source,))


def _incomplete(row: _Row, problem: str) -> DataError:
    hint = (
        f"A question stands in {CIRCLE} rows of a category, one after the other, with the options in another order in "
        "each; keep or leave out all of them. Files called _meta hold single copies."
    )
    return row.source.wrong(problem, hint)


def _row(row: QuestionRow) -> _Row:
    text, category, correct = (row.text(field) for field in ("text", "category", "correct_option"))
    if category not in SPLITS:
        raise row.wrong(f"category is {category!r}, expected one of {', '.join(SPLITS)}")
    options = options_in(text)
    if len(options) < 2:
        raise row.wrong(f"the text lists {len(options)} options, expected lines that begin with A., B., and so on")
    right = ascii_uppercase.find(correct) if len(correct) == 1 else -1
    if not 0 <= right < len(options):
        raise row.wrong(f"correct_option is {correct!r}, expected one of {', '.join(ascii_uppercase[: len(options)])}")
    image = ImageRef(row.image or row.text("image"))
    return _Row(Question(row.text("question_id"), text, (image,), category, (), options), right, row)


def _read_crpe(text: str, options: Sequence[str]) -> Reading:
    """The whole reply must be one character, the capital letter of an option: "B." is not."""
    said = text.strip()
    return Reading(said) if len(said) == 1 and said in ascii_uppercase[: len(options)] else UNREADABLE


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    return _read_crpe(text, options) if reader == "crpe" else choice_reader("choice").read(text, options)


_PUBLIC = "https://huggingface.co/datasets/OpenGVLab/CRPE/resolve/a2bf6bc9e46d88688121f606b4b2d4b4ae67935b/"


def _addresses(labelled: Labelled) -> Mapping[str, str]:
    """Where the images are: COCO's with COCO, the others on the hub beside the questions."""
    names = [image.name for question in labelled.questions for image in question.images]
    return {name: coco_address(name) or _PUBLIC + quote(name) for name in names}


BENCHMARK = Benchmark(
    name="crpe",
    title="Which relation holds? Four options in every order, of which all must be answered right.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"crpe": (PublicFile("crpe_relation.jsonl", _PUBLIC + "crpe_relation.jsonl"),)}),
    published=MappingProxyType({"crpe": 7576}),
    official_reader="crpe",
    images=PublicImages(_addresses),
    wordings=WORDINGS,
    scoring=Scoring(
        counter(marker(_read), CIRCLE, unlike_ours(_read, "crpe")),
        (
            Rate("circular_accuracy", "whole", "groups", "higher"),
            Rate("single_copy_accuracy", "right", "replies", "higher"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("random_floor", "floor", "groups"),
            Rate("readers_disagree", "disagree", "replies"),
        ),
        (str(choice_reader("choice")), "crpe@1"),
        "circular_accuracy: questions of which all four copies are answered right, as CRPE reports it. "
        "single_copy_accuracy: the mean over copies, far higher, which some toolkits report. random_floor: circles "
        "that guessing gets. readers_disagree: replies that CRPE's own rule, one character, reads otherwise.",
        shower(_read),
        MappingProxyType({"overall": SPLITS[:3]}),
    ),
    reply_tokens=16,
)
