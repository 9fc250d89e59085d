"""What goes wrong between a client for chat and its server, and what of it another try may cure."""

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic_core import from_json

from sightline.errors import RequestError

__all__ = ["LONGEST_PAUSE_S", "PassingError", "Refused", "asked_pause_s", "passing", "refusing"]

LONGEST_PAUSE_S = 300.0
"""The longest wait that a server may ask for."""

_CURABLE = (408, 409, 425, 429)
"""Statuses beside 5xx that another try may cure."""

_ABOUT_FORM = ("response_format", "schema", "json_object", "guided", "grammar")
"""Words of servers that do not take the form that JSON is asked for in."""

_ABOUT_LENGTH = ("context length", "context window", "maximum model length", "max_model_len", "prompt is too long")
"""Words of servers to which a prompt is too long."""

_SHOWN = 300


class PassingError(Exception):
    """A failure that another try may cure.

    Args:
        problem: what went wrong, in words for people.
        pause_s: the wait that the server asks for.
        unreachable: whether there was no server at all.
    """

    def __init__(self, problem: str, pause_s: float = 0.0, unreachable: bool = False) -> None:
        super().__init__(problem)
        self.pause_s = pause_s
        self.unreachable = unreachable


class Refused:
    """An error that a server answers with.

    Args:
        status: the status.
        headers: the headers, their names in small letters.
        content: the body.
        secret: the key, which servers may repeat and no message shows.
    """

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes, secret: str) -> None:
        self.status = status
        self.headers = headers
        try:
            body = from_json(content)
        except ValueError:
            body = None
        body = body.get("error") or body if isinstance(body, dict) else body
        code = body.get("code") if isinstance(body, dict) else None
        self.code = code if isinstance(code, str) else ""
        self.sentence = _sentence(body, content.decode(errors="replace")).replace(secret, "…")

    def __str__(self) -> str:
        return f"{self.status}: {self.sentence}" if self.sentence else str(self.status)

    @property
    def is_passing(self) -> bool:
        """Whether another try may cure it."""
        return self.status in _CURABLE or self.status >= 500

    @property
    def is_too_long(self) -> bool:
        """Whether what is asked, with its image and its longest reply, is longer than the model takes."""
        about = self.sentence.lower()
        return self.code == "context_length_exceeded" or (
            self.status in (400, 413, 422) and any(word in about for word in _ABOUT_LENGTH)
        )

    @property
    def is_about_form(self) -> bool:
        """Whether it may be about the form that JSON was asked for in."""
        return self.status in (400, 422) and any(word in self.sentence.lower() for word in _ABOUT_FORM)

    @property
    def wants_other_name(self) -> bool:
        """Whether the server calls the longest reply by its other name, as OpenAI's newer models do."""
        return self.status == 400 and "max_completion_tokens" in self.sentence


def refusing(refused: Refused, address: str, key_given: bool) -> RequestError | None:
    """The error that stops everything, where every other call would be refused alike; None: others may succeed."""
    if refused.status in (401, 403):
        hint = "Is it the right one for this server?" if key_given else "Set OPENAI_API_KEY."
        what = "refuses the key" if key_given else "wants a key"
        return RequestError(f"The server at {address} {what} ({refused}). {hint}")
    if refused.status == 402 or refused.code == "insufficient_quota":
        return RequestError(f"The server at {address} says that there is no credit left ({refused}).")
    if refused.is_passing and asked_pause_s(refused.headers) > LONGEST_PAUSE_S:
        pause = asked_pause_s(refused.headers)
        return RequestError(
            f"The server at {address} asks to be left alone for {pause:,.0f} s ({refused}). Ask again after that."
        )
    return None


def passing(refused: Refused) -> PassingError:
    """The failure, where another try may cure it."""
    what = "too many requests" if refused.status == 429 else "the server failed"
    return PassingError(f"{what} ({refused})", asked_pause_s(refused.headers))


def asked_pause_s(headers: Mapping[str, str]) -> float:
    """How long a server asks to be left alone: seconds, or until a date; 0 where it does not say.

    Example:
        >>> asked_pause_s({"retry-after": "1.5"})
        1.5
    """
    asked = headers.get("retry-after", "")
    try:
        pause = float(asked)
    except ValueError:
        try:
            pause = parsedate_to_datetime(asked).timestamp() - time.time()
        except ValueError:
            return 0.0
    return max(0.0, pause) if math.isfinite(pause) else 0.0


def _sentence(body: Any, text: str) -> str:
    """What the server says, wherever it says it."""
    if isinstance(body, dict):
        body = body.get("message") or body.get("detail") or body
    found = body if isinstance(body, str) and body else text if not isinstance(body, list | dict) else str(body)
    return " ".join(found.split())[:_SHOWN]
