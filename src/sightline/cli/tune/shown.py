"""What ``sightline tune`` prints in the end."""

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from sightline.tuning.tune import Tuned

__all__ = ["INDENT", "show_tuned"]

INDENT = 13
"""Where texts begin, behind their names."""

_SHOWN: Mapping[str, tuple[str, int]] = {
    "accuracy_positive": ("likelier reply right, positive questions", 100),
    "accuracy_negative": ("likelier reply right, negative questions", 100),
    "accuracy": ("likelier reply right, all pairs", 100),
    "yes_rate": ("likelier reply says yes", 100),
    "said_accuracy_positive": ("says yes where it is right", 100),
    "said_accuracy_negative": ("says no where it is right", 100),
    "said_yes_rate": ("says yes", 100),
    "said_unreadable": ("says neither", 100),
    "reward_accuracy": ("chosen reply rewarded more", 100),
    "margin": ("margin of rewards", 1),
    "caption_words": ("words of a caption", 1),
}
"""What is shown of held-out pairs, and what it is multiplied by."""


def show_tuned(done: "Tuned") -> None:
    """Print what became of the held-out pairs, what was written, and what may be done next."""
    from sightline.cli.progress import duration
    from sightline.cli.tables import console, print_named, show

    screen = console()
    if done.before:
        show(screen, _before_and_after(done))
    folder = shlex.quote(str(done.folder))
    taken = done.steps - (done.resumed or 0)
    of_all = f"{taken:,} of {done.steps:,}" if done.resumed else f"{taken:,}"
    lines = {"done": f"{of_all} steps in {duration(done.seconds)}" if taken else "nothing: the run was complete before"}
    if done.warnings:
        lines["warning"] = done.warnings[-1]
    what = "the model" if done.adapter.method == "full" else "the adapter"
    lines["written"] = f"{done.folder}: {what}; tune.json says how it came about, log.jsonl what happened"
    lines["next"] = f"sightline measure pope --model {folder} --images FOLDER"
    if done.adapter.method != "full":
        lines["next"] += f"\nsightline merge {folder} --out FOLDER"
    print_named(lines, INDENT)


def _before_and_after(done: "Tuned") -> "Table":
    from sightline.cli.tables import plain_table

    rows = []
    for name, (what, times) in _SHOWN.items():
        if name in done.before and name in done.after:
            before, after = times * done.before[name], times * done.after[name]
            rows.append([what, f"{before:.1f}", f"{after:.1f}", f"{after - before:+.1f}"])
    headings = [("", "left"), ("before", "right"), ("after", "right"), ("change", "right")]
    return plain_table("Held-out pairs (percent; margin and words as they are)", headings, rows)
