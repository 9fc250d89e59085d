"""The scene graphs of rendered scenes say what the scenes hold, kinds as groups."""

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError
from sightline.scenes.rendered.annotations import scene_graphs
from sightline.scenes.rendered.compose import compose
from sightline.scenes.rendered.relations import relate
from sightline.scenes.rendered.world import theme_of
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, ReadGraphs, read_scene_graphs

SCENES = [compose(seed=0, index=index) for index in range(40)]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> ReadGraphs:
    path = tmp_path_factory.mktemp("rendered") / "scene_graphs.json"
    path.write_bytes(b"".join(scene_graphs(SCENES)))
    return read_scene_graphs(path)


def test_every_scene_has_a_complete_graph(read: ReadGraphs) -> None:
    assert [graph.image for graph in read.graphs] == [f"scene_{index:06}.png" for index in range(40)]
    assert all(graph.complete for graph in read.graphs)
    assert read.left_out == {}


def test_every_kind_is_an_object_with_its_number_look_theme_and_whether_all_can_be_seen(read: ReadGraphs) -> None:
    hidden = 0
    for scene, graph in zip(SCENES, read.graphs, strict=True):
        found = {each.name: each for each in graph.objects}
        assert len(found) == len(graph.objects) == len(scene.kinds)
        for kind in scene.kinds:
            own, each = scene.of(kind), found[kind]
            assert (each.number, each.attributes) == (len(own), own[0].attributes)
            assert (each.clear, each.category) == (not any(one.marginal for one in own), theme_of(kind))
            hidden += not each.clear
    assert hidden > 40


def test_relations_are_those_that_hold_between_all_of_two_kinds(read: ReadGraphs) -> None:
    found = 0
    for scene, graph in zip(SCENES, read.graphs, strict=True):
        held = {(graph.of(each.subject).name, each.predicate, graph.of(each.object).name) for each in graph.relations}
        assert held == {
            (one, predicate, other)
            for one in scene.kinds
            for other in scene.kinds
            for predicate in relate(scene, one, other)
        }
        found += len(held)
    assert found > 500


def scene(**changed: object) -> dict[str, Any]:
    seen = {"names": ["moon"], "attributes": ["small", "red"], "visibility": "clear"}
    objects = [{**seen, "object_id": 1}, {**seen, "object_id": 2}, {**seen, "object_id": 3, "names": ["cup"]}]
    relations = [
        {"subject_id": 1, "predicate": "above", "object_id": 3},
        {"subject_id": 2, "predicate": "above", "object_id": 3},
    ]
    return {"image_id": 0, "file_name": "a.png", "objects": objects, "relationships": relations, **changed}


def written(folder: Path, *records: object) -> Path:
    path = folder / "scene_graphs.json"
    path.write_text(json.dumps(records))
    return path


def test_a_scene_by_hand(tmp_path: Path) -> None:
    (graph,) = read_scene_graphs(written(tmp_path, scene())).graphs
    red = ("small", "red")
    assert graph.objects == (
        GraphObject("1", "moon", red, number=2, category="sky"),
        GraphObject("3", "cup", red, category="table"),
    )
    assert graph.relations == (GraphRelation("1", "above", "3"),)


def test_the_folder_of_rendered_scenes_may_be_given(tmp_path: Path) -> None:
    written(tmp_path, scene())
    (tmp_path / "captions.jsonl").write_text("not looked at")
    (graph,) = read_scene_graphs(tmp_path).graphs
    assert (graph.complete, len(graph.objects)) == (True, 2)


def test_a_scene_without_objects_is_left_out(tmp_path: Path) -> None:
    read = read_scene_graphs(written(tmp_path, scene(), scene(file_name="b.png", objects=[], relationships=[])))
    assert [graph.image for graph in read.graphs] == ["a.png"]
    assert read.left_out == {"no object is annotated": ["b.png"]}


def test_a_record_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    lacking = scene()
    del lacking["relationships"]
    dangling = scene(relationships=[{"subject_id": 1, "predicate": "above", "object_id": 9}])
    for broken, message in ((lacking, "there is no 'relationships'"), (dangling, "there is no '9'")):
        with pytest.raises(DataError, match=rf"scene_graphs.json:2: this record is not whole: {message}"):
            read_scene_graphs(written(tmp_path, scene(), {**broken, "file_name": "b.png"}))
