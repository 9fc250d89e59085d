"""Which nouns may name the same thing: equal, synonyms, or one the kind of the other.

A name is read by its longest ending that the tables know, so that "old wooden door frame" is a frame, but "hot dog" no
dog. Ends that no table knows stand for themselves, in the singular. What a name says before that ("door") only tells
two things apart where it names two things of which neither may be the other: a door frame is no window frame.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from sightline.readers.attribute_classes import attribute_class
from sightline.readers.everyday_nouns import ALIKE, AMBIGUOUS, OTHERS, SAME, SELDOM_LISTED
from sightline.readers.noun_kinds import KINDS, WIDE_KINDS
from sightline.readers.nouns import singular
from sightline.readers.people_nouns import PEOPLE, ROLES
from sightline.readers.vocabulary import words_of

__all__ = [
    "concepts_in",
    "concepts_of",
    "is_known",
    "is_seldom_listed",
    "kinds_of",
    "may_be_same",
    "may_name",
    "narrow_kinds_of",
    "plain_name",
    "same_noun",
]

PERSON = "person"

_LONGEST = 4
"""Words of the longest phrase of the tables."""

_PORTIONS = frozenset(
    words_of(
        """
        array bit bunch chunk cluster collection couple crowd drop flock gang group handful head heap herd kind line
        loaf lot lots number pack pair part patch piece pile pool portion row school scoop set sheet side slab slice
        sliver sort stack stream strip swarm team top trio type variety view
        """
    )
)
"""Of what "X of Y" names only the Y."""

_HOLDERS = frozenset(
    words_of(
        """
        bag basket bottle bowl box bucket can carton case crate cup dish glass jar jug mug pack pitcher plate pot tray
        tub vase
        """
    )
)
"""Of what "X of Y" names both."""

_TAIL = frozenset(
    words_of(
        """
        above across against along around at behind below beneath beside between by carrying containing during eating
        facing featuring filled for from holding in inside into is near next on onto over playing riding showing sitting
        standing surrounded that through to toward towards under underneath walking wearing which while who with without
        """
    )
)
"""Words with which what is said of a thing begins, after its name."""


@lru_cache(maxsize=1 << 16)
def concepts_of(name: str) -> frozenset[str]:
    """What a name of a thing may mean, each meaning as the tables call it.

    Example:
        >>> sorted(concepts_of("two big sofas")), sorted(concepts_of("wine glasses")), sorted(concepts_of("bat"))
        (['couch'], ['wine glass'], ['baseball bat', 'bat animal'])
        >>> sorted(concepts_of("slice of pizza")), sorted(concepts_of("bowl of soup"))
        (['pizza'], ['bowl', 'soup'])
    """
    return frozenset().union(*(_meanings(ending) for _, ending in _named(name)))


@lru_cache(maxsize=1 << 18)
def may_be_same(first: str, second: str) -> bool:
    """Whether one name could rightly be said of what the other names.

    Example:
        >>> may_be_same("sofa", "couches"), may_be_same("puppy", "animal"), may_be_same("frame", "door frame")
        (True, True, True)
        >>> may_be_same("dog", "hot dog"), may_be_same("cat", "dog"), may_be_same("door frame", "window frame")
        (False, False, False)
    """
    return any(
        _related(_meanings(one), _meanings(other)) and not _apart(before, before_other)
        for before, one in _named(first)
        for before_other, other in _named(second)
    )


@lru_cache(maxsize=1 << 18)
def same_noun(first: str, second: str) -> bool:
    """Whether two names say the same: synonyms, with the same noun before them if any; adjectives count for nothing.

    Example:
        >>> same_noun("couch", "old sofas"), same_noun("dog", "animal"), same_noun("door frame", "frame")
        (True, False, False)
    """
    ones, others = _named(first), _named(second)
    return len(ones) == len(others) and all(
        before == before_other and not _meanings(one).isdisjoint(_meanings(other))
        for (before, one), (before_other, other) in zip(ones, others, strict=True)
    )


@lru_cache(maxsize=1 << 16)
def may_name(name: str) -> frozenset[str]:
    """All meanings that may be said of what a name names.

    Example:
        >>> {"dog", "animal", "poodle"} <= may_name("puppy"), "cat" in may_name("puppy")
        (False, False)
        >>> {"animal", "dog"} <= may_name("puppy")
        True
    """
    return frozenset().union(*(_may_be(concept) for concept in concepts_of(name)))


@lru_cache(maxsize=1 << 16)
def kinds_of(name: str) -> frozenset[str]:
    """The wider kinds that a name belongs to, by any of its meanings.

    Example:
        >>> sorted(kinds_of("poodle"))
        ['animal', 'dog', 'pet']
    """
    return frozenset().union(*(_above(concept) for concept in concepts_of(name)))


@lru_cache(maxsize=1 << 16)
def narrow_kinds_of(name: str) -> frozenset[str]:
    """What a name means and the kinds of it, but for those that are too wide to say much; all people are of one kind.

    Of one kind is also what few could tell apart: each such group stands among the kinds by its first noun.

    Example:
        >>> {"dog", "poodle"} <= narrow_kinds_of("poodle"), "animal" in narrow_kinds_of("poodle")
        (True, False)
        >>> sorted(narrow_kinds_of("woman") & narrow_kinds_of("boy")), sorted(narrow_kinds_of("lion"))
        (['person'], ['lion'])
        >>> narrow_kinds_of("coat").isdisjoint(narrow_kinds_of("jacket"))
        False
    """
    concepts = concepts_of(name)
    people = {PERSON} if any(concept in _people() for concept in concepts) else frozenset[str]()
    groups = frozenset().union(*(_groups_of().get(concept, ()) for concept in concepts))
    return (concepts | kinds_of(name)) - _wide() | people | groups


@lru_cache(maxsize=1 << 16)
def is_known(name: str) -> bool:
    """Whether the whole of a name stands in the tables, and not its ending only.

    Example:
        >>> is_known("wine glasses"), is_known("white plate"), is_known("stroopwafel")
        (True, False, False)
    """
    words = words_of(name)
    return bool(words) and any(phrase in _phrases() for phrase in _spellings(words))


@lru_cache(maxsize=1 << 16)
def plain_name(name: str) -> str | None:
    """The words by which a name is read, in the singular; None where the tables know none of them.

    Example:
        >>> plain_name("two big sofas"), plain_name("a slice of pizza"), plain_name("stroopwafel")
        ('sofa', 'pizza', None)
    """
    known = next((ending for _, ending in _named(name) if is_known(ending)), None)
    return None if known is None else next(each for each in _spellings(words_of(known))[::-1] if each in _phrases())


@lru_cache(maxsize=1 << 16)
def is_seldom_listed(name: str) -> bool:
    """Whether a thing of this name may well be there although nobody listed it, as sky and shadows are.

    So may what has a name that is as often said of something else: a "vessel" may be a vase.

    Example:
        >>> is_seldom_listed("shadows"), is_seldom_listed("vessel"), is_seldom_listed("giraffe")
        (True, True, False)
    """
    return _key(name) in _ambiguous() or not concepts_of(name).isdisjoint(_seldom())


@lru_cache(maxsize=1 << 12)
def concepts_in(text: str) -> frozenset[str]:
    """All that the words of a text may name; a word of no table stands for itself.

    Example:
        >>> {"couch", "hot dog"} <= concepts_in("Hot dogs lie on a sofa."), "dog" in concepts_in("Hot dogs.")
        (True, False)
    """
    words = words_of(text)
    found: set[str] = set()
    place = 0
    while place < len(words):
        for length in _lengths().get(words[place], (1,)):
            meant = _meanings(" ".join(words[place : place + length]), longer=length > 1)
            if meant:
                found |= meant
                place += length
                break
    return frozenset(found)


def _related(ones: Iterable[str], others: frozenset[str]) -> bool:
    return any(not _may_be(one).isdisjoint(others) for one in ones)


def _apart(before: str, before_other: str) -> bool:
    """Whether the words before two names tell them apart, as door and window do of frames."""
    return bool(before and before_other) and not may_be_same(before, before_other)


@lru_cache(maxsize=1 << 16)
def _named(name: str) -> tuple[tuple[str, str], ...]:
    """The things that a name names: the noun before each, or "", and its ending that the tables know."""
    words = words_of(name)
    if not words:
        return ()
    if any(phrase in _phrases() for phrase in _spellings(words)):
        return (("", " ".join(words)),)
    return tuple(_ending(part) for part in _parts(words))


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The phrases that name something: either side of "and", and of "of" the side that counts."""
    for joint in ("and", "or"):
        if joint in words[1:-1]:
            at = words.index(joint, 1)
            yield from _parts(words[:at])
            yield from _parts(words[at + 1 :])
            return
    if "of" in words[1:-1]:
        at = words.index("of", 1)
        first = singular(words[at - 1])
        if first not in _PORTIONS:
            yield from _parts(words[:at])
        if first in _PORTIONS or first in _HOLDERS:
            yield from _parts(words[at + 1 :])
        return
    tail = next((place for place, word in enumerate(words) if place and word in _TAIL), len(words))
    yield words[:tail]


def _ending(words: tuple[str, ...]) -> tuple[str, str]:
    for start in range(max(0, len(words) - _LONGEST), len(words)):
        if any(phrase in _phrases() for phrase in _spellings(words[start:])):
            return _noun_before(words[:start]), " ".join(words[start:])
    return _noun_before(words[:-1]), words[-1]


def _noun_before(words: tuple[str, ...]) -> str:
    """The noun right before a name, or "": adjectives and materials tell no two things apart."""
    for start in range(max(0, len(words) - 2), len(words)):
        phrase = " ".join(words[start:]).removesuffix(" s")
        if attribute_class(phrase) is None and is_known(phrase):
            return phrase
    return ""


@lru_cache(maxsize=1 << 16)
def _meanings(phrase: str, longer: bool = False) -> frozenset[str]:
    """What a phrase means by the tables; if it is in none, itself in the singular, or nothing where others may fit.

    Args:
        phrase: words with single blanks.
        longer: whether it is one of several phrases that may stand at one place.
    """
    spellings = _spellings(tuple(phrase.split()))
    found: frozenset[str] = frozenset().union(*(_phrases().get(spelling, ()) for spelling in spellings))
    return found or (frozenset() if longer else frozenset(spellings[-1:]))


@lru_cache(maxsize=1 << 16)
def _spellings(words: tuple[str, ...]) -> tuple[str, ...]:
    """A phrase as it stands and in the singular."""
    *before, last = words
    if last in _phrases() and not last.endswith("s"):  # a singular, for which the grammar need not be loaded
        return (" ".join(words),)
    one = _second_singular(last) if before else singular(last)
    return tuple(dict.fromkeys((" ".join(words), " ".join((*before, one)))))


@cache
def _second_singular(word: str) -> str:
    """The singular of a word that has others before it: glasses are worn, but wine glasses are glasses."""
    return singular(f"one {word}").removeprefix("one ")


@cache
def _phrases() -> Mapping[str, frozenset[str]]:
    """Phrase → what it means."""
    found: dict[str, set[str]] = {}
    for first, *others in _groups(SAME):
        for phrase in (first, *others):
            found.setdefault(phrase, set()).add(first)
    for phrase in _all_nouns():
        found.setdefault(phrase, {phrase})
    for phrase in _people():
        found.setdefault(phrase, set()).add(phrase)
    return {phrase: frozenset(meant) for phrase, meant in found.items()}


@cache
def _lengths() -> Mapping[str, tuple[int, ...]]:
    """Word → how many words the phrases have that begin with it, the most first, down to one."""
    found: dict[str, set[int]] = {}
    for phrase in _phrases():
        words = phrase.split(" ")
        found.setdefault(words[0], {1}).add(len(words))
    return {word: tuple(sorted(lengths, reverse=True)) for word, lengths in found.items()}


def _all_nouns() -> Iterator[str]:
    for phrases in (OTHERS, SELDOM_LISTED, *KINDS.values()):
        yield from _listed(phrases)
    yield from (_key(kind) for kind in KINDS)
    for group in _groups(ALIKE):
        yield from group


def _meant(phrase: str) -> frozenset[str]:
    """What a phrase of a table means: itself, where it is how the tables call something."""
    found = _phrases()[phrase]
    return frozenset((phrase,)) if phrase in found else found


@cache
def _seldom() -> frozenset[str]:
    return frozenset(_listed(SELDOM_LISTED))


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(_listed(AMBIGUOUS))


@cache
def _wide() -> frozenset[str]:
    return frozenset(_listed(WIDE_KINDS))


@cache
def _may_be(concept: str) -> frozenset[str]:
    """The meanings that may be said of what this one names, itself among them."""
    found = {concept, *_above(concept), *_below().get(concept, ()), *_alike().get(concept, ())}
    if concept in _people():
        found |= {other for other in _people() if not _told_apart(concept, other)}
    return frozenset(found)


@cache
def _above(concept: str) -> frozenset[str]:
    """The kinds that a meaning belongs to, near and far."""
    near = _kinds().get(concept, frozenset())
    return near.union(*(_above(kind) for kind in near)) - {concept}


@cache
def _below() -> Mapping[str, frozenset[str]]:
    """Kind → the meanings that belong to it, near and far."""
    found: dict[str, set[str]] = {}
    for concept in _kinds():
        for kind in _above(concept):
            found.setdefault(kind, set()).add(concept)
    return {kind: frozenset(concepts) for kind, concepts in found.items()}


@cache
def _kinds() -> Mapping[str, frozenset[str]]:
    """Meaning → the kinds that it belongs to, those of the table only."""
    found: dict[str, set[str]] = {}
    for kind, members in KINDS.items():
        for member in _listed(members):
            for concept in _meant(member):
                found.setdefault(concept, set()).update(_meant(_key(kind)))
    for concept in _people().keys() - {PERSON}:
        found.setdefault(concept, set()).add(PERSON)
    return {concept: frozenset(kinds - {concept}) for concept, kinds in found.items()}


@cache
def _alike() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _groups(ALIKE):
        concepts = frozenset().union(*(_meant(phrase) for phrase in group))
        for concept in concepts:
            found.setdefault(concept, set()).update(concepts)
    return {concept: frozenset(others) for concept, others in found.items()}


@cache
def _groups_of() -> Mapping[str, frozenset[str]]:
    """Meaning → the groups of what few could tell apart in which it is, each by its first noun."""
    found: dict[str, set[str]] = {}
    for first, *others in _groups(ALIKE):
        for concept in frozenset().union(*map(_meant, (first, *others))):
            found.setdefault(concept, set()).add(f"like {first}")
    return {concept: frozenset(groups) for concept, groups in found.items()}


@cache
def _people() -> Mapping[str, tuple[str, str, int | None]]:
    """Meaning → what it tells of a person: sex, age ("" where it tells none) and number of the role, or None."""
    roles = {concept: place for place, group in enumerate(_groups(ROLES)) for concept in group}
    told: dict[str, tuple[str, str, int | None]] = {concept: ("", "", role) for concept, role in roles.items()}
    for what, nouns in PEOPLE.items():
        sex = next((word for word in ("female", "male") if word in what.split()), "")
        age = next((word for word in ("adult", "child") if word in what.split()), "")
        told |= {noun: (sex, age, roles.get(noun)) for noun in _listed(nouns)}
    return told


def _told_apart(first: str, second: str) -> bool:
    """Whether two nouns for people tell what no one person can be."""
    return any(
        one not in ("", None) and other not in ("", None) and one != other
        for one, other in zip(_people()[first], _people()[second], strict=True)
    )


def _groups(table: str) -> Iterator[tuple[str, ...]]:
    return (tuple(_listed(group)) for group in table.split(";"))


def _listed(phrases: str) -> Iterator[str]:
    return (_key(phrase) for phrase in phrases.split(","))


def _key(phrase: str) -> str:
    """A phrase as it is looked up."""
    return " ".join(words_of(phrase))
