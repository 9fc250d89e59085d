"""What a language model is told when it writes FINER-Tuning's phrases, and when it edits them.

Two tasks for each kind: write true phrases about a caption, in units; and change one unit, whose number code has
chosen. The caption is shown with every edit, since what it says must not be put in; the released editors see it for
objects only. Attributes of "what" phrases are edited as those of one object are. Wording and examples are sightline's
own; the rules are those of FINER (arXiv 2603.17662). Each task ends with examples in the very form in which captions
are asked about and replies are expected.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.preferences.finer.phrases import Kind, Phrase, Unit, unit_text
from sightline.queries.element import differs_in
from sightline.queries.phrases import Named

__all__ = [
    "EDIT_EXAMPLES",
    "PHRASE_EXAMPLES",
    "EditExample",
    "PhraseExample",
    "edit_prompt",
    "edit_reply",
    "edit_task",
    "phrase_prompt",
    "phrase_task",
]

_WRITER = """\
You prepare questions about photos. You are told the caption of a photo, and write down what it says of the photo, in \
small parts, so that a question can be made of them.

Only what the caption says in so many words, in its own words: nothing that follows from it, nothing that is likely. \
Only what one can see in the photo: no moods, no sounds, no guesses ("may be", "seems"), and not the photo itself, its \
background, style or lighting.
Names of objects are nouns in the singular and in small letters, without article and without adjectives; "number" says \
how many there are: 1, or as the caption counts them, or 0 for several that it does not count."""

_WRITER_END = """\
Each task says how many phrases are wanted. If there are several, they differ. If the caption does not say enough for \
one, write fewer, or none: {"phrases": []}.
Reply with one JSON object and with nothing else:
"""

_PHRASE_RULES: Mapping[Kind, str] = {
    "object": """\
A phrase has one to {most} different objects: the main things in the photo, those first of which the caption \
says what they look like. No parts of one another, no two names for one thing.""",
    "attribute": """\
A phrase has one object, and one to {most} of its attributes: what it looks like or is made of, as \
adjectives ("striped", "dark red"), or beginning with "with" ("with a white collar"). No two that say the same, or \
both a colour, or both a material. No places, no other objects that it stands in relation to, nothing that it does to \
others.""",
    "relation": """\
A phrase has one object, and how it stands to one to {most} others: each time the words between the two, \
without "is" ("sitting on", "left of", "has"), and the other object. A different other object each time.""",
    "what": """\
A phrase has two objects of one sentence, the words that say how the first stands to the second, without "is", and for \
each of the two up to {most} attributes, as adjectives or beginning with "with". At least one of the two has \
an attribute. The attributes of one do not name the other.""",
}

_EDITOR = """\
You make questions about photos that are almost right. You are told the caption of a photo, and true things about the \
photo, which are numbered. One of them you change, so that it becomes wrong; all others you repeat exactly as they are.

Rules:
1. Change only what the task says, and change it: do not repeat it.
2. Wrong: the caption must not say what you put in, by whatever word, and it must not come along with what the caption \
says: if there is a man, there is also a face.
3. Something else: no other word for what you replace, nothing wider or narrower. For "sofa" do not write "couch", \
"furniture" or "loveseat"; for "red" do not write "crimson" or "dark red".
4. Plausible: it could well be in such a photo.
5. The same form, in small letters: {form}"""

_EDIT_FORMS: Mapping[Kind, str] = {
    "object": "a noun in the singular, without article, number or adjective.",
    "attribute": 'a colour for a colour, a material for a material, "with a blue collar" for "with a red collar". It '
    'must exclude what you replace: for "red" do not write "shiny". Do not name the object: "blue", not "blue cup".',
    "relation": 'for the words between, other words without "is" that cannot be true together with them: the opposite '
    'place ("right of" for "left of"), or another posture or action ("standing on" for "sitting on"), and not "not". '
    "For the other object, a noun in the singular, without article, number or adjective.",
}

_EDIT_END = """\
Reply with one JSON object and with nothing else. It has all of them, in the same order:
"""


class PhraseExample(NamedTuple):
    """A caption, and a right reply about it.

    Args:
        caption: of a photo.
        wanted: how many phrases are asked for.
        reply: the right reply.
    """

    caption: str
    wanted: int
    reply: Mapping[str, Any]


class EditExample(NamedTuple):
    """A true phrase that is edited, and a right edit.

    Args:
        caption: of a photo.
        phrase: what is true.
        slot: which of its units is changed, from 0 on.
        claim: what is put in its place.
        never: texts that must not come, each with the reason.
    """

    caption: str
    phrase: Phrase
    slot: int
    claim: Claim
    never: tuple[tuple[str, str], ...] = ()


_MARKET = (
    "Three wooden crates with apples stand on a market stall. Behind the stall a woman in a striped apron is holding a "
    "brass scale. A grey cat sleeps under the table."
)
_HARBOUR = (
    "A small blue fishing boat with a white cabin is tied to a stone pier. Left of the boat a gull stands on a rusty "
    "bollard, and two nets hang over the railing."
)


def _thing(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": name, "number": number, **more}


def _right(caption: str, *phrases: Mapping[str, Any]) -> PhraseExample:
    return PhraseExample(caption, max(1, len(phrases)), {"phrases": list(phrases)})


def _related(subject: str, *relations: tuple[str, str]) -> dict[str, Any]:
    parts = [{"predicate": predicate, "object": _thing(name)} for predicate, name in relations]
    return {"subject": _thing(subject), "relations": parts}


PHRASE_EXAMPLES: Mapping[Kind, tuple[PhraseExample, ...]] = {
    "object": (
        _right(_MARKET, {"objects": [_thing("crate", 3), _thing("woman"), _thing("apron"), _thing("cat")]}),
        _right(
            _HARBOUR,
            {"objects": [_thing("bollard"), _thing("net", 2)]},
            {"objects": [_thing("fishing boat")]},
        ),
        _right("The mood is calm, and everything is bathed in soft evening light."),
    ),
    "attribute": (
        _right(_HARBOUR, {"object": _thing("fishing boat"), "attributes": ["small", "blue", "with a white cabin"]}),
        _right(
            _MARKET,
            {"object": _thing("apron"), "attributes": ["striped"]},
            {"object": _thing("crate", 3), "attributes": ["wooden", "with apples"]},
        ),
        _right("Cars pass a bridge."),
    ),
    "relation": (
        _right(_HARBOUR, _related("gull", ("left of", "boat"), ("standing on", "bollard"))),
        _right(_MARKET, _related("woman", ("behind", "stall"), ("holding", "scale"))),
        _right("A vase and a clock in dim light."),
    ),
    "what": (
        _right(
            _MARKET,
            {
                "subject": _thing("woman", attributes=[]),
                "predicate": "holding",
                "object": _thing("scale", attributes=["brass"]),
            },
        ),
        _right(
            _HARBOUR,
            {
                "subject": _thing("fishing boat", attributes=["small", "blue"]),
                "predicate": "tied to",
                "object": _thing("pier", attributes=["stone"]),
            },
        ),
        _right("A red kite. A dog on a lawn."),
    ),
}
"""Kind → its examples."""


def _objects(*names: str) -> Phrase:
    return Phrase("", "object", tuple(Unit(Presence(name)) for name in names))


def _attributes(of: str, *attributes: str) -> Phrase:
    return Phrase("", "attribute", tuple(Unit(Attribute(of, each)) for each in attributes), Named(of))


def _relations(of: str, *relations: tuple[str, str]) -> Phrase:
    return Phrase("", "relation", tuple(Unit(Relation(of, *each)) for each in relations), Named(of))


EDIT_EXAMPLES: Mapping[Kind, tuple[EditExample, ...]] = {
    "object": (
        EditExample(_MARKET, _objects("woman", "crate", "cat"), 2, Presence("rabbit")),
        EditExample(
            _HARBOUR,
            _objects("bollard", "net"),
            0,
            Presence("lighthouse"),
            (("boat", "the caption says that it is there"), ("post", "another name for it")),
        ),
    ),
    "attribute": (
        EditExample(
            _HARBOUR,
            _attributes("fishing boat", "small", "blue", "with a white cabin"),
            1,
            Attribute("fishing boat", "yellow"),
        ),
        EditExample(
            _MARKET,
            _attributes("apron", "striped"),
            0,
            Attribute("apron", "plain"),
            (("cotton", "it may be true at the same time"),),
        ),
    ),
    "relation": (
        EditExample(
            _HARBOUR,
            _relations("gull", ("left of", "boat"), ("standing on", "bollard")),
            0,
            Relation("gull", "right of", "boat"),
        ),
        EditExample(
            _MARKET,
            _relations("woman", ("behind", "stall"), ("holding", "scale")),
            1,
            Relation("woman", "holding", "umbrella"),
            (("balance", "another name for it"),),
        ),
    ),
}
"""Kind → its examples; "what" has those of attributes."""

_CHANGE: Mapping[str, str] = {"predicate": "the words between of {place}", "object": "the other object of {place}"}
"""The part of a relation that is changed → how that is said; of other kinds the number says all."""


def phrase_prompt(caption: str, wanted: int) -> str:
    """What is asked about one caption.

    Example:
        >>> print(phrase_prompt("A red  cup.", 2))
        Caption: A red cup.
        Number of phrases: 2
        Reply:
    """
    return f"{_caption(caption)}\nNumber of phrases: {wanted}\nReply:"


def edit_prompt(caption: str, phrase: Phrase, slot: int, field: str, never: Sequence[tuple[str, str]] = ()) -> str:
    """What is asked about one true phrase.

    Args:
        caption: of its image.
        phrase: what is true.
        slot: which unit is to be changed.
        field: which part of its claim.
        never: texts that must not come, each with the reason.

    Example:
        >>> gull = EDIT_EXAMPLES["relation"][0].phrase
        >>> print(edit_prompt("A gull.", gull, 1, "object", [("net", "it is there")]))
        Caption: A gull.
        Relations of the gull: 1. left of / boat, 2. standing on / bollard
        Change: the other object of 2
        Must not be written: "net" (it is there)
        Reply:
    """
    of = "" if phrase.of is None else f" of the {phrase.of.name}"
    units = ", ".join(f"{place}. {_told(unit)}" for place, unit in enumerate(phrase.units, start=1))
    change = _CHANGE[field] if phrase.kind == "relation" else "{place}"
    told = ", ".join(f"{json.dumps(text, ensure_ascii=False)} ({reason})" for text, reason in never)
    lines = [_caption(caption), f"{_edited_as(phrase.kind).capitalize()}s{of}: {units}"]
    lines += [f"Change: {change.format(place=slot + 1)}", *([f"Must not be written: {told}"] if told else [])]
    return "\n".join([*lines, "Reply:"])


def edit_reply(phrase: Phrase) -> dict[str, Any]:
    """The reply that says the units of a phrase.

    Example:
        >>> edit_reply(EDIT_EXAMPLES["object"][1].phrase)
        {'objects': ['bollard', 'net']}
    """
    claims = [unit.claim for unit in phrase.units]
    if phrase.kind == "relation":
        related = [claim for claim in claims if isinstance(claim, Relation)]
        return {"relations": [{"predicate": claim.predicate, "object": claim.object} for claim in related]}
    return {f"{_edited_as(phrase.kind)}s": [unit_text(claim) for claim in claims]}


def _edited_as(kind: Kind) -> Kind:
    """The kind whose editor edits a kind."""
    return "attribute" if kind == "what" else kind


def _caption(caption: str) -> str:
    return f"Caption: {' '.join(caption.split())}"


def _told(unit: Unit) -> str:
    """A unit as the editor is shown it."""
    claim = unit.claim
    text = f"{claim.predicate} / {claim.object}" if isinstance(claim, Relation) else unit_text(claim)
    return text if unit.number == 1 else f"{text} ({unit.number or 'several'})"


@cache
def phrase_task(kind: Kind, most: int) -> str:
    """What the model is told when it writes phrases of a kind, which have so many units at most."""
    examples = [
        f"Example {place}\n{phrase_prompt(each.caption, each.wanted)} {json.dumps(each.reply)}"
        for place, each in enumerate(PHRASE_EXAMPLES[kind], start=1)
    ]
    form = json.dumps(PHRASE_EXAMPLES[kind][0].reply)
    return "\n\n".join([_WRITER, _PHRASE_RULES[kind].format(most=most), f"{_WRITER_END}{form}", *examples])


@cache
def edit_task(kind: Kind) -> str:
    """What the model is told when it edits phrases of a kind; those of "what" are edited as attributes are."""
    kind = _edited_as(kind)
    examples = []
    for place, each in enumerate(EDIT_EXAMPLES[kind], start=1):
        (field,) = differs_in(each.claim, each.phrase.units[each.slot].claim)
        prompt = edit_prompt(each.caption, each.phrase, each.slot, field, each.never)
        reply = json.dumps(edit_reply(each.phrase.with_claim(each.slot, each.claim)))
        examples.append(f"Example {place}\n{prompt} {reply}")
    form = json.dumps(edit_reply(EDIT_EXAMPLES[kind][0].phrase))
    return "\n\n".join([_EDITOR.format(form=_EDIT_FORMS[kind]), f"{_EDIT_END}{form}", *examples])
