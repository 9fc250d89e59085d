"""What a method of tuning changes in the bundled model: the same benchmarks before and after, question by question.

Shared by the recipes of FINER-Tuning and SENTINEL. Scenes that are measured on are of another seed than those that
pairs are made of, and neither were trained on. Every difference is paired and has a 95 % interval that draws scenes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import sightline
from sightline.core import Asking
from sightline.evaluation.build_finer import FILES, FinerBuild, build_finer
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.models.loading import load
from sightline.queries.questions import Shape
from sightline.scenes.rendered import compose
from sightline.tuning.arguments import Computing
from sightline.tuning.recipes import Recipe
from sightline.tuning.tune import Request, tune

HELD_OUT_SEED = 2027
"""No value of a recipe was chosen on these scenes."""

BATCH_IMAGES = 60
BASE = "before"
FINE = ("finer", "finer_levels")
WORDINGS = {"chair": "describe", "finer_levels": "short"}


class Measure(NamedTuple):
    """One rate of one benchmark.

    Args:
        benchmark: its name.
        metric: the rate.
        split: where it is looked at.
        of: what people call it.
    """

    benchmark: str
    metric: str
    split: str
    of: str


MEASURES = (
    *(
        Measure("finer", "paired_accuracy", setting, f"FINER, {setting}: paired accuracy")
        for setting in ("objects", "attributes", "relations", "what")
    ),
    *(Measure("finer", "positive_accuracy", setting, f"FINER, {setting}: true questions right")
      for setting in ("objects", "attributes", "relations", "what")),
    *(Measure("finer_levels", "paired_accuracy", f"level {level}", f"FINER, level {level}: paired accuracy")
      for level in (1, 4, 5, 6, 7)),
    *(Measure("finer_levels", "positive_accuracy", f"level {level}", f"FINER, level {level}: true questions right")
      for level in (1, 7)),
    Measure("pope", "f1", "adversarial", "POPE, adversarial: F1"),
    Measure("pope", "recall", "adversarial", "POPE, adversarial: recall (yes to what is there)"),
    Measure("pope", "tnr", "adversarial", "POPE, adversarial: TNR (no to what is not there)"),
    Measure("chair", "chair_i", "captions", "CHAIR_i"),
    Measure("chair", "chair_s", "captions", "CHAIR_s"),
    Measure("chair", "recall", "captions", "captions: recall of objects"),
    Measure("chair", "words", "captions", "captions: words"),
    Measure("counting", "true_rate", "neutral", "counting, asked neutrally: right"),
    Measure("colour", "true_rate", "neutral", "colour, asked neutrally: right"),
)  # fmt: skip
"""What methods claim to change, and what they must leave as it is."""


@dataclass(frozen=True)
class Suite:
    """The benchmarks, built once from scenes that nothing was tuned on.

    Args:
        folder: where they lie, and the runs.
        labels: benchmark → its labels.
    """

    folder: Path
    labels: Mapping[str, Path]

    def images(self, benchmark: str) -> Path:
        """The folder of a benchmark's images."""
        return self.folder / ("fine_scenes" if benchmark in FINE else "scenes") / "images"

    def run(self, benchmark: str, name: str) -> Path:
        """Where the replies of a model lie."""
        return self.folder / "runs" / name / benchmark

    def ask(self, model: str, name: str) -> None:
        """Ask a model everything; what it was asked before is not asked again."""
        loaded = load(model)
        for benchmark, labels in self.labels.items():
            wording = WORDINGS.get(benchmark)
            longest = 128 if benchmark == "chair" else sightline.benchmarks.benchmark(benchmark).reply_tokens
            planned = task(
                benchmark,
                self.images(benchmark),
                [f"own={labels}"],
                asking=Asking(max_new_tokens=longest),
                wording=wording,
            )
            measure(planned, loaded, self.run(benchmark, name), batch_images=BATCH_IMAGES, use_cache=False)

    def changes(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """For every measure and model: the rate before, after, and the paired difference with its interval."""
        rows = []
        for benchmark, labels in self.labels.items():
            replies = [f"{name}={self.run(benchmark, name)}" for name in (BASE, *names)]
            evaluation = evaluate(benchmark, replies, [f"own={labels}"])
            values = {(row["model"], row["split"]): row for row in sightline.score(evaluation).to_pylist()}
            for wanted in (each for each in MEASURES if each.benchmark == benchmark):
                for row in sightline.compare(evaluation, metric=wanted.metric).pairs.to_pylist():
                    if row["split"] == wanted.split and (found := _from_base(row)) is not None:
                        before, after = (values[each, wanted.split][wanted.metric] for each in (BASE, found["model"]))
                        rows.append({"measure": wanted.of, "before": before, "after": after, "n": row["n"], **found})
        return rows


def _from_base(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A difference from the base, whichever way round the table has it; None between two others."""
    if row["model_a"] == BASE:
        return {"model": row["model_b"], "change": -row["difference"], "low": -row["high"], "high": -row["low"]}
    if row["model_b"] == BASE:
        return {"model": row["model_a"], "change": row["difference"], "low": row["low"], "high": row["high"]}
    return None


def suite(folder: Path, scenes: int) -> Suite:
    """Render held-out scenes and build the benchmarks from their annotations.

    FINER has scenes of its own, three times as many: few show enough for its levels.
    """
    sightline.render_scenes(folder / "scenes", scenes, HELD_OUT_SEED)
    sightline.render_scenes(folder / "fine_scenes", 3 * scenes, HELD_OUT_SEED + 1)
    annotations, graphs = folder / "scenes/instances.json", folder / "scenes/scene_graphs.json"
    polled = sum(len(compose(HELD_OUT_SEED, index, None).kinds) >= 3 for index in range(scenes))
    sightline.build_pope(annotations, folder / "pope", images=polled, seed=HELD_OUT_SEED, overwrite=True)
    sightline.build_counting(graphs, folder / "counting.jsonl", offsets=(1,), seed=HELD_OUT_SEED, overwrite=True)
    sightline.build_colour(graphs, folder / "colour.jsonl", distances=(1,), seed=HELD_OUT_SEED, overwrite=True)
    how = FinerBuild(Shape(articles=True, seed=HELD_OUT_SEED))
    finer = folder / "finer"
    if not (finer / FILES["levels"]).exists():
        build_finer(folder / "fine_scenes/scene_graphs.json", finer, how)
    labels = {
        "finer": finer / FILES["questions"],
        "finer_levels": finer / FILES["levels"],
        "pope": folder / "pope",
        "chair": annotations,
        "counting": folder / "counting.jsonl",
        "colour": folder / "colour.jsonl",
    }
    return Suite(folder, labels)


class Method(NamedTuple):
    """One way of tuning.

    Args:
        name: what it is called.
        pairs: the file of pairs of a seed, and the folder of its images.
        recipe: how they are tuned on.
    """

    name: str
    pairs: Callable[[int], tuple[Path, Path]]
    recipe: Recipe


def tuned(method: Method, seed: int, out: Path) -> Path:
    """Tune the bundled model; a run that is complete is taken as it is."""
    pairs, images = method.pairs(seed)
    tune(Request("bundled", [pairs], images, out, method.recipe, seed=seed), Computing())
    return out


def table(rows: Sequence[Mapping[str, Any]], methods: Sequence[str], seeds: Sequence[int]) -> str:
    """Lines of Markdown: before, after as the mean over seeds, and for each seed the paired difference."""
    lines = ["| | " + " | ".join(("before", *methods)) + " |", "|---|" + "---:|" * (1 + len(methods))]
    for wanted in MEASURES:
        mine = [row for row in rows if row["measure"] == wanted.of]
        if not mine:
            continue
        cells = [shown(mine[0]["before"], wanted)]
        for method in methods:
            own = [row for seed in seeds for row in mine if row["model"] == f"{method}-{seed}"]
            each = "; ".join(f"{change(row, wanted)}" for row in own)
            cells.append(f"**{shown(mean(row['after'] for row in own), wanted)}** ({each})")
        lines.append(f"| {wanted.of} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(value: float, of: Measure) -> str:
    """A rate in percent, or a number."""
    return f"{value:.1f}" if of.metric == "words" else f"{100 * value:.1f}"


def change(row: Mapping[str, Any], of: Measure) -> str:
    """A difference with its interval, in points."""
    scale = 1 if of.metric == "words" else 100
    # Adding zero makes a zero of minus zero, which would be shown with its sign.
    difference, low, high = (round(scale * row[name], 1) + 0.0 for name in ("change", "low", "high"))
    return f"{difference:+.1f} [{low:+.1f}, {high:+.1f}]"


def keep(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the raw figures."""
    (folder / "changes.json").write_text(json.dumps(list(rows), indent=1) + "\n", encoding="utf-8")


def report(out: Path, methods: Sequence[Method], seeds: Sequence[int], scenes: int) -> None:
    """Tune by every method with every seed, ask each model and the base alike, keep the figures and print the table."""
    measured = suite(out / "held_out", scenes)
    measured.ask("bundled", BASE)
    names = [f"{method.name}-{seed}" for method in methods for seed in seeds]
    for seed in seeds:
        for method in methods:
            name = f"{method.name}-{seed}"
            measured.ask(str(tuned(method, seed, out / "models" / name)), name)
    rows = measured.changes(names)
    keep(out, rows)
    print(table(rows, [method.name for method in methods], seeds))
