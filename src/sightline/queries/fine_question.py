"""A fine-grained question, and the line of a file that it is: FINER's settings, in pairs of a true and a false one.

A file holds one question a line::

    {"question_id": "objects/7+", "pair": "objects/7", "image": "a.jpg", "setting": "objects", "polarity": "positive",
     "elements": 2, "question": "Can you see cat and door frame in this image?", "choices": ["Yes, I can see …", …],
     "right": 0, "affirms": 0, "true": "cat and door frame", "false": "cat and window frame",
     "changed": {"kind": "presence", "object": "door frame"}, "by": "statistics"}

Both questions of a pair have the same ``pair``. What a person needs to judge the pair (true, false, changed, by) may be
left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sightline.core import Claim, claim_from_record, claim_record
from sightline.errors import DataError
from sightline.readers.choice import normalised

__all__ = ["LEVELS", "SETTINGS", "FineQuestion", "Polarity", "affirming", "read_question", "why_unanswerable"]

Polarity = Literal["positive", "negative"]

SETTINGS = ("objects", "attributes", "relations", "what")
"""FINER's four settings: several objects, attributes or relations, and "what" questions."""

LEVELS = tuple(f"level {level}" for level in range(1, 8))
"""The seven levels of granularity of its motivating study."""


@dataclass(frozen=True, slots=True)
class FineQuestion:
    """One question of a pair.

    Args:
        id: its name; pair and sign.
        pair: the name of its pair.
        image: name of the image.
        setting: one of `SETTINGS`, or of `LEVELS`.
        polarity: "positive" where what is asked holds, "negative" where one element of it is false.
        elements: how many elements are asked about at once.
        text: the question.
        choices: its options; yes and no for levels.
        right: place of the right option.
        affirms: place of the option that says yes to what is asked.
        true: what holds, as a phrase; "" where not told.
        false: the same with one element changed.
        changed: the true claim that was changed; None where not told.
        by: who made the negative, or "".
    """

    id: str
    pair: str
    image: str
    setting: str
    polarity: Polarity
    elements: int
    text: str
    choices: tuple[str, ...]
    right: int
    affirms: int
    true: str = ""
    false: str = ""
    changed: Claim | None = None
    by: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """The line of a file."""
        return {
            "question_id": self.id,
            "pair": self.pair,
            "image": self.image,
            "setting": self.setting,
            "polarity": self.polarity,
            "elements": self.elements,
            "question": self.text,
            "choices": list(self.choices),
            "right": self.right,
            "affirms": self.affirms,
            "true": self.true,
            "false": self.false,
            "changed": None if self.changed is None else claim_record(self.changed),
            "by": self.by,
        }


_TYPES: Mapping[str, type] = {
    "question_id": str,
    "pair": str,
    "image": str,
    "setting": str,
    "polarity": str,
    "elements": int,
    "question": str,
    "choices": list,
    "right": int,
}
_HINT = f"A row has {', '.join(_TYPES)}; affirms, true, false, changed and by may be left out."


def read_question(record: Mapping[str, Any], file: str, row: int) -> FineQuestion:
    """Read a line of a file.

    Raises:
        DataError: a field is missing, of another type, or contradicts another.
    """
    for name, type_ in _TYPES.items():
        if name not in record:
            raise DataError(f"there is no {name}", file=file, row=row, hint=_HINT)
        if type(record[name]) is not type_ or record[name] in ("", []):
            problem = f"{name} is {record[name]!r}, expected {_worded(type_)}"
            raise DataError(problem, file=file, row=row, hint=_HINT)
    choices, right, polarity = record["choices"], record["right"], record["polarity"]
    if not all(isinstance(choice, str) for choice in choices):
        raise DataError(f"choices are {choices!r}, expected texts", file=file, row=row)
    if polarity not in ("positive", "negative"):
        raise DataError(f"polarity is {polarity!r}, expected positive or negative", file=file, row=row)
    if problem := why_unanswerable(choices, right):
        raise DataError(problem, file=file, row=row)
    affirms = record.get("affirms")
    if affirms is None:
        affirms = affirming(choices)
    if type(affirms) is not int or not 0 <= affirms < len(choices):
        problem = "it cannot be told which option says yes to what is asked"
        raise DataError(problem, file=file, row=row, hint="Give its place, from 0 on, as affirms.")
    if (affirms == right) is not (polarity == "positive"):
        what = "the option that says yes is right" if affirms == right else "another option than yes is right"
        raise DataError(f"polarity is {polarity}, and {what}", file=file, row=row)
    return FineQuestion(
        record["question_id"],
        record["pair"],
        record["image"],
        record["setting"],
        polarity,
        record["elements"],
        record["question"],
        tuple(choices),
        right,
        affirms,
        str(record.get("true") or ""),
        str(record.get("false") or ""),
        _claim(record.get("changed"), file, row),
        str(record.get("by") or ""),
    )


def why_unanswerable(choices: Sequence[str], right: int) -> str:
    """Why a question cannot be answered, in words for people; "" where it can.

    Example:
        >>> why_unanswerable(["Yes, a cat.", "yes a cat"], 0)
        "two options say the same: 'Yes, a cat.' and 'yes a cat'"
    """
    if len(choices) < 2:
        return f"there are {len(choices)} options, expected two or more"
    if not 0 <= right < len(choices):
        return f"right is {right}, expected the place of one of the {len(choices)} options, from 0 on"
    seen: dict[str, str] = {}
    for choice in choices:
        if not (said := normalised(choice)):
            return f"an option says nothing: {choice!r}"
        if said in seen:
            return f"two options say the same: {seen[said]!r} and {choice!r}"
        seen[said] = choice
    return ""


def affirming(choices: Sequence[str]) -> int | None:
    """The one option that says yes to what is asked: it begins with yes, or alone denies nothing; None where unclear.

    Example:
        >>> affirming(["No, but I can see a cat.", "Yes, I can see a dog."])
        1
        >>> affirming(["a man", "the hat is not red, but it is blue"])
        0
    """
    words = [normalised(choice).split() for choice in choices]
    yes = [place for place, own in enumerate(words) if own[:1] == ["yes"]]
    if not yes:
        yes = [place for place, own in enumerate(words) if own[:1] != ["no"] and "not" not in own]
    return yes[0] if len(yes) == 1 else None


def _claim(value: object, file: str, row: int) -> Claim | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise DataError(f"changed is {value!r}, expected a claim", file=file, row=row)
    try:
        return claim_from_record(value)
    except ValueError as error:
        raise DataError(f"changed: {error}", file=file, row=row) from None


def _worded(type_: type) -> str:
    return {str: "text", int: "a whole number", list: "a list of texts"}[type_]
