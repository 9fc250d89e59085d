"""What is looked at: every image with one claim, or one question with choices, once however often it is asked."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sightline.core import Answer, Claim, LabelSet, Question, claim_record
from sightline.errors import RequestError
from sightline.queries.fine_question import FineQuestion

__all__ = ["AMBIGUOUS", "ANSWER_OF", "WORD_OF", "Item", "Word", "items_of"]


class Word(StrEnum):
    """What a person says of a claim. Of a question with choices they name a letter instead, or that it is ambiguous."""

    YES = "yes"
    NO = "no"
    AMBIGUOUS = "ambiguous"


AMBIGUOUS = Word.AMBIGUOUS.value

WORD_OF: Mapping[Answer, str] = {
    Answer.HOLDS: Word.YES.value,
    Answer.DOES_NOT_HOLD: Word.NO.value,
    Answer.AMBIGUOUS: Word.AMBIGUOUS.value,
}

ANSWER_OF: Mapping[str, Answer] = {word: answer for answer, word in WORD_OF.items()}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    Args:
        key: what it is known by everywhere: 16 hexadecimal digits made of image, claim or text, and choices.
        image: the name of the image.
        text: the question, as people read it.
        claim: what it asks about, where it is yes or no to one claim.
        choices: what there is to choose from; none: yes or no.
        old: the word of the label that is checked, a letter for choices; None where there is no label yet.
        splits: the parts of the benchmark that ask it.
        questions: the ids of the questions it stands for.
    """

    key: str
    image: str
    text: str
    claim: Claim | None
    choices: tuple[str, ...]
    old: str | None
    splits: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """What can be said of it, in the order of the keys."""
        letters = tuple(chr(ord("A") + place) for place in range(len(self.choices)))
        return (*letters, AMBIGUOUS) if letters else tuple(word.value for word in Word)


def items_of(questions: Iterable[Question], labels: LabelSet | None) -> tuple[Item, ...]:
    """Bring questions that ask the same of the same image together, in the order in which they first come.

    Args:
        questions: those of a benchmark, over one image each.
        labels: the labels that are to be checked; None where there are none yet.

    Raises:
        RequestError: a question shows no image or several, or is neither about one claim nor has choices.

    Example:
        >>> from sightline.core import ImageRef, Presence
        >>> dog, shown = Presence("dog"), (ImageRef("a.jpg"),)
        >>> asked = [Question(f"{split}/1", "Is there a dog?", shown, split, (dog,)) for split in ("random", "popular")]
        >>> [item] = items_of(asked, LabelSet("pope", {("a.jpg", dog): Answer.HOLDS}))
        >>> item.splits, item.old, item.words
        (('random', 'popular'), 'yes', ('yes', 'no', 'ambiguous'))
    """
    together: dict[str, list[Question]] = {}
    for question in questions:
        _check(question)
        together.setdefault(_key(question), []).append(question)
    return tuple(_item(key, same, labels) for key, same in together.items())


def _check(question: Question) -> None:
    if len(question.images) != 1:
        raise RequestError(f"{question.id} shows {len(question.images)} images; labels are checked image by image.")
    if not question.choices and len(question.claims) != 1:
        raise RequestError(
            f"{question.id} ({question.text!r}) is open, about {len(question.claims)} claims; people can check "
            "questions of yes or no about one claim, and questions with choices."
        )


def _key(question: Question) -> str:
    about = [question.text, *question.choices] if question.choices else claim_record(question.claims[0])
    return hashlib.sha256(json.dumps([question.images[0].name, about], sort_keys=True).encode()).hexdigest()[:16]


def _item(key: str, same: list[Question], labels: LabelSet | None) -> Item:
    first = same[0]
    claim = None if first.choices else first.claims[0]
    splits = tuple(dict.fromkeys(question.split for question in same))
    ids = tuple(question.id for question in same)
    old = _old(first, claim, labels)
    return Item(key, first.images[0].name, first.text, claim, first.choices, old, splits, ids)


def _old(question: Question, claim: Claim | None, labels: LabelSet | None) -> str | None:
    if labels is None:
        return None
    if claim is None:
        right = labels.references.get(question.id)
        if isinstance(right, FineQuestion):
            return chr(ord("A") + right.right)
        return right if isinstance(right, str) else None
    answer = labels.answer(question.images[0].name, claim)
    return None if answer is None else WORD_OF.get(answer)
