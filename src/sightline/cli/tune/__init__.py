"""``sightline tune``."""

from cyclopts import App

from sightline.cli.tune.recipes import recipes
from sightline.cli.tune.run import tune

__all__ = ["app", "register"]

app = App(name="tune")
app.default(tune)
app.command(recipes)


def register(to: App) -> None:
    """Add the verb."""
    to.command(app)
