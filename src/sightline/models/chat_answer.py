"""What comes back from a server for chat, read without trust."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import from_json

__all__ = ["ChatAnswer", "read_answer", "read_models"]

_SHOWN = 200


class ChatAnswer(NamedTuple):
    """What came of one call.

    Args:
        text: what was replied; "" where nothing was.
        problem: why there is no reply at all; "" where there is one.
        refusal: the words with which the model refused; "" where it did not.
        finish: why the reply ends where it does, in the server's words.
        first: what the first token might have been, with log-probabilities; empty where the server does not say.
        model: the model that replied, as the server calls it; "" where it does not say.
        prompt_tokens: tokens of the call; 0 where the server did not count.
        reply_tokens: tokens of the reply; likewise.
        counted: whether the server counted tokens.
    """

    text: str = ""
    problem: str = ""
    refusal: str = ""
    finish: str = ""
    first: tuple[tuple[str, float], ...] = ()
    model: str = ""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    counted: bool = False


def read_answer(body: bytes) -> ChatAnswer:
    """Read the body of a reply.

    Raises:
        ValueError: it is no reply; the message shows how it begins.

    Example:
        >>> read_answer(b'{"choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]}').text
        'Yes'
    """
    try:
        found = from_json(body)
    except ValueError:
        found = None
    choices = _of(found, "choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = _of(choice, "message")
    if not isinstance(message, dict):
        shown = body[:_SHOWN].decode(errors="replace")
        raise ValueError(f"it sent no reply of a chat but {' '.join(shown.split())!r}")
    usage = _of(found, "usage")
    asked, replied = (_count(_of(usage, name)) for name in ("prompt_tokens", "completion_tokens"))
    return ChatAnswer(
        text=_text(message.get("content")),
        refusal=_text(message.get("refusal")),
        finish=_text(_of(choice, "finish_reason")),
        first=_first(_of(choice, "logprobs")),
        model=_text(_of(found, "model")),
        prompt_tokens=asked or 0,
        reply_tokens=replied or 0,
        counted=asked is not None and replied is not None,
    )


def read_models(body: bytes) -> list[str]:
    """Read the names of the models that a server has.

    Raises:
        ValueError: it is no list of models.

    Example:
        >>> read_models(b'{"data": [{"id": "tiny"}]}')
        ['tiny']
    """
    listed = _of(from_json(body), "data")
    if not isinstance(listed, list):
        raise ValueError("no list of models")
    return [name for name in (_text(_of(each, "id")) for each in listed) if name]


def _of(found: object, name: str) -> Any:
    return found.get(name) if isinstance(found, Mapping) else None


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _count(found: object) -> int | None:
    return found if isinstance(found, int) and found >= 0 else None


def _first(log_probs: object) -> tuple[tuple[str, float], ...]:
    tokens = _of(log_probs, "content")
    top = _of(tokens[0], "top_logprobs") if isinstance(tokens, list) and tokens else None
    pairs = [(_of(each, "token"), _of(each, "logprob")) for each in top] if isinstance(top, list) else []
    return tuple(
        (token, float(value))
        for token, value in pairs
        if isinstance(token, str) and isinstance(value, int | float) and not math.isnan(value)
    )
