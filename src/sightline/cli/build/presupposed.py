"""``sightline build counting`` and ``sightline build colour``."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

__all__ = ["colour", "counting"]


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
    from sightline.cli.tables import print_named

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
    print_named(lines)
