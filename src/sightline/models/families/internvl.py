"""InternVL, as transformers has it: tiles and a thumbnail of InternViT features between two marks.

The chat format is that of the language model behind it, Qwen2.5 or InternLM; positions count tokens.
"""

from math import isqrt
from sys import modules

from sightline.models.families.family import Family
from sightline.models.families.tiles import WHOLE, Shown, Tile, blocks

__all__ = ["FAMILY", "grid"]


def grid(shown: Shown) -> tuple[Tile, ...]:
    """Tiles of the picture, stretched to fill them, row by row; then a thumbnail, where there is more than one."""
    count = int(shown.inputs["pixel_values"].shape[0])
    side = isqrt(len(shown.tokens) // count)
    if count == 1:
        return (Tile(blocks(shown.tokens, 1, side, side)[0], WHOLE),)
    columns, rows = _arrangement(shown)
    places = blocks(shown.tokens, columns * rows + 1, side, side)
    boxes = [
        (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
        for row in range(rows)
        for column in range(columns)
    ]
    return tuple(Tile(*pair) for pair in zip(places, [*boxes, WHOLE], strict=True))


def _arrangement(shown: Shown) -> tuple[int, int]:
    """Columns and rows of tiles, by the rule in the module of its image processor, whichever that is."""
    pictures = shown.processor.image_processor
    rule = modules[type(pictures).__module__].get_optimal_tiled_canvas
    tile = (pictures.size["height"], pictures.size["width"])
    columns, rows = rule((shown.height, shown.width), tile, pictures.min_patches, pictures.max_patches)
    return columns, rows


FAMILY = Family(
    name="InternVL",
    model_types=("internvl",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    needs="torchvision, for the video part of its processor",
    markers=("<img>", "</img>"),
    grid=grid,
)
