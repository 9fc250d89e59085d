import json
import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from sightline.cli import app, main
from sightline.cli import measure as verb
from sightline.errors import SightlineError

OBJECTS = {"a.jpg": ("dog", "cat"), "b.jpg": ("cat", "dog")}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A benchmark of two images with labels under own/, images under images/; it is the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    for place in ("own", "images"):
        (tmp_path / place).mkdir()
    rows = [
        {"image": image, "text": f"Is there a {object_} in the image?", "label": label}
        for image, objects in OBJECTS.items()
        for object_, label in zip(objects, ("yes", "no"), strict=True)
    ]
    for split in ("random", "popular"):
        lines = (json.dumps({"question_id": n, **row}) + "\n" for n, row in enumerate(rows, start=1))
        (tmp_path / "own" / f"x_pope_{split}.json").write_text("".join(lines))
    for image in OBJECTS:
        (tmp_path / "images" / image).write_bytes(image.encode())
    return tmp_path


def measure(*more: str, model: str = "scripted:Yes", labels: str = "own=own") -> int:
    words = ["measure", "pope", "--model", model, "--images", "images", "--labels", labels, *more]
    if "measure" in app:
        return main(words)
    alone = App(name="sightline")
    verb.register(alone)
    try:
        alone(words, exit_on_error=False, result_action="return_value")
    except SightlineError as error:
        print(f"sightline: {error}", file=sys.stderr)
        return 2
    return 0


def test_a_measured_model_is_scored_and_the_next_commands_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure() == 0
    out = capsys.readouterr().out
    assert "labels: own   reader: strict@1" in out
    assert "Asked 4 prompts; 0 more were in the cache, 0 were done before." in out
    assert "next  sightline score pope --replies runs/pope_scripted-Yes --labels own=own\n" in out
    assert main(["score", "pope", "--replies", "runs/pope_scripted-Yes", "--labels", "own=own"]) == 0


def test_choices_give_the_area_under_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure("--choices", "Yes,No", "--out", "run") == 0
    assert "AUROC" in capsys.readouterr().out
    about = json.loads(Path("run/run.json").read_text())
    assert about["asking"]["choices"] == ["Yes", "No"]
    assert about["command"] == (
        "sightline measure pope --model scripted:Yes --images images --labels own=own --out run --choices Yes,No"
    )


def test_a_dry_run_asks_nothing_and_says_what_it_would(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure("--dry-run", "--wording", "llava") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "questions   8",
        "distinct    4 prompts, a reply each; wording llava",
        "images      2",
        "batches     1",
    ]
    # 28 letters of the question and 51 of the line after it make 79, times four, at four a token
    assert lines[4] == "tokens      about 79 of questions, besides the images; at most 64 generated"
    assert lines[5].startswith("time        not known")
    assert not Path("runs").exists()


def test_a_dry_run_knows_the_time_from_a_run_of_the_same_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure() == 0
    assert measure("--dry-run", "--wording", "llava", "--out", "runs/other") == 0
    assert "time        about 0 s, going by runs/pope_scripted-Yes" in capsys.readouterr().out


def test_another_run_in_the_folder_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure() == 0
    assert measure("--max-new-tokens", "8") == 2
    assert "holds another run: asking max_new_tokens was 16, is 8. Choose another folder" in capsys.readouterr().err


def test_missing_images_are_one_message_and_may_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("images/b.jpg").unlink()
    assert measure() == 2
    assert "images: 1 of 2 images are not here: b.jpg." in capsys.readouterr().err
    assert measure("--allow-missing") == 0
    out = capsys.readouterr().out
    assert "Images that are missing: 1; their questions are left out." in out
    assert out.rstrip().endswith("--labels own=own --allow-missing")


def test_a_scripted_model_needs_something_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure(model="scripted:") == 2
    assert "A scripted model needs something to say" in capsys.readouterr().err


def test_without_torch_the_install_line_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sightline.models.loading", None)
    assert measure(model="some/model") == 2
    assert "which is not installed: pip install torch transformers" in capsys.readouterr().err


def test_a_cache_that_is_broken_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("cache").mkdir()
    Path("cache/replies.sqlite").write_bytes(b"no database at all" * 100)
    assert measure() == 2
    assert "or go without the cache: --no-cache." in capsys.readouterr().err
    assert measure("--no-cache") == 0


def test_importing_the_verb_loads_nothing_heavy() -> None:
    code = (
        "import sys; import sightline.cli.measure; "
        "print({name.split('.')[0] for name in sys.modules} & {'numpy', 'pyarrow', 'torch', 'transformers'})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
