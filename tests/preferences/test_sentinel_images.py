"""The images that captions are written of."""

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError, MissingError, RequestError
from sightline.preferences.sentinel.captions import Asked
from sightline.preferences.sentinel.images import PROMPT, asked_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b/2.jpg", "b/10.JPG", "a.png", "notes.txt"):
        (tmp_path / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / name).write_bytes(b"")
    return tmp_path / "images"


def listed(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder.parent / "image_data.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_all_pictures_of_a_folder_are_asked_the_same(folder: Path) -> None:
    found = asked_images(folder)
    assert [each.name for each in found.asked] == ["a.png", "b/10.JPG", "b/2.jpg"]
    assert found.asked[1] == Asked("b/10.JPG", PROMPT, "10", "b/10.JPG")
    assert {each.prompt for each in asked_images(folder, prompt="What is it?").asked} == {"What is it?"}


def test_a_file_says_which_images_with_what_question(folder: Path) -> None:
    file = listed(
        folder,
        {"image_id": "2", "image_path": "/data/VG/b/2.jpg", "question": "Tell me."},
        {"image": "a.png"},
    )
    assert asked_images(folder, file).asked == (
        Asked("b/2.jpg", "Tell me.", "2", "/data/VG/b/2.jpg"),
        Asked("a.png", PROMPT, "a", "a.png"),
    )
    assert asked_images(folder, file, "What is it?").asked[0].prompt == "What is it?"


def test_rows_that_ask_the_same_again_are_counted(folder: Path) -> None:
    file = listed(folder, {"image": "a.png"}, {"image": "a.png", "image_id": 7}, {"image": "a.png", "question": "Why?"})
    found = asked_images(folder, file)
    assert ([(each.image_id, each.prompt) for each in found.asked], found.repeated) == (
        [("a", PROMPT), ("a", "Why?")],
        1,
    )


def test_a_missing_image_is_left_for_later_and_none_at_all_is_an_error(folder: Path) -> None:
    file = listed(folder, {"image": "a.png"}, {"image": "gone.png"})
    assert [each.name for each in asked_images(folder, file).asked] == ["a.png", "gone.png"]
    with pytest.raises(
        MissingError, match=r"none of the 1 images that .*image_data\.jsonl lists is here, such as x\.png"
    ):
        asked_images(folder, listed(folder, {"image": "x.png"}))


def test_a_limit_draws_images_in_their_order(folder: Path) -> None:
    drawn = {tuple(each.name for each in asked_images(folder, limit=2, seed=seed).asked) for seed in range(20)}
    assert drawn == {("a.png", "b/10.JPG"), ("a.png", "b/2.jpg"), ("b/10.JPG", "b/2.jpg")}
    assert asked_images(folder, limit=2, seed=1) == asked_images(folder, limit=2, seed=1)
    assert len(asked_images(folder, limit=9).asked) == 3


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"image_id": 1}, "image_path is None, expected text"),
        ({"image": "a.png", "question": ""}, "question is '', expected text"),
        ({"image": "a.png", "image_id": [1]}, r"image_id is \[1\], expected text or a number"),
    ],
)
def test_a_broken_row_is_named(folder: Path, row: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=rf"image_data\.jsonl:1: {problem}"):
        asked_images(folder, listed(folder, row))


def test_what_is_no_folder_of_images_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such folder of images"):
        asked_images(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingError, match="there are no images here"):
        asked_images(tmp_path / "empty")
    with pytest.raises(RequestError, match="--limit is 0; expected at least one image"):
        asked_images(folder, limit=0)
