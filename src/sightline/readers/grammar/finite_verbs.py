"""Which words of a sentence are verbs with a subject, and which follow "to"."""

from sightline.readers.grammar.kinds_of_thing import PARTS
from sightline.readers.grammar.scene_verbs import (
    ANIMATE_VERBS,
    RESTING_VERBS,
    SEEMING_VERBS,
    TAKE_BARE_NOUNS,
    VISIBLE_VERBS,
)
from sightline.readers.grammar.surroundings import DETERMINING, KNOWN_VERBS, Surroundings
from sightline.readers.grammar.tokens import COMMA, NOMINAL, QUOTED, STOP, UNKNOWN
from sightline.readers.word_classes import WordClass, verb_of

__all__ = ["COMPLEMENTS", "is_finite", "is_infinitive"]

COMPLEMENTS = frozenset((*DETERMINING, WordClass.PREPOSITION, WordClass.NUMBER, WordClass.PRONOUN))
"""The classes of words with which the complement of a verb begins."""

_SUBJECTS: frozenset[str] = frozenset((WordClass.RELATIVE, WordClass.PRONOUN, WordClass.CONJUNCTION))


def is_finite(around: Surroundings, place: int) -> bool:
    """Whether the word at a place is a verb with a subject before it.

    A word that is a noun too ("stands") is one only where its neighbours leave little doubt.
    """
    classes, before = around.classes(place), around.before(place)
    third = WordClass.PRESENT in classes
    if not third and WordClass.BASE not in classes:
        return False
    if before == WordClass.MODAL:
        return not third
    subjects = _SUBJECTS | ({WordClass.NOUN, COMMA, QUOTED} if third else {WordClass.PLURAL, UNKNOWN})
    if not classes & (NOMINAL | {WordClass.PARTICIPLE}):
        return third or before in subjects
    if before in (WordClass.RELATIVE, WordClass.PRONOUN):
        return True
    if before not in subjects or (WordClass.PARTICIPLE in classes and before == WordClass.PLURAL):
        return False
    return _agrees(around, place, third) or _is_known(around, place, third)


def _agrees(around: Surroundings, place: int, third: bool) -> bool:
    """Whether a subject of the right number stands before and a determiner after: "riders meet the"."""
    subject = WordClass.NOUN if third else WordClass.PLURAL
    return around.before(place) == subject and around.is_determined(place + 1)


def _is_known(around: Surroundings, place: int, third: bool) -> bool:
    """Whether the verb is one of those that descriptions use, and its complement follows."""
    verb, before = verb_of(around.word(place)), around.before(place)
    if verb not in (KNOWN_VERBS if third or verb in PARTS else KNOWN_VERBS | VISIBLE_VERBS):
        return False
    after = around.classes(place + 1)
    if after & COMPLEMENTS or around.tag_at(place + 1) == QUOTED:
        joined = before in (COMMA, WordClass.CONJUNCTION) and WordClass.PREPOSITION in after
        return not joined or verb in ANIMATE_VERBS | RESTING_VERBS
    if not after and around.tag_at(place + 1) in ("", STOP, COMMA):
        stands = verb in RESTING_VERBS and before == WordClass.PLURAL
        return stands or (third and verb in ANIMATE_VERBS and before == WordClass.NOUN)
    if after == {WordClass.ADVERB}:
        return True
    if verb in SEEMING_VERBS:
        return WordClass.ADJECTIVE in after or WordClass.PARTICIPLE in after
    return verb in TAKE_BARE_NOUNS and before != COMMA and around.leads_to_noun(place + 1)


def is_infinitive(around: Surroundings, place: int) -> bool:
    """Whether a verb in its base form stands at a place after "to"."""
    classes = around.classes(place)
    if WordClass.BE in classes or WordClass.HAVE in classes:
        return True
    if WordClass.BASE not in classes or not classes & NOMINAL:
        return WordClass.BASE in classes
    after = around.classes(place + 1)
    learning = place > 1 and around.tags[place - 2] == WordClass.PROGRESSIVE
    if learning and verb_of(around.word(place)) in ANIMATE_VERBS and not after:
        return True
    return bool(after & (DETERMINING | {WordClass.PRONOUN}))
