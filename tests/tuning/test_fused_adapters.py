"""LoRA layers whose adapter is added in the matrix product: the same values and gradients as peft's own."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from tiny_families import tiny

from sightline.models.families import family_of
from sightline.tuning.adapters import Adapter, adapted_layers, attach, switched_off
from sightline.tuning.fused_adapters import fuse_adapters

LAYERS = 3


def adapted(dropout: float = 0.0) -> Any:
    model = attach(deepcopy(tiny("qwen2_vl").model), family_of("qwen2_vl"), Adapter(r=4, alpha=12, dropout=dropout))
    draw = torch.Generator().manual_seed(1)
    for name, weights in model.named_parameters():
        if "lora_" in name:  # B is zero in the beginning: nothing would differ
            torch.nn.init.normal_(weights, std=0.1, generator=draw)
    return model.train()


def learned(model: Any, dtype: torch.dtype | None = None) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """What a model says after three tokens, and the gradients of its adapter."""
    torch.manual_seed(0)
    with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
        logits = model(input_ids=torch.tensor([[5, 6, 7], [8, 9, 10]])).logits.float()
    model.zero_grad()
    (logits.log_softmax(-1)[..., 3] * torch.tensor([[1.0, -2.0, 3.0]])).sum().backward()
    return logits.detach(), {name: own.grad for name, own in model.named_parameters() if own.grad is not None}


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_values_and_gradients_are_those_of_peft(dropout: float) -> None:
    theirs, ours = adapted(dropout), adapted(dropout)
    assert fuse_adapters(ours) == 7 * LAYERS
    (said, gradients), (own, found) = learned(theirs), learned(ours)
    torch.testing.assert_close(own, said, rtol=1e-4, atol=1e-5)
    assert found.keys() == gradients.keys() and len(found) == 2 * 7 * LAYERS
    for name, gradient in gradients.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5)


def test_a_layer_in_half_precision_is_nearer_to_the_exact_values_than_with_peft() -> None:
    layer = adapted_layers(model := adapted())[0]
    x = torch.randn(500, layer.in_features, generator=torch.Generator().manual_seed(2)).bfloat16()
    layer.base_layer.bfloat16()
    exact = deepcopy(layer).double()(x.double())

    def error() -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = layer(x)
        assert said.dtype == torch.bfloat16
        return (said.double() - exact).norm()

    theirs = error()
    assert fuse_adapters(model) == 7 * LAYERS
    assert error() < theirs


def test_in_half_precision_gradients_are_as_wide_as_the_weights_of_the_adapter() -> None:
    half = adapted()
    for parameter in half.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.bfloat16()
    theirs, expected = learned(half, torch.bfloat16)
    fuse_adapters(half)
    ours, gradients = learned(half, torch.bfloat16)
    assert gradients.keys() == expected.keys()
    assert {gradient.dtype for gradient in gradients.values()} == {torch.float32}
    torch.testing.assert_close(ours, theirs, rtol=0.05, atol=0.1)


def test_adapters_that_are_switched_off_stay_so() -> None:
    model = adapted()
    fuse_adapters(model)
    with switched_off(adapted_layers(model)):
        bare = model(input_ids=torch.tensor([[5, 6, 7]])).logits
    plain = deepcopy(tiny("qwen2_vl").model).train()(input_ids=torch.tensor([[5, 6, 7]])).logits
    assert torch.equal(bare, plain)


def test_layers_that_are_no_plain_matrix_are_left_to_peft() -> None:
    model = adapted()
    layers = adapted_layers(model)
    layers[0].base_layer.__class__ = type("Linear4bit", (torch.nn.Linear,), {})
    layers[1].lora_variant["default"] = object()
    assert fuse_adapters(model) == 7 * LAYERS - 2
    assert "forward" not in vars(layers[0]) and "forward" in vars(layers[2])
