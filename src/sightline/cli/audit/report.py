"""``sightline audit report``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o
from sightline.cli.audit.stores import Where, checked_labels, is_audit, shown

if TYPE_CHECKING:
    from sightline.audit.store import Store
    from sightline.evaluation.evaluation import Evaluation

__all__ = ["register"]


def register(app: App) -> None:
    """Add the verb."""
    app.command(report)


def report(
    where: Where,
    *,
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    images: Annotated[Path | None, Parameter(show_default=False)] = None,
    name: str = "audited",
    title: Annotated[str | None, Parameter(show_default=False)] = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    out: Path = Path("audit.html"),
) -> None:
    """Write one page on what an audit found: labels that changed with their images, what is ambiguous, agreement.

    With replies it also shows how models rank under the labels before, under what was found so far, and corrected for
    what nobody has looked at yet. The page is a single file that asks nobody for anything.

    Parameters
    ----------
    images
        The folder of the images, where it is another than the audit names.
    name
        What the labels that were found are called.
    title
        Heading of the page.
    out
        The page to write.
    """
    from sightline.audit.report_audit import audit_sections, labellers_of, measures_of, summary
    from sightline.audit.status import status_of
    from sightline.audit.store import Store
    from sightline.cli.tables import print_named
    from sightline.errors import DataError, RequestError
    from sightline.evaluation.scorer import scorer
    from sightline.report.page import write
    from sightline.report.sections import Report

    if is_audit(str(out)):
        raise RequestError(f"{out} is an audit; a page is not written over it. Name another file.")
    out = o.page(out)
    with Store.open(where) as store:
        items, outcomes, status = store.items(), store.outcomes(), status_of(store)
        evaluation = _evaluation(store, where, given, name)
    folder = images or (None if status.about.images is None else Path(status.about.images))
    if folder is not None and not folder.is_dir():
        raise DataError("there is no such folder of images", file=str(folder), hint="Name theirs: --images FOLDER")
    people, pace = status.people, status.certificate.pace if status.certificate else ()
    sections = (
        summary(status, items, outcomes),
        *audit_sections(
            items,
            outcomes,
            measures_of(people) if people else (),
            labellers_of(people, pace, outcomes) if people else (),
            evaluation,
            folder,
            reader or ("strict" if evaluation is None else scorer(evaluation.benchmark).reader),
            draws,
            seed,
        ),
    )
    lead = f"What people found who checked the labels of {status.about.benchmark}."
    page = Report(title or f"An audit of {status.about.label_set}", lead, sections, _made_by())
    size = write(page, out)
    models = "none; --replies FILE … adds ranks" if evaluation is None else ", ".join(evaluation.models)
    lines = {
        "audit": shown(where),
        "decided": f"{status.decided:,} of {len(items):,} items",
        "sections": ", ".join(section.title for section in sections),
        "models": models,
        "written": f"{out}, {size / 1e6:.1f} MB",
    }
    if folder is None:
        lines["images"] = "none; --images FOLDER adds them"
    print_named(lines)


def _evaluation(store: "Store", where: str, given: o.Given, name: str) -> "Evaluation | None":
    """Models under the labels that are named, the audit's own by default, and under what was found."""
    from dataclasses import replace

    from sightline.audit.audited_labels import labels_of_audit
    from sightline.errors import RequestError

    if not given.replies and not given.example:
        if unused := [option for option in ("labels", "questions", "split") if getattr(given, option)]:
            raise RequestError(f"--{unused[0]} says nothing without --replies.")
        return None
    if not given.labels and not given.example:
        given = replace(given, labels=[checked_labels(store.about)])
    return given.evaluation(store.about.benchmark, labels_of_audit(store, name, shown(where)))


def _made_by() -> str:
    from importlib.metadata import version

    return f"Made by sightline {version('sightline')}."
