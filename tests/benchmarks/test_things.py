import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.benchmarks.countbench import counted_noun
from sightline.benchmarks.things import Thing, read_things
from sightline.errors import DataError

SCENES = [
    {
        "image_id": 1,
        "file_name": "scene_000000.png",
        "objects": [
            {"object_id": 1, "names": ["moon"], "attributes": ["large", "red", "striped"], "visibility": "clear"},
            {"object_id": 2, "names": ["moon"], "attributes": ["small", "red"], "visibility": "clear"},
            {"object_id": 3, "names": ["cup"], "attributes": ["blue"], "visibility": "clear"},
            {"object_id": 4, "names": ["cup"], "attributes": ["blue"], "visibility": "marginal"},
        ],
    },
    {
        "image_id": 2,
        "objects": [
            {"object_id": 5, "names": ["star"], "attributes": ["green"]},
            {"object_id": 6, "names": ["star"], "attributes": ["blue"]},
            {"object_id": 7, "names": ["trees"], "attributes": ["green"]},
        ],
    },
]
COLOURS = ("red", "green", "blue")


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_things_of_a_name_are_counted_and_hardly_visible_kinds_left_out(tmp_path: Path) -> None:
    found = read_things(write(tmp_path / "s.json", SCENES), "number")
    assert found.things == [Thing("scene_000000.png", "moon", 2), Thing("2.jpg", "star", 2)]
    assert found.left_out == {
        "some can hardly be seen": ["scene_000000.png: cup"],
        "named in the plural": ["2.jpg: trees"],
    }
    kept = read_things(tmp_path / "s.json", "number", keep_marginal=True)
    assert Thing("scene_000000.png", "cup", 2) in kept.things


def test_a_colour_is_one_that_all_of_them_have(tmp_path: Path) -> None:
    found = read_things(write(tmp_path / "s.json", SCENES), "colour", COLOURS)
    assert found.things == [Thing("scene_000000.png", "moon", 2, "red")]
    assert found.left_out["not of one colour of the cycle"] == ["2.jpg: star"]


def test_tables_are_csv_or_json_lines(tmp_path: Path) -> None:
    table = read_things(write(tmp_path / "t.csv", "image,object,number\na.png,Moons,3\nb.png,cup,0\n"), "number")
    lines = read_things(write(tmp_path / "t.jsonl", '{"image": "a.png", "object": "moon", "number": 3}\n'), "number")
    assert table.things == [Thing("a.png", "moon", 3), Thing("b.png", "cup", 0)]
    assert lines.things == table.things[:1]


def test_a_table_of_colours_takes_each_thing_for_one_unless_it_says_a_number(tmp_path: Path) -> None:
    found = read_things(write(tmp_path / "t.csv", "image,object,colour\na.png,moon,Red\n"), "colour", COLOURS)
    assert found.things == [Thing("a.png", "moon", 1, "red")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("image,object,number\na.png,moon,three\n", r"t.csv:2: number is 'three', expected a whole number from 0 on"),
        ("image,object,number\na.png,,3\n", r"t.csv:2: object is '', expected text"),
        ("image,object,number\na.png,moon\n", r"t.csv:2: this row has more or fewer cells than the first line"),
        ("image,object,number\na.png,moon,3\na.png,moons,3\n", r"t.csv:3: moon of a.png stands in row 2 already"),
        ("image,thing\na.png,moon\n", r"t.csv:2: the first row has image, thing. Expected scene graphs"),
        ("image,object,number\n", r"t.csv: the file has no rows. The first line names the columns"),
    ],
)
def test_a_broken_table_is_named_with_its_row(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_things(write(tmp_path / "t.csv", content), "number")


def test_an_object_without_a_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"s.json:1: an object of a.png has no names"):
        read_things(write(tmp_path / "s.json", [{"file_name": "a.png", "objects": [{"names": []}]}]), "number")


@pytest.mark.parametrize(
    ("caption", "number", "noun"),
    [
        ("We review the ten best gaming headsets in the market", 10, "headset"),
        ("background photo of three light bulbs", 3, "bulb"),
        ("Watch nine golfers sink putts into same hole", 9, "golfer"),
        ("Two women check out some of the items", 2, "woman"),
        ("forks with vegetables - four forks with types of...", 4, "fork"),
        ("vintage spoons, set of six 1847 Rogers pattern", 6, None),
        ("all four types of crisps", 4, None),
        ("set of six", 6, None),
        ("nine Cincinnati's All-Time Reds Greats", 9, None),
        ("three moons", 4, None),
    ],
)
def test_the_noun_is_the_plural_after_the_number(caption: str, number: int, noun: str | None) -> None:
    assert counted_noun(caption, number) == noun


def test_a_table_may_be_parquet_or_have_tabs(tmp_path: Path) -> None:
    moons = Thing("a.png", "moon", 3)
    tabs = write(tmp_path / "t.tsv", "image\tobject\tnumber\na.png\tMoons\t3\n")
    assert read_things(tabs, "number").things == [moons]
    columns = {"image": ["a.png"], "object": ["Moons"], "number": [3]}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    assert read_things(tmp_path / "t.parquet", "number").things == [moons]
