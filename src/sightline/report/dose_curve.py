"""A plot of answers against the strength of a knockout, from the whole model to the heads gone.

Controls, random heads and other heads of the same layers, stand back behind the heads in question.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, Grid, say, shortened
from sightline.report.legend import EndNames, Entry, Frame, RowNames
from sightline.report.line_panel import Ground, Line, Stroke, read_lines, round_marks
from sightline.report.plot import INK, MARKERS, SERIES, Plot

__all__ = ["dose_curve"]


def dose_curve(
    doses: pa.Table, width_pt: float = 1120, *, measure: str = "Answers by strength of the knockout"
) -> Plot:
    """Draw the probability of the true and of the asserted answer, and their log-odds, against strength.

    Args:
        doses: columns set, kind, strength, answer, mean, low, high. A set is one or several heads, its kind "heads",
            "random heads" or "same layers"; strength 0 is the whole model, 1 the heads gone; the answer is "true" or
            "asserted", with its probability in [0, 1], or "log-odds", of the true over the asserted one in nats.
        width_pt: of the whole, in points; the two panels stand side by side where there is room.
        measure: what is shown, in a few words.

    Raises:
        ValueError: a column is missing or unknown, a line has two means at one strength, a kind or answer is unknown,
            no set is of the kind "heads", one of them lacks an answer, or a strength or probability lies outside of
            [0, 1].

    Example:
        >>> rows = {"set": ["L0H3"] * 3, "kind": ["heads"] * 3, "answer": ["true", "asserted", "log-odds"]}
        >>> rows |= {"strength": [1.0] * 3, "mean": [0.5, 0.25, 0.75], "low": [None] * 3, "high": [None] * 3}
        >>> dose_curve(pa.table(rows)).description
        'Answers by strength of the knockout. L0H3 (heads): true 0.5 at 1; asserted 0.25 at 1; log-odds 0.75 at 1.'
    """
    doses_read = _read(doses)
    inner, beside = width_pt - 4, width_pt >= _ROOMY
    key = RowNames(_key(doses_read), inner)
    panels = [_Panel(answers, title, doses_read) for answers, title in _PANELS]
    wide = (inner - _BETWEEN) / 2 if beside else inner
    widest = max(panel.names.beside for panel in panels)
    height = _HEIGHT if beside else 0.8 * _HEIGHT
    grid = Grid(width_pt, inner, key.above + (1 if beside else 2) * (height + _AROUND), 1)
    figure = grid.figure(shortened(measure, inner))
    axes = grid.panel(figure, 0)
    key.draw(axes, Frame(0, 0, 0, 0), [])
    for place, panel in enumerate(panels):
        x, y = (place * (wide + _BETWEEN), 0) if beside else (0, place * (height + _AROUND))
        top = key.above + y + 28
        right = x + wide - (panel.names.beside if beside else widest)
        panel.draw(axes, x, Frame(x + 34, right, top, top + height))
    return Plot(figure, doses, _words(doses_read, measure))


_ROOMY = 600.0
"""Width from which on the panels stand side by side."""
_HEIGHT, _AROUND, _BETWEEN = 290.0, 78.0, 32.0
"""Of a ground; what stands above and beneath it; between two panels."""

_ANSWERS = {"true": SERIES[0], "asserted": SERIES[1], "log-odds": SERIES[2]}
_END_NAMES = {"true": "true answer", "asserted": "asserted answer", "log-odds": "log-odds"}
_PANELS = (
    (("true", "asserted"), "probability in percent, mean with 95 % band"),
    (("log-odds",), "log-odds of the true over the asserted answer, in nats"),
)
_STYLES = {"heads": "-", "random heads": ":", "same layers": "--"}


class _Set(NamedTuple):
    """Heads that are knocked out together."""

    name: str
    kind: str


_Doses = Mapping[_Set, Mapping[str, Line]]
"""Of each set the line of each answer."""


def _read(doses: pa.Table) -> _Doses:
    found: dict[_Set, dict[str, Line]] = {}
    for (name, kind, answer), line in read_lines(doses, ["set", "kind", "answer"], "strength").items():
        if kind not in _STYLES or answer not in _ANSWERS:
            raise ValueError(
                f"{name} is of kind {kind!r} with answer {answer!r}, expected one of {', '.join(_STYLES)} with one of "
                f"{', '.join(_ANSWERS)}"
            )
        for spot in line:
            if not 0 <= spot.x <= 1 or (answer != "log-odds" and not 0 <= spot.mean <= 1):
                raise ValueError(
                    f"{name}, {answer}: found {spot.mean} at strength {spot.x}, expected strengths and probabilities "
                    "in [0, 1]"
                )
        found.setdefault(_Set(name, kind), {})[answer] = line
    heads = [each for each in found if each.kind == "heads"]
    if not heads:
        raise ValueError(f"none of the sets {', '.join(each.name for each in found)} is of the kind heads")
    for each in heads:
        if found[each].keys() != _ANSWERS.keys():
            raise ValueError(f"{each.name} has answers {', '.join(found[each])}, expected {', '.join(_ANSWERS)}")
    return found


def _key(doses: _Doses) -> list[Entry]:
    """What solid, dotted and dashed lines are, each set of heads by itself."""
    heads = [each.name for each in doses if each.kind == "heads"]
    entries = [Entry(name, INK["ink"], MARKERS[place % len(MARKERS)], "-") for place, name in enumerate(heads)]
    numbers = Counter(each.kind for each in doses if each.kind != "heads")
    for kind, number in numbers.items():
        sets = f"{kind}, {number} sets" if number > 1 else kind
        entries.append(Entry(sets, INK["quiet"], "", _STYLES[kind]))
    return entries


class _Panel:
    """Some answers of all sets, on one scale."""

    def __init__(self, answers: Sequence[str], title: str, doses: _Doses) -> None:
        self._answers, self._title, self._doses = answers, title, doses
        self._heads = [each for each in doses if each.kind == "heads"]
        self._entries = [
            Entry(_END_NAMES[answer], _ANSWERS[answer], MARKERS[place % len(MARKERS)], "-")
            for place in range(len(self._heads))
            for answer in answers
        ]
        self.names = EndNames(self._entries)

    def draw(self, axes: Axes, left: float, frame: Frame) -> None:
        """Draw the panel into a frame, its words beginning at the left."""
        say(axes, left, frame.top - 16, self._title, size=SMALL, quiet=True)
        ground = self._ground(axes, frame)
        kinds = Counter(each.kind for each in self._doses)
        for each, of in self._doses.items():
            if each.kind != "heads":
                band = 0.08 if kinds[each.kind] == 1 else 0.0
                for answer in (answer for answer in self._answers if answer in of):
                    ground.draw(of[answer], Stroke(_ANSWERS[answer], _STYLES[each.kind], 1.1, band=band, zorder=2))
        lines = [self._doses[each][answer] for each in self._heads for answer in self._answers]
        strokes = [Stroke(entry.colour, "-", 2, entry.marker, zorder=4) for entry in self._entries]
        ends = [ground.draw(line, stroke) for line, stroke in zip(lines, strokes, strict=True)]
        self.names.draw(axes, frame, ends)
        middle = (frame.left + frame.right) / 2
        say(axes, middle, frame.bottom + 32, "strength (0 whole model, 1 heads gone)", "center", quiet=True)

    def _ground(self, axes: Axes, frame: Frame) -> Ground:
        """The ground with its marks; it holds every band that is drawn."""
        lines = [of[answer] for of in self._doses.values() for answer in self._answers if answer in of]
        times = 1 if "log-odds" in self._answers else 100
        values = [times * value for line in lines for spot in line for value in spot[1:] if value is not None]
        marks = round_marks(min(0.0, *values), max(0.0, *values))
        ground = Ground(axes, frame, (-0.02, 1.02), (marks[0] / times, marks[-1] / times))
        signed = "+g" if times == 1 else "g"
        ground.rules({mark / times: f"{mark:{signed if mark else 'g'}}".replace("-", "−") for mark in marks}, 0.0)
        ground.places({strength / 4: f"{strength / 4:g}" for strength in range(5)})
        return ground


def _words(doses: _Doses, measure: str) -> str:
    told = []
    for each, of in doses.items():
        lines = [f"{answer} " + ", ".join(f"{spot} at {spot.x:g}" for spot in line) for answer, line in of.items()]
        told.append(f"{each.name} ({each.kind}): {'; '.join(lines)}.")
    return f"{measure}. " + " ".join(told)
