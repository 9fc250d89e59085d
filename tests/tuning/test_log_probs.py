"""All pairs of an image as one tree: the log-probabilities, the loss and every gradient of each sequence by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_families import BUILDERS, photograph
from tiny_pairs import adapted, base, dpo, encoded, family, finer, gradients, sentinel

from sightline.errors import RequestError
from sightline.models.families import follow
from sightline.tuning import token_log_probs, tree_rows
from sightline.tuning.checkpointing import checkpoint_language_model
from sightline.tuning.encoded import ImagePairs
from sightline.tuning.log_probs import PairLogProbs, plain_log_probs, tree_log_probs, why_not_shared

# PaliGemma's processor turns tensors into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:transformers.models.paligemma"
)

TOLERANCE = 1e-4
SHARING = ("bundled", *(model_type for model_type in BUILDERS if model_type not in ("paligemma", "idefics3")))


@cache
def batch(model_type: str) -> tuple[ImagePairs, ImagePairs]:
    """Two images of other sizes and other numbers of pairs: three queries, and a caption that grows."""
    first = encoded(model_type, photograph(0), finer()[1:])
    return first, encoded(model_type, photograph(1, 90, 40), sentinel())


@cache
def model_of(model_type: str) -> Any:
    return adapted(model_type).train()


@cache
def plainly(model_type: str) -> tuple[PairLogProbs, PairLogProbs, torch.Tensor, dict[str, torch.Tensor]]:
    """Log-probabilities of policy and reference, loss and gradients, each sequence by itself."""
    model = model_of(model_type)
    found = dpo(lambda: plain_log_probs(model, family(model_type), batch(model_type)), model)
    return *found, gradients(model)


def apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


def missed_by(model_type: str) -> dict[str, float]:
    """How far, relative to their size, what comes of a tree lies from what comes of sequences."""
    model = model_of(model_type)
    policy, reference, loss, expected = plainly(model_type)
    found = dpo(lambda: tree_log_probs(model, family(model_type), batch(model_type)), model)
    assert found[0].tokens.tolist() == policy.tokens.tolist()
    own = gradients(model)
    assert own.keys() == expected.keys()
    return {
        "policy": apart(found[0].totals, policy.totals),
        "reference": apart(found[1].totals, reference.totals),
        "loss": apart(found[2], loss),
        "gradients": max(apart(own[name], gradient) for name, gradient in expected.items()),
    }


@pytest.mark.parametrize("model_type", SHARING)
def test_a_tree_gives_what_each_sequence_gives_by_itself(model_type: str) -> None:
    missed = missed_by(model_type)
    assert max(missed.values()) < TOLERANCE, missed
    assert all(float(gradient.norm()) > 0 for gradient in plainly(model_type)[3].values())


@contextmanager
def checkpointed(model_type: str) -> Iterator[list[Any]]:
    """Have a model's layers computed again in the backward pass; the calls of any of them are counted."""
    model = model_of(model_type)
    calls: list[Any] = []
    checkpoint_language_model(model, family(model_type))
    layers = follow(model.get_base_model(), family(model_type).layers)
    hooks = [layer.input_layernorm.register_forward_hook(lambda *given: calls.append(given[0])) for layer in layers]
    try:
        yield calls
    finally:
        for hook in hooks:
            hook.remove()
        for layer in layers:
            layer.gradient_checkpointing = False


@pytest.mark.parametrize("model_type", [name for name in SHARING if name not in ("vipllava", "smolvlm", "ovis2")])
def test_it_does_so_where_layers_are_computed_again(model_type: str) -> None:
    plainly(model_type)
    with checkpointed(model_type) as calls:
        missed = missed_by(model_type)
    assert max(missed.values()) < TOLERANCE, missed
    layers = base(model_type).config.get_text_config().num_hidden_layers
    assert len(calls) == 3 * layers  # reference, policy, and policy again in the backward pass


@pytest.mark.parametrize("model_type", ("llava", "qwen2_vl", "internvl"))
def test_what_is_wrong_misses_the_tolerance_a_hundredfold(model_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, positions = tree_rows.visible, tree_rows._positions
    plainly(model_type)

    def blind_to_siblings(until: torch.Tensor) -> torch.Tensor:
        return right(torch.full_like(until, until.shape[1]))

    def shifted(*given: Any) -> torch.Tensor:
        moved = positions(*given)
        moved[..., 30:] += 3
        return moved

    def in_a_line(*given: Any) -> torch.Tensor:
        return torch.arange(given[-1].shape[1]).expand_as(positions(*given))

    for name, wrong in (("visible", blind_to_siblings), ("_positions", shifted), ("_positions", in_a_line)):
        with monkeypatch.context() as patch:
            patch.setattr(tree_rows, name, wrong)
            missed = missed_by(model_type)
            assert min(missed["policy"], missed["reference"], missed["gradients"]) > 100 * TOLERANCE, (name, missed)


def test_an_image_whose_tokens_see_each_other_both_ways_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plainly("gemma3")
    monkeypatch.setattr(tree_rows, "_same_image", lambda is_image: torch.zeros(1, 1, 1, dtype=torch.bool))
    assert missed_by("gemma3")["policy"] > 10 * TOLERANCE


@pytest.mark.parametrize("model_type", ("llava", "qwen2_5_vl"))
def test_the_gradient_passes_through_the_images_tokens(model_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What adapters make of the image's keys and values counts: held still, gradients are other ones."""
    plainly(model_type)
    model = model_of(model_type)
    prefix = min(len(image.prefix) for image in batch(model_type))

    def held_still(module: Any, given: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.cat([output[:, :prefix].detach(), output[:, prefix:]], dim=1)

    hooks = [
        module.register_forward_hook(held_still)
        for name, module in model.named_modules()
        if name.endswith(("k_proj", "v_proj"))
    ]
    try:
        missed = missed_by(model_type)
    finally:
        for hook in hooks:
            hook.remove()
    assert missed["policy"] < TOLERANCE
    assert missed["gradients"] > 100 * TOLERANCE


@pytest.mark.parametrize("model_type", ("qwen2_vl", "bundled"))
def test_the_reference_is_the_base_model(model_type: str) -> None:
    with torch.no_grad():
        found = tree_log_probs(base(model_type), family(model_type), batch(model_type))
    policy, reference, *_ = plainly(model_type)
    assert apart(found.totals, reference.totals) < TOLERANCE
    assert apart(found.totals, policy.totals) > 100 * TOLERANCE


def test_the_log_probability_is_that_of_the_completions_tokens_alone() -> None:
    """Added up by hand from the model's own logits."""
    image = batch("bundled")[1]
    model = base("bundled")
    with torch.no_grad():
        found = tree_log_probs(model, family("bundled"), [image])
        for pair, totals, tokens in zip(image.pairs, found.totals, found.tokens, strict=True):
            for side, total, count in zip(pair, totals, tokens, strict=True):
                ids = torch.tensor([[*image.prefix, *image.tree.ids[side.path]]])
                logits = model(input_ids=ids, **image.inputs).logits[0].log_softmax(dim=-1)
                start = len(image.prefix) + side.start
                by_hand = sum(float(logits[at - 1, ids[0, at]]) for at in range(start, ids.shape[1]))
                assert float(total) == pytest.approx(by_hand, rel=TOLERANCE)
                assert int(count) == ids.shape[1] - start


def test_logits_in_parts_are_logits_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    missed_by("llava")
    at_once = gradients(model_of("llava"))
    monkeypatch.setattr(token_log_probs, "_AT_ONCE_ON_CPU", 7)
    assert max(missed_by("llava").values()) < TOLERANCE
    for name, gradient in gradients(model_of("llava")).items():
        assert apart(gradient, at_once[name]) < TOLERANCE


def test_a_sliding_window_looks_back_along_the_branch() -> None:
    """Gemma 3's two layers with a window of nine tokens: longer branches come out as they do alone."""
    assert model_of("gemma3").config.get_text_config().sliding_window == 9
    assert max(len(side.path) for image in batch("gemma3") for pair in image.pairs for side in pair) > 3 * 9
    assert max(missed_by("gemma3").values()) < TOLERANCE


def test_attention_that_takes_no_booleans_is_given_numbers() -> None:
    model = adapted("llava").train()
    model.get_base_model().set_attn_implementation("eager")
    assert why_not_shared(model, family("llava")) == ""
    with torch.no_grad():
        found = tree_log_probs(model, family("llava"), batch("llava"))
    assert apart(found.totals, plainly("llava")[0].totals) < TOLERANCE


def test_families_that_cannot_share_say_why() -> None:
    assert why_not_shared(base("paligemma"), family("paligemma")) == "its image attends to the question"
    assert why_not_shared(base("llava"), None) == "the family is not known"
    assert why_not_shared(model_of("llava"), family("llava")) == ""
    (image, _) = batch("paligemma")
    assert image.why_not == "the tokens of its prompt cannot be told apart at the image"
    with pytest.raises(RequestError, match="cannot be computed as a tree: the tokens of its prompt cannot be told"):
        tree_log_probs(base("paligemma"), family("paligemma"), [image])


def test_paligemmas_reply_does_not_see_what_comes_after_it() -> None:
    """Its prompt is seen both ways, its reply is not: what the first tokens cost does not depend on the last."""
    model = base("paligemma")
    (image, _) = batch("paligemma")
    with torch.no_grad():
        found = plain_log_probs(model, family("paligemma"), [image])
        for pair, totals in zip(image.pairs, found.totals, strict=True):
            for side, total in zip(pair, totals, strict=True):
                by_hand = 0.0
                for end in range(side.start, len(side.path)):
                    ids = torch.tensor([[*image.prefix, *image.tree.ids[side.path[:end]]]])
                    types = torch.zeros_like(ids)
                    types[:, len(image.prefix) + side.start :] = 1
                    logits = model(input_ids=ids, token_type_ids=types, **image.inputs).logits[0, -1]
                    by_hand += float(logits.log_softmax(dim=-1)[image.tree.ids[side.path[end]]])
                assert float(total) == pytest.approx(by_hand, rel=TOLERANCE)


def test_attention_without_masks_cannot_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base("llava").config.get_text_config(), "_attn_implementation_internal", "flash_attention_2")
    assert why_not_shared(base("llava"), family("llava")) == (
        "its attention (flash_attention_2) cannot be told which tokens see each other; load it with sdpa"
    )


def test_what_shares_work_among_processes_sees_each_forward(tmp_path: Path) -> None:
    """Wrapped by DistributedDataParallel, which adds gradients up where its own forward was called."""
    model, images = adapted("qwen2_vl").train(), batch("qwen2_vl")
    tree_log_probs(model, family("qwen2_vl"), images).totals.sum().backward()
    expected = gradients(model)
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    try:
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
        seen: list[Any] = []
        wrapped.register_comm_hook(seen, _counted)
        model.zero_grad(set_to_none=True)
        found = tree_log_probs(wrapped, family("qwen2_vl"), images)
        found.totals.sum().backward()
    finally:
        torch.distributed.destroy_process_group()
    assert seen
    assert isinstance(found, PairLogProbs)
    assert all(apart(gradient, expected[name]) < TOLERANCE for name, gradient in gradients(model).items())


def _counted(seen: list[Any], bucket: torch.distributed.GradBucket) -> torch.futures.Future[torch.Tensor]:
    seen.append(bucket)
    done: torch.futures.Future[torch.Tensor] = torch.futures.Future()
    done.set_result(bucket.buffer())
    return done
