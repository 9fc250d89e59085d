"""Which things named in the sentences of a text are the same thing.

The same name is the same thing, unless the text tells them apart: "another", "the other", another number, another side
("the man on the left"), another owner, attributes before the name that no one thing can have ("a red car", "the blue
car"), or an indefinite article before new attributes ("a long bench" after a bench). Where several things could be
meant, none is. A pronoun is what its sentence is about, or what the sentence before was about, where that is one thing
that the pronoun can stand for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sightline.readers.attribute_classes import excludes
from sightline.readers.grammar.kinds_of_thing import (
    BODY_PARTS,
    LIFELIKE,
    ONLY_OF_BODIES,
    is_animate,
    is_clothing,
    is_person,
)
from sightline.readers.grammar.noun_phrases import NounPhrase
from sightline.readers.grammar.reading import UNNAMED, Said

__all__ = ["Known", "known_things"]

_FEMALE = frozenset(("woman", "girl", "lady", "mother", "bride", "queen", "waitress"))
_MALE = frozenset(("man", "boy", "guy", "father", "gentleman", "groom", "king", "cowboy", "waiter", "policeman"))
_SEXED = ("he", "she", "his", "him", "her")
_SIDES = frozenset(
    ("left", "right", "front", "back", "rear", "foreground", "background", "upper", "lower", "top", "bottom")
)
"""Sides that tell one thing from another of its name."""

_OWNING = ("has", "wearing", "holding", "with")
"""Predicates of what owns its object, so that others have another one."""


@dataclass(eq=False)
class Known:
    """A thing of a text.

    Args:
        first: where it is named first.
        attributes: all that is said of it.
        number: how many.
        counted: whether that is said.
        sides: where it is said to be, where that tells it from another.
        other: whether it was named as another one.
        owner: what has, wears or holds it, where that is said.
    """

    first: NounPhrase
    attributes: list[str] = field(default_factory=list)
    number: int = 1
    counted: bool = True
    sides: set[str] = field(default_factory=set)
    other: bool = False
    owner: "Known | None" = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.first.name

    @property
    def whole(self) -> "Known":
        """The thing itself, or whose body it is part of."""
        living = self.owner is not None and is_animate(self.owner.name)
        return self.owner if self.owner and (living or self.first.head in BODY_PARTS) else self

    def add(self, attributes: Iterable[str]) -> None:
        """Join what else is said of it."""
        self.attributes += [attribute for attribute in attributes if attribute not in self.attributes]

    def meet(self, thing: NounPhrase, owner: "Known | None") -> None:
        """Take up what is said where it is named again."""
        self.owner = self.owner or owner
        self.add(thing.attributes)
        self.sides |= _SIDES & set(thing.sides)
        if thing.counted and not self.counted:
            self.number, self.counted = thing.number, True


def known_things(sentences: Sequence[Said], merges: bool = True) -> tuple[list[Known], list[list[Known | None]]]:
    """The things of a text, and for every sentence which of them each of its phrases means, if any.

    Args:
        sentences: what each says.
        merges: whether the same name is the same thing; pronouns always are something else's.
    """
    resolver = _Resolver(merges)
    return resolver.known, [resolver.sentence(said) for said in sentences]


class _Resolver:
    """Goes through the sentences of a text and keeps what they have named."""

    def __init__(self, merges: bool) -> None:
        self.merges = merges
        self.known: list[Known] = []
        self.before: Known | None = None  # what the sentence before was about

    def sentence(self, said: Said) -> list[Known | None]:
        """The things that the phrases of the next sentence mean."""
        meant: list[Known | None] = []
        for index, thing in enumerate(said.things):
            if not thing.stands_for:
                meant.append(self._named(thing, _owner(index, said, meant)) if thing.name else None)
                continue
            known = self._pronoun(index, said, meant)
            meant.append(known)
            if known is not None:
                known.add(thing.attributes)
        about = [meant[index] if index >= 0 else None for index in said.subjects]
        only = about[0] if len({id(known) for known in about}) == 1 else None
        self.before = only.whole if only else None
        return meant

    def _named(self, thing: NounPhrase, owner: Known | None) -> Known | None:
        """What a name means: something new, something known, or None where it could be several things."""
        alike = [known for known in self.known if _may_be(thing, known)] if self.merges else []
        alike = [known for known in alike if not (owner and known.owner) or known.owner is owner]
        if thing.other:
            alike = [known for known in alike if known.other and thing.definite]
        if len(alike) > 1:
            return None
        if alike:
            alike[0].meet(thing, owner)
            return alike[0]
        sides = {side for side in thing.sides if side in _SIDES}
        known = Known(thing, list(thing.attributes), thing.number, thing.counted, sides, thing.other, owner)
        self.known.append(known)
        return known

    def _pronoun(self, index: int, said: Said, meant: Sequence[Known | None]) -> Known | None:
        """What a pronoun stands for, None where that is unsure."""
        pronoun = self._read_pronoun(index, said)
        if ([i for i in said.subjects if i < index] or [index])[-1] == UNNAMED:
            return None
        about = _subject(index, said, meant)
        if about is not None and pronoun.fits(about, is_subject=True):
            return about
        if meant and any(link.object == index for link in said.links):
            return None
        if any(meant) and not pronoun.of_person:
            return _only([known for known in meant if known and pronoun.fits(known)])
        if self.before is not None and pronoun.fits(self.before):
            return self.before
        return _only([known for known in self.known if pronoun.fits(known)]) if pronoun.word in _SEXED else None

    def _read_pronoun(self, index: int, said: Said) -> "_Pronoun":
        links = [link for link in said.links if link.subject == index]
        word = said.things[index].stands_for
        return _Pronoun(
            word=word,
            owned=tuple(said.things[link.object] for link in links if link.predicate == "has"),
            wears=any(link.predicate == "wearing" for link in links),
            of_person=word in _SEXED and any(is_person(known.name) for known in self.known),
        )


class _Pronoun(NamedTuple):
    """A pronoun and what it is said to have.

    Args:
        word: the pronoun.
        owned: what it has.
        wears: whether it wears something.
        of_person: whether it means a person: "he", where one is known.
    """

    word: str
    owned: tuple[NounPhrase, ...]
    wears: bool
    of_person: bool

    def fits(self, known: Known, is_subject: bool = False) -> bool:
        """Whether it can stand for a thing; what the sentence is about may have parts that bodies have as well."""
        parts = ONLY_OF_BODIES if is_subject else BODY_PARTS
        only_living = self.wears or any(thing.head in parts or is_clothing(thing.name) for thing in self.owned)
        animate, person = is_animate(known.name), is_person(known.name)
        is_part = known.first.head in BODY_PARTS and any(thing.head in BODY_PARTS for thing in self.owned)
        if is_part or (only_living and not animate and known.first.head not in LIFELIKE):
            return False
        if self.word in ("it", "its"):
            return known.number == 1 and not person
        if self.word in ("they", "their", "them"):
            return known.number > 1 or person
        others = _FEMALE if self.word in ("he", "his", "him") else _MALE
        return known.number == 1 and (person if self.of_person else animate) and known.first.head not in others


def _subject(index: int, said: Said, meant: Sequence[Known | None]) -> Known | None:
    """What a sentence was last about before a pronoun, unless the pronoun must be something else than that."""
    owned = [link.object for link in said.links if link.subject == index and link.predicate == "has"]
    others = _beside(owned, said)
    about = [known for i in said.subjects if 0 <= i < len(meant) and i not in others and (known := meant[i])]
    if not about:
        return None
    apart = [meant[link.subject] for link in said.links if link.object == index and link.subject < len(meant)]
    return about[-1].whole if about[-1].whole not in apart else None  # "a chair with a pillow on it": no pillow


def _beside(owned: Sequence[int], said: Said) -> set[int]:
    """What is said to be somewhere at one of some things, and so does not own it: "the bandana around its neck"."""
    return {link.subject for link in said.links if link.object in owned and link.predicate not in ("has", "with")}


def _owner(index: int, said: Said, meant: Sequence[Known | None]) -> Known | None:
    """What has, wears or holds a thing of a sentence, where that was named before it."""
    subjects = [link.subject for link in said.links if link.object == index and link.predicate in _OWNING]
    owners = [known for subject in subjects if subject < len(meant) and (known := meant[subject])]
    return owners[0] if owners else None


def _may_be(thing: NounPhrase, known: Known) -> bool:
    """Whether a phrase may mean a thing that is known."""
    if (thing.number > 1) != (known.number > 1):
        return False
    if thing.counted and known.counted and thing.number != known.number:
        return False
    shortened = thing.definite and " " not in thing.name and known.first.head == thing.name
    if known.name != thing.name and not shortened:
        return False
    sides = _SIDES & set(thing.sides)
    if sides and not sides & known.sides and (known.sides or thing.definite):
        return False
    is_new = not thing.definite and thing.number == 1 and not set(thing.named_by) <= set(known.attributes)
    if is_new:  # "a skinny building" after a building that was not said to be skinny
        return False
    return not any(_tells_apart(one, other) for one in thing.named_by for other in known.attributes)


def _tells_apart(one: str, other: str) -> bool:
    """Whether no one thing has both of two attributes."""
    return excludes(one, other) or (one != other and one.endswith("-shaped") and other.endswith("-shaped"))


def _only(fitting: Sequence[Known]) -> Known | None:
    """The one thing that all are, if they are one."""
    different = {id(known): known for known in fitting}
    return next(iter(different.values())) if len(different) == 1 else None
