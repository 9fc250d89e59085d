"""The content decides the format; what is none of them gives one clear error."""

import json
from pathlib import Path

import pytest

from sightline.errors import DataError, RequestError
from sightline.scenes.scene_graphs import read_captions, read_scene_graphs


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("[]", "the array is empty"),
        ("{}", "no known format of scene graphs; the first record has nothing. Known are sightline's own scene graphs"),
        (
            '{"images": [], "annotations": []}',
            "no known format of scene graphs; the first record has images, annotations",
        ),
        ('{"image": "a.jpg", "objects": ["dog"]}', "an object is 'dog', expected a record with id and name"),
        ('{"image": "a.jpg", "caption": " "}', "no scene graph is left of it (the caption is empty: 1)"),
        ('{"image_id": 3, "objects": []}', "no scene graph is left of it (no object is annotated: 1)"),
        ('{"image": "a.jpg", "objects": [', "this line is not JSON"),
    ],
)
def test_a_file_of_no_known_format_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "graphs.json"
    path.write_text(content)
    with pytest.raises(DataError) as error:
        read_scene_graphs(path)
    assert message in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_scene_graphs(tmp_path / "graphs.json")


def test_the_suffix_does_not_decide(tmp_path: Path) -> None:
    path = tmp_path / "graphs.csv"
    path.write_text(json.dumps({"image": "a.jpg", "objects": [{"id": "1", "name": "moon"}]}))
    assert [graph.image for graph in read_scene_graphs(path).graphs] == ["a.jpg"]


def test_no_image_cannot_be_asked_for(tmp_path: Path) -> None:
    for read in (read_scene_graphs, read_captions):
        with pytest.raises(RequestError, match="The first 0 images were asked for"):
            read(tmp_path / "captions.json", limit=0)
