"""How replies to HallusionBench are scored: by question, by figure, by pair, and what wrong replies are put down to.

Every reply is right, wrong or unclear. Unclear is not right, except where there is no figure to look at: to say that
one does not know is then right. A pair is one question about all figures of its set, the missing one included, which is
its first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sightline.benchmarks.judged import UNJUDGED
from sightline.benchmarks.judged_replies import judged_only
from sightline.core import (
    Counted,
    Derived,
    Judge,
    LabelSet,
    Question,
    Rate,
    Ratio,
    Reply,
    Shown,
    mean_of,
)
from sightline.readers.verdict import CORRECT, INCORRECT, verdict_reader
from sightline.readers.yes_no import yes_no_reader

__all__ = ["JUDGE", "JUDGED", "RATES", "Asked", "Fault", "count", "fault_of", "show"]

JUDGED = ("judged", "hallusionbench")
"""The readers that read what a judge said of a reply, and not the reply."""

Mark = Literal["right", "wrong", "unclear"]
Fault = Literal["language", "vision", "mixed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply is held against.

    Args:
        category: "VD" or "VS".
        set: category, subcategory and set.
        figure: which figure of the set; "0" is the first, which a VS set does not have.
        question: which question of the set.
        visual_input: 0 without a figure, 1 with one as it is, 2 with an edited one.
        yes: whether yes is right.
        details: what is true, in words, as a judge is told it.
    """

    category: str
    set: str
    figure: str
    question: str
    visual_input: int
    yes: bool
    details: str = ""

    @property
    def without_figure(self) -> bool:
        """Whether there is no figure to look at, as the repository tells it."""
        return self.category == "VS" and self.figure == "0"


_AACC = Rate("aacc", "right", "replies", "higher")
_FACC = Rate("facc", "figures_right", "figures", "higher")
_QACC = Rate("qacc", "pairs_right", "pairs", "higher")


def _difference(one: Ratio, other: Ratio) -> NDArray[np.float64]:
    return np.asarray(one.value - other.value, dtype=np.float64)


RATES = (
    _AACC,
    _FACC,
    _QACC,
    mean_of("mean_acc", (_AACC, _FACC, _QACC)),
    Rate("unreadable", "unclear", "replies", "lower"),
    Rate("unclear_credited", "unclear_credited", "replies"),
    Rate("easy_pairs", "easy_right", "easy", "higher"),
    Rate("hard_pairs", "hard_right", "hard", "higher"),
    Derived(
        "yes_bias",
        (Rate("yes_said", "yes_said", "clear"), Rate("yes_true", "yes_true", "clear")),
        _difference,
        "yes said less yes true, of clear replies",
    ),
    Derived(
        "yes_bias_official",
        (Rate("yes_booked", "yes_booked", "replies"), Rate("yes_true_all", "yes_true_all", "replies")),
        _difference,
        "the same of all replies, where an unclear one counts as the opposite answer",
    ),
    Rate("false_yes_share", "wrong_no_true", "wrong"),
    Rate("figures_inconsistent", "figures_inconsistent", "figures", "lower"),
    Rate("figures_wrong", "figures_wrong", "figures", "lower"),
    Rate("language_hallucination", "language", "diagnosed"),
    Rate("visual_illusion", "vision", "diagnosed"),
    Rate("mixed", "mixed", "diagnosed"),
)
"""The rates, the three headlines and their mean first."""


def _told(question: Question, labels: LabelSet, reply: Reply) -> Mapping[str, str] | None:
    asked = labels.references.get(question.id)
    if not isinstance(asked, Asked):
        return None
    truth = asked.details or ("yes" if asked.yes else "no")
    return {"question": question.text, "truth": truth, "reply": reply.text}


JUDGE = Judge(
    name="hallusionbench",
    version=1,
    system="You mark answers to yes/no questions. You have not seen the figure that is asked about; what is true is "
    "given. Reply with one word: correct if the answer agrees with what is true, incorrect if it contradicts it, "
    "unclear if it commits to neither.",
    template="Question: {question}\nWhat is true: {truth}\nAnswer to mark: {reply}\n\ncorrect, incorrect or unclear:",
    fields=("question", "truth", "reply"),
    told=_told,
    read=verdict_reader("verdict").read,
    readers=JUDGED,
    max_new_tokens=16,
)
"""What a judge is asked: what the repository asks GPT-4, in our own words."""


def _mark(reply: Reply, asked: Asked, reader: str | None) -> Mark:
    """Whether a reply is right."""
    if reader in JUDGED:
        verdict = verdict_reader("substring" if reader == "hallusionbench" else "verdict").read(reply.judgement).answer
        return "right" if verdict == CORRECT else "wrong" if verdict == INCORRECT else "unclear"
    answer = yes_no_reader("vlmevalkit" if reader == "vlmevalkit" else "strict").read(reply.text).answer
    if answer is None:
        return "unclear"
    return "right" if (answer == "yes") is asked.yes else "wrong"


def _correct(mark: Mark, asked: Asked) -> bool:
    return mark == "right" or (mark == "unclear" and asked.without_figure)


def fault_of(asked: Asked, mark: Mark, first: Asked, first_mark: Mark) -> Fault | None:
    """What a reply that is not right is put down to; None where it is right.

    The repository asks GPT-4 whether a reply says the same as the one to the first question of the pair. Here it does
    where both say yes, or both no.

    Args:
        asked: the question.
        mark: of the reply to it.
        first: the first question of the pair, without a figure (VS) or about the figure as it is (VD).
        first_mark: of the reply to that.

    Example:
        >>> edited = Asked("VS", "VS/map/0", "2", "0", 2, yes=False)
        >>> known = Asked("VS", "VS/map/0", "0", "0", 0, yes=True)
        >>> fault_of(edited, "wrong", known, "right")
        'language'
        >>> fault_of(edited, "unclear", known, "right")
        'vision'
    """
    if _correct(mark, asked):
        return None
    same = "unclear" not in (mark, first_mark) and _said_yes(asked, mark) is _said_yes(first, first_mark)
    if asked == first:
        return "language" if asked.without_figure else "vision"
    if asked.category == "VD":
        return "mixed" if first_mark == "right" and mark == "wrong" and same else "vision"
    if first_mark == "wrong":
        return "language" if mark == "wrong" and same else "mixed"
    # Known, or said not to be known: only a wrong reply about an edited figure that repeats what is known is language
    return "language" if first_mark == "right" and mark == "wrong" and asked.visual_input == 2 and same else "vision"


def _said_yes(asked: Asked, mark: Mark) -> bool:
    """What a clear reply said."""
    return asked.yes is (mark == "right")


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
) -> Counted:
    """A row for each reply; figures and pairs are counted on that of their first one.

    Figures and pairs of which a reply is missing are left out, and counted.
    """
    held: list[Asked] = []
    marks: list[Mark | None] = []
    splits: list[str] = []
    for question, reply in zip(questions, judged_only(replies, reader, JUDGED), strict=True):
        asked = labels.references.get(question.id)
        if not isinstance(asked, Asked) or (reader == "vlmevalkit" and not question.images):
            continue
        held.append(asked)
        marks.append(None if reply is None else _mark(reply, asked, reader))
        splits.append(question.split)
    sums = _Sums(held, marks)
    sums.replies()
    sums.groups("figures", lambda asked: None if asked.without_figure else (asked.set, asked.figure), partly=True)
    sums.groups("pairs", _pair)
    sums.groups("easy", lambda asked: None if asked.visual_input == 2 else _pair(asked))
    sums.groups("hard", lambda asked: _pair(asked) if asked.visual_input == 2 else None)
    sums.faults()
    kept = [place for place, mark in enumerate(marks) if mark is not None]
    counts = {name: values[kept] for name, values in sums.counts.items()}
    return Counted(tuple(held[place].set for place in kept), tuple(splits[place] for place in kept), counts)


def _pair(asked: Asked) -> tuple[str, str]:
    return asked.set, asked.question


class _Sums:
    """Counts, one row for each question."""

    def __init__(self, asked: Sequence[Asked], marks: Sequence[Mark | None]) -> None:
        self.asked, self.marks = asked, marks
        self.counts: dict[str, NDArray[np.float64]] = {}

    def add(self, name: str, place: int, value: float = 1.0) -> None:
        """Count something on the row of a question."""
        self.counts.setdefault(name, np.zeros(len(self.asked)))[place] += value

    def replies(self) -> None:
        """Count replies one by one."""
        for place, (asked, mark) in enumerate(zip(self.asked, self.marks, strict=True)):
            if mark is None:
                continue
            right, clear = _correct(mark, asked), mark != "unclear"
            for name, value in (
                ("replies", True),
                ("right", right),
                ("wrong", not right),
                ("wrong_no_true", not right and not asked.yes),
                ("unclear", not clear),
                ("unclear_credited", right and not clear),
                ("clear", clear),
                ("yes_said", clear and _said_yes(asked, mark)),
                ("yes_true", clear and asked.yes),
                ("yes_booked", right is asked.yes),
                ("yes_true_all", asked.yes),
            ):
                self.add(name, place, value)

    def groups(self, name: str, key: Callable[[Asked], tuple[str, str] | None], partly: bool = False) -> None:
        """Count groups of which all replies are right; those of which one is missing are counted as half."""
        members: dict[tuple[str, str], list[int]] = {}
        for place, asked in enumerate(self.asked):
            if (group := key(asked)) is not None:
                members.setdefault(group, []).append(place)
        for places in members.values():
            right = [_correct(mark, self.asked[p]) for p in places if (mark := self.marks[p]) is not None]
            first = next((place for place in places if self.marks[place] is not None), None)
            if first is None:
                continue
            if len(right) < len(places):
                self.add(f"half_{name}", first)
                continue
            self.add(name, first)
            self.add(f"{name}_right", first, all(right))
            if partly:
                self.add(f"{name}_wrong", first, not any(right))
                self.add(f"{name}_inconsistent", first, any(right) and not all(right))

    def faults(self) -> None:
        """Count what wrong replies are put down to, of those whose pair has a reply to its first question."""
        firsts = {_pair(asked): place for place, asked in enumerate(self.asked) if asked.figure == "0"}
        for place, (asked, mark) in enumerate(zip(self.asked, self.marks, strict=True)):
            first = firsts.get(_pair(asked))
            first_mark = None if first is None else self.marks[first]
            if mark is None or first is None or first_mark is None:
                continue
            if fault := fault_of(asked, mark, self.asked[first], first_mark):
                self.add(fault, place)
                self.add("diagnosed", place)


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
    """What was read of a reply, or what the judge says of it, beside the right answer."""
    asked = labels.references.get(question.id)
    if not isinstance(asked, Asked):
        return Shown(None, None)
    label = "yes" if asked.yes else "no"
    if reply is None:
        return Shown(None, label)
    if reader in JUDGED and not reply.judgement:
        return Shown(UNJUDGED, label)
    mark = _mark(reply, asked, reader)
    if reader in JUDGED or mark == "unclear":
        return Shown(mark, label)
    return Shown("yes" if _said_yes(asked, mark) else "no", label)
