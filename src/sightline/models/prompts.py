"""Prompts as token ids: the family's chat format around each question, split where the image ends.

The image is processed once, with the first question. Of the other questions only the text is tokenised, whole, and the
tokens that the processor put in for the image are put in at the same place. Pieces of text are never tokenised apart:
words at the seam would come out as other tokens. Where the text that stands for the image merges with its neighbours
(Gemma 3 puts line breaks around it), or the processor writes something before the prompt (Janus), its text is put in
instead, and the whole tokenised. Where neither gives the processor's own tokens, the processor makes every prompt, and
nothing is shared.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from sightline.errors import RequestError

__all__ = ["Chat", "Prepared", "choice_tokens", "prepare", "prepare_without_image", "tokenised"]

_NOT_FOR_THE_MODEL = ("attention_mask", "labels")


@dataclass(frozen=True)
class Prepared:
    """An image and its questions, ready for the model.

    Args:
        prefix: the tokens up to the end of the image, the same for every question.
        suffixes: for each question the tokens after the image, at least one.
        choices: for each question the tokens of each choice.
        inputs: what else the processor made of the image: pixel values and the like, with one row each.
        by_token: what the processor made for every token of the prefix, and in one more column for any token after it.
        why_not: why the prefix cannot be computed by itself, if so.
        prompts: for each question its text, as the user types it.
        markers: ids of the tokens that stand around images.
        choice_texts: for each question its choices as text.
        pictured: whether there is an image; without one, the prefix is the first token.
    """

    prefix: tuple[int, ...]
    suffixes: tuple[tuple[int, ...], ...]
    choices: tuple[tuple[tuple[int, ...], ...], ...]
    inputs: Mapping[str, Any]
    by_token: Mapping[str, Any]
    why_not: str = ""
    prompts: tuple[str, ...] = ()
    markers: frozenset[int] = frozenset()
    choice_texts: tuple[tuple[str, ...], ...] = ()
    pictured: bool = True

    @cached_property
    def digest(self) -> bytes:
        """A hash of prefix and image, which tells them from others."""
        found = hashlib.sha256(repr(self.prefix).encode())
        for name, value in sorted(self.inputs.items()):
            # NumPy has no bfloat16, so that bytes are taken as bytes.
            found.update(name.encode() + value.cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return found.digest()

    @property
    def signature(self) -> tuple[Any, ...]:
        """What two images must have in common to be computed side by side."""
        shapes = tuple((name, tuple(value.shape[1:])) for name, value in sorted(self.inputs.items()))
        return len(self.prefix), shapes


def prepare(
    processor: Any,
    picture: Any,
    prompts: Sequence[str],
    choices: Sequence[Sequence[str]] = (),
    template: str | None = None,
    markers: Sequence[str] = (),
) -> Prepared:
    """Prepare an image and its questions.

    Args:
        processor: of transformers.
        picture: a PIL image.
        prompts: the questions.
        choices: for each question what to choose among; empty where nothing is to be chosen.
        template: the family's chat template, for processors that come without one.
        markers: the tokens that the family puts around images.

    Raises:
        RequestError: there is no chat template, a question spells out the image's placeholder, or a choice cannot be
            told from the prompt.
    """
    chat = Chat(processor, template)
    chat.refuse_placeholders(prompts)
    texts = [chat.written(prompt) for prompt in prompts]
    found = tokenised(chat, picture, prompts, list(enumerate(texts)))
    if found.why_not:
        texts = [chat.text((*found.prefix, *suffix)) for suffix in found.suffixes]
    return replace(
        found,
        choices=tuple(
            choice_tokens(chat.tokens, *pair) for pair in zip(texts, choices or [()] * len(texts), strict=True)
        ),
        prompts=tuple(prompts),
        markers=chat.ids_of(markers),
        choice_texts=tuple(map(tuple, choices)),
    )


def prepare_without_image(
    processor: Any,
    prompts: Sequence[str],
    choices: Sequence[Sequence[str]] = (),
    template: str | None = None,
    markers: Sequence[str] = (),
) -> Prepared:
    """Prepare questions that are asked without an image; see `prepare`.

    Raises:
        RequestError: as `prepare` does.
    """
    chat = Chat(processor, template)
    chat.refuse_placeholders(prompts)
    texts = [chat.written(prompt, pictured=False) for prompt in prompts]
    wholes = [chat.tokens(text) for text in texts]
    return Prepared(
        tuple(wholes[0][:1]),
        tuple(tuple(whole[1:]) for whole in wholes),
        tuple(choice_tokens(chat.tokens, *pair) for pair in zip(texts, choices or [()] * len(texts), strict=True)),
        {},
        {},
        prompts=tuple(prompts),
        markers=chat.ids_of(markers),
        choice_texts=tuple(map(tuple, choices)),
        pictured=False,
    )


def tokenised(chat: "Chat", picture: Any, prompts: Sequence[str], texts: Sequence[tuple[int, str]]) -> Prepared:
    """Tokenise texts that begin as prompts about one image do.

    Args:
        chat: the chat format.
        picture: a PIL image.
        prompts: what users type.
        texts: which prompt each text begins with, and the text; the first is the first prompt's own. Texts are
            tokenised whole, or, where the tokens of a prompt cannot be told apart at the image, what follows the prompt
            by itself.

    Returns:
        Their tokens after the image as suffixes; no choices.

    Raises:
        RequestError: the question stands before the image.
    """
    wholes = [text for _, text in texts]
    first = chat.processed(prompts[0], picture)
    ids = first.pop("input_ids")[0].tolist()
    for name in _NOT_FOR_THE_MODEL:
        first.pop(name, None)
    why_not = ""
    found = _spliced_tokens(chat, wholes, ids) or _spliced_text(chat, wholes, ids)
    if found is None:
        why_not = "the tokens of its prompt cannot be told apart at the image"
        found = _apart(chat, picture, prompts, texts, ids)
    tokens, end = found
    by_token = {name: value for name, value in first.items() if tuple(value.shape[:2]) == (1, len(ids))}
    if any(bool((value[:, end:] != value[:, -1:]).any()) for value in by_token.values()):
        raise RequestError("The chat template of this model puts the question before the image, which cannot be asked.")
    return Prepared(
        tuple(ids[:end]),
        tuple(tuple(whole[end:]) for whole in tokens),
        ((),) * len(texts),
        {name: value for name, value in first.items() if name not in by_token},
        {name: value[:, [*range(end), -1]] for name, value in by_token.items()},
        why_not,
    )


class Chat:
    """A processor's chat format.

    Args:
        processor: of transformers.
        template: the family's chat template, for processors that come without one.

    Raises:
        RequestError: there is neither.
    """

    def __init__(self, processor: Any, template: str | None) -> None:
        self.processor = processor
        self.tokenizer = processor.tokenizer
        own = getattr(processor, "chat_template", None)
        self.options: dict[str, Any] = {}
        if own is None and template is None:
            raise RequestError("This model comes without a chat template; how its prompts are written is not known.")
        if own is None:
            self.options["chat_template"] = template
        self.placeholder = str(getattr(processor, "image_token", None) or "")
        self.image_token: Any = self.tokenizer.convert_tokens_to_ids(self.placeholder) if self.placeholder else None

    def processed(self, prompt: str, picture: Any) -> dict[str, Any]:
        """All that the processor makes of a prompt and its image."""
        made = self.processor.apply_chat_template(
            _conversation(prompt, picture),
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            add_generation_prompt=True,
            **self.options,
        )
        return dict(made)

    def written(self, prompt: str, reply: str | None = None, pictured: bool = True) -> str:
        """The prompt as text, with a placeholder for the image, up to where the reply begins; or with the reply."""
        turns = _conversation(prompt) if pictured else [{"role": "user", "content": [{"type": "text", "text": prompt}]}]
        if reply is not None:
            turns.append({"role": "assistant", "content": [{"type": "text", "text": reply}]})
        options = {"add_generation_prompt": reply is None, **self.options}
        return str(self.processor.apply_chat_template(turns, tokenize=False, **options))

    def refuse_placeholders(self, prompts: Sequence[str]) -> None:
        """Refuse questions that would be given an image where they speak of one."""
        for prompt in prompts:
            if self.placeholder and self.placeholder in prompt:
                raise RequestError(
                    f"{prompt!r} spells out the model's image placeholder {self.placeholder}, where the model would be "
                    "given another image. Word it otherwise."
                )

    def tokens(self, text: str) -> list[int]:
        """Tokenise as the processor does: with the tokenizer's own beginning, unless it is written already."""
        begun = self.tokenizer.bos_token is not None and text.startswith(self.tokenizer.bos_token)
        ids: list[int] = self.tokenizer(text, add_special_tokens=not begun)["input_ids"]
        return ids

    def ids_of(self, tokens: Sequence[str]) -> frozenset[int]:
        """The ids of those of these tokens that the tokenizer has."""
        found = {token: self.tokenizer.convert_tokens_to_ids(token) for token in tokens}
        return frozenset(i for token, i in found.items() if self.tokenizer.convert_ids_to_tokens(i) == token)

    def text(self, ids: Sequence[int]) -> str:
        """The text that tokens stand for, special ones included."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def _spliced_tokens(chat: Chat, written: Sequence[str], ids: list[int]) -> tuple[list[list[int]], int] | None:
    """Put the image's tokens in the placeholder's place; None if that does not give the processor's own tokens."""
    unexpanded = [chat.tokens(text) for text in written]
    first = unexpanded[0]
    if any(tokens.count(chat.image_token) != 1 for tokens in unexpanded):
        return None
    place = first.index(chat.image_token)
    block = ids[place : len(ids) - (len(first) - place - 1)]
    wholes = [[*tokens[:place], *block, *tokens[place + 1 :]] for tokens in unexpanded]
    alike = all(tokens[: place + 1] == first[: place + 1] for tokens in unexpanded)
    return (wholes, place + len(block)) if alike and block and wholes[0] == ids else None


def _spliced_text(chat: Chat, written: Sequence[str], ids: list[int]) -> tuple[list[list[int]], int] | None:
    """Put the image's text in the placeholder's place; None if that does not give the processor's own tokens."""
    if not chat.placeholder or any(text.count(chat.placeholder) != 1 for text in written):
        return None
    before, _, after = written[0].partition(chat.placeholder)
    full = chat.text(ids)
    start = full.find(before)
    if start < 0 or not full.endswith(after):
        return None
    block = full[start + len(before) : len(full) - len(after)]
    wholes = [chat.tokens(full[:start] + text.replace(chat.placeholder, block)) for text in written]
    marks = {chat.image_token, *getattr(chat.processor, "image_token_ids", ())}
    end = max((place for place, token in enumerate(ids) if token in marks), default=-1) + 1
    alike = all(whole[:end] == ids[:end] and len(whole) > end for whole in wholes)
    return (wholes, end) if alike and end > 0 and wholes[0] == ids else None


def _apart(
    chat: Chat, picture: Any, prompts: Sequence[str], texts: Sequence[tuple[int, str]], ids: list[int]
) -> tuple[list[list[int]], int]:
    """Have the processor make every prompt, and tokenise what follows by itself."""
    made = [ids, *(chat.processed(prompt, picture)["input_ids"][0].tolist() for prompt in prompts[1:])]
    written = [chat.written(prompt) for prompt in prompts]
    wholes = []
    for prompt, text in texts:
        after = text[len(written[prompt]) :]
        wholes.append([*made[prompt], *chat.tokenizer(after, add_special_tokens=False)["input_ids"]])
    return wholes, _length_in_common(made)


def _length_in_common(wholes: Sequence[list[int]]) -> int:
    """How many tokens all begin with; each has one more at least."""
    shortest = min(map(len, wholes)) - 1
    columns = zip(*(whole[:shortest] for whole in wholes), strict=True)
    return next((place for place, column in enumerate(columns) if len(set(column)) > 1), shortest)


def choice_tokens(tokens: Callable[[str], list[int]], text: str, choices: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The tokens that each choice adds to its prompt, tokenised with it.

    Args:
        tokens: tokenises a text.
        text: the prompt, up to where the reply begins.
        choices: what may follow it.

    Raises:
        RequestError: a choice cannot be told from the prompt.
    """
    before = tokens(text) if choices else []
    found = []
    for choice in choices:
        after = tokens(text + choice)
        if after[: len(before)] != before or len(after) == len(before):
            raise RequestError(f"The choice {choice!r} merges with the prompt's last token; write it another way.")
        found.append(tuple(after[len(before) :]))
    return tuple(found)


def _conversation(prompt: str, picture: Any = None) -> list[dict[str, Any]]:
    image = {"type": "image"} if picture is None else {"type": "image", "image": picture}
    return [{"role": "user", "content": [image, {"type": "text", "text": prompt}]}]
