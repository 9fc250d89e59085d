"""Captions to be analysed: files of recorded captions, and run folders."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sightline.core import SourceFile
from sightline.errors import DataError, RequestError
from sightline.records.recorded_captions import image_key, read_recorded_captions
from sightline.records.run_folder import is_run_folder, read_run

__all__ = ["Captions", "read_captions"]


class Captions(NamedTuple):
    """What one model said of images.

    Args:
        model: its name.
        images: for each caption the key of its image.
        texts: the captions.
        source: the file they were read from.
    """

    model: str
    images: tuple[str, ...]
    texts: tuple[str, ...]
    source: SourceFile


def read_captions(given: Iterable[str]) -> list[Captions]:
    """Read captions, each given as ``[NAME=]PATH``; without a name the file's own, or the model of a run.

    Raises:
        RequestError: two are of one name.
        DataError: a file is broken, or a run has no captions.
        MissingError: a run is not complete.
    """
    found: dict[str, Captions] = {}
    for item in given:
        name, _, place = item.rpartition("=")
        captions = _read(name, Path(place))
        if captions.model in found:
            raise RequestError(f"Two files of captions are called {captions.model!r}. Name them: NAME=PATH.")
        found[captions.model] = captions
    return list(found.values())


def _read(name: str, path: Path) -> Captions:
    if not path.is_dir():
        rows, source = read_recorded_captions(path)
        model = name or path.name.removesuffix(".gz").rpartition(".")[0] or path.name
        return Captions(model, tuple(row.question_id or "" for row in rows), tuple(row.text for row in rows), source)
    if not is_run_folder(path):
        hint = "Name a file of captions, or the folder of a run."
        raise DataError("this folder holds no run", file=path, hint=hint)
    run = read_run(path)
    images = tuple(image_key(image) for image in run.replies["image"].to_pylist())
    texts = tuple(run.replies["reply"].to_pylist())
    if not texts:
        raise DataError("this run has no captions", file=path)
    return Captions(name or str(run.about["model"]["name"]), images, texts, run.source)
