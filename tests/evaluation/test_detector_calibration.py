"""Detectors held against what is known: what is asked, how errors are counted, which threshold is chosen."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from sightline.core.detecting import Sighting
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.detector_agreement import Votes, agreement
from sightline.evaluation.detector_calibration import Calibration, Polling, calibrate, write_calibration
from sightline.evaluation.detector_rates import Scores, chosen_threshold, lowest_threshold, rates
from sightline.evaluation.known_objects import known_objects
from sightline.scenes.rendered import render_scenes

FEW = 50


class Told:
    """A detector that says what it is told: (image, object) → score, else a low one."""

    def __init__(self, name: str, scores: Mapping[tuple[str, str], float], threshold: float = 0.5) -> None:
        self.name, self.version, self.threshold = name, "1", threshold
        self.scores, self.asked = scores, list[tuple[str, str]]()

    def knows(self, object: str) -> bool:
        return object != "unicorn"

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        self.asked += [(image.name, object_) for object_ in objects]
        return tuple(Sighting(object_, self.scores.get((image.name, object_), 0.01)) for object_ in objects)


def annotated(folder: Path, objects: Mapping[str, Sequence[str]], **more: object) -> Path:
    """A COCO file, and an empty file for every image."""
    names = list(dict.fromkeys(object_ for of in objects.values() for object_ in of))
    for image in objects:
        (folder / image).touch()
    content = {
        "images": [{"id": place, "file_name": image} for place, image in enumerate(objects)],
        "categories": [{"id": place, "name": name} for place, name in enumerate(names)],
        "annotations": [
            {"image_id": place, "category_id": names.index(object_), **more}
            for place, of in enumerate(objects.values())
            for object_ in of
        ],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps(content))
    return path


KITCHEN = {f"{place}.jpg": ["cup", "fork"] if place % 2 else ["dog", "ball"] for place in range(8)}


def test_all_that_an_image_holds_is_asked_and_as_many_of_each_way_that_it_lacks(tmp_path: Path) -> None:
    known = known_objects(annotated(tmp_path, KITCHEN), tmp_path)
    assert list(known.images) == list(KITCHEN)
    for image, held in KITCHEN.items():
        own = [each for each in known.asked if each.image == image]
        assert [each.object for each in own if each.present] == held
        lacking = [each for each in own if not each.present]
        assert {each.object for each in lacking} == {"cup", "fork", "dog", "ball"} - set(held)
        # two positives, so two of each way, and each absent object is asked once
        ways = [way for each in lacking for way in each.kinds]
        assert sorted(ways) == ["adversarial", "adversarial", "popular", "popular", "random", "random"]


def test_adversarial_objects_are_those_that_go_along_with_what_is_there(tmp_path: Path) -> None:
    beside = {f"{n}.jpg": ["cup", "plate"] for n in range(6)} | {f"{n}.jpg": ["dog", "cup"] for n in range(6, 8)}
    beside |= {"8.jpg": ["plate"], "9.jpg": ["dog"], "10.jpg": ["sofa"]}
    known = known_objects(annotated(tmp_path, beside), tmp_path, per_image=1)
    of_plate = {way: each.object for each in known.asked if each.image == "8.jpg" for way in each.kinds}
    assert of_plate["adversarial"] == "cup"


def test_how_well_an_object_can_be_seen_is_the_best_of_its_kind(tmp_path: Path) -> None:
    rendered = render_scenes(tmp_path / "scenes", n=8)
    known = known_objects(rendered.folder, rendered.folder / "images")
    content = json.loads((rendered.folder / "instances.json").read_text())
    names = {category["id"]: category["name"] for category in content["categories"]}
    clear = {(a["image_id"], names[a["category_id"]]) for a in content["annotations"] if a["visibility"] == "clear"}
    present = [each for each in known.asked if each.present]
    assert {each.kinds for each in present} == {("clear",), ("marginal",)}
    for each in present:
        number = int(each.image.removeprefix("scene_").removesuffix(".png"))
        assert each.kinds == (("clear",) if (number, each.object) in clear else ("marginal",))


@pytest.mark.parametrize(("area", "size"), [(900, "small"), (1024, "medium"), (9216.0, "large"), ("?", None)])
def test_objects_of_coco_are_small_medium_or_large(tmp_path: Path, area: object, size: str | None) -> None:
    known = known_objects(annotated(tmp_path, KITCHEN, area=area), tmp_path)
    assert {each.kinds for each in known.asked if each.present} == {(size,) if size else ()}


def test_what_cannot_be_asked_is_left_out_and_counted(tmp_path: Path) -> None:
    more = {**KITCHEN, "u.jpg": ["unicorn"], "e.jpg": [], "all.jpg": ["cup", "fork", "dog", "ball", "unicorn"]}
    known = known_objects(annotated(tmp_path, more), tmp_path, Told("t", {}).knows)
    assert known.left_out == {
        "kinds of objects that a detector does not know": 1,
        "images that hold none of the objects, or all": 3,
    }
    assert "unicorn" not in {each.object for each in known.asked}


def test_lists_of_objects_will_do_and_what_is_not_exhaustive_will_not(tmp_path: Path) -> None:
    annotated(tmp_path, KITCHEN)
    listed = tmp_path / "lists.json"
    listed.write_text(json.dumps(KITCHEN))
    assert len(known_objects(listed, tmp_path).images) == 8
    lvis = json.loads((tmp_path / "instances.json").read_text())
    lvis["images"][0]["neg_category_ids"] = []
    (tmp_path / "lvis.json").write_text(json.dumps(lvis))
    with pytest.raises(DataError, match="this is LVIS, which does not say what an image lacks"):
        known_objects(tmp_path / "lvis.json", tmp_path)


def test_images_that_are_not_there_are_counted_and_named(tmp_path: Path) -> None:
    path = annotated(tmp_path, KITCHEN)
    for name in ("3.jpg", "5.jpg"):
        (tmp_path / name).unlink()
    with pytest.raises(MissingError, match=r"2 of 8 images are not there: 3\.jpg, 5\.jpg"):
        known_objects(path, tmp_path)
    with pytest.raises(DataError, match="there is no such folder of images"):
        known_objects(path, tmp_path / "nowhere")


def test_a_limit_draws_images_the_same_ones_for_a_seed(tmp_path: Path) -> None:
    path = annotated(tmp_path, KITCHEN)
    drawn = [list(known_objects(path, tmp_path, limit=4, seed=seed).images) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [len(of) for of in drawn] == [4, 4, 4]


@pytest.mark.parametrize(("per_image", "limit"), [(0, None), (3, 1)])
def test_impossible_numbers_are_refused(tmp_path: Path, per_image: int, limit: int | None) -> None:
    with pytest.raises(RequestError, match="were asked for"):
        known_objects(annotated(tmp_path, KITCHEN), tmp_path, per_image=per_image, limit=limit)


def test_the_lowest_threshold_leaves_as_many_above_it_as_the_bound_allows() -> None:
    scores, every = np.array([0.9, 0.8, 0.8, 0.2]), np.ones(4, dtype=bool)
    assert lowest_threshold(scores, [every], 0.0) == 0.9001
    assert lowest_threshold(scores, [every], 0.25) == 0.8001
    assert lowest_threshold(scores, [every], 0.5) == 0.8001, "of two equal scores both are seen, or neither"
    assert lowest_threshold(scores, [every], 0.75) == 0.2001
    assert lowest_threshold(scores, [every], 1.0) == 0.0


def test_a_threshold_keeps_to_the_bound_for_each_way_of_drawing() -> None:
    scores = np.array([0.3, 0.1, 0.6, 0.2])
    random = np.array([True, True, False, False])
    assert lowest_threshold(scores, [random, ~random], 0.5) == 0.2001
    assert lowest_threshold(scores, [random, ~random], 0.0) == 0.6001


def test_where_an_absent_object_has_the_highest_score_no_threshold_keeps_to_none() -> None:
    scores, every = np.array([1.0, 0.5]), np.ones(2, dtype=bool)
    assert lowest_threshold(scores, [every], 0.0) is None
    assert lowest_threshold(scores, [every], 0.5) == 0.5001


def test_errors_are_counted_by_kind_with_intervals_by_image() -> None:
    present = np.array([True, True, False, False, False])
    kinds = {
        "all": np.ones(5, dtype=bool),
        "clear": np.array([True, False, False, False, False]),
        "random": np.array([False, False, True, True, False]),
    }
    scores = Scores(present, np.array([0, 1, 0, 1, 1]), kinds, np.array([[0.9, 0.3, 0.7, 0.2, 0.1]]))
    rows = {(r["rate"], r["kind"]): r for r in rates(scores, 0, {"threshold": 0.5}, FEW)}
    assert {key: (row["value"], row["n"], row["images"]) for key, row in rows.items()} == {
        ("false positive", "all"): (pytest.approx(1 / 3), 3, 2),
        ("false positive", "random"): (0.5, 2, 2),
        ("false negative", "all"): (0.5, 2, 2),
        ("false negative", "clear"): (0.0, 1, 1),
    }
    assert chosen_threshold(scores, 0, 0.0) == 0.7001, "only drawn objects count: 'random' here"


def test_a_vote_is_wrong_where_both_err() -> None:
    # eight objects that are there, in four images; the first misses four, the second four, two of them the same
    first = np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    second = np.array([1, 1, 0, 0, 1, 1, 0, 0], dtype=bool)
    every = np.ones(8, dtype=bool)
    votes = Votes(first, second, every, np.arange(8) // 2, {"all": every})
    (row,) = agreement(votes, FEW)
    assert [row[name] for name in ("what", "kind", "n", "images")] == ["present", "all", 8, 4]
    assert [row[name] for name in ("both_see", "only_first", "only_second", "neither_sees")] == [2, 2, 2, 2]
    assert (row["first_wrong"], row["second_wrong"], row["both_wrong"]) == (0.5, 0.5, 0.25)
    assert (row["if_independent"], row["ratio"]) == (0.25, 1.0), "as independent as can be"
    assert row["both_wrong_low"] <= 0.25 <= row["both_wrong_high"]


def test_of_what_is_not_there_seeing_it_is_the_error() -> None:
    seen = np.array([True, False, False, False])
    every = np.ones(4, dtype=bool)
    (row,) = agreement(Votes(seen, seen, ~every, np.arange(4), {"all": every}), FEW)
    assert (row["what"], row["both_wrong"], row["if_independent"], row["ratio"]) == ("absent", 0.25, 0.0625, 4.0)
    (never,) = agreement(Votes(~every, seen, ~every, np.arange(4), {"all": every}), FEW)
    assert (never["both_wrong"], never["if_independent"], never["ratio"]) == (0.0, 0.0, None)
    assert (never["if_independent_low"], never["if_independent_high"]) == (None, None)
    assert never["both_wrong_high"] > 0.5, "four images without an error do not say that there is none"


def calibrated(folder: Path, **more: object) -> tuple[Calibration, Told, Told]:
    """One detector that is always right, and one that sees the dog everywhere and never the fork."""
    right = {(image, object_): 0.9 for image, of in KITCHEN.items() for object_ in of}
    wrong = {**right, **{(image, "dog"): 0.8 for image in KITCHEN}, **{(image, "fork"): 0.1 for image in KITCHEN}}
    good, bad = Told("good", right), Told("bad", wrong)
    polling = Polling(draws=FEW)._replace(**more)
    return calibrate([good, bad], annotated(folder, KITCHEN), folder, polling), good, bad


def test_thresholds_are_chosen_on_one_half_and_rates_are_of_the_other(tmp_path: Path) -> None:
    found, good, bad = calibrated(tmp_path)
    assert good.asked == bad.asked, "both are asked the same"
    by_half: dict[str, set[str]] = {}
    for row in found.asked.to_pylist():
        by_half.setdefault(row["half"], set()).add(row["image"])
    assert [len(images) for images in by_half.values()] == [4, 4]
    assert not by_half["calibration"] & by_half["reported"]
    record = {each["name"]: each for each in found.record["detectors"]}
    assert record["good"] == {"name": "good", "version": "1", "default_threshold": 0.5, "threshold": 0.0101}
    assert record["bad"]["threshold"] == 0.8001
    rows = {(r["detector"], r["at"], r["rate"], r["kind"]): r for r in found.rates.to_pylist()}
    kitchens = sum(KITCHEN[image] == ["cup", "fork"] for image in by_half["reported"])
    # at its default the bad one sees the dog in kitchens, one of two absent objects, and misses the fork there
    assert rows["bad", "default", "false positive", "all"]["value"] == pytest.approx(kitchens / 8)
    assert rows["bad", "default", "false negative", "all"]["value"] == pytest.approx(kitchens / 8)
    # at the chosen one it sees no dog any more where there is none, and none where there is one, at 0.8 as well
    assert rows["bad", "chosen", "false positive", "all"]["value"] == 0
    assert rows["good", "chosen", "false negative", "all"]["value"] == 0
    assert {row["n"] for row in rows.values() if row["kind"] == "all"} == {8}


def test_a_bound_that_no_threshold_keeps_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    every = Told("every", {(image, object_): 1.0 for image in KITCHEN for object_ in ("cup", "fork", "dog", "ball")})
    found = calibrate([every], annotated(tmp_path, KITCHEN), tmp_path, Polling(0.0, draws=FEW))
    assert found.record["detectors"][0]["threshold"] is None
    assert {row["at"] for row in found.rates.to_pylist()} == {"default"}
    assert found.curve.num_rows == found.agreement.num_rows == 0
    assert [path.name for path in write_calibration(found, tmp_path / "c.json")] == [
        "c.json",
        "c_rates.csv",
        "c_asked.csv",
    ]


def test_what_is_written_holds_every_score_and_can_be_counted_again(tmp_path: Path) -> None:
    found, _, _ = calibrated(tmp_path)
    written = write_calibration(found, tmp_path / "out" / "calibration.json")
    names = ["rates.csv", "agreement.csv", "curve.csv", "asked.csv", "curve.svg", "curve.png"]
    assert [path.name for path in written] == ["calibration.json", *(f"calibration_{name}" for name in names)]
    told = json.loads(written[0].read_text())
    assert told["settings"]["max_false_positive"] == 0.03
    assert told["images"] == {"first": 4, "reported": 4}
    assert {row["what"] for row in told["agreement"]} == {"present", "absent"}
    with written[4].open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(told["objects"].values())
    seen = [float(row["bad"]) >= 0.5 for row in rows if row["half"] == "reported" and row["present"] == "false"]
    of_all = [r for r in told["rates"] if (r["detector"], r["at"], r["kind"]) == ("bad", "default", "all")]
    assert sum(seen) / len(seen) == next(r["value"] for r in of_all if r["rate"] == "false positive")


def test_the_curve_has_a_threshold_for_each_bound(tmp_path: Path) -> None:
    found, _, _ = calibrated(tmp_path)
    bad = [row for row in found.curve.to_pylist() if row["detector"] == "bad"]
    assert [row["bound"] for row in bad] == [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]
    thresholds = [row["threshold"] for row in bad]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[:6] == [0.8001] * 6


def test_equal_settings_give_equal_results(tmp_path: Path) -> None:
    first, second = calibrated(tmp_path)[0], calibrated(tmp_path)[0]
    assert first.record == second.record
    assert first.rates.equals(second.rates)


@pytest.mark.parametrize(
    ("names", "bound", "match"),
    [
        ([], 0.03, "Name one detector or several different ones; found none"),
        (["a", "a"], 0.03, "found a, a"),
        (["a"], 1.0, "The bound on false positives is 1; expected a rate from 0 to below 1"),
    ],
)
def test_impossible_requests_are_refused(tmp_path: Path, names: list[str], bound: float, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        calibrate([Told(name, {}) for name in names], tmp_path / "none.json", tmp_path, Polling(bound))


def test_nothing_to_ask_is_said(tmp_path: Path) -> None:
    path = annotated(tmp_path, {"a.jpg": ["unicorn"], "b.jpg": ["unicorn", "cup"]})
    with pytest.raises(RequestError, match="Of 2 images, 0 hold some of the 1 objects that detectors know"):
        calibrate([Told("t", {})], path, tmp_path)
