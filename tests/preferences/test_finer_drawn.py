"""Phrases drawn from scene graphs, and their one edit: slots are uniform, phrases are true, edits are false."""

from collections import Counter

import pytest
from tiny_scene_graphs import rendered

from sightline.core import Attribute, Claim, Relation
from sightline.preferences.finer.checks import why_no_edit
from sightline.preferences.finer.drawn import NONE_KNOWN, NONE_WRONG, Drawn, Phrasing, draw_edits
from sightline.preferences.finer.phrases import KINDS, written_out
from sightline.queries.element import elements_of
from sightline.queries.rules import OVERLOOKED, SYNONYM
from sightline.queries.statistics import learn
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.compose import RenderedScene, compose
from sightline.scenes.rendered.relations import holds as lies
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph, read_scene_graphs

SCENES = 60


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[SceneGraph]:
    return list(read_scene_graphs(rendered(tmp_path_factory.mktemp("scenes"), SCENES)).graphs)


@pytest.fixture(scope="module")
def drawn(graphs: list[SceneGraph]) -> Drawn:
    return draw_edits(graphs, learn(graphs), Phrasing(per_image=4, seed=1))


def test_every_unit_of_a_phrase_is_true_and_only_the_one_at_its_slot_is_changed(
    graphs: list[SceneGraph], drawn: Drawn
) -> None:
    true = {(graph.image, element.claim) for graph in graphs for element in elements_of(graph)}
    assert {edit.phrase.kind for edit in drawn.edits} == {*KINDS}
    for edit in drawn.edits:
        assert all((edit.phrase.image, unit.claim) in true for unit in edit.phrase.units)
        assert (edit.phrase.image, edit.negative.units[edit.slot].claim) not in true
        assert why_no_edit(edit.phrase, edit.negative, edit.slot) == ""


def holds_somewhere(scene: RenderedScene, claim: Claim) -> bool:
    """Whether a claim holds of any objects, also those at the edge of visibility."""
    if isinstance(claim, Relation):
        pairs = [(one, other) for one in scene.of(claim.subject) for other in scene.of(claim.object)]
        return any(lies(claim.predicate, *pair) for pair in pairs)  # type: ignore[arg-type]
    own = scene.of(claim.object)
    return any(claim.attribute in each.attributes for each in own) if isinstance(claim, Attribute) else bool(own)


def test_what_is_put_in_is_nowhere_in_the_scene_not_even_at_the_edge_of_visibility(drawn: Drawn) -> None:
    scenes = {image_name(index): compose(3, index) for index in range(SCENES)}
    for edit in drawn.edits:
        scene = scenes[edit.phrase.image]
        assert all(holds_somewhere(scene, unit.claim) for unit in edit.phrase.units)
        assert not holds_somewhere(scene, edit.negative.units[edit.slot].claim)
    assert len(drawn.edits) > 4 * SCENES


def test_each_slot_is_changed_as_often_as_the_next(graphs: list[SceneGraph]) -> None:
    edits = draw_edits(graphs, learn(graphs), Phrasing(per_image=12, most={"object": 3})).edits
    counts = Counter(edit.slot for edit in edits if len(edit.phrase.units) == 3 and edit.phrase.kind == "object")
    total = counts.total()
    assert total > 60
    assert all(abs(counts[slot] - total / 3) < 4 * (total * 2 / 9) ** 0.5 for slot in range(3))


def test_phrases_have_from_one_unit_to_as_many_as_there_may_be(graphs: list[SceneGraph]) -> None:
    edits = draw_edits(graphs, learn(graphs), Phrasing(most={"object": 4, "attribute": 2})).edits
    sizes = {kind: {len(edit.phrase.units) for edit in edits if edit.phrase.kind == kind} for kind in KINDS}
    assert sizes["object"] == {1, 2, 3, 4}
    assert sizes["attribute"] == {1, 2}
    assert max(sizes["relation"]) <= 5


def test_only_the_end_that_is_named_is_asked_for(graphs: list[SceneGraph]) -> None:
    edits = draw_edits(graphs, learn(graphs), Phrasing(ends=("subject",))).edits
    assert {edit.phrase.beside.end for edit in edits if edit.phrase.beside is not None} == {"subject"}


def test_the_same_seed_draws_the_same_whatever_else_is_drawn(graphs: list[SceneGraph], drawn: Drawn) -> None:
    statistics = learn(graphs)
    some = draw_edits(graphs[10:20], statistics, Phrasing(per_image=4, seed=1)).edits
    assert some == [edit for edit in drawn.edits if edit.phrase.image in {graph.image for graph in graphs[10:20]}]
    assert draw_edits(graphs, statistics, Phrasing(seed=2)).edits != draw_edits(graphs, statistics, Phrasing()).edits


def photo(*objects: GraphObject, relations: tuple[GraphRelation, ...] = (), image: str = "a.jpg") -> SceneGraph:
    return SceneGraph(image, objects, relations)


def test_an_image_of_which_too_little_is_known_is_listed_by_kind() -> None:
    graphs = [photo(GraphObject("1", "cat", ("fuzzled",)))]
    drawn = draw_edits(graphs, learn(graphs))
    assert not drawn.edits
    assert drawn.left_out == {
        NONE_WRONG.format(kind="object"): ["a.jpg"],
        NONE_WRONG.format(kind="attribute"): ["a.jpg"],
        NONE_KNOWN.format(kind="relation"): ["a.jpg"],
        NONE_KNOWN.format(kind="what"): ["a.jpg"],
    }


def in_every_image(*relations: GraphRelation) -> list[SceneGraph]:
    """A man, a cat with a tail, and two names for one thing; others that give something to put in."""
    objects = (
        GraphObject("1", "man"),
        GraphObject("2", "person"),
        GraphObject("3", "nose"),
        GraphObject("4", "bench", ("wooden", "brown")),
    )
    first = photo(*objects, relations=relations)
    others = [
        photo(
            GraphObject("1", "man"),
            GraphObject("2", name, ("metal", "green")),
            relations=(GraphRelation("1", "sitting on", "2"),),
            image=f"{name}.jpg",
        )
        for name in ("chair", "horse", "bicycle", "motorcycle", "rock")
    ]
    return [first, *others]


SITS, HAS, BESIDE = GraphRelation("1", "sitting on", "4"), GraphRelation("1", "has", "3"), GraphRelation("2", "on", "4")


def phrases(*relations: GraphRelation, kind: str, seeds: int = 20) -> set[str]:
    graphs = in_every_image(*relations)
    statistics = learn(graphs)
    edits = [edit for seed in range(seeds) for edit in draw_edits(graphs[:1], statistics, Phrasing(seed=seed)).edits]
    return {written_out(edit.phrase, articles=False) for edit in edits if edit.phrase.kind == kind}


def test_main_objects_are_named_each_once_and_no_parts_of_them() -> None:
    found = phrases(SITS, HAS, BESIDE, kind="object")
    assert found and not any("nose" in phrase for phrase in found)
    assert not any("man" in phrase.split() and "person" in phrase for phrase in found)


def test_that_a_man_has_a_nose_is_no_relation_to_ask_about() -> None:
    assert phrases(SITS, HAS, kind="relation") == {"man that is sitting on bench"}


@pytest.mark.parametrize("predicate", ["between", "through", "off"])
def test_between_needs_two_things_and_ways_a_verb(predicate: str) -> None:
    assert phrases(GraphRelation("1", predicate, "4"), kind="relation") == set()


def test_small_things_that_people_have_on_them_are_not_put_in_where_there_are_people() -> None:
    peopled = [
        photo(GraphObject("1", "man"), GraphObject("2", worn), GraphObject("3", "bench"), image=f"{worn} {place}.jpg")
        for worn in ("hat", "glove", "backpack")
        for place in range(4)
    ]
    others = [photo(GraphObject("1", "cat"), GraphObject("2", "sofa"), image=f"{place}.jpg") for place in range(24)]
    drawn = draw_edits(peopled, learn([*peopled, *others]), Phrasing(per_image=9))
    put_in = {edit.negative.units[edit.slot].claim.object for edit in drawn.edits}  # type: ignore[union-attr]
    assert "glove" not in put_in and "backpack" in put_in
    assert ("glove", OVERLOOKED) in {(each.instead, each.reason) for each in drawn.rejected if each.kind == "object"}


def test_what_stands_so_is_asked_for_unless_an_attribute_says_it() -> None:
    graphs = in_every_image(SITS)
    edits = draw_edits(graphs[:1], learn(graphs)).edits
    (asked,) = [edit.phrase.beside for edit in edits if edit.phrase.kind == "what"]
    assert asked is not None and (asked.predicate, asked.other.name, asked.end) == ("sitting on", "man", "subject")
    seated = photo(
        GraphObject("1", "man"),
        GraphObject("4", "bench", ("brown", "with a man")),
        relations=(SITS,),
    )
    drawn = draw_edits([seated], learn(graphs))
    assert NONE_KNOWN.format(kind="what") in drawn.left_out


def test_what_might_have_been_put_in_and_was_refused_is_kept_once_with_its_reason() -> None:
    colours = {"a.jpg": "red", "b.jpg": "crimson", "c.jpg": "blue"}
    graphs = [photo(GraphObject("1", "cup", (colour,)), image=image) for image, colour in colours.items()]
    drawn = draw_edits(graphs, learn(graphs))
    assert [(each.image, each.unit, each.instead, each.reason, each.by) for each in drawn.rejected] == [
        ("a.jpg", "red", "crimson", SYNONYM, "statistics"),
        ("b.jpg", "crimson", "red", SYNONYM, "statistics"),
    ]
    assert [edit.negative.units[0].claim.attribute for edit in drawn.edits][:2] == ["blue", "blue"]  # type: ignore[union-attr]
