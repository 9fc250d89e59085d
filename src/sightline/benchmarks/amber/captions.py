"""AMBER's captions: what a noun is taken for, by AMBER's code to the letter, and soundly."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sightline.benchmarks.amber.files import Described
from sightline.benchmarks.amber.words import Words, nouns, official_noun, sound_noun

__all__ = ["Seen", "official_caption", "sound_caption"]


class Seen(NamedTuple):
    """What a caption names.

    Args:
        nouns: the nouns that count, as AMBER's lists have them, in order, repeats included.
        made_up: those of them that stand for nothing that is there.
        covered: places of the objects of the image that are named.
        met: places of the targets that are named.
        truths: how many objects of the image there are to be covered.
        targets: how many targets there are to be met.
    """

    nouns: tuple[str, ...]
    made_up: tuple[str, ...]
    covered: frozenset[int]
    met: frozenset[int]
    truths: int
    targets: int


def official_caption(text: str, described: Described, by: str) -> Seen:
    """Hold a caption against an image as AMBER's code does.

    A word that stands for several objects covers the first of them, words that may stand for an object before objects
    themselves. A noun that meets a target can be forgiven all the same, because it is like something that is there;
    and a word that is never held against a caption counts among its nouns.

    Args:
        text: the caption.
        described: what is there.
        by: what words are compared with; see `Words.alike`.
    """
    words = described.words
    known, alike = words.known, words.alike(by)
    named = tuple(noun for noun in map(official_noun, nouns(text)) if noun in known)
    truths, targets = _listed(described.truths, words), _listed(described.targets, words)
    first_truth, first_target = _first(truths), _first(targets)
    covered: set[int] = set()
    met: set[int] = set()
    made_up: list[str] = []
    for noun in named:
        if noun in words.safe:
            continue
        if noun in first_truth:
            covered.add(first_truth[noun])
            continue
        if noun in first_target:
            met.add(first_target[noun])
        if (target := _first_alike(targets, alike[noun])) is not None:
            met.add(target)
        if (truth := _first_alike(truths, alike[noun])) is None:
            made_up.append(noun)
        else:
            covered.add(truth)
    ends = frozenset(covered), frozenset(met), len(described.truths), len(described.targets)
    return Seen(named, tuple(made_up), *ends)


def sound_caption(text: str, described: Described, by: str) -> Seen:
    """Hold a caption against an image without the quirks of AMBER's code.

    Nouns count however they are written. Words that mean too many things are left out. A noun covers the object of its
    own name, or else every object that it may stand for. Objects that are listed twice are one, and a target that is
    there is none. A noun meets a target only where it stands for nothing that is there.

    Args:
        text: the caption.
        described: what is there.
        by: what words are compared with; see `Words.alike`.
    """
    words = described.words
    alike = words.alike(by)
    found = (sound_noun(noun, words) for noun in nouns(text))
    named = tuple(noun for noun in found if noun is not None and noun not in words.safe)
    truths = tuple(dict.fromkeys(described.truths))
    targets = tuple(object_ for object_ in dict.fromkeys(described.targets) if object_ not in truths)
    covered: set[int] = set()
    met: set[int] = set()
    made_up: list[str] = []
    for noun in named:
        if meant := _meant(noun, truths, words, alike):
            covered |= meant
            continue
        made_up.append(noun)
        met |= _meant(noun, targets, words, alike)
    return Seen(named, tuple(made_up), frozenset(covered), frozenset(met), len(truths), len(targets))


def _meant(noun: str, objects: Sequence[str], words: Words, alike: Mapping[str, frozenset[str]]) -> frozenset[int]:
    """The places of the objects that a noun means: of its name, or that it may stand for, or that are like it."""
    if noun in objects:
        return frozenset((objects.index(noun),))
    ways: tuple[Callable[[str], bool], ...] = (
        lambda object_: noun in words.associates[object_],
        lambda object_: not alike[noun].isdisjoint((object_, *words.associates[object_])),
    )
    for way in ways:
        if places := frozenset(place for place, object_ in enumerate(objects) if way(object_)):
            return places
    return frozenset()


@lru_cache(maxsize=10_000)
def _listed(objects: tuple[str, ...], words: Words) -> tuple[tuple[str, int], ...]:
    """AMBER's list of words for objects, each with the place of its object: first those that may stand for them."""
    associates = [(word, place) for place, object_ in enumerate(objects) for word in words.associates[object_]]
    return (*associates, *((object_, place) for place, object_ in enumerate(objects)))


def _first(listed: Sequence[tuple[str, int]]) -> dict[str, int]:
    return dict(reversed(listed))


def _first_alike(listed: Sequence[tuple[str, int]], alike: frozenset[str]) -> int | None:
    return next((place for word, place in listed if word in alike), None)
