"""What is asked of a tuning run, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sightline.tuning.adapters import Adapter
from sightline.tuning.recipes import Recipe

__all__ = ["Request", "Tuned"]


@dataclass(frozen=True)
class Request:
    """What is tuned, on what, and where to.

    Args:
        model: a folder, an id on the hub, or "bundled".
        pairs: files of pairs, of any format that `sightline.preferences.read_pairs` knows.
        images: the folder of their images.
        out: the folder to write to.
        recipe: everything that decides what the model becomes, but for pairs and seed.
        held_out: files of pairs to watch; the recipe's share is drawn where there are none.
        seed: what order, adapters and dropout are drawn with.
        revision: branch, tag or commit of the model on the hub.
        trust_remote_code: whether code that comes with the model may run.
        command: the command that does the same again.
    """

    model: str
    pairs: Sequence[str | Path]
    images: Path
    out: Path
    recipe: Recipe
    held_out: Sequence[str | Path] = ()
    seed: int = 0
    revision: str | None = None
    trust_remote_code: bool = False
    command: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the outcome, JSON-ready."""
        recipe = self.recipe
        selection = {name: value for name, value in asdict(recipe.selection).items() if name != "skip_bad_rows"}
        return {
            "model": self.model,
            "revision": self.revision,
            "loss": asdict(recipe.loss),
            "adapter": asdict(recipe.adapter),
            "schedule": asdict(recipe.schedule),
            "selection": selection,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Tuned:
    """A run that is complete.

    Args:
        folder: what every other command takes as a model.
        adapter: what was trained.
        steps: optimiser steps.
        pairs: pairs tuned on.
        before: what was watched before the first step; empty where nothing is held out.
        after: what was watched after the last.
        warnings: what there was to warn of.
        seconds: from the first step of this process to the last.
        resumed: the step that this process went on from; None: it began. The last step where all was done before.
        record: what `tune.json` holds.
    """

    folder: Path
    adapter: Adapter
    steps: int
    pairs: int
    before: Mapping[str, float]
    after: Mapping[str, float]
    warnings: tuple[str, ...]
    seconds: float
    resumed: int | None
    record: Mapping[str, Any] = field(repr=False)
