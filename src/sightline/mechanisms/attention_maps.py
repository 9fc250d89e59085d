"""Where on the picture chosen heads look: before the answer, and along the whole reply.

Values are shares of all of a head's attention, so that a map sums to what the head spends on the image and not to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.attention import answer_places
from sightline.mechanisms.judging import WHOLE, name_of
from sightline.mechanisms.sweep import Asked
from sightline.mechanisms.token_samples import pieces_of
from sightline.mechanisms.without_heads import WithoutHeads, one_prompt
from sightline.models.heads import Head, check_heads
from sightline.models.image_grid import Tile as Cells
from sightline.models.image_grid import image_grid
from sightline.models.knockout import Knockout
from sightline.models.pictures import read_picture
from sightline.models.transformers import TransformersModel
from sightline.report.attention_map import Picture
from sightline.report.attention_overlay import Overlay
from sightline.report.attention_tiles import WHOLE as ALL
from sightline.report.attention_tiles import Box, Tile

__all__ = ["AttentionMaps", "HeadMaps", "Placed", "attention_maps", "laid_out"]


@dataclass(frozen=True, eq=False)
class HeadMaps:
    """Where a head looks.

    Args:
        head: which.
        panels: of the query that predicts the answer, in the whole model, and without the missing heads where it is
            another.
        strips: for each panel (tokens, rows, columns) of the queries that predict the tokens of the reply.
        note: layer, head and query of the panels, in words.
        strip_note: those of the strips.
    """

    head: Head
    panels: tuple[Overlay, ...]
    strips: tuple[NDArray[np.float32], ...]
    note: str
    strip_note: str


@dataclass(frozen=True, eq=False)
class AttentionMaps:
    """Where heads look on a picture.

    Args:
        picture: (H, W, 3) uint8, upright, with grey where the model saw padding.
        tokens: of the whole model's reply, as text; together they are the reply.
        strip_picture: what of the picture the strips cover: all of it, or its crop that the model saw.
        heads: as they were asked for.
    """

    picture: Picture
    tokens: tuple[str, ...]
    strip_picture: Picture
    heads: tuple[HeadMaps, ...]


@torch.inference_mode()
def attention_maps(
    model: TransformersModel,
    asked: Asked,
    question: int,
    image: str | Path,
    heads: Sequence[Head],
    knockout: Knockout | None = None,
) -> AttentionMaps:
    """Map what heads attend to on the picture.

    A head's attention changes only where a head of a lower layer is missing; that of a head which is itself knocked out
    stays what it was, since knocking out replaces what it hands on. Then there is one map, and the notes say why.

    Args:
        model: the whole model.
        asked: an image, with the whole model's replies.
        question: which of its prompts.
        image: its file.
        heads: whose attention.
        knockout: heads that are missing, if any. The reply stays the whole model's.

    Raises:
        RequestError: a head does not exist, the reply has no readable answer, or where the family's image tokens lie is
            not known.
        MissingError: the file is not there.
        DataError: the file is no picture.
    """
    picture = np.asarray(read_picture(image).image)
    height, width = picture.shape[:2]
    grid = image_grid(
        model.family, model.model.config, model.processor, asked.group.prefix, asked.group.inputs, (width, height)
    )
    draft = asked.drafts[question]
    prompts = WithoutHeads(model, [one_prompt(asked, question)], knockout, texts=True)
    check_heads(heads, prompts.layout)
    (row,) = prompts.rows
    answers = answer_places(row)
    if draft.answer is None or not answers:
        raise RequestError(f"The reply {draft.text!r} has no readable answer, before which heads could be looking.")
    tokens = pieces_of(model.processor.tokenizer, draft.tokens)
    queries = np.concatenate([[answers[0]], row.places[row.followed[0, : len(tokens)]]])
    runs: dict[str, Knockout | None] = {WHOLE: None}
    if knockout is not None:
        runs[f"without {name_of(knockout.heads)}"] = knockout
    rows = {run: prompts.attention(how, queries[None])[:, 0] for run, how in runs.items()}
    placed = laid_out(picture, grid)
    before = "".join(tokens[draft.answer.start : draft.answer.end]).strip()
    found = tuple(_maps(head, rows, placed, before, _unchanged(head, knockout)) for head in heads)
    return AttentionMaps(placed.picture, tokens, placed.strip_picture, found)


def _maps(head: Head, rows: dict[str, NDArray[np.float32]], placed: "Placed", answer: str, unchanged: str) -> HeadMaps:
    """Maps of a head from (layers, heads, queries, keys), the first query that before the answer."""
    own = {run: values[head.layer, head.head] for run, values in rows.items() if run == WHOLE or not unchanged}
    panels = tuple(
        Overlay(run, tuple(Tile(values[0, cells.places], box) for cells, box in placed.tiles))
        for run, values in own.items()
    )
    notes = (f"the query that predicts “{answer}”", "of each token the query that predicts it")
    note, strip_note = (f"layer {head.layer}, head {head.head}; {query}{unchanged}" for query in notes)
    strips = tuple(values[1:, placed.strip.places] for values in own.values())
    return HeadMaps(head, panels, strips, note, strip_note)


def _unchanged(head: Head, knockout: Knockout | None) -> str:
    """Why a head's attention stays what it was, if it does."""
    if knockout is None or any(missing.layer < head.layer for missing in knockout.heads):
        return ""
    if head in knockout.heads:
        return "; the head is itself knocked out, which changes what it hands on and not what it attends to"
    return "; no head of a lower layer is knocked out, so that its attention stays what it was"


class Placed(NamedTuple):
    """Blocks of image tokens on a picture.

    Args:
        picture: with grey where the model saw padding.
        tiles: each with its box, in fractions of that picture.
        strip: the largest block, for where there is room for one.
        strip_picture: what of the picture it covers.
    """

    picture: Picture
    tiles: tuple[tuple[Cells, Box], ...]
    strip: Cells
    strip_picture: Picture


def laid_out(picture: Picture, grid: Sequence[Cells]) -> Placed:
    """Lay blocks of image tokens on a picture.

    Where the model saw padding, the picture is given it, in grey. Where blocks lie over each other, the largest is a
    thumbnail and is drawn over the whole picture, and the others end where it ends: off by less than a cell, since the
    pixels that do not fill a patch are left over by one and made up for by the others.

    Args:
        picture: (H, W, 3) uint8.
        grid: the blocks.
    """
    boxes = [Box(*cells.box) for cells in grid]
    main = int(np.argmax([(box.right - box.left) * (box.bottom - box.top) for box in boxes]))
    if any(boxes[main].meets(box) for place, box in enumerate(boxes) if place != main):
        boxes = [Box(*np.clip(box, 0, 1).tolist()) for box in boxes]
        boxes[main] = ALL
    height, width = picture.shape[:2]
    left, top = (round(max(0.0, -min(box[edge] for box in boxes)) * (width, height)[edge]) for edge in (0, 1))
    right, bottom = (
        round(max(0.0, max(box[edge + 2] for box in boxes) - 1) * (width, height)[edge]) for edge in (0, 1)
    )
    padded = np.pad(picture, ((top, bottom), (left, right), (0, 0)), constant_values=_GREY)
    size = np.array([width, height, width, height], dtype=np.float64)
    whole = np.array([padded.shape[1], padded.shape[0]] * 2, dtype=np.float64)
    fractions = [(np.array(box) * size + np.array([left, top, left, top])) / whole for box in boxes]
    placed = [Box(*np.clip(of, 0, 1).tolist()) for of in fractions]
    first, upper, last, lower = np.round(np.array(placed[main]) * whole).astype(int)
    return Placed(padded, tuple(zip(grid, placed, strict=True)), grid[main], padded[upper:lower, first:last])


_GREY = 128
