"""Rates that are functions of other rates, and splits that pool others, on replies that can be counted by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from sightline.benchmarks import ALL
from sightline.core import (
    Benchmark,
    Counted,
    Derived,
    ImageRef,
    Labelled,
    LabelSet,
    Question,
    Rate,
    Ratio,
    Reply,
    Scoring,
    harmonic_mean_of,
    mean_of,
)
from sightline.evaluation.compare_counted import compare_counted
from sightline.evaluation.counted import count, rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.gate import check, parse_bound
from sightline.evaluation.rate_columns import rate_column
from sightline.evaluation.report_counted import write_counted_report
from sightline.evaluation.scorer import scorer
from sightline.stats.intervals import cluster_totals

TPR, TNR = Rate("tpr", "tp", "p", "higher"), Rate("tnr", "tn", "n", "higher")


def rounded(tpr: Ratio, tnr: Ratio) -> np.ndarray:
    """A mean of both in percent, each rounded to one decimal and with 0.001 below the line."""
    return sum(np.round(100 * ratio.of / (ratio.over + 0.001), 1) for ratio in (tpr, tnr)) / 200


RATES = (
    harmonic_mean_of("harmonic_mean", (TPR, TNR)),
    TPR,
    TNR,
    mean_of("balanced", (TPR, TNR)),
    Derived("official", (TPR, TNR), rounded, "as rounded", "higher"),
)


def counted(questions: Sequence[Question], _: LabelSet, replies: Sequence[Reply | None], __: str | None) -> Counted:
    """An id such as "yes/a3" asks what is true of image a; the reply is right where it is the first word."""
    kept = [(q, r) for q, r in zip(questions, replies, strict=True) if r is not None]
    yes = np.array([q.id.startswith("yes") for q, _ in kept], dtype=float)
    right = np.array([r.text == q.id.split("/")[0] for q, r in kept], dtype=float)
    counts = {"tp": yes * right, "p": yes, "tn": (1 - yes) * right, "n": 1 - yes}
    return Counted(tuple(q.images[0].name for q, _ in kept), tuple(q.split for q, _ in kept), counts)


def evaluation(
    said: Mapping[str, str], *others: Mapping[str, str], pooled: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Evaluation:
    """Question id → reply; the letter after the slash is the image, and the split where there is a pool."""
    asked = tuple(
        Question(id_, "?", (ImageRef(id_.split("/")[1][0]),), id_.split("/")[1][0] if pooled else "all") for id_ in said
    )
    labels = LabelSet("own", {}, absent=None, references=dict.fromkeys(said))
    benchmark = Benchmark(
        name="made",
        title="",
        splits=("a", "b") if pooled else ("all",),
        version=1,
        read_labels=lambda path, name: Labelled(asked, labels),
        public={},
        official_reader="words",
        scoring=Scoring(counted, RATES, ("words",), pooled=pooled),
    )
    models = {f"m{at}": of for at, of in enumerate((said, *others))}
    replies = {
        name: tuple(Reply(id_, name, text, f"{name}:1") for id_, text in of.items()) for name, of in models.items()
    }
    return Evaluation(benchmark, asked, (labels,), replies, dict.fromkeys(models, ()))


# tp 3 of 4, tn 1 of 2
SAID = {"yes/a1": "yes", "yes/a2": "yes", "no/a3": "yes", "yes/b1": "yes", "yes/b2": "no", "no/b3": "no"}


def test_a_derived_rate_is_the_function_of_the_sums() -> None:
    (row,) = rate_table(evaluation(SAID)).to_pylist()
    assert (row["tpr"], row["tnr"]) == (3 / 4, 1 / 2)
    assert row["harmonic_mean"] == pytest.approx(2 * 0.75 * 0.5 / 1.25)
    assert row["balanced"] == 0.625
    # 300 / 4.001 = 74.98, 100 / 2.001 = 49.975
    assert row["official"] == pytest.approx((75.0 + 50.0) / 200)


def test_every_draw_is_the_function_of_its_own_sums() -> None:
    found = count(evaluation(SAID), draws=100, seed=5)
    by_image = np.array([[2, 2, 0, 1], [1, 2, 1, 1]], dtype=float)  # tp, p, tn, n of a and of b
    for drawn, (tp, p, tn, n) in zip(found.drawn[:, 0, 0, 0], cluster_totals(by_image, 100, 5), strict=True):
        tpr, tnr = tp / p, tn / n
        assert drawn[0] == pytest.approx(2 * tpr * tnr / (tpr + tnr) if tnr else 0)
        assert drawn[3] == pytest.approx((tpr + tnr) / 2)
    assert (found.drawn[:, 0, 0, 0, 0] == 0).any()  # two times a


def test_a_derived_rate_of_zero_may_be_as_large_as_what_it_is_made_of_allows() -> None:
    said = {f"{true}/{image}": "yes" for image in "abcd" for true in ("yes", "no")}
    (row,) = rate_table(evaluation(said)).to_pylist()
    # tnr 0 of four images: at most 1 − 0.025^(1/4); tpr 4 of 4: at least 0.025^(1/4)
    low, high = 0.025 ** (1 / 4), 1 - 0.025 ** (1 / 4)
    assert (row["tnr_high"], row["tpr_low"]) == (pytest.approx(high), pytest.approx(low))
    assert (row["harmonic_mean"], row["harmonic_mean_low"]) == (0, 0)
    assert row["harmonic_mean_high"] == pytest.approx(2 * low * high / (low + high))


def test_a_derived_rate_of_one_may_be_as_small_as_what_it_is_made_of_allows() -> None:
    said = {f"{true}/{image}": true for image in "abcd" for true in ("yes", "no")}
    (row,) = rate_table(evaluation(said)).to_pylist()
    assert (row["balanced"], row["balanced_high"]) == (1, 1)
    assert row["balanced_low"] == pytest.approx(0.025 ** (1 / 4))


def test_a_derived_rate_without_one_of_its_parts_is_null() -> None:
    (row,) = rate_table(evaluation({"yes/a": "yes", "yes/b": "no"})).to_pylist()
    assert (row["tpr"], row["tnr"]) == (1 / 2, None)
    assert (row["harmonic_mean"], row["harmonic_mean_low"], row["harmonic_mean_high"]) == (None, None, None)


def test_models_are_compared_by_a_derived_rate_and_bounds_hold_it() -> None:
    given = evaluation(SAID, {**SAID, "no/a3": "no"})
    found = compare_counted(given, metric="harmonic_mean", draws=100)
    assert [(row["model"], row["rank"]) for row in found.ranks.to_pylist()] == [("m1", 1), ("m0", 2)]
    (pair,) = found.pairs.to_pylist()
    assert pair["difference"] == pytest.approx(0.6 - 2 * 0.75 / 1.75)
    bounds = [parse_bound("harmonic_mean under own >= 0.7 estimate", scorer(given.benchmark).metrics)]
    assert [held.passed for held in check(rate_table(given, draws=100), bounds)] == [False, True]


def test_its_column_says_what_it_is() -> None:
    assert rate_column(RATES[0]).note == "higher is better; harmonic mean of tpr and tnr"


def test_pooled_splits_add_up_the_counts_of_others_and_stand_last() -> None:
    rows = rate_table(evaluation(SAID, pooled={"both": ("a", "b")})).to_pylist()
    assert [(row["split"], row["n"], row["clusters"], row["tpr"], row["missing"]) for row in rows] == [
        ("a", 3, 1, 1, 0),
        ("b", 3, 1, 1 / 2, 0),
        ("both", 6, 2, 3 / 4, 0),
    ]


def test_a_pool_of_which_a_split_is_not_scored_is_left_out() -> None:
    rows = rate_table(evaluation({"yes/a": "yes", "no/a": "no"}, pooled={"both": ("a", "b")})).to_pylist()
    assert [row["split"] for row in rows] == ["a"]


def test_models_are_compared_and_reported_on_pooled_splits_too(tmp_path: Path) -> None:
    given = evaluation(SAID, {**SAID, "no/a3": "no"}, pooled={"both": ("a", "b")})
    found = compare_counted(given, metric="tnr", draws=100)
    assert [(row["split"], row["difference"]) for row in found.pairs.to_pylist()] == [
        ("a", -1),
        ("b", 0),
        ("both", -1 / 2),
    ]
    written = write_counted_report(given, tmp_path / "page.html", draws=100)
    assert "harmonic mean of tpr and tnr" in written.path.read_text()


def test_the_rates_of_a_benchmark_have_names_of_their_own() -> None:
    for benchmark in ALL.values():
        if benchmark.scoring is not None:
            names = [rate.name for rate in benchmark.scoring.rates]
            assert len(set(names)) == len(names), benchmark.name
