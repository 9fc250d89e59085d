"""The bundled model in vLLM's own engine and through transformers: the same prompts, replies and log-probabilities.

Not among the tests of `.ci/run`: `.ci/engines` makes an environment for them.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenes_asked import CAPTION, GENERATED, YES_NO, differences, groups, replies, scenes

from sightline.core import Asking, ImageGroup
from sightline.errors import DataError, RequestError
from sightline.mechanisms.export import export_weights
from sightline.mechanisms.export_lora import export_lora
from sightline.models.bundled_model import bundled_folder
from sightline.models.heads import parse_heads
from sightline.models.knockout import Knockout
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.models.vllm_model import VllmModel, load_vllm

pytestmark = pytest.mark.filterwarnings("default")  # vLLM's own, of which there are many

TOLERANCE = 1e-3
HEADS = parse_heads(["L2H1", "L4H3", "L5H0"])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[ImageGroup]:
    return groups(scenes(tmp_path_factory.mktemp("scenes") / "scenes"))


@pytest.fixture(scope="module")
def plain() -> TransformersModel:
    return load("bundled", device="cpu")


@pytest.fixture(scope="module")
def vllm() -> Iterator[VllmModel]:
    model = load_vllm("bundled")
    yield model
    model.close()


def apart(one: list[float], other: list[float]) -> float:
    return float(np.abs(np.array(one) - np.array(other)).max())


def test_generated_replies_are_the_same(vllm: VllmModel, plain: TransformersModel, asked: list[ImageGroup]) -> None:
    ours, theirs = (replies(model, asked, GENERATED) for model in (plain, vllm))
    found = differences(vllm, asked, ours, theirs)
    print(f"{len(ours)} generated replies, {len(found)} differ, {sum(len(said.text.split()) for said in ours)} words")
    for difference in found:
        print(*difference, sep="\n  ")
    assert all(abs(difference.margin) < TOLERANCE for difference in found)
    assert len(found) <= len(ours) // 100
    assert len({said.text for said in ours}) > 40


def test_yes_and_no_are_as_likely(vllm: VllmModel, plain: TransformersModel, asked: list[ImageGroup]) -> None:
    ours, theirs = (replies(model, asked, YES_NO) for model in (plain, vllm))
    largest = apart([said.log_probs for said in ours], [said.log_probs for said in theirs])
    print(f"log-probabilities of Yes and No: {largest:.2g} nats apart at most, {len(ours)} questions")
    assert largest < TOLERANCE
    assert {said.text for said in ours} == {"Yes", "No"}


@pytest.mark.parametrize("way", ["total", "mean"])
def test_options_of_several_tokens_are_as_likely(
    vllm: VllmModel, plain: TransformersModel, asked: list[ImageGroup], way: str
) -> None:
    asking = Asking(options="mean" if way == "mean" else "total")
    ours, theirs = (replies(model, asked[:10], asking) for model in (plain, vllm))
    largest = apart([said.log_probs for said in ours], [said.log_probs for said in theirs])
    print(f"options, {way}: {largest:.2g} nats apart at most, of {ours[0].log_probs}")
    assert largest < TOLERANCE
    assert [said.text for said in ours] == [said.text for said in theirs]


def test_another_image_would_not_pass(vllm: VllmModel, plain: TransformersModel, asked: list[ImageGroup]) -> None:
    moved = [one._replace(image=other.image) for one, other in zip(asked, [*asked[1:], asked[0]], strict=True)]
    ours, theirs = replies(plain, moved, YES_NO), replies(vllm, asked, YES_NO)
    assert apart([said.log_probs for said in ours], [said.log_probs for said in theirs]) > 100 * TOLERANCE


def test_questions_without_an_image_are_the_same(vllm: VllmModel, plain: TransformersModel) -> None:
    group = [ImageGroup(None, ("Is there a moon in the image?", CAPTION))]
    ours, theirs = (replies(model, group, YES_NO) for model in (plain, vllm))
    assert apart([said.log_probs for said in ours], [said.log_probs for said in theirs]) < TOLERANCE


def test_the_image_comes_out_of_the_prefix_cache(vllm: VllmModel, tmp_path: Path) -> None:
    Image.new("RGB", (128, 128), "teal").save(tmp_path / "never seen.png")
    group = ImageGroup(tmp_path / "never seen.png", tuple(f"Is there a {n} in the image?" for n in range(20)))
    before = vllm.cached_tokens
    replies(vllm, [group], GENERATED)
    # 64 of the 65 tokens up to the end of the image are two whole blocks, which the first question computes
    print(f"from the prefix cache: {vllm.cached_tokens - before} tokens, {19 * 64} of them of the image")
    assert vllm.cached_tokens - before >= 19 * 64


def test_sampled_replies_are_the_same_again_whatever_else_is_asked(vllm: VllmModel, asked: list[ImageGroup]) -> None:
    asking = Asking(temperature=1.0, samples=3, max_new_tokens=24)
    (alone,), (among, *_) = (next(vllm.reply([asked[:images]], asking)) for images in (1, 4))
    texts = [[said.text for said in prompt] for prompt in alone]
    assert len({text for of_prompt in texts for text in of_prompt}) > 7
    same = sum(a == b for one, other in zip(alone, among, strict=True) for a, b in zip(one, other, strict=True))
    print(f"sampled: {same} of 21 the same in another batch")
    assert same >= 19


def test_a_long_prompt_and_a_broken_image_lose_nothing(
    vllm: VllmModel, asked: list[ImageGroup], tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"none")
    for bad, error, words in (
        (asked[1]._replace(prompts=("moon " * 1200,)), RequestError, "context holds 1024"),
        (ImageGroup(tmp_path / "broken.png", ("A moon?",)), DataError, "not a picture"),
    ):
        given = vllm.reply([[asked[0]], [bad]], GENERATED)
        assert len(next(given)[0]) == 7
        with pytest.raises(error, match=words):
            next(given)
    assert len(replies(vllm, asked[:1], YES_NO)) == 7


def test_it_is_known_by_the_same_content(vllm: VllmModel, plain: TransformersModel) -> None:
    one, other = vllm.identity, plain.identity
    assert (one.hash, one.name, one.family, one.dtype) == (other.hash, other.name, other.family, other.dtype)
    assert one.engine.startswith("vllm ") and one.attention == "CPU_ATTN"
    assert one.details["prompt tokens"] == "as through transformers, by the first prompt"


def test_a_lora_adapter_is_computed_beside_the_weights(
    plain: TransformersModel, asked: list[ImageGroup], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    make_adapter(adapter)
    compare_with(load_vllm("bundled", adapter=adapter), load("bundled", adapter=adapter, device="cpu"), plain, asked)


def test_a_knockout_exported_as_weights_is_the_knocked_out_model(
    plain: TransformersModel, asked: list[ImageGroup], tmp_path: Path
) -> None:
    knockout = Knockout(HEADS, "zero")
    export_weights("bundled", knockout, tmp_path / "exported")
    compare_with(load_vllm(str(tmp_path / "exported")), plain.knocked_out(knockout), plain, asked, same_hash=False)


def test_a_knockout_exported_as_an_adapter_is_the_knocked_out_model(
    plain: TransformersModel, asked: list[ImageGroup], tmp_path: Path
) -> None:
    knockout = Knockout(HEADS, "zero")
    export_lora("bundled", knockout, tmp_path / "exported")
    compare_with(load_vllm(str(tmp_path / "exported")), plain.knocked_out(knockout), plain, asked, same_hash=False)


def compare_with(
    vllm: VllmModel,
    expected: TransformersModel,
    base: TransformersModel,
    asked: list[ImageGroup],
    same_hash: bool = True,
) -> None:
    """Hold replies and log-probabilities against those in this process, and see that they are not the base's."""
    some = asked[:16]
    try:
        ours, theirs, bases = (replies(model, some, YES_NO) for model in (expected, vllm, base))
        largest = apart([said.log_probs for said in ours], [said.log_probs for said in theirs])
        of_base = apart([said.log_probs for said in ours], [said.log_probs for said in bases])
        one, other = (replies(model, some, GENERATED) for model in (expected, vllm))
        found = differences(vllm, some, one, other)
    finally:
        vllm.close()
    changed = sum(a.text != b.text for a, b in zip(one, replies(base, some, GENERATED), strict=True))
    print(f"{vllm.identity.name}: {largest:.2g} nats apart at most ({of_base:.2g} from the base), {len(found)} of ")
    print(f"{len(one)} replies differ: {found}; {changed} are not the base's")
    assert of_base > 100 * TOLERANCE and changed
    assert largest < TOLERANCE
    assert all(abs(difference.margin) < TOLERANCE for difference in found)
    assert not same_hash or vllm.identity.hash == expected.identity.hash


def make_adapter(folder: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AutoModelForImageTextToText.from_pretrained(bundled_folder(), dtype=torch.float32)
        pattern = r".*language_model.*\.(q_proj|v_proj|o_proj|up_proj|down_proj)"
        tuned = get_peft_model(model, LoraConfig(r=6, lora_alpha=12, target_modules=pattern))
        with torch.no_grad():
            for name, weight in tuned.named_parameters():
                if ".lora_B." in name:
                    weight.normal_(std=0.02)
        tuned.save_pretrained(folder)


def test_an_adapter_of_the_vision_tower_is_refused_before_anything_starts(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    factors = {f"base_model.model.model.vision_tower.encoder.layers.0.self_attn.q_proj.lora_{f}.weight" for f in "AB"}
    save_file({name: torch.zeros(1, 1) for name in factors}, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 1, "lora_alpha": 1}')
    with pytest.raises(RequestError, match="layers of the language model only"):
        load_vllm("bundled", adapter=tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "no/such-model"}, "could not be found"),
        ({"model": "bundled", "max_model_len": 2048}, "could not load .*bundled.*max_model_len"),
        ({"model": "bundled", "kv_cache_gib": "9999"}, "does not fit into memory under vLLM: Available memory"),
    ],
)
def test_what_cannot_be_started_is_one_clear_sentence(
    settings: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if room := settings.pop("kv_cache_gib", ""):
        monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", room)
    with pytest.raises(RequestError, match=words) as raised:
        load_vllm(**settings)
    print(raised.value)
    assert "Traceback" not in str(raised.value) and "\n" not in str(raised.value)


def test_an_architecture_that_vllm_does_not_know_is_said_so(tmp_path: Path) -> None:
    import json
    import shutil

    shutil.copytree(bundled_folder(), tmp_path / "other")
    config = json.loads((tmp_path / "other" / "config.json").read_text())
    (tmp_path / "other" / "config.json").write_text(json.dumps(config | {"architectures": ["GlimpseForVision"]}))
    with pytest.raises(RequestError, match=r"does not know the architecture.*GlimpseForVision") as raised:
        load_vllm(str(tmp_path / "other"))
    print(raised.value)
