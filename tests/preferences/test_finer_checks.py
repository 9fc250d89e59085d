"""Every defect that an edit, a phrase or a pair can have is refused, each with its own reason."""

from dataclasses import replace

import pytest

from sightline.core import Attribute, Claim, ImageRef, PreferencePair, Presence, Relation
from sightline.preferences.finer.checks import (
    ANOTHER_CHANGED,
    ANSWER_NAMED,
    COUNT_CHANGED,
    EMPTY,
    MISALIGNED,
    NOTHING_CHANGED,
    PLACEHOLDER,
    SAME_REPLIES,
    SAME_UNITS,
    SAYS_MORE,
    SEVERAL_CHANGED,
    TOO_MANY,
    why_misaligned,
    why_no_edit,
    why_no_pair,
    why_no_phrase,
    why_not_false,
)
from sightline.preferences.finer.phrases import Beside, Phrase, Unit
from sightline.queries.phrases import Named
from sightline.queries.rules import (
    IMPLIED,
    IN_CAPTION,
    IN_SCENE,
    MISSPELT,
    NOT_EXCLUSIVE,
    OVERLOOKED,
    SYNONYM,
)
from sightline.queries.rules import NOTHING_CHANGED as SAME_WORD
from sightline.queries.scene_facts import SceneFacts, facts_of
from sightline.queries.stated import Stated
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

CAPTION = "A man with a black umbrella sits on a red sofa. A cat sleeps left of the sofa, and two lamps are behind it."
STATED = Stated(CAPTION)
FACTS: SceneFacts = facts_of(
    SceneGraph(
        "a.jpg",
        (
            GraphObject("1", "man"),
            GraphObject("2", "umbrella", ("black",)),
            GraphObject("3", "sofa", ("red",)),
            GraphObject("4", "vehicel"),
        ),
        (GraphRelation("1", "sitting on", "3"),),
        caption=CAPTION,
    )
)


def objects(*names: str) -> Phrase:
    return Phrase("a.jpg", "object", tuple(Unit(Presence(name)) for name in names))


def attributes(*said: str, of: str = "sofa") -> Phrase:
    return Phrase("a.jpg", "attribute", tuple(Unit(Attribute(of, each)) for each in said), Named(of))


def relations(*said: tuple[str, str], of: str = "man") -> Phrase:
    return Phrase("a.jpg", "relation", tuple(Unit(Relation(of, *each)) for each in said), Named(of))


def what(*said: str, other: str) -> Phrase:
    return replace(attributes(*said), kind="what", beside=Beside("under", Named(other), "subject"))


TRUE = relations(("sitting on", "sofa"), ("has", "umbrella"))


@pytest.mark.parametrize(
    ("negative", "reason"),
    [
        (relations(("standing on", "sofa"), ("has", "umbrella")), ""),
        (TRUE, NOTHING_CHANGED),
        (relations((" Sitting  on", "SOFA"), ("has", "umbrella")), NOTHING_CHANGED),
        (relations(("standing on", "sofa"), ("has", "suitcase")), SEVERAL_CHANGED),
        (relations(("standing on", "bench"), ("has", "umbrella")), SEVERAL_CHANGED),
        (relations(("standing on", "sofa"), ("has", "umbrella"), of="cat"), SEVERAL_CHANGED),
        (relations(("sitting on", "sofa"), ("has", "suitcase")), ANOTHER_CHANGED),
        (relations(("sitting on", "bench"), ("has", "umbrella")), ANOTHER_CHANGED),
        (relations(("standing on", "sofa")), COUNT_CHANGED),
        (relations(("standing on", "sofa"), ("has", "umbrella"), ("near", "lamp")), COUNT_CHANGED),
        (relations(), COUNT_CHANGED),
    ],
)
def test_an_edit_changes_the_one_unit_that_it_was_to(negative: Phrase, reason: str) -> None:
    assert why_no_edit(TRUE, negative, 0, "predicate") == reason


def test_another_number_of_a_thing_is_another_change() -> None:
    two = replace(objects("cat", "lamp"), units=(Unit(Presence("cat")), Unit(Presence("lamp"), 2)))
    assert why_no_edit(objects("cat", "lamp"), two, 1) == ""
    assert why_no_edit(objects("cat", "lamp"), two.with_claim(0, Presence("dog")), 0) == SEVERAL_CHANGED


@pytest.mark.parametrize(
    ("new", "old", "reason"),
    [
        (Presence("dog"), Presence("cat"), ""),
        (Presence("cats"), Presence("cat"), SAME_WORD),
        (Presence("kitten"), Presence("cat"), SYNONYM),
        (Presence("animal"), Presence("cat"), SYNONYM),
        (Presence("couch"), Presence("cat"), IN_SCENE),
        (Presence("table lamp"), Presence("cat"), IN_CAPTION),
        (Presence("face"), Presence("cat"), IMPLIED),
        (Presence("shadow"), Presence("cat"), OVERLOOKED),
        (Presence("vehicell"), Presence("cat"), MISSPELT),
        (Presence("stroopwafel"), Presence("cat"), ""),
        (Presence("dog on a rug"), Presence("cat"), SAYS_MORE),
        (Presence("brown dog"), Presence("cat"), SAYS_MORE),
        (Attribute("sofa", "blue"), Attribute("sofa", "red"), ""),
        (Attribute("sofa", "crimson"), Attribute("sofa", "red"), SYNONYM),
        (Attribute("sofa", "leather"), Attribute("sofa", "red"), NOT_EXCLUSIVE),
        (Attribute("sofa", "blue sofa"), Attribute("sofa", "red"), SAYS_MORE),
        (Attribute("umbrella", "black"), Attribute("umbrella", "open"), IN_SCENE),
        (Relation("man", "standing on", "sofa"), Relation("man", "sitting on", "sofa"), ""),
        (Relation("man", "on", "sofa"), Relation("man", "sitting on", "sofa"), SYNONYM),
        (Relation("man", "under the table", "sofa"), Relation("man", "sitting on", "sofa"), SAYS_MORE),
        (Relation("man", "sitting on", "couch"), Relation("man", "sitting on", "sofa"), SAME_WORD),
        (Relation("man", "sitting on", "lamp"), Relation("man", "sitting on", "sofa"), IN_CAPTION),
        (Relation("man", "sitting on", "horse"), Relation("man", "sitting on", "sofa"), ""),
    ],
)
def test_what_may_hold_is_refused_under_whatever_name(new: Claim, old: Claim, reason: str) -> None:
    assert why_not_false(new, old, FACTS) == reason


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        (objects("cat", "sofa"), ""),
        (objects(), EMPTY),
        (objects("cat", "?"), EMPTY),
        (attributes("red", of=""), EMPTY),
        (objects(*"abcdefg"), TOO_MANY),
        (objects("cat", "sofa", "couch"), SAME_UNITS),
        (attributes("red", "crimson"), SAME_UNITS),
        (relations(("sitting on", "sofa"), ("seated on", "couch")), SAME_UNITS),
        (what("red", other="cup"), ""),
        (what("red", "with two cups", other="tea cup"), ANSWER_NAMED),
    ],
)
def test_a_phrase_has_units_enough_and_each_says_something_of_its_own(phrase: Phrase, reason: str) -> None:
    assert why_no_phrase(phrase, 6) == reason


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        (objects("cat", "lamp"), ""),
        (objects("cat", "dog"), MISALIGNED),
        (attributes("red"), ""),
        (attributes("with a red seat"), MISALIGNED),
        (attributes("red", of="bench"), MISALIGNED),
        (relations(("sitting on", "sofa"), ("has", "umbrella")), ""),
        (relations(("jumping over", "sofa")), MISALIGNED),
        (replace(attributes("red"), kind="what", beside=Beside("sitting on", Named("man"), "subject")), ""),
        (replace(attributes("red"), kind="what", beside=Beside("sitting on", Named("woman"), "subject")), MISALIGNED),
        (replace(attributes("red"), kind="what", beside=Beside("lying under", Named("cat"), "subject")), MISALIGNED),
    ],
)
def test_a_phrase_of_another_caption_is_refused(phrase: Phrase, reason: str) -> None:
    assert why_misaligned(phrase, STATED) == reason


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (("Can you see a cat?", "Yes, I can see a cat.", "No, but I can see a dog."), ""),
        (("Can you see a cat?", "Yes, I can see a cat.", "yes i can see  a cat"), SAME_REPLIES),
        (("Can you see a cat?", "Yes.", "?!"), EMPTY),
        (("Can you see a <image>?", "Yes.", "No."), PLACEHOLDER),
        (("What is it?", "A <|image_pad|>.", "No."), PLACEHOLDER),
        (("What is it?", "A <IMG_CONTEXT>.", "No."), PLACEHOLDER),
        (("What is it?", "A sign.", "An [IMG] sign."), PLACEHOLDER),
        (("Is a < b and c > d an image?", "Yes.", "No."), ""),
    ],
)
def test_a_pair_can_be_trained_on(texts: tuple[str, str, str], reason: str) -> None:
    assert why_no_pair(PreferencePair(ImageRef("a.jpg"), *texts)) == reason
