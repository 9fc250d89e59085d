"""The tree that a sweep computes: below the image its prompts, below each its reply, below that its answers.

One forward over it weighs the true answer against the asserted one, and says whether the reply stays what it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.mechanisms.drafts import Draft
from sightline.models.branches import Run, branches
from sightline.models.prompts import Prepared
from sightline.models.shared_image import Row

__all__ = ["SweptRow", "Weighed", "rows_of_images", "rows_to_sweep"]

ROW_TOKENS = 512
"""Tokens of one row, at most, unless one prompt has more."""


class Weighed(NamedTuple):
    """What came of a row without a head, for several heads at once.

    Args:
        log_p_true: (heads, prompts); nan where a reply has no answer.
        log_p_asserted: (heads, prompts).
        first_change: (heads, prompts) the first token of the reply that comes out otherwise; the reply's length where
            none does; -1 where replies were not looked at.
        token: (heads, prompts) what comes out there.
        margin: (heads, prompts) by how many nats it is likelier than the reply's own token there.
    """

    log_p_true: torch.Tensor
    log_p_asserted: torch.Tensor
    first_change: torch.Tensor
    token: torch.Tensor
    margin: torch.Tensor


@dataclass(frozen=True)
class SweptRow:
    """A row of the tree, and where in it is what a sweep looks at.

    Args:
        row: the tokens.
        drafts: the replies to its prompts.
        places: (m,) tokens whose predictions are looked at.
        scored: (prompts,) whether there is an answer to weigh.
        entries: (e, 3) for every token of an answer: its place among `places`, the token, the form it belongs to.
        forms: (prompts, 2, f) the forms of the true and the asserted answer; the number of all forms for none.
        followed: (prompts, d) for every token of a reply the place that predicts it; -1 after its end.
        reply: (prompts, d) the tokens.
    """

    row: Row
    drafts: tuple[Draft, ...]
    places: NDArray[np.int64]
    scored: NDArray[np.bool_]
    entries: NDArray[np.int64]
    forms: NDArray[np.int64]
    followed: NDArray[np.int64]
    reply: NDArray[np.int64]
    _taken: dict[tuple[str, str], torch.Tensor] = field(default_factory=dict, repr=False)

    def weigh(self, logits: torch.Tensor, whole: torch.Tensor | None = None) -> Weighed:
        """Weigh answers, and see where replies change.

        Args:
            logits: (heads, m, vocabulary) at `places`.
            whole: (m,) what the whole model predicts there; where it is not what it said, by a tie in half precision,
                that is no change. None: every reply's own tokens.
        """
        likely = torch.log_softmax(logits.float(), dim=-1)
        device, heads = logits.device, len(logits)
        count = int(self.entries[:, 2].max(initial=-1)) + 1
        slot, token, form = self._on(device, "entries").unbind(1)
        sums = likely.new_zeros((heads, count)).index_add(1, form, likely[:, slot, token])
        sums = torch.cat([sums, sums.new_full((heads, 1), -torch.inf)], dim=1)
        answers = torch.logsumexp(sums[:, self._on(device, "forms")], dim=-1)
        answers = torch.where(self._on(device, "scored")[:, None], answers, torch.nan)
        changes = self._changes(likely, whole)
        return Weighed(answers[..., 0], answers[..., 1], *changes)

    def _on(self, device: torch.device, name: str) -> torch.Tensor:
        """One of the arrays on a device, taken there once."""
        key = str(device), name
        if key not in self._taken:
            self._taken[key] = torch.from_numpy(getattr(self, name)).to(device)
        return self._taken[key]

    def _changes(
        self, likely: torch.Tensor, whole: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        heads, prompts = len(likely), len(self.drafts)
        if not self.followed.size:
            nothing = torch.full((heads, prompts), -1, device=likely.device)
            return nothing, nothing, nothing.float()
        followed, reply = (self._on(likely.device, name) for name in ("followed", "reply"))
        best = likely.max(dim=-1)
        own = reply if whole is None else whole[followed.clamp(min=0)]
        differs = (best.indices[:, followed.clamp(min=0)] != own) & (followed >= 0)
        lengths = (followed >= 0).sum(dim=1)
        first = torch.where(differs.any(dim=-1), differs.int().argmax(dim=-1), lengths)
        at = first.clamp(max=followed.shape[1] - 1)[..., None]
        place = followed.clamp(min=0).expand(heads, -1, -1).gather(2, at)[..., 0]
        said = reply.expand(heads, -1, -1).gather(2, at)[..., 0]
        rows = torch.arange(heads, device=likely.device)[:, None]
        token = best.indices.gather(1, place)
        margin = best.values.gather(1, place) - likely[rows, place, said]
        return first, token, margin


def rows_of_images(
    groups: Sequence[Prepared], drafts: Sequence[Sequence[Draft]], texts: bool, together: bool = True
) -> list[SweptRow]:
    """Lay out the prompts of several images, as `rows_to_sweep` does those of one.

    Args:
        groups: images and their prompts.
        drafts: for each image the replies to its prompts.
        texts: look at whole replies, not only at their answers.
        together: put several prompts of an image into one row; else each has its own.
    """
    pairs = enumerate(zip(groups, drafts, strict=True))
    return [row for image, (group, own) in pairs for row in rows_to_sweep(image, group, own, texts, together)]


def rows_to_sweep(
    image: int, group: Prepared, drafts: Sequence[Draft], texts: bool, together: bool = True
) -> list[SweptRow]:
    """Lay out the prompts of an image.

    Args:
        image: which image of the batch.
        group: the image and its prompts.
        drafts: the replies to them.
        texts: look at whole replies, not only at their answers.
        together: put several prompts into one row; else each has its own.
    """
    parts: list[list[int]] = []
    used = 0
    for question, draft in enumerate(drafts):
        size = len(group.suffixes[question]) + _given_tokens(draft, texts)
        if not parts or not together or used + size > ROW_TOKENS:
            parts.append([])
            used = 0
        parts[-1].append(question)
        used += size
    return [_row(image, group, part, [drafts[question] for question in part], texts) for part in parts]


def _given_tokens(draft: Draft, texts: bool) -> int:
    """How many tokens hang below a prompt."""
    if draft.answer is None:
        return len(draft.tokens) if texts else 0
    forms = sum(len(form) - 1 for form in (*draft.answer.true, *draft.answer.asserted))
    return (len(draft.tokens) if texts else draft.answer.start) + forms


def _row(image: int, group: Prepared, questions: Sequence[int], drafts: Sequence[Draft], texts: bool) -> SweptRow:
    laid = _Layout([Run(group.suffixes[question]) for question in questions])
    for place, draft in enumerate(drafts):
        laid.add(place, draft, texts)
    tree = branches(laid.runs)
    starts = np.concatenate([[0], np.cumsum([len(run.ids) for run in laid.runs])])
    wanted = {key: int(starts[key[0]] + key[1]) for key in laid.looked_at}
    places = np.array(sorted(set(wanted.values())), dtype=np.int64)
    slot = {place: number for number, place in enumerate(places)}
    entries = [(slot[wanted[key]], token, form) for key, token, form in laid.entries]
    most = max((len(own) for pair in laid.forms for own in pair), default=1)
    forms = np.full((len(drafts), 2, most), laid.count, dtype=np.int64)
    for place, pair in enumerate(laid.forms):
        for side, own in enumerate(pair):
            forms[place, side, : len(own)] = own
    longest = max((len(own) for own in laid.followed), default=0)
    followed = np.full((len(drafts), longest), -1, dtype=np.int64)
    reply = np.zeros((len(drafts), longest), dtype=np.int64)
    for place, keys in enumerate(laid.followed):
        followed[place, : len(keys)] = [slot[wanted[key]] for key in keys]
        reply[place, : len(keys)] = drafts[place].tokens[: len(keys)]
    return SweptRow(
        Row(image, tuple(questions), tree, ((),) * len(questions)),
        tuple(drafts),
        places,
        np.array([any(pair) for pair in laid.forms], dtype=np.bool_),
        np.array(entries, dtype=np.int64).reshape(-1, 3),
        forms,
        followed,
        reply,
    )


_Key = tuple[int, int]
"""A run, and a token in it."""


class _Layout:
    """Runs as they are laid out, and what is looked at in them."""

    def __init__(self, prompts: list[Run]) -> None:
        self.runs = prompts
        self.looked_at: dict[_Key, None] = {}
        self.entries: list[tuple[_Key, int, int]] = []
        self.forms: list[tuple[list[int], list[int]]] = []
        self.followed: list[list[_Key]] = []
        self.count = 0

    def add(self, prompt: int, draft: Draft, texts: bool) -> None:
        """Lay out what hangs below a prompt."""
        start = draft.answer.start if draft.answer is not None else 0
        chain = [(prompt, len(self.runs[prompt].ids) - 1)]
        below = prompt
        given = [draft.tokens[:start]] + ([draft.tokens[start:-1]] if texts else [])
        before_answer = chain[0]
        for place, tokens in enumerate(given):
            if tokens:
                self.runs.append(Run(tokens, parent=below, role="reply"))
                below = len(self.runs) - 1
                chain += [(below, at) for at in range(len(tokens))]
            if place == 0:
                parent, before_answer = below, chain[-1]
        self.followed.append(chain[: len(draft.tokens)] if texts else [])
        for key in self.followed[-1]:
            self.looked_at[key] = None
        pair: tuple[list[int], list[int]] = ([], [])
        if draft.answer is not None:
            for side, forms in enumerate((draft.answer.true, draft.answer.asserted)):
                pair[side].extend(self._form(form, parent, before_answer) for form in forms)
        self.forms.append(pair)

    def _form(self, form: tuple[int, ...], parent: int, before: _Key) -> int:
        """Lay one way of writing an answer out: its first token is predicted where the beginning ends."""
        keys = [before]
        if len(form) > 1:
            self.runs.append(Run(form[:-1], parent=parent, role="reply"))
            keys += [(len(self.runs) - 1, at) for at in range(len(form) - 1)]
        for key, token in zip(keys, form, strict=True):
            self.looked_at[key] = None
            self.entries.append((key, token, self.count))
        self.count += 1
        return self.count - 1
