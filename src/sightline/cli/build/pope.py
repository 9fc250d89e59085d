"""``sightline build pope``."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

__all__ = ["pope"]


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
    from sightline.cli.tables import print_named

    lines = {
        "images": f"{record['images']:,} polled of {record['annotated_images']:,}",
        "objects": f"{len(record['objects']):,}",
        "questions": ", ".join(f"{split} {count:,}" for split, count in splits.items()),
        "ties": f"{len(record['ties']):,} (another object had the same count; the first to appear was taken)",
        "random draws": f"{len(record['drawn']):,} (nothing was left that ever stood beside the positive)",
        "written": "\n".join(record["files"]),
        "next": f"sightline score pope --replies FILE --labels {shlex.quote(f'own={out}')}",
    }
    print_named(lines)
