"""What became of a model, in a few sentences: what is worse first, then whether it says yes or no more readily."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from sightline.benchmarks import ALL as BENCHMARKS
from sightline.evaluation.before_after import SURE

__all__ = ["rate_words", "short_verdict", "signed", "summary", "value_words"]

_POSITIVE, _NEGATIVE = "positive queries right", "negative queries right"
_WORDS = {
    **{"chair_i": "CHAIR_i", "chair_s": "CHAIR_s", "chair_s_naming": "CHAIR_s, silent left out"},
    **{"positive_accuracy": _POSITIVE, "negative_accuracy": _NEGATIVE},
}
_YES_NO_WORDS = {"f1": "F1", "recall": _POSITIVE, "tnr": _NEGATIVE}
_MARKS = {"better": "▲ ", "worse": "▼ ", "perhaps better": "△ ", "perhaps worse": "▽ "}
_MOST = 6
"""So many rates are named; the table has all."""
_SIDES = ("recall", "tnr"), ("positive_accuracy", "negative_accuracy")
"""The rates on positive and on negative queries, of yes/no questions and of pairs."""

_Row = Mapping[str, Any]


def rate_words(row: _Row) -> str:
    """What people call a rate.

    Args:
        row: of the table; its benchmark and rate are looked at.

    Example:
        >>> rate_words({"benchmark": "pope", "rate": "recall"}), rate_words({"benchmark": "chair", "rate": "recall"})
        ('positive queries right', 'recall')
    """
    yes_no = BENCHMARKS[row["benchmark"]].scoring is None
    words = _YES_NO_WORDS if yes_no else _WORDS
    return words.get(row["rate"], str(row["rate"]).replace("_", " "))


def short_verdict(verdict: str) -> str:
    """A verdict with its sign, with a question mark where it is so only perhaps, or a dash.

    Example:
        >>> short_verdict("better"), short_verdict("perhaps worse"), short_verdict("no difference seen")
        ('▲ better', '▽ worse?', '–')
    """
    word = verdict.removeprefix("perhaps ")
    if word not in ("better", "worse", "more", "less"):
        return "–"
    return _MARKS.get(verdict, "") + word + ("?" if word != verdict else "")


def value_words(row: _Row, value: float, decimals: int = 2) -> str:
    """A rate in percent, or a mean as it is."""
    return f"{value * (100 if row['unit'] == 'percent' else 1):z.{decimals}f}"


def signed(row: _Row, value: float, decimals: int = 2) -> str:
    """A difference in points, or as it is, with its sign; what rounds to nothing has that of zero.

    Example:
        >>> signed({"unit": "percent"}, -0.0125), signed({"unit": "number"}, -0.004)
        ('-1.25', '+0.00')
    """
    return f"{value * (100 if row['unit'] == 'percent' else 1):+z.{decimals}f}"


def summary(rates: pa.Table) -> tuple[str, ...]:
    """Say what became of a model.

    Args:
        rates: as `before_after` gives them.

    Returns:
        Sentences: how many rates are better and worse; of those that were not meant to change what is worse; what else
        is; and where the model says no, or yes, more readily than it did.
    """
    rows = rates.to_pylist()
    return _counts(rows), *_general(rows), *_worse(rows), *_leanings(rows)


def _counts(rows: Sequence[_Row]) -> str:
    found = Counter(row["verdict"] for row in rows)
    told = [f"{found[verdict]} {verdict}" for verdict in ("better", "perhaps better", "worse", "perhaps worse")]
    more = found["more"] + found["less"] + found["perhaps more"] + found["perhaps less"]
    told += [f"{more} other than before, which is neither"] if more else []
    rest = found["no difference seen"]
    return f"Of {len(rows)} rates: {', '.join(told)}; {rest} without a difference seen, {found['unchanged']} unchanged."


def _general(rows: Sequence[_Row]) -> Iterator[str]:
    """What was not meant to change, and is worse: said first, also where there is nothing."""
    own = [row for row in rows if row["general"]]
    if not own:
        return
    names = ", ".join(dict.fromkeys(f"{row['benchmark']} {row['split']}" for row in own))
    worse = [row for row in own if row["verdict"] in ("worse", "perhaps worse")]
    if worse:
        yield f"▼ Not meant to change, and worse: {_listed(worse)}."
    else:
        yield f"Not meant to change, and not seen to be worse: {names}."


def _worse(rows: Sequence[_Row]) -> Iterator[str]:
    for verdict in ("worse", "perhaps worse"):
        if own := [row for row in rows if row["verdict"] == verdict and not row["general"]]:
            yield f"{_MARKS[verdict]}{verdict.capitalize()}: {_listed(own)}."


def _listed(rows: Sequence[_Row]) -> str:
    told = [f"{_place(row)} {rate_words(row)} {_change(row)}" for row in rows[:_MOST]]
    return "; ".join(told) + (f"; and {len(rows) - _MOST} more" if len(rows) > _MOST else "")


def _place(row: _Row) -> str:
    return f"{row['benchmark']} {row['split']}"


def _change(row: _Row) -> str:
    ends = f"{signed(row, row['low'], 1)} to {signed(row, row['high'], 1)}"
    return f"{signed(row, row['difference'], 1)} ({ends})"


def _leanings(rows: Sequence[_Row]) -> Iterator[str]:
    """Where one kind of query is answered better at the cost of the other."""
    found = {(row["benchmark"], row["labels"], row["split"], row["rate"]): row for row in rows}
    for (*place, rate), positive in found.items():
        for side, other in _SIDES:
            negative = found.get((*place, other)) if rate == side else None
            if negative is not None and (told := _leaning(positive, negative)):
                yield told


def _leaning(positive: _Row, negative: _Row) -> str:
    """Say that a model says no, or yes, more readily; nothing where both kinds move alike or the loss may be chance."""
    loss, gain = (positive, negative) if positive["difference"] < negative["difference"] else (negative, positive)
    if not loss["difference"] < 0 < gain["difference"] or loss["p"] is None or loss["p"] >= SURE:
        return ""
    says = "no" if loss is positive else "yes"
    kinds = ("positive", "negative") if loss is positive else ("negative", "positive")
    return (
        f"Says {says} more readily on {_place(positive)}: {kinds[0]} queries right {_change(loss)}, {kinds[1]} ones "
        f"{_change(gain)}."
    )
