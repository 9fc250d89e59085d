"""From an error that somebody sees to the queue of an audit."""

from collections.abc import Iterable
from typing import NamedTuple

from sightline.audit.items import items_of
from sightline.audit.store import Store
from sightline.core import Question
from sightline.errors import RequestError

__all__ = ["Asked", "Checking", "can_be_checked"]


def can_be_checked(questions: Iterable[Question]) -> bool:
    """Whether people can check what is right: of open questions, such as captions, they cannot say it in a word."""
    try:
        items_of(questions, None)
    except RequestError:
        return False
    return True


class Asked(NamedTuple):
    """What became of a wish to have a label checked.

    Args:
        is_open: whether somebody still is to be given the item.
        waiting: how many items that were asked for still are to be given to somebody.
    """

    is_open: bool
    waiting: int


class Checking:
    """Puts the items of questions at the head of an audit's queue.

    Args:
        store: the audit.
        benchmark: the name of the benchmark that the questions are of.
        questions: the questions.

    Raises:
        RequestError: the audit is of another benchmark, or of none of these questions, or people cannot check them.
    """

    def __init__(self, store: Store, benchmark: str, questions: Iterable[Question]) -> None:
        self.about = store.about
        if self.about.benchmark != benchmark:
            raise RequestError(
                f"The audit checks labels of {self.about.benchmark}, and these are replies to {benchmark}. Name an "
                "audit of this benchmark: --audit WHERE."
            )
        there = {item.key for item in store.items()}
        self.items = len(there)
        self._store = store
        self._keys = {name: item.key for item in items_of(questions, None) for name in item.questions}
        self._keys = {name: key for name, key in self._keys.items() if key in there}
        if not self._keys:
            raise RequestError("The audit looks at none of these questions. Name another: --audit WHERE.")

    def may(self, question: str) -> bool:
        """Whether the audit looks at a question, by its id."""
        return question in self._keys

    def ask(self, question: str) -> Asked | None:
        """Have the label of a question checked next; None where the audit does not look at it."""
        if question not in self._keys:
            return None
        is_open = self._store.put_first([self._keys[question]]) > 0
        # asked for again, items stay where they are; those that are done are not counted
        asked = [key for key, at in self._store.order().items() if at.place is not None and at.place < 0]
        return Asked(is_open, self._store.put_first(asked))
