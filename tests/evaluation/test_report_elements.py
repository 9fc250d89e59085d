"""The closer look at FINER as plots and as sections of a page."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_finer import LEVELLED, SIZED, evaluation, levelled, said, sized

from sightline.evaluation.by_elements import by_elements_table
from sightline.evaluation.closer_look import closer_sections
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.report_counted import write_counted_report
from sightline.evaluation.report_elements import element_plots
from sightline.report.sections import Figure, Table


def of_sizes() -> Evaluation:
    return evaluation("finer", sized(), {"m": said(SIZED)})


def of_levels(told: bool = True) -> Evaluation:
    return evaluation("finer_levels", levelled(told), {"m": said(LEVELLED)})


def panels(found: Evaluation) -> list[str]:
    (draw,) = element_plots(by_elements_table(found, draws=100)).values()
    return list(dict.fromkeys(draw().data["panel"].to_pylist()))


def test_settings_are_panels_and_the_numbers_behind_them_are_those_of_the_table() -> None:
    ((name, draw),) = element_plots(by_elements_table(of_sizes(), draws=100)).items()
    rows = draw().data.to_pylist()
    assert name == "accuracy_by_elements"
    assert [(r["panel"], r["x"], r["value"], r["n"]) for r in rows] == [
        ("objects", 1, 2 / 3, 3),
        ("objects", 2, 0, 1),
        ("objects", 10, 0, 1),
        ("what", 2, 1, 1),
    ]
    assert [row["floor"] for row in rows] == pytest.approx([1 / 25] * 4)


def test_of_levels_both_accuracies_are_drawn_by_contradiction() -> None:
    ((name, draw),) = element_plots(by_elements_table(of_levels(), draws=100)).items()
    rows = draw().data.to_pylist()
    assert name == "accuracy_by_level"
    assert panels(of_levels()) == ["any contradiction", "wrong object", "wrong attribute"]
    at = [(r["run"], r["value"], r["floor"]) for r in rows if (r["panel"], r["x"]) == ("any contradiction", 2)]
    assert at == [("paired accuracy", 1 / 3, 1 / 4), ("negative accuracy", 2 / 3, None)]


def test_one_kind_of_contradiction_is_not_drawn_twice() -> None:
    assert panels(of_levels(told=False)) == ["contradiction not told"]


def test_every_label_set_has_a_plot_but_for_those_under_which_nothing_is_scored() -> None:
    whole = of_sizes()
    (own,) = whole.label_sets
    same, nothing = replace(own, name="same"), replace(own, name="none", references={"other": 0})
    table = by_elements_table(replace(whole, label_sets=(own, same, nothing)), draws=100)
    assert list(element_plots(table)) == ["accuracy_by_elements_own", "accuracy_by_elements_same"]


def test_a_page_has_figures_and_tables_of_both() -> None:
    by_size, positions = closer_sections(of_sizes(), None, 100, 0)
    assert [type(part) for part in by_size.parts] == [Figure, Table]
    bias, places = positions.parts
    assert isinstance(bias, Table) and isinstance(places, Table)
    assert bias.data["split"].to_pylist() == ["objects", "what"]
    assert places.data.num_rows == 2 * 5
    (levels,) = closer_sections(of_levels(), None, 100, 0)
    assert [type(part) for part in levels.parts] == [Figure, Table]


def test_the_report_looks_closer_where_there_is_something_to_look_at(tmp_path: Path) -> None:
    write_counted_report(of_sizes(), tmp_path / "page.html", draws=100)
    page = (tmp_path / "page.html").read_text()
    assert "Number of elements" in page and "Position bias" in page
    whole = of_sizes()
    (own,) = whole.label_sets
    others = replace(own, references=dict.fromkeys(own.references, 0))
    assert list(closer_sections(replace(whole, label_sets=(others,)), None, 100, 0)) == []
