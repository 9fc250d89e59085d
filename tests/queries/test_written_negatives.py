import json
from typing import Any

import pytest
from scripted_writing import Script, ScriptedWriting, in_turn

from sightline.core import Attribute, Claim, Presence, Relation, TextRequest, Written
from sightline.errors import RequestError
from sightline.queries.element import Element, Negative, differs_in, elements_of
from sightline.queries.negative_prompts import EXAMPLES, NAME, OBJECT, PREDICATE, TASKS, VALUE, negative_prompt
from sightline.queries.rules import (
    IN_SCENE,
    NOT_A_WORD,
    NOTHING_CHANGED,
    REPEATED,
    SEVERAL_CHANGED,
    SYNONYM,
)
from sightline.queries.staged import Done
from sightline.queries.written_negatives import (
    NOT_AGAIN,
    TOO_FEW,
    TOO_LONG,
    TOO_MANY,
    Negatived,
    Rewriter,
    changes,
    negative_requests,
    write_negatives,
)
from sightline.scenes.scene_graphs import CaptionedImage, GraphObject, GraphRelation, SceneGraph, captioned_graph

GRAPH = SceneGraph(
    "a.jpg",
    (GraphObject("1", "cup", ("red",)), GraphObject("2", "sofa"), GraphObject("3", "lamp")),
    (GraphRelation("1", "on", "2"),),
    caption="A red cup stands on a sofa beside a lamp.",
)
CUP = Element("a.jpg", Presence("cup"), "1")
RED = Element("a.jpg", Attribute("cup", "red"), "1")
ON = Element("a.jpg", Relation("cup", "on", "sofa"), "1", "2")
GOOD = ("bottle", "book", "shoe", "clock")


def listed(*texts: Any) -> str:
    return json.dumps({"negatives": texts})


def write(script: Script, element: Element = CUP, attempts: int = 1) -> Negatived:
    return write_negatives([element], [GRAPH], ScriptedWriting(script), attempts)


def changed(negatived: Negatived) -> list[str]:
    """What was put in for the true thing, of the one element."""
    (element,) = negatived.elements
    return [
        str(getattr(negative.claim, differs_in(negative.claim, element.claim)[0])) for negative in element.negatives
    ]


def reasons(negatived: Negatived) -> list[tuple[str, str]]:
    return [(each.text, each.reason) for each in negatived.refused]


def relation(what: str) -> Element:
    """The relation, in an image whose name has that of it changed."""
    names = (f"{n}.jpg" for n in range(99))
    return next(element for name in names if changes(element := Element(name, ON.claim, "1", "2")) == what)


def test_four_good_texts_are_four_negatives_that_differ_in_one_field() -> None:
    negatived = write(lambda request: listed(*GOOD))
    assert negatived.elements == (
        CUP.with_negatives(tuple(Negative(Presence(name), "a scripted writer") for name in GOOD)),
    )
    assert (negatived.refused, negatived.left_out) == ((), {})


def test_each_kind_of_element_has_its_own_thing_changed() -> None:
    texts = {
        NAME: "A bottle.",
        VALUE: "is Blue",
        PREDICATE: "hidden under the",
        OBJECT: "shelves",
    }
    told: dict[str, Claim] = {}
    for element in (CUP, RED, relation(PREDICATE), relation(OBJECT)):
        graph = SceneGraph(element.image, GRAPH.objects, GRAPH.relations)
        writer = ScriptedWriting(lambda request, of=element: listed(texts[changes(of)]))
        negatived = write_negatives([element], [graph], writer, 1)
        told[changes(element)] = negatived.elements[0].negatives[0].claim
    assert told == {
        NAME: Presence("bottle"),
        VALUE: Attribute("cup", "blue"),
        PREDICATE: Relation("cup", "hidden under", "sofa"),
        OBJECT: Relation("cup", "on", "shelf"),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cup", NOTHING_CHANGED),
        ("The Cup", NOTHING_CHANGED),
        ("mug", SYNONYM),
        ("lamp", IN_SCENE),
        ("couch", IN_SCENE),
        ("bottles", REPEATED),
        ("bottle", REPEATED),
        ("", NOT_A_WORD),
        ("?!", NOT_A_WORD),
        ("none", NOT_A_WORD),
        ("no cup", NOT_A_WORD),
        ("plate, fork", NOT_A_WORD),
        ("plate and fork", SEVERAL_CHANGED),
        ("blue plate", SEVERAL_CHANGED),
        ("plate under the lamp", SEVERAL_CHANGED),
        ("x" * 61, TOO_LONG),
        ("plate " * 5000, TOO_LONG),
    ],
)
def test_a_text_for_an_object_is_refused_with_its_reason(text: str, reason: str) -> None:
    negatived = write(lambda request: listed("bottle", "book", "shoe", text))
    assert changed(negatived) == ["bottle", "book", "shoe"]
    assert reasons(negatived) == [(text[:200], reason)]
    assert negatived.left_out == {"only 3 negatives passed": ["a.jpg/object/1"]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Red", NOTHING_CHANGED),
        ("crimson", SYNONYM),
        ("dark red", SYNONYM),
        ("blue cup", SEVERAL_CHANGED),
        ("blue plate", SEVERAL_CHANGED),
        ("not red", NOT_A_WORD),
    ],
)
def test_a_text_for_an_attribute_is_refused_with_its_reason(text: str, reason: str) -> None:
    negatived = write(lambda request: listed("blue", "green", "black", text), RED)
    assert changed(negatived) == ["blue", "green", "black"]
    assert reasons(negatived) == [(text, reason)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("on", NOTHING_CHANGED),
        ("on top of", NOTHING_CHANGED),
        ("standing on", SYNONYM),
        ("under the lamp", SEVERAL_CHANGED),
        ("under the sofa", SEVERAL_CHANGED),
        ("under table", SEVERAL_CHANGED),
        ("not on", NOT_A_WORD),
    ],
)
def test_a_text_for_a_predicate_is_refused_with_its_reason(text: str, reason: str) -> None:
    element = relation(PREDICATE)
    graph = SceneGraph(element.image, GRAPH.objects, GRAPH.relations)
    writer = ScriptedWriting(lambda request: listed("under", "behind", "falling off", text))
    negatived = write_negatives([element], [graph], writer, 1)
    assert changed(negatived) == ["under", "behind", "falling off"]
    assert reasons(negatived) == [(text, reason)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("couch", NOTHING_CHANGED),
        ("furniture", SYNONYM),
        ("lamp", IN_SCENE),
        ("chair by the lamp", SEVERAL_CHANGED),
    ],
)
def test_a_text_for_a_second_object_is_refused_with_its_reason(text: str, reason: str) -> None:
    element = relation(OBJECT)
    graph = SceneGraph(element.image, GRAPH.objects, GRAPH.relations)
    writer = ScriptedWriting(lambda request: listed("shelf", "bench", "stove", text))
    negatived = write_negatives([element], [graph], writer, 1)
    assert changed(negatived) == ["shelf", "bench", "stove"]
    assert reasons(negatived) == [(text, reason)]


UNREADABLE = [
    ("bottle, book, shoe, clock", "prose instead of JSON"),
    ('{"negatives": ["bottle", "boo', "the reply was cut off"),
    ("", "the reply is empty"),
    ('["bottle", "book", "shoe", "clock"]', "a list instead of an object"),
    ('{"texts": ["bottle"]}', "negatives is missing"),
    ('{"negatives": "bottle"}', "negatives is no list"),
    ('{"negatives": ["bottle", 4, "shoe", "clock"]}', "negatives[] is no text"),
    ('{"negatives": ["bottle"], "why": "it fits"}', "why was not asked for"),
    (Written("", "the model refused: I cannot help with that"), "the model refused"),
    (Written("", "the reply was cut off: it was to have at most 160 tokens"), "the reply was cut off"),
]


@pytest.mark.parametrize(("reply", "reason"), UNREADABLE)
def test_a_reply_that_cannot_be_read_is_listed_and_asked_for_again(reply: Any, reason: str) -> None:
    negatived = write(in_turn(reply, listed(*GOOD)), attempts=2)
    assert changed(negatived) == list(GOOD)
    (refused,) = negatived.refused
    assert (refused.element, refused.reason, refused.attempt, refused.by) == (
        "a.jpg/object/1",
        reason,
        1,
        "a scripted writer",
    )
    assert negatived.left_out == {}


def test_a_fence_is_read() -> None:
    assert changed(write(lambda request: f"```json\n{listed(*GOOD)}\n```")) == list(GOOD)


def test_an_element_of_which_no_reply_can_be_read_is_kept_without_negatives_and_listed() -> None:
    negatived = write(lambda request: "prose", attempts=3)
    assert negatived.elements == (CUP,)
    assert [(each.attempt, each.text) for each in negatived.refused] == [(1, "prose"), (2, "prose"), (3, "prose")]
    assert negatived.left_out == {"no negative passed": ["a.jpg/object/1"]}


def test_the_fifth_of_five_is_refused() -> None:
    negatived = write(lambda request: listed(*GOOD, "plate"))
    assert changed(negatived) == list(GOOD)
    assert reasons(negatived) == [("plate", TOO_MANY)]


def test_the_fifth_of_five_stands_in_for_one_that_does_not_pass() -> None:
    negatived = write(lambda request: listed("mug", *GOOD))
    assert changed(negatived) == list(GOOD)
    assert reasons(negatived) == [("mug", SYNONYM)]


def test_three_are_kept_and_the_fourth_is_asked_for() -> None:
    writer = ScriptedWriting(in_turn(listed(*GOOD[:3]), listed(GOOD[3])))
    negatived = write_negatives([CUP], [GRAPH], writer, attempts=2)
    assert changed(negatived) == list(GOOD)
    assert reasons(negatived) == [("", TOO_FEW)]
    assert "Number of texts to write: 1\n" in writer.asked[1].prompt


def test_what_was_refused_and_why_is_told_and_what_passed_stays() -> None:
    writer = ScriptedWriting(in_turn(listed("mug", "book", "lamp", "clock"), listed("book", "bottle"), listed("shoe")))
    negatived = write_negatives([CUP], [GRAPH], writer, attempts=3)
    assert changed(negatived) == ["book", "clock", "bottle", "shoe"]
    assert reasons(negatived) == [("mug", SYNONYM), ("lamp", IN_SCENE), ("book", REPEATED)]
    first, second, third = (request.prompt.splitlines() for request in writer.asked)
    assert first == [f"Scene: {GRAPH.caption}", "Object: cup", "Number of texts to write: 4", "Reply:"]
    assert second[2:4] == [
        f'Must not be written: "mug" ({SYNONYM}), "lamp" ({IN_SCENE}), "book" (written already), '
        '"clock" (written already)',
        "Number of texts to write: 2",
    ]
    assert '"bottle" (written already)' in third[2]
    assert [request.attempt for request in writer.asked] == [0, 1, 2]
    assert writer.asked[0].temperature == 0 < writer.asked[1].temperature


def test_the_schema_asks_for_as_many_texts_as_are_wanted() -> None:
    writer = ScriptedWriting(in_turn(listed("bottle"), listed(*GOOD[1:])))
    write_negatives([CUP], [GRAPH], writer, attempts=2)
    sizes = [request.schema["properties"]["negatives"] for request in writer.asked if request.schema]
    assert [(each["minItems"], each["maxItems"]) for each in sizes] == [(4, 4), (3, 3)]


def test_only_elements_that_lack_negatives_are_asked_about() -> None:
    whole = write(lambda request: listed(*GOOD)).elements[0]
    writer = ScriptedWriting(lambda request: listed("blue", "green", "black", "white"))
    negatived = write_negatives([whole, RED], [GRAPH], writer)
    assert negatived.elements[0] == whole
    assert len(writer.asked) == 1 and "Attribute: red" in writer.asked[0].prompt


def test_a_thousand_texts_do_not_lengthen_the_next_request_without_end() -> None:
    many = listed(*(f"{n} mugs" for n in range(1000)))
    writer = ScriptedWriting(in_turn(many, listed(*GOOD)))
    write_negatives([CUP], [GRAPH], writer, attempts=2)
    assert writer.asked[1].prompt.count(" mugs") == 20


def test_the_order_in_which_replies_arrive_changes_nothing() -> None:
    graphs = [SceneGraph(f"{n}.jpg", GRAPH.objects, GRAPH.relations, caption=f"Scene {n}.") for n in range(12)]
    elements = [element for graph in graphs for element in elements_of(graph)]
    odd = [
        "prose",
        "",
        listed("cup"),
        listed("sofa", "bottle"),
        listed(*GOOD, "plate"),
        Written("", "the model refused"),
    ]

    def script(request: TextRequest) -> str | Written:
        number = int(request.prompt.split("Scene ")[1].split(".")[0])
        return odd[number % 6] if request.attempt == 0 else listed("bottle", "blue", "under", "hanging above")

    found = [write_negatives(elements, graphs, ScriptedWriting(script, seed)) for seed in (None, 1, 2)]
    assert found[0] == found[1] == found[2]
    assert [element.key for element in found[0].elements] == [element.key for element in elements]


def test_new_negatives_are_written_in_place_of_rejected_ones() -> None:
    kept, never = [Negative(Presence(name), "statistics") for name in ("book", "shoe")], [Presence("clock")]
    lacking = CUP.with_negatives(tuple(kept))
    writer = ScriptedWriting(in_turn(listed("clocks", "bottle"), listed("plate")))
    rewriter = Rewriter([GRAPH], writer)
    ((first, second),) = rewriter([(lacking, never)])
    assert (first.claim, second.claim) == (Presence("bottle"), Presence("plate"))
    assert [(each.text, each.reason) for each in rewriter.refused] == [("clocks", NOT_AGAIN)]
    assert f'"clock" ({NOT_AGAIN}), "book" (written already), "shoe" (written already)' in writer.asked[0].prompt
    assert "Number of texts to write: 2\n" in writer.asked[0].prompt


def test_the_first_pass_is_known_before_anything_is_asked() -> None:
    writer = ScriptedWriting(lambda request: listed(*GOOD))
    elements = elements_of(GRAPH)
    write_negatives(elements, [GRAPH], writer, attempts=1)
    assert list(negative_requests(elements, [GRAPH])) == writer.asked


def test_an_element_without_a_scene_is_refused() -> None:
    with pytest.raises(RequestError, match=r"b\.jpg has no scene graph"):
        write_negatives([Element("b.jpg", Presence("cup"), "1")], [GRAPH], ScriptedWriting(in_turn("")))


def test_no_attempts_are_refused() -> None:
    with pytest.raises(RequestError, match="0 attempts"):
        write(in_turn(""), attempts=0)


def test_progress_is_told_after_each_reply() -> None:
    heard: list[Done] = []
    writer = ScriptedWriting(in_turn("prose", listed(*GOOD)))
    write_negatives([CUP], [GRAPH], writer, progress=heard.append)
    assert heard == [Done("negatives", 1, 1)] * 2


@pytest.mark.parametrize("what", list(TASKS))
def test_the_examples_that_a_model_is_given_pass_the_checks(what: str) -> None:
    for example in EXAMPLES[what]:
        graph = captioned_graph(CaptionedImage("", example.scene, ""))
        ids = ("1", "2") if isinstance(example.claim, Relation) else ("1",)
        names = (f"{n}.jpg" for n in range(99))
        element = next(e for name in names if changes(e := Element(name, example.claim, *ids)) == what)
        own = SceneGraph(element.image, graph.objects, graph.relations, caption=example.scene)
        writer = ScriptedWriting(lambda request, told=example.negatives: listed(*told))
        negatived = write_negatives([element], [own], writer, 1)
        assert (changed(negatived), reasons(negatived)[: 4 - len(example.negatives)]) == (
            list(example.negatives),
            [("", TOO_FEW)] * (len(example.negatives) < 4),
        )
        prompt = negative_prompt(own, example.claim, len(example.negatives), example.never)
        assert f"{prompt} {listed(*example.negatives)}" in TASKS[what]
