"""``sightline measure a,b``: one command, one model, one table."""

import json
from pathlib import Path

import pytest

from sightline.cli import main
from sightline.cli.measure.several import of_each
from sightline.errors import RequestError
from sightline.records.run_folder import read_about

POPE_ROWS = [("dog", "yes"), ("cat", "no")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(b"a")
    (tmp_path / "own").mkdir()
    lines = [
        {"question_id": n, "image": "a.jpg", "text": f"Is there a {thing} in the image?", "label": label}
        for n, (thing, label) in enumerate(POPE_ROWS, start=1)
    ]
    (tmp_path / "own" / "x_pope_random.json").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "objects.json").write_text(json.dumps({"a.jpg": ["dog"]}))
    return tmp_path


def measure(*more: str, labels: tuple[str, ...] = ("pope:own=own", "chair:own=objects.json")) -> int:
    words = ["measure", "pope,chair", "--model", "scripted:Yes, a dog.", "--labels", *labels, *more]
    return main([*words, *(() if "--images" in more else ("--images", "images"))])


def test_two_benchmarks_end_in_two_run_folders_and_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure() == 0
    out = capsys.readouterr().out
    assert "First rate of each benchmark" in out
    assert "own, random" in out and "own, captions" in out
    assert "next  sightline compare --before runs/scripted-Yes-a-dog --after OTHER_RUNS\n" in out
    assert read_about(Path("runs/scripted-Yes-a-dog/chair"))["benchmark"] == "chair"


def test_the_record_of_each_names_the_command_that_does_it_alone() -> None:
    assert measure("--choices", "pope:Yes,No", "--out", "both") == 0
    told = read_about(Path("both/pope"))["command"]
    assert told.startswith("sightline measure pope --model 'scripted:Yes, a dog.' --images images --labels own=own")
    assert told.endswith("--out both/pope --choices Yes,No")
    assert "choices" not in read_about(Path("both/chair"))["command"]


def test_what_is_meant_for_one_benchmark_goes_to_that_one() -> None:
    assert measure("--images", "pope=images", "chair=images") == 0
    assert of_each("--choices", ["pope:Yes,No"], ["pope", "chair"]) == {"pope": ["Yes,No"], "chair": []}
    assert of_each("--images", ["x", "chair=y"], ["pope", "chair"], "=") == {"pope": ["x"], "chair": ["y"]}
    with pytest.raises(RequestError, match="mmvp is not among what is measured"):
        of_each("--labels", ["mmvp:own=x"], ["pope"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--images", "pope=images"), "One folder of images is needed for chair, and none is named"),
        (
            ("--images", "images", "elsewhere"),
            "One folder of images is needed for pope, and images, elsewhere is named",
        ),
        (("--split", "random"), "With several benchmarks all splits are asked"),
        (("--choices", "pope:Yes,No pope:yes,no"), "--choices says Yes,No and yes,no of pope; expected one"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_one_sentence(
    more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(*more) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_dry_run_says_what_each_would_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure("--dry-run") == 0
    out = capsys.readouterr().out
    assert out.count("\nrun folder ") == 2
    assert not Path("runs").exists()
