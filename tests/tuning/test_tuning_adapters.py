"""Where adapters land, by the names of the modules that get one."""

import re
from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
import torch
from tiny_families import tiny

from sightline.errors import RequestError
from sightline.models.families import family_of
from sightline.tuning.adapters import ALL_LINEAR, Adapter, adapted_layers, attach, frozen_modules, switched_off, trained

FAMILIES = ["qwen2_vl", "qwen2_5_vl", "llava", "llava_next", "llava_onevision", "internvl"]
LAYERS = 3
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def model_of(model_type: str) -> Any:
    return deepcopy(tiny(model_type).model)


def adapted_modules(model: Any) -> list[str]:
    return sorted({name.partition(".lora_")[0].removeprefix("base_model.model.") for name in trained(model)})


@pytest.mark.parametrize("model_type", FAMILIES)
def test_finers_layers_are_two_of_each_decoder_layer_and_none_of_the_vision_tower(model_type: str) -> None:
    family = family_of(model_type)
    assert family is not None
    model = attach(model_of(model_type), family, Adapter(targets=("q_proj", "v_proj")))
    expected = [f"{family.layers}.{layer}.self_attn.{name}" for layer in range(LAYERS) for name in ("q_proj", "v_proj")]
    assert adapted_modules(model) == sorted(expected)


@pytest.mark.parametrize("model_type", FAMILIES)
def test_all_linear_layers_are_those_of_the_language_model_without_its_head(model_type: str) -> None:
    family = family_of(model_type)
    assert family is not None
    names = adapted_modules(attach(model_of(model_type), family, Adapter(targets=ALL_LINEAR)))
    assert all(re.match(rf"{re.escape(family.layers)}\.\d+\.", name) for name in names)
    assert Counter(name.rpartition(".")[2] for name in names) == dict.fromkeys(LINEAR, LAYERS)


def test_vision_tower_and_projector_get_adapters_where_that_is_asked_for() -> None:
    names = adapted_modules(attach(model_of("llava"), family_of("llava"), Adapter(targets=("q_proj",), vision=True)))
    parts = Counter(name.split(".")[1] for name in names)
    assert set(parts) == {"language_model", "vision_tower", "multi_modal_projector"}
    assert parts["language_model"] == LAYERS
    assert not any("lm_head" in name for name in names)


def test_full_tuning_trains_the_language_model_and_its_head_and_leaves_the_vision_tower() -> None:
    model = attach(model_of("llava"), family_of("llava"), Adapter("full"))
    names = trained(model)
    assert "lm_head.weight" in names
    assert all(name.startswith("model.language_model.") or name == "lm_head.weight" for name in names)
    frozen = {name for name, _ in model.named_parameters()} - set(names)
    assert frozen and all("vision_tower" in name or "multi_modal_projector" in name for name in frozen)
    assert {type(each) for each in frozen_modules(model)} == {
        type(model.model.vision_tower),
        type(model.model.multi_modal_projector),
    }


def test_full_tuning_trains_all_where_vision_is_asked_for() -> None:
    model = attach(model_of("llava"), family_of("llava"), Adapter("full", vision=True))
    assert trained(model) == [name for name, _ in model.named_parameters()]


def test_dropout_of_adapters_does_not_pass_for_something_frozen() -> None:
    model = attach(model_of("llava"), family_of("llava"), Adapter(dropout=0.5))
    model.train()
    for module in frozen_modules(model):
        module.eval()
    dropouts = [module for name, module in model.named_modules() if "lora_dropout.default" in name]
    assert dropouts and all(module.training for module in dropouts)
    assert not model.get_base_model().model.vision_tower.training


def test_what_a_layer_computes_without_its_adapter_is_what_the_model_computed_before() -> None:
    before = model_of("llava")
    model = attach(model_of("llava"), family_of("llava"), Adapter())
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.1)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        changed = model(input_ids=ids).logits
        with switched_off(adapted_layers(model)):
            off = model(input_ids=ids).logits
        assert torch.equal(off, before(input_ids=ids).logits)
        assert not torch.allclose(off, changed)
        assert torch.equal(model(input_ids=ids).logits, changed), "and is on again afterwards"


def test_the_configuration_repeats_how_the_model_was_named() -> None:
    model = attach(model_of("llava"), family_of("llava"), Adapter(r=4, alpha=8), "some/model", "abc123")
    config = model.peft_config["default"]
    assert (config.base_model_name_or_path, config.revision, config.r, config.lora_alpha) == (
        "some/model",
        "abc123",
        4,
        8,
    )


def test_a_layer_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RequestError, match="no linear layer called qkv; it has down_proj, gate_proj, k_proj"):
        attach(model_of("llava"), family_of("llava"), Adapter(targets=("qkv",)))


def test_four_bits_need_a_cuda_device(monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline.tuning import adapters

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RequestError, match="needs a CUDA device; there is none"):
        adapters.check_quantised()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(adapters, "find_spec", lambda _: None)
    with pytest.raises(RequestError, match="pip install bitsandbytes"):
        adapters.check_quantised()


def test_an_adapter_says_in_words_what_it_is() -> None:
    assert str(Adapter("lora", 32, 64, 0.05, ("q_proj", "v_proj"))) == (
        "LoRA r 32, alpha 64, dropout 0.05, on q_proj, v_proj of the language model"
    )
    assert str(Adapter("full")) == "the weights of the language model"
