"""``sightline build``."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter


def register(app: App) -> None:
    """Add the verb."""
    build = App(name="build", help="Build a benchmark from your own annotations.")
    build.command(pope)
    build.command(counting)
    build.command(colour)
    app.command(build)


def pope(
    *,
    source: Annotated[Path, Parameter(name="--from")],
    out: Path,
    images: int = 500,
    per_image: int = 3,
    pin: Path | None = None,
    positives: Literal["random", "listed"] = "random",
    names: Path | None = None,
    prefix: str | None = None,
    seed: int = 0,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Build POPE: for every image, objects that are there and as many that are not, harder from split to split.

    Writes POPE's three files, and a fourth that lists every close choice among the negatives. An object that an image
    does not list is taken to be absent.

    Parameters
    ----------
    source
        The annotations: COCO instances JSON, a YOLO folder, or JSON {image: [objects]}. JSON may be gzipped.
    out
        The folder to write to.
    images
        How many images to poll, drawn from those that hold, and lack, enough objects.
    per_image
        How many objects that are there to ask of each image, and as many that are not.
    pin
        A folder of POPE files whose images and positives to take, or JSON {image: [positives]}. Replaces --images, and
        --per-image for every image that lists positives.
    positives
        random: drawn from the objects of the image. listed: the first ones, as in POPE's own code.
    names
        The class names of a YOLO folder: its YAML, or text with one name a line.
    prefix
        What the names of the files begin with; by default the name of the source.
    seed
        What all draws are made with; the same seed gives the same questions.
    overwrite
        Replace files of the same names.
    """
    from sightline.evaluation.build import build_pope
    from sightline.evaluation.record import record_of

    table = build_pope(
        source,
        out,
        images=images,
        per_image=per_image,
        pin=pin,
        positives=positives,
        names=names,
        prefix=prefix,
        seed=seed,
        overwrite=overwrite,
    )
    splits = {entry["values"]: entry["counts"] for entry in table["split"].value_counts().to_pylist()}
    _show(record_of(table), splits, out)


def _show(record: dict[str, Any], splits: dict[str, int], out: Path) -> None:
    from sightline.cli.tables import console

    lines = {
        "images": f"{record['images']:,} polled of {record['annotated_images']:,}",
        "objects": f"{len(record['objects']):,}",
        "questions": ", ".join(f"{split} {count:,}" for split, count in splits.items()),
        "ties": f"{len(record['ties']):,} (another object had the same count; the first to appear was taken)",
        "random draws": f"{len(record['drawn']):,} (nothing was left that ever stood beside the positive)",
        "written": "\n".join(record["files"]),
        "next": f"sightline score pope --replies FILE --labels {shlex.quote(f'own={out}')}",
    }
    screen = console()
    for name, value in lines.items():
        for place, line in enumerate(value.split("\n")):
            screen.print(f"{'' if place else name:<13}{line}", markup=False, soft_wrap=True)


def counting(
    *,
    source: Annotated[Path, Parameter(name="--from")],
    out: Path,
    offsets: str = "0,1,2,3,4,5,10,20,50,-1,-2",
    numbers: Literal["words", "digits"] = "words",
    per_image: int = 1,
    limit: int | None = None,
    keep_marginal: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Build counting: how many there are, asked neutrally and with a number in the prompt that is wrong.

    Writes one file of questions, and beside it how it was built, with everything that was left out.

    Parameters
    ----------
    source
        Scene graphs with Visual Genome's fields, a CSV or JSON table with image, object and number, or CountBench.json.
    out
        The file to write, JSON lines.
    offsets
        How far the asserted numbers are off, separated by commas; 0 is the control. Numbers below one are left out.
    numbers
        How the number is written. words: up to twenty as a word. digits: as the paper has it.
    per_image
        At most so many things of each image, drawn.
    limit
        At most so many images, drawn.
    keep_marginal
        Keep things of which some can hardly be seen.
    seed
        What all draws are made with; the same seed gives the same questions.
    overwrite
        Replace files of the same name.
    """
    from sightline.evaluation.build_presupposed import build_counting
    from sightline.evaluation.record import record_of

    table = build_counting(
        source,
        out,
        offsets=_whole_numbers("--offsets", offsets),
        numbers=numbers,
        per_image=per_image,
        limit=limit,
        keep_marginal=keep_marginal,
        seed=seed,
        overwrite=overwrite,
    )
    _show_presupposed(record_of(table), table["split"].to_pylist(), out)


def colour(
    *,
    source: Annotated[Path, Parameter(name="--from")],
    out: Path,
    distances: str = "1,2,3",
    cycle: str = "red,purple,blue,green,yellow,orange",
    per_image: int = 1,
    limit: int | None = None,
    keep_marginal: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Build colour: what colour a thing has, asked neutrally and with a colour in the prompt that is wrong.

    Writes one file of questions, and beside it how it was built, with everything that was left out.

    Parameters
    ----------
    source
        Scene graphs with Visual Genome's fields, or a CSV or JSON table with image, object and colour.
    out
        The file to write, JSON lines.
    distances
        How many steps down the cycle the asserted colours are, separated by commas. The right colour is always asserted
        as well.
    cycle
        The colours, each followed by the one that is a step away. Things of other colours are left out.
    per_image
        At most so many things of each image, drawn.
    limit
        At most so many images, drawn.
    keep_marginal
        Keep things of which some can hardly be seen.
    seed
        What all draws are made with; the same seed gives the same questions.
    overwrite
        Replace files of the same name.
    """
    from sightline.evaluation.build_presupposed import build_colour
    from sightline.evaluation.record import record_of

    table = build_colour(
        source,
        out,
        distances=_whole_numbers("--distances", distances),
        cycle=[name.strip().lower() for name in cycle.split(",") if name.strip()],
        per_image=per_image,
        limit=limit,
        keep_marginal=keep_marginal,
        seed=seed,
        overwrite=overwrite,
    )
    _show_presupposed(record_of(table), table["split"].to_pylist(), out)


def _whole_numbers(option: str, text: str) -> list[int]:
    from sightline.errors import RequestError

    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise RequestError(f"{option} is {text!r}; expected whole numbers separated by commas.") from None


def _show_presupposed(record: dict[str, Any], splits: list[str], out: Path) -> None:
    from sightline.cli.tables import console

    counts = {split: splits.count(split) for split in dict.fromkeys(splits)}
    left_out = {reason: len(what) for reason, what in record["left_out"].items()}
    lines = {
        "images": f"{record['images']:,} of {record['annotated_images']:,}",
        "things": f"{record['things']:,}",
        "questions": ", ".join(f"{split} {count:,}" for split, count in counts.items()),
        "left out": "\n".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "nothing",
        "written": "\n".join(record["files"]),
        "next": f"sightline measure {record['benchmark']} --model MODEL --images FOLDER "
        f"--labels {shlex.quote(f'own={out}')}",
    }
    screen = console()
    for name, value in lines.items():
        for place, line in enumerate(value.split("\n")):
            screen.print(f"{'' if place else name:<13}{line}", markup=False, soft_wrap=True)
