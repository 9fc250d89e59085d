"""Tokenizers that cut the words and numbers of replies as those of the families do."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from sightline.models.bundled_model import bundled_folder

END = "<|end|>"
REPLIES = (
    "There are three moons in the image.",
    "There are 3 moons in the image.",
    "There are 15 moons (fifteen) in the image.",
    "Three moons.",
    "3",
    "The cup is blue.",
    "Blue.",
    "The moons (three) are blue.",
    "There are twenty-one moons.",
)
QWEN = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""How Qwen cuts text before it merges: a sign is kept with the word after it, a space is not with the digit."""


def bundled() -> Any:
    return AutoTokenizer.from_pretrained(bundled_folder())


def like_qwen() -> Any:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    return trained(made, pre_tokenizers.ByteLevel.alphabet())


def like_llama() -> Any:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    made.decoder = decoders.Metaspace(prepend_scheme="first")
    return trained(made, list("▁0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,-()"))


def trained(made: Tokenizer, alphabet: list[str]) -> Any:
    words = "red four five six seven sixteen gray grey Red Four (four (five"
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([*REPLIES, *(f"Is {word}" for word in words.split())] * 3, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END)


@cache
def tokenizer_of(make: Callable[[], Any]) -> Any:
    return make()


TOKENIZERS = (bundled, like_qwen, like_llama)
