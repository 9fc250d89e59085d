"""A map of heads to explore: two layers of four heads.

head   L0H0  L0H1    L0H2  L0H3            L1H0             L1H1  L1H2  L1H3
value  0.10  -0.20   0.30  0.40 (chosen)   not swept        0.00  0.00  0.00
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sightline.report.heat_explorer import HeatMap
from sightline.report.page import render, write
from sightline.report.sections import Report, Section, Show

HOSTILE = "<img src=x onerror=\"document.title='broken'\">"
VALUES = (0.1, -0.2, 0.3, 0.4, None, 0.0, 0.0, 0.0)


def _data() -> pa.Table:
    return pa.table(
        {
            "layer": [0] * 4 + [1] * 4,
            "head": [0, 1, 2, 3] * 2,
            "value": pa.array(VALUES, pa.float64()),
            "low": [None if value is None else value - 0.05 for value in VALUES],
            "high": [None if value is None else value + 0.05 for value in VALUES],
            "significant": [True, True, True, True, None, False, False, False],
            "marked": [False, False, False, True, False, False, False, False],
            "n": [1200] * 8,
            "p_adjusted": [0.02, 0.02, 0.0001, 0.0001, None, 1.0, 1.0, 1.0],
            "before": pa.array([None, None, None, "15 moons " + HOSTILE, *[None] * 4], pa.string()),
            "after": pa.array([None, None, None, "10 moons", *[None] * 4], pa.string()),
        }
    )


def _map(**options: Any) -> HeatMap:
    return HeatMap(
        "heads", "What heads do", _data(), **{"measure": "Effect", "centre": 0.0, "head_groups": 2, **options}
    )


def _report(part: HeatMap) -> Report:
    return Report("Report", "Lead", (Section("Section", (), (part,)),))


def test_every_head_has_a_cell_that_tells_what_is_known_of_it() -> None:
    page = render(_report(_map()))
    assert re.findall(r'role="gridcell" aria-label="([^"]*)"', page)[:6] == [
        "L0H0: 0.10 (0.05 to 0.15), n 1,200, adjusted p 0.020, significant",
        "L0H1: −0.20 (−0.25 to −0.15), n 1,200, adjusted p 0.020, significant",
        "L0H2: 0.30 (0.25 to 0.35), n 1,200, adjusted p &lt;0.001, significant",
        "L0H3: 0.40 (0.35 to 0.45), n 1,200, adjusted p &lt;0.001, significant, chosen",
        "L1H0: not swept",
        "L1H1: 0.00 (−0.05 to 0.05), n 1,200, adjusted p 1.000, not significant",
    ]


def test_what_is_not_known_is_not_told() -> None:
    part = HeatMap("heads", "Heads", _data().drop_columns(["n", "p_adjusted", "before", "after"]), "Effect", 0.0)
    assert part.view().rows[0][0].told == "L0H0: 0.10 (0.05 to 0.15), significant"
    assert "data-before" not in render(_report(part))


def test_cells_are_of_the_kinds_that_the_key_explains() -> None:
    view = _map().view()
    kinds = [cell.kinds for row in view.rows for cell in row]
    assert kinds[:6] == [(), ("low",), ("first",), ("marked",), ("absent",), ("weak",)]
    assert [kind for kind, _ in view.key] == ["marked", "weak", "absent", "first"]


def test_colours_are_as_dense_as_those_of_the_drawing() -> None:
    cells = _map().view().rows[0]  # the scale ends at 0.4
    assert [round(cell.opacity, 3) for cell in cells] == [round(share**0.8, 3) for share in (0.25, 0.5, 0.75, 1.0)]


def test_marks_are_written_as_values_are() -> None:
    assert _map().view().marks == ("−0.4", "0", "0.4")
    assert _map(show=Show.POINTS).view().marks == ("−40", "0", "40")
    assert "Effect, percentage points" in render(_report(_map(show=Show.POINTS)))


def test_a_map_that_cannot_be_drawn_is_refused_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="4 heads cannot be groups of 3"):
        _map(head_groups=3)
    with pytest.raises(ValueError, match=r"a value is -0.2, outside of the scale from 0 to 0.4"):
        _map(centre=None)


def test_replies_never_become_markup() -> None:
    page = render(_report(_map()))
    assert "<img src=x" not in page
    assert 'data-before="15 moons &lt;img src=x' in page


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def page(request: Any, chromium: Any, tmp_path: Path) -> Iterator[Any]:
    write(_report(_map()), tmp_path / "report.html")
    context = chromium.new_context(viewport={"width": request.param, "height": 800}, has_touch=request.param == 390)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def test_what_is_known_of_a_head_stands_beneath_as_one_reaches_it(page: Any) -> None:
    told, example = page.locator(".heat-told p"), page.locator(".heat-told dl")
    assert told.inner_text().startswith("Point at a head")
    third = page.locator("[aria-label^='L0H3:']")
    third.tap() if page.viewport_size["width"] == 390 else third.hover()
    assert told.inner_text().startswith("L0H3: 0.40 (0.35 to 0.45)")
    assert example.locator("dd").all_inner_texts() == ["15 moons " + HOSTILE, "10 moons"]
    assert page.title() == "Report" and page.query_selector("img[src=x]") is None
    page.locator("[aria-label^='L0H0:']").focus()
    assert told.inner_text().startswith("L0H0:") and not example.is_visible()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp"):  # no layer lies below the second
        page.keyboard.press(key)
    assert told.inner_text().startswith("L0H1: −0.20")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("L0H1:")
    assert page.locator(".heat-map [tabindex='0']").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
