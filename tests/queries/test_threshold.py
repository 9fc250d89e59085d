"""People fill in a sheet, and their verdicts allow a threshold."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from small_scenes import elements, given, scene

from sightline.core import Presence
from sightline.errors import DataError, RequestError
from sightline.queries.calibration import Checked, calibrate, check_sheet, read_verdicts
from sightline.queries.discriminator import Judged, told
from sightline.queries.element import Element
from sightline.queries.elements_file import Kept

SURE, UNSURE = Judged((0.98, 0.005, 0.005, 0.005, 0.005)), Judged((0.4, 0.3, 0.1, 0.1, 0.1))

Row = dict[str, str]


def kept(number: int = 12) -> list[Kept]:
    """Elements that were judged, so many."""
    graphs = [scene(f"{n}.jpg") for n in range(1 + number // 12)]
    return [Kept(element, SURE) for element in elements(*graphs)][:number]


def rows_of(sheet: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(sheet.decode())))


def filled(path: Path, rows: list[Row], holds: Callable[[Row], str]) -> Path:
    """The sheet as people give it back."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "holds": holds(row)} for row in rows)
    return path


def letter_of(phrase: str, row: Row) -> str:
    return next(letter for letter in "ABCDE" if row[letter] == phrase)


def true_letters(own: list[Kept]) -> Callable[[Row], str]:
    """A person who finds that what is taken to be true holds, and nothing else."""
    phrases = {each.element.key: told(each.element, articles=False)[0] for each in own}
    return lambda row: letter_of(phrases[row["element"]], row)


def test_the_sheet_has_a_row_for_each_element_that_is_drawn() -> None:
    own = kept()
    rows = rows_of(check_sheet(own, 5))
    assert len(rows) == 5
    assert list(rows[0]) == ["element", "image", "kind", "A", "B", "C", "D", "E", "holds"]
    by_key = {each.element.key: each.element for each in own}
    for row in rows:
        element = by_key[row["element"]]
        assert (row["image"], row["kind"], row["holds"]) == (element.image, element.kind, "")
        assert sorted(row[letter] for letter in "ABCDE") == sorted(told(element, articles=False))
    assert len(rows_of(check_sheet(own, 100))) == 12


def test_what_is_taken_to_be_true_stands_anywhere() -> None:
    own = kept(60)
    places = {true_letters(own)(row) for row in rows_of(check_sheet(own, 60))}
    assert places == set("ABCDE")


def test_the_sheet_is_the_same_for_the_same_seed() -> None:
    own = kept()
    assert check_sheet(own, 8, seed=1) == check_sheet(own, 8, seed=1)
    assert check_sheet(own, 8, seed=1) != check_sheet(own, 8, seed=2)


def test_elements_that_nobody_judged_or_that_were_given_up_are_not_drawn() -> None:
    first, second, third = kept(3)
    given_up = Kept(second.element.with_negatives(()), SURE)
    rows = rows_of(check_sheet([first, given_up, Kept(third.element)], 10))
    assert [row["element"] for row in rows] == [first.element.key]
    with pytest.raises(RequestError, match="No element was judged by a discriminator"):
        check_sheet([given_up, Kept(third.element)], 10)
    with pytest.raises(RequestError, match="A sample of 0 elements was asked for; ask for one or more"):
        check_sheet([first], 0)


@pytest.mark.parametrize("articles", [False, True])
@pytest.mark.parametrize("seed", [0, 7])
def test_verdicts_are_read_whatever_the_sheet_was_made_with(tmp_path: Path, articles: bool, seed: int) -> None:
    own = kept()
    phrases = {each.element.key: told(each.element, articles)[0] for each in own}
    sheet = rows_of(check_sheet(own, 12, seed, articles))
    path = filled(tmp_path / "a.csv", sheet, lambda row: letter_of(phrases[row["element"]], row))
    assert read_verdicts(path, own) == [Checked(SURE, True)] * 12


@pytest.mark.parametrize(
    ("holds", "sound"),
    [
        (lambda true: true, True),
        (lambda true: f" {true.lower()} ", True),
        (lambda true: "B" if true == "A" else "A", False),
        (lambda true: "AB", False),
        (lambda true: "a, b; c", False),
        (lambda true: "?", False),
    ],
)
def test_an_element_is_sound_where_what_is_taken_to_be_true_holds_and_nothing_else(
    tmp_path: Path, holds: Callable[[str], str], sound: bool
) -> None:
    own = kept(1)
    true = true_letters(own)
    path = filled(tmp_path / "a.csv", rows_of(check_sheet(own, 1)), lambda row: holds(true(row)))
    assert read_verdicts(path, own) == [Checked(SURE, sound)]


def test_rows_that_nobody_filled_in_are_passed_over(tmp_path: Path) -> None:
    own = kept()
    sheet = rows_of(check_sheet(own, 12))
    done = {row["element"] for row in sheet[:4]}
    path = filled(tmp_path / "a.csv", sheet, lambda row: "?" if row["element"] in done else "")
    assert len(read_verdicts(path, own)) == 4
    with pytest.raises(DataError, match="nobody has written anything into the column holds"):
        read_verdicts(filled(tmp_path / "b.csv", sheet, lambda row: " "), own)


def test_an_element_with_fewer_negatives_has_fewer_letters(tmp_path: Path) -> None:
    few = given(Element("z.jpg", Presence("cup"), "2"), 2)
    own = [*kept(1), Kept(few, Judged((0.8, 0.1, 0.1)))]
    sheet = rows_of(check_sheet(own, 2))
    assert {row["element"]: row["E"] == "" for row in sheet} == {"0.jpg/object/1": False, few.key: True}
    path = filled(tmp_path / "a.csv", sheet, lambda row: "D" if row["element"] == few.key else "?")
    with pytest.raises(DataError, match="holds is 'D'; D is no option"):
        read_verdicts(path, own)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"element": "9.jpg/object/1"}, "a.csv:2: '9.jpg/object/1' is no judged element of this build"),
        ({"holds": "F"}, "a.csv:2: holds is 'F'; F is no option"),
        ({"holds": "A?"}, "a.csv:2: holds is 'A?'; ? is no option"),
        ({"holds": "all"}, "a.csv:2: holds is 'all'; L is no option"),
        ({"A": "something else", "holds": "A"}, "a.csv:2: the options of 0.jpg/object/1 are not those of this build"),
    ],
)
def test_a_row_that_says_what_cannot_be_is_named(tmp_path: Path, change: Row, problem: str) -> None:
    own = kept(1)
    row = {**rows_of(check_sheet(own, 1))[0], **change}
    with pytest.raises(DataError, match=re.escape(problem)):
        read_verdicts(filled(tmp_path / "a.csv", [row], lambda row: row["holds"]), own)


def test_a_sheet_of_a_build_that_was_made_anew_is_refused(tmp_path: Path) -> None:
    own = kept()
    path = filled(tmp_path / "a.csv", rows_of(check_sheet(own, 12)), lambda row: "A")
    anew = [Kept(each.element.with_negatives(each.element.negatives[1:]), SURE) for each in own]
    with pytest.raises(DataError, match="are not those of this build"):
        read_verdicts(path, anew)


def test_an_element_that_stands_twice_and_a_column_that_is_missing_are_refused(tmp_path: Path) -> None:
    own = kept(1)
    row = rows_of(check_sheet(own, 1))[0]
    with pytest.raises(DataError, match=re.escape("a.csv:3: 0.jpg/object/1 stands in row 2 already")):
        read_verdicts(filled(tmp_path / "a.csv", [row, row], lambda row: "A"), own)
    (tmp_path / "b.csv").write_text("element,A,B\n0.jpg/object/1,a,b\n")
    with pytest.raises(DataError, match="there is no column 'holds'"):
        read_verdicts(tmp_path / "b.csv", own)


def test_a_sheet_that_a_spreadsheet_saved_with_semicolons_is_read(tmp_path: Path) -> None:
    own = kept(1)
    row = rows_of(check_sheet(own, 1))[0]
    row["holds"] = true_letters(own)(row)
    (tmp_path / "a.csv").write_text(";".join(row) + "\n" + ";".join(row.values()) + "\n")
    assert read_verdicts(tmp_path / "a.csv", own) == [Checked(SURE, True)]


def test_the_highest_threshold_is_chosen_of_which_the_bound_is_low_enough() -> None:
    # entropy of SURE: (.98 ln .98 + .02 ln .005) = .0198 + .1060 = .1258 of ln 5: .0781; of UNSURE .8812
    checked = [*[Checked(SURE, True)] * 130, *[Checked(UNSURE, True)] * 10, *[Checked(UNSURE, False)] * 4]
    found = calibrate(checked, at_most=0.05)
    by_threshold = {point.threshold: point for point in found.points}
    assert len(found.points) == 20
    assert by_threshold[0.05][1:] == (0, 0, 1.0, 140)  # nothing accepted, nothing known
    # of 130 none wrong, at a confidence of 1 - .05/20: 1 - .0025^(1/130) = 1 - e^(-5.9915/130) = .0450
    assert by_threshold[0.1][1:3] == (130, 0)
    assert by_threshold[0.1].bound == pytest.approx(0.0450, abs=1e-4)
    assert by_threshold[0.85] == by_threshold[0.1]._replace(threshold=0.85)
    assert by_threshold[0.9][1:3] == (144, 4)
    assert by_threshold[0.9].bound > 0.05
    assert (by_threshold[0.1].lost, by_threshold[1.0].lost) == (10, 0)
    assert found.threshold == 0.85


def test_too_small_a_sample_allows_no_threshold() -> None:
    # 1 - .0025^(1/116) = .0503: of 116 sound ones nothing can be said at 5 %, of 117 it can
    assert calibrate([Checked(SURE, True)] * 116, at_most=0.05).threshold is None
    assert calibrate([Checked(SURE, True)] * 117, at_most=0.05).threshold == 1.0


def test_what_the_judge_gets_wrong_is_accepted_at_no_threshold() -> None:
    wrong = Judged((0.01, 0.99))
    assert calibrate([Checked(wrong, False)]).points[-1][1:] == (0, 0, 1.0, 0)


@pytest.mark.parametrize("settings", [{"at_most": 0.0}, {"at_most": 1.0}, {"confidence": 1.0}])
def test_shares_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(RequestError, match="both lie between 0 and 1"):
        calibrate([Checked(SURE, True)], **settings)
