"""Detectors on the command line."""

import json
from pathlib import Path

import pytest
from cyclopts import App
from PIL import Image

from sightline.cli import detectors
from sightline.errors import RequestError
from sightline.scenes.rendered import compose, render_scenes


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_scenes(tmp_path_factory.mktemp("scenes"), n=6, seed=4).folder


@pytest.fixture(autouse=True)
def window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> None:
    app = App(name="sightline", result_action="return_value")
    detectors.register(app)
    app(["detectors", *arguments], exit_on_error=False)


def calibrate(scenes: Path, *more: str) -> None:
    names = [] if "--detectors" in more else ["--detectors", "contour", "glance"]
    run("calibrate", *names, "--images", str(scenes / "images"), "--annotations", str(scenes), "--draws", "50", *more)


def test_calibrating_prints_rates_votes_and_what_to_do_next(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate(scenes, "--out", "found/calibration.json", "--max-false-positive", "0.1")
    out = capsys.readouterr().out
    words = " ".join(out.split())
    told = json.loads(Path("found/calibration.json").read_text())
    for title in (
        "Seen, and not there",
        "There, and not seen",
        "A vote of contour and glance at the chosen thresholds",
    ):
        assert title in out
    for heading in ("random", "popular", "adversarial", "clear", "marginal", "both wrong", "if independent"):
        assert heading in out
    assert f"Asked for {told['objects']['present']} objects that are there" in words
    assert "at most 10 % false positives of each way of drawing on 3 images; all rates are of 3 others" in words
    named = [f"{each['name']}@{each['threshold']:g}" for each in told["detectors"]]
    assert f"next     sightline pairs sentinel --detectors {' '.join(named)} …" in out
    written = [line.split()[-1] for line in out.splitlines() if "found/" in line]
    assert len(written) == 7
    assert all(Path(path).is_file() for path in written)


def test_the_rates_printed_are_those_written(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibrate(scenes, "--out", "c.json", "--detectors", "contour@0.4")
    out = capsys.readouterr().out
    of_default = [r for r in json.loads(Path("c.json").read_text())["rates"] if r["at"] == "default"]
    assert {row["threshold"] for row in of_default} == {0.4}
    for row in of_default:
        assert f"{100 * row['value']:.2f}" in out
    assert "A vote of" not in out and "pairs sentinel" not in out


def test_a_file_that_is_there_is_replaced_only_when_told(scenes: Path) -> None:
    Path("c.json").write_text("mine")
    with pytest.raises(RequestError, match=r"c\.json is there already"):
        calibrate(scenes, "--out", "c.json")
    assert Path("c.json").read_text() == "mine"


def test_looking_prints_a_line_for_each_detector_and_draws_what_is_seen(
    scenes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = compose(4, 1)
    clear = next(each.kind for each in scene.objects if not each.marginal)
    image = scenes / "images" / "scene_000001.png"
    absent = next(kind for kind in ("gear", "moon", "tree") if kind not in scene.kinds)
    run("look", str(image), "--objects", clear, absent, "--detectors", "contour", "glance@0.9999", "--out", "seen.png")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert any(clear in line and "seen" in line for line in lines)
    assert any(absent in line and "–" in line for line in lines)
    assert sum("glance" in line and "–" in line and "0.9999" in line for line in lines) == 2
    drawn = Image.open("seen.png")
    assert drawn.size == (640, 640 + 28)
    orange = sum(count for count, colour in drawn.getcolors(1 << 20) if colour == (0xE6, 0x9F, 0x00))
    assert orange > 200, "the box of contour"


@pytest.mark.parametrize("more", [["--objects", "moon"], ["--detectors", "contour"]])
def test_looking_for_nothing_or_by_nobody_is_refused(scenes: Path, more: list[str]) -> None:
    image = str(scenes / "images" / "scene_000001.png")
    rest = ["--detectors", "contour", "contour@0.2"] if more[0] == "--objects" else ["--objects", ","]
    with pytest.raises(RequestError, match="Name objects to look for"):
        run("look", image, *more, *rest)
