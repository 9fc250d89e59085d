"""Losses by hand, and against the formulae of TRL's DPOTrainer (its source, per pair)."""

import math

import pytest
import torch
from torch.nn.functional import logsigmoid

from sightline.errors import RequestError
from sightline.tuning.losses import LOSSES, Loss, loss_weights

POLICY = torch.tensor([[-10.0, -14.0], [-6.0, -5.0]])
REFERENCE = torch.tensor([[-12.0, -13.0], [-6.0, -6.0]])
TOKENS = torch.tensor([[4, 2], [3, 5]])
# log-ratios: first pair +2 and -1, a margin of 3; second pair 0 and +1, a margin of -1


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def losses(weights: dict[str, float], beta: float = 0.5, smoothing: float = 0.0) -> list[float]:
    return Loss(weights, beta, smoothing)(POLICY, REFERENCE, TOKENS).tolist()


def test_the_sigmoid_loss_is_that_of_the_margin_times_beta() -> None:
    assert losses({"sigmoid": 1.0}) == pytest.approx([-math.log(sigmoid(1.5)), -math.log(sigmoid(-0.5))])


def test_smoothing_takes_a_share_of_pairs_the_wrong_way_round() -> None:
    expected = [-0.9 * math.log(sigmoid(x)) - 0.1 * math.log(sigmoid(-x)) for x in (1.5, -0.5)]
    assert losses({"sigmoid": 1.0}, smoothing=0.1) == pytest.approx(expected)


def test_the_robust_loss_is_unbiased_where_labels_are_flipped_as_often_as_said() -> None:
    robust, epsilon = Loss({"robust": 1.0}, 0.5, 0.2), 0.2
    flipped = robust(POLICY.flip(1), REFERENCE.flip(1), TOKENS.flip(1))
    mean = (1 - epsilon) * robust(POLICY, REFERENCE, TOKENS) + epsilon * flipped
    assert mean.tolist() == pytest.approx(losses({"sigmoid": 1.0}))


def test_the_hinge_loss_ends_where_the_margin_is_wide_enough() -> None:
    assert losses({"hinge": 1.0}) == [0.0, 1.5]


def test_ipo_pulls_the_margin_a_token_to_one_value() -> None:
    # margins a token: 2/4 + 1/2 = 1 and 0/3 - 1/5 = -0.2; the value is 1 / (2 · 0.5) = 1
    assert losses({"ipo": 1.0}) == pytest.approx([0.0, 1.44])


def test_the_normalised_sigmoid_loss_takes_log_ratios_a_token() -> None:
    assert losses({"sigmoid_norm": 1.0}) == pytest.approx([-math.log(sigmoid(0.5)), -math.log(sigmoid(-0.1))])


def test_sft_fits_the_chosen_reply_and_knows_no_reference() -> None:
    assert losses({"sft": 1.0}) == [2.5, 2.0]
    assert not Loss({"sft": 1.0}).needs_reference
    assert Loss({"sigmoid": 1.0, "sft": 0.1}).needs_reference


def test_losses_are_added_with_their_weights() -> None:
    mixed = losses({"sigmoid": 1.0, "sft": 0.1})
    assert mixed == pytest.approx([a + 0.1 * b for a, b in zip(losses({"sigmoid": 1.0}), [2.5, 2.0], strict=True)])
    assert str(Loss({"sigmoid": 1.0, "sft": 0.1})) == "sigmoid + 0.1 sft"


def test_all_losses_are_those_of_trl() -> None:
    """The formulae of trl 1.16 trainer/dpo_trainer.py, `compute_loss`, for f_divergence "reverse_kl"."""
    draw = torch.Generator().manual_seed(0)
    policy, reference = (-20 * torch.rand((6, 2), generator=draw) for _ in range(2))
    tokens = torch.randint(1, 9, (6, 2), generator=draw)
    beta, epsilon = 0.3, 0.1
    chosen_scores, rejected_scores = (policy - reference).unbind(dim=1)
    delta = chosen_scores - rejected_scores
    delta_by_token = chosen_scores / tokens[:, 0] - rejected_scores / tokens[:, 1]
    theirs = {
        "sigmoid": -logsigmoid(beta * delta),
        "hinge": torch.relu(1 - beta * delta),
        "ipo": (delta_by_token - 1 / (2 * beta)) ** 2,
        "robust": (-(1 - epsilon) * logsigmoid(beta * delta) + epsilon * logsigmoid(-beta * delta)) / (1 - 2 * epsilon),
        "sigmoid_norm": -logsigmoid(beta * delta_by_token),
    }
    assert set(theirs) == set(LOSSES) - {"sft"}
    for name, expected in theirs.items():
        found = Loss({name: 1.0}, beta, epsilon if name == "robust" else 0.0)(policy, reference, tokens)
        torch.testing.assert_close(found, expected)


def test_sft_is_trls_where_replies_are_of_one_length() -> None:
    # trl: the negative log-probability of all chosen tokens of the batch, divided by their number
    tokens = torch.full((2, 2), 5)
    assert Loss({"sft": 1.0})(POLICY, REFERENCE, tokens).mean().item() == pytest.approx((10 + 6) / 10)


def test_rewards_are_log_ratios_times_beta() -> None:
    rewards = Loss({"sigmoid": 1.0}, beta=0.5).rewards(POLICY, REFERENCE)
    assert (rewards.chosen.tolist(), rewards.rejected.tolist()) == ([1.0, 0.0], [-0.5, 0.5])
    assert rewards.margin.tolist() == [1.5, -0.5]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Loss({"sigmiod": 1.0}), "No loss is called 'sigmiod'. Did you mean 'sigmoid'"),
        (lambda: Loss({"sigmoid": 0.0}), "has the weight 0.0; expected a weight above 0"),
        (lambda: Loss({}), "No loss is named"),
        (lambda: Loss({"sigmoid": 1.0}, beta=0), "beta is 0; expected a number above 0"),
        (lambda: Loss({"sigmoid": 1.0}, label_smoothing=0.5), "label smoothing is 0.5"),
        (lambda: Loss({"ipo": 1.0}, label_smoothing=0.1), "smoothed for sigmoid and robust only, not for ipo"),
        (lambda: Loss({"robust": 1.0}), "needs label smoothing above 0"),
        (lambda: loss_weights("sigmoid=x"), "The loss is 'sigmoid=x'; expected as"),
        (lambda: loss_weights("sft,sft"), "The loss sft is named twice"),
    ],
)
def test_impossible_losses_are_refused(made, message) -> None:
    with pytest.raises(RequestError, match=message):
        made()
