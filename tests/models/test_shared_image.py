"""Many questions, little memory, samples, windows and mistakes: on tiny models of two families."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_families import TEXT, Tiny, awake, photograph, tiny
from transformers import LlavaConfig, LlavaForConditionalGeneration, MistralConfig, Qwen2Config

from sightline.core import Asking, ImageGroup, Said
from sightline.errors import RequestError
from sightline.models import transformers
from sightline.models.shared_image import SharedImages, rows_of
from sightline.models.transformers import TransformersModel

FAMILIES = ("llava", "qwen2_vl")
CHOICES = Asking(choices=("Yes", " No", "No, it is not."))
TOLERANCE = 1e-4


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, path in enumerate(paths):
        photograph(seed).save(path)
    return paths


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each pass had."""
    seen: list[int] = []
    run = SharedImages.run

    def counted(self: SharedImages, rows: Any, last: bool = True) -> Any:
        seen.append(len(rows))
        return run(self, rows, last)

    monkeypatch.setattr(SharedImages, "run", counted)
    return seen


def many(number: int) -> tuple[str, ...]:
    return tuple(
        f"Is there a thing called {place * 7919 % 1000} in the image?{' Well?' * (place % 3)}"
        for place in range(number)
    )


def ask(
    model: TransformersModel, paths: Sequence[Path], prompts: Sequence[str], asking: Asking
) -> list[tuple[tuple[Said, ...], ...]]:
    (replies,) = model.reply([[ImageGroup(path, tuple(prompts)) for path in paths]], asking)
    return list(replies)


def assert_alike(found: Sequence[Any], expected: Sequence[Any]) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert [said.text for (said,) in ours] == [said.text for (said,) in theirs]
        for (said,), (other,) in zip(ours, theirs, strict=True):
            assert said.log_probs == pytest.approx(other.log_probs, abs=TOLERANCE)


@pytest.mark.parametrize("family", FAMILIES)
def test_500_questions_on_one_image_come_out_as_one_by_one(
    family: str, photographs: list[Path], passes: list[int]
) -> None:
    prompts = many(500)
    together = ask(tiny(family).replies(tokens_at_once=4096), photographs[:1], prompts, CHOICES)
    assert sum(passes[1:]) > 10  # the first pass is the check of the first group
    assert len(passes) > 3
    alone = ask(tiny(family).replies(share=False), photographs[:1], prompts, CHOICES)
    assert_alike(together, alone)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_generated_does_not_depend_on_rows_and_passes(
    family: str, photographs: list[Path], passes: list[int]
) -> None:
    prompts, asking = many(100), Asking(max_new_tokens=6)
    split = ask(tiny(family).replies(tokens_at_once=2048), photographs[:2], prompts, asking)
    assert len(passes) > 2
    alone = ask(tiny(family).replies(share=False), photographs[:2], prompts, asking)
    assert_alike(split, alone)


def test_little_at_once_means_more_passes_and_the_same_replies(photographs: list[Path], passes: list[int]) -> None:
    tested = tiny("llava")
    at_once = ask(tested.replies(), photographs, many(5), CHOICES)
    assert passes == [1, 3]  # the check, and one row for each of three images
    passes.clear()
    assert_alike(ask(tested.replies(tokens_at_once=1), photographs, many(5), CHOICES), at_once)
    assert passes == [1, 1, 1, 1]


def test_images_of_unequally_many_questions_stand_side_by_side(photographs: list[Path], passes: list[int]) -> None:
    model = tiny("llava").replies()
    groups = [ImageGroup(path, many(number)) for path, number in zip(photographs, (7, 1, 3), strict=True)]
    for asking in (CHOICES, Asking(max_new_tokens=6)):
        (together,) = model.reply([groups], asking)
        assert passes[-1] == 3
        for group, replies in zip(groups, together, strict=True):
            assert_alike(ask(tiny("llava").replies(share=False), [group.image], group.prompts, asking), [replies])


def test_batches_come_out_in_the_order_they_went_in(photographs: list[Path]) -> None:
    model = tiny("qwen2_vl").replies()
    batches = [[ImageGroup(path, many(2))] for path in photographs]
    one_by_one = [ask(model, [path], many(2), CHOICES)[0] for path in photographs]
    assert_alike([replies for (replies,) in model.reply(batches, CHOICES)], one_by_one)


def test_samples_are_the_same_again_whatever_else_is_asked(photographs: list[Path]) -> None:
    model = tiny("llava").replies()
    asking = Asking(max_new_tokens=8, temperature=1.0, samples=3, seed=5)
    together = ask(model, photographs[:2], many(9), asking)
    assert ask(model, photographs[:2], many(9), asking) == together
    assert ask(tiny("llava").replies(tokens_at_once=1), photographs[1:2], many(9)[4:6], asking)[0] == together[1][4:6]
    assert [said.sample for said in together[0][0]] == [0, 1, 2]


def test_samples_differ_by_sample_seed_and_image(photographs: list[Path]) -> None:
    model = tiny("llava").replies()
    asking = Asking(max_new_tokens=8, temperature=1.0, samples=3)
    ((first,), (second,)) = ask(model, photographs[:2], many(1), asking)
    (((again, *_),),) = (ask(model, photographs[:1], many(1), replace(asking, seed=1)),)
    texts = {said.text for said in (*first, *second, *again)}
    assert len(texts) == 9


def test_two_copies_of_an_image_draw_the_same_and_two_images_do_not(photographs: list[Path], tmp_path: Path) -> None:
    copied = tmp_path / "copied.png"
    copied.write_bytes(photographs[0].read_bytes())
    model = tiny("llava").replies()
    asking = Asking(max_new_tokens=8, temperature=1.0)
    replies = ask(model, [photographs[0], photographs[1], copied], many(1), asking)
    assert replies[0] == replies[2] != replies[1]


def test_a_temperature_near_zero_says_what_greedy_decoding_says(photographs: list[Path]) -> None:
    model = tiny("llava").replies()
    cold = ask(model, photographs, many(4), Asking(max_new_tokens=6, temperature=1e-4))
    assert cold == ask(model, photographs, many(4), Asking(max_new_tokens=6))
    narrow = ask(model, photographs, many(4), Asking(max_new_tokens=6, temperature=1.0, top_p=1e-6))
    assert narrow == cold


def test_a_reply_ends_where_the_model_ends_it(photographs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tiny("llava")
    prompts, asking = many(6), Asking(max_new_tokens=8)
    model = tested.replies()
    full = ask(model, photographs[:1], prompts, asking)
    logits = tested.alone(model.prepared(ImageGroup(photographs[0], prompts), asking), 2)
    monkeypatch.setattr(tested.model.generation_config, "eos_token_id", [2, int(logits[-1].argmax())])
    ended = ask(tested.replies(), photographs[:1], prompts, asking)
    assert_alike(ended, ask(tested.replies(share=False), photographs[:1], prompts, asking))
    assert len(ended[0][2][0].text) < len(full[0][2][0].text)


def test_habits_of_a_checkpoints_own_generation_settings_are_put_aside(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = tiny("llava")
    expected = ask(tested.replies(), photographs[:1], many(3), Asking(max_new_tokens=8))
    monkeypatch.setattr(tested.model.generation_config, "repetition_penalty", 5.0)
    monkeypatch.setattr(tested.model.generation_config, "do_sample", True)
    own = tested.model.generation_config
    assert ask(tested.replies(share=False), photographs[:1], many(3), Asking(max_new_tokens=8)) == expected
    assert tested.model.generation_config is own


@pytest.mark.parametrize("asking", (Asking(max_new_tokens=990), Asking(choices=("Yes" * 1000,))))
def test_a_prompt_longer_than_the_context_is_one_clear_error(photographs: list[Path], asking: Asking) -> None:
    with pytest.raises(RequestError) as caught:
        ask(tiny("llava").replies(), photographs, many(4), asking)
    assert f"{photographs[0]}: the longest prompt with its reply has" in str(caught.value)
    assert "of which the image takes 20; this model's context holds 1024. Shorten the prompt or the reply." in str(
        caught.value
    )


def test_a_choice_that_merges_with_the_prompt_is_refused(photographs: list[Path]) -> None:
    with pytest.raises(
        RequestError, match=r"The choice '' merges with the prompt's last token; write it another way\."
    ):
        ask(tiny("llava").replies(), photographs, many(1), Asking(choices=("",)))


@pytest.mark.parametrize("family", FAMILIES)
def test_sharing_is_given_up_where_the_first_questions_come_out_otherwise(
    family: str, photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = SharedImages._step

    def astray(self: SharedImages, done: Any, ids: Any, sees: Any) -> Any:
        return step(self, replace(done, offsets=done.offsets + 3), ids, sees)

    expected = ask(tiny(family).replies(share=False), photographs, many(3), CHOICES)
    monkeypatch.setattr(SharedImages, "_step", astray)
    model = tiny(family).replies()
    assert_alike(ask(model, photographs, many(3), CHOICES), expected)
    assert model.identity.details["image shared"].startswith("no: the first questions came out ")
    assert model.identity.details["image shared"].endswith(" nats apart")


def test_the_check_is_made_once_and_recorded(photographs: list[Path], passes: list[int]) -> None:
    model = tiny("llava").replies()
    assert "shared against alone" not in model.identity.details
    for _ in range(2):
        ask(model, photographs[:1], many(5), CHOICES)
    assert passes == [1, 1, 1]
    assert float(model.identity.details["shared against alone"].removesuffix(" nats")) < TOLERANCE


def test_sharing_that_was_not_asked_for_is_not_done(photographs: list[Path], passes: list[int]) -> None:
    model = tiny("llava").replies(share=False)
    ask(model, photographs, many(2), CHOICES)
    assert passes == []
    assert model.identity.details["image shared"] == "no: not asked for"


def test_a_family_that_is_not_known_is_asked_one_question_at_a_time(photographs: list[Path], passes: list[int]) -> None:
    tested = tiny("llava")
    known = tested.replies()
    unknown = TransformersModel(tested.model, tested.processor, known.identity, None)
    assert_alike(ask(unknown, photographs, many(2), CHOICES), ask(known, photographs, many(2), CHOICES))
    assert unknown.identity.details["image shared"] == "no: the family is not known"


def test_too_little_memory_for_all_images_means_fewer_at_once(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ask(tiny("llava").replies(), photographs, many(3), CHOICES)
    refuse_more_than(1, monkeypatch)
    model = tiny("llava").replies(tokens_at_once=4096)
    assert_alike(ask(model, photographs, many(3), CHOICES), expected)
    assert model.tokens_at_once == 32  # 4096 halved until one image of 20 tokens remains


def test_too_little_memory_for_one_image_is_one_clear_error(
    photographs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny("llava").replies()
    ask(model, photographs[:1], many(1), CHOICES)
    refuse_more_than(0, monkeypatch)
    with pytest.raises(RequestError, match="One image of 20 tokens and its questions do not fit into the memory"):
        ask(model, photographs, many(3), CHOICES)


def refuse_more_than(images: int, monkeypatch: pytest.MonkeyPatch) -> None:
    init = SharedImages.__init__

    def cramped(self: SharedImages, model: Any, family: Any, groups: Sequence[Any], watch: Any = None) -> None:
        if len(groups) > images:
            raise torch.OutOfMemoryError("no memory left")
        init(self, model, family, groups, watch)

    monkeypatch.setattr(SharedImages, "__init__", cramped)


WINDOWED = {
    "all layers": lambda vocabulary: MistralConfig(**TEXT, vocab_size=vocabulary, sliding_window=9, head_dim=16),
    "some layers": lambda vocabulary: Qwen2Config(
        **TEXT, vocab_size=vocabulary, use_sliding_window=True, sliding_window=9, max_window_layers=1
    ),
}


@pytest.mark.parametrize("config", WINDOWED.values(), ids=list(WINDOWED))
def test_layers_that_see_only_a_window_of_tokens_see_the_same_when_the_image_is_shared(
    config: Callable[[int], Any], photographs: list[Path]
) -> None:
    plain = tiny("llava")
    windowed = LlavaConfig(
        vision_config=plain.model.config.vision_config,
        text_config=config(len(plain.tokenizer)),
        image_token_index=plain.image,
    )
    tested = replace(plain, model=awake(LlavaForConditionalGeneration(windowed)))
    for asking in (CHOICES, Asking(max_new_tokens=12)):
        model = tested.replies()
        assert_alike(
            ask(model, photographs, many(5), asking), ask(tested.replies(share=False), photographs, many(5), asking)
        )
        assert model.identity.details["image shared"] == "yes"


@pytest.fixture
def eager() -> Iterator[Tiny]:
    tested = tiny("qwen2_vl")
    tested.model.set_attn_implementation("eager")
    yield tested
    tested.model.set_attn_implementation("sdpa")


def test_eager_attention_replies_as_the_default_one_does(eager: Tiny, photographs: list[Path]) -> None:
    model = eager.replies()
    found = ask(model, photographs, many(4), CHOICES)
    assert model.identity.details["image shared"] == "yes"
    eager.model.set_attn_implementation("sdpa")
    assert_alike(found, ask(eager.replies(), photographs, many(4), CHOICES))


def test_rows_hold_the_questions_in_order_and_a_long_one_has_its_own() -> None:
    group = tiny("llava").group(0, [(1,) * 4, (2,) * 3, (3,) * 20, (4,) * 2], [(9,), (8, 7, 6)])
    rows = rows_of(5, group, row_tokens=12)
    # A choice of three tokens adds two: 4 + 2 and 3 + 2 fit into 12 tokens, 20 + 2 do not.
    assert [row.questions for row in rows] == [(0, 1), (2,), (3,)]
    assert [len(row.tree.ids) for row in rows] == [11, 22, 4]
    assert {row.image for row in rows} == {5}
    assert rows[0].choice_runs == ((None, 2), (None, 3))
    assert rows[0].tree.runs[2] == ((8, 7), 0, "choice")


def test_passes_are_padded_to_their_longest_row() -> None:
    group = tiny("llava").group(0, [(1,) * 4, (2,) * 3, (3,) * 20, (4,) * 2])
    rows = rows_of(0, group, row_tokens=1)
    assert [len(part) for part in transformers._passes(rows, 8)] == [2, 1, 1]
    assert [len(part) for part in transformers._passes(rows, 40)] == [2, 2]
    assert [len(part) for part in transformers._passes(rows, 80)] == [4]
