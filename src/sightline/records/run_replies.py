"""What was asked in a run and what was said, as lines of a journal and as a table."""

import json
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.core import Said, Totals

__all__ = ["LOG_PROB", "AskedQuestion", "Entry", "entries_from_line", "line_of_entries", "reply_rows"]

LOG_PROB = "log_prob:"
"""What the names of the columns of choices begin with."""

_KEY = b"sightline"


class AskedQuestion(NamedTuple):
    """A question that a run answers.

    Args:
        place: its place among the questions of the run, from zero.
        id: its id in its benchmark.
        split: the part of the benchmark it belongs to.
        image: the name of its image.
        text: the question as the benchmark words it.
    """

    place: int
    id: str
    split: str
    image: str
    text: str


class Entry(NamedTuple):
    """One prompt about one image, the questions it stands for, and what was said.

    Args:
        place: its place among the prompts of the run, from zero.
        questions: the questions that the reply answers.
        image_sha256: hash of the image's bytes.
        prompt: what was asked, whole.
        said: the reply, or one for each sample.
    """

    place: int
    questions: tuple[AskedQuestion, ...]
    image_sha256: str
    prompt: str
    said: tuple[Said, ...]


def line_of_entries(
    entries: Iterable[Entry], from_cache: int, seconds: float, taken: Totals | None = None
) -> dict[str, Any]:
    """What the journal keeps of one batch."""
    usage = {} if taken is None else {"usage": list(taken)}
    return {"entries": list(entries), "from_cache": from_cache, "seconds": seconds, **usage}


def entries_from_line(line: Mapping[str, Any]) -> list[Entry]:
    """Read the entries of one line back."""
    return [
        Entry(
            place,
            tuple(AskedQuestion(*question) for question in questions),
            image_sha256,
            prompt,
            tuple(Said(text, tuple(log_probs), sample) for text, log_probs, sample in said),
        )
        for place, questions, image_sha256, prompt, said in line["entries"]
    ]


def reply_rows(entries: Iterable[Entry], choices: Sequence[str], about: Mapping[str, Any]) -> pa.Table:
    """The table of a run: a row for each question and sample, in the order of the questions.

    Columns: question_id, split, image, image_sha256, question, prompt, asked (the same number where one prompt stands
    for several questions), sample, reply, and ``log_prob:CHOICE`` for every choice, or ``log_prob:A``, ``log_prob:B`` …
    for the options that each question offers.

    Args:
        entries: what was asked and said, in any order.
        choices: the choices the model had, if all questions had the same.
        about: what the metadata of the schema are to say.
    """
    answered = [(question, entry, said) for entry in entries for question in entry.questions for said in entry.said]
    answered.sort(key=lambda row: (row[0].place, row[2].sample))
    columns: dict[str, pa.Array] = {
        "question_id": pa.array([question.id for question, _, _ in answered], pa.string()),
        "split": pa.array([question.split for question, _, _ in answered], pa.string()),
        "image": pa.array([question.image for question, _, _ in answered], pa.string()),
        "image_sha256": pa.array([entry.image_sha256 for _, entry, _ in answered], pa.string()),
        "question": pa.array([question.text for question, _, _ in answered], pa.string()),
        "prompt": pa.array([entry.prompt for _, entry, _ in answered], pa.string()),
        "asked": pa.array([entry.place for _, entry, _ in answered], pa.int32()),
        "sample": pa.array([said.sample for _, _, said in answered], pa.int32()),
        "reply": pa.array([said.text for _, _, said in answered], pa.string()),
    }
    offered = max((len(said.log_probs) for _, _, said in answered), default=0)
    for place, choice in enumerate(choices or ascii_uppercase[:offered]):
        own = [said.log_probs[place] if place < len(said.log_probs) else None for _, _, said in answered]
        columns[LOG_PROB + choice] = pa.array(own, pa.float64())
    return pa.table(columns).replace_schema_metadata({_KEY: json.dumps(about, sort_keys=True)})
