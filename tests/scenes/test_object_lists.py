import gzip
import json
from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.scenes import read_object_lists

LISTS = {"a.jpg": ["dog", "cat"], "b.jpg": []}
LINES = '{"image": "a.jpg", "objects": ["dog", "cat"]}\n{"image": "b.jpg", "objects": []}\n'


@pytest.mark.parametrize(
    "text", [json.dumps(LISTS), json.dumps(LISTS, indent=1), LINES, f"[{LINES.strip()}]".replace("\n", ",")]
)
def test_every_layout_gives_the_same_scenes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "objects.json"
    path.write_text(text)
    assert {scene.image.name: list(scene.objects) for scene in read_object_lists(path)} == LISTS


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "objects.jsonl.gz"
    path.write_bytes(gzip.compress(LINES.encode()))
    assert [scene.objects for scene in read_object_lists(path)] == [("dog", "cat"), ()]


def test_an_object_listed_twice_is_there_once_and_folders_are_left_off(tmp_path: Path) -> None:
    path = tmp_path / "objects.json"
    path.write_text('{"val/a.jpg": ["dog", "dog"]}')
    (scene,) = read_object_lists(path)
    assert (scene.image.name, len(scene.verdicts)) == ("a.jpg", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LINES + LINES, "o.json:3: image 'a.jpg' occurs twice. Images are known by their file names without folders"),
        (LINES + '{"image": "c.jpg"}', "o.json:3: there is no 'objects'; found image. Expected "),
        (
            LINES + '{"image": "c.jpg", "objects": "dog"}',
            "o.json:3: the objects of c.jpg are 'dog', expected a list of",
        ),
        (LINES + '{"image": 3, "objects": []}', "o.json:3: image is 3, expected a file name."),
        (LINES + '{"image": "c.jpg", "obj', "o.json:3: this line is not JSON"),
        ('{"a.jpg": ["dog", ""]}', """o.json: the objects of a.jpg are "['dog', '']", expected a list of names."""),
        ('{"x/a.jpg": [], "y/a.jpg": []}', "o.json: image 'a.jpg' occurs twice."),
        ("{}", "o.json: this holds no objects of images: {}. Expected "),
        ("3", "o.json: this holds no objects of images: 3."),
    ],
)
def test_a_broken_file_is_refused_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "o.json"
    path.write_text(text)
    with pytest.raises(DataError) as error:
        read_object_lists(path)
    assert message in str(error.value)
