"""``sightline audit``: people check a benchmark's labels."""

from cyclopts import App

from sightline.cli.audit import export, import_, new, people, rank, report, serve, status

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    audit = App(name="audit", help="Have people check a benchmark's labels.")
    for verb in (new, rank, people, serve, status, export, import_, report):
        verb.register(audit)
    app.command(audit)
