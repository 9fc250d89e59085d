"""Every family on a tiny model of its real class: an image shared by its questions changes nothing."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_families import BUILDERS, Tiny, photograph, sentencepiece_like, tiny
from transformers import LlavaProcessor

from sightline.core import Asking, ImageGroup, Replies
from sightline.errors import RequestError
from sightline.models.families import ALL, family_of, follow
from sightline.models.pictures import read_picture
from sightline.models.plain_inputs import plain_inputs
from sightline.models.prompts import Prepared, prepare
from sightline.models.shared_image import Row, SharedImages, rows_of
from sightline.models.transformers import TransformersModel

# PaliGemma's processor turns tensors into arrays in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:transformers.models.paligemma"
)

TOLERANCE = 1e-4
ALONE = ("paligemma",)
SHARING = tuple(model_type for model_type in BUILDERS if model_type not in ALONE)

QUESTIONS = [(65, 66, 67), (70, 80, 90, 100, 110, 120, 78), (83,), tuple(range(100, 113))]
CHOICES = [(190,), (191, 192), (193, 194, 195, 196)]
PROMPTS = ("Is there a dog in the image?", "\nWhat is this? ", "x", "Is there a “zebra” — or not?")
WORDS = ("Yes", " No", "No, it is not.")

SIZES = {
    "llava_next": [(0, 0), (0, 1)],
    "llava_onevision": [(0, 0), (0, 1)],
    "qwen2_vl": [(0, 0), (0, 1), (0, 2)],
    "qwen2_5_vl": [(0, 0), (0, 1), (0, 2)],
    "qwen3_vl": [(0, 0), (0, 1), (0, 2)],
    "internvl": [(0, 0), (0, 1)],
    "smolvlm": [(0, 0), (0, 1)],
    "idefics3": [(0, 0), (0, 1)],
    "ovis2": [(0, 0), (0, 1)],
}
"""Sizes of two images; those of 0 and 2 have equally many tokens and are computed side by side."""

PAIRS = [(model_type, sizes) for model_type in SHARING for sizes in SIZES.get(model_type, [(0, 0)])]


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "tall.png", tmp_path / "tall_too.png", tmp_path / "wide.png"]
    for seed, (path, size) in enumerate(zip(paths, [(40, 50), (40, 50), (90, 40)], strict=True)):
        photograph(seed, *size).save(path)
    return paths


@torch.inference_mode()
def next_tokens(tiny: Tiny, groups: Sequence[Prepared], rows: Sequence[Row] | None = None) -> list[torch.Tensor]:
    """Log-probabilities of the token after each question, the image shared, for each row."""
    family = family_of(tiny.model_type)
    assert family is not None
    rows = rows or [row for image, group in enumerate(groups) for row in rows_of(image, group)]
    done = SharedImages(tiny.model, family, groups).run(rows)
    return [
        torch.log_softmax(tiny.model.get_output_embeddings()(done.hidden[place, row.tree.ends]), dim=-1)
        for place, row in enumerate(rows)
    ]


def alone(tiny: Tiny, group: Prepared) -> torch.Tensor:
    """The same, each question asked by itself."""
    return torch.stack([tiny.alone(group, question)[-1] for question in range(len(group.suffixes))])


def apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).abs().max())


def ask(model: TransformersModel, paths: Sequence[Path], asking: Asking) -> tuple[Replies, ...]:
    (replies,) = model.reply([[ImageGroup(path, PROMPTS) for path in paths]], asking)
    return replies


def test_the_families_that_may_share_are_these() -> None:
    assert {family.name for family in ALL if family.shares} == {
        "LLaVA-1.5",
        "LLaVA-NeXT",
        "LLaVA-OneVision",
        "Qwen2-VL",
        "Qwen2.5-VL",
        "Qwen3-VL",
        "InternVL",
        "SmolVLM",
        "Ovis2",
        "Janus",
        "Mllama",
        "Gemma 3",
    }
    assert {family.name: family.why_not for family in ALL if not family.shares} == {
        "PaliGemma": "its image attends to the question"
    }


@pytest.mark.parametrize("model_type", BUILDERS)
def test_its_paths_lead_to_layers_whose_attention_ends_in_a_projection_of_all_heads(model_type: str) -> None:
    model = tiny(model_type).model
    family = family_of(model_type)
    assert family is not None
    layers = follow(model, family.layers)
    text = model.config.get_text_config()
    assert len(layers) == text.num_hidden_layers == 3
    assert follow(model, family.language_model).layers is layers
    across = getattr(text, "cross_attention_layers", ())
    for place, layer in enumerate(layers):
        attention = layer.cross_attn if place in across else follow(layer, family.attention)
        assert attention.o_proj.in_features == 64


@pytest.mark.parametrize("model_type", BUILDERS)
def test_another_image_changes_what_is_said(model_type: str) -> None:
    tested = tiny(model_type)
    first, second = (alone(tested, tested.group(seed, QUESTIONS)) for seed in (0, 1))
    assert (first - second).abs().amax(dim=-1).min() > 100 * TOLERANCE


@pytest.mark.parametrize(("model_type", "sizes"), PAIRS)
def test_a_shared_image_gives_the_log_probabilities_of_questions_asked_alone(
    model_type: str, sizes: tuple[int, int]
) -> None:
    tested = tiny(model_type)
    groups = [tested.group(seed, QUESTIONS, size=size) for seed, size in enumerate(sizes)]
    if groups[0].signature == groups[1].signature:
        found = next_tokens(tested, groups)
    else:
        found = [next_tokens(tested, [group])[0] for group in groups]
    for image, group in enumerate(groups):
        assert apart(found[image], alone(tested, group)) < TOLERANCE


@pytest.mark.parametrize("model_type", SHARING)
def test_what_is_wrong_misses_the_tolerance_a_hundredfold(model_type: str) -> None:
    tested = tiny(model_type)
    group = tested.group(0, QUESTIONS)
    (row,) = rows_of(0, group)
    expected = alone(tested, group)

    def missed_by(tree: Any, image: Prepared = group) -> float:
        (found,) = next_tokens(tested, [image], [replace(row, tree=tree)])
        return apart(found, expected)

    n = len(row.tree.ids)
    siblings = replace(row.tree, sees=np.tri(n, dtype=np.bool_))
    shifted = replace(row.tree, offsets=row.tree.offsets + 5)
    missed = {
        "another image": missed_by(row.tree, tested.group(1, QUESTIONS)),
        "siblings": missed_by(siblings),
        "shifted": missed_by(shifted),
    }
    assert min(missed.values()) > 100 * TOLERANCE, missed
    assert missed_by(row.tree) < TOLERANCE


@pytest.mark.parametrize("model_type", ("qwen2_vl", "qwen2_5_vl", "qwen3_vl"))
@torch.inference_mode()
def test_positions_go_on_where_each_image_ends_and_not_where_its_tokens_do(model_type: str) -> None:
    tested = tiny(model_type)
    groups = [tested.group(seed, QUESTIONS, size=size) for seed, size in enumerate((0, 2))]
    family = family_of(model_type)
    assert family is not None
    assert groups[0].signature == groups[1].signature
    images = SharedImages(tested.model, family, groups)
    # 3 tokens, then 2 × 3 patches after merging: positions 3 to 5; or 1 × 6: positions 3 to 8. Then the end mark.
    assert images.starts.tolist() == [3 + 3 + 1, 3 + 6 + 1]
    assert images.prefix == 3 + 6 + 1
    untold = replace(family, rope_deltas=None)
    wrong = SharedImages(tested.model, untold, groups)
    wrong.family = family
    done = wrong.run([row for image, group in enumerate(groups) for row in rows_of(image, group)])
    logits = tested.model.get_output_embeddings()(done.hidden[0, done.rows[0].tree.ends])
    assert apart(torch.log_softmax(logits, dim=-1), alone(tested, groups[0])) > 100 * TOLERANCE


@pytest.mark.parametrize("model_type", BUILDERS)
def test_the_log_probability_of_a_choice_is_that_of_its_tokens_after_the_prompt(
    model_type: str, photographs: list[Path]
) -> None:
    tested = tiny(model_type)
    replies = ask(tested.replies(), photographs, Asking(choices=WORDS))
    for path, replied in zip(photographs, replies, strict=True):
        group = prepared(tested, path, PROMPTS, WORDS)
        assert {len(choice) for choice in group.choices[0]} >= {1, 2}
        for question, (said,) in enumerate(replied):
            expected = []
            for choice in group.choices[question]:
                likely = tested.alone(group, question, choice)[-len(choice) - 1 : -1]
                expected.append(float(likely[range(len(choice)), list(choice)].sum()))
            assert said.log_probs == pytest.approx(expected, abs=TOLERANCE)
            assert said.text == WORDS[int(np.argmax(expected))]


@pytest.mark.parametrize("model_type", ("llava", "qwen2_vl", "mllama"))
def test_each_question_may_choose_among_options_of_its_own_in_total_or_per_token(
    model_type: str, photographs: list[Path]
) -> None:
    model = tiny(model_type).replies()
    options = tuple(WORDS[: 2 + place % 2] for place in range(len(PROMPTS)))
    group = ImageGroup(photographs[0], PROMPTS, options)
    ((total,),) = model.reply([[group]], Asking(options="total"))
    ((mean,),) = model.reply([[group]], Asking(options="mean"))
    given = ask(model, photographs[:1], Asking(choices=WORDS))[0]
    tokens = prepared(tiny(model_type), photographs[0], PROMPTS, WORDS).choices
    for own, (by_total,), (by_mean,), (among,), lengths in zip(options, total, mean, given, tokens, strict=True):
        assert by_total.log_probs == pytest.approx(among.log_probs[: len(own)], abs=TOLERANCE)
        per_token = [value / len(choice) for value, choice in zip(by_total.log_probs, lengths, strict=False)]
        assert by_mean.log_probs == pytest.approx(per_token, abs=TOLERANCE)
        assert by_mean.text == own[int(np.argmax(per_token))]


@pytest.mark.parametrize("model_type", BUILDERS)
def test_what_is_generated_is_what_transformers_generates_one_question_at_a_time(
    model_type: str, photographs: list[Path]
) -> None:
    tested = tiny(model_type)
    replies = ask(tested.replies(), photographs, Asking(max_new_tokens=8))
    for path, replied in zip(photographs, replies, strict=True):
        for prompt, (said,) in zip(PROMPTS, replied, strict=True):
            inputs = processed(tested, path, prompt)
            with torch.inference_mode():
                ids = tested.model.generate(**inputs, max_new_tokens=8, do_sample=False)
            new = ids[0, inputs["input_ids"].shape[1] :]
            assert said.text == tested.tokenizer.decode(new, skip_special_tokens=True)


@pytest.mark.parametrize("model_type", BUILDERS)
def test_the_record_says_whether_the_image_was_shared(model_type: str, photographs: list[Path]) -> None:
    model = tiny(model_type).replies()
    ask(model, photographs[:1], Asking(choices=WORDS))
    details = model.identity.details
    if model_type in ALONE:
        assert details["image shared"] == "no: its image attends to the question"
    else:
        assert details["image shared"] == "yes"
        assert details["shared against alone"].endswith(" nats")


@pytest.mark.parametrize("model_type", SHARING)
def test_sharing_holds_in_half_precision_up_to_its_rounding(model_type: str, photographs: list[Path]) -> None:
    half = replace(tiny(model_type), model=deepcopy(tiny(model_type).model).to(torch.bfloat16))
    shared, unshared = half.replies(), half.replies(share=False)
    for (found,), (expected,) in zip(
        *(chain(*ask(model, photographs, Asking(choices=WORDS))) for model in (shared, unshared)), strict=True
    ):
        assert found.log_probs == pytest.approx(expected.log_probs, abs=0.5)
    assert shared.identity.details["image shared"] == "yes"
    ask(shared, photographs, Asking(max_new_tokens=3))


@pytest.mark.parametrize("model_type", ALONE)
def test_a_family_that_may_not_share_would_indeed_reply_otherwise(model_type: str) -> None:
    tested = tiny(model_type)
    group = tested.group(0, QUESTIONS)
    (found,) = next_tokens(tested, [group])
    assert apart(found, alone(tested, group)) > 100 * TOLERANCE


@pytest.mark.parametrize("model_type", BUILDERS)
def test_its_prompts_are_the_tokens_of_the_processors_own_chat_template(
    model_type: str, photographs: list[Path]
) -> None:
    tested = tiny(model_type)
    for path in photographs:
        group = prepared(tested, path, PROMPTS)
        for prompt, suffix in zip(PROMPTS, group.suffixes, strict=True):
            assert [*group.prefix, *suffix] == processed(tested, path, prompt)["input_ids"][0].tolist()


@pytest.mark.parametrize("model_type", BUILDERS)
def test_all_of_the_image_is_in_the_prefix(model_type: str, photographs: list[Path]) -> None:
    tested = tiny(model_type)
    group = prepared(tested, photographs[2], PROMPTS)
    assert tested.image in group.prefix
    assert not any(tested.image in suffix for suffix in group.suffixes)
    assert bool(group.why_not) == (model_type in ALONE)


@pytest.mark.parametrize("model_type", BUILDERS)
def test_a_question_that_spells_out_the_images_placeholder_is_refused(model_type: str, photographs: list[Path]) -> None:
    tested = tiny(model_type)
    spelt = f"Is {tested.processor.image_token} a token?"
    for prompts in (("What is this?", spelt), (spelt, "What is this?")):
        with pytest.raises(RequestError, match=r"^'Is .* a token\?' spells out the model's image placeholder "):
            prepared(tested, photographs[0], prompts)


def test_janus_with_a_system_prompt_that_its_processor_adds_is_split_all_the_same(photographs: list[Path]) -> None:
    tested = tiny("janus")
    assert tested.processor.use_default_system_prompt
    group = prepared(tested, photographs[0], PROMPTS)
    assert tested.tokenizer.decode(group.prefix).startswith("<s>You are a helpful language and vision assistant.")
    assert tested.tokenizer.decode(group.prefix).endswith("<image_placeholder>")


QUESTION_FIRST = "{{ messages[0]['content'][1]['text'] }} IMAGE Answer:"


def test_a_chat_template_that_puts_the_question_first_shares_nothing_and_says_so(photographs: list[Path]) -> None:
    processor = deepcopy(tiny("llava").processor)
    processor.chat_template = QUESTION_FIRST.replace("IMAGE", "<image>")
    tested = replace(tiny("llava"), processor=processor)
    model = tested.replies()
    ((*replies,),) = ask(model, photographs[:1], Asking(max_new_tokens=6))
    assert model.identity.details["image shared"] == "no: the tokens of its prompt cannot be told apart at the image"
    for prompt, (said,) in zip(PROMPTS, replies, strict=True):
        inputs = processed(tested, photographs[0], prompt)
        ids = tested.model.generate(**inputs, max_new_tokens=6, do_sample=False)
        assert said.text == tested.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def test_a_chat_template_that_puts_the_question_first_is_refused_where_images_have_positions_of_their_own(
    photographs: list[Path],
) -> None:
    processor = deepcopy(tiny("qwen2_vl").processor)
    processor.chat_template = QUESTION_FIRST.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    with pytest.raises(RequestError, match="puts the question before the image, which cannot be asked"):
        prepared(replace(tiny("qwen2_vl"), processor=processor), photographs[0], PROMPTS)


def test_a_processor_without_a_chat_template_is_refused_unless_the_family_has_one(photographs: list[Path]) -> None:
    assert tiny("paligemma").processor.chat_template is None
    with pytest.raises(RequestError, match="comes without a chat template"):
        prepare(tiny("paligemma").processor, read_picture(photographs[0]).image, PROMPTS)
    text = tiny("paligemma").tokenizer.decode(prepared(tiny("paligemma"), photographs[0], PROMPTS).prefix)
    assert text == "<image>" * 16 + "<s>answer en "


def test_words_at_the_seam_of_a_sentencepiece_tokenizer_are_those_of_the_whole_prompt(photographs: list[Path]) -> None:
    plain = tiny("llava").processor
    tokenizer = sentencepiece_like("<image>")
    processor = LlavaProcessor(
        plain.image_processor,
        tokenizer,
        patch_size=7,
        vision_feature_select_strategy="default",
        chat_template=plain.chat_template.replace("<image>\n", "<image>"),  # the question touches the image
        num_additional_image_tokens=1,
    )
    tested = replace(tiny("llava"), tokenizer=tokenizer, processor=processor)
    prompts = ("a dog", " a dog", "dog a")
    group = prepared(tested, photographs[0], prompts, ("a", "dog"))
    for prompt, suffix in zip(prompts, group.suffixes, strict=True):
        assert [*group.prefix, *suffix] == processed(tested, photographs[0], prompt)["input_ids"][0].tolist()
    assert tokenizer.convert_ids_to_tokens(group.suffixes[0])[:3] == ["▁a", "▁dog", "▁"]
    assert [tokenizer.convert_ids_to_tokens(choice) for choice in group.choices[0]] == [["a"], ["d", "o", "g"]]


def prepared(tested: Tiny, path: Path, prompts: Sequence[str], choices: Sequence[str] = ()) -> Prepared:
    family = family_of(tested.model_type)
    assert family is not None
    return prepare(
        tested.processor,
        read_picture(path).image,
        prompts,
        [choices] * len(prompts) if choices else (),
        family.chat_template,
    )


def processed(tested: Tiny, path: Path, prompt: str) -> dict[str, Any]:
    """What the processor itself makes of a question."""
    family = family_of(tested.model_type)
    assert family is not None
    message = {
        "role": "user",
        "content": [{"type": "image", "image": read_picture(path).image}, {"type": "text", "text": prompt}],
    }
    template = {} if tested.processor.chat_template else {"chat_template": family.chat_template}
    made = tested.processor.apply_chat_template(
        [message], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt", **template
    )
    return {name: value for name, value in made.items() if name != "labels"}


@pytest.mark.parametrize("model_type", ("paligemma", "gemma3", "llava"))
def test_the_log_probability_of_a_choice_is_what_generate_gives_its_tokens(
    model_type: str, photographs: list[Path]
) -> None:
    tested = tiny(model_type)
    group = prepared(tested, photographs[0], PROMPTS, WORDS)
    (replies,) = ask(tested.replies(), photographs[:1], Asking(choices=WORDS))
    for question, (said,) in enumerate(replies):
        totals = [generated(tested, group, question, choice) for choice in group.choices[question]]
        assert said.log_probs == pytest.approx(totals, abs=TOLERANCE)


@torch.inference_mode()
def generated(tested: Tiny, group: Prepared, question: int, choice: Sequence[int]) -> float:
    """A choice's log-probability as ``generate`` goes over its tokens, of which it is let take no other."""
    inputs = plain_inputs(tested.model, group, group.suffixes[question])
    length = inputs["input_ids"].shape[1]
    found = tested.model.generate(
        **inputs,
        prefix_allowed_tokens_fn=lambda _, ids: [choice[len(ids) - length]],
        max_new_tokens=len(choice),
        do_sample=False,
        output_logits=True,
        return_dict_in_generate=True,
    )
    likely = [torch.log_softmax(logits[0], dim=-1)[token] for logits, token in zip(found.logits, choice, strict=True)]
    return float(sum(likely))
