"""The model layer by layer: computed once whole, then again from any layer on with a head knocked out in every row.

A head of layer l changes nothing below it, so that a row without it begins at what layer l takes. All heads of a layer
are rows of one batch. What the layers are called with besides (positions, masks) is taken from the model's own forward,
so that nothing of a family is written down twice; only the mask is made anew where image and questions, which were
computed one after the other, are computed together.

Where a knockout leaves the image's tokens alone, their keys and values stay as they are and only the tokens after the
image are computed again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sightline.errors import RequestError
from sightline.models.families import follow
from sightline.models.heads import head_layout
from sightline.models.knocked_out import RolesOf, row_roles
from sightline.models.knockout import Rows, Seen, Targets, replaced, where_of
from sightline.models.prompts import Prepared
from sightline.models.shared_image import Row, SharedImages, layer_masks
from sightline.models.transformers import TransformersModel

__all__ = ["Call", "Layerwise", "Replacing", "seen_rows"]

_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
_HALF_TOLERANCE = 0.5
"""How far the last hidden states of both ways may lie apart, as a share of their size."""


@dataclass(frozen=True)
class Replacing:
    """How heads are replaced.

    Args:
        scope: where.
        strength: how much of a head.
        targets: by what.
    """

    scope: str
    strength: float
    targets: Targets


class Layerwise:
    """Rows of questions, computed whole, ready to be computed again from any layer on.

    Args:
        model: who computes.
        groups: images with their questions, all of one signature.
        rows: questions, with what is given of their replies; any number for each image.
        roles: finds the roles of tokens.
        whole: compute the image's tokens again as well.

    Raises:
        RequestError: the heads cannot be found, or the layers called one by one do not give what the model gives.
    """

    def __init__(
        self,
        model: TransformersModel,
        groups: Sequence[Prepared],
        rows: Sequence[Row],
        roles: RolesOf,
        whole: bool = True,
    ) -> None:
        assert model.family is not None
        self.model = model.model
        self.layout = head_layout(model.model, model.family)
        self.rows = rows
        self.norm = follow(model.model, f"{model.family.language_model}.norm")
        with _captured(self.layout.layers) as of_images:
            self._images = SharedImages(model.model, model.family, groups)
        self.prefix = self._images.prefix
        kept = _kept_keys(self._images.cache) if not whole else []
        with _captured(self.layout.layers) as of_rows:
            self.hidden = self._images.run(rows).hidden
        self.images = torch.tensor([row.image for row in rows], device=model.model.device)
        self.seen = seen_rows(groups, rows, roles, self.prefix if whole else 0, self.prefix)
        self.skipped = self.prefix if whole else 0
        """How many tokens stand before a row's own in what is computed again."""
        self._keys = [(k[self.images], v[self.images]) for k, v in kept]
        self._replaced_at: dict[tuple[str, str], torch.Tensor] = {}
        self._calls = self._joined(of_images, of_rows) if whole else of_rows
        if not model.layers_checked:
            self._check()
            model.layers_checked = True

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        found: torch.device = self.model.device
        return found

    def rerun(
        self,
        layer: int,
        at: torch.Tensor,
        heads: torch.Tensor | None,
        how: Replacing | None,
        places: torch.Tensor,
    ) -> torch.Tensor:
        """Compute rows again from a layer on.

        Args:
            layer: the first that is computed.
            at: (k,) which rows.
            heads: (k,) the head of that layer that is replaced in each; None: none.
            how: how it is replaced.
            places: (k, m) tokens of the rows, counted from each row's own first, whose hidden states are wanted.

        Returns:
            (k, m, width) last hidden states, normed.
        """
        hidden = self._calls[layer].hidden[at]
        wanted = places + self.skipped
        last = len(self.layout.layers) - 1
        with ExitStack() as stack:
            if heads is not None and how is not None:
                stack.enter_context(self._replacing(layer, at, heads, how))
            stack.enter_context(_only_at(self.layout.layers[last], wanted))
            for place in range(layer, last + 1):
                call = self._calls[place]
                more = dict(call.for_rows(at))
                if self._keys:
                    more["past_key_values"] = _Before(*(part[at] for part in self._keys[place]))
                found = self.layout.layers[place](hidden, **more)
                hidden = found[0] if isinstance(found, tuple) else found
        index = wanted[..., None].expand(-1, -1, hidden.shape[-1])
        normed: torch.Tensor = self.norm(hidden.gather(1, index))
        return normed

    def outputs(self, places: torch.Tensor, gradients: bool = False) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Compute all rows from the first layer on, and keep what their heads hand on.

        Args:
            places: (rows, m) tokens whose hidden states are wanted.
            gradients: keep what is needed to go back.

        Returns:
            (rows, m, width) last hidden states, normed; for each layer (rows, n, heads · d) what ``o_proj`` took.
        """
        kept: list[torch.Tensor] = []

        def keep(module: Any, given: tuple[Any, ...]) -> None:
            if gradients:
                given[0].retain_grad()
            kept.append(given[0])

        first = self._calls[0]
        hidden = first.hidden
        if gradients:
            hidden = hidden.clone().requires_grad_(True)
        with ExitStack() as stack:
            for output in self.layout.outputs:
                stack.callback(output.register_forward_pre_hook(keep).remove)
            everything = torch.arange(len(self.rows), device=self.device)
            for place, layer in enumerate(self.layout.layers):
                more = dict(self._calls[place].for_rows(everything))
                if gradients:
                    more = {name: _cloned(value) for name, value in more.items()}
                if self._keys:
                    more["past_key_values"] = _Before(*map(_cloned, self._keys[place]))
                found = layer(hidden, **more)
                hidden = found[0] if isinstance(found, tuple) else found
        index = (places + self.skipped)[..., None].expand(-1, -1, hidden.shape[-1])
        return self.norm(hidden.gather(1, index)), kept

    def first(self) -> "Call":
        """What the first layer is called with."""
        return self._calls[0]

    @contextmanager
    def _replacing(self, layer: int, at: torch.Tensor, heads: torch.Tensor, how: Replacing) -> Iterator[None]:
        numbers = at.tolist()
        seen = Seen(self.seen.roles[numbers], self.seen.places[numbers], self.seen.prefix)
        rows = Rows(torch.arange(len(numbers), device=self.device), heads)
        targets = how.targets
        if targets.patched:
            targets = targets.for_rows(at)

        where = self._where(how)[at]

        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            changed = replaced(given[0], self.layout, layer, rows, seen, how.scope, how.strength, targets, where)
            return (changed, *given[1:])

        handle = self.layout.outputs[layer].register_forward_pre_hook(hook)
        try:
            yield
        finally:
            handle.remove()

    def _where(self, how: Replacing) -> torch.Tensor:
        """(rows, n) where heads are replaced, taken to the device once."""
        key = how.scope, how.targets.kind
        if key not in self._replaced_at:
            self._replaced_at[key] = torch.from_numpy(where_of(self.seen, *key)).to(self.device)
        return self._replaced_at[key]

    def _joined(self, of_images: Sequence["Call"], of_rows: Sequence["Call"]) -> list["Call"]:
        """The calls of image and questions as one."""
        n = of_rows[0].hidden.shape[1]
        if self._is_plain(n):
            return [before.joined(after, self.images, None) for before, after in zip(of_images, of_rows, strict=True)]
        visible = torch.zeros((len(self.rows), self.prefix + n, self.prefix + n), dtype=torch.bool)
        visible[:, : self.prefix, : self.prefix] = torch.ones(self.prefix, self.prefix, dtype=torch.bool).tril()
        visible[:, self.prefix :, : self.prefix] = True
        for place, row in enumerate(self.rows):
            own = len(row.tree.ids)
            visible[place, self.prefix : self.prefix + own, self.prefix : self.prefix + own] = torch.from_numpy(
                row.tree.sees
            )
        masks = layer_masks(self._images.model, visible, torch.from_numpy(self.seen.places))
        types = getattr(self.model.config.get_text_config(), "layer_types", None) or ()
        return [
            before.joined(after, self.images, masks[types[layer]] if isinstance(masks, dict) else masks)
            for layer, (before, after) in enumerate(zip(of_images, of_rows, strict=True))
        ]

    def _is_plain(self, n: int) -> bool:
        """Whether every row is one run of tokens without padding, for which attention's own causal mask will do."""
        config = self.model.config.get_text_config()
        chains = all(len(row.tree.ids) == n and bool(np.array_equal(row.tree.sees, np.tri(n))) for row in self.rows)
        types = set(getattr(config, "layer_types", None) or ())
        all_seen = getattr(config, "sliding_window", None) is None or types == {"full_attention"}
        return chains and all_seen and config._attn_implementation == "sdpa"

    def _check(self) -> None:
        """Hold the layers called one by one against the model's own forward."""
        places = torch.tensor([[int(row.tree.ends[0])] for row in self.rows], device=self.device)
        with torch.inference_mode():
            everything = torch.arange(len(self.rows), device=self.device)
            again = self.rerun(0, everything, None, None, places)
        own = self.hidden.gather(1, places[..., None].expand(-1, -1, self.hidden.shape[-1]))
        apart = float((again - own).float().norm() / own.float().norm())
        if not apart <= _TOLERANCE.get(self.model.dtype, _HALF_TOLERANCE):
            raise RequestError(
                f"The layers of this model, called one by one, do not give what the model gives ({apart:.2g} of its "
                "size apart): it does something between them that a sweep would miss."
            )


@dataclass(frozen=True)
class Call:
    """What a layer is called with.

    Args:
        hidden: (rows, n, width).
        more: the rest, by name.
    """

    hidden: torch.Tensor
    more: Mapping[str, Any]

    def for_rows(self, at: torch.Tensor) -> Iterator[tuple[str, Any]]:
        """The rest, for some rows."""
        rows = len(self.hidden)
        for name, value in self.more.items():
            if name == "position_embeddings":
                yield name, tuple(_rows_of(part, at, rows, part.dim() - 3) for part in value)
            elif isinstance(value, torch.Tensor) and name in ("attention_mask", "position_ids"):
                yield name, _rows_of(value, at, rows, 0 if name == "attention_mask" else value.dim() - 2)
            else:
                yield name, value

    def joined(self, after: "Call", images: torch.Tensor, mask: torch.Tensor | None) -> "Call":
        """This call for images, and another for questions that come after them, as one."""
        rows = len(after.hidden)
        more = dict(after.more)
        if "position_embeddings" in more:
            pairs = zip(self.more["position_embeddings"], more["position_embeddings"], strict=True)
            more["position_embeddings"] = tuple(_side_by_side(a, b, images, rows, -3, -2) for a, b in pairs)
        if isinstance(more.get("position_ids"), torch.Tensor):
            more["position_ids"] = _side_by_side(self.more["position_ids"], more["position_ids"], images, rows, -2, -1)
        more["attention_mask"] = mask
        more.pop("cache_position", None)
        return Call(torch.cat([self.hidden[images], after.hidden], dim=1), more)


def _side_by_side(
    before: torch.Tensor, after: torch.Tensor, images: torch.Tensor, rows: int, batch: int, along: int
) -> torch.Tensor:
    """Join along a dimension; what is the same for all rows is repeated."""
    if before.shape[batch] > 1:
        before = before.index_select(batch % before.dim(), images)
    sizes = [-1] * before.dim()
    sizes[batch] = rows
    return torch.cat([before.expand(sizes), after.expand(sizes)], dim=along)


def _rows_of(value: torch.Tensor, at: torch.Tensor, rows: int, batch: int) -> torch.Tensor:
    return value.index_select(batch, at) if value.shape[batch] == rows and rows > 1 else value


def _cloned(value: Any) -> Any:
    """A tensor that gradients may pass, for one that was made without them."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    return tuple(map(_cloned, value)) if isinstance(value, tuple) else value


@contextmanager
def _captured(layers: Sequence[Any]) -> Iterator[list[Call]]:
    """What each layer is called with, in order."""
    calls: list[Call] = []

    def capture(module: Any, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        rest = {name: value for name, value in named.items() if name != "hidden_states"}
        rest |= {"past_key_values": None, "use_cache": False}
        calls.append(Call(given[0] if given else named["hidden_states"], rest))

    with ExitStack() as stack:
        for layer in layers:
            stack.callback(layer.register_forward_pre_hook(capture, with_kwargs=True).remove)
        yield calls


def _kept_keys(cache: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Keys and values of images, before questions are added to them."""
    return [(layer.keys, layer.values) for layer in cache.layers]


class _Before:
    """A cache that holds one layer's keys and values of what came before, and keeps nothing."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        self.keys, self.values = keys, values

    def update(self, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """All keys and values: those before, then these."""
        return torch.cat([self.keys, keys], dim=-2), torch.cat([self.values, values], dim=-2)


class _AtPlaces(torch.nn.Module):
    """An MLP that is computed where its result is wanted only, and is nothing elsewhere."""

    def __init__(self, mlp: Any, places: torch.Tensor) -> None:
        super().__init__()
        self.mlp = mlp
        self.places = places

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Compute it."""
        index = self.places[..., None].expand(-1, -1, hidden.shape[-1])
        found = torch.zeros_like(hidden)
        return found.scatter_(1, index, self.mlp(hidden.gather(1, index)))


@contextmanager
def _only_at(layer: Any, places: torch.Tensor) -> Iterator[None]:
    """Compute the last layer's MLP, most of its work, only where hidden states are wanted."""
    mlp = layer._modules.get("mlp")
    if mlp is None:
        yield
        return
    layer._modules["mlp"] = _AtPlaces(mlp, places)
    try:
        yield
    finally:
        layer._modules["mlp"] = mlp


def seen_rows(groups: Sequence[Prepared], rows: Sequence[Row], roles: RolesOf, shown: int, prefix: int) -> Seen:
    """What the tokens of rows are, the image's before them where they are shown as well.

    Args:
        groups: the images.
        rows: of any of them.
        roles: finds the roles of tokens.
        shown: how many of the image's tokens come first: all or none.
        prefix: how many there are.
    """
    width = max(len(row.tree.ids) for row in rows)
    found = np.zeros((len(rows), shown + width), dtype=np.int8)
    places = np.zeros((len(rows), shown + width), dtype=np.int64)
    places[:, :shown] = np.arange(shown)
    for place, row in enumerate(rows):
        group, own = groups[row.image], len(row.tree.ids)
        if shown:
            found[place, :shown] = roles.of_prefix(group)
        found[place, shown : shown + own] = row_roles(group, row.tree.runs, row.questions, roles)
        places[place, shown : shown + own] = prefix + row.tree.offsets
    return Seen(found, places, shown)
