"""What became of a reply without a head, held against the whole model's.

Two ways to sort replies: ours, for counting and colour, reads what a reply says of the object that is asked about; that
of the repository of prompt-induced hallucination, for counting only, takes the first word that is a number, whatever it
counts.

Source: michalg04/prompt-induced_hallucinations @f301d68. As that code stands, the number words of its step 4 are never
read, because one of its two copies of the parser lacks an import; here they are, as in its other copy.
"""

import functools
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sightline.errors import RequestError, unknown_name
from sightline.mechanisms.effects import Effects, SweptPrompt
from sightline.readers.colour import colour_of
from sightline.readers.number import count_of, number_reader

__all__ = ["CHANGES", "NOT_SCORED", "PIH_CHANGES", "Change", "PihChange", "changes", "pih_changes", "pih_number"]


class Change(StrEnum):
    """What became of a reply."""

    SAME_TEXT = "same text"
    SAME_ANSWER = "text changed, answer the same"
    BECAME_TRUE = "became true"
    BECAME_ANOTHER = "became another answer"
    """Neither the answer before nor the true one; where the answer before was true, also the asserted one."""
    BECAME_UNREADABLE = "became unreadable"


class PihChange(StrEnum):
    """What became of a reply, in the words of the repository."""

    SAME = "same"
    NUMBER_SAME = "text changed, number stayed the same"
    """Also where neither text has a number, and where the number was true before and after."""
    NUMBER_TRUE = "number changed to ground truth"
    NUMBER_ANOTHER = "number changed (≠ ground truth)"
    """Also where there is no number any more."""


CHANGES = tuple(Change)
"""Places in it are the codes of `changes`."""

PIH_CHANGES = tuple(PihChange)
"""Places in it are the codes of `pih_changes`."""

NOT_SCORED = -1
"""The code of a reply of which neither text nor log-probabilities say anything."""


def changes(effects: Effects) -> NDArray[np.int8]:
    """What became of every reply without every head.

    Texts are read with the reader of the benchmark. Where the sweep has none, the answer is the likelier of the true
    and the asserted one, the asserted one where they are equally likely. Then nothing becomes unreadable, nobody knows
    whether the text changed, and a prompt that asserts the truth is not scored.

    Returns:
        (p, h) int8, places in `CHANGES`; `NOT_SCORED` where there are neither texts nor log-probabilities.
    """
    return _by_text(effects) if effects.has_texts else _by_log_odds(effects)


def _by_text(effects: Effects) -> NDArray[np.int8]:
    read = functools.cache(_reader(effects.benchmark))
    codes = np.full((len(effects.prompts), len(effects.heads)), _code(Change.SAME_TEXT), dtype=np.int8)
    for (place, head), text in effects.changed.items():
        prompt = effects.prompts[place]
        if text != prompt.reply:
            codes[place, head] = _code(_change(prompt, read(text, prompt.object)))
    return codes


def _code(change: Change) -> int:
    return CHANGES.index(change)


def _reader(benchmark: str) -> Callable[[str, str], str | None]:
    readers = {"counting": count_of, "colour": colour_of}
    if benchmark not in readers:
        raise unknown_name("benchmark of swept prompts", benchmark, readers)
    return lambda text, object_: readers[benchmark](text, object_).answer


def _change(prompt: SweptPrompt, says: str | None) -> Change:
    if says == prompt.said:
        return Change.SAME_ANSWER
    if says is None:
        return Change.BECAME_UNREADABLE
    return Change.BECAME_TRUE if says == prompt.true else Change.BECAME_ANOTHER


def _by_log_odds(effects: Effects) -> NDArray[np.int8]:
    before, after = effects.log_odds_whole[:, None], effects.log_odds
    codes = np.full(after.shape, _code(Change.SAME_ANSWER), dtype=np.int8)
    codes[(before <= 0) & (after > 0)] = _code(Change.BECAME_TRUE)
    codes[(before > 0) & (after <= 0)] = _code(Change.BECAME_ANOTHER)
    asserts_truth = np.array([prompt.asserted == prompt.true for prompt in effects.prompts], dtype=np.bool_)
    codes[np.isnan(before) | np.isnan(after) | asserts_truth[:, None]] = NOT_SCORED
    return codes


def pih_changes(effects: Effects) -> NDArray[np.int8]:
    """What became of every reply without every head, as the repository sorts them.

    Returns:
        (p, h) int8, places in `PIH_CHANGES`.

    Raises:
        RequestError: the sweep has no texts, or is not of counting.
    """
    _check_pih(effects)
    before = [pih_number(prompt.reply) for prompt in effects.prompts]
    codes = np.full((len(effects.prompts), len(effects.heads)), _pih_code(PihChange.SAME), dtype=np.int8)
    for (place, head), text in effects.changed.items():
        prompt = effects.prompts[place]
        if text != prompt.reply:
            codes[place, head] = _pih_code(_pih_change(before[place], pih_number(text), int(prompt.true)))
    return codes


def _check_pih(effects: Effects) -> None:
    if effects.benchmark != "counting":
        raise RequestError(
            f"The repository sweeps heads on counting only, and this sweep is of {effects.benchmark}. "
            "Use changes and rank_heads."
        )
    if not effects.has_texts:
        raise RequestError(
            "The repository's categories need the replies as texts, and this sweep has log-probabilities only. "
            "Sweep again with texts, or rank with rank_heads."
        )


def _pih_code(change: PihChange) -> int:
    return PIH_CHANGES.index(change)


def _pih_change(before: int | None, after: int | None, true: int) -> PihChange:
    if before == after:
        return PihChange.NUMBER_SAME
    return PihChange.NUMBER_TRUE if after == true else PihChange.NUMBER_ANOTHER


@functools.lru_cache(maxsize=100_000)
def pih_number(text: str) -> int | None:
    """The number that the repository reads in a reply; None where there is none.

    Example:
        >>> pih_number("No one is visible; there are 5 dogs"), pih_number("Several dogs")
        (1, None)
    """
    answer = number_reader("pih").read(text).answer
    return None if answer is None else int(answer)
