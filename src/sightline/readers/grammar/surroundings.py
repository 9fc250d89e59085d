"""What stands around a word of a sentence: what came before it, and what follows."""

from collections.abc import Sequence

from sightline.readers.grammar.scene_verbs import ALSO_NOUNS, HEDGING_VERBS, SHOWING_VERBS, TRANSIENT_VERBS
from sightline.readers.grammar.tokens import COMMA, NOMINAL, OWNS, Token
from sightline.readers.word_classes import WordClass, verb_of

__all__ = ["DETERMINING", "KNOWN_VERBS", "NOUNS", "OPENING", "Surroundings"]

NOUNS = frozenset((WordClass.NOUN, WordClass.PLURAL))
"""The classes of nouns."""

DETERMINING = frozenset((WordClass.DETERMINER, WordClass.POSSESSIVE))
"""The classes of words that a noun must follow."""

OPENING = frozenset((*DETERMINING, WordClass.NUMBER, OWNS))
"""The tags of what opens a noun phrase."""

KNOWN_VERBS = (ALSO_NOUNS | SHOWING_VERBS | TRANSIENT_VERBS | HEDGING_VERBS) - {"leave"}
"""Verbs that descriptions use so often that a form which is a plural as well may be one."""

_BEFORE_NOUNS = frozenset((*NOMINAL, WordClass.PARTICIPLE, WordClass.PROGRESSIVE, WordClass.ADVERB))
_NONE: frozenset[WordClass] = frozenset()


class Surroundings:
    """A sentence of which the words before a place have their tags.

    Args:
        words: all its tokens.
        tags: the tags of the first of them.
    """

    def __init__(self, words: Sequence[Token], tags: Sequence[str]) -> None:
        self.words, self.tags = words, tags

    def before(self, place: int) -> str:
        """The tag before a place, adverbs passed over; "" at the beginning."""
        while place and self.tags[place - 1] == WordClass.ADVERB:
            place -= 1
        return self.tags[place - 1] if place else ""

    def classes(self, place: int) -> frozenset[WordClass]:
        """What the word at a place can be; nothing after the end."""
        return self.words[place].classes if place < len(self.words) else _NONE

    def word(self, place: int) -> str:
        """The word at a place, "" after the end."""
        return self.words[place].word if place < len(self.words) else ""

    def tag_at(self, place: int) -> str:
        """The tag of a mark or set phrase at a place, "" where it has none yet."""
        return self.words[place].tag if place < len(self.words) else ""

    def is_determined(self, place: int) -> bool:
        """Whether a determiner or possessive stands at a place."""
        return bool(self.classes(place) & DETERMINING)

    def leads_to_noun(self, place: int) -> bool:
        """Whether a noun with what describes it begins at a place."""
        while place < len(self.words):
            token = self.words[place]
            if token.classes & NOUNS or token.tag in NOUNS:
                return not self.is_clearly_verb(place)
            if not token.classes & _BEFORE_NOUNS:
                return False
            place += 1
            place += self.joint(place)
        return False

    def joint(self, place: int) -> int:
        """How many tokens join adjectives at a place: the comma and the and of "tall, old, and white"."""
        words = (self.word(place), self.word(place + 1))
        length = 2 if words == (",", "and") else 1 if words[0] in ("and", ",") else 0
        if not length:
            return 0
        after = self.classes(place + length)
        if after == {WordClass.ADVERB}:
            after = self.classes(place + length + 1)
        described = WordClass.PARTICIPLE in after and self.leads_to_noun(place + length + 1)
        return length if WordClass.ADJECTIVE in after or described else 0

    def is_clearly_verb(self, place: int) -> bool:
        """Whether a word that could be a plural is a verb with its complement: "holds a", "takes up"."""
        token = self.words[place]
        if WordClass.PRESENT not in token.classes or verb_of(token.word) not in KNOWN_VERBS:
            return False
        return self.is_determined(place + 1) or self.classes(place + 1) == {WordClass.ADVERB}

    def is_in_phrase(self, place: int) -> bool:
        """Whether a noun phrase was opened before a place that has no noun yet."""
        for tag in reversed(self.tags[:place]):
            if tag in OPENING:
                return True
            if tag not in (WordClass.ADJECTIVE, WordClass.ADVERB, COMMA, WordClass.CONJUNCTION):
                return tag == WordClass.PREPOSITION
        return True
