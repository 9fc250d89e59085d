"""``sightline pairs export``: what it writes and prints."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclopts import App

from sightline.cli.pairs.export import export
from sightline.core import ImageRef, PreferencePair
from sightline.errors import RequestError
from sightline.preferences.pairs_file import write_pairs
from sightline.preferences.read_pairs import read_pairs

Run = Callable[..., None]

WHOLE = PreferencePair(ImageRef("a.jpg"), "Is there a dog?", "No.", "Yes.", method="finer", kind="object")
SENTENCE = PreferencePair(ImageRef("a.jpg"), "Describe it.", "A cup.", "A dog.", context="A table.", ends=False)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    app = App()
    app.default(export)

    def run(*words: str) -> None:
        app(words, exit_on_error=False, result_action="return_value")

    return run


def test_it_says_how_many_rows_went_where_and_how_to_train_on_them(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pairs(Path("pairs.jsonl"), [WHOLE])
    run("pairs.jsonl", "--to", "llamafactory", "--out", "data/mine.jsonl")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "pairs     1, read from sightline's pairs",
        "written   data/mine.jsonl",
        "          data/dataset_info.json",
        "          data/mine.record.json",
        "beware    A context has no place in this format: the tool drops rows whose conversation ends in a reply.",
    ]
    assert lines[5].startswith(
        "next      llamafactory-cli train --stage dpo --do_train --dataset_dir data --dataset mine "
    )
    record = json.loads(Path("data/mine.record.json").read_text())
    assert (record["to"], record["pairs"], record["from"]["name"]) == ("llamafactory", 1, "pairs.jsonl")


def test_what_does_not_fit_is_refused_and_left_out_only_where_that_is_asked_for(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pairs(Path("pairs.jsonl"), [WHOLE, SENTENCE])
    with pytest.raises(RequestError, match="Of 2 pairs --to trl cannot hold 1: 1 go on from a context"):
        run("pairs.jsonl", "--to", "trl", "--out", "trl.jsonl")
    run("pairs.jsonl", "--to", "trl", "--out", "trl.jsonl", "--skip-unfit")
    assert "left out  1 that go on from a context\n" in capsys.readouterr().out
    assert read_pairs("trl.jsonl") == (WHOLE,)


def test_a_models_chat_format_holds_them_all(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(Path("pairs.jsonl"), [WHOLE, SENTENCE])
    run("pairs.jsonl", "--to", "trl", "--out", "trl.jsonl", "--model", "bundled")
    assert "trl dpo --config trl.yaml --model_name_or_path bundled" in capsys.readouterr().out
    assert read_pairs("trl.jsonl") == (WHOLE, SENTENCE)
    assert json.loads(Path("trl.record.json").read_text())["model"] == "bundled"


def test_rows_that_were_published_become_sightlines_own(run: Run) -> None:
    row = {"image_path": "/data/VG_100K/7.jpg", "question": "Describe it.", "y_win": "A cup.", "y_lose": "A dog."}
    Path("published.jsonl").write_text(json.dumps(row) + "\n")
    run("published.jsonl", "--to", "pairs", "--out", "pairs.jsonl")
    assert [pair.image.name for pair in read_pairs("pairs.jsonl")] == ["/data/VG_100K/7.jpg"]
