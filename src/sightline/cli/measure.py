"""``sightline measure``."""

import dataclasses
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from sightline.cli.models import Who
from sightline.cli.options import names_in
from sightline.cli.progress import duration, shown_progress

if TYPE_CHECKING:
    from sightline.core import Asking
    from sightline.evaluation.estimate import Estimate
    from sightline.evaluation.measure import Measured
    from sightline.evaluation.task import Task

__all__ = ["How", "What", "slug"]

_BY: dict[str, Literal["total", "mean"]] = {"options": "total", "options-mean": "mean"}
"""What ``--choices`` may say instead of choices: how the options of each question are weighed."""

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class How:
    """The options that say how is asked."""

    wording: Annotated[
        str | None,
        Parameter(
            help="How questions are put. POPE: pope (as they stand, the default) or llava (with its line after them). "
            "CHAIR: brief (the default), short, describe or opera. FINER: letters (the default), bare or listed; its "
            "levels: bare (the default) or short."
        ),
    ] = None
    choices: Annotated[
        str | None,
        Parameter(
            help="Choose by log-likelihood among these, as Yes,No or A,B,C,D,E, and generate nothing. options: among "
            "the options of each question; options-mean: likewise, per token. Otherwise: generate."
        ),
    ] = None
    max_new_tokens: Annotated[
        int | None,
        Parameter(
            help="The longest reply, in tokens; by default what the benchmark needs: 16 for POPE, 512 for captions, "
            "50 for counting and colour.",
            show_default=False,
        ),
    ] = None
    temperature: Annotated[float, Parameter(help="Sample replies at this temperature; 0: the likeliest.")] = 0.0
    top_p: Annotated[
        float, Parameter(help="Sample among the likeliest tokens that have this probability together.")
    ] = 1.0
    samples: Annotated[int, Parameter(help="Replies to each question.")] = 1
    seed: Annotated[int, Parameter(help="Seed of the sampling.")] = 0

    def asking(self, benchmark: str) -> "Asking":
        """The settings as the model takes them."""
        from sightline.benchmarks import benchmark as find_benchmark
        from sightline.core import Asking

        longest = find_benchmark(benchmark).reply_tokens if self.max_new_tokens is None else self.max_new_tokens
        by: Literal["", "total", "mean"] = _BY.get(self.choices or "", "")
        choices = () if by or self.choices is None else tuple(self.choices.split(","))
        return Asking(choices, by, longest, self.temperature, self.top_p, self.samples, self.seed)


@Parameter(name="*")
@dataclass(frozen=True)
class What:
    """The options that say what is asked, and where replies go."""

    images: Annotated[Path, Parameter(help="The folder of the images, or of folders of them.")]
    labels: Annotated[
        list[str],
        _many,
        Parameter(help="Label sets whose questions are asked: public names (pope, repope) or NAME=FOLDER."),
    ] = field(default_factory=list)
    split: Annotated[list[str], _many, Parameter(help="Only these splits.")] = field(default_factory=list)
    out: Annotated[
        Path | None, Parameter(help="The run folder; runs/BENCHMARK_MODEL where none is given.", show_default=False)
    ] = None
    batch_images: Annotated[int, Parameter(help="Images of a batch; a batch is what an interruption loses.")] = 16
    no_cache: Annotated[bool, _flag, Parameter(help="Neither take replies of other runs nor keep these for them.")] = (
        False
    )
    allow_missing: Annotated[
        bool, _flag, Parameter(help="Go on where images are missing; their questions are counted.")
    ] = False


def register(app: App) -> None:
    """Add the verb."""
    app.command(measure)


def measure(
    benchmark: str, *, who: Who, what: What, how: How | None = None, dry_run: Annotated[bool, _flag] = False
) -> None:
    """Ask a model the questions of a benchmark, and score its replies.

    Each distinct question is asked once for all splits and label sets, the questions of an image together. Replies go
    to a run folder; the same command finishes a run that was interrupted.

    Parameters
    ----------
    benchmark
        The benchmark: pope, chair, counting, colour, finer or finer_levels.
    dry_run
        Only say what would be asked, and how long it would take.
    """
    from sightline.evaluation.estimate import estimate
    from sightline.evaluation.measure import BATCH_ROWS
    from sightline.evaluation.measure import measure as run
    from sightline.evaluation.task import task

    how = how or How()
    out = what.out or Path("runs") / f"{benchmark}_{slug(who.name)}"
    labels, splits = names_in(what.labels), names_in(what.split)
    planned = task(
        benchmark,
        what.images,
        labels,
        splits=splits,
        asking=how.asking(benchmark),
        wording=how.wording,
        allow_missing=what.allow_missing,
        command=_command(benchmark, who, what, how),
    )
    if dry_run:
        name = Path(who.name).resolve().name if Path(who.name).is_dir() else who.name
        _show_estimate(estimate(planned, name, out, what.batch_images, BATCH_ROWS), planned, out)
        return
    model = who.load()
    with shown_progress() as progress:
        measured = run(
            planned, model, out, batch_images=what.batch_images, use_cache=not what.no_cache, progress=progress
        )
    _show(measured, planned, labels, splits, what.allow_missing)


def slug(model: str) -> str:
    """A model's name as part of a folder's."""
    return re.sub(r"[^\w.-]+", "-", model.rstrip("/").rpartition("/")[2]).strip("-.") or "model"


def _command(benchmark: str, who: Who, what: What, how: How) -> str:
    """The command that does the same again."""
    words = ["sightline", "measure", benchmark]
    for options in (who, what, how):
        for option in dataclasses.fields(options):
            value = getattr(options, option.name)
            if value in (option.default, [], None):
                continue
            words.append("--" + option.name.replace("_", "-"))
            if value is not True:
                words += map(str, value) if isinstance(value, list) else [str(value)]
    return shlex.join(words)


def _show_estimate(found: "Estimate", planned: "Task", out: Path) -> None:
    from sightline.cli.tables import console

    asked = f"{planned.asking.samples} replies each" if planned.asking.samples > 1 else "a reply each"
    among = "its options" if planned.asking.options else ", ".join(planned.asking.choices)
    kind = f"a choice of {among}" if planned.asking.chooses else asked
    lines = {
        "questions": f"{found.questions:,}",
        "distinct": f"{found.distinct:,} prompts, {kind}; wording {planned.plan.wording.name}",
        "images": f"{found.images:,}" + (f", {found.missing:,} more are missing" if found.missing else ""),
        "batches": f"{found.batches:,}",
        "tokens": f"about {found.question_tokens:,} of questions, besides the images"
        + (f"; at most {found.reply_tokens:,} generated" if found.reply_tokens else ""),
        "time": "not known: no complete run of this model is beside the run folder"
        if found.seconds is None
        else f"about {duration(found.seconds)}, going by {found.rate_from}",
        "run folder": str(out),
    }
    screen = console()
    for name, value in lines.items():
        screen.print(f"{name:<12}{value}", markup=False, soft_wrap=True)


def _show(measured: "Measured", planned: "Task", labels: list[str], splits: list[str], allow_missing: bool) -> None:
    from sightline.cli.score import Shown, score_rows, shown_rates
    from sightline.cli.tables import console, notes, show
    from sightline.evaluation.evaluation import evaluate
    from sightline.evaluation.scorer import scorer
    from sightline.evaluation.thresholds import has_probabilities, thresholds
    from sightline.stats.intervals import DRAWS

    name = planned.benchmark.name
    evaluation = evaluate(name, [str(measured.folder)], labels, (), splits, allow_missing)
    screen = console()
    yes_no, how = planned.benchmark.scoring is None, scorer(planned.benchmark)
    rows = how.scores(evaluation, [how.reader], DRAWS, 0).to_pylist()
    columns = [tuple(Shown(*rate) for rate in _YES_NO.items())] if yes_no else shown_rates(planned.benchmark)
    for label_set in evaluation.label_sets:
        own = [row for row in rows if row["labels"] == label_set.name]
        show(screen, *(score_rows(own, rates) for rates in columns))
    if yes_no and has_probabilities(evaluation):
        show(screen, _probabilities(thresholds(evaluation).summary.to_pylist()))
    lines = [
        f"Asked {measured.asked:,} prompts; {measured.from_cache:,} more were in the cache, {measured.resumed:,} were "
        "done before."
    ]
    if measured.was_cut:
        lines.append("The last batch had not been written whole when the run was interrupted; it was asked again.")
    if planned.plan.missing:
        lines.append(f"Images that are missing: {len(planned.plan.missing):,}; their questions are left out.")
    notes(screen, lines)
    given = shlex.join([name, "--replies", str(measured.folder), *(["--labels", *labels] if labels else [])])
    more = (" --split " + " ".join(splits) if splits else "") + (" --allow-missing" if planned.plan.missing else "")
    for place, verb in enumerate(("score", "report")):
        screen.print(f"{'' if place else 'next':<6}sightline {verb} {given}{more}", markup=False, soft_wrap=True)


_YES_NO = {"accuracy": "accuracy", "f1": "F1", "yes_ratio": "yes ratio", "unreadable": "unreadable"}
"""The rates shown of yes/no questions."""


def _probabilities(rows: list[dict[str, Any]]) -> Any:
    from sightline.cli.tables import plain_table, rate_cell

    headings = [("labels, split", "left"), ("n", "right"), ("AUROC", "right"), ("calibration error", "right")]
    cells = [
        [
            f"{row['labels']}, {row['split']}",
            row["n"],
            rate_cell(row["auroc"], row["auroc_low"], row["auroc_high"]),
            rate_cell(row["calibration_error"]),
        ]
        for row in rows
    ]
    return plain_table("P(yes) of P(yes) + P(no)   (percent, 95 % interval)", headings, cells)
