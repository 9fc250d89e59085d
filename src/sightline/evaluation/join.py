"""Which question each recorded reply answers.

Content decides. A file of replies is held against every index that could be meant (each split's ids, each question
file given), and is joined by the only one that all its rows agree with: id, question and image, as far as the rows tell
them. The name of a file says nothing. Where two indexes fit, the split cannot be told and that is an error; the order
of lines is used only for formats that have nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sightline.core import Claim, SourceFile
from sightline.errors import DataError, MissingError
from sightline.evaluation.inventory import Inventory, Pair, QuestionFile
from sightline.records.recorded_replies import RecordedReplies, RecordedReply

__all__ = ["Join", "join_replies"]


@dataclass(frozen=True)
class Join:
    """How the replies of a file were put to questions.

    Args:
        source: the file.
        rows: how many replies it holds.
        positions: for each row the positions of the questions that it answers.
        by: what they were joined by, in words.
        unknown: how many rows belong to no question (only where missing ones are allowed).
    """

    source: SourceFile
    rows: int
    positions: tuple[tuple[int, ...], ...]
    by: str
    unknown: int = 0


class _Index(NamedTuple):
    """One way in which the rows of a file could be meant.

    Args:
        name: in words.
        find: a row → the positions of its questions; none where the row does not fit.
    """

    name: str
    find: Callable[[RecordedReply], tuple[int, ...]]


def join_replies(
    inventory: Inventory,
    replies: RecordedReplies,
    question_files: Sequence[QuestionFile] = (),
    split: str | None = None,
    allow_missing: bool = False,
) -> Join:
    """Find the question of each row.

    Args:
        inventory: the questions there are.
        replies: the rows.
        question_files: what the ids may index, besides the benchmark's own ids.
        split: the split they are of, where the user says so.
        allow_missing: leave rows out that belong to no question, and count them.

    Raises:
        DataError: it cannot be told which questions are meant.
        MissingError: rows belong to no question.
    """
    rows, file = replies.rows, replies.source.name
    _refuse_questions(inventory, rows, file)
    with_ids = all(row.question_id is not None for row in rows)
    with_pairs = all(row.image is not None and inventory.claim(row.asked) is not None for row in rows)
    own_split = all(row.split in inventory.splits for row in rows)
    joins: list[tuple[str, list[tuple[int, ...]]]] = []
    best: tuple[int, _Index | None] = (0, None)
    for indexes, segments in _attempts(inventory, rows, question_files, split, with_ids, with_pairs, own_split):
        found = [_fitting(indexes, rows[start:end]) for start, end in segments]
        if all(len(fits) == 1 for fits in found):
            positions = [p for fits in found for p in fits[0][1]]
            joins.append((", ".join(dict.fromkeys(fits[0][0] for fits in found)), positions))
            break
        if any(len(fits) > 1 for fits in found):
            names = next(sorted(name for name, _ in fits) for fits in found if len(fits) > 1)
            raise DataError(
                f"the split cannot be told: the rows fit {' and '.join(names)} alike",
                file=file,
                hint="Name the split (--replies NAME@SPLIT=FILE) or the questions their ids index (--questions FILE).",
            )
        best = max([best, *((sum(bool(i.find(r)) for r in rows), i) for i in indexes)], key=lambda pair: pair[0])
    if not joins and not with_ids and not with_pairs:
        joins.append(_by_order(inventory, rows, file, split))
    if joins:
        by, positions = joins[0]
        return Join(replies.source, len(rows), tuple(positions), by)
    return _partly(inventory, replies, best, allow_missing)


def _refuse_questions(inventory: Inventory, rows: Sequence[RecordedReply], file: str) -> None:
    if all(inventory.claim(row.text) is not None for row in rows):
        raise DataError(
            f"these are questions, not replies: {rows[0].text!r}",
            file=file,
            row=rows[0].row,
            hint="Questions are named by --questions.",
        )


_Segments = list[tuple[int, int]]


def _attempts(
    inventory: Inventory,
    rows: Sequence[RecordedReply],
    question_files: Sequence[QuestionFile],
    split: str | None,
    with_ids: bool,
    with_pairs: bool,
    own_split: bool,
) -> Iterator[tuple[list[_Index], _Segments]]:
    """What to hold the rows against, in order; the first that fits is taken, and two that fit at once are an error."""
    whole: _Segments = [(0, len(rows))]
    splits = (split,) if split else inventory.splits
    if own_split and not split:
        if with_ids:
            yield [_Index("split, id", _by_own_split_id(inventory))], whole
        if with_pairs:
            yield [_Index("split, image, object", _by_own_split_pair(inventory))], whole
    if with_ids:
        files = [_file_index(inventory, question_file, split) for question_file in question_files]
        indexes = [*(_Index(f"ids of {s}", _by_id(inventory, s)) for s in splits), *files]
        yield indexes, whole
        segments = _restarts(rows)
        if len(segments) > 1:
            yield indexes, segments
    if with_pairs:
        yield [_Index(f"image and object in {s}", _by_pair(inventory, s)) for s in splits], whole
        pairs = Counter((row.image, inventory.claim(row.asked)) for row in rows)
        if not split and max(pairs.values()) == 1:
            yield [_Index("image and object, one reply for all splits", _by_any_pair(inventory))], whole


def _fitting(indexes: Sequence[_Index], rows: Sequence[RecordedReply]) -> list[tuple[str, list[tuple[int, ...]]]]:
    """The indexes that every row fits, with what they find; those that find the same count once."""
    fits: dict[tuple[tuple[int, ...], ...], str] = {}
    for index in indexes:
        positions = []
        for row in rows:
            found = index.find(row)
            if not found:
                break
            positions.append(found)
        else:
            fits.setdefault(tuple(positions), index.name)
    return [(name, list(positions)) for positions, name in fits.items()]


def _agrees(inventory: Inventory, row: RecordedReply, image: str, claim: Claim) -> bool:
    asked = inventory.claim(row.asked)
    return (asked is None or asked == claim) and (row.image is None or inventory.image(row.image) == image)


def _by_id(inventory: Inventory, split: str) -> Callable[[RecordedReply], tuple[int, ...]]:
    def find(row: RecordedReply) -> tuple[int, ...]:
        position = inventory.by_id[split].get(row.question_id or "")
        if position is None:
            return ()
        question = inventory.questions[position]
        return (position,) if _agrees(inventory, row, question.images[0].name, question.claims[0]) else ()

    return find


def _by_own_split_id(inventory: Inventory) -> Callable[[RecordedReply], tuple[int, ...]]:
    finders = {split: _by_id(inventory, split) for split in inventory.splits}
    return lambda row: finders[row.split or ""](row)


def _by_pair(inventory: Inventory, split: str) -> Callable[[RecordedReply], tuple[int, ...]]:
    return lambda row: _of_pair(inventory, inventory.by_pair[split], row)


def _by_own_split_pair(inventory: Inventory) -> Callable[[RecordedReply], tuple[int, ...]]:
    return lambda row: _of_pair(inventory, inventory.by_pair[row.split or ""], row)


def _by_any_pair(inventory: Inventory) -> Callable[[RecordedReply], tuple[int, ...]]:
    return lambda row: _of_pair(inventory, inventory.everywhere, row)


def _of_pair(inventory: Inventory, known: Mapping[Pair, list[int]], row: RecordedReply) -> tuple[int, ...]:
    image, claim = inventory.image(row.image), inventory.claim(row.asked)
    return () if image is None or claim is None else tuple(known.get((image, claim), ()))


def _file_index(inventory: Inventory, file: QuestionFile, split: str | None) -> _Index:
    def find(row: RecordedReply) -> tuple[int, ...]:
        image, claim, own = file.pairs.get(row.question_id or "", (None, None, None))
        if image is None or claim is None or not _agrees(inventory, row, image, claim):
            return ()
        place = own or split
        known = inventory.everywhere if place is None else inventory.by_pair.get(place, {})
        return tuple(known.get((image, claim), ()))

    return _Index(f"ids of {Path(file.source.name).name}", find)


def _restarts(rows: Sequence[RecordedReply]) -> _Segments:
    """Cut the rows where an id comes back: one file may hold the three splits one after the other."""
    starts, seen = [0], set[str | None]()
    for place, row in enumerate(rows):
        if row.question_id in seen:
            starts.append(place)
            seen = set()
        seen.add(row.question_id)
    return list(zip(starts, [*starts[1:], len(rows)], strict=True))


def _by_order(
    inventory: Inventory, rows: Sequence[RecordedReply], file: str, split: str | None
) -> tuple[str, list[tuple[int, ...]]]:
    """Join by the order of lines, one split after the other."""
    positions: list[tuple[int, ...]] = []
    names: list[str] = []
    while len(positions) < len(rows):
        rest = rows[len(positions) :]
        fits = {}
        for name in (split,) if split else inventory.splits:
            own = [p for p, question in enumerate(inventory.questions) if question.split == name]
            pairs = zip(rest, own, strict=False)
            if len(own) <= len(rest) and all(
                inventory.claim(row.asked) in (None, inventory.questions[p].claims[0]) for row, p in pairs
            ):
                fits[name] = own
        if len(fits) != 1:
            told = f"fit {' and '.join(fits)} alike" if fits else "follow the order of no split"
            raise DataError(
                f"the rows have neither ids nor images, and from row {rest[0].row} on they {told}",
                file=file,
                row=rest[0].row,
                hint="Give replies with question_id or image, or name the split: --replies NAME@SPLIT=FILE.",
            )
        names.append(next(iter(fits)))
        positions.extend((p,) for p in fits[names[-1]])
    return f"order of lines in {', '.join(names)}", positions


def _partly(
    inventory: Inventory, replies: RecordedReplies, best: tuple[int, _Index | None], allow_missing: bool
) -> Join:
    """Say which row fits no question, or leave such rows out where that is allowed."""
    fitting, index = best
    rows, file = replies.rows, replies.source.name
    if index is None or fitting == 0:
        raise DataError(
            f"no row fits a question of {inventory.benchmark.name}; the first is {_describe(rows[0])}",
            file=file,
            row=rows[0].row,
            hint="If the ids index another file of questions, name it: --questions FILE.",
        )
    unknown = [row for row in rows if not index.find(row)]
    if not allow_missing:
        raise MissingError(
            f"{_describe(unknown[0])} is no question of {inventory.benchmark.name}; {len(unknown)} of {len(rows)} rows "
            f"are unknown, going by {index.name}",
            file=file,
            row=unknown[0].row,
            hint="Name the questions the ids index (--questions FILE); if the label set leaves questions out, name the "
            "one it corrects as well (--labels pope,repope); or leave such rows out with --allow-missing.",
        )
    positions = tuple(index.find(row) for row in rows)
    return Join(replies.source, len(rows), positions, index.name, len(unknown))


def _describe(row: RecordedReply) -> str:
    parts = {"question_id": row.question_id, "question": row.asked, "image": row.image}
    return ", ".join(f"{name} {value!r}" for name, value in parts.items() if value is not None) or repr(row.text)
