"""Scene graphs of real annotations and real long captions; skipped where they are absent (see the fixture)."""

from pathlib import Path

import pytest

from sightline.scenes.scene_graphs import GraphObject, ReadGraphs, SceneGraph, read_captions, read_scene_graphs

ANNOTATED = 6857
"""Boxes around objects in the 200 images of Visual Genome, many of them around the same."""


def file_of(folder: Path, name: str) -> Path:
    if not (folder / name).exists():
        pytest.skip("conformance data absent")
    return folder / name


@pytest.fixture(scope="module")
def visual_genome(conformance: Path) -> ReadGraphs:
    return read_scene_graphs(file_of(conformance, "visual_genome/objects_regions_200.json"))


def clear(graph: SceneGraph) -> list[GraphObject]:
    return [each for each in graph.objects if each.clear]


def related(graph: SceneGraph) -> set[tuple[str, str, str]]:
    """The relations between objects in plain sight, by their names."""
    return {
        (graph.of(each.subject).name, each.predicate, graph.of(each.object).name)
        for each in graph.relations
        if graph.of(each.subject).clear and graph.of(each.object).clear
    }


def test_all_images_of_visual_genome_are_read_and_duplicates_are_merged(visual_genome: ReadGraphs) -> None:
    assert len(visual_genome.graphs) == 200
    assert len({graph.image for graph in visual_genome.graphs}) == 200
    assert not any(graph.complete for graph in visual_genome.graphs)
    annotated = [each for graph in visual_genome.graphs for each in graph.objects if not each.id.startswith("said: ")]
    assert 0.75 * ANNOTATED < len(annotated) < 0.85 * ANNOTATED
    assert len(visual_genome.left_out["the name of an object has no letter"]) < 10


def test_phrases_give_attributes_and_relations(visual_genome: ReadGraphs) -> None:
    objects = [each for graph in visual_genome.graphs for each in clear(graph)]
    assert sum(len(each.attributes) for each in objects) > 2500
    assert sum(len(related(graph)) for graph in visual_genome.graphs) > 1500
    assert sum(each.number != 1 for each in objects) > 500


def test_what_an_image_is_said_to_hold(visual_genome: ReadGraphs) -> None:
    """Looked up by hand among the phrases of this image, which are of two dogs beside a bench."""
    (graph,) = [graph for graph in visual_genome.graphs if graph.image == "2357137.jpg"]
    attributes = {each.name: each.attributes for each in clear(graph)}
    for name, attribute in (("poodle", "white"), ("windbreaker", "yellow"), ("leash", "green"), ("jeans", "blue")):
        assert attribute in attributes[name]
    assert {("magazine", "under", "bench"), ("man", "wearing", "pants"), ("streak", "on", "curb")} <= related(graph)
    unsure = {each.name for each in graph.objects if not each.clear}
    assert {"dog", "trash"} <= unsure
    assert unsure.isdisjoint(("poodle", "windbreaker"))


def test_long_captions_of_people_are_read(conformance: Path) -> None:
    path = file_of(conformance, "long_captions/iiw_400.jsonl")
    captions = read_captions(path)
    assert (len(captions.images), captions.images[0].image, captions.left_out) == (400, "aar_test_04600", {})
    graphs = read_scene_graphs(path).graphs
    assert len(graphs) == 400
    assert sum(len(graph.objects) for graph in graphs) > 10 * 400
    assert sum(len(graph.relations) for graph in graphs) > 4 * 400


def test_long_captions_of_a_model_are_read(conformance: Path) -> None:
    found = read_scene_graphs(file_of(conformance, "long_captions/comprecap_gpt4o.json"))
    assert (len(found.graphs), found.left_out) == (560, {})
    assert found.graphs[0].image == "000000287649.jpg"
    assert found.graphs[0].objects[0].name.endswith("cat")
    assert sum(len(graph.objects) for graph in found.graphs) > 7 * 560
