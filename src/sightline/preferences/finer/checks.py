"""What every phrase, edit and pair of FINER-Tuning is held against, whoever made it.

A phrase must be of its own caption. An edit must change the one unit that was to be changed, to what is false: no other
name for what was there, nothing that the caption or the scene has under whatever name, nothing that comes along with it
(`sightline.queries.rules`). What fails is refused with a reason, and nothing is put in its place: the released
generator of FINER-Tuning (github.com/ExplainableML/finer) then keeps the true phrase, and so has models trained to say
no to what holds.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sightline.core import Attribute, Claim, PreferencePair, Presence, Relation
from sightline.preferences.finer.phrases import Phrase, Unit, unit_text
from sightline.queries.element import differs_in
from sightline.queries.one_change import says_more
from sightline.queries.rules import MISSPELT, OVERLOOKED, UNKNOWN, refusal, same_claim
from sightline.queries.scene_facts import SceneFacts
from sightline.queries.stated import Stated
from sightline.readers.choice import normalised
from sightline.readers.nouns import forms
from sightline.readers.synonyms import narrow_kinds_of
from sightline.readers.word_classes import WordClass

__all__ = [
    "ANOTHER_CHANGED",
    "ANSWER_NAMED",
    "COUNT_CHANGED",
    "EMPTY",
    "MISALIGNED",
    "NOTHING_CHANGED",
    "NOT_COUNTED",
    "PLACEHOLDER",
    "SAME_REPLIES",
    "SAME_UNITS",
    "SAYS_MORE",
    "SEVERAL_CHANGED",
    "TOO_MANY",
    "TWICE",
    "is_overlooked",
    "names_it",
    "why_misaligned",
    "why_no_edit",
    "why_no_pair",
    "why_no_phrase",
    "why_not_false",
]

EMPTY = "the phrase is empty"
TOO_MANY = "the phrase has too many units"
SAME_UNITS = "two units of the phrase say the same"
ANSWER_NAMED = "an attribute names what is asked for"
MISALIGNED = "the phrase is not of this caption: it does not say so"
NOTHING_CHANGED = "the edit changed nothing"
SEVERAL_CHANGED = "the edit changed two or more units"
ANOTHER_CHANGED = "the edit changed another unit than it was to"
COUNT_CHANGED = "the edit added units, or left some out"
SAYS_MORE = "the edit says more than one thing in one unit"
SAME_REPLIES = "chosen and rejected say the same"
NOT_COUNTED = "it is nothing that one counts, and there are several of the true one"
TWICE = "the same is asked about this image already"
PLACEHOLDER = "the text spells out an image placeholder"

_PLACEHOLDER = re.compile(r"<[^<>\s]*(?:image|img|video|vision|patch)[^<>\s]*>|\[/?IMG[A-Z_]*\]", re.IGNORECASE)
"""What models have in the place of an image: ``<image>``, ``<|image_pad|>``, ``<IMG_CONTEXT>``, ``[IMG]``."""

_PERSON = "person"

_ON_PEOPLE = frozenset(
    (
        *("band", "belt", "boot", "bracelet", "button", "cell phone", "earring", "glasses", "glove", "heel", "jewelry"),
        *(
            "key",
            "lace",
            "necklace",
            "phone",
            "pin",
            "ring",
            "sandal",
            "shoe",
            "slipper",
            "sneaker",
            "sock",
            "stocking",
        ),
        *("strap", "string", "sunglasses", "tattoo", "tie", "wallet", "watch", "wristband", "zipper"),
    )
)
"""Small things that people wear or have on them."""

_LINKS = (WordClass.DETERMINER, WordClass.PREPOSITION, WordClass.CONJUNCTION, WordClass.POSSESSIVE, WordClass.BE)
_EMPTY_WORDS = (WordClass.DETERMINER, WordClass.POSSESSIVE, WordClass.BE)
"""Words that an attribute, or a predicate, may have although the caption has others there."""


def why_no_phrase(phrase: Phrase, most: int) -> str:
    """Why a phrase is none, whatever its image; "" where it is one.

    Args:
        phrase: what somebody wrote.
        most: units that it may have.

    Example:
        >>> cat, dog = Unit(Presence("cat")), Unit(Presence("dog"))
        >>> [why_no_phrase(Phrase("a.jpg", "object", units), 6) for units in ((), (cat, cat), (cat, dog))]
        ['the phrase is empty', 'two units of the phrase say the same', '']
    """
    if not phrase.units or not all(_says_something(name) for name in (*_names(phrase), *map(_text, phrase.units))):
        return EMPTY
    if len(phrase.units) > most:
        return TOO_MANY
    if phrase.beside is not None and names_it(map(_text, phrase.units), phrase.beside.other.name):
        return ANSWER_NAMED
    twice = (same_claim(a.claim, b.claim) for n, a in enumerate(phrase.units) for b in phrase.units[:n])
    return SAME_UNITS if any(twice) else ""


def why_misaligned(phrase: Phrase, caption: Stated) -> str:
    """Why a phrase is not of a caption; "" where all its words occur there.

    Example:
        >>> phrase = Phrase("a.jpg", "object", (Unit(Presence("cat")), Unit(Presence("sofa"))))
        >>> [why_misaligned(phrase, Stated(text)) for text in ("Two cats on a red sofa.", "A dog on a sofa.")]
        ['', 'the phrase is not of this caption: it does not say so']
    """
    said = all(map(caption.named, _names(phrase)))
    for claim in (unit.claim for unit in phrase.units):
        if isinstance(claim, Attribute):
            said &= caption.says(claim.attribute, _LINKS)
        elif isinstance(claim, Relation):
            said &= _relates(caption, claim.predicate)
    if phrase.beside is not None:
        said &= _relates(caption, phrase.beside.predicate)
    return "" if said else MISALIGNED


def why_no_edit(phrase: Phrase, negative: Phrase, slot: int, field: str = "") -> str:
    """Why a phrase is not another one with exactly one unit changed, the one that was to be; "" where it is.

    Args:
        phrase: what holds.
        negative: the same after the edit.
        slot: the unit that was to be changed.
        field: which part of its claim was to be; whichever where empty.

    Example:
        >>> cat, dog, owl = (Unit(Presence(name)) for name in ("cat", "dog", "owl"))
        >>> before = Phrase("a.jpg", "object", (cat, dog))
        >>> edits = [(owl, dog), (cat, dog), (owl, owl), (cat, owl), (owl,)]
        >>> for units in edits:
        ...     print(repr(why_no_edit(before, Phrase("a.jpg", "object", units), 0)))
        ''
        'the edit changed nothing'
        'the edit changed two or more units'
        'the edit changed another unit than it was to'
        'the edit added units, or left some out'
    """
    if len(negative.units) != len(phrase.units):
        return COUNT_CHANGED
    changed = [
        (place, name)
        for place, (new, old) in enumerate(zip(negative.units, phrase.units, strict=True))
        for name in _changed(new, old)
    ]
    if len(changed) > 1 or replace(negative, units=phrase.units) != phrase:
        return SEVERAL_CHANGED
    if not changed:
        return NOTHING_CHANGED
    place, name = changed[0]
    return "" if place == slot and field in ("", name) else ANOTHER_CHANGED


def why_not_false(new: Claim, old: Claim, facts: SceneFacts) -> str:
    """Why what somebody wrote in the place of a true claim may hold, or says more; "" where it is surely false.

    Words that no table knows are let through: tables are small, and whoever wrote them has read the caption.

    Args:
        new: differs from the true one in one field.
        old: the true one.
        facts: what is known of the scene; its caption counts.
    """
    (field,) = differs_in(new, old)
    text = getattr(new, field)
    if says_more(text, field, old):
        return SAYS_MORE
    reason = refusal(new, old, facts, strict=field != "predicate")
    if reason not in (None, UNKNOWN):
        return reason
    if reason == UNKNOWN and field == "object" and facts.misspells(text):
        return MISSPELT
    return OVERLOOKED if is_overlooked(new, old, facts) else ""


def names_it(texts: Iterable[str], name: str) -> bool:
    """Whether texts name a thing, in the singular or the plural.

    Example:
        >>> names_it(["tall", "with a red hat"], "hat"), names_it(["tall"], "hat")
        (True, False)
    """
    said = {word for text in texts for word in text.split()}
    return not said.isdisjoint(form.rpartition(" ")[2] for form in forms(name))


def is_overlooked(new: Claim, old: Claim, facts: SceneFacts) -> bool:
    """Whether what is put in is a small thing that people have on them, where there are people: few list their boots.

    Example:
        >>> from sightline.queries.scene_facts import facts_of
        >>> from sightline.scenes.scene_graphs import GraphObject, SceneGraph
        >>> facts = facts_of(SceneGraph("a.jpg", (GraphObject("1", "woman"),)))
        >>> [is_overlooked(Presence(name), Presence("hat"), facts) for name in ("boot", "kite")]
        [True, False]
    """
    if facts.graph.complete or isinstance(new, Attribute) or new.object == old.object or new.object not in _ON_PEOPLE:
        return False
    return any(_PERSON in narrow_kinds_of(name) for name in facts.names)


def why_no_pair(pair: PreferencePair) -> str:
    """Why a pair is none that one could train on; "" where it is one.

    Example:
        >>> from sightline.core import ImageRef
        >>> why_no_pair(PreferencePair(ImageRef("a.jpg"), "Can you see <image>?", "Yes.", "No."))
        'the text spells out an image placeholder'
        >>> why_no_pair(PreferencePair(ImageRef("a.jpg"), "Can you see a cat?", "Yes, a cat.", "yes a cat"))
        'chosen and rejected say the same'
    """
    texts = (pair.prompt, pair.chosen, pair.rejected)
    if any(_PLACEHOLDER.search(text) for text in texts):
        return PLACEHOLDER
    if not all(map(normalised, texts)):
        return EMPTY
    return SAME_REPLIES if normalised(pair.chosen) == normalised(pair.rejected) else ""


def _changed(new: Unit, old: Unit) -> tuple[str, ...]:
    """The parts in which two units differ in more than case and blanks."""
    fields = differs_in(new.claim, old.claim)
    if "kind" in fields:
        return fields
    more = (name for name in fields if _plain(getattr(new.claim, name)) != _plain(getattr(old.claim, name)))
    return (*more, *(("number",) if new.number != old.number else ()))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _names(phrase: Phrase) -> Iterator[str]:
    """All objects that a phrase names."""
    if phrase.of is not None:
        yield phrase.of.name
    if phrase.beside is not None:
        yield phrase.beside.other.name
    yield from (unit.claim.object for unit in phrase.units if isinstance(unit.claim, Presence | Relation))


def _text(unit: Unit) -> str:
    return unit_text(unit.claim)


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _relates(caption: Stated, predicate: str) -> bool:
    """Whether a caption has a predicate; that something has a part is often said by "with"."""
    return (predicate == "has" and caption.says("with")) or caption.says(predicate, _EMPTY_WORDS)
