"""A model before and after it was changed: rates, differences and verdicts that can be counted by hand."""

import json
from pathlib import Path

import pytest
import tiny_counting
from two_runs import always, never, run_counting, run_pope, truth

from sightline.core import Asking
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.before_after import before_after
from sightline.evaluation.before_after_summary import summary
from sightline.evaluation.record import record_of


@pytest.fixture
def one(labels: list[str]) -> list[str]:
    """The original labels."""
    return labels[:1]


def both(labels, folder, **settings) -> tuple[Path, Path]:
    """Runs of a model that says yes to everything, and of one that says what is true."""
    before = run_pope(labels, folder / "0" / "pope", always, **settings)
    return before, run_pope(labels, folder / "1" / "pope", truth, **settings)


def rates(found, **wanted):
    rows = [row for row in found.rates.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    return {row["rate"]: row for row in rows}


def test_rates_stand_before_and_after_with_their_difference(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    found = before_after([before], [after], draws=200)
    of = rates(found, split="random")
    # three of six are there; who always says yes is right on these alone
    assert [of["accuracy"][name] for name in ("before", "after", "difference", "n", "clusters")] == [0.5, 1, 0.5, 6, 3]
    assert [of["recall"][name] for name in ("before", "after", "difference")] == [1, 1, 0]
    assert [of["tnr"][name] for name in ("before", "after", "difference")] == [0, 1, 1]
    assert [of["yes_ratio"][name] for name in ("before", "after")] == [1, 0.5]
    assert (found.before["name"], found.after["name"]) == ("always", "truth")
    assert {row["n"] for row in rates(found, split="mean").values()} == {18}


def test_a_difference_is_better_or_worse_by_what_the_rate_means(one, tmp_path) -> None:
    before, after = run_pope(one, tmp_path / "0" / "pope", always), run_pope(one, tmp_path / "1" / "pope", never)
    of = rates(before_after([before], [after], draws=2000), split="random")
    # in every draw recall falls from 1 to 0 and TNR rises: p is the least there can be
    assert of["recall"]["p"] == pytest.approx(2 / 2001)
    assert {name: of[name]["verdict"] for name in ("recall", "tnr", "yes_ratio", "accuracy", "unreadable")} == {
        "recall": "worse",
        "tnr": "better",
        "yes_ratio": "less",
        "accuracy": "unchanged",  # half right before, the other half after, whatever is drawn
        "unreadable": "unchanged",
    }


def test_p_values_are_corrected_over_all_rates_in_which_anything_changed(one, tmp_path) -> None:
    before, after = run_pope(one, tmp_path / "0" / "pope", always), run_pope(one, tmp_path / "1" / "pope", never)
    rows = before_after([before], [after], draws=200).rates.to_pylist()
    tested = [row for row in rows if row["p"] is not None]
    # f1, recall, tnr and yes ratio of three splits and their mean, all of the least p, 2/201
    assert len(tested) == 16
    assert {round(row["p_holm"], 6) for row in tested} == {round(16 * 2 / 201, 6)}
    assert {row["verdict"] for row in tested} == {"perhaps worse", "perhaps better", "perhaps less"}
    assert {row["verdict"] for row in rows if row["p"] is None} == {"unchanged"}


def test_several_benchmarks_stand_in_one_table(one, tmp_path) -> None:
    for side, says in (("0", always), ("1", truth)):
        run_pope(one, tmp_path / side / "pope", says, side)
        said = tiny_counting.SAID if side == "0" else [row["text"] for row in tiny_counting.truthful()]
        run_counting(tmp_path / "counting.jsonl", tmp_path / side / "deep" / "counting", said, side)
    found = before_after([tmp_path / "0"], [tmp_path / "1"], draws=200)
    assert dict.fromkeys(found.rates["benchmark"].to_pylist()) == {"counting": None, "pope": None}
    # both prompts with +1: one copies, one says neither; the truthful one copies nothing
    of = rates(found, benchmark="counting", split="+1")
    assert [of["prompt_match"][name] for name in ("before", "after", "better")] == [0.5, 0, "lower"]
    assert [of["true_rate"][name] for name in ("before", "after", "n")] == [0, 1, 2]
    record = record_of(found.rates)
    assert [of["benchmark"] for of in record["benchmarks"]] == ["counting", "pope"]
    assert record["benchmarks"][0]["settings"]["reader"] == "number@1"


def test_the_run_says_which_labels_it_is_scored_under(labels, tmp_path) -> None:
    before, after = run_pope(labels, tmp_path / "0" / "p", truth), run_pope(labels, tmp_path / "1" / "p", always)
    found = before_after([before], [after], draws=200)
    assert set(found.rates["labels"].to_pylist()) == {"original", "audited"}
    # the cat of b.jpg is none by the audit, and the car of c.jpg is left out: one positive beside the dog of b.jpg
    other = before_after([before], [after], labels=labels[:1], draws=200)
    assert set(other.rates["labels"].to_pylist()) == {"original"}


def test_only_what_is_asked_for_is_compared(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    found = before_after([before], [after], splits=["popular"], draws=200)
    assert set(found.rates["split"].to_pylist()) == {"popular"}
    with pytest.raises(RequestError, match=r"There are no runs of chair named as --before"):
        before_after([before], [after], only="chair")
    with pytest.raises(RequestError, match=r"asked random, popular, adversarial, and nothing in easy"):
        before_after([before], [after], splits=["easy"])


def test_a_run_of_some_splits_is_compared_on_these(one, tmp_path) -> None:
    before, after = both(one, tmp_path, splits=["random"])
    assert set(before_after([before], [after], draws=200).rates["split"].to_pylist()) == {"random"}


def test_what_was_not_meant_to_change_is_said_first(one, tmp_path) -> None:
    before, after = run_pope(one, tmp_path / "0" / "pope", always), run_pope(one, tmp_path / "1" / "pope", never)
    found = before_after([before], [after], general=["pope@random"], draws=2000)
    assert {row["split"] for row in found.rates.to_pylist() if row["general"]} == {"random"}
    told = summary(found.rates)
    assert told[0] == (
        "Of 24 rates: 4 better, 0 perhaps better, 8 worse, 0 perhaps worse, 4 other than before, which is neither; 0 "
        "without a difference seen, 8 unchanged."
    )
    assert told[1].startswith("▼ Not meant to change, and worse: pope random F1 -66.7 (")
    assert "random" not in told[2]
    assert told[2].startswith("▼ Worse: pope popular F1 -66.7 (")
    fine = before_after([before], [after], general=["pope"], draws=200)
    assert all(row["general"] for row in fine.rates.to_pylist())
    with pytest.raises(RequestError, match=r"No benchmark among those compared is called 'pop'. Did you mean 'pope'"):
        before_after([before], [after], general=["pop"])


def test_what_is_not_worse_where_nothing_was_meant_to_change_is_said_too(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    told = summary(before_after([before], [after], general=["pope@random", "pope@mean"], draws=200).rates)
    assert told[1] == "Not meant to change, and not seen to be worse: pope random, pope mean."
    assert len(told) == 2


def test_saying_no_more_readily_is_named_where_one_kind_pays_for_the_other(one, tmp_path) -> None:
    before, after = run_pope(one, tmp_path / "0" / "pope", always), run_pope(one, tmp_path / "1" / "pope", never)
    told = summary(before_after([before], [after], splits=["random"], draws=2000).rates)
    assert told[-1] == (
        "Says no more readily on pope random: positive queries right -100.0 (-100.0 to -100.0), negative ones +100.0 "
        "(+100.0 to +100.0)."
    )
    back = summary(before_after([after], [before], splits=["random"], draws=2000).rates)
    assert back[-1].startswith("Says yes more readily on pope random: negative queries right -100.0")


def test_runs_of_other_questions_are_refused_with_what_differs(labels, tmp_path) -> None:
    before = run_pope(labels[:1], tmp_path / "0" / "p", always)
    some = run_pope(labels[:1], tmp_path / "1" / "p", truth, splits=["random"])
    with pytest.raises(RequestError, match=r"are runs of pope that did not ask the same: questions were \w{12}…, are"):
        before_after([before], [some])
    chosen = run_pope(labels[:1], tmp_path / "2" / "p", truth, asking=Asking(("Yes", "No")))
    with pytest.raises(RequestError, match=r"choices was \[\], is \['Yes', 'No'\]. Measure both in the same way"):
        before_after([before], [chosen])
    worded = run_pope(labels[:1], tmp_path / "3" / "p", truth, wording="llava")
    with pytest.raises(RequestError, match=r"wording were pope, are llava"):
        before_after([before], [worded])


def test_runs_of_other_pictures_are_refused(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    about = json.loads((after / "run.json").read_bytes())
    about["images"]["sha256"] = "0" * 64
    (after / "run.json").write_text(json.dumps(about))
    with pytest.raises(RequestError, match=r"did not ask the same: images were \w{12}…, are 000000000000…"):
        before_after([before], [after])


def test_runs_under_other_labels_are_refused_unless_it_is_said_which_are_meant(labels, tmp_path) -> None:
    before = run_pope(labels[:1], tmp_path / "0" / "p", always)
    after = run_pope(labels[:1], tmp_path / "1" / "p", truth)
    about = json.loads((after / "run.json").read_bytes())
    about["label_sets"]["original"][0]["sha256"] = "0" * 64
    (after / "run.json").write_text(json.dumps(about))
    with pytest.raises(RequestError, match=r"asked the same, but label sets differ: original. Say which are meant"):
        before_after([before], [after])
    assert before_after([before], [after], labels=[f"pope:{labels[0]}"], draws=200).rates.num_rows


def test_labels_that_have_changed_since_are_refused(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    file = next(Path(one[0].partition("=")[2]).glob("*random.json"))
    file.write_text(file.read_text() + "\n")
    with pytest.raises(DataError, match=r"label set 'original' is not what it was when the runs were made"):
        before_after([before], [after])


def test_a_run_that_does_not_name_its_labels_asks_for_them(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    about = json.loads((before / "run.json").read_bytes())
    del about["labels"]
    (before / "run.json").write_text(json.dumps(about))
    with pytest.raises(RequestError, match=r"does not say where its label sets are. .* --labels pope:NAME=PATH"):
        before_after([before], [after])


def test_labels_of_several_benchmarks_say_which_they_are_of(one, tmp_path) -> None:
    for side, says in (("0", always), ("1", truth)):
        run_pope(one, tmp_path / side / "pope", says, side)
        run_counting(tmp_path / "counting.jsonl", tmp_path / side / "counting", tiny_counting.SAID, side)
    sides = [tmp_path / "0"], [tmp_path / "1"]
    with pytest.raises(RequestError, match=r"does not say of which benchmark; there are counting, pope. Say"):
        before_after(*sides, labels=one)
    with pytest.raises(RequestError, match=r"chair was not asked both before and after"):
        before_after(*sides, labels=["chair:a=b"])
    with pytest.raises(RequestError, match=r"There are several benchmarks, each with readers of its own"):
        before_after(*sides, reader="strict")
    found = before_after(*sides, labels=[f"pope:{one[0]}"], draws=200)
    assert set(found.rates["labels"].to_pylist()) == {"original", "own"}


def test_each_side_is_one_model_and_asks_once(one, tmp_path) -> None:
    before = run_pope(one, tmp_path / "0" / "p", always)
    again = run_pope(one, tmp_path / "0" / "again", always)
    other = run_pope(one, tmp_path / "1" / "p", truth)
    with pytest.raises(RequestError, match=r"--before holds runs of several models: always \(.*\) and truth"):
        before_after([before, other], [other])
    with pytest.raises(RequestError, match=r"ask before the same questions; name one of them"):
        before_after([tmp_path / "0"], [other])
    with pytest.raises(RequestError, match=r"Both sides are runs of the same model, always"):
        before_after([before], [again])


def test_what_only_one_side_asked_is_left_out_and_said(one, tmp_path) -> None:
    for side, says in (("0", always), ("1", truth)):
        run_pope(one, tmp_path / side / "pope", says, side)
    run_counting(tmp_path / "counting.jsonl", tmp_path / "0" / "counting", tiny_counting.SAID, "0")
    found = before_after([tmp_path / "0"], [tmp_path / "1"], draws=200)
    assert found.notes == (f"Only before, and left out: counting ({tmp_path / '0' / 'counting'}).",)
    with pytest.raises(RequestError, match=r"No benchmark was asked both before \(counting\) and after \(pope\)"):
        before_after([tmp_path / "0" / "counting"], [tmp_path / "1"])


def test_what_else_differs_and_a_base_that_is_another_are_noted(one, tmp_path) -> None:
    before, after = both(one, tmp_path)
    about = json.loads((after / "run.json").read_bytes())
    about["model"] |= {"dtype": "bfloat16", "details": {"base": "1" * 64, "base name": "elsewhere"}}
    (after / "run.json").write_text(json.dumps(about))
    assert before_after([before], [after], draws=200).notes == (
        "Not only the model differs: dtype was none, is bfloat16. That alone changes some replies.",
        "truth was tuned on elsewhere (111111111111…), which always is not.",
    )


def test_runs_that_are_sampled_or_not_complete_are_refused(one, tmp_path) -> None:
    asking = Asking(temperature=1.0, samples=2)
    before = run_pope(one, tmp_path / "0" / "p", always, asking=asking)
    with pytest.raises(RequestError, match=r"has 2 samples of each reply"):
        before_after([before], [before])
    before, after = both(one, tmp_path / "whole")
    about = json.loads((after / "run.json").read_bytes())
    (after / "run.json").write_text(json.dumps(about | {"status": "running"}))
    (after / "replies.part.jsonl").write_text("")
    with pytest.raises(MissingError, match=r"this run is not complete: 0 of 10 distinct questions are done"):
        before_after([before], [after])


def test_folders_without_runs_are_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"the folder holds no runs. sightline measure writes them"):
        before_after([tmp_path], [tmp_path])
    with pytest.raises(DataError, match=r"there is no such folder"):
        before_after([tmp_path / "none"], [tmp_path])
