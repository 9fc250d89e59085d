"""Batches of pairs, read and encoded ahead of the model in worker processes."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Generator
from torch.utils.data import DataLoader, Dataset

from sightline.core import PreferencePair
from sightline.models.families import Family
from sightline.models.pictures import Picture, read_picture
from sightline.tuning.counted import CountedChat
from sightline.tuning.encoded import ImagePairs, encode, encode_in
from sightline.tuning.grouping import Batch

__all__ = ["EncodedBatch", "EncodedBatches", "Encoder", "loader", "scaled_down", "worked_ahead"]

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Encoder:
    """Reads images and encodes their pairs; can be pickled, and so be used by worker processes.

    Args:
        processor: of transformers.
        family: of the model; None where it is not known.
        images: the folder of the images.
        max_pixels: larger images are scaled down to this area; None: they are not.
        dtype: of the model, which pixels are made into at once; None: they are left as the processor makes them.
    """

    processor: Any
    family: Family | None
    images: Path
    max_pixels: int | None = None
    dtype: torch.dtype | None = None

    def picture(self, name: str) -> Picture:
        """Read an image.

        Raises:
            DataError: it cannot be read.
        """
        picture = read_picture(self.images / name)
        return picture._replace(image=scaled_down(picture.image, self.max_pixels))

    def encode(self, picture: Picture, pairs: Sequence[PreferencePair]) -> ImagePairs:
        """Encode pairs of an image.

        Raises:
            PairError: a pair cannot be trained on.
        """
        found = encode(self.processor, self.family, picture.image, pairs)
        return found if self.dtype is None else found.to(self.dtype)

    def count(self, picture: Picture, pairs: Sequence[PreferencePair]) -> ImagePairs:
        """The same without pixels, and with placeholders for the image's tokens: as many tokens in as many places.

        Raises:
            CountError: the processor does not say how many tokens an image takes up.
            PairError: a pair cannot be trained on.
        """
        template = self.family.chat_template if self.family is not None else None
        return encode_in(CountedChat(self.processor, template), picture.image, pairs)


def scaled_down(picture: Image.Image, max_pixels: int | None) -> Image.Image:
    """Scale a picture down to an area, as LLaMA-Factory does for ``image_max_pixels``.

    Example:
        >>> scaled_down(Image.new("RGB", (1024, 256)), 65_536).size
        (512, 128)
    """
    if max_pixels is None or picture.width * picture.height <= max_pixels:
        return picture
    factor = (max_pixels / (picture.width * picture.height)) ** 0.5
    return picture.resize((max(1, int(picture.width * factor)), max(1, int(picture.height * factor))))


@dataclass(frozen=True, eq=False)
class EncodedBatch:
    """A batch, ready for the model.

    Args:
        images: images with their pairs.
        rows: the rows of the pairs, image after image.
        counts: whether its loss counts.
        step_pairs: how many pairs count in the whole step, over all its batches and processes.
    """

    images: tuple[ImagePairs, ...]
    rows: tuple[int, ...]
    counts: bool
    step_pairs: int

    def pin_memory(self) -> "EncodedBatch":
        """The same with pixels in pinned memory; a data loader calls this."""
        images = tuple(image.pin_memory() for image in self.images)
        return EncodedBatch(images, self.rows, self.counts, self.step_pairs)


class EncodedBatches(Dataset[EncodedBatch]):
    """Batches that are encoded when they are asked for.

    Args:
        encoder: reads and encodes.
        pairs: the pairs of all rows.
        batches: what each batch holds, and how many pairs its whole step.
    """

    def __init__(self, encoder: Encoder, pairs: Sequence[PreferencePair], batches: Sequence[tuple[Batch, int]]) -> None:
        self._encoder, self._pairs, self._batches = encoder, pairs, batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, place: int) -> EncodedBatch:
        batch, step_pairs = self._batches[place]
        images = tuple(self._image([self._pairs[row] for row in unit.rows]) for unit in batch.units)
        rows = tuple(row for unit in batch.units for row in unit.rows)
        return EncodedBatch(images, rows, batch.counts, step_pairs)

    def _image(self, pairs: Sequence[PreferencePair]) -> ImagePairs:
        return self._encoder.encode(self._encoder.picture(pairs[0].image.name), pairs)


def loader(batches: Dataset[_Item], workers: int, pin: bool) -> "DataLoader[_Item]":
    """Load items in order, one at a time, ahead of whoever takes them.

    Args:
        batches: with a length.
        workers: processes that work ahead; 0: nobody does.
        pin: whether memory is pinned, so that it is copied to a GPU while that computes.
    """
    if workers:
        # Workers are forked after the tokenizer was used, which otherwise warns in each of them.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    places = [[place] for place in range(len(batches))]  # type: ignore[arg-type]
    return DataLoader(
        batches,
        batch_sampler=places,
        collate_fn=_only,
        num_workers=workers,
        prefetch_factor=_AHEAD if workers else None,
        pin_memory=pin,
        # A generator of its own: otherwise each epoch would draw from the one that dropout is drawn from.
        generator=Generator(),
    )


_AHEAD = 4
"""Items that each worker has ready."""


def _only(items: Sequence[_Item]) -> _Item:
    return items[0]


class _Worked(Dataset[_Done]):
    """What comes of work on items."""

    def __init__(self, work: Callable[[int], _Done], count: int) -> None:
        self._work, self._count = work, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> _Done:
        return self._work(place)


def worked_ahead(items: Sequence[_Item], work: Callable[[_Item], _Done], workers: int) -> Iterator[_Done]:
    """Do work on items in worker processes, and give what comes of it in order.

    Args:
        items: what to work on.
        work: can be pickled, and what it makes too.
        workers: how many processes; 0: it is done here.
    """
    yield from loader(_Worked(partial(_of, items, work), len(items)), workers, pin=False)


def _of(items: Sequence[_Item], work: Callable[[_Item], _Done], place: int) -> _Done:
    return work(items[place])
