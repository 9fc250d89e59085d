"""What is wrong with pairs, and what a model could learn from them that nobody meant it to.

A row is wrong where it teaches nothing, or the contrary of another: these are problems. That one side is longer, or
mostly begins with no, is nothing wrong in any one row, but preference learning takes the easiest difference there is;
so both are counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sightline.core import PreferencePair
from sightline.preferences.evaluation_images import Compared
from sightline.preferences.read_pairs import PairFile
from sightline.readers.folding import fold

__all__ = ["KINDS", "Group", "Problem", "Side", "biases", "check_pairs", "groups", "shared_problems"]

KINDS: Mapping[str, str] = {
    "missing image": "the image is not there",
    "same reply": "chosen and rejected are the same reply",
    "only yes and no": "the replies differ in yes and no only, and say the same after it",
    "contradiction": "what is chosen here is rejected by another row, about the same question",
    "duplicate": "the pair stands there already",
    "shared image": "the image belongs to an evaluation set",
}
"""What can be wrong with a row: name → in words."""

_EVEN = 0.1
"""How far a share may be from a half before it is spoken of."""

_BEGINNING = 32
"""So many characters of a reply are looked at for how it begins."""

_OPENING = re.compile(r"\s*(yes|no)\b[\s,.;:!]*(but\b\s*)?")


class Problem(NamedTuple):
    """Something that is wrong with a row.

    Args:
        row: the row, counted from one.
        kind: one of `KINDS`.
        detail: what there is to say of this one.
    """

    row: int
    kind: str
    detail: str


class Side(NamedTuple):
    """One side of the pairs of a group.

    Args:
        yes: how many begin with yes.
        no: how many begin with no.
        words: mean length.
        longer: in how many pairs this side has more words than the other.
    """

    yes: int
    no: int
    words: float
    longer: int

    @property
    def yes_share(self) -> float | None:
        """Of the replies that begin with yes or no, those that begin with yes; None where none does."""
        return self.yes / (self.yes + self.no) if self.yes + self.no else None


class Group(NamedTuple):
    """Pairs of one kind.

    Args:
        name: method and kind.
        pairs: how many.
        images: how many images they are about.
        polarity: polarity → how many.
        chosen: the preferred replies.
        rejected: the others.
    """

    name: str
    pairs: int
    images: int
    polarity: Mapping[str, int]
    chosen: Side
    rejected: Side

    @property
    def longer_share(self) -> float | None:
        """Of the pairs whose lengths differ, those in which the chosen reply is longer; None where none differ."""
        differing = self.chosen.longer + self.rejected.longer
        return self.chosen.longer / differing if differing else None


def check_pairs(found: PairFile, images: Path | None = None) -> tuple[Problem, ...]:
    """Look for rows that are wrong by themselves or beside others.

    Args:
        found: the pairs.
        images: the folder of the images; None: whether they are there is not looked at.

    Returns:
        In the order of the file, one for each thing that is wrong.
    """
    rows = [_row(row, pair) for row, pair in zip(found.rows, found.pairs, strict=True)]
    problems = [*_alone(rows), *_repeated(rows), *_contradicted(rows)]
    if images is not None:
        gone = {name for name in {pair.image.name for pair in found.pairs} if not (images / name).is_file()}
        names = ((each.row, each.pair.image.name) for each in rows)
        problems += [Problem(row, "missing image", name) for row, name in names if name in gone]
    order = list(KINDS)
    return tuple(sorted(problems, key=lambda problem: (problem.row, order.index(problem.kind))))


def shared_problems(found: PairFile, compared: Iterable[Compared]) -> tuple[Problem, ...]:
    """The rows whose images an evaluation set has too."""
    how = {"id": "by its name", "file": "the same file", "picture": "the same picture", "mirrored": "mirrored"}
    problems = []
    for each in compared:
        shared = {one.image: one for one in each.shared}
        for row, pair in zip(found.rows, found.pairs, strict=True):
            if one := shared.get(pair.image.name):
                said = f"{pair.image.name} is {one.other} of {each.name}, {how[one.how]}"
                problems.append(Problem(row, "shared image", said))
    return tuple(problems)


def groups(pairs: Sequence[PreferencePair]) -> tuple[Group, ...]:
    """Sum pairs up by method and kind, in the order in which these first appear."""
    by_name: dict[str, list[PreferencePair]] = {}
    for pair in pairs:
        by_name.setdefault(" ".join(filter(None, (pair.method, pair.kind))) or "pairs", []).append(pair)
    return tuple(_group(name, own) for name, own in by_name.items())


def biases(found: Sequence[Group]) -> tuple[str, ...]:
    """What a model could learn from pairs instead of what they are about."""
    said = []
    for group in found:
        longer, yes = group.longer_share, group.chosen.yes_share
        if longer is not None and abs(longer - 0.5) > _EVEN:
            which, often = ("longer", longer) if longer > 0.5 else ("shorter", 1 - longer)
            said.append(
                f"{group.name}: where lengths differ, the chosen reply is the {which} one in {often:.0%} of pairs; "
                "length can be learnt from that."
            )
        if yes is not None and abs(yes - 0.5) > _EVEN:
            which, often = ("yes", yes) if yes > 0.5 else ("no", 1 - yes)
            said.append(
                f"{group.name}: of the chosen replies that begin with yes or no, {often:.0%} say {which}; to say it "
                "always can be learnt from that."
            )
        counts = [group.polarity.get(name, 0) for name in ("positive", "negative")]
        if any(counts) and abs(counts[0] / sum(counts) - 0.5) > _EVEN:
            said.append(f"{group.name}: {counts[0]:,} pairs ask for what is there, {counts[1]:,} for what is not.")
    return tuple(said)


def _group(name: str, pairs: Sequence[PreferencePair]) -> Group:
    words = np.array([[len(pair.chosen.split()), len(pair.rejected.split())] for pair in pairs])
    sides = []
    for place, texts in enumerate(([pair.chosen for pair in pairs], [pair.rejected for pair in pairs])):
        openings = Counter(map(_opening, texts))
        longer = int((words[:, place] > words[:, 1 - place]).sum())
        sides.append(Side(openings["yes"], openings["no"], float(words[:, place].mean()), longer))
    polarity = Counter(pair.polarity for pair in pairs if pair.polarity)
    return Group(name, len(pairs), len({pair.image.name for pair in pairs}), dict(polarity), *sides)


def _opening(text: str) -> str:
    """Whether a reply begins with yes or with no; "" where it begins otherwise."""
    found = _OPENING.match(fold(text[:_BEGINNING]))
    return found[1] if found else ""


def _plain(text: str) -> str:
    """What replies are compared by: case, blanks, markup and what ends a sentence make no difference."""
    return " ".join(fold(text).split()).strip(" .!")


class _Row(NamedTuple):
    """A row as rows are compared: its question is image, prompt and context, its texts are plain."""

    row: int
    pair: PreferencePair
    question: tuple[str, str, str]
    chosen: str
    rejected: str


def _row(row: int, pair: PreferencePair) -> _Row:
    question = (pair.image.name, _plain(pair.prompt), _plain(pair.context))
    return _Row(row, pair, question, _plain(pair.chosen), _plain(pair.rejected))


def _alone(rows: Sequence[_Row]) -> Iterator[Problem]:
    for row, pair, _, chosen, rejected in rows:
        said, denied = _OPENING.match(chosen), _OPENING.match(rejected)
        if chosen == rejected:
            yield Problem(row, "same reply", repr(pair.chosen))
        elif said and denied and chosen[said.end() :] == rejected[denied.end() :] != "":
            yield Problem(row, "only yes and no", f"{pair.chosen!r} and {pair.rejected!r}")


def _repeated(rows: Sequence[_Row]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for each in rows:
        key = each.pair.key
        if first.setdefault(key, each.row) != each.row:
            yield Problem(each.row, "duplicate", f"as row {first[key]}")


def _contradicted(rows: Sequence[_Row]) -> Iterator[Problem]:
    differing = [each for each in rows if each.chosen != each.rejected]
    rejected = {(each.question, each.rejected): each.row for each in reversed(differing)}
    for each in differing:
        other = rejected.get((each.question, each.chosen))
        if other is not None:
            yield Problem(each.row, "contradiction", f"row {other} rejects {each.pair.chosen!r}")
