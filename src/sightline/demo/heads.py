"""Which heads make the model repeat its prompt? Found on half of the scenes, judged on the other half."""

from typing import Any

import pyarrow as pa

from sightline.demo.findings import Finding
from sightline.demo.run import Demo, Tell
from sightline.demo.shown import percent
from sightline.evaluation.measure import Progress
from sightline.mechanisms.apply import knockout_of
from sightline.mechanisms.explained import found_section, judged_section
from sightline.mechanisms.found import Found, rank_sweep
from sightline.mechanisms.judging import WHOLE, JudgedOn, judge_heads, sets_to_judge
from sightline.mechanisms.sweep import SweepSettings
from sightline.mechanisms.sweep_run import plan_sweep, run_sweep
from sightline.models.transformers import TransformersModel
from sightline.records.tables import write_tables
from sightline.report.sections import Section

__all__ = ["heads_found", "judge", "sweep"]

_SPLITS = ("+1", "+2", "+3")
"""Those that the model resists tell which heads harm what is true, those that it repeats which heads repeat."""
_PROMPTS = 90
_CONTROLS = 1
_REPLY_TOKENS = 16
"""The bundled model says a number in the first few."""


def sweep(demo: Demo, labels: str, tell: Tell) -> str:
    """Knock every head out by itself, on half of the scenes."""

    def shown(at: Progress) -> None:
        tell(at.done, at.total)

    plan = plan_sweep("counting", demo.images, [labels], splits=_SPLITS, most=_PROMPTS, seed=demo.seed)
    settings = SweepSettings(max_new_tokens=_REPLY_TOKENS)
    run_sweep(plan, _model(demo), demo.folder / "sweep", settings, batch_images=4, progress=shown)
    best = ", ".join(map(str, rank_sweep(demo.folder / "sweep").file.head_set))
    return f"{len(plan.prompts):,} prompts that say too many, about {len(plan.by_image):,} scenes; best without {best}"


def judge(demo: Demo, on: tuple[JudgedOn, ...], batch_images: int, tell: Tell) -> str:
    """Ask without the best head, and without others, about the other half."""
    folder = demo.folder / "sweep"
    found = rank_sweep(folder)
    sets = sets_to_judge(found.in_order, [1], found.effects.heads, _CONTROLS, demo.seed)
    done = _Done(len(on) * (1 + len(sets)), tell)
    table = judge_heads(
        _model(demo),
        knockout_of(found.file, folder),
        sets,
        on,
        demo.folder / "heads",
        without_images=set(demo.by_image) - set(found.about["held_out_images"]),
        batch_images=batch_images,
        progress=done,
    )
    write_tables(demo.folder / "heads", {"outcome": table})
    demo.findings.append(heads_found(found, table, sets[0].name))
    return f"without {sets[0].name}, and {len(sets) - 1} other heads beside it, on {len(on)} benchmarks"


class _Done:
    """Runs as they come in, for the bar of a step."""

    def __init__(self, runs: int, tell: Tell) -> None:
        self.runs, self.tell = runs, tell
        self.seen: dict[tuple[str, str], None] = {}

    def __call__(self, benchmark: str, name: str, at: Progress) -> None:
        self.seen[benchmark, name] = None
        self.tell(len(self.seen) - (at.done < at.total), self.runs)


def heads_found(found: Found, table: pa.Table, name: str) -> Finding:
    """What a head does, and what it costs to be without it.

    Args:
        found: the sweep and its ranking.
        table: what judging it says.
        name: of the set that holds the head.
    """
    searched, _ = found_section(found.effects, found.ranking, found.file.head_set)
    judged, _ = judged_section(table, "counting")
    section = Section(
        "Which heads repeat the prompt?",
        (*searched.prose, *judged.prose),
        (*searched.parts, *judged.parts),
    )
    return Finding("heads", _lines(table, name), section)


def _lines(table: pa.Table, name: str) -> tuple[str, ...]:
    rows = {(row["benchmark"], row["split"], row["measure"], row["set"]): row for row in table.to_pylist()}

    def change(benchmark: str, split: str, measure: str) -> tuple[str, str]:
        whole, without = (rows[benchmark, split, measure, each] for each in (WHOLE, name))
        return percent(whole["value"]), percent(without["value"])

    false = "false prompts"
    numbers, colours = change("counting", false, "copied"), change("colour", false, "copied")
    costs: dict[str, Any] = {
        "neutral counting": rows["counting", "neutral", "right", name],
        "POPE, adversarial": rows["pope", "adversarial", "right", name],
    }
    return (
        f"without {name}, a wrong number is repeated in {numbers[1]} of replies instead of {numbers[0]}",
        f"a wrong colour, on which it was not searched, in {colours[1]} instead of {colours[0]}",
        "right answers: " + ", ".join(f"{of} {100 * row['difference']:+.1f} points" for of, row in costs.items()),
    )


def _model(demo: Demo) -> TransformersModel:
    assert isinstance(demo.model, TransformersModel)
    return demo.model
