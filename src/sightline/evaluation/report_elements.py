"""The closer look at FINER in plots and sections: accuracy by number of elements or by level, and position bias."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from sightline.evaluation.by_elements import (
    ALL,
    CONTRADICTION,
    ELEMENTS,
    LEVEL_EXAMPLES,
    UNKNOWN,
    asks_levels,
    by_elements_table,
    fine_questions,
)
from sightline.evaluation.counted import scoring_of
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.positions import position_table
from sightline.evaluation.rate_columns import rate_column
from sightline.queries.fine_question import LEVELS
from sightline.report.element_lines import element_lines
from sightline.report.plot import Plot, figure_of
from sightline.report.sections import Column, Part, Section, Show, Table

__all__ = ["element_plots", "element_sections"]

_KINDS = {
    ALL: "any contradiction",
    "object": "wrong object",
    "attribute": "wrong attribute",
    "relation": "wrong relation",
    "count": "wrong number",
    UNKNOWN: "contradiction not told",
}
"""The panels of levels."""

_RUNS = {"paired_accuracy": "paired accuracy", "negative_accuracy": "negative accuracy"}


def element_plots(table: pa.Table) -> dict[str, Callable[..., Plot]]:
    """The plots of a table by elements or by level.

    Args:
        table: what `by_elements_table` gives.

    Returns:
        Name of the file → what draws the plot, given its width in points or without it as wide as a page; one for each
        label set under which anything is scored.
    """
    plots: dict[str, Callable[..., Plot]] = {}
    names = list(dict.fromkeys(table["labels"].to_pylist()))
    levels = CONTRADICTION in table.column_names
    stem = "accuracy_by_level" if levels else "accuracy_by_elements"
    for labels in names:
        own = table.filter(pc.equal(table["labels"], labels))
        rates = _level_rates(own) if levels else _element_rates(own)
        if rates["value"].null_count < rates.num_rows:
            name = f"{stem}_{labels}" if len(names) > 1 else stem
            plots[name] = partial(_draw_levels if levels else _draw_elements, rates)
    return plots


def _draw_elements(rates: pa.Table, width_pt: float = 1120) -> Plot:
    return element_lines(rates, width_pt, along="elements asked about at once", measure="Paired accuracy")


def _draw_levels(rates: pa.Table, width_pt: float = 1120) -> Plot:
    measure = "Accuracy by level of granularity"
    floor = "paired accuracy of guessing"
    return element_lines(rates, width_pt, along="level", measure=measure, floor=floor, examples=LEVEL_EXAMPLES)


def _element_rates(table: pa.Table) -> pa.Table:
    return _rates(table, "paired_accuracy", table["split"], table[ELEMENTS], table["random_floor"])


def _level_rates(table: pa.Table) -> pa.Table:
    """Both rates as runs; where there is one kind of contradiction, that of all kinds is the same and left out."""
    if len(set(table[CONTRADICTION].to_pylist())) == 2:
        table = table.filter(pc.not_equal(table[CONTRADICTION], ALL))
    panels = pa.array([_KINDS[kind] for kind in table[CONTRADICTION].to_pylist()])
    levels = pa.array([LEVELS.index(level) + 1 for level in table["split"].to_pylist()], pa.int64())
    runs = []
    for rate, run in _RUNS.items():
        floor = table["random_floor"] if rate == "paired_accuracy" else pa.nulls(table.num_rows, pa.float64())
        rates = _rates(table, rate, panels, levels, floor)
        runs.append(rates.append_column("run", pa.array([run] * table.num_rows)))
    return pa.concat_tables(runs)


def _rates(
    table: pa.Table, rate: str, panels: pa.ChunkedArray, xs: pa.ChunkedArray, floor: pa.ChunkedArray
) -> pa.Table:
    """A rate as `element_lines` takes it."""
    ends = {name: table[rate + suffix] for name, suffix in (("value", ""), ("low", "_low"), ("high", "_high"))}
    return pa.table({"panel": panels, "series": table["model"], "x": xs, **ends, "n": table["n"], "floor": floor})


def element_sections(evaluation: Evaluation, reader: str | None, draws: int, seed: int) -> Iterator[Section]:
    """Sections of a page: accuracy by number of elements, or by level; and of settings where options are chosen.

    Args:
        evaluation: replies to pairs of fine-grained questions.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        RequestError: as `by_elements_table`.
    """
    levels = asks_levels(fine_questions(evaluation))
    table = by_elements_table(evaluation, reader, draws, seed)
    caption = "Accuracy by level" if levels else "Paired accuracy by number of elements"
    parts: list[Part] = [figure_of(name, caption, draw) for name, draw in element_plots(table).items()]
    parts += _rate_tables(table, evaluation, levels)
    title = "Levels of granularity" if levels else "Number of elements"
    yield Section(title, _LEVELS if levels else _ELEMENTS, tuple(parts))
    if not levels:
        yield _positions(position_table(evaluation, reader, draws, seed), evaluation)


_ELEMENTS = (
    "Pairs of which the true and the false question are both answered right, by how many elements are asked about at "
    "once; in what questions, these are attributes of one object. Dotted: what guessing gets.",
    "Fewer images have many elements than few, so that the images of a line are not the same from point to point.",
)
_LEVELS = (
    "The same wrong detail among more and more that is right. Paired accuracy (solid) asks that the true question be "
    "answered right as well. Negative accuracy (dashed) is what the paper reports; a model that always says no has all "
    "of it, and no pair.",
    "An attribute can be wrong from level 2 on and a relation from level 5 on, so that what stands behind any "
    "contradiction differs from level to level.",
)
_POSITIONS = (
    "How often each place among the options is chosen, and how often the right option stands there, of the replies "
    "that can be read.",
    "Bias: half the sum, over places, of the differences between the two shares. Floor: its mean where options are "
    "shuffled again and every reply follows the option that it chose, which leaves to chance what is where and nothing "
    "else. p: the share of shuffles with at least as much bias.",
)


def _rate_tables(table: pa.Table, evaluation: Evaluation, levels: bool) -> Iterator[Table]:
    part = Column(CONTRADICTION, "Contradiction") if levels else Column(ELEMENTS, "Elements", Show.COUNT)
    rates = map(rate_column, scoring_of(evaluation.benchmark).rates)
    columns = (Column("model", "Model"), part, *rates, Column("n", "Pairs", Show.COUNT))
    name, by = ("by_level", "level and contradiction") if levels else ("by_elements", "number of elements")
    yield from _by_labels(Table(name, f"Every rate by {by}", table, columns, groups="split", folded=True), evaluation)


def _positions(table: pa.Table, evaluation: Evaluation) -> Section:
    model, of = Column("model", "Model"), "of the replies that can be read"
    bias = (
        Column("bias", "Bias", Show.PERCENT),
        Column("bias_floor", "Floor", Show.PERCENT),
        Column("bias_p", "p", Show.PROBABILITY),
        Column("n", "Replies", Show.COUNT, note="that can be read"),
        Column("unreadable", "Unreadable", Show.COUNT),
    )
    places = (
        Column("place", "Place"),
        Column("chosen_share", "Chosen", Show.PERCENT, note=of),
        Column("right_share", "Right", Show.PERCENT, note=of),
        Column("accuracy", "Accuracy there", Show.PERCENT, _ENDS, note="of the replies for which the place is right"),
        Column("right", "Replies", Show.COUNT, note="for which the place is right"),
    )
    settings = table.filter(pc.equal(table["place"], "A"))
    tables = (
        Table("position_bias", "Position bias", settings, (model, *bias), groups="split"),
        Table("positions", "Every place", table, (model, *places), groups="split", folded=True),
    )
    return Section("Position bias", _POSITIONS, tuple(part for each in tables for part in _by_labels(each, evaluation)))


_ENDS = ("accuracy_low", "accuracy_high")


def _by_labels(table: Table, evaluation: Evaluation) -> Iterator[Table]:
    """A table for each label set, split by split."""
    place = {split: at for at, split in enumerate(evaluation.splits)}
    for label_set in evaluation.label_sets:
        own = table.data.filter(pc.equal(table.data["labels"], label_set.name))
        order = [place[split] for split in own["split"].to_pylist()]
        own = own.take(sorted(range(own.num_rows), key=order.__getitem__))
        name, caption = f"{table.name}_{label_set.name}", f"{table.caption} under {label_set.name}"
        yield replace(table, name=name, caption=caption, data=own)
