"""ScienceQA: questions of school books, half of them with an image.

Asks: multiple choice with two to five options from elementary and high school science, with a hint, an image, both or
    neither as context.
Source: https://github.com/lupantech/ScienceQA (arXiv 2209.09513).
Licence: CC BY-NC-SA 4.0; neither questions nor images are part of sightline.
Reads: ``problems.json`` as published, of which the test split is taken and whose images are ID/image.png in the folder
    ``images/test``; or the columns of derek-thomas/ScienceQA or lmms-lab/ScienceQA on the hub (the test file; parquet),
    of which ``sightline data images --by row`` writes the images out.
Beware: vision-language models are mostly reported on the questions with an image (IMG; here the split image), others on
    all. Questions without one are asked without any. The repository reads "The answer is B." and draws an option at
    random for every other reply, a bare letter included; its reader scienceqa does the same but for the draw, where a
    reply is wrong instead and counted. LLaVA's rule (reader llava) is what figures of vision-language models go by.
    The hint is part of the prompt; lecture and solution are not.
Size: 4,241 questions (test), 2,017 of them with an image.
Metric: accuracy, by subject, context and grade.
Official: yes: the readers scienceqa, without its draw, and llava.
Needs: the file and its images.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.lettered import Lettered, labelled, place_of, read_letter, reference, shower, unlike_ours
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, json_object, question_rows
from sightline.core import (
    Benchmark,
    Counted,
    ImageRef,
    Labelled,
    LabelSet,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reply,
    Scoring,
)
from sightline.errors import DataError
from sightline.readers.published_letters import letter_reader

__all__ = ["BENCHMARK", "SPLITS", "WORDINGS", "OfSubject", "read_labels"]

SPLITS = ("image", "no_image")

WORDINGS = MappingProxyType(
    {
        "letters": "{question}\n{options}\nAnswer with the option's letter from the given choices directly.",
        "bare": "{question}",
        "listed": "{question}\n{options}",
    }
)
"""Context, question and options with the line of LLaVA and lmms-eval; the question alone, for options that are chosen
by their likelihood; and options without that line."""

_SUBJECTS = MappingProxyType(
    {
        "natural science": "natural_science",
        "social science": "social_science",
        "language science": "language_science",
    }
)
_IN_FOLDER = "image.png"
_EARLY, _LATE = "grades_1_6", "grades_7_12"
_GRADES = MappingProxyType({f"grade{grade}": _EARLY if grade <= 6 else _LATE for grade in range(1, 13)})
_CONTEXTS = ("text_context", "image_context", "no_context")
_KINDS = (*_SUBJECTS.values(), *_CONTEXTS, _EARLY, _LATE)
"""What the original reports by."""


@dataclass(frozen=True, slots=True)
class OfSubject(Lettered):
    """What a reply is held against, and the kinds of question it counts in."""

    kinds: tuple[str, ...] = ()


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder; of problems.json the test split.

    Raises:
        DataError: the file is broken, or a row does not say what it should.
    """
    file = question_file(path, name, "problems.json")
    whole = json_object(file)
    rows, source = question_rows(file, "row") if whole is None else whole.rows()
    tested = [row for row in rows if row.record.get("split", "test") == "test"]
    if not tested:
        raise DataError(f"label set {name!r}: no question is of the test split", file=file)
    return labelled(name, [_question(row) for row in tested], (source,))


def _question(row: QuestionRow) -> tuple[Question, Lettered, int]:
    choices, right = row.texts("choices"), row.record.get("answer")
    if len(choices) < 2:
        raise row.wrong(f"there are {len(choices)} options, expected two or more")
    if type(right) is not int or not 0 <= right < len(choices):
        raise row.wrong(f"answer is {right!r}, expected the place of one of {len(choices)} options, from 0 on")
    hint, id_ = row.maybe("hint"), row.maybe("id") or str(row.number)
    image = row.image or _image(row, id_)
    text = f"Context: {hint}\n{row.text('question')}" if hint else row.text("question")
    images = (ImageRef(image),) if image else ()
    question = Question(id_, text, images, SPLITS[0 if image else 1], (), choices)
    return question, OfSubject(choices, right, id_, image or id_, _kinds(row, bool(hint), bool(image))), row.number


def _image(row: QuestionRow, id_: str) -> str:
    """The image's name below images/test, where every question has a folder of its own; "" where there is none."""
    named = row.maybe("image")
    return f"{id_}/{named}" if named == _IN_FOLDER else named


def _kinds(row: QuestionRow, hint: bool, image: bool) -> tuple[str, ...]:
    subject, grade = row.text("subject"), row.text("grade")
    if subject not in _SUBJECTS:
        raise row.wrong(f"subject is {subject!r}, expected one of {', '.join(_SUBJECTS)}")
    if grade not in _GRADES:
        raise row.wrong(f"grade is {grade!r}, expected grade1 to grade12")
    context = [kind for kind, there in zip(_CONTEXTS, (hint, image, not hint and not image), strict=True) if there]
    return (_SUBJECTS[subject], *context, _GRADES[grade])


_COUNTS = (
    *("replies", "right", "unreadable", "floor", "disagree"),
    *(f"replies_{kind}" for kind in _KINDS),
    *(f"right_{kind}" for kind in _KINDS),
)


_differs = unlike_ours(read_letter, "llava")


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    rows: list[tuple[str, Row]] = []
    for question, reply in zip(questions, replies, strict=True):
        held = reference(labels, question)
        if reply is None or not isinstance(held, OfSubject):
            continue
        place = place_of(read_letter(reply.text, held.options, reader), held.options)
        right = place == held.right
        counts = {"replies": 1, "right": right, "unreadable": place is None, "floor": 1 / len(held.options)}
        counts |= {"disagree": _differs(reply, held)}
        counts |= {f"{name}_{kind}": value for kind in held.kinds for name, value in (("replies", 1), ("right", right))}
        rows.append((held.cluster, Row(question.split, counts)))
    return counted_rows(rows, _COUNTS)


_HUB = "https://huggingface.co/datasets/derek-thomas/ScienceQA/resolve/main/data/"
_TEST = "test-00000-of-00001-f0e719df791966ff.parquet"

BENCHMARK = Benchmark(
    name="scienceqa",
    title="Multiple choice from school books, with and without an image.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"scienceqa": (PublicFile(_TEST, _HUB + _TEST),)}),
    images=PublicImages(note=f"the file holds them: sightline data images {{folder}}/{_TEST} --by row --out FOLDER"),
    published=MappingProxyType({"scienceqa": 4241}),
    official_reader="scienceqa",
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("accuracy", "right", "replies", "higher"),
            *(Rate(kind, f"right_{kind}", f"replies_{kind}", "higher") for kind in _KINDS),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("random_floor", "floor", "replies"),
            Rate("readers_disagree", "disagree", "replies"),
        ),
        tuple(str(letter_reader(name)) for name in ("choice", "scienceqa", "llava")),
        "accuracy of the split image is what is often called IMG. Subjects, contexts and grades overlap: a question "
        "counts in one of each, and in both contexts where it has a text and an image. Unreadable replies are wrong; "
        "none is drawn at random. readers_disagree: replies that LLaVA's rule (--reader llava) reads otherwise.",
        shower(read_letter),
        MappingProxyType({"overall": ()}),
    ),
    reply_tokens=16,
)
