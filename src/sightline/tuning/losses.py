"""Preference losses of one pair, and mixtures of them.

All are functions of the log-probabilities of the chosen and the rejected completion under the model that is tuned (the
policy) and under the one it began as (the reference). With h the log-ratio of policy and reference, β h is called the
reward of a reply, and m = h(chosen) − h(rejected) the margin of a pair.

| name | loss of a pair | source |
|---|---|---|
| sigmoid | −log σ(β m); smoothed: −(1−ε) log σ(β m) − ε log σ(−β m) | DPO, arXiv 2305.18290 eq. 7; smoothed: cDPO |
| robust | (−(1−ε) log σ(β m) + ε log σ(−β m)) / (1 − 2ε) | robust DPO, arXiv 2403.00409 |
| hinge | max(0, 1 − β m) | SLiC-HF, arXiv 2305.10425; with a reference: RSO, arXiv 2309.06657 |
| ipo | (m̄ − 1/(2β))², m̄ the margin of log-ratios a token | IPO, arXiv 2310.12036 eq. 17 |
| sigmoid_norm | −log σ(β m̄) | length-normalised DPO of Tülu 3, arXiv 2411.15124 |
| sft | the chosen completion's negative log-probability a token | |

TRL computes them alike, with one difference: its sft is the mean over all tokens of a batch, ours the mean over pairs
of each pair's mean. Ours does not depend on what else is in a batch, so that gradients of batches add up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sightline.errors import RequestError, unknown_name

if TYPE_CHECKING:
    import torch

__all__ = ["LOSSES", "Loss", "Rewards", "loss_weights"]


class Rewards(NamedTuple):
    """What is logged of pairs beside their loss.

    Args:
        chosen: (pairs,) the reward of the chosen reply.
        rejected: (pairs,) that of the rejected one.
    """

    chosen: "torch.Tensor"
    rejected: "torch.Tensor"

    @property
    def margin(self) -> "torch.Tensor":
        """(pairs,) how much more the chosen reply is rewarded."""
        return self.chosen - self.rejected


class _Ratios(NamedTuple):
    """Log-ratios of policy and reference: (pairs, 2) of whole replies and by token; the policy's own a token."""

    whole: "torch.Tensor"
    by_token: "torch.Tensor"
    policy_by_token: "torch.Tensor"

    @property
    def margin(self) -> "torch.Tensor":
        return self.whole[:, 0] - self.whole[:, 1]

    @property
    def margin_by_token(self) -> "torch.Tensor":
        return self.by_token[:, 0] - self.by_token[:, 1]


def _sigmoid(ratios: _Ratios, beta: float, smoothing: float) -> "torch.Tensor":
    from torch.nn.functional import logsigmoid

    margin = beta * ratios.margin
    return -(1 - smoothing) * logsigmoid(margin) - smoothing * logsigmoid(-margin)


def _robust(ratios: _Ratios, beta: float, smoothing: float) -> "torch.Tensor":
    from torch.nn.functional import logsigmoid

    margin = beta * ratios.margin
    return (-(1 - smoothing) * logsigmoid(margin) + smoothing * logsigmoid(-margin)) / (1 - 2 * smoothing)


def _hinge(ratios: _Ratios, beta: float, _: float) -> "torch.Tensor":
    from torch.nn.functional import relu

    return relu(1 - beta * ratios.margin)


def _ipo(ratios: _Ratios, beta: float, _: float) -> "torch.Tensor":
    return (ratios.margin_by_token - 1 / (2 * beta)) ** 2


def _sigmoid_norm(ratios: _Ratios, beta: float, _: float) -> "torch.Tensor":
    from torch.nn.functional import logsigmoid

    return -logsigmoid(beta * ratios.margin_by_token)


def _sft(ratios: _Ratios, _: float, __: float) -> "torch.Tensor":
    return -ratios.policy_by_token[:, 0]


LOSSES: Mapping[str, Callable[[_Ratios, float, float], "torch.Tensor"]] = {
    "sigmoid": _sigmoid,
    "robust": _robust,
    "hinge": _hinge,
    "ipo": _ipo,
    "sigmoid_norm": _sigmoid_norm,
    "sft": _sft,
}
"""The losses by name."""

_SMOOTHED = ("sigmoid", "robust")


@dataclass(frozen=True, slots=True)
class Loss:
    """A weighted sum of losses.

    Args:
        weights: name of a loss → its weight.
        beta: how strongly the policy is held to the reference; IPO's τ.
        label_smoothing: the share of pairs taken to be the wrong way round (ε), from 0 to below 0.5.

    Raises:
        RequestError: a name is unknown, or a value impossible.
    """

    weights: Mapping[str, float]
    beta: float = 0.1
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if name not in LOSSES:
                raise unknown_name("loss", name, LOSSES)
            if not weight > 0:
                raise RequestError(f"The loss {name} has the weight {weight}; expected a weight above 0.")
        if not self.weights:
            raise RequestError(f"No loss is named; known are {', '.join(LOSSES)}.")
        if not self.beta > 0:
            raise RequestError(f"beta is {self.beta}; expected a number above 0.")
        if not 0 <= self.label_smoothing < 0.5:
            raise RequestError(f"label smoothing is {self.label_smoothing}; expected a share from 0 to below 0.5.")
        if self.label_smoothing and not set(self.weights) & set(_SMOOTHED):
            raise RequestError(f"Labels can be smoothed for {' and '.join(_SMOOTHED)} only, not for {self}.")
        if "robust" in self.weights and not self.label_smoothing:
            raise RequestError("The robust loss needs label smoothing above 0; without, it is the sigmoid loss.")

    @property
    def needs_reference(self) -> bool:
        """Whether the reference decides anything; it does not where only the chosen reply is fitted."""
        return set(self.weights) != {"sft"}

    def __call__(self, policy: "torch.Tensor", reference: "torch.Tensor", tokens: "torch.Tensor") -> "torch.Tensor":
        """Compute the loss of each pair.

        Args:
            policy: (pairs, 2) log-probabilities of the chosen and the rejected completion.
            reference: (pairs, 2) the same under the reference.
            tokens: (pairs, 2) how many tokens each has.

        Returns:
            (pairs,) the losses.

        Example:
            A policy that is still the reference has the loss log 2, whatever it thinks of the replies:

            >>> import torch
            >>> policy = torch.tensor([[-3.0, -5.0]])
            >>> round(Loss({"sigmoid": 1.0})(policy, policy, torch.tensor([[4, 5]])).item(), 4)
            0.6931
        """
        import torch

        whole = policy - reference
        ratios = _Ratios(whole, whole / tokens, policy / tokens)
        parts = [
            weight * LOSSES[name](ratios, self.beta, self.label_smoothing) for name, weight in self.weights.items()
        ]
        return torch.stack(parts).sum(dim=0)

    def rewards(self, policy: "torch.Tensor", reference: "torch.Tensor") -> Rewards:
        """The rewards of both replies of each pair; arguments as those of the loss."""
        rewards = self.beta * (policy - reference)
        return Rewards(rewards[:, 0], rewards[:, 1])

    def __str__(self) -> str:
        return " + ".join(name if weight == 1 else f"{weight:g} {name}" for name, weight in self.weights.items())


def loss_weights(text: str) -> dict[str, float]:
    """Read which losses are wanted, as ``sigmoid`` or ``sigmoid=1,sft=0.1``.

    Raises:
        RequestError: it cannot be read.

    Example:
        >>> loss_weights("sigmoid,sft=0.1")
        {'sigmoid': 1.0, 'sft': 0.1}
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, given, weight = part.strip().partition("=")
        if name in found:
            raise RequestError(f"The loss {name} is named twice in {text!r}.")
        try:
            found[name] = float(weight) if given else 1.0
        except ValueError:
            raise RequestError(f"The loss is {text!r}; expected as sigmoid or sigmoid=1,sft=0.1.") from None
    return found
