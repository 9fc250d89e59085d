"""What each token of a prompt is: image, mark, template, the user's words, the asserted word, or generated.

The runner tells the roles with every forward, so that whoever acts on some tokens only (a knockout, a measure of
attention) never has to guess from shapes what is prompt and what is reply.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.models.prompts import Prepared

__all__ = ["Role", "Spans", "prefix_roles", "suffix_roles"]


class Role(IntEnum):
    """What a token is."""

    PADDING = 0
    SINK = 1
    """The first token, on which models rest attention that goes nowhere else."""
    TEMPLATE = 2
    """What the chat format writes around image and prompt."""
    IMAGE = 3
    MARKER = 4
    """What stands around or between image tokens: begin and end, line breaks, tile names."""
    PROMPT = 5
    """The user's words."""
    ASSERTED = 6
    """Of the user's words those that assert the number or colour in question."""
    GENERATED = 7
    """The reply, whether generated or given."""

    @property
    def title(self) -> str:
        """What to call it.

        Example:
            >>> Role.SINK.title
            'first token'
        """
        return _TITLES[self]


_TITLES = {
    Role.PADDING: "padding",
    Role.SINK: "first token",
    Role.TEMPLATE: "template",
    Role.IMAGE: "image",
    Role.MARKER: "image markers",
    Role.PROMPT: "prompt",
    Role.ASSERTED: "asserted word",
    Role.GENERATED: "reply",
}


Spans = Callable[[str], Iterable[tuple[int, int]]]
"""Where a prompt asserts something: half-open ranges of its characters."""


def prefix_roles(group: Prepared, image_tokens: Iterable[int]) -> NDArray[np.int8]:
    """The roles of the tokens up to the end of the image.

    Args:
        group: an image with its prompts.
        image_tokens: ids of the tokens that stand for parts of the image.

    Returns:
        (prefix,) roles.
    """
    ids = np.array(group.prefix)
    of_image = np.isin(ids, list(image_tokens))
    roles = np.full(len(ids), Role.TEMPLATE, dtype=np.int8)
    places = np.flatnonzero(of_image)
    if len(places):
        roles[places[0] : places[-1] + 1] = Role.MARKER
        before = places[0] - 1
        if before > 0 and ids[before] in group.markers:
            roles[before] = Role.MARKER
        for after in range(places[-1] + 1, len(ids)):
            if ids[after] not in group.markers:
                break
            roles[after] = Role.MARKER
    roles[of_image] = Role.IMAGE
    if not of_image[0]:
        roles[0] = Role.SINK
    return roles


def suffix_roles(group: Prepared, question: int, tokenizer: Any, asserted: Spans | None = None) -> NDArray[np.int8]:
    """The roles of the tokens after the image, up to where the reply begins.

    Args:
        group: an image with its prompts.
        question: which of them.
        tokenizer: the model's.
        asserted: finds what the prompt asserts; without it, nothing is.

    Returns:
        (suffix,) roles.

    Raises:
        RequestError: the prompt cannot be found among its tokens.
    """
    ids = group.suffixes[question]
    ends = [len(_text(tokenizer, ids[: place + 1])) for place in range(len(ids))]
    text, prompt = _text(tokenizer, ids), group.prompts[question].strip()
    start = text.find(prompt)
    if start < 0:
        raise RequestError(
            f"The prompt {prompt!r} cannot be found among the tokens after the image ({text!r}), so that its words "
            "cannot be told from the chat format's."
        )
    roles = np.full(len(ids), Role.TEMPLATE, dtype=np.int8)
    marks = [(start, start + len(prompt), Role.PROMPT)]
    left = len(group.prompts[question]) - len(group.prompts[question].lstrip())
    for low, high in asserted(group.prompts[question]) if asserted is not None else ():
        marks.append((start + low - left, start + high - left, Role.ASSERTED))
    for low, high, role in marks:
        before = 0
        for place, end in enumerate(ends):
            if before < high and end > low:
                roles[place] = role
            before = end
    for place, token in enumerate(ids):
        if token not in group.markers:
            break
        roles[place] = Role.MARKER
    return roles


def _text(tokenizer: Any, ids: tuple[int, ...]) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))
