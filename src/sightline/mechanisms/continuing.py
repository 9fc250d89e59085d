"""Replies that change without a head, taken up where they change and written on until their answer is out.

Only these cost decoding. The part of a reply before its first change is certified already, and is given.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NamedTuple

import torch

from sightline.errors import RequestError
from sightline.mechanisms.drafts import Read, text_of
from sightline.mechanisms.presupposing import asserted_words
from sightline.models.branches import Run, branches
from sightline.models.generating import stop_tokens
from sightline.models.heads import Head, HeadLayout, head_layout
from sightline.models.knocked_out import RolesOf, RoleWatch
from sightline.models.knockout import Knockout, Rows, Seen, Targets, replaced
from sightline.models.prompts import Prepared
from sightline.models.shared_image import Row, SharedImages
from sightline.models.transformers import TransformersModel

__all__ = ["Unfinished", "continue_replies"]

_AT_ONCE = {"cuda": 256}
_AT_ONCE_ELSEWHERE = 16


class Unfinished(NamedTuple):
    """A reply that changes.

    Args:
        image: which image.
        question: which of its prompts.
        head: the head that is missing.
        tokens: the reply up to and with its first change.
        about: what the answer is about.
        target: (d,) what the head is replaced by, where that is the prompt's own.
    """

    image: int
    question: int
    head: Head
    tokens: tuple[int, ...]
    about: str
    target: torch.Tensor | None = None


def continue_replies(
    model: TransformersModel,
    groups: Sequence[Prepared],
    replies: Sequence[Unfinished],
    how: Knockout,
    read: Read,
    max_new_tokens: int,
) -> list[tuple[int, ...]]:
    """Write replies on, each without its head, until the answer is out, the reply ends, or it is long enough.

    Args:
        model: the whole model.
        groups: images of one signature, with their prompts.
        replies: those that change.
        how: how heads are knocked out.
        read: reads the answer.
        max_new_tokens: the longest reply, in tokens.
    """
    at_once = _AT_ONCE.get(model.model.device.type, _AT_ONCE_ELSEWHERE)
    roles = RolesOf(model.model, model.processor.tokenizer, asserted_words)
    tokenizer, stops = model.processor.tokenizer, stop_tokens(model.model)
    done = {
        place: reply.tokens
        for place, reply in enumerate(replies)
        if _is_out(tokenizer, reply.tokens, reply, read, stops, max_new_tokens)
    }
    order = sorted((place for place in range(len(replies)) if place not in done), key=lambda p: len(replies[p].tokens))
    for start in range(0, len(order), at_once):
        places = order[start : start + at_once]
        written = _written(model, groups, [replies[place] for place in places], how, read, max_new_tokens, roles)
        done |= dict(zip(places, written, strict=True))
    return [done[place] for place in range(len(replies))]


def _written(
    model: TransformersModel,
    groups: Sequence[Prepared],
    replies: Sequence[Unfinished],
    how: Knockout,
    read: Read,
    max_new_tokens: int,
    roles: RolesOf,
) -> list[tuple[int, ...]]:
    tokenizer = model.processor.tokenizer
    stops = stop_tokens(model.model)
    tokens = [list(reply.tokens) for reply in replies]
    finished = [False] * len(replies)
    if how.kind == "patch":
        raise RequestError("The texts of patched replies are not made; sweep patches without texts.")
    assert model.family is not None
    images, own_groups = _images(groups, replies, how.touches_prefix or not how.is_causal)
    watch = _HeadOfRow(model, replies, images, how, roles)
    shared = SharedImages(model.model, model.family, own_groups, watch)
    rows = [
        Row(image, (reply.question,), branches([Run((*groups[reply.image].suffixes[reply.question], *own))]), ((),))
        for image, reply, own in zip(images, replies, tokens, strict=True)
    ]
    done = shared.run(rows)
    ends = torch.tensor([int(row.tree.ends[0]) for row in rows], device=done.hidden.device)
    hidden = done.hidden[torch.arange(len(rows), device=ends.device), ends][:, None]
    step = 0
    while True:
        new = model.model.get_output_embeddings()(hidden)[:, 0].argmax(dim=-1).cpu()
        for place, reply in enumerate(replies):
            if not finished[place]:
                tokens[place].append(int(new[place]))
                finished[place] = _is_out(tokenizer, tokens[place], reply, read, stops, max_new_tokens)
        if all(finished):
            return [tuple(own) for own in tokens]
        hidden = shared.extend(done, new[:, None], step)
        step += 1


def _is_out(
    tokenizer: Any, tokens: Sequence[int], reply: Unfinished, read: Read, stops: frozenset[int], most: int
) -> bool:
    """Whether a reply has said its answer, and the sentence is over that could still correct it."""
    if tokens[-1] in stops or len(tokens) >= most:
        return True
    text = text_of(tokenizer, tokens)
    reading = read(text, reply.about)
    if reading.answer is None or reading.span is None or _SENTENCE_END.search(text, reading.span[1]) is None:
        return False
    return reading.answer == read(text_of(tokenizer, tokens[:-1]), reply.about).answer


_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)|\n")


def _images(groups: Sequence[Prepared], replies: Sequence[Unfinished], apart: bool) -> tuple[list[int], list[Prepared]]:
    """The image of each reply: its own wherever the missing head matters for the image, else one for all."""
    keys = [(reply.image, reply.head if apart else None, reply.question if apart else None) for reply in replies]
    known = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return [known[key] for key in keys], [groups[image] for image, _, _ in known]


class _Heads(NamedTuple):
    """A head for every row, and what each is replaced by."""

    heads: list[Head]
    targets: Targets

    @staticmethod
    def of(replies: Sequence[Unfinished], how: Knockout, model: TransformersModel) -> "_Heads":
        given = [reply.target for reply in replies if reply.target is not None]
        targets = Targets(how.kind, how.outputs, model.model.device, model.model.dtype)
        targets.given = torch.stack(given) if given else None
        return _Heads([reply.head for reply in replies], targets)


class _HeadOfRow(RoleWatch):
    """Watches a runner and knocks another head out in every row."""

    def __init__(
        self,
        model: TransformersModel,
        replies: Sequence[Unfinished],
        images: Sequence[int],
        how: Knockout,
        roles: RolesOf,
    ) -> None:
        super().__init__(how, roles)
        self.layout: HeadLayout = head_layout(model.model, model.family)
        first = [images.index(image) for image in range(max(images) + 1)]
        self.of_rows = _Heads.of(replies, how, model)
        self.of_images = _Heads.of([replies[place] for place in first], how, model)

    def on_images(self, seen: Seen) -> AbstractContextManager[None]:
        """Knock out, in the tokens of each image, the head that is missing in its replies."""
        return self._reading(seen, self.of_images)

    def on_rows(self, seen: Seen) -> AbstractContextManager[None]:
        """Knock out, in each prompt and reply, its own head."""
        return self._reading(seen, self.of_rows)

    @contextmanager
    def _reading(self, seen: Seen, heads: _Heads) -> Iterator[None]:
        with ExitStack() as stack:
            for layer in {head.layer for head in heads.heads}:
                own = [(row, head.head) for row, head in enumerate(heads.heads) if head.layer == layer]
                hook = self._hook(layer, own, seen, heads.targets)
                stack.callback(self.layout.outputs[layer].register_forward_pre_hook(hook).remove)
            yield

    def _hook(self, layer: int, own: Sequence[tuple[int, int]], seen: Seen, targets: Targets) -> Any:
        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            at = Rows(*(torch.tensor(part, device=given[0].device) for part in zip(*own, strict=True)))
            how = self.knockout
            changed = replaced(given[0], self.layout, layer, at, seen, how.scope, how.strength, targets)
            return (changed, *given[1:])

        return hook
