"""Heads judged: the outcome by hand on scripted replies, and run folders of the bundled model.

image    object   neutral            0                 +1                     +2
a.png    3 moons  1                  2                 3 ("four moons")       4 ("five moons")
b.png    2 cups   5                  6                 7 ("three cups")
c.png    4 stars  8                  9                 10 ("five stars")
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from counted_scenes import bundled

from sightline.benchmarks import benchmark, counting
from sightline.core import Answer, Asking, ImageRef, LabelSet, Presence, Question, Replies, Reply
from sightline.errors import DataError, RequestError
from sightline.evaluation.build import build_pope
from sightline.evaluation.build_presupposed import build_colour, build_counting
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.measure import Progress
from sightline.evaluation.score import score_table
from sightline.mechanisms.judging import WHOLE, HeadSet, JudgedOn, judge_heads, outcome_table, sets_to_judge
from sightline.models.heads import Head
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel
from sightline.records.run_folder import read_run
from sightline.scenes.rendered import render_scenes

torch.set_num_threads(1)

DRAWS = 200
Row = dict[str, Any]

WORDS = ("zero", "one", "two", "three", "four", "five", "six")
THINGS = (("a.png", "moon", 3, (1, 2)), ("b.png", "cup", 2, (1,)), ("c.png", "star", 4, (1,)))
FEW = HeadSet("few", "heads", (Head(0, 0),))
MORE = HeadSet("more", "random heads", (Head(0, 0), Head(1, 1)))
SAID = {
    WHOLE: (
        *("Three moons.", "Three moons.", "Four moons.", "Five moons."),
        *("Two cups.", "I like it.", "Three cups."),
        *("Nine stars.", "Four stars.", "Four stars."),
    ),
    "few": (
        *("Three moons.", "Three moons.", "Three moons.", "Six moons."),
        *("Two cups.", "Two cups.", "Three cups."),
        *("Four stars.", "Four stars.", "Five stars."),
    ),
    "more": (
        *("Three moons.", "Four moons.", "I like it.", "Three moons."),
        *("I like it.", "Two cups.", "Two cups."),
        *("Four stars.", "Four stars.", "Four stars."),
    ),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))


def counted(folder: Path, said: dict[str, Sequence[str | None]], things: Any = THINGS) -> Evaluation:
    """Replies to the neutral question, the true number and some false ones, about every thing."""
    rows: list[Row] = []
    for image, object_, number, offsets in things:
        known = {"image": image, "object": object_, "number": number}
        rows.append(known | {"text": f"How many {object_}s are in this image?", "split": "neutral", "asserted": None})
        for offset in (0, *offsets):
            text = f"Describe the {WORDS[number + offset]} {object_}s in this image."
            split = f"{offset:+d}" if offset else "0"
            rows.append(known | {"text": text, "split": split, "asserted": number + offset})
    lines = [json.dumps({"question_id": place, **row}) for place, row in enumerate(rows, start=1)]
    (folder / "own.jsonl").write_text("\n".join(lines))
    questions, labels = counting.read_labels(folder / "own.jsonl", "own")
    return scripted("counting", questions, labels, said)


def scripted(
    name: str, questions: tuple[Question, ...], labels: LabelSet, said: dict[str, Sequence[str | None]]
) -> Evaluation:
    replies = {
        model: tuple(
            None if text is None else Reply(question.id, model, text)
            for question, text in zip(questions, texts, strict=True)
        )
        for model, texts in said.items()
    }
    return Evaluation(benchmark(name), questions, (labels,), replies, {})


def cells(table: pa.Table, split: str, measure: str) -> dict[str, Row]:
    """A row for each set of heads."""
    rows = [row for row in table.to_pylist() if (row["split"], row["measure"]) == (split, measure)]
    assert len({row["set"] for row in rows}) == len(rows)
    return {row["set"]: row for row in rows}


def values(table: pa.Table, split: str, measure: str, column: str = "value") -> list[Any]:
    """Of the whole model and each set."""
    return [row[column] for row in cells(table, split, measure).values()]


@pytest.fixture
def outcome(tmp_path: Path) -> pa.Table:
    return outcome_table(counted(tmp_path, SAID), (FEW, MORE), DRAWS)


# ---- the outcome by hand ----

FALSE = {
    # measure: n of each model, images, value, difference, relative
    "copied": ([4, 4, 4], [3, 3, 3], [3 / 4, 2 / 4, 0.0], [0.0, -1 / 4, -3 / 4], [0.0, -1 / 3, -1.0]),
    "true": ([4, 4, 4], [3, 3, 3], [1 / 4, 1 / 4, 3 / 4], [0.0, 0.0, 2 / 4], [0.0, 0.0, 2.0]),
    "other": ([4, 4, 4], [3, 3, 3], [0.0, 1 / 4, 0.0], [0.0, 1 / 4, 0.0], [None, None, None]),
    "unreadable": ([4, 4, 4], [3, 3, 3], [0.0, 0.0, 1 / 4], [0.0, 0.0, 1 / 4], [None, None, None]),
    # the whole model copies 3, 4 and 7: without few two of these are otherwise, and one of the two is true
    "freed": ([3, 3, 3], [2, 2, 2], [0.0, 2 / 3, 1.0], [0.0, 2 / 3, 1.0], [None, None, None]),
    # of those freed, 3 and 4 for few, all three for more, of which 3 is unreadable
    "freed_true": ([0, 2, 3], [0, 1, 2], [None, 1 / 2, 2 / 3], [None, None, None], [None, None, None]),
}


@pytest.mark.parametrize("measure", FALSE)
def test_replies_to_false_prompts_are_told_apart(measure: str, outcome: pa.Table) -> None:
    n, images, value, difference, relative = FALSE[measure]
    assert list(cells(outcome, "false prompts", measure)) == [WHOLE, "few", "more"]
    assert values(outcome, "false prompts", measure, "n") == n
    assert values(outcome, "false prompts", measure, "images") == images
    assert values(outcome, "false prompts", measure) == pytest.approx(value)
    assert values(outcome, "false prompts", measure, "difference") == pytest.approx(difference)
    assert values(outcome, "false prompts", measure, "relative") == pytest.approx(relative)


def test_every_split_of_false_prompts_stands_by_itself_too(outcome: pa.Table) -> None:
    assert values(outcome, "+1", "copied") == pytest.approx([2 / 3, 2 / 3, 0.0])
    assert values(outcome, "+1", "true") == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert values(outcome, "+1", "freed") == pytest.approx([0.0, 1 / 2, 1.0])  # of 3 and 7
    assert values(outcome, "+2", "other") == [0.0, 1.0, 0.0]
    assert [(row["n"], row["images"]) for row in cells(outcome, "+2", "copied").values()] == [(1, 1)] * 3


def test_prompts_that_assert_nothing_or_the_truth_are_right_or_not(outcome: pa.Table) -> None:
    assert values(outcome, "neutral", "right") == pytest.approx([2 / 3, 1.0, 2 / 3])
    assert values(outcome, "neutral", "unreadable") == pytest.approx([0.0, 0.0, 1 / 3])
    assert values(outcome, "0", "right") == pytest.approx([2 / 3, 1.0, 2 / 3])
    assert values(outcome, "0", "unreadable") == pytest.approx([1 / 3, 0.0, 0.0])
    assert values(outcome, "0", "right", "relative") == pytest.approx([0.0, 1 / 2, 0.0])
    measures = {(row["split"], row["measure"]) for row in outcome.to_pylist()}
    right = {(split, measure) for split in ("neutral", "0") for measure in ("right", "unreadable")}
    assert measures == right | {
        *((split, measure) for split in ("+1", "+2", "false prompts") for measure in FALSE),
    }


def test_a_row_says_which_heads_it_is_about(outcome: pa.Table) -> None:
    rows = [row for row in outcome.to_pylist() if (row["split"], row["measure"]) == ("neutral", "right")]
    assert [(row["benchmark"], row["set"], row["kind"], row["heads"]) for row in rows] == [
        ("counting", WHOLE, WHOLE, ""),
        ("counting", "few", "heads", "L0H0"),
        ("counting", "more", "random heads", "L0H0 L1H1"),
    ]


def test_a_share_of_none_or_all_has_the_exact_interval_of_as_many_images(outcome: pa.Table) -> None:
    copied = cells(outcome, "false prompts", "copied")["more"]
    assert (copied["value_low"], copied["value_high"]) == pytest.approx((0.0, 1 - 0.025 ** (1 / 3)))
    freed = cells(outcome, "false prompts", "freed")["more"]
    assert (freed["value_low"], freed["value_high"]) == pytest.approx((0.025 ** (1 / 2), 1.0))
    nothing = cells(outcome, "false prompts", "freed_true")[WHOLE]
    assert {nothing[name + end] for name in ("value", "difference", "relative") for end in ("", "_low", "_high")} == {
        None
    }


def test_models_are_compared_within_each_draw(tmp_path: Path) -> None:
    same = {WHOLE: SAID[WHOLE], "few": SAID[WHOLE]}
    few = cells(outcome_table(counted(tmp_path, same), (FEW,), DRAWS), "false prompts", "copied")["few"]
    assert few["value_low"] < few["value"] < few["value_high"]
    for column in ("difference", "relative"):
        assert [few[column + end] for end in ("", "_low", "_high")] == [0.0, 0.0, 0.0]


def test_a_relative_difference_is_a_share_of_what_the_whole_model_does_in_the_same_draw(outcome: pa.Table) -> None:
    more = cells(outcome, "false prompts", "copied")["more"]  # copies nothing, whichever images are drawn
    assert [more["relative" + end] for end in ("", "_low", "_high")] == [-1.0, -1.0, -1.0]
    assert more["difference_low"] < more["difference"] < more["difference_high"]


def test_whole_images_are_drawn(tmp_path: Path) -> None:
    # Both false prompts of an image come out the same, so that twice the prompts say no more about the images.
    things = [(f"{place}.png", "moon", 3, (1, 2)) for place in range(8)]
    whole = [text for place in range(8) for text in ("3", "3", *(("4", "5") if place % 4 else ("3", "3")))]
    few = [text for place in range(8) for text in ("3", "3", *(("4", "5") if place % 2 else ("3", "3")))]
    table = outcome_table(counted(tmp_path, {WHOLE: whole, "few": few}, things), (FEW,), DRAWS)
    for measure in ("copied", "true", "freed"):
        one, both = (cells(table, split, measure)["few"] for split in ("+1", "false prompts"))
        assert (both["n"], both["images"]) == (2 * one["n"], one["images"])
        for column in ("value", "difference", "relative"):
            ends = [(one[column + end], both[column + end]) for end in ("", "_low", "_high")]
            assert [a for a, _ in ends] == pytest.approx([b for _, b in ends])
    copied = cells(table, "+1", "copied")["few"]
    assert copied["difference"] == -2 / 8
    assert copied["difference_low"] < -2 / 8 < copied["difference_high"] <= 0


def test_questions_about_images_that_are_left_out_do_not_count(tmp_path: Path) -> None:
    said = {name: (None,) * 4 + texts[4:] for name, texts in SAID.items()}
    table = outcome_table(counted(tmp_path, said), (FEW, MORE), DRAWS)
    assert "+2" not in table["split"].to_pylist()
    copied = cells(table, "false prompts", "copied")
    assert [(row["n"], row["images"], row["value"]) for row in copied.values()] == [
        (2, 2, 1 / 2),
        (2, 2, 1.0),
        (2, 2, 0.0),
    ]
    assert values(table, "neutral", "right") == [1 / 2, 1.0, 1 / 2]


def test_a_question_that_one_set_lacks_is_left_out_for_all(tmp_path: Path) -> None:
    said: dict[str, Sequence[str | None]] = dict(SAID)
    said["more"] = (*SAID["more"][:6], None, *SAID["more"][7:])  # the three cups, which the whole model copies
    table = outcome_table(counted(tmp_path, said), (FEW, MORE), DRAWS)
    assert values(table, "false prompts", "copied", "n") == [3, 3, 3]
    assert values(table, "false prompts", "copied", "images") == [2, 2, 2]
    assert values(table, "false prompts", "copied") == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert values(table, "false prompts", "freed", "n") == [2, 2, 2]
    assert values(table, "neutral", "right", "n") == [3, 3, 3]


def test_where_the_whole_model_hallucinates_nothing_nothing_is_freed(tmp_path: Path) -> None:
    said = {WHOLE: ("3", "3", "3", "3", "2", "2", "2", "4", "4", "4"), "few": SAID[WHOLE]}
    table = outcome_table(counted(tmp_path, said), (FEW,), DRAWS)
    assert not {"freed", "freed_true"} & set(table["measure"].to_pylist())
    copied = cells(table, "false prompts", "copied")["few"]
    assert (copied["value"], copied["difference"], copied["relative"]) == (3 / 4, 3 / 4, None)


@pytest.mark.parametrize("absent", [Answer.AMBIGUOUS, Answer.UNCERTAIN, None])
def test_yes_and_no_are_right_where_the_labels_say_so(absent: Answer | None) -> None:
    dog, cat, car = (Presence(object_) for object_ in ("dog", "cat", "car"))
    asked = [("a.png", dog), ("a.png", cat), ("b.png", dog), ("b.png", car)]
    questions = tuple(
        Question(f"random/{place}", f"Is there a {claim.object} in the image?", (ImageRef(image),), "random", (claim,))
        for place, (image, claim) in enumerate(asked)
    )
    # nobody can say anything of the car of b.png
    labels = LabelSet(
        "own",
        {
            ("a.png", dog): Answer.HOLDS,
            ("a.png", cat): Answer.DOES_NOT_HOLD,
            ("b.png", dog): Answer.DOES_NOT_HOLD,
        },
        absent,
    )
    said = {
        WHOLE: ("Yes, there is a dog.", "Yes", "No", "Yes"),
        "few": ("Yes", "No", "No.", "No"),
        "more": ("A moon.", "No, there is no cat.", "Yes", "Yes"),
    }
    table = outcome_table(scripted("pope", questions, labels, said), (FEW, MORE), DRAWS)
    assert set(zip(table["split"].to_pylist(), table["measure"].to_pylist(), strict=True)) == {
        ("random", "right"),
        ("random", "unreadable"),
    }
    assert values(table, "random", "right") == pytest.approx([2 / 3, 1.0, 1 / 3])
    assert values(table, "random", "unreadable") == pytest.approx([0.0, 0.0, 1 / 3])
    assert [(row["n"], row["images"]) for row in cells(table, "random", "right").values()] == [(3, 2)] * 3


# ---- sets ----

EVERY = tuple(Head(layer, head) for layer in range(4) for head in range(8))
RANKED = (Head(2, 5), Head(0, 3), Head(0, 1), Head(3, 7), Head(1, 0))


def test_the_best_heads_are_judged_in_growing_number() -> None:
    sets = sets_to_judge(RANKED, [4, 1, 2, 2], EVERY, controls=0)
    assert [(one.name, one.kind, one.heads) for one in sets] == [
        ("L2H5", "heads", (Head(2, 5),)),
        ("L2H5, L0H3", "heads", (Head(0, 3), Head(2, 5))),
        ("L2H5, L0H3, L0H1 and 1 more", "heads", (Head(0, 1), Head(0, 3), Head(2, 5), Head(3, 7))),
    ]


def test_controls_are_as_large_as_the_largest_set_and_hold_none_of_it() -> None:
    sets = sets_to_judge(RANKED, [1, 4], EVERY, controls=3)
    assert [(one.name, one.kind) for one in sets[2:]] == [
        *((f"random {place}", "random heads") for place in (1, 2, 3)),
        *((f"same layers {place}", "heads of the same layers") for place in (1, 2, 3)),
    ]
    for one in sets[2:]:
        assert len(set(one.heads)) == len(one.heads) == 4
        assert not set(one.heads) & set(RANKED[:4])
        assert set(one.heads) <= set(EVERY)
        assert list(one.heads) == sorted(one.heads)
    for one in sets[5:]:
        assert Counter(head.layer for head in one.heads) == {0: 2, 2: 1, 3: 1}
    assert len({one.name for one in sets}) == len({one.heads for one in sets}) == len(sets)


def test_the_same_seed_gives_the_same_sets() -> None:
    assert sets_to_judge(RANKED, [2], EVERY, seed=3) == sets_to_judge(RANKED, [2], EVERY, seed=3)
    assert sets_to_judge(RANKED, [2], EVERY, seed=3) != sets_to_judge(RANKED, [2], EVERY, seed=4)


@pytest.mark.parametrize(
    ("tops", "problem"),
    [
        ([], "The best none heads were asked for; there are 5"),
        ([0, 2], "The best 0, 2 heads were asked for"),
        ([-1], "The best -1 heads were asked for"),
        ([3, 6], "The best 3, 6 heads were asked for; there are 5 to choose from"),
    ],
)
def test_more_heads_than_there_are_or_fewer_than_one_are_refused(tops: list[int], problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        sets_to_judge(RANKED, tops, EVERY)


def test_where_there_are_no_other_heads_there_are_no_controls() -> None:
    with pytest.raises(RequestError, match="have no others to draw from"):
        sets_to_judge(RANKED, [5], RANKED)
    with pytest.raises(RequestError, match="2 of the chosen heads are of layer 0, which has 1 others"):
        sets_to_judge(RANKED, [3], [head for head in EVERY if head.head < 6 and (head.layer or head.head < 4)][1:])
    assert len(sets_to_judge(RANKED, [5], RANKED, controls=0)) == 1


# ---- the bundled model ----

PAIR = HeadSet("L0H5, L1H2", "heads", (Head(0, 5), Head(1, 2)))
LEFT_OUT = "scene_000002.png"
FILES = {"counting": "counting.jsonl", "colour": "colour.jsonl", "pope": "pope"}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder, n=4, seed=3)
    build_counting(folder / "scene_graphs.json", folder / "counting.jsonl", offsets=(0, 1))
    build_colour(folder / "scene_graphs.json", folder / "colour.jsonl", distances=(1,))
    build_pope(folder / "instances.json", folder / "pope", images=4, per_image=1)
    return folder


def labels_of(scenes: Path, name: str) -> str:
    return f"own={scenes / FILES[name]}"


def on(scenes: Path, *names: str) -> list[JudgedOn]:
    return [JudgedOn(name, labels_of(scenes, name), scenes / "images") for name in names]


def counting_replies(patch: pytest.MonkeyPatch) -> list[int]:
    """How many prompts of each batch a model replied to, from now on."""
    replied: list[int] = []
    own = TransformersModel.reply

    def reply(self: TransformersModel, batches: Any, asking: Asking) -> Iterator[tuple[Replies, ...]]:
        for replies in own(self, batches, asking):
            replied.append(sum(map(len, replies)))
            yield replies

    patch.setattr(TransformersModel, "reply", reply)
    return replied


class Judged:
    """Two heads judged on all three benchmarks, without one of the images."""

    def __init__(self, scenes: Path, folder: Path) -> None:
        self.scenes, self.folder = scenes, folder
        self.told: list[tuple[str, str, Progress]] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SIGHTLINE_CACHE", str(folder / "cache"))
            self.replied = counting_replies(patch)
            self.table = self.again()

    def again(self, **more: Any) -> pa.Table:
        return judge_heads(
            bundled(),
            Knockout((), "zero"),
            [PAIR],
            on(self.scenes, *FILES),
            self.folder / "out",
            without_images=[LEFT_OUT],
            progress=lambda *told: self.told.append(told),
            draws=DRAWS,
            **more,
        )

    def evaluation(self, name: str) -> Evaluation:
        runs = [f"{WHOLE}={self.folder / 'out' / name / 'whole-model'}"]
        runs += [f"{PAIR.name}={self.folder / 'out' / name / 'L0H5_L1H2'}"]
        return evaluate(name, runs, [labels_of(self.scenes, name)], allow_missing=True)


@pytest.fixture(scope="module")
def judged(scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return Judged(scenes, tmp_path_factory.mktemp("judged"))


@pytest.mark.parametrize("name", FILES)
def test_every_set_has_a_run_folder_that_says_what_was_knocked_out(name: str, judged: Judged) -> None:
    folder = judged.folder / "out" / name
    assert sorted(path.name for path in folder.iterdir()) == ["L0H5_L1H2", "whole-model"]
    whole, without = (read_run(folder / run) for run in ("whole-model", "L0H5_L1H2"))
    for run in (whole, without):
        assert (run.about["status"], run.about["benchmark"]) == ("complete", name)
        images = set(run.replies["image"].to_pylist())
        assert images == {f"scene_00000{place}.png" for place in (0, 1, 3)}
        tokens = {"counting": 50, "colour": 50, "pope": 16}[name]
        assert (run.about["asking"]["max_new_tokens"], run.about["asking"]["choices"]) == (tokens, [])
    assert "knockout" not in whole.about["model"]["details"]
    assert without.about["model"]["details"]["knockout"] == "without L0H5, L1H2: zero"
    assert without.about["model"]["hash"] != whole.about["model"]["hash"]


def test_without_heads_the_model_says_something_else(judged: Judged) -> None:
    for name in ("counting", "colour"):
        whole, without = judged.evaluation(name).replies.values()
        assert [one and one.text for one in whole] != [one and one.text for one in without]


def test_it_is_told_how_far_every_set_is(judged: Judged) -> None:
    first = judged.told[: 2 * len(FILES)]
    assert [told[:2] for told in first] == [(name, of) for name in FILES for of in (WHOLE, PAIR.name)]
    assert all(at.done == at.total for *_, at in first)


@pytest.mark.parametrize("name", ["counting", "colour"])
def test_values_are_the_rates_of_the_same_replies(name: str, judged: Judged) -> None:
    rates = {(row["model"], row["split"]): row for row in rate_table(judged.evaluation(name), draws=DRAWS).to_pylist()}
    false = {"copied": "prompt_match", "true": "true_rate", "other": "other", "unreadable": "unreadable"}
    rows = [
        row
        for row in judged.table.to_pylist()
        if row["benchmark"] == name and row["split"] != "false prompts" and row["measure"] in {*false, "right"}
    ]
    assert len(rows) == 2 * (4 + 2 + 2)
    for row in rows:
        rate = rates[row["set"], row["split"]]
        column = {**false, "right": "true_rate"}[row["measure"]]
        assert (row["n"], row["images"], rate["missing"]) == (rate["n"], rate["clusters"], 1) == (3, 3, 1)
        for end in ("", "_low", "_high"):
            assert row[f"value{end}"] == pytest.approx(rate[column + end]), (row["set"], row["split"], row["measure"])
    copied = [row["value"] for row in rows if (row["measure"], row["set"]) == ("copied", WHOLE)]
    assert all(value > 0 for value in copied), "the whole model goes along with some prompts"


def test_values_of_yes_and_no_are_the_accuracies_of_the_same_replies(judged: Judged) -> None:
    scores = {
        (row["model"], row["split"]): row
        for row in score_table(judged.evaluation("pope"), ("strict",), DRAWS).to_pylist()
    }
    rows = [r for r in judged.table.to_pylist() if (r["benchmark"], r["measure"]) == ("pope", "right")]
    assert {(row["set"], row["split"]) for row in rows} == {
        (name, split) for name in (WHOLE, PAIR.name) for split in ("random", "popular", "adversarial")
    }
    for row in rows:
        score = scores[row["set"], row["split"]]
        assert (row["n"], row["images"], row["value"]) == (score["n"], score["images"], score["accuracy"])
        assert row["images"] == 3


def test_the_table_is_the_outcome_of_the_run_folders(judged: Judged) -> None:
    tables = [outcome_table(judged.evaluation(name), [PAIR], DRAWS) for name in FILES]
    assert judged.table.equals(pa.concat_tables(tables))


def test_what_is_complete_is_not_asked_again(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    # three images with three prompts each; of POPE's three splits of two questions an image, those that are the same
    abouts = [read_run(judged.folder / "out" / name / "whole-model").about for name in FILES]
    distinct = [about["questions"]["distinct"] for about in abouts]
    assert distinct[:2] == [9, 9]
    assert judged.replied == [count for count in distinct for _ in (WHOLE, PAIR)]
    replied = counting_replies(monkeypatch)
    assert judged.again().equals(judged.table)
    assert replied == []


def test_what_was_interrupted_is_finished(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    how = (bundled(), Knockout((), "zero"), [PAIR], on(scenes, "counting"), tmp_path / "out")
    left_out = {"without_images": ["scene_000000.png", "scene_000001.png"], "batch_images": 1, "draws": DRAWS}

    class StoppedError(Exception):
        pass

    def stop(benchmark: str, name: str, at: Progress) -> None:
        if (name, at.done) == (PAIR.name, 3):
            raise StoppedError

    replied = counting_replies(monkeypatch)
    with pytest.raises(StoppedError):
        judge_heads(*how, **left_out, progress=stop)
    assert replied == [3, 3, 3]
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "another cache"))
    table = judge_heads(*how, **left_out)
    assert replied == [3, 3, 3, 3]
    assert values(table, "false prompts", "copied", "n") == [2, 2]


def test_another_knockout_is_not_mixed_up_with_a_run_that_is_there(judged: Judged) -> None:
    with pytest.raises(RequestError, match="holds another run: model hash was"):
        judge_heads(
            bundled(),
            Knockout((), "zero", strength=0.5),
            [PAIR],
            on(judged.scenes, "counting"),
            judged.folder / "out",
            without_images=[LEFT_OUT],
        )


# ---- what cannot be judged ----


def refused(scenes: Path, folder: Path, judged_on: list[JudgedOn], problem: str, **more: Any) -> None:
    one = more.pop("one", PAIR)
    with pytest.raises((RequestError, DataError), match=problem):
        judge_heads(bundled(), more.pop("knockout", Knockout((), "zero")), [one], judged_on, folder / "out", **more)


def test_a_benchmark_that_is_neither_yes_or_no_nor_a_false_assertion_is_refused(scenes: Path, tmp_path: Path) -> None:
    chair = JudgedOn("chair", f"own={scenes / 'instances.json'}", scenes / "images")
    refused(scenes, tmp_path, [chair], "Heads cannot be judged on chair: neither yes or no, nor a false assertion")
    unknown = JudgedOn("countin", labels_of(scenes, "counting"), scenes / "images")
    refused(scenes, tmp_path, [unknown], "No benchmark is called 'countin'. Did you mean 'counting'")


def test_where_heads_were_found_on_all_images_they_cannot_be_judged(scenes: Path, tmp_path: Path) -> None:
    images = [path.name for path in (scenes / "images").iterdir()]
    refused(scenes, tmp_path, on(scenes, "counting"), "All questions are about the 4 images", without_images=images)


def test_labels_and_images_that_are_not_there_are_missed(scenes: Path, tmp_path: Path) -> None:
    labels = JudgedOn("counting", "own=none.jsonl", scenes / "images")
    refused(scenes, tmp_path, [labels], r"none\.jsonl: label set 'own': there is no such file")
    images = JudgedOn("counting", labels_of(scenes, "counting"), scenes / "none")
    refused(scenes, tmp_path, [images], "there is no such folder of images")


def test_what_cannot_be_knocked_out_while_replying_cannot_be_judged(scenes: Path, tmp_path: Path) -> None:
    only = [f"scene_00000{place}.png" for place in (0, 1, 2)]
    counted_ = on(scenes, "counting")
    absent = HeadSet("L9H9", "heads", (Head(9, 9),))
    refused(scenes, tmp_path / "1", counted_, "L9H9 does not exist", one=absent, without_images=only)
    patch = Knockout((), "patch")
    refused(scenes, tmp_path / "2", counted_, "Patching needs the prompt", knockout=patch, without_images=only)


def test_everything_is_checked_before_anything_is_asked(scenes: Path, tmp_path: Path) -> None:
    (one,) = on(scenes, "counting")
    chair = JudgedOn("chair", f"own={scenes / 'instances.json'}", scenes / "images")
    nine = HeadSet("nine", "heads", (Head(9, 9),))
    refused(scenes, tmp_path, [one, chair], "Heads cannot be judged on chair")
    refused(scenes, tmp_path, [one, one], "Heads are judged on counting, counting; expected different benchmarks")
    refused(scenes, tmp_path, [], "Heads are judged on nothing")
    refused(scenes, tmp_path, [one], "L9H9 does not exist", one=nine)
    refused(scenes, tmp_path, [one], "There are 0 draws", draws=0)
    refused(scenes, tmp_path, [one], "with seed -1", seed=-1)
    assert not (tmp_path / "out").exists()
