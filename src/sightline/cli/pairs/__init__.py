"""``sightline pairs``."""

from cyclopts import App

from sightline.cli.pairs.check import check
from sightline.cli.pairs.export import export
from sightline.cli.pairs.finer import app as finer
from sightline.cli.pairs.sentinel import app as sentinel

__all__ = ["app", "register"]

app = App(name="pairs", help="Make preference pairs from images, captions or scene graphs, check and export them.")
app.command(finer)
app.command(sentinel)
app.command(check)
app.command(export)


def register(to: App) -> None:
    """Add the verb."""
    to.command(app)
