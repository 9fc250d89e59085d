import io

import pytest
from PIL import Image

from sightline.errors import DataError, RequestError
from sightline.report.thumbnails import thumbnails


def _save(path, size=(800, 400), colour="red", **options):
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.new("RGBA" if path.suffix == ".png" else "RGB", size, colour).save(path, **options)


def _open(data):
    return Image.open(io.BytesIO(data))


def test_the_longer_side_is_cut_to_size(tmp_path) -> None:
    _save(tmp_path / "a.jpg")
    assert _open(thumbnails(tmp_path, ["a.jpg"], 100).found["a.jpg"]).size == (100, 50)


def test_a_small_image_is_not_blown_up(tmp_path) -> None:
    _save(tmp_path / "a.jpg", (40, 20))
    assert _open(thumbnails(tmp_path, ["a.jpg"], 100).found["a.jpg"]).size == (40, 20)


def test_an_image_is_turned_upright(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    _save(tmp_path / "a.jpg", exif=exif)
    image = _open(thumbnails(tmp_path, ["a.jpg"], 100).found["a.jpg"])
    assert image.size == (50, 100)
    assert not image.getexif()


def test_transparency_becomes_white(tmp_path) -> None:
    _save(tmp_path / "a.png", colour=(0, 0, 0, 0))
    assert min(_open(thumbnails(tmp_path, ["a.png"]).found["a.png"]).getpixel((5, 5))) > 250


def test_images_in_folders_within_are_found(tmp_path) -> None:
    _save(tmp_path / "val2014" / "a.jpg")
    assert list(thumbnails(tmp_path, ["a.jpg"]).found) == ["a.jpg"]


def test_absent_images_are_listed(tmp_path) -> None:
    _save(tmp_path / "a.jpg")
    assert thumbnails(tmp_path, ["b.jpg", "a.jpg", "b.jpg"]).absent == ("b.jpg",)


def test_a_folder_without_any_of_the_images_is_refused_with_a_name_looked_for(tmp_path) -> None:
    with pytest.raises(DataError, match=r"holds none of the 2 images asked for; the first is 'a\.jpg'"):
        thumbnails(tmp_path, ["a.jpg", "b.jpg"])


def test_a_name_cannot_lead_out_of_the_folder(tmp_path) -> None:
    _save(tmp_path / "secret.jpg")
    _save(tmp_path / "images" / "a.jpg")
    assert thumbnails(tmp_path / "images", ["a.jpg", "../secret.jpg"]).absent == ("../secret.jpg",)


def test_a_broken_image_is_named(tmp_path) -> None:
    (tmp_path / "a.jpg").write_text("no image")
    with pytest.raises(DataError, match=r"a\.jpg: cannot be read as an image"):
        thumbnails(tmp_path, ["a.jpg"])


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match="there is no such folder of images"):
        thumbnails(tmp_path / "nowhere", ["a.jpg"])


def test_a_size_is_at_least_one_pixel(tmp_path) -> None:
    with pytest.raises(RequestError, match="0 pixels"):
        thumbnails(tmp_path, ["a.jpg"], 0)
