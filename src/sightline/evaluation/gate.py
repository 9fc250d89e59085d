"""Bounds that scores must hold, for other people's continuous integration."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from sightline.errors import RequestError, unknown_name
from sightline.stats.rates import RATES

__all__ = ["Bound", "Checked", "check", "parse_bound"]


class Bound(NamedTuple):
    """A bound on a rate.

    Args:
        metric: the rate.
        labels: the label set it is taken under.
        split: the split, or None for every split.
        at_least: whether the rate must not be below the limit (else: not above).
        limit: in [0, 1], unless the rate is a mean.
        end: which number must hold it: "low" or "high" end of the 95 % interval, or the "estimate".
    """

    metric: str
    labels: str
    split: str | None
    at_least: bool
    limit: float
    end: str

    def __str__(self) -> str:
        end = {"low": "lower end of ", "high": "upper end of ", "estimate": ""}[self.end]
        on = f" on {self.split}" if self.split else ""
        return f"{end}{self.metric} under {self.labels}{on} {'≥' if self.at_least else '≤'} {self.limit:g}"


class Checked(NamedTuple):
    """A bound held against one row of a score table."""

    bound: Bound
    model: str
    split: str
    value: float | None
    passed: bool


_BOUND = re.compile(
    r"\s*(?P<metric>\w+)\s+under\s+(?P<labels>\S+)(?:\s+on\s+(?P<split>[^<>≤≥=]*[^<>≤≥=\s]))?"
    r"\s*(?P<sign>>=|<=|≥|≤)\s*(?P<limit>[0-9.]+)\s*(?P<percent>%)?(?:\s+(?P<end>lower|upper|estimate))?\s*"
)


def parse_bound(text: str, metrics: Sequence[str] = RATES, means: Sequence[str] = ()) -> Bound:
    """Read a bound: ``METRIC under LABELS [on SPLIT] >= LIMIT [lower|upper|estimate]``.

    Unless said otherwise the interval's unfavourable end must hold it: the lower for >=, the upper for <=.

    Args:
        text: the bound.
        metrics: the rates that there are.
        means: those of them that are no shares, such as a mean rating: any limit can be asked of these.

    Raises:
        RequestError: it cannot be read.

    Example:
        >>> print(parse_bound("f1 under repope >= 0.88"))
        lower end of f1 under repope ≥ 0.88
        >>> print(parse_bound("unreadable under pope on random <= 1% estimate"))
        unreadable under pope on random ≤ 0.01
    """
    found = _BOUND.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        limit = float(found["limit"]) / (100 if found["percent"] else 1)
    except ValueError:
        raise RequestError(
            f"The bound {text!r} cannot be read. Expected for example: 'f1 under repope >= 0.88', or more fully "
            "'recall under pope on adversarial >= 75% lower'."
        ) from None
    if found["metric"] not in metrics:
        raise unknown_name("metric", found["metric"], metrics)
    if found["metric"] in means and found["percent"]:
        raise RequestError(f"The limit of {text!r} is in percent, and {found['metric']} is a mean; leave % out.")
    if found["metric"] not in means and not 0 <= limit <= 1:
        raise RequestError(f"The limit of {text!r} is {limit:g}; rates lie between 0 and 1 (or 0% and 100%).")
    at_least = found["sign"] in (">=", "≥")
    end = {"lower": "low", "upper": "high", "estimate": "estimate", None: "low" if at_least else "high"}[found["end"]]
    return Bound(found["metric"], found["labels"], found["split"], at_least, limit, end)


def check(scores: pa.Table, bounds: Sequence[Bound]) -> list[Checked]:
    """Hold every bound against every row it speaks of: each model, and each split where it names none.

    Args:
        scores: as `score_table` gives it.
        bounds: what must hold. A rate that is undefined does not hold any bound.

    Raises:
        RequestError: a bound speaks of a label set or split that was not scored.
    """
    rows = scores.to_pylist()
    checked: list[Checked] = []
    for bound in bounds:
        for kind, name in (("label set", bound.labels), ("split", bound.split)):
            known = {row["labels" if kind == "label set" else "split"] for row in rows}
            if name is not None and name not in known:
                raise unknown_name(f"{kind} among those scored", name, known)
        column = bound.metric if bound.end == "estimate" else f"{bound.metric}_{bound.end}"
        for row in rows:
            if row["labels"] == bound.labels and bound.split in (None, row["split"]):
                value = row[column]
                held = value is not None and (value >= bound.limit if bound.at_least else value <= bound.limit)
                checked.append(Checked(bound, row["model"], row["split"], value, held))
    return checked
