"""The beginning of a reply is tokenised with its prompt, as the model itself would have written it."""

from pathlib import Path
from typing import Any

import pytest
from tiny_families import photograph, sentencepiece_like, tiny
from transformers import LlavaProcessor

from sightline.core import Asking, ImageGroup
from sightline.models.loading import load
from sightline.models.prompts import prepare
from sightline.models.reply_tokens import ReplyTokens

LLAVA = (
    "{% for m in messages %}{{ m['role'].upper() }}: "
    "{% for c in m['content'] if c['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }} {% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def written(processor: Any, context: str) -> str:
    """Prompt and beginning as text, without the image."""
    prepared = prepare(processor, photograph(0), ("a dog",))
    ids = ReplyTokens(processor).below(prepared.suffixes[0], "a dog", context)
    return str(processor.tokenizer.decode(ids, skip_special_tokens=False))


def test_nothing_is_added_where_the_reply_has_not_begun() -> None:
    processor = tiny("qwen2_vl").processor
    suffix = prepare(processor, photograph(0), ("a dog",)).suffixes[0]
    assert ReplyTokens(processor).below(suffix, "a dog", "") == suffix


def test_qwen_begins_a_reply_on_a_line_of_its_own() -> None:
    assert written(tiny("qwen2_vl").processor, "A dog.").endswith("<|im_start|>assistant\nA dog.")


def test_a_template_says_what_stands_before_a_reply() -> None:
    processor = tiny("llava").processor
    with_replies = LlavaProcessor(
        processor.image_processor,
        processor.tokenizer,
        patch_size=7,
        vision_feature_select_strategy="default",
        chat_template=LLAVA,
        num_additional_image_tokens=1,
    )
    assert written(with_replies, "A dog.").endswith("a dog ASSISTANT: A dog.")


def test_a_template_for_prompts_only_is_followed_by_a_blank_after_a_word() -> None:
    assert written(tiny("llava").processor, "A dog.").endswith("ASSISTANT: A dog.")


def test_the_tokens_are_those_of_the_whole_text() -> None:
    plain = tiny("llava").processor
    processor = LlavaProcessor(
        plain.image_processor,
        sentencepiece_like("<image>"),
        patch_size=7,
        vision_feature_select_strategy="default",
        chat_template=LLAVA,
        num_additional_image_tokens=1,
    )
    prepared = prepare(processor, photograph(0), ("a dog",))
    ids = ReplyTokens(processor).below(prepared.suffixes[0], "a dog", "a dog")
    tokens = processor.tokenizer.convert_ids_to_tokens(ids)
    assert tokens[-2:] == ["▁a", "▁dog"]  # and not the blank, a word without one, as of a text by itself


@pytest.mark.parametrize("context", ["There is a red moon.", "There is a red moon. A star is above the moon."])
def test_the_bundled_models_own_words_come_out_as_it_writes_them(context: str, tmp_path: Path) -> None:
    model = load("bundled")
    photograph(0, 128, 128).save(tmp_path / "a.png")
    prepared = model.prepared(ImageGroup(tmp_path / "a.png", ("Describe this image.",)), Asking())
    ids = ReplyTokens(model.processor).below(prepared.suffixes[0], "Describe this image.", context)
    own = model.processor.tokenizer(context, add_special_tokens=False)["input_ids"]
    assert ids == (*prepared.suffixes[0], *own)
