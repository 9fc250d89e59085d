"""A pool that names no splits adds up all that there are, where there are several."""

import json
from pathlib import Path

from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation, evaluate


def evaluated(folder: Path, *categories: str) -> Evaluation:
    rows = [
        {"id": str(n), "image": f"{n}.jpg", "question": "Is it?", "answer": "yes", "category": category}
        for n, category in enumerate(categories)
    ]
    said = [{"question_id": str(n), "text": "Yes" if n else "No"} for n in range(len(categories) - 1)]
    for name, records in (("own", rows), ("said", said)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return evaluate("yes_no", [f"m={folder / 'said.jsonl'}"], [f"own={folder / 'own.jsonl'}"], allow_missing=True)


def test_all_categories_are_added_up_behind_them(tmp_path: Path) -> None:
    table = rate_table(evaluated(tmp_path, "x", "x", "y", "z", "z"), draws=100).to_pylist()
    assert [(row["split"], row["n"], row["accuracy"], row["missing"]) for row in table] == [
        ("x", 2, 0.5, 0),
        ("y", 1, 1, 0),
        ("z", 1, 1, 1),
        ("overall", 4, 0.75, 1),
    ]


def test_one_category_alone_is_not_shown_twice(tmp_path: Path) -> None:
    table = rate_table(evaluated(tmp_path, "x", "x", "x"), draws=100)
    assert table["split"].to_pylist() == ["x"]
