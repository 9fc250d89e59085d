"""Several benchmarks in one go: which option is meant for which of them, and the one table that comes out."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline.cli.engines import Cluster, Server, load_model
from sightline.cli.measure.asked import How, What, command, slug
from sightline.cli.measure.shown import show_plan, show_spent
from sightline.cli.models import Who
from sightline.cli.options import names_in
from sightline.cli.progress import shown_steps

if TYPE_CHECKING:
    from sightline.evaluation.several import Headline
    from sightline.evaluation.task import Task

__all__ = ["measure_all", "of_each"]


def of_each(option: str, given: Sequence[str], names: Sequence[str], between: str = ":") -> dict[str, list[str]]:
    """Sort the values of an option by the benchmark they are meant for.

    Args:
        option: as it is typed, for messages.
        given: values, each as ``BENCHMARK:VALUE``, or as a value for all.
        names: the benchmarks.
        between: what stands between benchmark and value.

    Raises:
        RequestError: a benchmark is named that is not measured.

    Example:
        >>> of_each("--labels", ["pope:own=a", "pope:other=b"], ["pope", "chair"])
        {'pope': ['own=a', 'other=b'], 'chair': []}
    """
    from sightline.benchmarks import ALL
    from sightline.errors import RequestError

    own: dict[str, list[str]] = {name: [] for name in names}
    for_all: list[str] = []
    for value in given:
        name, found, rest = value.partition(between)
        if not found or name not in ALL:
            for_all.append(value)
        elif name not in own:
            raise RequestError(f"{option} {value}: {name} is not among what is measured ({', '.join(names)}).")
        else:
            own[name].append(rest)
    return {name: values or for_all for name, values in own.items()}


def measure_all(
    names: Sequence[str], who: Who, what: What, how: How, server: Server, cluster: Cluster, dry_run: bool
) -> None:
    """Measure a model on several benchmarks, and print one table.

    Raises:
        RequestError: options contradict each other, or see `sightline.evaluation.measure.measure`.
    """
    from sightline.evaluation.known_versions import version_notes
    from sightline.evaluation.several import headlines, measure_several
    from sightline.models.served_model import ServedModel

    tasks = _tasks(names, who, what, how, server, cluster)
    if dry_run:
        for task, out in tasks:
            print(f"{task.benchmark.name}:")
            show_plan(task, who, server, out, what.batch_images)
        return
    with ExitStack() as stack:
        model = load_model(who, server, cluster, stack)
        if isinstance(model, ServedModel):
            stack.callback(show_spent, model)
        with shown_steps() as progress:
            found = measure_several(
                tasks,
                model,
                batch_images=what.batch_images,
                use_cache=not what.no_cache,
                progress=lambda step, far: progress(step, far.done, far.total),
            )
    rows = [line for task, out in tasks for line in headlines(task, out, what.allow_missing)]
    _show(rows)
    versions = [note for task, _ in tasks for note in version_notes(task.benchmark, task.label_sets)]
    missing = {task.benchmark.name: len(task.plan.missing) for task, _ in tasks if task.plan.missing}
    _show_done(tasks[0][1].parent, sum(measured.resumed for measured in found), missing, versions)


def _tasks(
    names: Sequence[str], who: Who, what: What, how: How, server: Server, cluster: Cluster
) -> "list[tuple[Task, Path]]":
    from sightline.errors import RequestError
    from sightline.evaluation.task import task

    if len(set(names)) < len(names):
        raise RequestError(f"A benchmark is named twice: {', '.join(names)}.")
    if what.split:
        raise RequestError("With several benchmarks all splits are asked; leave --split out, or measure one by one.")
    images = of_each("--images", what.images, names, "=")
    labels = of_each("--labels", names_in(what.labels), names)
    wordings = of_each("--wording", (how.wording or "").split(), names)
    choices = of_each("--choices", (how.choices or "").split(), names)
    out = what.out or Path("runs") / slug(who.name)
    told = replace(server, base_url=server.shown_url)
    found = []
    for name in names:
        own = replace(
            how,
            wording=_one("--wording", name, wordings[name]),
            choices=_one("--choices", name, choices[name]),
        )
        where = replace(what, images=[str(folder_of(name, images[name]))], labels=labels[name], out=out / name)
        planned = task(
            name,
            folder_of(name, images[name]),
            labels[name],
            asking=own.asking(name),
            wording=own.wording,
            allow_missing=what.allow_missing,
            command=command(name, who, where, own, told, cluster),
        )
        found.append((planned, out / name))
    return found


def _one(option: str, name: str, given: Sequence[str]) -> str | None:
    from sightline.errors import RequestError

    if len(given) > 1:
        raise RequestError(f"{option} says {' and '.join(given)} of {name}; expected one.")
    return given[0] if given else None


def folder_of(name: str, given: Sequence[str]) -> Path:
    """The folder of images of a benchmark.

    Raises:
        RequestError: none is named, or several are.
    """
    from sightline.errors import RequestError

    if len(given) != 1:
        told = ", ".join(given) or "none"
        raise RequestError(f"One folder of images is needed for {name}, and {told} is named: --images FOLDER")
    return Path(given[0])


def _show(rows: "Sequence[Headline]") -> None:
    from sightline.cli.tables import console, plain_table, rate_cell, show

    headings = [("benchmark, labels, split", "left"), ("n", "right"), ("rate", "left"), ("value", "right")]
    cells: list[list[Any]] = []
    shown = ""
    for row in rows:
        if row.benchmark != shown:
            cells += [[], [row.benchmark, *[""] * 4]]
            shown = row.benchmark
        unread = "–" if row.unreadable is None else f"{100 * row.unreadable:.2f}"
        times = 100 if row.unit == "percent" else 1
        told = rate_cell(row.value, row.low, row.high, times)
        cells.append([f"  {row.labels}, {row.split}", f"{row.n:,}", row.rate.replace("_", " "), told, unread])
    title = "First rate of each benchmark   (percent, means as they are; 95 % interval)"
    show(console(), plain_table(title, [*headings, ("unreadable", "right")], cells[1:]))


def _show_done(runs: Path, resumed: int, missing: Mapping[str, int], versions: Sequence[str]) -> None:
    from sightline.cli.tables import console, notes

    screen = console()
    if resumed:
        notes(screen, [f"{resumed:,} prompts were done before."])
    for name, count in missing.items():
        notes(screen, [f"{name}: {count:,} images are missing; their questions are left out."])
    notes(screen, versions)
    screen.print(f"next  sightline compare --before {runs} --after OTHER_RUNS", markup=False, soft_wrap=True)
