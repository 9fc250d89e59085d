import json
from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.records.recorded_captions import image_key, read_recorded_captions


def written(folder: Path, text: str) -> Path:
    file = folder / "captions.json"
    file.write_text(text)
    return file


def read(folder: Path, text: str) -> list[tuple[int, str | None, str]]:
    return [(row.row, row.question_id, row.text) for row in read_recorded_captions(written(folder, text)).rows]


@pytest.mark.parametrize(
    ("image", "key"),
    [
        (123, "123"),
        ("123", "123"),
        ("COCO_val2014_000000000123.jpg", "123"),
        ("train/COCO_train2014_000000000123", "123"),
        ("000000000123.jpg", "123"),
        ("0123.jpg", "0123"),
        ("a/b.v2.PNG", "b.v2"),
        ("2401.12", "2401.12"),
    ],
)
def test_an_image_is_known_by_its_coco_id_or_its_name(image: str | int, key: str) -> None:
    assert image_key(image) == key


def test_objects_one_after_the_other_are_numbered_by_the_lines_they_begin_on(tmp_path: Path) -> None:
    text = '{\n "image_id": 1,\n "text": "A dog."\n}\n{"image_id": 2, "text": ""}\n\n{"image": "c.jpg", "caption": "C"}'
    assert read(tmp_path, text) == [(1, "1", "A dog."), (5, "2", ""), (7, "c", "C")]


ROW = {"image_id": 7, "caption": "A dog."}


@pytest.mark.parametrize(
    "content",
    [
        [ROW],
        ROW,
        {"7": "A dog."},
        {"COCO_val2014_000000000007.jpg": "A dog."},
        {"overall": {"Bleu_1": 0.5}, "imgToEval": {"7": ROW}},
        {"imgToEval": {"7": {"caption": "A dog.", "CIDEr": 1.0}}},
        {"imgToEval": [ROW]},
        {"sentences": [ROW | {"mscoco_generated_words": ["dog"]}], "overall_metrics": {}},
        [{"file_name": "val/000000000007.jpg", "answer": "A dog.", "text": "Describe it."}],
    ],
    ids=str,
)
def test_the_formats_of_captions_are_told_apart_by_their_content(tmp_path: Path, content: object) -> None:
    assert read(tmp_path, json.dumps(content)) == [(1, "7", "A dog.")]


def test_the_prompt_and_the_model_are_kept(tmp_path: Path) -> None:
    row = {"image_id": 7, "prompt": "Describe it.", "text": "A dog.", "model_id": "m"}
    found = read_recorded_captions(written(tmp_path, json.dumps(row)))
    assert (found.rows[0].asked, found.rows[0].model, found.source.rows) == ("Describe it.", "m", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "the file holds no captions"),
        ("", "the file holds no captions"),
        (
            '{"image_id": 1, "text": "A"}\n{"image_id": 2, "te',
            r"captions.json:2: not JSON: .* at line 2. A file that is",
        ),
        ('[{"caption": "A dog."}]', r"captions.json:1: there is no image; found caption. Expected an image"),
        ('[{"image": "", "caption": "A dog."}]', "the image is ''"),
        ('{"image": "a.jpg", "score": 1}', r"there is no caption for image 'a.jpg'"),
        ('[{"image": "a.jpg", "caption": null}]', "there is no caption for image 'a.jpg'"),
        ('[{"image": "a.jpg", "caption": 3}]', "the caption is 3 for image 'a.jpg'"),
        ("[3]", "expected a record, found '3'"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_a_file_in_another_encoding_is_named_with_the_byte(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(DataError, match=r"byte 7 is not UTF-8"):
        read_recorded_captions(tmp_path / "a.json")
