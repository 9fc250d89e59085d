"""LLaVA-1.5 and ViP-LLaVA: a plain text prompt (USER: … ASSISTANT:).

As many image tokens stand in the place of ``<image>`` whatever the image; positions count tokens.
"""

from typing import Any

from sightline.models.families.family import Family
from sightline.models.families.tiles import Box, Shown, Tile, blocks, on_picture

__all__ = ["FAMILY", "grid"]


def grid(shown: Shown) -> tuple[Tile, ...]:
    """One block over what the processor leaves: mostly a crop from the centre, or the picture squeezed to a square."""
    height, width = (int(side) for side in shown.inputs["pixel_values"].shape[-2:])
    patch = shown.config.vision_config.patch_size
    rows, columns = height // patch, width // patch
    of_class = getattr(shown.processor, "num_additional_image_tokens", 0) if _keeps_all(shown.config) else 0
    seen = (0, 0, columns * patch, rows * patch)
    places = blocks(shown.tokens[of_class:], 1, rows, columns)[0]
    return (Tile(places, on_picture(seen, _picture(shown, width, height))),)


def _keeps_all(config: Any) -> bool:
    return getattr(config, "vision_feature_select_strategy", "default") == "full"


def _picture(shown: Shown, width: int, height: int) -> Box:
    """Where the picture lies on what the model sees, which is so wide and high."""
    pictures = shown.processor.image_processor
    padded_width, padded_height = shown.width, shown.height
    if getattr(pictures, "do_pad", False) and hasattr(pictures, "pad_to_square"):
        padded_width = padded_height = max(shown.width, shown.height)
    scaled_width, scaled_height = width, height
    if getattr(pictures, "do_center_crop", False):
        scaled_width, scaled_height = _scaled(pictures, padded_width, padded_height)
    across, down = scaled_width / padded_width, scaled_height / padded_height
    left = (padded_width - shown.width) // 2 * across - (scaled_width - width) // 2
    top = (padded_height - shown.height) // 2 * down - (scaled_height - height) // 2
    return left, top, left + shown.width * across, top + shown.height * down


def _scaled(pictures: Any, width: int, height: int) -> tuple[int, int]:
    """The size that a picture is scaled to before it is cropped."""
    if not pictures.do_resize:
        return width, height
    shortest = pictures.size.get("shortest_edge")
    if shortest is None:
        return pictures.size["width"], pictures.size["height"]
    return int(shortest * width / min(width, height)), int(shortest * height / min(width, height))


FAMILY = Family(
    name="LLaVA-1.5",
    model_types=("llava", "vipllava"),
    language_model="model.language_model",
    layers="model.language_model.layers",
    grid=grid,
)
