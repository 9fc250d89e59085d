"""MMStar: questions that cannot be answered without looking at the image.

Asks: questions with four options in six categories of three sub-categories each, chosen by people so that the image is
    needed and the answer is not in training data.
Source: https://github.com/MMStar-Benchmark/MMStar (arXiv 2403.20330); the data set Lin-Chen/MMStar of the hub.
Licence: the data set states none; neither questions nor images are part of sightline.
Reads: the hub's parquet (index, question with its options, image, answer, category, l2_category), of which ``sightline
    data images`` writes the images out; or VLMEvalKit's MMStar.tsv with the options in columns A to D.
Beware: average is what lmms-eval reports, the mean of eighteen sub-categories of unequal size; accuracy is the mean
    over questions, as the repository and VLMEvalKit report it. The same model has 58.3 and 44.7 in the two toolkits
    (lmms-eval issue 901), mostly for how replies are read: VLMEvalKit asks a language model where it finds no letter,
    and draws an option at random where that fails; here an unreadable reply is wrong, and counted. There is an average
    only where all eighteen sub-categories have replies.
Size: 1,500 questions about as many images.
Metric: accuracy, and the average over eighteen sub-categories.
Official: yes: the reader mmstar, which takes the first character for the letter.
Needs: the hub's file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from types import MappingProxyType

from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.lettered import Lettered, labelled, place_of, read_letter, reference, shower, unlike_ours
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, question_rows
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
    mean_of,
)
from sightline.readers.published_letters import letter_reader

__all__ = ["BENCHMARK", "CATEGORIES", "WORDINGS", "OfSubcategory", "options_in", "read_labels"]

CATEGORIES = MappingProxyType(
    {
        "coarse perception": ("image scene and topic", "image style & quality", "image emotion"),
        "fine-grained perception": ("object counting", "recognition", "localization"),
        "instance reasoning": (
            "single-instance reasoning",
            "cross-instance attribute reasoning",
            "cross-instance relation reasoning",
        ),
        "logical reasoning": ("code & sequence reasoning", "diagram reasoning", "common reasoning"),
        "science & technology": (
            "biology & chemistry & physics",
            "electronics & energy & mechanical eng.",
            "geography & earth science & agriculture",
        ),
        "math": ("geometry", "numeric commonsense and calculation", "statistical reasoning"),
    }
)
"""The sub-categories of each category."""

WORDINGS = MappingProxyType(
    {
        "letters": "{question}\nAnswer with the option's letter from the given choices directly",
        "bare": "{question}",
    }
)
"""Question and options, as the file has them, with lmms-eval's line or without one."""

_LETTERS = ascii_uppercase[:4]
_OPTIONS = re.compile(
    r"\bA[:.]\s*(?P<A>.+?)[,\s]+B[:.]\s*(?P<B>.+?)[,\s]+C[:.]\s*(?P<C>.+?)[,\s]+D[:.]\s*(?P<D>.+?)\s*", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class OfSubcategory(Lettered):
    """What a reply is held against, and the sub-category it counts in."""

    subcategory: str = ""


def options_in(text: str) -> tuple[str, ...]:
    r"""The options that a question's text lists; their letters alone where they cannot be told apart.

    Example:
        >>> options_in("What is it?\nOptions: A: a dog, B: a cat, big, C: a cow, D: none")
        ('a dog', 'a cat, big', 'a cow', 'none')
        >>> options_in("Which one?\nOptions: A, B, C, D")
        ('A', 'B', 'C', 'D')
    """
    asked, found, listed = text.rpartition("Options:")
    offered = _OPTIONS.fullmatch((listed if found else asked + listed).strip())
    return tuple(each.strip() for each in offered.groups()) if offered else tuple(_LETTERS)


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder.

    Raises:
        DataError: the file is broken, an answer is no letter, or a category is unknown.
    """
    rows, source = question_rows(question_file(path, name, "MMStar.tsv"))
    return labelled(name, [_question(row) for row in rows], (source,))


def _question(row: QuestionRow) -> tuple[Question, Lettered, int]:
    category, subcategory = row.text("category"), row.text("l2_category", "l2-category")
    if subcategory not in CATEGORIES.get(category, ()):
        known = ", ".join(CATEGORIES.get(category, CATEGORIES))
        raise row.wrong(f"category is {category!r} and l2_category {subcategory!r}", f"Expected one of {known}.")
    text, answer = row.text("question"), row.text("answer").strip()
    if row.maybe("A"):
        options = tuple(row.text(letter) for letter in _LETTERS)
        listed = ", ".join(f"{letter}: {option}" for letter, option in zip(_LETTERS, options, strict=True))
        text = f"{text}\nOptions: {listed}"
    else:
        options = options_in(text)
    if answer not in _LETTERS:
        raise row.wrong(f"answer is {answer!r}, expected A, B, C or D")
    id_, image = row.text("index"), row.image or row.text("image_path", "image")
    question = Question(id_, text.strip(), (ImageRef(image),), category, (), options)
    return question, OfSubcategory(options, _LETTERS.index(answer), id_, image, subcategory), row.number


def _named(subcategory: str) -> str:
    """A sub-category as part of the name of a count."""
    return re.sub(r"\W+", "_", subcategory).strip("_")


_SUBCATEGORIES = tuple(each for of in CATEGORIES.values() for each in of)
_COUNTS = (
    *("replies", "right", "unreadable", "disagree"),
    *(f"replies_{_named(each)}" for each in _SUBCATEGORIES),
    *(f"right_{_named(each)}" for each in _SUBCATEGORIES),
)


_differs = unlike_ours(read_letter, "mmstar")


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    rows: list[tuple[str, Row]] = []
    for question, reply in zip(questions, replies, strict=True):
        held = reference(labels, question)
        if reply is None or not isinstance(held, OfSubcategory):
            continue
        place = place_of(read_letter(reply.text, held.options, reader), held.options)
        right, kind = place == held.right, _named(held.subcategory)
        counts = {"replies": 1, "right": right, "unreadable": place is None, "disagree": _differs(reply, held)}
        counts |= {f"replies_{kind}": 1, f"right_{kind}": right}
        rows.append((held.cluster, Row(question.split, counts)))
    return counted_rows(rows, _COUNTS)


_OF_SUBCATEGORIES = tuple(
    Rate(_named(each), f"right_{_named(each)}", f"replies_{_named(each)}", "higher") for each in _SUBCATEGORIES
)

_HUB = "https://huggingface.co/datasets/Lin-Chen/MMStar/resolve/bc98d668301da7b14f648724866e57302778ab27/"

BENCHMARK = Benchmark(
    name="mmstar",
    title="Questions with four options that cannot be answered without the image.",
    splits=tuple(CATEGORIES),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"mmstar": (PublicFile("mmstar.parquet", _HUB + "mmstar.parquet"),)}),
    images=PublicImages(note="the file holds them: sightline data images {folder}/mmstar.parquet --out FOLDER"),
    published=MappingProxyType({"mmstar": 1500}),
    official_reader="mmstar",
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("accuracy", "right", "replies", "higher"),
            mean_of("average", _OF_SUBCATEGORIES)._replace(means="mean of the eighteen sub-categories"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("readers_disagree", "disagree", "replies"),
        ),
        tuple(str(letter_reader(name)) for name in ("choice", "mmstar")),
        "accuracy: mean over questions, as MMStar's repository and VLMEvalKit report it. average: mean of the eighteen "
        "sub-categories, as lmms-eval reports it. Unreadable replies are wrong; none is drawn at random. "
        "readers_disagree: replies that MMStar's own rule, the first character, reads otherwise.",
        shower(read_letter),
        MappingProxyType({"overall": ()}),
    ),
    reply_tokens=16,
)
