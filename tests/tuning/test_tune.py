"""Tuning from files to a folder: what it writes, what it refuses, and how it goes on where it was killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from scene_pairs import scenes, written
from tune_until_killed import NO_DROPOUT, STEPS, recipe, request, run

from sightline.errors import DataError, RequestError
from sightline.models.loading import load
from sightline.tuning import run as run_module
from sightline.tuning import tree_rows
from sightline.tuning.adapters import Adapter
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import Schedule, Selection
from sightline.tuning.request import Tuned

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes, their pairs, and a cache; the folders of runs lie beside them."""
    path = tmp_path_factory.mktemp("tune")
    scenes(path / "scenes", 6)
    written(path / "pairs.jsonl", range(4))
    written(path / "held.jsonl", range(4, 6))
    before = os.environ.get("SIGHTLINE_CACHE")
    os.environ["SIGHTLINE_CACHE"] = str(path / "cache")
    yield path
    os.environ.pop("SIGHTLINE_CACHE") if before is None else os.environ.update(SIGHTLINE_CACHE=before)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture(scope="module")
def whole(folder: Path, told: list[tuple[str, str]]) -> Tuned:
    """A run that nobody interrupts."""
    return run(request(folder, "whole"), tell=lambda name, text: told.append((name, text)))


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows(folder: Path, kind: str) -> list[dict]:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == kind]


def test_a_run_leaves_an_adapter_its_record_and_its_log(folder: Path, whole: Tuned) -> None:
    assert kept(whole.folder) == ["README.md", "adapter_config.json", WEIGHTS, "log.jsonl", "tune.json", "tune.lock"]
    assert (whole.steps, whole.pairs, whole.resumed, whole.warnings) == (STEPS, 16, None, ())
    config = json.loads((whole.folder / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["r"], config["lora_alpha"]) == ("bundled", 4, 8)
    record = json.loads((whole.folder / "tune.json").read_text())
    assert record["complete"] and record["base_hash"] == load("bundled").identity.hash
    assert record["plan"] == {"batch_pairs": 8, "at_once": 4, "batches": 2, "as_trees": True, "steps": STEPS}
    assert record["files"][0]["rows"] == 16


def test_the_loss_falls_and_the_margin_rises_step_by_step(whole: Tuned) -> None:
    tuned = rows(whole.folder, "tuned")
    assert [row["step"] for row in tuned] == [1, 2, 3, 4]
    assert [row["epoch"] for row in tuned] == [0.5, 1.0, 1.5, 2.0]
    assert tuned[0]["loss"] == pytest.approx(0.6931, abs=1e-4)
    assert tuned[-1]["loss"] < 0.66 and tuned[-1]["margin"] > 0.05


def test_what_is_told_says_what_was_checked_and_how_pairs_are_computed(whole: Tuned, told: list) -> None:
    lines = dict(told)
    assert lines["read"] == "16 pairs from 1 file (sightline's pairs)"
    assert lines["left out"] == "nothing: every row was looked at and encoded"
    assert lines["tuned on"] == "16 pairs of 4 images, 8 positive, 8 negative"
    assert lines["trained"].startswith(
        "LoRA r 4, alpha 8, dropout 0.1, on all linear layers of the language model: 0.188 M"
    )
    assert lines["computed"].startswith("the pairs of an image as one tree: ")
    assert lines["steps"] == "4 of 8 pairs on average, at most 4 at once on a device"
    assert lines["loss"] == "sigmoid, beta 0.1"
    assert lines["step 4"].startswith("loss 0.6")


def test_the_adapter_is_a_model(whole: Tuned) -> None:
    tuned = load(str(whole.folder))
    assert tuned.identity.details["base"] == whole.record["base_hash"]


def test_a_complete_run_is_left_as_it_is(folder: Path, whole: Tuned) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in whole.folder.iterdir() if path.name != "tune.lock"}
    again = run(request(folder, "whole"))
    assert (again.steps, again.resumed, again.after) == (STEPS, STEPS, whole.after)
    assert before == {path.name: path.stat().st_mtime_ns for path in whole.folder.iterdir() if path.name != "tune.lock"}


@pytest.mark.parametrize("where", ["after a step", "while it is saved"])
def test_a_killed_run_goes_on_and_ends_with_the_same_weights_bit_for_bit(
    folder: Path, whole: Tuned, where: str
) -> None:
    out = f"killed {where}"
    script = Path(__file__).with_name("tune_until_killed.py")
    environment = {**os.environ, "SIGHTLINE_CACHE": str(folder / "another cache")}
    process = subprocess.run(
        [sys.executable, str(script), str(folder), out, where], env=environment, capture_output=True, check=False
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    assert not (folder / out / WEIGHTS).exists()
    checkpoints = kept(folder / out / "checkpoints")
    assert checkpoints == ["checkpoint-2"]
    done = run(request(folder, out))
    assert done.resumed == (2 if where == "after a step" else None), "a checkpoint that is not whole counts for nothing"
    assert (folder / out / WEIGHTS).read_bytes() == (whole.folder / WEIGHTS).read_bytes()
    assert (folder / out / "log.jsonl").read_bytes() == (whole.folder / "log.jsonl").read_bytes()
    assert not (folder / out / "checkpoints").exists()


def test_two_processes_end_with_the_weights_of_one(folder: Path) -> None:
    script = Path(__file__).with_name("tune_until_killed.py")
    launched = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    environment = {
        **os.environ,
        "ACCELERATE_USE_CPU": "1",
        "SIGHTLINE_CACHE": str(folder / "third cache"),
        "PYTHONWARNINGS": "error:`broadcast_buffers` is deprecated:FutureWarning",
    }
    done = subprocess.run(
        [*launched, str(folder), "two", "to the end"], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    run(request(folder, "one", adapter=NO_DROPOUT))
    one, two = (load_file(folder / out / WEIGHTS) for out in ("one", "two"))
    largest = max(float(weights.abs().max()) for weights in one.values())
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-5 * largest


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"loss": Loss({"sigmoid": 1.0}, beta=0.2)}, "other settings: loss beta it has 0.1, now it is 0.2"),
        ({"schedule": Schedule(2e-3, 8, epochs=2)}, "other settings: schedule learning_rate it has 0.001"),
        ({"selection": Selection(limit=8)}, "other settings: selection limit it has null, now it is 8"),
    ],
)
def test_a_run_with_other_settings_is_refused(folder: Path, whole: Tuned, changed: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        run(request(folder, "whole", **changed))


def test_a_run_with_other_pairs_is_refused(folder: Path, whole: Tuned) -> None:
    other = replace(request(folder, "whole"), pairs=[folder / "held.jsonl"])
    with pytest.raises(
        RequestError, match="whole holds a run with other pairs or images: pairs it has 16, now it is 8"
    ):
        run(other)


def test_a_run_on_another_base_model_is_refused(folder: Path, whole: Tuned, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    shutil.copytree(whole.folder, begun)
    record = json.loads((begun / "tune.json").read_text())
    record |= {"complete": False, "base_hash": "0" * 64}
    (begun / "tune.json").write_text(json.dumps(record))
    checkpoint = begun / "checkpoints" / "checkpoint-2"
    checkpoint.mkdir(parents=True)
    (checkpoint / "whole").touch()
    with pytest.raises(
        RequestError, match="begun holds a run with another base model: it has 000000000000…, now it is"
    ):
        run(replace(request(folder, "begun"), out=begun))


def test_a_run_that_has_no_checkpoint_yet_gives_way_to_another(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tune.json").write_text(
        json.dumps({"format": "sightline-tuning", "version": 1, "settings": {}, "complete": False})
    )
    one = replace(request(folder, "", schedule=Schedule(1e-3, 8, steps=1)), out=tmp_path)
    assert run(one).steps == 1


def test_a_folder_that_holds_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(RequestError, match=r"holds holiday\.jpg but no tuning run"):
        run(replace(request(folder, ""), out=tmp_path))


def test_an_adapter_is_not_tuned_further(folder: Path, whole: Tuned) -> None:
    with pytest.raises(RequestError, match="holds an adapter"):
        run(replace(request(folder, "further"), model=str(whole.folder)))


def test_bad_rows_are_refused_before_the_model_is_loaded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "load_base", None)
    lines = (folder / "pairs.jsonl").read_text().replace("scene_000002", "scene_999999")
    (tmp_path / "pairs.jsonl").write_text(lines)
    with pytest.raises(DataError, match="4 of 16 pairs cannot be tuned on: 4 × the image is not there"):
        run(replace(request(folder, "bad"), pairs=[tmp_path / "pairs.jsonl"]))
    assert len((folder / "bad" / "bad_rows.jsonl").read_text().splitlines()) == 4


def test_held_out_pairs_are_watched_before_during_and_after(folder: Path, tmp_path: Path) -> None:
    asked = request(folder, "", schedule=Schedule(1e-3, 8, steps=3))
    done = run(replace(asked, out=tmp_path / "out", held_out=[folder / "held.jsonl"]))
    watched = rows(tmp_path / "out", "watched")
    assert [row["step"] for row in watched] == [0, 2, 3]
    assert (done.before, done.after) == (watched[0]["figures"], watched[-1]["figures"])
    assert done.before["margin"] == 0.0 and done.after["margin"] > 0
    assert {"accuracy_positive", "accuracy_negative", "yes_rate", "reward_accuracy"} <= set(done.after)


def test_a_share_of_images_is_held_out_where_no_file_is(folder: Path, tmp_path: Path) -> None:
    asked = request(folder, "", schedule=Schedule(1e-3, 8, steps=1), selection=Selection(held_out_share=0.25))
    done = run(replace(asked, out=tmp_path))
    assert (done.record["data"]["pairs"], done.record["held_out"]["pairs"]) == (12, 4)


def test_weights_are_tuned_whole_into_a_folder_that_is_a_model(folder: Path, tmp_path: Path) -> None:
    asked = request(folder, "", schedule=Schedule(1e-4, 8, steps=2), adapter=Adapter("full"))
    done = run(replace(asked, out=tmp_path / "full"))
    assert rows(done.folder, "tuned")[0]["loss"] == pytest.approx(0.6931, abs=1e-4)
    tuned, base = load(str(done.folder)), load("bundled")
    before, after = (dict(each.model.named_parameters()) for each in (base, tuned))
    changed = [name for name in before if not before[name].equal(after[name])]
    assert changed and all(name.startswith("model.language_model.") for name in changed)


def test_the_reason_is_told_where_pairs_are_not_computed_as_trees(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "apart", lambda *_: (0.5, True))
    lines: dict[str, str] = {}
    one = replace(request(folder, "", schedule=Schedule(1e-3, 8, steps=1)), out=tmp_path)
    done = run(one, tell=lambda name, text: lines.update({name: text}))
    assert lines["computed"].startswith("each reply by itself: the first pairs came out 0.5 nats a token apart; ")
    assert done.record["plan"]["as_trees"] is False


@pytest.mark.parametrize("what", ["visible", "_positions"])
def test_a_tree_that_is_wrong_is_found_out_before_the_first_step(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    right = getattr(tree_rows, what)

    def blind_to_branches(until: torch.Tensor) -> torch.Tensor:
        return right(torch.full_like(until, until.shape[1]))

    def in_a_line(*given: Any) -> torch.Tensor:
        return torch.arange(given[-1].shape[1]).expand_as(right(*given))

    monkeypatch.setattr(tree_rows, what, blind_to_branches if what == "visible" else in_a_line)
    lines: dict[str, str] = {}
    one = replace(request(folder, "", schedule=Schedule(1e-3, 8, steps=1)), out=tmp_path)
    done = run(one, tell=lambda name, text: lines.update({name: text}))
    assert re.match(r"each reply by itself: the first pairs came out [\d.]+ nats a token apart; ", lines["computed"])
    assert done.record["plan"]["as_trees"] is False
    assert rows(tmp_path, "tuned")[0]["loss"] == pytest.approx(0.6931, abs=1e-4)


def test_recipes_do_not_differ_from_what_a_run_takes() -> None:
    assert recipe().schedule.epochs * 16 // recipe().schedule.batch_pairs == STEPS
