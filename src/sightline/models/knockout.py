"""Attention heads knocked out: what a head hands on is replaced, at some tokens, for as long as the model runs.

What is replaced is the part of a head in the vector that ``o_proj`` takes, which is where a head's output is still its
own; after ``o_proj`` the heads are summed. Heads are replaced by nothing (zero), by their mean over a discovery set,
the same at every token or one mean for each role of tokens, by what they hand on at other tokens of that set
(resample), by the mean over this prompt (the repository of prompt-induced hallucination), or by what they hand on where
the prompt says the truth (patch). All but the mean over the prompt are causal and independent of what else is in the
batch, so that they come out the same with and without a cache.

Source: arXiv 2601.05201 for the mean over the prompt, which its repository takes while the prompt is read only; while
decoding one token at a time, a mean over that token is the token itself.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError, unknown_name
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout, check_heads
from sightline.models.knockout_kinds import KINDS, SCOPES
from sightline.models.roles import Role

__all__ = ["Hooks", "Knockout", "Rows", "Seen", "Targets", "check_way", "replaced", "where_of"]

_READ = (Role.SINK, Role.TEMPLATE, Role.IMAGE, Role.MARKER, Role.PROMPT, Role.ASSERTED)


@dataclass(frozen=True)
class Knockout:
    """Heads to be knocked out, and how.

    Args:
        heads: which.
        kind: what they are replaced by, one of `KINDS`.
        scope: where, one of `SCOPES`.
        strength: how much of a head is replaced: 1 all, 0 nothing. The repository's alpha is 1 less this.
        outputs: what the heads hand on over a discovery set, for the kinds that need it.

    Raises:
        RequestError: kind, scope or strength is none, or the outputs are missing.
    """

    heads: tuple[Head, ...]
    kind: str = "mean"
    scope: str = "all"
    strength: float = 1.0
    outputs: HeadOutputs | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        check_way(self.kind, self.scope, self.strength)
        if self.needs_outputs and self.outputs is None:
            raise RequestError(
                f"A knockout of kind {self.kind} needs what the heads hand on over a discovery set, which comes with a "
                "sweep's heads file. Without one, use the kind zero."
            )

    @property
    def needs_outputs(self) -> bool:
        """Whether it needs what heads hand on over a discovery set."""
        return self.kind in ("mean", "role-mean", "resample")

    @property
    def is_causal(self) -> bool:
        """Whether a token is replaced without knowing later ones, so that an image can be shared by its prompts."""
        return self.kind not in ("prompt-mean", "patch")

    @property
    def touches_prefix(self) -> bool:
        """Whether tokens up to the end of the image are replaced."""
        return self.scope in ("all", "prompt")

    @property
    def touches_reply(self) -> bool:
        """Whether tokens of the reply are replaced."""
        return self.scope in ("all", "decode") and self.kind != "prompt-mean"

    @property
    def sha256(self) -> str:
        """What tells it from other knockouts: heads, kind, scope, strength, and what it replaces them by."""
        told = json.dumps([[list(head) for head in self.heads], self.kind, self.scope, float(self.strength)])
        digest = hashlib.sha256(told.encode())
        if self.needs_outputs and self.outputs is not None:
            digest.update(self.outputs.digest(self.heads))
        return digest.hexdigest()

    def __str__(self) -> str:
        strength = "" if self.strength == 1 else f" at {self.strength:g}"
        where = "" if self.scope == "all" else f" ({self.scope})"
        return f"without {', '.join(map(str, self.heads))}{where}: {self.kind}{strength}"


def check_way(kind: str, scope: str, strength: float) -> None:
    """Refuse a way of knocking heads out that is none.

    Raises:
        RequestError: kind, scope or strength is none, or they do not go together.
    """
    if kind not in KINDS:
        raise unknown_name("kind of knockout", kind, KINDS)
    if scope not in SCOPES:
        raise unknown_name("scope of knockouts", scope, SCOPES)
    if not 0 <= strength <= 1:
        raise RequestError(f"The strength is {strength:g}; expected 0 (nothing) to 1 (the whole head).")
    if kind == "prompt-mean" and scope == "decode":
        raise RequestError("The mean over the prompt replaces heads while the prompt is read, not while decoding.")


class Seen(NamedTuple):
    """What the runner says of the tokens that the model is about to see.

    Args:
        roles: (rows, n) int8. Tokens that follow them, as they are generated, are told from these by their number.
        places: (rows, n) int64, how many tokens come before each on its own branch.
        prefix: how many of these tokens stand before the end of the image.
    """

    roles: NDArray[np.int8]
    places: NDArray[np.int64]
    prefix: int = 0

    def part(self, begin: int, end: int) -> "Seen":
        """Some of the tokens; what lies beyond is generated."""
        known = self.roles.shape[1]
        if end <= known:
            return Seen(
                self.roles[:, begin:end], self.places[:, begin:end], min(max(self.prefix - begin, 0), end - begin)
            )
        more = np.arange(1, end - known + 1)
        generated = np.full((len(self.roles), len(more)), Role.GENERATED, dtype=np.int8)
        whole = Seen(
            np.concatenate([self.roles, generated], axis=1),
            np.concatenate([self.places, self.places[:, -1:] + more], axis=1),
            self.prefix,
        )
        return whole.part(begin, end)


def where_of(seen: Seen, scope: str, kind: str = "zero") -> NDArray[np.bool_]:
    """Where heads are replaced.

    Args:
        seen: what the tokens are.
        scope: one of `SCOPES`.
        kind: one of `KINDS`; the mean over a prompt is put into the prompt only.

    Returns:
        (rows, n).

    Example:
        >>> roles = [Role.SINK, Role.IMAGE, Role.PROMPT, Role.ASSERTED, Role.GENERATED]
        >>> seen = Seen(np.array([roles], np.int8), np.arange(5)[None], prefix=2)
        >>> [where_of(seen, scope).astype(int).tolist()[0] for scope in ("all", "text", "asserted")]
        [[1, 1, 1, 1, 1], [0, 0, 1, 1, 0], [0, 0, 0, 1, 0]]
    """
    found: NDArray[np.bool_] = np.isin(seen.roles, _WANTED[scope])
    if kind == "prompt-mean":
        found &= seen.roles != Role.GENERATED
    if scope == "text":
        found[:, : seen.prefix] = False
    return found


_WANTED = {
    "all": [*_READ, Role.GENERATED],
    "prompt": _READ,
    "text": _READ,
    "asserted": [Role.ASSERTED],
    "decode": [Role.GENERATED],
}


class Rows(NamedTuple):
    """Which heads of a layer are replaced in which rows of a batch.

    Args:
        rows: (k,) int64, rows of the batch.
        heads: (k,) int64, a head of the layer for each.
    """

    rows: torch.Tensor
    heads: torch.Tensor


class Targets:
    """What heads are replaced by, on the device of a model.

    Args:
        kind: one of `KINDS`.
        outputs: what heads hand on over a discovery set, for the kinds that need it.
        device: of the model.
        dtype: of the model.
        patched: layer → (rows, n, heads, d) what heads hand on where the prompt says the truth, for the kind patch.
    """

    def __init__(
        self,
        kind: str,
        outputs: HeadOutputs | None,
        device: torch.device,
        dtype: torch.dtype,
        patched: Mapping[int, torch.Tensor] | None = None,
    ) -> None:
        self.kind = kind
        self.patched = patched or {}
        self.given: torch.Tensor | None = None
        """(rows, d) means over each row's prompt, where they are known before it is read."""
        self._outputs = outputs
        if outputs is None:
            return
        values = {"mean": outputs.mean, "role-mean": outputs.by_role, "resample": outputs.kept}.get(kind)
        if values is not None:
            self._values = torch.from_numpy(values).to(device, dtype)

    def for_rows(self, at: torch.Tensor) -> "Targets":
        """The same for some of the rows that were patched."""
        found = copy.copy(self)
        found.patched = {layer: values[at] for layer, values in self.patched.items()}
        return found

    def of(self, layer: int, at: Rows, own: torch.Tensor, seen: Seen) -> torch.Tensor:
        """What to put in the place of heads.

        Args:
            layer: of the heads.
            at: rows and heads.
            own: (k, n, d) what the heads hand on now.
            seen: what the tokens are.

        Returns:
            A tensor that can be broadcast to (k, n, d).
        """
        if self.kind == "zero":
            return own.new_zeros(())
        if self.kind == "mean":
            return self._values[layer, at.heads][:, None]
        if self.kind == "patch":
            return self.patched[layer][at.rows, :, at.heads]
        if self.given is not None:
            return self.given[at.rows][:, None]
        roles = torch.from_numpy(seen.roles).to(own.device, torch.long)
        if self.kind == "prompt-mean":
            read = ((roles != Role.GENERATED) & (roles != Role.PADDING))[at.rows][..., None]
            total = (own.float() * read).sum(dim=1, keepdim=True) / read.sum(dim=1, keepdim=True)
            return total.to(own.dtype)
        if self.kind == "role-mean":
            return self._values[roles[at.rows], layer, at.heads[:, None]]
        return self._values[self._drawn(seen).to(own.device)[at.rows], layer, at.heads[:, None]]

    def _drawn(self, seen: Seen) -> torch.Tensor:
        """(rows, n) which of the kept vectors each token is given: by its place and role alone, in any batch."""
        assert self._outputs is not None
        places = seen.places * _STEP + 17
        found = np.zeros(seen.roles.shape, dtype=np.int64)
        for role in np.unique(seen.roles):
            kept = self._outputs.places_of(int(role))
            found = np.where(seen.roles == role, kept[places % len(kept)], found)
        return torch.from_numpy(found)


_STEP = 40_507
"""Prime and large, so that neighbours get vectors from all over, however many are kept."""


def replaced(
    given: torch.Tensor,
    layout: HeadLayout,
    layer: int,
    at: Rows,
    seen: Seen,
    scope: str,
    strength: float,
    targets: Targets,
    where: torch.Tensor | None = None,
) -> torch.Tensor:
    """Replace heads in what ``o_proj`` takes.

    Args:
        given: (rows, n, heads · d); it is left as it is.
        layout: where heads are.
        layer: of the heads.
        at: rows and heads.
        seen: what the tokens are.
        scope: where.
        strength: how much of a head.
        targets: by what.
        where: (rows, n) what `where_of` says, where it is on the device already.

    Returns:
        (rows, n, heads · d).
    """
    if where is None:
        where = torch.from_numpy(where_of(seen, scope, targets.kind)).to(given.device)
    where = where[at.rows]
    parts = given.view(*given.shape[:2], layout.heads, layout.head_dim).clone()
    own = parts[at.rows, :, at.heads]
    target = targets.of(layer, at, own, seen)
    mixed = target.expand_as(own) if strength == 1 else own * (1 - strength) + target * strength
    parts[at.rows, :, at.heads] = torch.where(where[..., None], mixed, own)
    return parts.view_as(given)


class Hooks:
    """Knocks heads out of the forwards that are made within `reading`.

    Args:
        layout: where the model's heads are.
        knockout: what to do.

    Raises:
        RequestError: a head does not exist, or the outputs are of a model of another shape.
    """

    def __init__(self, layout: HeadLayout, knockout: Knockout) -> None:
        check_heads(knockout.heads, layout)
        if knockout.needs_outputs and knockout.outputs is not None:
            found, wanted = knockout.outputs.mean.shape, (len(layout.layers), layout.heads, layout.head_dim)
            if found != wanted:
                raise RequestError(
                    f"The means are of {found[0]} layers with {found[1]} heads of {found[2]}, and this model has "
                    f"{wanted[0]} layers with {wanted[1]} heads of {wanted[2]}: they are another model's."
                )
        self.layout = layout
        self.knockout = knockout
        self.heads: dict[int, list[int]] = {}
        for head in knockout.heads:
            self.heads.setdefault(head.layer, []).append(head.head)
        weight = layout.outputs[0].weight
        self.targets = Targets(knockout.kind, knockout.outputs, weight.device, weight.dtype)

    @contextmanager
    def reading(self, seen: Seen) -> Iterator[None]:
        """Knock out in the forwards made within, which together see these tokens, and after them generated ones."""
        with ExitStack() as stack:
            for layer in self.heads:
                hook = self.layout.outputs[layer].register_forward_pre_hook(self._hook(layer, seen))
                stack.callback(hook.remove)
            yield

    def _hook(self, layer: int, seen: Seen) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
        done = 0
        heads = self.heads[layer]

        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            nonlocal done
            rows, n = given[0].shape[:2]
            now, done = seen.part(done, done + n), done + n
            device = given[0].device
            at = Rows(
                torch.arange(rows, device=device).repeat_interleave(len(heads)),
                torch.tensor(heads, device=device).repeat(rows),
            )
            how = self.knockout
            changed = replaced(given[0], self.layout, layer, at, now, how.scope, how.strength, self.targets)
            return (changed, *given[1:])

        return hook
