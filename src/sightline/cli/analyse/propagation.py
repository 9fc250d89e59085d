"""``sightline analyse propagation``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["propagation"]


def propagation(
    *,
    captions: Annotated[list[str], Parameter(consume_multiple=True, negative="")],
    objects: Path,
    vocabulary: Path | None = None,
    reader: str = "nouns",
    positions: int = 6,
    allow_missing: Annotated[bool, Parameter(negative="")] = False,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Tell where in captions hallucination stands, and whether it follows on itself.

    Rates by sentence, and after a clean or a hallucinated context: whether an earlier sentence of the same caption
    mentions an object that is not there. Objects named for the first time are counted apart from all mentions.

    Parameters
    ----------
    captions
        Captions, each as [NAME=]PATH: a file of recorded captions, JSON lines with image and caption, or a run folder.
    objects
        What is in the images: COCO instances JSON, JSON {image: [objects]}, or a folder that holds one of them.
    vocabulary
        JSON {object: [words]}, where the objects are not COCO's 80; else vocabulary.json beside the objects, if there.
    reader
        How captions are read: nouns, chair or chair-verbs.
    positions
        How many sentences are told apart; what comes after them is gathered.
    allow_missing
        Leave captions out whose image is not annotated; they are counted.
    """
    from sightline.benchmarks.image_objects import read_image_objects
    from sightline.cli.tables import print_machine
    from sightline.evaluation.captions import read_captions
    from sightline.evaluation.propagation import propagation as measure

    table = measure(
        read_captions(captions),
        read_image_objects(objects, vocabulary),
        reader,
        positions=positions,
        draws=draws,
        seed=seed,
        allow_missing=allow_missing,
    )
    if out is not None:
        from sightline.records.tables import write_tables

        write_tables(out, {"propagation": table})
    if format != "table":
        print_machine({"propagation": table}, format)
        return
    _print(table, out)


_TITLES = {
    "mentions": ("mentions", "hallucinated mentions, of all mentions"),
    "new_objects": ("objects", "hallucinated objects, of those named for the first time in their caption"),
}

_REMARKS = (
    "Sentences are counted within their caption; last: of captions with several. A context is hallucinated once it "
    "mentions an object that is not there.",
    "Difference: after hallucinated less after clean, in points; matched: within equal sentences. It need not be "
    "caused by the context: images that are hard to read have more of both.",
)


def _print(table: "pa.Table", out: Path | None) -> None:
    from sightline.cli.tables import console, notes, show
    from sightline.evaluation.record import record_of

    record = record_of(table)
    screen = console()
    rows = table.to_pylist()
    for model in record["captions"]:
        for rate in _TITLES:
            show(
                screen, _table([row for row in rows if (row["model"], row["rate"]) == (model, rate)], record["reader"])
            )
    left_out = [
        f"{model}: {n:,} captions of images that are not annotated are left out."
        for model, n in record["missing"].items()
        if n
    ]
    notes(screen, (*_REMARKS, *left_out))
    if out is not None:
        screen.print(f"Written to {out}: propagation.csv, propagation.parquet, record.json")


def _table(rows: list[dict[str, Any]], reader: str) -> Any:
    from sightline.cli.tables import plain_table, rate_cell, signed_cell

    cells = {(row["position"], row["context"]): row for row in rows}
    counted, title = _TITLES[rows[0]["rate"]]
    lines: list[list[Any]] = []
    for position in dict.fromkeys(row["position"] for row in rows):
        found = [cells.get((position, context)) for context in ("any", "clean", "hallucinated")]
        if found[0] is not None and not found[0]["of"]:
            continue
        if position == "last":
            lines.append([])
        rates = [rate_cell(row["value"], row["low"], row["high"]) if row else rate_cell(None) for row in found]
        difference = cells[position, "difference"]
        shown = signed_cell(difference["value"], difference["low"], difference["high"])
        lines.append([position, f"{found[0]['of']:,}" if found[0] else "", *rates, shown])
    headings = [("sentence", "left"), (counted, "right"), ("any context", "right"), ("after clean", "right")]
    headings += [("after hallucinated", "right"), ("difference", "right")]
    return plain_table(f"{rows[0]['model']}: {title}\nreader: {reader}   (percent, 95 % interval)", headings, lines)
