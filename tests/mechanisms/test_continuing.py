"""When a reply that changed is written no further: once what it says cannot be read otherwise any more."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from reply_tokenizers import TOKENIZERS, tokenizer_of

from sightline.mechanisms.continuing import Unfinished, _is_out
from sightline.mechanisms.drafts import text_of
from sightline.mechanisms.presupposing import presupposing
from sightline.models.heads import Head

NUMBERS = (
    "There are three moons in the image.",
    "There are 15 moons in the image.",
    "There are 150 moons in the image.",
    "There are twenty-one moons.",
    "There are two dozen moons.",
    "The image shows three cups and two moons.",
    "I see 1 cup, 2 hats and 3 moons. They are blue.",
    "Three cups stand beside four small blue moons.",
    "There are four moons, but only three moons are visible.",
    "There are no cups, and five moons.",
    "There are many moons.",
    "Three.",
    "3",
)
COLOURS = (
    "The cup is blue.",
    "The blue plate holds a red cup.",
    "A red moon and a dark green cup.",
    "The cup is not red but blue.",
    "Blue.",
)


def written_on(tokenizer: Any, reply: str, object_: str, known: str, stops: frozenset[int] = frozenset()) -> str:
    """A reply, written token by token until it is out."""
    read = presupposing(known).read
    tokens = tokenizer(reply, add_special_tokens=False)["input_ids"]
    about = Unfinished(0, 0, Head(0, 0), (), object_, torch.zeros(0))
    for end in range(1, len(tokens) + 1):
        if _is_out(tokenizer, tokens[:end], about, read, stops, 60):
            return text_of(tokenizer, tokens[:end])
    return reply


@pytest.mark.parametrize("make", TOKENIZERS)
@pytest.mark.parametrize(
    ("reply", "object_", "known"),
    [*((reply, "moon", "counting") for reply in NUMBERS), *((reply, "cup", "colour") for reply in COLOURS)],
)
def test_a_reply_that_is_cut_reads_as_it_does_whole(
    reply: str, object_: str, known: str, make: Callable[[], Any]
) -> None:
    cut = written_on(tokenizer_of(make), reply, object_, known)
    assert reply.startswith(cut)
    read = presupposing(known).read
    assert read(cut, object_).answer == read(reply, object_).answer


@pytest.mark.parametrize("make", TOKENIZERS)
def test_what_follows_the_sentence_with_the_answer_is_not_written(make: Callable[[], Any]) -> None:
    reply = "There are three moons in the image. They are blue and lie on a red table."
    assert len(written_on(tokenizer_of(make), reply, "moon", "counting")) < len(reply) - 20


def test_a_reply_ends_where_the_model_ends_it_or_where_it_is_long_enough() -> None:
    tokenizer = tokenizer_of(TOKENIZERS[0])
    tokens = tokenizer("There are many", add_special_tokens=False)["input_ids"]
    read = presupposing("counting").read
    about = Unfinished(0, 0, Head(0, 0), (), "moon")
    assert not _is_out(tokenizer, tokens, about, read, frozenset(), 60)
    assert _is_out(tokenizer, [*tokens, 4], about, read, frozenset({4}), 60)
    assert _is_out(tokenizer, tokens, about, read, frozenset(), len(tokens))
