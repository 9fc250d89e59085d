"""Noun phrases: what a text names, with the attributes that stand before the name.

"A red and white striped shirt" is a shirt, "red and white" and "striped". What stands before the last noun is sorted:
adjectives are attributes, and so are materials ("metal pole"); other nouns are part of the name ("door frame");
words that only tell one thing from another ("left", "second") are neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sightline.readers.grammar.attributes import Describing, attributes_of
from sightline.readers.grammar.describing_words import COLOURS, DEGREES, HEDGES, OTHERS, SIDES
from sightline.readers.grammar.kinds_of_thing import (
    MATERIALS,
    NAMESAKES,
    PARTS,
    head_of,
    is_animate,
    is_clothing,
    is_part,
)
from sightline.readers.grammar.noun_numbers import number_of, singular_of
from sightline.readers.grammar.scene_verbs import ALSO_NOUNS, DONE_BY_THINGS, PLACED, RESTING_VERBS, VISIBLE_VERBS
from sightline.readers.grammar.surroundings import NOUNS, OPENING
from sightline.readers.grammar.tokens import COMMA, OWNS, UNKNOWN, Token
from sightline.readers.grammar.unseen import is_object
from sightline.readers.grammar.word_list import word_list
from sightline.readers.synonyms import is_known
from sightline.readers.word_classes import WordClass, singular_noun, verb_of

__all__ = ["AdjectivePhrase", "NounPhrase", "phrase_at"]

_OPENING = OPENING - {OWNS}
_DEFINITE = word_list("both each that the these this those")
_OF_ILLUMINATION = word_list("bright brilliant diffuse dim direct faint golden natural reflected soft strong warm")
_ROLES = word_list("baker boater catcher chef cowboy jockey pirate sailor santa soldier witch wizard")
"""Whose clothes are a kind of clothes: "a witch's hat"."""

_COLOUR = ("color", "colour")


@dataclass(eq=False)
class NounPhrase:
    """A thing that a text names.

    Args:
        name: singular, lower case, with its compound modifiers; "" where it names nothing.
        attributes: what is said of it.
        named_by: those of the attributes that stand before its name.
        number: 1 in the singular, the number said, 2 for a plural without one.
        counted: whether the number is what the text says.
        span: half-open range of characters of the name.
        begins: first character of the whole phrase.
        article: whether it has an article or possessive, so that it is one thing and no stuff.
        definite: whether it is named as something known: "the dog", "its tail".
        introduced: whether an article, number, attribute or owner of its own stands before it, or it is a plural.
        owner: whose it is, where somebody's.
        pronoun: "its", "their" and the like where that says whose it is.
        sides: "left" and the like.
        other: whether it is said to be another one.
        whole: False for a place in a thing ("the top of a ladder"), of which what follows does not hold.
        stands_for: the pronoun that it is, "it" and the like, where it is one.
    """

    name: str
    attributes: list[str] = field(default_factory=list)
    named_by: tuple[str, ...] = ()
    number: int = 1
    counted: bool = False
    span: tuple[int, int] = (0, 0)
    begins: int = 0
    article: bool = False
    definite: bool = False
    introduced: bool = True
    owner: "NounPhrase | None" = None
    pronoun: str = ""
    sides: tuple[str, ...] = ()
    other: bool = False
    whole: bool = True
    stands_for: str = ""

    @property
    def is_object(self) -> bool:
        """Whether it names something that one could point at, or is a pronoun that may."""
        if self.name == "light" and self.number == 1 and (self.definite or not self.article) and self._illuminates:
            return False
        return bool(self.stands_for) or (bool(self.name) and is_object(self.name, self.introduced))

    @property
    def _illuminates(self) -> bool:
        """Whether a light is no lamp: "bright light", but not "the red light"."""
        return all(attribute in _OF_ILLUMINATION for attribute in self.attributes)

    @property
    def head(self) -> str:
        """The word of the name that says what it is."""
        return head_of(self.name)


class AdjectivePhrase(NamedTuple):
    """Adjectives without a noun after them: "red and white" of "the shirt is red and white".

    Args:
        attributes: what they say.
        placed: whether they say no more than that something is somewhere: "visible".
    """

    attributes: tuple[str, ...]
    placed: bool = False


def phrase_at(tokens: Sequence[Token], place: int) -> tuple[NounPhrase | AdjectivePhrase | None, int]:
    """The noun phrase, or else the adjectives, that begin at a place, and the place after them.

    Example:
        >>> from sightline.readers.grammar.tagging import tagged
        >>> phrase, after = phrase_at(tagged("two dark brown door frames here"), 0)
        >>> phrase.name, phrase.attributes, phrase.number, after
        ('door frame', ['dark brown'], 2, 4)
    """
    if place >= len(tokens) or tokens[place].word in HEDGES:
        return None, place
    opening, at = _opening(tokens, place)
    words, at = _words(tokens, at)
    head = max((i for i, word in enumerate(words) if word.token.tag in NOUNS), default=None)
    if head is None:
        if words and not opening:
            return AdjectivePhrase(tuple(attributes_of(words)), words[-1].token.word in PLACED), at
        return (_without_name(opening), at) if opening else (None, place)
    after = words[head + 1 :]
    at -= sum(1 + bool(word.degree) + word.joined for word in after)
    phrase = _named(words[: head + 1], opening)
    unknown = any(word.token.tag == UNKNOWN and not word.token.proper for word in after)
    if unknown or _is_doubtful(words[: head + 1], opening, tokens[at] if at < len(tokens) else None):
        phrase.name = ""
    return _owned(tokens, phrase, at)


def _owned(tokens: Sequence[Token], phrase: NounPhrase, at: int) -> tuple[NounPhrase, int]:
    """What a phrase owns, if an s of owners and a noun phrase follow it; else the phrase itself."""
    if at < len(tokens) and tokens[at].tag == OWNS:
        owned, after = phrase_at(tokens, at + 1)
        if isinstance(owned, NounPhrase) and phrase.head in _ROLES and is_clothing(owned.name):
            owned.attributes = [*phrase.attributes, *owned.attributes]  # "a black witch's hat"
            owned.article, owned.begins = phrase.article, phrase.begins
            return owned, after
        if isinstance(owned, NounPhrase):
            owned.owner, owned.begins = phrase, phrase.begins
            owned.definite = owned.introduced = True
            return owned, after
    return phrase, at


def _opening(tokens: Sequence[Token], place: int) -> tuple[list[Token], int]:
    """Determiners, possessives and numbers before a phrase."""
    at = place
    while at < len(tokens) and tokens[at].tag in _OPENING:
        at += 1
    return list(tokens[place:at]), at


def _words(tokens: Sequence[Token], place: int) -> tuple[list[Describing], int]:
    """Adjectives and nouns up to where the phrase can no longer go on."""
    words: list[Describing] = []
    at = place
    while at < len(tokens):
        token = tokens[at]
        described = WordClass.ADJECTIVE in token.classes and token.word not in PARTS
        if words and words[-1].token.tag == WordClass.PLURAL and described:
            break  # "tires close together": hardly anything is named after a plural
        if token.word in HEDGES:
            break
        if token.tag in (*NOUNS, WordClass.ADJECTIVE, UNKNOWN):
            words.append(Describing(token))
            at += 1
        elif token.tag == WordClass.ADVERB and _is_degree(tokens, at):
            words.append(Describing(tokens[at + 1], token.word))
            at += 2
        elif (joined := _joined(tokens, at, words)) is not None:
            words.append(joined[0])
            at = joined[1]
        else:
            break
    return words, at


def _is_degree(tokens: Sequence[Token], at: int) -> bool:
    """Whether an adverb belongs to an adjective after it."""
    word = tokens[at].word
    if word in HEDGES or at + 1 >= len(tokens) or tokens[at + 1].tag != WordClass.ADJECTIVE:
        return False
    return word.endswith("ly") or word in DEGREES


def _joined(tokens: Sequence[Token], at: int, words: Sequence[Describing]) -> tuple[Describing, int] | None:
    """The next adjective after a comma or an "and", where adjectives alone stand before it."""
    if not words or any(word.token.tag != WordClass.ADJECTIVE for word in words):
        return None
    start = at
    while at < len(tokens) and (tokens[at].tag == COMMA or tokens[at].word in ("and", "&")):
        at += 1
    if not start < at <= start + 2:
        return None
    degree = ""
    if at < len(tokens) and tokens[at].tag == WordClass.ADVERB and _is_degree(tokens, at):
        degree = tokens[at].word
        at += 1
    if at >= len(tokens) or tokens[at].tag != WordClass.ADJECTIVE or tokens[at].word in HEDGES:
        return None
    return Describing(tokens[at], degree, joined=True), at + 1


def _without_name(opening: Sequence[Token]) -> NounPhrase:
    """A phrase that names nothing: "the other", "one", "these"."""
    return NounPhrase("", span=(opening[0].start, opening[-1].end), begins=opening[0].start)


def _named(words: Sequence[Describing], opening: Sequence[Token]) -> NounPhrase:
    """The phrase of words that end with a noun."""
    head = words[-1].token
    before = list(words[:-1])
    compound: list[Token] = []
    while before and before[-1].token.tag in NOUNS and before[-1].token.word not in MATERIALS:
        compound.insert(0, before.pop().token)
    kept = [token for token in compound if token.tag == WordClass.NOUN and not (token.proper or token.word in _COLOUR)]
    name = " ".join((*(token.word for token in kept), singular_of(words, opening)))
    number, counted = number_of(words, opening)
    attributes = attributes_of([word for word in before if not _is_purpose(word, name)])
    said = [token.word for token in (*opening, *(word.token for word in before))]
    return NounPhrase(
        name=name if _makes_a_name(compound, name) else "",
        attributes=attributes,
        named_by=tuple(attributes),
        number=number,
        counted=counted,
        span=((kept or [head])[0].start, head.end),
        begins=(opening[0] if opening else words[0].token).start,
        article=any(token.tag == WordClass.POSSESSIVE or token.word in ("a", "an", "the") for token in opening),
        definite=any(token.tag == WordClass.POSSESSIVE or token.word in _DEFINITE for token in opening),
        introduced=number > 1 or bool(kept or attributes) or any(_introduces(token) for token in opening),
        pronoun=next((token.word for token in opening if token.tag == WordClass.POSSESSIVE), ""),
        sides=tuple(word for word in said if word in SIDES),
        other=any(word in OTHERS for word in said),
    )


def _is_purpose(word: Describing, name: str) -> bool:
    """Whether an -ing form says what a thing is for ("running lights"), or nothing that one sees."""
    if WordClass.PROGRESSIVE not in word.token.classes:
        return False
    verb = verb_of(word.token.word)
    return not (verb in DONE_BY_THINGS or (verb in RESTING_VERBS and is_animate(name)))


def _introduces(token: Token) -> bool:
    return token.word in ("a", "an", "another") or token.tag in (WordClass.NUMBER, WordClass.POSSESSIVE)


def _makes_a_name(compound: Sequence[Token], name: str) -> bool:
    """Whether nouns before a noun are part of its name, or an owner without apostrophe ("the mans hand")."""
    plural = any(token.tag == WordClass.PLURAL for token in compound)
    owned = (is_part(name) or is_clothing(name)) and verb_of(name) not in ALSO_NOUNS
    return not plural or (len(compound) == 1 and owned)


def _is_doubtful(words: Sequence[Describing], opening: Sequence[Token], after: Token | None) -> bool:
    """Whether the last of the words is hardly the name of a thing: a place, a colour, or a verb."""
    head = words[-1].token
    if head.word == "feet" and any(token.word in ("several", "few", "a few", "many") for token in opening):
        return True  # a measure
    if (head.proper and not opening) or (head.word.removesuffix("s") in COLOURS and head.word not in NAMESAKES):
        return True
    if len(words) == 1 or not head.classes & {WordClass.PRESENT, WordClass.BASE} or after is None:
        return False
    if WordClass.PRESENT in head.classes and after.word in ("up", "is", "has"):
        return True  # "the sunlight lights up", "the map lies is"
    verb = verb_of(head.word)
    follows = {WordClass.ADVERB, WordClass.PROGRESSIVE, WordClass.ADJECTIVE}  # "a stilt stands facing the water"
    if WordClass.BASE in head.classes:
        follows = {WordClass.ADVERB} if verb in VISIBLE_VERBS else set()
    elif verb in ALSO_NOUNS or not is_known(singular_noun(head.word)):
        follows.add(WordClass.PREPOSITION)
    return words[-2].token.tag in (*NOUNS, UNKNOWN) and after.tag in follows
