"""Counting and colour on the command line, from a table to a page."""

import json
from pathlib import Path

import pytest

from sightline.cli import main


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    Path("t.csv").write_text("image,object,number\na.png,moon,3\nb.png,cup,2\n")
    Path("images").mkdir()
    for name in ("a.png", "b.png"):
        Path("images", name).write_bytes(name.encode())
    assert main(["build", "counting", "--from", "t.csv", "--out", "c.jsonl", "--offsets", "0,1"]) == 0
    return tmp_path


def test_the_summary_says_what_was_built_and_what_to_run_next(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["build", "counting", "--from", "t.csv", "--out", "c.jsonl", "--offsets", "0,1", "--overwrite"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "images       2 of 2",
        "things       2",
        "questions    neutral 2, 0 2, +1 2",
        "left out     nothing",
    ]
    assert lines[-1] == "next         sightline measure counting --model MODEL --images FOLDER --labels own=c.jsonl"


def test_a_model_is_measured_and_its_rates_are_shown(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--model", "scripted:Three.", "--images", "images", "--labels", "own=c.jsonl", "--out", "run"]
    assert main(["measure", "counting", *said]) == 0
    out = capsys.readouterr().out
    assert "labels: own   reader: number@1   (percent, 95 % interval)" in out
    assert "prompt match" in out
    assert "next  sightline score counting --replies run --labels own=c.jsonl" in out
    assert main(["score", "counting", "--replies", "run", "--labels", "own=c.jsonl", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["scores"]
    # "Three." copies the +1 of the two cups and is the truth about the moons
    assert [(row["split"], row["prompt_match"], row["true_rate"]) for row in rows] == [
        ("neutral", None, 0.5),
        ("0", 0.5, 0.5),
        ("+1", 0.5, 0.5),
    ]


def test_tables_and_replies_are_written_compared_and_reported(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("Three.", "Two."):
        given = ["--model", f"scripted:{text}", "--images", "images", "--labels", "own=c.jsonl", "--out", f"run{text}"]
        assert main(["measure", "counting", *given]) == 0
    both = ["--replies", "runThree.", "runTwo.", "--labels", "own=c.jsonl"]
    assert main(["score", "counting", *both, "--out", "out"]) == 0
    assert "prompt match: replies with the number of the prompt." in capsys.readouterr().out
    header = Path("out/replies.csv").read_text().splitlines()[0]
    assert header.endswith('"reads:number","reads:pih","label:own"')
    assert main(["compare", "counting", *both, "--out", "compared"]) == 0
    out = capsys.readouterr().out
    assert "Ranks by prompt_match   (percent, 95 % intervals)" in out
    assert "McNemar" not in out
    assert Path("compared/rank_shift.svg").exists()
    assert main(["report", "counting", *both]) == 0
    assert "12 replies" in capsys.readouterr().out


def test_what_does_not_fit_is_one_line(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in (
        (
            ["build", "counting", "--from", "t.csv", "--out", "d.jsonl", "--offsets", "one"],
            "--offsets is 'one'; expected",
        ),
        (["score", "counting", "--example"], "No example is called 'counting'."),
        (
            ["labels", "diff", "a=c.jsonl", "b=c.jsonl", "--benchmark", "counting"],
            "are not yes or no, so their changes",
        ),
    ):
        assert main(words) == 2
        assert message in capsys.readouterr().err
