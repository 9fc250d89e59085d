"""What a language model replies when it writes FINER-Tuning's phrases or edits them, and the phrases it means.

Names, attributes and predicates are written as scene graphs have them (`sightline.queries.plain_words`). Whether they
are true of the caption, or false as they should be, is looked at elsewhere (`sightline.preferences.finer.checks`).
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.preferences.finer.phrases import Beside, End, Kind, Phrase, Unit
from sightline.queries.phrases import Named
from sightline.queries.plain_words import plain_attribute, plain_name, plain_predicate
from sightline.queries.stated import Stated, head
from sightline.readers.nouns import plural
from sightline.scenes.scene_graphs import SEVERAL

__all__ = ["EDITS", "PHRASES", "About", "edited", "phrases_of"]

_STRICT = ConfigDict(extra="forbid", strict=True)


class _Thing(BaseModel):
    model_config = _STRICT
    name: str
    number: Annotated[int, Field(ge=0)]


class _Described(_Thing):
    attributes: list[str]


class _Related(BaseModel):
    model_config = _STRICT
    predicate: str
    object: _Thing


class _ObjectPhrase(BaseModel):
    model_config = _STRICT
    objects: list[_Thing]


class _AttributePhrase(BaseModel):
    model_config = _STRICT
    object: _Thing
    attributes: list[str]


class _RelationPhrase(BaseModel):
    model_config = _STRICT
    subject: _Thing
    relations: list[_Related]


class _WhatPhrase(BaseModel):
    model_config = _STRICT
    subject: _Described
    predicate: str
    object: _Described


class _ObjectPhrases(BaseModel):
    model_config = _STRICT
    phrases: list[_ObjectPhrase]


class _AttributePhrases(BaseModel):
    model_config = _STRICT
    phrases: list[_AttributePhrase]


class _RelationPhrases(BaseModel):
    model_config = _STRICT
    phrases: list[_RelationPhrase]


class _WhatPhrases(BaseModel):
    model_config = _STRICT
    phrases: list[_WhatPhrase]


class _ObjectEdit(BaseModel):
    model_config = _STRICT
    objects: list[str]


class _AttributeEdit(BaseModel):
    model_config = _STRICT
    attributes: list[str]


class _RelatedTo(BaseModel):
    model_config = _STRICT
    predicate: str
    object: str


class _RelationEdit(BaseModel):
    model_config = _STRICT
    relations: list[_RelatedTo]


PHRASES: Mapping[Kind, type[BaseModel]] = {
    "object": _ObjectPhrases,
    "attribute": _AttributePhrases,
    "relation": _RelationPhrases,
    "what": _WhatPhrases,
}
"""Kind → what a reply with true phrases is."""

EDITS: Mapping[Kind, type[BaseModel]] = {
    "object": _ObjectEdit,
    "attribute": _AttributeEdit,
    "relation": _RelationEdit,
    "what": _AttributeEdit,
}
"""Kind → what a reply with an edit is."""


class About(NamedTuple):
    """What phrases are about.

    Args:
        image: name of the image.
        caption: its caption, which says how many there are of a thing.
        ends: which ends of a relation "what" phrases may ask for.
    """

    image: str
    caption: Stated
    ends: Sequence[End]

    def named(self, told: _Thing) -> Named:
        """An object by its name, in the number that the caption bears out."""
        name = plain_name(told.name)
        noun, written = head(name), self.caption.named(name)
        if told.number > 1 and self.caption.counts(told.number):
            return Named(name, told.number)
        several = len(written) > 1 or noun not in written or plural(noun) == noun
        return Named(name, SEVERAL if told.number != 1 and several else 1)


def phrases_of(reply: BaseModel, about: About, draw: random.Random) -> Iterator[Phrase]:
    """The phrases that a reply means; of "what" it is drawn which object is asked for, if both could be."""
    match reply:
        case _ObjectPhrases():
            for objects in reply.phrases:
                named = [about.named(each) for each in objects.objects]
                yield Phrase(about.image, "object", tuple(Unit(Presence(each.name), each.number) for each in named))
        case _AttributePhrases():
            for attributes in reply.phrases:
                of = about.named(attributes.object)
                yield Phrase(about.image, "attribute", _attributes(of, attributes.attributes), of)
        case _RelationPhrases():
            for relations in reply.phrases:
                of = about.named(relations.subject)
                units = tuple(_relation(of, each.predicate, about.named(each.object)) for each in relations.relations)
                yield Phrase(about.image, "relation", units, of)
        case _WhatPhrases():
            yield from (_what(each, about, draw) for each in reply.phrases)


def edited(phrase: Phrase, reply: BaseModel) -> Phrase:
    """The phrase that an edit makes of a true one; it may have more or fewer units than that."""
    claims: list[Claim] = []
    match reply:
        case _ObjectEdit():
            claims += [Presence(plain_name(each)) for each in reply.objects]
        case _AttributeEdit():
            assert phrase.of is not None
            claims += [Attribute(phrase.of.name, plain_attribute(each)) for each in reply.attributes]
        case _RelationEdit():
            assert phrase.of is not None
            of = phrase.of.name
            claims += [Relation(of, plain_predicate(r.predicate), plain_name(r.object)) for r in reply.relations]
    numbers = [unit.number for unit in phrase.units] + [1] * len(claims)
    return replace(phrase, units=tuple(Unit(*each) for each in zip(claims, numbers, strict=False)))


def _attributes(of: Named, attributes: Sequence[str]) -> tuple[Unit, ...]:
    return tuple(Unit(Attribute(of.name, plain_attribute(each)), of.number) for each in attributes)


def _relation(of: Named, predicate: str, other: Named) -> Unit:
    return Unit(Relation(of.name, plain_predicate(predicate), other.name), other.number)


def _what(told: _WhatPhrase, about: About, draw: random.Random) -> Phrase:
    """A phrase about that object of a relation which has attributes; the other is asked for."""
    ends: Mapping[End, _Described] = {"subject": told.object, "object": told.subject}
    able = [end for end, known in ends.items() if known.attributes and end in about.ends]
    end = draw.choice(able) if able else about.ends[0]
    asked_for = told.subject if end == "subject" else told.object
    of, beside = about.named(ends[end]), Beside(plain_predicate(told.predicate), about.named(asked_for), end)
    return Phrase(about.image, "what", _attributes(of, ends[end].attributes), of, beside)
