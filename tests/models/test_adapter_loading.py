"""An adapter loaded as a model: its base found, its replies those of PEFT, its identity its own."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from tiny_adapters import edit, make
from tiny_models import tiny_llava

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.models.adapter import CONFIG
from sightline.models.bundled_model import bundled_folder
from sightline.models.checkpoint import open_checkpoint
from sightline.models.loading import load, wrap

torch.set_num_threads(1)

QUESTIONS = ("Is there a red moon in the image?", "How many cups are in this image?")
SOME = r".*language_model.*\.(q_proj|v_proj|up_proj)"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Any]:
    """An adapter of the bundled model, and the model with it as PEFT has it."""
    folder = tmp_path_factory.mktemp("adapters") / "tuned"
    whole = load("bundled", device="cpu")
    with_peft = make(whole.model, folder, target_modules=SOME, lora_alpha=16)
    edit(folder / CONFIG, base_model_name_or_path="bundled")
    return folder, wrap(with_peft.get_base_model(), whole.processor, "with peft")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> list[Path]:
    paths = []
    for number, colour in enumerate(("red", "navy")):
        paths.append(tmp_path_factory.mktemp("pictures") / f"{number}.png")
        Image.new("RGB", (128, 128), colour).save(paths[-1])
    return paths


def said(model: Any, pictures: Sequence[Path], asking: Asking) -> list[Any]:
    (replies,) = model.reply([[ImageGroup(path, QUESTIONS) for path in pictures]], asking)
    return [each for group in replies for samples in group for each in samples]


def test_its_replies_are_those_that_peft_gives(made, pictures) -> None:
    folder, with_peft = made
    model = load(str(folder), device="cpu")
    asking = Asking(max_new_tokens=8)
    texts = [each.text for each in said(model, pictures, asking)]
    assert texts == [each.text for each in said(with_peft, pictures, asking)]
    assert texts != [each.text for each in said(load("bundled", device="cpu"), pictures, asking)]


def test_its_log_probabilities_are_those_that_peft_gives(made, pictures) -> None:
    folder, with_peft = made
    asking = Asking(choices=("Yes", "No", "two"))
    found, expected = (said(model, pictures, asking) for model in (load(str(folder), device="cpu"), with_peft))
    for one, other in zip(found, expected, strict=True):
        assert one.log_probs == pytest.approx(other.log_probs, abs=1e-4)


def test_it_is_known_by_its_base_and_what_is_added(made) -> None:
    folder, _ = made
    base, tuned = load("bundled", device="cpu").identity, load(str(folder), device="cpu").identity
    assert (tuned.name, tuned.family) == ("tuned", base.family)
    assert tuned.hash != base.hash
    assert tuned.details["base"] == base.hash
    assert tuned.details["base name"] == "bundled"
    assert (tuned.details["adapter rank"], tuned.details["adapter is"]) == ("4", "in the weights, rounded by 0")
    assert tuned.details["adapter targets"] == "q_proj (8), up_proj (8), v_proj (8)"


def test_a_base_that_has_moved_is_named(made, tmp_path) -> None:
    folder, _ = made
    moved = shutil.copytree(folder, tmp_path / "moved")
    edit(moved / CONFIG, base_model_name_or_path=str(tmp_path / "gone"))
    with pytest.raises(RequestError, match=r"gone' could not be found.* It is the base of the adapter moved; if"):
        load(str(moved), device="cpu")
    found = load("bundled", adapter=moved, device="cpu").identity
    assert found.hash == load(str(folder), device="cpu").identity.hash


def test_another_base_of_the_same_layout_is_refused_unless_it_is_meant(made, tmp_path) -> None:
    folder, _ = made
    known = shutil.copytree(folder, tmp_path / "known")
    edit(known / "tune.json", base_hash=load("bundled", device="cpu").identity.hash)
    assert load(str(known), device="cpu").identity.hash == load(str(folder), device="cpu").identity.hash
    edit(known / "tune.json", base_hash="12" * 32)
    with pytest.raises(RequestError, match=r"was made on another model than bundled: .* 121212121212…, .*--any-base"):
        load(str(known), device="cpu")
    assert load(str(known), any_base=True, device="cpu").identity.name == "known"


def test_a_base_of_another_layout_is_refused(made, tmp_path) -> None:
    folder, _ = made
    other = tiny_llava(tmp_path / "tiny-llava")
    with pytest.raises(RequestError, match=r"The adapter tuned was made on another model"):
        load(str(other), adapter=folder, any_base=True, device="cpu")


def test_half_precision_says_what_it_takes_away(made) -> None:
    folder, _ = made
    how = load(str(folder), device="cpu", dtype="bfloat16").identity.details["adapter is"]
    assert 0 < float(how.removeprefix("in the weights, rounded by ")) < 0.5


def test_what_edits_a_checkpoint_asks_for_a_merged_one(made) -> None:
    folder, _ = made
    with pytest.raises(RequestError, match=r"tuned is an adapter.*sightline merge"):
        open_checkpoint(folder)
    assert open_checkpoint(bundled_folder()).sha256
