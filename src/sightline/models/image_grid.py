"""Where on the picture each image token of a prompt lies, for any family whose grid is known.

What is particular to a family stands in its file under `models/families`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sightline.errors import RequestError
from sightline.models.families import ALL, Family
from sightline.models.families.tiles import Shown, Tile

__all__ = ["Tile", "image_grid"]


def image_grid(
    family: Family | None,
    config: Any,
    processor: Any,
    prefix: Sequence[int],
    inputs: Mapping[str, Any],
    picture_size: tuple[int, int],
) -> tuple[Tile, ...]:
    """Say where on the picture the image tokens of a prompt lie.

    Args:
        family: of the model.
        config: of the model.
        processor: of the model.
        prefix: the tokens of the prompt, at least up to the end of its one image.
        inputs: what the processor made of the picture, as in `Prepared`.
        picture_size: width and height of the upright picture, in pixels.

    Returns:
        The tiles in the order of their tokens. A cell of a tile is what its token was computed from; attention in the
        vision tower has let it see the rest. Where a thumbnail goes with the tiles, it is the one that shows the whole
        picture. Tokens that only separate (ends of lines) are in none.

    Raises:
        RequestError: the grid of the family is not known, or the tokens are not those of such a picture.
    """
    if family is None or family.grid is None:
        name = family.name if family is not None else config.model_type
        known = ", ".join(one.name for one in ALL if one.grid is not None)
        raise RequestError(
            f"The grid of the family {name} is not known: where on the picture its image tokens lie. Known are {known}."
        )
    tokens = np.flatnonzero(np.array(prefix) == config.image_token_id)
    return family.grid(Shown(config, processor, tokens, inputs, *picture_size))
