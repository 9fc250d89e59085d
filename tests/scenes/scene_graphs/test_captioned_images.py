"""Long captions in every layout, and what is left out of them."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.errors import DataError
from sightline.scenes.scene_graphs import GraphRelation, read_captions, read_scene_graphs

SOFA, HAT = "A brown dog on a sofa.", "A man wearing a red hat."


def lines(*records: dict[str, object]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def docci(image: str, text: str) -> dict[str, object]:
    return {"split": "train", "type": "text", "description": text, "image_file": image, "example_id": image[:-4]}


def pixmo(image: str, text: str | None) -> dict[str, object]:
    return {"image_url": f"https://example.org/p/{image}?w=9", "caption": text, "transcripts": ["uh, a dog"]}


LAYOUTS = {
    "docci.jsonlines": lines(docci("a.jpg", SOFA), docci("b.jpg", HAT)),
    "pixmo.jsonl": lines(pixmo("a.jpg", SOFA), pixmo("b.jpg", HAT)),
    "any.jsonl": lines({"image": "val/a.jpg", "text": SOFA}, {"image": "val/b.jpg", "text": HAT}),
    "any.json": json.dumps([{"image": "a.jpg", "caption": SOFA}, {"image": "b.jpg", "caption": HAT}]).encode(),
    "mapping.json": json.dumps({"a.jpg": SOFA, "b.jpg": HAT}, indent=4).encode(),
    "mapping-in-a-line.json": json.dumps({"a.jpg": SOFA, "b.jpg": HAT}).encode(),
    "any.csv": f'image,caption\r\na.jpg,"{SOFA}"\r\nb.jpg,{HAT}\r\n'.encode("utf-8-sig"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_the_same_captions(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(LAYOUTS[name])
    found = read_captions(path)
    assert [(each.image, each.caption) for each in found.images] == [("a.jpg", SOFA), ("b.jpg", HAT)]
    assert found.left_out == {}
    assert found.images[0].source.startswith(f"{path}:")


def test_images_of_image_in_words_have_no_suffix(tmp_path: Path) -> None:
    path = tmp_path / "iiw.jsonl"
    row = {"image/key": "aar_test_04600", "IIW": SOFA, "IIW-P5B": HAT, "objects": [{"label": "Dog"}]}
    path.write_bytes(lines(row, {"image": "test_1", "IIW": HAT, "DOCCI": SOFA}))
    assert [(each.image, each.caption) for each in read_captions(path).images] == [
        ("aar_test_04600", SOFA),
        ("test_1", HAT),
    ]


def test_parquet_is_read_without_its_pictures_whatever_it_is_called(tmp_path: Path) -> None:
    rows = [pixmo("a.jpg", SOFA), pixmo("b.jpg", None)]
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]}).append_column(
        "image", pa.array([b"1", b"2"])
    )
    path = tmp_path / "train-00000-of-00075"
    parquet.write_table(table, path)
    found = read_captions(path)
    assert [(each.image, each.caption) for each in found.images] == [("a.jpg", SOFA)]
    assert found.left_out == {"the caption is empty": [f"{path}:2: b.jpg"]}


def test_what_has_no_name_or_no_text_or_comes_again_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    nameless = {"image_url": "https://example.org/", "caption": SOFA}
    path.write_bytes(lines(pixmo("a.jpg", SOFA), nameless, pixmo("b.jpg", " "), pixmo("a.jpg", HAT)))
    found = read_captions(path)
    assert [each.image for each in found.images] == ["a.jpg"]
    assert found.left_out == {
        "the image has no name": [f"{path}:2: https://example.org/"],
        "the caption is empty": [f"{path}:3: b.jpg"],
        "an image of this name was read already": [f"{path}:4: a.jpg"],
    }


def test_a_caption_becomes_a_scene_graph(tmp_path: Path) -> None:
    path = tmp_path / "captions.json"
    path.write_text(json.dumps({"a.jpg": HAT, "b.jpg": "It is very bright."}, indent=1))
    found = read_scene_graphs(path)
    (graph,) = found.graphs
    assert [(each.id, each.name, each.attributes) for each in graph.objects] == [
        ("1", "man", ()),
        ("2", "hat", ("red",)),
    ]
    assert graph.relations == (GraphRelation("1", "wearing", "2"),)
    assert (graph.caption, graph.complete, graph.source) == (HAT, False, f"{path}:1")
    assert found.left_out == {"the caption names no object": ["b.jpg"]}


def test_the_first_so_many_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "captions.json"
    path.write_bytes(LAYOUTS["mapping.json"])
    assert len(read_captions(path, limit=1).images) == len(read_scene_graphs(path, limit=1).graphs) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"image": "b.jpg", "caption": SOFA, "text": HAT},
            "expected one image and one caption, found captions in caption",
        ),
        ({"image": "b.jpg", "said": SOFA}, "expected one image and one caption, found image, said"),
        ({"image": 3, "caption": SOFA}, "expected one image and one caption, found image, caption"),
        ({"image": "b.jpg", "caption": [SOFA]}, "caption of b.jpg is"),
    ],
)
def test_a_row_that_leaves_a_choice_is_refused(tmp_path: Path, row: dict[str, object], message: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(lines({"image": "a.jpg", "caption": SOFA}, row))
    with pytest.raises(DataError) as error:
        read_captions(path)
    assert str(error.value).startswith(f"{path}:2: {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"image,caption\n", "the file has no rows"),
        (b"image,caption\na.jpg\n", "this row has more or fewer cells than the first line"),
        (b"PAR1 cut off", "not parquet: "),
        (b"\xff\xfe", "byte 0 is not UTF-8. Expected JSON, CSV or parquet"),
        (b'{"width": 3}', "this holds no captions of images; found width"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "captions"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_captions(path)
    assert message in str(error.value)
