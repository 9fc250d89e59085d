"""A sentence as a row of constituents: noun phrases, adjectives, and the words between them.

Phrases that only lead to another are taken up into it: "a row of windows" is windows, "a close-up shot of a cat" a cat,
"on the edge of the table" a place at a table. "The top of the ladder" is the ladder, marked as not the whole of it.
"""

from collections.abc import Sequence
from dataclasses import replace

from sightline.readers.grammar.kinds_of_thing import DEPICTIONS, GROUPS, PIECES
from sightline.readers.grammar.noun_phrases import AdjectivePhrase, NounPhrase, phrase_at
from sightline.readers.grammar.tokens import STOP, Token
from sightline.readers.grammar.unseen import PLACES_IN, SORTS, THE_IMAGE
from sightline.readers.nouns import PAIRED
from sightline.readers.word_classes import WordClass

__all__ = ["Constituent", "constituents"]

Constituent = Token | NounPhrase | AdjectivePhrase

_STANDING_FOR = frozenset(("it", "they", "them", "he", "she", "him", "her"))
_ON_PLACES = {"on the top of": "on top of", "at the top of": "at the top of", "on the front of": "on the front of"}


def constituents(tokens: Sequence[Token]) -> list[Constituent]:
    """The constituents of a sentence.

    Example:
        >>> from sightline.readers.grammar.tagging import tagged
        >>> row = constituents(tagged("a row of red cups on the edge of a table"))
        >>> [part.word if isinstance(part, Token) else part.name for part in row]
        ['cup', 'on the edge of', 'table']
    """
    row: list[Constituent] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.tag == WordClass.PRONOUN and token.word in _STANDING_FOR:
            row.append(NounPhrase("", span=(token.start, token.end), begins=token.start, stands_for=token.word))
            place += 1
            continue
        phrase, after = phrase_at(tokens, place)
        row.append(token if phrase is None else phrase)
        place = place + 1 if phrase is None else after
    return _led_on(row)


def _led_on(row: list[Constituent]) -> list[Constituent]:
    """The row with every "X of Y" made one, where X only leads to Y; from the right, for "pairs of slices of bread"."""
    for place in range(len(row) - 3, -1, -1):
        if place + 2 >= len(row):
            continue
        first, of, second = row[place : place + 3]
        if not (isinstance(first, NounPhrase) and isinstance(second, NounPhrase) and _is_preposition(of, "of")):
            continue
        row[place : place + 3] = _joined(first, second, row[place - 1] if place else None)
    return _with_places(row)


def _is_preposition(part: Constituent, word: str = "") -> bool:
    return isinstance(part, Token) and part.tag == WordClass.PREPOSITION and word in ("", part.word)


def _joined(first: NounPhrase, second: NounPhrase, before: Constituent | None) -> list[Constituent]:
    """What "first of second" amounts to."""
    of = Token("of", first.span[1], first.span[1], frozenset(), WordClass.PREPOSITION)
    if not first.name:
        return [first, of, second] if first.stands_for else [replace(second, definite=False, begins=first.begins)]
    placed = before is not None and _is_preposition(before)
    shows = first.head in THE_IMAGE and not placed and (before is None or first.head not in DEPICTIONS)
    if shows or first.head in SORTS:
        return [replace(second, begins=first.begins)]
    if first.head in GROUPS and first.name == first.head and not (second.article and second.number == 1):
        return [_of_group(first, second)]
    if first.head in PIECES and not second.article:
        return [_piece(first, second)]
    if first.head in PLACES_IN:
        return [first, of, second] if placed else [replace(second, whole=False)]
    if second.head in ("color", "colour"):  # "a splash of color"
        return [replace(second, name="")]
    if first.head in DEPICTIONS:
        return [first, Token("", first.span[1], second.span[1], frozenset(), STOP)]
    return [first, of, second] if first.is_object else [replace(second, whole=False)]


def _of_group(group: NounPhrase, of: NounPhrase) -> NounPhrase:
    """What a group is a group of; a pair is two, but of scissors one."""
    number, counted = of.number, of.counted
    if group.head in ("pair", "couple") and group.number == 1:
        number, counted = (1, True) if of.head in PAIRED else (2, True)
    elif group.head == "trio" and of.number > 1:
        number, counted = 3, True
    elif of.number > 1 and not of.counted:
        counted = False
    taken = replace(of, number=number, counted=counted, begins=group.begins, definite=group.definite or of.definite)
    taken.sides, taken.other = group.sides or of.sides, group.other or of.other
    return taken


def _piece(piece: NounPhrase, of: NounPhrase) -> NounPhrase:
    """A piece of something, which is what its name says: "slice of pizza"."""
    attributes = list(dict.fromkeys((*piece.attributes, *of.attributes)))
    name = f"{piece.head} of {of.name}" if of.is_object else ""
    return replace(piece, name=name, attributes=attributes, span=(piece.span[0], of.span[1]))


def _with_places(row: list[Constituent]) -> list[Constituent]:
    """The row with "on" + "the edge" + "of" made one preposition."""
    made: list[Constituent] = []
    place = 0
    while place < len(row):
        part = row[place]
        inner = row[place + 1] if place + 2 < len(row) else None
        if _is_preposition(part) and isinstance(inner, NounPhrase) and _is_preposition(row[place + 2], "of"):
            assert isinstance(part, Token)
            if inner.head in PLACES_IN and part.word in ("on", "at", "in", "along", "near", "around"):
                canonical = f"{part.word} the {inner.name} of"
                made.append(part._replace(word=_ON_PLACES.get(canonical, canonical)))
                place += 3
                continue
        made.append(part)
        place += 1
    return made
