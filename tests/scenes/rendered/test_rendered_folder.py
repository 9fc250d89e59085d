"""A folder of scenes is there whole or can be gone on with, whatever happened to it."""

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from sightline.errors import DataError, RequestError
from sightline.records import atomic
from sightline.scenes.rendered import World, compose, paint, render_scenes
from sightline.scenes.rendered.png import encode, is_whole

FILES = ["captions.jsonl", "instances.json", "render.json", "scene_graphs.json", "vocabulary.json"]


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Every file by its path within the folder, but for the lock."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "render.lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What ten scenes are, rendered in one go."""
    return bytes_in(render_scenes(tmp_path_factory.mktemp("whole"), n=10).folder)


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """A disk that is full: the write that goes too far fails, after writing what still fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_holds_pictures_and_what_is_true_of_them(whole: dict[str, bytes], tmp_path: Path) -> None:
    assert list(whole) == [*FILES[:1], *(f"images/scene_{index:06}.png" for index in range(10)), *FILES[1:]]
    (tmp_path / "a.png").write_bytes(whole["images/scene_000003.png"])
    with Image.open(tmp_path / "a.png") as picture:
        assert (picture.mode, picture.size) == ("RGB", (128, 128))
        assert (np.asarray(picture) == paint(compose(0, 3))).all()
    pictures = b"".join(data for name, data in whole.items() if name.endswith(".png"))
    assert json.loads(whole["render.json"])["sha256"] == sha256(pictures).hexdigest()


def test_the_same_settings_give_the_same_bytes_and_others_do_not(whole: dict[str, bytes], tmp_path: Path) -> None:
    assert bytes_in(render_scenes(tmp_path / "again", n=10).folder) == whole
    fewer = bytes_in(render_scenes(tmp_path / "fewer", n=4).folder)
    assert all(fewer[f"images/scene_{index:06}.png"] == whole[f"images/scene_{index:06}.png"] for index in range(4))
    assert whole["captions.jsonl"].startswith(fewer["captions.jsonl"])
    assert whole["scene_graphs.json"].startswith(fewer["scene_graphs.json"].removesuffix(b"\n]\n"))
    other = bytes_in(render_scenes(tmp_path / "other", n=10, seed=1).folder)
    assert not {data for name, data in other.items() if name.endswith(".png")} & set(whole.values())


def test_progress_ends_with_the_last_picture(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    render_scenes(tmp_path, n=40, progress=lambda done, total: told.append((done, total)))
    assert [total for _, total in told] == [40] * len(told)
    assert len(told) > 1
    assert sorted({done for done, _ in told})[-1] == told[-1][0] == 40


def test_a_finished_folder_is_left_as_it_is(whole: dict[str, bytes], tmp_path: Path) -> None:
    assert render_scenes(tmp_path, n=10).kept == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "images").iterdir()}
    told: list[tuple[int, int]] = []
    again = render_scenes(tmp_path, n=10, progress=lambda done, total: told.append((done, total)))
    assert (again.kept, again.images, again.objects) == (10, 10, json.loads(whole["render.json"])["objects"])
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "images").iterdir()} == before
    assert bytes_in(tmp_path) == whole
    assert told == [(10, 10)]


@pytest.mark.parametrize("damage", [b"", b"\0" * 30_000, "cut off by one", "one byte changed", None])
def test_a_picture_that_a_power_cut_spoilt_is_painted_anew(
    whole: dict[str, bytes], tmp_path: Path, damage: bytes | str | None
) -> None:
    render_scenes(tmp_path, n=10)
    file = tmp_path / "images" / "scene_000004.png"
    data = file.read_bytes()
    changed = {"cut off by one": data[:-1], "one byte changed": data[:999] + bytes([data[999] ^ 1]) + data[1000:]}
    file.write_bytes(changed[damage] if isinstance(damage, str) else damage or b"")
    if damage is None:
        file.unlink()
    assert render_scenes(tmp_path, n=10).kept == 9
    assert bytes_in(tmp_path) == whole


def test_pictures_that_were_exchanged_are_noticed(tmp_path: Path) -> None:
    render_scenes(tmp_path, n=3)
    (tmp_path / "images/scene_000001.png").write_bytes(encode(paint(compose(9, 9))))
    with pytest.raises(DataError, match=r"images: the pictures are not those that were rendered: .* --overwrite"):
        render_scenes(tmp_path, n=3)
    assert render_scenes(tmp_path, n=3, overwrite=True).kept == 0


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "d.txt", "c.txt"):
        (tmp_path / name).write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(RequestError, match=r"holds a\.txt, b\.txt, c\.txt, … but no rendered scenes\. Choose a f"):
            render_scenes(tmp_path, n=2, overwrite=overwrite)
    assert list(bytes_in(tmp_path).values()) == [b"mine"] * 4
    assert not (tmp_path / "render.lock").exists()


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    render_scenes(tmp_path, n=2)
    before = bytes_in(tmp_path)
    with pytest.raises(RequestError) as refused:
        render_scenes(tmp_path, n=3, seed=1, world=World(marginal=0.5))
    assert "images was 2, is 3; seed was 0, is 1; marginal was 0.8, is 0.5. Choose another folder" in str(refused.value)
    assert bytes_in(tmp_path) == before


def test_overwriting_begins_anew_and_leaves_other_files(whole: dict[str, bytes], tmp_path: Path) -> None:
    render_scenes(tmp_path, n=12, seed=1)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "images" / "mine.png").write_text("mine")
    assert render_scenes(tmp_path, n=10, overwrite=True).kept == 0
    assert bytes_in(tmp_path) == {**whole, "notes.txt": b"mine", "images/mine.png": b"mine"}


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    with FileLock(tmp_path / "render.lock"), pytest.raises(RequestError, match="another process is rendering into"):
        render_scenes(tmp_path, n=1)


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RequestError, match="file is a file; scenes are written to a folder"):
        render_scenes(tmp_path / "file", n=1)
    with pytest.raises(DataError, match=r"file/scenes: no scenes can be written here \(.*Not a directory"):
        render_scenes(tmp_path / "file" / "scenes", n=1)


def test_what_cannot_be_rendered_is_said_before_anything_is_written(tmp_path: Path) -> None:
    for asked, message in (
        ({"n": 0}, "0 scenes were asked for; ask for one or more"),
        ({"seed": -1}, "The seed is -1; seeds start from 0"),
        ({"combinations": "new"}, "Combinations are 'new'; expected familiar, novel, any"),
        ({"world": World(marginal=1.5)}, "marginal is 1.5; it is a share, from 0 to 1"),
        ({"world": World(stray=float("nan"))}, "stray is nan; it is a share"),
        ({"world": World(faintest=0.5)}, "faintest is 0.5 and faint 0.15; expected 0 < faintest <= faint"),
        ({"world": World(fewest=5, most=3)}, "Scenes of 5 to 3 objects were asked for; there is room for 1 to 16"),
    ):
        with pytest.raises(RequestError, match=message):
            render_scenes(tmp_path / "out", **asked)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing_half_written(whole: dict[str, bytes], tmp_path: Path) -> None:
    sizes = [len(whole[f"images/scene_{index:06}.png"]) for index in range(10)]
    first = next(index for index, size in enumerate(sizes) if size == max(sizes))
    with (
        no_file_grows_beyond(max(sizes) - 1),
        pytest.raises(DataError, match=rf"scene_{first:06}\.png: cannot be written \(File too large\)"),
    ):
        render_scenes(tmp_path, n=10)
    expected = {f"images/scene_{index:06}.png" for index in range(first)} | {"render.part.json"}
    assert set(bytes_in(tmp_path)) == expected
    with no_file_grows_beyond(max(sizes)), pytest.raises(DataError, match=r"scene_graphs\.json: cannot be written"):
        render_scenes(tmp_path, n=10)
    assert set(bytes_in(tmp_path)) == {*(n for n in whole if "images" in n), "instances.json", "render.part.json"}
    assert render_scenes(tmp_path, n=10).kept == 10
    assert bytes_in(tmp_path) == whole


def test_a_disk_that_is_full_when_it_is_waited_for_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    render_scenes(tmp_path, n=2)
    (tmp_path / "render.json").rename(tmp_path / "render.part.json")
    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(DataError, match=r"scene_000000\.png: cannot be written \(No space left on device\)"):
        render_scenes(tmp_path, n=2)
    assert not (tmp_path / "render.json").exists()


def test_a_process_that_is_killed_leaves_whole_pictures_and_is_gone_on_with(tmp_path: Path) -> None:
    n, out = 150, tmp_path / "out"
    command = [sys.executable, "-m", "sightline", "scenes", "render", "--n", str(n), "--out", str(out)]
    kept = [0]
    for _ in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(list(out.glob("images/scene_*.png"))) < min(kept[-1] + 25, n) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        pictures = list(out.glob("images/scene_*.png"))
        assert all(is_whole(path.read_bytes()) for path in pictures)
        kept.append(len(pictures))
    rendered = render_scenes(out, n=n)
    assert rendered.kept >= kept[-1] > kept[1] > 0
    assert bytes_in(out) == bytes_in(render_scenes(tmp_path / "in one go", n=n).folder)
    assert not list(out.rglob(".*"))
