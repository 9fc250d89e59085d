"""The computation itself: an image's keys and values once, then all its branches against them.

Rows are images, or parts of one image's questions where they are many; within a row, branches lie one after the other.
"""

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from sightline.models.branches import Branches, Run, branches
from sightline.models.families import Family, follow
from sightline.models.prompts import Prepared

__all__ = ["Pass", "Row", "SharedImages", "Watch", "additive", "layer_masks", "rows_of", "seen_by_layer"]

ROW_TOKENS = 512
"""Tokens of one row: enough to fill a GPU's matrix units, few enough that siblings which do not see each other waste
little attention."""


@dataclass(frozen=True)
class Row:
    """Some of the questions of one image.

    Args:
        image: which image of the batch.
        questions: which of its questions.
        tree: their tokens; the first runs are the questions, in order.
        choice_runs: for each question and choice the run that holds all but the last of the choice's tokens; None where
            the choice is a single token.
    """

    image: int
    questions: tuple[int, ...]
    tree: Branches
    choice_runs: tuple[tuple[int | None, ...], ...]


def rows_of(image: int, group: Prepared, row_tokens: int = ROW_TOKENS) -> list[Row]:
    """Cut the questions of an image into rows of at most so many tokens, in order."""
    sizes = [
        len(suffix) + sum(len(choice) - 1 for choice in choices)
        for suffix, choices in zip(group.suffixes, group.choices, strict=True)
    ]
    parts: list[list[int]] = [[]]
    used = 0
    for question, size in enumerate(sizes):
        if parts[-1] and used + size > row_tokens:
            parts.append([])
            used = 0
        parts[-1].append(question)
        used += size
    return [_row(image, group, part) for part in parts]


def _row(image: int, group: Prepared, questions: Sequence[int]) -> Row:
    runs = [Run(group.suffixes[question]) for question in questions]
    choice_runs: list[tuple[int | None, ...]] = []
    for place, question in enumerate(questions):
        own: list[int | None] = []
        for choice in group.choices[question]:
            if len(choice) > 1:
                runs.append(Run(choice[:-1], parent=place, role="choice"))
            own.append(len(runs) - 1 if len(choice) > 1 else None)
        choice_runs.append(tuple(own))
    return Row(image, tuple(questions), branches(runs), tuple(choice_runs))


@dataclass
class Pass:
    """Rows that were computed side by side, and what is needed to go on below them.

    Args:
        rows: the rows.
        hidden: (rows, n, width) the last hidden states.
        cache: keys and values of prefix and rows.
        offsets: (rows, m) how far after the prefix each of the tokens in the cache stands on its own branch.
    """

    rows: Sequence[Row]
    hidden: torch.Tensor
    cache: Any
    offsets: torch.Tensor


class Watch(Protocol):
    """Who is told what each forward is about to see, and may act on it meanwhile."""

    def prefixes(self, groups: Sequence[Prepared]) -> AbstractContextManager[None]:
        """The tokens of images, up to their ends."""
        ...

    def rows(
        self, groups: Sequence[Prepared], rows: Sequence[Row], places: NDArray[np.int64]
    ) -> AbstractContextManager[None]:
        """Rows of questions and choices; places: (rows, n) how many tokens come before each on its branch."""
        ...

    def generated(self, places: NDArray[np.int64]) -> AbstractContextManager[None]:
        """One more token of every question; places: (rows, questions)."""
        ...

    def whole(self, group: Prepared, question: int) -> AbstractContextManager[None]:
        """One question from its beginning, and the tokens that follow it, one forward after the other."""
        ...


class SharedImages:
    """Images whose keys and values are held.

    Args:
        model: an image-text-to-text model.
        family: its family.
        groups: images with their questions, all of one signature.
        watch: told what each forward is about to see, and around it; nobody where None.
    """

    def __init__(self, model: Any, family: Family, groups: Sequence[Prepared], watch: "Watch | None" = None) -> None:
        self.model = model
        self.family = family
        self.watch = watch
        self.groups = groups
        self.prefix = len(groups[0].prefix)
        self.device = model.device
        ids = torch.tensor([group.prefix for group in groups], device=self.device)
        together = {name: self._stack([group.inputs[name] for group in groups]) for name in groups[0].inputs}
        by_token = {name: self._stack([group.by_token[name] for group in groups]) for name in groups[0].by_token}
        with self.watch.prefixes(groups) if self.watch is not None else nullcontext():
            found = model.model(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                **together,
                **{name: value[:, :-1] for name, value in by_token.items()},
                # A cache that knows the configuration would throw away what lies outside a sliding window.
                past_key_values=DynamicCache(),
                use_cache=True,
                return_dict=True,
            )
        self.below = {name: by_token[name][:, -1:] for name in family.below}
        self.cache = found.past_key_values
        self.starts = torch.full((len(groups),), self.prefix, device=self.device)
        if family.rope_deltas is not None:
            self.starts = self.starts + follow(model, family.rope_deltas).reshape(-1).to(self.device)

    def _stack(self, values: list[Any]) -> Any:
        stacked = torch.cat([value.to(self.device, non_blocking=True) for value in values])
        return stacked.to(self.model.dtype) if stacked.is_floating_point() else stacked

    def run(self, rows: Sequence[Row], last: bool = True) -> Pass:
        """Compute rows against the images.

        Args:
            rows: of any of the images.
            last: whether the images are not needed again; their keys and values are copied if they are.
        """
        cache = self.cache if last else copy.deepcopy(self.cache)
        images = torch.tensor([row.image for row in rows], device=self.device)
        if images.tolist() != list(range(len(self.starts))):
            cache.batch_select_indices(images)
        width = max(len(row.tree.ids) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        offsets = np.zeros((len(rows), width), dtype=np.int64)
        sees = np.zeros((len(rows), width, width), dtype=np.bool_)
        for place, row in enumerate(rows):
            n = len(row.tree.ids)
            ids[place, :n], offsets[place, :n], sees[place, :n, :n] = row.tree.ids, row.tree.offsets, row.tree.sees
        done = Pass(rows, torch.empty(0), cache, torch.from_numpy(offsets))
        with self.watch.rows(self.groups, rows, self.prefix + offsets) if self.watch is not None else nullcontext():
            done.hidden = self._step(done, torch.from_numpy(ids), torch.from_numpy(sees))
        return done

    def extend(self, done: Pass, tokens: torch.Tensor, step: int) -> torch.Tensor:
        """Add one token to every question of every row, and compute it.

        Args:
            done: the rows, with the tokens of all steps before.
            tokens: (rows, questions) the tokens; any where a row has fewer questions.
            step: how many were added before.

        Returns:
            (rows, questions, width) hidden states.
        """
        rows, n = tokens.shape
        width = done.hidden.shape[1]
        sees = torch.zeros((rows, n, width + (step + 1) * n), dtype=torch.bool)
        depths = torch.zeros((rows, n), dtype=torch.long)
        for place, row in enumerate(done.rows):
            for branch in range(len(row.questions)):
                end = int(row.tree.ends[branch])
                sees[place, branch, : len(row.tree.ids)] = torch.from_numpy(row.tree.sees[end])
                depths[place, branch] = row.tree.depth(branch)
        for earlier in range(step + 1):
            sees[:, :, width + earlier * n : width + (earlier + 1) * n] = torch.eye(n, dtype=torch.bool)
        done.offsets = torch.cat([done.offsets, depths + step], dim=1)
        places = (self.prefix + depths + step).numpy()
        with self.watch.generated(places) if self.watch is not None else nullcontext():
            return self._step(done, tokens, sees)

    def _step(self, done: Pass, ids: torch.Tensor, sees: torch.Tensor) -> torch.Tensor:
        """Compute tokens that see the whole prefix, and of what came after it what `sees` says.

        Args:
            done: the rows, with the places of these tokens; its keys and values are extended by theirs.
            ids: (rows, n) tokens.
            sees: (rows, n, m) bool over the m tokens after the prefix, these n the last of them.
        """
        n = ids.shape[1]
        images = torch.tensor([row.image for row in done.rows], device=self.device)
        positions = self.starts[images][:, None] + done.offsets[:, -n:].to(self.device)
        if self.family.rope_deltas is not None:
            positions = positions[None].expand(3, -1, -1)
        model = follow(self.model, self.family.language_model)
        below = {}
        if self.family.below:
            model = self.model.model
            below = {name: value[images].expand(-1, n, *value.shape[2:]) for name, value in self.below.items()}
        prefix = torch.ones((*sees.shape[:2], self.prefix), dtype=torch.bool)
        places = torch.cat([torch.arange(self.prefix).expand(len(ids), -1), done.offsets + self.prefix], dim=1)
        found = model(
            inputs_embeds=self.model.get_input_embeddings()(ids.to(self.device)),
            attention_mask=layer_masks(self.model, torch.cat([prefix, sees], dim=-1), places),
            position_ids=positions,
            past_key_values=done.cache,
            use_cache=True,
            return_dict=True,
            **below,
        )
        hidden: torch.Tensor = found.last_hidden_state
        return hidden


def layer_masks(model: Any, visible: torch.Tensor, places: torch.Tensor) -> Any:
    """The mask of every layer, or one for each type of layer where some see only so far back.

    Args:
        model: an image-text-to-text model.
        visible: (rows, n, m) bool, whether the last n of m tokens see each of them.
        places: (rows, m) how many tokens come before each on its branch.
    """
    by_layer = seen_by_layer(model, visible.to(model.device), places.to(model.device))
    if isinstance(by_layer, dict):
        return {kind: additive(seen, model.dtype) for kind, seen in by_layer.items()}
    return additive(by_layer, model.dtype)


def seen_by_layer(model: Any, visible: torch.Tensor, places: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
    """What every layer sees, or what each type of layer does, where some see only so far back.

    Args:
        model: an image-text-to-text model.
        visible: (rows, n, m) bool, whether the last n of m tokens see each of them.
        places: (rows, m) how many tokens come before each on its branch.

    Returns:
        (rows, n, m) bool.
    """
    config = model.config.get_text_config()
    window = getattr(config, "sliding_window", None)
    types = set(getattr(config, "layer_types", None) or ())
    if window is None or types == {"full_attention"}:
        return visible
    near = visible & (places[:, -visible.shape[1] :, None] - places[:, None, :] < window)
    return {"full_attention": visible, "sliding_attention": near} if types else near


def additive(visible: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The mask that attention adds: (rows, n, m) bool → (rows, 1, n, m).

    Additive, since eager attention takes no booleans; finite, since a padded token may see nothing.
    """
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]
