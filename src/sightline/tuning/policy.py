"""The model that is tuned (the policy) beside the model it began as (the reference).

With adapters both are one model: the reference is the policy with its adapters switched off. Where the weights
themselves are trained, the reference is gone after the first step, and so is computed beforehand.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from sightline.models.families import Family
from sightline.tuning.adapters import adapted_layers, frozen_modules, switched_off
from sightline.tuning.batches import EncodedBatch
from sightline.tuning.log_probs import PairLogProbs, plain_log_probs, tree_log_probs
from sightline.tuning.reference import ReferenceCache

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
        self._layers = adapted_layers(model)
        self._frozen = frozen_modules(model)
        self._waiting: list[tuple[list[str], torch.Tensor]] = []
        self._beforehand: dict[str, tuple[float, float]] = {}

    @property
    def switches(self) -> bool:
        """Whether the reference is the policy with its adapters switched off."""
        return bool(self._layers)

    def into_training(self, model: Any) -> None:
        """Put what is trained into training, and leave the rest as it replies."""
        model.train()
        for module in self._frozen:
            module.eval()

    def policy(self, model: Any, batch: EncodedBatch) -> PairLogProbs:
        """Log-probabilities under the policy.

        Args:
            model: the model, with what is wrapped around it to share work.
            batch: pairs.
        """
        if self.as_trees and self.family is not None:
            return tree_log_probs(model, self.family, batch.images)
        return plain_log_probs(model, self.family, batch.images)

    def reference(self, model: Any, batch: EncodedBatch) -> torch.Tensor:
        """Log-probabilities under the reference: (pairs, 2) float32; taken from where they are kept, if all are.

        Puts the model out of training where it has to compute them.

        Args:
            model: as above.
            batch: pairs.
        """
        keys = [self._keys.get(key, key) for image in batch.images for key in image.keys]
        known = self._find(keys)
        if self.all_agree(all(key in known for key in keys)):
            return torch.tensor([known[key] for key in keys], device=_device(model))
        if not self.switches:
            raise ValueError("the reference of a model whose weights are trained was not computed beforehand")
        model.eval()
        with torch.no_grad(), switched_off(self._layers):
            found = self.policy(model, batch).totals
        # What is known already stays, however it was computed, so that a run that is taken up finds the same.
        for place, key in enumerate(keys):
            if key in known:
                found[place] = found.new_tensor(known[key])
        if self._cache is not None:
            self._waiting.append((keys, found))
        return found

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
        keys = [self._keys.get(key, key) for image in batch.images for key in image.keys]
        known = self._find(keys)
        if not self.all_agree(all(key in known for key in keys)):
            model.eval()
            rows = self.policy(model, batch).totals.tolist()
            known = {key: (row[0], row[1]) for key, row in zip(keys, rows, strict=True)} | known
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


def _device(model: Any) -> torch.device:
    found: torch.device = next(model.parameters()).device
    return found
