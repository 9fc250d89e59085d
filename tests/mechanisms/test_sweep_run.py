"""Sweeps of the bundled model over rendered scenes: kept, interrupted, resumed, refused."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from plain_hooks import outputs_of
from safetensors.numpy import save_file

from sightline.benchmarks import counting
from sightline.core import Asking, ImageGroup
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.build_presupposed import build_counting
from sightline.mechanisms import sweep_batches
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.means import Gathering
from sightline.mechanisms.outputs_file import OUTPUTS, read_outputs, write_outputs
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import SweepSettings
from sightline.mechanisms.sweep_folder import read_sweep
from sightline.mechanisms.sweep_run import SweepPlan, plan_sweep, run_sweep, split_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, parse_heads
from sightline.models.knockout import Knockout
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.records.folder_lock import lock_folder
from sightline.scenes.rendered import render_scenes

torch.set_num_threads(1)

HEADS = parse_heads(["L0H3", "L0H9", "L7H1"])
SETTINGS = SweepSettings(texts=True, max_new_tokens=8)
FILES = ["head_outputs.safetensors", "effects.parquet", "prompts.parquet", "sweep.json", "sweep.lock"]


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return load("bundled")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six scenes, a number asserted of each that is one too many."""
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=6, seed=3)
    build_counting(folder / "scene_graphs.json", folder / "counting.jsonl", offsets=(1,))
    return folder


@pytest.fixture(scope="module")
def plan(scenes: Path) -> SweepPlan:
    return planned(scenes)


@pytest.fixture(scope="module")
def complete(plan: SweepPlan, model: TransformersModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that nothing interrupted."""
    return run(plan, model, tmp_path_factory.mktemp("sweeps") / "complete")


def planned(scenes: Path, **how: Any) -> SweepPlan:
    return plan_sweep("counting", scenes / "images", [f"own={scenes / 'counting.jsonl'}"], **how)


def run(plan: SweepPlan, model: TransformersModel, out: Path, **how: Any) -> Path:
    return run_sweep(plan, model, out, how.pop("settings", SETTINGS), how.pop("heads", HEADS), batch_images=1, **how)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def assert_ended_alike(found: Path, expected: Path) -> None:
    """The same files: tables byte for byte, means number for number, the record but for how the model was loaded."""
    ours, theirs = contents(found), contents(expected)
    assert ours.keys() == theirs.keys()
    for name in ("effects.parquet", "prompts.parquet"):
        assert ours[name] == theirs[name]
    assert_same_outputs(read_outputs(found / OUTPUTS), read_outputs(expected / OUTPUTS))
    records = [json.loads(files["sweep.json"]) for files in (ours, theirs)]
    for record in records:
        del record["model"]["details"], record["command"]
    assert records[0] == records[1]


def assert_same_outputs(found: HeadOutputs, expected: HeadOutputs) -> None:
    for name in ("sums", "counts", "kept", "kept_roles"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


def test_a_sweep_is_read_back_as_it_was(plan: SweepPlan, model: TransformersModel, complete: Path) -> None:
    assert sorted(contents(complete)) == sorted(FILES)
    effects, about = read_sweep(complete)
    assert (effects.model_layers, effects.model_heads, effects.key_value_heads) == (8, 10, 5)
    assert (effects.heads, effects.benchmark, effects.has_texts) == (HEADS, "counting", True)
    assert [prompt.question_id for prompt in effects.prompts] == [prompt.question_id for prompt in plan.prompts]
    assert about["status"] == "complete"
    assert about["held_out_images"] == list(plan.held_out)
    assert about["prompts"]["images"] == list(plan.images)
    outputs = read_outputs(complete / OUTPUTS)
    asked = list(zip(plan.prompts, effects.prompts, strict=True))
    for place, head in enumerate(HEADS):
        without = model.knocked_out(Knockout((head,), outputs=outputs), asserted_words)
        for row, (prompt, swept) in enumerate(asked):
            text = said(without, plan, prompt)
            assert text.startswith(effects.text(row, place))
            assert swept.reply == said(model, plan, prompt)


def said(model: TransformersModel, plan: SweepPlan, prompt: Any) -> str:
    group = ImageGroup(plan.images[prompt.image], (prompt.prompt,))
    (((reply,),),) = next(iter(model.reply([[group]], Asking(max_new_tokens=SETTINGS.max_new_tokens))))
    return reply.text


def test_the_same_again_leaves_the_folder_as_it_is(
    plan: SweepPlan, model: TransformersModel, complete: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(complete)

    def asked(*_: Any) -> Any:
        raise AssertionError("the model was asked again")

    monkeypatch.setattr(sweep_batches, "drafts_of", asked)
    told: list[Any] = []
    assert run(plan, model, complete, progress=told.append) == complete
    assert contents(complete) == before
    assert not told


class StoppedError(Exception):
    pass


def stop(*_: Any) -> None:
    raise StoppedError


def interrupted(plan: SweepPlan, model: TransformersModel, out: Path) -> None:
    with pytest.raises(StoppedError):
        run(plan, model, out, progress=stop, command="sightline explain sweep …")


def test_an_interrupted_sweep_goes_on_where_it_stopped_and_ends_byte_for_byte_as_any_other(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    interrupted(plan, model, out)
    assert (out / "sweep.part.jsonl").read_bytes().count(b"\n") == 1
    with pytest.raises(MissingError, match="this sweep is not complete"):
        read_sweep(out)
    told: list[Any] = []
    run(plan, model, out, progress=told.append)
    assert [(progress.done, progress.total) for progress in told] == [(2, 3), (3, 3)]
    assert_ended_alike(out, complete)


def test_a_line_that_was_cut_off_is_swept_again(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    interrupted(plan, model, out)
    with (out / "sweep.part.jsonl").open("ab") as file:
        file.write(b'[{"prompt":["6","scene')
    run(plan, model, out)
    assert_ended_alike(out, complete)


def test_a_sweep_that_was_killed_goes_on_as_well(
    scenes: Path, plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    script = Path(__file__).with_name("sweep_until_killed.py")
    arguments = [str(scenes), str(out), str(SETTINGS.max_new_tokens), " ".join(map(str, HEADS))]
    found = subprocess.run([sys.executable, str(script), *arguments], capture_output=True)
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()
    assert (out / "sweep.part.jsonl").read_bytes().count(b"\n") == 1
    run(plan, model, out)
    assert_ended_alike(out, complete)


def test_a_sweep_that_stopped_while_means_were_gathered_begins_anew(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "sweep"
    with monkeypatch.context() as patched:
        patched.setattr(Gathering, "done", stop)
        with pytest.raises(StoppedError):
            run(plan, model, out)
    run(plan, model, out)
    assert_ended_alike(out, complete)


def test_replies_that_cannot_be_read_are_kept_without_figures(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    settings = SweepSettings(texts=True, max_new_tokens=1)  # "There", and no number
    effects, _ = read_sweep(run(plan, model, tmp_path / "sweep", settings=settings))
    assert [(prompt.reply, prompt.said, prompt.copied) for prompt in effects.prompts] == [("There", None, False)] * 3
    assert np.isnan(effects.log_odds_whole).all()
    assert effects.log_odds.shape == (3, 3)
    assert np.isnan(effects.log_odds).all()


def test_without_texts_there_are_none(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, texts=False)
    effects, about = read_sweep(run(plan, model, tmp_path / "sweep", settings=settings))
    assert not about["texts"]
    with pytest.raises(ValueError, match="no texts"):
        effects.text(0, 0)
    with_texts: Effects = read_sweep(complete)[0]
    np.testing.assert_allclose(effects.log_odds, with_texts.log_odds, atol=1e-4)


# ---- what is refused ----


def test_a_folder_that_another_process_sweeps_into_is_left_to_it(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    with (
        lock_folder(tmp_path / "sweep", "sweep.lock", "", ""),
        pytest.raises(RequestError, match="another process is sweeping into this folder"),
    ):
        run(plan, model, tmp_path / "sweep")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"heads": HEADS[:2]}, "heads is not the same"),
        ({"settings": replace(SETTINGS, kind="zero")}, "knockout is not the same"),
        ({"settings": replace(SETTINGS, strength=0.5)}, "knockout is not the same"),
        ({"settings": replace(SETTINGS, scope="text")}, "knockout is not the same"),
        (
            {"settings": replace(SETTINGS, texts=False, max_new_tokens=9)},
            "texts, max_new_tokens are not the same",
        ),
        ({"share": 1.0}, "prompts is not the same"),
    ],
)
def test_a_folder_that_holds_another_sweep_is_refused(
    other: dict[str, Any], told: str, scenes: Path, model: TransformersModel, complete: Path
) -> None:
    before = contents(complete)
    plan = planned(scenes, share=other.pop("share", 0.5))
    with pytest.raises(RequestError) as caught:
        run(plan, model, complete, **other)
    assert str(caught.value) == (
        f"{complete} holds another sweep: {told}. Choose another folder with --out, or delete this one."
    )
    assert contents(complete) == before


def test_a_folder_that_holds_something_else_is_refused(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match=r"holds notes\.txt but no sweep\. Choose a folder that is new or empty"):
        run(plan, model, tmp_path)
    with pytest.raises(DataError, match="no sweep can be kept here"):
        run(plan, model, tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"heads": parse_heads(["L8H0", "L0H10"])}, r"^L0H10, L8H0 do not exist: this model has 8 layers"),
        ({"heads": ()}, "No heads are to be swept"),
        ({"settings": replace(SETTINGS, kind="patch")}, "The texts of patched replies are not made"),
        ({"settings": replace(SETTINGS, kind="means")}, "kind of knockout"),
        ({"settings": replace(SETTINGS, scope="words")}, "scope of knockouts"),
        ({"settings": replace(SETTINGS, strength=2.0)}, r"The strength is 2; expected 0"),
        ({"settings": replace(SETTINGS, kind="prompt-mean", scope="decode")}, "while the prompt is read"),
    ],
)
def test_what_cannot_be_swept_is_refused_before_anything_is_written(
    how: dict[str, Any], told: str, plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=told):
        run(plan, model, tmp_path / "sweep", **how)
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"splits": ("neutral",)}, r"^No prompt asserts something false in neutral; the splits that .* are: \+1\.$"),
        ({"splits": ("+7",)}, r"\+7"),
        ({"share": 0.0}, r"^The share of images to find heads on is 0; expected above 0 and up to 1\.$"),
        ({"share": 1.5}, r"^The share of images to find heads on is 1\.5;"),
        ({"share": float("nan")}, r"^The share of images to find heads on is nan;"),
        ({"share": 0.01}, r"^0\.01 of 6 images are none; take a larger share or more images\.$"),
        ({"most": 0}, r"^No image has as few as 0 prompts"),
    ],
)
def test_a_plan_of_nothing_is_refused(how: dict[str, Any], told: str, scenes: Path) -> None:
    with pytest.raises(RequestError, match=told):
        planned(scenes, **how)


def test_a_benchmark_that_asserts_nothing_is_refused(scenes: Path) -> None:
    with pytest.raises(RequestError, match="benchmark whose prompts assert something"):
        plan_sweep("pope", scenes / "images", ["own=nowhere"])


def test_a_sweep_takes_one_label_set(scenes: Path) -> None:
    labels = scenes / "counting.jsonl"
    with pytest.raises(RequestError, match=r"^A sweep takes one label set; 2 were given\.$"):
        plan_sweep("counting", scenes / "images", [f"own={labels}", f"other={labels}"])


def test_images_that_are_not_there_are_named(scenes: Path, plan: SweepPlan, tmp_path: Path) -> None:
    some = tmp_path / "images"
    shutil.copytree(scenes / "images", some)
    gone = sorted(plan.images)[:2]
    for name in gone:
        (some / name).unlink()
    labels = [f"own={scenes / 'counting.jsonl'}"]
    with pytest.raises(RequestError) as caught:
        plan_sweep("counting", some, labels)
    assert str(caught.value) == (
        f"2 of 3 images are not in {some}: {', '.join(gone)}. Name the folder that holds them: --images FOLDER."
    )
    with pytest.raises(DataError, match="there is no such folder of images"):
        plan_sweep("counting", tmp_path / "nowhere", labels)


def test_an_image_that_cannot_be_read_ends_the_sweep_and_what_was_done_is_kept(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    interrupted(plan, model, out)
    (last,) = list(plan.images)[-1:]
    broken = tmp_path / last
    broken.write_bytes(b"no picture")
    with pytest.raises(DataError, match=last):
        run(replace(plan, images={**plan.images, last: broken}), model, out)
    assert (out / "sweep.part.jsonl").read_bytes().count(b"\n") == 2
    run(plan, model, out)
    assert_ended_alike(out, complete)


# ---- the cut ----


NAMES = [f"{number:03}.png" for number in range(100)]


def test_images_to_find_heads_on_and_to_judge_them_on_are_cut_in_two_always_alike() -> None:
    found, held_out = split_images(NAMES, 0.3)
    assert (len(found), len(held_out)) == (30, 70)
    assert not set(found) & set(held_out)
    assert list(found) == sorted(found)  # as they came
    again, _ = split_images(NAMES[::-1], 0.3)
    assert set(again) == set(found)
    larger, _ = split_images(NAMES, 0.6)
    assert set(found) < set(larger)
    other, _ = split_images(NAMES, 0.3, seed=1)
    assert len(set(other) & set(found)) < 25
    assert split_images(NAMES, 1.0) == (tuple(NAMES), ())


def test_a_plan_sweeps_the_prompts_of_its_images_only(scenes: Path, plan: SweepPlan) -> None:
    assert {prompt.image for prompt in plan.prompts} == set(plan.images)
    assert not set(plan.images) & set(plan.held_out)
    assert len(plan.images) + len(plan.held_out) == 6
    assert planned(scenes) == plan
    whole = planned(scenes, share=1.0)
    assert not whole.held_out
    questions = counting.read_labels(scenes / "counting.jsonl", "own").questions
    assert len(whole.prompts) == sum(question.split == "+1" for question in questions)


def test_at_most_so_many_prompts_are_whole_images_drawn_always_alike(scenes: Path) -> None:
    whole = planned(scenes, share=1.0)
    few = planned(scenes, share=1.0, most=2)
    assert len(few.prompts) == 2
    assert set(few.prompts) < set(whole.prompts)
    assert set(few.prompts) < set(planned(scenes, share=1.0, most=4).prompts)
    draws = {planned(scenes, share=1.0, most=2, seed=seed).prompts for seed in range(4)}
    assert len(draws) > 1


# ---- files ----


def test_what_heads_hand_on_is_read_back_as_it_was(tmp_path: Path) -> None:
    outputs = outputs_of(5)
    path = write_outputs(tmp_path / OUTPUTS, outputs)
    again = read_outputs(path)
    assert_same_outputs(again, outputs)
    assert again.digest([Head(0, 1)]) == outputs.digest([Head(0, 1)])


def test_a_damaged_file_of_means_is_one_clear_error(tmp_path: Path) -> None:
    path = write_outputs(tmp_path / OUTPUTS, outputs_of())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="the means of heads cannot be read"):
        read_outputs(path)
    path.write_bytes(b"no tensors")
    with pytest.raises(DataError, match="the means of heads cannot be read"):
        read_outputs(path)
    save_file({"sums": np.zeros(3)}, path)
    with pytest.raises(DataError, match="this file holds no means of heads"):
        read_outputs(path)
    save_file({"sums": np.zeros(3)}, path, {"format": "sightline head outputs 1"})
    with pytest.raises(DataError, match="the means of heads cannot be read"):
        read_outputs(path)
    with pytest.raises(DataError, match="the means of heads cannot be read"):
        read_outputs(tmp_path / "nowhere.safetensors")


def test_damaged_means_of_an_interrupted_sweep_are_not_gone_on_with(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    interrupted(plan, model, out)
    (out / OUTPUTS).write_bytes(b"no tensors")
    with pytest.raises(DataError, match="the means of heads cannot be read"):
        run(plan, model, out)


def damaged(complete: Path, tmp_path: Path, name: str, data: bytes) -> Path:
    out = tmp_path / "damaged"
    shutil.copytree(complete, out)
    (out / name).write_bytes(data)
    return out


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("effects.parquet", b"no table", "the sweep cannot be read"),
        ("prompts.parquet", b"", "the sweep cannot be read"),
        ("sweep.json", b'{"sweep": 99, "status": "complete"}', r"this is no sweep of version 1"),
        ("sweep.json", b"[1]", r"this is no sweep of version 1"),
        ("sweep.json", b"{", "sweep.json"),
    ],
)
def test_damaged_files_of_a_sweep_are_one_clear_error(
    name: str, data: bytes, told: str, complete: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=told):
        read_sweep(damaged(complete, tmp_path, name, data))


def test_a_folder_without_a_sweep_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"this folder holds no sweep\. sightline explain sweep makes one\."):
        read_sweep(tmp_path)


def test_effects_that_were_deleted_are_swept_again(
    plan: SweepPlan, model: TransformersModel, complete: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sweep"
    shutil.copytree(complete, out)
    (out / "effects.parquet").unlink()
    run(plan, model, out)
    assert_ended_alike(out, complete)


def test_the_command_that_began_a_sweep_is_named_where_it_is_to_be_finished(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path
) -> None:
    interrupted(plan, model, tmp_path / "sweep")
    with pytest.raises(MissingError, match="Finish it: sightline explain sweep …"):
        read_sweep(tmp_path / "sweep")
    about = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert about["status"] == "running"


def test_heads_are_all_of_the_model_where_none_are_named(
    plan: SweepPlan, model: TransformersModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[Head]] = []

    def swept(_: Any, asked: Any, heads: Sequence[Head], *__: Any) -> Any:
        seen.append(heads)
        raise StoppedError

    monkeypatch.setattr(sweep_batches, "sweep_images", swept)
    with pytest.raises(StoppedError):
        run_sweep(plan, model, tmp_path / "sweep", SETTINGS, batch_images=1)
    assert len(seen[0]) == 80
