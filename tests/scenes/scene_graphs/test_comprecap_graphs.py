"""CompreCap's annotation, by hand: objects are described, and related in sentences."""

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError
from sightline.scenes.scene_graphs import GraphObject, ReadGraphs, SceneGraph, read_scene_graphs


def thing(category: str, short: str = "", long: str = "", relation: object = "") -> dict[str, Any]:
    texts = {"short_description": short, "extend_description": long, "relation": relation}
    return {"category": category, **texts, "mask_out": "eJzt"}


def read(folder: Path, *images: dict[str, Any]) -> ReadGraphs:
    path = folder / "anno.json"
    path.write_text(json.dumps(images))
    return read_scene_graphs(path)


def graph_of(folder: Path, *info: dict[str, Any]) -> tuple[SceneGraph, ReadGraphs]:
    found = read(folder, {"image": "000000000802.jpg", "info": list(info)})
    return found.graphs[0], found


def said(graph: SceneGraph) -> list[tuple[str, str, str]]:
    return [(each.subject, each.predicate, each.object) for each in graph.relations]


def test_attributes_come_from_both_descriptions_and_relations_from_sentences(tmp_path: Path) -> None:
    graph, found = graph_of(
        tmp_path,
        thing("cat", "A black cat.", "The cat is black. The small cat is on a sofa.", ["The cat is on the sofa."]),
        thing("Sofa", "A red sofa.", relation=None),
    )
    assert graph.image == "000000000802.jpg"
    assert [(each.id, each.name) for each in graph.objects] == [("1", "cat"), ("2", "sofa")]
    assert graph.objects[0].attributes[0] == "black"
    assert graph.objects[1].attributes == ("red",)
    assert said(graph) == [("1", "on", "2")]
    assert found.left_out == {}


def test_a_relation_may_be_one_text(tmp_path: Path) -> None:
    graph, _ = graph_of(tmp_path, thing("cat", relation="The cat is on the sofa."), thing("sofa"))
    assert said(graph) == [("1", "on", "2")]


def test_a_sentence_is_about_the_object_it_stands_with(tmp_path: Path) -> None:
    graph, _ = graph_of(tmp_path, thing("dog"), thing("dog", relation=["The dog is on the sofa."]), thing("sofa"))
    assert said(graph) == [("2", "on", "3")]


def test_what_could_be_several_objects_is_none(tmp_path: Path) -> None:
    graph, found = graph_of(tmp_path, thing("cat", relation=["The cat is on the sofa."]), thing("sofa"), thing("sofa"))
    assert [each.clear for each in graph.objects] == [True, True, True, False]
    assert said(graph) == [("1", "on", "said: sofa")]
    sentence = "000000000802.jpg: The cat is on the sofa."
    assert found.left_out == {
        "a phrase could mean several annotated objects": [f"{sentence}: sofa"],
        "a phrase relates what is not annotated, or not surely": [f"{sentence}: on"],
    }


def test_a_description_that_begins_with_another_noun_names_its_object(tmp_path: Path) -> None:
    graph, found = graph_of(tmp_path, thing("person", "A tall woman."))
    assert graph.objects == (GraphObject("1", "person", ("tall",), synonyms=("woman",)),)
    assert found.left_out == {}


def test_a_description_that_does_not_name_its_object_says_nothing_of_it(tmp_path: Path) -> None:
    graph, found = graph_of(tmp_path, thing("sofa", "Next to it is a red chair."))
    assert graph.objects[0] == GraphObject("1", "sofa")
    assert [(each.name, each.attributes, each.clear) for each in graph.objects[1:]] == [("chair", ("red",), False)]
    assert found.left_out["a description does not begin with its object"] == [
        "000000000802.jpg: Next to it is a red chair."
    ]


def test_images_without_objects_and_images_that_occur_again_are_left_out(tmp_path: Path) -> None:
    cat = {"image": "val/a.jpg", "info": [thing("cat")]}
    found = read(tmp_path, cat, {"image": "b.jpg", "info": []}, {**cat, "image": "a.jpg"})
    assert [graph.image for graph in found.graphs] == ["a.jpg"]
    assert found.left_out == {
        "no object is annotated": ["b.jpg"],
        "an image of this name was read already": ["a.jpg"],
    }


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"image": 3, "info": []}, "image is 3, expected a file name"),
        ({"image": "b.jpg", "info": "cat"}, "info is 'cat', expected a list of records"),
        ({"image": "b.jpg", "info": [{"category": None}]}, "the category of object 1 is None"),
        ({"image": "b.jpg", "info": [thing("cat", relation=[3])]}, "relation is '[3]', expected text"),
    ],
)
def test_a_broken_record_is_refused_with_its_row(tmp_path: Path, broken: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, {"image": "a.jpg", "info": [thing("cat")]}, broken)
    assert str(error.value).startswith(f"{tmp_path}/anno.json:2: {message}")
