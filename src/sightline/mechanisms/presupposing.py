"""What a sweep must know of counting and of colour: how answers are read and written, and what a prompt asserts."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from sightline.benchmarks import counting
from sightline.benchmarks.presupposed import NEUTRAL, Presupposed
from sightline.core import LabelSet, Question
from sightline.errors import RequestError, unknown_name
from sightline.mechanisms.drafts import Read
from sightline.readers.colour import colour_of, colours
from sightline.readers.number import count_of
from sightline.readers.quantities import NUMBER, number_word

__all__ = ["PRESUPPOSING", "Asserting", "Presupposing", "asserted_words", "asserting_prompts", "presupposing"]


class Asserting(NamedTuple):
    """A prompt that asserts something false.

    Args:
        question_id: in its benchmark.
        image: its name.
        split: "+1", "distance 2", …
        object: what it is said of, in the singular.
        true: what holds, as a reader reads it.
        asserted: what the prompt says, likewise.
        prompt: as it is typed.
        matching: the same prompt with what holds.
    """

    question_id: str
    image: str
    split: str
    object: str
    true: str
    asserted: str
    prompt: str
    matching: str


@dataclass(frozen=True)
class Presupposing:
    """How a benchmark of false presuppositions is read and written.

    Args:
        name: of the benchmark.
        read: (reply, object) → its answer.
        forms: an answer → the ways to write it.
        matching: a prompt and what it is held against → the prompt that says the truth.
    """

    name: str
    read: Read
    forms: Callable[[str], tuple[str, ...]]
    matching: Callable[[str, Presupposed], str]


def _number_forms(answer: str) -> tuple[str, ...]:
    return (number_word(int(answer)), answer)


def _colour_forms(answer: str) -> tuple[str, ...]:
    return ("gray", "grey") if answer in ("gray", "grey") else (answer,)


_DESCRIBED = re.compile(rf"\bthe (?P<number>{NUMBER}) ", re.IGNORECASE)


def _matching_number(prompt: str, held: Presupposed) -> str:
    found = _DESCRIBED.search(prompt)
    digits = found is not None and found["number"].isdigit()
    return counting.asserted_text(held.object, int(held.true), "digits" if digits else "words")


def _matching_colour(prompt: str, held: Presupposed) -> str:
    return re.sub(rf"\b{re.escape(str(held.asserted))}\b", str(held.true), prompt, count=1, flags=re.IGNORECASE)


PRESUPPOSING = MappingProxyType(
    {
        known.name: known
        for known in (
            Presupposing("counting", count_of, _number_forms, _matching_number),
            Presupposing("colour", colour_of, _colour_forms, _matching_colour),
        )
    }
)
"""The benchmarks whose prompts assert something, by name."""


def presupposing(name: str) -> Presupposing:
    """The benchmark of this name.

    Raises:
        RequestError: its prompts assert nothing.
    """
    if name not in PRESUPPOSING:
        raise unknown_name("benchmark whose prompts assert something", name, PRESUPPOSING)
    return PRESUPPOSING[name]


def asserted_words(prompt: str) -> Iterable[tuple[int, int]]:
    """Where a prompt asserts a number or a colour: ranges of its characters.

    "How many" asserts none, and neither does a prompt that asks whether something is there.

    Example:
        >>> prompt = "Describe the four blue moons in this image."
        >>> [prompt[low:high] for low, high in asserted_words(prompt)]
        ['four', 'blue']
    """
    numbers = [found.span("number") for found in _DESCRIBED.finditer(prompt)]
    return sorted([*numbers, *((found.start, found.end) for found in colours(prompt))])


def asserting_prompts(
    benchmark: str, questions: Sequence[Question], labels: LabelSet, splits: Sequence[str] = ()
) -> tuple[Asserting, ...]:
    """The prompts of a benchmark that assert something false.

    Args:
        benchmark: "counting" or "colour".
        questions: its questions.
        labels: what holds.
        splits: only these; all where none is named.

    Raises:
        RequestError: there are none.
    """
    known = presupposing(benchmark)
    found: list[Asserting] = []
    for question in questions:
        held = labels.references.get(question.id)
        if not isinstance(held, Presupposed) or held.asserted is None or held.asserted == held.true:
            continue
        if splits and question.split not in splits:
            continue
        matching = known.matching(question.text, held)
        told = (held.object, str(held.true), str(held.asserted), question.text, matching)
        found.append(Asserting(question.id, question.images[0].name, question.split, *told))
    if not found:
        there = ", ".join(dict.fromkeys(q.split for q in questions if q.split != NEUTRAL)) or "none"
        raise RequestError(
            f"No prompt asserts something false{' in ' + ', '.join(splits) if splits else ''}; "
            f"the splits that assert something are: {there}."
        )
    return tuple(found)
