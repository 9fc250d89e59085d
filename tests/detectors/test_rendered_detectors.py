"""The two detectors of the rendered world: they look at pixels, and what they see is there."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from single_objects import overlap, picture

from sightline.core.detecting import Detecting
from sightline.detectors import glance
from sightline.detectors.contour import Contour
from sightline.detectors.contour_ground import fit_ground
from sightline.detectors.contour_matching import RADII
from sightline.detectors.glance import Glance, glance_folder
from sightline.detectors.glance_network import GlanceNetwork
from sightline.detectors.named import RENDERED, detector
from sightline.errors import DataError, RequestError
from sightline.scenes.rendered import RenderedObject, compose, paint
from sightline.scenes.rendered.paint import paint_without_noise
from sightline.scenes.rendered.world import COLOURS, KINDS, SIZES, TEXTURES, mates_of

LARGE = RenderedObject("moon", "pink", "plain", "large", x=64, y=60, radius=12)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module", params=RENDERED)
def looking(request: pytest.FixtureRequest) -> Detecting:
    return detector(request.param)


def seen(looking: Detecting, path: Path) -> set[str]:
    return {sighting.object for sighting in looking.look(path, KINDS) if sighting.score >= looking.threshold}


def test_every_kind_alone_is_seen_where_it_is_and_nothing_else(looking: Detecting, tmp_path: Path) -> None:
    wrong = []
    for place, kind in enumerate(KINDS):
        colour, texture = tuple(COLOURS)[place % 8], TEXTURES[place % 3]
        each = replace(LARGE, kind=kind, colour=colour, texture=texture, x=40 + 2 * place)
        path = picture(tmp_path, each, seed=place)
        (sighting,) = looking.look(path, [kind])
        if seen(looking, path) != {kind} or overlap(sighting, each) < 0.6:
            wrong.append((kind, seen(looking, path), overlap(sighting, each)))
    assert len(wrong) <= 1, wrong


def test_nothing_is_seen_on_the_bare_ground(looking: Detecting, tmp_path: Path) -> None:
    assert [seen(looking, picture(tmp_path, seed=seed)) for seed in range(6)] == [set()] * 6


def test_what_goes_along_with_an_object_is_not_seen_for_it(looking: Detecting, tmp_path: Path) -> None:
    for seed, kind in enumerate(("cup", "anchor", "tree")):
        pair = [replace(LARGE, kind=kind, x=x, colour="yellow") for x in (30, 90)]
        assert not seen(looking, picture(tmp_path, *pair, seed=seed)) & set(mates_of(kind))


def test_a_score_comes_from_the_pixels_alone(looking: Detecting, tmp_path: Path) -> None:
    path = picture(tmp_path, LARGE)
    moved = tmp_path / "star_and_cup.png"
    shutil.copy(path, moved)
    assert looking.look(path, KINDS) == looking.look(moved, KINDS)
    assert looking.look(path, ["cup", "moon"]) == tuple(
        looking.look(path, KINDS)[KINDS.index(k)] for k in ("cup", "moon")
    )


def test_other_words_and_other_pictures_are_refused(looking: Detecting, tmp_path: Path) -> None:
    path = picture(tmp_path, LARGE)
    with pytest.raises(RequestError, match=rf"{looking.name} cannot look for 'moons', 'dog': it knows .* in the sing"):
        looking.look(path, ["moon", "moons", "dog"])
    Image.new("RGB", (640, 480)).save(tmp_path / "photo.png")
    with pytest.raises(DataError, match=rf"photo\.png: the picture has 640 × 480 pixels, and {looking.name} looks at"):
        looking.look(tmp_path / "photo.png", ["moon"])
    with pytest.raises(DataError, match=r"gone\.png: the picture is not there"):
        looking.look(tmp_path / "gone.png", ["moon"])


def test_contour_finds_faint_tiny_and_half_covered_objects(tmp_path: Path) -> None:
    contour = Contour()
    faint = replace(LARGE, kind="star", opacity=0.14, colour="white")
    tiny = replace(LARGE, kind="house", radius=4, x=20)
    host = replace(LARGE, kind="ball", colour="blue", x=70)
    behind = replace(LARGE, kind="anchor", colour="orange", x=58, y=52)
    for objects, kind in (([faint], "star"), ([tiny], "house"), ([behind, host], "anchor")):
        assert kind in seen(contour, picture(tmp_path, *objects)), kind


def test_contour_keeps_two_touching_objects_of_a_colour_apart(tmp_path: Path) -> None:
    pair = [replace(LARGE, kind="hammer", x=40), replace(LARGE, kind="bottle", x=60)]
    assert seen(Contour(), picture(tmp_path, *pair)) == {"hammer", "bottle"}


def test_the_ground_is_fitted_through_what_lies_on_it() -> None:
    scene = compose(21, 4)
    bare = paint_without_noise(replace(scene, objects=())) * 255
    ground = fit_ground(paint(scene).astype(np.float32))
    off = np.abs(ground.level - bare)
    assert np.median(off) < 1
    assert np.quantile(off, 0.95) < 5
    assert 4 < ground.noise < 12, "grain has a standard deviation of 5 to 10"


def test_contour_knows_every_size_that_objects_have() -> None:
    sizes = {radius for low, high in SIZES.values() for radius in range(low, high + 1)}
    assert sizes <= set(RADII)
    radii = {each.radius for index in range(60) for each in compose(3, index).objects}
    assert radii <= set(RADII)


def test_a_score_that_moves_raises_the_version_of_contour(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(paint(compose(12, 3))).save(path)
    found = {s.object: round(s.score, 2) for s in Contour().look(path, KINDS) if s.score > 0.3}
    assert (Contour().version, found) == ("1", GOLDEN)


GOLDEN = {"boat": 0.72, "shell": 0.91, "anchor": 0.62, "ball": 0.77, "gear": 0.76}


def test_glance_is_small_and_its_version_is_the_hash_of_its_weights() -> None:
    folder = glance_folder()
    assert (folder / "glance.safetensors").stat().st_size <= 1_000_000
    assert sum(p.numel() for p in GlanceNetwork(len(KINDS)).parameters()) <= 300_000
    sums = json.loads((folder / "checksums.json").read_text())
    assert sums["glance.safetensors"].startswith(Glance().version)


def test_glance_was_trained_on_the_kinds_in_their_order_and_on_a_stream_of_its_own() -> None:
    record = json.loads((glance_folder() / "glance.json").read_text())
    assert record["kinds"] == list(KINDS)
    assert record["stream"] not in (0, 1)


def test_a_damaged_file_of_glance_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = shutil.copytree(glance_folder(), tmp_path / "bundled")
    data = bytearray((copied / "glance.safetensors").read_bytes())
    data[-5] ^= 1
    (copied / "glance.safetensors").write_bytes(data)
    monkeypatch.setattr(glance, "__file__", str(tmp_path / "glance.py"))
    with pytest.raises(DataError, match=r"glance\.safetensors: the bundled model is damaged"):
        Glance()


def test_the_network_sees_41_pixels_around_a_place() -> None:
    torch.manual_seed(0)
    network = GlanceNetwork(2).eval()
    pixels = torch.randn(1, 3, 128, 128, requires_grad=True)
    network(pixels).logits[0, :, 16, 16].sum().backward()
    assert pixels.grad is not None
    rows = torch.nonzero(pixels.grad.abs().sum(dim=(0, 1, 3))).flatten()
    assert (int(rows[0]), int(rows[-1])) == (64 - 20, 64 + 20)
