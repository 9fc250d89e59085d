"""Preference pairs of one image as tokens: one tree of all prompts, contexts and replies below the image.

A reply is what the model's chat template writes: with what ends it, unless the pair says that it does not end there.
The context, with which the reply begins, belongs to the prompt: the text up to its end and the text up to the reply's
end are tokenised, and the tokens of the one must begin those of the other. Nothing is searched for among tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.core import PreferencePair
from sightline.errors import RequestError
from sightline.models.branches import Merged, merged
from sightline.models.families import Family
from sightline.models.prompts import Chat, Prepared, tokenised

__all__ = ["ImagePairs", "PairError", "Side", "encode", "encode_in"]


class PairError(RequestError):
    """A pair that cannot be trained on.

    Args:
        pair: the pair.
        reason: why, the same words for all pairs of one kind, so that they can be counted.
        found: what was found in this one.
    """

    def __init__(self, pair: PreferencePair, reason: str, found: str = "") -> None:
        self.pair = pair
        self.reason = reason
        named = f"{pair.source}: " if pair.source else ""
        super().__init__(f"{named}{pair.image.name}, {pair.prompt!r}: {reason}{f' ({found})' if found else ''}.")


class Side(NamedTuple):
    """One reply of a pair, with all that comes between the image and its end.

    Args:
        path: (n,) int64, where in the tree its tokens stand: the rest of the prompt, the context, the completion.
        start: how many of them come before the completion.
    """

    path: NDArray[np.int64]
    start: int

    @property
    def completion(self) -> NDArray[np.int64]:
        """Where the tokens of the completion stand."""
        return self.path[self.start :]

    @property
    def predicting(self) -> NDArray[np.int64]:
        """Where the tokens stand after which they come; -1: the last token of the prefix."""
        before = np.concatenate([[-1], self.path[:-1]])
        return before[self.start :]


@dataclass(frozen=True, eq=False)
class ImagePairs:
    """One image with all its pairs, ready for the model; can be pickled, and so made by a data loader's workers.

    Args:
        prefix: the tokens up to the end of the image.
        inputs: what the processor made of the image: pixel values and the like, with one row each.
        by_token: what it made for every token of the prefix, and in one more column for any token after it.
        tree: all tokens below the prefix, beginnings in common once.
        pairs: of each pair the chosen and the rejected side.
        keys: `PreferencePair.key` of each pair.
        why_not: why the prefix cannot be computed by itself, if so.
    """

    prefix: tuple[int, ...]
    inputs: Mapping[str, Any]
    by_token: Mapping[str, Any]
    tree: Merged
    pairs: tuple[tuple[Side, Side], ...]
    keys: tuple[str, ...]
    why_not: str = ""

    @property
    def tokens(self) -> int:
        """The tokens of its row: prefix and tree."""
        return len(self.prefix) + len(self.tree.ids)

    @property
    def unshared_tokens(self) -> int:
        """The tokens of all its sequences, each by itself."""
        return sum(len(self.prefix) + len(side.path) for pair in self.pairs for side in pair)

    def to(self, dtype: torch.dtype) -> "ImagePairs":
        """The same with pixels as numbers of another type."""
        cast = {name: value.to(dtype) if value.is_floating_point() else value for name, value in self.inputs.items()}
        return replace(self, inputs=cast)

    def pin_memory(self) -> "ImagePairs":
        """The same with pixels in pinned memory; a data loader calls this."""
        return replace(self, inputs={name: value.pin_memory() for name, value in self.inputs.items()})


class _Text(NamedTuple):
    """What is tokenised of a pair: the text up to the completion, and up to the end of each side."""

    before: str
    chosen: str
    rejected: str


def encode(
    processor: Any, family: Family | None, picture: Any, pairs: Sequence[PreferencePair], limit: int | None = None
) -> ImagePairs:
    """Write the pairs of one image as tokens, as the model's chat template writes prompt and reply.

    Args:
        processor: of transformers.
        family: of the model; None where it is not known.
        picture: a PIL image.
        pairs: all of this image, at least one.
        limit: how many tokens a sequence may have (the model's ``max_position_embeddings``); None: any number.

    Raises:
        PairError: a pair cannot be trained on.
        RequestError: the model has no chat template, or one that puts the question before the image.
    """
    return encode_in(Chat(processor, family.chat_template if family is not None else None), picture, pairs, limit)


def encode_in(chat: Chat, picture: Any, pairs: Sequence[PreferencePair], limit: int | None = None) -> ImagePairs:
    """Write the pairs of one image as tokens in a chat format; otherwise as `encode`."""
    texts = [_text(chat, pair) for pair in pairs]
    prompts = list(dict.fromkeys(pair.prompt for pair in pairs))
    wanted = [(0, chat.written(prompts[0]))]
    for pair, text in zip(pairs, texts, strict=True):
        wanted += [(prompts.index(pair.prompt), each) for each in text]
    found = tokenised(chat, picture, prompts, wanted)
    starts: list[int] = []
    suffixes: list[tuple[int, ...]] = []
    for place, pair in enumerate(pairs):
        before, chosen, rejected = found.suffixes[1 + 3 * place : 4 + 3 * place]
        _refuse(pair, found, before, (chosen, rejected), limit)
        starts.append(len(before))
        suffixes += [chosen, rejected]
    tree = merged(suffixes)
    sides = [Side(path, starts[place // 2]) for place, path in enumerate(tree.paths)]
    return ImagePairs(
        found.prefix,
        found.inputs,
        found.by_token,
        tree,
        tuple(zip(sides[::2], sides[1::2], strict=True)),
        tuple(pair.key for pair in pairs),
        found.why_not,
    )


def _text(chat: Chat, pair: PreferencePair) -> _Text:
    """Write a pair in the chat format."""
    try:
        chat.refuse_placeholders([pair.prompt, pair.context, pair.chosen, pair.rejected])
    except RequestError as error:
        raise PairError(pair, "it spells out the model's placeholder for images", str(error)) from None
    blank = "" if not pair.context or pair.context[-1].isspace() else " "
    prompt = chat.written(pair.prompt)
    sides = []
    for words in (pair.chosen, pair.rejected):
        reply = pair.context + blank + words
        whole = chat.written(pair.prompt, reply)
        place = whole.find(reply, len(prompt))
        if not whole.startswith(prompt):
            raise PairError(pair, "the model's chat template writes the prompt otherwise where a reply follows")
        if place < 0:
            raise PairError(pair, "the model's chat template does not write the reply as it stands", repr(reply))
        sides.append(whole if pair.ends else whole[: place + len(reply)])
    before = whole[: place + len(pair.context)] if pair.context else prompt
    return _Text(before, *sides)


def _refuse(
    pair: PreferencePair,
    found: Prepared,
    before: Sequence[int],
    sides: tuple[Sequence[int], Sequence[int]],
    limit: int | None,
) -> None:
    """Refuse a pair whose tokens cannot be trained on."""
    chosen, rejected = sides
    if chosen == rejected:
        raise PairError(pair, "chosen and rejected are the same", repr(pair.chosen))
    for side, words in zip(sides, (pair.chosen, pair.rejected), strict=True):
        if side[: len(before)] != before:
            what = "context" if pair.context else "prompt"
            seam = f"{(pair.context or pair.prompt)[-20:]!r} before {words[:20]!r}"
            raise PairError(pair, f"the tokens at the end of the {what} merge with those after it", seam)
        if len(side) == len(before):
            raise PairError(pair, "a reply has no tokens", repr(words))
    length = len(found.prefix) + max(map(len, sides))
    if limit is not None and length > limit:
        many = f"{length} tokens, of which the image takes {len(found.prefix)}; the model's context holds {limit}"
        raise PairError(pair, "it is too long for the model", many)
