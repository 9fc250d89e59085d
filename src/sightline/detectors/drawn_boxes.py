"""What detectors see, drawn into the picture."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sightline.core.detecting import Sighting
from sightline.models.pictures import read_picture

__all__ = ["draw_boxes"]

_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7")
"""Okabe and Ito's, which can be told apart on photographs and on dark ground."""
_LEAST_SIDE = 640
"""Smaller pictures are drawn larger, so that words fit."""
_TEXT = 14

_Edges = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def draw_boxes(image: Path, seen: Mapping[str, Sequence[Sighting]]) -> bytes:
    """Draw boxes with names and scores, in one colour for each detector.

    Args:
        image: the picture.
        seen: detector → what it saw; without a box nothing is drawn.

    Returns:
        A PNG; the names of the detectors stand below the picture.

    Raises:
        DataError: the picture cannot be read.
    """
    picture = read_picture(image).image
    times = max(1, -(-_LEAST_SIDE // max(picture.size)))
    large = picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    canvas = Image.new("RGB", (large.width, large.height + 2 * _TEXT), "white")
    canvas.paste(large)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(_TEXT)
    shown = [
        (_COLOURS[place % len(_COLOURS)], sighting, _edges(sighting.box, large.size, place))
        for place, sightings in enumerate(seen.values())
        for sighting in sightings
        if sighting.box is not None
    ]
    for colour, _, edges in shown:
        draw.rectangle(edges, outline=colour, width=2)
    taken: list[_Edges] = []
    for colour, sighting, edges in shown:  # above all boxes, which would cross them out
        _label(draw, font, f"{sighting.object} {sighting.score:.2f}", edges, colour, taken, large.size)
    at = 4.0
    for place, name in enumerate(seen):
        draw.rectangle((at, large.height + 8, at + 12, large.height + 20), fill=_COLOURS[place % len(_COLOURS)])
        draw.text((at + 18, large.height + 5), name, "black", font)
        at += 34 + draw.textlength(name, font)
    written = BytesIO()
    canvas.save(written, "PNG")
    return written.getvalue()


def _edges(box: _Edges, size: tuple[int, int], place: int) -> _Edges:
    """The box in pixels, that of each further detector a little wider, so that equal ones do not hide each other."""
    left, top, right, bottom = box
    width, height = size
    out = 3 * place
    return left * width - out, top * height - out, max(right, left) * width + out, max(bottom, top) * height + out


def _label(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    text: str,
    edges: _Edges,
    colour: str,
    taken: list[_Edges],
    size: tuple[int, int],
) -> None:
    """Write above a box, or beneath it, where no other label stands; above where all places are taken."""
    wide, high = draw.textlength(text, font) + 6, _TEXT + 4
    x = min(max(edges[0], 0), size[0] - wide)
    places = [edges[1] - high * step for step in (1, 2, 3)] + [edges[3] + high * step for step in (0, 1, 2)]
    inside = [y for y in places if 0 <= y <= size[1] - high] or [0.0]
    free = [
        y for y in inside if not any(x < r and left < x + wide and y < b and t < y + high for left, t, r, b in taken)
    ]
    y = (free or inside)[0]
    taken.append((x, y, x + wide, y + high))
    draw.rectangle((x, y, x + wide, y + high), fill=colour)
    draw.text((x + 3, y + 1), text, "black", font)
