"""POPE, built again from COCO's objects with POPE's own images and positives pinned.

Skipped where the third-party data are absent; see the fixture ``conformance``.
"""

import gzip
import json
from pathlib import Path

import pytest

from sightline.benchmarks.pope import read_labels
from sightline.cli import main
from sightline.core import Presence
from sightline.evaluation.build import build_pope

Negatives = dict[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def objects(conformance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    content = json.loads(gzip.decompress((conformance / "coco" / "coco2014_objects.json.gz").read_bytes()))
    names = content["categories"]
    lists = {f"COCO_val2014_{int(id_):012d}.jpg": [names[n] for n in held] for id_, held in content["images"].items()}
    path = tmp_path_factory.mktemp("coco") / "objects.json"
    path.write_text(json.dumps(lists))
    return path


@pytest.fixture(scope="module")
def built(conformance: Path, objects: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    pinned = str(conformance / "pope")
    assert main(["build", "pope", "--from", str(objects), "--out", str(out), "--pin", pinned, "--prefix", "coco"]) == 0
    return out


def negatives(folder: Path) -> Negatives:
    """(split, image, positive asked before) → the negative."""
    found: Negatives = {}
    questions = read_labels(folder, "pope").questions
    for positive, negative in zip(questions[::2], questions[1::2], strict=True):
        (before,), (after,) = positive.claims, negative.claims
        assert isinstance(before, Presence)
        assert isinstance(after, Presence)
        found[negative.split, negative.images[0].name, before.object] = after.object
    return found


def test_popular_negatives_are_popes_own(built: Path, conformance: Path) -> None:
    ours, theirs = negatives(built), negatives(conformance / "pope")
    assert ours.keys() == theirs.keys()
    assert sum(ours[key] == theirs[key] for key in theirs if key[0] == "popular") == 1500


def test_adversarial_negatives_are_popes_own_but_for_six(built: Path, conformance: Path) -> None:
    ours, theirs = negatives(built), negatives(conformance / "pope")
    assert sum(ours[key] == theirs[key] for key in theirs if key[0] == "adversarial") == 1494


def test_every_difference_is_listed_as_a_tie_or_a_draw(built: Path, conformance: Path) -> None:
    ours, theirs = negatives(built), negatives(conformance / "pope")
    _, *close = map(json.loads, (built / "coco_pope_build.json").read_text().splitlines())
    listed = {(row["split"], row["image"], row["positive"]): row for row in close}
    differing = [key for key in theirs if key[0] != "random" and ours[key] != theirs[key]]
    for key in differing:
        assert listed[key]["count"] is None or theirs[key] in listed[key]["others"]
    assert sum(listed[key]["count"] is None for key in differing) == 3


def test_the_popular_file_is_popes_own_but_for_its_line_ends(built: Path, conformance: Path) -> None:
    theirs = (conformance / "pope" / "coco_pope_popular.json").read_bytes()
    assert (built / "coco_pope_popular.json").read_bytes() == theirs.replace(b"\r\n", b"\n")


def test_no_negative_is_present(built: Path, objects: Path) -> None:
    present = json.loads(objects.read_text())
    assert all(negative not in present[image] for (_, image, _), negative in negatives(built).items())


@pytest.mark.parametrize("seed", [0, 1])
def test_images_and_positives_that_are_drawn_have_popes_structure(objects: Path, seed: int) -> None:
    present = json.loads(objects.read_text())
    rows = build_pope(objects, seed=seed).to_pylist()
    assert len(rows) == 9000
    assert len({(row["split"], row["image"], row["text"]) for row in rows}) == 9000
    assert len({row["image"] for row in rows}) == 500
    for row in rows:
        object_ = row["text"].split(maxsplit=3)[3].removesuffix(" in the image?")
        assert (object_ in present[row["image"]]) is (row["label"] == "yes")
