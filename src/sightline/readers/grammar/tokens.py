"""The words and marks of a sentence, set phrases and names of several words as one each."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from sightline.readers.grammar.describing_words import COLOURS
from sightline.readers.grammar.kinds_of_thing import MATERIALS
from sightline.readers.grammar.names import NAMES_OF_SEVERAL_WORDS
from sightline.readers.grammar.set_phrases import SET_PHRASES
from sightline.readers.grammar.word_list import word_list
from sightline.readers.word_classes import WordClass, singular_noun, word_classes

__all__ = ["COMMA", "NOMINAL", "OWNS", "QUOTED", "STOP", "UNKNOWN", "Token", "tokens_of"]

COMMA, STOP, QUOTED, UNKNOWN, OWNS = ",", ".", '"', "?", "'s"
"""The tags of what is no word: marks, what stands in quotation marks, words not known, and the s of owners."""

NOMINAL = frozenset((WordClass.NOUN, WordClass.PLURAL, WordClass.ADJECTIVE))
"""The classes of nouns and of what stands before them."""

_TOKEN = re.compile(
    r"(?P<quoted>\"[^\"]*\"|“[^”]*”)"
    r"|(?P<negated>[^\W\d_]+n['’]t\b)"
    r"|(?P<word>(?:\d{1,2}-)?[^\W\d_]+(?:(?:-|['’]s-)[^\W\d_]+)*)"
    r"|(?P<number>\d+(?:[.,:/]\d+)*(?:[a-z]+)?)"
    r"|(?P<owns>['’](?:s\b)?)"
    r"|(?P<comma>,)"
    r"|(?P<stop>[^\w\s])"
)
_ENDS_KIND = word_list(
    "backed brimmed colored coloured eyed faced haired handled legged necked shaded shaped sized skinned sleeved "
    "tailed themed toned winged"
)
"""What makes an adjective of the word before it: "cream colored", "wide brimmed"."""

_ENDS_KIND_OF_NOUNS = word_list("barred covered framed lined mounted paneled rimmed roofed tiled topped trimmed walled")
"""What makes an adjective of a noun or colour before it: "snow covered"."""

_NOUN_CLASSES = {WordClass.NOUN, WordClass.PLURAL, WordClass.BASE, WordClass.PRESENT}

_CORNERS = ("upper", "lower", "top", "bottom", "far")
_BECOMES_IS = word_list("here he it she that there this what who")
_DIGITS = 2
"""Numbers of more digits count nothing that one sees."""


class Token(NamedTuple):
    """A word, set phrase or mark of a sentence.

    Args:
        word: in lower case; set phrases in their canonical wording.
        start: first character within the text.
        end: one after the last.
        classes: what it can be.
        tag: what it is here, a `WordClass` or one of the marks above; "" while undecided.
        proper: whether it is written as a name.
    """

    word: str
    start: int
    end: int
    classes: frozenset[WordClass]
    tag: str = ""
    proper: bool = False


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """The tokens between two places of a text; those of one possible class only by what they are made of have a tag.

    Example:
        >>> [token.word for token in tokens_of("Two teddy bears in front of it.", 0, 31)]
        ['two', 'teddy bears', 'in front of', 'it', '.']
    """
    return _with_kinds(_with_names(_with_phrases(_split(text, start, end))))


def _split(text: str, start: int, end: int) -> list[Token]:
    found = list(_TOKEN.finditer(text, start, end))
    capitals = [match[0][0].isupper() for match in found if match.lastgroup == "word"]
    titled = sum(capitals) * 2 > len(capitals)
    tokens: list[Token] = []
    for match in found:
        tokens.append(_token(match, tokens[-1] if tokens else None, titled))
    return tokens


def _token(match: re.Match[str], before: Token | None, titled: bool) -> Token:
    """One token; in titles, where most words have capitals, these make no names."""
    word, (start, end) = match[0].lower(), match.span()
    match match.lastgroup:
        case "word":
            proper = before is not None and before.tag != STOP and match[0][0].isupper() and not titled
            classes = word_classes(word)
            return Token(word, start, end, classes, "" if classes else UNKNOWN, proper)
        case "number":
            classes = word_classes(word)
            return Token(word, start, end, classes, WordClass.NUMBER if classes and len(word) <= _DIGITS else UNKNOWN)
        case "owns":
            is_verb = word != "'" and before is not None and before.word in _BECOMES_IS
            tag = WordClass.BE if is_verb else OWNS if before else STOP
            return Token("is" if is_verb else OWNS, start, end, frozenset(), tag)
        case "negated":
            return Token("not", start, end, frozenset(), WordClass.NEGATION)
        case "quoted":
            return Token(QUOTED, start, end, frozenset(), QUOTED)
        case kind:
            return Token(word, start, end, frozenset(), COMMA if kind == "comma" else STOP)


def _with_phrases(tokens: Sequence[Token]) -> list[Token]:
    """Set phrases made one token each."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        length, token = _phrase_at(tokens, place)
        joined.append(token)
        place += length
    return joined


def _phrase_at(tokens: Sequence[Token], place: int) -> tuple[int, Token]:
    """The longest set phrase at a place and how many tokens it takes; else the token itself."""
    first = tokens[place]
    second = tokens[place + 1].word if place + 1 < len(tokens) else ""
    for phrase in (*_phrases().get((first.word, second), ()), *_phrases().get((first.word,), ())):
        after = place + len(phrase)
        if tuple(token.word for token in tokens[place:after]) != phrase:
            continue
        class_, canonical = SET_PHRASES[" ".join(phrase)]
        if phrase[-1] == "of" and place and tokens[place - 1].word in _CORNERS:
            continue  # "the bottom left of a map" is on it
        if class_ == WordClass.ADVERB and after < len(tokens) and _goes_on(tokens[after], canonical):
            continue
        return len(phrase), Token(canonical, first.start, tokens[after - 1].end, frozenset((class_,)), class_)
    return 1, first


def _goes_on(after: Token, phrase: str) -> bool:
    """Whether what seemed a phrase goes on: "on the left side of a wall" is on it, "on the left ankle" on an ankle."""
    nominal = after.classes & NOMINAL and WordClass.PRESENT not in after.classes
    return after.word == "of" or (phrase in ("left", "right") and bool(nominal))


def _with_names(tokens: Sequence[Token]) -> list[Token]:
    """Names of several words, in the singular or plural, made one noun each."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        names = ((len(name), _named(tokens[place : place + len(name)], name)) for name in _names(tokens[place].word))
        length, token = next(((length, token) for length, token in names if token), (1, tokens[place]))
        joined.append(token)
        place += length
    return joined


def _named(tokens: Sequence[Token], name: tuple[str, ...]) -> Token | None:
    words = [token.word for token in tokens]
    singular = words[-1] if words[-1] != "glasses" else "glass"
    if words[:-1] != list(name[:-1]) or name[-1] not in (words[-1], singular, singular_noun(words[-1])):
        return None
    tag = WordClass.PLURAL if WordClass.PLURAL in tokens[-1].classes else WordClass.NOUN
    return Token(" ".join(words).replace(" 's", "'s"), tokens[0].start, tokens[-1].end, frozenset((tag,)), tag)


def _with_kinds(tokens: Sequence[Token]) -> list[Token]:
    """Adjectives of two words ("cream colored", "snow covered") made one, where a noun follows."""
    joined: list[Token] = []
    for place, token in enumerate(tokens):
        after = tokens[place + 1].classes if place + 1 < len(tokens) else frozenset()
        before = joined[-1] if joined else None
        if before and after & NOMINAL and _makes_kind(before, token):
            coloured = before.word in COLOURS and token.word.startswith("colo")
            word = before.word if coloured else f"{before.word} {token.word}"
            tag = WordClass.ADJECTIVE
            joined[-1] = Token(word, before.start, token.end, frozenset((tag,)), tag)
        else:
            joined.append(token)
    return joined


def _makes_kind(before: Token, token: Token) -> bool:
    """Whether two words are one adjective: "tree lined", "wide brimmed", but not "small tiled"."""
    if before.word == "half":
        return token.word in ("eaten", "empty", "full", "open", "peeled")
    if token.word in _ENDS_KIND:
        return bool(before.classes & NOMINAL)
    of_noun = bool(before.classes) and before.classes <= _NOUN_CLASSES
    return token.word in _ENDS_KIND_OF_NOUNS and (of_noun or before.word in COLOURS | MATERIALS)


@cache
def _phrases() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """First two words → the set phrases that begin with them, the longest first."""
    return _by_beginning(SET_PHRASES, 2)


def _names(first: str) -> Sequence[tuple[str, ...]]:
    """The names of several words that begin with a word, the longest first."""
    return _names_by_first_word().get((first,), ())


@cache
def _names_by_first_word() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    return _by_beginning(NAMES_OF_SEVERAL_WORDS, 1)


def _by_beginning(phrases: Iterable[str], length: int) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=lambda phrase: (-phrase.count(" "), phrase)):
        words = tuple(phrase.split(" "))
        found.setdefault(words[:length], []).append(words)
    return found
