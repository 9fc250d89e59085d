"""The rules that every negative is held against, whoever made it: it must be false, and differ in one thing.

What may hold in the image is refused: what the scene graph or its caption says, under whatever name; and what comes
along with what they say. A negative that nobody looked at, made from statistics, must also be known to be false
(``strict``): its words stand in the tables, an attribute excludes all that the object has, a predicate the true one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import Element, Negative
from sightline.queries.scene_facts import SceneFacts, facts_of
from sightline.readers.attribute_classes import attribute_class, attributes_named, excludes, same_attribute
from sightline.readers.predicates import agree, excluded_by, same_predicate
from sightline.readers.synonyms import is_known, may_be_same, same_noun
from sightline.scenes.scene_graphs.graph import GraphObject, SceneGraph

__all__ = [
    "ANOTHER_KIND",
    "IMPLIED",
    "IN_CAPTION",
    "IN_SCENE",
    "MEANT_OF_OTHERS",
    "MISSPELT",
    "NOTHING_CHANGED",
    "NOT_A_WORD",
    "NOT_EXCLUSIVE",
    "OVERLOOKED",
    "REASONS",
    "REPEATED",
    "SEVERAL_CHANGED",
    "SYNONYM",
    "UNKNOWN",
    "check",
    "refusal",
    "same_claim",
    "why_refused",
]

ANOTHER_KIND = "it is a claim of another kind"
NOTHING_CHANGED = "it says the same as the true one"
SEVERAL_CHANGED = "it differs from the true one in more than one field"
NOT_A_WORD = "what was put in is no word or phrase"
SYNONYM = "it may hold where the true one does: another name, a wider or a narrower one"
IN_SCENE = "the scene graph says that it holds"
IMPLIED = "it comes along with what is in the scene"
IN_CAPTION = "the caption says that it holds"
NOT_EXCLUSIVE = "it is not known to exclude what is true of the object"
MEANT_OF_OTHERS = "another object of that name is in the scene, of which it may hold"
OVERLOOKED = "such things are often in an image without being listed"
MISSPELT = "a name in the scene is spelled nearly like it"
UNKNOWN = "the tables do not know what was put in"
REPEATED = "it says the same as another negative of the element"

REASONS = (
    *(ANOTHER_KIND, NOTHING_CHANGED, SEVERAL_CHANGED, NOT_A_WORD, SYNONYM, IN_SCENE, IMPLIED, IN_CAPTION),
    *(NOT_EXCLUSIVE, MEANT_OF_OTHERS, OVERLOOKED, MISSPELT, UNKNOWN, REPEATED),
)
"""All of them."""

_MOST_WORDS = 8
_PHRASE = re.compile(r"[^\W\d_](?:[^\W_]|[ '’/-])*")
_NUMBERED = re.compile(r"\d+ [^\W\d_].*")
_NO_PHRASES = frozenset(
    ("none", "nothing", "unknown", "something", "other", "another", "n/a", "null", "empty string", "anything")
)
_DENIALS = frozenset(("no", "not", "never", "non", "neither", "nor"))


def why_refused(negative: Claim, element: Element, graph: SceneGraph, strict: bool = False) -> str | None:
    """Why a claim is no good as a negative of an element; None where it is good.

    Args:
        negative: the claim.
        element: what it is to stand beside.
        graph: the scene graph of the element's image.
        strict: whether it must be known to be false; without, it must only not be known to hold.

    Returns:
        One of `REASONS`, or None.

    Example:
        >>> from sightline.scenes.scene_graphs.graph import GraphObject
        >>> graph = SceneGraph("a.jpg", (GraphObject("1", "cup", ("red",)), GraphObject("2", "sofa")))
        >>> cup, red = Element("a.jpg", Presence("cup"), "1"), Element("a.jpg", Attribute("cup", "red"), "1")
        >>> why_refused(Presence("couch"), cup, graph), why_refused(Attribute("cup", "blue"), red, graph, strict=True)
        ('the scene graph says that it holds', None)
    """
    return refusal(negative, element.claim, facts_of(graph), strict)


def refusal(negative: Claim, claim: Claim, facts: SceneFacts, strict: bool) -> str | None:
    """Why a claim is no good beside a true one, given what is known of the scene; None where it is good."""
    if type(negative) is not type(claim):
        return ANOTHER_KIND
    fields = _changed(negative, claim)
    if len(fields) != 1:
        return SEVERAL_CHANGED if fields else NOTHING_CHANGED
    field = fields[0]
    new, old = getattr(negative, field), getattr(claim, field)
    if not _is_phrase(new):
        return NOT_A_WORD
    if isinstance(negative, Attribute) and field == "attribute":
        return _attribute_refused(negative, old, facts, strict)
    if isinstance(negative, Relation) and isinstance(claim, Relation):
        if field == "predicate":
            return _predicate_refused(negative, claim, facts, strict)
        return _partner_refused(negative, new, old, facts, strict)
    return _name_refused(new, old, facts, strict)


def check(
    negatives: Sequence[Negative], element: Element, graph: SceneGraph, strict: bool = False
) -> tuple[tuple[Negative, ...], tuple[tuple[Negative, str], ...]]:
    """Hold negatives against the rules, each against those that were kept before it too.

    Returns:
        Those kept, in order, and those refused, each with the reason.

    Example:
        >>> element = Element("a.jpg", Presence("cup"), "1")
        >>> offered = [Negative(Presence(name), "a model") for name in ("mug", "sofa", "couch")]
        >>> kept, refused = check(offered, element, SceneGraph("a.jpg", ()))
        >>> [each.claim.object for each in kept], [reason for _, reason in refused] == [SYNONYM, REPEATED]
        (['sofa'], True)
    """
    kept: list[Negative] = []
    refused: list[tuple[Negative, str]] = []
    for negative in negatives:
        reason = why_refused(negative.claim, element, graph, strict)
        if reason is None and any(same_claim(negative.claim, each.claim) for each in kept):
            reason = REPEATED
        if reason is None:
            kept.append(negative)
        else:
            refused.append((negative, reason))
    return tuple(kept), tuple(refused)


def same_claim(first: Claim, second: Claim) -> bool:
    """Whether two claims say the same in other words.

    Example:
        >>> same_claim(Relation("man", "on", "couch"), Relation("man", "on top of", "sofas"))
        True
    """
    if isinstance(first, Presence) and isinstance(second, Presence):
        return same_noun(first.object, second.object)
    if isinstance(first, Attribute) and isinstance(second, Attribute):
        return same_noun(first.object, second.object) and same_attribute(first.attribute, second.attribute)
    if isinstance(first, Relation) and isinstance(second, Relation):
        same_ends = same_noun(first.subject, second.subject) and same_noun(first.object, second.object)
        return same_ends and same_predicate(first.predicate, second.predicate)
    return first == second


def _name_refused(new: str, old: str, facts: SceneFacts, strict: bool) -> str | None:
    """Why a name may be of something in the image."""
    if same_noun(new, old):
        return NOTHING_CHANGED
    if may_be_same(new, old):
        return SYNONYM
    if facts.holds(new):
        return IN_SCENE
    if facts.implies(new):
        return IMPLIED
    if facts.tells(new):
        return IN_CAPTION
    return _name_unsure(new, facts) if strict else None


def _name_unsure(new: str, facts: SceneFacts) -> str | None:
    if not is_known(new):
        return UNKNOWN
    if facts.overlooks(new):
        return OVERLOOKED
    return MISSPELT if facts.misspells(new) else None


def _attribute_refused(negative: Attribute, old: str, facts: SceneFacts, strict: bool) -> str | None:
    name, new = negative.object, negative.attribute
    if same_attribute(new, old):
        return SYNONYM
    if facts.has_attribute(name, new):
        return IN_SCENE
    if facts.tells_attribute(name, new):
        return IN_CAPTION
    return _attribute_unsure(name, new, old, facts) if strict else None


def _attribute_unsure(name: str, new: str, old: str, facts: SceneFacts) -> str | None:
    of = attribute_class(new)
    if of is None:
        return UNKNOWN
    own = [[held for held in _said_of(each) if attribute_class(held) == of] for each in facts.called(name)]
    if not all(excludes(new, held) for held in (old, *(held for many in own for held in many))):
        return NOT_EXCLUSIVE
    return MEANT_OF_OTHERS if not facts.graph.complete and not all(own) else None


def _said_of(each: GraphObject) -> Iterator[str]:
    """The attributes of an object, those that they mention, and those that stand before its noun in its names."""
    for held in each.attributes:
        yield held
        yield from attributes_named(held)
    for name in (each.name, *each.synonyms):
        yield from attributes_named(name.rpartition(" ")[0])


def _predicate_refused(negative: Relation, claim: Relation, facts: SceneFacts, strict: bool) -> str | None:
    if same_predicate(negative.predicate, claim.predicate):
        return NOTHING_CHANGED
    if agree(negative.predicate, claim.predicate):
        return SYNONYM
    if facts.has_relation(negative):
        return IN_SCENE
    if facts.tells_relation(negative):
        return IN_CAPTION
    if not strict:
        return None
    if not any(same_predicate(negative.predicate, each) for each in excluded_by(claim.predicate)):
        return NOT_EXCLUSIVE
    if facts.graph.complete or all(_one(list(facts.called(name))) for name in (claim.subject, claim.object)):
        return None
    return MEANT_OF_OTHERS


def _one(objects: Sequence[GraphObject]) -> bool:
    return len(objects) == 1 and objects[0].number == 1


def _partner_refused(negative: Relation, new: str, old: str, facts: SceneFacts, strict: bool) -> str | None:
    """Why a relation may hold of what was put in for its subject or object."""
    if strict:
        return _name_refused(new, old, facts, strict)
    if same_noun(new, old):
        return NOTHING_CHANGED
    if may_be_same(new, old):
        return SYNONYM
    if facts.has_relation(negative):
        return IN_SCENE
    if not facts.holds(new) and facts.implies(new):
        return IMPLIED
    return IN_CAPTION if facts.tells_relation(negative) else None


def _changed(negative: Claim, claim: Claim) -> tuple[str, ...]:
    """The fields in which two claims of one kind differ in more than case and blanks."""
    pairs = ((name, str(getattr(negative, name)), str(getattr(claim, name))) for name in type(claim).__slots__)
    return tuple(name for name, new, old in pairs if new != old and _plain(new) != _plain(old))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@lru_cache(maxsize=1 << 16)
def _is_phrase(text: str) -> bool:
    plain = _plain(text)
    words = plain.split(" ")
    spelled = _PHRASE.fullmatch(plain) or _NUMBERED.fullmatch(plain)
    return bool(spelled) and len(words) <= _MOST_WORDS and plain not in _NO_PHRASES and _DENIALS.isdisjoint(words)
