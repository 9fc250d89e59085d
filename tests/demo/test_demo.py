import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sightline.cli import main
from sightline.demo import STEPS, Demo, Step, Tell, run_demo
from sightline.demo.before_after import change_words
from sightline.demo.tuning import make_pairs
from sightline.errors import RequestError
from sightline.scenes.rendered import compose


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demonstration of eight scenes was run, without the cache of replies."""
    out = tmp_path_factory.mktemp("demo") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGHTLINE_CACHE", str(out.parent / "cache"))
        assert main(["demo", "--out", str(out), "--scenes", "8"]) == 0
    return out


def again(done: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[str, str]:
    code = main(["demo", "--out", str(done), "--scenes", "8", *more])
    printed = capsys.readouterr()
    assert code == 0
    return printed.out, printed.err


def test_it_leaves_scenes_benchmarks_runs_and_a_page(done: Path) -> None:
    names = {path.name for path in done.iterdir()}
    assert {"scenes", "pope", "counting.jsonl", "colour.jsonl", "runs", "tuning", "report.html"} <= names
    assert {path.name for path in (done / "runs").iterdir()} == {
        *("pope", "counting", "colour", "chair", "finer", "finer_levels")
    }
    assert {path.name for path in (done / "tuning" / "runs").iterdir()} == {*("pope", "finer", "finer_levels", "chair")}
    assert (done / "tuning" / "tuned" / "adapter_model.safetensors").exists()
    assert len(list((done / "scenes" / "images").iterdir())) == 8


def test_the_page_shows_every_question_with_pictures_and_asks_nobody_for_anything(done: Path) -> None:
    page = (done / "report.html").read_text()
    for heading in (
        "Is it there?",
        "How many, when",
        "What colour, when",
        "What do captions name",
        "Is one wrong detail",
        "What does tuning on preference pairs change?",
    ):
        assert heading in page
    assert page.count("data:image/png;base64,") >= 3
    assert not re.search(r'(?:src|href)="https?://', page)


def test_run_twice_it_asks_nothing_again_and_says_the_same(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = again(done, capsys)
    second, steps = again(done, capsys)
    assert first.split("took")[0] == second.split("took")[0]
    assert re.findall(r": (\d+) asked, [\d,]+ known already", steps) == ["0"] * 6
    assert "presence (POPE)" in second and "CHAIR_i" in second and str(done / "report.html") in second


def test_a_demonstration_with_other_settings_is_not_mixed_into_it(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(done), "--scenes", "9"]) == 2
    assert "holds a demonstration with other settings (demo 1, scenes 8, seed 1)" in capsys.readouterr().err


def test_pairs_are_of_scenes_that_are_not_asked_about(done: Path) -> None:
    asked, tuned_on = (
        {path.read_bytes() for path in (folder / "scenes" / "images").iterdir()} for folder in (done, done / "tuning")
    )
    assert len(asked) == len(tuned_on) == 8
    assert asked.isdisjoint(tuned_on)


def test_pairs_about_a_scene_that_is_asked_about_are_refused(done: Path, tmp_path: Path) -> None:
    demo = Demo(tmp_path, 8, 1, tuple(compose(1, index) for index in range(8)))
    shutil.copytree(done / "scenes", tmp_path / "scenes")
    shutil.copytree(done / "tuning", tmp_path / "tuning")
    make_pairs(demo, lambda done, of: None)
    shutil.copy(tmp_path / "tuning/scenes/images/scene_000002.png", demo.images / "scene_000005.png")
    with pytest.raises(
        RequestError, match=r"1 of the scenes that pairs were made of .*scene_000002\.png like .*_000005"
    ):
        make_pairs(demo, lambda done, of: None)


def test_what_became_worse_is_told_as_what_became_better_is() -> None:
    row = {"before": 0.95, "after": 0.9, "difference": -0.05, "low": -0.0801, "high": -0.0004}
    assert change_words(row) == "95.0 → 90.0 % (−5.0 [−8.0, 0.0])"


def nothing(demo: Demo, tell: Tell) -> str:
    (demo.folder / "made").write_text("")
    return "made"


def test_steps_are_done_in_order_and_each_says_what_came_of_it(tmp_path: Path) -> None:
    said: list[tuple[int, str, str]] = []
    steps = [Step("first", nothing), Step("second", nothing)]
    run_demo(steps, tmp_path / "out", 8, 0, ended=lambda number, step, text: said.append((number, step.title, text)))
    assert said == [(1, "first", "made"), (2, "second", "made")]


def test_fresh_deletes_what_an_earlier_one_left_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_demo([Step("one", nothing)], out, 8, 0)
    (out / "old").write_text("")
    run_demo([Step("one", nothing)], out, 9, 0, fresh=True)
    assert sorted(path.name for path in out.iterdir()) == ["demo.json", "made"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("")
    with pytest.raises(RequestError, match=r"other holds thesis\.tex but no demonstration"):
        run_demo([Step("one", nothing)], other, 8, 0, fresh=True)
    assert (other / "thesis.tex").exists()


def test_a_file_and_too_few_scenes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="is a file"):
        run_demo(STEPS, tmp_path / "file", 8, 0)
    with pytest.raises(RequestError, match="7 scenes were asked for; POPE needs absent objects, and so at least 8"):
        run_demo(STEPS, tmp_path / "new", 7, 0)
    assert not (tmp_path / "new").exists()


def test_killed_in_the_middle_and_run_again_it_ends_as_if_nothing_had_happened(done: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    environment = os.environ | {"SIGHTLINE_CACHE": str(tmp_path / "cache")}
    words = [sys.executable, "-m", "sightline", "demo", "--out", str(out), "--scenes", "8"]
    pairs = out / "tuning" / "pairs.jsonl"
    for begun in (out / "runs" / "counting", out / "tuning" / "tuned" / "tune.json"):
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not begun.exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
        assert not (out / "report.html").exists()
    made = pairs.stat().st_mtime_ns
    subprocess.run(words, env=environment, check=True, capture_output=True)
    assert pairs.stat().st_mtime_ns == made, "pairs are not made again"
    runs = [f"runs/{benchmark}/replies.parquet" for benchmark in ("pope", "counting", "colour", "chair")]
    tuned = ["tuning/tuned/adapter_model.safetensors", "tuning/runs/pope/replies.parquet"]
    for file in (*runs, *tuned):
        assert (out / file).read_bytes() == (done / file).read_bytes(), file
    assert (out / "report.html").exists()
