"""``sightline view``."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o
from sightline.cli.audit.stores import is_audit, shown

if TYPE_CHECKING:
    from sightline.web.exploring import Explored

__all__ = ["register"]

_flag = Parameter(negative="", show_default=False)
_AUDIT = "audit.sqlite"


def register(app: App) -> None:
    """Add the verb."""
    app.command(view)


def view(
    benchmark: str,
    *,
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    images: Annotated[Path | None, Parameter(help="Folder of the images, to show them beside the replies.")] = None,
    audit: Annotated[
        str | None,
        Parameter(
            help="The audit in which labels are checked: a file, or the URL of a PostgreSQL database. Its labelling "
            "page may be served at the same time."
        ),
    ] = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    host: Annotated[str, Parameter(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port; 0: any that is free.")] = 8643,
    name: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            show_default=False,
            help="Names by which other machines reach this one, for example labels.example.org.",
        ),
    ] = None,
    allow_remote: Annotated[
        bool, _flag, Parameter(help="Let other machines reach the page. It still opens with its link alone.")
    ] = False,
) -> None:
    """Serve a page to explore recorded replies: scores, rank shift, and every reply beside its image, until Ctrl+C.

    Replies are filtered by what they got wrong, under which labels, by model, split, object and text; one click puts a
    doubtful label at the head of an audit's queue. The page listens on this machine only.

    Parameters
    ----------
    benchmark
        The benchmark; sightline benchmarks lists them.
    """
    evaluation = given.evaluation(benchmark)

    from sightline.web.viewing import serve_view

    def ready(explored: "Explored", link: str) -> None:
        for line in _told(explored):
            print(line)
        print(f"The page opens with this link (Ctrl+C stops it): {link}")
        if allow_remote:
            print("Other machines reach this page. Without HTTPS before it, the network can read what it shows.")
        print(end="", flush=True)

    serve_view(
        evaluation,
        reader,
        images,
        audit,
        draws=draws,
        seed=seed,
        how_to_audit=_how_to_audit(benchmark, given, reader, images),
        host=host,
        port=port,
        names=name or (),
        allow_remote=allow_remote,
        ready=ready,
    )
    print("\nStopped.")


def _told(explored: "Explored") -> Iterator[str]:
    """What is shown, and what is missing."""
    browser, shots = explored.browser, explored.shots
    models = f"{len(browser.models)} model{'s' if len(browser.models) > 1 else ''}"
    yield f"{models}, {len(browser.questions):,} questions about {shots.count:,} images."
    yield f"Labels: {', '.join(browser.labels)}. Reader: {browser.reader}."
    if shots.missing:
        told = f"{len(shots.missing):,} images are not in the folder, the first is {shots.missing[0]}"
        yield f"{told}; the page says so in their place."
    if explored.checking is not None:
        yield f"Labels are checked in an audit of {explored.checking.items:,} items."


def _how_to_audit(benchmark: str, given: o.Given, reader: str | None, images: Path | None) -> Iterator[str]:
    """What is to be typed to have labels checked: begin an audit, let people in, and open this page with it."""
    from sightline.examples import example_labels

    named = example_labels(benchmark) if given.example else o.names_in(given.labels) or [benchmark]
    labels = [each for each in named if not is_audit(each.partition("=")[2])] or [benchmark]
    # a set in sightline's own format lists no questions; the one after it does
    checked = labels if Path(labels[0].rpartition("=")[2]).is_file() else labels[:1]
    folder = ["--images", str(images)] if images else []
    split = ["--split", *o.names_in(given.split)] if given.split else []
    begin = ["audit", "new", _AUDIT, "--benchmark", benchmark, "--labels", *checked, *split, *folder]
    again = ["view", benchmark]
    for option in ("replies", "labels", "questions", "split"):
        again += [f"--{option}", *values] if (values := list(getattr(given, option))) else []
    for flag in ("allow_missing", "example"):
        again += [f"--{flag.replace('_', '-')}"] if getattr(given, flag) else []
    again += [*(["--reader", reader] if reader else []), *folder, "--audit", _AUDIT]
    served = ["audit", "serve", _AUDIT, *([] if folder else ["--images", "FOLDER"])]
    for words in (begin, ["audit", "people", "add", _AUDIT, "NAME"], served, again):
        yield shlex.join(["sightline", *map(shown, words)])
