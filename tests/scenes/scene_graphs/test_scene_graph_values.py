import pytest

from sightline.errors import DataError
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

MOON, CUP = GraphObject("1", "moon", ("red",)), GraphObject("2", "cup")


def test_an_object_is_found_by_its_id() -> None:
    graph = SceneGraph("a.jpg", (MOON, CUP))
    assert graph.of("2") is CUP
    with pytest.raises(KeyError):
        graph.of("3")


def test_two_objects_of_one_id_are_refused_with_file_and_row() -> None:
    with pytest.raises(DataError) as error:
        SceneGraph("a.jpg", (MOON, MOON), source="graphs.jsonl:7")
    assert str(error.value) == "graphs.jsonl:7: two objects of a.jpg have the id '1'."


@pytest.mark.parametrize(("subject", "object_"), [("1", "9"), ("9", "1")])
def test_a_relation_to_an_object_that_is_not_there_is_refused(subject: str, object_: str) -> None:
    with pytest.raises(DataError, match=r"a relation of a.jpg \(above\) names '9', which is no object of it"):
        SceneGraph("a.jpg", (MOON, CUP), (GraphRelation(subject, "above", object_),))


def test_graphs_that_say_the_same_are_equal_wherever_they_were_read() -> None:
    assert SceneGraph("a.jpg", (MOON,), source="a:1") == SceneGraph("a.jpg", (MOON,), source="b:2")
    assert SceneGraph("a.jpg", (MOON,)) != SceneGraph("a.jpg", (MOON,), complete=True)
