"""``sightline pairs sentinel``: the bundled model on rendered scenes, with detectors that know the truth."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from sightline.cli.pairs.sentinel import app
from sightline.core import Sighting
from sightline.errors import MissingError, RequestError
from sightline.scenes.rendered import compose, render_scenes
from sightline.scenes.rendered.annotations import image_name

SCENES, SEED = 2, 77


class Truth:
    """Sees what is there; the one called blind misses every second kind of object."""

    version, threshold = "1", 0.5

    def __init__(self, name: str, device: str) -> None:
        assert device == "auto"
        self.name = name
        self.kinds = {image_name(index): compose(SEED, index).kinds for index in range(SCENES)}

    def knows(self, object: str) -> bool:
        return True

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        there = self.kinds[image.name][:: 2 if self.name == "blind" else 1]
        return tuple(Sighting(each, float(each in there), (0, 0, 0.05, 0.05)) for each in objects)


@pytest.fixture(autouse=True)
def known_detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    named = ModuleType("sightline.detectors.named")
    named.detector = Truth  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sightline.detectors.named", named)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=SCENES, seed=SEED)
    return folder / "images"


@pytest.fixture
def call(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str, out: str = "out", detectors: Sequence[str] = ("contour", "glance")) -> str:
        app(
            [
                *("--model", "bundled", "--images", str(scenes), "--detectors", *detectors, "--out"),
                *(str(tmp_path / out), *words),
            ],
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
        return capsys.readouterr().out

    return run


def test_pairs_are_made_and_what_came_of_the_run_is_told(call: Callable[..., str], tmp_path: Path) -> None:
    told = call("--vocabulary", "rendered", "--sentences", "3")
    rows = [json.loads(line) for line in (tmp_path / "out" / "pairs.jsonl").read_text().splitlines()]
    kinds = {image_name(index): compose(SEED, index).kinds for index in range(SCENES)}
    assert rows
    for row in rows:
        details = row["details"]
        assert set(details["objects_of_y_win"]) <= set(kinds[row["image"]])
        assert set(details["hallu_objects_of_y_lose"]).isdisjoint(kinds[row["image"]])
        assert row["prompt"] == "Describe this image in detail."
    lines = {line[:13].strip(): line[13:] for line in told.splitlines() if line[:1] != " "}
    assert lines["images"] == "2"
    assert lines["pairs"].startswith(f"{len(rows)}: ")
    assert lines["objects"].endswith("0 uncertain (0.0%)")
    assert "candidates a second, each image computed once" in lines["speed"]
    assert lines["next"].startswith(f"sightline pairs check {tmp_path / 'out' / 'pairs.jsonl'} --images ")
    assert told.splitlines()[-1].endswith("--model bundled --recipe sentinel-bundled")
    assert (tmp_path / "out" / "bundled_data_pair.jsonl").is_file() and (tmp_path / "out" / "bundled.jsonl").is_file()
    again = call("--vocabulary", "rendered", "--sentences", "3")
    assert "images       2, 2 of them before" in again and "nothing was drawn this time" in again


def test_a_list_of_images_is_read_and_images_with_problems_are_told(
    call: Callable[..., str], scenes: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "image_data.jsonl"
    rows = [
        {"image_id": "7", "image_path": f"/elsewhere/{image_name(0)}", "question": "Describe this image."},
        {"image_id": "8", "image_path": "gone.png", "question": "Describe this image."},
    ]
    listed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = call("--image-data", str(listed), "--vocabulary", "rendered", "--n", "3", "--sentences", "1")
    assert "images       1, 1 more could not be captioned" in told
    assert "gone.png: " in told
    (row,) = [json.loads(line) for line in (tmp_path / "out" / "bundled.jsonl").read_text().splitlines()]
    assert (row["image_id"], row["image_path"], row["question"]) == (
        "7",
        f"/elsewhere/{image_name(0)}",
        "Describe this image.",
    )


def test_detectors_that_disagree_make_objects_uncertain(call: Callable[..., str]) -> None:
    told = call("--vocabulary", "rendered", "--n", "4", "--sentences", "1", "--limit", "2", detectors=("sharp,blind",))
    (line,) = [line for line in told.splitlines() if line.startswith("objects")]
    assert "0 uncertain" not in line


def test_the_published_variant_makes_no_pairs_of_first_sentences(call: Callable[..., str]) -> None:
    told = call("--variant", "published", "--vocabulary", "rendered", "--n", "5", "--sentences", "2", "--limit", "2")
    (line,) = [line for line in told.splitlines() if line.startswith("pairs")]
    assert ": 0 of first sentences" in line


@pytest.mark.parametrize(
    ("words", "detectors", "message"),
    [
        ((), ("contour",), "--detectors names 1; two vote"),
        (("--variant", "paper"), ("a", "b"), "No variant is called 'paper'"),
        (("--vocabulary", "lvis"), ("a", "b"), "--vocabulary is 'lvis'"),
        (("--n", "1"), ("a", "b"), "--n is 1; a pair needs two"),
        (("--limit", "0"), ("a", "b"), "--limit is 0"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    call: Callable[..., str], words: Sequence[str], detectors: Sequence[str], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        call(*words, detectors=detectors)


def test_a_scripted_model_and_a_folder_without_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    common = ["--images", str(tmp_path), "--detectors", "a", "b", "--out", str(tmp_path / "out")]
    with pytest.raises(RequestError, match="A scripted model has nothing to draw from"):
        app([*common, "--model", "scripted:Yes"], exit_on_error=False, result_action="return_value")
    (tmp_path / "a.png").unlink()
    with pytest.raises(MissingError, match="there are no images here"):
        app([*common, "--model", "bundled"], exit_on_error=False, result_action="return_value")
