"""``sightline data``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter


def register(app: App) -> None:
    """Add the verb."""
    data = App(name="data", help="Public benchmark files and images: fetch them, list them.")
    data.command(get)
    data.command(list_, name="list")
    data.command(images)
    data.command(pictures)
    app.command(data)


def get(*names: Annotated[str, Parameter(help="Label sets, as sightline data list names them.")]) -> None:
    """Fetch public files into the cache, check them against their hash, and say how to get the images.

    Archives are unpacked. Where no version is pinned, later uses are held to what was fetched first.
    """
    from sightline.cli.tables import console
    from sightline.errors import RequestError
    from sightline.evaluation.public_data import get_public, image_step

    if not names:
        raise RequestError("Name one label set or more. There are: sightline data list")
    for name in names:
        with _shown() as told:
            folder = get_public(name, told)
        console().print(f"{name}: {folder}", markup=False, soft_wrap=True)
        if step := image_step(name):
            console().print(f"images: {step}", markup=False, soft_wrap=True)


def pictures(name: str, *, out: Path, labels: Annotated[Path | None, Parameter(show_default=False)] = None) -> int:
    """Fetch the images of a benchmark that have an address each, or lie in archives.

    One after the other; those that are there already are not fetched again. Images that cannot be had are listed with
    the reason, and the exit code is 2.

    Parameters
    ----------
    name
        The label set.
    out
        The folder of images.
    labels
        File or folder of questions, where only the images of these are wanted.
    """
    from sightline.cli.tables import console
    from sightline.evaluation.public_data import get_images

    with _shown() as told:
        found = get_images(name, out, labels, told)
    screen = console()
    there = f", {found.there:,} were there already" if found.there else ""
    screen.print(f"{found.fetched:,} images written to {out}{there}", markup=False, soft_wrap=True)
    for image, why in found.missing.items():
        screen.print(f"missing: {image}: {why}", markup=False, soft_wrap=True)
    if found.missing:
        total = found.fetched + found.there + len(found.missing)
        count = f"{len(found.missing):,} of {total:,} images could not be fetched"
        screen.print(f"{count}; sightline measure --allow-missing goes on without them.", markup=False, soft_wrap=True)
    return 2 if found.missing else 0


def images(
    *files: Path,
    out: Path,
    by: Annotated[
        str, Parameter(help="The column that names images, or row; what the file tells.", show_default=False)
    ] = "",
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write out the images that files of questions hold: parquet of the hub, or base64 in VLMEvalKit's TSV.

    Parameters
    ----------
    files
        Parquet files, or TSV, CSV or JSON files with base64 in their column image.
    out
        The folder to write to; images that are there already are left as they are.
    overwrite
        Replace other images of the same names.
    """
    from sightline.cli.tables import console
    from sightline.errors import RequestError
    from sightline.records.embedded_images import unpack_images

    if not files:
        raise RequestError("Name one file or more that holds images.")
    found = [unpack_images(file, out, overwrite, by) for file in files]
    written, there = sum(each.written for each in found), sum(each.there for each in found)
    known = f", {there:,} were there already" if there else ""
    console().print(f"{written:,} images written to {out}{known}", markup=False, soft_wrap=True)


def list_() -> None:
    """List the public files, and which of them are in the cache."""
    from sightline.benchmarks import ALL
    from sightline.cli.tables import console, notes, plain_table, show
    from sightline.evaluation.public_data import public_table
    from sightline.records.public_files import cache_folder

    rows = [
        [row["name"], row["benchmark"], row["files"], "yes" if row["cached"] else "no", row["from"]]
        for row in public_table().to_pylist()
    ]
    headings = ["name", "benchmark", "files", "in the cache", "from"]
    columns = list(zip(headings, ["left", "left", "right", "left", "left"], strict=True))
    title = f"Public files; cache: {cache_folder()}"
    narrower = plain_table(title, columns[:1] + columns[2:], [row[:1] + row[2:] for row in rows])
    screen = console()
    show(screen, plain_table(title, columns, rows), narrower)
    told = ", ".join(name for name, found in ALL.items() if not found.public and found.images.note)
    notes(screen, [f"sightline data get also says how to get {told}."] if told else [])


@contextmanager
def _shown() -> Iterator[Callable[[str, int, int], None]]:
    """How far a file is in bytes, or images in their number: a bar on a terminal, else a line now and then."""
    from rich.console import Console

    from sightline.cli.progress import now_and_then, shown_steps

    screen = Console(stderr=True, highlight=False)
    if screen.is_terminal:
        with shown_steps() as told:
            yield lambda what, done, total: told(*_in_units(what, done, total))
        return
    say = now_and_then(screen)
    yield lambda what, done, total: say("{}: {:,} of {:,}".format(*_in_units(what, done, total)))


def _in_units(what: str, done: int, total: int) -> tuple[str, int, int]:
    """Bytes of a file in megabytes."""
    from sightline.records.fetched_images import IMAGES

    if what == IMAGES:
        return what, done, total
    return f"{what}, MB", done // 1_000_000, max(1, total // 1_000_000)
