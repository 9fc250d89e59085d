"""sightline's own scene graphs: what is written is read again, and whatever is not as described is an error."""

import json
from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph, read_scene_graphs, write_scene_graphs

GRAPHS = [
    SceneGraph(
        "a.jpg",
        (
            GraphObject("1", "moon", ("red", "made of cheese")),
            GraphObject("2", "café cup", (), 3, clear=False, category="table", synonyms=("mug", "beaker")),
            GraphObject("3", "tree", number=0),
        ),
        (GraphRelation("1", "above", "2"), GraphRelation("2", "left of", "3")),
        complete=True,
        caption="A red Moon —\nabove “cups”.",
    ),
    SceneGraph("b.jpg", (GraphObject("x", "dog"),)),
]


@pytest.mark.parametrize("name", ["graphs.jsonl", "graphs.json"])
def test_what_is_written_is_read_again_and_written_again_byte_for_byte(tmp_path: Path, name: str) -> None:
    written = write_scene_graphs(tmp_path / name, GRAPHS)
    read = read_scene_graphs(written)
    assert read.graphs == GRAPHS
    assert read.left_out == {}
    assert [source.rows for source in read.sources] == [2]
    assert write_scene_graphs(tmp_path / f"again-{name}", read.graphs).read_bytes() == written.read_bytes()


def test_graphs_say_where_they_stood(tmp_path: Path) -> None:
    path = write_scene_graphs(tmp_path / "graphs.jsonl", GRAPHS)
    assert [graph.source for graph in read_scene_graphs(path).graphs] == [f"{path}:1", f"{path}:2"]


def test_the_first_so_many_are_read(tmp_path: Path) -> None:
    path = write_scene_graphs(tmp_path / "graphs.jsonl", GRAPHS)
    assert read_scene_graphs(path, limit=1).graphs == GRAPHS[:1]


def test_names_are_brought_to_lower_case_and_images_are_known_without_folders(tmp_path: Path) -> None:
    path = tmp_path / "graphs.jsonl"
    moons = [{"id": "1", "name": " Full  Moon", "attributes": ["Red"]}, {"id": "2", "name": "Cup"}]
    path.write_text(json.dumps({"image": "val/a.jpg", "objects": moons, "relations": [["1", "Left  of", "2"]]}))
    (graph,) = read_scene_graphs(path).graphs
    assert graph.image == "a.jpg"
    assert graph.objects == (GraphObject("1", "full moon", ("red",)), GraphObject("2", "cup"))
    assert graph.relations == (GraphRelation("1", "left of", "2"),)


def record(**changed: object) -> dict[str, object]:
    return {"image": "b.jpg", "objects": [{"id": "1", "name": "cup"}], **changed}


def with_object(**changed: object) -> dict[str, object]:
    return record(objects=[{"id": "1", "name": "cup", **changed}])


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (record(image=3), "image of the record is 3, expected text"),
        (record(objects=[]), "b.jpg has no objects"),
        (record(objects="cup"), "objects of the image is 'cup', expected a list"),
        (record(objects=["cup"]), "an object is 'cup', expected a record with id and name"),
        (record(objects=[{"name": "cup"}]), "there is no id of an object"),
        (record(objects=[{"id": 1, "name": "cup"}]), "id of an object is 1, expected text"),
        (record(objects=[{"id": "1"}]), "there is no name of object '1'"),
        (record(objects=[{"id": "1", "name": "cup"}] * 2), "two objects of b.jpg have the id '1'"),
        (
            record(author="me"),
            "nothing is known of a field 'author' of the image; known are image, objects, relations,",
        ),
        (with_object(colour="red"), "nothing is known of a field 'colour' of object '1'; known are id, name, "),
        (with_object(attributes="red"), "attributes of object '1' is 'red', expected a list"),
        (with_object(attributes=["red", ""]), "attributes of object '1' are ['red', ''], expected texts"),
        (with_object(number=-1), "number of object '1' is -1, expected a whole number"),
        (with_object(number=True), "number of object '1' is True, expected a whole number"),
        (with_object(visible="no"), "visible of object '1' is 'no', expected true or false"),
        (with_object(category=None), "category of object '1' is None, expected text"),
        (record(relations=[["1", "above"]]), "a relation is \"['1', 'above']\", expected the id of an object"),
        (record(relations=[["1", "above", "2"]]), "a relation of b.jpg (above) names '2', which is no object of it"),
        (record(complete="yes"), "complete of the image is 'yes', expected true or false"),
        (record(caption=3), "the caption is 3, expected text"),
        (record(image="c/a.jpg"), "image 'a.jpg' occurs twice"),
    ],
)
def test_a_broken_record_is_refused_with_its_row(tmp_path: Path, broken: dict[str, object], message: str) -> None:
    path = tmp_path / "g.jsonl"
    whole = {"image": "a.jpg", "objects": [{"id": "1", "name": "moon"}]}
    path.write_text(f"{json.dumps(whole)}\n{json.dumps(broken)}\n")
    with pytest.raises(DataError) as error:
        read_scene_graphs(path)
    assert str(error.value).startswith(f"{path}:2: {message}")
