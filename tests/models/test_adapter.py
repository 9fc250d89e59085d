"""Adapters read and put into models: what comes out is what PEFT computes, and what is none is refused."""

import copy
import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import IA3Config
from safetensors.torch import load_file, save_file
from tiny_adapters import adapter_of, edit, log_probs, make
from tiny_families import tiny

from sightline.errors import DataError, RequestError
from sightline.models.adapted import Rounding, adapt, added
from sightline.models.adapter import CONFIG, WEIGHTS, Change, model_parts, read_adapter
from sightline.models.counterparts import counterparts

torch.set_num_threads(1)

FAMILIES = ("llava", "llava_next", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvl", "smolvlm")
NEAR = {"rtol": 0, "atol": 1e-4}
SOME = r".*language_model.*\.(q_proj|up_proj)"


def adapted(model_type: str, folder: Path) -> torch.Tensor:
    model = copy.deepcopy(tiny(model_type).model)
    adapt(model, read_adapter(folder))
    return log_probs(tiny(model_type), model)


@pytest.mark.parametrize("model_type", [*FAMILIES, "ovis2", "janus", "paligemma", "mllama", "gemma3"])
def test_an_adapter_of_all_linear_layers_in_the_weights_is_what_peft_computes(model_type, tmp_path) -> None:
    made = adapter_of(model_type, tmp_path)
    torch.testing.assert_close(adapted(model_type, tmp_path), made.expected, **NEAR)
    plain = log_probs(made.of, made.of.model)
    assert (made.expected - plain).abs().max() > 1e-2


@pytest.mark.parametrize(
    "settings",
    [
        {"use_rslora": True},
        {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.mlp.up_proj": 1}},
        {"target_modules": SOME},
    ],
)
def test_scales_and_ranks_are_those_that_peft_takes(settings, tmp_path) -> None:
    made = adapter_of("llava", tmp_path, **settings)
    torch.testing.assert_close(adapted("llava", tmp_path), made.expected, **NEAR)


@pytest.mark.parametrize(
    ("model_type", "now", "then"),
    [
        ("llava", "model.language_model.", "language_model.model."),
        ("llava", ".weight", ".default.weight"),
        ("qwen2_5_vl", "model.language_model.", "model."),
        ("internvl", "base_model.model.model.", "base_model.model."),
    ],
)
def test_names_of_another_generation_mean_the_same(model_type, now, then, tmp_path) -> None:
    made = adapter_of(model_type, tmp_path, target_modules=SOME)
    weights = {name.replace(now, then): value for name, value in load_file(tmp_path / WEIGHTS).items()}
    save_file(weights, tmp_path / WEIGHTS)
    torch.testing.assert_close(adapted(model_type, tmp_path), made.expected, **NEAR)


def test_names_find_the_one_that_ends_alike_on_the_same_side() -> None:
    names = ["visual.blocks.0.attn.proj", "model.layers.0.attn.proj", "model.layers.10.attn.proj", "lm_head"]
    wanted = {
        "model.language_model.layers.0.attn.proj": "model.layers.0.attn.proj",
        "model.visual.blocks.0.attn.proj": "visual.blocks.0.attn.proj",
        "model.lm_head": None,  # a part of one name must not do for two
        "lm_head": "lm_head",
        "model.language_model.layers.1.attn.proj": None,
        "vision_tower.blocks.10.attn.proj": None,
    }
    found = counterparts(wanted, names)
    assert {name: found.get(name) for name in wanted} == wanted


def test_two_that_end_alike_are_none() -> None:
    assert counterparts(["c.layers.0.q"], ["a.layers.0.q", "b.layers.0.q"]) == {}


def test_what_half_precision_takes_away_is_measured() -> None:
    # 256 + 1 is between 256 and 258 in bfloat16, and rounds to even; 8 fits
    change = Change(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5], [4.0]]), 2.0)
    made, rounding = added(torch.tensor([[256.0, 1.0], [256.0, 1.0]], dtype=torch.bfloat16), change)
    assert made.tolist() == [[256.0, 1.0], [264.0, 1.0]]
    assert (rounding.changed, rounding.lost) == (1 + 64, 1)
    assert rounding.share == pytest.approx(65**-0.5)
    assert Rounding().share == 0


def test_beside_quantised_weights_it_computes_the_same_and_leaves_them(tmp_path) -> None:
    made = adapter_of("qwen2_vl", tmp_path, target_modules=SOME)
    model = copy.deepcopy(made.of.model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.config.quantization_config = {"quant_method": "some"}
    assert adapt(model, read_adapter(tmp_path)) is None
    torch.testing.assert_close(log_probs(made.of, model), made.expected, **NEAR)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_an_adapter_says_what_it_is(tmp_path) -> None:
    adapter_of("llava", tmp_path / "tuned", target_modules=SOME, rank_pattern={"q_proj": 2})
    adapter = read_adapter(tmp_path / "tuned")
    assert (adapter.name, adapter.ranks, adapter.targets) == ("tuned", "2, 4", "q_proj (3), up_proj (3)")


def test_an_adapter_is_known_by_its_weights_and_by_how_they_are_scaled(tmp_path) -> None:
    for name, alpha in (("one", 8), ("same", 8), ("other", 9)):
        adapter_of("llava", tmp_path / name, target_modules=SOME, lora_alpha=alpha)
    edit(tmp_path / "same" / CONFIG, base_model_name_or_path="elsewhere", lora_dropout=0.5)
    one, same, other = (read_adapter(tmp_path / name).sha256 for name in ("one", "same", "other"))
    assert one == same != other
    weights = load_file(tmp_path / "same" / WEIGHTS)
    next(iter(weights.values()))[0, 0] += 1
    save_file(weights, tmp_path / "same" / WEIGHTS)
    assert read_adapter(tmp_path / "same").sha256 != one


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"use_dora": True}, r"scales the weights besides \(DoRA\), setting use_dora. Merge it with PEFT"),
        ({"modules_to_save": ["multi_modal_projector"]}, r"holds whole modules besides \(multi_modal_projector\)"),
        ({"bias": "lora_only"}, r"changes biases too \(bias: lora_only\)"),
        ({"lora_bias": True}, r"adds to biases too"),
        ({"trainable_token_indices": [1, 2]}, r"holds embeddings of single tokens \(1, 2\)"),
        ({"target_modules": ["embed_tokens"]}, r"which is no factor of a linear layer"),
        ({"init_lora_weights": "pissa"}, r"was begun by pissa, which changes the weights of the base"),
    ],
)
def test_what_is_more_than_products_added_to_weights_is_refused(settings, message, tmp_path) -> None:
    adapter_of("llava", tmp_path, **{"target_modules": SOME} | settings)
    with pytest.raises(RequestError, match=message):
        read_adapter(tmp_path)


def test_an_adapter_of_another_kind_is_refused(tmp_path) -> None:
    make(tiny("llava").model, tmp_path, IA3Config, target_modules=["q_proj"], feedforward_modules=[])
    with pytest.raises(RequestError, match=r"is an adapter of type IA3, and only LoRA is known here"):
        read_adapter(tmp_path)


def test_pickled_weights_are_refused(tmp_path) -> None:
    adapter_of("llava", tmp_path, target_modules=SOME)
    (tmp_path / WEIGHTS).rename(tmp_path / "adapter_model.bin")
    with pytest.raises(RequestError, match=r"are pickled \(adapter_model.bin\), not safetensors"):
        read_adapter(tmp_path)
    (tmp_path / "adapter_model.bin").unlink()
    with pytest.raises(RequestError, match=r"has no weights: .* holds no adapter_model.safetensors"):
        read_adapter(tmp_path)


def test_a_tuning_that_is_not_complete_is_to_be_finished(tmp_path) -> None:
    adapter_of("llava", tmp_path, target_modules=SOME)
    edit(tmp_path / "tune.json", base_hash="ab", complete=False, command="sightline tune …")
    with pytest.raises(RequestError, match=r"is not complete. Finish it: sightline tune …"):
        read_adapter(tmp_path)
    edit(tmp_path / "tune.json", complete=True)
    assert read_adapter(tmp_path).base_hash == "ab"


def test_a_folder_without_an_adapter_is_named(tmp_path) -> None:
    with pytest.raises(RequestError, match=r"is no adapter: there is no adapter_config.json"):
        read_adapter(tmp_path)


def test_broken_files_are_named(tmp_path) -> None:
    adapter_of("llava", tmp_path, target_modules=SOME)
    whole, weights = (tmp_path / CONFIG).read_text(), load_file(tmp_path / WEIGHTS)
    save_file({name: value for name, value in weights.items() if "lora_A" in name}, tmp_path / WEIGHTS)
    with pytest.raises(DataError, match=r"has only one of its two matrices"):
        read_adapter(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(b"x")
    with pytest.raises(DataError, match=r"the adapter's weights cannot be read"):
        read_adapter(tmp_path)
    for text, message in (("[1]", "this is a list, expected an object"), (whole[:20], "this is no JSON")):
        (tmp_path / CONFIG).write_text(text)
        with pytest.raises(DataError, match=message):
            read_adapter(tmp_path)


def test_an_adapter_of_another_model_is_refused_before_it_can_do_anything(tmp_path) -> None:
    adapter_of("qwen2_vl", tmp_path / "qwen", target_modules=r".*visual.*\.(qkv|fc1)")
    model = copy.deepcopy(tiny("llava").model)
    with pytest.raises(RequestError, match=r"made on another model: it adapts .*visual.* for which there is no weight"):
        adapt(model, read_adapter(tmp_path / "qwen"))
    adapter_of("llava", tmp_path / "llava", target_modules=SOME)
    weights = load_file(tmp_path / "llava" / WEIGHTS)
    name = next(name for name in weights if "lora_B" in name)
    save_file(weights | {name: torch.zeros(7, 4)}, tmp_path / "llava" / WEIGHTS)
    with pytest.raises(RequestError, match=r"up_proj is 7 × 64, and the weight is 96 × 64 here"):
        adapt(model, read_adapter(tmp_path / "llava"))


def test_weights_that_are_shared_cannot_be_adapted_for_one_use_alone(tmp_path) -> None:
    model = copy.deepcopy(tiny("qwen2_vl").model)
    model.lm_head.weight = model.model.language_model.embed_tokens.weight
    make(tiny("qwen2_vl").model, tmp_path, target_modules=["lm_head"])
    weights = load_file(tmp_path / WEIGHTS)
    save_file({name: weights[name] for name in weights if "lora_" in name}, tmp_path / WEIGHTS)
    with pytest.raises(RequestError, match=r"adapts lm_head, whose weights are those of .*embed_tokens as well"):
        adapt(model, read_adapter(tmp_path))


def test_an_adapter_on_the_hub_is_one_too(tmp_path, monkeypatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    repository = tmp_path / "models--someone--tuned"
    adapter_of("llava", repository / "snapshots" / "abc", target_modules=SOME)
    edit(repository / "snapshots" / "abc" / CONFIG, base_model_name_or_path="someone/base", revision="v2")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    found = model_parts("someone/tuned")
    assert found.adapter is not None
    assert (found.base, found.revision, found.adapter.name) == ("someone/base", "v2", "someone/tuned")
    assert model_parts("someone/base", "someone/tuned").adapter == found.adapter
    assert model_parts("someone/base", revision="v1") == ("someone/base", "v1", None)


def test_one_adapter_is_added_at_a_time_and_needs_a_base(tmp_path) -> None:
    adapter_of("llava", tmp_path / "a", target_modules=SOME)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with pytest.raises(RequestError, match=r"is an adapter itself, and one is added at a time"):
        model_parts(str(tmp_path / "a"), tmp_path / "b")
    edit(tmp_path / "a" / CONFIG, base_model_name_or_path=None)
    with pytest.raises(RequestError, match=r"does not say what it was made on. Name its base: --model BASE --adapter"):
        model_parts(str(tmp_path / "a"))
    assert json.loads((tmp_path / "b" / CONFIG).read_bytes())["peft_type"] == "LORA"
