"""Things that can be counted or have a colour, from annotations.

- Scene graphs: an array of images with Visual Genome's field names. The things of an image are its objects of one name;
  an object may say how well it can be seen (``"visibility": "marginal"``), and then its kind is left out, since nobody
  could say how many there are.
- A table: rows of CSV, JSON or parquet with image, object, and number or colour (both may stand there).
- CountBench's file.

What is left out is listed by the reason, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from sightline.benchmarks.countbench import is_countbench, read_countbench
from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.readers.nouns import singular
from sightline.records.json_rows import Rows
from sightline.records.table_rows import read_table_rows

__all__ = ["Thing", "Things", "Wanted", "read_things"]

Wanted = Literal["number", "colour"]
"""What is to be known of a thing."""


class Thing(NamedTuple):
    """An object of an image, all of its kind.

    Args:
        image: the name of the image.
        object: in the singular.
        number: how many there are; 1 where a table does not say.
        colour: the one colour that all of them have; None where that is not known.
    """

    image: str
    object: str
    number: int
    colour: str | None = None


@dataclass
class Things:
    """What a source holds.

    Args:
        source: the file.
        images: how many images it describes.
        things: in the order of the file.
        left_out: reason → what was left out for it.
    """

    source: SourceFile
    images: int = 0
    things: list[Thing] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, reason: str, what: str) -> None:
        """Put something on the list of what was left out."""
        self.left_out.setdefault(reason, []).append(what)


def read_things(path: str | Path, wanted: Wanted, palette: Sequence[str] = (), keep_marginal: bool = False) -> Things:
    """Read what can be asked about.

    Args:
        path: scene graphs, a table, or CountBench's file; JSON and CSV may be gzipped.
        wanted: what must be known of a thing.
        palette: the colours to look for among attributes.
        keep_marginal: count kinds of which some can hardly be seen as well.

    Raises:
        DataError: the file is broken, of none of these formats, or a row lacks what is wanted.
    """
    path = Path(path)
    rows = read_table_rows(path)
    first = rows.records[0]
    found = Things(rows.source)
    if isinstance(first.get("objects"), list):
        for record, row in zip(rows.records, rows.numbers, strict=True):
            _scene(record, row, found, wanted, palette, keep_marginal)
    elif is_countbench(first):
        if wanted != "number":
            raise DataError("CountBench has no colours", file=path)
        for captioned in read_countbench(rows.records, rows.source.name):
            if captioned.noun is None:
                found.leave_out("no plural noun after the number", f"{captioned.image}: {captioned.caption}")
            else:
                found.things.append(Thing(captioned.image, captioned.noun, captioned.number))
        found.images = len(rows.records)
    elif {"image", "object", wanted} <= first.keys():
        found.things = list(_table(rows, wanted))
        found.images = len({thing.image for thing in found.things})
    else:
        hint = f"Expected scene graphs (image_id, objects), rows with image, object and {wanted}, or CountBench's file."
        raise DataError(f"the first row has {', '.join(first)}", file=path, row=rows.numbers[0], hint=hint)
    return found


def _table(rows: Rows, wanted: Wanted) -> Iterator[Thing]:
    known: dict[tuple[str, str], int] = {}
    for record, row in zip(rows.records, rows.numbers, strict=True):
        image, object_, number, colour = (record.get(name) for name in ("image", "object", "number", "colour"))
        number = 1 if number is None and wanted == "colour" else _whole(number)
        for name, value in (("image", image), ("object", object_)):
            if not isinstance(value, str) or not value.strip():
                raise DataError(f"{name} is {value!r}, expected text", file=rows.source.name, row=row)
        if type(number) is not int or number < 0:
            problem = f"number is {number!r}, expected a whole number from 0 on"
            raise DataError(problem, file=rows.source.name, row=row)
        if wanted == "colour" and (not isinstance(colour, str) or not colour):
            raise DataError(f"colour is {colour!r}, expected text", file=rows.source.name, row=row)
        thing = Thing(str(image), singular(str(object_).lower()), number, colour and str(colour).lower())
        if (thing.image, thing.object) in known:
            problem = f"{thing.object} of {thing.image} stands in row {known[thing.image, thing.object]} already"
            raise DataError(problem, file=rows.source.name, row=row)
        known[thing.image, thing.object] = row
        yield thing


def _whole(cell: object) -> object:
    """A whole number that a cell of CSV writes as text; anything else as it is."""
    return int(cell) if isinstance(cell, str) and cell.strip().isdecimal() else cell


def _scene(
    record: Mapping[str, Any],
    row: int,
    found: Things,
    wanted: Wanted,
    palette: Sequence[str],
    keep_marginal: bool,
) -> None:
    """Take the things of one image."""
    file = found.source.name
    image = _image_name(record, file, row)
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    objects = record.get("objects")
    for object_ in objects if isinstance(objects, list) else []:
        names = object_.get("names") if isinstance(object_, dict) else None
        if not isinstance(names, list) or not names or not isinstance(names[0], str) or not names[0].strip():
            raise DataError(f"an object of {image} has no names: {object_!r:.80}", file=file, row=row)
        kinds.setdefault(" ".join(names[0].lower().split()), []).append(object_)
    found.images += 1
    for name, own in kinds.items():
        what = f"{image}: {name}"
        if singular(name) != name:
            found.leave_out("named in the plural", what)  # one box around several
        elif not keep_marginal and any(one.get("visibility", "clear") != "clear" for one in own):
            found.leave_out("some can hardly be seen", what)
        else:
            colour = _colour(own, palette)
            if wanted == "colour" and colour is None:
                found.leave_out("not of one colour of the cycle", what)
            else:
                found.things.append(Thing(image, name, len(own), colour))


def _image_name(record: Mapping[str, Any], file: str, row: int) -> str:
    name = record.get("file_name")
    if isinstance(name, str) and name:
        return name
    url, id_ = record.get("url"), record.get("image_id")
    if isinstance(url, str) and PurePosixPath(url).name:
        return PurePosixPath(url).name
    if type(id_) is int:
        return f"{id_}.jpg"
    raise DataError("the image has neither file_name nor url nor image_id", file=file, row=row)


def _colour(own: Sequence[Mapping[str, Any]], palette: Sequence[str]) -> str | None:
    """The colour that every one of them has, and no other."""
    named = [
        {"gray" if attribute == "grey" else attribute for attribute in one.get("attributes", ())} & set(palette)
        for one in own
    ]
    first = named[0]
    return next(iter(first)) if len(first) == 1 and all(colours == first for colours in named) else None
