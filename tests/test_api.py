"""What Python users call: from scenes to pairs, to a tuned model, to plain weights."""

from dataclasses import replace
from pathlib import Path

import pytest

import sightline
from sightline.core import Drawing
from sightline.errors import DataError, RequestError
from sightline.preferences.finer.run import FinerPairs
from sightline.tuning.recipes import Recipe, recipe


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six rendered scenes, and pairs of them beside."""
    folder = tmp_path_factory.mktemp("scenes")
    sightline.render_scenes(folder, n=6, seed=3)
    made = sightline.make_finer_pairs(
        folder / "scene_graphs.json", folder / "pairs.jsonl", folder / "images", FinerPairs(articles=True)
    )
    assert len(made.pairs) == sum(made.record["phrases"].values()) > 12
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found in the cache that other tests have left."""
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))


def one_step() -> Recipe:
    chosen = recipe("finer-bundled")
    return replace(chosen, schedule=replace(chosen.schedule, batch_pairs=4, steps=1))


def test_pairs_are_read_and_written_for_another_trainer(scenes: Path, tmp_path: Path) -> None:
    pairs = sightline.read_pairs(scenes / "pairs.jsonl", scenes / "images")
    written = sightline.export_pairs(pairs, "trl", tmp_path / "trl.jsonl", images=scenes / "images")
    assert [pair.chosen for pair in sightline.read_pairs(written.files[0])] == [pair.chosen for pair in pairs]


def test_pairs_are_held_against_the_images_that_something_is_measured_on(scenes: Path, tmp_path: Path) -> None:
    sightline.render_scenes(tmp_path, n=6, seed=4)
    check = (scenes / "pairs.jsonl", scenes / "images")
    assert sightline.check_pairs(*check, against=[tmp_path / "images"]) == ()
    shared = sightline.check_pairs(*check, against=[scenes / "images"])
    assert {problem.kind for problem in shared} == {"shared image"}
    assert [problem.row for problem in shared] == list(range(1, 1 + len(sightline.read_pairs(check[0]))))
    with pytest.raises(DataError, match="there is no such folder of images"):
        sightline.check_pairs(*check, against=[tmp_path / "nowhere"])


def test_sentences_of_a_models_captions_become_pairs(scenes: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="1 detectors are named; two vote"):
        sightline.make_sentinel_pairs("bundled", scenes / "images", tmp_path / "out", ["contour"])
    made = sightline.make_sentinel_pairs(
        "bundled", scenes / "images", tmp_path / "out", ["contour", "glance"], "rendered", Drawing(3), limit=1
    )
    assert made.summary.images == 1
    assert made.summary.drawn == 3 * made.summary.sentences > 0


def test_a_tuned_model_is_measured_and_merged_like_any(scenes: Path, tmp_path: Path) -> None:
    tuned = sightline.tune("bundled", scenes / "pairs.jsonl", scenes / "images", tmp_path / "tuned", one_step())
    assert tuned.steps == 1
    sightline.build_counting(scenes / "scene_graphs.json", tmp_path / "counting.jsonl", offsets=(1,))
    merged = sightline.merge(tuned.folder, tmp_path / "merged")
    for name in ("bundled", str(tuned.folder), str(merged.folder)):
        labels = [f"own={tmp_path / 'counting.jsonl'}"]
        sightline.measure("counting", name, scenes / "images", tmp_path / "runs" / Path(name).name, labels)
    found = sightline.before_after([tmp_path / "runs/bundled"], [tmp_path / "runs/tuned"], draws=100)
    assert found.after["details"]["base"] == found.before["hash"]
    assert set(found.rates["benchmark"].to_pylist()) == {"counting"}
