import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sightline.cli import main
from sightline.demo import STEPS, Demo, Step, Tell, run_demo
from sightline.errors import RequestError


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
    assert {"scenes", "pope", "counting.jsonl", "colour.jsonl", "runs", "report.html"} <= names
    assert {path.name for path in (done / "runs").iterdir()} == {
        *("pope", "counting", "colour", "chair", "finer", "finer_levels")
    }
    assert len(list((done / "scenes" / "images").iterdir())) == 8


def test_the_page_shows_every_question_with_pictures_and_asks_nobody_for_anything(done: Path) -> None:
    page = (done / "report.html").read_text()
    for heading in (
        "Is it there?",
        "How many, when",
        "What colour, when",
        "What do captions name",
        "Is one wrong detail",
    ):
        assert heading in page
    assert page.count("data:image/png;base64,") >= 3
    assert not re.search(r'(?:src|href)="https?://', page)


def test_run_twice_it_asks_nothing_again_and_says_the_same(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = again(done, capsys)
    second, steps = again(done, capsys)
    assert first.split("took")[0] == second.split("took")[0]
    assert re.findall(r": (\d+) asked, [\d,]+ known already", steps) == ["0"] * 5
    assert "presence (POPE)" in second and "CHAIR_i" in second and str(done / "report.html") in second


def test_a_demonstration_with_other_settings_is_not_mixed_into_it(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(done), "--scenes", "9"]) == 2
    assert "holds a demonstration with other settings (demo 1, scenes 8, seed 1)" in capsys.readouterr().err


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
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (out / "runs" / "counting").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (out / "report.html").exists()
    subprocess.run(words, env=environment, check=True, capture_output=True)
    for benchmark in ("pope", "counting", "colour", "chair"):
        whole, resumed = (folder / "runs" / benchmark / "replies.parquet" for folder in (done, out))
        assert resumed.read_bytes() == whole.read_bytes(), benchmark
    assert (out / "report.html").exists()
