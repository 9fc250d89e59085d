"""``sightline measure``."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sightline.cli.engines import Cluster, Server, load_model
from sightline.cli.measure.asked import How, What, command, slug
from sightline.cli.measure.several import folder_of, measure_all
from sightline.cli.measure.shown import show_plan, show_scores, show_spent
from sightline.cli.models import Who
from sightline.cli.options import names_in
from sightline.cli.progress import shown_progress

__all__ = ["How", "What", "slug"]

_flag = Parameter(negative="", show_default=False)


def register(app: App) -> None:
    """Add the verb."""
    app.command(measure)


def measure(
    benchmark: str,
    *,
    who: Who,
    what: What,
    how: How | None = None,
    server: Server | None = None,
    cluster: Cluster | None = None,
    dry_run: Annotated[bool, _flag] = False,
) -> None:
    """Ask a model the questions of a benchmark, and score its replies.

    Each distinct question is asked once for all splits and label sets, the questions of an image together. Replies go
    to a run folder; the same command finishes a run that was interrupted.

    Several benchmarks in one go (pope,chair,mmvp): the model is loaded once, what they ask about the same images in the
    same way is asked together, and one table comes out. For one of them: --images BENCHMARK=FOLDER, --labels
    BENCHMARK:LABELS, --choices "pope:Yes,No vstar:options-mean", --wording likewise.

    Parameters
    ----------
    benchmark
        The benchmark, or several with commas between; sightline benchmarks lists them.
    dry_run
        Only say what would be asked, how long it would take, and what a server would ask for it.
    """
    from sightline.evaluation.measure import measure as run
    from sightline.evaluation.task import task
    from sightline.models.served_model import ServedModel

    how, server, cluster = how or How(), server or Server(), cluster or Cluster()
    if len(names := names_in([benchmark])) > 1:
        measure_all(names, who, what, how, server, cluster, dry_run)
        return
    out = what.out or Path("runs") / f"{benchmark}_{slug(who.name)}"
    labels, splits = names_in(what.labels), names_in(what.split)
    planned = task(
        benchmark,
        folder_of(benchmark, what.images),
        labels,
        splits=splits,
        asking=how.asking(benchmark),
        wording=how.wording,
        allow_missing=what.allow_missing,
        command=command(benchmark, who, what, how, replace(server, base_url=server.shown_url), cluster),
    )
    if dry_run:
        show_plan(planned, who, server, out, what.batch_images)
        return
    with ExitStack() as stack:
        model = load_model(who, server, cluster, stack)
        if isinstance(model, ServedModel):
            stack.callback(show_spent, model)
        with shown_progress() as progress:
            measured = run(
                planned, model, out, batch_images=what.batch_images, use_cache=not what.no_cache, progress=progress
            )
    show_scores(measured, planned, labels, splits, what.allow_missing)
