"""``sightline audit import``."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, command, shown

if TYPE_CHECKING:
    from sightline.audit.bringing import Brought
    from sightline.audit.entries import Entry
    from sightline.audit.interchange.incoming import Imported
    from sightline.audit.store import Store

    Read = Callable[..., Imported]

__all__ = ["register"]

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)

From = Literal["label-studio", "argilla", "fiftyone", "csv"]


def register(app: App) -> None:
    """Add the verb."""
    app.command(import_, name="import")


def import_(
    where: Where,
    file: Path,
    *,
    from_: Annotated[From, Parameter(name="--from")],
    who: Annotated[list[str] | None, _many] = None,
    add_people: Annotated[bool, _flag] = False,
) -> None:
    """Store verdicts that were given in another tool, or in a spreadsheet, all of a file or nothing of it.

    The same file twice adds nothing. What a file says counts as if it had been said on the page: as many labellers for
    each item as the audit has, and decisions (CSV only) where labellers differ or are unsure.

    Parameters
    ----------
    file
        What the tool wrote. Label Studio: its JSON export. Argilla: dataset.records(with_responses=True).to_json.
        FiftyOne: dataset.write_json. CSV: columns item, person and verdict at least; `audit export` writes them.
    from_
        The tool.
    who
        Who somebody is here, as ID=NAME: a number or address in Label Studio, a user id in Argilla, a field in
        FiftyOne; none=NAME where nobody is named.
    add_people
        Add whoever the file names and who does not take part yet.
    """
    from sightline.audit.bringing import UnfitEntryError
    from sightline.audit.refusals import Reason
    from sightline.audit.store import Store
    from sightline.audit.times import iso, server_clock
    from sightline.errors import DataError

    named = _named(who)
    with Store.open(where) as store:
        read = _reader(from_)(file, store.items(), iso(server_clock()), named)
        try:
            brought = store.bring_in(read.entries, add_people)
        except UnfitEntryError as error:
            entry, row = read.entries[error.number - 1], read.rows[error.number - 1]
            hint = _hint(entry) if error.reason is Reason.UNKNOWN else "Nothing of this file was stored."
            raise DataError(str(error).rstrip("."), file=str(file), row=row, hint=hint) from None
        _show(where, store, read, brought)


def _reader(from_: From) -> "Read":
    from sightline.audit.interchange.argilla import read_argilla
    from sightline.audit.interchange.fiftyone import read_fiftyone
    from sightline.audit.interchange.label_studio import read_label_studio
    from sightline.audit.interchange.spreadsheet import read_spreadsheet

    readers: Mapping[From, Read] = {
        "label-studio": read_label_studio,
        "argilla": read_argilla,
        "fiftyone": read_fiftyone,
        "csv": read_spreadsheet,
    }
    return readers[from_]


def _named(who: list[str] | None) -> dict[str, str]:
    from sightline.errors import RequestError

    named: dict[str, str] = {}
    for given in who or ():
        there, equals, name = given.rpartition("=")
        if not there or not equals or not name:
            raise RequestError(f"--who {given}: expected ID=NAME.")
        named[there] = name
    return named


def _hint(entry: "Entry") -> str:
    who = shlex.quote(f"{entry.person}=NAME")
    return f"Nothing of this file was stored. Say who is meant (--who {who}), or add who is new: --add-people"


def _show(where: str, store: "Store", read: "Imported", brought: "Brought") -> None:
    from sightline.audit.entries import Act, Stage, State
    from sightline.cli.tables import print_named

    added = brought.added
    skips = sum(entry.act is Act.SKIP for entry in added)
    decisions = sum(entry.stage is Stage.ADJUDICATE and entry.act is Act.VERDICT for entry in added)
    people = dict.fromkeys(entry.person for entry in added)
    of = f" of {_counted(len({entry.item for entry in added}), 'item')} by {', '.join(people)}" if added else ""
    counts = [_counted(len(added) - skips - decisions, "verdict")]
    counts += [_counted(decisions, "decision")] if decisions else []
    counts += [_counted(skips, "skip")] if skips else []
    left = [f"{brought.known:,} stored before"] if brought.known else []
    left += [f"{brought.undone:,} of them taken back here since, which stay so"] if brought.undone else []
    left += [f"{read.repeats:,} said twice in the file"] if read.repeats else []
    left += [_counted(read.unsubmitted, "draft or empty row", "drafts or empty rows")] if read.unsubmitted else []
    outcomes = store.outcomes().values()
    decided = sum(outcome.word is not None for outcome in outcomes)
    waiting = sum(outcome.state is State.CONFLICT for outcome in outcomes)
    lines = {
        "audit": shown(where),
        "added": ", ".join(counts) + of,
    }
    if left:
        lines["not added"] = ", ".join(left)
    if brought.people:
        lines["new people"] = f"{', '.join(brought.people)}; links: {command('people', 'link', shown(where), 'NAME')}"
    lines["now"] = f"{decided:,} of {len(store.items()):,} items decided, {waiting:,} to be adjudicated"
    print_named(lines)


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
