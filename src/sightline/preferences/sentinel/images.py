"""The images that captions are written of: a folder of them, or SENTINEL's ``image_data.jsonl``.

{"image_id": "2337089", "image_path": "VG_100K/2337089.jpg", "question": "Describe this image in detail."}
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sightline.errors import DataError, MissingError, RequestError
from sightline.preferences.image_names import IMAGE_SUFFIXES, names_below
from sightline.preferences.sentinel.captions import Asked
from sightline.records.table_rows import read_table_rows

__all__ = ["PROMPT", "AskedImages", "asked_images"]

PROMPT = "Describe this image in detail."
"""What is asked where nobody says otherwise; SENTINEL asks for detailed descriptions."""

_HINT = "A row has image_path, or image; image_id and question may be left out."


class AskedImages(NamedTuple):
    """The images to write captions of.

    Args:
        asked: each once with the same prompt.
        repeated: rows besides these that ask the same of the same image.
    """

    asked: tuple[Asked, ...]
    repeated: int = 0


def asked_images(
    folder: Path, image_data: Path | None = None, prompt: str | None = None, limit: int | None = None, seed: int = 0
) -> AskedImages:
    """The images to write captions of, in the order of the file, or of their names.

    Args:
        folder: the folder of the images, or of folders of them.
        image_data: a file that lists images; all of the folder where None.
        prompt: what is asked of each image; what the file says, or `PROMPT`, where None.
        limit: at most so many images, drawn.
        seed: of that draw.

    Raises:
        MissingError: there is no image, or none of those listed is there.
        DataError: there is no such folder, or a row is broken.
        RequestError: the limit is no number of images.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Check --images.")
    if limit is not None and limit < 1:
        raise RequestError(f"--limit is {limit}; expected at least one image.")
    listed = list(_in_folder(folder, prompt) if image_data is None else _listed(image_data, folder, prompt))
    found = list({(each.name, each.prompt): each for each in reversed(listed)}.values())[::-1]
    if not found:
        raise MissingError("there are no images here", file=folder, hint="Name the folder that holds them: --images.")
    repeated = len(listed) - len(found)
    if limit is not None and limit < len(found):
        chosen = sorted(Random(seed).sample(range(len(found)), limit))
        found = [found[place] for place in chosen]
    return AskedImages(tuple(found), repeated)


def _in_folder(folder: Path, prompt: str | None) -> Iterator[Asked]:
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file():
            name = file.relative_to(folder).as_posix()
            yield Asked(name, prompt or PROMPT, file.stem, name)


def _listed(image_data: Path, folder: Path, prompt: str | None) -> Iterator[Asked]:
    rows = read_table_rows(image_data)
    numbered = list(zip(rows.records, rows.numbers, strict=True))
    paths = [_text(record, "image_path", "image", image_data, number) for record, number in numbered]
    names = names_below(paths, folder)
    if not any((folder / name).is_file() for name in names.values()):
        raise MissingError(
            f"none of the {len(names):,} images that {image_data} lists is here, such as {paths[0]}",
            file=folder,
            hint="Name the folder that holds them: --images.",
        )
    for (record, number), path in zip(numbered, paths, strict=True):
        question = prompt or _text(record, "question", "question", image_data, number, PROMPT)
        yield Asked(names[path], question, _image_id(record, path, image_data, number), path)


def _text(record: dict[str, Any], name: str, other: str, file: Path, number: int, otherwise: str | None = None) -> str:
    value = record.get(name, record.get(other, otherwise))
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{name} is {value!r}, expected text", file=file, row=number, hint=_HINT)
    return value


def _image_id(record: dict[str, Any], path: str, file: Path, number: int) -> str | int:
    value = record.get("image_id", Path(path).stem)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DataError(f"image_id is {value!r}, expected text or a number", file=file, row=number, hint=_HINT)
    return value
