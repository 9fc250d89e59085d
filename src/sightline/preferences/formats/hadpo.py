"""HA-DPO's files for LLaVA-1.5: ``pope_data.json`` (questions) and ``desc_data.json`` (descriptions).

Images are Visual Genome's, by number. Questions that the model had answered correctly are marked so, and HA-DPO's
trainer leaves them out. Descriptions come without a question, which the trainer draws from four; and as lists, of which
it draws one chosen and one rejected. Here the question is the first of the four, and each chosen description is paired
with each rejected one.
"""

from collections.abc import Mapping
from typing import Any

from sightline.core import ImageRef, PreferencePair
from sightline.preferences.formats.fields import list_of, one_object, text, text_or_empty
from sightline.preferences.formats.remainder import restored
from sightline.preferences.formats.source import Format, Record
from sightline.preferences.formats.visual_genome import image_name

__all__ = ["DESCRIPTIONS", "QUESTION", "QUESTIONS", "row"]

QUESTION = "Describe this image in detail."
"""The first of the four questions."""

_METHOD = "hadpo"


def row(pair: PreferencePair, image_id: int) -> dict[str, Any]:
    """Write a pair as a question that was answered wrongly; the image's name is for whoever reads the file back."""
    return {
        "image_id": image_id,
        "image": pair.image.name,
        "question": pair.prompt,
        "chosen": pair.chosen,
        "reject": pair.rejected,
        "answer": pair.rejected,
        "correct": False,
    }


def _is_question(values: Mapping[str, Any]) -> bool:
    return {"image_id", "question", "reject"} <= values.keys()


def _question_pairs(record: Record) -> tuple[PreferencePair, ...] | None:
    correct = record.values.get("correct")
    if not isinstance(correct, bool):
        raise record.error(f"correct is {correct!r}, expected true or false")
    if correct:
        return None
    name = text_or_empty(record, "image") or image_name(record, record.values["image_id"])
    pair = PreferencePair(
        ImageRef(name),
        prompt=text(record, "question"),
        chosen=text(record, "chosen"),
        rejected=text(record, "reject"),
        method=_METHOD,
    )
    return (restored(pair, record),)


def _is_descriptions(values: Mapping[str, Any]) -> bool:
    return bool(values) and all(
        key.isdecimal() and isinstance(value, Mapping) and {"chosen", "rejected"} <= value.keys()
        for key, value in values.items()
    )


def _description_pairs(record: Record) -> tuple[PreferencePair, ...]:
    found = []
    for image_id in record.values:
        image = ImageRef(image_name(record, image_id))
        sides = one_object(record, image_id)
        for chosen in _texts(sides, "chosen", image_id):
            for rejected in _texts(sides, "rejected", image_id):
                found.append(PreferencePair(image, QUESTION, chosen, rejected, method=_METHOD, kind="caption"))
    return tuple(found)


def _texts(record: Record, name: str, image_id: str) -> list[str]:
    texts = list_of(record, name)
    if not texts or not all(isinstance(each, str) and each.strip() for each in texts):
        raise record.error(f"{name} of image {image_id} is {texts!r}, expected texts")
    return texts


QUESTIONS = Format("HA-DPO's questions", _is_question, _question_pairs)
DESCRIPTIONS = Format("HA-DPO's descriptions", _is_descriptions, _description_pairs)
