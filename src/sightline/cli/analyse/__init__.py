"""``sightline analyse``."""

from cyclopts import App

from sightline.cli.analyse import finer, propagation

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    analyse = App(name="analyse", help="Look closer at what models said.")
    analyse.command(propagation.propagation)
    analyse.command(finer.finer)
    analyse.command(finer.finer_levels, name="finer_levels")
    app.command(analyse)
