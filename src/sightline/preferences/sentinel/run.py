"""SENTINEL's preference pairs, made of images by a model and two detectors (arXiv 2507.12455)."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Continuing, Detecting, Drawing, ModelIdentity
from sightline.core.continuing import Begun
from sightline.errors import MissingError, RequestError
from sightline.preferences.sentinel.captions import Asked
from sightline.preferences.sentinel.folder import SentinelFolder, hold_folder
from sightline.preferences.sentinel.images import AskedImages
from sightline.preferences.sentinel.loop import Captioning, Done, Spent, write_captions
from sightline.preferences.sentinel.objects import NamedObjects
from sightline.preferences.sentinel.summary import Summary, summary_of
from sightline.preferences.sentinel.variants import VARIANTS, Variant
from sightline.preferences.sentinel.writer import CaptionWriter

__all__ = ["SentinelPairs", "SentinelSettings", "captions_here", "check_numbers", "make_sentinel_pairs"]


@dataclass(frozen=True)
class SentinelSettings:
    """How pairs are made.

    Args:
        detectors: the two that vote on objects.
        objects: reads the objects of sentences.
        drawing: how sentences are drawn.
        way: from candidates to pairs: sightline's, or that of SENTINEL's published code.
        most_sentences: of a caption.
        at_once: captions that are written side by side; what a process that is killed loses.
    """

    detectors: Sequence[Detecting]
    objects: NamedObjects
    drawing: Drawing = field(default_factory=Drawing)
    way: Variant = VARIANTS[0]
    most_sentences: int = 20
    at_once: int = 16


class SentinelPairs(NamedTuple):
    """A run that is complete.

    Args:
        folder: where it is.
        files: what was written.
        summary: what it came to, captions of earlier calls included.
        problems: image → why it has no caption.
        resumed: captions that were written by earlier calls.
        was_cut: whether a caption was taken away that had not been written whole.
        spent: what this call took.
        identity: the model, and whether its images were shared.
    """

    folder: Path
    files: tuple[Path, ...]
    summary: Summary
    problems: dict[str, str]
    resumed: int
    was_cut: bool
    spent: Spent
    identity: ModelIdentity


def make_sentinel_pairs(
    model: Continuing[Begun] | Captioning,
    images: AskedImages,
    folder: Path,
    settings: SentinelSettings,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> SentinelPairs:
    """Make pairs of images; the same call again finishes a run that was interrupted, and tries images with problems.

    Args:
        model: writes captions, sentence by sentence, or has them written.
        images: what is asked of which images.
        folder: the folder of the images.
        settings: how.
        out: the folder to write to.
        progress: told how many images are done, and how many there are.

    Raises:
        RequestError: the folder holds another run, or another process works in it; or something cannot be done.
        MissingError: no image could be captioned.
        DataError: a file cannot be written. Captions that were complete are kept.
    """
    check_numbers(settings.drawing, settings.most_sentences, settings.at_once)
    asked = images.asked
    about = _about(model.identity, asked, settings)
    spent = Spent()
    with hold_folder(out, about) as held:
        left = [each for each in asked if not held.has(each)]
        resumed = len(asked) - len(left)

        written = (
            model.captions(left, folder, spent)
            if isinstance(model, Captioning)
            else captions_here(model, left, folder, settings, spent)
        )
        for number, done in enumerate(written, start=resumed + 1):
            held.append(done)
            if progress is not None:
                progress(number, len(asked))
        return _finished(held, model.identity, images, settings, resumed, spent)


def captions_here(
    model: Continuing[Begun], asked: Sequence[Asked], folder: Path, settings: SentinelSettings, spent: Spent
) -> Iterator[Done]:
    """Write captions in this process.

    Args:
        model: writes them, sentence by sentence.
        asked: the images.
        folder: the folder of the images.
        settings: how.
        spent: is told what it takes.

    Yields:
        What became of each image, as soon as that is known, in whatever order.

    Raises:
        RequestError: the model cannot do this.
    """

    def writer(each: Asked) -> CaptionWriter:
        drawing, most = settings.drawing, settings.most_sentences
        return CaptionWriter(
            each, folder / each.name, settings.detectors, settings.objects, settings.way, drawing.seed, most
        )

    yield from write_captions(model, asked, writer, settings.drawing, settings.at_once, spent)


def _finished(
    held: SentinelFolder,
    identity: ModelIdentity,
    images: AskedImages,
    settings: SentinelSettings,
    resumed: int,
    spent: Spent,
) -> SentinelPairs:
    problems = held.problems(images.asked)
    if len(problems) == len(images.asked):
        first, why = next(iter(problems.items()))
        raise MissingError(f"none of {len(problems):,} images could be captioned, such as {first}: {why}")
    summary = summary_of(held.captions(images.asked))
    told = {"problems": problems, "repeated_rows": images.repeated, "model_details": dict(identity.details)}
    result = {**summary.record, **told}
    files = held.finish(images.asked, settings.way, result)
    return SentinelPairs(held.path, files, summary, problems, resumed, held.was_cut, spent, identity)


def check_numbers(drawing: Drawing, most_sentences: int, at_once: int) -> None:
    """Refuse numbers of which nothing can come, before anything is loaded.

    Raises:
        RequestError: one is too small or too large.
    """
    if drawing.n < 2:
        raise RequestError(f"--n is {drawing.n}; a pair needs two candidates at least.")
    if not drawing.temperature > 0:
        raise RequestError(f"--temperature is {drawing.temperature:g}; candidates differ only where it is above 0.")
    if not 0 < drawing.top_p <= 1:
        raise RequestError(f"--top-p is {drawing.top_p:g}; expected a share, above 0 and up to 1.")
    least = {
        "--max-new-tokens": drawing.max_new_tokens,
        "--sentences": most_sentences,
        "--at-once": at_once,
    }
    for name, value in least.items():
        if value < 1:
            raise RequestError(f"{name} is {value}; expected one or more.")


def _about(identity: ModelIdentity, asked: Sequence[Asked], settings: SentinelSettings) -> dict[str, Any]:
    """What makes it this run, JSON-ready."""
    told = json.dumps([[each.name, each.prompt, each.image_id, each.image_path] for each in asked])
    return {
        "model_name": identity.name,
        "model": identity.hash,
        "dtype": identity.dtype,
        "detectors": {
            place: f"{each.name} {each.version} from {each.threshold:g}"
            for place, each in zip(("first", "second"), settings.detectors, strict=True)
        },
        "objects": f"{settings.objects.name} {settings.objects.version}",
        "variant": settings.way.name,
        "drawing": asdict(settings.drawing),
        "sentences": settings.most_sentences,
        "images": {"number": len(asked), "sha256": hashlib.sha256(told.encode()).hexdigest()},
    }
