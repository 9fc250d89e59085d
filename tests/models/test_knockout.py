"""Heads knocked out, held against a plain hook on one prompt: every family, kind and scope."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from plain_hooks import (
    ALL_HEADS,
    Change,
    by,
    changed,
    generated,
    log_p,
    mean_of_this_forward,
    outputs_of,
    roles_alone,
    where_alone,
    without_cache,
)
from tiny_families import Tiny, photograph, tiny

from sightline.core import Asking, ImageGroup, Replies
from sightline.errors import RequestError
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.mechanisms.presupposing import asserted_words
from sightline.models.families import follow
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, head_layout
from sightline.models.knockout import Hooks, Knockout, Seen, where_of
from sightline.models.knockout_kinds import KINDS, SCOPES
from sightline.models.prompts import Prepared
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel
from sightline.records.reply_cache import reply_key

SIX = ("llava", "qwen2_vl", "qwen2_5_vl", "llava_onevision", "internvl", "janus")
FAMILIES = (*SIX, "llava_next", "qwen3_vl", "smolvlm", "ovis2", "gemma3")
PROMPTS = ("Describe the four moons in this image.", "Describe the two red cups.", "Is there a dog?")
CHOICES = Asking(choices=("Yes", " No", "No, it is not."))
WRITTEN = Asking(max_new_tokens=4)
PAIR = (Head(0, 1), Head(2, 3))
TOLERANCE = 1e-4
OUTPUTS = outputs_of()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    photograph(0).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def reply(model: TransformersModel, photo: Path, asking: Asking, prompts: Sequence[str] = PROMPTS) -> Replies:
    (replies,) = model.reply([[ImageGroup(photo, tuple(prompts))]], asking)
    return replies[0]


def scores(replies: Replies) -> list[tuple[float, ...]]:
    return [said.log_probs for (said,) in replies]


def knocked_out(model: TransformersModel, *heads: Head, **how: Any) -> TransformersModel:
    return model.knocked_out(Knockout(heads, **{"outputs": OUTPUTS, **how}), asserted_words)


def by_hand(tested: Tiny, group: Prepared, changes_of: Callable[[int, int], dict[Head, Change]]) -> list[list[float]]:
    """Log-probabilities of the choices, each in a forward by itself under hooks made for (question, choice tokens)."""
    found: list[list[float]] = []
    for question, choices in enumerate(group.choices):
        found.append([])
        for choice in choices:
            with changed(tested, changes_of(question, len(choice))):
                found[-1].append(log_p(tested, group, question, (), choice))
    return found


def vector(kind: str, head: Head, roles: Any) -> Any:
    """What a kind puts in a head's place: one vector, or one for each token."""
    if kind == "zero":
        return 0.0
    if kind == "mean":
        return OUTPUTS.sums.sum(axis=0)[head] / 32  # four tokens of each of eight roles
    return OUTPUTS.sums[roles, head.layer, head.head] / 4


@pytest.mark.parametrize("family", SIX)
def test_no_heads_and_no_strength_change_nothing(family: str, photo: Path) -> None:
    tested = tiny(family)
    whole = reply(tested.replies(), photo, CHOICES)
    assert reply(knocked_out(tested.replies(), kind="zero"), photo, CHOICES) == whole
    assert reply(knocked_out(tested.replies(), *PAIR, strength=0.0), photo, CHOICES) == whole


def test_what_is_written_without_no_heads_is_the_same_as_well(photo: Path) -> None:
    tested = tiny("qwen2_vl")
    whole = reply(tested.replies(), photo, WRITTEN)
    assert reply(knocked_out(tested.replies(), kind="zero"), photo, WRITTEN) == whole
    assert reply(knocked_out(tested.replies(), *PAIR, strength=0.0), photo, WRITTEN) == whole


@pytest.mark.parametrize(
    ("family", "kind"), [*((family, "mean") for family in FAMILIES), *((family, "zero") for family in SIX)]
)
def test_a_knocked_out_model_says_what_a_hook_on_each_prompt_gives(family: str, kind: str, photo: Path) -> None:
    tested = tiny(family)
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), CHOICES)
    expected = by_hand(tested, group, lambda *_: {head: by(vector(kind, head, None)) for head in PAIR})
    model = knocked_out(tested.replies(), *PAIR, kind=kind)
    found = scores(reply(model, photo, CHOICES))
    assert model.identity.details["image shared"] == "yes"
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)
    whole = scores(reply(tested.replies(), photo, CHOICES))
    assert np.abs(np.subtract(found, whole)).max(axis=1).min() > 100 * TOLERANCE


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", ("zero", "mean", "role-mean"))
def test_every_kind_and_scope_is_the_hook_on_those_tokens(kind: str, scope: str, photo: Path) -> None:
    tested = tiny("qwen2_vl")
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), CHOICES)

    def changes(question: int, more: int) -> dict[Head, Change]:
        roles = roles_alone(tested, group, question, more, asserted_words)
        where = where_alone(roles, scope, len(group.prefix))
        return {head: by(vector(kind, head, roles), where, 0.75) for head in PAIR}

    found = scores(reply(knocked_out(tested.replies(), *PAIR, kind=kind, scope=scope, strength=0.75), photo, CHOICES))
    np.testing.assert_allclose(found, by_hand(tested, group, changes), atol=TOLERANCE)
    # The second prompt asserts two words, the last none; single tokens as choices know nothing of decoding.
    apart = np.abs(np.subtract(found, scores(reply(tested.replies(), photo, CHOICES)))).max(axis=1) > 10 * TOLERANCE
    assert apart.tolist() == [True, True, scope != "asserted"]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "patch"])
def test_prompts_of_a_shared_image_are_replied_to_as_each_alone(kind: str, scope: str, photo: Path) -> None:
    if kind == "prompt-mean" and scope == "decode":
        with pytest.raises(RequestError, match="replaces heads while the prompt is read, not while decoding"):
            knocked_out(tiny("llava").replies(), *PAIR, kind=kind, scope=scope)
        return
    tested = tiny("llava")
    for asking in (CHOICES, WRITTEN) if kind == "resample" else (WRITTEN,):
        together = reply(knocked_out(tested.replies(), *PAIR, kind=kind, scope=scope), photo, asking)
        alone = reply(knocked_out(tested.replies(share=False), *PAIR, kind=kind, scope=scope), photo, asking)
        assert [said.text for (said,) in together] == [said.text for (said,) in alone]
        np.testing.assert_allclose(scores(together), scores(alone), atol=TOLERANCE)


def test_many_prompts_in_several_rows_and_two_images_draw_the_same_vectors_as_one(photo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    photograph(1).save(other)
    tested = tiny("llava")
    prompts = tuple(f"Describe the {number} cups{' please' * (number % 3)}." for number in range(30))
    model = knocked_out(tested.replies(), *PAIR, kind="resample")
    (both,) = model.reply([[ImageGroup(other, prompts[:3]), ImageGroup(photo, prompts)]], CHOICES)
    for place in (0, 17, 29):
        (one,) = reply(
            knocked_out(tested.replies(), *PAIR, kind="resample"), photo, CHOICES, prompts[place : place + 1]
        )
        assert both[1][place][0].log_probs == pytest.approx(one[0].log_probs, abs=TOLERANCE)


def test_resampled_tokens_get_vectors_kept_of_their_own_role(photo: Path) -> None:
    tested = tiny("llava")
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), CHOICES)
    given: list[torch.Tensor] = []
    head = Head(1, 2)
    layout = head_layout(tested.model, tested.replies().family)
    hooks = Hooks(layout, Knockout((head,), "resample", outputs=OUTPUTS))
    roles = roles_alone(tested, group, 0, 0, asserted_words)
    with hooks.reading(Seen(roles[None], np.arange(len(roles))[None], len(group.prefix))):
        keep = layout.outputs[1].register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
        tested.alone(group, 0)
        keep.remove()
    values = given[0][0, :, layout.part(head)].numpy()
    for role in np.unique(roles):
        kept = OUTPUTS.kept[OUTPUTS.kept_roles == role, 1, 2]
        of_role = values[roles == role]
        which = np.abs(of_role[:, None] - kept[None]).max(axis=-1).argmin(axis=1)
        np.testing.assert_array_equal(of_role, kept[which])
        assert len(of_role) < 3 or len(set(which)) > 1


@pytest.mark.parametrize("family", SIX)
def test_with_a_constant_mean_a_cache_changes_nothing_and_with_the_mean_of_each_forward_it_does(
    family: str, photo: Path
) -> None:
    tested = tiny(family)
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), WRITTEN)
    head = Head(1, 2)
    apart: dict[str, float] = {}
    for name, change in {"constant": by(OUTPUTS.mean[head]), "of each forward": mean_of_this_forward}.items():
        with changed(tested, {head: change}):
            tokens, cached = generated(tested, group, 0, 4)
            given = tokens[: tokens.index(tested.image)] if tested.image in tokens else tokens
            again = without_cache(tested, group, 0, given)
        assert len(given) > 1
        apart[name] = float((cached[: len(again)] - again).abs().max())
        if name == "constant":
            assert again.argmax(dim=-1).tolist() == list(given)
            (written, *_) = reply(knocked_out(tested.replies(), head), photo, WRITTEN)
            assert written[0].text == tested.tokenizer.decode(tokens, skip_special_tokens=True)
    assert apart["constant"] < TOLERANCE
    assert apart["of each forward"] > 100 * TOLERANCE


@pytest.mark.parametrize("kind", ("zero", "mean", "role-mean", "resample"))
def test_what_is_written_with_a_cache_is_what_is_read_without_one(kind: str, photo: Path) -> None:
    tested = tiny("qwen2_vl")
    model = knocked_out(tested.replies(), *PAIR, kind=kind)
    group = model.prepared(ImageGroup(photo, PROMPTS), WRITTEN)
    ((tokens, *_),) = model.reply_tokens([group], WRITTEN)
    assert tested.image not in tokens
    watch = model.watch
    assert watch is not None
    for place in range(len(tokens)):
        with watch.whole(group, 0):
            again = tested.alone(group, 0, tokens[:place])
        assert int(again[-1].argmax()) == tokens[place]


@pytest.mark.parametrize("family", SIX)
def test_the_mean_over_the_prompt_is_that_of_the_papers_repository(family: str, photo: Path) -> None:
    tested = tiny(family)
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), WRITTEN)
    model = knocked_out(tested.replies(), *PAIR, kind="prompt-mean")
    replies = reply(model, photo, WRITTEN)
    assert model.identity.details["image shared"] == "no: the mean over a prompt is not known before its end"
    others = 0
    for question, (said,) in enumerate(replies):
        with changed(tested, dict.fromkeys(PAIR, mean_of_this_forward)):
            tokens, likely = generated(tested, group, question, 4)
        assert said.text == tested.tokenizer.decode(tokens, skip_special_tokens=True)
        _, whole = generated(tested, group, question, 1)
        others += float((likely[0] - whole[0]).abs().max()) > 100 * TOLERANCE
    assert others == len(PROMPTS)


@pytest.mark.parametrize("strength", (1.0, 0.5))
@pytest.mark.parametrize("family", SIX)
def test_zero_is_what_scaled_columns_of_o_proj_give(family: str, strength: float, photo: Path) -> None:
    tested = tiny(family)
    found = scores(reply(knocked_out(tested.replies(), *PAIR, kind="zero", strength=strength), photo, CHOICES))
    layout = head_layout(tested.model, tested.replies().family)
    before = {head: layout.outputs[head.layer].weight.data.clone() for head in PAIR}
    try:
        for head in PAIR:
            layout.outputs[head.layer].weight.data[:, layout.part(head)] *= 1 - strength
        expected = scores(reply(tested.replies(), photo, CHOICES))
    finally:
        for head in PAIR:
            layout.outputs[head.layer].weight.data.copy_(before[head])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_half_the_strength_is_half_way_there(photo: Path) -> None:
    tested = tiny("llava")
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), CHOICES)
    head = Head(2, 0)
    expected = by_hand(tested, group, lambda *_: {head: lambda own: own / 2 + torch.from_numpy(OUTPUTS.mean[head]) / 2})
    found = scores(reply(knocked_out(tested.replies(), head, strength=0.5), photo, CHOICES))
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)


def test_heads_of_several_layers_are_knocked_out_together(photo: Path) -> None:
    tested = tiny("llava")
    group = tested.replies().prepared(ImageGroup(photo, PROMPTS), CHOICES)
    expected = by_hand(tested, group, lambda *_: {head: by(0.0) for head in ALL_HEADS})
    found = scores(reply(knocked_out(tested.replies(), *ALL_HEADS, kind="zero"), photo, CHOICES))
    np.testing.assert_allclose(found, expected, atol=TOLERANCE)


ROW = [Role.SINK, Role.TEMPLATE, Role.MARKER, Role.IMAGE, Role.MARKER, Role.PROMPT, Role.ASSERTED, Role.TEMPLATE]
SEEN = Seen(
    np.array([[*ROW, Role.GENERATED], [*ROW[:7], Role.PADDING, Role.PADDING]], dtype=np.int8),
    np.tile(np.arange(9), (2, 1)),
    prefix=4,
)


@pytest.mark.parametrize(
    ("scope", "first", "second"),
    [
        ("all", [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 0, 0]),
        ("prompt", [1, 1, 1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1, 0, 0]),
        ("text", [0, 0, 0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1, 0, 0]),
        ("asserted", [0, 0, 0, 0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0, 1, 0, 0]),
        ("decode", [0, 0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_where_a_scope_lies(scope: str, first: list[int], second: list[int]) -> None:
    assert where_of(SEEN, scope).astype(int).tolist() == [first, second]
    read = [[*first[:8], 0], second]
    assert where_of(SEEN, scope, "prompt-mean").astype(int).tolist() == read


def test_tokens_beyond_those_told_are_generated_ones() -> None:
    roles, places, prefix = SEEN.part(3, 12)
    assert roles[0].tolist() == [*ROW[3:], Role.GENERATED, Role.GENERATED, Role.GENERATED, Role.GENERATED]
    assert places[0].tolist() == list(range(3, 12))
    assert prefix == 1
    assert SEEN.part(5, 6).prefix == SEEN.part(10, 11).prefix == 0
    assert SEEN.part(10, 11).places.tolist() == [[10], [10]]


def test_a_knockout_is_another_where_anything_of_it_is_another() -> None:
    known = Knockout(PAIR, "mean", outputs=OUTPUTS)
    others = [
        replace(known, heads=PAIR[:1]),
        replace(known, heads=(Head(1, 0), Head(2, 3))),
        replace(known, kind="role-mean"),
        replace(known, scope="text"),
        replace(known, strength=0.5),
        replace(known, outputs=outputs_of(1)),
    ]
    assert len({known.sha256, *(other.sha256 for other in others)}) == 7
    assert Knockout(PAIR, "mean", outputs=outputs_of()).sha256 == known.sha256


def test_a_knockout_is_the_same_whatever_else_is_known() -> None:
    sums = OUTPUTS.sums.copy()
    sums[:, 1, 1] += 1  # of a head that stays
    elsewhere = replace(OUTPUTS, sums=sums)
    assert Knockout(PAIR, "mean", outputs=elsewhere).sha256 == Knockout(PAIR, "mean", outputs=OUTPUTS).sha256
    assert Knockout(PAIR, "zero", outputs=OUTPUTS).sha256 == Knockout(PAIR, "zero").sha256


def test_its_name_says_what_was_done() -> None:
    assert str(Knockout(PAIR, "zero")) == "without L0H1, L2H3: zero"
    assert str(Knockout(PAIR[:1], "zero", "text", 0.5)) == "without L0H1 (text): zero at 0.5"
    identity = knocked_out(tiny("llava").replies(), *PAIR).identity
    assert identity.name == "tiny without L0H1, L2H3"
    assert identity.details["knockout"] == "without L0H1, L2H3: mean"
    assert identity.details["of"] == tiny("llava").replies().identity.hash


def test_the_whole_model_stays_as_it_is(photo: Path) -> None:
    tested = tiny("llava")
    model = tested.replies()
    before = reply(model, photo, WRITTEN)
    other = knocked_out(model, *PAIR)
    under_way = other.reply([[ImageGroup(photo, PROMPTS)], [ImageGroup(photo, PROMPTS)]], WRITTEN)
    without = next(under_way)[0]
    assert reply(model, photo, WRITTEN) == before != without  # while the other is at work
    assert next(under_way)[0] == without
    assert reply(model, photo, WRITTEN) == before
    assert "knockout" not in model.identity.details


def test_no_hook_is_left_where_a_forward_fails(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = tiny("llava")
    model = knocked_out(tested.replies(), *PAIR)
    layers = follow(tested.model, "model.language_model.layers")

    def fails(*_: Any, **__: Any) -> Any:
        raise ValueError("no more")

    monkeypatch.setattr(layers[2].mlp, "forward", fails)
    with pytest.raises(ValueError, match="no more"):
        reply(model, photo, WRITTEN)
    assert not any(layer.self_attn.o_proj._forward_pre_hooks for layer in layers)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"kind": "means"}, "kind of knockout"),
        ({"scope": "everything"}, "scope of knockouts"),
        ({"strength": 1.5}, r"The strength is 1\.5; expected 0 \(nothing\) to 1 \(the whole head\)\."),
        ({"strength": -0.1}, r"The strength is -0\.1; expected 0"),
        ({"strength": float("nan")}, r"The strength is nan; expected 0"),
        ({"outputs": None}, "A knockout of kind mean needs what the heads hand on over a discovery set"),
        ({"outputs": None, "kind": "resample"}, "A knockout of kind resample needs"),
        ({"kind": "patch"}, "Patching needs the prompt that says the truth; it can be swept, but not reply"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(how: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        knocked_out(tiny("llava").replies(), *PAIR, **how)


def test_the_asserted_words_must_be_known_for_their_scope() -> None:
    with pytest.raises(RequestError, match="needs to know which words of a prompt assert something"):
        tiny("llava").replies().knocked_out(Knockout(PAIR, "zero", "asserted"))


def test_a_head_that_does_not_exist_cannot_be_knocked_out() -> None:
    with pytest.raises(RequestError, match=r"^L3H0 does not exist: this model has 3 layers"):
        knocked_out(tiny("llava").replies(), Head(3, 0), kind="zero")


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        (outputs_of(layers=2), "2 layers with 4 heads of 16"),
        (outputs_of(heads=8), "3 layers with 8 heads of 16"),
        (outputs_of(head_dim=8), "3 layers with 4 heads of 8"),
    ],
)
def test_means_of_another_model_are_refused(outputs: HeadOutputs, found: str) -> None:
    with pytest.raises(RequestError) as caught:
        knocked_out(tiny("llava").replies(), *PAIR, outputs=outputs)
    assert str(caught.value) == (
        f"The means are of {found}, and this model has 3 layers with 4 heads of 16: they are another model's."
    )


def test_means_weigh_every_token_alike() -> None:
    sums = np.zeros((len(Role), 1, 1, 1))
    counts = np.zeros(len(Role), dtype=np.int64)
    sums[Role.IMAGE], counts[Role.IMAGE] = 6.0, 3
    sums[Role.PROMPT], counts[Role.PROMPT] = 4.0, 1
    known = HeadOutputs(sums, counts, np.zeros((2, 1, 1, 1), np.float32), np.array([3, 5], np.int8))
    assert known.mean.item() == 2.5
    assert known.by_role[[Role.IMAGE, Role.PROMPT, Role.ASSERTED]].ravel().tolist() == [2.0, 4.0, 2.5]
    assert known.places_of(Role.IMAGE).tolist() == [0]
    assert known.places_of(Role.GENERATED).tolist() == [0, 1]  # none of its own: any


def test_a_changed_knockout_never_meets_an_old_reply(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    rows = [
        {"question_id": 1, "image": "photo.png", "text": "Is there a dog in the image?", "label": "yes"},
        {"question_id": 2, "image": "photo.png", "text": "Is there a cat in the image?", "label": "no"},
    ]
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "tiny_pope_random.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    what = task("pope", tmp_path, [f"own={labels}"], asking=Asking(("Yes", "No")))
    whole = tiny("llava").replies()
    models = [whole, knocked_out(whole, Head(0, 1)), knocked_out(whole, Head(0, 1), strength=0.5)]
    models += [knocked_out(whole, Head(0, 1), outputs=outputs_of(1)), knocked_out(whole, Head(0, 1), kind="zero")]
    for number, model in enumerate(models):
        found = measure(what, model, tmp_path / f"run{number}")
        assert (found.asked, found.from_cache) == (2, 0)
    again = measure(what, knocked_out(whole, Head(0, 1)), tmp_path / "again")
    assert (again.asked, again.from_cache) == (0, 2)
    keys = {reply_key(model.identity, "0" * 64, "What?", CHOICES) for model in models}
    assert len(keys) == len(models)
