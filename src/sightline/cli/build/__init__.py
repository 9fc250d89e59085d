"""``sightline build``."""

from cyclopts import App

from sightline.cli.build.finer import app as finer
from sightline.cli.build.pope import pope
from sightline.cli.build.presupposed import colour, counting

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    build = App(name="build", help="Build a benchmark from your own annotations.")
    build.command(pope)
    build.command(counting)
    build.command(colour)
    build.command(finer)
    app.command(build)
