"""LLaMA-Factory's ranking format "sharegpt": conversations, chosen and rejected as turns. FINER-Tuning publishes it.

A conversation must end with the user's turn: the tool leaves out rows, with no more than a line in its log, in which
the beginning of the reply follows it. So there is no place for a context here.
"""

from collections.abc import Mapping
from typing import Any

from sightline.core import ImageRef, PreferencePair
from sightline.preferences.formats.fields import (
    IMAGE,
    list_of,
    one_image,
    one_object,
    question_after_image,
    text,
)
from sightline.preferences.formats.remainder import restored
from sightline.preferences.formats.source import Format, Record

__all__ = ["FORMAT", "row"]

_KINDS = {"obj": "object", "attr": "attribute", "rel": "relation", "wh": "what"}
_POLARITIES = {"pos": "positive", "neg": "negative"}


def row(pair: PreferencePair, path: str) -> dict[str, Any]:
    """Write a pair as a row."""
    return {
        "conversations": [{"from": "human", "value": f"{IMAGE}\n{pair.prompt}"}],
        "chosen": {"from": "gpt", "value": pair.chosen},
        "rejected": {"from": "gpt", "value": pair.rejected},
        "images": [path],
    }


def _recognises(values: Mapping[str, Any]) -> bool:
    return {"conversations", "chosen", "rejected"} <= values.keys()


def _pairs(record: Record) -> tuple[PreferencePair, ...]:
    turns = list_of(record, "conversations")
    if len(turns) != 1:
        raise record.error(f"the conversation has {len(turns)} turns; a pair answers one question")
    meta = _meta(record)
    pair = PreferencePair(
        ImageRef(one_image(record, list_of(record, "images"))),
        prompt=question_after_image(record, _said(record._replace(values={"turn": turns[0]}), "turn", "human")),
        chosen=_said(record, "chosen", "gpt"),
        rejected=_said(record, "rejected", "gpt"),
        method="finer" if meta else "",
        kind=meta.get("kind", ""),
        polarity=meta.get("polarity", ""),
        source=meta.get("source", ""),
    )
    return (restored(pair, record),)


def _said(record: Record, name: str, by: str) -> str:
    """What a turn says."""
    turn = one_object(record, name)
    if turn.values.get("from") != by:
        raise record.error(f"{name} is from {turn.values.get('from')!r}, expected {by!r}")
    value = turn.values.get("value")
    if not isinstance(value, str) or not value.strip():
        raise record.error(f"{name} is {value!r}, expected text")
    return value


def _meta(record: Record) -> dict[str, str]:
    """What FINER-Tuning says of its rows: shard and row of the caption, type of the question, its polarity."""
    if record.values.get("meta") is None:
        return {}
    meta = one_object(record, "meta")
    found = {}
    for name, field, known in (("qa_type", "kind", _KINDS), ("polarity", "polarity", _POLARITIES)):
        value = text(meta, name)
        if value not in known:
            raise record.error(f"{name} is {value!r}, expected {', '.join(known)}")
        found[field] = known[value]
    if "shard" in meta.values and "row_idx" in meta.values:
        found["source"] = f"{meta.values['shard']}:{meta.values['row_idx']}"
    return found


FORMAT = Format("LLaMA-Factory's ranking rows", _recognises, _pairs)
