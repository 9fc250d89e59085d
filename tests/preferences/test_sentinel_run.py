"""A whole run: its folder, its files, what interrupts it, and what it refuses."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sentinel_scripts import Detector, Said, TellsOf, words

from sightline.core import Drawing
from sightline.errors import MissingError, RequestError
from sightline.preferences.sentinel.images import AskedImages, asked_images
from sightline.preferences.sentinel.run import SentinelPairs, SentinelSettings, make_sentinel_pairs
from sightline.preferences.sentinel.variants import variant
from sightline.records.folder_lock import lock_folder

BOX = (0.0, 0.0, 1.0, 1.0)
FILES = ("captions.jsonl", "pairs.jsonl", "sentinel.json", "sentinel.lock", "teller.jsonl", "teller_data_pair.jsonl")


def story(image: str) -> Said:
    """What is said of an image; each counts its dogs by its name."""
    dogs = image.removesuffix(".png")
    first = f"A dog {dogs}."
    return {
        "": (first, f"A cat {dogs}."),
        first: ("The dog has a sofa.", "The dog has a bird."),
        f"{first} The dog has a sofa.": ("#", "#"),
    }


def settings(**changes: Any) -> SentinelSettings:
    seen = {"dog": BOX, "sofa": BOX}
    made = SentinelSettings([Detector(seen), Detector(seen, name="other")], words("dog", "sofa", "cat", "bird"))
    return replace(made, drawing=Drawing(n=2), at_once=2, **changes)


def images(folder: Path, number: int = 5) -> AskedImages:
    folder.mkdir(exist_ok=True)
    for place in range(number):
        (folder / f"{place}.png").write_bytes(b"")
    return asked_images(folder, prompt="Describe it.")


def run(tmp_path: Path, out: str = "out", model: TellsOf | None = None, **changes: Any) -> SentinelPairs:
    folder = tmp_path / "images"
    return make_sentinel_pairs(model or TellsOf(story), images(folder), folder, settings(**changes), tmp_path / out)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_run_writes_pairs_sentinels_files_and_everything_it_saw(tmp_path: Path) -> None:
    made = run(tmp_path)
    assert sorted(file.name for file in made.folder.iterdir()) == sorted(FILES)
    rows = lines(made.folder / "teller_data_pair.jsonl")
    assert [(row["image_id"], row["y_win"], row["y_lose"]) for row in rows[:2]] == [
        ("0", "A dog 0.", "A cat 0."),
        ("0", "The dog has a sofa.", "The dog has a bird."),
    ]
    assert [(pair["image"], pair["chosen"], pair["rejected"]) for pair in lines(made.folder / "pairs.jsonl")] == [
        (row["image_path"], row["y_win"], row["y_lose"]) for row in rows
    ]
    assert [row["caption"] for row in lines(made.folder / "teller.jsonl")][4] == "A dog 4. The dog has a sofa."
    assert (made.summary.images, made.summary.pairs_first, made.summary.pairs_later) == (5, 5, 5)
    assert (made.resumed, made.problems, made.was_cut) == (0, {}, False)
    assert (made.spent.drawn, made.summary.drawn) == (30, 30)
    about = json.loads((made.folder / "sentinel.json").read_text())
    assert about["result"]["pairs_later"] == 5
    assert about["detectors"] == {"first": "eye 1 from 0.5", "second": "other 1 from 0.5"}


def test_images_are_written_side_by_side_and_the_next_begins_where_one_is_over(tmp_path: Path) -> None:
    model = TellsOf(story)
    run(tmp_path, model=model)
    assert [image for image, _ in model.asked[:6]] == ["0.png", "1.png"] * 3
    assert {context for _, context in model.asked[:2]} == {""}


def test_the_same_call_again_draws_nothing_and_writes_the_same(tmp_path: Path) -> None:
    first = run(tmp_path)
    before = {file.name: file.read_bytes() for file in first.folder.iterdir()}
    model = TellsOf(story)
    again = run(tmp_path, model=model)
    assert (model.asked, again.resumed, again.summary) == ([], 5, first.summary)
    assert {file.name: file.read_bytes() for file in again.folder.iterdir()} == before


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from sentinel_scripts import TellsOf
from test_sentinel_run import run, story
run(Path(sys.argv[2]), model=TellsOf(story, killed_after=int(sys.argv[3])))
"""


@pytest.mark.parametrize("draws", [2, 8])
def test_a_killed_run_loses_only_what_was_under_way_and_ends_like_another(tmp_path: Path, draws: int) -> None:
    call = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path), str(draws)]
    assert subprocess.run(call, check=False).returncode == -signal.SIGKILL
    done = lines(tmp_path / "out" / "captions.jsonl")
    assert len(done) == {2: 0, 8: 2}[draws]
    with (tmp_path / "out" / "captions.jsonl").open("a") as file:
        file.write('{"image": "4.png", "pro')  # a line that was being written
    resumed = run(tmp_path)
    assert (resumed.resumed, resumed.was_cut) == (len(done), True)
    whole = run(tmp_path, "whole")
    for name in ("pairs.jsonl", "teller_data_pair.jsonl", "teller.jsonl", "sentinel.json"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_an_image_that_cannot_be_read_is_told_at_the_end_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    asked = images(folder)
    (folder / "3.png").unlink()
    made = make_sentinel_pairs(TellsOf(story), asked, folder, settings(), tmp_path / "out")
    assert (made.summary.images, made.problems) == (4, {"3.png": "3.png: there is no such file."})
    images(folder)
    model = TellsOf(story)
    again = make_sentinel_pairs(model, asked, folder, settings(), tmp_path / "out")
    assert ({image for image, _ in model.asked}, again.summary.images, again.problems) == ({"3.png"}, 5, {})
    assert (again.folder / "pairs.jsonl").read_bytes() == (run(tmp_path, "whole").folder / "pairs.jsonl").read_bytes()


def test_a_run_of_which_no_image_can_be_read_is_an_error(tmp_path: Path) -> None:
    asked = images(tmp_path / "images", 2)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(MissingError, match=r"none of 2 images could be captioned, such as 0\.png: 0\.png: there is no"):
        make_sentinel_pairs(TellsOf(story), asked, tmp_path / "nothing", settings(), tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"way": variant("published")}, 'variant was "sightline", is "published"'),
        ({"most_sentences": 3}, "sentences was 20, is 3"),
        ({"objects": words("dog")}, None),
    ],
)
def test_a_folder_of_another_run_is_refused(tmp_path: Path, changes: dict[str, Any], told: str | None) -> None:
    run(tmp_path)
    if told is None:
        changes["objects"] = changes["objects"]._replace(version="2")
        told = 'objects was "words 1", is "words 2"'
    with pytest.raises(RequestError, match=f"holds another run: {told}. Choose another folder with --out"):
        run(tmp_path, **changes)


def test_a_run_on_other_images_or_with_other_draws_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    folder = tmp_path / "images"
    with pytest.raises(RequestError, match="images number was 5, is 6"):
        make_sentinel_pairs(TellsOf(story), images(folder, 6), folder, settings(), tmp_path / "out")
    (folder / "5.png").unlink()
    other = replace(settings(), drawing=Drawing(n=2, seed=1))
    with pytest.raises(RequestError, match="drawing seed was 0, is 1"):
        make_sentinel_pairs(TellsOf(story), images(folder), folder, other, tmp_path / "out")


def test_a_folder_that_is_held_or_holds_other_things_is_refused(tmp_path: Path) -> None:
    with (
        lock_folder(tmp_path / "out", "sentinel.lock", "busy", "unusable"),
        pytest.raises(RequestError, match="another process is writing pairs into this folder"),
    ):
        run(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.doc").write_text("")
    with pytest.raises(RequestError, match=r"holds thesis\.doc but no run of SENTINEL's pairs"):
        run(tmp_path, "mine")


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (Drawing(n=1), "--n is 1; a pair needs two candidates at least"),
        (Drawing(temperature=0.0), "--temperature is 0; candidates differ only where it is above 0"),
        (Drawing(top_p=0.0), "--top-p is 0; expected a share"),
        (Drawing(max_new_tokens=0), "--max-new-tokens is 0; expected one or more"),
    ],
)
def test_impossible_draws_are_refused_before_anything_is_written(
    tmp_path: Path, drawing: Drawing, message: str
) -> None:
    folder = tmp_path / "images"
    with pytest.raises(RequestError, match=message):
        make_sentinel_pairs(
            TellsOf(story), images(folder), folder, replace(settings(), drawing=drawing), tmp_path / "out"
        )
    assert not (tmp_path / "out").exists()


def test_a_model_called_pairs_does_not_overwrite_the_pairs(tmp_path: Path) -> None:
    class Named(TellsOf):
        @property
        def identity(self) -> Any:
            return replace(super().identity, name="runs/pairs")

    made = run(tmp_path, model=Named(story))
    assert [file.name for file in made.files] == ["pairs.jsonl", "pairs_model_data_pair.jsonl", "pairs_model.jsonl"]
