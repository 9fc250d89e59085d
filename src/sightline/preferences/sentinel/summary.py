"""What a run of SENTINEL's pairs came to, in numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sightline.core import Answer
from sightline.preferences.sentinel.captions import SentinelCaption

__all__ = ["Summary", "summary_of"]


@dataclass
class Summary:
    """Counts over all captions.

    Args:
        images: captions that were written.
        sentences: sentences for which candidates were drawn.
        drawn: all candidates.
        repeated: candidates that repeat another of their sentence.
        empty: candidates that said nothing more.
        cut: candidates that came to no end.
        factual: objects that both detectors see, once for each image that names them.
        hallucinated: objects that neither sees.
        uncertain: objects on which they disagree.
        pairs_first: pairs of first sentences.
        pairs_later: pairs of all others.
        words_won: words of the sentences that win, together.
        words_lost: words of those that lose.
        new_won: objects that the sentences that win name for the first time, together.
        new_lost: the same of those that lose.
        stopped: why captions were over, how often.
    """

    images: int = 0
    sentences: int = 0
    drawn: int = 0
    repeated: int = 0
    empty: int = 0
    cut: int = 0
    factual: int = 0
    hallucinated: int = 0
    uncertain: int = 0
    pairs_first: int = 0
    pairs_later: int = 0
    words_won: int = 0
    words_lost: int = 0
    new_won: int = 0
    new_lost: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    @property
    def pairs(self) -> int:
        """All pairs."""
        return self.pairs_first + self.pairs_later

    @property
    def record(self) -> dict[str, Any]:
        """The counts, JSON-ready."""
        return {**asdict(self), "stopped": dict(self.stopped.most_common())}

    def mean(self, total: int) -> float | None:
        """What a total over sentences of pairs is for one of them; None where there are no pairs."""
        return total / self.pairs if self.pairs else None

    def add(self, caption: SentinelCaption) -> None:
        """Count one more caption."""
        self.images += 1
        self.stopped[caption.stopped] += 1
        self.factual += len(caption.objects(Answer.HOLDS))
        self.hallucinated += len(caption.objects(Answer.DOES_NOT_HOLD))
        self.uncertain += len(caption.objects(Answer.UNCERTAIN))
        for number, step in enumerate(caption.steps):
            self.sentences += 1
            self.drawn += step.drawn
            self.empty += step.empty
            self.cut += step.cut
            self.repeated += sum(each.times - 1 for each in step.sentences)
            self.pairs_first += 0 if number else len(step.pairs)
            self.pairs_later += len(step.pairs) if number else 0
            for win, lose in step.pairs:
                won, lost = step.sentences[win], step.sentences[lose]
                self.words_won, self.words_lost = self.words_won + won.words, self.words_lost + lost.words
                self.new_won, self.new_lost = self.new_won + won.new, self.new_lost + lost.new


def summary_of(captions: Iterable[SentinelCaption]) -> Summary:
    """Count captions."""
    found = Summary()
    for caption in captions:
        found.add(caption)
    return found
