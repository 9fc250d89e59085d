"""Names, attributes and predicates of a language model, written as scene graphs have them.

Models write "The cats", "is red." and "sits on the" for what is a cat, red, and sitting on. Case, blanks, articles,
forms of "be" and full stops change nothing about what is said, and go; a noun is put into the singular and a verb into
its -ing form.
"""

import re

from sightline.readers.grammar.scene_verbs import VISIBLE_VERBS
from sightline.readers.word_classes import WordClass, progressive, singular_noun, verb_of, word_classes

__all__ = ["plain_attribute", "plain_name", "plain_predicate"]

_MARKS = " \t.,;:!?\"'“”‘’*`"
_ARTICLE = re.compile(r"^(?:an?|the|some|his|her|its|their)\s+")
_BE = re.compile(r"^(?:(?:that|which|who)\s+)?(?:is|are|was|were|being)\s+")
_HAS = ("has", "have", "having", "with")
_NO_VERBS = frozenset((WordClass.PREPOSITION, WordClass.ADVERB, WordClass.ADJECTIVE))
_LAST_ARTICLE = re.compile(r"\s+(?:an?|the)$")


def plain_name(text: str) -> str:
    """A name of an object.

    Example:
        >>> plain_name("The Door  Handles."), plain_name("an orange"), plain_name("scissors"), plain_name("Christmas")
        ('door handle', 'orange', 'scissors', 'christmas')
    """
    plain = _ARTICLE.sub("", _plain(text))
    before, _, last = plain.rpartition(" ")
    if WordClass.PLURAL in word_classes(last):
        last = singular_noun(last)
    return f"{before} {last}".strip()


def plain_attribute(text: str) -> str:
    """An attribute.

    Example:
        >>> plain_attribute("is Dark Red"), plain_attribute("with a white collar.")
        ('dark red', 'with a white collar')
    """
    return _BE.sub("", _plain(text))


def plain_predicate(text: str) -> str:
    """A predicate; that something has a part is said with "has", whatever the words were.

    Example:
        >>> [plain_predicate(each) for each in ("is to the left of", "Sits on the", "with", "stand in", "covered by")]
        ['to the left of', 'sitting on', 'has', 'standing in', 'covered by']
    """
    first, _, rest = _LAST_ARTICLE.sub("", _BE.sub("", _plain(text))).partition(" ")
    if first in _HAS and not rest:
        return "has"
    return f"{_participle(first)} {rest}".strip()


def _participle(word: str) -> str:
    """A verb in its -ing form; other words, and forms of "have", as they are."""
    classes = word_classes(word)
    is_verb = WordClass.PRESENT in classes or (WordClass.BASE in classes and word in VISIBLE_VERBS)
    return progressive(verb_of(word)) if is_verb and classes.isdisjoint(_NO_VERBS) else word


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(_MARKS)
