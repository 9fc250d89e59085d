"""Long captions of images, and the scene graphs that can be read from them.

Captions stand in JSON lines, a JSON array, CSV or parquet, in columns that are called

- ``image_file`` and ``description``: DOCCI (docci_descriptions.jsonlines);
- ``image/key`` or ``image``, and ``IIW``: ImageInWords, whose images are named without a suffix;
- ``image_url`` and ``caption``: PixMo-Cap, whose images are known by the last part of their address;
- ``image`` and ``caption``, ``text`` or ``description``: anything else;

or in one JSON object, ``{image: caption}``.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.readers.scene_text import read_caption
from sightline.records.json_rows import Rows
from sightline.records.table_rows import read_table_rows
from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.naming import number_of
from sightline.scenes.scene_graphs.read_graphs import TWICE, LeftOut, ReadGraphs, check_limit

__all__ = [
    "EMPTY",
    "NOTHING_NAMED",
    "NO_IMAGE",
    "CaptionedImage",
    "CaptionedImages",
    "caption_graphs",
    "captioned_graph",
    "captioned_images",
    "holds_captions",
    "is_captions",
    "read_captions",
]

EMPTY = "the caption is empty"
NO_IMAGE = "the image has no name"
NOTHING_NAMED = "the caption names no object"

_IMAGE = ("image/key", "image", "image_file", "image_url", "file_name", "image_name")
_CAPTION = ("caption", "description", "text", "IIW")

_HINT = (
    "Expected an image (image, image_file, image_url or image/key) and its caption (caption, description, text or "
    'IIW), or {"a.jpg": "A dog on a sofa."}.'
)


class CaptionedImage(NamedTuple):
    """An image and what is said of it.

    Args:
        image: file name, without folders, as the file gives it.
        caption: as written.
        source: where it stands, as ``file:row``.
    """

    image: str
    caption: str
    source: str


class CaptionedImages(NamedTuple):
    """The captions of a file.

    Args:
        images: one an image, in the order of the file.
        source: the file.
        left_out: reason → the rows that were left out for it.
    """

    images: list[CaptionedImage]
    source: SourceFile
    left_out: LeftOut


def read_captions(path: str | Path, limit: int | None = None) -> CaptionedImages:
    """Read a file of captions; the content decides which format it has.

    Args:
        path: JSON lines, JSON, CSV or parquet; text may be gzipped.
        limit: the first so many rows only.

    Raises:
        DataError: the file is broken, or holds no captions.
        RequestError: the limit is less than one.
    """
    check_limit(limit)
    path = Path(path)
    rows = read_table_rows(path)
    if not holds_captions(rows):
        columns = ", ".join(rows.records[0])[:200] or "nothing"
        raise DataError(
            f"this holds no captions of images; found {columns}", file=path, row=rows.numbers[0], hint=_HINT
        )
    return captioned_images(rows, limit)


def holds_captions(rows: Rows) -> bool:
    """Whether rows are meant to be captions of images."""
    first = rows.records[0]
    return _is_mapping(rows) or (any(name in first for name in _IMAGE) and any(name in first for name in _CAPTION))


def is_captions(path: Path) -> bool:
    """Whether a file is meant to hold captions of images; a folder does not.

    Raises:
        DataError: it cannot be read.
    """
    return not path.is_dir() and holds_captions(read_table_rows(path))


def captioned_images(rows: Rows, limit: int | None = None) -> CaptionedImages:
    """Take the captions from the rows of a file.

    Args:
        rows: of the file.
        limit: the first so many rows only.

    Raises:
        DataError: a row has no image or no caption, or several.
    """
    left_out = LeftOut()
    images: dict[str, CaptionedImage] = {}
    for image, caption, row in islice(_told(rows), limit):
        name, place = _name(image), f"{rows.source.name}:{row}"
        if not name:
            left_out.add(NO_IMAGE, f"{place}: {image}")
        elif not caption.strip():
            left_out.add(EMPTY, f"{place}: {name}")
        elif name in images:
            left_out.add(TWICE, f"{place}: {name}")
        else:
            images[name] = CaptionedImage(name, caption, place)
    return CaptionedImages(list(images.values()), rows.source, left_out)


def caption_graphs(rows: Rows, limit: int | None = None) -> ReadGraphs:
    """Make scene graphs of the rows of a file of captions.

    Args:
        rows: of the file.
        limit: the first so many rows only.

    Raises:
        DataError: see `captioned_images`.
    """
    captioned = captioned_images(rows, limit)
    graphs = [captioned_graph(each) for each in captioned.images]
    for graph in graphs:
        if not graph.objects:
            captioned.left_out.add(NOTHING_NAMED, graph.image)
    return ReadGraphs([graph for graph in graphs if graph.objects], (captioned.source,), captioned.left_out)


def captioned_graph(captioned: CaptionedImage) -> SceneGraph:
    """The scene graph that a caption tells, without a language model; it has no objects where the caption names none.

    Example:
        >>> graph = captioned_graph(CaptionedImage("a.jpg", "A man wearing a red hat.", ""))
        >>> [(each.name, each.attributes) for each in graph.objects], [each.predicate for each in graph.relations]
        ([('man', ()), ('hat', ('red',))], ['wearing'])
    """
    said = read_caption(captioned.caption)
    objects = tuple(
        GraphObject(str(place), each.name, each.attributes, number_of(each))
        for place, each in enumerate(said.objects, start=1)
    )
    relations = tuple(
        GraphRelation(str(each.subject + 1), each.predicate, str(each.object + 1)) for each in said.relations
    )
    return SceneGraph(captioned.image, objects, relations, caption=captioned.caption, source=captioned.source)


def _is_mapping(rows: Rows) -> bool:
    """Whether a file is one object, image → caption."""
    first = rows.records[0]
    named = any(name in first for name in (*_IMAGE, *_CAPTION))
    return (
        len(rows.records) == 1 and bool(first) and not named and all(isinstance(text, str) for text in first.values())
    )


def _told(rows: Rows) -> Iterator[tuple[str, str, int]]:
    """Every image as the file names it, its caption, and where it stands."""
    if _is_mapping(rows):
        yield from ((image, caption, place) for place, (image, caption) in enumerate(rows.records[0].items(), start=1))
        return
    for record, row in zip(rows.records, rows.numbers, strict=True):
        image = next((record[name] for name in _IMAGE if isinstance(record.get(name), str)), None)
        columns = [name for name in _CAPTION if name in record]
        if image is None or len(columns) != 1:
            found = f"captions in {' and '.join(columns)}" if len(columns) > 1 else ", ".join(record)
            problem = f"expected one image and one caption, found {found}"
            raise DataError(problem, file=rows.source.name, row=row, hint=_HINT)
        caption = record[columns[0]]
        if not isinstance(caption, str | None):
            problem = f"{columns[0]} of {image} is {str(caption)[:60]!r}, expected text"
            raise DataError(problem, file=rows.source.name, row=row, hint=_HINT)
        yield image, caption or "", row


def _name(image: str) -> str:
    """The file name of an image, or the last part of its address.

    Example:
        >>> _name("val/a.jpg"), _name("https://example.org/photos/a%20b.jpg?size=large"), _name("https://example.org/")
        ('a.jpg', 'a b.jpg', '')
    """
    path = unquote(urlsplit(image).path) if "://" in image else image
    return PurePosixPath(path.strip()).name
