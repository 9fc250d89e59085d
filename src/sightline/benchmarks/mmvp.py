"""MMVP: is a visual difference seen that CLIP does not see?

Asks: one question with two options about each of two images that CLIP takes for alike and that differ in what is asked;
    the pair counts only if both are answered right.
Source: https://github.com/tsb0601/MMVP (arXiv 2401.06209); the data set MMVP/MMVP of the hub.
Licence: MIT as its repository; none of it is part of sightline.
Reads: ``Questions.csv`` with Index (spelled lndex in some copies), Question, Options and Correct Answer, or a folder
    that holds it; images are ``MMVP Images/1.jpg`` and so on, by index, or what a column Image names.
Beware: the score is pairs of 150; many papers report single questions of 300 instead, which are about twice as high
    (accuracy, here). Answers of rows 99, 100, 279 and 280 are swapped (issues 14 and 30 of the repository, 1018 of
    lmms-eval): the label set ``mmvp-corrected`` is the same file with these four put right, and scored beside it:
    ``--labels mmvp=FOLDER,mmvp-corrected=FOLDER``. The repository samples with temperature 0.2 and has GPT-4 judge each
    reply with yes or no (``--reader mmvp``, or ``judged`` for a judge of more words); letters are read unless
    you say so. Pairs go by index, never by the order of replies.
Size: 300 questions about as many images, 150 pairs.
Metric: paired accuracy; accuracy beside it.
Official: yes: the reader mmvp, with a judge of your choice.
Needs: the data set; a judge for the readers judged and mmvp.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from sightline.benchmarks.judged import UNJUDGED
from sightline.benchmarks.judged_replies import judged_only
from sightline.benchmarks.lettered import Lettered, counter, labelled, marker, reference, shower
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, question_rows
from sightline.core import (
    UNREADABLE,
    Benchmark,
    Counted,
    ImageRef,
    Judge,
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
)
from sightline.errors import DataError
from sightline.readers.choice import choice_reader
from sightline.readers.yes_no import yes_no_reader

__all__ = ["BENCHMARK", "CORRECTED", "JUDGE", "JUDGED", "SWAPPED", "WORDINGS", "read_labels"]

CORRECTED = "mmvp-corrected"
"""The label set whose known errors are put right."""

SWAPPED = MappingProxyType({99: "tusks", 279: "elderly person"})
"""The pairs whose two answers are swapped: the index of the first row, and what its question is about."""

WORDINGS = MappingProxyType(
    {
        "mmvp": "{question}",
        "letters": "{question}\nAnswer with the option's letter from the given choices directly.",
    }
)
"""Question and options, as the repository has them, and the same with a line that asks for a letter."""

_SPLIT = "pairs"
_OPTIONS = re.compile(r"\s*\(a\)\s*(?P<a>\S.*?)\s*\(b\)\s*(?P<b>\S.*?)\s*", re.IGNORECASE | re.DOTALL)
_LETTERS = MappingProxyType({"(a)": 0, "a": 0, "(b)": 1, "b": 1})
_INDEX = ("Index", "lndex")
_IMAGE = "MMVP Images/{index}.jpg"


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder.

    The label set `CORRECTED` is read with its known errors put right, wherever they still stand.

    Raises:
        DataError: the file is broken, a row does not say what it should, half of a pair is missing, or a label set of
            other questions is to be corrected.
    """
    rows, source = question_rows(question_file(path, name, "Questions.csv"))
    held = {_index(row): (row, *_question(row, _index(row))) for row in rows}
    for index, (row, _, _) in held.items():
        if (other := _partner(index)) not in held:
            hint = "Rows 1 and 2 are a pair, 3 and 4, and so on; keep or leave out both."
            raise row.wrong(f"row {index} has no partner {other}", hint)
    if len(held) < len(rows):
        raise DataError("an index occurs twice", file=source.name)
    right = {index: right for index, (_, _, right) in held.items()}
    if name == CORRECTED:
        right = _corrected(right, {index: question for index, (_, question, _) in held.items()}, source.name)
    pairs = [
        (question, Lettered(question.choices, right[index], pair, pair), row.number)
        for index, (row, question, _) in held.items()
        for pair in [str((index + 1) // 2)]
    ]
    return labelled(name, pairs, (source,))


def _partner(index: int) -> int:
    return index + 1 if index % 2 else index - 1


def _corrected(found: Mapping[int, int], questions: Mapping[int, Question], file: str) -> dict[int, int]:
    """Swap the answers of the pairs that are known to be wrong, where they stand as they were published."""
    right = dict(found)
    for first, about in SWAPPED.items():
        if first not in right:
            continue
        if about not in questions[first].text:
            problem = f"row {first} asks {questions[first].text!r}, and MMVP's own asks about {about}"
            hint = f"The label set {CORRECTED} puts right what is wrong in MMVP's own file; give yours another name."
            raise DataError(problem, file=file, hint=hint)
        if (right[first], right[first + 1]) == (0, 1):
            right[first], right[first + 1] = 1, 0
    return right


def _index(row: QuestionRow) -> int:
    text = row.text(*_INDEX).strip()
    if not text.isdecimal() or int(text) < 1:
        raise row.wrong(f"Index is {text!r}, expected a whole number from 1 on")
    return int(text)


def _question(row: QuestionRow, index: int) -> tuple[Question, int]:
    text, options, correct = (row.text(field) for field in ("Question", "Options", "Correct Answer"))
    offered = _OPTIONS.fullmatch(options)
    if offered is None:
        raise row.wrong(f"Options is {options!r}, expected '(a) … (b) …'")
    if (right := _LETTERS.get(correct.strip().casefold())) is None:
        raise row.wrong(f"Correct Answer is {correct!r}, expected '(a)' or '(b)'")
    image = ImageRef(row.maybe("Image") or _IMAGE.format(index=index))
    return Question(str(index), f"{text} {options}", (image,), _SPLIT, (), (offered["a"], offered["b"])), right


JUDGED = ("judged", "mmvp")
"""The readers that read what a judge said of a reply, and not the reply."""

_YES_OR_NO = re.compile(r"(?:yes|no)$", re.IGNORECASE)


def _read_grade(text: str) -> Reading:
    """Yes or no and nothing else, as MMVP's grader has it: "Yes." is neither."""
    found = _YES_OR_NO.match(text)
    return Reading(found[0].lower()) if found else UNREADABLE


def _read_soundly(text: str) -> Reading:
    """Yes or no, wherever the judge says it once and means it."""
    return yes_no_reader("strict").read(text)


def _told(question: Question, labels: LabelSet, reply: Reply) -> Mapping[str, str] | None:
    held = reference(labels, question)
    if held is None:
        return None
    letter = "ab"[held.right]
    return {"question": question.text, "answer": f"({letter}) {held.options[held.right]}", "reply": reply.text}


JUDGE = Judge(
    name="mmvp",
    version=1,
    system="You mark answers to questions about images. You have not seen the images; the right option is given. "
    "Reply with one word: yes if the answer chooses the right option, in whatever words, else no.",
    template="Question: {question}\nRight option: {answer}\nAnswer to mark: {reply}\n\nIs the answer right? yes or no:",
    fields=("question", "answer", "reply"),
    told=_told,
    read=_read_soundly,
    readers=JUDGED,
    max_new_tokens=8,
)
"""What a judge is asked: as MMVP's grader, for one yes or no, in our own words."""


_BRACKETED = re.compile(r"\([ab]\)")


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    """The option that a reply names; letters are small in MMVP, and in brackets count as capitals do."""
    return choice_reader("choice").read(_BRACKETED.sub(lambda found: found[0].upper(), text), options)


_of_letters, _show_letters = marker(_read), shower(_read)


def _graded(reply: Reply, reader: str) -> str | None:
    return (_read_grade if reader == "mmvp" else _read_soundly)(reply.judgement).answer


def _mark(reply: Reply, held: Lettered, reader: str | None) -> bool | None:
    if reader not in JUDGED:
        return _of_letters(reply, held, reader)
    grade = _graded(reply, reader)
    return None if grade is None else grade == "yes"


_count_pairs = counter(_mark, 2)


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
) -> Counted:
    return _count_pairs(questions, labels, judged_only(replies, reader, JUDGED), reader)


def _show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
    shown = _show_letters(question, labels, reply, reader)
    if reader not in JUDGED or reply is None:
        return shown
    grade = {"yes": "right", "no": "wrong", None: "unreadable"}[_graded(reply, reader)]
    return Shown(grade if reply.judgement else UNJUDGED, shown.label)


_HUB = "https://huggingface.co/datasets/MMVP/MMVP/resolve/main/"
_QUESTIONS = (PublicFile("Questions.csv", _HUB + "Questions.csv"),)


def _addresses(labelled: Labelled) -> Mapping[str, str]:
    """Where the images are: on the hub, under their names."""
    return {image.name: _HUB + quote(image.name) for question in labelled.questions for image in question.images}


BENCHMARK = Benchmark(
    name="mmvp",
    title="Two images that look alike to CLIP, one question: are both answered right?",
    splits=(_SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"mmvp": _QUESTIONS, "mmvp-corrected": _QUESTIONS}),
    images=PublicImages(_addresses),
    published=MappingProxyType({"mmvp": 300, CORRECTED: 300}),
    official_reader="mmvp",
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("paired_accuracy", "whole", "groups", "higher"),
            Rate("accuracy", "right", "replies", "higher"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("random_floor", "floor", "groups"),
        ),
        ("parsed@1", *(f"{name}@1" for name in JUDGED)),
        "paired_accuracy: pairs of images of which both are answered right, as MMVP reports it; accuracy: single "
        "questions, about twice as high, which many papers report. random_floor: pairs that guessing gets. The "
        "readers judged and mmvp read a judge's yes or no, mmvp as the repository does; pairs of which a reply has not "
        "been judged are left out.",
        _show,
        judge=JUDGE,
    ),
    reply_tokens=64,
)
