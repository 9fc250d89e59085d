import json
from pathlib import Path

import pytest

from sightline.errors import DataError, RequestError
from sightline.scenes import read_scenes

COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}],
    "categories": [{"id": 2, "name": "dog"}],
    "annotations": [{"image_id": 1, "category_id": 2}],
}


@pytest.mark.parametrize(
    ("content", "by"),
    [
        (json.dumps(COCO), "coco instances"),
        (json.dumps(COCO, indent=2), "coco instances"),
        ('{"a.jpg": ["dog"]}', "object list"),
        ('{"image": "a.jpg", "objects": ["dog"]}\n', "object list"),
    ],
)
def test_the_content_of_a_file_decides_how_it_is_read(tmp_path: Path, content: str, by: str) -> None:
    path = tmp_path / "annotations"
    path.write_text(content)
    (scene,) = read_scenes(path)
    assert (scene.image.name, scene.objects, scene.verdicts[0].by) == ("a.jpg", ("dog",), by)


def test_a_folder_is_yolo(tmp_path: Path) -> None:
    for name, text in {"images/a.jpg": "", "labels/a.txt": "0 1 1 1 1", "names.txt": "dog"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert read_scenes(tmp_path, tmp_path / "names.txt")[0].verdicts[0].by == "yolo labels"


def test_class_names_for_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.json"
    path.write_text("{}")
    with pytest.raises(
        RequestError, match=r"Class names \(n.txt\) go with a YOLO folder; .*o.json is a file that names"
    ):
        read_scenes(path, "n.txt")


def test_what_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.json: there is no such file. Check the path."):
        read_scenes(tmp_path / "none.json")
