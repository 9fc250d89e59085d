"""Names that a language model lists as JSON: ``["dog", "ball"]``, or an object with one such list.

A list is taken as it is or not at all. It may stand in a code fence, or on the last line after other words, as Object
HalBench's own code allows; a list that holds anything but text is unreadable.
"""

import re
from typing import Any

from pydantic_core import from_json

from sightline.readers.thinking import strip_thinking

__all__ = ["listed_names"]

_FENCE = re.compile(r"```[a-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL | re.IGNORECASE)


def listed_names(text: str) -> tuple[str, ...] | None:
    """The names, in their order, repeats included; None where the text is no such list.

    Example:
        >>> listed_names('["dog", "ball"]'), listed_names('{"objects": []}'), listed_names("A dog and a ball.")
        (('dog', 'ball'), (), None)
        >>> listed_names('Here they are:' + chr(10) + '["dog"]'), listed_names('["dog", 3]')
        (('dog',), None)
    """
    plain = strip_thinking(text).strip()
    if fenced := _FENCE.search(plain):
        plain = fenced[1].strip()
    lines = plain.split("\n")
    found = _parsed(plain)
    if found is None and len(lines) > 1:
        found = _parsed(lines[-1].strip())
    if isinstance(found, dict):
        held = [value for value in found.values() if isinstance(value, list)]
        found = held[0] if len(held) == 1 else None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        return None
    return tuple(found)


def _parsed(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:
        return None
