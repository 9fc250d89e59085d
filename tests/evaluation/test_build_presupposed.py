import json
from pathlib import Path

import pytest

from sightline.api import build_colour, build_counting
from sightline.benchmarks.counting import read_labels
from sightline.errors import DataError, RequestError
from sightline.evaluation.record import record_of

TABLE = "image,object,number,colour\na.png,moon,2,red\na.png,cup,1,orange\nb.png,star,5,pink\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text(TABLE)
    return tmp_path / "t.csv"


def test_every_thing_is_asked_neutrally_and_with_every_offset_that_leaves_one(source: Path) -> None:
    rows = build_counting(source, offsets=(-2, 0, 1, -1), per_image=2).to_pylist()
    texts = {(row["object"], row["split"]): row["text"] for row in rows}
    # 2 moons: 0, +1, -1; 1 cup: 0, +1; 5 stars: all four
    assert len(rows) == 4 + 3 + 5
    assert texts["moon", "-1"] == "Describe the one moon in this image."
    assert texts["cup", "0"] == "Describe the one cup in this image."
    assert texts["star", "-2"] == "Describe the three stars in this image."
    assert [row["split"] for row in rows[-5:]] == ["neutral", "0", "+1", "-1", "-2"]
    assert [row["question_id"] for row in rows] == list(range(1, 13))


def test_digits_are_written_where_they_are_asked_for(source: Path) -> None:
    rows = build_counting(source, offsets=(1,), numbers="digits").to_pylist()
    assert rows[-1]["text"] == "Describe the 6 stars in this image."


def test_what_is_written_is_read_back_and_the_record_stands_beside_it(source: Path, tmp_path: Path) -> None:
    table = build_counting(source, tmp_path / "out" / "c.jsonl", offsets=(0, 1))
    questions = read_labels(tmp_path / "out" / "c.jsonl", "own").questions
    assert [question.text for question in questions] == table["text"].to_pylist()
    record = json.loads((tmp_path / "out" / "c.build.json").read_text())
    assert (record["images"], record["things"], record["questions"]) == (2, 2, 6)
    assert record["settings"]["wording"]["asserted"] == "Describe the {number} {objects} in this image."
    assert record["settings"]["offsets"] == [0, 1]


def test_files_that_are_there_are_kept_unless_one_says_otherwise(source: Path, tmp_path: Path) -> None:
    build_counting(source, tmp_path / "c.jsonl")
    with pytest.raises(RequestError, match=r"c.jsonl is there already. Choose another file, or say --overwrite"):
        build_counting(source, tmp_path / "c.jsonl")
    build_counting(source, tmp_path / "c.jsonl", seed=1, overwrite=True)


def test_the_same_seed_draws_the_same_things_and_an_image_does_not_move_another(source: Path) -> None:
    drawn = {build_counting(source, offsets=(0,), seed=seed).to_pylist()[0]["object"] for seed in range(8)}
    assert drawn == {"moon", "cup"}
    first, again = (build_counting(source, seed=5).to_pylist() for _ in range(2))
    assert first == again
    assert len({row["image"] for row in build_counting(source, limit=1).to_pylist()}) == 1


def test_colours_go_down_the_cycle_and_others_are_left_out(source: Path) -> None:
    table = build_colour(source, distances=(1, 3), per_image=2)
    asked = [(row["split"], row["text"]) for row in table.to_pylist()]
    assert asked[:4] == [
        ("neutral", "What color are the moons in the image?"),
        ("matching", "Describe the red moons."),
        ("distance 1", "Describe the purple moons."),
        ("distance 3", "Describe the green moons."),
    ]
    assert asked[4] == ("neutral", "What color is the cup in the image?")
    assert record_of(table)["left_out"] == {"not of one colour of the cycle": ["b.png: star, pink"]}


def test_any_cycle_will_do(source: Path) -> None:
    rows = build_colour(source, distances=(1,), cycle=("pink", "gray")).to_pylist()
    assert [row["asserted"] for row in rows] == [None, "pink", "gray"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"distances": (6,)}, "The distances are 6; in a cycle of 6 colours they differ and lie between 1 and 5"),
        ({"cycle": ("red",)}, "The cycle is red; expected two or more different colours"),
        ({"cycle": ("teal", "tan")}, "holds nothing to ask about; left out: 3 not of one colour of the cycle"),
        ({"per_image": 0}, "There are 0 things of each of None images to ask about"),
    ],
)
def test_what_cannot_be_built_is_said(source: Path, settings: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        build_colour(source, **{"distances": (1,), **settings})  # type: ignore[arg-type]


def test_offsets_differ_and_ways_to_write_numbers_have_names(source: Path) -> None:
    with pytest.raises(RequestError, match="The offsets are 1, 1; expected different ones"):
        build_counting(source, offsets=(1, 1))
    with pytest.raises(RequestError, match=r"No way to write numbers is called 'word'. Did you mean 'words'\?"):
        build_counting(source, numbers="word")


def test_countbench_has_no_colours(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps([{"image_url": "http://a/b.jpg", "text": "two cups", "number": 2}]))
    with pytest.raises(DataError, match="CountBench has no colours"):
        build_colour(path)
