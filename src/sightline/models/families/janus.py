"""Janus, as far as it looks at images: a fixed number of tokens between two marks.

Its processor may write a system prompt before what the chat template gives.
"""

from sightline.models.families.family import Family
from sightline.models.families.tiles import Shown, Tile, blocks, on_picture

__all__ = ["FAMILY", "grid"]


def grid(shown: Shown) -> tuple[Tile, ...]:
    """One block over the picture, padded to a square."""
    height, width = (int(side) for side in shown.inputs["pixel_values"].shape[-2:])
    patch = shown.config.vision_config.patch_size
    rows, columns = height // patch, width // patch
    pictures = shown.processor.image_processor
    scale = max(width, height) / max(shown.width, shown.height)
    across, down = (max(round(side * scale), pictures.min_size) for side in (shown.width, shown.height))
    left, top = (width - across) // 2, (height - down) // 2
    box = on_picture((0, 0, columns * patch, rows * patch), (left, top, left + across, top + down))
    return (Tile(blocks(shown.tokens, 1, rows, columns)[0], box),)


FAMILY = Family(
    name="Janus",
    model_types=("janus",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    markers=("<begin_of_image>", "<end_of_image>"),
    grid=grid,
)
