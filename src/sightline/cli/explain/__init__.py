"""``sightline explain``."""

from cyclopts import App

from sightline.cli.explain import evaluate, heads, report, sweep

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    explain = App(
        name="explain", help="Find the attention heads that make a model repeat what its prompt says, and do without."
    )
    explain.command(sweep.sweep)
    explain.command(heads.rank)
    explain.command(evaluate.evaluate)
    explain.command(report.report)
    explain.command(heads.export)
    explain.command(heads.published)
    app.command(explain)
