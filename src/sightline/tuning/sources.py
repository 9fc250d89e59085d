"""What is tuned on and what is watched: files read, rows that are bad found, every row encoded once."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sightline.core import SourceFile
from sightline.tuning.batches import Encoder
from sightline.tuning.recipes import Selection
from sightline.tuning.row_lengths import Checked, check_rows
from sightline.tuning.rows import BadRow, PairRow, find_bad, hold_out, read_files, refuse_bad, refuse_shared_images

__all__ = ["BAD_ROWS", "CHECKED", "Sources", "encode_sources", "read_sources"]

BAD_ROWS, CHECKED = "bad_rows.jsonl", "rows.jsonl"
"""What is written into the folder of a run: the rows that are bad, and what was found of all."""


@dataclass(frozen=True)
class Sources:
    """Rows as they were read, those that are bad without a model taken out.

    Args:
        rows: to tune on.
        held_out: to watch.
        bad: rows that are left out.
        read: how many rows there were.
        marked: rows that their format says are not to be trained on.
        formats: of the files.
        files: the files, with their hashes.
    """

    rows: tuple[PairRow, ...]
    held_out: tuple[PairRow, ...]
    bad: tuple[BadRow, ...]
    read: int
    marked: int
    formats: tuple[str, ...]
    files: tuple[SourceFile, ...]

    @property
    def left_out(self) -> dict[str, int]:
        """Reason → how many rows are left out for it."""
        return dict(Counter(one.reason for one in self.bad).most_common())


def read_sources(
    pairs: Sequence[str | Path],
    images: Path,
    held_out: Sequence[str | Path],
    selection: Selection,
    seed: int,
    folder: Path,
) -> Sources:
    """Read files of pairs, and find what is wrong with them that can be seen without a model.

    Args:
        pairs: files to tune on.
        images: the folder of their images.
        held_out: files to watch; where there are none, the share that `selection` asks for is drawn.
        selection: which pairs, and what to do with bad rows.
        seed: what held-out images are drawn with.
        folder: of the run, where bad rows are listed.

    Raises:
        DataError: a file cannot be read; rows are bad and may not be left out; or an image is held out and tuned on.
    """
    own = read_files(pairs, images, selection.limit)
    watched = read_files(held_out, images) if held_out else None
    bad = find_bad(own.rows, images)
    if watched is not None:
        refuse_shared_images(own.rows, watched.rows)
        bad += find_bad(watched.rows, images)
    read = len(own.rows) + len(watched.rows if watched else ())
    refuse_bad(bad, read, selection.skip_bad_rows, folder / BAD_ROWS)
    left = _without(own.rows, bad)
    if watched is None:
        left, held = hold_out(left, selection.held_out_share, seed)
    else:
        held = _without(watched.rows, bad)
    files = (own, watched) if watched else (own,)
    return Sources(
        tuple(left),
        tuple(held),
        tuple(bad),
        read,
        sum(each.left_out for each in files),
        tuple(name for each in files for name in each.formats),
        tuple(file for each in files for file in each.files),
    )


def _without(rows: Sequence[PairRow], bad: Sequence[BadRow]) -> list[PairRow]:
    taken = {id(one.row) for one in bad}
    return [row for row in rows if id(row) not in taken]


def encode_sources(
    sources: Sources,
    encoder: Encoder,
    model: str,
    limit: int | None,
    skip_bad_rows: bool,
    folder: Path,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Sources, Checked]:
    """Encode every row once.

    Args:
        sources: what was read.
        encoder: reads and encodes.
        model: hash of the model.
        limit: how many tokens a prompt with its reply may have.
        skip_bad_rows: whether rows that cannot be tuned on are left out.
        folder: of the run, where what is found is kept, and bad rows are listed.
        workers: processes that work side by side.
        progress: told how many images are done, and how many there are.

    Returns:
        What is left, and what it takes up.

    Raises:
        DataError: rows are bad and may not be left out.
    """
    both = [*sources.rows, *sources.held_out]
    checked, bad = check_rows(both, encoder, model, limit, folder / CHECKED, workers, progress)
    if not bad:
        return sources, checked
    every = [*sources.bad, *bad]
    refuse_bad(every, sources.read, skip_bad_rows, folder / BAD_ROWS)
    rows, held_out = (tuple(_without(own, bad)) for own in (sources.rows, sources.held_out))
    return replace(sources, rows=rows, held_out=held_out, bad=tuple(every)), checked
