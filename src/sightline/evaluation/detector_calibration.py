"""Detectors asked for objects that are known: how often each errs, its threshold, and what a vote of two is worth.

Images are cut in two by a hash of their names. Thresholds are chosen on one half; every rate is of the other.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.core.detecting import Detecting
from sightline.detectors.many_images import look_at_many
from sightline.errors import RequestError
from sightline.evaluation.detector_agreement import Votes, agreement
from sightline.evaluation.detector_rates import Scores, chosen_threshold, coded, curve, rates
from sightline.evaluation.known_objects import KnownObjects, known_objects
from sightline.records.atomic import write_bytes
from sightline.records.tables import csv_bytes
from sightline.report.curves import rate_curve
from sightline.report.plot import Plot
from sightline.stats.intervals import DRAWS

__all__ = ["Calibration", "Polling", "calibrate", "write_calibration"]

Progress = Callable[[str, int, int], None]
"""Told the name of a detector, how many images it has looked at, and of how many."""


class Polling(NamedTuple):
    """What is asked, and how it is counted.

    Args:
        max_false_positive: the lowest threshold is chosen that keeps the false-positive rate at this or below, for each
            way of drawing absent objects by itself.
        per_image: how many absent objects of each way to draw for an image.
        limit: at most so many images, drawn.
        seed: of all draws, and of how images are cut in two.
        draws: bootstrap draws of whole images.
    """

    max_false_positive: float = 0.03
    per_image: int = 3
    limit: int | None = None
    seed: int = 0
    draws: int = DRAWS


class Calibration(NamedTuple):
    """What came out; rates, curve and agreement are of the reported half.

    Args:
        asked: image, object, present, kinds, half ("calibration" or "reported"), and the scores of each detector, in a
            column of its name.
        rates: detector, at ("default" or "chosen"), threshold, and the columns of `detector_rates.rates`.
        curve: as `detector_rates.curve`.
        agreement: first, second, and the columns of `detector_agreement.agreement`, at the chosen thresholds; empty
            where there is one detector.
        record: settings, versions, thresholds (null where none keeps to the bound), counts; JSON-ready.
    """

    asked: pa.Table
    rates: pa.Table
    curve: pa.Table
    agreement: pa.Table
    record: dict[str, Any]


class _Halves(NamedTuple):
    """What is known, and its two halves."""

    whole: Scores
    first: Scores
    reported: Scores
    chosen_on: NDArray[np.bool_]


def calibrate(
    detectors: Sequence[Detecting],
    annotations: str | Path,
    images: str | Path,
    polling: Polling | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Ask detectors for objects that images hold and for objects that they lack.

    Args:
        detectors: one or several, of different names.
        annotations: what people saw, exhaustively (`known_objects.known_objects`).
        images: the folder of the images.
        polling: what is asked.
        progress: told how far it is.

    Raises:
        RequestError: two detectors have one name, the bound is no rate, or there is nothing to ask.
        DataError: annotations or an image are broken.
        MissingError: images are not there.
    """
    polling = polling or Polling()
    _check(detectors, polling.max_false_positive)
    known = known_objects(
        annotations,
        images,
        lambda object_: all(of.knows(object_) for of in detectors),
        polling.per_image,
        polling.limit,
        polling.seed,
    )
    halves = _halves(known, np.array([_scores(of, known, progress) for of in detectors]), polling.seed)
    places = range(len(detectors))
    chosen = [chosen_threshold(halves.first, place, polling.max_false_positive) for place in places]
    draws, seed = polling.draws, polling.seed
    settings = {"annotations": str(annotations), "images": str(images), **polling._asdict()}
    return Calibration(
        _asked_table(detectors, known, halves),
        _table(_rates(detectors, halves, chosen, polling)),
        _table(row for at in places for row in curve(*halves[1:3], at, detectors[at].name, draws, seed)),
        _table(_agreements(detectors, halves, chosen, polling)),
        _record(detectors, known, halves, chosen, settings),
    )


def write_calibration(calibration: Calibration, out: Path) -> list[Path]:
    """Write what came out: record, rates and agreement as JSON, all tables as CSV, and the curve as a plot.

    Args:
        calibration: what came out.
        out: the JSON file; others lie beside it and are named after it.

    Returns:
        What was written.

    Raises:
        DataError: a file cannot be written.
    """
    tables = {name: getattr(calibration, name) for name in ("rates", "agreement", "curve", "asked")}
    told = {name: tables[name].to_pylist() for name in ("rates", "agreement")}
    written = [write_bytes(out, (json.dumps({**calibration.record, **told}, indent=1) + "\n").encode())]
    for name, table in tables.items():
        if table.num_rows:
            written.append(write_bytes(out.with_name(f"{out.stem}_{name}.csv"), csv_bytes(table)))
    if tables["curve"].num_rows:
        drawn = _drawn(tables["curve"])
        for suffix, data in (("svg", drawn.svg().encode()), ("png", drawn.png())):
            written.append(write_bytes(out.with_name(f"{out.stem}_curve.{suffix}"), data))
    return written


def _check(detectors: Sequence[Detecting], bound: float) -> None:
    names = [detector.name for detector in detectors]
    if not names or len(set(names)) < len(names):
        raise RequestError(f"Name one detector or several different ones; found {', '.join(names) or 'none'}.")
    if not 0 <= bound < 1:
        raise RequestError(f"The bound on false positives is {bound:g}; expected a rate from 0 to below 1.")


def _scores(detector: Detecting, known: KnownObjects, progress: Progress | None) -> list[float]:
    """The score of every object that was asked, in order."""
    objects: dict[str, list[str]] = {}
    for each in known.asked:
        objects.setdefault(each.image, []).append(each.object)
    asked = ((known.images[image], of) for image, of in objects.items())
    scores: list[float] = []
    for done, seen in enumerate(look_at_many(detector, asked), start=1):
        scores += [sighting.score for sighting in seen]
        if progress:
            progress(detector.name, done, len(objects))
    return scores


def _halves(known: KnownObjects, scores: NDArray[np.float64], seed: int) -> _Halves:
    """Cut the images in two by the order of a hash of their names."""
    whole = coded(known.asked, scores)
    names = list(dict.fromkeys(each.image for each in known.asked))
    order = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    half = set(order[: len(order) // 2])
    chosen_on = np.array([name in half for name in names])[whole.images]
    return _Halves(whole, whole.where(chosen_on), whole.where(~chosen_on), chosen_on)


def _rates(
    detectors: Sequence[Detecting], halves: _Halves, chosen: Sequence[float | None], polling: Polling
) -> list[dict[str, Any]]:
    rows = []
    for place, detector in enumerate(detectors):
        for at, threshold in (("default", detector.threshold), ("chosen", chosen[place])):
            if threshold is not None:
                names = {"detector": detector.name, "at": at, "threshold": threshold}
                rows += list(rates(halves.reported, place, names, polling.draws, polling.seed))
    return rows


def _agreements(
    detectors: Sequence[Detecting], halves: _Halves, chosen: Sequence[float | None], polling: Polling
) -> list[dict[str, Any]]:
    rows = []
    reported = halves.reported
    for one, other in combinations(range(len(detectors)), 2):
        first, second = chosen[one], chosen[other]
        if first is not None and second is not None:
            seen = reported.scores[one] >= first, reported.scores[other] >= second
            votes = Votes(*seen, reported.present, reported.images, reported.kinds)
            names = {"first": detectors[one].name, "second": detectors[other].name}
            rows += [names | row for row in agreement(votes, polling.draws, polling.seed)]
    return rows


def _record(
    detectors: Sequence[Detecting],
    known: KnownObjects,
    halves: _Halves,
    chosen: Sequence[float | None],
    settings: dict[str, Any],
) -> dict[str, Any]:
    present = int(halves.whole.present.sum())
    return {
        "sightline": version("sightline"),
        "settings": settings,
        "detectors": [
            {"name": of.name, "version": of.version, "default_threshold": of.threshold, "threshold": threshold}
            for of, threshold in zip(detectors, chosen, strict=True)
        ],
        "images": {half: len(np.unique(getattr(halves, half).images)) for half in ("first", "reported")},
        "objects": {"present": present, "absent": len(known.asked) - present},
        "left_out": dict(known.left_out),
    }


def _asked_table(detectors: Sequence[Detecting], known: KnownObjects, halves: _Halves) -> pa.Table:
    columns: dict[str, Any] = {
        "image": [each.image for each in known.asked],
        "object": [each.object for each in known.asked],
        "present": [each.present for each in known.asked],
        "kinds": pa.array([list(each.kinds) for each in known.asked], pa.list_(pa.string())),
        "half": np.where(halves.chosen_on, "calibration", "reported").tolist(),
    }
    for detector, scores in zip(detectors, halves.whole.scores, strict=True):
        columns[detector.name] = scores
    return pa.table(columns)


def _table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    listed = list(rows)
    return pa.Table.from_pylist(listed) if listed else pa.table({})


def _drawn(table: pa.Table) -> Plot:
    """False negatives along what is allowed of false positives."""
    kinds = dict.fromkeys(table["kind"].to_pylist())
    shown = [kind for kind in kinds if kind != "all"] or ["all"]
    rows = [row for row in table.to_pylist() if row["kind"] in shown]
    points = {
        "series": [row["detector"] if shown == ["all"] else f"{row['detector']}, {row['kind']}" for row in rows],
        "x": [f"{100 * row['bound']:g} %" for row in rows],
        **{column: [row[column] for row in rows] for column in ("value", "low", "high")},
    }
    along = "false positives allowed on the half that thresholds are chosen on"
    return rate_curve(pa.table(points), along=along, measure="Objects missed")
