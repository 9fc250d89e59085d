"""Captured rows are the rows of the maps that eager attention gives, and capturing them changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tiny_families import TEXT, Tiny, awake, tiny
from torch import nn
from transformers import DynamicCache, Gemma2Config, Gemma2ForCausalLM, StaticCache, modeling_utils
from transformers.integrations import flash_attention

from sightline.errors import RequestError
from sightline.models.attention_rows import attention_rows
from sightline.models.families import Family, family_of, follow
from sightline.models.heads import HeadLayout, head_layout

FAMILIES = ("llava", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "internvl", "janus", "gemma3")
"""Gemma 3 has layers that see only a window, and a size of heads of its own."""

BACKENDS = ("sdpa", "eager")
QUESTION = (65, 66, 67, 68, 69)
MORE = (70, 71, 72)
WANTED = (0, 7, -2, -1)
TOLERANCE = 1e-6
ROUNDING = 1e-5
"""Of a model in single precision, which has the hidden states of upper layers differ from one attention to another."""


@cache
def fine(model_type: str) -> Tiny:
    """A tiny model in double precision, whose own rounding does not show."""
    return replace(tiny(model_type), model=deepcopy(tiny(model_type).model).double())


@contextmanager
def computing(tested: Tiny, implementation: str) -> Iterator[Any]:
    """The model with another attention in its language model and its vision tower."""
    model = tested.model
    before = model.config._attn_implementation
    model.set_attn_implementation(implementation)
    try:
        with torch.inference_mode():
            yield model
    finally:
        model.set_attn_implementation(before)


def layout_of(tested: Tiny) -> HeadLayout:
    return head_layout(tested.model, family_of(tested.model_type))


def asked(tested: Tiny) -> dict[str, Any]:
    """What the model is given of an image and a question."""
    group = tested.group(0, [QUESTION])
    ids = torch.tensor([[*group.prefix, *QUESTION]])
    rest = len(QUESTION)
    by_token = {
        name: torch.cat([value[:, :-1], value[:, -1:].expand(-1, rest)], dim=1)
        for name, value in group.by_token.items()
    }
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), **group.inputs, **by_token}
    kind = tested.model.dtype
    return {name: value.to(kind) if value.is_floating_point() else value for name, value in inputs.items()}


def maps(model: Any, **inputs: Any) -> NDArray[np.float32]:
    """(layers, batch, heads, queries, keys), from the model itself."""
    found = model(**inputs, output_attentions=True).attentions
    return np.stack([weights.numpy() for weights in found])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("model_type", FAMILIES)
def test_rows_are_those_of_the_maps_of_eager_attention(model_type: str, backend: str) -> None:
    tested = fine(model_type)
    with computing(tested, "eager") as model:
        expected = maps(model, **asked(tested))[:, :, :, list(WANTED)]
    with computing(tested, backend) as model, attention_rows(model, layout_of(tested), WANTED) as captured:
        model(**asked(tested))
    (found,) = captured.forwards
    assert found.dtype == np.float32
    assert found.shape == (3, 1, 4, len(WANTED), expected.shape[-1])
    assert np.abs(found - expected).max() < TOLERANCE


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("model_type", FAMILIES)
def test_rows_of_new_tokens_reach_over_the_keys_of_a_cache(model_type: str, backend: str) -> None:
    tested = fine(model_type)

    def second(model: Any, capture: Callable[[Any], NDArray[np.float32]]) -> NDArray[np.float32]:
        first = asked(tested)
        cache = DynamicCache()
        model(**first, past_key_values=cache)
        return capture({"input_ids": torch.tensor([MORE]), "past_key_values": cache})

    def rows(inputs: dict[str, Any]) -> NDArray[np.float32]:
        with attention_rows(tested.model, layout_of(tested), (0, -1)) as captured:
            tested.model(**inputs)
        return captured.forwards[0]

    with computing(tested, "eager") as model:
        expected = second(model, lambda inputs: maps(model, **inputs))[:, :, :, [0, -1]]
    with computing(tested, backend) as model:
        found = second(model, rows)
    assert expected.shape[-1] == asked(tested)["input_ids"].shape[1] + len(MORE)
    assert np.abs(found - expected).max() < TOLERANCE


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("model_type", FAMILIES)
def test_the_models_output_stays_the_same_to_the_bit(model_type: str, backend: str) -> None:
    tested = tiny(model_type)
    with computing(tested, backend) as model:
        plain = model(**asked(tested)).logits
        with attention_rows(model, layout_of(tested), WANTED):
            captured = model(**asked(tested)).logits
    assert torch.equal(captured, plain)


@pytest.mark.parametrize("model_type", FAMILIES)
def test_keys_taken_before_rotary_positions_are_applied_would_be_noticed(model_type: str) -> None:
    tested = tiny(model_type)
    layout = layout_of(tested)
    attention = follow(layout.layers[0], "self_attn")
    made: dict[str, torch.Tensor] = {}
    last = (
        {"q_norm": "queries", "k_norm": "keys"} if model_type == "gemma3" else {"q_proj": "queries", "k_proj": "keys"}
    )
    hooks = [
        getattr(attention, name).register_forward_hook(lambda module, given, out, kind=kind: made.update({kind: out}))
        for name, kind in last.items()
    ]
    with computing(tested, "sdpa") as model, attention_rows(model, layout, [-1]) as captured:
        model(**asked(tested))
    for hook in hooks:
        hook.remove()
    parts = {kind: out.reshape(1, *out.shape[1:-1], -1) for kind, out in made.items()}
    if model_type != "gemma3":
        parts = {kind: out.unflatten(-1, (-1, layout.head_dim)).transpose(1, 2) for kind, out in parts.items()}
    keys = parts["keys"].repeat_interleave(layout.heads // layout.key_value_heads, dim=1)
    unrotated = (parts["queries"][:, :, -1:] @ keys.mT * attention.scaling).softmax(dim=-1)
    assert np.abs(captured.forwards[0][0] - unrotated.numpy()).max() > 1000 * TOLERANCE


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_row_of_a_padded_batch_has_places_of_its_own(backend: str) -> None:
    tested = tiny("qwen2_vl")
    ids = torch.tensor([[0, 0, 0, 80, 81, 82], [80, 81, 82, 83, 84, 85]])
    inputs = {"input_ids": ids, "attention_mask": (ids > 0).long()}
    with computing(tested, "eager") as model:
        expected = maps(model, **inputs)
    with computing(tested, backend) as model, attention_rows(model, layout_of(tested), [[-1, 4], [0, 3]]) as captured:
        model(**inputs)
    (found,) = captured.forwards
    assert np.abs(found[:, 0] - expected[:, 0][:, :, [5, 4]]).max() < ROUNDING
    assert np.abs(found[:, 1] - expected[:, 1][:, :, [0, 3]]).max() < ROUNDING
    assert not found[:, 0, ..., :3].any()


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_additive_mask_hides_what_it_hides(backend: str) -> None:
    tested = tiny("llava")
    mask = torch.zeros((1, 1, 5, 5)).masked_fill(~torch.eye(5, dtype=torch.bool), torch.finfo(torch.float32).min)
    with computing(tested, backend) as model, attention_rows(model, layout_of(tested), range(5)) as captured:
        language_model = model.model.language_model
        language_model(inputs_embeds=torch.randn((1, 5, 64)), attention_mask=mask)
    (found,) = captured.forwards
    assert np.array_equal(found, np.broadcast_to(np.eye(5, dtype=np.float32), found.shape))


@pytest.mark.parametrize("backend", BACKENDS)
def test_room_that_a_cache_keeps_for_later_is_attended_to_by_nobody(backend: str) -> None:
    tested = fine("llava")
    language_model = tested.model.model.language_model
    hidden = torch.randn((1, 5, 64), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with computing(tested, "eager"):
        expected = maps(language_model, inputs_embeds=hidden)
    with computing(tested, backend) as model, attention_rows(model, layout_of(tested), range(5)) as captured:
        language_model(inputs_embeds=hidden, past_key_values=StaticCache(language_model.config, max_cache_len=8))
    (found,) = captured.forwards
    assert found.shape[-1] == 8
    assert not found[..., 5:].any()
    assert np.abs(found[..., :5] - expected).max() < TOLERANCE


def test_capped_scores_and_windows_are_those_of_the_model() -> None:
    config = Gemma2Config(
        **{**TEXT, "num_hidden_layers": 2}, vocab_size=40, head_dim=16, sliding_window=3, attn_logit_softcapping=2.0
    )
    torch.manual_seed(0)
    model = awake(Gemma2ForCausalLM(config), 0.5)
    model.set_attn_implementation("eager")
    layout = head_layout(model, Family("Gemma 2", ("gemma2",), "model", "model.layers"))
    ids = torch.arange(3, 12)[None]
    with torch.inference_mode(), attention_rows(model, layout, [4, -1]) as captured:
        expected = maps(model, input_ids=ids)[:, :, :, [4, -1]]
    assert np.abs(captured.forwards[0] - expected).max() < TOLERANCE
    # The window of the first layer is three tokens.
    assert (captured.forwards[0][0, 0, 0, 0] > 0).tolist() == [False, False, True, True, True, *[False] * 4]


def test_each_forward_of_a_generation_gives_the_row_of_the_token_it_adds() -> None:
    tested = tiny("qwen2_5_vl")
    inputs = asked(tested)
    with computing(tested, "sdpa") as model, attention_rows(model, layout_of(tested), [-1]) as captured:
        model.generate(**inputs, max_new_tokens=3, min_new_tokens=3, do_sample=False)
    n = inputs["input_ids"].shape[1]
    assert [rows.shape for rows in captured.forwards] == [(3, 1, 4, 1, n + step) for step in range(3)]
    for rows in captured.forwards:
        assert rows.sum(axis=-1) == pytest.approx(1, abs=1e-6)


def test_rows_of_half_precision_are_computed_in_single() -> None:
    tested = replace(tiny("llava"), model=deepcopy(tiny("llava").model).to(torch.bfloat16))
    with computing(tested, "sdpa") as model, attention_rows(model, layout_of(tested), [-1]) as captured:
        model(**asked(tested))
    assert captured.forwards[0].sum(axis=-1) == pytest.approx(1, abs=1e-6)


def flash(queries: Any, keys: Any, values: Any, mask: Any, query_length: int, is_causal: bool, **options: Any) -> Any:
    """What flash attention computes, written out: windows and causality from the last key, a mask of keys."""
    queries, keys, values = (part.transpose(1, 2) for part in (queries, keys, values))
    groups = queries.shape[1] // keys.shape[1]
    keys, values = keys.repeat_interleave(groups, dim=1), values.repeat_interleave(groups, dim=1)
    n, k = queries.shape[2], keys.shape[2]
    scores = queries @ keys.mT * options["softmax_scale"]
    for query in range(n):
        for key in range(k):
            back = query + k - n - key
            if (is_causal and back < 0) or (options["sliding_window"] and abs(back) >= options["sliding_window"]):
                scores[:, :, query, key] = -torch.inf
    if mask is not None:
        scores = scores.masked_fill(mask[:, None, None] == 0, torch.finfo(scores.dtype).min)
    return (scores.softmax(dim=-1) @ values).transpose(1, 2)


@pytest.mark.parametrize("model_type", ("llava", "gemma3"))
def test_under_flash_attention_windows_padding_and_caches_count(
    model_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = tiny(model_type)
    monkeypatch.setattr(flash_attention, "_flash_attention_forward", flash)
    text = follow(tested.model, "model.language_model").config
    ids = torch.tensor([[0, 0, 0, *range(80, 92)], list(range(80, 95))])
    more = torch.tensor([[70, 71], [72, 73]])
    seen = (torch.cat([ids, more], dim=1) > 0).long()

    def both(capture: Callable[..., NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        cache = DynamicCache()
        first = capture(input_ids=ids, attention_mask=seen[:, : ids.shape[1]], past_key_values=cache)
        return [first, capture(input_ids=more, attention_mask=seen, past_key_values=cache)]

    def rows(**inputs: Any) -> NDArray[np.float32]:
        with attention_rows(tested.model, layout_of(tested), [0, -1]) as captured:
            tested.model(**inputs)
        return captured.forwards[0]

    with computing(tested, "eager") as model:
        expected = both(lambda **inputs: maps(model, **inputs)[:, :, :, [0, -1]])
    with computing(tested, "sdpa"):
        monkeypatch.setattr(text, "_attn_implementation_internal", "flash_attention_2")
        found = both(rows)
    assert np.isnan(found[0][:, 0, :, 0]).all()  # on the left of the first row, padding attends to nothing
    found[0][:, 0, :, 0] = expected[0][:, 0, :, 0]
    for own, eager in zip(found, expected, strict=True):
        assert np.abs(own - eager).max() < ROUNDING


def test_the_capture_is_undone_also_after_an_error() -> None:
    tested = tiny("llava")
    layout = layout_of(tested)
    with attention_rows(tested.model, layout, [0]) as outer:
        with pytest.raises(ZeroDivisionError), attention_rows(tested.model, layout, [-1]) as inner:
            tested.model(**asked(tested))
            raise ZeroDivisionError
        tested.model(**asked(tested))
    tested.model(**asked(tested))
    assert len(inner.forwards) == 1
    assert len(outer.forwards) == 2
    assert "get_interface" not in vars(modeling_utils.ALL_ATTENTION_FUNCTIONS)


def test_an_attention_function_of_somebodys_own_is_refused() -> None:
    tested = tiny("llava")
    modeling_utils.ALL_ATTENTION_FUNCTIONS["linear"] = lambda module, query, key, value, mask, **options: (value, None)
    text = tested.model.model.language_model.config
    before, text._attn_implementation_internal = text._attn_implementation_internal, "linear"
    try:
        with (
            pytest.raises(RequestError, match="what the attention function 'linear' does with queries and keys is not"),
            attention_rows(tested.model, layout_of(tested), [-1]),
        ):
            tested.model.model.language_model(inputs_embeds=torch.zeros((1, 2, 64)))
    finally:
        text._attn_implementation_internal = before
        del modeling_utils.ALL_ATTENTION_FUNCTIONS["linear"]


class Alone(nn.Module):
    """An attention that computes everything itself."""

    def __init__(self) -> None:
        super().__init__()
        self.o_proj = nn.Linear(64, 64)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.o_proj(hidden)


def test_an_attention_that_hands_over_nothing_is_refused() -> None:
    layer = Alone()
    layout = HeadLayout((layer,), (layer.o_proj,), 4, 2, 16)
    with (
        pytest.raises(
            RequestError, match=r"^The attention of llava cannot be captured: Alone does not look its function"
        ),
        attention_rows(tiny("llava").model, layout, [-1]),
    ):
        raise AssertionError


def test_layers_that_were_not_run_are_named() -> None:
    tested = tiny("llava")
    with computing(tested, "sdpa") as model, attention_rows(model, layout_of(tested), [-1]) as captured:
        language_model = model.model.language_model
        hidden = torch.zeros((1, 2, 64))
        turned = language_model.rotary_emb(hidden, torch.arange(2)[None])
        language_model.layers[1](hidden, position_embeddings=turned)
    with pytest.raises(RequestError, match=r"not captured, or less often than in others, in 2 of 3 layers \(0, 2\): "):
        _ = captured.forwards


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([5], r"^The attention of token 5 is wanted; this forward has 5 tokens, from 0\.$"),
        ([-6], "^The attention of token -6 is wanted; "),
        ([[0], [1]], r"shape \(2, 1\); expected \(wanted,\) or \(1, wanted\)"),
    ],
)
def test_tokens_that_are_not_there_are_refused(wanted: Any, message: str) -> None:
    tested = tiny("llava")
    with (
        pytest.raises(RequestError, match=message),
        attention_rows(tested.model, layout_of(tested), wanted),
        computing(tested, "sdpa") as model,
    ):
        model(input_ids=torch.tensor([QUESTION]))
