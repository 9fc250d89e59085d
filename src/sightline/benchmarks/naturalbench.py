"""NaturalBench: are two questions about two natural images answered by what is in each?

Asks: two questions about each of two images, yes or no or with two options; each question has one answer for one image
    and the other for the other, so that no answer can be had without looking.
Source: https://github.com/Baiqi-Li/NaturalBench (arXiv 2410.14669); the data set BaiqiL/NaturalBench of the hub.
Licence: Apache-2.0 on the hub; images from Flickr30k and DOCCI carry their own terms. None of it is part of sightline.
Reads: the data set's parquet files, or JSON lines or CSV with the same columns: Index, Question_0, Question_1, the four
    answers Image_0_Question_0 to Image_1_Question_1, Question_Type, and Image_0 and Image_1 with the images' names; of
    images inside a parquet file these are the names that it gives them, or else ``INDEX_0.jpg`` and ``INDEX_1.jpg``.
Beware: a line that asks for yes or no, or for a letter, is glued to each question without a space, as in the
    repository; VLMEvalKit and lmms-eval put one. The repository takes the first of the words yes and no, or A and B in
    either case, so that the English article in "It is a dog" is option A, and holds replies against a fixed order of
    answers rather than those of the file: ``--reader naturalbench``. Groups of which a reply is missing are
    left out and counted. Guessing gets 6 % of groups, 25 % of questions and of images, and half of the single replies.
Size: 7,600 questions: 1,900 groups of two questions about two images.
Metric: G-Acc (all four right), Q-Acc (a question right about both images), I-Acc (both about one image right), Acc.
Official: yes: the reader naturalbench.
Needs: the data set's parquet files, and its images (sightline data images writes them out).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sightline.benchmarks.question_rows import QuestionRow, question_files
from sightline.core import (
    UNREADABLE,
    Benchmark,
    Counted,
    ImageRef,
    Labelled,
    LabelSet,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reading,
    Reply,
    Scoring,
    Shown,
    SourceFile,
)
from sightline.readers.choice import choice_reader
from sightline.readers.yes_no import yes_no_reader
from sightline.records.table_rows import read_table_rows

__all__ = ["BENCHMARK", "SUFFIXES", "WORDINGS", "Answered", "read_labels"]

SUFFIXES = MappingProxyType(
    {
        "yes_no": "Please answer Yes or No.",
        "multiple_choice": "Please output the letter corresponding to the correct option.",
    }
)
"""What is glued to each question, by its type."""

WORDINGS = MappingProxyType({"naturalbench": "{question}"})
"""As the repository has it: what asks for yes or no, or for a letter, is part of the text."""

_CHOICES = MappingProxyType({"yes_no": ("Yes", "No"), "multiple_choice": ("A", "B")})
_TYPES = MappingProxyType({"yes_no": "yes_no", "multiple_choice": "multiple_choice", "mcq": "multiple_choice"})
_COMBINATIONS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Question and image of the four of a group, in the repository's order."""

_OPTIONS = re.compile(r"\bA:\s*(?P<a>\S.*?)[;.]*\s+B:\s*(?P<b>\S.*?)[;.]*\s*\Z", re.DOTALL)
_COUNTS = (
    *("groups", "groups_right", "questions", "questions_right", "images", "images_right"),
    *("replies", "right", "unreadable", "disagree", "half_groups"),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a reply is held against.

    Args:
        group: the group.
        question: which of its two questions.
        image: which of its two images.
        type: "yes_no" or "multiple_choice".
        options: what the question offers, as texts; empty texts where it offers yes and no, or does not tell.
        right: 0 where yes, or A, is right, else 1.
    """

    group: str
    question: int
    image: int
    type: str
    options: tuple[str, str]
    right: int

    @property
    def fixed(self) -> int:
        """What the repository takes to be right, whatever the file says."""
        return int(self.question != self.image)


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of groups, or all such files of a folder.

    Raises:
        DataError: a file is broken, a row does not say what it should, or a group occurs twice.
    """
    expected = "Expected the data set's parquet files, or JSON lines or CSV with its columns."
    questions: list[Question] = []
    references: dict[str, object] = {}
    sources: list[SourceFile] = []
    for file in question_files(path, name, expected):
        rows = read_table_rows(file)
        sources.append(rows.source)
        pairs = zip(rows.records, rows.numbers, strict=True)
        own = [QuestionRow(record, rows.source.name, number) for record, number in pairs]
        for row, images in zip(own, _images(own, file), strict=True):
            for question, held in _group(row, images):
                if question.id in references:
                    raise row.wrong(f"group {held.group} occurs twice")
                questions.append(question)
                references[question.id] = held
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(questions), labels)


def _images(rows: Sequence[QuestionRow], file: Path) -> list[tuple[str, str]]:
    """The names of the two images of every row."""
    columns = []
    for number in (0, 1):
        field = f"Image_{number}"
        if file.suffix != ".parquet" or field in rows[0].record:
            columns.append([row.text(field) for row in rows])
            continue
        from sightline.records.embedded_paths import embedded_paths  # pyarrow takes 0.1 s

        named = zip(embedded_paths(file, field), rows, strict=True)
        columns.append([own or f"{row.text('Index')}_{number}.jpg" for own, row in named])
    return list(zip(*columns, strict=True))


def _group(row: QuestionRow, images: tuple[str, str]) -> list[tuple[Question, Answered]]:
    """The four questions of a row."""
    group, written = row.text("Index"), row.text("Question_Type", "Question Type")
    type_ = _TYPES.get(written)
    if type_ is None:
        raise row.wrong(f"Question_Type is {written!r}, expected {' or '.join(SUFFIXES)}")
    choices = _CHOICES[type_]
    found = []
    for number, image in _COMBINATIONS:
        asked = row.text(f"Question_{number}")
        held = Answered(group, number, image, type_, _options(asked, type_), _right(row, number, image, choices))
        id_, shown = f"{group}/q{number}_i{image}", (ImageRef(images[image]),)
        found.append((Question(id_, asked + SUFFIXES[type_], shown, type_, (), choices), held))
    return found


def _right(row: QuestionRow, number: int, image: int, choices: tuple[str, str]) -> int:
    field = f"Image_{image}_Question_{number}"
    answer = row.text(field).strip()
    for place, choice in enumerate(choices):
        if answer.casefold() == choice.casefold():
            return place
    raise row.wrong(f"{field} is {answer!r}, expected {' or '.join(choices)}")


def _options(asked: str, type_: str) -> tuple[str, str]:
    found = _OPTIONS.search(asked) if type_ == "multiple_choice" else None
    return (found["a"], found["b"]) if found else ("", "")


def _read_first(text: str, held: Answered) -> Reading:
    """The first of the words yes and no, or A and B, in whatever case: the article "a" is option A."""
    words = [word.lower() for word in _CHOICES[held.type]]
    found = re.search(rf"\b(?:{'|'.join(words)})\b", text, re.IGNORECASE)
    return Reading(_CHOICES[held.type][words.index(found[0].lower())], found.span()) if found else UNREADABLE


def _read_soundly(text: str, held: Answered) -> Reading:
    """Yes or no as the strict reader has it; the one option that the reply names."""
    if held.type == "multiple_choice":
        return choice_reader("choice").read(text, held.options)
    found = yes_no_reader("strict").read(text)
    return UNREADABLE if found.answer is None else Reading(found.answer.capitalize(), found.span)


def _read(text: str, held: Answered, reader: str | None) -> Reading:
    return _read_first(text, held) if reader == "naturalbench" else _read_soundly(text, held)


def _reference(labels: LabelSet, question: Question) -> Answered | None:
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, Answered):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
) -> Counted:
    """A row for each group that has all four replies, and for each that has some."""
    groups: dict[str, list[tuple[Answered, str]]] = {}
    for question, reply in zip(questions, replies, strict=True):
        held = _reference(labels, question)
        if held is not None and reply is not None:
            groups.setdefault(held.group, []).append((held, reply.text))
    rows = [_row(own, reader) for own in groups.values()]
    columns = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS)).T
    types = tuple(own[0][0].type for own in groups.values())
    return Counted(tuple(groups), types, dict(zip(_COUNTS, columns, strict=True)))


def _row(own: Sequence[tuple[Answered, str]], reader: str | None) -> tuple[float, ...]:
    if len(own) < len(_COMBINATIONS):
        return (*(0.0,) * (len(_COUNTS) - 1), 1.0)
    said = {(held.question, held.image): _read(text, held, reader).answer for held, text in own}
    right = {}
    for held, _ in own:
        place = held.fixed if reader == "naturalbench" else held.right
        right[held.question, held.image] = said[held.question, held.image] == _CHOICES[held.type][place]
    whole = all(right.values())
    return (
        1.0,
        whole,
        2.0,
        sum(right[number, 0] and right[number, 1] for number in (0, 1)),
        2.0,
        sum(right[0, image] and right[1, image] for image in (0, 1)),
        4.0,
        sum(right.values()),
        sum(answer is None for answer in said.values()),
        sum(_read_first(text, held).answer != _read_soundly(text, held).answer for held, text in own),
        0.0,
    )


def _show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
    held = _reference(labels, question)
    if held is None:
        return Shown(None, None)
    label = _CHOICES[held.type][held.right]
    if reply is None:
        return Shown(None, label)
    return Shown(_read(reply.text, held, reader).answer or "unreadable", label)


_HUB = "https://huggingface.co/datasets/BaiqiL/NaturalBench/resolve/b6a84a18ba24544169681d4b15543dd103d4d3bb/data/"
_PARTS = tuple(f"train-0000{part}-of-00003.parquet" for part in range(3))

BENCHMARK = Benchmark(
    name="naturalbench",
    title="Two questions about each of two images: are all four answered right?",
    splits=tuple(SUFFIXES),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"naturalbench": tuple(PublicFile(part, _HUB + part) for part in _PARTS)}),
    images=PublicImages(note="the files hold them: sightline data images {folder}/*.parquet --out FOLDER"),
    published=MappingProxyType({"naturalbench": 7600}),
    official_reader="naturalbench",
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("g_acc", "groups_right", "groups", "higher"),
            Rate("q_acc", "questions_right", "questions", "higher"),
            Rate("i_acc", "images_right", "images", "higher"),
            Rate("acc", "right", "replies", "higher"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("readers_disagree", "disagree", "replies"),
        ),
        ("strict@1", "naturalbench@1"),
        "g acc: groups of which all four questions are answered right; q acc: questions answered right about both "
        "images; i acc: images about which both questions are; acc: single questions. Guessing gets 6, 25, 25 and "
        "50 %. readers_disagree: replies that NaturalBench's own rule, the first of the words, reads otherwise.",
        _show,
        MappingProxyType({"overall": tuple(SUFFIXES)}),
    ),
    reply_tokens=16,
)
