"""Images are looked at once a step, and nobody goes back through a vision tower that is not trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from tiny_families import photograph
from tiny_pairs import adapted, base, dpo, encoded, family, finer, gradients, sentinel

from sightline.tuning.batches import EncodedBatch
from sightline.tuning.checkpointing import checkpoint_language_model
from sightline.tuning.inner_model import inner_model
from sightline.tuning.log_probs import log_probs, plain_log_probs, tree_log_probs
from sightline.tuning.policy import PolicyAndReference
from sightline.tuning.vision_once import vision_once, why_not_once

FAMILIES = ("bundled", "llava", "llava_next", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvl")
TOWERS = ("vision_tower", "visual", "vision_model", "multi_modal_projector")


def batch(model_type: str) -> list[Any]:
    return [encoded(model_type, photograph(0), finer()[:2]), encoded(model_type, photograph(1, 90, 40), sentinel()[:2])]


def scored(model: Any, model_type: str, as_trees: bool = True) -> PolicyAndReference:
    return PolicyAndReference(model, family(model_type), as_trees, {}, None)


def laid_out(model: Any, model_type: str, images: list[Any], as_trees: bool = True) -> Any:
    """Images with their pairs on the device, as a step has them."""
    rows = tuple(range(sum(len(image.pairs) for image in images)))
    return scored(model, model_type, as_trees).lay_out(EncodedBatch(tuple(images), rows, True, len(rows)))


def eyes(model: Any) -> list[torch.nn.Module]:
    """All modules of vision tower and projector."""
    whole = inner_model(model).model
    return [module for name in TOWERS if hasattr(whole, name) for module in getattr(whole, name).modules()]


@contextmanager
def watched(model: Any) -> Iterator[dict[str, int]]:
    """Count the calls of the model's eyes as a whole, and how often a gradient comes back to their layers."""
    count = {"looked": 0, "gone back": 0}
    own = eyes(model)

    def looked(*_: Any) -> None:
        count["looked"] += 1

    def gone_back(_: Any) -> None:
        count["gone back"] += 1

    def kept(_: Any, __: Any, output: torch.Tensor) -> None:
        if output.requires_grad:
            output.register_hook(gone_back)

    hooks = [own[0].register_forward_hook(looked)]
    hooks += [module.register_forward_hook(kept) for module in own if isinstance(module, torch.nn.Linear)]
    yield count
    for hook in hooks:
        hook.remove()


@pytest.mark.parametrize("model_type", FAMILIES)
def test_policy_and_reference_look_once_and_find_what_they_find_looking_twice(model_type: str) -> None:
    model, images = adapted(model_type).train(), batch(model_type)
    checkpoint_language_model(model, family(model_type))

    with watched(model) as count:
        policy, reference, loss = dpo(lambda: tree_log_probs(model, family(model_type), images), model)
    expected = gradients(model)
    assert count == {"looked": 2, "gone back": 0}
    rows = laid_out(model, model_type, images)
    with watched(model) as count, scored(model, model_type).looking_once():
        found = dpo(lambda: log_probs(model, inner_model(model), rows), model)
    assert count == {"looked": 1, "gone back": 0}
    assert found[0].totals.equal(policy.totals)
    assert found[1].totals.equal(reference.totals)
    assert found[2].equal(loss)
    assert all(gradient.equal(expected[name]) for name, gradient in gradients(model).items())


def test_transformers_own_switch_goes_back_through_a_frozen_tower() -> None:
    """What `checkpoint_language_model` is there for: with it, this count is zero."""
    model, images = adapted("qwen2_vl").train(), batch("qwen2_vl")
    model.get_base_model().activation_checkpointing_enable({"use_reentrant": False})
    with watched(model) as count:
        dpo(lambda: tree_log_probs(model, family("qwen2_vl"), images), model)
    assert count["gone back"] > 0
    assert count["looked"] == 2


def test_other_images_are_looked_at() -> None:
    model = adapted("qwen2_vl")
    inner = inner_model(model)
    first, second = (laid_out(model, "qwen2_vl", [image]) for image in batch("qwen2_vl"))
    with watched(model) as count, torch.no_grad(), vision_once(inner):
        found = [log_probs(model, inner, rows).totals for rows in (first, second, first, second)]
    assert count["looked"] == 2
    assert found[0].equal(found[2]) and found[1].equal(found[3])
    with watched(model) as count, torch.no_grad():
        assert log_probs(model, inner, first).totals.equal(found[0])
    assert count["looked"] == 1


def test_images_that_lie_elsewhere_are_looked_at_rather_than_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing values would wait for a GPU until it has nothing left to do."""
    model, images = adapted("qwen2_vl"), batch("qwen2_vl")
    monkeypatch.setattr(torch, "equal", None)
    with watched(model) as count, torch.no_grad(), vision_once(inner_model(model)):
        for rows in (laid_out(model, "qwen2_vl", images), laid_out(model, "qwen2_vl", images)):
            log_probs(model, inner_model(model), rows)
    assert count["looked"] == 2


def test_weights_in_half_precision_look_without_autocast() -> None:
    """Autocast would only make norms 32 bits wide; where the weights are so, it is what makes looking fast."""
    for dtype, expected in ((torch.bfloat16, False), (torch.float32, True)):
        model = adapted("llava").to(dtype)
        rows = laid_out(model, "llava", batch("llava"))
        seen: list[bool] = []
        hook = eyes(model)[0].register_forward_hook(lambda *_, seen=seen: seen.append(torch.is_autocast_enabled("cpu")))
        with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
            without = log_probs(model, inner_model(model), rows)
            with vision_once(inner_model(model)):
                found = log_probs(model, inner_model(model), rows)
        hook.remove()
        assert seen == [True, expected]
        assert torch.allclose(found.totals, without.totals, rtol=0.01)


def test_sequences_by_themselves_look_at_an_image_once_too() -> None:
    model, (image, _) = adapted("llava"), batch("llava")
    inner, rows = inner_model(model), laid_out(model, "llava", [image], as_trees=False)
    with watched(model) as count, torch.no_grad(), vision_once(inner):
        found = log_probs(model, inner, rows)
        assert log_probs(model, inner, rows).totals.equal(found.totals), "policy and reference share it"
    assert len(image.pairs) == 2
    assert count["looked"] == 1
    with torch.no_grad():
        assert plain_log_probs(model, family("llava"), [image]).totals.equal(found.totals)


def test_what_was_seen_in_inference_mode_serves_a_forward_with_a_graph() -> None:
    model = adapted("llava")
    inner, rows = inner_model(model), laid_out(model, "llava", batch("llava"))
    with watched(model) as count, vision_once(inner):
        with torch.inference_mode():
            log_probs(model, inner, rows)
        log_probs(model, inner, rows).totals.sum().backward()
    assert count["looked"] == 1
    assert all(gradient.norm() > 0 for gradient in gradients(model).values())


def test_eyes_that_are_trained_look_every_time() -> None:
    model, images = adapted("llava"), batch("llava")
    weight = inner_model(model).model.multi_modal_projector.linear_1.weight.requires_grad_(True)
    of_model, rows = scored(model, "llava"), laid_out(model, "llava", images)
    assert of_model.why_not_once == "model.multi_modal_projector.linear_1.weight is trained"
    with watched(model) as count, of_model.looking_once():
        dpo(lambda: log_probs(model, inner_model(model), rows), model)
    assert count["looked"] == 2
    assert weight.grad.norm() > 0


def test_a_trained_head_is_none_of_the_eyes() -> None:
    model = adapted("llava")
    inner_model(model).lm_head.weight.requires_grad_(True)
    assert why_not_once(inner_model(model), family("llava")) == ""


def test_why_images_must_be_looked_at_each_time_is_said() -> None:
    assert why_not_once(base("mllama"), family("mllama")) == "its language model looks at the image itself"
    assert why_not_once(base("llava"), None) == "the family is not known"


def test_the_model_is_left_as_it_was() -> None:
    model = adapted("llava")
    with vision_once(inner_model(model)):
        with vision_once(inner_model(model)):
            pass
        assert "get_image_features" in vars(inner_model(model).model)
    assert "get_image_features" not in vars(inner_model(model).model)
