"""Whether a text that is put in for one thing says something of another as well: "blue plate" for the red of a cup.

A text stands in one field of a claim, so that by its fields every negative changes one thing; what else the text says
is seen only in its words. What is refused here without need is asked for again, so more is refused than must be.
"""

from sightline.core import Attribute, Claim, Relation
from sightline.queries.stated import head
from sightline.readers.attribute_classes import attribute_class
from sightline.readers.nouns import singular
from sightline.readers.synonyms import is_known
from sightline.readers.word_classes import WordClass, word_classes
from sightline.scenes.scene_graphs.naming import read_name

__all__ = ["says_more"]

_NOUNS = frozenset((WordClass.NOUN, WordClass.PLURAL))
_JOINTS = frozenset((WordClass.PREPOSITION, WordClass.CONJUNCTION, WordClass.DETERMINER, WordClass.RELATIVE))
_ENDS_PREDICATES = frozenset(
    (WordClass.PREPOSITION, WordClass.ADVERB, WordClass.PROGRESSIVE, WordClass.PARTICIPLE, WordClass.HAVE)
)


def says_more(text: str, field: str, claim: Claim) -> bool:
    """Whether a text says more than what its field is for.

    Args:
        text: what is put in, as scene graphs have it.
        field: of the claim: "object", "attribute", "predicate" or "subject".
        claim: the true claim.

    Example:
        >>> red, on = Attribute("cup", "red"), Relation("cat", "on", "sofa")
        >>> [says_more(text, "attribute", red) for text in ("blue", "dark blue", "blue plate", "made of metal")]
        [False, False, True, False]
        >>> [says_more(text, "predicate", on) for text in ("hiding under", "under the table", "next to", "under sofa")]
        [False, True, False, True]
        >>> [says_more(text, "object", on) for text in ("door frame", "brown dog", "cup of tea", "rug on the floor")]
        [False, True, False, True]
    """
    if field == "attribute":
        return _attribute_says_more(text, claim)
    if field == "predicate":
        return _predicate_says_more(text, claim)
    return _name_says_more(text)


def _name_says_more(text: str) -> bool:
    """Whether a name has an attribute with it, or something after it."""
    if any(not word_classes(word).isdisjoint(_JOINTS) for word in text.split() if word != "of"):
        return True
    named = read_name(text)
    return named is not None and bool(named.attributes)


def _attribute_says_more(text: str, claim: Claim) -> bool:
    """Whether an attribute names an object as well: its own, or another at the end of it."""
    words = text.split()
    if isinstance(claim, Attribute) and singular(head(claim.object)) in map(singular, words):
        return True
    joined = any(not word_classes(word).isdisjoint(_JOINTS) for word in words)
    return len(words) > 1 and not joined and attribute_class(text) is None and is_known(words[-1])


def _predicate_says_more(text: str, claim: Claim) -> bool:
    """Whether a predicate names an object as well: one of its own, or another at the end of it."""
    words = text.split()
    own = {singular(head(name)) for name in (claim.subject, claim.object)} if isinstance(claim, Relation) else set()
    if not own.isdisjoint(map(singular, words)):
        return True
    last = word_classes(words[-1]) if words else frozenset()
    return len(words) > 1 and not _NOUNS.isdisjoint(last) and _ENDS_PREDICATES.isdisjoint(last)
