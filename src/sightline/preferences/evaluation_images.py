"""What pairs share with an evaluation set, from what is known of both: names, and pictures where they are at hand."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from sightline.errors import DataError
from sightline.preferences.formats.visual_genome import coco_names
from sightline.preferences.image_hashes import HashCache, ImageHashes, hash_images
from sightline.preferences.image_names import IMAGE_SUFFIXES
from sightline.preferences.shared_images import COARSE, SharedImage, shared_by_id, shared_by_picture

__all__ = ["Compared", "EvaluationSet", "PairImages", "compare_images", "folder_as_set", "read_pair_images"]


class EvaluationSet(NamedTuple):
    """The images that something is measured on.

    Args:
        name: what it is called.
        names: of its images.
        files: name → file, of those that are at hand.
    """

    name: str
    names: tuple[str, ...]
    files: Mapping[str, Path]


class PairImages(NamedTuple):
    """The images of pairs.

    Args:
        names: of all.
        files: name → file, of those that are at hand.
        coco: name → what it is called in COCO, where that is known.
        hashes: of those at hand; None where they were not looked at.
    """

    names: tuple[str, ...]
    files: Mapping[str, Path]
    coco: Mapping[str, str]
    hashes: ImageHashes | None = None


class Compared(NamedTuple):
    """What came of a comparison.

    Args:
        name: of the evaluation set.
        images: how many it has.
        looked: how many of its pictures were looked at.
        shared: the images of pairs that it has too.
        other_picture: how many images are called like one of its own but are another picture.
    """

    name: str
    images: int
    looked: int
    shared: tuple[SharedImage, ...]
    other_picture: int


def folder_as_set(folder: Path, hint: str = "") -> EvaluationSet:
    """Take all images in a folder, and in folders below it, for what is measured on.

    Args:
        folder: the folder.
        hint: what to do where there is none.

    Raises:
        DataError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint=hint)
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    files = {str(path.relative_to(folder)): path for path in pictures}
    return EvaluationSet(str(folder), tuple(files), files)


def read_pair_images(
    names: Iterable[str], folder: Path | None, look: bool, cache: HashCache, progress: Callable[[int, int], None]
) -> PairImages:
    """Find the images of pairs, and hash their pictures.

    Args:
        names: of the images.
        folder: theirs; None: only names are compared.
        look: whether there are pictures to compare them with.
        cache: what was hashed before.
        progress: told how many are done, and of how many.

    Raises:
        DataError: a file is no picture, or damaged.
    """
    names = tuple(dict.fromkeys(names))
    if folder is None:
        return PairImages(names, {}, {})
    files = {name: folder / name for name in names if (folder / name).is_file()}
    hashes = hash_images(files, cache, progress) if look and files else None
    return PairImages(names, files, coco_names(names, folder), hashes)


def compare_images(
    images: PairImages,
    evaluation: EvaluationSet,
    cache: HashCache,
    progress: Callable[[int, int], None],
    coarse: int = COARSE,
) -> Compared:
    """Look for images that both have.

    Where both pictures are at hand they decide, whatever the files are called: ``000001.png`` is in many data sets.

    Args:
        images: of the pairs.
        evaluation: the evaluation set.
        cache: what was hashed before.
        progress: told how many are done, and of how many.
        coarse: in how many bits of 64 the coarse hashes of one picture may differ.

    Raises:
        DataError: a file is no picture, or damaged.
    """
    named = shared_by_id(images.names, evaluation.names, images.coco)
    if images.hashes is None or not evaluation.files:
        return Compared(evaluation.name, len(evaluation.names), 0, named, 0)
    hashes = hash_images(evaluation.files, cache, progress)
    seen = {each.image: each for each in shared_by_picture(images.hashes, hashes, coarse)}
    undecided = [each for each in named if each.image not in images.files or each.other not in evaluation.files]
    decided = [each for each in named if each not in undecided]
    other = sum(each.image not in seen for each in decided)
    shared = {each.image: each for each in undecided} | seen
    found = tuple(shared[name] for name in images.names if name in shared)
    return Compared(evaluation.name, len(evaluation.names), len(evaluation.files), found, other)
