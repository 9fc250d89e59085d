"""``sightline detectors``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from sightline.cli import options as o

if TYPE_CHECKING:
    from sightline.core.detecting import Detecting, Sighting
    from sightline.evaluation.detector_calibration import Calibration

__all__ = ["app", "calibrate", "look", "register"]

app = App(name="detectors", help="Calibrate detectors, and see what they see.")

_many = Parameter(consume_multiple=True, negative="", show_default=False)
_flag = Parameter(negative="", show_default=False)
Detectors = Annotated[
    list[str],
    _many,
    Parameter(
        help="For rendered scenes contour and glance, for photographs grounding-dino, mm-grounding-dino, llmdet, "
        "owlv2, an id on the hub or a folder. With a threshold behind the name: owlv2@0.14."
    ),
]
Device = Annotated[str, Parameter(help="auto, cpu, cuda, cuda:1, mps.")]


def register(parent: App) -> None:
    """Add the verb."""
    parent.command(app)


@app.command
def calibrate(
    *,
    detectors: Detectors,
    images: Path,
    annotations: Path,
    out: Path,
    max_false_positive: float = 0.03,
    per_image: int = 3,
    limit: Annotated[int | None, Parameter(show_default=False)] = None,
    seed: o.Seed = 0,
    draws: o.Draws = 2000,
    device: Device = "auto",
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Measure how often detectors err on images whose objects are known, and choose their thresholds.

    Every detector is asked for all objects of an image, and for some that it lacks: drawn at random, the most frequent
    ones, and those that go along with what is there. Thresholds are chosen on half of the images; every rate is of the
    other half. For each two detectors, how often both err.

    Parameters
    ----------
    images
        The folder of the images.
    annotations
        What is in them, exhaustively: COCO instances, lists of objects, a YOLO folder, or a folder of rendered scenes.
    out
        The JSON file to write; tables (CSV) and a plot are written beside it.
    max_false_positive
        The lowest threshold is chosen that keeps the false-positive rate at this or below, for each way of drawing.
    per_image
        Absent objects of each way, for an image; fewer where it holds fewer objects.
    limit
        At most so many images, drawn.
    overwrite
        Replace a file of the same name.
    """
    from sightline.cli.progress import shown_steps
    from sightline.detectors.named import detector
    from sightline.errors import RequestError
    from sightline.evaluation.detector_calibration import Polling, write_calibration
    from sightline.evaluation.detector_calibration import calibrate as run

    if out.exists() and not overwrite:
        raise RequestError(f"{out} is there already. Choose another file, or say --overwrite.")
    loaded = [detector(name, device) for name in o.names_in(detectors)]
    polling = Polling(max_false_positive, per_image, limit, seed, draws)
    with shown_steps() as progress:
        found = run(loaded, annotations, images, polling, progress)
    written = write_calibration(found, out)
    _show(found, polling.max_false_positive, written)


def _show(found: "Calibration", bound: float, written: list[Path]) -> None:
    from sightline.cli.tables import console, notes, plain_table, print_named, show

    screen, record = console(), found.record
    rows = found.rates.to_pylist()
    for rate, title in (("false positive", "Seen, and not there"), ("false negative", "There, and not seen")):
        own = [row for row in rows if row["rate"] == rate]
        kinds = list(dict.fromkeys(row["kind"] for row in own))
        headings = [("detector", "left"), ("threshold", "right"), *((kind, "right") for kind in kinds)]
        show(screen, plain_table(f"{title}   (percent, 95 % intervals)", headings, _rate_rows(own, kinds)))
    for first, second in dict.fromkeys((row["first"], row["second"]) for row in found.agreement.to_pylist()):
        of_two = [r for r in found.agreement.to_pylist() if (r["first"], r["second"]) == (first, second)]
        show(screen, *(_votes_table(first, second, of_two, narrow) for narrow in (False, True)))
    notes(screen, _remarks(record, bound))
    lines = {"written": "\n".join(map(str, written))}
    named = [f"{each['name']}@{each['threshold']:g}" for each in record["detectors"] if each["threshold"] is not None]
    if len(named) == len(record["detectors"]) == 2:
        lines["next"] = f"sightline pairs sentinel --detectors {shlex.join(named)} …"
    print_named(lines, 9)


def _rate_rows(rows: list[dict[str, Any]], kinds: list[str]) -> list[list[Any]]:
    from sightline.cli.tables import rate_cell

    lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["detector"], row["at"]), []).append(row)
    cells = []
    for (name, at), own in lines.items():
        of_kind = {row["kind"]: row for row in own}
        shown = [rate_cell(of_kind[kind]["value"], of_kind[kind]["low"], of_kind[kind]["high"]) for kind in kinds]
        cells.append([name, f"{own[0]['threshold']:g}\n{at}", *shown])
    return cells


def _votes_table(first: str, second: str, rows: list[dict[str, Any]], narrow: bool) -> Any:
    """What a vote of two says of what is there and of what is not; narrow without saying which of them alone."""
    from sightline.cli.tables import plain_table, rate_cell

    apart = ("one sees",) if narrow else (f"only {first}", f"only {second}")
    right = ("n", "both see", *apart, "neither", "both wrong", "if independent", "ratio")
    headings = [("objects", "left"), *((name, "right") for name in right)]
    cells = []
    for row in rows:
        alone = [row["only_first"], row["only_second"]]
        counts = [row["n"], row["both_see"], *([sum(alone)] if narrow else alone), row["neither_sees"]]
        rates = [
            rate_cell(row[name], row[f"{name}_low"], row[f"{name}_high"], times)
            for name, times in (("both_wrong", 100), ("if_independent", 100), ("ratio", 1))
        ]
        name = row["what"] + ("" if row["kind"] == "all" else f", {row['kind']}")
        cells.append([name, *(f"{count:,}" for count in counts), *rates])
    return plain_table(f"A vote of {first} and {second} at the chosen thresholds", headings, cells)


def _remarks(record: dict[str, Any], bound: float) -> list[str]:
    images, objects = record["images"], record["objects"]
    lines = [
        f"Asked for {objects['present']:,} objects that are there and {objects['absent']:,} that are not. Thresholds "
        f"are the lowest with at most {100 * bound:g} % false positives of each way of drawing on {images['first']:,} "
        f"images; all rates are of {images['reported']:,} others."
    ]
    if len(record["detectors"]) > 1:
        lines.append(
            "both wrong: both see what is not there (a vote calls it factual), or neither sees what is (it calls it "
            "hallucinated). if independent: the product of their rates."
        )
    lines += [
        f"{each['name']}: no threshold keeps to {100 * bound:g} %; as many absent objects have the highest score."
        for each in record["detectors"]
        if each["threshold"] is None
    ]
    return lines + [f"Left out: {count:,} {why}." for why, count in record["left_out"].items()]


@app.command
def look(
    image: Path,
    *,
    objects: Annotated[list[str], _many],
    detectors: Detectors,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    device: Device = "auto",
) -> None:
    """Look for objects in an image.

    Parameters
    ----------
    image
        The picture.
    objects
        Nouns.
    out
        Also draw what is seen into the picture, as PNG.
    """
    from sightline.cli.tables import console, plain_table, show
    from sightline.detectors.named import detector
    from sightline.errors import RequestError

    loaded = [detector(name, device) for name in o.names_in(detectors)]
    asked = o.names_in(objects)
    if not asked or not loaded or len({of.name for of in loaded}) < len(loaded):
        raise RequestError("Name objects to look for (--objects moon cup) and different detectors to look for them.")
    seen = {of.name: of.look(image, asked) for of in loaded}
    headings = [("object", "left"), ("detector", "left"), ("score", "right"), ("threshold", "right"), ("", "left")]
    headings += [("left", "right"), ("top", "right"), ("right", "right"), ("bottom", "right")]
    screen = console()
    show(screen, plain_table(f"{image.name}   (edges in percent of the picture)", headings, _seen_rows(loaded, seen)))
    if out is not None:
        from sightline.detectors.drawn_boxes import draw_boxes
        from sightline.records.atomic import write_bytes

        above = {of.name: [s for s in seen[of.name] if s.score >= of.threshold] for of in loaded}
        screen.print(f"written  {write_bytes(out, draw_boxes(image, above))}", markup=False, soft_wrap=True)


def _seen_rows(loaded: "list[Detecting]", seen: "dict[str, tuple[Sighting, ...]]") -> list[list[str]]:
    rows: list[list[str]] = []
    for place, first in enumerate(seen[loaded[0].name]):
        for number, of in enumerate(loaded):
            sighting = seen[of.name][place]
            is_seen = sighting.score >= of.threshold
            box = [f"{100 * edge:.0f}" for edge in sighting.box] if sighting.box and is_seen else ["", "", "", ""]
            name = "" if number else first.object
            rows.append([name, of.name, f"{sighting.score:.2f}", f"{of.threshold:g}", "seen" if is_seen else "–", *box])
        if len(loaded) > 1:
            rows.append([])
    return rows
