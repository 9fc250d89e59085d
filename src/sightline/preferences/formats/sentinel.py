"""SENTINEL's rows: as its generator writes them, as its converters write them for its two trainers, and older names.

Rows of the generator (``<model>_data_pair.jsonl``) have image_id, image_path, question, context, y_win, y_lose and what
was known of the objects. The converter that was published with it looks for win and lose, and writes empty replies
where it does not find them. Such a row is an error here.

A reply is one sentence of a caption, so that it does not end the reply; neither does training by its authors' code,
which cuts the end off wherever there is a context.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sightline.core import ImageRef, PreferencePair
from sightline.preferences.formats.fields import (
    IMAGE,
    list_of,
    one_image,
    question_after_image,
    text,
    text_or_empty,
)
from sightline.preferences.formats.remainder import restored
from sightline.preferences.formats.source import Format, Record
from sightline.preferences.formats.visual_genome import image_name

__all__ = ["BY_IMAGE", "FORMAT", "LLAMAFACTORY", "llamafactory_row", "row"]

_METHOD, _KIND = "sentinel", "sentence"
_WON, _LOST = ("y_win", "win"), ("y_lose", "lose")
_KNOWN = {"image_id", "image_path", "question", "context", *_WON, *_LOST, "sightline"}
_EMPTY = (
    "SENTINEL's converter leaves replies empty where it reads rows with y_win and y_lose. Read the file that its "
    "generator wrote, <model>_data_pair.jsonl, or convert it again with the names mended."
)


def row(pair: PreferencePair, path: str) -> dict[str, Any]:
    """Write a pair as the generator's row."""
    details = {name: value for name, value in pair.details.items() if name not in _KNOWN}
    image_id = pair.details.get("image_id", PurePosixPath(pair.image.name).stem)
    return {
        "image_id": image_id,
        "image_path": path,
        "question": pair.prompt,
        "context": pair.context,
        "y_win": pair.chosen,
        "y_lose": pair.rejected,
        **details,
    }


def llamafactory_row(pair: PreferencePair, path: str) -> dict[str, Any]:
    """Write a pair as a row for SENTINEL's patch of LLaMA-Factory."""
    return {
        "instruction": IMAGE + pair.prompt,
        "context": pair.context,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "images": [path],
    }


def _pair(record: Record, image: str, details: Mapping[str, Any]) -> PreferencePair:
    won, lost = (next((name for name in names if name in record.values), names[0]) for names in (_WON, _LOST))
    return PreferencePair(
        ImageRef(image),
        prompt=text(record, "question"),
        chosen=text(record, won),
        rejected=text(record, lost),
        context=text_or_empty(record, "context"),
        method=_METHOD,
        kind=_KIND,
        ends=False,
        details=details,
    )


def _is_row(values: Mapping[str, Any]) -> bool:
    return "question" in values and bool(values.keys() & {*_WON, *_LOST})


def _pairs(record: Record) -> tuple[PreferencePair, ...]:
    image = text(record, "image_path")
    details = {name: value for name, value in record.values.items() if name not in _KNOWN}
    image_id = record.values.get("image_id")
    if image_id is not None and image_id != PurePosixPath(image).stem:
        details["image_id"] = image_id
    return (restored(_pair(record, image, details), record),)


def _is_by_image(values: Mapping[str, Any]) -> bool:
    """Whether an object holds lists of pairs by image id, as the converter for LLaVA-1.5's trainer writes it."""
    lists = [value for value in values.values() if isinstance(value, list)]
    first = next((pair for pairs in lists for pair in pairs), None)
    return len(lists) == len(values) > 0 and isinstance(first, Mapping) and _is_row(first)


def _pairs_by_image(record: Record) -> tuple[PreferencePair, ...]:
    found = []
    for image_id in record.values:
        image = image_name(record, image_id)
        for place, values in enumerate(list_of(record, image_id), start=1):
            if not isinstance(values, Mapping):
                raise record.error(f"pair {place} of image {image_id} is {values!r}, expected an object")
            details = {name: value for name, value in values.items() if name not in _KNOWN and value is not None}
            found.append(_pair(record._replace(values=values), image, {"image_id": image_id, **details}))
    return tuple(found)


def _is_llamafactory(values: Mapping[str, Any]) -> bool:
    return {"instruction", "chosen", "rejected"} <= values.keys()


def _llamafactory_pairs(record: Record) -> tuple[PreferencePair, ...]:
    """Read a row of LLaMA-Factory's ranking format "alpaca", which SENTINEL's patch gives one more column, context."""
    patched = "context" in record.values
    if text_or_empty(record, "input").strip():
        raise record.error(f"input is {record.values['input']!r}, for which pairs have no place")
    pair = PreferencePair(
        ImageRef(one_image(record, list_of(record, "images"))),
        prompt=question_after_image(record, text(record, "instruction")),
        chosen=text(record, "chosen", _EMPTY if patched else None),
        rejected=text(record, "rejected", _EMPTY if patched else None),
        context=text_or_empty(record, "context"),
        method=_METHOD if patched else "",
        kind=_KIND if patched else "",
        ends=not patched,
    )
    return (restored(pair, record),)


FORMAT = Format("SENTINEL's rows", _is_row, _pairs)
BY_IMAGE = Format("SENTINEL's rows by image id", _is_by_image, _pairs_by_image)
LLAMAFACTORY = Format("SENTINEL's rows for LLaMA-Factory", _is_llamafactory, _llamafactory_pairs)
