"""``sightline compare --before … --after …``, as users type it."""

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "evaluation"))

from tiny_pope import rows_of, write_lines
from two_runs import always, never, run_pope, truth

from sightline.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of three models under runs/, each on POPE; the working folder."""
    monkeypatch.chdir(tmp_path)
    for split in ("random", "popular", "adversarial"):
        write_lines(tmp_path / "own" / f"x_pope_{split}.json", rows_of(split))
    for says in (always, truth, never):
        run_pope(["own=own"], tmp_path / "runs" / says.__name__ / "pope", says)
    return tmp_path


def test_every_rate_stands_in_one_table_and_what_is_worse_beneath(capsys) -> None:
    assert main(["compare", "--before", "runs/always", "--after", "runs/never", "--general", "pope@popular"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Before: always   After: never   (percent, 95 % interval)"
    assert [line.split() for line in lines if "pope, popular" in line] == [["pope,", "popular", "(general)", "6"]]
    (row,) = [line for line in lines[:9] if "positive queries right" in line]
    assert row.split()[3:6] == ["100.00", "0.00", "-100.00"]
    assert "▼ worse" in row
    assert any(line.startswith("▼ Not meant to change, and worse: pope popular F1") for line in lines)
    assert any("8 rates in which nothing changed are not listed" in line for line in lines)


def test_rates_are_printed_for_machines(capsys) -> None:
    assert main(["compare", "pope", "--before", "runs/always", "--after", "runs/truth", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["before_after"]
    assert len(rows) == 24
    assert rows[0]["rate"] == "accuracy"


def test_tables_plot_and_page_are_written(tmp_path, capsys) -> None:
    assert main(["compare", "--before", "runs/always", "--after", "runs/truth", "--out", "found"]) == 0
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert names == {
        *("before_after.csv", "before_after.parquet", "record.json", "before_after.html"),
        *(f"before_after_plot.{suffix}" for suffix in ("svg", "png", "csv")),
    }
    assert json.loads((tmp_path / "found" / "record.json").read_bytes())["before"]["name"] == "always"
    assert "before_after.html" in capsys.readouterr().out


def test_models_that_say_the_same_are_told_so_without_a_plot(tmp_path, capsys) -> None:
    run_pope(["own=own"], tmp_path / "runs" / "alike" / "pope", always, "alike")
    assert main(["compare", "--before", "runs/always", "--after", "runs/alike", "--out", "found"]) == 0
    assert "24 unchanged" in capsys.readouterr().out
    assert not list((tmp_path / "found").glob("*.png"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--before", "runs/always"], "There are no runs named as --after"),
        (["--after", "runs/always"], "There are no runs named as --before"),
        ([], "Name a benchmark and its replies (sightline compare pope --replies …), or the runs of a model before"),
        (["--before", "runs/always", "--after", "runs/truth", "--metric", "f1"], "leave --metric and --show out"),
        (["--before", "runs/always", "--after", "runs/truth", "--replies", "x"], "leave --replies and others out"),
        (["--before", "runs/always", "--after", "runs/always"], "runs of the same model, always"),
    ],
)
def test_what_cannot_be_compared_exits_with_2_and_the_reason(words, message, capsys) -> None:
    assert main(["compare", *words]) == 2
    assert message in capsys.readouterr().err
