"""How glance is trained: on scenes that nobody else sees, in which nothing goes along with anything."""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "recipes"))
from train_glance import STREAM, Batch, Scenes, loss_of, parsed, rate, scene_of, train

from sightline.detectors.glance_network import STRIDE, Maps
from sightline.scenes.rendered import compose
from sightline.scenes.rendered.world import KINDS, mates_of


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_its_scenes_are_of_no_stream_that_others_see() -> None:
    assert STREAM not in (0, 1)
    for index in range(5):
        own = scene_of(7, index)
        assert all(own.objects != compose(7, index, combinations="any", stream=stream).objects for stream in (0, 1))
        assert own == scene_of(7, index)


def test_mates_of_what_is_there_are_as_rare_as_other_kinds() -> None:
    there: Counter[bool] = Counter()
    asked: Counter[bool] = Counter()
    for index in range(300):
        kinds = set(scene_of(0, index).kinds)
        for kind in KINDS:
            among = bool(set(mates_of(kind)) & (kinds - {kind}))
            asked[among] += 1
            there[among] += kind in kinds
    shares = {among: there[among] / asked[among] for among in (True, False)}
    # in the world as users render it, 0.5 and more of the mates are there, and 0.1 of the others
    assert abs(shares[True] - shares[False]) < 0.05


def test_a_target_has_its_middle_where_the_object_has_it() -> None:
    batch = Scenes(0, 1, 2).batch(0)
    scene = scene_of(0, 0)
    each = scene.objects[-1]
    row, column = (min(round(at / STRIDE), 31) for at in (each.y, each.x))
    assert batch.near[0, KINDS.index(each.kind), row, column] == 1
    left, top, right, bottom = (float(of) for of in batch.edges[0, :, row, column] * STRIDE)
    box = (column * STRIDE - left, row * STRIDE - top, column * STRIDE + right, row * STRIDE + bottom)
    assert box == pytest.approx(each.box, abs=1e-4)
    kinds = {KINDS[place] for place in np.flatnonzero(batch.near[0].numpy().max(axis=(1, 2)) == 1)}
    assert kinds == set(scene.kinds)


def test_the_loss_is_nothing_where_all_is_right_and_grows_with_what_is_missed() -> None:
    near = torch.zeros(1, 1, 2, 2)
    near[0, 0, 0, 0] = 1
    middle = torch.zeros(1, 2, 2, dtype=torch.bool)
    middle[0, 0, 0] = True
    edges = torch.full((1, 4, 2, 2), 3.0)
    batch = Batch(torch.zeros(1), near, edges, middle)
    right = torch.full((1, 1, 2, 2), -30.0)
    right[0, 0, 0, 0] = 30
    assert float(loss_of(Maps(right, edges), batch)) == pytest.approx(0, abs=1e-6)
    # missed by p = 0.5: 0.25 · log 2; edges off by one: 0.1
    missed = right.clone()
    missed[0, 0, 0, 0] = 0
    assert float(loss_of(Maps(missed, edges + 1), batch)) == pytest.approx(0.25 * np.log(2) + 0.1, rel=1e-5)


def test_the_rate_goes_up_and_down_again() -> None:
    assert [round(rate(step, 100, 1.0), 2) for step in (0, 4, 50, 99)] == [0.2, 1.0, 0.5, 0.0]


def test_a_short_training_writes_what_the_package_holds(tmp_path: Path) -> None:
    train(parsed(["--out", str(tmp_path), "--steps", "2", "--images", "2", "--every", "1", "--workers", "0"]))
    bundled = Path(__file__).parents[2] / "src/sightline/detectors/bundled"
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in bundled.iterdir()}
    ours, theirs = (json.loads((folder / "glance.json").read_text()) for folder in (bundled, tmp_path))
    assert ours.keys() == theirs.keys()
    assert ours["settings"].keys() == theirs["settings"].keys()
