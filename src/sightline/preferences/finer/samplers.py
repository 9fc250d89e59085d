"""Which of the pairs of FINER-Tuning are trained on: one polarity of each kind, as in its main runs, or another choice.

Each phrase has two pairs, so that an image has eight with one phrase of each kind. Samplers are named as users name
them:

- ``all``: both polarities of everything;
- ``either``: one polarity of each phrase, half of them positive (the main runs, "pon");
- ``25-75``: one polarity, a quarter of them positive; any two numbers that add up to 100 will do;
- ``only-positive``, ``only-negative``;
- ``only-object``, ``only-attribute``, ``only-relation``, ``only-what``: as ``either``, of one kind;
- ``either-except-what``: as ``either``, without "what".

Polarities are dealt, so that shares are exact for each kind to within one round. Weights thin kinds out before that.

Source: FINER (arXiv 2603.17662), the samplers of its main runs and ablations.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from math import gcd
from typing import NamedTuple

from sightline.core import PreferencePair
from sightline.errors import RequestError
from sightline.preferences.finer.deck import Deck
from sightline.preferences.finer.phrases import KINDS
from sightline.preferences.finer.queries import POLARITIES

__all__ = ["EITHER", "NAMED", "Sampler", "sample", "sampler"]

EITHER = "either"

_POSITIVE, _NEGATIVE = POLARITIES

NAMED = (
    *("all", EITHER, "25-75", "only-positive", "only-negative"),
    *(f"only-{kind}" for kind in KINDS),
    "either-except-what",
)
"""The samplers that have names; others are shares."""

_SHARES = re.compile(r"(\d{1,3})-(\d{1,3})")


class Sampler(NamedTuple):
    """What is taken.

    Args:
        name: what it was asked for as.
        kinds: which kinds.
        positive: of how many phrases in a hundred the positive pair is taken, and of the others the negative one; None:
            both pairs of all.
    """

    name: str
    kinds: tuple[str, ...]
    positive: int | None


def sampler(name: str) -> Sampler:
    """The sampler of a name.

    Raises:
        RequestError: there is none.

    Example:
        >>> sampler("only-what")
        Sampler(name='only-what', kinds=('what',), positive=50)
        >>> [sampler(name).positive for name in ("all", "either", "25-75", "only-negative")]
        [None, 50, 25, 0]
    """
    if name == "all":
        return Sampler(name, KINDS, None)
    if name == "either-except-what":
        return Sampler(name, KINDS[:-1], 50)
    if (kind := name.removeprefix("only-")) != name and kind in KINDS:
        return Sampler(name, (kind,), 50)
    positive = {EITHER: 50, "only-positive": 100, "only-negative": 0}.get(name)
    if (shares := _SHARES.fullmatch(name)) and int(shares[1]) + int(shares[2]) == 100:
        positive = int(shares[1])
    if positive is None:
        known = ", ".join(NAMED)
        raise RequestError(f"No sampler is called {name!r}; there are {known}, and shares such as 40-60.")
    return Sampler(name, KINDS, positive)


def sample(
    pairs: Iterable[PreferencePair], how: Sampler, weights: Mapping[str, float] | None = None, seed: int = 0
) -> list[PreferencePair]:
    """Choose among pairs.

    Args:
        pairs: both polarities of every phrase, side by side or not.
        how: what is taken.
        weights: kind → which share of its phrases is taken, against those of others; the kind of the largest weight
            keeps all of its own. Kinds that are not named have 1.
        seed: of the draws.

    Returns:
        Those that were chosen, in the order in which they came.

    Raises:
        RequestError: a weight is of no kind, or is no share, or all are 0.
    """
    share = _shares(weights or {})
    pairs = list(pairs)
    twins = _twins(pairs, how.kinds)
    taken: set[tuple[str, str, str]] = set()
    for kind, own in twins.items():
        draw = random.Random(f"{seed}/{kind}/{how.name}")
        kept = sorted(draw.sample(range(len(own)), round(len(own) * share[kind])))
        deck = _polarities(how, draw)
        for place in kept:
            taken |= {(*own[place], polarity) for polarity in deck.deal()}
    return [pair for pair in pairs if (*_twin(pair), pair.polarity) in taken]


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """The share of its phrases that each kind keeps."""
    for kind, weight in weights.items():
        if kind not in KINDS:
            raise RequestError(f"There is a weight of {kind!r}, which is no kind; there are {', '.join(KINDS)}.")
        if not 0 <= weight < float("inf"):
            raise RequestError(f"The weight of {kind} is {weight:g}; expected 0 or more.")
    whole = {kind: weights.get(kind, 1.0) for kind in KINDS}
    if not (most := max(whole.values())):
        raise RequestError("All weights are 0, so that nothing would be left.")
    return {kind: weight / most for kind, weight in whole.items()}


def _twins(pairs: Sequence[PreferencePair], kinds: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """The phrases of each kind, in order, each once."""
    found: dict[str, dict[tuple[str, str], None]] = {kind: {} for kind in kinds}
    for pair in pairs:
        if pair.kind in found:
            found[pair.kind][_twin(pair)] = None
    return {kind: list(own) for kind, own in found.items()}


def _twin(pair: PreferencePair) -> tuple[str, str]:
    """What both pairs of a phrase have in common: image, and the phrase's name in it."""
    return pair.image.name, str(pair.details["twin"])


def _polarities(how: Sampler, draw: random.Random) -> Deck[tuple[str, ...]]:
    """What is taken of phrase after phrase."""
    if how.positive is None:
        return Deck([POLARITIES], draw)
    round_ = gcd(how.positive, 100)
    cards = [(_POSITIVE,)] * (how.positive // round_) + [(_NEGATIVE,)] * ((100 - how.positive) // round_)
    return Deck(cards, draw)
