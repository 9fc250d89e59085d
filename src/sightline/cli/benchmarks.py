"""``sightline benchmarks``."""

import re
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter


def register(app: App) -> None:
    """Add the verb."""
    benchmarks = App(name="benchmarks", help="What can be measured: list it, say more of one, write a small example.")
    benchmarks.default(list_)
    benchmarks.command(about)
    benchmarks.command(example)
    app.command(benchmarks)


def list_() -> None:
    """List the benchmarks: what they report, and what they need."""
    from sightline.benchmarks import ALL
    from sightline.benchmarks.header import header_of
    from sightline.cli.tables import console, plain_table, show

    rows = []
    for name, found in ALL.items():
        header = header_of(found)
        official = header.official.partition(":")[0]
        cells = (_brief(header.size), re.split(r"[;:(]", header.metric)[0], official, header.needs)
        rows.append([name, *(cell.rstrip(". ") for cell in cells)])
    headings = [(name, "left") for name in ("name", "questions", "reports", "official", "needs")]
    screen = console()
    shown = [(headings[:most], [row[:most] for row in rows]) for most in (5, 4, 3, 2)]
    show(screen, *(plain_table("Benchmarks", *columns) for columns in shown))
    screen.print("More of one: sightline benchmarks about NAME")
    screen.print("A small example to run: sightline benchmarks example NAME --out FOLDER")


def about(name: str) -> None:
    """Say what a benchmark asks, reads and reports, and what to beware of.

    Parameters
    ----------
    name
        The benchmark.
    """
    from sightline.benchmarks import benchmark
    from sightline.benchmarks.header import header_of
    from sightline.cli.tables import console, print_paragraphs

    found = benchmark(name)
    header = header_of(found)
    console().print(f"{header.title}\n", markup=False)
    more = {
        "rates": ", ".join(rate.name for rate in found.scoring.rates) if found.scoring else "",
        "readers": ", ".join(found.scoring.readers) if found.scoring else "",
        "splits": ", ".join(found.splits),
        "wordings": ", ".join(found.wordings),
        "public files": ", ".join(found.public),
    }
    texts = {field: getattr(header, field) for field in header._fields[1:]} | more
    print_paragraphs({field: text.replace("`", "") for field, text in texts.items() if text})


def example(
    name: str,
    *,
    out: Path,
    scenes: Annotated[int, Parameter(help="Rendered scenes that it asks about.")] = 24,
    seed: Annotated[int, Parameter(help="What the scenes are drawn with.")] = 0,
) -> None:
    """Write a small example of a benchmark: rendered scenes, and questions about them in the benchmark's own format.

    The bundled model sees such scenes, so that the whole way can be gone in a minute, without a download.

    Parameters
    ----------
    name
        The benchmark.
    out
        The folder to write to.
    """
    from sightline.cli.tables import print_named
    from sightline.examples.making import make_example

    made = make_example(name, out, scenes, seed)
    print_named(
        {
            "images": f"{made.images}  ({scenes} rendered scenes)",
            "questions": f"{made.questions}  ({made.asked:,} questions)",
            "next": made.command,
        },
        11,
    )


def _brief(size: str) -> str:
    """How many questions there are, without what they are about."""
    return re.split(r"[:;(]|, | about | of the | which | in the ", size)[0].strip()
