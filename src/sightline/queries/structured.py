"""JSON that a language model writes: the schema it is given, and its reply read without trust.

A reply is taken as it is or not at all. It may stand in a Markdown code fence, as many models write it even where they
are told not to, and thinking before it is passed over; nothing else is mended: no prose around it, no missing bracket,
no field too much.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from sightline.readers.thinking import strip_thinking

__all__ = ["CUT_OFF", "EMPTY", "PROSE", "read_structured", "schema_of"]

Structure = TypeVar("Structure", bound=BaseModel)

PROSE = "prose instead of JSON"
CUT_OFF = "the reply was cut off"
EMPTY = "the reply is empty"

_FENCE = re.compile(r"```[ \t]*(?:json|JSON)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_SHOWN = 40
_WORDS = {
    "string_type": "is no text",
    "int_type": "is no whole number",
    "list_type": "is no list",
    "model_type": "is no object",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "missing": "is missing",
    "extra_forbidden": "was not asked for",
}
"""Kinds of mistakes → what is said of the field."""


@cache
def schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """The JSON schema of a pydantic model, as `TextRequest.schema` takes it; made once.

    Servers that keep to a schema strictly want every object closed and every field asked for, so models forbid extra
    fields and have no defaults.
    """
    return model.model_json_schema()


def read_structured(text: str, model: type[Structure]) -> Structure | str:
    """Read a reply.

    Args:
        text: the reply.
        model: what it is to be; strict, so that "3" is no number.

    Returns:
        The value, or the problem in words for people. Places in lists are not told, so that the same mistake is
        counted as the same.

    Example:
        >>> class Names(BaseModel, extra="forbid", strict=True):
        ...     names: list[str]
        >>> read_structured('{"names": ["cat", "dog"]}', Names)
        Names(names=['cat', 'dog'])
        >>> read_structured("Here are some: cat, dog", Names), read_structured('{"names": ["cat", 3]}', Names)
        ('prose instead of JSON', 'names[] is no text')
    """
    found = _parsed(text)
    if isinstance(found, str):
        return found
    try:
        return model.model_validate(found)
    except ValidationError as error:
        return _worded(error.errors()[0])


def _parsed(text: str) -> dict[str, Any] | str:
    """The JSON object that a reply is, or the problem."""
    if not text.strip():
        return EMPTY
    plain = strip_thinking(text).strip()
    if not plain:
        return CUT_OFF  # while it was thinking
    if fenced := _FENCE.fullmatch(plain):
        plain = fenced[1].strip()
    elif plain.startswith("```") and plain.count("```") == 1:
        return CUT_OFF
    if not plain.startswith("{"):
        return _no_object(plain)
    try:
        found: dict[str, Any] = from_json(plain, allow_inf_nan=False)
    except ValueError as error:
        return _broken(str(error))
    twice = _field_told_twice(plain)
    return f"{_short(twice)} is told twice" if twice is not None else found


def _no_object(plain: str) -> str:
    try:
        found = from_json(plain, allow_inf_nan=False)
    except ValueError:
        return PROSE
    return "a list instead of an object" if isinstance(found, list) else PROSE


def _broken(error: str) -> str:
    if error.startswith("EOF while parsing"):
        return CUT_OFF
    return "more after the JSON" if error.startswith("trailing characters") else "broken JSON"


def _field_told_twice(plain: str) -> str | None:
    """A name that an object has twice, of which pydantic would take the last."""
    twice: list[str] = []

    def hook(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        twice.extend(name for name in names if names.count(name) > 1)

    json.loads(plain, object_pairs_hook=hook, parse_int=str)  # Python refuses to read very long numbers
    return twice[0] if twice else None


def _worded(error: ErrorDetails) -> str:
    """A mistake in words.

    Example:
        >>> _worded({"loc": ("objects", 3, "name"), "type": "missing", "msg": "", "input": None})
        'objects[].name is missing'
    """
    place = "".join("[]" if isinstance(part, int) else f".{_short(part)}" for part in error["loc"]).lstrip(".")
    wrong = _WORDS.get(error["type"]) or f"is wrong ({error['msg']})"
    return f"{place or 'the reply'} {wrong}"


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
