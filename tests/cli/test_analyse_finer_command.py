"""The closer look at FINER on the command line."""

import json
from pathlib import Path

import pytest

from sightline.cli import main

SEEN = ("a cat", "a cow", "a pig", "a fox", "an owl")


def row(setting: str, sign: str, elements: int, **more: object) -> dict[str, object]:
    asked = SEEN[0] if sign == "+" else SEEN[1]
    others = [each for each in SEEN if each != asked]
    choices = ["Yes", "No"] if "level" in setting else [f"Yes, {asked}.", *(f"No, but {each}." for each in others)]
    name = f"{setting}/{elements}"
    return {
        **{"question_id": name + sign, "pair": name, "image": f"{elements}.jpg", "setting": setting},
        **{"polarity": "positive" if sign == "+" else "negative", "elements": elements},
        **{"question": f"Can you see {asked}?", "choices": choices, "right": 0 if sign == "+" else 1, **more},
    }


def given(folder: Path, setting: str, texts: dict[str, str], **more: object) -> list[str]:
    """Pairs of one and of two elements; what is said to true questions and to false ones."""
    rows = [row(setting, sign, elements, **more) for elements in (1, 2) for sign in "+-"]
    (folder / "own.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    said = [{"question_id": each["question_id"], "text": texts[str(each["question_id"])[-1]]} for each in rows]
    (folder / "m.jsonl").write_text("".join(json.dumps(each) + "\n" for each in said))
    return ["--replies", str(folder / "m.jsonl"), "--labels", f"own={folder / 'own.jsonl'}", "--draws", "100"]


def test_accuracy_is_printed_by_number_of_elements_and_places_beneath(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyse", "finer", *given(tmp_path, "objects", {"+": "A", "-": "A"})]) == 0
    out = capsys.readouterr().out
    assert "paired accuracy by number of elements\nlabels: own   reader: choice@1   (percent, 95 % interval)" in out
    lines = [line.split() for line in out.splitlines()]
    assert [line for line in lines if line[:1] in (["1"], ["2"])] == [
        ["1", "1"],
        ["2", "1"],
        ["1", "0.00"],
        ["2", "0.00"],
    ]
    # A is chosen four times and right twice: half of 50 + 50
    (told,) = [line for line in lines if line[:1] == ["objects"] and "100.0" in line]
    assert told[1:7] == ["100.0", "0.0", "0.0", "0.0", "0.0", "50.0"]
    assert told[-2:] == ["4", "0"]
    assert "m: joined by question id" in out


def test_levels_are_printed_by_contradiction_with_both_accuracies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"kind": "presence", "object": "cat"}
    options = given(tmp_path, "level 1", {"+": "No", "-": "No"}, changed=changed)
    assert main(["analyse", "finer_levels", *options]) == 0
    out = capsys.readouterr().out
    assert "paired accuracy by level and contradiction" in out
    # always no: every wrong detail is denied, and no pair is right
    assert [line.split() for line in out.splitlines() if line.startswith("   level 1")] == [
        ["level", "1", "2", "2"],
        ["level", "1", "0.00", "0.00"],
        ["level", "1", "100.00", "100.00"],
    ]
    assert "level 3, for example: a red moon and a cup" in out


def test_every_column_is_printed_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = given(tmp_path, "what", {"+": "A", "-": "B"})
    assert main(["analyse", "finer", *options, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["elements"], each["paired_accuracy"]) for each in found["by_elements"]] == [(1, 1), (2, 1)]
    assert [each["place"] for each in found["positions"]] == list("ABCDE")


def test_tables_and_plots_are_written_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = given(tmp_path, "level 2", {"+": "Yes", "-": "No"})
    assert main(["analyse", "finer_levels", *options, "--out", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    plots = {f"accuracy_by_level.{suffix}" for suffix in ("svg", "png", "csv")}
    assert names == {"by_level.csv", "by_level.parquet", "record.json", *plots}
    assert "Plots: accuracy_by_level.svg" in capsys.readouterr().out


def test_a_reader_that_is_none_of_its_own_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = given(tmp_path, "objects", {"+": "A", "-": "B"})
    assert main(["analyse", "finer", *options, "--reader", "strict"]) == 2
    assert capsys.readouterr().err == "sightline: No reader of finer is called 'strict'. Known: choice, finer.\n"
