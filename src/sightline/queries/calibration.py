"""A sample of negatives for people to check, and the discriminator's threshold that their verdicts allow.

A person is shown an image and the options of an element, and writes the letters of all that hold, not knowing which is
taken to be true. Verdicts are on elements with the negatives that the discriminator judged last: a threshold lets
through those that it accepts, and the question is how many of these are wrong.
"""

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any, NamedTuple

from sightline.errors import DataError, RequestError
from sightline.queries.discriminator import Judged, told
from sightline.queries.elements_file import Kept
from sightline.records.table_rows import read_table_rows
from sightline.stats.bounds import upper_bound

__all__ = ["AT_MOST", "Calibrated", "Checked", "Point", "calibrate", "check_sheet", "read_verdicts"]

AT_MOST = 0.05
"""The share of wrong questions that is tolerated, unless told otherwise."""

_STEPS = 20
_NOBODY = "?"


def check_sheet(elements: Iterable[Kept], number: int, seed: int = 0, articles: bool = False) -> bytes:
    """A sample of judged elements as CSV, with an empty column for the letters of all options that hold.

    Args:
        elements: those that the discriminator judged, with the negatives that it judged.
        number: how many to draw; all of them where there are fewer.
        seed: of the draw, and of the order of options.
        articles: whether phrases have articles.

    Raises:
        RequestError: none was judged, or none is asked for.
    """
    if number < 1:
        raise RequestError(f"A sample of {number} elements was asked for; ask for one or more.")
    able = [kept for kept in elements if kept.judged is not None and kept.element.negatives]
    if not able:
        raise RequestError("No element was judged by a discriminator, so there is no threshold to calibrate.")
    drawn = random.Random(f"{seed}/check").sample(able, min(number, len(able)))
    most = max(1 + len(kept.element.negatives) for kept in drawn)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["element", "image", "kind", *ascii_uppercase[:most], "holds"])
    for kept in drawn:
        phrases = told(kept.element, articles)
        key, image, kind = kept.element.key, kept.element.image, kept.element.kind
        options = random.Random(f"{seed}/check/{key}").sample(phrases, len(phrases))
        writer.writerow([key, image, kind, *options, *[""] * (most - len(options)), ""])
    return out.getvalue().encode()


class Checked(NamedTuple):
    """An element that a person has looked at.

    Args:
        judged: what the discriminator says of it.
        sound: whether the true option holds and no other does, as far as the person can tell.
    """

    judged: Judged
    sound: bool


def read_verdicts(path: str | Path, elements: Iterable[Kept]) -> list[Checked]:
    """Read a sheet that people have filled in: letters of all options that hold, or ? where nobody can tell.

    An element of which nobody can tell what holds is not sound. Which option is the true one, its text tells.

    Args:
        path: the sheet, as CSV.
        elements: those of the build that it was drawn from.

    Raises:
        DataError: it cannot be read, is of other elements, names a letter that is no option, or is empty.
    """
    known = {kept.element.key: kept for kept in elements}
    rows = read_table_rows(path)
    seen: dict[str, int] = {}
    checked: list[Checked] = []
    for record, row in zip(rows.records, rows.numbers, strict=True):
        try:
            found = _checked(record, known)
            if (first := seen.setdefault(str(record["element"]), row)) != row:
                raise ValueError(f"{record['element']} stands in row {first} already")
        except KeyError as error:
            raise DataError(f"there is no column {error}", file=path, hint=_FILL_IN) from None
        except ValueError as error:
            raise DataError(str(error), file=path, row=row, hint=_FILL_IN) from None
        if found is not None:
            checked.append(found)
    if not checked:
        raise DataError("nobody has written anything into the column holds", file=path)
    return checked


_FILL_IN = (
    "Fill in the sheet that was written for this build: into holds the letters of all options that hold, or ? where "
    "nobody can tell."
)


def _checked(record: Mapping[str, Any], known: Mapping[str, Kept]) -> Checked | None:
    """What a row says, None where nobody has looked at it.

    Raises:
        KeyError: there is no column of this name.
        ValueError: the row cannot be read.
    """
    kept = known.get(key := str(record["element"]))
    holds = str(record["holds"]).strip().upper()
    if kept is None or kept.judged is None or not kept.element.negatives:
        raise ValueError(f"{key!r} is no judged element of this build")
    if not holds:
        return None
    options = {letter: record[letter] for letter in ascii_uppercase if record.get(letter)}
    true = [told(kept.element, articles) for articles in (False, True)]
    phrases = next((phrases for phrases in true if sorted(phrases) == sorted(options.values())), None)
    if phrases is None:
        raise ValueError(f"the options of {key} are not those of this build")
    letters = {letter for letter in holds if letter not in " ,;"}
    if letters != {_NOBODY} and (wrong := sorted(letters - options.keys())):
        raise ValueError(f"holds is {record['holds']!r}; {wrong[0]} is no option")
    return Checked(kept.judged, {options[letter] for letter in letters - {_NOBODY}} == {phrases[0]})


class Point(NamedTuple):
    """What a threshold lets through of the sample.

    Args:
        threshold: on the entropy.
        accepted: elements that the discriminator accepts.
        wrong: how many of these are not sound.
        bound: upper bound of the share that is not sound.
        lost: sound elements that it does not accept.
    """

    threshold: float
    accepted: int
    wrong: int
    bound: float
    lost: int


class Calibrated(NamedTuple):
    """The threshold, and the curve it was chosen from.

    Args:
        threshold: the highest that may be used; None where there is none.
        points: from the strictest threshold on.
    """

    threshold: float | None
    points: tuple[Point, ...]


def calibrate(checked: Sequence[Checked], at_most: float = AT_MOST, confidence: float = 0.95) -> Calibrated:
    """Choose the highest threshold of which people's verdicts show that few of its questions are wrong.

    Twenty thresholds are looked at. Each bound holds with a confidence of 1 - (1 - confidence) / 20, so that all hold
    together, and the choice among them does not spoil it (Bonferroni).

    Args:
        checked: the sample.
        at_most: the share of wrong ones that is tolerated.
        confidence: that it is not exceeded.

    Raises:
        RequestError: shares are out of range.

    Example:
        >>> sure, unsure = Judged((1.0, 0.0)), Judged((0.6, 0.4))
        >>> found = calibrate([Checked(sure, True)] * 200 + [Checked(unsure, False)] * 5, at_most=0.05)
        >>> found.threshold, [point.wrong for point in found.points][-1]
        (0.95, 5)
    """
    if not (0 < at_most < 1 and 0 < confidence < 1):
        raise RequestError(
            f"At most {at_most:g} with confidence {confidence:g} was asked for; both lie between 0 and 1."
        )
    points = []
    for step in range(1, _STEPS + 1):
        threshold = step / _STEPS
        accepted = [each for each in checked if each.judged.accepted(threshold)]
        wrong = sum(not each.sound for each in accepted)
        sound = sum(each.sound for each in checked)
        bound = upper_bound(wrong, len(accepted), 1 - (1 - confidence) / _STEPS)
        points.append(Point(threshold, len(accepted), wrong, bound, sound - (len(accepted) - wrong)))
    allowed = [point.threshold for point in points if point.bound <= at_most]
    return Calibrated(max(allowed, default=None), tuple(points))
