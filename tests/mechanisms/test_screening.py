"""Estimates of heads' effects against the exact sweep, and a sweep of the heads that they find promising."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from counted_scenes import bundled, counted_scenes
from numpy.typing import NDArray
from plain_hooks import ALL_HEADS
from swept_prompts import CUPS, DRAFTS, LETTERS, MOONS, OUTPUTS, SIX, STARS, asked_of, photographs
from tiny_families import tiny

from sightline.core import Asking, ImageGroup
from sightline.errors import MissingError, RequestError
from sightline.mechanisms import screening, sweep_batches
from sightline.mechanisms.layerwise import Layerwise
from sightline.mechanisms.means import Gathering
from sightline.mechanisms.presupposing import presupposing
from sightline.mechanisms.ranking import recall_at
from sightline.mechanisms.screening import estimate_effects, promising_heads
from sightline.mechanisms.sweep import Asked, SweepSettings, Swept, sweep_images
from sightline.mechanisms.sweep_folder import read_estimates, read_sweep
from sightline.mechanisms.sweep_run import Screen, SweepPlan, plan_sweep, run_sweep
from sightline.models.heads import Head, HeadLayout

LAYERS, HEADS = 8, 10
EVERY = tuple(Head(layer, head) for layer in range(LAYERS) for head in range(HEADS))
FIRST = EVERY[:HEADS]
SOME = slice(0, None, 7)
WEAK = 0.01

Values = NDArray[np.float64]


class Scenes:
    """Two scenes and what they are asked, four prompts, and what heads hand on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model, asked = counted_scenes(folder, scenes=2)
        self.asked = [self._with_matching(one) for one in asked]
        gathering = Gathering(self.model)
        gathering.add(self.asked)
        self.outputs = gathering.done()

    def _with_matching(self, one: Asked) -> Asked:
        image = self.folder / "images" / one.prompts[0].image
        texts = tuple(prompt.matching for prompt in one.prompts)
        return one._replace(matching=self.model.prepared(ImageGroup(image, texts), Asking()))

    def estimates(self, settings: SweepSettings, asked: list[Asked] | None = None) -> Values:
        return estimate_effects(self.model, self.asked if asked is None else asked, settings, self.outputs)

    def exact(self, settings: SweepSettings) -> Values:
        """(prompts, heads) by how much the log-odds change without each of some heads."""
        known = presupposing("counting")
        return changes(sweep_images(self.model, self.asked, EVERY[SOME], known, settings, self.outputs))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(tmp_path_factory.mktemp("scenes"))


def changes(swept: Sequence[Swept]) -> Values:
    """(prompts, heads) by how much the log-odds change."""
    whole = [one.prompt.log_p_true - one.prompt.log_p_asserted for one in swept]
    return np.stack([one.log_p_true - one.log_p_asserted for one in swept]) - np.array(whole)[:, None]


def apart(estimates: Values, exact: Values) -> tuple[float, float]:
    """How far the correlation is from 1, and the largest error as a share of the largest effect."""
    correlation = np.corrcoef(estimates.ravel(), exact.ravel())[0, 1]
    return 1 - float(correlation), float(np.abs(estimates - exact).max() / np.abs(exact).max())


# ---- estimates ----


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("mean", "all"),
        ("zero", "all"),
        ("prompt-mean", "all"),
        ("patch", "text"),
        ("zero", "text"),
        ("resample", "decode"),
        ("role-mean", "asserted"),
    ],
)
def test_a_weak_knockout_does_what_is_estimated(kind: str, scope: str, scenes: Scenes) -> None:
    settings = SweepSettings(kind, scope, WEAK)
    estimates = scenes.estimates(settings)
    assert estimates.shape == (4, len(EVERY))
    exact = scenes.exact(settings)
    uncorrelated, error = apart(estimates[:, SOME], exact)
    assert uncorrelated < 0.001
    assert error < 0.05
    assert (np.abs(exact).max(axis=1) > 5e-5).all(), "every prompt's odds change by more than rounding"


@pytest.mark.parametrize("kind", ["mean", "prompt-mean"])
@pytest.mark.parametrize("family", SIX)
def test_a_weak_knockout_does_what_is_estimated_in_every_family(family: str, kind: str, tmp_path: Path) -> None:
    tested = tiny(family)
    first, second = photographs(tmp_path)
    asked = [asked_of(tested, first, [MOONS, CUPS, STARS], DRAFTS), asked_of(tested, second, [CUPS], DRAFTS[2:])]
    settings = SweepSettings(kind, "all", WEAK / 10)
    estimates = estimate_effects(tested.replies(), asked, settings, OUTPUTS)
    exact = changes(sweep_images(tested.replies(), asked, ALL_HEADS, LETTERS, settings, OUTPUTS))
    uncorrelated, error = apart(estimates, exact)
    assert uncorrelated < 0.0001
    assert error < 0.01


@pytest.mark.parametrize("by", [1, -1])
def test_gradients_of_other_tokens_give_other_estimates(
    by: int, scenes: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SweepSettings("zero", "text", WEAK)
    own, exact = screening.where_of, scenes.exact(settings)
    assert max(apart(scenes.estimates(settings)[:, SOME], exact)) < 0.05
    monkeypatch.setattr(screening, "where_of", lambda *about: np.roll(own(*about), by, axis=1))
    uncorrelated, error = apart(scenes.estimates(settings)[:, SOME], exact)
    assert uncorrelated > 0.001
    assert error > 0.05


def test_estimates_grow_with_the_strength(scenes: Scenes) -> None:
    weak, half = (scenes.estimates(SweepSettings("mean", "text", strength)) for strength in (WEAK, 0.5))
    np.testing.assert_allclose(half, 50 * weak, rtol=1e-4, atol=1e-6)
    assert np.abs(half).max() > 0.1


def test_images_do_not_disturb_each_other(scenes: Scenes) -> None:
    settings = SweepSettings("mean", "text")
    together = scenes.estimates(settings)
    alone = np.concatenate([scenes.estimates(settings, [one]) for one in scenes.asked])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert np.abs(together[:2] - together[2:]).max() > 0.1


def without_answers(asked: list[Asked], places: list[tuple[int, int]]) -> list[Asked]:
    """The same prompts, some of them with a reply that nobody can read."""
    return [
        one._replace(
            drafts=tuple(
                replace(draft, said=None, answer=None) if (image, place) in places else draft
                for place, draft in enumerate(one.drafts)
            )
        )
        for image, one in enumerate(asked)
    ]


def test_a_reply_that_cannot_be_read_has_no_estimate_and_does_not_disturb_the_others(scenes: Scenes) -> None:
    settings = SweepSettings("mean", "text")
    found = scenes.estimates(settings, without_answers(scenes.asked, [(0, 1)]))
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False, False]
    kept = [0, 2, 3]
    np.testing.assert_allclose(found[kept], scenes.estimates(settings)[kept], atol=1e-4)


@pytest.mark.parametrize("scope", ["all", "text"])
def test_where_no_reply_can_be_read_nothing_is_estimated(scope: str, scenes: Scenes) -> None:
    nothing = without_answers(scenes.asked, [(image, place) for image in (0, 1) for place in (0, 1)])
    found = scenes.estimates(SweepSettings("zero", scope), nothing)
    assert found.shape == (4, len(EVERY))
    assert np.isnan(found).all()


# ---- the model stays as it is ----


def learning(model: Any) -> dict[str, bool]:
    return {name: weight.requires_grad for name, weight in model.named_parameters()}


def test_weights_learn_as_before_and_have_no_gradients(scenes: Scenes) -> None:
    model = scenes.model.model
    fixed = model.get_input_embeddings().weight
    before = fixed.requires_grad
    fixed.requires_grad_(False)
    try:
        found = learning(model)
        assert set(found.values()) == {True, False}
        values = {name: weight.detach().clone() for name, weight in model.named_parameters()}
        scenes.estimates(SweepSettings("mean", "text"))
        assert learning(model) == found
        assert all(weight.grad is None for weight in model.parameters())
        assert all(torch.equal(weight, values[name]) for name, weight in model.named_parameters())
        assert not any(module._forward_pre_hooks for module in model.modules())
        assert torch.is_grad_enabled()
    finally:
        fixed.requires_grad_(before)


def test_weights_learn_as_before_where_it_fails(scenes: Scenes, monkeypatch: pytest.MonkeyPatch) -> None:
    model = scenes.model.model
    before = learning(model)

    def fails(*_: Any, **__: Any) -> None:
        assert not any(learning(model).values())
        raise MemoryError

    monkeypatch.setattr(Layerwise, "outputs", fails)
    with pytest.raises(MemoryError):
        scenes.estimates(SweepSettings("mean", "all"))
    assert learning(model) == before
    assert any(before.values())


# ---- promising heads ----

THREE = HeadLayout((None,) * 3, (None,) * 3, heads=4, key_value_heads=2, head_dim=8)
ESTIMATES = np.array([[0.0, 0.1, 0.0, 0.0, 0.2, -4.0, 0.0, 1.0, 3.0, -0.5, 0.0, 0.0]])
"""One prompt; of layers 1 and 2 the largest are L1H1 (down), L2H0, L1H3, L2H1 (down), L1H0."""


def promising(estimates: Values = ESTIMATES, *how: int) -> list[str]:
    return [str(head) for head in promising_heads(estimates, THREE, *how)]


@pytest.mark.parametrize(
    ("top", "exact_layers", "expected"),
    [
        (0, 1, ["L0H0", "L0H1", "L0H2", "L0H3"]),
        (2, 1, ["L0H0", "L0H1", "L0H2", "L0H3", "L1H1", "L2H0"]),
        (4, 1, ["L0H0", "L0H1", "L0H2", "L0H3", "L1H1", "L1H3", "L2H0", "L2H1"]),
        (1, 2, [f"L{layer}H{head}" for layer in (0, 1) for head in range(4)] + ["L2H0"]),
        (3, 0, ["L1H1", "L1H3", "L2H0"]),
        (0, 0, []),
    ],
)
def test_first_layers_are_kept_and_the_largest_of_the_others_up_or_down(
    top: int, exact_layers: int, expected: list[str]
) -> None:
    assert promising(ESTIMATES, top, exact_layers) == expected
    assert promising(-ESTIMATES, top, exact_layers) == expected


def test_more_heads_than_there_are_are_all_of_them() -> None:
    assert promising(ESTIMATES, 100, 1) == [f"L{layer}H{head}" for layer in range(3) for head in range(4)]
    assert len(promising(ESTIMATES, 0, 7)) == 12
    assert len(promising()) == 12


def test_prompts_are_averaged_and_those_without_an_answer_left_out() -> None:
    estimates = np.zeros((3, 12))
    estimates[0, 4:8] = (2.0, 1.0, 5.0, 0.0)
    estimates[1] = np.nan
    estimates[2, 4:8] = (-2.0, 1.0, -3.5, 0.0)  # means 0, 1, 0.75
    assert promising(estimates, 1, 0) == ["L1H1"]
    assert promising(estimates, 2, 0) == ["L1H1", "L1H2"]


def test_where_no_reply_can_be_read_no_head_is_promising() -> None:
    with pytest.raises(RequestError, match="No reply to these prompts has an answer that could be read"):
        promising(np.full((2, 12), np.nan))


@pytest.mark.parametrize("how", [(-1, 2), (3, -1)])
def test_fewer_than_no_heads_are_refused(how: tuple[int, int]) -> None:
    with pytest.raises(RequestError, match=f"{how[0]} heads beyond the first {how[1]} layers were asked for"):
        promising(ESTIMATES, *how)


# ---- a sweep that is screened ----

REPLY = 6
SETTINGS = SweepSettings("mean", "text", max_new_tokens=REPLY)
SCREEN = Screen(top=3, exact_layers=1)


def plan_of(scenes: Scenes) -> SweepPlan:
    labels = [f"own={scenes.folder / 'counting.jsonl'}"]
    return plan_sweep("counting", scenes.folder / "images", labels, splits=["+1"], share=1.0)


class Screened:
    """A sweep of promising heads, and one of all heads."""

    def __init__(self, scenes: Scenes, folder: Path) -> None:
        self.plan = plan_of(scenes)
        self.folder = run_sweep(self.plan, bundled(), folder / "screened", SETTINGS, screen=SCREEN, batch_images=1)
        self.effects, self.about = read_sweep(self.folder)
        self.every, _ = read_sweep(run_sweep(self.plan, bundled(), folder / "every", SETTINGS))

    @property
    def estimates(self) -> Values:
        return np.array(read_estimates(self.folder)["estimate"].to_pylist(), dtype=np.float64).reshape(-1, len(EVERY))


@pytest.fixture(scope="module")
def screened(scenes: Scenes, tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return Screened(scenes, tmp_path_factory.mktemp("screened"))


def test_every_head_of_every_prompt_is_estimated(screened: Screened, scenes: Scenes) -> None:
    table = read_estimates(screened.folder)
    assert table.column_names == ["question_id", "layer", "head", "estimate"]
    ids = [prompt.question_id for prompt in screened.plan.prompts]
    told = zip(*(table[name].to_pylist() for name in ("question_id", "layer", "head")), strict=True)
    assert list(told) == [(question, *head) for question in ids for head in EVERY]
    asked = [one.prompts[0].question_id for one in scenes.asked]
    assert asked == ids, "the first of two prompts of each scene says one too many"
    # The means are over these two prompts alone, and replies as long as the sweep's.
    gathering = Gathering(scenes.model)
    firsts = [
        one._replace(
            group=replace(one.group, suffixes=one.group.suffixes[:1], choices=((),), prompts=one.group.prompts[:1]),
            prompts=one.prompts[:1],
            drafts=tuple(replace(draft, tokens=draft.tokens[:REPLY]) for draft in one.drafts[:1]),
        )
        for one in scenes.asked
    ]
    gathering.add(firsts)
    expected = estimate_effects(scenes.model, firsts, SETTINGS, gathering.done())
    np.testing.assert_allclose(screened.estimates, expected, rtol=1e-3, atol=1e-4)


def test_only_the_promising_heads_are_swept(screened: Screened) -> None:
    mean = np.abs(screened.estimates.mean(axis=0))
    largest = sorted(EVERY[HEADS:], key=lambda head: -mean[EVERY.index(head)])[:3]
    assert screened.effects.heads == (*FIRST, *sorted(largest))
    assert screened.about["swept_heads"] == [str(head) for head in screened.effects.heads]
    assert screened.about["heads"] == {"screened": {"top": 3, "exact_layers": 1}}
    assert not (screened.folder / "estimates.part.jsonl").exists()


def test_they_are_swept_as_exactly_as_without_screening(screened: Screened) -> None:
    places = [EVERY.index(head) for head in screened.effects.heads]
    assert screened.every.heads == EVERY
    np.testing.assert_allclose(screened.effects.log_odds, screened.every.log_odds[:, places], atol=1e-3)


def test_screening_finds_most_of_the_heads_that_matter(screened: Screened) -> None:
    exact = np.abs((screened.every.log_odds - screened.every.log_odds_whole[:, None]).mean(axis=0))
    estimate = np.abs(screened.estimates.mean(axis=0))
    estimate[:HEADS] = np.inf  # swept whatever their estimates
    swept = len(screened.effects.heads)
    assert swept == 13
    # 13 heads of 80 drawn at random would hold a sixth of them
    assert recall_at(estimate, exact, k=5, among=swept) >= 0.6
    best = {EVERY[place] for place in np.argsort(-exact)[:5]}
    assert recall_at(estimate, exact, k=5, among=swept) == len(best & set(screened.effects.heads)) / 5


def test_a_screened_sweep_that_was_interrupted_is_finished_as_if_it_had_not_been(
    screened: Screened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimated: list[int] = []
    stop_at = 2

    def estimate(*how: Any) -> Values:
        if len(estimated) + 1 == stop_at:
            raise KeyboardInterrupt
        estimated.append(1)
        return estimate_effects(*how)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_batches, "estimate_effects", estimate)
    how: dict[str, Any] = {"screen": SCREEN, "batch_images": 1}
    for progress in (None, stop):  # once while heads are estimated, once while they are swept
        with pytest.raises(KeyboardInterrupt):
            run_sweep(screened.plan, bundled(), tmp_path / "out", SETTINGS, progress=progress, **how)
        assert json.loads((tmp_path / "out" / "sweep.json").read_text())["status"] == "running"
        stop_at = 0
    assert len((tmp_path / "out" / "sweep.part.jsonl").read_text().splitlines()) == 1
    run_sweep(screened.plan, bundled(), tmp_path / "out", SETTINGS, **how)
    assert len(estimated) == 2, "no image is estimated twice"
    effects, about = read_sweep(tmp_path / "out")
    assert (effects.heads, effects.prompts) == (screened.effects.heads, screened.effects.prompts)
    assert (effects.log_odds == screened.effects.log_odds).all()
    assert {**about, "command": ""} == {**screened.about, "command": ""}
    assert read_estimates(tmp_path / "out").equals(read_estimates(screened.folder))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        path.name for path in screened.folder.iterdir()
    )


def test_a_screened_sweep_that_is_complete_is_left_as_it_is(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in screened.folder.iterdir()}
    monkeypatch.setattr(sweep_batches, "estimate_effects", None)
    monkeypatch.setattr(sweep_batches, "sweep_images", None)
    run_sweep(screened.plan, bundled(), screened.folder, SETTINGS, screen=SCREEN, batch_images=1)
    assert {path.name: path.read_bytes() for path in screened.folder.iterdir()} == before


def test_another_choice_of_heads_is_another_sweep(screened: Screened) -> None:
    for other in (Screen(4, 1), Screen(3, 2), None):
        with pytest.raises(RequestError, match="holds another sweep: heads is not the same"):
            run_sweep(screened.plan, bundled(), screened.folder, SETTINGS, screen=other)


def test_heads_are_chosen_by_screening_or_by_name(screened: Screened, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Screening looks at all heads"):
        run_sweep(screened.plan, bundled(), tmp_path / "out", SETTINGS, FIRST, screen=SCREEN)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("screen", [Screen(-1, 2), Screen(3, -1), Screen(0, 0)])
def test_a_choice_of_no_heads_is_refused_before_anything_is_estimated(
    screen: Screen, screened: Screened, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=f"{screen.top} heads beyond the first {screen.exact_layers} layers are to"):
        run_sweep(screened.plan, bundled(), tmp_path / "out", SETTINGS, screen=screen)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", [{"batch_images": -1}, {"settings": replace(SETTINGS, max_new_tokens=0)}])
def test_batches_and_replies_of_nothing_are_refused(how: dict[str, Any], screened: Screened, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="expected at least one"):
        run_sweep(screened.plan, bundled(), tmp_path / "out", **how)


def test_where_nothing_can_be_read_a_sweep_cannot_be_screened(
    screened: Screened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sweep_batches, "estimate_effects", lambda model, asked, *_: np.full((len(asked), len(EVERY)), np.nan)
    )
    with pytest.raises(RequestError, match="No reply to these prompts has an answer that could be read"):
        run_sweep(screened.plan, bundled(), tmp_path / "out", SETTINGS, screen=SCREEN)
    assert read_estimates(tmp_path / "out").schema.field("estimate").type == "double"


def test_a_sweep_that_was_not_screened_has_no_estimates(screened: Screened) -> None:
    with pytest.raises(MissingError, match="heads were not screened here"):
        read_estimates(screened.folder.parent / "every")
