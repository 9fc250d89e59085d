"""A vision-language model as judge of negatives: among them, does it pick the true element, and how sure is it?

Where it does not, one of the negatives may hold in the image after all, or nobody can tell; those that it takes for
true are replaced, and it is asked again (FINER, section 2.3). What it lets through is a matter of a threshold on the
entropy of its answer, which people set on a sample (`sightline.queries.calibration`).
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Literal, NamedTuple

from sightline.core import Asking, Attribute, Claim, ImageGroup, Presence, Replying
from sightline.errors import RequestError
from sightline.queries.element import Element, Negative
from sightline.queries.phrases import Named, attributes_phrase, objects_phrase, relations_phrase
from sightline.queries.questions import QUESTION

__all__ = [
    "ENTROPY",
    "PROMPT",
    "Discriminated",
    "Judged",
    "Rejected",
    "Rewrite",
    "Way",
    "discriminate",
    "judge",
    "told",
]

PROMPT = (
    "Which of these can be seen in the image?\n{options}\n"
    "Answer with the option's letter from the given choices directly."
)

Way = Literal["options", "each"]
"""How it is asked: which of the lettered options can be seen, as FINER does, or of each by itself whether it can. The
second asks five questions for one, and depends on no order."""

ENTROPY = 0.5
"""The threshold where nobody has calibrated one: half of the entropy of guessing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of an element and its negatives.

    Args:
        shares: the probability it gives each of them, the true one first.
    """

    shares: tuple[float, ...]

    @property
    def picks_true(self) -> bool:
        """Whether the true one is the likeliest."""
        return self.shares[0] == max(self.shares)

    @property
    def entropy(self) -> float:
        """The entropy of its answer, as a share of that of guessing: 0 where it is sure, 1 where it guesses.

        Example:
            >>> Judged((0.5, 0.5)).entropy, Judged((1.0, 0.0)).entropy
            (1.0, 0.0)
        """
        told = sum(share * math.log(share) for share in self.shares if share > 0)
        return -told / math.log(len(self.shares)) + 0.0

    def accepted(self, threshold: float) -> bool:
        """Whether it picks the true one, and is sure enough of it."""
        return self.picks_true and self.entropy <= threshold


class Rejected(NamedTuple):
    """A negative that was replaced.

    Args:
        element: key of the element.
        negative: what it was.
        reason: why.
        round: in which round.
    """

    element: str
    negative: Negative
    reason: str
    round: int


class Discriminated(NamedTuple):
    """What came of the loop.

    Args:
        elements: all elements; those that were never accepted have no negatives.
        judged: key → the last judgement of the element.
        rejected: negatives that were replaced, or given up.
        rounds: key → rounds that the element took.
    """

    elements: tuple[Element, ...]
    judged: dict[str, Judged]
    rejected: tuple[Rejected, ...]
    rounds: dict[str, int]


Rewrite = Callable[[Sequence[tuple[Element, Sequence[Claim]]]], Sequence[Sequence[Negative]]]
"""(elements that lack negatives, each with the claims that it must not get again) → for each new negatives."""


def told(element: Element, articles: bool) -> tuple[str, ...]:
    """An element and its negatives as phrases, the true one first.

    Example:
        >>> blue = Negative(Attribute("moon", "blue"), "statistics")
        >>> told(Element("a.jpg", Attribute("moon", "red"), "1", negatives=(blue,)), articles=True)
        ('a red moon', 'a blue moon')
    """
    return tuple(_phrase(claim, articles) for claim in (element.claim, *(n.claim for n in element.negatives)))


def _phrase(claim: Claim, articles: bool) -> str:
    if isinstance(claim, Presence):
        return objects_phrase([Named(claim.object)], articles)
    if isinstance(claim, Attribute):
        return attributes_phrase(Named(claim.object), [claim.attribute], articles)
    return relations_phrase(Named(claim.subject), [(claim.predicate, Named(claim.object))], articles)  # type: ignore[union-attr]


def judge(
    elements: Sequence[Element],
    model: Replying,
    images: Mapping[str, Path],
    way: Way = "options",
    articles: bool = False,
    seed: int = 0,
    batch_images: int = 16,
) -> Iterator[tuple[Element, Judged]]:
    """Ask the model to pick the true one of each element, all elements of an image together.

    Args:
        elements: with one to 25 negatives each.
        model: the judge.
        images: for every image its file.
        way: how it is asked.
        articles: whether phrases have articles.
        seed: of the order in which options stand.
        batch_images: images of a batch.

    Raises:
        RequestError: an image is not there, or the model cannot choose.
        DataError: an image cannot be read.
    """
    for element in elements:
        if element.image not in images:
            raise RequestError(f"{element.image} is not among the images, so nothing can be said of {element.key}.")
    # The choices of a call are the same for all prompts, so elements with fewer options go apart.
    sizes = sorted({1 + len(element.negatives) for element in elements}) if way == "options" else [0]
    for size in sizes:
        by_image: dict[str, list[Element]] = {}
        for element in elements:
            if size in (0, 1 + len(element.negatives)):
                by_image.setdefault(element.image, []).append(element)
        asking = Asking(choices=tuple(ascii_uppercase[:size]) if size else ("Yes", "No"))
        images_of = list(by_image.items())
        batches = [images_of[start : start + batch_images] for start in range(0, len(images_of), batch_images)]
        groups = (
            [ImageGroup(images[image], _prompts(own, way, articles, seed)) for image, own in batch] for batch in batches
        )
        for batch, replies in zip(batches, model.reply(groups, asking), strict=True):
            for (_, own), replied in zip(batch, replies, strict=True):
                yield from _judgements(own, [said.log_probs for (said,) in replied], way, seed)


def _prompts(elements: Sequence[Element], way: Way, articles: bool, seed: int) -> tuple[str, ...]:
    """What is asked about the elements of an image."""
    prompts: list[str] = []
    for element in elements:
        phrases = told(element, articles)
        if way == "each":
            prompts += [QUESTION.format(phrase=phrase) for phrase in phrases]
        else:
            lettered = zip(ascii_uppercase, _order(element, seed), strict=False)
            lines = "\n".join(f"{letter}. {phrases[place]}" for letter, place in lettered)
            prompts.append(PROMPT.format(options=lines))
    return tuple(prompts)


def _order(element: Element, seed: int) -> list[int]:
    """In which order the phrases of an element stand as options."""
    size = 1 + len(element.negatives)
    return random.Random(f"{seed}/{element.key}").sample(range(size), size)


def _judgements(
    elements: Sequence[Element], log_probs: Sequence[tuple[float, ...]], way: Way, seed: int
) -> Iterator[tuple[Element, Judged]]:
    """Put replies back to the elements they are about."""
    place = 0
    for element in elements:
        if way == "each":
            own = log_probs[place : place + 1 + len(element.negatives)]
            values = [-math.log1p(math.exp(min(no - yes, 700.0))) for yes, no in own]  # log P(yes) against no
            place += len(own)
        else:
            values = [0.0] * len(log_probs[place])
            for of, value in zip(_order(element, seed), log_probs[place], strict=True):
                values[of] = value
            place += 1
        weights = [math.exp(value - max(values)) for value in values]
        yield element, Judged(tuple(weight / sum(weights) for weight in weights))


def discriminate(
    elements: Iterable[Element],
    model: Replying,
    images: Mapping[str, Path],
    rewrite: Rewrite | None = None,
    threshold: float = ENTROPY,
    rounds: int = 3,
    way: Way = "options",
    articles: bool = False,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Discriminated:
    """Ask about every element, replace the negatives that the model takes for true, and ask again.

    Args:
        elements: with negatives; those without are passed on as they are.
        model: the judge.
        images: for every image its file.
        rewrite: makes new negatives; without it an element that is not accepted is given up at once.
        threshold: on the entropy, from 0 to 1.
        rounds: how often an element is asked about, at most.
        way: how it is asked.
        articles: whether phrases have articles.
        seed: of the order in which options stand.
        progress: told (elements judged in this round, elements of the round).

    Raises:
        RequestError: threshold or rounds are out of range, an image is not there, or the model cannot choose.
        DataError: an image cannot be read.
    """
    if not 0 <= threshold <= 1 or rounds < 1:
        found = f"The threshold is {threshold:g} and there are {rounds} rounds"
        raise RequestError(f"{found}; expected 0 to 1, and one or more.")
    loop = _Loop(elements, threshold)
    for number in range(1, rounds + 1):
        waiting = [loop.elements[key] for key in loop.waiting]
        judged = judge(waiting, model, images, way, articles, seed + number - 1)
        for done, (element, verdict) in enumerate(judged, start=1):
            loop.take(element, verdict, number)
            if progress is not None:
                progress(done, len(waiting))
        if not loop.refused:
            break
        loop.replace_doubtful(rewrite if number < rounds else None, number)
    return Discriminated(tuple(loop.elements.values()), loop.judged, tuple(loop.rejected), loop.rounds)


class _Loop:
    """Where the loop stands."""

    def __init__(self, elements: Iterable[Element], threshold: float) -> None:
        self.elements = {element.key: element for element in elements}
        self.threshold = threshold
        self.waiting = [key for key, element in self.elements.items() if element.negatives]
        self.wanted = {key: len(self.elements[key].negatives) for key in self.waiting}
        self.refused: list[str] = []
        self.judged: dict[str, Judged] = {}
        self.rounds: dict[str, int] = {}
        self.rejected: list[Rejected] = []

    def take(self, element: Element, verdict: Judged, number: int) -> None:
        """Keep a judgement."""
        self.judged[element.key], self.rounds[element.key] = verdict, number
        if not verdict.accepted(self.threshold):
            self.refused.append(element.key)

    def replace_doubtful(self, rewrite: Rewrite | None, number: int) -> None:
        """Take out what the model takes for true, and put new negatives in its place; give up where there are none."""
        kept = [self._without_doubtful(key, number) for key in self.refused]
        never = [[each.negative.claim for each in self.rejected if each.element == key] for key in self.refused]
        new = rewrite(list(zip(kept, never, strict=True))) if rewrite is not None else [()] * len(kept)
        self.waiting, self.refused = [], []
        for element, more in zip(kept, new, strict=True):
            whole = (*element.negatives, *more)[: self.wanted[element.key]]
            if len(whole) == self.wanted[element.key]:
                self.elements[element.key] = element.with_negatives(whole)
                self.waiting.append(element.key)
                continue
            self.elements[element.key] = element.with_negatives(())
            self.rejected += [
                Rejected(element.key, negative, "too few negatives are left", number) for negative in whole
            ]

    def _without_doubtful(self, key: str, number: int) -> Element:
        """Leave out the negatives that are likelier than the true one or, where there are none, the likeliest."""
        element, verdict = self.elements[key], self.judged[key]
        shares = verdict.shares[1:]
        doubtful = [place for place, share in enumerate(shares) if share > verdict.shares[0]]
        reason = "taken for true" if doubtful else "not told from the true one"
        doubtful = doubtful or [max(range(len(shares)), key=shares.__getitem__)]
        self.rejected += [Rejected(key, element.negatives[place], reason, number) for place in doubtful]
        return element.with_negatives(tuple(n for place, n in enumerate(element.negatives) if place not in doubtful))
