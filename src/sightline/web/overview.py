"""What is computed once for the exploring page: the scores before it opens, the plots while it is looked at."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

from sightline.evaluation.browsing import Browser
from sightline.evaluation.scorer import scorer

__all__ = ["PLOTS", "Overview"]

PLOTS: Mapping[str, float] = {"wide": 1120, "narrow": 366}
"""The drawings of a plot, for a desk and for a phone, with their widths in points."""


class Overview:
    """Scores and plots of what is browsed.

    Args:
        browser: the replies.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        RequestError: there are too few draws, or the seed is negative.
    """

    def __init__(self, browser: Browser, draws: int, seed: int) -> None:
        how = scorer(browser.evaluation.benchmark)
        self.metric = how.metric
        self.draws = draws
        self.scores: list[dict[str, Any]] = how.scores(browser.evaluation, [browser.reader], draws, seed).to_pylist()
        rates = {} if (own := browser.evaluation.benchmark.scoring) is None else {rate.name: rate for rate in own.rates}
        in_percent = how.metric not in rates or rates[how.metric].unit == "percent"
        several = len(browser.models) > 1 and len(browser.labels) > 1
        self.has_plot = several and in_percent and browser.shared > 0
        self._draw = partial(_draw, browser, draws, seed)
        self._drawing: Future[Mapping[str, bytes]] | None = None
        self._lock = Lock()

    def start(self) -> None:
        """Begin to draw, beside everything else."""
        with self._lock:
            if self._drawing is None and self.has_plot:
                pool = ThreadPoolExecutor(1, "plots")
                self._drawing = pool.submit(self._draw)
                pool.shutdown(wait=False)

    def plot(self, name: str) -> bytes | None:
        """The plot of ranks as PNG, waited for; None where there is none of this name."""
        self.start()
        return None if self._drawing is None else self._drawing.result().get(name)


def _draw(browser: Browser, draws: int, seed: int) -> Mapping[str, bytes]:
    from sightline.report.figures import rank_shift  # loads matplotlib, which nothing else of the page needs

    how = scorer(browser.evaluation.benchmark)
    ranks = how.load_compare()(browser.evaluation, browser.reader, how.metric, draws, seed).ranks
    return {name: rank_shift(ranks, width).png() for name, width in PLOTS.items()}
