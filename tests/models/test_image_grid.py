"""A cell covers a region of the picture if, and only if, the region's pixels reach the cell's token.

The vision towers' attention is switched off, so that what the language model is handed at a token depends on the
token's own pixels only: real processors and models say themselves which tokens a region of the picture reaches.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_families import PATCH, SIDE, photograph, tiny
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

from sightline.errors import RequestError
from sightline.models.families import ALL, Family, family_of, follow
from sightline.models.image_grid import Tile, image_grid
from sightline.models.loading import load
from sightline.models.prompts import Prepared, prepare

PROJECTIONS = ("out_proj", "attn.proj", "projection_layer")
REGION = 2
REGIONS = 3


@dataclass
class Local:
    """A model whose image tokens see their own pixels only, and how many pixels across a token is."""

    model: Any
    processor: Any
    family: Family
    pixels: int

    def prepared(self, picture: Image.Image) -> Prepared:
        return prepare(self.processor, picture, ["What is this?"], template=self.family.chat_template)

    def grid(self, picture: Image.Image) -> tuple[Tile, ...]:
        group = self.prepared(picture)
        return image_grid(self.family, self.model.config, self.processor, group.prefix, group.inputs, picture.size)

    def image_tokens(self, picture: Image.Image) -> set[int]:
        prefix = self.prepared(picture).prefix
        return {place for place, token in enumerate(prefix) if token == self.model.config.image_token_id}

    @torch.inference_mode()
    def handed_on(self, picture: Image.Image) -> torch.Tensor:
        """What the language model is handed: (tokens of the prefix, width)."""
        group = self.prepared(picture)
        handed: list[torch.Tensor] = []
        hook = follow(self.model, self.family.language_model).register_forward_pre_hook(
            lambda module, given, named: handed.append(named["inputs_embeds"]), with_kwargs=True
        )
        by_token = {name: value[:, :-1] for name, value in group.by_token.items()}
        self.model.model(input_ids=torch.tensor([group.prefix]), **group.inputs, **by_token)
        hook.remove()
        return handed[0][0]


@cache
def local(model_type: str) -> Local:
    wrapped: Any = load("bundled") if model_type == "bundled" else tiny(model_type)
    model, processor = deepcopy(wrapped.model), deepcopy(wrapped.processor)
    for name, module in model.model.named_modules():
        if name.endswith(PROJECTIONS):
            torch.nn.init.zeros_(module.weight)
            torch.nn.init.zeros_(module.bias)
    family = family_of(model.config.model_type)
    assert family is not None
    across = {"bundled": 16, "internvl": 2 * PATCH, "qwen2_vl": 2 * 4, "qwen2_5_vl": 2 * 4}
    return Local(model, processor, family, across.get(model_type, PATCH))


def padding_llava() -> Local:
    """LLaVA-1.5 as its authors trained it: the picture padded to a square."""
    found = deepcopy(local("llava"))
    sizes = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    found.processor.image_processor = LlavaImageProcessorPil(**sizes, do_pad=True)
    return found


def with_a_class_token() -> Local:
    found = deepcopy(local("llava"))
    found.model.config.vision_feature_select_strategy = "full"
    found.processor.vision_feature_select_strategy = "full"
    return found


def scaling_down() -> Local:
    """LLaVA-OneVision that scales four tiles down to the tokens of one."""
    found = deepcopy(local("llava_onevision"))
    found.model.config.vision_aspect_ratio = "anyres_max_1"
    found.processor.vision_aspect_ratio = "anyres_max_1"
    return found


def leaving_over() -> Local:
    """LLaVA-OneVision whose patches leave two of a tile's 30 pixels over, as those of SigLIP leave 6 of 384."""
    found = deepcopy(local("llava_onevision"))
    side, pinpoints = SIDE + 2, [[SIDE + 2, 2 * SIDE + 4]]
    found.model.config.vision_config.image_size = side
    found.model.config.image_grid_pinpoints = pinpoints
    found.processor.image_processor.size = {"height": side, "width": side}
    found.processor.image_processor.image_grid_pinpoints = pinpoints
    return found


CASES: dict[str, tuple[Callable[[], Local], tuple[int, int], int]] = {
    "LLaVA-1.5 wide": (lambda: local("llava"), (240, 120), 0),
    "LLaVA-1.5 tall": (lambda: local("llava"), (120, 150), 0),
    "LLaVA-1.5 padded": (padding_llava, (240, 120), 0),
    "LLaVA-1.5 with a class token": (with_a_class_token, (120, 150), 1),
    "ViP-LLaVA": (lambda: local("vipllava"), (240, 120), 0),
    "bundled wide": (lambda: local("bundled"), (400, 200), 0),
    "bundled tall": (lambda: local("bundled"), (200, 300), 0),
    "Qwen2-VL wide": (lambda: local("qwen2_vl"), (160, 96), 0),
    "Qwen2-VL tall": (lambda: local("qwen2_vl"), (100, 170), 0),
    "Qwen2.5-VL wide": (lambda: local("qwen2_5_vl"), (160, 96), 0),
    "Qwen2.5-VL tall": (lambda: local("qwen2_5_vl"), (100, 170), 0),
    "LLaVA-OneVision wide": (lambda: local("llava_onevision"), (336, 84), 2),
    "LLaVA-OneVision tall": (lambda: local("llava_onevision"), (160, 336), 8),
    "LLaVA-OneVision of four": (lambda: local("llava_onevision"), (300, 250), 6),
    "LLaVA-OneVision scaled down": (scaling_down, (300, 300), 4),
    "LLaVA-OneVision with pixels left over": (leaving_over, (360, 180), 4),
    "InternVL wide": (lambda: local("internvl"), (336, 168), 0),
    "InternVL tall": (lambda: local("internvl"), (150, 420), 0),
    "InternVL in one": (lambda: local("internvl"), (36, 38), 0),
    "Janus wide": (lambda: local("janus"), (240, 120), 0),
    "Janus tall": (lambda: local("janus"), (130, 200), 0),
}
"""A model, the size of a picture, and how many tokens separate only."""


def cells(tile: Tile) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """Every token of a tile with its cell."""
    rows, columns = tile.places.shape
    left, top, right, bottom = tile.box
    across, down = (right - left) / columns, (bottom - top) / rows
    for (row, column), place in np.ndenumerate(tile.places):
        x, y = left + column * across, top + row * down
        yield int(place), (x, y, x + across, y + down)


def covering(tile: Tile, size: tuple[int, int], x: int, y: int, pixels: int) -> set[int] | None:
    """The token whose cell covers a region, if any; None where it lies so near an edge that scaling blurs it across."""
    found = set()
    for place, (left, top, right, bottom) in cells(tile):
        apart, inside = False, True
        for low, high, begin, sides in ((left, right, x, size[0]), (top, bottom, y, size[1])):
            # A bicubic filter reaches over two pixels of the smaller picture to either side.
            reach = 2 * max(1, (high - low) * sides / pixels) + 1
            apart |= begin + REGION + reach <= low * sides or high * sides <= begin - reach
            inside &= low * sides + reach <= begin and begin + REGION <= high * sides - reach
        if inside:
            found.add(place)
        elif not apart:
            return None
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_region_reaches_exactly_the_tokens_whose_cells_cover_it(case: str) -> None:
    make, size, _ = CASES[case]
    tested = make()
    picture = photograph(0, *size)
    tiles = tested.grid(picture)
    before = tested.handed_on(picture)
    everywhere = [(x, y) for x in range(0, size[0] - 1, 2) for y in range(0, size[1] - 1, 2)]
    shuffled = np.random.default_rng(0).permutation(everywhere).tolist()
    for tile in tiles:
        inside = (at for at in shuffled if covering(tile, size, *at, tested.pixels))
        regions = list(islice(inside, REGIONS))
        assert len(regions) == REGIONS
        for x, y in regions:
            pixels = np.array(picture)
            there = pixels[y : y + REGION, x : x + REGION]
            there[:] = np.where(there < 128, 255, 0)
            reached = (tested.handed_on(Image.fromarray(pixels)) - before).abs().amax(dim=-1) > 1e-5
            found = set(reached.nonzero()[:, 0].tolist())
            for other in tiles:
                expected = covering(other, size, x, y, tested.pixels)
                assert expected is None or found & set(other.places.ravel()) == expected, (x, y)


def test_what_is_cropped_away_reaches_no_token() -> None:
    tested = local("llava")
    picture = photograph(0, 240, 120)
    pixels = np.array(picture)
    pixels[:, :50] = 0
    pixels[:, 190:] = 0
    assert torch.equal(tested.handed_on(Image.fromarray(pixels)), tested.handed_on(picture))


@pytest.mark.parametrize("case", CASES)
def test_every_image_token_but_separators_has_one_place(case: str) -> None:
    make, size, separators = CASES[case]
    tested = make()
    picture = photograph(0, *size)
    places = np.concatenate([tile.places.ravel() for tile in tested.grid(picture)])
    tokens = tested.image_tokens(picture)
    assert len(set(places)) == len(places) == len(tokens) - separators
    assert set(places) <= tokens


BOXES: dict[str, tuple[Callable[[], Local], tuple[int, int], list[tuple[tuple[int, int], tuple[float, ...]]]]] = {
    # 101 × 64 becomes 44 × 28, of which the middle 28 are kept, from 8 on.
    "LLaVA-1.5": (lambda: local("llava"), (101, 64), [((4, 4), (8 / 44, 0, 36 / 44, 1))]),
    "LLaVA-1.5 padded": (padding_llava, (240, 120), [((4, 4), (0, -0.5, 1, 1.5))]),
    "bundled": (lambda: local("bundled"), (300, 200), [((8, 8), (0, 0, 1, 1))]),
    # At most 1,600 pixels: 160 × 96 becomes 48 × 24 in cells of 8 × 8.
    "Qwen2-VL": (lambda: local("qwen2_vl"), (160, 96), [((3, 6), (0, 0, 1, 1))]),
    "Qwen2.5-VL": (lambda: local("qwen2_5_vl"), (96, 160), [((6, 3), (0, 0, 1, 1))]),
    # 300 × 250 becomes 56 × 47 and lies 4 pixels down on 56 × 56; the first and last line of 8 patches are cut off.
    "LLaVA-OneVision": (
        lambda: local("llava_onevision"),
        (300, 250),
        [
            ((4, 4), (0, 0, 1, 1)),
            ((3, 4), (0, 3 / 47, 0.5, 24 / 47)),
            ((3, 4), (0.5, 3 / 47, 1, 24 / 47)),
            ((3, 4), (0, 24 / 47, 0.5, 45 / 47)),
            ((3, 4), (0.5, 24 / 47, 1, 45 / 47)),
        ],
    ),
    # Each tile of 30 pixels is seen up to its 28th; the picture is 60 × 30.
    "LLaVA-OneVision with pixels left over": (
        leaving_over,
        (360, 180),
        [
            ((4, 4), (0, 0, 28 / 30, 28 / 30)),
            ((4, 4), (0, 0, 28 / 60, 28 / 30)),
            ((4, 4), (30 / 60, 0, 58 / 60, 28 / 30)),
        ],
    ),
    "InternVL": (
        lambda: local("internvl"),
        (336, 168),
        [((2, 2), (0, 0, 0.5, 1)), ((2, 2), (0.5, 0, 1, 1)), ((2, 2), (0, 0, 1, 1))],
    ),
    "InternVL in one": (lambda: local("internvl"), (36, 38), [((2, 2), (0, 0, 1, 1))]),
    # 130 × 200 becomes 18 × 28, with 5 pixels of padding to either side.
    "Janus": (lambda: local("janus"), (130, 200), [((4, 4), (-5 / 18, 0, 23 / 18, 1))]),
}


@pytest.mark.parametrize("case", BOXES)
def test_boxes_are_those_computed_by_hand(case: str) -> None:
    make, size, expected = BOXES[case]
    tiles = make().grid(photograph(0, *size))
    assert [tile.places.shape for tile in tiles] == [shape for shape, _ in expected]
    for tile, (_, box) in zip(tiles, expected, strict=True):
        assert tile.box == pytest.approx(box)


def test_the_grid_of_llava_onevision_as_published_takes_the_tokens_that_its_processor_writes() -> None:
    pictures = LlavaOnevisionImageProcessorPil()
    processor = deepcopy(local("llava_onevision").processor)
    processor.image_processor, processor.num_image_tokens = pictures, 27 * 27
    processor.vision_aspect_ratio = "anyres_max_9"
    vision = SimpleNamespace(image_size=384, patch_size=14)
    config = SimpleNamespace(
        image_token_id=7,
        vision_config=vision,
        vision_aspect_ratio="anyres_max_9",
        image_grid_pinpoints=pictures.image_grid_pinpoints,
    )
    family = family_of("llava_onevision")
    sizes = [(640, 480), (480, 640), (336, 336), (2000, 300), (301, 2999), (2500, 2400), (97, 41)]
    for width, height in sizes:
        (tokens,) = processor._get_num_multimodal_tokens(image_sizes=[(height, width)]).num_image_tokens
        tiles = image_grid(family, config, processor, [7] * tokens, {}, (width, height))
        last = max(int(tile.places[-1, -1]) for tile in tiles)
        assert last == tokens - 2  # after it comes the end of the last line
        for tile in tiles[1:]:
            down = (tile.box[3] - tile.box[1]) * height / tile.places.shape[0]
            across = (tile.box[2] - tile.box[0]) * width / tile.places.shape[1]
            assert down == pytest.approx(across, rel=0.06)  # cells are squares, but for rounding to whole pixels


def test_a_family_without_a_grid_is_refused_by_name() -> None:
    config = tiny("paligemma").model.config
    for family, name in ((family_of("paligemma"), "PaliGemma"), (None, "paligemma")):
        with pytest.raises(
            RequestError, match=f"^The grid of the family {name} is not known: .* Known are LLaVA-1.5, "
        ):
            image_grid(family, config, None, [], {}, (10, 10))


def test_the_families_whose_grid_is_known_are_these() -> None:
    assert {family.name for family in ALL if family.grid} == {
        "LLaVA-1.5",
        "LLaVA-OneVision",
        "Qwen2-VL",
        "Qwen2.5-VL",
        "InternVL",
        "Janus",
    }


@pytest.mark.parametrize("model_type", ("llava", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "internvl", "janus"))
def test_tokens_of_another_picture_are_refused(model_type: str) -> None:
    tested = local(model_type)
    wide = tested.prepared(photograph(0, 300, 100))
    with pytest.raises(RequestError, match=r"^The image has \d+ tokens where \d+ × \d+ × \d+ were expected"):
        image_grid(tested.family, tested.model.config, tested.processor, wide.prefix[:-3], wide.inputs, (300, 100))
