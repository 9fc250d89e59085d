"""``sightline audit export``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, checked_labels, is_audit, shown

if TYPE_CHECKING:
    from sightline.audit.corrected import Corrected
    from sightline.audit.store import Store
    from sightline.audit.tally import Tally

__all__ = ["register"]

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)

To = Literal["native", "label-set", "label-studio", "argilla", "fiftyone", "csv", "replies"]
LineEnds = Literal["keep", "lf", "crlf"]

_NEWLINES: Mapping[str, str | None] = {"keep": None, "lf": "\n", "crlf": "\r\n"}
_FIT = {
    "labels": ("native",),
    "line_ends": ("native",),
    "name": ("label-set",),
    "with_labellers": ("label-set",),
    "blind": ("label-studio", "argilla", "fiftyone", "csv"),
    "with_old": ("label-studio", "argilla", "fiftyone", "csv"),
    "images": ("label-studio", "argilla", "fiftyone"),
    "user": ("label-studio", "argilla"),
}
"""Which formats an option says something to."""


def register(app: App) -> None:
    """Add the verb."""
    app.command(export)


def export(
    where: Where,
    *,
    to: To,
    out: Path,
    labels: Annotated[str | None, Parameter(show_default=False)] = None,
    line_ends: LineEnds = "keep",
    name: str = "audited",
    with_labellers: Annotated[bool, _flag] = False,
    blind: Annotated[bool, _flag] = False,
    with_old: Annotated[bool, _flag] = False,
    images: Annotated[str | None, Parameter(show_default=False)] = None,
    user: Annotated[list[str] | None, _many] = None,
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Write what an audit found: corrected benchmark files, a label set to score with, or files for other tools.

    What nobody has decided keeps its label, and is counted in what is printed.

    Parameters
    ----------
    to
        native: the benchmark's own files with the labels that were found; ids and all else stay, ambiguous questions
        are left out and listed in left_out.jsonl. label-set: sightline's own, with who decided when; score and compare
        take it. label-studio, argilla, fiftyone, csv: items and verdicts, which `audit import` reads back. replies:
        what each labeller said as if a model had, so that people are scored as models are (FINER's paired accuracy).
    out
        The file to write; for native and replies the folder.
    labels
        native: the labels that were checked, a public name or NAME=PATH; by default the public set that the audit
        names.
    line_ends
        native: what ends a line. keep: what ended it in the file that was checked.
    name
        label-set: what it is called.
    with_labellers
        label-set: also keep what each labeller said.
    blind
        Leave out all verdicts, for people who are to label there without seeing any.
    with_old
        Let the labels that were checked go along.
    images
        What stands before the name of each image: a folder or an address. Label Studio by default serves them from its
        own disk (/data/local-files/?d=).
    user
        Who somebody is there, as NAME=ID: their address in Label Studio, their user id in Argilla.
    overwrite
        Replace files that are there already.
    """
    from sightline.audit.store import Store
    from sightline.audit.tally import tally
    from sightline.errors import RequestError

    options: dict[str, object] = {"labels": labels, "line_ends": line_ends != "keep", "name": name != "audited"}
    options |= {"with_labellers": with_labellers, "blind": blind, "with_old": with_old, "images": images, "user": user}
    for option, given in options.items():
        if given and to not in _FIT[option]:
            raise RequestError(
                f"--{option.replace('_', '-')} says nothing to --to {to}; it is for {' and '.join(_FIT[option])}."
            )
    with Store.open(where) as store:
        about, found = store.about, tally(store.items(), store.outcomes())
        if to == "native":
            corrected, written = _write_native(store, labels, _NEWLINES[line_ends], out, overwrite)
        else:
            corrected = None
            files = (
                {out: _label_set(store, name, where, with_labellers)}
                if to == "label-set"
                else _tool_files(store, to, out, images, _named(user), blind, with_old)
            )
            written = _write(files, overwrite)
    then = {
        "label-set": f"sightline score {about.benchmark} --replies FILE … --labels {about.label_set} {name}={out}",
        "replies": f"sightline score {about.benchmark} --replies {out} --labels {about.label_set} --allow-missing",
    }
    _show(where, found, corrected, written, then.get(to))


def _write_native(
    store: "Store", labels: str | None, newline: str | None, out: Path, overwrite: bool
) -> "tuple[Corrected, list[Path]]":
    from sightline.audit.corrected import corrected_files, write_corrected
    from sightline.benchmarks import benchmark

    about = store.about
    checked = labels or checked_labels(about)
    corrected = corrected_files(benchmark(about.benchmark), checked, store.items(), store.outcomes(), newline=newline)
    return corrected, write_corrected(corrected, out, overwrite)


def _label_set(store: "Store", name: str, where: str, with_labellers: bool) -> bytes:
    from sightline.audit.audited_labels import labels_of_audit
    from sightline.records.label_sets import encode_label_set

    return encode_label_set(labels_of_audit(store, name, shown(where), with_labellers))


def _tool_files(
    store: "Store", to: To, out: Path, images: str | None, users: Mapping[str, str], blind: bool, with_old: bool
) -> dict[Path, bytes]:
    """The files of other tools: one, and for Label Studio the labelling configuration beside it."""
    from sightline.audit.entries import State
    from sightline.audit.interchange.argilla import argilla_records
    from sightline.audit.interchange.fiftyone import fiftyone_dataset
    from sightline.audit.interchange.label_studio import LOCAL_FILES, label_studio_config, label_studio_tasks
    from sightline.audit.interchange.spreadsheet import spreadsheet
    from sightline.audit.people_replies import people_replies

    items, entries = store.items(), [] if blind else store.entries()
    outcomes = {} if blind else store.outcomes()
    decided = {key: str(each.word) for key, each in outcomes.items() if each.state is State.ADJUDICATED}
    if to == "replies":
        return {out / name: rows for name, rows in people_replies(items, entries).items()}
    if to == "csv":
        return {out: spreadsheet(items, entries, decided, with_old)}
    if to == "fiftyone":
        return {out: fiftyone_dataset(items, entries, decided, images or "", with_old, out.stem)}
    if to == "argilla":
        return {out: argilla_records(items, entries, decided, users, images or "", with_old)}
    before = LOCAL_FILES if images is None else images
    tasks = label_studio_tasks(items, entries, decided, users, before, with_old)
    return {out: tasks, out.with_name(f"{out.stem}_config.xml"): label_studio_config(items).encode()}


def _named(users: list[str] | None) -> dict[str, str]:
    from sightline.errors import RequestError

    named: dict[str, str] = {}
    for given in users or ():
        name, equals, there = given.partition("=")
        if not name or not equals or not there:
            raise RequestError(f"--user {given}: expected NAME=ID.")
        named[name] = there
    return named


def _write(files: Mapping[Path, bytes], overwrite: bool) -> list[Path]:
    from sightline.errors import RequestError
    from sightline.records.atomic import write_bytes

    for path in files:
        if is_audit(str(path)):
            raise RequestError(f"{path} is an audit; nothing is written over it. Name another file.")
        if path.exists() and not overwrite:
            raise RequestError(f"{path} is there already; name another file, or replace it: --overwrite")
    return [write_bytes(path, data) for path, data in files.items()]


def _show(where: str, found: "Tally", corrected: "Corrected | None", written: list[Path], then: str | None) -> None:
    from sightline.cli.tables import print_named

    flipped = sum(found.flipped.values())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.flipped.items())
    lines: dict[str, Any] = {
        "audit": shown(where),
        "kept": f"{found.kept:,} labels were found to be right",
        "flipped": f"{flipped:,}" + (f": {kinds}" if kinds else ""),
        "ambiguous": f"{found.ambiguous:,}" + (", left out of the files" if corrected and found.ambiguous else ""),
        "not looked at": f"{found.unseen:,}" + (", which keep their label" if found.unseen else ""),
    }
    if found.open:
        lines["open"] = f"{found.open:,} are looked at and not decided, and keep their label"
    if corrected is not None:
        rows = len(corrected.left_out)
        lines["rows"] = f"{corrected.changed:,} have another label now, {rows:,} are left out and listed"
    lines["written"] = "\n".join(map(str, written))
    if then is not None:
        lines["next"] = then
    print_named(lines, 15)
