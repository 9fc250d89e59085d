"""A benchmark of three images that fits on a page, and replies to it.

    image   positives   random   popular   adversarial
    a.jpg   dog         cat      car       cat
    b.jpg   cat         dog      car       dog
    c.jpg   car         orange   dog       cat

Ids run 1, 2 (a.jpg), 3, 4 (b.jpg), 5, 6 (c.jpg) in every split, the positive first. RePOPE-like changes, "audited": the
cat of b.jpg is none (yes→no), the dog asked about b.jpg is one (no→yes), the car of c.jpg is ambiguous and left out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

POSITIVES = {"a.jpg": "dog", "b.jpg": "cat", "c.jpg": "car"}
NEGATIVES = {
    "random": {"a.jpg": "cat", "b.jpg": "dog", "c.jpg": "orange"},
    "popular": {"a.jpg": "car", "b.jpg": "car", "c.jpg": "dog"},
    "adversarial": {"a.jpg": "cat", "b.jpg": "dog", "c.jpg": "cat"},
}
AUDITED = {("b.jpg", "cat"): "no", ("b.jpg", "dog"): "yes", ("c.jpg", "car"): None}

Rows = list[dict[str, Any]]


def question(object_: str) -> str:
    return f"Is there {'an' if object_[0] in 'aeiou' else 'a'} {object_} in the image?"


def rows_of(split: str) -> Rows:
    rows: Rows = []
    for image, positive in POSITIVES.items():
        for object_, label in ((positive, "yes"), (NEGATIVES[split][image], "no")):
            rows.append({"question_id": len(rows) + 1, "image": image, "text": question(object_), "label": label})
    return rows


def audited_rows_of(split: str) -> Rows:
    kept: Rows = []
    for row in rows_of(split):
        object_ = row["text"].removeprefix("Is there a ").removeprefix("Is there an ").removesuffix(" in the image?")
        label = AUDITED.get((row["image"], object_), row["label"])
        if label is not None:
            kept.append(row | {"label": label})
    return kept


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def llava(split: str, answer: Callable[[dict[str, Any]], str], model: str = "m", **extra: Any) -> Rows:
    """Replies in LLaVA's fields."""
    return [
        {"question_id": row["question_id"], "prompt": row["text"], "text": answer(row), "model_id": model, **extra}
        for row in rows_of(split)
    ]


def truth(row: dict[str, Any]) -> str:
    return str(row["label"]).capitalize()
