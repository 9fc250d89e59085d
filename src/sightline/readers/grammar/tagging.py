"""The words of a sentence, each with the one class it has there.

Most words of English can be several things: "stands" is what a shop has and what a man does, "orange" a fruit and a
colour. The lexicon says which are possible; here the neighbours decide, by rules for sentences that describe images.
Where a verb is not sure, the word stays a noun.
"""

from collections.abc import Set

from sightline.readers.grammar.describing_words import COLOUR_WORDS, COLOURS, OTHERS, SIDES
from sightline.readers.grammar.finite_verbs import COMPLEMENTS, is_finite, is_infinitive
from sightline.readers.grammar.kinds_of_thing import MATERIALS, NAMESAKES, is_person
from sightline.readers.grammar.names import NOUNS_BEFORE_NOUNS, NOUNS_IN_ING
from sightline.readers.grammar.scene_verbs import SEEMING_VERBS, VISIBLE_VERBS
from sightline.readers.grammar.surroundings import DETERMINING, NOUNS, OPENING, Surroundings
from sightline.readers.grammar.tokens import COMMA, NOMINAL, QUOTED, STOP, UNKNOWN, Token, tokens_of
from sightline.readers.grammar.unseen import PLACES_IN
from sightline.readers.word_classes import WordClass, singular_noun, verb_of

__all__ = ["tagged"]

_OPENING = OPENING | {WordClass.ADJECTIVE}
_OPEN_CLASSES = frozenset((*NOMINAL, WordClass.PARTICIPLE, WordClass.PROGRESSIVE, WordClass.BASE, WordClass.PRESENT))
_AFTER_PREPOSITION = COMPLEMENTS | {
    *(WordClass.ADVERB, WordClass.PROGRESSIVE, WordClass.ADJECTIVE, WordClass.RELATIVE),
}


def tagged(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of a sentence with their classes.

    Args:
        text: a text.
        start: where in it the sentence begins.
        end: one after its last character; the end of the text by default.

    Example:
        >>> [(token.word, str(token.tag)) for token in tagged("The man stands on top of it")][1:]
        [('man', 'noun, singular'), ('stands', 'verb, third person'), ('on top of', 'preposition'), ('it', 'pronoun')]
    """
    words = tokens_of(text, start, len(text) if end is None else end)
    tags: list[str] = []
    around = Surroundings(words, tags)
    for place, token in enumerate(words):
        tags.append(token.tag or _tag(around, place))
    return [token._replace(tag=tag) for token, tag in zip(words, tags, strict=True)]


def _tag(around: Surroundings, place: int) -> str:
    """The tag of the word at a place, those before it known."""
    token = around.words[place]
    classes = token.classes
    if len(classes) == 1 and not classes & _OPEN_CLASSES:
        return _of_closed(around, place)
    if token.proper and around.leads_to_noun(place + 1) and not around.words[place + 1].proper:
        return UNKNOWN
    takes = around.before(place) == WordClass.ADJECTIVE and around.is_clearly_verb(place)
    if takes or is_finite(around, place):
        return WordClass.PRESENT if WordClass.PRESENT in classes else WordClass.BASE
    if WordClass.PROGRESSIVE in classes:
        return _of_progressive(around, place)
    if WordClass.PARTICIPLE in classes:
        return _of_participle(around, place)
    return _of_nominal(around, place)


def _of_closed(around: Surroundings, place: int) -> str:
    """The tag of a word of a closed class, by what follows it."""
    word = around.word(place)
    (class_,) = around.classes(place)
    before, after = around.before(place), around.classes(place + 1)
    leads = around.leads_to_noun(place + 1)
    match word:
        case "that" if before == COMMA and not leads:
            return WordClass.RELATIVE
        case "that" if not before or before in (WordClass.PREPOSITION, STOP, COMMA, WordClass.CONJUNCTION):
            return WordClass.PRONOUN if WordClass.BE in after else WordClass.DETERMINER
        case "this" | "these" | "those" if WordClass.BE in after or not leads:
            return WordClass.PRONOUN
        case "her" if not leads:
            return WordClass.PRONOUN
        case "up" | "down" | "off" if after & DETERMINING:
            return WordClass.PREPOSITION
        case "can" if before in _OPENING | {WordClass.NOUN} and not _is_modal(around, place):
            return WordClass.NOUN
        case "well" if before in _OPENING | NOUNS and not after & {WordClass.ADJECTIVE, WordClass.PARTICIPLE}:
            return WordClass.NOUN
        case "opposite" if before == WordClass.DETERMINER:
            return WordClass.ADJECTIVE
        case "to" if is_infinitive(around, place + 1):
            return WordClass.MODAL
    if class_ == WordClass.PREPOSITION and not leads and not _takes(around, place + 1):
        return WordClass.ADVERB
    return class_


def _is_modal(around: Surroundings, place: int) -> bool:
    """Whether "can" has a verb after it, adverbs passed over."""
    place += 1
    while around.classes(place) == {WordClass.ADVERB}:
        place += 1
    return bool(around.classes(place) & {WordClass.BE, WordClass.BASE})


def _takes(around: Surroundings, place: int) -> bool:
    """Whether what stands at a place can follow a preposition although it leads to no noun."""
    return bool(around.classes(place) & _AFTER_PREPOSITION) or around.tag_at(place) in (UNKNOWN, QUOTED)


def _of_progressive(around: Surroundings, place: int) -> str:
    before = around.before(place)
    if around.word(place) in NOUNS_IN_ING and not _does(around, place):
        return WordClass.NOUN
    if before in OPENING or (before == WordClass.ADJECTIVE and around.is_in_phrase(place)):
        return WordClass.ADJECTIVE if around.leads_to_noun(place + 1) else WordClass.PROGRESSIVE
    if before == WordClass.PREPOSITION and around.word(place - 1) in ("of", "with") and around.leads_to_noun(place + 1):
        return WordClass.ADJECTIVE
    return WordClass.PROGRESSIVE


def _does(around: Surroundings, place: int) -> bool:
    """Whether a word that is mostly a thing ("painting") is what somebody does: "a man painting a wall"."""
    before, after = around.before(place), around.classes(place + 1)
    if before == WordClass.PLURAL:
        return True
    if before == COMMA:
        return bool(after) and after <= DETERMINING | {WordClass.ADVERB, WordClass.PREPOSITION}
    if before not in ("", WordClass.NOUN, WordClass.BE):
        return False
    if before and after == {WordClass.ADVERB}:
        return True
    if before == WordClass.NOUN and around.word(place) in ("crossing", "covering") and around.leads_to_noun(place + 1):
        return True
    by_person = before == WordClass.NOUN and is_person(singular_noun(around.word(place - 1)))
    return around.is_determined(place + 1) or (by_person and around.leads_to_noun(place + 1))


def _of_participle(around: Surroundings, place: int) -> str:
    classes, before = around.classes(place), around.before(place)
    leads = around.leads_to_noun(place + 1)
    if around.word(place) in COLOUR_WORDS and around.word(place + 1) in COLOURS:
        return WordClass.ADJECTIVE
    if classes & NOUNS and before in _OPENING | {WordClass.PREPOSITION} and not leads:
        return _of_nominal(around, place)
    if before in (WordClass.BE, WordClass.HAVE):
        described = WordClass.ADJECTIVE in classes and verb_of(around.word(place)) not in VISIBLE_VERBS
        return WordClass.ADJECTIVE if described else WordClass.PARTICIPLE
    if before in (*NOUNS, WordClass.PRONOUN, QUOTED, UNKNOWN):
        return WordClass.PARTICIPLE
    return WordClass.ADJECTIVE if leads or WordClass.ADJECTIVE in classes else WordClass.PARTICIPLE


def _of_nominal(around: Surroundings, place: int) -> str:
    """The tag of what is noun or adjective, or nothing that a rule is for."""
    word, classes = around.word(place), around.classes(place)
    nouns = classes & NOUNS
    leads = around.leads_to_noun(place + 1 + around.joint(place + 1))
    if word in COLOURS or word in COLOUR_WORDS:
        return _of_colour(around, place)
    if leads and (word in SIDES or word in OTHERS):
        return WordClass.ADJECTIVE
    if word in PLACES_IN and nouns and not leads:
        return _noun(nouns)
    if WordClass.ADJECTIVE in classes:
        if not nouns:
            adverb = WordClass.ADVERB in classes and not leads and around.before(place) != WordClass.BE
            return WordClass.ADVERB if adverb else WordClass.ADJECTIVE
        named = word in NOUNS_BEFORE_NOUNS or word in MATERIALS
        if leads:
            return WordClass.NOUN if named else WordClass.ADJECTIVE
        return WordClass.ADJECTIVE if _is_predicate(around, place) else _noun(nouns)
    if nouns:
        return _noun(nouns)
    if WordClass.ADVERB in classes:
        return WordClass.ADVERB
    return WordClass.BASE if WordClass.BASE in classes else UNKNOWN


def _noun(nouns: Set[WordClass]) -> str:
    return WordClass.PLURAL if WordClass.PLURAL in nouns else WordClass.NOUN


def _is_predicate(around: Surroundings, place: int) -> bool:
    """Whether a word that is noun and adjective says how something is: "is alert", "large and broad"."""
    before = around.before(place)
    if before in (WordClass.CONJUNCTION, COMMA) and place > 1:
        return around.tags[place - 2] in (WordClass.ADJECTIVE, WordClass.PARTICIPLE)
    return before == WordClass.BE or (place > 0 and verb_of(around.word(place - 1)) in SEEMING_VERBS)


def _of_colour(around: Surroundings, place: int) -> str:
    """The tag of a colour or shade: an adjective, unless it is a fruit, or a shade's word without a colour after it."""
    word, nouns = around.word(place), around.classes(place) & NOUNS
    joint, leads = around.joint(place + 1), around.leads_to_noun(place + 1)
    if word in COLOURS:
        is_thing = word in NAMESAKES and not leads and not joint and around.is_in_phrase(place)
        return WordClass.NOUN if is_thing else WordClass.ADJECTIVE
    shades = around.word(place + 1).rsplit("-", 1)[-1] in COLOURS
    shades = shades or (joint > 0 and around.word(place + 1 + joint) in COLOURS | COLOUR_WORDS)
    described = WordClass.ADJECTIVE in around.classes(place) and (joint > 0 or leads)
    return WordClass.ADJECTIVE if shades or described or not nouns else _noun(nouns)
