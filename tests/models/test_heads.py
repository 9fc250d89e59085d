"""What heads are called, and where the models of the families keep them."""

from dataclasses import replace
from typing import Any

import pytest
from tiny_families import BUILDERS, TEXT, awake, tiny
from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

from sightline.errors import RequestError
from sightline.models.families import family_of
from sightline.models.heads import Head, HeadLayout, check_heads, head_layout, parse_head, parse_heads

NOT_A_HEAD = ("L0", "H3", "0H3", "L0H", "L-1H0", "L0.5H1", "L0H3,", "L 0H3", "layer 0 head 3", "")


def layout_of(model_type: str) -> HeadLayout:
    return head_layout(tiny(model_type).model, family_of(model_type))


def with_text(config: Any) -> Any:
    """A tiny LLaVA over this language model."""
    plain = tiny("llava")
    return awake(
        LlavaForConditionalGeneration(
            LlavaConfig(
                vision_config=plain.model.config.vision_config, text_config=config, image_token_index=plain.image
            )
        )
    )


def test_heads_are_named_by_layer_and_place() -> None:
    assert parse_head("L11H15") == Head(11, 15)
    assert parse_head(" l0h3 ") == Head(0, 3)
    for head in (Head(0, 0), Head(27, 13)):
        assert parse_head(str(head)) == head


@pytest.mark.parametrize("name", NOT_A_HEAD)
def test_what_is_no_head_is_refused(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_head(name)
    assert str(caught.value) == f"{name!r} is no head. Heads are named by layer and place, both from zero: L0H3."


def test_heads_come_in_the_order_of_layers_and_places() -> None:
    assert parse_heads(["L10H0", "L2H7", "L2H1"]) == (Head(2, 1), Head(2, 7), Head(10, 0))
    assert parse_heads([]) == ()


def test_a_head_named_twice_is_refused_however_it_is_written() -> None:
    with pytest.raises(RequestError, match=r"^L0H3, L1H1 is named twice\.$"):
        parse_heads(["L0H3", "L1H1", "l0h3", "L2H0", "L1H1"])


@pytest.mark.parametrize("model_type", [name for name in BUILDERS if name != "mllama"])
def test_the_heads_of_a_family_lie_side_by_side_in_what_its_o_proj_takes(model_type: str) -> None:
    layout = layout_of(model_type)
    # 64 hidden values, 4 heads of queries; 2 of keys and values, but for PaliGemma's 1
    assert (len(layout.layers), layout.heads, layout.head_dim) == (3, 4, 16)
    assert layout.key_value_heads == (1 if model_type == "paligemma" else 2)
    assert layout.outputs == tuple(layer.self_attn.o_proj for layer in layout.layers)
    assert [layout.part(Head(0, head)) for head in range(4)] == [slice(at, at + 16) for at in (0, 16, 32, 48)]
    assert layout.all_heads[:5] == (Head(0, 0), Head(0, 1), Head(0, 2), Head(0, 3), Head(1, 0))
    assert len(layout.all_heads) == 12


def test_the_size_of_a_head_comes_from_the_weights() -> None:
    model = with_text(LlamaConfig(**TEXT, vocab_size=345, head_dim=24))
    layout = head_layout(model, family_of("llava"))
    assert layout.head_dim == 24  # and not 64 / 4
    assert layout.part(Head(2, 3)) == slice(72, 96)
    assert layout.outputs[0].in_features == 96


def test_without_groups_every_head_has_keys_of_its_own() -> None:
    model = with_text(LlamaConfig(**{**TEXT, "num_key_value_heads": 4}, vocab_size=345))
    assert head_layout(model, family_of("llava")).key_value_heads == 4


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        ([Head(3, 0)], "L3H0 does not exist"),
        ([Head(0, 4)], "L0H4 does not exist"),
        ([Head(0, 0), Head(0, 7), Head(9, 1)], "L0H7, L9H1 do not exist"),
    ],
)
def test_a_head_that_does_not_exist_is_refused_with_those_that_do(heads: list[Head], told: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_heads(heads, layout_of("llava"))
    assert str(caught.value) == f"{told}: this model has 3 layers (L0 to L2) of 4 heads (H0 to H3)."


def test_the_last_head_of_the_last_layer_exists() -> None:
    check_heads([Head(2, 3)], layout_of("llava"))


def test_the_heads_of_an_unknown_family_are_not_guessed() -> None:
    with pytest.raises(RequestError, match=r"^Heads of llava cannot be found: its family is not known\. A family is "):
        head_layout(tiny("llava").model, None)


def test_where_a_model_is_laid_out_otherwise_the_error_says_what_was_looked_for() -> None:
    known = family_of("llava")
    assert known is not None
    elsewhere = replace(known, layers="model.decoder.layers")
    with pytest.raises(RequestError) as caught:
        head_layout(tiny("llava").model, elsewhere)
    assert "looked for model.decoder.layers[…].self_attn.o_proj, and" in str(caught.value)
    assert "has no attribute 'decoder'" in str(caught.value)


def test_layers_that_attend_across_to_the_image_have_no_heads_to_knock_out() -> None:
    with pytest.raises(RequestError) as caught:
        layout_of("mllama")
    assert str(caught.value).startswith("Heads of mllama cannot be found: looked for model.language_model.layers[…].se")


def test_heads_that_do_not_fill_what_o_proj_takes_are_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny("llava").model
    monkeypatch.setattr(model.config.get_text_config(), "num_attention_heads", 5)
    with pytest.raises(RequestError, match=r"cannot be told apart: o_proj takes 64 values, and there are 5 heads\.$"):
        head_layout(model, family_of("llava"))
