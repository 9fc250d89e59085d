"""Rates of benchmarks that count what they will, on the six questions of tiny_counting.py, by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_counting import SAID, replies, rows, truthful, write_lines

from sightline.api import compare, gate, measure, report, score
from sightline.core import Benchmark, Counted, ImageRef, Labelled, LabelSet, Question, Rate, Reply, Scoring
from sightline.errors import MissingError, RequestError
from sightline.evaluation.by_true import by_true_table
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.record import record_of
from sightline.evaluation.scorer import scorer
from sightline.models.scripted import ScriptedModel


@pytest.fixture
def labels(tmp_path: Path) -> list[str]:
    return [f"own={write_lines(tmp_path / 'own.jsonl', rows())}"]


@pytest.fixture
def said(tmp_path: Path) -> list[str]:
    return [write_lines(tmp_path / "m.jsonl", replies())]


def by_split(table: Any) -> dict[str, dict[str, Any]]:
    return {row["split"]: row for row in table.to_pylist()}


def test_every_rate_is_a_ratio_of_two_counts(labels: list[str], said: list[str]) -> None:
    found = by_split(score("counting", said, labels))
    assert list(found) == ["neutral", "0", "+1"]
    # neutral: three moons is true, "I like it." says nothing; nothing was asserted
    neutral = found["neutral"]
    assert (neutral["n"], neutral["clusters"], neutral["true_rate"], neutral["unreadable"]) == (2, 2, 1 / 2, 1 / 2)
    assert (neutral["prompt_match"], neutral["prompt_match_low"], neutral["count_asserted"]) == (None, None, 0)
    # +1: four moons is what the prompt says, five cups is neither three nor two
    assert (found["+1"]["prompt_match"], found["+1"]["true_rate"], found["+1"]["other"]) == (1 / 2, 0, 1 / 2)


def test_with_the_true_number_in_the_prompt_a_reply_is_copied_and_true(labels: list[str], said: list[str]) -> None:
    control = by_split(score("counting", said, labels))["0"]
    assert (control["prompt_match"], control["true_rate"], control["count_copied"], control["count_true"]) == (
        1,
        1,
        2,
        2,
    )
    assert control["true_rate_low"] == pytest.approx(0.025 ** (1 / 2))  # exact, with two images


def test_each_reader_has_its_rows(labels: list[str], said: list[str]) -> None:
    table = score("counting", said, labels, readers=["number", "pih"])
    assert table["reader"].to_pylist() == ["number@1"] * 3 + ["pih@1"] * 3
    with pytest.raises(RequestError, match=r"No reader of counting is called 'strict'. Known: number, pih"):
        score("counting", said, labels, readers=["strict"])


def test_missing_replies_are_an_error_or_counted(labels: list[str], tmp_path: Path) -> None:
    some = [write_lines(tmp_path / "some.jsonl", replies()[:-1])]
    with pytest.raises(
        MissingError, match=r"m has no reply to 1 of 2 \+1 questions; the first is 6 \('Describe the th"
    ):
        score("counting", some, labels)
    table = score("counting", some, labels, allow_missing=True)
    row = by_split(table)["+1"]
    assert (row["n"], row["clusters"], row["missing"], row["prompt_match"]) == (1, 1, 1, 1)
    assert record_of(table)["models"]["m"]["missing"] == {"+1": 1}


def test_questions_that_a_label_set_leaves_out_are_not_scored_under_it(
    labels: list[str], said: list[str], tmp_path: Path
) -> None:
    mended = write_lines(tmp_path / "mended.jsonl", rows()[:3])  # the cups are left out
    table = score("counting", said, [*labels, f"mended={mended}"])
    own, fewer = ([row for row in table.to_pylist() if row["labels"] == name] for name in ("own", "mended"))
    assert [row["n"] for row in own] == [2, 2, 2]
    assert [(row["n"], row["not_scored"], row["missing"]) for row in fewer] == [(1, 1, 0)] * 3


def test_the_record_names_files_and_how_they_were_joined(labels: list[str], said: list[str]) -> None:
    record = record_of(score("counting", said, labels, seed=3))
    assert record["models"]["m"]["files"][0]["joined_by"] == "question id"
    assert record["settings"] == {"readers": ["number@1"], "draws": 2000, "seed": 3}
    assert (record["questions"], record["distinct_questions"], record["benchmark_version"]) == (6, 6, 1)


def test_two_models_are_compared_in_the_same_draws_and_the_lower_rate_ranks_first(
    labels: list[str], said: list[str], tmp_path: Path
) -> None:
    found = compare("counting", [*said, write_lines(tmp_path / "t.jsonl", truthful())], labels)
    ranked = [row for row in found.ranks.to_pylist() if row["split"] == "+1"]
    assert [(row["model"], row["value"], row["rank"]) for row in ranked] == [("truthful", 0, 1), ("m", 0.5, 2)]
    pair = next(row for row in found.pairs.to_pylist() if row["split"] == "+1")
    assert (pair["model_a"], pair["difference"], pair["n"], pair["p_mcnemar"]) == ("m", 0.5, 2, None)
    assert {row["split"] for row in found.pairs.to_pylist()} == {"0", "+1"}  # nothing is asserted in neutral
    assert found.changes.num_rows == 0


def test_models_are_compared_on_the_questions_that_both_answered(
    labels: list[str], said: list[str], tmp_path: Path
) -> None:
    fewer = write_lines(tmp_path / "t.jsonl", truthful()[:3])  # the moons alone
    found = compare("counting", [*said, fewer], labels, metric="true_rate", allow_missing=True)
    assert {row["n"] for row in found.pairs.to_pylist()} == {1}
    # m says three, three, four; the truthful one three moons each time
    assert [row["difference"] for row in found.pairs.to_pylist()] == [0, 0, -1]
    assert record_of(found.pairs)["settings"]["questions_shared"] == 3


def test_an_unknown_rate_is_answered_with_the_nearest(labels: list[str], said: list[str]) -> None:
    with pytest.raises(RequestError, match=r"No rate of counting is called 'true_rat'. Did you mean 'true_rate'"):
        compare("counting", said, labels, metric="true_rat")


def test_bounds_can_be_set_on_its_rates(labels: list[str], said: list[str]) -> None:
    table = score("counting", said, labels)
    (held,) = gate(table, ["prompt_match under own on +1 <= 0.5 estimate"])
    assert (held.split, held.value, held.passed) == ("+1", 0.5, True)


def test_what_needs_yes_and_no_says_so(labels: list[str], said: list[str]) -> None:
    from sightline.evaluation.plan import assumptions_from

    with pytest.raises(RequestError, match="Replies to counting are not yes or no; it has rates of its own: prompt_m"):
        assumptions_from(evaluate("counting", said, labels))


def test_a_label_set_must_be_named_where_none_is_public(said: list[str]) -> None:
    with pytest.raises(RequestError, match=r"counting has no public label set. Name your own file: --labels NAME=PATH"):
        score("counting", said)


def test_a_split_without_questions_is_refused(labels: list[str], said: list[str]) -> None:
    with pytest.raises(RequestError, match=r"no questions in \+7, so there is nothing to score"):
        score("counting", said, labels, splits=["+7"])
    with pytest.raises(RequestError, match=r"No split of counting is called 'plus 1'.*Known: \+1, 0, neutral"):
        score("counting", said, labels, splits=["plus 1"])


def test_rates_are_told_by_the_true_number(labels: list[str], said: list[str]) -> None:
    table = by_true_table(evaluate("counting", said, labels), draws=100)
    cells = [(row["split"], row["true"], row["n"], row["prompt_match"]) for row in table.to_pylist()]
    assert cells[:4] == [("neutral", 2, 1, None), ("neutral", 3, 1, None), ("0", 2, 1, 1), ("0", 3, 1, 1)]
    assert cells[4:] == [("+1", 2, 1, 0), ("+1", 3, 1, 1)]  # the three moons became four, the two cups five


def test_a_model_is_measured_and_its_run_scored(
    labels: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "images" / name).write_bytes(name.encode())
    script = {(row["image"], row["text"]): text for row, text in zip(rows(), SAID, strict=True)}
    run = measure("counting", ScriptedModel(script), tmp_path / "images", tmp_path / "run", labels)
    assert run.asked == 6
    assert by_split(score("counting", [str(run.folder)], labels))["+1"]["prompt_match"] == 1 / 2
    with pytest.raises(MissingError, match="is no question of these label sets; 3 of 6 replies are to such"):
        score("counting", [str(run.folder)], [f"fewer={write_lines(tmp_path / 'fewer.jsonl', rows()[:3])}"])


def test_the_report_has_rates_differences_and_replies_but_no_true_positives(
    labels: list[str], said: list[str], tmp_path: Path
) -> None:
    both = [*said, write_lines(tmp_path / "t.jsonl", truthful())]
    written = report("counting", tmp_path / "page.html", both, labels, draws=100)
    page = written.path.read_text()
    assert (written.replies, written.missing) == (12, 0)
    assert "prompt match" in page
    assert "Paired differences" in page
    assert "4 (as asserted)" in page
    assert '"yes_no":false' in page


def captions(lengths: dict[str, int]) -> Evaluation:
    """One caption an image, of so many words; the mean of the words is no rate."""

    def count(questions: Any, labels: LabelSet, said: Any, reader: str | None) -> Counted:
        kept = [(q, r) for q, r in zip(questions, said, strict=True) if r is not None]
        words = np.array([len(r.text.split()) for _, r in kept], dtype=float)
        images = tuple(q.images[0].name for q, _ in kept)
        return Counted(images, ("",) * len(kept), {"words": words, "captions": np.ones(len(kept))})

    rates = (Rate("length", "words", "captions", unit="number"),)
    asked = tuple(Question(name, "Describe.", (ImageRef(name),)) for name in lengths)
    label_set = LabelSet("none", {})
    benchmark = Benchmark(
        name="captions",
        title="",
        splits=("",),
        version=1,
        read_labels=lambda path, name: Labelled(asked, label_set),
        public={},
        official_reader="words",
        scoring=Scoring(count, rates, ("words",)),
    )
    said = tuple(Reply(name, "m", "a " * length) for name, length in lengths.items())
    return Evaluation(benchmark, asked, (label_set,), {"m": said}, {"m": ()})


def test_a_mean_of_one_is_not_taken_for_always() -> None:
    row = rate_table(captions({"a": 1, "b": 1, "c": 1})).to_pylist()[0]
    assert (row["length"], row["length_low"], row["length_high"]) == (1, 1, 1)


def test_a_mean_may_be_larger_than_one_and_its_interval_lies_around_it() -> None:
    row = rate_table(captions({"a": 2, "b": 4, "c": 6})).to_pylist()[0]
    assert (row["length"], row["count_words"]) == (4, 12)
    assert 2 <= row["length_low"] < 4 < row["length_high"] <= 6


def test_a_benchmark_names_its_own_reader_and_headline() -> None:
    how = scorer(captions({"a": 1}).benchmark)
    assert (how.reader, how.metric, how.metrics) == ("words", "length", ("length",))
