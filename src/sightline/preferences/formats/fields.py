"""Fields of a record, or what is wrong with them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sightline.preferences.formats.source import Record

__all__ = [
    "IMAGE",
    "json_object",
    "list_of",
    "one_image",
    "one_object",
    "question_after_image",
    "text",
    "text_or_empty",
]

IMAGE = "<image>"
"""What stands for the image in the user's text, in formats that come from LLaVA's."""


def text(record: Record, name: str, hint: str | None = None) -> str:
    """A field that holds text.

    Raises:
        DataError: it is missing, is no text, or holds nothing but blanks.
    """
    value = record.values.get(name)
    if value is None:
        raise record.error(f"there is no {name}", hint)
    if not isinstance(value, str):
        raise record.error(f"{name} is {value!r}, expected text", hint)
    if not value.strip():
        raise record.error(f"{name} is empty", hint)
    return value


def text_or_empty(record: Record, name: str) -> str:
    """A field that holds text, or nothing.

    Raises:
        DataError: it holds something else.
    """
    value = record.values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise record.error(f"{name} is {value!r}, expected text")
    return value


def list_of(record: Record, name: str) -> list[Any]:
    """A field that holds a list.

    Raises:
        DataError: it is missing or holds something else.
    """
    value = record.values.get(name)
    if not isinstance(value, list):
        raise record.error(f"there is no {name}" if value is None else f"{name} is {value!r}, expected a list")
    return value


def one_object(record: Record, name: str) -> Record:
    """A field that holds an object, as a record of its own.

    Raises:
        DataError: it is missing or holds something else.
    """
    value = record.values.get(name)
    if not isinstance(value, Mapping):
        raise record.error(f"there is no {name}" if value is None else f"{name} is {value!r}, expected an object")
    return record._replace(values=value)


def one_image(record: Record, images: Sequence[Any]) -> str:
    """The path of the one image that a pair is about.

    Args:
        record: where they stand.
        images: paths, or what the hub's data sets keep of images (objects with a path).

    Raises:
        DataError: there is none, there are several, or it has no path.
    """
    if len(images) != 1:
        found = "there is no image" if not images else f"there are {len(images)} images"
        raise record.error(f"{found}; a pair is about one")
    embedded = isinstance(images[0], Mapping)
    path = images[0].get("path") if embedded else images[0]
    if not isinstance(path, str) or not path:
        problem = "the image is embedded without a path" if embedded else f"the image is {path!r}, expected a path"
        raise record.error(problem, "Write images to files, and their paths into the column images.")
    return path


def question_after_image(record: Record, typed: str) -> str:
    """What the user types, without the mark of the image before it.

    Raises:
        DataError: the mark does not stand once and first, or nothing comes after it.
    """
    if typed.count(IMAGE) != 1 or not typed.startswith(IMAGE):
        raise record.error(f"{IMAGE} is expected once, before the question; found {typed!r}")
    question = typed.removeprefix(IMAGE).removeprefix("\n")
    if not question.strip():
        raise record.error("the question is empty")
    return question


def json_object(record: Record, name: str) -> dict[str, Any]:
    """A field that holds an object written as JSON text; empty where it is left out.

    Raises:
        DataError: it holds something else.
    """
    value = text_or_empty(record, name)
    try:
        found = json.loads(value or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise record.error(f"{name} is {value!r}, expected an object as JSON text")
    return found
