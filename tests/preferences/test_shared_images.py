"""Images that pairs share with an evaluation set: copies are found, other pictures are not."""

import io
import json
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from sightline.errors import DataError, MissingError
from sightline.preferences.evaluation_images import Compared, EvaluationSet, compare_images, read_pair_images
from sightline.preferences.image_hashes import HashCache, hash_images
from sightline.preferences.near_hashes import near
from sightline.preferences.shared_images import SharedImage, shared_by_id, shared_by_picture
from sightline.scenes.rendered import render_scenes


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HashCache]:
    with HashCache(tmp_path_factory.mktemp("cache") / "hashes.sqlite") as opened:
        yield opened


@pytest.fixture
def photographs(conformance: Path) -> dict[str, Path]:
    return {path.name: path for path in sorted((conformance / "photographs").rglob("*.jpg"))}


def silent(done: int, total: int) -> None:
    """Progress that nobody sees."""


def pixels(seed: int, side: int = 64) -> Image.Image:
    """A picture of large patches that differ from seed to seed."""
    patches = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize((side, side), Image.Resampling.BICUBIC)


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality)
    return Image.open(data)


def cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    return picture.crop((int(width * share), int(height * share), int(width * (1 - share)), int(height * (1 - share))))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "compressed": lambda picture: compressed(picture, 30),
    "halved": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "squeezed": lambda picture: picture.resize((336, 336)),
    "grey": lambda picture: picture.convert("L"),
    "brighter": lambda picture: Image.eval(picture, lambda value: min(255, value * 13 // 10)),
    "cut by one percent": lambda picture: cropped(picture, 0.01),
    "flipped": ImageOps.mirror,
    "flipped, halved and compressed": lambda picture: compressed(
        ImageOps.mirror(picture).resize((picture.width // 2, picture.height // 2)), 50
    ),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_of_a_photograph_is_found_and_no_other_is(
    photographs: dict[str, Path], cache: HashCache, tmp_path: Path, way: str
) -> None:
    originals = dict(list(photographs.items())[:3])
    copies = {}
    for name, path in originals.items():
        copies[f"copy of {name}"] = tmp_path / f"{way} {name}.png"
        COPIES[way](Image.open(path).convert("RGB")).save(copies[f"copy of {name}"])
    found = shared_by_picture(hash_images(copies, cache), hash_images(photographs, cache))
    how = "mirrored" if "flipped" in way else "picture"
    assert found == tuple(SharedImage(f"copy of {name}", name, how) for name in originals)


def test_a_file_of_the_same_bytes_is_called_so(photographs: dict[str, Path], cache: HashCache, tmp_path: Path) -> None:
    name, path = next(iter(photographs.items()))
    (tmp_path / "a.jpg").write_bytes(path.read_bytes())
    found = shared_by_picture(hash_images({"a.jpg": tmp_path / "a.jpg"}, cache), hash_images(photographs, cache))
    assert found == (SharedImage("a.jpg", name, "file"),)


def test_different_photographs_are_told_apart_by_far(photographs: dict[str, Path], cache: HashCache) -> None:
    hashes = hash_images(photographs, cache)
    apart = [
        int(np.bitwise_count(hashes.coarse[one, way] ^ hashes.coarse[other, 0]))
        for one, other in combinations(range(len(hashes.names)), 2)
        for way in (0, 1)
    ]
    assert min(apart) == 20  # of 64 bits; 6 are taken for one picture


def test_rendered_scenes_that_look_alike_are_told_apart(cache: HashCache, tmp_path: Path) -> None:
    render_scenes(tmp_path / "made", 60, seed=5)
    files = {path.name: path for path in sorted((tmp_path / "made" / "images").glob("*.png"))}
    one, other = dict(list(files.items())[:30]), dict(list(files.items())[30:])
    assert shared_by_picture(hash_images(one, cache), hash_images(other, cache)) == ()


def test_cocos_numbers_are_the_same_however_they_are_written() -> None:
    names = ["train2017/000000000009.jpg", "9.jpg", "other.png"]
    others = ["COCO_val2014_000000000009.jpg", "a/other.jpg"]
    assert shared_by_id(names, others) == (
        SharedImage("train2017/000000000009.jpg", "COCO_val2014_000000000009.jpg", "id"),
        SharedImage("other.png", "a/other.jpg", "id"),
    )


def test_visual_genomes_own_list_says_which_images_are_cocos(tmp_path: Path, cache: HashCache) -> None:
    listed = [{"image_id": 61512, "coco_id": 9, "url": "a/b"}, {"image_id": 61513, "coco_id": None, "url": "a/c"}]
    (tmp_path / "image_data.json").write_text(json.dumps(listed))
    own = read_pair_images(["VG_100K/61512.jpg", "VG_100K/61513.jpg"], tmp_path, False, cache, silent)
    evaluation = EvaluationSet("pope", ("COCO_val2014_000000000009.jpg", "COCO_val2014_000000061513.jpg"), {})
    assert compare_images(own, evaluation, cache, silent).shared == (
        SharedImage("VG_100K/61512.jpg", "COCO_val2014_000000000009.jpg", "id"),
    )


def test_where_pictures_are_at_hand_they_decide_and_names_where_not(cache: HashCache, tmp_path: Path) -> None:
    for folder, seeds in (("own", (1, 2, 3)), ("theirs", (9, 2))):
        (tmp_path / folder).mkdir()
        for place, seed in enumerate(seeds):
            pixels(seed).save(tmp_path / folder / f"{place}.png")
    theirs = {f"{place}.png": tmp_path / "theirs" / f"{place}.png" for place in (0, 1)}
    evaluation = EvaluationSet("mine", ("0.png", "1.png", "2.png"), theirs)
    own = read_pair_images(["0.png", "1.png", "2.png", "2.png"], tmp_path / "own", True, cache, silent)
    shared = (SharedImage("1.png", "1.png", "file"), SharedImage("2.png", "2.png", "id"))
    assert compare_images(own, evaluation, cache, silent) == Compared("mine", 3, 2, shared, other_picture=1)


def test_hashes_are_kept_until_a_file_changes(cache: HashCache, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    pixels(1).save(path)
    before = hash_images({"a": path}, cache)
    told: list[tuple[int, int]] = []
    assert hash_images({"a": path, "b": path}, cache, lambda *at: told.append(at)).sha256 == before.sha256 * 2
    assert told == [(2, 2)]
    pixels(2, side=80).save(path)
    after = hash_images({"a": path}, cache)
    assert (after.sha256 == before.sha256, after.coarse[0, 0] == before.coarse[0, 0]) == (False, False)


def test_a_file_that_is_no_picture_is_an_error(cache: HashCache, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(DataError, match="not a picture"):
        hash_images({"a": tmp_path / "a.png"}, cache)
    with pytest.raises(MissingError, match="the picture is not there"):
        hash_images({"b": tmp_path / "b.png"}, cache)


@pytest.mark.parametrize("at_most", [0, 3, 4, 6, 9])
def test_near_hashes_are_those_that_comparing_each_with_each_finds(at_most: int) -> None:
    draws = np.random.default_rng(0)
    hashes = draws.integers(0, 2**64, 300, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in draws.choice(64, count, replace=False)) for count in range(12)]
    others = np.concatenate([hashes[:120] ^ np.resize(np.array(flips, np.uint64), 120), hashes[:7]])
    one, other = np.nonzero(np.bitwise_count(hashes[:, None] ^ others[None]) <= at_most)
    found_one, found_other = near(hashes, others, at_most)
    assert len(one) >= 10
    assert (found_one.tolist(), found_other.tolist()) == (one.tolist(), other.tolist())


def test_nothing_is_near_where_there_is_nothing() -> None:
    none, some = np.empty(0, np.uint64), np.zeros(3, np.uint64)
    assert [len(near(*both, at_most=6)[0]) for both in ((none, some), (some, none), (some, some))] == [0, 0, 9]
