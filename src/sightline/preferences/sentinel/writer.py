"""One caption as it is written: candidates come in, are sorted by the votes of two detectors, and the context grows."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from sightline.core import Answer, Continuation, Detecting, Sighting, joined
from sightline.preferences.sentinel.captions import Asked, SentinelCaption, Step
from sightline.preferences.sentinel.objects import NamedObjects
from sightline.preferences.sentinel.sentences import Sentence, distinct
from sightline.preferences.sentinel.variants import Candidates, Variant
from sightline.preferences.sentinel.votes import Votes

__all__ = ["LIMIT", "CaptionWriter"]

LIMIT = "it has as many sentences as it may"
"""Why a caption is over that went on too long."""

_SMALL = 0.02
_EDGE = 0.1
"""SENTINEL's bounds: the share of the image that a box takes up, and how far its centre is from the nearest edge."""

_LISTING = 1
"""The detector that looks for all objects there are, as SENTINEL's YOLO does: the second."""


class CaptionWriter:
    """A caption that is being written.

    Args:
        asked: the image and the prompt.
        file: the image's file.
        detectors: the two that vote.
        objects: reads the objects of sentences.
        way: decides what comes of candidates.
        seed: of all draws; the image's name is mixed in.
        most_sentences: how many sentences it may have.
    """

    def __init__(
        self,
        asked: Asked,
        file: Path,
        detectors: Sequence[Detecting],
        objects: NamedObjects,
        way: Variant,
        seed: int = 0,
        most_sentences: int = 20,
    ) -> None:
        self.asked = asked
        self.votes = Votes(file, detectors, way.unknown_is_seen)
        self.context = ""
        """What the caption says so far."""
        self.stopped = ""
        """Why it is over; "" while it goes on."""
        self._objects, self._way, self._most = objects, way, most_sentences
        self._draw = Random(f"{seed} {asked.name} {asked.prompt}")
        self._steps: list[Step] = []
        self._named: dict[str, None] = {}  # what the context names

    def take(self, drawn: Sequence[Continuation]) -> None:
        """Take the candidates of the next sentence.

        Raises:
            DataError: the image cannot be read.
        """
        found = distinct(drawn, self._objects.read)
        judged = self.votes.judge(each for sentence in found for each in sentence.objects)
        sentences = tuple(each.sorted_by(self.votes.answers, self._named, self._way.all_known) for each in found)
        empty = sum(not each.text and each.whole for each in drawn)
        said = frozenset(step.added.text for step in self._steps if step.added is not None)
        outcome = self._way.step(Candidates(sentences, len(drawn), empty, said), self._draw)
        self.stopped = outcome.stopped or (LIMIT if len(self._steps) + 1 == self._most else "")
        place = {each: number for number, each in enumerate(sentences)}
        self._steps.append(
            Step(
                self.context,
                sentences,
                len(drawn),
                empty,
                sum(not each.whole for each in drawn),
                judged,
                tuple((place[win], place[lose]) for win, lose in outcome.pairs),
                None if outcome.grown is None else place[outcome.grown],
                bool(self.stopped),
            )
        )
        if outcome.grown is not None:
            self._grow(outcome.grown)

    def _grow(self, sentence: Sentence) -> None:
        self.context = joined(self.context, sentence.text)
        self._named |= dict.fromkeys(sentence.objects)

    def written(self) -> SentinelCaption:
        """The caption, once it is over.

        Raises:
            DataError: the image cannot be read.
        """
        seen = self.votes.sightings(_LISTING, self._objects.listed)
        named = {each for step in self._steps for sentence in step.sentences for each in sentence.objects}
        factual = {each: seen[each] for each in seen if self.votes.answers.get(each) is Answer.HOLDS}
        return SentinelCaption(
            self.asked,
            tuple(self._steps),
            self.stopped,
            tuple(each for each in seen if each not in named),
            tuple(each for each, sighting in factual.items() if _is_small(sighting)),
            tuple(each for each, sighting in factual.items() if _is_at_edge(sighting)),
        )


def _is_small(sighting: Sighting) -> bool:
    """Whether the surest box takes up little of the image.

    Example:
        >>> _is_small(Sighting("dog", 0.9, (0.1, 0.1, 0.2, 0.2))), _is_small(Sighting("dog", 0.9, (0.0, 0.0, 0.5, 0.1)))
        (True, False)
    """
    if sighting.box is None:
        return False
    left, top, right, bottom = sighting.box
    return (right - left) * (bottom - top) < _SMALL


def _is_at_edge(sighting: Sighting) -> bool:
    """Whether the centre of the surest box is close to an edge of the image.

    Example:
        >>> _is_at_edge(Sighting("dog", 0.9, (0.0, 0.4, 0.1, 0.6))), _is_at_edge(Sighting("dog", 0.9, (0.4, 0.4, 1, 1)))
        (True, False)
    """
    if sighting.box is None:
        return False
    left, top, right, bottom = sighting.box
    across, down = (left + right) / 2, (top + bottom) / 2
    return min(across, 1 - across, down, 1 - down) < _EDGE
