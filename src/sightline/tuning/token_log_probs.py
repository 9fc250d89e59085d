"""Log-probabilities of single tokens, without all logits at once in memory."""

from functools import partial
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

__all__ = ["token_log_probs"]

_AT_ONCE_ON_CPU, _AT_ONCE_ON_GPU = 256, 1024
"""Tokens whose logits are held at once: 160 and 620 MB of float32 for a vocabulary of 152,000, and as much again for
their gradients; a GPU is kept busy only by so many."""


def token_log_probs(head: Any, hidden: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """The log-probability of each token after a hidden state; logits are computed again in the backward pass.

    Args:
        head: takes hidden states to logits.
        hidden: (n, width).
        tokens: (n,) int64.

    Returns:
        (n,) float32.
    """
    one = partial(_log_probs, head)
    if torch.is_grad_enabled():
        one = partial(checkpoint, one, use_reentrant=False, preserve_rng_state=False)
    at_once = _AT_ONCE_ON_CPU if hidden.device.type == "cpu" else _AT_ONCE_ON_GPU
    parts = zip(hidden.split(at_once), tokens.split(at_once), strict=True)
    return torch.cat([one(*part) for part in parts])


def _log_probs(head: Any, hidden: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    logits = head(hidden).float()
    found: torch.Tensor = logits.gather(-1, tokens[:, None])[:, 0] - logits.logsumexp(dim=-1)
    return found
