"""What heads hand on over a discovery set, gathered from prompts and the whole model's replies to them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.mechanisms.drafts import Draft
from sightline.mechanisms.layerwise import Layerwise
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked
from sightline.mechanisms.trees import rows_of_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.knocked_out import RolesOf
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel

__all__ = ["KEPT", "Gathering"]

KEPT = 16
"""Vectors of each role that are kept as they are."""


class Gathering:
    """Sums up what heads hand on, image by image.

    An image's tokens count once for each row of prompts, and every token of prompts and replies once.

    Args:
        model: the whole model.
    """

    def __init__(self, model: TransformersModel) -> None:
        self.model = model
        self._roles = RolesOf(model.model, model.processor.tokenizer, asserted_words)
        self._sums: NDArray[np.float64] | None = None
        self._counts = np.zeros(len(Role), dtype=np.int64)
        self._kept: list[NDArray[np.float32]] = []
        self._kept_roles: list[int] = []

    @torch.inference_mode()
    def add(self, asked: Sequence[Asked]) -> None:
        """Add images of one signature."""
        groups = [one.group for one in asked]
        rows = rows_of_images(groups, [list(map(_as_said, one.drafts)) for one in asked], texts=True)
        layers = Layerwise(self.model, groups, [row.row for row in rows], self._roles)
        places = torch.zeros((len(rows), 1), dtype=torch.long, device=layers.device)
        _, outputs = layers.outputs(places)
        layout, roles = layers.layout, layers.seen.roles
        shape = len(Role), len(layout.layers), layout.heads, layout.head_dim
        sums = np.zeros(shape) if self._sums is None else self._sums
        which = torch.from_numpy(np.eye(len(Role))[roles]).to(layers.device, torch.float32)
        for layer, values in enumerate(outputs):
            found = torch.einsum("rnk,rnd->kd", which, values.float())
            sums[:, layer] += found.view(len(Role), layout.heads, layout.head_dim).double().cpu().numpy()
        self._sums = sums
        self._counts += np.bincount(roles.ravel(), minlength=len(Role))
        self._keep(roles, outputs, shape)

    def _keep(self, roles: NDArray[np.int8], outputs: Sequence[torch.Tensor], shape: tuple[int, ...]) -> None:
        """Keep one token of each role of each row, always another."""
        for row in range(len(roles)):
            for role in np.unique(roles[row]):
                have = self._kept_roles.count(int(role))
                if role == Role.PADDING or have >= KEPT:
                    continue
                places = np.flatnonzero(roles[row] == role)
                place = int(places[(7 * have) % len(places)])
                values = torch.stack([of_layer[row, place] for of_layer in outputs])
                self._kept.append(values.float().cpu().numpy().reshape(shape[1:]))
                self._kept_roles.append(int(role))

    def done(self) -> HeadOutputs:
        """What was gathered.

        Raises:
            ValueError: nothing was added.
        """
        if self._sums is None:
            raise ValueError("nothing was gathered")
        counts = self._counts.copy()
        sums = self._sums.copy()
        counts[Role.PADDING], sums[Role.PADDING] = 0, 0.0
        return HeadOutputs(sums, counts, np.stack(self._kept), np.array(self._kept_roles, dtype=np.int8))


def _as_said(draft: Draft) -> Draft:
    """A reply without the answers that could stand in it: they were not given."""
    return replace(draft, answer=None)
