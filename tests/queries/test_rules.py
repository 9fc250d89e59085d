import pytest

from sightline.core import Attribute, Claim, Count, Presence, Relation
from sightline.queries import rules
from sightline.queries.element import Element, Negative
from sightline.queries.rules import check, same_claim, why_refused
from sightline.scenes.scene_graphs.graph import SEVERAL, GraphObject, GraphRelation, SceneGraph

KITCHEN = SceneGraph(
    "kitchen.jpg",
    (
        GraphObject("1", "man", ("standing",)),
        GraphObject("2", "cup", ("red", "with a white handle")),
        GraphObject("3", "sofa", ("large",), synonyms=("settee",)),
        GraphObject("4", "cup", ("green",)),
        GraphObject("5", "lamp"),
        GraphObject("6", "banans", number=SEVERAL),
    ),
    (
        GraphRelation("1", "holding", "2"),
        GraphRelation("5", "to the left of", "3"),
        GraphRelation("4", "on top of", "3"),
    ),
    caption="A man stands in a kitchen, and the black lamp is off. A kettle hangs above the lamp.",
)
CUP = Element("kitchen.jpg", Presence("cup"), "2")
RED = Element("kitchen.jpg", Attribute("cup", "red"), "2")
LARGE = Element("kitchen.jpg", Attribute("sofa", "large"), "3")
HOLDING = Element("kitchen.jpg", Relation("man", "holding", "cup"), "1", "2")
LEFT = Element("kitchen.jpg", Relation("lamp", "to the left of", "sofa"), "5", "3")


@pytest.mark.parametrize(
    ("negative", "element", "reason"),
    [
        # the form
        (Attribute("cup", "blue"), CUP, rules.ANOTHER_KIND),
        (Count("cup", 3), CUP, rules.ANOTHER_KIND),
        (Presence(" Cup "), CUP, rules.NOTHING_CHANGED),
        (Presence("cups"), CUP, rules.NOTHING_CHANGED),
        (Attribute("plate", "blue"), RED, rules.SEVERAL_CHANGED),
        (Relation("man", "wearing", "hat"), HOLDING, rules.SEVERAL_CHANGED),
        (Presence(""), CUP, rules.NOT_A_WORD),
        (Presence("---"), CUP, rules.NOT_A_WORD),
        (Presence("none"), CUP, rules.NOT_A_WORD),
        (Attribute("cup", "not red"), RED, rules.NOT_A_WORD),
        (Presence("I am sorry, but I cannot see the image."), CUP, rules.NOT_A_WORD),
        (Presence("a bird that sits on the branch of a tall tree"), CUP, rules.NOT_A_WORD),
        # objects
        (Presence("mug"), CUP, rules.SYNONYM),
        (Presence("dish"), CUP, rules.SYNONYM),
        (Presence("couch"), CUP, rules.IN_SCENE),
        (Presence("settee"), CUP, rules.IN_SCENE),
        (Presence("person"), CUP, rules.IN_SCENE),
        (Presence("face"), CUP, rules.IMPLIED),
        (Presence("kettle"), CUP, rules.IN_CAPTION),
        (Presence("hat"), CUP, None),
        (Presence("giraffe"), CUP, None),
        (Presence("stroopwafel"), CUP, None),
        # attributes
        (Attribute("cup", "dark red"), RED, rules.SYNONYM),
        (Attribute("cup", "green"), RED, rules.IN_SCENE),
        (Attribute("cup", "white"), RED, rules.IN_SCENE),
        (Attribute("cup", "blue"), RED, None),
        (Attribute("cup", "holy"), RED, None),
        (Attribute("sofa", "huge"), LARGE, rules.SYNONYM),
        (Attribute("sofa", "medium"), LARGE, None),
        # relations
        (Relation("man", "grasping", "cup"), HOLDING, rules.NOTHING_CHANGED),
        (Relation("man", "carrying", "cup"), HOLDING, rules.SYNONYM),
        (Relation("man", "washing", "cup"), HOLDING, None),
        (Relation("man", "holding", "mug"), HOLDING, rules.SYNONYM),
        (Relation("man", "holding", "shirt"), HOLDING, rules.IMPLIED),
        (Relation("man", "holding", "spoon"), HOLDING, None),
        (Relation("guy", "holding", "cup"), HOLDING, rules.SYNONYM),
        (Relation("woman", "holding", "cup"), HOLDING, None),
        (Relation("lamp", "next to", "sofa"), LEFT, rules.SYNONYM),
        (Relation("lamp", "to the right of", "sofa"), LEFT, None),
    ],
)
def test_what_is_refused_and_why(negative: Claim, element: Element, reason: str | None) -> None:
    assert why_refused(negative, element, KITCHEN) == reason


@pytest.mark.parametrize(
    ("negative", "element", "reason"),
    [
        (Presence("giraffe"), CUP, None),
        (Presence("stroopwafel"), CUP, rules.UNKNOWN),
        (Presence("white giraffe"), CUP, rules.UNKNOWN),
        (Presence("reflection"), CUP, rules.OVERLOOKED),
        (Presence("hat"), CUP, rules.OVERLOOKED),
        (Presence("banana"), CUP, rules.MISSPELT),
        (Attribute("cup", "blue"), RED, None),
        (Attribute("cup", "turquoise"), RED, rules.NOT_EXCLUSIVE),
        (Attribute("cup", "holy"), RED, rules.UNKNOWN),
        (Attribute("cup", "large"), RED, rules.NOT_EXCLUSIVE),
        (Attribute("sofa", "small"), LARGE, None),
        (Attribute("sofa", "medium"), LARGE, rules.NOT_EXCLUSIVE),
        (Relation("lamp", "to the right of", "sofa"), LEFT, None),
        (Relation("lamp", "kicking", "sofa"), LEFT, rules.NOT_EXCLUSIVE),
        (Relation("man", "without", "cup"), HOLDING, rules.NOT_EXCLUSIVE),
        (Relation("man", "holding", "lamp"), HOLDING, rules.IN_SCENE),
        (Relation("man", "holding", "skateboard"), HOLDING, None),
    ],
)
def test_what_is_refused_where_it_must_be_known_to_be_false(
    negative: Claim, element: Element, reason: str | None
) -> None:
    assert why_refused(negative, element, KITCHEN, strict=True) == reason


def test_a_relation_in_the_scene_is_found_whichever_way_it_is_said() -> None:
    cup, moon, star = (GraphObject(name, name) for name in ("cup", "moon", "star"))
    held = (GraphRelation("moon", "above", "cup"), GraphRelation("star", "on", "cup"))
    graph = SceneGraph("a.jpg", (cup, moon, star), held)
    element = Element("a.jpg", Relation("cup", "near", "kite"), "cup", "kite")
    assert why_refused(Relation("cup", "near", "kite"), element, graph) == rules.NOTHING_CHANGED
    below_kite = Element("a.jpg", Relation("cup", "below", "kite"), "cup", "kite")
    assert why_refused(Relation("cup", "below", "moon"), below_kite, graph) == rules.IN_SCENE
    assert why_refused(Relation("cup", "under", "star"), below_kite, graph) == rules.SEVERAL_CHANGED
    under_kite = Element("a.jpg", Relation("cup", "under", "kite"), "cup", "kite")
    assert why_refused(Relation("cup", "under", "star"), under_kite, graph) == rules.IN_SCENE


def test_two_of_one_name_leave_the_opposite_open() -> None:
    cups = (GraphObject("1", "cup"), GraphObject("2", "cup"), GraphObject("3", "plate"))
    left = (GraphRelation("1", "left of", "3"),)
    element = Element("a.jpg", Relation("cup", "left of", "plate"), "1", "3")
    right = Relation("cup", "right of", "plate")
    assert why_refused(right, element, SceneGraph("a.jpg", cups, left), strict=True) == rules.MEANT_OF_OTHERS
    assert why_refused(right, element, SceneGraph("a.jpg", cups[1:], ()), strict=True) is None
    several = (GraphObject("1", "cup", number=SEVERAL), cups[2])
    assert why_refused(right, element, SceneGraph("a.jpg", several, left), strict=True) == rules.MEANT_OF_OTHERS
    assert why_refused(right, element, SceneGraph("a.jpg", several, left, complete=True), strict=True) is None


def test_another_of_that_name_without_a_colour_may_have_any() -> None:
    element = Element("a.jpg", Attribute("cup", "red"), "1")
    objects = (GraphObject("1", "cup", ("red",)), GraphObject("2", "mug"))
    blue = Attribute("cup", "blue")
    assert why_refused(blue, element, SceneGraph("a.jpg", objects), strict=True) == rules.MEANT_OF_OTHERS
    assert why_refused(blue, element, SceneGraph("a.jpg", objects, complete=True), strict=True) is None
    assert why_refused(blue, element, SceneGraph("a.jpg", objects)) is None


def test_the_caption_tells_attributes_and_relations_too() -> None:
    lamp = Element("kitchen.jpg", Attribute("lamp", "lit"), "5")
    assert why_refused(Attribute("lamp", "black"), lamp, KITCHEN) == rules.IN_CAPTION
    assert why_refused(Attribute("lamp", "off"), lamp, KITCHEN) == rules.IN_CAPTION
    assert why_refused(Attribute("lamp", "yellow"), lamp, KITCHEN) is None
    cup = Element("kitchen.jpg", Relation("kettle", "below", "lamp"), "2", "5")
    assert why_refused(Relation("kettle", "above", "lamp"), cup, KITCHEN) == rules.IN_CAPTION


def test_where_all_is_listed_nothing_is_overlooked() -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", "moon"),), complete=True)
    element = Element("a.jpg", Presence("moon"), "1")
    assert why_refused(Presence("cloud"), element, graph, strict=True) is None
    incomplete = SceneGraph("a.jpg", graph.objects)
    assert why_refused(Presence("cloud"), element, incomplete, strict=True) == rules.OVERLOOKED


def test_what_is_offered_is_held_against_what_was_kept() -> None:
    names = ("giraffe", "mug", "giraffes", "zebra", "")
    offered = [Negative(Presence(name), "a model") for name in names]
    kept, refused = check(offered, CUP, KITCHEN)
    assert kept == (offered[0], offered[3])
    assert refused == ((offered[1], rules.SYNONYM), (offered[2], rules.REPEATED), (offered[4], rules.NOT_A_WORD))


def test_claims_say_the_same_in_other_words() -> None:
    assert same_claim(Attribute("cup", "big"), Attribute("cup", "large"))
    assert same_claim(Relation("man", "beside", "sofa"), Relation("man", "next to", "couch"))
    assert not same_claim(Presence("cup"), Attribute("cup", "large"))
    assert same_claim(Count("cup", 3), Count("cup", 3))


def test_every_reason_is_listed_once() -> None:
    named = {value for name, value in vars(rules).items() if name in rules.__all__ and isinstance(value, str)}
    assert sorted(named) == sorted(rules.REASONS)


def test_what_a_name_or_another_phrase_says_bars_what_lies_near() -> None:
    named = SceneGraph("a.jpg", (GraphObject("1", "deep blue sky", ("clear",)), GraphObject("2", "tail", ("gray",))))
    sky = Element("a.jpg", Attribute("deep blue sky", "blue"), "1")
    assert why_refused(Attribute("deep blue sky", "black"), sky, named, strict=True) == rules.NOT_EXCLUSIVE
    assert why_refused(Attribute("deep blue sky", "orange"), sky, named, strict=True) is None
    striped = SceneGraph("a.jpg", (GraphObject("1", "shirt", ("white", "with black stripes")),))
    shirt = Element("a.jpg", Attribute("shirt", "white"), "1")
    assert why_refused(Attribute("shirt", "black"), shirt, striped, strict=True) == rules.IN_SCENE
    assert why_refused(Attribute("shirt", "dark gray"), shirt, striped, strict=True) == rules.NOT_EXCLUSIVE
    assert why_refused(Attribute("shirt", "red"), shirt, striped, strict=True) is None


@pytest.mark.parametrize(
    ("scene", "name"),
    [
        ("bridge", "tower"),
        ("bus", "emblem"),
        ("bus", "tail"),
        ("crowd", "suit"),
        ("plate", "slice"),
        ("cup", "vessel"),
        ("lake", "ripple"),
        ("cloud", "sun"),
        ("rock", "moss"),
        ("table", "top"),
        ("hotel", "pool"),
    ],
)
def test_what_may_be_there_unlisted_or_is_called_so_too_is_refused(scene: str, name: str) -> None:
    graph = SceneGraph("a.jpg", (GraphObject("1", scene), GraphObject("2", "zebra")))
    assert why_refused(Presence(name), Element("a.jpg", Presence("zebra"), "2"), graph, strict=True) is not None
