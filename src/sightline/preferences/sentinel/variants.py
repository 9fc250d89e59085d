"""The two ways from candidates to pairs: the sound one, and what SENTINEL's published code does.

============================  =====================================  ==================================================
                              sightline                              published
============================  =====================================  ==================================================
an object outside a           has one vote less, and is uncertain    counts as seen by that detector, so that it is
detector's classes                                                   never hallucinated
a coherent sentence           shares an object with the context      names nothing that the context does not
wins                          a coherent sentence that names         coherent sentences only: no pair is made for the
                              something new; where there is none,    first sentence
                              as at the beginning, a new one; else a
                              coherent one that names nothing new
is paired                     with the most alike that loses         as drawn by lot
the context grows by          a factual sentence that names          a new sentence, else a coherent one, else any,
                              something new, else any factual one,   hallucinated ones among them
                              else one without objects; else the
                              caption is given up
the caption is over           when more than half of the candidates  when more than half of the candidates are empty or
                              are empty (nothing is made of the      repeat another; pairs are made of the rest, and the
                              others), or end it                     context grows once more
============================  =====================================  ==================================================

Sources: arXiv 2507.12455, sections 3.2 and 3.3; pspdada/SENTINEL, run/build_dataset.py and run/utils.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from sightline.errors import unknown_name
from sightline.preferences.sentinel.pairs import closest_pairs
from sightline.preferences.sentinel.sentences import Kind, Sentence

__all__ = ["ENDED", "GIVEN_UP", "VARIANTS", "Candidates", "Outcome", "Variant", "variant"]


class Candidates(NamedTuple):
    """The candidates of one step, sorted.

    Args:
        sentences: the different ones.
        drawn: how many were drawn.
        empty: how many of these say nothing more.
        said: the sentences of the context.
    """

    sentences: tuple[Sentence, ...]
    drawn: int
    empty: int
    said: frozenset[str] = frozenset()

    def of(self, *kinds: Kind) -> list[Sentence]:
        """The sentences of these kinds."""
        return [each for each in self.sentences if each.kind in kinds]


class Outcome(NamedTuple):
    """What comes of a step.

    Args:
        pairs: pairs of a sentence that wins and one that loses.
        grown: the sentence by which the context grows; None where it does not.
        stopped: why the caption is over; "" where it goes on.
    """

    pairs: tuple[tuple[Sentence, Sentence], ...]
    grown: Sentence | None
    stopped: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the ways.

    Args:
        name: what it is called.
        unknown_is_seen: whether a detector that cannot look for an object counts as seeing it.
        all_known: whether a coherent sentence names nothing that the context does not.
        step: decides what comes of candidates.
        last: whether a pair ends the reply, given its sentences and whether the caption is over.
    """

    name: str
    unknown_is_seen: bool
    all_known: bool
    step: Callable[[Candidates, Random], Outcome]
    last: Callable[[Sentence, Sentence, bool], bool]


ENDED = "the model ended it"
GIVEN_UP = "no sentence was safe to go on with"


def _sound(candidates: Candidates, draw: Random) -> Outcome:
    if 2 * candidates.empty > candidates.drawn:
        return Outcome((), None, ENDED)
    fresh = candidates._replace(sentences=tuple(s for s in candidates.sentences if s.text not in candidates.said))
    coherent = fresh.of(Kind.COHERENT)
    # What adds nothing often repeats ("There is also a dog." after "A dog sleeps."), and so wins only where all do.
    winners = [each for each in coherent if each.new] or fresh.of(Kind.NEW) or coherent
    pairs = closest_pairs(winners, fresh.of(Kind.HALLUCINATED), draw)
    factual = fresh.of(Kind.COHERENT, Kind.NEW)
    choices = [each for each in factual if each.new] or factual or fresh.of(Kind.NO_OBJECTS)
    if not choices:
        return Outcome(pairs, None, GIVEN_UP)
    # As often as the model says each, so that contexts are such as it writes.
    grown = draw.choices(choices, [each.times for each in choices])[0]
    over = candidates.empty + sum(each.ends for each in candidates.sentences)
    return Outcome(pairs, grown, ENDED if 2 * over > candidates.drawn else "")


def _published(candidates: Candidates, draw: Random) -> Outcome:
    sentences = list(candidates.sentences)
    stopped = ENDED if 2 * (candidates.drawn - len(sentences)) > candidates.drawn else ""
    if len(sentences) <= 1:
        return Outcome((), sentences[0] if sentences else None, stopped)
    draw.shuffle(sentences)  # a set of texts has no order
    won, lost, new = (
        [each for each in sentences if each.kind is kind] for kind in (Kind.COHERENT, Kind.HALLUCINATED, Kind.NEW)
    )
    return Outcome(tuple(zip(won, lost, strict=False)), draw.choice(new or won or sentences), stopped)


def _both_end(win: Sentence, lose: Sentence, over: bool) -> bool:
    """A pair of which only one ends the reply would teach when to stop."""
    return win.mostly_ends and lose.mostly_ends


VARIANTS: Sequence[Variant] = (
    Variant("sightline", unknown_is_seen=False, all_known=False, step=_sound, last=_both_end),
    Variant("published", unknown_is_seen=True, all_known=True, step=_published, last=lambda _win, _lose, over: over),
)
"""The first is the default."""


def variant(name: str) -> Variant:
    """The way of this name.

    Raises:
        RequestError: there is none.
    """
    found = {each.name: each for each in VARIANTS}
    if name not in found:
        raise unknown_name("variant", name, found)
    return found[name]
