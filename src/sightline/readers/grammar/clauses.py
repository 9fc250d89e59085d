"""What a sentence says of the things it names: attributes, and how two of them stand to one another.

A sentence is read once, from left to right. What is read is attached to what stands before it only where there is one
thing it can belong to; everything else is passed over. After a word that takes back what is said ("possibly", "not",
"resembling") the rest of the sentence is passed over.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sightline.readers.grammar.constituents import constituents
from sightline.readers.grammar.describing_words import HEDGES
from sightline.readers.grammar.noun_phrases import AdjectivePhrase, NounPhrase
from sightline.readers.grammar.reading import Reading, Said
from sightline.readers.grammar.reading_joints import (
    read_adverb,
    read_comma,
    read_conjunction,
    read_doubt,
    read_mark,
    read_pronoun,
    read_quoted,
    read_relative,
    read_subordinator,
    read_unknown,
)
from sightline.readers.grammar.reading_things import read_adjectives, read_thing
from sightline.readers.grammar.reading_verbs import (
    read_be,
    read_finite,
    read_have,
    read_modal,
    read_participle,
    read_preposition,
)
from sightline.readers.grammar.tagging import tagged
from sightline.readers.grammar.tokens import COMMA, QUOTED, STOP, UNKNOWN, Token
from sightline.readers.word_classes import WordClass

__all__ = ["said_in"]

_READERS: Mapping[str, Callable[[Reading, Token], None]] = MappingProxyType(
    {
        COMMA: read_comma,
        QUOTED: read_quoted,
        STOP: read_mark,
        UNKNOWN: read_unknown,
        WordClass.ADVERB: read_adverb,
        WordClass.BASE: read_finite,
        WordClass.BE: read_be,
        WordClass.CONJUNCTION: read_conjunction,
        WordClass.HAVE: read_have,
        WordClass.MODAL: read_modal,
        WordClass.NEGATION: read_doubt,
        WordClass.PARTICIPLE: read_participle,
        WordClass.PREPOSITION: read_preposition,
        WordClass.PRESENT: read_finite,
        WordClass.PROGRESSIVE: read_participle,
        WordClass.PRONOUN: read_pronoun,
        WordClass.RELATIVE: read_relative,
        WordClass.SUBORDINATOR: read_subordinator,
    }
)
"""Tag → what reads a token that has it; others say nothing by themselves."""


def said_in(text: str, start: int = 0, end: int | None = None) -> Said:
    """What one sentence of a text says.

    Args:
        text: a text.
        start: where in it the sentence begins.
        end: one after its last character; the end of the text by default.

    Example:
        >>> said = said_in("A man in a blue hat is sitting on a bench.")
        >>> [thing.name for thing in said.things], said.links[-1]
        (['man', 'hat', 'bench'], Link(subject=0, predicate='sitting on', object=2))
    """
    at = Reading(text, constituents(tagged(text, start, end)))
    for place, part in enumerate(at.row):
        at.place = place
        if at.muted and not at.wakes(part):
            continue
        if isinstance(part, NounPhrase):
            read_thing(at, part)
        elif isinstance(part, AdjectivePhrase):
            read_adjectives(at, part)
        elif part.word in HEDGES:
            read_doubt(at, part)
        elif reader := _READERS.get(part.tag):
            reader(at, part)
    at.end_verb()
    return at.said
