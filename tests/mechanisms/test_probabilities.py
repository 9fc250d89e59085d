"""Probabilities of answers are those of a sweep and of each prompt alone, however strong the knockout."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from counted_scenes import MAX_NEW_TOKENS, counted_scenes
from numpy.typing import NDArray
from plain_hooks import by, changed, log_p, outputs_of
from tiny_asked import ASSERTED, DRAFTS, TRUE, asked_of
from tiny_families import Tiny, tiny

from sightline.errors import RequestError
from sightline.mechanisms.effects import SweptPrompt
from sightline.mechanisms.judging import HeadSet, sets_to_judge
from sightline.mechanisms.presupposing import presupposing
from sightline.mechanisms.probabilities import Doses, answer_probabilities, dose_table
from sightline.mechanisms.sweep import Asked, SweepSettings, sweep_images
from sightline.mechanisms.token_samples import pieces_of, token_samples
from sightline.mechanisms.without_heads import WithoutHeads, one_prompt
from sightline.models.heads import Head, head_layout
from sightline.models.knockout import Knockout
from sightline.report.dose_curve import dose_curve
from sightline.report.token_plot import token_plot

OUTPUTS = outputs_of()
PAIR = (Head(0, 1), Head(1, 3))
ROUNDING = 1e-4
READABLE = [0, 1, 3]


def alone(tested: Tiny, asked: list[Asked], knockout: Knockout, strength: float) -> NDArray[np.float64]:
    """(2, prompts) log-probabilities of the answers, each form in a forward by itself under plain hooks."""
    assert knockout.outputs is not None
    changes = {head: by(knockout.outputs.mean[head], strength=strength) for head in knockout.heads}
    found = []
    with torch.inference_mode(), changed(tested, changes):
        for one in asked:
            for question, draft in enumerate(one.drafts):
                if draft.answer is None:
                    continue
                before = draft.tokens[: draft.answer.start]
                forms = [
                    [log_p(tested, one.group, question, before, form) for form in side] for side in (TRUE, ASSERTED)
                ]
                found.append([np.logaddexp.reduce(side) for side in forms])
    return np.array(found).T


def weighed(doses: Doses) -> NDArray[np.float64]:
    """(2, sets, strengths, prompts)."""
    return np.stack([doses.log_p_true, doses.log_p_asserted])


@pytest.mark.parametrize("family", ["llava", "qwen2_vl", "gemma3"])
def test_answers_are_weighed_as_each_alone_under_hooks_on_all_heads_at_once(family: str, tmp_path: Path) -> None:
    tested = tiny(family)
    asked = asked_of(tested, tmp_path)
    outputs = outputs_of(head_dim=head_layout(tested.model, tested.replies().family).head_dim)
    knockout = Knockout(PAIR, "mean", outputs=outputs)
    found = weighed(answer_probabilities(tested.replies(), asked, knockout, strengths=(1.0, 0.0, 0.5)))
    assert found.shape == (2, 1, 3, 4)
    for place, strength in enumerate((0.0, 0.5, 1.0)):
        expected = alone(tested, asked, knockout, strength)
        assert np.abs(found[:, 0, place][:, READABLE] - expected).max() < ROUNDING
    assert np.abs(found[:, 0, 0] - found[:, 0, 2])[:, READABLE].max() > 100 * ROUNDING


@pytest.mark.parametrize(("kind", "scope"), [("mean", "all"), ("role-mean", "text"), ("prompt-mean", "all")])
def test_one_head_at_full_strength_is_what_a_sweep_gives(kind: str, scope: str, tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    asked = asked_of(tested, tmp_path)
    heads = (Head(0, 2), Head(2, 0))
    sets = [HeadSet(str(head), "heads", (head,)) for head in heads]
    doses = answer_probabilities(tested.replies(), asked, Knockout((), kind, scope, outputs=OUTPUTS), sets, (1.0,))
    swept = sweep_images(tested.replies(), asked, heads, presupposing("counting"), SweepSettings(kind, scope), OUTPUTS)
    assert np.allclose(doses.log_p_true[:, 0].T, [one.log_p_true for one in swept], atol=1e-5, equal_nan=True)
    assert np.allclose(doses.log_p_asserted[:, 0].T, [one.log_p_asserted for one in swept], atol=1e-5, equal_nan=True)
    assert doses.prompts[1].log_p_true == pytest.approx(swept[1].prompt.log_p_true, abs=1e-5)


@torch.inference_mode()
def test_no_strength_is_the_whole_model_also_where_it_is_computed(tmp_path: Path) -> None:
    tested = tiny("llava")
    none = Knockout(PAIR, "zero", strength=0.0)
    prompts = WithoutHeads(tested.replies(), asked_of(tested, tmp_path), none)
    for (_, whole), (_, without) in zip(prompts.logits(None), prompts.logits(none), strict=True):
        assert torch.allclose(whole, without, atol=1e-5)


@pytest.mark.parametrize("kind", ["mean", "prompt-mean"])
def test_prompts_of_one_image_come_out_as_each_by_itself(kind: str, tmp_path: Path) -> None:
    tested = tiny("internvl")
    asked = asked_of(tested, tmp_path)
    knockout = Knockout(PAIR, kind, outputs=OUTPUTS)
    together = answer_probabilities(tested.replies(), asked, knockout, strengths=(0.5, 1.0))
    singles = [one_prompt(one, question) for one in asked for question in range(len(one.prompts))]
    apart = [answer_probabilities(tested.replies(), [one], knockout, strengths=(0.5, 1.0)) for one in singles]
    expected = np.concatenate([weighed(each) for each in apart], axis=-1)
    assert np.allclose(weighed(together), expected, atol=ROUNDING, equal_nan=True)


def test_unreadable_replies_are_nan_and_counted(tmp_path: Path) -> None:
    tested = tiny("llava")
    doses = answer_probabilities(tested.replies(), asked_of(tested, tmp_path), Knockout(PAIR, "zero"), (), (0, 1))
    assert np.isnan(weighed(doses)[..., 2]).all()
    assert not np.isnan(weighed(doses)[..., READABLE]).any()
    assert doses.unreadable == 1
    record = json.loads(dose_table(doses, draws=10).schema.metadata[b"sightline"])
    assert (record["prompts"], record["images"], record["unreadable"]) == (4, 2, 1)


SETS = (HeadSet("L0H1", "heads", (Head(0, 1),)), HeadSet("same layers 1", "heads of the same layers", (Head(0, 0),)))


def by_hand() -> Doses:
    """Two images: the asserted answer goes from 3/4 and 1/2 to nearly nothing, the true one from 1/4 to 1/2 and 1."""
    true = [[[0.25, 0.25], [0.5, 1.0]], [[0.25, 0.25], [0.25, 0.25]]]
    asserted = [[[0.75, 0.5], [0.25, 0.25]], [[0.75, 0.5], [0.75, 0.5]]]
    prompts = tuple(
        SweptPrompt("1", image, "+1", "moon", "3", "4", "…", "…", "4", np.log(0.25), 0.0) for image in ("a", "b")
    )
    return Doses(prompts, Knockout((Head(0, 1),), "zero"), SETS, (0.0, 1.0), np.log(true), np.log(asserted))


def test_a_table_holds_mean_probabilities_and_mean_log_odds() -> None:
    table = dose_table(by_hand(), draws=200)
    found = {(row["set"], row["answer"], row["strength"]): row for row in table.to_pylist()}
    assert found["L0H1", "true", 0.0]["mean"] == pytest.approx(0.25)
    assert found["L0H1", "true", 1.0]["mean"] == pytest.approx(0.75)
    assert found["L0H1", "asserted", 0.0]["mean"] == pytest.approx(0.625)
    assert found["L0H1", "log-odds", 0.0]["mean"] == pytest.approx((np.log(1 / 3) + np.log(1 / 2)) / 2)
    assert found["L0H1", "log-odds", 1.0]["mean"] == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert found["same layers 1", "true", 1.0]["kind"] == "same layers"
    assert found["L0H1", "true", 1.0]["low"] == pytest.approx(0.5)
    assert found["L0H1", "true", 1.0]["high"] == pytest.approx(1.0)
    assert json.loads(table.schema.metadata[b"sightline"])["sets"] == {"L0H1": ["L0H1"], "same layers 1": ["L0H0"]}
    assert dose_curve(table).data.num_rows == 2 * 2 * 3


def test_a_table_needs_an_answer() -> None:
    doses = by_hand()
    none = replace(doses, prompts=tuple(prompt._replace(log_p_true=np.nan) for prompt in doses.prompts))
    with pytest.raises(RequestError, match=r"^None of 2 replies has a readable answer"):
        dose_table(none)


@pytest.mark.parametrize(
    ("sets", "strengths", "message"),
    [
        ((), (), r"^The strengths are none; expected different ones\.$"),
        ((), (0.5, 0.5), r"^The strengths are 0\.5, 0\.5; expected different ones\.$"),
        ((), (1.5,), r"^The strength is 1\.5; expected 0"),
        ((SETS[0], SETS[0]), (1.0,), r"^Two sets of heads have one name: L0H1, L0H1\.$"),
        ((HeadSet("far", "heads", (Head(9, 0),)),), (1.0,), r"^L9H0 does not exist"),
    ],
)
def test_what_cannot_be_weighed_is_refused(
    sets: tuple[HeadSet, ...], strengths: tuple[float, ...], message: str, tmp_path: Path
) -> None:
    tested = tiny("llava")
    with pytest.raises(RequestError, match=message):
        answer_probabilities(tested.replies(), asked_of(tested, tmp_path), Knockout(PAIR, "zero"), sets, strengths)
    with pytest.raises(RequestError, match=r"^Probabilities need a prompt at least; none is asked\.$"):
        answer_probabilities(tested.replies(), [], Knockout(PAIR, "zero"))


def test_in_the_bundled_model_the_heads_that_look_at_the_asserted_word_carry_it(tmp_path: Path) -> None:
    model, asked = counted_scenes(tmp_path)
    layout = head_layout(model.model, model.family)
    sets = sets_to_judge([Head(0, 5), Head(0, 1)], [2], layout.all_heads, controls=1)
    doses = answer_probabilities(model, asked, Knockout((), "zero"), sets, (0.0, 1.0))
    odds = (doses.log_p_true - doses.log_p_asserted).mean(axis=-1)
    rises = odds[:, 1] - odds[:, 0]
    assert rises[0] > 2
    assert rises[0] > 2 * max(rises[1:])


def test_samples_show_both_replies_with_the_probabilities_that_each_model_gave_them(tmp_path: Path) -> None:
    model, asked = counted_scenes(tmp_path)
    knockout = Knockout((Head(0, 5), Head(0, 1)), "zero")
    known = presupposing("counting")
    samples = token_samples(model, asked, knockout, 2, known, MAX_NEW_TOKENS)
    assert len(samples) == 2
    for sample in samples:
        whole, without = sample.rows
        assert (whole.label, without.label) == ("whole model", "without L0H5, L0H1")
        prompt, draft = next(
            (prompt, draft)
            for one in asked
            for prompt, draft in zip(one.prompts, one.drafts, strict=True)
            if sample.title.startswith(f"{prompt.image}: {prompt.prompt}")
        )
        assert "".join(whole.tokens) == draft.text
        said, changed_to = (known.read("".join(row.tokens), prompt.object).answer for row in sample.rows)
        assert said != changed_to
        assert [mark for mark in whole.marks if mark] == (["asserted"] if said == prompt.asserted else ["true"])
        # a greedy reply's tokens are the likeliest, which none is at less than one in the vocabulary
        assert min(whole.probabilities) > 1 / 963 and min(without.probabilities) > 1 / 963
    token_plot(samples)
    with pytest.raises(RequestError, match=r"^0 samples are asked for; expected 1 at least\.$"):
        token_samples(model, asked, knockout, 0, known)


def test_a_samples_probabilities_are_those_of_one_forward_over_the_reply_alone(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    (asked,) = asked_of(tested, tmp_path, images=1)
    read = replace(presupposing("counting"), forms=lambda answer: ("three",))
    (sample, *_) = token_samples(tested.replies(), [asked], Knockout(PAIR, "zero"), 1, read, 4)
    tokens = DRAFTS[0].tokens
    likely = tested.alone(asked.group, 0, tokens)
    first = len(asked.group.prefix) + len(asked.group.suffixes[0]) - 1
    expected = [float(likely[first + place, token].exp()) for place, token in enumerate(tokens)]
    whole = sample.rows[0]
    assert whole.probabilities == pytest.approx(expected[: len(whole.tokens)], abs=1e-5)
    assert whole.marks == ("", "", "asserted", "asserted", "")


class Bytes:
    """A tokenizer of single bytes, of which nought ends a reply."""

    def decode(self, tokens: list[int], skip_special_tokens: bool) -> str:
        return bytes(token for token in tokens if token).decode(errors="replace")


def test_the_pieces_of_a_reply_are_the_reply_also_where_letters_are_cut() -> None:
    tokens = [*"Drei Hüte…".encode(), 0]
    pieces = pieces_of(Bytes(), tokens)
    assert "".join(pieces) == "Drei Hüte…"
    assert pieces[6:9] == ("", "ü", "t")
    assert pieces[-3:] == ("", "", "…")
    assert len(pieces) == len(tokens) - 1
