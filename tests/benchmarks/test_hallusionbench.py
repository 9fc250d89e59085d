"""Two sets made by hand pin every figure of HallusionBench; what is neither yes nor no counts as its rule says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hallusionbench_loop import official

from sightline.benchmarks.hallusionbench import BENCHMARK, read_labels
from sightline.benchmarks.hallusionbench_scores import JUDGE
from sightline.core import Derived, Labelled, Ratio, Reply
from sightline.errors import DataError


def row(category: str, figure: str, question: str, visual: str, truth: str, **changed: Any) -> dict[str, Any]:
    subcategory = "map" if category == "VS" else "illusion"
    return {
        "category": category,
        "subcategory": subcategory,
        "visual_input": visual,
        "set_id": "0",
        "figure_id": figure,
        "sample_note": "made",
        "question_id": question,
        "question": f"Is it so ({question})?",
        "gt_answer_details": "It is so." if truth == "1" else "It is not so.",
        "gt_answer": truth,
        "filename": None if visual == "0" else f"./{category}/{subcategory}/0_{figure}.png",
        **changed,
    }


# VS: known without a figure, with the figure, and otherwise in an edited one; VD: as it is, and edited
ROWS = [
    row("VS", "0", "0", "0", "1"),
    row("VS", "0", "1", "0", "0"),
    row("VS", "1", "0", "1", "1"),
    row("VS", "1", "1", "1", "0"),
    row("VS", "2", "0", "2", "0"),
    row("VS", "2", "1", "2", "1"),
    row("VD", "0", "0", "1", "1"),
    row("VD", "0", "1", "1", "0"),
    row("VD", "1", "0", "2", "0"),
    row("VD", "1", "1", "2", "1"),
]

SAID = ["Yes.", "Not sure.", "Yes", "no", "Yes", "Yes.", "Yes", "Yes", "Yes", "Yes"]
#        right   credited    right  right  wrong  right   right  wrong  wrong  right
MARKS = ["1", "2", "1", "1", "0", "1", "1", "0", "0", "1"]


def written(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path = folder / "HallusionBench.json"
    path.write_text(json.dumps(rows))
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path, ROWS).parent, "own")


def counts(labelled: Labelled, said: Sequence[str | None], reader: str | None = None) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    replies = [
        None if text is None else Reply(question.id, "m", text)
        for question, text in zip(labelled.questions, said, strict=True)
    ]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader)
    return {name: float(values.sum()) for name, values in found.counts.items()}


def rate(totals: dict[str, float], name: str) -> float:
    assert BENCHMARK.scoring is not None
    found = next(rate for rate in BENCHMARK.scoring.rates if rate.name == name)
    if isinstance(found, Derived):
        ratios = [Ratio(np.array(totals[each.of]), np.array(totals[each.over])) for each in found.of]
        return float(found.function(*ratios))
    return totals.get(found.of, 0.0) / totals[found.over]


def test_questions_without_a_figure_have_no_image_and_others_the_name_in_the_file(labelled: Labelled) -> None:
    assert labelled.questions[0].images == ()
    assert labelled.questions[4].images[0].name == "VS/map/0_2.png"
    assert (labelled.questions[4].id, labelled.questions[4].split) == ("VS_map_0_2_0", "VS/map")


def test_questions_figures_and_pairs_are_counted_by_hand(labelled: Labelled) -> None:
    found = counts(labelled, SAID)
    # right: all but VS 2/0, VD 0/1, VD 1/0; "Not sure." is right, there being no figure
    assert (found["right"], found["replies"]) == (7, 10)
    # figures: VS 1 right, VS 2 half right, VD 0 half right, VD 1 half right
    assert (found["figures_right"], found["figures"], found["figures_inconsistent"]) == (1, 4, 3)
    # pairs: VS 0 fails on its edited figure; VS 1 is right; VD 0 fails, VD 1 fails
    assert (found["pairs_right"], found["pairs"]) == (1, 4)
    # easy leaves edited figures out: VS 0, VS 1 and VD 0 are right; hard: VS 1 and VD 1
    assert (found["easy_right"], found["easy"], found["hard_right"], found["hard"]) == (3, 4, 2, 4)
    assert rate(found, "mean_acc") == pytest.approx((0.7 + 0.25 + 0.25) / 3)


def test_yes_is_said_more_often_than_it_is_true(labelled: Labelled) -> None:
    found = counts(labelled, SAID)
    # of 9 clear replies 8 are yes, and 5 are truly yes; all 3 wrong ones: yes is said, twice of what is not so
    assert rate(found, "yes_bias") == pytest.approx(8 / 9 - 5 / 9)
    assert rate(found, "false_yes_share") == 1
    # the unclear one, credited, is booked as no: 8 of 10 against 5 of 10
    assert rate(found, "yes_bias_official") == pytest.approx(0.3)


def test_wrong_replies_are_put_down_to_language_vision_or_both(labelled: Labelled) -> None:
    found = counts(labelled, SAID)
    # VS 2/0 repeats what is known: language; VD 0/1 is the figure as it is: vision; VD 1/0 repeats the first: mixed
    assert [found[name] for name in ("diagnosed", "language", "vision", "mixed")] == [3, 1, 1, 1]


def test_a_plain_loop_over_the_repositorys_steps_finds_the_same(labelled: Labelled) -> None:
    found = counts(labelled, SAID)
    for name, value in official(ROWS, MARKS).items():
        assert rate(found, name) == pytest.approx(value), name


def test_a_judges_words_are_read_soundly_or_as_the_repository_does(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    words = ["Correct", "Unclear.", "correct", "correct", "This is not correct.", *["correct"] * 5]
    replies = [Reply(q.id, "m", "?", judgement=w) for q, w in zip(labelled.questions, words, strict=True)]
    right = {
        reader: BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader).counts["right"].sum()
        for reader in ("judged", "hallusionbench")
    }
    assert right == {"judged": 9, "hallusionbench": 10}  # "not correct" holds "correct", but not "incorrect"


def test_replies_that_were_not_judged_are_left_out_and_so_are_their_groups(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    replies = [Reply(q.id, "m", "Yes", judgement="correct" if n else "") for n, q in enumerate(labelled.questions)]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, "judged").counts
    assert [found[name].sum() for name in ("replies", "right", "pairs", "half_pairs")] == [9, 9, 3, 1]


def test_the_judge_is_told_what_is_true_and_nothing_of_the_figure(labelled: Labelled) -> None:
    asked = JUDGE.request(labelled.questions[0], labelled.labels, Reply("VS_map_0_0_0", "m", "I {truth} think so."))
    assert asked is not None
    assert "Is it so (0)?" in asked.prompt
    assert "It is so." in asked.prompt
    assert "I {truth} think so." in asked.prompt


def test_without_a_reply_figures_and_pairs_are_half(labelled: Labelled) -> None:
    found = counts(labelled, [None, *SAID[1:]])
    assert [found[name] for name in ("replies", "pairs", "half_pairs", "figures")] == [9, 3, 1, 4]
    found = counts(labelled, [*SAID[:-1], None])
    assert [found[name] for name in ("figures", "half_figures", "pairs", "half_pairs", "hard")] == [3, 1, 3, 1, 3]


def test_vlmevalkits_rule_leaves_questions_without_a_figure_out(labelled: Labelled) -> None:
    found = counts(labelled, SAID, "vlmevalkit")
    assert [found[name] for name in ("replies", "right", "pairs", "pairs_right")] == [8, 5, 4, 1]
    assert found["diagnosed"] == 2  # VD only: without what was said without a figure, nothing is put down to language


def test_replies_are_shown_as_what_was_read_beside_the_truth(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    show, question = BENCHMARK.scoring.show, labelled.questions[0]
    assert show is not None
    assert show(question, labelled.labels, Reply(question.id, "m", "No."), None) == ("no", "yes")
    assert show(question, labelled.labels, Reply(question.id, "m", "Hm."), None) == ("unclear", "yes")
    assert show(question, labelled.labels, Reply(question.id, "m", "Hm."), "judged") == ("not judged", "yes")
    assert show(question, labelled.labels, Reply(question.id, "m", "Hm.", judgement="incorrect"), "judged") == (
        "wrong",
        "yes",
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"category": "VX"}, "category and subcategory are VX/map, expected one of VD/illusion"),
        ({"gt_answer": "2"}, "gt_answer is '2', expected one of 0, 1"),
        ({"visual_input": "3"}, "visual_input is '3', expected one of 0, 1, 2"),
        ({"filename": "./VS/map/0_0.png"}, "visual_input is '0' and filename is './VS/map/0_0.png'"),
        ({"question": ""}, "question is '', expected text"),
        ({"figure_id": "1", "visual_input": "1", "filename": "a.png"}, "question VS_map_0_1_0 occurs twice"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, [{**ROWS[0], **change}, *ROWS[1:]]), "own")


def test_a_missing_field_is_named_with_file_and_row(tmp_path: Path) -> None:
    rows = [dict(each) for each in ROWS]
    del rows[2]["gt_answer"]
    with pytest.raises(DataError, match=r"HallusionBench\.json:3: there is no gt_answer"):
        read_labels(written(tmp_path, rows), "own")
