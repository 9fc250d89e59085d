"""``sightline demo``."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from sightline.demo import Demo, Step, Tell

_LINE_EVERY_S = 20.0


def register(app: App) -> None:
    """Add the verb."""
    app.command(demo)


def demo(
    *,
    out: Path = Path("sightline-demo"),
    scenes: int = 150,
    seed: int = 1,
    fresh: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Run the loop on the bundled model: render, build, ask, score, tune, report.

    Needs no network and no GPU, and takes a few minutes on two cores. A run that was interrupted is taken up where it
    stopped, and what is done already is not done again.

    Parameters
    ----------
    out
        The folder to keep everything in.
    scenes
        How many scenes are rendered; the model was trained on others.
    seed
        What they are drawn with.
    fresh
        Begin anew: delete what the folder holds of an earlier demonstration.
    """
    from sightline.cli.tables import console
    from sightline.demo import STEPS, run_demo

    screen = console()
    began = time.monotonic()
    with _Shown(len(STEPS)) as shown:
        done = run_demo(STEPS, out, scenes, seed, fresh, shown.began, shown.ended)
    screen.print()
    for finding in done.findings:
        for place, line in enumerate(finding.lines):
            screen.print(f"{'' if place else finding.title:<17}{line}", markup=False, soft_wrap=True)
    seconds = round(time.monotonic() - began)
    screen.print()
    screen.print(f"{'report':<17}{done.report}", markup=False, soft_wrap=True)
    screen.print(f"{'took':<17}{seconds // 60} min {seconds % 60:02} s", markup=False)
    for place, line in enumerate(_next(done)):
        screen.print(f"{'' if place else 'next':<17}{line}", markup=False, soft_wrap=True)


def _next(done: "Demo") -> tuple[str, ...]:
    own = f"--labels own={done.folder}"
    return (
        f"sightline report pope --replies {done.folder}/runs/pope {own}/pope --images {done.images}",
        f"sightline analyse propagation --captions {done.folder}/runs/chair "
        f"--objects {done.folder}/scenes/instances.json",
        f"sightline compare --before {done.folder}/runs --after {done.folder}/tuning/runs --out FOLDER",
        "sightline measure pope --model YOUR_MODEL --images YOUR_IMAGES",
    )


class _Shown:
    """Steps as they come and go: bars where errors go to a terminal, else lines."""

    def __init__(self, steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.steps = steps
        self.screen = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[of]}"))
        self.bar = Progress(*columns, TimeElapsedColumn(), console=self.screen, transient=True)
        self._since = 0.0

    def __enter__(self) -> "_Shown":
        if self.screen.is_terminal:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def began(self, number: int, step: "Step") -> "Tell":
        """Show a step, and give back what is told how far it is."""
        self._since = time.monotonic()
        title = f"{number}/{self.steps} {step.title}"
        if self.screen.is_terminal:
            task = self.bar.add_task(title, total=None, of="")
            return lambda done, of: self.bar.update(task, completed=done, total=of, of=f"{done:,} of {of:,}")
        return self._lines(title)

    def _lines(self, title: str) -> "Callable[[int, int], None]":
        last = time.monotonic()

        def tell(done: int, of: int) -> None:
            nonlocal last
            if time.monotonic() - last > _LINE_EVERY_S:
                last = time.monotonic()
                self.screen.print(f"{title}: {done:,} of {of:,}", markup=False, soft_wrap=True)

        return tell

    def ended(self, number: int, step: "Step", said: str) -> None:
        """Leave one line of a step."""
        for task in self.bar.task_ids:
            self.bar.remove_task(task)
        seconds = time.monotonic() - self._since
        self.screen.print(f"{number}/{self.steps} {step.title}: {said} ({seconds:.0f} s)", markup=False, soft_wrap=True)
