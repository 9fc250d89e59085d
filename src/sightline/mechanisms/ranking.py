"""Heads ranked by what their absence does, and sets of heads beside them.

Two rankings. Ours divides by the prompts whose reply was hallucinated, has intervals by image and a test that knows
how many heads were looked at. That of the repository of prompt-induced hallucination divides by all prompts, also by
those that the whole model gets right, which no head's absence can correct.

Source of the second: michalg04/prompt-induced_hallucinations @f301d68, 4_evaluate_knockouts.py.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.errors import RequestError, unknown_name
from sightline.mechanisms.changes import CHANGES, NOT_SCORED, PIH_CHANGES, Change, PihChange, changes, pih_changes
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.sign_flips import PValues, sign_flip_test
from sightline.models.heads import Head
from sightline.stats.intervals import DRAWS, LEVEL, cluster_totals, percentile_interval

__all__ = [
    "CONTROLS",
    "RANKED_BY",
    "PihRanking",
    "control_heads",
    "overlap",
    "pih_ranking",
    "rank_heads",
    "recall_at",
]

RANKED_BY = ("became_true", "freed", "shift", "shift_hallucinated")
"""What heads can be ranked by; the first is the default."""

CONTROLS = MappingProxyType(
    {
        "random": "heads of any layer",
        "same layers": "as many heads of each layer as the chosen ones have there",
    }
)
"""Kinds of sets of heads that chosen heads are held against."""

_SIGNIFICANT = 0.05


class _ByImage(NamedTuple):
    """A figure of every head, added up within images.

    Args:
        totals: (images, h) sums of its values.
        counts: (images, h) how many values there are; (images, 1) where that is the same for every head.
        is_share: whether its values are 0 and 1.
    """

    totals: NDArray[np.float64]
    counts: NDArray[np.float64]
    is_share: bool


class _Figure(NamedTuple):
    """A figure of every head with its interval, and the prompts and images that it rests on, all (h,)."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]
    images: NDArray[np.int64]


def rank_heads(effects: Effects, *, by: str = RANKED_BY[0], draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """Rank heads by what their absence does to replies.

    A reply was hallucinated where it repeats the false assertion of its prompt. Without texts, answers are told by
    log-probability (see `changes`).

    Args:
        effects: a sweep.
        by: a name of `RANKED_BY`.
        draws: bootstrap draws of whole images, the same for all heads, and draws of signs.
        seed: of the draws.

    Returns:
        A row a head, best first, heads of one rank by their shift. Shares are in [0, 1], shifts in nats, null where
        there is nothing to divide by; each but became_unreadable has its 95 % interval in _low and _high.

        - rank: dense, equal values share it. layer, head, name.
        - n, images: prompts whose reply was hallucinated, and images that they are about.
        - freed: of these, the share whose answer is no longer the asserted one; became_true: whose answer is the true
          one; became_unreadable: who say nothing definite any more, which freed counts too.
        - shift: by how much the log-odds of the true over the asserted answer rise, the mean over the n_shift scored
          prompts that assert something false; shift_hallucinated: over those whose reply was hallucinated.
        - harmed: of the n_right prompts that were answered rightly, the share that is not any more.
        - p, p_adjusted: of no shift, for the head by itself and for all heads together (`sign_flip_test`); significant:
          whether p_adjusted is 0.05 or less. A shift downwards can be significant too.

    Raises:
        RequestError: there are no prompts, no heads, or no prompt that the figure to rank by could rest on.

    Example:
        >>> from sightline.mechanisms.effects import SweptPrompt
        >>> asked = SweptPrompt("1", "a.png", "+1", "moon", "3", "4", "…", "Four moons", "4", -2.0, -1.0)
        >>> heads = (Head(0, 0), Head(0, 1))
        >>> sweep = Effects(1, 2, heads, (asked,), np.array([[-2.0, -1.0]]), np.array([[-1.0, -3.0]]))
        >>> rank_heads(sweep, draws=10).select(["name", "became_true", "shift"]).to_pylist()[0]
        {'name': 'L0H1', 'became_true': 1.0, 'shift': 3.0}
    """
    if by not in RANKED_BY:
        raise unknown_name("figure to rank heads by", by, RANKED_BY)
    if not effects.prompts or not effects.heads:
        raise RequestError(f"There is nothing to rank: {len(effects.prompts)} prompts, {len(effects.heads)} heads.")
    added = _added_up(effects)
    figures = {name: _figure(of, draws, seed) for name, of in added.items()}
    if np.isnan(figures[by].value).all():
        none = "has log-probabilities" if by == "shift" else "has a scored reply that repeats a false assertion"
        raise RequestError(
            f"Heads cannot be ranked by {by}: of {len(effects.prompts)} prompts none {none}. Rank by another of "
            f"{', '.join(RANKED_BY)}, or sweep prompts that the model goes along with."
        )
    shift = added["shift"]
    tests = sign_flip_test(np.where(shift.counts > 0, shift.totals, np.nan), draws, seed)
    answers = "texts" if effects.has_texts else "log-probabilities"
    settings = {"by": by, "draws": draws, "seed": seed, "level": LEVEL, "answers": answers}
    record = {"sightline": version("sightline"), "benchmark": effects.benchmark, "settings": settings}
    table = _rank_table(effects.heads, figures, by, tests)
    return table.replace_schema_metadata({b"sightline": json.dumps(record)})


def _rank_table(heads: Sequence[Head], figures: Mapping[str, _Figure], by: str, tests: PValues) -> pa.Table:
    layers, places = np.array(heads, dtype=np.int64).T
    columns: dict[str, NDArray[np.generic]] = {
        "rank": _dense(figures[by].value),
        "layer": layers,
        "head": places,
        "name": np.array([str(head) for head in heads], dtype=np.str_),
        "n": figures["freed"].n,
        "images": figures["freed"].images,
        **_columns("freed", figures["freed"]),
        **_columns("became_true", figures["became_true"]),
        "became_unreadable": figures["became_unreadable"].value,
        "n_shift": figures["shift"].n,
        **_columns("shift", figures["shift"]),
        **_columns("shift_hallucinated", figures["shift_hallucinated"]),
        "n_right": figures["harmed"].n,
        **_columns("harmed", figures["harmed"]),
        "p": tests.single,
        "p_adjusted": tests.adjusted,
        "significant": tests.adjusted <= _SIGNIFICANT,
    }
    order = np.lexsort((places, layers, -figures["shift"].value, columns["rank"]))
    return pa.table({name: pa.array(values[order], from_pandas=True) for name, values in columns.items()})


def _added_up(effects: Effects) -> dict[str, _ByImage]:
    """The figures of every head, added up within images."""
    codes = changes(effects)
    copied = np.array([prompt.copied for prompt in effects.prompts], dtype=np.bool_)
    right = np.array([prompt.said == prompt.true for prompt in effects.prompts], dtype=np.bool_)
    false = np.array([prompt.asserted != prompt.true for prompt in effects.prompts], dtype=np.bool_)
    names = [prompt.image for prompt in effects.prompts]
    images = np.unique(names, return_inverse=True)[1]
    order = np.argsort(images, kind="stable")
    first = np.flatnonzero(np.diff(images[order], prepend=-1))

    def add(values: NDArray[np.float64] | NDArray[np.bool_], kept: NDArray[np.bool_]) -> _ByImage:
        totals = np.add.reduceat(np.where(kept, values, 0.0)[order], first, axis=0)
        counts = np.add.reduceat(kept[order].astype(np.float64), first, axis=0)
        counts = counts[:, :1] if (counts == counts[:, :1]).all() else counts
        return _ByImage(totals, counts, values.dtype == np.bool_)

    became = {change: codes == CHANGES.index(change) for change in CHANGES}
    unreadable = became[Change.BECAME_UNREADABLE]
    wrong = became[Change.BECAME_ANOTHER] | unreadable
    hallucinated = copied[:, None] & (codes != NOT_SCORED)
    shifts = effects.log_odds - effects.log_odds_whole[:, None]
    scored = false[:, None] & ~np.isnan(shifts)
    return {
        "freed": add(became[Change.BECAME_TRUE] | wrong, hallucinated),
        "became_true": add(became[Change.BECAME_TRUE], hallucinated),
        "became_unreadable": add(unreadable, hallucinated),
        "shift": add(shifts, scored),
        "shift_hallucinated": add(shifts, scored & copied[:, None]),
        "harmed": add(wrong, right[:, None] & (codes != NOT_SCORED)),
    }


def _figure(added: _ByImage, draws: int, seed: int) -> _Figure:
    """The mean of a figure over prompts, with an interval that draws images."""
    heads = added.totals.shape[1]
    drawn = cluster_totals(np.concatenate(added[:2], axis=1), draws, seed)
    value = _ratio(added.totals.sum(axis=0), added.counts.sum(axis=0))
    images = np.broadcast_to((added.counts > 0).sum(axis=0), heads).astype(np.int64)
    means = _ratio(drawn[:, :heads], drawn[:, heads:])
    interval = percentile_interval(value, means, images, is_rate=added.is_share)
    n = np.broadcast_to(added.counts.sum(axis=0), heads).astype(np.int64)
    return _Figure(value, interval.low, interval.high, n, images)


def _ratio(totals: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, giving NaN where there is nothing to divide by."""
    quotient = np.full(totals.shape, np.nan)
    np.divide(totals, counts, out=quotient, where=counts > 0)
    return quotient


def _columns(name: str, figure: _Figure) -> dict[str, NDArray[np.generic]]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}


def _dense(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks from one without gaps, the highest value first and NaN last; equal values share theirs."""
    return np.asarray(np.unique(np.where(np.isnan(values), np.inf, -values), return_inverse=True)[1] + 1, np.int64)


def control_heads(
    heads: Sequence[Head], chosen: Sequence[Head], kind: str = "random", sets: int = 20, seed: int = 0
) -> tuple[tuple[Head, ...], ...]:
    """Draw sets of other heads, as many as the chosen ones, for the effect of the chosen ones to be held against.

    Args:
        heads: those to draw from: ``effects.heads``, or ``layout.all_heads``.
        chosen: the heads that no set may hold.
        kind: a name of `CONTROLS`.
        sets: how many sets; each is drawn for itself, so that two can be the same where there are few heads.
        seed: of the draws.

    Raises:
        RequestError: the kind is unknown, no head is chosen, or there are not enough others.

    Example:
        >>> heads = [Head(layer, head) for layer in range(2) for head in range(2)]
        >>> control_heads(heads, [Head(0, 1)], "same layers", sets=1)
        ((Head(layer=0, head=0),),)
    """
    if kind not in CONTROLS:
        raise unknown_name("kind of control heads", kind, CONTROLS)
    if not chosen:
        raise RequestError("No heads are chosen, so that there is nothing to draw others for.")
    others = sorted(set(heads) - set(chosen))
    pools = [(others, len(set(chosen)), "these heads")]
    if kind == "same layers":
        wanted = sorted(Counter(head.layer for head in set(chosen)).items())
        pools = [([head for head in others if head.layer == layer], n, f"layer {layer}") for layer, n in wanted]
    for pool, n, where in pools:
        if len(pool) < n:
            raise RequestError(
                f"{n} of the chosen heads are of {where}, which {'has' if kind == 'same layers' else 'have'} "
                f"{len(pool) or 'no'} others to draw from. Sweep more heads, or draw controls of another kind: "
                f"{', '.join(CONTROLS)}."
            )
    generator = np.random.default_rng(seed)
    return tuple(
        tuple(sorted(pool[at] for pool, n, _ in pools for at in generator.choice(len(pool), n, replace=False)))
        for _ in range(sets)
    )


class PihRanking(NamedTuple):
    """Rates and ranks as the repository has them.

    Args:
        by_truth: a row for each head and true number: layer, head, ground_truth, correct_count, total_count, percent,
            head_id, rank. A head that corrects nothing at a number has no rank there: the repository does not list it.
        overall: a row a head, best first: layer, head, correct_count, total_count, percent, head_id, rank, best (rank
            ten or better). total_count is the number of rows of L0H0, whatever the head: 0 where that was not swept,
            and then the percentage of each head that corrects anything is infinite, and its rank the first.
        top: k → the heads that have one of the k best ranks at any true number; with ties there can be many.
    """

    by_truth: pa.Table
    overall: pa.Table
    top: Mapping[int, tuple[Head, ...]]


_TOP = (5, 4, 3, 2, 1)
_BEST = 10


def pih_ranking(effects: Effects) -> PihRanking:
    """Rank heads as the repository does, by how often the number becomes the true one.

    Its percentages divide by all prompts with a true number, also those that were answered rightly before.

    Args:
        effects: a sweep of counting with texts. The repository's own has the offsets +1 to +5, +10, +20 and +50.

    Raises:
        RequestError: the sweep has no texts, or is not of counting.
    """
    places = sorted(range(len(effects.heads)), key=lambda place: effects.heads[place])
    heads = [effects.heads[place] for place in places]
    corrected = (pih_changes(effects) == PIH_CHANGES.index(PihChange.NUMBER_TRUE))[:, places]
    truths = np.array([int(prompt.true) for prompt in effects.prompts], dtype=np.int64)
    known, at, totals = np.unique(truths, return_inverse=True, return_counts=True)
    correct = np.stack([corrected[at == place].sum(axis=0) for place in range(len(known))], axis=-1)  # (h, numbers)
    percent = 100 * correct / totals
    ranks = np.stack([_dense_positive(column) for column in percent.T], axis=-1)
    by_truth = _pih_table(
        np.repeat(heads, len(known), axis=0),
        {"ground_truth": np.tile(known, len(heads))},
        correct.ravel(),
        np.tile(totals, len(heads)),
        percent.ravel(),
        ranks.ravel(),
    )
    top = {k: tuple(head for head, row in zip(heads, ranks, strict=True) if (row <= k).any()) for k in _TOP}
    return PihRanking(by_truth, _pih_overall(heads, correct.sum(axis=1), len(effects.prompts)), MappingProxyType(top))


def _pih_overall(heads: Sequence[Head], correct: NDArray[np.int64], prompts: int) -> pa.Table:
    total = prompts if Head(0, 0) in heads else 0
    percent = 100 * correct / total if total else np.where(correct > 0, np.inf, np.nan)
    ranks = _dense_positive(percent)
    table = _pih_table(np.array(heads), {}, correct, np.full(len(heads), total), percent, ranks)
    table = table.append_column("best", pa.array(ranks <= _BEST))
    return table.take(np.argsort(ranks, kind="stable"))


def _dense_positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dense ranks of what is above zero, infinite for the rest."""
    kept = values > 0
    return np.where(kept, _dense(np.where(kept, values, np.nan)), np.inf)


def _pih_table(
    heads: NDArray[np.int64],
    more: Mapping[str, NDArray[np.int64]],
    correct: NDArray[np.int64],
    total: NDArray[np.int64],
    percent: NDArray[np.float64],
    ranks: NDArray[np.float64],
) -> pa.Table:
    columns = {"layer": heads[:, 0], "head": heads[:, 1], **more, "correct_count": correct, "total_count": total}
    table = pa.table(columns).append_column("percent", pa.array(percent, from_pandas=True))
    table = table.append_column("head_id", pa.array([str(Head(*head)) for head in heads.tolist()]))
    listed = np.isfinite(ranks)
    values = np.where(listed, ranks, 0).astype(np.int64)
    return table.append_column("rank", pa.array(values, mask=~listed))


def recall_at(estimate: NDArray[np.float64], exact: NDArray[np.float64], k: int, among: int | None = None) -> float:
    """The share of the k best heads that are also among the best by an estimate.

    Args:
        estimate: (h,) what a cheap method makes of each head, higher is better.
        exact: (h,) what a sweep finds of the same heads.
        k: how many are wanted.
        among: how many of the best by the estimate are looked at; k where None. Of equal values the first are better.

    Raises:
        RequestError: the two are not of the same heads, or k heads, or among, cannot be taken of them.

    Example:
        >>> recall_at(np.array([0.9, 0.1, 0.8, 0.2]), np.array([0.5, 0.4, 0.1, 0.0]), k=2)
        0.5
    """
    among = k if among is None else among
    if estimate.shape != exact.shape or not 1 <= k <= among <= len(exact):
        raise RequestError(
            f"The {k} best heads cannot be looked for among {among}, of {len(exact)} that were swept and "
            f"{len(estimate)} that were estimated: 1 ≤ k ≤ among ≤ heads is needed."
        )
    best, found = (np.argsort(-values, kind="stable") for values in (exact, estimate))
    return float(np.isin(best[:k], found[:among]).mean())


def overlap(sets: Mapping[str, Sequence[Head]]) -> pa.Table:
    """How far sets of heads are the same: those of several tasks, models or methods.

    Returns:
        A row for each pair, in the order of the sets: first, second, n_first, n_second, shared, jaccard (the share of
        the heads of either that both have, null where both are empty), heads (the names of the shared ones).

    Example:
        >>> overlap({"a": [Head(0, 3), Head(1, 2)], "b": [Head(0, 3)]}).select(["shared", "jaccard"]).to_pylist()
        [{'shared': 1, 'jaccard': 0.5}]
    """
    rows = []
    for (first, ours), (second, theirs) in combinations(sets.items(), 2):
        shared, either = sorted(set(ours) & set(theirs)), set(ours) | set(theirs)
        names = [str(head) for head in shared]
        jaccard = len(shared) / len(either) if either else None
        rows.append((first, second, len(set(ours)), len(set(theirs)), len(shared), jaccard, names))
    return pa.Table.from_pylist([dict(zip(_OVERLAP.names, row, strict=True)) for row in rows], schema=_OVERLAP)


_OVERLAP = pa.schema(
    [
        *((name, pa.string()) for name in ("first", "second")),
        *((name, pa.int64()) for name in ("n_first", "n_second", "shared")),
        ("jaccard", pa.float64()),
        ("heads", pa.list_(pa.string())),
    ]
)
