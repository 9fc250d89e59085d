"""Files of annotations agree with the scenes, and with each other; what reads such files reads these."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pixels import seen

from sightline import build_colour, build_counting, build_pope, score
from sightline.benchmarks.image_objects import read_image_objects
from sightline.benchmarks.things import read_things
from sightline.scenes import read_scenes
from sightline.scenes.rendered import RenderedScene, World, render_scenes
from sightline.scenes.rendered.describe import NUMBERS, caption
from sightline.scenes.rendered.relations import relations
from sightline.scenes.rendered.world import COLOURS, KINDS, plural, theme_of

N = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 60 scenes, rendered."""
    return render_scenes(tmp_path_factory.mktemp("scenes") / "made", n=N).folder


def content(file: Path) -> dict:
    return json.loads(file.read_text())


def test_instances_say_what_is_where(folder: Path, scenes: list[RenderedScene]) -> None:
    coco = content(folder / "instances.json")
    assert [(each["name"], each["supercategory"]) for each in coco["categories"]] == [(k, theme_of(k)) for k in KINDS]
    assert [each["file_name"] for each in coco["images"]] == [f"scene_{index:06}.png" for index in range(N)]
    names = {each["id"]: each["name"] for each in coco["categories"]}
    found = iter(coco["annotations"])
    for scene in scenes[:N]:
        for each, own in zip(scene.objects, seen(scene), strict=True):
            one = next(found)
            assert (one["image_id"], names[one["category_id"]], one["iscrowd"]) == (scene.index, each.kind, 0)
            assert (one["visibility"] == "marginal", one["hidden"]) == (each.marginal, each.hidden)
            assert one["area"] == own.sum() > 0
            x, y, width, height = one["bbox"]
            rows, columns = np.nonzero(own)
            assert x <= columns.min() and columns.max() < x + width <= 128
            assert y <= rows.min() and rows.max() < y + height <= 128
    assert next(found, None) is None
    assert [each["id"] for each in coco["annotations"]] == list(range(1, 1 + len(coco["annotations"])))


def test_scene_graphs_say_the_same_with_attributes_and_relations(folder: Path, scenes: list[RenderedScene]) -> None:
    coco, graphs = content(folder / "instances.json"), json.loads((folder / "scene_graphs.json").read_text())
    boxes = {each["id"]: (each["image_id"], *each["bbox"], each["hidden"]) for each in coco["annotations"]}
    counted = 0
    for scene, graph in zip(scenes[:N], graphs, strict=True):
        ids = [each["object_id"] for each in graph["objects"]]
        for each, one in zip(scene.objects, graph["objects"], strict=True):
            box = (graph["image_id"], one["x"], one["y"], one["w"], one["h"], one["hidden"])
            assert box == boxes[one["object_id"]]
            assert (one["names"], one["attributes"]) == ([each.kind], list(each.attributes))
        related = [(r["subject_id"], r["predicate"], r["object_id"]) for r in graph["relationships"]]
        assert related == [(ids[one], predicate, ids[other]) for one, predicate, other in relations(scene)]
        assert [r["relationship_id"] for r in graph["relationships"]] == [counted + n + 1 for n in range(len(related))]
        counted += len(related)


PHRASE = re.compile(
    rf"\b(an?|{'|'.join(NUMBERS[2:])}) ((?:small |large )?)({'|'.join(COLOURS)}) ((?:striped |dotted )?)(\w+)", re.I
)
KIND_OF = {word: kind for kind in KINDS for word in (kind, plural(kind))}


def read_back(text: str) -> Counter[tuple[str, str]]:
    """How many of which kind and colour a caption says there are, by its own grammar."""
    found: Counter[tuple[str, str]] = Counter()
    for number, _, colour, _, noun in PHRASE.findall(text):
        found[KIND_OF[noun], colour] += 1 if number.lower() in ("a", "an") else NUMBERS.index(number.lower())
    return found


def test_captions_say_how_many_of_what_colour_there_are(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        said = read_back(caption(scene))
        assert said == Counter((each.kind, each.colour) for each in scene.objects), caption(scene)


def test_sizes_surfaces_and_places_in_captions_are_true(scenes: list[RenderedScene]) -> None:
    place = re.compile(r"(\w+) (?:is|are) (left of|right of|above|below|inside) the (\w+)\.")
    placed = 0
    for scene in scenes:
        looks = {each.kind: each.attributes for each in scene.objects}
        for _, size, _, surface, noun in PHRASE.findall(caption(scene)):
            said = {word.strip() for word in (size, surface) if word}
            assert said <= set(looks[KIND_OF[noun]])
        kind_at = [each.kind for each in scene.objects]
        found = {(kind_at[r.subject], r.predicate, kind_at[r.object]) for r in relations(scene)}
        for subject, predicate, object_ in place.findall(caption(scene)):
            assert (KIND_OF[subject], predicate, KIND_OF[object_]) in found
            placed += 1
    assert placed > 200


def test_captions_begin_with_what_is_in_plain_sight(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        order = [KIND_OF[noun] for *_, noun in PHRASE.findall(caption(scene))]
        marginal = [scene.of(kind)[0].marginal for kind in order]
        assert marginal == sorted(marginal)


def test_the_record_counts_what_is_there(folder: Path, scenes: list[RenderedScene]) -> None:
    record, objects = content(folder / "render.json"), [each for scene in scenes[:N] for each in scene.objects]
    assert (record["images"], record["seed"], record["combinations"]) == (N, 0, "familiar")
    assert (record["objects"], record["marginal"]) == (len(objects), sum(each.marginal for each in objects))
    assert record["marginal_share"] == pytest.approx(record["marginal"] / record["objects"], abs=1e-4)
    assert {kind: counts["objects"] for kind, counts in record["kinds"].items()} == {
        kind: sum(each.kind == kind for each in objects) for kind in KINDS
    }
    assert record["world"]["marginal"] == World().marginal


def test_the_readers_of_annotations_find_the_kinds(folder: Path, scenes: list[RenderedScene]) -> None:
    for found, scene in zip(read_scenes(folder / "instances.json"), scenes[:N], strict=True):
        assert found.image.name == f"scene_{scene.index:06}.png"
        assert set(found.objects) == set(scene.kinds)


def test_pope_is_built_from_instances(folder: Path, scenes: list[RenderedScene]) -> None:
    for row in build_pope(folder / "instances.json", images=50).to_pylist():
        kind = row["text"].removeprefix("Is there a").removeprefix("n").split()[0]
        there = kind in scenes[int(row["image"][6:12])].kinds
        assert row["label"] == ("yes" if there else "no")


def test_counting_and_colour_are_built_from_scene_graphs(folder: Path, scenes: list[RenderedScene]) -> None:
    things = read_things(folder / "scene_graphs.json", "number")
    clear = {
        (f"scene_{scene.index:06}.png", kind, len(scene.of(kind)))
        for scene in scenes[:N]
        for kind in scene.kinds
        if not scene.of(kind)[0].marginal
    }
    assert {(thing.image, thing.object, thing.number) for thing in things.things} == clear
    assert set(things.left_out) == {"some can hardly be seen"}
    assert build_counting(folder / "scene_graphs.json", offsets=(0, 1)).num_rows == 3 * N
    for row in build_colour(folder / "scene_graphs.json").to_pylist():
        assert row["colour"] == scenes[int(row["image"][6:12])].of(row["object"])[0].colour


def test_chair_finds_nothing_false_and_nothing_missing_in_the_captions(folder: Path) -> None:
    annotated = read_image_objects(folder / "instances.json")
    assert annotated.vocabulary is not None
    assert annotated.vocabulary.objects == KINDS
    labels = [f"own={folder / 'instances.json'}"]
    (row,) = score("chair", [str(folder / "captions.jsonl")], labels, draws=100).to_pylist()
    assert (row["n"], row["chair_i"], row["chair_s"], row["recall"]) == (N, 0, 0, 1)
