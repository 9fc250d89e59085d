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

from sightline.core import Asking, Attribute, Claim, ImageGroup, Presence, Replying, Said
from sightline.errors import RequestError
from sightline.queries.element import Element, Negative
from sightline.queries.phrases import Named, attributes_phrase, objects_phrase, relations_phrase
from sightline.queries.questions import QUESTION

__all__ = [
    "ENTROPY",
    "GIVEN_UP",
    "NOT_TOLD",
    "PROMPT",
    "TAKEN_FOR_TRUE",
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

TAKEN_FOR_TRUE = "taken for true"
NOT_TOLD = "not told from the true one"
GIVEN_UP = "its element was given up"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the model says of an element and its negatives.

    Args:
        shares: the probability it gives each of them, the true one first; empty where it did not choose among them.
    """

    shares: tuple[float, ...]

    @property
    def picks_true(self) -> bool:
        """Whether the true one is the likeliest."""
        return bool(self.shares) and self.shares[0] == max(self.shares)

    @property
    def entropy(self) -> float:
        """The entropy of its answer, as a share of that of guessing: 0 where it is sure, 1 where it guesses.

        Example:
            >>> Judged((0.5, 0.5)).entropy, Judged((1.0, 0.0)).entropy, Judged(()).entropy
            (1.0, 0.0, 1.0)
        """
        if len(self.shares) < 2:
            return 1.0
        told = sum(share * math.log(share) for share in self.shares if share > 0)
        return -told / math.log(len(self.shares)) + 0.0

    def accepted(self, threshold: float) -> bool:
        """Whether it picks the true one, and is sure enough of it."""
        return self.picks_true and self.entropy <= threshold


class Rejected(NamedTuple):
    """A negative that was replaced, or given up with its element.

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
        elements: with up to 25 negatives each; those without are passed over.
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
    able = [element for element in elements if element.negatives]
    for element in able:
        if element.image not in images:
            raise RequestError(f"{element.image} is not among the images, so nothing can be said of {element.key}.")
    # The choices of a call are the same for all prompts, so elements with fewer options go apart.
    sizes = sorted({1 + len(element.negatives) for element in able}) if way == "options" else [0]
    for size in sizes:
        own = [element for element in able if size in (0, 1 + len(element.negatives))]
        asking = Asking(choices=tuple(ascii_uppercase[:size]) if size else ("Yes", "No"))
        by_image = [(image, list(of)) for image, of in _by_image(own).items()]
        batches = [by_image[start : start + batch_images] for start in range(0, len(by_image), batch_images)]
        groups = (
            [ImageGroup(images[image], _prompts(of, way, articles, seed)) for image, of in batch] for batch in batches
        )
        for batch, replies in zip(batches, model.reply(groups, asking), strict=True):
            for (_, of), replied in zip(batch, replies, strict=True):
                log_probs = [_log_probs(said, asking.choices) for (said,) in replied]
                yield from _judgements(of, log_probs, way, seed)


def _by_image(elements: Iterable[Element]) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for element in elements:
        found.setdefault(element.image, []).append(element)
    return found


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


def _log_probs(said: Said, choices: Sequence[str]) -> tuple[float, ...]:
    """The log-probability of each choice; no numbers where it began its reply with none of them."""
    if len(said.log_probs) != len(choices):
        raise RequestError(f"The model gives no log-probabilities of {', '.join(choices)}, so it cannot be the judge.")
    return said.log_probs if said.text in choices else (math.nan,) * len(choices)


def _judgements(
    elements: Sequence[Element], log_probs: Sequence[tuple[float, ...]], way: Way, seed: int
) -> Iterator[tuple[Element, Judged]]:
    """Put replies back to the elements they are about."""
    left = iter(log_probs)
    for element in elements:
        if way == "each":
            values = [_log_p_yes(*next(left)) for _ in range(1 + len(element.negatives))]
        else:
            by_place = sorted(zip(_order(element, seed), next(left), strict=True))
            values = [value for _, value in by_place]
        yield element, Judged(_shares(values))


def _log_p_yes(yes: float, no: float) -> float:
    """The log-probability of yes, against no."""
    return -math.log1p(math.exp(min(no - yes, 700.0)))


def _shares(values: Sequence[float]) -> tuple[float, ...]:
    """Probabilities that add up to 1; none where the model did not choose."""
    most = max(values)
    if any(math.isnan(value) for value in values) or math.isinf(most):
        return ()
    weights = [math.exp(value - most) for value in values]
    return tuple(weight / sum(weights) for weight in weights)


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
        self.never: dict[str, list[Claim]] = {}
        """What the judge took out of an element, which must not come again."""

    def take(self, element: Element, verdict: Judged, number: int) -> None:
        """Keep a judgement."""
        self.judged[element.key], self.rounds[element.key] = verdict, number
        if not verdict.accepted(self.threshold):
            self.refused.append(element.key)

    def replace_doubtful(self, rewrite: Rewrite | None, number: int) -> None:
        """Take out what the model takes for true, and put new negatives in its place; give up where there are none."""
        kept = [self._without_doubtful(key, number) for key in self.refused]
        never = [self.never.get(key, []) for key in self.refused]
        new = rewrite(list(zip(kept, never, strict=True))) if rewrite is not None else [()] * len(kept)
        self.waiting, self.refused = [], []
        for element, more in zip(kept, new, strict=True):
            whole = (*element.negatives, *more)[: self.wanted[element.key]]
            if rewrite is not None and len(whole) == self.wanted[element.key]:
                self.elements[element.key] = element.with_negatives(whole)
                self.waiting.append(element.key)
                continue
            self.elements[element.key] = element.with_negatives(())
            self.rejected += [Rejected(element.key, negative, GIVEN_UP, number) for negative in whole]

    def _without_doubtful(self, key: str, number: int) -> Element:
        """Leave out the negatives that are likelier than the true one or, where there are none, the likeliest."""
        element, shares = self.elements[key], self.judged[key].shares
        if not shares:  # nothing was chosen: it is asked once more, in another order
            return element
        doubtful = [place for place, share in enumerate(shares[1:]) if share > shares[0]]
        reason = TAKEN_FOR_TRUE if doubtful else NOT_TOLD
        doubtful = doubtful or [max(range(len(shares) - 1), key=shares[1:].__getitem__)]
        for place in doubtful:
            self.rejected.append(Rejected(key, element.negatives[place], reason, number))
            self.never.setdefault(key, []).append(element.negatives[place].claim)
        return element.with_negatives(tuple(n for place, n in enumerate(element.negatives) if place not in doubtful))
