"""Pairs as tokens: what is a completion, what is shared, what is refused."""

import pickle
from dataclasses import replace
from typing import Any

import pytest
from tiny_families import photograph, sentencepiece_like, tiny
from tiny_pairs import encoded, family, finer, processor_of, sentinel
from transformers import LlavaProcessor

from sightline.core import ImageRef, PreferencePair
from sightline.errors import RequestError
from sightline.tuning.encoded import ImagePairs, PairError, Side, encode

MOON = PreferencePair(
    ImageRef("a.png"), "Can you see a red moon in this image?", chosen="Yes, I can see a red moon.", rejected="No."
)
SEEN = PreferencePair(
    ImageRef("a.png"),
    "Describe this image in detail.",
    context="There is a cup.",
    chosen="I can see a moon.",
    rejected="I can see a blue star.",
    ends=False,
)


def said(image: ImagePairs, side: Side) -> tuple[str, str]:
    """What stands between the image and the completion, and the completion, of the bundled model."""
    tokenizer = processor_of("bundled").tokenizer
    ids = image.tree.ids[side.path].tolist()
    return tokenizer.decode(ids[: side.start]), tokenizer.decode(ids[side.start :])


def test_the_completion_is_the_reply_with_what_ends_it() -> None:
    image = encoded("bundled", photograph(0), [MOON])
    ((chosen, rejected),) = image.pairs
    prompt = "Can you see a red moon in this image?<|assistant|>"
    assert said(image, chosen) == (prompt, "Yes, I can see a red moon.<|end|>")
    assert said(image, rejected) == (prompt, "No.<|end|>")
    # <|user|>, 64 patches · Can you see a red moon in this image ? <|assistant|> · Yes , I can see a red moon . <|end|>
    assert len(image.prefix) == 1 + 64
    assert (chosen.start, len(chosen.completion), len(rejected.completion)) == (11, 10, 3)
    assert image.tokens == 65 + 11 + 10 + 3
    assert image.unshared_tokens == 2 * (65 + 11) + 10 + 3


def test_the_context_is_no_part_of_the_completion_and_a_sentence_in_the_middle_has_no_end() -> None:
    image = encoded("bundled", photograph(0), [SEEN])
    ((chosen, rejected),) = image.pairs
    prompt = "Describe this image in detail.<|assistant|>There is a cup."
    assert said(image, chosen) == (prompt, " I can see a moon.")
    assert said(image, rejected) == (prompt, " I can see a blue star.")
    # The two go on in the same way for four words, which stand once.
    assert chosen.completion[:4].tolist() == rejected.completion[:4].tolist()
    assert image.tokens == 65 + chosen.start + 6 + 3
    ended = encoded("bundled", photograph(0), [replace(SEEN, ends=True)])
    assert said(ended, ended.pairs[0][0])[1] == " I can see a moon.<|end|>"


def test_a_context_that_ends_in_a_line_break_gets_no_blank() -> None:
    image = encoded("bundled", photograph(0), [replace(SEEN, context="There is a cup.\n")])
    assert said(image, image.pairs[0][0])[1] == "I can see a moon."


def test_each_token_comes_after_the_one_before_it_on_its_branch() -> None:
    image = encoded("bundled", photograph(0), [MOON, SEEN])
    for pair in image.pairs:
        for side in pair:
            assert side.predicting[1:].tolist() == side.completion[:-1].tolist()
            assert side.predicting[0] == side.path[side.start - 1]
    assert Side(image.pairs[0][0].path, 0).predicting[0] == -1  # the last token of the prefix


def test_all_pairs_of_an_image_share_what_they_begin_with() -> None:
    """The first tokens of a growing caption are in the tree once."""
    one_by_one = [encoded("qwen2_vl", photograph(0), [pair]) for pair in sentinel()]
    together = encoded("qwen2_vl", photograph(0), sentinel())
    longest = max(len(side.path) for side in together.pairs[-1])
    rejected = sum(len(image.pairs[0][1].path) - image.pairs[0][1].start for image in one_by_one)
    assert len(together.tree.ids) < longest + rejected
    assert together.keys == tuple(pair.key for pair in sentinel())
    for alone, pair in zip(one_by_one, together.pairs, strict=True):
        for side, own in zip(pair, alone.pairs[0], strict=True):
            assert together.tree.ids[side.path].tolist() == alone.tree.ids[own.path].tolist()
            assert side.start == own.start


def test_it_can_be_sent_to_another_process() -> None:
    image = encoded("bundled", photograph(0), [MOON])
    again = pickle.loads(pickle.dumps(image))
    assert again.tree.ids.tolist() == image.tree.ids.tolist()
    assert again.inputs["pixel_values"].equal(image.inputs["pixel_values"])


def test_llavas_reply_is_tokenised_with_its_prompt() -> None:
    """By itself it would begin with another token, since Llama's tokenizer puts a blank before every text."""
    tokenizer = sentencepiece_like("<image>")
    whole = tiny("llava").processor
    template = (
        "{% for m in messages %}{{ m['role'].upper() }}: {% for c in m['content'] %}"
        "{% if c['type'] == 'image' %}<image>\n{% else %}{{ c['text'] }} {% endif %}{% endfor %}{% endfor %}"
        "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
    )
    processor = LlavaProcessor(
        whole.image_processor,
        tokenizer,
        patch_size=whole.patch_size,
        vision_feature_select_strategy="default",
        chat_template=template,
        num_additional_image_tokens=1,
    )
    pair = PreferencePair(ImageRef("a.png"), "Is there a dog?", "a dog", "no")
    image = encode(processor, family("llava"), photograph(0), [pair])
    ((chosen, _),) = image.pairs
    assert tokenizer.convert_ids_to_tokens(image.tree.ids[chosen.completion].tolist()) == ["▁a", "▁dog", "▁"]


def refused(pair: PreferencePair, model_type: str = "bundled", **options: Any) -> PairError:
    with pytest.raises(PairError) as caught:
        encode(processor_of(model_type), family(model_type), photograph(0), [MOON, pair], **options)
    assert caught.value.pair is pair
    return caught.value


def test_a_context_that_merges_with_what_follows_is_refused() -> None:
    pair = replace(SEEN, context="There is a c ", chosen="moon.", rejected="cup.", source="pairs.jsonl:3")
    error = refused(pair)
    assert error.reason == "the tokens at the end of the context merge with those after it"
    assert str(error) == (
        "pairs.jsonl:3: a.png, 'Describe this image in detail.': the tokens at the end of the context merge with those "
        "after it ('There is a c ' before 'moon.')."
    )


def test_a_pair_that_spells_out_the_placeholder_is_refused_wherever_it_does() -> None:
    for field in ("prompt", "context", "chosen", "rejected"):
        error = refused(replace(SEEN, **{field: "An <image> of it."}))
        assert error.reason == "it spells out the model's placeholder for images"
        assert "'An <image> of it.'" in str(error)


def test_equal_sides_are_refused() -> None:
    assert refused(replace(MOON, rejected=MOON.chosen)).reason == "chosen and rejected are the same"


def test_what_is_too_long_for_the_model_is_refused_with_its_length() -> None:
    pair = replace(SEEN, context="There is a cup. " * 20 + "There is a cup.")
    error = refused(pair, limit=150)
    assert error.reason == "it is too long for the model"
    length = 65 + 7 + 21 * 5 + 7
    assert f"({length} tokens, of which the image takes 65; the model's context holds 150)" in str(error)
    assert encode(processor_of("bundled"), family("bundled"), photograph(0), [pair], limit=length).keys == (pair.key,)


def test_a_template_that_trims_what_is_to_be_kept_is_noticed() -> None:
    processor = processor_of("bundled")
    processor.chat_template = processor.chat_template.replace("{{ part.text }}", "{{ part.text | trim }}")
    with pytest.raises(PairError) as caught:
        encode(processor, family("bundled"), photograph(0), [replace(MOON, chosen=" Yes.")])
    assert caught.value.reason == "the model's chat template does not write the reply as it stands"


def test_a_template_that_knows_no_replies_is_noticed() -> None:
    processor = processor_of("bundled")
    processor.chat_template = "{% for m in messages %}<|user|><image>{{ m['role'] }}<|assistant|>{% endfor %}"
    with pytest.raises(RequestError, match="does not write the reply as it stands"):
        encode(processor, family("bundled"), photograph(0), [MOON])


def test_pairs_of_many_prompts_are_as_those_of_each() -> None:
    together = encoded("internvl", photograph(0), finer())
    for pair, (chosen, rejected) in zip(finer(), together.pairs, strict=True):
        alone = encoded("internvl", photograph(0), [pair])
        for side, own in zip((chosen, rejected), alone.pairs[0], strict=True):
            assert together.tree.ids[side.path].tolist() == alone.tree.ids[own.path].tolist()
