"""Images that pairs share with an evaluation set: by id, by the bytes of the file, or by the look of the picture.

A copy that was scaled, compressed, greyed, brightened or mirrored is found, and one of which up to 2 % were cut off.
Two pictures are taken for one where their coarse hashes differ in 6 bits of 64 at most, and their fine ones in 40 of
256. The first alone is not enough where all pictures look alike: of rendered scenes one pair in 200,000 is that near,
and none of six million by both.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

import numpy as np

from sightline.preferences.image_hashes import ImageHashes
from sightline.preferences.near_hashes import near

__all__ = ["COARSE", "FINE", "SharedImage", "image_id", "shared_by_id", "shared_by_picture"]

COARSE = 6
"""In how many bits of 64 coarse hashes of one picture may differ."""

FINE = 40
"""In how many bits of 256 fine hashes of one picture may differ; of rendered scenes that are near by the coarse hash,
the nearest two differed in 46."""

_COCO = re.compile(r"(?:COCO_(?:train|val|test)\d{4}_)?(\d{12})")

How = Literal["id", "file", "picture", "mirrored"]


class SharedImage(NamedTuple):
    """An image of pairs that an evaluation set has too.

    Args:
        image: its name among those of the pairs.
        other: its name in the evaluation set.
        how: how it is known: by its id, by the bytes of the file, or by the look of the picture or its mirror image.
    """

    image: str
    other: str
    how: How


def image_id(name: str) -> str:
    """What is compared of an image's name: the file's name without its ending, COCO's numbers however they are written.

    Example:
        >>> image_id("val2014/COCO_val2014_000000123456.jpg"), image_id("000000123456.jpg"), image_id("VG_100K/7.jpg")
        ('COCO 123456', 'COCO 123456', '7')
    """
    stem = PurePosixPath(name).stem
    coco = _COCO.fullmatch(stem)
    return f"COCO {int(coco[1])}" if coco else stem


def shared_by_id(
    names: Iterable[str], others: Iterable[str], also: Mapping[str, str] | None = None
) -> tuple[SharedImage, ...]:
    """The images of which both have the id.

    Args:
        names: of the pairs' images.
        others: of the evaluation set's.
        also: names of pairs' images → what else they are called, as Visual Genome's are by COCO.
    """
    also = also or {}
    by_id = {image_id(other): other for other in others}
    found = []
    for name in dict.fromkeys(names):
        ids = [image_id(name), *([image_id(also[name])] if name in also else [])]
        found += [SharedImage(name, by_id[each], "id") for each in ids if each in by_id][:1]
    return tuple(found)


def shared_by_picture(images: ImageHashes, others: ImageHashes, coarse: int = COARSE) -> tuple[SharedImage, ...]:
    """The images that are the same picture, or its mirror image.

    Args:
        images: of the pairs.
        others: of the evaluation set.
        coarse: in how many bits of 64 the coarse hashes may differ.

    Returns:
        In the order of the pairs' images, each with the nearest of the others.
    """
    best: dict[int, tuple[int, SharedImage]] = {}
    ways: tuple[tuple[int, How], ...] = ((0, "picture"), (1, "mirrored"))
    for way, how in ways:
        ones, twos = near(images.coarse[:, way], others.coarse[:, 0], coarse)
        apart = np.bitwise_count(images.fine[ones, way] ^ others.fine[twos, 0]).sum(axis=1, dtype=np.int64)
        for one, two, distance in zip(ones.tolist(), twos.tolist(), apart.tolist(), strict=True):
            same = images.sha256[one] == others.sha256[two]
            if distance <= FINE and (one not in best or distance < best[one][0]):
                shared = SharedImage(images.names[one], others.names[two], "file" if same else how)
                best[one] = (-1 if same else distance, shared)
    return tuple(shared for _, (_, shared) in sorted(best.items()))
