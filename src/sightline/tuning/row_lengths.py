"""Every row encoded once before the first step: what it takes up, and whether it can be tuned on at all.

Images are read, but where the processor says how many tokens an image of a size takes up, no pixels are made of them.

What is found is kept in a journal, image by image, so that a run that is taken up does not look at all images again. An
image that has changed since is noticed by size and time of its file, and looked at again.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

from sightline.core import PreferencePair
from sightline.errors import DataError
from sightline.models.pictures import Picture
from sightline.records.journal import Journal
from sightline.tuning.batches import Encoder, worked_ahead
from sightline.tuning.counted import CountError, image_tokens
from sightline.tuning.encoded import ImagePairs, PairError
from sightline.tuning.grouping import RowLength
from sightline.tuning.rows import BadRow, PairRow

__all__ = ["Checked", "check_rows"]

_LINE_IMAGES = 32
"""Images of a line of the journal; each line is waited for until the disk has it."""


_TRIED, _A_SIZE = 4, 64
"""Images that are encoded both ways before sizes are trusted, and a size that is asked about before any is."""

_Todo: TypeAlias = tuple[str, str, Sequence[PreferencePair]]
"""An image's name, the hash of what is asked about it, and its pairs."""


class Checked(NamedTuple):
    """What rows take up that can be tuned on.

    Args:
        lengths: key of a pair → what it takes up.
        images: name of an image → hash of its bytes.
        tree_tokens: tokens of all images with their pairs, computed as trees.
        plain_tokens: tokens of all sequences, computed each by itself.
        why_not: why an image's pairs cannot be computed as a tree, if so.
    """

    lengths: Mapping[str, RowLength]
    images: Mapping[str, str]
    tree_tokens: int
    plain_tokens: int
    why_not: str


@dataclass
class _Found:
    """What encoding an image's pairs gave.

    Args:
        name: the image's.
        asked: hash of what was asked about it.
        sha256: of its bytes.
        lengths: key of a pair → tokens up to the end of the image, and its own.
        problems: key of a pair → reason and detail.
        tree_tokens, plain_tokens, why_not: as in `Checked`.
        stamp: size and time of the file.
    """

    name: str
    asked: str
    sha256: str
    lengths: dict[str, tuple[int, int]]
    problems: dict[str, tuple[str, str]]
    tree_tokens: int
    plain_tokens: int
    why_not: str
    stamp: tuple[int, int]


def check_rows(
    rows: Sequence[PairRow],
    encoder: Encoder,
    model: str,
    limit: int | None,
    journal: Path,
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Checked, list[BadRow]]:
    """Encode every row once.

    Args:
        rows: whose images are there.
        encoder: reads and encodes.
        model: hash of the model, which the processor belongs to.
        limit: how many tokens a prompt with its reply may have; None: any number.
        journal: where what is found is kept.
        workers: processes that work side by side.
        progress: told how many images are done, and how many there are.

    Returns:
        What the rows take up that can be tuned on, and those that cannot.

    Raises:
        DataError: the journal cannot be read or written.
    """
    groups: dict[str, list[PreferencePair]] = {}
    for row in rows:
        groups.setdefault(row.pair.image.name, []).append(row.pair)
    asked = {name: _asked(pairs, model, limit, encoder.max_pixels) for name, pairs in groups.items()}
    with Journal(journal) as kept:
        read = (_Found(**record) for line in kept.lines for record in line)
        known = {one.name: one for one in read if asked.get(one.name) == one.asked}
        known = {name: one for name, one in known.items() if tuple(one.stamp) == _stamp(encoder.images / name)}
        todo = [(name, asked[name], pairs) for name, pairs in groups.items() if name not in known]
        work = partial(_look, encoder, limit, _sizes_tell(encoder, limit, todo))
        for some in _in_lines(worked_ahead(todo, work, workers)):
            kept.append([one.__dict__ for one in some])
            known |= {one.name: one for one in some}
            if progress is not None:
                progress(len(known), len(groups))
    return _sorted_out(rows, [known[name] for name in groups])


def _asked(pairs: Sequence[PreferencePair], model: str, limit: int | None, max_pixels: int | None) -> str:
    what = [[pair.key for pair in pairs], model, limit, max_pixels]
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _in_lines(found: Iterator[_Found]) -> Iterator[list[_Found]]:
    while some := list(islice(found, _LINE_IMAGES)):
        yield some


def _sizes_tell(encoder: Encoder, limit: int | None, todo: Sequence[_Todo]) -> bool:
    """Whether images need not be processed to know what they take up: on some of them it comes to the same."""
    if image_tokens(encoder.processor, _A_SIZE, _A_SIZE) is None:
        return False
    tried = todo[:: -(-len(todo) // _TRIED)] if todo else ()
    return all(_look(encoder, limit, True, one) == _look(encoder, limit, False, one) for one in tried)


def _look(encoder: Encoder, limit: int | None, by_size: bool, todo: _Todo) -> _Found:
    """Encode the pairs of an image, leaving out one after the other that cannot be."""
    name, asked, pairs = todo
    stamp = _stamp(encoder.images / name)
    problems: dict[str, tuple[str, str]] = {}
    try:
        picture = encoder.picture(name)
    except DataError as error:
        problems = {pair.key: ("the image cannot be read", error.problem) for pair in pairs}
        return _Found(name, asked, "", {}, problems, 0, 0, "", stamp)
    encoded: ImagePairs | None = None
    while encoded is None and (left := [pair for pair in pairs if pair.key not in problems]):
        try:
            encoded = _encoded(encoder, by_size, picture, left)
        except PairError as error:
            problems[error.pair.key] = (error.reason, _detail(error))
    if encoded is None:
        return _Found(name, asked, picture.sha256, {}, problems, 0, 0, "", stamp)
    lengths, long = _lengths(encoded, limit)
    sizes = (encoded.tokens, encoded.unshared_tokens) if lengths else (0, 0)
    return _Found(name, asked, picture.sha256, lengths, problems | long, *sizes, encoded.why_not, stamp)


def _encoded(encoder: Encoder, by_size: bool, picture: Picture, pairs: Sequence[PreferencePair]) -> ImagePairs:
    if by_size:
        with suppress(CountError):
            return encoder.count(picture, pairs)
    return encoder.encode(picture, pairs)


def _detail(error: PairError) -> str:
    """What was found, of the error's words: reason and row stand beside it already."""
    return str(error).partition(error.reason)[2].removeprefix(" (").removesuffix(").").rstrip(".")


def _lengths(encoded: ImagePairs, limit: int | None) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[str, str]]]:
    """What each pair takes up, and those that are too long."""
    lengths: dict[str, tuple[int, int]] = {}
    long: dict[str, tuple[str, str]] = {}
    prefix = len(encoded.prefix)
    for key, (chosen, rejected) in zip(encoded.keys, encoded.pairs, strict=True):
        longest = prefix + max(len(chosen.path), len(rejected.path))
        if limit is not None and longest > limit:
            long[key] = (f"longer than {limit:,} tokens", f"{longest:,}, of which the image takes {prefix:,}")
        else:
            lengths[key] = (prefix, len(chosen.path) + len(rejected.path) - chosen.start)
    return lengths, long


def _sorted_out(rows: Sequence[PairRow], found: Sequence[_Found]) -> tuple[Checked, list[BadRow]]:
    problems = {key: problem for one in found for key, problem in one.problems.items()}
    checked = Checked(
        {key: RowLength(one.name, *length) for one in found for key, length in one.lengths.items()},
        {one.name: one.sha256 for one in found if one.lengths},
        sum(one.tree_tokens for one in found),
        sum(one.plain_tokens for one in found),
        next((one.why_not for one in found if one.why_not), ""),
    )
    return checked, [BadRow(row, *problems[row.pair.key]) for row in rows if row.pair.key in problems]


def _stamp(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns
