"""The two ways of scoring, behind one value: yes or no to one claim, and counts of the benchmark's own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyarrow as pa

from sightline.core import Benchmark
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.replies import reply_table
from sightline.evaluation.replies_counted import counted_reply_table
from sightline.evaluation.score import score_table
from sightline.readers.yes_no import YES_NO_READERS
from sightline.report.thumbnails import THUMBNAIL_PX
from sightline.stats.intervals import DRAWS
from sightline.stats.rates import RATES

if TYPE_CHECKING:
    from sightline.evaluation.compare import Comparison
    from sightline.evaluation.report import ReportSummary

    Compare = Callable[[Evaluation, str, str, int, int], Comparison]

__all__ = ["Report", "Scorer", "scorer"]


class Report(Protocol):
    """Writes the page of an evaluation."""

    def __call__(
        self,
        evaluation: Evaluation,
        out: Path,
        reader: str,
        images: Path | None = None,
        thumbnail_px: int = THUMBNAIL_PX,
        draws: int = DRAWS,
        seed: int = 0,
        title: str | None = None,
    ) -> "ReportSummary":
        """Write it; see `sightline.evaluation.report.write_report`."""
        ...


class Scorer(NamedTuple):
    """How the replies to a benchmark are scored, listed, compared and reported.

    Args:
        reader: the reader where none is named.
        metric: the rate to compare by where none is named.
        metrics: every rate.
        scores: (evaluation, readers, draws, seed) → a row for every model, label set, split and reader.
        replies: evaluation → a row for every model and question.
        load_compare: gives (evaluation, reader, metric, draws, seed) → tables of ranks, pairs and changes. It and the
            next are loaded when they are used: they need statsmodels and matplotlib, which scoring does without.
        load_report: gives what writes the page.
        means: the rates that are no shares but means, as words in a caption.
    """

    reader: str
    metric: str
    metrics: tuple[str, ...]
    scores: Callable[[Evaluation, Sequence[str], int, int], pa.Table]
    replies: Callable[[Evaluation], pa.Table]
    load_compare: "Callable[[], Compare]"
    load_report: Callable[[], Report]
    means: tuple[str, ...] = ()


def scorer(benchmark: Benchmark) -> Scorer:
    """How the replies to a benchmark are scored.

    Example:
        >>> from sightline.benchmarks import benchmark
        >>> scorer(benchmark("pope")).reader
        'strict'
    """
    if (own := benchmark.scoring) is None:
        first = next(iter(YES_NO_READERS))
        return Scorer(first, "f1", RATES, score_table, reply_table, _compare, _report)
    metrics = tuple(rate.name for rate in own.rates)
    reader = own.readers[0].split("@")[0]
    means = tuple(rate.name for rate in own.rates if rate.unit == "number")
    how = (rate_table, counted_reply_table, _compare_counted, _report_counted)
    return Scorer(reader, metrics[0], metrics, *how, means)


def _compare() -> "Compare":
    from sightline.evaluation.compare import compare

    return compare


def _compare_counted() -> "Compare":
    from sightline.evaluation.compare_counted import compare_counted

    return compare_counted


def _report() -> Report:
    from sightline.evaluation.report import write_report

    return write_report


def _report_counted() -> Report:
    from sightline.evaluation.report_counted import write_counted_report

    return write_counted_report
