"""Counting's and colour's files from annotations: read, drawn, written, with a record of how."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.benchmarks import colour as of_colour
from sightline.benchmarks import counting as of_counting
from sightline.benchmarks.presupposed import NEUTRAL
from sightline.benchmarks.things import Thing, Things, read_things
from sightline.core import Benchmark
from sightline.errors import RequestError, unknown_name
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows

__all__ = ["build_colour", "build_counting", "record_file"]

_Row = dict[str, Any]


def build_counting(
    source: str | Path,
    out: str | Path | None = None,
    *,
    offsets: Sequence[int] = of_counting.OFFSETS,
    numbers: str = "words",
    per_image: int = 1,
    limit: int | None = None,
    keep_marginal: bool = False,
    seed: int = 0,
    overwrite: bool = False,
) -> pa.Table:
    """Build counting: for every thing a neutral question, and one prompt for each offset.

    Args:
        source: scene graphs, a table with image, object and number, or CountBench's file.
        out: the file to write; without it nothing is written.
        offsets: how far the asserted number is off; 0 is the control. Numbers below one are left out.
        numbers: how the number is written: "words" (up to twenty) or "digits".
        per_image: at most so many things of each image, drawn.
        limit: at most so many images, drawn.
        keep_marginal: keep things of which some can hardly be seen.
        seed: what all draws are made with.
        overwrite: whether files of the same name may be replaced.

    Returns:
        The rows that were written; the record in the metadata lists what was left out, and why.

    Raises:
        RequestError: there is nothing to ask, or a file of the same name is there.
        DataError: the source is broken.
    """
    if numbers not in of_counting.NUMBERS:
        raise unknown_name("way to write numbers", numbers, of_counting.NUMBERS)
    if not offsets or len(set(offsets)) != len(offsets):
        raise RequestError(f"The offsets are {', '.join(map(str, offsets)) or 'none'}; expected different ones.")
    order = of_counting.BENCHMARK.splits
    wanted = sorted(offsets, key=lambda offset: order.index(of_counting.offset_name(offset)))

    def prompts(thing: Thing) -> Iterator[_Row]:
        known = {"object": thing.object, "number": thing.number}
        yield {"text": of_counting.neutral_text(thing.object), "split": NEUTRAL, **known, "asserted": None}
        for offset in wanted:
            if (asserted := thing.number + offset) >= 1:
                text = of_counting.asserted_text(thing.object, asserted, numbers)
                yield {"text": text, "split": of_counting.offset_name(offset), **known, "asserted": asserted}

    things = read_things(source, "number", keep_marginal=keep_marginal)
    texts = {"question": of_counting.QUESTION, "asserted": of_counting.ASSERTED, "numbers": numbers}
    settings = {"offsets": list(wanted), "keep_marginal": keep_marginal}
    return _built(
        of_counting.BENCHMARK, things, prompts, {**settings, "wording": texts}, per_image, limit, seed, out, overwrite
    )


def build_colour(
    source: str | Path,
    out: str | Path | None = None,
    *,
    distances: Sequence[int] = (1, 2, 3),
    cycle: Sequence[str] = of_colour.CYCLE,
    per_image: int = 1,
    limit: int | None = None,
    keep_marginal: bool = False,
    seed: int = 0,
    overwrite: bool = False,
) -> pa.Table:
    """Build colour: for every thing a neutral question, a prompt with its colour, and one for each distance.

    Args:
        source: scene graphs, or a table with image, object and colour.
        out: the file to write; without it nothing is written.
        distances: how many steps down the cycle the asserted colours are.
        cycle: the colours, each followed by the one that is a step away; things of other colours are left out.
        per_image: at most so many things of each image, drawn.
        limit: at most so many images, drawn.
        keep_marginal: keep things of which some can hardly be seen.
        seed: what all draws are made with.
        overwrite: whether files of the same name may be replaced.

    Returns:
        The rows that were written; the record in the metadata lists what was left out, and why.

    Raises:
        RequestError: there is nothing to ask, or a file of the same name is there.
        DataError: the source is broken.
    """
    if len(set(cycle)) != len(cycle) or len(cycle) < 2:
        raise RequestError(f"The cycle is {', '.join(cycle) or 'empty'}; expected two or more different colours.")
    if any(not 1 <= distance < len(cycle) for distance in distances) or len(set(distances)) != len(distances):
        raise RequestError(
            f"The distances are {', '.join(map(str, distances))}; in a cycle of {len(cycle)} colours they differ and "
            f"lie between 1 and {len(cycle) - 1}."
        )

    def prompts(thing: Thing) -> Iterator[_Row]:
        colour = thing.colour or ""
        known = {"object": thing.object, "colour": colour}
        text = of_colour.neutral_text(thing.object, thing.number)
        yield {"text": text, "split": NEUTRAL, **known, "asserted": None}
        for distance in (0, *sorted(distances)):
            asserted = of_colour.steps_down(colour, distance, cycle)
            text = of_colour.asserted_text(thing.object, asserted, thing.number)
            yield {"text": text, "split": of_colour.distance_name(distance), **known, "asserted": asserted}

    things = read_things(source, "colour", cycle, keep_marginal)
    for thing in [thing for thing in things.things if thing.colour not in cycle]:
        things.leave_out("not of one colour of the cycle", f"{thing.image}: {thing.object}, {thing.colour}")
        things.things.remove(thing)
    texts = {"question": of_colour.QUESTION, "several": of_colour.QUESTION_SEVERAL, "asserted": of_colour.ASSERTED}
    settings = {"distances": sorted(distances), "cycle": list(cycle), "keep_marginal": keep_marginal}
    return _built(
        of_colour.BENCHMARK, things, prompts, {**settings, "wording": texts}, per_image, limit, seed, out, overwrite
    )


def record_file(out: str | Path) -> Path:
    """Where the record of a build stands: beside its file."""
    return Path(out).with_name(Path(out).name.removesuffix(".jsonl") + ".build.json")


def _built(
    benchmark: Benchmark,
    things: Things,
    prompts: Callable[[Thing], Iterator[_Row]],
    settings: Mapping[str, Any],
    per_image: int,
    limit: int | None,
    seed: int,
    out: str | Path | None,
    overwrite: bool,
) -> pa.Table:
    if per_image < 1 or (limit is not None and limit < 1):
        raise RequestError(
            f"There are {per_image} things of each of {limit} images to ask about; expected at least one."
        )
    if not things.things:
        left = ", ".join(f"{len(what):,} {reason}" for reason, what in things.left_out.items())
        raise RequestError(f"{things.source.name} holds nothing to ask about{f'; left out: {left}' if left else ''}.")
    chosen = _drawn(things.things, per_image, limit, seed)
    rows = [
        {"question_id": number, "image": thing.image, **row}
        for number, (thing, row) in enumerate(((t, row) for t in chosen for row in prompts(t)), start=1)
    ]
    record = {
        "sightline": version("sightline"),
        "benchmark": benchmark.name,
        "benchmark_version": benchmark.version,
        "settings": {
            "source": things.source.name,
            "sha256": things.source.sha256,
            **settings,
            "per_image": per_image,
            "limit": limit,
            "seed": seed,
        },
        "annotated_images": things.images,
        "images": len({thing.image for thing in chosen}),
        "things": len(chosen),
        "questions": len(rows),
        "left_out": things.left_out,
    }
    if out is not None:
        record["files"] = [str(path) for path in _write(Path(out), rows, record, overwrite)]
    return pa.Table.from_pylist(rows).replace_schema_metadata({b"sightline": json.dumps(record)})


def _drawn(things: Sequence[Thing], per_image: int, limit: int | None, seed: int) -> list[Thing]:
    """Draw images, and things of each, keeping the order; every image has a generator of its own."""
    by_image: dict[str, list[Thing]] = {}
    for thing in things:
        by_image.setdefault(thing.image, []).append(thing)
    images = list(by_image)
    if limit is not None and limit < len(images):
        kept = set(random.Random(f"{seed}/images").sample(images, limit))
        images = [image for image in images if image in kept]
    chosen: list[Thing] = []
    for image in images:
        own = by_image[image]
        places = random.Random(f"{seed}/{image}").sample(range(len(own)), min(per_image, len(own)))
        chosen += [own[place] for place in sorted(places)]
    return chosen


def _write(out: Path, rows: Sequence[_Row], record: _Row, overwrite: bool) -> list[Path]:
    data = encode_rows(rows, Layout())
    beside = record_file(out)
    for path in (out, beside):
        if path.exists() and not overwrite:
            raise RequestError(f"{path} is there already. Choose another file, or say --overwrite.")
    about = {**record, "written_sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    return [write_bytes(out, data), write_bytes(beside, text.encode())]
