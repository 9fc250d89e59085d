"""Objects that nothing tells apart are one, and a relation holds for all of them or not at all."""

from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation
from sightline.scenes.scene_graphs.grouping import grouped

RED = ("small", "red")


def moon(id_: str, clear: bool = True) -> GraphObject:
    return GraphObject(id_, "moon", RED, clear=clear, category="sky")


CUPS = (GraphObject("8", "cup"), GraphObject("9", "cup"))


def test_objects_of_one_name_and_look_are_one_object_with_a_number() -> None:
    blue = GraphObject("3", "moon", ("small", "blue"))
    objects, _ = grouped([moon("1"), blue, moon("2")], [])
    assert objects == (GraphObject("1", "moon", RED, number=2, category="sky"), blue)


def test_a_group_is_in_plain_sight_where_every_member_is() -> None:
    assert [each.clear for each in grouped([moon("1"), moon("2")], [])[0]] == [True]
    assert [each.clear for each in grouped([moon("1"), moon("2", clear=False)], [])[0]] == [False]


def test_a_relation_holds_for_groups_where_it_holds_between_all_of_their_members() -> None:
    objects = [moon("1"), moon("2"), *CUPS]
    pairs = [("1", "8"), ("1", "9"), ("2", "8"), ("2", "9")]
    above = [(one, "above", other) for one, other in pairs]
    assert grouped(objects, above)[1] == (GraphRelation("1", "above", "8"),)
    for missing in above:
        assert grouped(objects, [each for each in above if each != missing])[1] == ()


def test_a_relation_that_is_listed_twice_does_not_stand_for_one_that_is_missing() -> None:
    assert grouped([moon("1"), moon("2"), CUPS[0]], [("1", "above", "8"), ("1", "above", "8")])[1] == ()


def test_relations_within_a_group_are_none() -> None:
    assert grouped([moon("1"), moon("2")], [("1", "touching", "2"), ("2", "touching", "1")])[1] == ()
