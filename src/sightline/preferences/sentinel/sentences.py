"""Sentences of captions, as SENTINEL tells them apart: by what detectors make of the objects that they name.

Source: arXiv 2507.12455, section 3.2. A sentence is hallucinated where it names an object that no detector sees. It is
factual where it names at least one, and both detectors see all of them. Factual ones are coherent where they share an
object with the context, else new. All others count neither as good nor as bad.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from sightline.core import Answer, Continuation
from sightline.readers.sentences import sentences

__all__ = ["Kind", "Sentence", "distinct", "kind_of", "sentence_end"]

_CLOSING = re.compile(r"[\"'”’»)\]*_]*")
_ENDS = re.compile(rf"[.!?]{_CLOSING.pattern}$")
_BEGUN = " goes."
"""What makes a plain sentence of the words that have begun after one."""


def sentence_end(text: str) -> int | None:
    r"""How many characters the first sentence of a text takes up; None where it may still go on.

    Headings and other lines without a full stop belong to the sentence that follows them, as in SENTINEL.

    Example:
        >>> sentence_end("A dog sleeps. It"), sentence_end("A dog sleeps."), sentence_end("A dog sleeps")
        (13, 13, None)
        >>> sentence_end("Mr. Smith"), sentence_end("It weighs 3.5 kg"), sentence_end("Objects:\n\nA dog. A")
        (None, None, 16)
    """
    probed = text.rstrip()
    if not _ENDS.search(probed):
        probed += _BEGUN
    for _, end in sentences(probed):
        closed = _CLOSING.match(probed, end)
        if closed and closed.end() <= len(text) and _ENDS.search(probed, 0, closed.end()):
            return closed.end()
    return None


class Kind(StrEnum):
    """What a sentence is to preference pairs."""

    COHERENT = "coherent"
    """Factual, and about what the context is about (y_w+)."""
    NEW = "new"
    """Factual, and about other things (y_w-)."""
    HALLUCINATED = "hallucinated"
    """y_l."""
    UNCERTAIN = "uncertain"
    """The detectors disagree on an object."""
    NO_OBJECTS = "no objects"


class Sentence(NamedTuple):
    """A sentence that was drawn, once or several times, and what is known of it.

    Args:
        text: the sentence.
        times: how often it was drawn.
        ends: how often the reply ended after it.
        objects: what it names, each once, in its order.
        hallucinated: those of them that no detector sees.
        new: how many of them the context does not name.
        kind: what it is.
    """

    text: str
    times: int = 1
    ends: int = 0
    objects: tuple[str, ...] = ()
    hallucinated: tuple[str, ...] = ()
    new: int = 0
    kind: Kind = Kind.NO_OBJECTS

    @property
    def is_factual(self) -> bool:
        """Whether it may win."""
        return self.kind in (Kind.COHERENT, Kind.NEW)

    @property
    def mostly_ends(self) -> bool:
        """Whether the reply ended after it more often than not."""
        return 2 * self.ends > self.times

    @property
    def words(self) -> int:
        """How long it is."""
        return len(self.text.split())

    def sorted_by(self, answers: Mapping[str, Answer], context: Collection[str], all_known: bool) -> "Sentence":
        """The same with what detectors make of its objects; see `kind_of`."""
        return self._replace(
            hallucinated=tuple(each for each in self.objects if answers[each] is Answer.DOES_NOT_HOLD),
            new=sum(each not in context for each in self.objects),
            kind=kind_of(self.objects, answers, context, all_known),
        )


def distinct(drawn: Sequence[Continuation], objects_of: Callable[[str], tuple[str, ...]]) -> tuple[Sentence, ...]:
    """The different sentences among those drawn, in the order in which they came first, not yet sorted.

    Sentences that say nothing, or came to no end, are left out.
    """
    times: dict[str, int] = {}
    ends: dict[str, int] = {}
    for each in drawn:
        if each.text and each.whole:
            times[each.text] = times.get(each.text, 0) + 1
            ends[each.text] = ends.get(each.text, 0) + each.ends
    return tuple(Sentence(text, number, ends[text], objects_of(text)) for text, number in times.items())


def kind_of(
    objects: Sequence[str], answers: Mapping[str, Answer], context: Collection[str], all_known: bool = False
) -> Kind:
    """Sort a sentence.

    Args:
        objects: what it names.
        answers: for each object whether it is there.
        context: the objects that the context names.
        all_known: count it as coherent only where the context names all its objects, as SENTINEL's code does; the paper
            asks for one that is shared.

    Example:
        >>> seen = {"dog": Answer.HOLDS, "cat": Answer.DOES_NOT_HOLD, "sofa": Answer.HOLDS}
        >>> kind_of(["dog", "sofa"], seen, ["sofa"]).value, kind_of(["dog", "sofa"], seen, ["sofa"], True).value
        ('coherent', 'new')
        >>> kind_of(["dog", "cat"], seen, []).value
        'hallucinated'
    """
    said = {answers[each] for each in objects}
    if Answer.DOES_NOT_HOLD in said:
        return Kind.HALLUCINATED
    if not said:
        return Kind.NO_OBJECTS
    if said != {Answer.HOLDS}:
        return Kind.UNCERTAIN
    shared = [each in context for each in objects]
    return Kind.COHERENT if (all(shared) if all_known else any(shared)) else Kind.NEW
