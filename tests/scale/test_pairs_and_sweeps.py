"""SENTINEL's pairs and sweeps through two workers: what one process writes, whoever is killed."""

import json
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from logged_crew import started
from pyarrow import parquet

from sightline.core import Drawing
from sightline.errors import RequestError
from sightline.evaluation.build_presupposed import build_counting
from sightline.evaluation.measure import Progress
from sightline.mechanisms.sweep import SweepSettings
from sightline.mechanisms.sweep_run import Screen, plan_sweep, run_sweep
from sightline.preferences.sentinel.images import asked_images
from sightline.preferences.sentinel.run import SentinelPairs, make_sentinel_pairs
from sightline.scale.loading import Loading
from sightline.scale.pairs import SentinelLoading, sentinel_crew
from sightline.scale.sweep import SweepLoading, sweep_crew
from sightline.scenes.rendered import render_scenes

AT_ONCE = 1
LOADING = SentinelLoading(
    Loading("bundled"),
    ("contour", "glance"),
    "rendered",
    Drawing(n=6, temperature=1.2, max_new_tokens=32),
    most_sentences=2,
    at_once=AT_ONCE,
)


@pytest.fixture(scope="module", autouse=True)
def ray() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray's own: sockets and processes that it leaves to the system
        ray = started()
        yield ray
        ray.shutdown()


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=6, seed=3)
    return folder


def pairs(model: Any, scenes: Path, out: Path, progress: Callable[[int, int], None] | None = None) -> SentinelPairs:
    images = scenes / "images"
    return make_sentinel_pairs(model, asked_images(images), images, LOADING.settings("cpu"), out, progress)


def captions(made: SentinelPairs) -> list[str]:
    """All candidates of all images, and what was made of them."""
    return sorted((made.folder / "captions.jsonl").read_text().splitlines())


def test_two_workers_make_the_pairs_of_one_process_though_one_is_killed(scenes: Path, tmp_path: Path) -> None:
    alone = pairs(LOADING.load().model, scenes, tmp_path / "one")
    crew = sentinel_crew(LOADING, AT_ONCE, workers=2)
    killed = crew.crew.workers[0].pid

    def kill(done: int, total: int) -> None:
        if done == 1:
            os.kill(killed, signal.SIGKILL)

    made = pairs(crew, scenes, tmp_path / "two", kill)
    crew.close()
    assert made.summary.hallucinated > 0
    assert made.identity.hash == alone.identity.hash
    for one, two in zip(alone.files, made.files, strict=True):
        assert (two.name, two.read_bytes()) == (one.name, one.read_bytes())
    # every caption was written once, by whoever was there in the end
    assert captions(made) == captions(alone)
    assert made.spent.drawn == alone.spent.drawn
    # one process takes the folder for its own
    assert pairs(LOADING.load().model, scenes, tmp_path / "two").resumed == 6


def test_a_scripted_model_writes_no_captions_on_a_worker() -> None:
    with pytest.raises(RequestError, match="scripted:Yes cannot be drawn from sentence by sentence"):
        SentinelLoading(Loading("scripted:Yes"), ("contour", "glance")).load()


def sweep(model: Any, scenes: Path, out: Path, **how: Any) -> list[Any]:
    """What the tables of a sweep hold."""
    plan = plan_sweep("counting", scenes / "images", [f"own={scenes / 'counting.jsonl'}"])
    settings = SweepSettings(texts=True, max_new_tokens=8)
    run_sweep(plan, model, out, settings, batch_images=1, screen=Screen(2, 0), **how)
    return [parquet.read_table(out / f"{name}.parquet").to_pylist() for name in ("prompts", "estimates", "effects")]


def test_two_workers_sweep_as_one_process_though_one_is_killed(scenes: Path, tmp_path: Path) -> None:
    build_counting(scenes / "scene_graphs.json", scenes / "counting.jsonl", offsets=(1,))
    alone = sweep(Loading("bundled").load_whole(), scenes, tmp_path / "one")
    crew = sweep_crew(SweepLoading(Loading("bundled")), workers=2)
    killed, told = crew.crew.workers[0].pid, []

    def kill(now: Progress) -> None:
        told.append(now.done)
        if len(told) == 1:
            os.kill(killed, signal.SIGKILL)

    assert sweep(crew, scenes, tmp_path / "two", progress=kill) == alone
    crew.close()
    assert told[-1] == now_total(tmp_path / "two")


def now_total(folder: Path) -> int:
    count: int = json.loads((folder / "sweep.json").read_text())["prompts"]["count"]
    return count
