"""``sightline labels``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from sightline.cli import options as o


def register(app: App) -> None:
    """Add the verb."""
    labels = App(name="labels", help="Compare label sets and write them out.")
    labels.command(diff)
    labels.command(export)
    app.command(labels)


def diff(
    old: str,
    new: str,
    *,
    benchmark: str = "pope",
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    format: o.Format = "table",
    out: Path | None = None,
) -> None:
    """List and count what changes from one label set to another.

    Parameters
    ----------
    old
        The first label set: a public name or NAME=PATH.
    new
        The second.
    benchmark
        The benchmark they are keys of.
    list_
        Print every changed question.
    out
        Write counts and changed questions into this folder, as CSV and parquet.
    """
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.cli.tables import console, plain_table, print_machine, show
    from sightline.evaluation.label_changes import label_changes

    found = label_changes(find_benchmark(benchmark), old, new)
    if out is not None:
        from sightline.records.tables import write_tables

        write_tables(out, {"changes": found.counts, "changed_questions": found.questions})
    if format != "table":
        print_machine({"counts": found.counts} | ({"questions": found.questions} if list_ else {}), format)
        return
    screen = console()
    rows = found.counts.to_pylist()
    kinds = list(dict.fromkeys(row["change"] for row in rows))
    count = {(row["split"], row["change"]): row["n"] for row in rows}
    splits = list(dict.fromkeys(row["split"] for row in rows))
    cells = [[split, *(str(count.get((split, kind), 0)) for kind in kinds)] for split in splits]
    names = [name.split("=")[0] for name in (old, new)]
    headings = [("split", "left"), *((kind, "right") for kind in kinds)]
    show(screen, plain_table(f"From {names[0]} to {names[1]}", headings, cells))
    if list_:
        changed = [
            [row["image"], row["question"], row["from"], row["to"], ", ".join(row["ids"])]
            for row in found.questions.to_pylist()
        ]
        headings = [(heading, "left") for heading in ("image", "question", "from", "to", "asked as")]
        show(screen, plain_table("Changed questions", headings, changed))
    else:
        screen.print(f"{found.questions.num_rows:,} distinct questions change; --list prints them, --out writes them.")
    if out is not None:
        screen.print(f"Written to {out}: changes and changed_questions as .csv and .parquet")


def export(
    labels: str,
    *,
    out: Path,
    benchmark: str = "pope",
    to: Literal["native", "label-set"] = "native",
) -> None:
    """Write a label set out, in the benchmark's own format (byte for byte) or as a label set file.

    Parameters
    ----------
    labels
        The label set: a public name or NAME=FOLDER.
    out
        The folder to write into.
    benchmark
        The benchmark it is a key of.
    to
        native: the benchmark's own files. label-set: JSON lines, one verdict for each pair of image and claim.
    """
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.cli.tables import console
    from sightline.evaluation.label_export import export_labels

    for path in export_labels(find_benchmark(benchmark), labels, out, native=to == "native"):
        console().print(str(path))
