import gzip
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError
from sightline.scenes import read_coco
from sightline.scenes.coco import coco_scenes

# Three images; b.jpg holds two dogs and a crowd of people, c.jpg nothing.
COCO: dict[str, Any] = {
    "images": [
        {"id": 7, "file_name": "a.jpg"},
        {"id": 3, "file_name": "val2014/b.jpg"},
        {"id": 5, "file_name": "c.jpg"},
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}],
    "annotations": [
        {"id": 1, "image_id": 3, "category_id": 18, "iscrowd": 0},
        {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 0},
        {"id": 3, "image_id": 3, "category_id": 1, "iscrowd": 1},
        {"id": 4, "image_id": 3, "category_id": 18, "iscrowd": 0},
    ],
}


def changed(table: str, place: int, **fields: object) -> dict[str, Any]:
    content = deepcopy(COCO)
    content[table][place].update(fields)
    return content


def test_images_keep_their_order_and_objects_the_order_of_their_annotations() -> None:
    scenes = coco_scenes(COCO, "coco.json")
    assert [(s.image.name, s.objects) for s in scenes] == [
        ("a.jpg", ("person",)),
        ("b.jpg", ("dog", "person")),
        ("c.jpg", ()),
    ]


def test_several_annotations_of_an_object_are_one_verdict() -> None:
    verdicts = coco_scenes(COCO, "coco.json")[1].verdicts
    assert len(verdicts) == 2
    assert {verdict.by for verdict in verdicts} == {"coco instances"}


def test_a_gzipped_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "instances.json.gz"
    path.write_bytes(gzip.compress(json.dumps(COCO).encode()))
    assert read_coco(path) == coco_scenes(COCO, path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            changed("annotations", 2, image_id=99),
            "c.json: annotations, entry 3: image_id is 99, which images does not list. Add it, or leave its",
        ),
        (
            changed("annotations", 0, category_id="dog"),
            "annotations, entry 1: category_id is 'dog', which categories does",
        ),
        (
            changed("annotations", 0, category_id=[18]),
            "annotations, entry 1: category_id is [18], which categories does",
        ),
        (COCO | {"annotations": [{"image_id": 3}]}, "annotations, entry 1: there is no category_id. Expected COCO"),
        (COCO | {"annotations": [3]}, "annotations, entry 1: expected a record, found 3."),
        (COCO | {"annotations": {}}, "annotations is dict, expected an array."),
        ({"images": [{}], "annotations": []}, "there is no 'categories'."),
        (COCO | {"images": []}, "images is empty."),
        (changed("images", 1, file_name=None), "images, entry 2: id is 3 and file_name is None."),
        (changed("images", 1, id=7), "images, entry 2: id 7 occurs twice."),
        (changed("images", 1, file_name="train/a.jpg"), "images, entries 1 and 2: both are called 'a.jpg'. Images are"),
        (changed("images", 0, neg_category_ids=[1]), "this is LVIS, which does not say what an image lacks"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(content: object, message: str) -> None:
    with pytest.raises(DataError) as error:
        coco_scenes(content, "c.json")
    assert message in str(error.value)
