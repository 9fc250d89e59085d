"""TRL's preference format: prompt, chosen and rejected as lists of messages, and a column images."""

from collections.abc import Mapping
from typing import Any

from sightline.core import ImageRef, PreferencePair
from sightline.preferences.formats.fields import list_of, one_image, text
from sightline.preferences.formats.remainder import COLUMN, restored
from sightline.preferences.formats.source import Format, Record

__all__ = ["FORMAT", "row"]


def row(pair: PreferencePair, path: str) -> dict[str, Any]:
    """Write a pair as a row; TRL puts the image into the place of the user's first part."""
    user = [{"type": "image"}, {"type": "text", "text": pair.prompt}]
    return {
        "prompt": [{"role": "user", "content": user}],
        "chosen": [_replied(pair.chosen)],
        "rejected": [_replied(pair.rejected)],
        "images": [path],
    }


def _replied(said: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": said}]}


def _recognises(values: Mapping[str, Any]) -> bool:
    replies = {"prompt", "chosen", "rejected"} <= values.keys()
    return replies and ("images" in values or isinstance(values["prompt"], list))


def _pairs(record: Record) -> tuple[PreferencePair, ...]:
    images = list_of(record, "images") if "images" in record.values else [record.values.get("image")]
    image = ImageRef(one_image(record, images))
    if isinstance(record.values["prompt"], str):
        return (_written_out(record, image),)
    prompt = list_of(record, "prompt")
    roles = [turn.get("role") if isinstance(turn, Mapping) else None for turn in prompt]
    if roles not in (["user"], ["user", "assistant"]):
        found = ", ".join(map(str, roles)) or "nothing"
        raise record.error(f"the prompt has turns of {found}; expected one of the user, and the beginning of the reply")
    pair = PreferencePair(
        image,
        prompt=_said(record, "prompt", prompt[0], pictures=1),
        chosen=_reply(record, "chosen"),
        rejected=_reply(record, "rejected"),
        context=_said(record, "prompt", prompt[1]) if len(prompt) == 2 else "",
    )
    return (restored(pair, record),)


def _written_out(record: Record, image: ImageRef) -> PreferencePair:
    """Read a row whose texts are in some model's chat format: what they are made of stands in our own column."""
    texts = {name: text(record, name) for name in ("prompt", "chosen", "rejected")}
    if not record.values.get(COLUMN):
        raise record.error("prompt is text in some model's chat format, of which the question cannot be told")
    pair = restored(PreferencePair(image, "", "", ""), record)
    parts = (pair.prompt in texts["prompt"], texts["prompt"].endswith(pair.context))
    if not all(parts) or any(getattr(pair, name) not in texts[name] for name in ("chosen", "rejected")):
        raise record.error(f"the texts are not those of the column {COLUMN}", "Change both, or export the pairs again.")
    return pair


def _reply(record: Record, name: str) -> str:
    turns = list_of(record, name)
    roles = [turn.get("role") if isinstance(turn, Mapping) else None for turn in turns]
    if roles != ["assistant"]:
        raise record.error(f"{name} has turns of {', '.join(map(str, roles)) or 'nothing'}; expected one of assistant")
    return _said(record, name, turns[0])


def _said(record: Record, name: str, turn: Mapping[str, Any], pictures: int = 0) -> str:
    """The text of a turn; the user's has a picture first, which TRL puts there where it is not."""
    content = turn.get("content")
    if isinstance(content, str):
        parts: list[Any] = [{"type": "image"}] * pictures + [{"type": "text", "text": content}]
    else:
        parts = content if isinstance(content, list) else []
    kinds = [part.get("type") if isinstance(part, Mapping) else None for part in parts]
    if kinds != ["image"] * pictures + ["text"]:
        expected = "an image and a text" if pictures else "one text"
        raise record.error(f"{name} is made of {', '.join(map(str, kinds)) or repr(content)}; expected {expected}")
    said = parts[-1].get("text")
    if not isinstance(said, str) or not said.strip():
        raise record.error(f"{name} is {said!r}, expected text")
    return said


FORMAT = Format("TRL's preference rows", _recognises, _pairs)
