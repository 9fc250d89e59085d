"""Questions come in pairs that differ in one element, with the right option as often in each place."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from small_scenes import elements, scene

from sightline.core import Attribute, Presence, Relation
from sightline.errors import RequestError
from sightline.queries.element import Element, Negative, elements_of
from sightline.queries.fine_question import FineQuestion, why_unanswerable
from sightline.queries.questions import MOST, Shape, make_questions
from sightline.readers.choice import normalised
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

IMAGES = [f"{number}.jpg" for number in range(1, 14)]


def made(*images: str, **more: object) -> tuple[FineQuestion, ...]:
    graphs = [scene(image) for image in images]
    return make_questions(graphs, elements(*graphs), Shape(**more)).questions  # type: ignore[arg-type]


def pairs_of(questions: Sequence[FineQuestion]) -> list[tuple[FineQuestion, FineQuestion]]:
    return list(zip(questions[::2], questions[1::2], strict=True))


def wide(number: int, image: str = "a.jpg") -> tuple[SceneGraph, list[Element]]:
    """A scene of so many objects with as many attributes and relations to others, all with negatives of one word."""
    names = [f"thing{letter}" for letter in "abcdefghi"[:number]]
    attributes = ("large", "red", "striped", "wooden", "round", "old")[:number]
    objects = tuple(GraphObject(name, name, attributes) for name in names)
    relations = tuple(GraphRelation(names[0], "above", name) for name in names[1:])
    graph = SceneGraph(image, objects, relations)
    own = []
    for element in elements_of(graph):
        field = "attribute" if isinstance(element.claim, Attribute) else "object"
        words = [f"{letter}{element.subject[-1]}{(element.object or ' ')[-1]}".strip() for letter in "pqrs"]
        claims = [replace(element.claim, **{field: word}) for word in words]
        own.append(element.with_negatives(tuple(Negative(claim, "statistics") for claim in claims)))
    return graph, own


def test_one_pair_of_each_setting_as_it_is_asked() -> None:
    graph = SceneGraph(
        "a.jpg",
        (GraphObject("1", "moon"), GraphObject("2", "cup", ("blue",))),
        (GraphRelation("1", "with", "2"),),
    )
    asked = make_questions([graph], elements(graph), Shape(most={"objects": 1})).questions
    positive = {q.setting: q for q in asked if q.polarity == "positive"}
    negative = {q.setting: q for q in asked if q.polarity == "negative"}
    assert positive["attributes"].text == "Can you see blue cup in this image?"
    assert positive["attributes"].choices[positive["attributes"].right] == "Yes, I can see blue cup."
    assert sorted(negative["attributes"].choices) == [
        "No, but I can see blue cup.",
        *sorted(f"No, but I can see {colour} cup." for colour in ("orange", "grey", "brown")),
        "Yes, I can see red cup.",
    ]
    assert negative["attributes"].choices[negative["attributes"].right] == "No, but I can see blue cup."
    assert positive["relations"].text == "Can you see moon that has cup in this image?"
    assert negative["relations"].text == "Can you see moon that has plate in this image?"
    assert positive["what"].text == "What has the blue cup?"
    assert negative["what"].text == "What has the red cup?"
    assert positive["what"].choices[positive["what"].right] == "moon"
    assert negative["what"].choices[negative["what"].affirms] == "moon"
    assert negative["what"].choices[negative["what"].right] == "the cup is not red, but it is blue"


def test_right_options_stand_in_each_place_equally_often_up_to_one() -> None:
    questions = made(*IMAGES, per_image=2)
    places: dict[tuple[str, str], Counter[int]] = {}
    for question in questions:
        places.setdefault((question.setting, question.polarity), Counter())[question.right] += 1
    assert len(places) == 8
    for counts in places.values():
        of_place = [counts[place] for place in range(5)]
        assert max(of_place) - min(of_place) <= 1, of_place


def test_what_is_right_in_a_positive_question_tells_nothing_about_the_negative_one() -> None:
    """With 13 images there are 65 pairs about objects; of five places the second is the first's by chance only."""
    both = [(p.right, n.right) for p, n in pairs_of(made(*IMAGES, per_image=3)) if p.setting == "objects"]
    same = sum(first == second for first, second in both)
    assert len(both) > 60
    assert 0.08 < same / len(both) < 0.35


@pytest.mark.parametrize("articles", [False, True])
def test_the_same_seed_gives_the_same_questions_whatever_the_order_of_images(articles: bool) -> None:
    first = made(*IMAGES, articles=articles, seed=3)
    assert made(*IMAGES[::-1], articles=articles, seed=3) == first
    assert made(*IMAGES, articles=articles, seed=4) != first


def test_another_image_changes_no_other_question_but_its_number_and_the_place_of_what_is_right() -> None:
    few = {(q.image, q.setting, q.text): q for q in made(*IMAGES[1:])}
    many = [q for q in made(*IMAGES) if q.image != IMAGES[0]]
    assert len(many) == len(few)
    for question in many:
        before = few[question.image, question.setting, question.text]
        told = ("polarity", "elements", "true", "false", "changed", "by")
        assert all(getattr(question, name) == getattr(before, name) for name in told)
        assert [each for each in question.choices if each != question.choices[question.right]] == [
            each for each in before.choices if each != before.choices[before.right]
        ]


def test_an_image_that_comes_last_changes_nothing_at_all() -> None:
    images = sorted(IMAGES)
    without = made(*images[:-1])
    kept = {q.id: q for q in made(*images) if q.image != images[-1]}
    assert {q.id: q for q in without} == kept


def test_no_question_has_options_that_coincide_and_both_of_a_pair_are_about_one_image() -> None:
    questions = made(*IMAGES, per_image=2, articles=True)
    assert all(why_unanswerable(q.choices, q.right) == "" for q in questions)
    for positive, negative in pairs_of(questions):
        assert (positive.pair, positive.image, positive.setting, positive.elements) == (
            *(negative.pair, negative.image, negative.setting, negative.elements),
        )
        assert (positive.id, negative.id) == (f"{positive.pair}+", f"{positive.pair}-")
        assert positive.affirms == positive.right
        assert negative.affirms != negative.right
        assert positive.text != negative.text
    texts = Counter((q.image, q.text) for q in questions)
    assert max(texts.values()) == 1


def test_the_false_phrase_differs_from_the_true_one_in_one_element() -> None:
    graph, own = wide(6)
    for positive, negative in pairs_of(make_questions([graph], own, Shape(per_image=2)).questions):
        true, false = (Counter(normalised(text).split()) for text in (positive.text, negative.text))
        assert ((true - false).total(), (false - true).total()) == (1, 1)


def test_distractors_are_the_other_negatives_of_the_element_that_was_changed() -> None:
    graph, own = wide(3)
    by_claim = {element.claim: element for element in own}
    for question in make_questions([graph], own, Shape(settings=("objects",))).questions:
        assert question.changed is not None
        element = by_claim[question.changed]
        names = {negative.claim.object for negative in element.negatives if isinstance(negative.claim, Presence)}
        said = " ".join(question.choices)
        assert all(re.search(rf"\b{name}\b", said) for name in names)
        assert isinstance(element.claim, Presence) and element.claim.object in said


def test_at_most_six_objects_three_attributes_and_three_relations_are_asked_about_at_once() -> None:
    graph, own = wide(9)
    sizes: dict[str, set[int]] = {}
    for question in make_questions([graph], own).questions:
        sizes.setdefault(question.setting, set()).add(question.elements)
    assert sizes == {
        "objects": {1, 2, 3, 4, 5, 6},
        "attributes": {1, 2, 3},
        "relations": {1, 2, 3},
        "what": {1, 2, 3},
    }


def test_of_attributes_one_of_each_class_is_said() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "cup", ("red", "blue", "large")),))
    own = elements(graph)
    found = make_questions([graph], own, Shape(settings=("attributes",))).questions
    assert {q.elements for q in found} == {1, 2}
    assert not any("red" in q.true and "blue" in q.true for q in found)


def test_of_two_relations_to_one_object_one_is_said() -> None:
    graph = SceneGraph(
        "a.jpg",
        (GraphObject("1", "moon"), GraphObject("2", "cup")),
        (GraphRelation("1", "left of", "2"), GraphRelation("1", "above", "2")),
    )
    found = make_questions([graph], elements(graph), Shape(settings=("relations",))).questions
    assert {q.elements for q in found} == {1}


def test_elements_without_negatives_are_asked_about_and_never_changed() -> None:
    graph = scene()
    own = [each if each.subject == "1" else each.with_negatives(()) for each in elements(graph)]
    found = make_questions([graph], own, Shape(per_image=3)).questions
    objects = [q for q in found if q.setting == "objects"]
    assert {q.changed for q in objects} == {Presence("moon")}
    assert any("cup" in q.true and "shorts" in q.true for q in objects)
    assert {q.changed.subject for q in found if isinstance(q.changed, Relation)} == {"moon"}


def test_what_is_put_in_has_the_number_of_what_it_stands_for() -> None:
    graph = SceneGraph(
        "a.jpg", (GraphObject("1", "moon"), GraphObject("2", "key", (), 2)), (GraphRelation("1", "above", "2"),)
    )
    shape = Shape(settings=("relations",), articles=True)
    positive, negative = make_questions([graph], elements(graph), shape).questions
    assert positive.true == "a moon that is above the keys"
    assert {choice.rsplit(" ", 1)[1] for choice in positive.choices} == {
        *("keys.", "gears.", "balls.", "shells.", "anchors."),
    }
    assert negative.text == "Can you see a moon that is above the gears in this image?"


@pytest.mark.parametrize(
    ("of", "true", "false", "said"),
    [
        (GraphObject("2", "cup", ("blue",)), "blue", "red", "the cup is not red, but it is blue"),
        (GraphObject("2", "cup", ("blue",), 2), "blue", "red", "the cups are not red, but they are blue"),
        (GraphObject("2", "shorts", ("blue",)), "blue", "red", "the shorts are not red, but they are blue"),
        (
            GraphObject("2", "cup", ("with a lid",)),
            *("with a lid", "with a straw", "the cup does not have a straw, but it has a lid"),
        ),
        (GraphObject("2", "cup", ("with a lid",)), "with a lid", "open", "the cup is not open, but it has a lid"),
    ],
)
def test_a_false_attribute_is_denied_in_the_number_of_its_object(
    of: GraphObject, true: str, false: str, said: str
) -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "moon"), of), (GraphRelation("1", "on", "2"),))
    claim = Attribute(of.name, true)
    negatives = (false, "plain", "old", "new")
    own = Element(
        "a.jpg", claim, "2", negatives=tuple(Negative(Attribute(of.name, each), "statistics") for each in negatives)
    )
    relation = next(element for element in elements(graph, number=0) if element.kind == "relation")
    _, negative = make_questions([graph], [own, relation], Shape(settings=("what",))).questions
    assert negative.choices[negative.right] == said


def test_options_that_coincide_are_left_out_and_listed() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "t-shirt"),))
    names = ("vest", "coat", "T shirt", "hat")
    own = Element("a.jpg", Presence("t-shirt"), "1", negatives=tuple(Negative(Presence(n), "llm") for n in names))
    found = make_questions([graph], [own], Shape(settings=("objects",)))
    assert found.questions == ()
    assert found.left_out == {
        "two options say the same": ["a.jpg: vest"],
        "too little to ask about objects": ["a.jpg"],
    }


def test_what_was_asked_already_is_listed_and_not_asked_again() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "moon"),))
    found = make_questions([graph], elements(graph), Shape(settings=("objects",), per_image=2))
    assert len(found.questions) == 2
    assert found.left_out == {"asked about twice": ["a.jpg: star"]}


def test_images_with_too_little_are_listed_by_setting() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "moon"),))
    found = make_questions([graph], elements(graph))
    assert found.left_out == {
        f"too little to ask about {setting}": ["a.jpg"] for setting in ("attributes", "relations", "what")
    }


def test_settings_that_are_not_named_in_most_are_as_published() -> None:
    assert Shape(most={"objects": 2}).most == {**MOST, "objects": 2}
    graph, own = wide(6)
    found = make_questions([graph], own, Shape(most={"objects": 2})).questions
    assert max(q.elements for q in found if q.setting == "objects") == 2
    assert max(q.elements for q in found if q.setting == "attributes") == 3


def test_a_setting_that_is_named_twice_is_made_once() -> None:
    assert made("a.jpg", settings=("objects", "objects")) == made("a.jpg", settings=("objects",))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"settings": ("colours",)},
            "'colours' is no setting of FINER; there are objects, attributes, relations",
        ),
        ({"most": {"colours": 2}}, "'colours' is no setting of FINER"),
        ({"most": {"objects": 0}}, "0 elements at once, at most, of objects were asked for; ask for one or more."),
        ({"per_image": 0}, "0 pairs of each setting and number of elements were asked for"),
    ],
)
def test_a_shape_that_cannot_be_had_is_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        Shape(**more)  # type: ignore[arg-type]
