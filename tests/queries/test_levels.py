"""Seven levels: the same contradiction among more and more that is true."""

from dataclasses import replace

import pytest
from small_scenes import CUP, KEY, MOON, RELATIONS, elements, scene

from sightline.core import Presence, Relation
from sightline.queries.element import Element, Negative
from sightline.queries.fine_question import FineQuestion
from sightline.queries.levels import (
    CONTRADICTIONS,
    FIRST_LEVEL,
    NO_ANCHOR,
    NOTHING_INSTEAD,
    Contradiction,
    make_levels,
)
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

# what small_scenes.scene() has to say: of the moon, for it alone has two attributes and two relations
TRUE = [
    "moon",
    "red moon",
    "red moon and cup",
    "red moon and blue cup",
    "red moon that is left of blue cup",
    "large red moon that is left of blue cup",
    "large red moon that is left of blue cup and above keys",
]


def levels(graph: SceneGraph, own: list[Element] | None = None, **more: object) -> tuple[FineQuestion, ...]:
    return make_levels([graph], elements(graph) if own is None else own, **more).questions  # type: ignore[arg-type]


def of(questions: tuple[FineQuestion, ...], contradiction: Contradiction, polarity: str) -> list[str]:
    return [
        question.text.removeprefix("Can you see ").removesuffix(" in this image?")
        for question in questions
        if question.pair.split("/")[1] == contradiction and question.polarity == polarity
    ]


@pytest.mark.parametrize(
    ("contradiction", "true", "false"),
    [("object", "moon", "star"), ("attribute", "red", "blue"), ("relation", "blue cup", "blue plate")],
)
def test_true_twin_and_contradiction_are_the_same_from_level_to_level(
    contradiction: Contradiction, true: str, false: str
) -> None:
    first = FIRST_LEVEL[contradiction]
    questions = levels(scene())
    assert of(questions, contradiction, "positive") == TRUE[first - 1 :]
    assert of(questions, contradiction, "negative") == [phrase.replace(true, false, 1) for phrase in TRUE[first - 1 :]]


def test_the_right_answer_to_a_contradiction_is_no_and_to_its_twin_yes() -> None:
    questions = levels(scene(), articles=True)
    assert len(questions) == 2 * (7 + 6 + 3)
    for positive, negative in zip(questions[::2], questions[1::2], strict=True):
        assert positive.choices == negative.choices == ("Yes", "No")
        assert (positive.right, negative.right, positive.affirms, negative.affirms) == (0, 1, 0, 0)
        assert positive.pair == negative.pair
        assert (positive.true, positive.false) == (negative.true, negative.false)
        assert positive.text == f"Can you see {positive.true} in this image?"
        assert negative.text == f"Can you see {negative.false} in this image?"
        assert positive.setting == f"level {positive.elements}"


def test_images_without_anything_that_all_levels_can_speak_of_are_listed() -> None:
    one_relation = SceneGraph("b.jpg", (MOON, CUP), RELATIONS[:1])
    one_attribute = SceneGraph("c.jpg", (replace(MOON, attributes=("red",)), CUP, KEY), RELATIONS[:2])
    graphs = [scene(), one_relation, one_attribute]
    made = make_levels(graphs, elements(*graphs))
    assert made.left_out == {NO_ANCHOR: ["b.jpg", "c.jpg"]}
    assert {question.image for question in made.questions} == {"a.jpg"}


def test_a_contradiction_for_which_there_is_no_negative_is_listed() -> None:
    own = [each.with_negatives(()) if each.claim == Presence("moon") else each for each in elements(scene())]
    made = make_levels([scene()], own)
    assert made.left_out == {NOTHING_INSTEAD.format(contradiction="object"): ["a.jpg"]}
    assert {question.pair.split("/")[1] for question in made.questions} == {"attribute", "relation"}


def test_only_the_contradictions_that_are_asked_for_are_made() -> None:
    for contradiction in CONTRADICTIONS:
        questions = levels(scene(), contradictions=[contradiction])
        assert {question.pair.split("/")[1] for question in questions} == {contradiction}


def test_of_several_objects_one_is_drawn_by_the_seed_whatever_the_other_images() -> None:
    cup = replace(CUP, attributes=("blue", "striped"))
    graph = SceneGraph("a.jpg", (MOON, cup, KEY), (*RELATIONS[:2], *(GraphRelation("2", r, "1") for r in ("on",))))
    graph = replace(graph, relations=(*graph.relations, GraphRelation("2", "near", "3")))
    own = elements(graph)
    of_seed = {seed: levels(graph, own, seed=seed)[0].true for seed in range(20)}
    assert set(of_seed.values()) == {"moon", "cup"}
    for seed, true in of_seed.items():
        both = make_levels([scene("z.jpg"), graph], [*elements(scene("z.jpg")), *own], seed=seed)
        assert next(question.true for question in both.questions if question.image == "a.jpg") == true


def test_a_relation_that_can_be_changed_comes_before_one_that_cannot() -> None:
    graph = replace(scene(), relations=(GraphRelation("1", "near", "2"), *RELATIONS))
    own = [
        each.with_negatives(()) if isinstance(each.claim, Relation) and each.claim.predicate == "near" else each
        for each in elements(graph)
    ]
    assert of(levels(graph, own), "relation", "positive")[0] == "red moon that is left of blue cup"


def test_a_predicate_may_be_what_is_contradicted() -> None:
    turned = Negative(Relation("moon", "right of", "cup"), "statistics")
    own = [
        each.with_negatives((turned,)) if each.key == "a.jpg/relation/1/left of/2" else each
        for each in elements(scene())
    ]
    assert of(levels(scene(), own), "relation", "negative") == [
        phrase.replace("left of", "right of") for phrase in TRUE[4:]
    ]


def test_attributes_that_stand_after_their_noun_are_not_spoken_of() -> None:
    cup = replace(CUP, attributes=("with a lid", "blue"))
    moon = replace(MOON, attributes=("made of cheese", "red", "hanging on a hook", "large"))
    graph = replace(scene(), objects=(moon, cup, *scene().objects[2:]))
    assert of(levels(graph), "object", "positive") == TRUE


def test_what_is_put_in_has_the_number_of_what_it_stands_for() -> None:
    moons, cups = replace(MOON, number=3), replace(CUP, number=2)
    graph = replace(scene(), objects=(moons, cups, *scene().objects[2:]))
    questions = levels(graph, articles=True)
    assert of(questions, "object", "negative")[4] == "three red stars that are left of the blue cups"
    assert of(questions, "relation", "negative")[0] == "three red moons that are left of the blue plates"


def test_an_object_of_several_words_and_one_that_is_said_as_several_are_asked_about_as_such() -> None:
    shorts = GraphObject("1", "denim shorts", ("red", "large"))
    graph = replace(scene(), objects=(shorts, *scene().objects[1:]))
    phrases = of(levels(graph, articles=True), "attribute", "positive")
    assert phrases[0] == "red denim shorts"
    assert phrases[-1] == "large red denim shorts that are left of the blue cup and above the keys"
