"""The command line as a user meets it: exit codes, messages, what is printed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.cli import main


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sightline", *words], capture_output=True, text=True, check=False)


def test_the_example_is_scored_with_intervals_and_remarks(capsys) -> None:
    assert main(["score", "pope", "--example"]) == 0
    out = capsys.readouterr().out
    assert "labels: original   reader: strict@1   (percent, 95 % interval)" in out
    assert "strict@1: 15 of 864 replies unreadable, counted as: wrong." in out
    assert "plain: joined by ids of random, ids of popular, ids of adversarial." in out
    assert not any(line.endswith(" ") for line in out.splitlines())


@pytest.mark.parametrize("columns", ["80", "100", "200"])
def test_no_window_cuts_anything_off(capsys, monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for verb in ("score", "compare"):
        assert main([verb, "pope", "--example"]) == 0
        assert "…" not in capsys.readouterr().out


def test_csv_has_every_column(capfd) -> None:
    assert main(["score", "pope", "--example", "--format", "csv"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 * 2 * 4
    assert lines[0].startswith('"benchmark","model","labels","split","reader","n"')


def test_json_is_json(capsys) -> None:
    assert main(["compare", "pope", "--example", "--format", "json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"ranks", "pairs", "changes"}


def test_tables_plots_and_record_are_written_where_asked(tmp_path, capsys) -> None:
    assert main(["compare", "pope", "--example", "--out", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"ranks.csv", "ranks.parquet", "pairs.csv", "changes.csv", "record.json"}
    assert names >= {f"{plot}.{kind}" for plot in ("rank_shift", "tp_fp_change") for kind in ("svg", "png", "csv")}
    assert main(["score", "pope", "--example", "--out", str(tmp_path / "scores")]) == 0
    names = {path.name for path in (tmp_path / "scores").iterdir()}
    assert names == {"scores.csv", "scores.parquet", "replies.csv", "replies.parquet", "record.json"}


def test_a_page_that_no_browser_would_show_as_one_is_not_written(tmp_path, capsys) -> None:
    out = tmp_path / "first"
    assert main(["report", "pope", "--example", "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"sightline: The page would be {out}, which no browser takes for one. " + (
        f"Say --out {out}.html.\n"
    )
    assert not out.exists()


def test_the_gate_is_open_where_bounds_hold_and_shut_where_one_fails(capsys) -> None:
    assert main(["gate", "pope", "--example", "--require", "accuracy under audited >= 0.5"]) == 0
    assert "All 8 checks hold." in capsys.readouterr().out
    bounds = ["accuracy under audited >= 0.5", "f1 under audited on mean >= 0.85 estimate"]
    assert main(["gate", "pope", "--example", "--require", *bounds]) == 1
    assert "1 of 10 checks failed." in capsys.readouterr().out


def test_a_plan_is_printed(capsys) -> None:
    assert main(["plan", "--difference", "0.02", "--disagreement", "0.1", "--per-image", "1"]) == 0
    assert "1,960" in capsys.readouterr().out
    assert main(["plan", "--difference", "0.02"]) == 2
    assert "Give --disagreement, or --replies of two models" in capsys.readouterr().err


def test_errors_are_one_message_without_a_traceback_and_exit_with_2(capsys) -> None:
    assert main(["score", "pope", "--replies", "nowhere.jsonl", "--labels", "x=nowhere"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "sightline: nowhere: label set 'x': there is no such file or folder.\n"
    assert captured.out == ""


def test_replies_are_asked_for(capsys) -> None:
    assert main(["score", "pope"]) == 2
    assert (
        "No replies were given. Name files of replies (--replies FILE …), or try --example." in capsys.readouterr().err
    )


def test_the_example_and_files_of_ones_own_do_not_go_together(capsys) -> None:
    assert main(["score", "pope", "--example", "--labels", "pope"]) == 2
    assert "--example brings its own replies and labels" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "message"), [(["scor"], 'Did you mean "score"?'), (["score"], "benchmark")])
def test_a_mistyped_command_line_is_answered_and_exits_with_2(words, message) -> None:
    result = run(*words)
    assert result.returncode == 2
    assert message.lower() in (result.stdout + result.stderr).lower()


def test_the_module_runs_like_the_command() -> None:
    assert run("--version").stdout.strip() == "0.1.0"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m sightline score pope --example --format csv | head -n 1"
    result = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.stdout.startswith('"benchmark"')


def test_data_list_names_the_public_files(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path))
    assert main(["data", "list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("pope", "repope", "pope-aokvqa", "pope-gqa", "AoiDragon/POPE"))


def test_data_get_of_an_unknown_name_is_answered_with_the_nearest(capsys) -> None:
    assert main(["data", "get", "repop"]) == 2
    assert "Did you mean 'repope'?" in capsys.readouterr().err


def test_a_fraction_is_no_whole_number(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["scenes", "render", "--n", "3", "--out", str(tmp_path / "out"), "--seed", "1.5"]) == 2
    assert "Invalid value for --seed: '1.5' is no whole number" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
