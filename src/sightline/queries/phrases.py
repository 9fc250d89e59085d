"""Elements of a scene as English: objects joined, an object with its attributes, an object with its relations.

FINER joins bare names ("cat and door frame"); with articles ("a cat and a door frame") the same phrase is grammatical.
Both ways are offered; the builder says which was taken.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sightline.readers.attribute_classes import attribute_class
from sightline.readers.nouns import PAIRED, article, plural
from sightline.readers.predicates import predicate_class
from sightline.readers.quantities import number_word
from sightline.readers.word_classes import verb_of

__all__ = [
    "Named",
    "attributes_phrase",
    "clause",
    "follows",
    "is_finite",
    "joined",
    "objects_phrase",
    "relations_phrase",
    "said_of",
    "without_be",
]

_ORDER = (
    *("size", "height", "width", "length", "weight", "condition", "age"),
    *("shape", "colour", "pattern", "texture", "material"),
)
"""The order in which English has adjectives, by the class of the attribute; others stand before all of them."""

_HAVING = ("has", "have", "with")
"""Predicates that are said as "has": "shirt that is with collar" is no English."""

_BE = ("is", "are", "was", "were", "being")

_AFTER = frozenset(("with", "without", "made", "in", "on", "of", "at", "under", "behind", "from", "facing"))
"""Words that begin an attribute which stands after its noun."""

_JOINTS = _AFTER | {"by", "for", "into", "over", "to"}
"""Words after which an attribute names something else: "full of fruit"."""

_UNCOUNTED = frozenset(
    (
        *("asphalt", "bacon", "bread", "broccoli", "butter", "cheese", "clothing", "concrete", "corn", "cutlery"),
        *("debris", "dirt", "dust", "equipment", "flour", "foam", "foliage", "food", "fur", "furniture", "garbage"),
        *("graffiti", "grass", "gravel", "greenery", "hair", "hay", "ice", "icing", "jewellery", "jewelry", "ketchup"),
        *("lettuce", "luggage", "machinery", "mayonnaise", "meat", "milk", "mist", "moss", "mud", "mulch", "mustard"),
        *("parsley", "pasta", "rice", "rust", "sand", "seaweed", "shrubbery", "silverware", "smoke", "snow", "soil"),
        *("spinach", "steam", "straw", "sunlight", "traffic", "trash", "underbrush", "undergrowth", "vegetation"),
        *("water", "writing"),
    )
)
"""Things that have no article, since nobody counts them: "green grass"."""


class Named(NamedTuple):
    """An object as a phrase has it.

    Args:
        name: what it is, in the singular.
        number: how many there are; 0 for several that nobody counted.
    """

    name: str
    number: int = 1

    @property
    def plural(self) -> bool:
        """Whether "are" is said of it: there are several, or it is one that is said as several, as trousers are."""
        return self.number != 1 or self.name.rpartition(" ")[2] in PAIRED

    @property
    def noun(self) -> str:
        """The noun in the number that there are."""
        return self.name if self.number == 1 else plural(self.name)


def joined(parts: Sequence[str]) -> str:
    """Join words with commas and a final "and".

    Example:
        >>> joined(["cat"]), joined(["cat", "dog", "door frame"])
        ('cat', 'cat, dog and door frame')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def objects_phrase(objects: Sequence[Named], articles: bool) -> str:
    """Several objects.

    Example:
        >>> objects_phrase([Named("cat"), Named("door frame")], articles=False)
        'cat and door frame'
        >>> objects_phrase([Named("cat"), Named("key", 2), Named("anchor")], articles=True)
        'a cat, two keys and an anchor'
    """
    return joined([attributes_phrase(each, (), articles) for each in objects])


def attributes_phrase(of: Named, attributes: Sequence[str], articles: bool) -> str:
    """An object with what can be said of it: adjectives before it, the rest after it.

    Example:
        >>> attributes_phrase(Named("moon", 3), ["red", "large"], articles=True)
        'three large red moons'
        >>> attributes_phrase(Named("shirt"), ["with a white collar", "blue", "hanging on a hook"], articles=False)
        'blue shirt with a white collar that is hanging on a hook'
        >>> [attributes_phrase(Named(name), ["blue"], articles=True) for name in ("cup", "shorts", "water")]
        ['a blue cup', 'blue shorts', 'blue water']
    """
    before = sorted((each for each in attributes if not follows(each)), key=_rank)
    own = [each for each in attributes if follows(each) and not _is_clause(each)]
    clauses = [each for each in attributes if _is_clause(each)]
    phrase = " ".join([*before, of.noun])
    opening = _opening(of, phrase) if articles else ""
    ending = f"that {_is(of)} {joined(clauses)}" if clauses else ""
    return " ".join(part for part in (opening, phrase, " and ".join(own), ending) if part)


def relations_phrase(of: Named, relations: Sequence[tuple[str, Named]], articles: bool) -> str:
    """An object with how it stands to others.

    Example:
        >>> relations_phrase(Named("moon"), [("left of", Named("cup")), ("above", Named("key"))], articles=True)
        'a moon that is left of the cup and above the key'
        >>> relations_phrase(Named("man"), [("has", Named("beard")), ("wearing", Named("hat"))], articles=False)
        'man that has beard and is wearing hat'
    """
    return f"{attributes_phrase(of, (), articles)} {clause(of, relations, articles)}"


def clause(of: Named, relations: Sequence[tuple[str, Named]], articles: bool) -> str:
    """How an object stands to others, as a clause after its noun.

    Example:
        >>> clause(Named("moon"), [("left of", Named("red cup")), ("above", Named("key"))], articles=True)
        'that is left of the red cup and above the key'
        >>> clause(Named("shirt", 2), [("with", Named("collar"))], articles=False)
        'that have collar'
    """
    one_verb = not any(is_finite(predicate) for predicate, _ in relations)
    parts: list[str] = []
    for predicate, other in relations:
        said = said_of(predicate, other, articles)
        if is_finite(predicate):
            parts.append(_agreeing(of, said))
        else:
            parts.append(said if one_verb and parts else f"{_is(of)} {said}")
    return f"that {joined(parts)}"


def said_of(predicate: str, other: Named, articles: bool) -> str:
    """A predicate with its object: "left of the cup", "wearing a hat".

    Example:
        >>> said_of("on", Named("table"), articles=True), said_of("wearing", Named("hat"), articles=True)
        ('on the table', 'wearing a hat')
    """
    predicate = without_be(predicate)
    if not articles:
        return f"{predicate} {attributes_phrase(other, (), False)}"
    if predicate_class(predicate) in ("spatial", None):
        return f"{predicate} the {other.noun}"
    return f"{predicate} {attributes_phrase(other, (), True)}"


def follows(attribute: str) -> bool:
    """Whether an attribute stands after its noun.

    Example:
        >>> [follows(each) for each in ("dark red", "made of wood", "hanging on a hook")]
        [False, True, True]
    """
    return attribute.split(" ", 1)[0] in _AFTER or _is_clause(attribute)


def _opening(of: Named, phrase: str) -> str:
    """The number or article of a phrase; nothing of what nobody counted, or can count."""
    if of.number != 1:
        return number_word(of.number) if of.number else ""
    return "" if of.plural or of.name.rpartition(" ")[2] in _UNCOUNTED else article(phrase)


def _is(of: Named) -> str:
    return "are" if of.plural else "is"


def _agreeing(of: Named, said: str) -> str:
    """A predicate that brings its own verb, in the number of its subject: shirts have, a shirt has."""
    verb, _, rest = said.partition(" ")
    if verb in _HAVING:
        return f"{'have' if of.plural else 'has'} {rest}"
    return f"{verb_of(verb) or verb} {rest}" if of.plural else said


def _is_clause(attribute: str) -> bool:
    """Whether an attribute needs "that is" before it: more words follow a participle, or it names something else."""
    first, *rest = attribute.split(" ")
    if not rest or first in _AFTER or attribute_class(attribute) is not None:
        return False
    return first.endswith(("ing", "ed")) or not _JOINTS.isdisjoint(rest)


def _rank(attribute: str) -> int:
    known = attribute_class(attribute)
    return _ORDER.index(known) if known in _ORDER else -1


def is_finite(predicate: str) -> bool:
    """Whether a predicate brings its own verb.

    Example:
        >>> [is_finite(predicate) for predicate in ("has", "with", "wears", "wearing", "on", "across", "is on")]
        [True, True, True, False, False, False, False]
    """
    predicate = without_be(predicate)
    first = predicate.split(" ", 1)[0]
    return (
        predicate in _HAVING
        or first in ("has", "have")
        or (first.endswith("s") and predicate_class(predicate) not in ("spatial", None))
    )


def without_be(predicate: str) -> str:
    """A predicate as it stands after "is", whether or not the annotation says so itself.

    Example:
        >>> without_be("is on"), without_be("on"), without_be("is")
        ('on', 'on', 'is')
    """
    first, _, rest = predicate.partition(" ")
    return rest if rest and first in _BE else predicate
