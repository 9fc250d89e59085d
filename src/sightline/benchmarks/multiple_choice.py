"""Your own multiple choice questions.

Asks: whatever the file asks, about an image or none, with two options or more.
Source: your own file, or one of another toolkit: VLMEvalKit's TSV is read as it is.
Licence: that of your file.
Reads: JSON lines, JSON, CSV, TSV or parquet, one file or a folder of files, a question a row: question; choices (or
    options) as a list, or columns A, B, C and so on; answer as a letter, as an option's text or as its place from 0 on
    (answer_index: as a place only); image by name, or none. They may have question_id (or id, index), category, which
    becomes a split, group (or pair, circle), hint, which is put before the question, and several images as a list.
    Images within the file, of the hub's parquet or base64 in a TSV, are written out by ``sightline data images``.
Beware: guessing gets random_floor. A group counts only if all its questions are answered right; one of which some have
    no reply is left out of group_accuracy and counted as half_groups. Options that differ in punctuation only can be
    chosen by their letters only.
Size: as many as your file has.
Metric: accuracy, by category; groups that are right whole.
Official: no: there is none.
Needs: your file and its images.
"""

from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase
from types import MappingProxyType

from sightline.benchmarks.lettered import Lettered, place_of, reference, shower
from sightline.benchmarks.own_questions import (
    GROUP_RATES,
    OVERALL,
    SPLIT,
    Marked,
    OwnRow,
    Place,
    counter,
    labelled,
    read_own,
)
from sightline.benchmarks.question_rows import QuestionRow
from sightline.core import Benchmark, Labelled, LabelSet, Question, Rate, Reading, Reply, Scoring
from sightline.readers.choice import choice_reader

__all__ = ["BENCHMARK", "WORDINGS", "read_labels"]

WORDINGS = MappingProxyType(
    {
        "letters": "{question}\n{options}\nAnswer with the option's letter from the given choices directly.",
        "bare": "{question}",
        "listed": "{question}\n{options}",
        "vlmevalkit": "Question: {question}\nOptions:\n{options}\nPlease select the correct answer from the options "
        "above.",
    }
)
"""Letters after a line that asks for one; the question alone, for options that are chosen by their likelihood; options
without that line; and VLMEvalKit's lines."""

_COUNTS = ("replies", "right", "unreadable", "floor")


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or all files of a folder.

    Raises:
        DataError: a file is broken, or a row does not say what is asked, offered and right.
    """
    rows, sources = read_own(path, name)
    return labelled(name, [_lettered(own) for own in rows], sources)


def _lettered(own: OwnRow) -> tuple[Question, Lettered]:
    options = _options(own.row)
    right = _right(own.row, options)
    if options.count(options[right]) > 1:
        raise own.row.wrong(f"two options say {options[right]!r}, which is the right one")
    return own.question(options), Lettered(options, right, own.place.group, own.place.cluster)


def _options(row: QuestionRow) -> tuple[str, ...]:
    """The options of a list, or of the columns A, B, C and so on."""
    if row.value("choices", "options") is not None:
        options = row.texts("choices", "options")
    else:
        filled = [row.value(letter) is not None for letter in ascii_uppercase]
        count = sum(filled)
        if filled[:count] != [True] * count:
            gap = ascii_uppercase[filled.index(False)]
            raise row.wrong(f"option {gap} is empty, and one after it is not")
        options = tuple(_cell(row, letter) for letter in ascii_uppercase[:count])
    if not 2 <= len(options) <= len(ascii_uppercase):
        hint = "Give them as a list (choices) or in columns A, B, C and so on."
        raise row.wrong(f"there are {len(options)} options, expected 2 to {len(ascii_uppercase)}", hint)
    return options


def _cell(row: QuestionRow, column: str) -> str:
    value = row.value(column)
    if not isinstance(value, str | int | float):
        raise row.wrong(f"{column} is {value!r}, expected text")
    return str(value)


def _right(row: QuestionRow, options: Sequence[str]) -> int:
    """The place of the right option, however it is told; what could mean two options is refused."""
    index, answer = row.value("answer_index"), row.value("answer")
    if index is not None:
        places = _as_place(index, options)
        told = f"answer_index is {index!r}"
    elif answer is None:
        raise row.wrong("there is no answer", f"The row has {', '.join(row.record)}.")
    else:
        text = str(answer).strip()
        letter = ascii_uppercase.find(text) if len(text) == 1 else -1
        places = {place for place, option in enumerate(options) if option.strip() == text}
        places |= {letter} if 0 <= letter < len(options) else set()
        places |= _as_place(answer, options)
        told = f"answer is {answer!r}"
    if len(places) == 1:
        return places.pop()
    letters = ascii_uppercase[: len(options)]
    if places:
        hint = "Say which with answer_index, the place from 0 on."
        raise row.wrong(f"{told}, which may mean {' or '.join(letters[place] for place in sorted(places))}", hint)
    hint = (
        f"Expected a letter ({letters[0]} to {letters[-1]}), an option's text, or a place from 0 to {len(options) - 1}."
    )
    raise row.wrong(told, hint)


def _as_place(value: object, options: Sequence[str]) -> set[int]:
    """The place that a whole number means, from 0 on."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return set()
    text = str(value).strip().removesuffix(".0")
    return {int(text)} if text.isdecimal() and int(text) < len(options) else set()


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    return choice_reader("choice").read(text, options)


def _mark(question: Question, labels: LabelSet, reply: Reply, reader: str | None) -> Marked | None:
    held = reference(labels, question)
    if held is None:
        return None
    place = place_of(_read(reply.text, held.options, reader), held.options)
    right = place == held.right
    return Marked(_place(held), (1.0, right, place is None, 1 / len(held.options)), right)


def _place(held: object) -> Place:
    if not isinstance(held, Lettered):
        raise TypeError("this is a reference of another benchmark")
    return Place(held.group, held.cluster)


BENCHMARK = Benchmark(
    name="multiple_choice",
    title="Your own multiple choice questions.",
    splits=(SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({}),
    official_reader="choice",
    wordings=WORDINGS,
    scoring=Scoring(
        counter(_COUNTS, _mark, _place),
        (
            Rate("accuracy", "right", "replies", "higher"),
            *GROUP_RATES,
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("random_floor", "floor", "replies"),
        ),
        (str(choice_reader("choice")),),
        "Categories of the file are splits. group_accuracy: groups of which every question is answered right; groups "
        "that lack a reply are left out of it. Unreadable replies are wrong. random_floor: what guessing gets.",
        shower(_read),
        MappingProxyType({OVERALL: ()}),
    ),
    reply_tokens=16,
)
