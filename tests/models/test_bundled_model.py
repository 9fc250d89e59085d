import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForImageTextToText, AutoProcessor

from sightline.core import Asking, ImageGroup
from sightline.errors import DataError
from sightline.models import bundled_model
from sightline.models.bundled_model import bundled_folder, check_files
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.scenes.rendered import compose, render_scenes
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.world import KINDS, mates_of

SCENES = 12


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return load("bundled")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=SCENES, seed=5)
    return folder / "images"


def test_transformers_loads_it_from_its_folder_with_every_weight_in_place() -> None:
    loaded, about = AutoModelForImageTextToText.from_pretrained(bundled_folder(), output_loading_info=True)
    assert not (about["missing_keys"] or about["unexpected_keys"] or about["mismatched_keys"])
    text = loaded.config.text_config
    assert text.hidden_size // text.num_attention_heads == 32
    assert sum(p.numel() for p in loaded.parameters()) <= 15_000_000
    processor = AutoProcessor.from_pretrained(bundled_folder())
    prompt = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Hello"}]}]
    assert processor.apply_chat_template(prompt, add_generation_prompt=True) == "<|user|><image>Hello<|assistant|>"


def test_it_is_small_and_its_weights_have_the_names_of_public_checkpoints() -> None:
    shards = sorted(bundled_folder().glob("*.safetensors"))
    assert all(path.stat().st_size < 15_000_000 for path in shards)
    assert sum(path.stat().st_size for path in bundled_folder().iterdir()) < 30_000_000
    names = []
    for path in shards:
        with safe_open(path, framework="pt") as file:
            names += list(file.keys())
    begins = ("language_model.model.", "vision_tower.vision_model.", "multi_modal_projector.")
    assert all(name.startswith(begins) for name in names)


def test_it_sees_what_is_in_plain_sight_and_knows_what_is_not_expected(model: TransformersModel, images: Path) -> None:
    asked, expected = [], []
    for index in range(SCENES):
        scene = compose(5, index)
        there = [kind for kind in scene.kinds if not scene.of(kind)[0].marginal]
        absent = [kind for kind in KINDS if kind not in scene.kinds and not set(mates_of(kind)) & set(scene.kinds)][:4]
        questions = tuple(f"Is there {article(kind)} {kind} in the image?" for kind in (*there, *absent))
        asked.append(ImageGroup(images / image_name(index), questions))
        expected += ["Yes"] * len(there) + ["No"] * len(absent)
    (said,) = model.reply([asked], Asking(max_new_tokens=4))
    right = [reply[0].text == want for reply, want in zip((r for group in said for r in group), expected, strict=True)]
    assert len(right) > 60
    assert sum(right) >= 0.9 * len(right)


def test_it_counts_in_words_and_stops(model: TransformersModel, images: Path) -> None:
    scene = compose(5, 0)
    kind = next(each.kind for each in scene.objects if not each.marginal)
    group = ImageGroup(images / image_name(0), (f"How many {kind}s are in this image?",))
    ((((said,),),),) = model.reply([[group]], Asking(max_new_tokens=30))
    assert said.text.startswith("There ") and said.text.endswith(".")


def test_words_it_has_never_seen_do_not_stop_it(model: TransformersModel, images: Path) -> None:
    group = ImageGroup(images / image_name(0), ("¿Hay un ornitorrinco? 鸭嘴兽 🦆 \x07",))
    ((((said,),),),) = model.reply([[group]], Asking(max_new_tokens=8))
    assert isinstance(said.text, str)


def test_its_image_is_shared_and_gives_what_each_question_alone_gives(model: TransformersModel, images: Path) -> None:
    asked = [ImageGroup(images / image_name(1), ("Is there a moon in the image?", "Describe this image in detail."))]
    asking = Asking(max_new_tokens=60)
    (together,) = model.reply([asked], asking)
    assert model.identity.details["image shared"] == "yes"
    (alone,) = load("bundled", share=False).reply([asked], asking)
    assert [[reply[0].text for reply in group] for group in together] == [[r[0].text for r in group] for group in alone]


def test_a_damaged_file_is_named_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / "bundled"
    shutil.copytree(bundled_folder(), copied)
    weights = copied / "model-00002-of-00002.safetensors"
    data = bytearray(weights.read_bytes())
    data[-5] ^= 1
    weights.write_bytes(data)
    monkeypatch.setattr(bundled_model, "__file__", str(tmp_path / "bundled_model.py"))
    with pytest.raises(
        DataError, match=r"model-00002-of-00002\.safetensors: the bundled model is damaged: sha256 is .*"
    ):
        load("bundled")


def test_a_missing_file_and_missing_checksums_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"checksums\.json: the checksums cannot be read"):
        check_files(tmp_path)
    (tmp_path / "checksums.json").write_text(json.dumps({"config.json": "0"}))
    with pytest.raises(DataError, match=r"config\.json: a file of the bundled model cannot be read"):
        check_files(tmp_path)


def test_its_weights_are_finite_in_half_precision() -> None:
    for path in bundled_folder().glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118
                tensor = file.get_tensor(name)
                assert tensor.dtype == torch.float16 and bool(tensor.isfinite().all()), name
