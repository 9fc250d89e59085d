"""A model without some of its heads: the runner says what each token is, and heads are replaced while it computes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.models.branches import Run
from sightline.models.families import Family
from sightline.models.heads import head_layout
from sightline.models.knockout import Hooks, Knockout, Seen
from sightline.models.prompts import Prepared
from sightline.models.roles import Role, Spans, prefix_roles, suffix_roles
from sightline.models.shared_image import Row

__all__ = ["KnockedOut", "RoleWatch", "RolesOf", "image_tokens", "row_roles"]


def image_tokens(model: Any) -> tuple[int, ...]:
    """Ids of the tokens that stand for parts of an image."""
    config = model.config
    found = (getattr(config, name, None) for name in ("image_token_id", "image_token_index"))
    return tuple({int(token) for token in found if token is not None})


def row_roles(group: Prepared, runs: Sequence[Run], questions: Sequence[int], roles: "RolesOf") -> NDArray[np.int8]:
    """(n,) the roles of a row's tokens: questions, and what is generated or given below them."""
    found: list[NDArray[np.int8]] = []
    for place, run in enumerate(runs):
        own = np.full(len(run.ids), Role.GENERATED, dtype=np.int8)
        if run.role == "prompt":
            suffix = roles.of_suffix(group, questions[place])
            own[: len(suffix)] = suffix  # a reply that is taken up again may follow
        found.append(own)
    return np.concatenate(found)


class RolesOf:
    """The roles of prompts' tokens, each found once.

    Args:
        model: an image-text-to-text model.
        tokenizer: its tokenizer.
        asserted: finds what a prompt asserts.
    """

    def __init__(self, model: Any, tokenizer: Any, asserted: Spans | None = None) -> None:
        self._image_tokens = image_tokens(model)
        self._tokenizer = tokenizer
        self._asserted = asserted
        self._suffixes: dict[tuple[str, tuple[int, ...]], NDArray[np.int8]] = {}

    def of_prefix(self, group: Prepared) -> NDArray[np.int8]:
        """(prefix,) roles."""
        return prefix_roles(group, self._image_tokens)

    def of_suffix(self, group: Prepared, question: int) -> NDArray[np.int8]:
        """(suffix,) roles."""
        key = group.prompts[question], group.suffixes[question]
        if key not in self._suffixes:
            self._suffixes[key] = suffix_roles(group, question, self._tokenizer, self._asserted)
        return self._suffixes[key]


class RoleWatch:
    """Watches a runner, and acts while it computes on tokens whose roles it knows.

    Args:
        knockout: what is done, as far as it says at which tokens.
        roles: finds the roles of tokens.
    """

    def __init__(self, knockout: Knockout, roles: RolesOf) -> None:
        self.knockout = knockout
        self.roles = roles

    def on_images(self, seen: Seen) -> AbstractContextManager[None]:
        """Act on the tokens of images, one a row."""
        raise NotImplementedError

    def on_rows(self, seen: Seen) -> AbstractContextManager[None]:
        """Act on the tokens of prompts and replies."""
        raise NotImplementedError

    def prefixes(self, groups: Sequence[Prepared]) -> AbstractContextManager[None]:
        """The tokens of images, up to their ends."""
        if not self.knockout.touches_prefix:
            return nullcontext()
        roles = np.stack([self.roles.of_prefix(group) for group in groups])
        places = np.broadcast_to(np.arange(roles.shape[1]), roles.shape)
        return self.on_images(Seen(roles, places, roles.shape[1]))

    def rows(
        self, groups: Sequence[Prepared], rows: Sequence[Row], places: NDArray[np.int64]
    ) -> AbstractContextManager[None]:
        """Rows of prompts, and of what is given or generated below them."""
        roles = np.zeros(places.shape, dtype=np.int8)
        for place, row in enumerate(rows):
            own = row_roles(groups[row.image], row.tree.runs, row.questions, self.roles)
            roles[place, : len(own)] = own
        return self.on_rows(Seen(roles, places))

    def generated(self, places: NDArray[np.int64]) -> AbstractContextManager[None]:
        """One more token of every reply."""
        if not self.knockout.touches_reply:
            return nullcontext()
        return self.on_rows(Seen(np.full(places.shape, Role.GENERATED, dtype=np.int8), places))

    def whole(self, group: Prepared, question: int) -> AbstractContextManager[None]:
        """One question from its beginning, and the tokens that follow it."""
        roles = np.concatenate([self.roles.of_prefix(group), self.roles.of_suffix(group, question)])[None]
        return self.on_rows(Seen(roles, np.arange(roles.shape[1])[None], len(group.prefix)))


class KnockedOut(RoleWatch):
    """Watches a runner and knocks heads out, the same in every row.

    Args:
        model: an image-text-to-text model.
        family: its family.
        tokenizer: its tokenizer.
        knockout: what to do.
        asserted: finds what a prompt asserts, for the scope of that name.

    Raises:
        RequestError: the model's heads cannot be found, or one does not exist.
    """

    def __init__(
        self, model: Any, family: Family | None, tokenizer: Any, knockout: Knockout, asserted: Spans | None = None
    ) -> None:
        super().__init__(knockout, RolesOf(model, tokenizer, asserted))
        self._hooks = Hooks(head_layout(model, family), knockout)

    def on_images(self, seen: Seen) -> AbstractContextManager[None]:
        """Knock out in the tokens of images."""
        return self._hooks.reading(seen)

    def on_rows(self, seen: Seen) -> AbstractContextManager[None]:
        """Knock out in prompts and replies."""
        return self._hooks.reading(seen)
