"""Visual Genome's files, each layout by hand: what is put together, what is matched by box, and what is left out."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError
from sightline.scenes.scene_graphs import GraphObject, ReadGraphs, SceneGraph, read_scene_graphs


def thing(id_: int, name: str, x: int = 0, y: int = 0, w: int = 100, h: int = 100, **more: object) -> dict[str, Any]:
    return {"object_id": id_, "names": [name], "synsets": [], "x": x, "y": y, "w": w, "h": h, **more}


def region(phrase: str, x: int = 0, y: int = 0, width: int = 100, height: int = 100) -> dict[str, Any]:
    return {"region_id": 1, "phrase": phrase, "x": x, "y": y, "width": width, "height": height}


def read(folder: Path, **files: object) -> ReadGraphs:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return read_scene_graphs(folder if len(files) > 1 else folder / f"{next(iter(files))}.json")


def of_phrases(folder: Path, objects: list[dict[str, Any]], *regions: dict[str, Any]) -> tuple[SceneGraph, ReadGraphs]:
    found = read(folder, objects=[{"image_id": 7, "objects": objects, "regions": list(regions)}])
    return found.graphs[0], found


def said(graph: SceneGraph) -> list[tuple[str, str, str]]:
    return [(each.subject, each.predicate, each.object) for each in graph.relations]


def test_objects_alone(tmp_path: Path) -> None:
    images = [{"image_id": 7, "objects": [thing(1, "Dog "), thing(2, "sofa", names=["sofa", "couch"], x=300)]}]
    (graph,) = read(tmp_path, objects=images).graphs
    assert graph.image == "7.jpg"
    assert graph.objects == (GraphObject("1", "dog"), GraphObject("2", "sofa", synonyms=("couch",)))
    assert (graph.complete, graph.source) == (False, f"{tmp_path}/objects.json:1")


def test_a_plural_is_several_that_nobody_counted_and_a_pair_is_one(tmp_path: Path) -> None:
    images = [{"image_id": 7, "objects": [thing(1, "trees"), thing(2, "legs", x=200), thing(3, "jeans", x=400)]}]
    (graph,) = read(tmp_path, objects=images).graphs
    assert [(each.name, each.number) for each in graph.objects] == [("tree", 0), ("leg", 0), ("jeans", 1)]


def test_attributes_may_be_missing_or_null_and_stand_in_a_name(tmp_path: Path) -> None:
    attributes = [thing(1, "dog", attributes=["Brown", " on sofa "]), thing(2, "green label", x=200, attributes=None)]
    (graph,) = read(tmp_path, attributes=[{"image_id": 7, "attributes": attributes}]).graphs
    assert graph.objects == (GraphObject("1", "dog", ("brown", "on sofa")), GraphObject("2", "label", ("green",)))


def test_an_attribute_that_is_the_name_of_its_object_says_nothing(tmp_path: Path) -> None:
    images = [{"image_id": 7, "attributes": [thing(1, "sidewalk", attributes=["sidewalk", "brick"])]}]
    found = read(tmp_path, attributes=images)
    assert found.graphs[0].objects == (GraphObject("1", "sidewalk", ("brick",)),)
    assert found.left_out == {"an attribute is a name of its object": ["7.jpg: sidewalk"]}


def test_relationships_bring_their_objects_with_name_or_names(tmp_path: Path) -> None:
    dog = {**thing(1, ""), "name": "dog"}
    del dog["names"]
    relationships = [{"relationship_id": 4, "predicate": "ON", "subject": dog, "object": thing(2, "sofa", x=300)}]
    (graph,) = read(tmp_path, relationships=[{"image_id": 7, "relationships": relationships}]).graphs
    assert [each.name for each in graph.objects] == ["dog", "sofa"]
    assert said(graph) == [("1", "on", "2")]


def test_scene_graphs_refer_by_id_and_what_dangles_is_left_out(tmp_path: Path) -> None:
    objects = [thing(1, "dog"), thing(2, "sofa", x=300)]
    relationships = [
        {"predicate": "on", "subject_id": 1, "object_id": 2},
        {"predicate": "near", "subject_id": 1, "object_id": 99},
        {"predicate": "has", "subject_id": 1, "object_id": 1},
        {"predicate": " ", "subject_id": 1, "object_id": 2},
    ]
    images = [{"image_id": 7, "objects": objects, "relationships": relationships}, {"image_id": 8, "objects": []}]
    found = read(tmp_path, scene_graphs=images)
    assert [said(graph) for graph in found.graphs] == [[("1", "on", "2")]]
    assert found.left_out == {
        "a relation names an object that is not annotated": ["7.jpg: near"],
        "a relation of an object to itself": ["7.jpg: has"],
        "a relation has no predicate": ["7.jpg: 1 and 2"],
        "no object is annotated": ["8.jpg"],
    }


def test_a_folder_is_put_together_though_ids_differ_between_its_files(tmp_path: Path) -> None:
    merged = thing(11, "sidewalk", y=300, merged_object_ids=[1])
    found = read(
        tmp_path,
        objects=[{"image_id": 7, "objects": [merged, thing(12, "dog")]}],
        attributes=[{"image_id": 7, "attributes": [thing(1, "street", y=290, attributes=["wet"])]}],
        relationships=[
            {
                "image_id": 7,
                "relationships": [{"predicate": "on", "subject": thing(13, "dog", x=5), "object": thing(1, "street")}],
            }
        ],
        region_descriptions=[{"id": 7, "regions": [region("a brown dog")]}],
        image_data=[{"image_id": 7, "url": "https://example.org/VG_100K/7000.jpg"}, {"image_id": 8, "url": "u/8.jpg"}],
    )
    (graph,) = found.graphs
    assert graph.image == "7000.jpg"
    assert graph.objects == (
        GraphObject("11", "sidewalk", ("wet",), synonyms=("street",)),
        GraphObject("12", "dog", ("brown",)),
    )
    assert said(graph) == [("12", "on", "11")]
    assert [Path(source.name).name for source in found.sources] == [
        *("image_data.json", "objects.json", "attributes.json", "relationships.json", "region_descriptions.json")
    ]


def test_records_that_nest_their_parts_and_gzipped_files(tmp_path: Path) -> None:
    image = {
        "image_id": 7,
        "image": {"url": "https://example.org/VG_100K/2414737.jpg"},
        "objects": {"image_id": 7, "objects": [thing(1, "dog")]},
        "regions": {"id": 7, "regions": [region("a brown dog")]},
    }
    path = tmp_path / "both.json.gz"
    path.write_bytes(gzip.compress(json.dumps([image]).encode()))
    (graph,) = read_scene_graphs(path).graphs
    assert (graph.image, graph.objects) == ("2414737.jpg", (GraphObject("1", "dog", ("brown",)),))


def test_duplicates_are_merged_and_keep_their_relations(tmp_path: Path) -> None:
    objects = [thing(1, "dog"), thing(2, "sofa", x=300), thing(3, "dog", x=10, attributes=["brown"])]
    relationships = [{"predicate": "on", "subject_id": id_, "object_id": 2} for id_ in (1, 3)]
    (graph,) = read(tmp_path, scene_graphs=[{"image_id": 7, "objects": objects, "relationships": relationships}]).graphs
    assert graph.objects == (GraphObject("1", "dog", ("brown",)), GraphObject("2", "sofa"))
    assert said(graph) == [("1", "on", "2")]


def test_phrases_give_attributes_and_relations_to_the_objects_they_name(tmp_path: Path) -> None:
    objects = [thing(1, "man", w=200, h=200), thing(2, "hat", x=50, y=0, w=40, h=30)]
    graph, found = of_phrases(tmp_path, objects, region("Man wearing a red hat", 0, 0, 200, 200))
    assert graph.objects == (GraphObject("1", "man"), GraphObject("2", "hat", ("red",)))
    assert said(graph) == [("1", "wearing", "2")]
    assert found.left_out == {}


def test_a_phrase_means_the_object_of_its_region(tmp_path: Path) -> None:
    dogs = [thing(1, "dog"), thing(2, "dog", x=300)]
    graph, _ = of_phrases(tmp_path, dogs, region("a white dog", x=305), region("a brown dog", x=5))
    assert [(each.id, each.attributes) for each in graph.objects] == [("1", ("brown",)), ("2", ("white",))]


def test_where_no_object_is_far_better_none_is_meant(tmp_path: Path) -> None:
    dogs = [thing(1, "dog"), thing(2, "dog", x=120)]
    graph, found = of_phrases(tmp_path, dogs, region("a brown dog", width=220))
    assert [each.attributes for each in graph.objects if each.clear] == [(), ()]
    assert found.left_out == {"a phrase could mean several annotated objects": ["7.jpg: a brown dog: dog"]}


def test_an_object_elsewhere_is_not_meant_though_it_is_the_only_one_of_its_name(tmp_path: Path) -> None:
    graph, found = of_phrases(tmp_path, [thing(1, "dog")], region("a brown dog", x=500))
    assert graph.objects[0] == GraphObject("1", "dog")
    assert found.left_out == {"a phrase names an object that is not in its region": ["7.jpg: a brown dog: dog"]}


def test_what_is_not_annotated_is_listed_and_kept_as_what_nobody_is_asked_about(tmp_path: Path) -> None:
    phrases = ["man wearing a red hat", "a big hat"]
    graph, found = of_phrases(tmp_path, [thing(1, "man")], *(region(phrase) for phrase in phrases))
    hat = GraphObject("said: hat", "hat", ("red", "big"), clear=False)
    assert graph.objects == (GraphObject("1", "man"), hat)
    assert said(graph) == [("1", "wearing", "said: hat")]
    assert found.left_out == {
        "a phrase names what is not annotated": ["7.jpg: man wearing a red hat: hat", "7.jpg: a big hat: hat"],
        "a phrase relates what is not annotated, or not surely": ["7.jpg: man wearing a red hat: wearing"],
    }


def test_a_phrase_may_use_another_name_or_only_the_head_of_a_compound(tmp_path: Path) -> None:
    objects = [thing(1, "sofa", names=["sofa", "couch"]), thing(2, "tennis racket", x=300)]
    graph, _ = of_phrases(tmp_path, objects, region("a red couch"), region("a wooden racket", x=300))
    assert [each.attributes for each in graph.objects] == [("red",), ("wooden",)]


def test_one_is_not_several(tmp_path: Path) -> None:
    objects = [thing(1, "dogs"), thing(2, "dog", w=90)]
    graph, _ = of_phrases(tmp_path, objects, region("brown dogs"), region("a white dog"))
    assert [(each.number, each.attributes) for each in graph.objects] == [(0, ("brown",)), (1, ("white",))]


def test_a_box_around_no_thing_is_kept_and_a_name_without_letters_is_left_out(tmp_path: Path) -> None:
    names = ("dog", "background", "  ", "12")
    images = [{"image_id": 7, "objects": [thing(place, name) for place, name in enumerate(names)]}]
    found = read(tmp_path, objects=images)
    assert [(each.name, each.clear) for each in found.graphs[0].objects] == [("dog", True), ("background", False)]
    assert found.left_out == {"the name of an object has no letter": ["7:   ", "7: 12"]}


def test_the_first_so_many_images_are_read(tmp_path: Path) -> None:
    images = [{"image_id": id_, "objects": [thing(1, "dog")]} for id_ in (7, 8, 9)]
    (tmp_path / "objects.json").write_text(json.dumps(images))
    assert [graph.image for graph in read_scene_graphs(tmp_path, limit=2).graphs] == ["7.jpg", "8.jpg"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"image_id": None, "objects": []}, "image_id is None"),
        ({"image_id": 8, "objects": ["dog"]}, "objects is \"['dog']\", expected a list of records"),
        ({"image_id": 8, "objects": [{"names": ["dog"]}]}, "the object_id of an object is None"),
        ({"image_id": 8, "objects": [{"object_id": 1, "names": "dog"}]}, "the names of object 1 are dog"),
        ({"image_id": 8, "regions": [{"phrase": None}]}, "the phrase of a region is None"),
        ({"image_id": 8, "relationships": [{"predicate": "on"}]}, "the subject of a relationship is None"),
        (
            {"image_id": 8, "relationships": [{"subject": thing(1, "dog"), "object": thing(2, "sofa")}]},
            "the predicate of a relationship is None",
        ),
    ],
)
def test_a_broken_record_is_refused_with_its_row(tmp_path: Path, broken: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, objects=[{"image_id": 7, "objects": [thing(1, "dog")]}, broken])
    assert str(error.value).startswith(f"{tmp_path}/objects.json:2: {message}")


def test_a_folder_that_holds_none_of_the_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image_data.json").write_text('[{"image_id": 7, "url": "u/7.jpg"}]')
    with pytest.raises(
        DataError, match=r"this folder holds no file of scene graphs\. Expected some of objects\.json, "
    ):
        read_scene_graphs(tmp_path)
