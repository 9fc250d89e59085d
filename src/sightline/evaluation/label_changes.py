"""What changes from one label set to another."""

from typing import Any, NamedTuple

import pyarrow as pa

from sightline.core import Answer, Benchmark
from sightline.errors import RequestError
from sightline.evaluation.keys import AnswerKeys, read_answer_keys

__all__ = ["LabelChanges", "label_changes"]

_WORDS = {Answer.HOLDS: "yes", Answer.DOES_NOT_HOLD: "no", Answer.AMBIGUOUS: "ambiguous", None: "no label"}

DISTINCT = "distinct questions"
"""The row that counts every pair of image and claim once, in however many splits it is asked."""


class LabelChanges(NamedTuple):
    """What changes.

    Args:
        counts: split, change ("yes→no"), n; one row for every split and change, and the distinct questions last.
        questions: the changed ones, once each: image, question, from, to, and the ids under which they are asked.
    """

    counts: pa.Table
    questions: pa.Table


def label_changes(benchmark: Benchmark, old: str, new: str, keys: AnswerKeys | None = None) -> LabelChanges:
    """List and count what changes from one label set to another.

    Args:
        benchmark: what they are keys of.
        old: the first label set, a public name or ``NAME=PATH``.
        new: the second.
        keys: the two, where they have been read already.

    Raises:
        RequestError, DataError: as `read_answer_keys`.
    """
    if benchmark.scoring is not None:
        raise RequestError(f"Labels of {benchmark.name} are not yes or no, so their changes cannot be listed yet.")
    questions, label_sets = keys or read_answer_keys(benchmark, (old, new))
    if len(label_sets) != 2:
        raise RequestError(f"Two label sets are compared, found {len(label_sets)}.")
    before, after = label_sets
    kinds = ("yes→no", "yes→ambiguous", "no→yes", "no→ambiguous")
    counts: dict[tuple[str, str], int] = {
        (split, kind): 0 for split in (*dict.fromkeys(q.split for q in questions), DISTINCT) for kind in kinds
    }
    changed: dict[Any, dict[str, Any]] = {}
    for question in questions:
        pair = (question.images[0].name, question.claims[0])
        was, now = _WORDS.get(before.answer(*pair)), _WORDS.get(after.answer(*pair))
        if was == now:
            continue
        kind = f"{was}→{now}"
        counts[question.split, kind] = counts.get((question.split, kind), 0) + 1
        if pair not in changed:
            counts[DISTINCT, kind] = counts.get((DISTINCT, kind), 0) + 1
            changed[pair] = {"image": pair[0], "question": question.text, "from": was, "to": now, "ids": []}
        changed[pair]["ids"].append(question.id)
    text = pa.string()
    schema = pa.schema([(n, text) for n in ("image", "question", "from", "to")] + [("ids", pa.list_(text))])
    rows = [{"split": split, "change": kind, "n": n} for (split, kind), n in counts.items()]
    return LabelChanges(pa.Table.from_pylist(rows), pa.Table.from_pylist(list(changed.values()), schema=schema))
