"""``sightline data``."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter


def register(app: App) -> None:
    """Add the verb."""
    data = App(name="data", help="Public benchmark files: fetch them into a cache, list them.")
    data.command(get)
    data.command(list_, name="list")
    data.command(images)
    app.command(data)


def get(*names: Annotated[str, Parameter(help="pope, repope, pope-aokvqa, pope-gqa")]) -> None:
    """Fetch public files into the cache and check them against their hash."""
    from sightline.cli.tables import console
    from sightline.evaluation.public_data import get_public

    for name in names:
        console().print(f"{name}: {get_public(name)}")


def images(file: Path, *, out: Path, overwrite: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Write out the images that a parquet file of the hub embeds, as FINER-CompreCap's does.

    Parameters
    ----------
    file
        The parquet file.
    out
        The folder to write to; images that are there already are left as they are.
    overwrite
        Replace other images of the same names.
    """
    from sightline.cli.tables import console
    from sightline.records.embedded_images import unpack_images

    found = unpack_images(file, out, overwrite)
    known = f", {found.there:,} were there already" if found.there else ""
    console().print(f"{found.written:,} images written to {out}{known}", markup=False, soft_wrap=True)


def list_() -> None:
    """List the public files, and which of them are in the cache."""
    from sightline.cli.tables import console, plain_table, show
    from sightline.evaluation.public_data import public_table
    from sightline.records.public_files import cache_folder

    rows = [
        [row["name"], row["benchmark"], row["files"], "yes" if row["cached"] else "no", row["from"]]
        for row in public_table().to_pylist()
    ]
    headings = ["name", "benchmark", "files", "in the cache", "from"]
    sides = ["left", "left", "right", "left", "left"]
    screen = console()
    show(screen, plain_table(f"Public files; cache: {cache_folder()}", list(zip(headings, sides, strict=True)), rows))
