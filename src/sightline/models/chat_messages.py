"""What is sent to a server for chat: requests as the messages and settings of one call."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sightline.core import TextRequest
from sightline.errors import DataError

__all__ = ["IMAGES_HELD", "ChatCall", "Structured", "data_url", "messages_of", "response_format"]

Structured = Literal["json_schema", "json_object", "none"]
"""How a server is told that JSON is wanted: with the schema, that it be JSON, or only in words."""

IMAGES_HELD = 8
"""So many images that were read last are at hand."""

_KINDS = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
}
"""How files begin of the kinds that servers take."""

_WITHOUT_SCHEMA = "Reply with JSON that keeps to this schema, and with nothing else:"


@dataclass(frozen=True, slots=True)
class ChatCall:
    """One call.

    Args:
        request: what is asked.
        settings: what else the server is told, by the names of its interface: top_p, seed, logprobs.
    """

    request: TextRequest
    settings: Mapping[str, Any] = field(default_factory=dict)


def messages_of(request: TextRequest, structured: Structured) -> list[dict[str, Any]]:
    """A request as messages: the task, if any, then an image, if any, and what is asked.

    Where the server is not told the schema itself, the task ends with it in words.

    Raises:
        DataError: the image cannot be read, or is of another kind than servers take.

    Example:
        >>> messages_of(TextRequest("names", "", "Name a dog."), "none")
        [{'role': 'user', 'content': 'Name a dog.'}]
    """
    system = request.system
    if request.schema is not None and structured != "json_schema":
        words = f"{_WITHOUT_SCHEMA}\n{json.dumps(dict(request.schema))}"
        system = f"{system}\n\n{words}" if system else words
    content: Any = request.prompt
    if request.image is not None:
        image = {"type": "image_url", "image_url": {"url": data_url(request.image)}}
        content = [image, {"type": "text", "text": request.prompt}]
    task = [{"role": "system", "content": system}] if system else []
    return [*task, {"role": "user", "content": content}]


def response_format(request: TextRequest, structured: Structured) -> dict[str, Any] | None:
    """What the server is told about the form of its reply; None: nothing."""
    if request.schema is None or structured == "none":
        return None
    if structured == "json_object":
        return {"type": "json_object"}
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", request.purpose)[:64] or "reply"
    return {"type": "json_schema", "json_schema": {"name": name, "schema": dict(request.schema), "strict": True}}


def data_url(image: Path) -> str:
    """The bytes of an image, as they are, as a data URL.

    Raises:
        DataError: the file cannot be read, or is of another kind than servers take.
    """
    try:
        about = image.stat()
        return _data_url(image, about.st_mtime_ns, about.st_size)
    except OSError as error:
        raise DataError(f"this image cannot be read ({error.strerror or error})", file=image) from error


@lru_cache(IMAGES_HELD)
def _data_url(image: Path, changed_ns: int, size: int) -> str:
    """The questions about an image come one after the other, so that the last few images are at hand."""
    data = image.read_bytes()
    for kind, beginning in _KINDS.items():
        if re.match(beginning, data, re.DOTALL):
            return f"data:{kind};base64,{base64.b64encode(data).decode()}"
    raise DataError(
        "this is neither a JPEG, PNG, GIF nor WebP image, which are the kinds that servers take",
        file=image,
        hint="Convert it.",
    )
