"""A map of heads to explore on a page: what is known of a head stands beneath as one points at it.

It needs no plot: the page lays it out as a grid, and a little script of its own follows pointer and arrow keys. Without
that the map is still to be seen. Replies may come from anywhere; they are shown as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.report.heat_cells import Cell, Cells, Scale, check_groups, opacity, read_cells
from sightline.report.shown import Show, interval_shown, short, shown, unit

__all__ = ["HeatCell", "HeatMap", "HeatView"]


class HeatCell(NamedTuple):
    """A head as the page shows it.

    Args:
        kinds: "low" (below the centre), "weak" (not significant), "absent" (not swept), "marked" (chosen) and "first"
            (of a group of heads).
        opacity: how densely its colour lies on the paper, in [0, 1].
        told: its name and what is known of it.
        before: a reply of the whole model that changes without the head, where one is known.
        after: the same without the head.
    """

    kinds: tuple[str, ...]
    opacity: float
    told: str = ""
    before: str | None = None
    after: str | None = None


class HeatView(NamedTuple):
    """A map as the page shows it.

    Args:
        rows: the cells, layer by layer.
        names: of the heads.
        every: how many heads there are for each that is named where room is scarce.
        shades: the bar of colours, from one end to the other.
        marks: the values at its ends, and in its middle.
        key: what kinds of cells occur, each with what it means.
    """

    rows: tuple[tuple[HeatCell, ...], ...]
    names: tuple[str, ...]
    every: int
    shades: tuple[HeatCell, ...]
    marks: tuple[str, ...]
    key: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A map of heads to explore.

    Args:
        name: what its file is called, without suffix.
        caption: what it shows.
        data: as ``heat_map.heat_map`` takes it; columns n, p_adjusted, before and after are shown where there are any,
            the latter two a reply that changes without the head.
        measure: what the values are.
        centre: the value between two colours, 0 for effects; None for one colour from zero, as for rates.
        head_groups: how many heads share keys and values.
        show: how values are written.
        limits: the ends of the scale, to compare maps.

    Raises:
        ValueError: as ``heat_map.heat_map`` does.
    """

    name: str
    caption: str
    data: pa.Table
    measure: str
    centre: float | None = None
    head_groups: int | None = None
    show: Show = Show.NUMBER
    limits: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        self.view()

    @property
    def title(self) -> str:
        """What the values are, with their unit."""
        return self.measure + unit(self.show)

    def view(self) -> HeatView:
        """The map as the page shows it."""
        cells = read_cells(self.data)
        scale = Scale.of(cells, self.centre, self.limits)
        groups = check_groups(self.head_groups, cells.heads) or cells.heads
        known = {(row["layer"], row["head"]): row for row in self.data.to_pylist()}
        rows = tuple(
            tuple(
                self._cell(cells.at[layer, head], scale, groups, known.get((layer, head), {}))
                for head in range(cells.heads)
            )
            for layer in range(cells.layers)
        )
        every = 1 if cells.heads <= _FEW else groups if groups < cells.heads else 4
        names = tuple(f"H{head}" for head in range(cells.heads))
        marks = tuple(short(self.show, value) for value in scale.marks()[:: 2 if scale.signed else 1])
        return HeatView(rows, names, every, tuple(_shades(scale)), marks, _key(cells, self.head_groups))

    def _cell(self, cell: Cell, scale: Scale, groups: int, known: Mapping[str, Any]) -> HeatCell:
        weight = 0.0 if cell.value is None else scale.weight(cell.value)
        kinds = {
            "low": weight < 0,
            "weak": not cell.significant,
            "absent": cell.value is None,
            "marked": cell.marked,
            "first": cell.head % groups == 0 and cell.head > 0,
        }
        return HeatCell(
            tuple(kind for kind, holds in kinds.items() if holds),
            opacity(weight),
            f"{cell.name}: {', '.join(self._told(cell, known))}",
            known.get("before"),
            known.get("after"),
        )

    def _told(self, cell: Cell, known: Mapping[str, Any]) -> Iterator[str]:
        if cell.value is None:
            yield "not swept"
        else:
            between = f" ({interval_shown(self.show, *cell.interval)})" if cell.interval else ""
            yield shown(self.show, cell.value) + between
            if known.get("n") is not None:
                yield f"n {shown(Show.COUNT, known['n'])}"
            if known.get("p_adjusted") is not None:
                yield f"adjusted p {shown(Show.PROBABILITY, known['p_adjusted'])}"
            yield "significant" if cell.significant else "not significant"
        if cell.marked:
            yield "chosen"


_FEW = 12
"""Up to so many heads, each is named on a phone too."""
_SHADES = 12
"""Steps of the bar of colours, on each side."""


def _shades(scale: Scale) -> Iterator[HeatCell]:
    for step in range(-_SHADES if scale.signed else 0, _SHADES):
        yield HeatCell(("low",) if step < 0 else (), opacity((step + 0.5) / _SHADES))


def _key(cells: Cells, head_groups: int | None) -> tuple[tuple[str, str], ...]:
    meanings = (
        ("marked", "chosen", bool(cells.marked)),
        ("weak", "not significant", any(not cell.significant for cell in cells.swept)),
        ("absent", "not swept", len(cells.swept) < len(cells.at)),
        ("first", "heads that share keys and values", head_groups is not None),
    )
    return tuple((kind, meaning) for kind, meaning, occurs in meanings if occurs)
