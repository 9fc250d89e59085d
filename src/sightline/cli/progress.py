"""How far a run is, on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from sightline.evaluation.measure import Progress

__all__ = ["LINE_EVERY_S", "duration", "now_and_then", "rate", "shown_progress", "shown_steps"]

LINE_EVERY_S = 30.0
"""Seconds between two lines, where errors do not go to a terminal."""


@contextmanager
def shown_progress(what: str = "asked") -> Iterator[Callable[["Progress"], None]]:
    """Progress as a bar where errors go to a terminal, else as a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        say = now_and_then(screen)
        yield lambda at: say(f"{at.done:,} of {at.total:,} {what}{rate(at)}")
        return
    with Bar(BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), console=screen) as bar:
        shown = bar.add_task("", total=None)
        yield lambda at: bar.update(shown, total=at.total, completed=at.done, description=rate(at).lstrip(", "))


@contextmanager
def shown_steps() -> Iterator[Callable[[str, int, int], None]]:
    """Steps of unknown number, each as a bar where errors go to a terminal, else as a line now and then.

    Yields:
        Told the name of the step, how much of it is done, and of how much.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        say = now_and_then(screen)
        yield lambda step, done, total: say(f"{step}: {done:,} of {total:,}")
        return
    columns = TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Bar(*columns, console=screen) as bar:
        tasks = {}

        def update(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield update


def now_and_then(screen: "Console") -> Callable[[str], None]:
    """Says a line where the last one was said long enough ago, and drops it otherwise."""
    import time

    last = time.monotonic()

    def say(line: str) -> None:
        nonlocal last
        if time.monotonic() - last > LINE_EVERY_S:
            last = time.monotonic()
            screen.print(line, soft_wrap=True)

    return say


def rate(at: "Progress") -> str:
    """How fast, and how long it will take; nothing where that is not known."""
    if at.per_s is None or at.left_s is None:
        return ""
    return f", {at.per_s:,.1f} a second, {duration(at.left_s)} left"


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
