"""FINER-Tuning's queries and answers: what is asked about a phrase, what is preferred as the reply, and what is not.

A phrase and its edit give two pairs. Where what is asked holds, a yes that repeats it is preferred to a no that says
the false one instead; where it does not, a no that says what is true to a yes that repeats the false one.

Source: FINER (arXiv 2603.17662), five templates and Fig. 3. The replies to all five are in one frame, "Yes, I can see
P." and "No, but I can see P.", which is also that of the options of its benchmark: it answers each of the templates.
Those to "what" questions begin and end as sentences do, and have articles whether or not phrases have.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sightline.core import Attribute, ImageRef, PreferencePair
from sightline.errors import unknown_name
from sightline.preferences.finer.deck import Deck
from sightline.preferences.finer.phrases import Beside, Edit, Phrase, finite, is_uncounted, unit_text, written_out
from sightline.queries.phrases import Named, attributes_phrase, is_finite, without_be
from sightline.queries.questions import NO, QUESTION, YES
from sightline.readers.synonyms import narrow_kinds_of
from sightline.readers.word_classes import verb_of

__all__ = ["METHOD", "POLARITIES", "TEMPLATES", "Asked", "pairs_of"]

METHOD = "finer"

POLARITIES = ("positive", "negative")

TEMPLATES: Mapping[str, str] = {
    "see": QUESTION,
    "contain": "Does this image contain {phrase}?",
    "show": "Does this image show {phrase}?",
    "seen": "Can {phrase} be seen in this image?",
    "include": "Does this image include {phrase}?",
}
"""What is asked about objects, attributes and relations, by the names that are given to `Asked`."""

_WHAT = "what"
"""The name that stands for the template of "what" questions."""

_PERSON = "person"
_LIKE_PEOPLE = ("figure", "model", "guide")
"""Nouns for people that are as often said of things."""

_ONE_THERE_IS = ("sky", "ground", "floor", "ceiling", "sun", "horizon", "earth", "sea", "ocean")
"""What people speak of as the one there is: nobody sees a sky."""


class _Reply(NamedTuple):
    """A question, with the reply that is preferred and the one that is not."""

    prompt: str
    chosen: str
    rejected: str


class Asked:
    """Asks about edits; templates are dealt so that each comes equally often, within each kind and polarity.

    Args:
        templates: names of those that are taken, of `TEMPLATES`; all where none are named.
        articles: whether phrases have articles.
        seed: of the draws.

    Raises:
        RequestError: there is no template of such a name.
    """

    def __init__(self, templates: Sequence[str] = (), articles: bool = False, seed: int = 0) -> None:
        for name in templates:
            if name not in TEMPLATES:
                raise unknown_name("template", name, TEMPLATES)
        self._names = tuple(dict.fromkeys(templates)) or tuple(TEMPLATES)
        self._articles, self._seed = articles, seed
        self._decks: dict[tuple[str, str], Deck[str]] = {}

    def about(self, edit: Edit, image: str) -> tuple[PreferencePair, ...]:
        """The two pairs of an edit, the positive one first.

        Args:
            edit: a phrase, and the same with one unit that is false.
            image: the path of the image below the folder of images.
        """
        template = {polarity: self._template(edit.phrase.kind, polarity) for polarity in POLARITIES}
        return pairs_of(edit, template, self._articles, image)

    def _template(self, kind: str, polarity: str) -> str:
        if kind == _WHAT:
            return _WHAT
        key = (kind, polarity)
        if key not in self._decks:
            self._decks[key] = Deck(self._names, random.Random(f"{self._seed}/{kind}/{polarity}/templates"))
        return self._decks[key].deal()


def pairs_of(edit: Edit, template: Mapping[str, str], articles: bool, image: str) -> tuple[PreferencePair, ...]:
    """The two pairs of an edit.

    Args:
        edit: a phrase, and the same with one unit that is false.
        template: polarity → name of what is asked.
        articles: whether phrases have articles; replies to "what" questions always have.
        image: the path of the image below the folder of images.
    """
    replies = _about_what(edit) if edit.phrase.kind == _WHAT else _yes_no(edit, template, articles)
    return tuple(
        PreferencePair(
            ImageRef(image),
            *reply,
            method=METHOD,
            kind=edit.phrase.kind,
            polarity=polarity,
            source=edit.source,
            details=_details(edit, template[polarity], articles),
        )
        for polarity, reply in zip(POLARITIES, replies, strict=True)
    )


def _details(edit: Edit, template: str, articles: bool) -> dict[str, Any]:
    """What a person needs to judge a pair, and what results are split by."""
    return {
        "phrase": written_out(edit.phrase, articles),
        "negative": written_out(edit.negative, articles),
        "unit": unit_text(edit.phrase.units[edit.slot].claim),
        "instead": unit_text(edit.negative.units[edit.slot].claim),
        "slot": edit.slot,
        "units": len(edit.phrase.units),
        "template": template,
        "by": edit.by,
        "twin": edit.twin,
    }


def _yes_no(edit: Edit, template: Mapping[str, str], articles: bool) -> tuple[_Reply, _Reply]:
    """Can it be seen?"""
    true, false = written_out(edit.phrase, articles), written_out(edit.negative, articles)
    positive, negative = (TEMPLATES[template[polarity]] for polarity in POLARITIES)
    return (
        _Reply(positive.format(phrase=true), YES.format(phrase=true), NO.format(phrase=false)),
        _Reply(negative.format(phrase=false), NO.format(phrase=true), YES.format(phrase=false)),
    )


def _about_what(edit: Edit) -> tuple[_Reply, _Reply]:
    """What stands so to the object of these attributes? Where one of them is false, that is to be said instead."""
    phrase, of, beside = edit.phrase, edit.phrase.of, edit.phrase.beside
    assert of is not None and beside is not None
    true, false = (_attribute(each, edit.slot) for each in (phrase, edit.negative))
    span = _sentence(_answer(beside.other))
    return (
        _Reply(_question(phrase, of, beside), span, _sentence(_denied(of, true, false))),
        _Reply(_question(edit.negative, of, beside), _sentence(_denied(of, false, true)), span),
    )


def _attribute(phrase: Phrase, slot: int) -> str:
    claim = phrase.units[slot].claim
    assert isinstance(claim, Attribute)
    return claim.attribute


def _question(phrase: Phrase, of: Named, beside: Beside) -> str:
    """Ask for the other object of a relation.

    Example:
        >>> cup, shirts = Named("cup"), Named("shirt", 2)
        >>> [_question(Phrase("", "what", ()), cup, Beside("left of", Named(n), "subject")) for n in ("moon", "man")]
        ['What is left of the cup?', 'Who is left of the cup?']
        >>> [_question(Phrase("", "what", ()), cup, Beside(p, Named("moon"), "object")) for p in ("on", "has", "faces")]
        ['What is the cup on?', 'What does the cup have?', 'What does the cup face?']
        >>> _question(Phrase("", "what", ()), shirts, Beside("with", Named("collar"), "object"))
        'What do the shirts have?'
    """
    said = [unit.claim.attribute for unit in phrase.units if isinstance(unit.claim, Attribute)]
    described = attributes_phrase(of, said, False)
    predicate = without_be(finite(beside.predicate))
    what = "Who" if _is_person(beside.other.name) else "What"
    verb, _, rest = predicate.partition(" ")
    if beside.end == "subject":
        has = verb in ("with", "have") and not rest
        return f"{what} {'has' if has else predicate if is_finite(predicate) else f'is {predicate}'} the {described}?"
    if not is_finite(predicate):
        return f"{what} {'are' if of.plural else 'is'} the {described} {predicate}?"
    asked = f"{what} {'do' if of.plural else 'does'} the {described} {verb_of(verb) or 'have'} {rest}"
    return f"{asked.rstrip()}?"


def _is_person(name: str) -> bool:
    return _PERSON in narrow_kinds_of(name) and name.rpartition(" ")[2] not in _LIKE_PEOPLE


def _answer(other: Named) -> str:
    """The object that is asked for.

    Example:
        >>> [_answer(Named(*each)) for each in (("cup", 1), ("key", 2), ("tree", 0), ("sky", 1), ("rain", 1))]
        ['a cup', 'two keys', 'trees', 'the sky', 'rain']
    """
    if other.name in _ONE_THERE_IS:
        return f"the {other.noun}"
    articles = other.number != 1 or not is_uncounted(other.name)
    return attributes_phrase(other, (), articles)


def _denied(of: Named, said: str, true: str) -> str:
    """What is to be said where an attribute is false.

    Example:
        >>> _denied(Named("cup"), "red", "blue")
        'the cup is not red, but it is blue'
        >>> _denied(Named("shirt", 2), "with a red collar", "with a white collar")
        'the shirts do not have a red collar, but they have a white collar'
        >>> _denied(Named("man"), "young", "old")
        'the man is not young, but old'
    """
    is_, it, has, does = ("are", "they ", "have", "do") if of.plural else ("is", "it ", "has", "does")
    if _is_person(of.name):
        it, is_again = "", ""
    else:
        is_again = f"{is_} "
    denied = f"{does} not have {said[5:]}" if said.startswith("with ") else f"{is_} not {said}"
    stated = f"{has} {true[5:]}" if true.startswith("with ") else f"{is_again}{true}"
    return f"the {of.noun} {denied}, but {it}{stated}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
