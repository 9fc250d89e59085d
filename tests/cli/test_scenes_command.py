"""Scenes on the command line, and what can be done with them."""

import json
import re
from pathlib import Path

import pytest

from sightline.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def render(*more: str, out: str = "made") -> int:
    return main(["scenes", "render", "--out", out, *more])


def test_the_summary_says_what_was_rendered(capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--n", "12") == 0
    lines = capsys.readouterr().out.splitlines()
    record = json.loads(Path("made/render.json").read_text())
    assert lines[0] == "images   12"
    assert lines[1] == (
        f"objects  {record['objects']}, {record['marginal_share']:.1%} of them at the edge of visibility"
    )
    assert [line.split()[-1] for line in lines[2:8]] == [
        "made/images",
        "made/instances.json",
        "made/scene_graphs.json",
        "made/captions.jsonl",
        "made/vocabulary.json",
        "made/render.json",
    ]
    assert render("--n", "12") == 0
    assert capsys.readouterr().out.startswith("images   12, of which 12 were there already\n")


def test_the_commands_that_are_named_next_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--n", "12") == 0
    commands = re.findall(r"sightline (.*)", capsys.readouterr().out)
    assert [command.split()[:2] for command in commands] == [
        ["build", "pope"],
        ["build", "counting"],
        ["build", "colour"],
        ["measure", "chair"],
    ]
    for command in commands:
        assert main(command.replace("MODEL", "scripted:Nothing.").split()) == 0
    assert {"pope", "counting.jsonl", "colour.jsonl"} <= {path.name for path in Path().iterdir()}


def test_options_reach_the_world() -> None:
    options = ["--seed", "7", "--combinations", "novel", "--fewest", "3", "--most", "4", "--marginal", "0.25"]
    assert render("--n", "3", *options) == 0
    record = json.loads(Path("made/render.json").read_text())
    assert (record["seed"], record["combinations"], record["images"]) == (7, "novel", 3)
    assert [record["world"][name] for name in ("fewest", "most", "marginal")] == [3, 4, 0.25]
    graphs = json.loads(Path("made/scene_graphs.json").read_text())
    assert all(3 <= len(graph["objects"]) <= 4 for graph in graphs)
    assert render("--n", "3") == 2
    assert render("--n", "3", "--overwrite") == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--n", "0"], "0 scenes were asked for; ask for one or more."),
        (["--n", "-5"], "-5 scenes were asked for"),
        (["--n", "some"], 'unable to convert "some" into int'),
        (["--seed", "one"], 'unable to convert "one" into int'),
        (["--seed", "-1"], "The seed is -1; seeds start from 0."),
        (["--combinations", "new"], "new"),
        (["--fewest", "0"], "Scenes of 0 to 12 objects were asked for; there is room for 1 to 16."),
        (["--fewest", "13"], "Scenes of 13 to 12 objects were asked for"),
        (["--most", "40"], "Scenes of 2 to 40 objects were asked for"),
        (["--marginal", "80"], "marginal is 80.0; it is a share, from 0 to 1."),
    ],
)
def test_what_cannot_be_done_is_one_message(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert render(*words) == 2
    said = capsys.readouterr()
    assert message in " ".join((said.err + said.out).split())
    assert not Path("made").exists()


def test_a_folder_that_cannot_be_used_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("mine")
    assert render(out="file") == 2
    assert "sightline: file is a file; scenes are written to a folder. Choose another: --out" in capsys.readouterr().err
    Path("mine").mkdir()
    Path("mine/thesis.tex").write_text("mine")
    assert render(out="mine") == 2
    assert "sightline: mine holds thesis.tex but no rendered scenes." in capsys.readouterr().err
    assert main(["scenes", "render"]) == 2
    assert render("--n", "2") == 0
    assert render("--n", "3") == 2
    assert "sightline: made holds other scenes: images was 2, is 3." in capsys.readouterr().err
