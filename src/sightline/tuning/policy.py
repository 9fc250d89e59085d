"""The model that is tuned (the policy) beside the model it began as (the reference).

With adapters both are one model: the reference is the policy with its adapters switched off. Where the weights
themselves are trained, the reference is gone after the first step, and so is computed beforehand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from sightline.models.families import Family
from sightline.tuning.adapters import adapted_layers, frozen_modules, switched_off
from sightline.tuning.batches import EncodedBatch
from sightline.tuning.inner_model import inner_model
from sightline.tuning.laid_out import LaidOut
from sightline.tuning.log_probs import PairLogProbs, log_probs
from sightline.tuning.plain_rows import plain_rows
from sightline.tuning.reference import ReferenceCache
from sightline.tuning.tree_rows import tree_rows
from sightline.tuning.vision_once import vision_once, why_not_once

__all__ = ["PolicyAndReference"]


class PolicyAndReference:
    """Computes log-probabilities of pairs under both.

    Args:
        model: of transformers, or the PeftModel around it, without what is wrapped around it to share work.
        family: its family; None where it is not known.
        as_trees: whether the pairs of an image are computed together.
        reference_keys: for the key of a pair what its reference is kept under, where that is another.
        cache: where references are kept; None: nowhere.
        all_agree: whether something holds in all processes; asked where they must do the same.
    """

    def __init__(
        self,
        model: Any,
        family: Family | None,
        as_trees: bool,
        reference_keys: Mapping[str, str],
        cache: ReferenceCache | None,
        all_agree: Callable[[bool], bool] = bool,
    ) -> None:
        self.family, self.as_trees = family, as_trees
        self.all_agree = all_agree
        self._keys, self._cache = reference_keys, cache
        # What follows from the model alone is looked up once: models have thousands of modules.
        self.inner = inner_model(model)
        self.why_not_once = why_not_once(self.inner, family)
        self._layers = adapted_layers(model)
        self._still = {module for frozen in frozen_modules(model) for module in frozen.modules()}
        self._learning = [module for module in model.modules() if module not in self._still]
        self._waiting: list[tuple[list[str], torch.Tensor]] = []
        self._beforehand: dict[str, tuple[float, float]] = {}

    @property
    def switches(self) -> bool:
        """Whether the reference is the policy with its adapters switched off."""
        return bool(self._layers)

    def into_training(self) -> None:
        """Put what is trained into training, and leave the rest as it replies."""
        _set_training(self._learning, True)
        _set_training(self._still, False)

    def out_of_training(self) -> None:
        """Leave all as it replies."""
        _set_training(self._learning, False)
        _set_training(self._still, False)

    def looking_once(self) -> AbstractContextManager[None]:
        """Within it, each image is looked at once, where that is enough."""
        return nullcontext() if self.why_not_once else vision_once(self.inner)

    def lay_out(self, batch: EncodedBatch) -> Sequence[LaidOut]:
        """Put a batch on the device, for policy and reference alike."""
        if self.as_trees and self.family is not None:
            return [tree_rows(self.inner, self.family, batch.images)]
        return plain_rows(self.inner, self.family, batch.images)

    def policy(self, model: Any, rows: Sequence[LaidOut]) -> PairLogProbs:
        """Log-probabilities under the policy.

        Args:
            model: the model, with what is wrapped around it to share work.
            rows: a batch as it was laid out.
        """
        return log_probs(model, self.inner, rows)

    def reference(self, model: Any, batch: EncodedBatch, rows: Sequence[LaidOut]) -> torch.Tensor:
        """Log-probabilities under the reference: (pairs, 2) float32; taken from where they are kept, if all are.

        Puts the model out of training where it has to compute them.

        Args:
            model: as above.
            batch: pairs.
            rows: the same, as they were laid out.
        """
        keys = self._keys_of(batch)
        known = self._find(keys)
        if self.all_agree(all(key in known for key in keys)):
            return torch.tensor([known[key] for key in keys], device=self.inner.device)
        if not self.switches:
            raise ValueError("the reference of a model whose weights are trained was not computed beforehand")
        self.out_of_training()
        with torch.no_grad(), switched_off(self._layers):
            found = self.policy(model, rows).totals
        # What is known already stays, however it was computed, so that a run that is taken up finds the same.
        for place, key in enumerate(keys):
            if key in known:
                found[place] = found.new_tensor(known[key])
        if self._cache is not None:
            self._waiting.append((keys, found))
        return found

    def _keys_of(self, batch: EncodedBatch) -> list[str]:
        return [self._keys.get(key, key) for image in batch.images for key in image.keys]

    def _find(self, keys: list[str]) -> dict[str, tuple[float, float]]:
        known = {key: self._beforehand[key] for key in keys if key in self._beforehand}
        if self._cache is not None:
            known |= self._cache.find([key for key in keys if key not in known])
        for own, totals in self._waiting:
            if wanted := set(keys) & set(own) - known.keys():
                known |= {key: (row[0], row[1]) for key, row in zip(own, totals.tolist(), strict=True) if key in wanted}
        return known

    @torch.no_grad()
    def compute_beforehand(self, model: Any, batch: EncodedBatch) -> dict[str, tuple[float, float]]:
        """Compute the references of a batch while the policy is still the reference, where they are not kept."""
        keys = self._keys_of(batch)
        known = self._find(keys)
        if not self.all_agree(all(key in known for key in keys)):
            self.out_of_training()
            totals = self.policy(model, self.lay_out(batch)).totals.tolist()
            known = {key: (row[0], row[1]) for key, row in zip(keys, totals, strict=True)} | known
            if self._cache is not None:
                self._cache.keep(known)
        return known

    def hold(self, found: Mapping[str, tuple[float, float]]) -> None:
        """Hold references that were computed beforehand, by whichever process."""
        self._beforehand.update(found)

    def write_down(self) -> None:
        """Keep on the disk what was computed since the last time; the device is waited for only here.

        Raises:
            DataError: it cannot be written.
        """
        waiting, self._waiting = self._waiting, []
        if self._cache is not None:
            for keys, totals in waiting:
                self._cache.keep({key: (row[0], row[1]) for key, row in zip(keys, totals.tolist(), strict=True)})


def _set_training(modules: Iterable[Any], training: bool) -> None:
    """Set what `Module.train` sets; it is some fifty times as long on its way through a large model."""
    for module in modules:
        vars(module)["training"] = training
