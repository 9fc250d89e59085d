"""What a measurement prints: what would be asked, what it cost, and the scores."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline.cli.engines import Server, spent
from sightline.cli.models import Who
from sightline.cli.progress import duration

if TYPE_CHECKING:
    from sightline.evaluation.estimate import Estimate
    from sightline.evaluation.measure import Measured
    from sightline.evaluation.task import Task
    from sightline.models.served_model import ServedModel

__all__ = ["show_plan", "show_scores", "show_spent"]


def show_plan(planned: "Task", who: Who, server: Server, out: Path, batch_images: int) -> None:
    """Print what would be asked, how long it would take, and what a server would ask for it."""
    from sightline.evaluation.estimate import estimate
    from sightline.evaluation.measure import BATCH_ROWS

    name = Path(who.name).resolve().name if Path(who.name).is_dir() else who.name
    _show_estimate(estimate(planned, name, out, batch_images, BATCH_ROWS), planned, out)
    if who.engine == "openai":
        _show_cost(planned, server)


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


def _show_cost(planned: "Task", server: Server) -> None:
    from sightline.cli.tables import console
    from sightline.evaluation.estimate import asked_of_server
    from sightline.models.costs import IMAGE_TOKENS

    found = asked_of_server(planned, server.price)
    cost = "not known: name --price-in and --price-out" if found.cost is None else f"at most {found.cost:,.4g}"
    if found.cost is not None and server.spend_at_most is not None and found.cost > server.spend_at_most:
        cost += f", where it is to stop at {server.spend_at_most:g}"
    asked = (
        f"{found.requests:,} requests: about {found.prompt_tokens:,} tokens asked, {IMAGE_TOKENS:,} of them an image's "
        f"each time, and at most {found.reply_tokens:,} replied"
    )
    screen = console()
    for name, value in {"server": asked, "cost": cost}.items():
        screen.print(f"{name:<12}{value}", markup=False, soft_wrap=True)


def show_spent(model: "ServedModel") -> None:
    """Say what it took, however the run ended."""
    from sightline.cli.tables import console

    if model.totals.requests:
        console().print(spent(model.totals), markup=False, soft_wrap=True)


def show_scores(
    measured: "Measured", planned: "Task", labels: list[str], splits: list[str], allow_missing: bool
) -> None:
    """Score a run and print its rates, what was asked, and what can be done next."""
    from sightline.cli.score import Shown, score_rows, shown_rates
    from sightline.cli.tables import console, notes, show
    from sightline.evaluation.evaluation import evaluate
    from sightline.evaluation.known_versions import version_notes
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
    notes(screen, [*lines, *version_notes(planned.benchmark, planned.label_sets)])
    given = shlex.join([name, "--replies", str(measured.folder), *(["--labels", *labels] if labels else [])])
    more = (" --split " + " ".join(splits) if splits else "") + (" --allow-missing" if planned.plan.missing else "")
    judged = planned.benchmark.scoring is not None and planned.benchmark.scoring.judge is not None
    if judged:
        asked = f"sightline judge {given}{more} --judge MODEL --judge-url URL --out {measured.folder}_judged.jsonl"
        screen.print(f"judge {asked}", markup=False, soft_wrap=True)
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
