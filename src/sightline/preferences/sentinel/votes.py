"""Two detectors vote on objects: both see one, and it is there; neither does, and it is not; else nobody knows.

Source: arXiv 2507.12455, section 3.2. Every object of an image is looked for once, whichever sentence names it first,
and all new objects of a step in one look.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sightline.core import Answer, Detecting, Sighting
from sightline.errors import RequestError

__all__ = ["Votes"]


class Votes:
    """What two detectors make of the objects of one image.

    Args:
        image: the file.
        detectors: two of them.
        unknown_is_seen: whether a detector that cannot look for an object counts as seeing it, as in SENTINEL's code,
            where everything outside the 80 classes of COCO is recognised by the second; otherwise it has no vote, and
            the object stays uncertain.

    Raises:
        RequestError: there are not two detectors.
    """

    def __init__(self, image: Path, detectors: Sequence[Detecting], unknown_is_seen: bool = False) -> None:
        if len(detectors) != 2:
            raise RequestError(f"{len(detectors)} detectors are named; two vote: --detectors A B.")
        self.image = image
        self.detectors = detectors
        self.unknown_is_seen = unknown_is_seen
        self.answers: dict[str, Answer] = {}
        """Object → whether it is there, in the order in which they were judged."""
        self._sightings: tuple[dict[str, Sighting], ...] = tuple({} for _ in detectors)

    def judge(self, objects: Iterable[str]) -> dict[str, Answer]:
        """Look for objects that were not judged before.

        Returns:
            The answers for these.

        Raises:
            DataError: the image cannot be read.
        """
        new = [each for each in dict.fromkeys(objects) if each not in self.answers]
        votes = [self._sees(place, new) for place in range(len(self.detectors))]
        found = {each: _answer([own[each] for own in votes]) for each in new}
        self.answers |= found
        return found

    def sightings(self, place: int, objects: Iterable[str]) -> dict[str, Sighting]:
        """What one of the detectors makes of objects that it knows, and sees.

        Raises:
            DataError: the image cannot be read.
        """
        detector = self.detectors[place]
        wanted = [each for each in dict.fromkeys(objects) if detector.knows(each)]
        self._look(place, wanted)
        known = {each: self._sightings[place][each] for each in wanted}
        return {each: sighting for each, sighting in known.items() if sighting.score >= detector.threshold}

    def _sees(self, place: int, objects: Sequence[str]) -> dict[str, bool | None]:
        """Whether a detector sees each of some objects; None where it has no vote."""
        seen = self.sightings(place, objects)
        unknown = True if self.unknown_is_seen else None
        return {each: each in seen if self.detectors[place].knows(each) else unknown for each in objects}

    def _look(self, place: int, objects: Sequence[str]) -> None:
        new = [each for each in objects if each not in self._sightings[place]]
        if new:
            looked = self.detectors[place].look(self.image, new)
            self._sightings[place].update(zip(new, looked, strict=True))


def _answer(votes: Sequence[bool | None]) -> Answer:
    """What votes come to.

    Example:
        >>> [_answer(votes).value for votes in ((True, True), (False, False), (True, False), (None, False))]
        ['holds', 'does not hold', 'uncertain', 'uncertain']
    """
    if all(votes):
        return Answer.HOLDS
    return Answer.DOES_NOT_HOLD if all(vote is False for vote in votes) else Answer.UNCERTAIN
