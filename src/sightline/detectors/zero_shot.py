"""Open-vocabulary detectors through transformers' zero-shot object detection."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from transformers import AutoConfig, AutoModelForZeroShotObjectDetection, AutoProcessor

from sightline.core.detecting import Sighting
from sightline.detectors.many_images import Asked
from sightline.detectors.named import ON_THE_HUB
from sightline.detectors.text_queries import TextQueries
from sightline.detectors.text_spans import Best, TextSpans
from sightline.errors import RequestError
from sightline.models.loading import content_hash, explained, hub_folder, quiet
from sightline.models.pictures import ahead, read_picture

__all__ = ["ZeroShot", "load"]

_THRESHOLDS = {"grounding-dino": 0.25, "mm-grounding-dino": 0.25, "owlvit": 0.1, "owlv2": 0.1}
"""By model type, the default of transformers' post-processing, for detectors that are not in the list of known ones."""

_TOGETHER = 8
"""Pictures of one pass on a GPU; a processor gains nothing by more than one."""


class _Asking(Protocol):
    """How a family of detectors is asked."""

    def refusal(self, object: str) -> str | None: ...

    def parts(self, objects: Sequence[str]) -> list[tuple[str, ...]]: ...

    def see(self, pixels: torch.Tensor, parts: Sequence[tuple[str, ...]]) -> list[list[Best]]: ...


class _Picture(NamedTuple):
    """A picture as the model takes it, its size in pixels before, and what to look for in it."""

    pixels: torch.Tensor
    width: int
    height: int
    objects: Sequence[str]


class ZeroShot:
    """A detector that is told in words what to look for.

    Pictures are looked at side by side where they come out in the same shape, so that nobody is padded and a score does
    not depend on which pictures are looked at together.

    Args:
        model: of transformers, of one of the families it can ask.
        processor: its processor.
        name: what people call it.
        version: what tells its weights from others.
        threshold: the score from which on an object counts as seen.
        together: pictures of one pass.

    Raises:
        RequestError: the model is of another family.
    """

    def __init__(
        self, model: Any, processor: Any, name: str, version: str, threshold: float, together: int = 1
    ) -> None:
        self._model, self._prepare = model, processor.image_processor
        self._name, self._version, self._threshold, self._together = name, version, threshold, together
        self._asking = _asking(model, processor.tokenizer, name)
        self._padded_square = model.config.model_type == "owlv2"

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    @property
    def version(self) -> str:
        """The beginning of the hash of its files."""
        return self._version

    @property
    def threshold(self) -> float:
        """The score from which on an object counts as seen."""
        return self._threshold

    def knows(self, object: str) -> bool:
        """Whether the noun can be asked: it has letters, no full stop where these end phrases, and is not too long."""
        return self._asking.refusal(object) is None

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        """Look for objects in an image: one sighting for each, in the order asked.

        Raises:
            DataError: the image cannot be read.
            RequestError: a noun cannot be asked.
        """
        return next(self.look_at_many([(image, objects)]))

    def look_at_many(self, asked: Iterable[Asked]) -> Iterator[tuple[Sighting, ...]]:
        """Look for objects in images, some at a time; images are read ahead.

        Raises:
            DataError: an image cannot be read.
            RequestError: a noun cannot be asked.
        """
        pictures = ahead(self._checked(asked), self._read, workers=2, depth=2 * self._together)
        while some := list(islice(pictures, self._together)):
            yield from self._look_at(some)

    def _checked(self, asked: Iterable[Asked]) -> Iterator[Asked]:
        """What can be asked; it is held against the tokenizer here, since no two threads may use it at once."""
        for image, objects in asked:
            for object_ in objects:
                if (why := self._asking.refusal(object_)) is not None:
                    raise RequestError(f"{self._name} cannot be asked for {object_!r}: {why}.")
            yield image, objects

    def _read(self, asked: Asked) -> _Picture:
        image, objects = asked
        picture = read_picture(image).image
        pixels = self._prepare(images=picture, return_tensors="pt")["pixel_values"]
        return _Picture(pixels, picture.width, picture.height, objects)

    def _look_at(self, pictures: Sequence[_Picture]) -> Iterator[tuple[Sighting, ...]]:
        found: list[list[Best]] = [[] for _ in pictures]
        by_shape: dict[torch.Size, list[tuple[int, tuple[str, ...]]]] = {}
        for place, picture in enumerate(pictures):
            for part in self._asking.parts(picture.objects):
                by_shape.setdefault(picture.pixels.shape, []).append((place, part))
        for units in by_shape.values():
            seen = self._see([pictures[place].pixels for place, _ in units], [part for _, part in units])
            for (place, _), bests in zip(units, seen, strict=True):
                found[place] += bests
        for picture, bests in zip(pictures, found, strict=True):
            boxes = [self._box(best, picture) for best in bests]
            yield tuple(
                Sighting(object_, best.score, box)
                for object_, best, box in zip(picture.objects, bests, boxes, strict=True)
            )

    def _see(self, pixels: Sequence[torch.Tensor], parts: Sequence[tuple[str, ...]]) -> list[list[Best]]:
        """Look at pictures of one shape, from now on at fewer at a time where they do not fit into the memory."""
        found: list[list[Best]] = []
        while len(found) < len(parts):
            some = slice(len(found), len(found) + self._together)
            try:
                found += self._asking.see(torch.cat(list(pixels[some])).to(self._model.device), parts[some])
            except torch.OutOfMemoryError:
                if self._together == 1:
                    raise RequestError(
                        f"{self._name} does not fit into the memory of {self._model.device}. Say --device cpu."
                    ) from None
                self._together //= 2
        return found

    def _box(self, best: Best, picture: _Picture) -> tuple[float, float, float, float]:
        """Edges in fractions of the picture, without what was added below or on the right to make it square."""
        across, down, width, height = best.box
        side = max(picture.width, picture.height) if self._padded_square else 0
        wide, high = (side / picture.width, side / picture.height) if side else (1.0, 1.0)
        left, right = ((across + sign * width / 2) * wide for sign in (-1, 1))
        top, bottom = ((down + sign * height / 2) * high for sign in (-1, 1))
        left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in (left, top, right, bottom))
        return left, top, right, bottom


def load(name: str, device: str = "auto", threshold: float | None = None) -> ZeroShot:
    """Load a detector and its processor.

    Args:
        name: a known name, an id on the hub or a folder.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        threshold: the score from which on an object counts as seen; its default where None.

    Raises:
        RequestError: there is no such detector, no network, a package is missing, or it is of another family.
    """
    published = ON_THE_HUB.get(name)
    source = published.hub if published else name
    where = _device(device)
    try:
        with quiet():
            config = AutoConfig.from_pretrained(source)
            _refuse_other_families(source, config)
            processor = AutoProcessor.from_pretrained(source)
            model = AutoModelForZeroShotObjectDetection.from_pretrained(source, dtype=torch.float32)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(source, error, trust_remote_code=True) from error
    try:
        model = model.eval().to(where)
    except torch.OutOfMemoryError:
        raise RequestError(f"{source} does not fit into the memory of {where}. Say --device cpu.") from None
    folder = Path(source) if Path(source).is_dir() else hub_folder(source, None, config)
    called = name if published or not Path(name).is_dir() else folder.resolve().name
    default = published.threshold if published else _THRESHOLDS[config.model_type]
    return ZeroShot(
        model,
        processor,
        called,
        content_hash(folder)[:12],
        default if threshold is None else threshold,
        together=1 if where.type == "cpu" else _TOGETHER,
    )


def _refuse_other_families(source: str, config: Any) -> None:
    if config.model_type not in _THRESHOLDS:
        raise RequestError(
            f"{source} is of type {config.model_type!r}, which is not asked for objects here. Known are Grounding "
            "DINO, MM-Grounding-DINO and LLMDet, OWL-ViT and OWLv2."
        )


def _asking(model: Any, tokenizer: Any, name: str) -> _Asking:
    _refuse_other_families(name, model.config)
    if model.config.model_type in ("owlvit", "owlv2"):
        return TextQueries(model, tokenizer, int(model.config.text_config.max_position_embeddings))
    return TextSpans(model, tokenizer, name)


def _device(device: str) -> torch.device:
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:
        raise RequestError(f"The device {device!r} cannot be used here: {error}") from None
    return found
