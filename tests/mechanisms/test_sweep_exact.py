"""All heads of a layer side by side against one head at a time: a plain hook, one prompt, the model's own forward."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from plain_hooks import (
    ALL_HEADS,
    Change,
    by,
    changed,
    generated,
    log_p,
    mean_of_this_forward,
    roles_alone,
    where_alone,
)
from swept_prompts import (
    CUPS,
    DRAFTS,
    LETTERS,
    MOONS,
    OUTPUTS,
    SIX,
    STARS,
    UNREAD,
    asked_of,
    first_letter,
    only,
    photographs,
    with_own_replies,
)
from tiny_families import TEXT, Tiny, awake, tiny
from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.mechanisms import sweep as sweep_module
from sightline.mechanisms import trees
from sightline.mechanisms.drafts import Answer, Draft, text_of
from sightline.mechanisms.layerwise import Layerwise
from sightline.mechanisms.patches import aligned
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked, SweepSettings, Swept, sweep_images
from sightline.models.heads import Head
from sightline.models.knockout import Knockout
from sightline.models.knockout_kinds import SCOPES
from sightline.models.roles import Role

FAMILIES = (*SIX, "llava_next", "smolvlm", "ovis2")
SOME = (Head(0, 3), Head(1, 0), Head(2, 2))
SEVERAL = (Head(0, 1), Head(1, 0), Head(1, 3), Head(2, 2))
TOLERANCE = 1e-4
PROMPTS = (MOONS, CUPS, STARS)

Log = NDArray[np.float64]


def asked_about_two_images(tested: Tiny, folder: Path, prompts: int = 3) -> list[Asked]:
    """Three prompts about one image, or fewer, and one about another."""
    first, second = photographs(folder)
    return [
        asked_of(tested, first, PROMPTS[:prompts], DRAFTS[:prompts]),
        asked_of(tested, second, [CUPS], DRAFTS[2:]),
    ]


def sweep(tested: Tiny, asked: Sequence[Asked], heads: Sequence[Head] = SOME, **settings: Any) -> list[Swept]:
    return sweep_images(tested.replies(), asked, heads, LETTERS, SweepSettings(**settings), OUTPUTS)


def log_ps(swept: Sequence[Swept]) -> Log:
    """(prompts, heads, 2) of the true answer and the asserted one."""
    return np.stack([np.stack([one.log_p_true, one.log_p_asserted], axis=-1) for one in swept])


def one_by_one(
    tested: Tiny, asked: Sequence[Asked], heads: Sequence[Head], change_of: Callable[..., Change | None]
) -> Log:
    """The same, each head, prompt and form of an answer in a forward of its own.

    Args:
        tested: the model.
        asked: images and prompts.
        heads: each is knocked out by itself.
        change_of: (head, roles of the tokens, how many stand up to the end of the image) → what is put in its place.
    """
    found = []
    for one in asked:
        for question, draft in enumerate(one.drafts):
            answer = draft.answer
            assert answer is not None
            given = draft.tokens[: answer.start]
            for head in heads:
                for forms in (answer.true, answer.asserted):
                    each = []
                    for form in forms:
                        more = len(given) + len(form)
                        roles = roles_alone(tested, one.group, question, more, asserted_words)
                        change = change_of(head, roles, len(one.group.prefix))
                        with changed(tested, {} if change is None else {head: change}):
                            each.append(log_p(tested, one.group, question, given, form))
                    found.append(np.logaddexp.reduce(each))
    return np.array(found).reshape(-1, len(heads), 2)


def mean_alone(head: Head, roles: NDArray[np.int8], prefix: int) -> Change:
    return by(OUTPUTS.mean[head])


def kind_alone(kind: str, scope: str, strength: float = 1.0) -> Callable[..., Change]:
    """A kind and scope of knockouts, written out."""

    def change_of(head: Head, roles: NDArray[np.int8], prefix: int) -> Change:
        where = where_alone(roles, scope, prefix)
        if kind != "prompt-mean":
            vector = {"zero": 0.0, "mean": OUTPUTS.mean[head], "role-mean": OUTPUTS.by_role[roles, *head]}[kind]
            return by(vector, where, strength)
        read = torch.from_numpy(roles != Role.GENERATED)

        def change(own: torch.Tensor) -> torch.Tensor:
            return by(own[read].mean(dim=0).numpy(), where & read.numpy(), strength)(own)

        return change

    return change_of


def nothing(*_: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        *((family, "mean") for family in FAMILIES),
        *((family, kind) for family in SIX for kind in ("zero", "prompt-mean")),
    ],
)
def test_all_heads_of_a_layer_side_by_side_give_what_each_gives_alone(family: str, kind: str, tmp_path: Path) -> None:
    tested = tiny(family)
    asked = asked_about_two_images(tested, tmp_path, prompts=2)
    found = log_ps(sweep(tested, asked, kind=kind))
    np.testing.assert_allclose(found, one_by_one(tested, asked, SOME, kind_alone(kind, "all")), atol=TOLERANCE)
    whole = one_by_one(tested, asked, SOME[:1], nothing)
    assert np.abs(found - whole).max(axis=(0, 2)).min() > 100 * TOLERANCE  # every head does something
    swept = sweep(tested, asked, SOME[:1], kind=kind)
    for one, expected in zip(swept, whole[:, 0], strict=True):
        assert (one.prompt.log_p_true, one.prompt.log_p_asserted) == pytest.approx(tuple(expected), abs=TOLERANCE)


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        *(("mean", scope) for scope in SCOPES),
        *((kind, scope) for kind in ("zero", "role-mean") for scope in ("text", "decode")),
        *(("prompt-mean", scope) for scope in ("prompt", "text", "asserted")),
    ],
)
def test_every_kind_and_scope_gives_what_the_hook_on_those_tokens_gives(kind: str, scope: str, tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_about_two_images(tested, tmp_path, prompts=2)
    heads = SOME[1:]
    found = log_ps(sweep(tested, asked, heads, kind=kind, scope=scope, strength=0.75))
    expected = one_by_one(tested, asked, heads, kind_alone(kind, scope, 0.75))
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)
    assert np.abs(found - one_by_one(tested, asked, heads[:1], nothing))[:, 0].max() > 10 * TOLERANCE


@pytest.mark.parametrize("scope", ("all", "text", "decode"))
def test_resampled_vectors_are_those_that_the_model_without_the_head_is_given(scope: str, tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    found = log_ps(sweep(tested, asked, kind="resample", scope=scope))
    for place, head in enumerate(SOME):
        how = Knockout((head,), "resample", scope, 1.0, OUTPUTS)
        watch = tested.replies().knocked_out(how, asserted_words).watch
        assert watch is not None
        for question, draft in enumerate(asked[0].drafts):
            assert draft.answer is not None
            each = []
            for form in draft.answer.asserted:
                with watch.whole(asked[0].group, question):
                    each.append(log_p(tested, asked[0].group, question, draft.tokens[: draft.answer.start], form))
            assert found[question, place, 1] == pytest.approx(np.logaddexp.reduce(each), abs=TOLERANCE)


@pytest.mark.parametrize("family", ("qwen3_vl", "gemma3"))
def test_a_family_whose_layers_cannot_be_called_one_by_one_over_the_image_is_swept_after_it_or_refused(
    family: str, tmp_path: Path
) -> None:
    tested = tiny(family)
    asked = asked_about_two_images(tested, tmp_path)
    with pytest.raises(RequestError, match="The layers of this model, called one by one, do not give what the model"):
        sweep(tested, asked, kind="mean")
    found = log_ps(sweep(tested, asked, kind="mean", scope="text"))
    np.testing.assert_allclose(found, one_by_one(tested, asked, SOME, kind_alone("mean", "text")), atol=TOLERANCE)


def test_a_head_size_that_is_not_hidden_by_heads_is_swept_alike(tmp_path: Path) -> None:
    plain = tiny("llava")
    config = LlavaConfig(
        vision_config=plain.model.config.vision_config,
        text_config=LlamaConfig(**TEXT, vocab_size=len(plain.tokenizer), head_dim=24),
        image_token_index=plain.image,
    )
    tested = replace(plain, model=awake(LlavaForConditionalGeneration(config)))
    asked = asked_about_two_images(tested, tmp_path)
    found = log_ps(sweep(tested, asked, kind="zero"))
    np.testing.assert_allclose(found, one_by_one(tested, asked, SOME, kind_alone("zero", "all")), atol=TOLERANCE)


def _of_the_next_layer(rerun: Any) -> Any:
    def wrong(self: Layerwise, layer: int, at: Any, heads: Any, how: Any, places: Any) -> Any:
        return rerun(self, layer if heads is None else (layer + 1) % 3, at, heads, how, places)

    return wrong


def _of_the_next_head(rerun: Any) -> Any:
    def wrong(self: Layerwise, layer: int, at: Any, heads: Any, how: Any, places: Any) -> Any:
        return rerun(self, layer, at, heads if heads is None else (heads + 1) % 4, how, places)

    return wrong


@pytest.mark.parametrize("mistake", (_of_the_next_layer, _of_the_next_head))
def test_a_mistake_is_found(mistake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    expected = one_by_one(tested, asked, SOME, mean_alone)
    monkeypatch.setattr(Layerwise, "rerun", mistake(Layerwise.rerun))
    apart = np.abs(log_ps(sweep(tested, asked, kind="mean")) - expected)
    assert apart.max(axis=(0, 2)).min() > 100 * TOLERANCE


@pytest.mark.parametrize("kind", ("mean", "patch"))
def test_several_prompts_and_images_together_give_what_each_gives_by_itself(kind: str, tmp_path: Path) -> None:
    for family in ("llava", "qwen2_vl"):
        tested = tiny(family)
        asked = asked_about_two_images(tested, tmp_path)
        together = log_ps(sweep(tested, asked, ALL_HEADS, kind=kind))
        by_itself = [only(one, question) for one in asked for question in range(len(one.prompts))]
        apart = [sweep(tested, [one], ALL_HEADS, kind=kind)[0] for one in by_itself]
        np.testing.assert_allclose(together, log_ps(apart), atol=TOLERANCE)


def test_how_much_is_computed_at_once_and_in_what_order_changes_nothing(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    found = log_ps(sweep(tested, asked, ALL_HEADS))
    for tokens_at_once in (1, 350):  # rows of some 100 tokens: one of them, and three, which cut rows and layers
        np.testing.assert_allclose(
            log_ps(sweep(tested, asked, ALL_HEADS, tokens_at_once=tokens_at_once)), found, atol=TOLERANCE
        )
    order = [5, 0, 11, 3]
    shuffled = [ALL_HEADS[place] for place in order]
    np.testing.assert_allclose(log_ps(sweep(tested, asked, shuffled)), found[:, order], atol=TOLERANCE)


def test_many_prompts_are_cut_into_rows_and_come_out_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    found = sweep(tested, asked, ALL_HEADS)
    monkeypatch.setattr(trees, "ROW_TOKENS", 80)
    rows = trees.rows_to_sweep(0, asked[0].group, asked[0].drafts, texts=False)
    assert [row.row.questions for row in rows] == [(0, 1), (2,)]
    again = sweep(tested, asked, ALL_HEADS)
    assert [one.prompt.prompt for one in again] == [*(prompt for prompt, _ in PROMPTS), CUPS[0]]
    np.testing.assert_allclose(log_ps(again), log_ps(found), atol=TOLERANCE)


@pytest.mark.parametrize("scope", ("text", "asserted", "decode"))
@pytest.mark.parametrize("family", ("llava", "qwen2_vl"))
def test_what_leaves_the_image_alone_is_the_same_against_its_kept_keys(
    family: str, scope: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = tiny(family)
    asked = asked_about_two_images(tested, tmp_path)
    kept = log_ps(sweep(tested, asked, ALL_HEADS, scope=scope))
    computed: list[bool] = []
    init = Layerwise.__init__

    def noted(self: Layerwise, *args: Any, **how: Any) -> None:
        init(self, *args, **how)
        computed.append(self.skipped > 0)

    monkeypatch.setattr(Layerwise, "__init__", noted)
    sweep(tested, asked, SOME[:1], scope=scope)
    monkeypatch.setattr(Knockout, "touches_prefix", property(lambda self: True))
    whole = log_ps(sweep(tested, asked, ALL_HEADS, scope=scope))
    assert computed == [False, True]
    np.testing.assert_allclose(kept, whole, atol=TOLERANCE)


# ---- answers ----


def test_every_form_of_an_answer_counts_the_last_one_of_a_row_as_well(tmp_path: Path) -> None:
    tested = tiny("llava")
    (photo, *_) = photographs(tmp_path, 1)
    asked = asked_of(tested, photo, PROMPTS, DRAFTS)
    with changed(tested, {SOME[0]: by(OUTPUTS.mean[SOME[0]])}):
        likely, tokens = tested.alone(asked.group, 2, (60,))[-1].topk(4)
    # Two words of one token, and the beginning of two of which one is long.
    forms = ((int(tokens[0]),), (int(tokens[1]),)), ((int(tokens[2]), 70, 71), (int(tokens[3]),))
    last = Draft((60, 61, 62, 2), "…", "1", Answer(1, 2, *forms))
    swept = sweep(tested, [asked._replace(drafts=(*DRAFTS[:2], last))], SOME[:1])[-1]
    assert swept.log_p_true[0] == pytest.approx(float(likely[:2].logsumexp(0)), abs=TOLERANCE)
    assert float(likely[:2].logsumexp(0) - likely[0]) > 100 * TOLERANCE  # what the second word adds
    assert swept.log_p_asserted[0] > float(likely[3]) + 1e-7
    assert swept.log_p_asserted[0] == pytest.approx(float(likely[3]), abs=0.1)  # the word of three is far less likely


def test_a_reply_without_an_answer_is_not_weighed_and_does_not_disturb_the_others(tmp_path: Path) -> None:
    tested = tiny("llava")
    photo, other = photographs(tmp_path)
    asked = [
        asked_of(tested, photo, PROMPTS, (DRAFTS[0], UNREAD, DRAFTS[2])),
        asked_of(tested, other, PROMPTS[:1], (UNREAD,)),
    ]
    found = sweep(tested, asked)
    weighed = [bool(np.isfinite(log_ps([one])).all()) for one in found]
    assert weighed == [True, False, True, False]
    for place in (1, 3):
        assert np.isnan(log_ps(found[place : place + 1])).all()
        assert np.isnan(found[place].prompt.log_p_true)
        assert found[place].prompt.said is None
    expected = log_ps(sweep(tested, asked_about_two_images(tested, tmp_path)))
    np.testing.assert_allclose(log_ps(found)[[0, 2]], expected[[0, 2]], atol=TOLERANCE)


def test_texts_beside_answers_leave_their_log_probabilities_as_they_are(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    plain, with_texts = sweep(tested, asked), sweep(tested, asked, texts=True)
    np.testing.assert_allclose(log_ps(plain), log_ps(with_texts), atol=TOLERANCE)
    assert all(not one.changed and not one.near_ties for one in plain)


# ---- texts ----


def with_a_hook(tested: Tiny, asked: Asked, question: int, head: Head, kind: str, strength: float) -> tuple[int, ...]:
    """The reply as transformers generates it, with a cache, under a plain hook."""
    change: Change = by(0.0 if kind == "zero" else OUTPUTS.mean[head], None, strength)
    if kind == "prompt-mean":

        def change(own: torch.Tensor) -> torch.Tensor:
            return (1 - strength) * own + strength * mean_of_this_forward(own)

    with changed(tested, {head: change}):
        tokens, _ = generated(tested, asked.group, question, 6)
    return tokens


@pytest.mark.parametrize(
    ("family", "kind"),
    [*((family, "mean") for family in SIX), ("llava", "zero"), ("llava", "prompt-mean"), ("qwen2_vl", "prompt-mean")],
)
def test_replies_without_a_head_are_those_that_are_generated_without_it(family: str, kind: str, tmp_path: Path) -> None:
    tested = tiny(family)
    asked = with_own_replies(tested, asked_about_two_images(tested, tmp_path, prompts=2), 6)
    found = iter(sweep(tested, asked, SEVERAL, kind=kind, strength=0.2, texts=True, max_new_tokens=6))
    same = others = 0
    for one in asked:
        for question, draft in enumerate(one.drafts):
            swept = next(found)
            assert swept.prompt.reply == draft.text
            for place, head in enumerate(SEVERAL):
                tokens = with_a_hook(tested, one, question, head, kind, 0.2)
                full, text = text_of(tested.tokenizer, tokens), swept.changed.get(place)
                if text is None:
                    same += 1
                    assert tokens == draft.tokens
                else:
                    others += 1
                    assert tokens != draft.tokens
                    assert text in [text_of(tested.tokenizer, tokens[: end + 1]) for end in range(len(tokens))]
                    assert first_letter(text, "").answer == first_letter(full, "").answer
    assert same > 0 < others


@pytest.mark.parametrize(
    ("kind", "scope"),
    [("mean", "prompt"), ("role-mean", "text"), ("resample", "asserted"), ("zero", "decode"), ("resample", "all")],
)
def test_replies_without_a_head_at_some_tokens_are_those_of_the_model_without_it(
    kind: str, scope: str, tmp_path: Path
) -> None:
    tested = tiny("qwen2_vl")
    asked = with_own_replies(tested, asked_about_two_images(tested, tmp_path, prompts=2), 6)
    found = sweep(tested, asked, SEVERAL, kind=kind, scope=scope, strength=0.3, texts=True, max_new_tokens=6)
    changes = 0
    for place, head in enumerate(SEVERAL):
        model = tested.replies(share=False).knocked_out(Knockout((head,), kind, scope, 0.3, OUTPUTS), asserted_words)
        groups = [ImageGroup(tmp_path / f"{place}.png", one.group.prompts) for place, one in enumerate(asked)]
        (replies,) = model.reply([groups], Asking(max_new_tokens=6))
        for swept, (said,) in zip(found, (said for of_image in replies for said in of_image), strict=True):
            if place not in swept.changed:
                assert swept.prompt.reply == said.text
                continue
            changes += 1
            assert said.text.startswith(swept.changed[place].rstrip("\ufffd"))  # half a letter at its end
            assert first_letter(swept.changed[place], "").answer == first_letter(said.text, "").answer
    assert 0 < changes < len(found) * len(SEVERAL)


def test_changes_are_kept_with_their_margin_where_it_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tiny("llava")
    (asked, *_) = with_own_replies(tested, asked_about_two_images(tested, tmp_path), 6)
    how = {"strength": 0.2, "texts": True, "max_new_tokens": 6}
    few = [one.near_ties for one in sweep(tested, [asked], SEVERAL, **how)]
    monkeypatch.setattr(sweep_module, "NEAR_TIE", np.inf)
    found = sweep(tested, [asked], SEVERAL, **how)
    assert any(one.changed for one in found)
    for question, (one, draft) in enumerate(zip(found, asked.drafts, strict=True)):
        assert one.near_ties.keys() == one.changed.keys()
        assert few[question] == {head: margin for head, margin in one.near_ties.items() if margin < 0.05}
        for head, margin in one.near_ties.items():
            with changed(tested, {SEVERAL[head]: by(OUTPUTS.mean[SEVERAL[head]], None, 0.2)}):
                tokens, likely = generated(tested, asked.group, question, 6)
            at = next(step for step, (new, old) in enumerate(zip(tokens, draft.tokens, strict=False)) if new != old)
            assert margin == pytest.approx(float(likely[at, tokens[at]] - likely[at, draft.tokens[at]]), abs=TOLERANCE)


# ---- patches ----


def taken(tested: Tiny, group: Any, question: int, more: Sequence[int], head: Head) -> torch.Tensor:
    """(n, d) what a head hands on."""
    kept: list[torch.Tensor] = []

    def keep(own: torch.Tensor) -> torch.Tensor:
        kept.append(own.clone())
        return own

    with changed(tested, {head: keep}):
        tested.alone(group, question, more)
    return kept[0]


@pytest.mark.parametrize("scope", ("all", "asserted"))
@pytest.mark.parametrize("family", SIX)
def test_a_patched_head_hands_on_what_it_does_where_the_prompt_says_the_truth(
    family: str, scope: str, tmp_path: Path
) -> None:
    tested = tiny(family)
    (photo, *_) = photographs(tmp_path)
    asked = asked_of(tested, photo, PROMPTS, DRAFTS)
    assert asked.matching is not None
    heads = (SOME[0], SOME[2])
    found = log_ps(sweep(tested, [asked], heads, kind="patch", scope=scope))
    for question, draft in enumerate(DRAFTS):
        answer = draft.answer
        assert answer is not None
        given, form = draft.tokens[: answer.start], answer.true[0]
        own, other = (
            roles_alone(tested, group, question, len(given) + len(form), asserted_words)
            for group in (asked.group, asked.matching)
        )
        here, there = np.flatnonzero(own == Role.ASSERTED), np.flatnonzero(other == Role.ASSERTED)
        # The first word that asserts something by the first, and so on, by the last where there are fewer.
        index = np.arange(len(own))
        index[here] = np.minimum(there[0] + np.arange(len(here)), there[-1])
        index[here[-1] + 1 :] = np.arange(there[-1] + 1, len(other))
        where = where_alone(own, scope, len(asked.group.prefix))
        for place, head in enumerate(heads):
            each = []
            for form in answer.true:
                more = len(given) + len(form)
                rest = np.arange(len(other) - len(answer.true[0]), len(other) - len(answer.true[0]) + len(form))
                at = np.concatenate([index[: len(own) - len(answer.true[0])], rest])
                values = taken(tested, asked.matching, question, [*given, *form], head)[at]
                here_too = np.concatenate([where[: len(own) - len(answer.true[0])], np.full(len(form), scope == "all")])
                assert len(at) == len(asked.group.prefix) + len(asked.group.suffixes[question]) + more
                with changed(tested, {head: by(values.numpy(), here_too)}):
                    each.append(log_p(tested, asked.group, question, given, form))
            assert found[question, place, 0] == pytest.approx(np.logaddexp.reduce(each), abs=TOLERANCE)
    whole = sweep(tested, [asked], heads)
    apart = [np.abs(found[place, :, 0] - one.prompt.log_p_true).max() for place, one in enumerate(whole)]
    assert min(apart) > 10 * TOLERANCE


def test_patched_with_its_own_prompt_nothing_changes(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = [one._replace(matching=one.group) for one in asked_about_two_images(tested, tmp_path)]
    found = sweep(tested, asked, ALL_HEADS, kind="patch")
    for one in found:
        np.testing.assert_allclose(one.log_p_true, one.prompt.log_p_true, atol=TOLERANCE)
        np.testing.assert_allclose(one.log_p_asserted, one.prompt.log_p_asserted, atol=TOLERANCE)


P, A, T = Role.PROMPT, Role.ASSERTED, Role.TEMPLATE


@pytest.mark.parametrize(
    ("own", "given", "expected"),
    [
        ([P, A, P, T], [P, A, P, T], [0, 1, 2, 3]),
        ([P, A, A, A, P, T], [P, A, A, P, T], [0, 1, 2, 2, 3, 4]),
        ([P, A, P, T], [P, A, A, A, P, T], [0, 1, 4, 5]),
        ([A], [A, A], [0]),
    ],
)
def test_tokens_stand_in_the_place_of_those_that_say_the_same(own: Any, given: Any, expected: list[int]) -> None:
    assert aligned(np.array(own, np.int8), np.array(given, np.int8)).tolist() == expected


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ([P, A, P, T], [P, A, P, P, T]),  # another word after it
        ([P, A, P], [P, P, A, P]),  # another word before it
        ([P, A, P, A, P], [P, A, P, A, P]),  # two things are asserted
        ([P, P, T], [P, P, T]),  # nothing is
        ([P, A, T], [P, P, T]),
    ],
)
def test_prompts_that_differ_in_more_than_what_they_assert_are_not_patched(own: Any, given: Any) -> None:
    with pytest.raises(RequestError, match="differ in more than the words that assert something"):
        aligned(np.array(own, np.int8), np.array(given, np.int8))


def test_a_prompt_whose_matching_one_is_worded_otherwise_cannot_be_patched(tmp_path: Path) -> None:
    tested = tiny("llava")
    (photo, *_) = photographs(tmp_path)
    asked = asked_of(tested, photo, [("Describe the four moons.", "Describe the six red moons.")], DRAFTS[:1])
    with pytest.raises(RequestError, match="differ in more than the words that assert something"):
        sweep(tested, [asked], kind="patch")


# ---- what cannot be done ----


@pytest.mark.parametrize("how", ({"kind": "means"}, {"scope": "everything"}, {"strength": 2.0}))
def test_a_way_that_is_none_is_refused(how: dict[str, Any], tmp_path: Path) -> None:
    tested = tiny("llava")
    with pytest.raises(RequestError):
        sweep(tested, asked_about_two_images(tested, tmp_path), **how)


def test_a_mean_that_was_not_gathered_is_asked_for(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    with pytest.raises(RequestError, match="needs what the heads hand on over a discovery set"):
        sweep_images(tested.replies(), asked, SOME, LETTERS, SweepSettings())


def test_the_whole_model_is_left_as_it_was(tmp_path: Path) -> None:
    tested = tiny("llava")
    asked = asked_about_two_images(tested, tmp_path)
    before = tested.alone(asked[0].group, 0)
    modules = {name: type(module) for name, module in tested.model.named_modules()}
    sweep(tested, with_own_replies(tested, asked, 6), ALL_HEADS, texts=True, max_new_tokens=6)
    assert torch.equal(tested.alone(asked[0].group, 0), before)
    assert {name: type(module) for name, module in tested.model.named_modules()} == modules
    assert not any(module._forward_pre_hooks for module in tested.model.modules())
