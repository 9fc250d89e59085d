import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.core import Said
from sightline.errors import DataError, MissingError, RequestError
from sightline.records.run_folder import _near_ties, hold_run, is_run_folder, read_run
from sightline.records.run_replies import AskedQuestion, Entry

ABOUT: dict[str, Any] = {
    "command": "sightline measure pope",
    "benchmark": "pope",
    "benchmark_version": 1,
    "model": {"hash": "5e", "name": "m", "family": "f", "engine": "e 1", "dtype": "d", "attention": "a", "details": {}},
    "asking": {"choices": ("Yes", "No"), "seed": 0},
    "wording": {"name": "pope", "sha256": "77"},
    "questions": {"sha256": "99", "asked": 3, "distinct": 2},
    "images": {"sha256": "11", "count": 1, "missing": 0},
}


def asked(place: int, split: str) -> AskedQuestion:
    return AskedQuestion(place, f"{split}/1", split, "a.jpg", "Is there a dog in the image?")


DOG = Entry(0, (asked(0, "random"), asked(2, "adversarial")), "aa", "Dog?", (Said("Yes", (-0.1, -2.4)),))
CAT = Entry(1, (asked(1, "popular"),), "aa", "Cat?", (Said("No", (-3.0, -0.05)),))


def write(folder: Path, *entries: Entry, finish: bool = True, about: dict[str, Any] = ABOUT) -> None:
    with hold_run(folder, about) as run:
        for entry in entries:
            run.append([entry], 0, 0.5)
        if finish:
            run.finish()


def test_one_reply_stands_in_a_row_for_each_question_it_answers(tmp_path: Path) -> None:
    write(tmp_path / "run", CAT, DOG)
    rows = read_run(tmp_path / "run").replies.to_pylist()
    assert [(row["question_id"], row["reply"], row["asked"], row["log_prob:Yes"]) for row in rows] == [
        ("random/1", "Yes", 0, -0.1),
        ("popular/1", "No", 1, -3.0),
        ("adversarial/1", "Yes", 0, -0.1),
    ]


def test_a_complete_run_is_its_record_and_its_replies(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, CAT)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "replies.parquet", "run.lock"}
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (about["status"], about["timings"]["asked"], about["timings"]["replies_per_s"]) == ("complete", 2, 2.0)


def test_an_interrupted_run_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "whole", DOG, CAT)
    write(tmp_path / "parts", DOG, finish=False)
    with hold_run(tmp_path / "parts", ABOUT) as run:
        assert run.done == {0: DOG}
        run.append([CAT], 0, 9.9)
        run.finish()
    whole, parts = (tmp_path / name / "replies.parquet" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()


def test_what_made_the_replies_stands_in_the_table_without_times(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, CAT)
    metadata = parquet.read_schema(tmp_path / "run" / "replies.parquet").metadata
    kept = json.loads(metadata[b"sightline"])
    assert kept["model"]["hash"] == "5e"
    assert "timings" not in kept


def test_a_complete_run_is_not_done_again(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, CAT)
    with hold_run(tmp_path / "run", ABOUT) as run:
        assert run.complete


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("model", ABOUT["model"] | {"dtype": "float32"}, 'model dtype was "d", is "float32"'),
        ("asking", ABOUT["asking"] | {"seed": 7}, "asking seed was 0, is 7"),
        ("wording", {"name": "llava", "sha256": "78"}, 'wording name was "pope", is "llava"; wording sha256 was'),
        ("questions", ABOUT["questions"] | {"sha256": "98", "asked": 4}, "questions asked was 3, is 4"),
    ],
)
def test_a_folder_that_holds_another_run_is_refused_with_what_differs(
    tmp_path: Path, part: str, value: Any, says: str
) -> None:
    write(tmp_path / "run", DOG, finish=False)
    with (
        pytest.raises(RequestError, match="holds another run") as error,
        hold_run(tmp_path / "run", ABOUT | {part: value}),
    ):
        pass
    assert says in str(error.value)


def test_a_model_that_moved_to_another_folder_is_still_the_same(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, finish=False)
    moved = ABOUT | {"model": ABOUT["model"] | {"name": "other name", "details": {"device": "cuda"}}}
    with hold_run(tmp_path / "run", moved) as run:
        assert run.done == {0: DOG}


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match=r"holds notes\.txt but no run"), hold_run(tmp_path, ABOUT):
        pass


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import json, sys; from sightline.records.run_folder import hold_run\n"
        "with hold_run(sys.argv[1], json.loads(sys.argv[2])): pass"
    )
    with hold_run(tmp_path / "run", ABOUT):
        command = [sys.executable, "-c", code, str(tmp_path / "run"), json.dumps(ABOUT)]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "run: another process is working in this run folder. Wait until it is done" in second.stderr


def test_what_a_killed_process_left_half_written_is_taken_away(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, finish=False)
    (tmp_path / "run" / ".replies.parquet.x1y2").write_bytes(b"PAR1")
    write(tmp_path / "run", CAT)
    assert not list((tmp_path / "run").glob(".*"))


def test_an_unfinished_run_is_refused_with_the_command_that_finishes_it(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, finish=False)
    assert is_run_folder(tmp_path / "run")
    with pytest.raises(
        MissingError, match=r"1 of 2 distinct questions are done\. Finish it \(sightline measure pope\)"
    ):
        read_run(tmp_path / "run")


def test_of_an_unfinished_run_what_is_done_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, finish=False)
    rows = read_run(tmp_path / "run", allow_missing=True).replies.to_pylist()
    assert [row["question_id"] for row in rows] == ["random/1", "adversarial/1"]


def test_replies_that_were_changed_by_hand_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "run", DOG, CAT)
    with (tmp_path / "run" / "replies.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DataError, match="this is not the file that the run wrote"):
        read_run(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="no run folder can be made here"), hold_run(tmp_path / "file" / "run", ABOUT):
        pass


def test_questions_whose_choices_almost_tie_are_listed() -> None:
    likely = {"log_prob:Yes": [-1.0, -1.0, -3.0], "log_prob:No": [-2.0, -1.00005, -1.0], "log_prob:Maybe": [-9.0] * 3}
    table = pa.table({"question_id": ["random/1", "random/2", "random/3"], **likely})
    assert _near_ties(table) == ["random/2"]
    assert _near_ties(table.select(["question_id"])) == []
