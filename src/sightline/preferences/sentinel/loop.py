"""Captions of many images at once: whenever one is over, the next image takes its place.

Images are read and processed ahead, in threads. What goes wrong with one image is told with it, and the others go on.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, runtime_checkable

from sightline.core import Continuation, Continuing, Drawing, ModelIdentity
from sightline.core.continuing import Begun
from sightline.errors import DataError, RequestError
from sightline.models.pictures import ahead
from sightline.preferences.sentinel.captions import Asked, SentinelCaption
from sightline.preferences.sentinel.writer import CaptionWriter

__all__ = ["Captioning", "Done", "Spent", "write_captions"]

_WORKERS = 2


class Done(NamedTuple):
    """What became of an image.

    Args:
        asked: the image.
        caption: its caption; None where it could not be written.
        problem: why not, in words for people.
    """

    asked: Asked
    caption: SentinelCaption | None
    problem: str = ""


@dataclass
class Spent:
    """What writing took.

    Args:
        drawn: how many candidates were drawn.
        tokens: of how many tokens.
        drawing_s: seconds for that, waiting for images included.
        looking_s: seconds for what the detectors did, and all that was decided.
    """

    drawn: int = 0
    tokens: int = 0
    drawing_s: float = 0.0
    looking_s: float = 0.0


@runtime_checkable
class Captioning(Protocol):
    """Has captions written by others, who have the model and the detectors."""

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        ...

    def captions(self, asked: Sequence[Asked], folder: Path, spent: Spent) -> Iterator[Done]:
        """Have captions written, as `write_captions` does.

        Args:
            asked: the images.
            folder: the folder of the images.
            spent: is told what it takes.
        """
        ...


@dataclass(eq=False)
class _Live(Generic[Begun]):
    writer: CaptionWriter
    held: Begun


def write_captions(
    model: Continuing[Begun],
    asked: Iterable[Asked],
    writer_of: Callable[[Asked], CaptionWriter],
    how: Drawing,
    at_once: int,
    spent: Spent,
) -> Iterator[Done]:
    """Write captions sentence by sentence.

    Args:
        model: draws sentences.
        asked: the images.
        writer_of: makes the writer of an image's caption.
        how: how sentences are drawn.
        at_once: how many captions are written side by side.
        spent: is told what it takes.

    Yields:
        What became of each image, as soon as that is known, in whatever order.

    Raises:
        RequestError: the model cannot do this.
    """
    begun = ahead(asked, lambda each: _begin(model, writer_of(each)), workers=_WORKERS, depth=at_once)
    live: list[_Live[Begun]] = []
    more = True
    while more or live:
        while more and len(live) < at_once:
            before = time.monotonic()
            found = next(begun, None)
            spent.drawing_s += time.monotonic() - before
            if found is None:
                more = False
            elif isinstance(found, Done):
                yield found
            else:
                live.append(found)
        if live:
            drawn = _drawn(model, live, how, spent)
            for each, own in zip(tuple(live), drawn, strict=True):
                done = _taken(each.writer, own, spent)
                if done is not None:
                    live.remove(each)
                    yield done


def _begin(model: Continuing[Begun], writer: CaptionWriter) -> "_Live[Begun] | Done":
    try:
        return _Live(writer, model.begin(writer.votes.image, writer.asked.prompt))
    except (DataError, RequestError) as error:
        return Done(writer.asked, None, str(error))


def _drawn(
    model: Continuing[Begun], live: Sequence[_Live[Begun]], how: Drawing, spent: Spent
) -> tuple[tuple[Continuation, ...], ...]:
    before = time.monotonic()
    drawn = model.next_sentences([each.held for each in live], [each.writer.context for each in live], how)
    spent.drawing_s += time.monotonic() - before
    spent.drawn += sum(map(len, drawn))
    spent.tokens += sum(each.tokens for own in drawn for each in own)
    return drawn


def _taken(writer: CaptionWriter, drawn: Sequence[Continuation], spent: Spent) -> Done | None:
    """What became of an image, if that is known after one more sentence."""
    before = time.monotonic()
    try:
        writer.take(drawn)
        return Done(writer.asked, writer.written()) if writer.stopped else None
    except DataError as error:
        return Done(writer.asked, None, str(error))
    finally:
        spent.looking_s += time.monotonic() - before
