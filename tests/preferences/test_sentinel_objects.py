"""Which objects sentences name, in each vocabulary."""

import json
from pathlib import Path

import pytest

from sightline.errors import DataError, RequestError
from sightline.preferences.sentinel.objects import named_objects

TEXT = "Two old sofas, a samovar and a red cup are on the floor, and there is no dog."


@pytest.mark.parametrize(
    ("vocabulary", "objects"),
    [
        ("open", ("couch", "samovar", "cup")),
        ("everyday", ("couch", "cup")),
        ("coco", ("couch", "cup", "dog")),
        ("rendered", ("cup",)),
    ],
)
def test_each_vocabulary_reads_its_objects_by_one_name(vocabulary: str, objects: tuple[str, ...]) -> None:
    assert named_objects(vocabulary).read(TEXT) == objects


def test_every_vocabulary_lists_what_there_may_be_to_see() -> None:
    assert len(named_objects("open").listed) == len(named_objects("coco").listed) == 80
    assert len(named_objects("rendered").listed) == 20


def test_pronouns_and_surroundings_are_no_objects() -> None:
    assert named_objects("open").read("It is bright, and the light falls on the wall under a blue sky.") == ()


def test_a_file_of_words_is_a_vocabulary(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"urn": ["samovar", "urn"]}))
    own = named_objects(str(file))
    assert (own.name, own.listed, own.read(TEXT)) == ("own", ("urn",), ("urn",))
    file.write_text(json.dumps({"urn": ["urn"]}))
    assert named_objects(str(file)).version != own.version


def test_a_vocabulary_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match="--vocabulary is 'cocoa'; expected open, everyday, coco, rendered, or a JSON"
    ):
        named_objects("cocoa")
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(DataError, match="this names no objects"):
        named_objects(str(tmp_path / "none.json"))
