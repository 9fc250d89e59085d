"""What people said as if it were models' replies, so that people are scored as models are."""

import re
from collections.abc import Iterable, Mapping, Sequence

from sightline.audit.entries import Act, Entry, Stage, standing
from sightline.audit.items import Item
from sightline.records.json_rows import Layout, encode_rows

__all__ = ["people_replies"]


def people_replies(items: Sequence[Item], entries: Iterable[Entry]) -> Mapping[str, bytes]:
    """For each labeller the name of a file, and JSON lines that `sightline score` reads: a row for each item.

    A letter stands for a choice, as a model would answer. *Ambiguous* is no answer that a benchmark knows, and counts
    as unreadable. Who decides has seen what others said, and is left out.

    Args:
        items: those of an audit.
        entries: what was said.
    """
    of = {item.key: item for item in items}
    said: dict[str, list[dict[str, str]]] = {}
    for entry in standing(entries):
        if entry.stage is Stage.LABEL and entry.act is Act.VERDICT:
            said.setdefault(entry.person, []).append(_row(of[entry.item], entry))
    names = [re.sub(r"[^\w.-]+", "_", person).strip(".") or "labeller" for person in said]
    if len(set(names)) < len(names):
        names = [f"{name}_{number}" for number, name in enumerate(names, start=1)]
    return {f"{name}.jsonl": encode_rows(rows, Layout()) for name, rows in zip(names, said.values(), strict=True)}


def _row(item: Item, entry: Entry) -> dict[str, str]:
    # Ids of POPE restart in every split; there, image and question tell which questions are meant.
    ids = {"question_id": item.questions[0]} if item.choices else {}
    word = entry.word or ""
    return {**ids, "image": item.image, "question": item.text, "text": word, "model_id": entry.person}
