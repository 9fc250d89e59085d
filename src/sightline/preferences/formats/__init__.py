"""The formats in which the field writes preference pairs; content tells them apart."""

from collections.abc import Mapping
from typing import Any

from sightline.preferences.formats import hadpo, llamafactory, own, sentinel, trl
from sightline.preferences.formats.source import Format

__all__ = ["ALL", "format_of"]

ALL: tuple[Format, ...] = (
    sentinel.FORMAT,
    sentinel.BY_IMAGE,
    sentinel.LLAMAFACTORY,
    llamafactory.FORMAT,
    hadpo.QUESTIONS,
    hadpo.DESCRIPTIONS,
    trl.FORMAT,
    own.FORMAT,
)
"""Every format, in the order in which they are tried."""


def format_of(record: Mapping[str, Any]) -> Format | None:
    """The format of a file, by one of its records; None where it is none that is known.

    Example:
        >>> format_of({"instruction": "<image>Describe it.", "chosen": "a", "rejected": "b", "images": ["1.jpg"]}).name
        "SENTINEL's rows for LLaMA-Factory"
    """
    return next((each for each in ALL if each.recognises(record)), None)
