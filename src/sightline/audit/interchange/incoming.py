"""What every format has in common when it comes back: entries of named people about known items, or an error."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sightline.audit.entries import Act, Entry, Stage
from sightline.audit.items import Item
from sightline.errors import DataError

__all__ = ["NOBODY", "Imported", "Said", "entry_time", "imported", "person_named", "seconds_looked"]

NOBODY = "none"
"""What somebody who is not named is called in the mapping of people."""


class Said(NamedTuple):
    """What a file says that somebody said of an item.

    Args:
        row: where it stands.
        item: the key, as the file has it.
        person: who, by the name they have here.
        word: the verdict; None: they skipped it.
        at: when.
        seconds: for how long they looked, where that is told.
        note: what they wrote beside it.
        wording: the question as they read it.
        stage: as what they looked.
    """

    row: int
    item: object
    person: str
    word: str | None
    at: str
    seconds: float | None = None
    note: str = ""
    wording: str = ""
    stage: Stage = Stage.LABEL


class Imported(NamedTuple):
    """What came of a file.

    Args:
        entries: in the order of their times, of the same time labellers first, numbered from 1 on; whoever stores them
            gives them their own numbers.
        repeats: how often the file says the same again: same person, item, verdict and note.
        unsubmitted: drafts, and rows that nobody has filled in.
        rows: where in the file each of the entries stands.
    """

    entries: tuple[Entry, ...]
    repeats: int
    unsubmitted: int
    rows: tuple[int, ...] = ()


def imported(said: Iterable[Said], items: Sequence[Item], file: str, unsubmitted: int = 0) -> Imported:
    """Make entries of what a file says.

    Args:
        said: in the order of the file.
        items: what was looked at.
        file: its name, for messages.
        unsubmitted: how many were left out because nobody handed them in.

    Raises:
        DataError: an item is unknown, a verdict is none of its words, or somebody contradicts themselves.
    """
    known = {item.key: item for item in items}
    first: dict[tuple[object, str, Stage, bool], Said] = {}
    repeats = 0
    for own in said:
        _check(own, known, file)
        before = first.setdefault((own.item, own.person, own.stage, own.word is None), own)
        if before is own:
            continue
        if (own.word, own.note) != (before.word, before.note):
            problem = f"{own.person} says {_worded(own)} of item {own.item}, and {_worded(before)} in row {before.row}"
            hint = "Leave the one out that they took back; here as there a person has one verdict on an item."
            raise DataError(problem, file=file, row=own.row, hint=hint)
        repeats += 1
    ordered = sorted(first.values(), key=lambda own: (datetime.fromisoformat(own.at), own.stage is Stage.ADJUDICATE))
    entries = tuple(_entry(number, own, known) for number, own in enumerate(ordered, start=1))
    return Imported(entries, repeats, unsubmitted, tuple(own.row for own in ordered))


def _check(own: Said, known: Mapping[str, Item], file: str) -> None:
    item = known.get(own.item) if isinstance(own.item, str) else None
    if item is None:
        hint = "Only files that were written from this audit come back; its items are named in them."
        raise DataError(f"there is no item {own.item!r} in this audit", file=file, row=own.row, hint=hint)
    if own.word is not None and own.word not in item.words:
        problem = f"the verdict is {own.word!r}, expected {', '.join(item.words[:-1])} or {item.words[-1]}"
        raise DataError(problem, file=file, row=own.row)
    if not own.person.strip():
        hint = "Every verdict is somebody's; name who gave it."
        raise DataError("a verdict has nobody who gave it", file=file, row=own.row, hint=hint)


def _worded(own: Said) -> str:
    return (own.word or "to skip it") + (f" (“{own.note}”)" if own.note else "")


def _entry(number: int, own: Said, known: Mapping[str, Item]) -> Entry:
    act = Act.SKIP if own.word is None else Act.VERDICT
    key = str(own.item)
    wording = own.wording or known[key].text
    return Entry(number, key, own.person, own.stage, act, own.word, own.note, own.at, own.seconds, wording)


def person_named(named: object, people: Mapping[str, str], file: str, row: int, own_name: bool) -> str:
    """Who somebody is here, of whom another tool has an id.

    Args:
        named: the id, or None where there is none.
        people: id → name here; `NOBODY` → who is meant where nobody is named.
        file: for messages.
        row: for messages.
        own_name: whether the id is a name that people can have here as well, so that it need not be in the mapping.

    Raises:
        DataError: the mapping does not say.
    """
    key = NOBODY if named is None else str(named)
    if key in people:
        return people[key]
    if named is not None and own_name:
        return key
    problem = "nobody is named who gave this verdict" if named is None else f"it is not told who {named!r} is"
    raise DataError(problem, file=file, row=row, hint=f"Say who: {key}=NAME.")


def entry_time(value: object, default: str, file: str, row: int) -> str:
    """A time as entries have it, ISO 8601 in UTC to the microsecond; the default where a file names none.

    Raises:
        DataError: it is no time, or does not say in which zone.

    Example:
        >>> entry_time("2026-01-05T12:00:00+02:00", "", "f", 1)
        '2026-01-05T10:00:00.000000+00:00'
    """
    if value in (None, ""):
        return default
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
        if time.tzinfo is None:
            raise ValueError
    except ValueError:
        hint = "Expected ISO 8601 with its zone: 2026-01-05T10:00:00Z."
        raise DataError(f"the time is {value!r}", file=file, row=row, hint=hint) from None
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def seconds_looked(value: Any, file: str, row: int) -> float | None:
    """For how long somebody looked; None where a file does not tell.

    Raises:
        DataError: it is no length of time.
    """
    if value in (None, ""):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < float("inf") or isinstance(value, bool):
        raise DataError(f"the time looked at it is {value!r}, expected seconds", file=file, row=row)
    return seconds
