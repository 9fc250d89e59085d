"""Steps of the trainer: their loss, their gradients, and the reference, on the bundled model and rendered scenes."""

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from scene_pairs import captions_of, pairs_of, scenes
from transformers import TrainerCallback, TrainingArguments

from sightline.core import PreferencePair
from sightline.errors import RequestError
from sightline.models.families import family_of
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.tuning import policy
from sightline.tuning.adapters import ALL_LINEAR, Adapter, adapted_layers, attach
from sightline.tuning.batches import Encoder
from sightline.tuning.grouping import RowLength, Step, plan_steps
from sightline.tuning.log_probs import plain_log_probs
from sightline.tuning.losses import Loss
from sightline.tuning.reference import ReferenceCache
from sightline.tuning.trainer import PairTrainer, References

FAMILY = family_of("llava")
DPO = Loss({"sigmoid": 1.0}, beta=0.1)
PAIRS = [*pairs_of(0)[:1], *pairs_of(1), *pairs_of(2)[:3]]
"""One, four and three pairs of three images."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes(tmp_path_factory.mktemp("scenes"), 4)


@pytest.fixture(scope="module")
def base() -> TransformersModel:
    torch.set_num_threads(1)
    return load("bundled")


class Seen(TrainerCallback):
    """Keeps the gradients before each update, and what is logged."""

    def __init__(self) -> None:
        self.gradients: list[dict[str, torch.Tensor]] = []
        self.logs: list[dict[str, float]] = []

    def on_pre_optimizer_step(self, *_: Any, model: Any, **__: Any) -> None:
        named = ((name, weights.grad) for name, weights in model.named_parameters())
        self.gradients.append({name: grad.clone() for name, grad in named if grad is not None})

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        if "loss" in logs:
            self.logs.append(dict(logs))


Make = Callable[..., tuple[PairTrainer, Seen]]


@pytest.fixture
def make(base: TransformersModel, images: Path, tmp_path: Path) -> Make:
    def make(
        pairs: Sequence[PreferencePair] = PAIRS,
        steps: Sequence[Step] | None = None,
        loss: Loss = DPO,
        adapter: Adapter | None = None,
        moved: bool = True,
        half: bool = False,
        **more: Any,
    ) -> tuple[PairTrainer, Seen]:
        torch.manual_seed(0)
        adapter = adapter or Adapter(r=4, alpha=8, targets=("q_proj", "v_proj"))
        model = attach(deepcopy(base.model), FAMILY, adapter)
        draw = torch.Generator().manual_seed(1)
        for name, weights in model.named_parameters():
            if "lora_B" in name and moved:
                torch.nn.init.normal_(weights, std=0.02, generator=draw)
        arguments = TrainingArguments(
            output_dir=str(tmp_path), use_cpu=True, report_to="none", disable_tqdm=True, save_strategy="no",
            logging_steps=1, learning_rate=1e-3, max_grad_norm=0.0, remove_unused_columns=False, warmup_steps=0,
            bf16=half,
        )  # fmt: skip
        encoder, seen = Encoder(base.processor, FAMILY, images), Seen()
        steps = steps or plan_steps(lengths_of(pairs), len(pairs), len(pairs), seed=None)
        return PairTrainer(model, arguments, encoder, pairs, steps, loss, callbacks=[seen], **more), seen

    return make


def lengths_of(pairs: Sequence[PreferencePair]) -> list[RowLength]:
    return [RowLength(pair.image.name, 65, 40) for pair in pairs]


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """How far gradients lie apart, relative to the largest."""
    assert one.keys() == other.keys() and one
    largest = max(float(gradient.abs().max()) for gradient in other.values())
    return max(float((one[name] - other[name]).abs().max()) for name in one) / largest


def test_in_half_precision_adapters_are_added_in_the_matrix_product(make: Make, monkeypatch) -> None:
    fused, seen = make(half=True)
    fused.train()
    monkeypatch.setattr("sightline.tuning.trainer.fuse_adapters", lambda model: 0)
    plain, seen_plain = make(half=True)
    plain.train()
    assert all("forward" in vars(layer) for layer in adapted_layers(fused.adapted))
    assert not any("forward" in vars(layer) for layer in adapted_layers(plain.adapted))
    assert furthest(seen.gradients[0], seen_plain.gradients[0]) < 0.1
    assert seen.logs[0]["loss"] == pytest.approx(seen_plain.logs[0]["loss"], abs=0.01)


@pytest.mark.parametrize("how", ["is_fsdp_enabled", "is_deepspeed_enabled"])
def test_adapters_that_lie_in_pieces_are_left_to_peft(make: Make, monkeypatch, how: str) -> None:
    created = PairTrainer.create_accelerator_and_postprocess

    def cut_up(trainer: PairTrainer) -> None:
        created(trainer)
        setattr(trainer, how, True)

    monkeypatch.setattr(PairTrainer, "create_accelerator_and_postprocess", cut_up)
    trainer, _ = make(half=True)
    assert not any("forward" in vars(layer) for layer in adapted_layers(trainer.adapted))


def test_batches_of_a_step_add_up_to_one_large_batch_however_uneven_they_are(make: Make) -> None:
    whole, seen = make()
    whole.train()
    small, seen_small = make(steps=plan_steps(lengths_of(PAIRS), len(PAIRS), at_once=3, seed=None))
    small.train()
    assert small.args.gradient_accumulation_steps == 3
    sizes = [len(batch.rows) for batch in small.get_train_dataloader()]
    assert sorted(sizes) == [2, 3, 3]
    assert furthest(seen_small.gradients[0], seen.gradients[0]) < 1e-5
    assert seen_small.logs[0]["loss"] == pytest.approx(seen.logs[0]["loss"], rel=1e-6)


def test_the_gradient_is_that_of_the_mean_over_pairs(make: Make, base: TransformersModel) -> None:
    trainer, seen = make()
    trainer.train()
    again, _ = make()
    model = again.adapted.train()
    total = torch.zeros(())
    batches = [image for batch in again.get_train_dataloader() for image in batch.images]
    for image in batches:
        with torch.no_grad():
            reference = plain_log_probs(base.model, FAMILY, [image]).totals
        own = plain_log_probs(model, FAMILY, [image])
        margins = (own.totals - reference)[:, 0] - (own.totals - reference)[:, 1]
        total = total - torch.nn.functional.logsigmoid(0.1 * margins).sum()
    (total / len(PAIRS)).backward()
    expected = {name: weights.grad for name, weights in model.named_parameters() if weights.grad is not None}
    assert furthest(seen.gradients[0], expected) < 1e-4
    assert seen.logs[0]["loss"] == pytest.approx(float(total.detach()) / len(PAIRS), rel=1e-4)


def test_a_filler_batch_changes_nothing(make: Make) -> None:
    one = pairs_of(0)[:1]
    alone, seen = make(one, plan_steps(lengths_of(one), 1, 1, seed=None))
    alone.train()
    filled, seen_filled = make(one, plan_steps(lengths_of(one), 2, 1, seed=None))
    filled.train()
    assert filled.args.gradient_accumulation_steps == 2
    assert furthest(seen_filled.gradients[0], seen.gradients[0]) == 0
    assert seen_filled.logs[0]["loss"] == seen.logs[0]["loss"]


def test_trees_and_plain_pairs_give_the_same_step(make: Make) -> None:
    trees, seen = make([*PAIRS, *captions_of(3)])
    trees.train()
    plain, seen_plain = make([*PAIRS, *captions_of(3)], as_trees=False)
    plain.train()
    assert furthest(seen_plain.gradients[0], seen.gradients[0]) < 1e-4
    for name in ("loss", "margin", "log_prob_chosen", "log_prob_rejected"):
        assert seen_plain.logs[0][name] == pytest.approx(seen.logs[0][name], rel=1e-4, abs=1e-4)


def test_an_adapter_that_does_nothing_yet_has_the_loss_log_two(make: Make) -> None:
    trainer, seen = make(moved=False)
    trainer.train()
    assert seen.logs[0]["loss"] == pytest.approx(math.log(2))
    assert (seen.logs[0]["margin"], seen.logs[0]["reward_accuracy"]) == (0.0, 0.0)
    assert set(trainer.margins.values()) == {0.0} and set(trainer.margins) == set(range(len(PAIRS)))


def test_the_loss_falls_and_the_margin_rises(make: Make) -> None:
    steps = plan_steps(lengths_of(PAIRS), len(PAIRS), len(PAIRS), steps=4, seed=None)
    trainer, seen = make(steps=steps, moved=False, adapter=Adapter(r=8, alpha=16, targets=ALL_LINEAR))
    trainer.train()
    falling, rising = [log["loss"] for log in seen.logs], [log["margin"] for log in seen.logs]
    assert falling == sorted(falling, reverse=True) and falling[-1] < 0.62
    assert rising == sorted(rising) and rising[-1] > 0.15
    assert seen.logs[-1]["epoch"] == 4.0


@pytest.mark.parametrize("name", ["ipo", "hinge", "sigmoid_norm", "sft"])
def test_other_losses_go_down_too(make: Make, name: str) -> None:
    steps = plan_steps(lengths_of(PAIRS), len(PAIRS), len(PAIRS), steps=3, seed=None)
    trainer, seen = make(steps=steps, loss=Loss({name: 1.0}, beta=0.1), moved=False)
    trainer.train()
    assert seen.logs[-1]["loss"] < seen.logs[0]["loss"]
    assert ("margin" in seen.logs[0]) == (name != "sft"), "where there is no reference, there are no rewards"


def test_references_are_kept_and_not_computed_again(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    switched_off = policy.switched_off
    monkeypatch.setattr(policy, "switched_off", lambda layers: (computed.append(1), switched_off(layers))[1])
    two_epochs = plan_steps(lengths_of(PAIRS), len(PAIRS), at_once=4, epochs=2, seed=0)
    with ReferenceCache(tmp_path / "references.sqlite") as cache:
        kept, seen = make(steps=two_epochs, references=References({}, cache))
        kept.train()
        assert len(computed) == 2, "the batches of the first epoch"
        later, _ = make(steps=two_epochs[:1], references=References({}, cache))
        later.train()
        assert len(computed) == 2, "nor those of another run"
        other, _ = make(
            steps=two_epochs[:1], references=References({pair.key: "other" + pair.key for pair in PAIRS}, cache)
        )
        other.train()
        assert len(computed) == 4, "but those of another model"
    unkept, seen_unkept = make(steps=two_epochs)
    unkept.train()
    assert [log["loss"] for log in seen.logs] == pytest.approx([log["loss"] for log in seen_unkept.logs], rel=1e-5)


def test_a_reference_that_is_known_is_taken_even_where_others_must_be_computed(make: Make, tmp_path: Path) -> None:
    pairs = pairs_of(1)
    with ReferenceCache(tmp_path / "references.sqlite") as cache:
        cache.keep({pairs[0].key: (-1.0, -2.0)})
        trainer, _ = make(pairs, references=References({}, cache))
        (batch,) = trainer.get_train_dataloader()
        rows = trainer.scored.lay_out(batch)
        found = trainer.scored.reference(trainer.model, batch, rows)
        assert found[0].tolist() == [-1.0, -2.0]
        again = trainer.scored.reference(trainer.model, batch, rows)
        assert again.tolist() == found.tolist(), "from what waits to be kept"
        trainer.scored.write_down()
        assert cache.find([pairs[1].key])[pairs[1].key] == tuple(found[1].tolist())


@pytest.mark.parametrize(("as_trees", "name"), [(True, "tree_rows"), (False, "plain_rows")])
def test_a_batch_is_laid_out_once_for_policy_and_reference(
    make: Make, as_trees: bool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[int] = []
    lay_out = getattr(policy, name)
    monkeypatch.setattr(policy, name, lambda *given: (laid_out.append(1), lay_out(*given))[1])
    looked: list[int] = []
    trainer, _ = make(steps=plan_steps(lengths_of(PAIRS), len(PAIRS), at_once=3, seed=None), as_trees=as_trees)
    trainer.scored.inner.model.vision_tower.register_forward_hook(lambda *_: looked.append(1))
    trainer.train()
    assert len(laid_out) == 3, "one a batch"
    assert len(looked) == (3 if as_trees else 4), "once a batch, or once an image, of which one lies in two batches"


def test_what_is_trained_is_put_into_training_and_nothing_else(make: Make) -> None:
    trainer, _ = make()
    model, scored = trainer.adapted, trainer.scored
    model.train()
    scored.into_training()
    parts = {name: module.training for name, module in model.named_modules()}
    assert not any(training for name, training in parts.items() if "vision_tower" in name or "projector" in name)
    assert all(training for name, training in parts.items() if "language_model" in name and name.endswith("q_proj"))
    scored.out_of_training()
    assert not any(module.training for module in model.modules())


def test_weights_that_are_trained_themselves_are_held_to_what_they_were(make: Make) -> None:
    steps = plan_steps(lengths_of(PAIRS), len(PAIRS), len(PAIRS), steps=3, seed=None)
    trainer, seen = make(steps=steps, adapter=Adapter("full"))
    trainer.args.learning_rate = 1e-5
    trainer.compute_references()
    trainer.train()
    assert seen.logs[0]["loss"] == pytest.approx(math.log(2))
    assert seen.logs[2]["loss"] < seen.logs[1]["loss"] < math.log(2)
    assert not any("vision_tower" in name for name in seen.gradients[0])


def test_a_loss_that_is_no_number_ends_the_run(make: Make) -> None:
    trainer, _ = make()
    with torch.no_grad():
        next(weights for weights in trainer.adapted.parameters() if weights.requires_grad).fill_(float("nan"))
    with pytest.raises(RequestError, match="The loss is nan after step 1"):
        trainer.train()
