"""``sightline audit``: people check a benchmark's labels."""

from cyclopts import App

from sightline.cli.audit import new, people, serve

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    audit = App(name="audit", help="Have people check a benchmark's labels.")
    for verb in (new, people, serve):
        verb.register(audit)
    app.command(audit)
