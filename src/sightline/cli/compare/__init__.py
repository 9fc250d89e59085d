"""``sightline compare``."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from sightline.cli import options as o
from sightline.cli.compare.before_after import Sides, show_before_after
from sightline.cli.compare.ranked import show_ranked

__all__ = ["register"]

_ONE_SIDE = Sides()


def register(app: App) -> None:
    """Add the verb."""
    app.command(compare)


def compare(
    benchmark: str | None = None,
    *,
    given: o.Given = o.NOTHING,
    sides: Sides = _ONE_SIDE,
    reader: o.ReaderName = None,
    metric: o.Metric = None,
    draws: Annotated[
        int | None,
        Parameter(
            help="Bootstrap draws of whole images: 2,000; between --before and --after 10,000.", show_default=False
        ),
    ] = None,
    seed: o.Seed = 0,
    show_only: Annotated[Literal["all", "ranks", "pairs", "changes"], Parameter(name="--show")] = "all",
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Compare models under several label sets, or a model before and after it was changed.

    Several models on a benchmark: ranks and their shifts, paired differences, TP and FP. With --before and --after:
    every rate of every benchmark that both were asked, and what became worse.

    With --out, plots are written as SVG and PNG, with the CSV behind them; before and after, a page as well.

    Parameters
    ----------
    benchmark
        The benchmark; sightline benchmarks lists them. Before and after, all where none is named.
    show_only
        Which tables to print.
    """
    from sightline.errors import RequestError

    if sides.before or sides.after:
        if metric is not None or show_only != "all":
            raise RequestError("Between --before and --after all rates are compared; leave --metric and --show out.")
        show_before_after(sides, given, benchmark, reader, draws, seed, format, out)
        return
    if benchmark is None:
        raise RequestError(
            "Name a benchmark and its replies (sightline compare pope --replies …), or the runs of a model before and "
            "after it was changed (sightline compare --before … --after …)."
        )
    show_ranked(benchmark, given, reader, metric, draws or 2000, seed, show_only, format, out)
