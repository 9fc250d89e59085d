"""Heads judged: what the model says without them, on images that they were not found on, beside other sets of heads.

A model without heads is a model, so each set is measured like one, on as many benchmarks as wanted: on the prompts that
assert something false for the gain, on another task to see whether the same heads carry it, and on neutral questions
and POPE for what it costs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.benchmarks import benchmark as find_benchmark
from sightline.benchmarks.presupposed import Presupposed
from sightline.core import Answer, Asking, Question, Reply
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.measure import BATCH_IMAGES, Progress
from sightline.evaluation.measure import measure as ask_all
from sightline.evaluation.score import check_draws
from sightline.evaluation.task import Task, task
from sightline.mechanisms.apply import knocked_out_by
from sightline.mechanisms.presupposing import PRESUPPOSING
from sightline.mechanisms.ranking import control_heads
from sightline.models.heads import Head
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = [
    "CONTROL_SETS",
    "WHOLE",
    "HeadSet",
    "JudgedOn",
    "Telling",
    "judge_heads",
    "name_of",
    "outcome_table",
    "sets_to_judge",
]

WHOLE = "whole model"
HEADS, RANDOM, SAME_LAYERS = "heads", "random heads", "heads of the same layers"
CONTROL_SETS = 3
"""Sets of other heads of equal number, of each kind."""


class HeadSet(NamedTuple):
    """Heads that are knocked out together.

    Args:
        name: what to call them.
        kind: "heads" for those to be judged, "random heads" or "heads of the same layers" for others beside them.
        heads: which; none for the whole model.
    """

    name: str
    kind: str
    heads: tuple[Head, ...]


class JudgedOn(NamedTuple):
    """A benchmark that heads are judged on.

    Args:
        benchmark: its name.
        labels: its label set, as ``NAME=PATH``.
        images: the folder of its images.
    """

    benchmark: str
    labels: str
    images: Path


Telling = Callable[[str, str, Progress], None]
"""(benchmark, set of heads, how far it is)."""


def sets_to_judge(
    ranked: Sequence[Head],
    tops: Sequence[int],
    every: Sequence[Head],
    controls: int = CONTROL_SETS,
    seed: int = 0,
) -> tuple[HeadSet, ...]:
    """The best heads in growing number, and beside the largest set random ones and others of the same layers.

    Args:
        ranked: heads, best first.
        tops: how many of the best in each set.
        every: all heads of the model.
        controls: sets of other heads, of each kind.
        seed: of the draws.

    Raises:
        RequestError: there are fewer heads than wanted, or no others beside them.

    Example:
        >>> heads = [Head(layer, head) for layer in range(2) for head in range(3)]
        >>> [(one.name, one.kind) for one in sets_to_judge(heads, [1], heads, controls=1)]
        [('L0H0', 'heads'), ('random 1', 'random heads'), ('same layers 1', 'heads of the same layers')]
    """
    if not tops or min(tops) < 1 or max(tops) > len(ranked):
        raise RequestError(
            f"The best {', '.join(map(str, tops)) or 'none'} heads were asked for; there are {len(ranked)} to choose "
            "from."
        )
    if controls < 0 or seed < 0:
        raise RequestError(
            f"{controls} control sets with seed {seed} were asked for; expected none or more, from 0 on."
        )
    wanted = sorted(set(tops))
    sets = [HeadSet(name_of(ranked[:top]), HEADS, tuple(sorted(ranked[:top]))) for top in wanted]
    largest = tuple(ranked[: wanted[-1]])
    for kind, label, of in ((RANDOM, "random", "random"), (SAME_LAYERS, "same layers", "same layers")):
        if controls:
            try:
                drawn = control_heads(every, largest, of, controls, seed)
            except RequestError as error:
                raise RequestError(f"{error} Or judge without control sets.") from None
            sets += [HeadSet(f"{label} {place}", kind, tuple(own)) for place, own in enumerate(drawn, start=1)]
    return tuple(sets)


def name_of(heads: Sequence[Head], most: int = 3) -> str:
    """What a set of heads is called.

    Example:
        >>> name_of([Head(0, 3)]), name_of([Head(0, place) for place in range(5)])
        ('L0H3', 'L0H0, L0H1, L0H2 and 2 more')
    """
    named = ", ".join(map(str, heads[:most]))
    return named if len(heads) <= most else f"{named} and {len(heads) - most} more"


def judge_heads(
    model: TransformersModel,
    knockout: Knockout,
    sets: Sequence[HeadSet],
    on: Sequence[JudgedOn],
    out: str | Path,
    *,
    without_images: Collection[str] = (),
    batch_images: int = BATCH_IMAGES,
    progress: Telling | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> pa.Table:
    """Ask the whole model, and the model without each set of heads, and compare what they say.

    Every set's replies are a run folder under ``out``, which any other command reads (with ``--allow-missing`` where
    images were left out); the same call again finishes what was interrupted.

    Args:
        model: the whole model.
        knockout: how heads are knocked out; its heads do not matter.
        sets: the heads.
        on: what is asked.
        out: the folder.
        without_images: images that the heads were found on.
        batch_images: images of a batch.
        progress: told how far it is.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Returns:
        The outcome, as `outcome_table` makes it, of all benchmarks.

    Raises:
        RequestError: a head does not exist, or a benchmark cannot be judged.
        DataError: a file is broken.
    """
    check_draws(draws, seed)
    tasks = _planned(on, without_images)
    who = [(HeadSet(WHOLE, WHOLE, ()), model)]
    who += [(one, knocked_out_by(model, replace(knockout, heads=one.heads))) for one in sets]
    tables: list[pa.Table] = []
    for judged, planned in zip(on, tasks, strict=True):
        runs: list[str] = []
        for one, asked in who:
            folder = Path(out) / judged.benchmark / _folder(one)
            tell = None if progress is None else _telling(progress, judged.benchmark, one.name)
            ask_all(planned, asked, folder, batch_images=batch_images, progress=tell)
            runs.append(f"{one.name}={folder}")
        evaluation = evaluate(judged.benchmark, runs, [judged.labels], allow_missing=True)
        tables.append(outcome_table(evaluation, sets, draws, seed))
    return pa.concat_tables(tables)


def _planned(on: Sequence[JudgedOn], without_images: Collection[str]) -> list[Task]:
    """What is asked on each benchmark, all of it known to be possible before anything is asked."""
    names = [judged.benchmark for judged in on]
    if not names or len(set(names)) < len(names):
        raise RequestError(f"Heads are judged on {', '.join(names) or 'nothing'}; expected different benchmarks.")
    tasks: list[Task] = []
    for judged in on:
        benchmark = find_benchmark(judged.benchmark)
        if benchmark.name not in PRESUPPOSING and benchmark.scoring is not None:
            raise RequestError(f"Heads cannot be judged on {benchmark.name}: neither yes or no, nor a false assertion.")
        asking = Asking(max_new_tokens=benchmark.reply_tokens)
        labels = [judged.labels]
        tasks.append(task(judged.benchmark, judged.images, labels, asking=asking, without_images=without_images))
    return tasks


def _folder(one: HeadSet) -> str:
    return one.name.replace(", ", "_").replace(" ", "-")


def _telling(progress: Telling, benchmark: str, name: str) -> Callable[[Progress], None]:
    return lambda at: progress(benchmark, name, at)


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("benchmark", "split", "set", "kind", "heads", "measure")),
        *((name, pa.int64()) for name in ("n", "images")),
        *((name + end, pa.float64()) for name in ("value", "difference", "relative") for end in ("", "_low", "_high")),
    ]
)


def outcome_table(evaluation: Evaluation, sets: Sequence[HeadSet], draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """What each model says, and how that differs from the whole model.

    A row for every set of heads, split and measure: ``copied``, ``true``, ``other`` and ``unreadable`` of replies to
    prompts that assert something false (split "false prompts" for all of them), ``freed`` of those that the whole
    model hallucinated, ``freed_true`` of those freed, ``right`` of the others. Columns value with its interval,
    difference (less the whole model, paired) and relative (the difference as a share of the whole model's value), all
    with 95 % intervals that draw whole images; n replies of so many images.

    Args:
        evaluation: the whole model first, then each set by its name.
        sets: the sets.
        draws: bootstrap draws.
        seed: of the draws.
    """
    kinds = {WHOLE: HeadSet(WHOLE, WHOLE, ()), **{one.name: one for one in sets}}
    reads = [_said(evaluation, replies) for replies in evaluation.replies.values()]
    asked = [place for place, own in enumerate(zip(*reads, strict=True)) if all(said is not None for said in own)]
    images = {
        name: place for place, name in enumerate(dict.fromkeys(evaluation.questions[q].images[0].name for q in asked))
    }
    cells: dict[tuple[str, str], NDArray[np.float64]] = {}
    for question in asked:
        image = images[evaluation.questions[question].images[0].name]
        whole = reads[0][question]
        assert whole is not None
        for at, of_model in enumerate(reads):
            said = of_model[question]
            assert said is not None
            for split in _splits(evaluation.questions[question], said):
                for measure, value in _measures(whole, said):
                    cell = cells.setdefault((split, measure), np.zeros((len(images), len(reads), 2)))
                    cell[image, at] += (value, 1.0)
    rows: list[dict[str, Any]] = []
    for (split, measure), counts in cells.items():
        figures = _figures(counts, draws, seed)
        for at, name in enumerate(evaluation.replies):
            one = kinds[name]
            rows.append(
                {
                    "benchmark": evaluation.benchmark.name,
                    "split": split,
                    "set": name,
                    "kind": one.kind,
                    "heads": " ".join(map(str, one.heads)),
                    "measure": measure,
                    "n": int(counts[:, at, 1].sum()),
                    "images": int((counts[:, at, 1] > 0).sum()),
                    **{key: _known(values[at]) for key, values in figures.items()},
                }
            )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


class _Said(NamedTuple):
    """What a reply says, against what is true and what was asserted."""

    false_prompt: bool
    copied: bool
    true: bool
    readable: bool


def _said(evaluation: Evaluation, replies: Sequence[Reply | None]) -> list[_Said | None]:
    labels = evaluation.label_sets[0]
    known = PRESUPPOSING.get(evaluation.benchmark.name)
    yes_no = yes_no_reader("strict").read
    found: list[_Said | None] = []
    for question, reply in zip(evaluation.questions, replies, strict=True):
        if reply is None:
            found.append(None)
            continue
        if known is None:
            label = labels.answer(question.images[0].name, question.claims[0])
            said = yes_no(reply.text).answer
            right = {Answer.HOLDS: "yes", Answer.DOES_NOT_HOLD: "no"}.get(label) if label is not None else None
            found.append(None if right is None else _Said(False, False, said == right, said is not None))
            continue
        held = labels.references[question.id]
        assert isinstance(held, Presupposed)
        answer = known.read(reply.text, held.object).answer
        false = held.asserted is not None and held.asserted != held.true
        found.append(_Said(false, false and answer == str(held.asserted), answer == str(held.true), answer is not None))
    return found


_FALSE = "false prompts"


def _splits(question: Question, said: _Said) -> tuple[str, ...]:
    return (question.split, _FALSE) if said.false_prompt else (question.split,)


def _measures(whole: _Said, said: _Said) -> list[tuple[str, float]]:
    if not said.false_prompt:
        return [("right", float(said.true)), ("unreadable", float(not said.readable))]
    other = said.readable and not said.true and not said.copied
    found = [
        ("copied", float(said.copied)),
        ("true", float(said.true)),
        ("other", float(other)),
        ("unreadable", float(not said.readable)),
    ]
    if whole.copied:
        found.append(("freed", float(not said.copied)))
        if not said.copied:
            found.append(("freed_true", float(said.true)))
    return found


def _figures(counts: NDArray[np.float64], draws: int, seed: int) -> Mapping[str, NDArray[np.float64]]:
    """Values, differences and relative differences of one measure, with intervals: each (models,)."""
    totals, drawn = counts.sum(axis=0), cluster_totals(counts, draws, seed)
    value, of_draws = (_ratio(part[..., 0], part[..., 1]) for part in (totals, drawn))
    columns = {
        "value": (value, of_draws),
        "difference": (value - value[:1], of_draws - of_draws[:, :1]),
        "relative": (_ratio(value - value[:1], value[:1]), _ratio(of_draws - of_draws[:, :1], of_draws[:, :1])),
    }
    clusters = (counts[..., 1] > 0).sum(axis=0)
    found: dict[str, NDArray[np.float64]] = {}
    for name, (estimate, values) in columns.items():
        interval = percentile_interval(estimate, values, clusters, is_rate=name == "value")
        found |= {name: estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return found


def _ratio(of: NDArray[np.float64], over: NDArray[np.float64]) -> NDArray[np.float64]:
    of, over = np.broadcast_arrays(of, over)
    found = np.full(of.shape, np.nan)
    np.divide(of, over, out=found, where=over > 0)
    return found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
