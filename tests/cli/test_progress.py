"""How far a run is: lines now and then where errors go to a file, bars on a terminal."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from sightline.cli import progress
from sightline.cli.progress import shown_steps


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is shown, on a terminal or not."""
    written = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=written, force_terminal=request.param, width=100)

    monkeypatch.setattr("rich.console.Console", console)
    yield written


@pytest.mark.parametrize("screen", [False], indirect=True)
def test_where_errors_go_to_a_file_a_line_is_written_now_and_then(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shown_steps() as told:
        told("reading", 1, 2000)
    assert screen.getvalue() == ""
    monkeypatch.setattr(progress, "LINE_EVERY_S", -1.0)
    with shown_steps() as told:
        told("reading", 1, 2000)
        told("judging", 1500, 2000)
    assert screen.getvalue().splitlines() == ["reading: 1 of 2,000", "judging: 1,500 of 2,000"]


@pytest.mark.parametrize("screen", [True], indirect=True)
def test_on_a_terminal_each_step_has_a_bar_that_begins_anew_with_each_round(screen: io.StringIO) -> None:
    with shown_steps() as told:
        told("objects", 3, 3)
        told("judging", 5, 5)
        told("judging", 1, 2)
    shown = screen.getvalue().splitlines()[-3:]
    assert any("objects" in line and "3/3" in line for line in shown)
    assert sum("judging" in line for line in shown) == 1
    assert any("judging" in line and "1/2" in line for line in shown)
