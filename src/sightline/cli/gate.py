"""``sightline gate``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o

if TYPE_CHECKING:
    from sightline.evaluation.gate import Checked


def register(app: App) -> None:
    """Add the verb."""
    app.command(gate)


def gate(
    benchmark: str,
    *,
    require: Annotated[list[str], Parameter(consume_multiple=True, negative="")],
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
) -> int:
    """Hold scores against bounds, and exit with 1 where one fails.

    Parameters
    ----------
    benchmark
        The benchmark; sightline benchmarks lists them.
    require
        Bounds, each as 'METRIC under LABELS [on SPLIT] >= LIMIT [lower|upper|estimate]'. Without a split, every split
        must hold it; unless said otherwise, the unfavourable end of the 95 % interval.
    """
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.cli.score import join_notes
    from sightline.cli.tables import console, notes, plain_table, show
    from sightline.evaluation.gate import check, parse_bound
    from sightline.evaluation.record import record_of
    from sightline.evaluation.scorer import scorer

    how = scorer(find_benchmark(benchmark))
    bounds = [parse_bound(text, how.metrics, how.means) for text in require]
    evaluation = given.judged(benchmark, reader)
    table = how.scores(evaluation, [reader or how.reader], draws, seed)
    checked = check(table, bounds)
    rows = [[str(c.bound), c.model, c.split, _found(c, how.means), "holds" if c.passed else "FAILS"] for c in checked]
    headings = [("bound", "left"), ("model", "left"), ("split", "left"), ("found", "right"), ("", "left")]
    screen = console()
    show(screen, plain_table(f"Bounds, read by {table['reader'][0]}", headings, rows))
    notes(screen, join_notes(record_of(table)))
    failed = sum(not c.passed for c in checked)
    screen.print(f"{failed} of {len(checked)} checks failed." if failed else f"All {len(checked)} checks hold.")
    return 1 if failed else 0


def _found(checked: "Checked", means: Sequence[str]) -> str:
    """The value that was held against the bound: in percent, or as it is."""
    from sightline.cli.tables import rate_cell

    return rate_cell(checked.value, times=1 if checked.bound.metric in means else 100).plain.strip()
