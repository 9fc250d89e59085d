import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import NEGATIVES, Element, Negative, differs_in, elements_of
from sightline.queries.rules import MEANT_OF_OTHERS, NOT_EXCLUSIVE
from sightline.queries.statistics import BY, FEW, NO_CLASS, UNKNOWN_NAME, Statistics, learn, negatives_of
from sightline.scenes.rendered.compose import RenderedScene, compose
from sightline.scenes.rendered.relations import holds, relate
from sightline.scenes.rendered.world import theme_of
from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation, SceneGraph


def graph_of(image: str, *names: str, complete: bool = False) -> SceneGraph:
    return SceneGraph(image, tuple(GraphObject(name, name) for name in names), complete=complete)


def negatives(
    element: Element, graph: SceneGraph, statistics: Statistics, seed: int = 0, wide: bool = False
) -> list[Claim]:
    found, _ = negatives_of(element, graph, statistics, random.Random(f"{seed}/{element.key}"), wide=wide)
    return [each.claim for each in found]


def names(claims: Iterable[Claim]) -> set[str]:
    return {claim.object for claim in claims}


def test_what_is_counted() -> None:
    graphs = [graph_of("1", "cat", "sofa"), graph_of("2", "cat", "sofa", "Two dogs"), graph_of("3", "dog", "keysia")]
    learned = learn(graphs)
    assert learned.names == ("cat", "sofa", "dog")  # no table knows keysia
    assert learned.images.tolist() == [2, 2, 2]
    # images with both over the root of 3 * 3: cat and sofa 2, cat and dog 1, sofa and dog 1
    assert learned.beside * 3 == pytest.approx(np.array([[0, 2, 1], [2, 0, 1], [1, 1, 0]]))
    # rows of cat (0, 2, 1) and dog (1, 1, 0): cosine 2 / sqrt(5 * 2), times 2/3 for two images, and 1 for two animals
    assert learned.alike[0, 2] == pytest.approx(2 / np.sqrt(10) * 2 / 3 + 1)
    # rows of cat (0, 2, 1) and sofa (2, 0, 1): 1 / 5
    assert learned.alike[0, 1] == pytest.approx(1 / 5 * 2 / 3)


def test_the_annotated_category_counts_where_it_is_given() -> None:
    moon = GraphObject("1", "moon", category="night")
    owl = GraphObject("2", "owl", category="night")
    star = GraphObject("3", "star", category="sky")
    learned = learn([SceneGraph(f"{n}.jpg", (each,)) for n, each in enumerate((moon, owl, star))])
    assert learned.alike.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_attributes_and_relations_are_counted_once_an_image() -> None:
    objects = (
        GraphObject("1", "red cup", ("Red", "holy")),
        GraphObject("2", "cup", ("Red",)),
        GraphObject("3", "man"),
        GraphObject("4", "sofa"),
    )
    relations = (GraphRelation("3", "holds", "1"), GraphRelation("3", "holding", "2"), GraphRelation("3", "on", "4"))
    learned = learn([SceneGraph("a.jpg", objects, relations)] * 2)
    assert learned.attributes == {("cup", "colour"): {"Red": 2}}
    assert learned.partners == {("man", "holding"): {"cup": 2}, ("man", "on"): {"sofa": 2}}
    assert learned.partners_of_predicate == {"holding": {"cup": 2}, "on": {"sofa": 2}}


ZOO = [
    *(graph_of(f"{n}.jpg", "zebra", "giraffe", "fence") for n in range(4)),
    *(graph_of(f"{n}.jpg", "zebra", "elephant", "lion") for n in range(4, 8)),
    *(graph_of(f"{n}.jpg", "giraffe", "cow") for n in range(8, 12)),
    *(graph_of(f"{n}.jpg", "fork", "pizza", "laptop") for n in range(12, 16)),
]


def test_objects_are_of_the_kind_and_surroundings_and_not_in_the_scene() -> None:
    element = Element("0.jpg", Presence("zebra"), "zebra")
    found = negatives(element, ZOO[0], learn(ZOO))
    assert names(found) == {"elephant", "lion", "cow"}


def test_what_is_lacking_is_said() -> None:
    element = Element("0.jpg", Presence("zebra"), "zebra")
    found, refused = negatives_of(element, ZOO[0], learn(ZOO), random.Random(0))
    assert [each.by for each in found] == [BY] * 3
    assert refused == [(None, FEW.format(number=3))]
    assert FEW.format(number=3) == "only 3 of 4 negatives are surely wrong"


def test_what_was_barred_is_not_given_again() -> None:
    element = Element("0.jpg", Presence("zebra"), "zebra")
    found, _ = negatives_of(element, ZOO[0], learn(ZOO), random.Random(0), barred=[Presence("lions")])
    assert names(each.claim for each in found) == {"elephant", "cow"}


def test_an_object_that_no_table_knows_gets_no_negative() -> None:
    graph = graph_of("a.jpg", "keysia")
    element = Element("a.jpg", Presence("keysia"), "keysia")
    expected = ([], [(None, UNKNOWN_NAME)])
    assert negatives_of(element, graph, learn([*ZOO, graph]), random.Random(0)) == expected


def test_the_draw_depends_on_seed_and_element_and_not_on_what_came_before() -> None:
    kinds = ("cat", "dog", "horse", "sheep", "goat", "pig", "lion", "tiger", "fox", "wolf", "camel", "deer", "otter")
    graphs = [graph_of(f"{n}.jpg", kind, "fence", complete=True) for n, kind in enumerate(kinds)]
    learned = learn(graphs)
    elements = [elements_of(graph)[0] for graph in graphs]
    forth = [negatives(element, graph, learned) for element, graph in zip(elements, graphs, strict=True)]
    back = [negatives(element, graph, learned) for element, graph in zip(elements[::-1], graphs[::-1], strict=True)]
    assert forth == back[::-1]
    assert len({frozenset(names(found)) for found in forth}) > 6
    assert any(negatives(elements[0], graphs[0], learned, seed) != forth[0] for seed in range(1, 4))


def with_cups(*colours: str) -> list[SceneGraph]:
    return [SceneGraph(f"{n}.jpg", (GraphObject("1", "cup", (colour,)),)) for n, colour in enumerate(colours)]


def test_attributes_that_such_an_object_has_elsewhere_come_first() -> None:
    others = [SceneGraph(f"sofa{n}.jpg", (GraphObject("1", "sofa", (c,)),)) for n, c in enumerate(("pink", "purple"))]
    graphs = [*with_cups("red", "blue", "green", "white", "black", "dark red", "large"), *others]
    found = negatives(Element("0.jpg", Attribute("cup", "red"), "1"), graphs[0], learn(graphs))
    assert {claim.attribute for claim in found} == {"blue", "green", "white", "black"}
    # what was seen of no cup nor of anything of its kind is not given
    fewer = [*with_cups("red", "blue"), *others]
    found = negatives(Element("0.jpg", Attribute("cup", "red"), "1"), fewer[0], learn(fewer))
    assert found == [Attribute("cup", "blue")]


def having(name: str, *attributes: str) -> list[SceneGraph]:
    return [SceneGraph(f"{name}{n}.jpg", (GraphObject("1", name, (each,)),)) for n, each in enumerate(attributes)]


def attributes_in_place(graphs: list[SceneGraph]) -> set[str]:
    """Those that are given in place of the first attribute of the first object."""
    (of,) = graphs[0].objects
    found = negatives(Element(graphs[0].image, Attribute(of.name, of.attributes[0]), "1"), graphs[0], learn(graphs))
    return {claim.attribute for claim in found if isinstance(claim, Attribute)}


def test_attributes_of_the_same_kind_come_after_the_own_where_they_were_seen_twice() -> None:
    mugs = having("mug", "red", "blue")
    assert attributes_in_place([*mugs, *having("cup", "green", "purple")]) == {"blue"}
    assert attributes_in_place([*mugs, *having("cup", "green", "green", "purple")]) == {"blue", "green"}


def test_materials_are_not_taken_from_things_that_share_a_wide_kind_only() -> None:
    bags = having("bag", "paper", "paper", "plastic", "plastic")
    stools = having("stool", "leather", "metal")
    assert attributes_in_place([*stools, *bags]) == {"metal"}
    # a chair is no stool, but they are of one kind in a narrow sense
    assert attributes_in_place([*stools, *bags, *having("chair", "wooden", "wooden")]) == {"metal", "wooden"}


def test_what_lives_gets_no_colour_that_it_cannot_have() -> None:
    assert attributes_in_place(having("elephant", "gray", "blue", "brown", "green")) == {"brown"}
    assert attributes_in_place(having("bird", "gray", "blue", "brown", "green")) == {"blue", "brown", "green"}
    assert attributes_in_place(having("leaf", "green", "blue", "brown", "red")) == {"brown", "red"}
    # others of its kind say nothing of its colours
    assert attributes_in_place([*having("cloud", "white", "gray"), *having("fog", "pink", "pink")]) == set()
    assert attributes_in_place([*having("cat", "black", "white"), *having("coat", "pink", "red")]) == {"white"}


def test_a_coat_may_be_an_animals_and_gets_no_colour() -> None:
    assert attributes_in_place(having("coat", "brown", "red", "blue")) == set()


def test_attributes_that_may_hold_too_are_refused_with_the_reason() -> None:
    graphs = with_cups("beige", "tan", "blue")
    element = Element("0.jpg", Attribute("cup", "beige"), "1")
    found, refused = negatives_of(element, graphs[0], learn(graphs), random.Random(0))
    assert [each.claim for each in found] == [Attribute("cup", "blue")]
    assert (Negative(Attribute("cup", "tan"), BY), NOT_EXCLUSIVE) in refused


def test_an_attribute_of_no_class_gets_no_negative() -> None:
    graphs = with_cups("holy", "unholy")
    found = negatives_of(Element("0.jpg", Attribute("cup", "holy"), "1"), graphs[0], learn(graphs), random.Random(0))
    assert found == ([], [(None, NO_CLASS)])


def test_another_cup_of_unknown_colour_bars_all_colours_at_once() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "cup", ("red",)), GraphObject("2", "cup")))
    learned = learn([graph, *with_cups("blue", "green", "white")])
    found, refused = negatives_of(Element("a.jpg", Attribute("cup", "red"), "1"), graph, learned, random.Random(0))
    assert found == []
    assert [reason for _, reason in refused] == [MEANT_OF_OTHERS, FEW.format(number=0)]


def wearing(image: str, who: str, what: str) -> SceneGraph:
    return SceneGraph(image, (GraphObject("1", who), GraphObject("2", what)), (GraphRelation("1", "wearing", "2"),))


def in_place_of(graphs: list[SceneGraph], claim: Relation) -> set[str]:
    """Names that are given in place of the object of a relation in the first image."""
    found = negatives(Element(graphs[0].image, claim, "1"), graphs[0], learn(graphs))
    assert all(len(differs_in(each, claim)) == 1 for each in found)
    return names(found)


def test_relations_get_what_the_predicate_takes_elsewhere() -> None:
    worn = ("vest", "boot", "scarf", "skirt", "shirt", "wetsuit")
    graphs = [wearing(f"{n}.jpg", "man", what) for n, what in enumerate(worn)] * 2
    graphs += [graph_of("z.jpg", "man", "apron"), graph_of("y.jpg", "tie", "man"), *[graph_of("x.jpg", "road")] * 20]
    # a shirt comes along with a man; aprons and ties were never worn; nobody is said to be without a vest; a wetsuit is
    # for the sea
    assert in_place_of(graphs, Relation("man", "wearing", "vest")) == {"boot", "scarf", "skirt"}


def related(subject: str, predicate: str, *objects: str) -> list[SceneGraph]:
    """Two images of each."""
    return [
        SceneGraph(
            f"{subject} {predicate} {each} {n}.jpg",
            (GraphObject("1", subject), GraphObject("2", each)),
            (GraphRelation("1", predicate, "2"),),
        )
        for each in objects
        for n in range(2)
    ]


EMPTY_ROADS = [graph_of(f"road{n}.jpg", "road") for n in range(60)]


def test_what_one_thing_has_another_need_not_have() -> None:
    graphs = [
        *related("motorcycle", "has", "basket", "box", "bag"),
        *related("plane", "has", "flag", "bucket"),
        *related("motorbike", "with", "crate"),
        *EMPTY_ROADS,
    ]
    found = in_place_of(graphs, Relation("motorcycle", "has", "basket"))
    assert found.isdisjoint({"flag", "bucket"})
    assert found <= {"box", "bag", "crate"}


def test_a_part_is_put_in_only_for_what_is_known_to_have_it() -> None:
    owls = [
        *related("owl", "has", "badge", "leash"),
        *related("cannon", "has", "barrel"),
        *related("deer", "has", "horn"),
    ]
    assert in_place_of([*owls, *EMPTY_ROADS], Relation("owl", "has", "badge")).isdisjoint({"barrel", "horn"})


def test_a_partner_is_of_the_kind_of_the_true_one_or_was_seen_with_the_subject() -> None:
    graphs = [*related("cloud", "in", "lake"), *related("man", "in", "boat", "pool"), *EMPTY_ROADS]
    assert "boat" not in in_place_of(graphs, Relation("cloud", "in", "lake"))


def test_objects_are_of_the_kind_or_go_with_two_names_of_the_scene() -> None:
    desk = [graph_of(f"desk{n}.jpg", "lamp", "stapler", "notebook", "mug") for n in range(4)]
    farm = [graph_of(f"farm{n}.jpg", "tractor", "cow", "barn") for n in range(9)]
    here = graph_of("here.jpg", "stapler", "notebook", "lamp")
    element = Element("here.jpg", Presence("stapler"), "stapler")
    assert names(negatives(element, here, learn([here, *desk, *farm]))) == {"mug"}
    # seen once beside them is no rule
    assert negatives(element, here, learn([here, desk[0], *farm])) == []


def test_what_people_wear_is_not_put_in_where_there_are_none() -> None:
    streets = [graph_of(f"{n}.jpg", "truck", "lion", "jacket", "mug") for n in range(4)]
    others = [graph_of(f"other{n}.jpg", "road") for n in range(9)]
    alone = graph_of("alone.jpg", "truck", "lion")
    peopled = graph_of("peopled.jpg", "truck", "lion", "child")
    learned = learn([*streets, *others])
    lion = Element("alone.jpg", Presence("lion"), "lion")
    assert names(negatives(lion, alone, learned)) == {"mug"}
    assert "mug" in names(negatives(replace(lion, image="peopled.jpg"), peopled, learned))


def test_an_opposite_keeps_the_wording() -> None:
    objects = (GraphObject("1", "zebra"), GraphObject("2", "giraffe"))
    graph = SceneGraph("a.jpg", objects, (GraphRelation("1", "to the left of", "2"),))
    (found,) = negatives(elements_of(graph)[-1], graph, learn([graph]))
    assert found == Relation("zebra", "to the right of", "giraffe")


def rendered(scene: RenderedScene) -> SceneGraph:
    objects = [
        GraphObject(
            kind,
            kind,
            scene.of(kind)[0].attributes,
            number=len(scene.of(kind)),
            clear=not any(each.marginal for each in scene.of(kind)),
            category=theme_of(kind),
        )
        for kind in scene.kinds
    ]
    pairs = ((one, other) for one in scene.kinds for other in scene.kinds)
    relations = [
        GraphRelation(one, predicate, other) for one, other in pairs for predicate in relate(scene, one, other)
    ]
    return SceneGraph(f"{scene.index}.png", tuple(objects), tuple(relations), complete=True)


def true_in(scene: RenderedScene, claim: Claim) -> bool:
    """Whether a claim may be true of any objects that it could mean."""
    if isinstance(claim, Presence):
        return bool(scene.of(claim.object))
    if isinstance(claim, Attribute):
        return any(claim.attribute in each.attributes for each in scene.of(claim.object))
    assert isinstance(claim, Relation)
    firsts, seconds = scene.of(claim.subject), scene.of(claim.object)
    return any(holds(claim.predicate, one, other) for one in firsts for other in seconds)  # type: ignore[arg-type]


def test_no_negative_holds_in_its_rendered_scene() -> None:
    scenes = [compose(seed=0, index=index) for index in range(300)]
    graphs = [rendered(scene) for scene in scenes]
    learned = learn(graphs)
    got: dict[str, list[int]] = {"object": [], "attribute": [], "relation": []}
    for scene, graph in zip(scenes, graphs, strict=True):
        for element in elements_of(graph):
            assert true_in(scene, element.claim)
            found = negatives(element, graph, learned)
            assert [claim for claim in found if true_in(scene, claim)] == []
            assert len(set(found)) == len(found)
            got[element.kind].append(len(found))
    assert len(got["object"]) > 500
    assert set(got["object"]) == set(got["relation"]) == {NEGATIVES}
    # there are eight colours, but two sizes and two surfaces
    assert set(got["attribute"]) == {1, NEGATIVES}


def test_what_is_of_the_same_kind_fills_up_unless_only_the_plausible_is_wanted() -> None:
    kitchen = [graph_of(f"kitchen{n}.jpg", "cup", "table", "oven") for n in range(4)]
    animals = ("lion", "zebra", "giraffe", "bear")
    zoo = [graph_of(f"zoo{n}.jpg", animal, "fence") for n in range(4) for animal in animals]
    house = graph_of("house.jpg", "dog", "oven", "table", "cup")
    learned = learn([*kitchen, *zoo, house])
    element = Element("house.jpg", Presence("dog"), "dog")
    assert names(negatives(element, house, learned)) < names(negatives(element, house, learned, wide=True))
    assert names(negatives(element, house, learned, wide=True)) >= {"lion", "zebra"}
