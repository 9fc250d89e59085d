"""``sightline report``."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o


def register(app: App) -> None:
    """Add the verb."""
    app.command(report)


def report(
    benchmark: str,
    *,
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    images: Annotated[Path | None, Parameter(help="Folder of the images, to show them in the page.")] = None,
    thumbnail_px: Annotated[int, Parameter(help="Longer side of the images in the page, in pixels.")] = 320,
    title: Annotated[str | None, Parameter(help="Heading of the page.")] = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    out: Annotated[Path, Parameter(help="The page to write.")] = Path("report.html"),
) -> None:
    """Write one page with all scores, comparisons and plots, and every reply to browse and filter.

    The page is a single file that asks nobody for anything: open it, send it, keep it.

    Parameters
    ----------
    benchmark
        The benchmark; sightline benchmarks lists them.
    """
    out = o.page(out)
    evaluation = given.judged(benchmark, reader)

    from sightline.cli.tables import console, notes
    from sightline.evaluation.scorer import scorer

    how = scorer(evaluation.benchmark)
    written = how.load_report()(evaluation, out, reader or how.reader, images, thumbnail_px, draws, seed, title)
    lines = [f"Written to {written.path}: {written.replies:,} replies, {written.size_bytes / 1e6:.1f} MB."]
    if written.missing:
        lines.append(f"{written.missing:,} questions have no reply; the page lists them.")
    if images is not None:
        lines.append(f"{written.images:,} images are in the page.")
    if written.images_absent:
        count, first = len(written.images_absent), written.images_absent[0]
        lines.append(f"{count:,} images are not in {images}; the first is {first}. Their replies are shown without.")
    notes(console(), lines)
