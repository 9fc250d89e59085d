"""The cells of a map of heads, read from a table and held to what a map can show; and the scale of their colours."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

__all__ = ["Cell", "Cells", "Scale", "check_groups", "opacity", "read_cells", "shared_limits"]

_COLUMNS = ("layer", "head", "value", "low", "high", "significant", "marked")


@dataclass(frozen=True, slots=True)
class Cell:
    """A head of a map.

    Args:
        layer: counted from zero.
        head: its place in the layer, counted from zero.
        value: what is shown of it; None where it was not swept.
        interval: of the value, where it has one.
        significant: whether the value counts as different from none.
        marked: whether the head was chosen.

    Example:
        >>> Cell(0, 3, 0.4).name
        'L0H3'
    """

    layer: int
    head: int
    value: float | None
    interval: tuple[float, float] | None = None
    significant: bool = True
    marked: bool = False

    @property
    def name(self) -> str:
        """The head's name, by its layer and its place."""
        return f"L{self.layer}H{self.head}"


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of a map; heads that the table does not name were not swept.

    Args:
        at: (layer, head) → cell, layer by layer.
        layers: how many there are.
        heads: how many a layer has.
    """

    at: Mapping[tuple[int, int], Cell]
    layers: int
    heads: int

    @property
    def swept(self) -> tuple[Cell, ...]:
        """Those that have a value, layer by layer."""
        return tuple(cell for cell in self.at.values() if cell.value is not None)

    @property
    def marked(self) -> tuple[Cell, ...]:
        """Those that were chosen, layer by layer."""
        return tuple(cell for cell in self.at.values() if cell.marked)

    def means(self) -> dict[int, float]:
        """Layer → the mean of its values, of those layers that have any."""
        of: dict[int, list[float]] = {}
        for cell in self.at.values():
            if cell.value is not None:
                of.setdefault(cell.layer, []).append(cell.value)
        return {layer: math.fsum(values) / len(values) for layer, values in of.items()}


def read_cells(data: pa.Table) -> Cells:
    """Read the cells of a map.

    Args:
        data: columns layer, head, value, low, high, significant, marked, and any others.

    Raises:
        ValueError: a column is missing, no head has a value, a head comes twice, or a row says what cannot be.
    """
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"a map of heads has columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    found: dict[tuple[int, int], Cell] = {}
    for row in data.select(_COLUMNS).to_pylist():
        cell = _cell(row)
        if (cell.layer, cell.head) in found:
            raise ValueError(f"{cell.name} comes twice")
        found[cell.layer, cell.head] = cell
    if all(cell.value is None for cell in found.values()):
        raise ValueError(f"a map of heads needs a value at least, found none in {data.num_rows} rows")
    layers, heads = (1 + max(place[axis] for place in found) for axis in (0, 1))
    places = ((layer, head) for layer in range(layers) for head in range(heads))
    at = {place: found.get(place) or Cell(*place, value=None) for place in places}
    return Cells(at, layers, heads)


def _cell(row: Mapping[str, Any]) -> Cell:
    layer, head, value, low, high = (row[name] for name in _COLUMNS[:5])
    if not (isinstance(layer, int) and isinstance(head, int) and layer >= 0 and head >= 0):
        raise ValueError(f"layer {layer}, head {head}: expected whole numbers from zero")
    name = f"L{layer}H{head}"
    numbers = [number for number in (value, low, high) if number is not None]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name}: value, low and high are {value}, {low}, {high}, expected numbers or nothing")
    if value is None:
        return Cell(layer, head, None, marked=bool(row["marked"]))
    if (low is None) != (high is None):
        raise ValueError(f"{name}: the interval is {low} to {high}, expected both ends or none")
    if row["significant"] is None:
        raise ValueError(f"{name}: significant is neither true nor false")
    interval = None if low is None else (low, high)
    return Cell(layer, head, value, interval, row["significant"], bool(row["marked"]))


class Scale(NamedTuple):
    """What a full colour stands for.

    Args:
        centre: the value without colour.
        reach: how far from it the full colour is.
        signed: whether values lie on both sides.
    """

    centre: float
    reach: float
    signed: bool

    @classmethod
    def of(cls, cells: Cells, centre: float | None, limits: tuple[float, float] | None = None) -> "Scale":
        """The scale of a map.

        Args:
            cells: what is shown.
            centre: the value between two colours; None for one colour from zero.
            limits: the ends of the scale; the next round number beyond every value if left out.

        Raises:
            ValueError: a value lies outside of the limits, or these not evenly around the centre.
        """
        values = [cell.value for cell in cells.swept if cell.value is not None]
        low, high = limits or _limits(values, centre)
        scale = cls(centre or 0.0, high - (centre or 0.0), centre is not None)
        if scale.reach <= 0 or not math.isclose(low, scale.low, abs_tol=1e-9 * scale.reach):
            expected = "from 0" if centre is None else f"evenly around {centre:g}"
            raise ValueError(f"the scale goes from {low:g} to {high:g}, expected one {expected}")
        if outside := [value for value in values if not low <= value <= high]:
            raise ValueError(f"a value is {outside[0]:g}, outside of the scale from {low:g} to {high:g}")
        return scale

    @property
    def low(self) -> float:
        """Its lower end."""
        return self.centre - self.reach if self.signed else self.centre

    @property
    def high(self) -> float:
        """Its upper end."""
        return self.centre + self.reach

    def marks(self) -> tuple[float, ...]:
        """The values to name: both ends, the middle, and halfway between."""
        halves = (-2, -1, 0, 1, 2) if self.signed else (0, 1, 2)
        return tuple(self.centre + half * self.reach / 2 for half in halves)

    def weight(self, value: float) -> float:
        """How much colour a value has: −1 and 1 are the full colours, 0 is none.

        Example:
            >>> Scale(0, 2, True).weight(-0.5)
            -0.25
        """
        return (value - self.centre) / self.reach


def opacity(weight: float) -> float:
    """How densely the colour of a weight lies on the paper: small weights are lifted, so that they can be seen.

    Example:
        >>> opacity(0.0), opacity(-1.0)
        (0.0, 1.0)
    """
    return min(1.0, math.pow(abs(weight), 0.8))


def shared_limits(tables: Iterable[pa.Table], centre: float | None) -> tuple[float, float]:
    """One scale for several maps, as of several models or tasks.

    Example:
        >>> def table(value):
        ...     row = {"layer": 0, "head": 0, "value": value, "low": None, "high": None}
        ...     return pa.Table.from_pylist([{**row, "significant": True, "marked": False}])
        >>> shared_limits([table(0.2), table(-0.7)], centre=0)
        (-0.8, 0.8)
    """
    return _limits([cell.value for table in tables for cell in read_cells(table).swept], centre)


_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def _limits(values: Iterable[Any], centre: float | None) -> tuple[float, float]:
    """Round limits that hold all values, evenly around the centre."""
    middle = centre or 0.0
    farthest = max(abs(value - middle) for value in values)
    power = 10.0 ** math.floor(math.log10(farthest)) if farthest else 1.0
    reach = next(float(f"{step * power:.3g}") for step in _STEPS if farthest <= step * power * (1 + 1e-9))
    return (middle if centre is None else middle - reach), middle + reach


def check_groups(head_groups: int | None, heads: int) -> int | None:
    """Refuse groups that heads do not fill.

    Raises:
        ValueError: the heads are no whole number of groups.
    """
    if head_groups is not None and (head_groups < 1 or heads % head_groups):
        raise ValueError(f"{heads} heads cannot be groups of {head_groups}")
    return head_groups
