"""The verb that tunes, as a user types it."""

import json
import sys
from pathlib import Path

import pytest
from cyclopts import App

from sightline.cli import tune as verb
from sightline.core import ImageRef, PreferencePair
from sightline.errors import SightlineError
from sightline.preferences.pairs_file import write_pairs
from sightline.scenes.rendered import compose, render_scenes
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.world import KINDS

SCENES = 4


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=SCENES, seed=5)
    pairs = [pair for index in range(SCENES) for pair in pairs_of(index)]
    write_pairs(folder / "pairs.jsonl", pairs)
    return folder


def pairs_of(index: int) -> list[PreferencePair]:
    scene = compose(5, index)
    there, absent = scene.kinds[0], next(kind for kind in KINDS if kind not in scene.kinds)
    image, yes, no = ImageRef(image_name(index)), "Yes, I can see that.", "No, I cannot see that."
    return [
        PreferencePair(image, f"Can you see a {there} in this image?", yes, no, polarity="positive"),
        PreferencePair(image, f"Can you see a {absent} in this image?", no, yes, polarity="negative"),
    ]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def sightline(*words: str) -> int:
    alone = App(name="sightline")
    verb.register(alone)
    try:
        alone(["tune", *words], exit_on_error=False, result_action="return_value")
    except SightlineError as error:
        print(f"sightline: {error}", file=sys.stderr)
        return 2
    return 0


def tune(scenes: Path, *more: str, pairs: str | None = None) -> int:
    given = ["--pairs", pairs or str(scenes / "pairs.jsonl"), "--images", str(scenes / "images"), "--model", "bundled"]
    return sightline(*given, "--batch", "4", "--replies", "4", *more)


def test_a_run_is_told_from_what_was_read_to_the_next_command(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [
        "--epochs",
        "2",
        "--held-out-share",
        "0.25",
        "--lora-r",
        "4",
        "--learning-rate",
        "1e-3",
        "--warm-up",
        "0",
    ]
    assert tune(scenes, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    begins = [line.split("  ")[0] for line in lines]
    expected = ["read", "model", "trained", "left out", "tuned on", "watched", "computed", "steps", "rate", "loss"]
    assert begins[: len(expected)] == expected
    assert "trained      LoRA r 4, alpha 8, on all linear layers of the language model: 0.188 M parameters" in lines[2]
    steps = [line for line in lines if line.startswith("step ")]
    assert [line.split("  ")[0] for line in steps] == ["step 0", "step 1", "step 2", "step 3", "step 4", "step 4"]
    assert steps[0].startswith("step 0       held out: likelier reply right on positive ")
    assert any("before" in line and "after" in line and "change" in line for line in lines)
    assert any(line.startswith(" likelier reply right, positive questions") for line in lines)
    assert lines[-2].startswith("next         sightline measure pope --model tuned/finer-bundled_bundled --images")
    assert lines[-1].strip() == "sightline merge tuned/finer-bundled_bundled --out FOLDER"
    record = json.loads(Path("tuned/finer-bundled_bundled/tune.json").read_text())
    assert record["recipe"] == "finer-bundled"
    assert record["settings"]["adapter"]["alpha"] == 8, "twice the rank that was given"


def test_options_override_the_recipe(scenes: Path) -> None:
    options = ["--recipe", "sentinel-bundled", "--loss", "sigmoid,sft=0.1", "--beta", "0.2", "--steps", "1", "--plain"]
    more = ["--lora-targets", "q_proj,v_proj", "--max-pixels", "4096", "--limit", "6", "--seed", "3", "--out", "own"]
    assert tune(scenes, *options, *more) == 0
    record = json.loads(Path("own/tune.json").read_text())
    settings = record["settings"]
    assert settings["loss"] == {"weights": {"sigmoid": 1.0, "sft": 0.1}, "beta": 0.2, "label_smoothing": 0.0}
    assert settings["adapter"]["targets"] == ["q_proj", "v_proj"] and settings["adapter"]["r"] == 16
    assert (settings["selection"]["max_pixels"], settings["selection"]["limit"], settings["seed"]) == (4096, 6, 3)
    assert (record["steps"], record["plan"]["as_trees"]) == (1, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--loss", "sigmiod"], "No loss is called 'sigmiod'. Did you mean 'sigmoid'?"),
        (["--recipe", "finer-qwen"], "No recipe is called 'finer-qwen'. Did you mean 'finer-qwen2.5-vl-7b'?"),
        (["--scheduler", "cosin"], "No scheduler is called 'cosin'. Did you mean 'cosine'?"),
        (["--report-to", "nobody"], "Nothing can be reported to nobody: "),
        (["--epochs", "0"], "epochs is 0; expected 1 or more."),
        (["--at-once", "0"], "0 pairs are to be computed at once; expected 1 or more."),
        (["--held-out", "none.jsonl"], "none.jsonl: there is no such file."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    scenes: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(scenes, *words) == 2
    assert message in capsys.readouterr().err


def test_without_a_model_or_a_recipe_for_one_a_model_is_asked_for(
    scenes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sightline("--pairs", str(scenes / "pairs.jsonl"), "--images", str(scenes / "images")) == 2
    assert "No model is named: --model MODEL" in capsys.readouterr().err


def test_bad_rows_are_listed_in_a_file(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (scenes / "pairs.jsonl").read_text()
    Path("bad.jsonl").write_text(lines + lines.splitlines()[0] + "\n")
    assert tune(scenes, "--out", "out", pairs="bad.jsonl") == 2
    error = capsys.readouterr().err
    assert "out/bad_rows.jsonl: 1 of 9 pairs cannot be tuned on: 1 × the pair stands there already." in error
    assert "bad.jsonl:9: the pair stands there already (row 1 of bad.jsonl)" in error
    assert json.loads(Path("out/bad_rows.jsonl").read_text())["row"] == 9


def test_recipes_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert sightline("recipes") == 0
    assert "finer-internvl3.5-14b    OpenGVLab/InternVL3_5-14B-HF" in capsys.readouterr().out
    assert sightline("recipes", "sentinel-llava-1.6-13b") == 0
    out = capsys.readouterr().out
    assert "learning rate    3e-06, cosine, warm-up 0 %\n" in out
    assert "trained          LoRA r 128, alpha 256, on all linear layers of the language model\n" in out
    assert "pairs            the first 7,000\n" in out
