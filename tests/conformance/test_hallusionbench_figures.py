"""HallusionBench's own file: its denominators, and any replies scored as the repository scores them.

Skipped where the third-party data are absent; see the fixture ``conformance``.
"""

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hallusionbench_loop import official

from sightline.benchmarks.hallusionbench import BENCHMARK, read_labels
from sightline.core import Derived, Labelled, Ratio, Reply
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import evaluate
from sightline.records.public_files import cached


@pytest.fixture(scope="module")
def file(conformance: Path) -> Path:
    path = conformance / "hallusionbench" / "HallusionBench.json"
    if not path.exists():
        pytest.skip("conformance data absent")
    return path


@pytest.fixture(scope="module")
def rows(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def labelled(file: Path) -> Labelled:
    return read_labels(file.parent, "hallusionbench")


def counts(labelled: Labelled, replies: list[Reply | None], reader: str | None = None) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader)
    return {name: float(values.sum()) for name, values in found.counts.items()}


def rates(totals: dict[str, float]) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    values = {}
    for rate in BENCHMARK.scoring.rates:
        if isinstance(rate, Derived):
            ratios = [Ratio(*(np.array(totals[name]) for name in (r.of, r.over))) for r in rate.of]
            values[rate.name] = float(rate.function(*ratios))
        elif totals.get(rate.over):
            values[rate.name] = totals.get(rate.of, 0.0) / totals[rate.over]
    return values


def saying(labelled: Labelled, text: str) -> list[Reply | None]:
    return [Reply(question.id, "m", text) for question in labelled.questions]


def test_it_has_1129_questions_of_which_178_are_about_no_figure(labelled: Labelled) -> None:
    assert Counter(len(question.images) for question in labelled.questions) == {1: 951, 0: 178}
    assert {question.split for question in labelled.questions} == {*BENCHMARK.splits}


def test_the_denominators_are_1129_346_and_455(labelled: Labelled) -> None:
    found = counts(labelled, saying(labelled, "Yes"))
    assert [found[name] for name in ("replies", "figures", "pairs", "easy", "hard")] == [1129, 346, 455, 455, 430]
    assert found["yes_true_all"] / 1129 == pytest.approx(0.429, abs=0.0005)
    assert found["yes_true_all"] == found["right"] == 484


def test_clusters_are_167_sets(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    replies = saying(labelled, "No")
    assert len({*BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, None).clusters}) == 167


def test_vlmevalkits_rule_has_951_questions_and_as_many_pairs(labelled: Labelled) -> None:
    found = counts(labelled, saying(labelled, "Yes, it is."), "vlmevalkit")
    assert [found[name] for name in ("replies", "figures", "pairs")] == [951, 346, 455]


def test_silence_is_right_where_there_is_no_figure_and_nowhere_else(labelled: Labelled) -> None:
    found = counts(labelled, saying(labelled, ""))
    assert (found["right"], found["unclear"], found["unclear_credited"]) == (178, 1129, 178)
    assert (found["figures_right"], found["pairs_right"]) == (0, 0)


def answer(mark: str, truth: str) -> str:
    """A reply that is right, wrong, or neither."""
    if mark == "2":
        return "I am not sure."
    return "Yes, it is." if (mark == "1") is (truth == "1") else "No."


@pytest.mark.parametrize("seed", range(3))
def test_any_replies_are_scored_as_a_loop_over_the_repositorys_steps_does(
    rows: list[dict[str, Any]], labelled: Labelled, seed: int
) -> None:
    draw = random.Random(seed)
    marks = [draw.choices("012", weights=(3, 6, 1))[0] for _ in rows]
    words = {"1": "Correct.", "0": "That is incorrect.", "2": "One cannot tell."}
    judged = [Reply(q.id, "m", "…", judgement=words[mark]) for q, mark in zip(labelled.questions, marks, strict=True)]
    parsed = [
        Reply(question.id, "m", answer(mark, row["gt_answer"]))
        for question, mark, row in zip(labelled.questions, marks, rows, strict=True)
    ]
    expected = official(rows, marks)
    for replies, reader in ((judged, "hallusionbench"), (judged, "judged"), (parsed, None)):
        found = rates(counts(labelled, replies, reader))
        assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)
        assert found["mean_acc"] == pytest.approx((expected["aacc"] + expected["facc"] + expected["qacc"]) / 3)


def test_scoring_takes_a_fraction_of_a_second(labelled: Labelled) -> None:
    replies = saying(labelled, "Yes, the right circle is larger.")
    begun = time.process_time()
    counts(labelled, replies)
    assert time.process_time() - begun < 2


def test_the_hash_of_the_public_file_is_that_of_the_data(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "hallusionbench").symlink_to(file.parent)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path))
    assert cached("hallusionbench", BENCHMARK.public["hallusionbench"]) == tmp_path / "hallusionbench"


def test_recorded_replies_are_scored_by_subcategory_category_and_overall(file: Path, tmp_path: Path) -> None:
    labelled = read_labels(file, "own")
    replies = tmp_path / "always_yes.jsonl"
    replies.write_text(
        "".join(json.dumps({"question_id": question.id, "text": "Yes"}) + "\n" for question in labelled.questions)
    )
    table = rate_table(evaluate("hallusionbench", [replies], [f"own={file}"]), draws=100).to_pylist()
    found = {row["split"]: row for row in table}
    assert list(found) == [*BENCHMARK.splits, "VD", "VS", "overall"]
    assert [found[split]["n"] for split in ("VD", "VS", "overall")] == [591, 538, 1129]
    overall = found["overall"]
    assert overall["aacc"] == pytest.approx(484 / 1129)
    assert overall["mean_acc"] == pytest.approx((overall["aacc"] + overall["facc"] + overall["qacc"]) / 3)
    assert overall["mean_acc_low"] < overall["mean_acc"] < overall["mean_acc_high"]
    assert overall["yes_bias"] == pytest.approx(1 - 484 / 1129)
