"""Where in a caption hallucination stands, and whether it follows on itself.

Captions are parted into sentences. A sentence stands at a position, and after a context: what came before it in the
same caption, clean where every object mentioned so far is in the image, else hallucinated. Two things raise the rate
after a hallucinated context by themselves: an object that is not there is named again, and later sentences hallucinate
more anyway. So objects named for the first time in their caption are counted apart from all mentions, and one
difference is taken within equal positions.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.benchmarks.image_objects import AnnotatedImages, ImageObjects
from sightline.errors import MissingError, RequestError
from sightline.evaluation.captions import Captions
from sightline.evaluation.score import check_draws
from sightline.readers.caption_objects import CaptionReader, caption_reader
from sightline.readers.sentences import sentences
from sightline.readers.thinking import strip_thinking
from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = ["CONTEXTS", "DIFFERENCE", "MATCHED", "POSITIONS", "RATES", "position_names", "propagation"]

RATES = ("mentions", "new_objects", "sentences")
"""What is hallucinated of what: mentions of all mentions; objects named for the first time in their caption of all of
those; sentences with a mention of an object that is not there of all sentences."""

CONTEXTS = ("any", "clean", "hallucinated")
"""What a sentence stands after."""

DIFFERENCE = "difference"
"""The rate after a hallucinated context less that after a clean one."""

MATCHED = "matched"
"""The position at which the difference is the mean of those of the single ones, weighed as Mantel and Haenszel do."""

POSITIONS = 6
"""How many positions are told apart unless another number is asked for."""


_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("model", "rate", "position", "context")]
    + [(name, pa.float64()) for name in ("value", "low", "high")]
    + [(name, pa.int64()) for name in ("hallucinated", "of", "images")]
)


def position_names(positions: int) -> tuple[str, ...]:
    """The names of the positions, those that gather others last.

    Example:
        >>> position_names(3)
        ('1', '2', '3', 'later', 'last', 'all', 'from 2 on')
    """
    return (*map(str, range(1, positions + 1)), "later", "last", "all", "from 2 on")


class _Sentence(NamedTuple):
    """What a sentence mentions: (hallucinated, all) for each of `RATES`; and whether its context is hallucinated."""

    counts: tuple[tuple[int, int], ...]
    after: bool


def propagation(
    captions: Sequence[Captions],
    annotated: AnnotatedImages,
    reader: str = "nouns",
    *,
    positions: int = POSITIONS,
    draws: int = DRAWS,
    seed: int = 0,
    allow_missing: bool = False,
) -> pa.Table:
    """Rates of hallucination by position and context, with 95 % intervals over whole images.

    Args:
        captions: of one or several models.
        annotated: what is in the images.
        reader: name of the reader of captions.
        positions: how many positions are told apart.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: leave captions out whose image is not annotated, and count them.

    Returns:
        A row for each model, rate, position and context: value with low and high, hallucinated, of, images; and the
        record in the metadata. The last sentence is that of captions with several. Values are null where there is
        nothing to divide by; a difference has no counts.

    Raises:
        MissingError: images of captions are not annotated.
        RequestError: the reader is unknown, or a number makes no sense.
    """
    check_draws(draws, seed)
    if positions < 1:
        raise RequestError(f"{positions} positions are to be told apart; expected at least 1.")
    read = caption_reader(reader)
    rows: list[dict[str, object]] = []
    missing: dict[str, int] = {}
    for each in captions:
        unknown = [image for image in each.images if image not in annotated.objects]
        if len(unknown) == len(each.images) or (unknown and not allow_missing):
            raise MissingError(
                f"image {unknown[0]!r} is not annotated; {len(unknown):,} of {len(each.images):,} captions are of such",
                file=each.source.name,
                hint="Name the annotations that list them (--objects), or leave such captions out: --allow-missing.",
            )
        missing[each.model] = len(unknown)
        rows += _rows(each.model, _counts(each, annotated.objects, read, positions), positions, draws, seed)
    record = {
        "sightline": version("sightline"),
        "captions": {each.model: asdict(each.source) for each in captions},
        "objects": [asdict(source) for source in annotated.sources],
        "missing": missing,
        "reader": str(read),
        "settings": {"positions": positions, "draws": draws, "seed": seed},
    }
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    return table.replace_schema_metadata({"sightline": json.dumps(record)})


def _counts(
    captions: Captions, objects: Mapping[str, ImageObjects], reader: CaptionReader, positions: int
) -> NDArray[np.float64]:
    """Count the sentences of every image: (images, positions, contexts, rates, 2), hallucinated and all."""
    places: dict[str, int] = {}
    cells: dict[tuple[int, ...], int] = {}
    kinds = len(position_names(positions))
    for image, text in zip(captions.images, captions.texts, strict=True):
        if image not in objects:
            continue
        cluster = places.setdefault(image, len(places))
        read = _read(strip_thinking(text), objects[image], reader)
        for place, sentence in enumerate(read):
            stands = [(min(place, positions), 0), (kinds - 2, 0)]
            if place:
                last = place == len(read) - 1
                later = [min(place, positions), kinds - 1, *([kinds - 3] if last else [])]
                stands += [(kinds - 1, 0), *([(kinds - 3, 0)] if last else [])]
                stands += [(position, 1 + sentence.after) for position in later]
            for position, context in stands:
                for rate, pair in enumerate(sentence.counts):
                    for part, n in enumerate(pair):
                        cell = cluster, position, context, rate, part
                        cells[cell] = cells.get(cell, 0) + n
    counts = np.zeros((len(places), kinds, len(CONTEXTS), len(RATES), 2))
    if cells:
        counts[tuple(np.array(list(cells)).T)] = list(cells.values())
    return counts


def _read(text: str, present: ImageObjects, reader: CaptionReader) -> list[_Sentence]:
    mentions = list(reader.mentions(text, present.vocabulary))
    found: list[_Sentence] = []
    named: set[str] = set()
    place = 0
    for _, end in sentences(text):
        held = []
        while place < len(mentions) and mentions[place].span[0] < end:
            held.append(mentions[place].object)
            place += 1
        new = set(held) - named
        pairs = [(sum(object_ not in present.objects for object_ in some), len(some)) for some in (held, list(new))]
        found.append(_Sentence((*pairs, (int(pairs[0][0] > 0), 1)), bool(named - present.objects)))
        named |= new
    return found


def _rows(
    model: str, counts: NDArray[np.float64], positions: int, draws: int, seed: int
) -> Iterator[dict[str, object]]:
    """The rates of one model and their intervals."""
    totals, drawn = counts.sum(axis=0), cluster_totals(counts, draws, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        value, values = totals[..., 0] / totals[..., 1], drawn[..., 0] / drawn[..., 1]
    images = (counts[..., 1] > 0).sum(axis=0)
    interval = percentile_interval(value, values, images)
    fewest = images[:, 1:].min(axis=1)
    fewest = np.concatenate([fewest, fewest[[-1]]])  # matched rests on the images of "from 2 on"
    difference, differences = _differences(totals, positions), _differences(drawn, positions)
    between = percentile_interval(difference, differences, fewest, is_rate=False)
    for rate, rate_name in enumerate(RATES):
        for place, position in enumerate((*position_names(positions), MATCHED)):
            about = {"model": model, "rate": rate_name, "position": position}
            for context, context_name in enumerate(CONTEXTS if position != MATCHED else ()):
                at = place, context, rate
                n = {"hallucinated": int(totals[at][0]), "of": int(totals[at][1]), "images": int(images[at])}
                yield {**about, "context": context_name, **_numbers(value[at], *(end[at] for end in interval)), **n}
            at_ = place, rate
            numbers = _numbers(difference[at_], *(end[at_] for end in between))
            yield {**about, "context": DIFFERENCE, **numbers, "images": int(fewest[at_])}


def _differences(counts: NDArray[np.float64], positions: int) -> NDArray[np.float64]:
    """The rate after a hallucinated context less that after a clean one: (…, positions and matched, rates)."""
    hallucinated, of = counts[..., 1:, :, 0], counts[..., 1:, :, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = hallucinated / of
        difference = rates[..., 1, :] - rates[..., 0, :]
        weights = of.prod(axis=-2) / of.sum(axis=-2)
        single = slice(1, positions + 1)
        weight = np.nan_to_num(weights[..., single, :])
        matched = (weight * np.nan_to_num(difference[..., single, :])).sum(axis=-2) / weight.sum(axis=-2)
    return np.concatenate([difference, matched[..., None, :]], axis=-2)


def _numbers(*values: float) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value) else float(value)
        for name, value in zip(("value", "low", "high"), values, strict=True)
    }
