"""Object HalBench: which objects that a detailed description mentions are not in the image?

Asks: for a description of each of 300 COCO images. What it names is held against the objects that people saw there.
Source: https://github.com/RLHF-V/RLHF-V eval/eval_gpt_obj_halbench.py (arXiv 2312.00849), after CHAIR
    (arXiv 1809.02156).
Licence: the repository states none for its list of questions; COCO's annotations are CC BY 4.0. Neither is part of
    sightline, nor is CHAIR's list of words.
Reads: what chair reads: COCO instances JSON, ``{image: [objects]}``, or numbered lists
    (`sightline.benchmarks.image_objects`). Beside it, in the same folder, the images that are asked about: images.txt,
    or one file of JSON lines with image_id and question, as obj_halbench_300_with_image.jsonl is.
Beware: the response rate divides by the descriptions that name one of COCO's objects, CHAIR_s by all of them: a model
    that says little gets a low CHAIR_s and none for the response rate. Published figures have a language model list
    the objects first (gpt-3.5-turbo-0613, no longer served), which counts every word once a description and leaves out
    what is denied or supposed: ``--reader judged``, after ``sightline judge object_halbench``. By default the words of
    the description itself are read, where repeats count. The original parses the list with a spaCy model; here names
    are looked up in CHAIR's words. Shorter descriptions hallucinate less and recall less. Objects present are those of
    the annotations given; the original's are instances and the five captions of an image.
Size: 300 images.
Metric: response rate (response-level hallucination), mention rate (CHAIR_i), object recall; CHAIR_s beside them.
Official: the denominators and the three-word rule: yes, reader judged; the words: CHAIR's, not the refined list.
Needs: COCO's annotations and images; for the reader judged a language model.
"""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sightline.benchmarks import chair
from sightline.benchmarks.coco_images import coco_addresses
from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.image_objects import ImageObjects
from sightline.benchmarks.judged import UNJUDGED
from sightline.benchmarks.judged_prompts import OBJECTS_SYSTEM, OBJECTS_TEMPLATE
from sightline.core import (
    UNREADABLE,
    Benchmark,
    Counted,
    Judge,
    Labelled,
    LabelSet,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reading,
    Reply,
    Scoring,
    Shown,
)
from sightline.errors import DataError
from sightline.readers.caption_objects import CAPTION_READERS, Mention, caption_reader, dictionary_forms
from sightline.readers.listed_names import listed_names
from sightline.readers.thinking import strip_thinking
from sightline.records.json_rows import read_rows
from sightline.records.recorded_captions import image_key, read_recorded_captions

__all__ = [
    "BENCHMARK",
    "JUDGED",
    "WORDINGS",
    "WORDS_WITHOUT_OBJECTS",
    "count",
    "listed_mentions",
    "read_labels",
    "show",
]

JUDGED = "judged"
"""The reader of what a language model lists."""

WORDS_WITHOUT_OBJECTS = 3
"""Descriptions of so many words, or fewer, name no objects, and nobody is asked about them."""

WORDINGS = MappingProxyType({"halbench": "{question}", "describe": chair.DETAIL})

_READERS = (*map(str, CAPTION_READERS.values()), f"{JUDGED}@1")
_WORDS = caption_reader("chair")
_UNREAD = ("replies", "unreadable", "unjudged")


def read_labels(path: Path, name: str) -> Labelled:
    """Read the objects of images, and what is asked about them.

    Raises:
        DataError: a file is broken, or asks about an image that the annotations do not list.
    """
    found = chair.read_labels(path, name)
    asked = sorted(path.glob("*.jsonl")) if path.is_dir() else []
    if len(asked) > 1:
        names = ", ".join(each.name for each in asked)
        raise DataError(f"it is not clear which file holds the questions: {names}", file=path)
    if not asked:
        images = (Question(each.id, chair.DETAIL, each.images, each.split) for each in found.questions)
        return found._replace(questions=tuple(images))
    return found._replace(questions=tuple(_asked(asked[0], found.questions)))


def _asked(file: Path, images: Sequence[Question]) -> list[Question]:
    """The questions of a file of JSON lines."""
    known = {each.id: each for each in images}
    rows = read_rows(file)
    questions: dict[str, Question] = {}
    for record, row in zip(rows.records, rows.numbers, strict=True):
        image, text = record.get("image_id", record.get("image_name")), record.get("question")
        if type(image) is not int and not isinstance(image, str):
            raise DataError(f"image_id is {image!r}, expected a COCO id or a file name", file=file, row=row)
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"question is {text!r}, expected text", file=file, row=row)
        key = image_key(image)
        if key not in known:
            raise DataError(f"image {image!r} is not in the annotations", file=file, row=row, hint="Take it out.")
        if key in questions:
            raise DataError(f"image {image!r} is asked about twice", file=file, row=row, hint="Take one out.")
        questions[key] = Question(key, text, known[key].images, chair.SPLIT)
    return list(questions.values())


def listed_mentions(names: Sequence[str], present: ImageObjects) -> tuple[Mention, ...]:
    """The mentions of objects in a list of names, each word once.

    Example:
        >>> found = listed_mentions(["two dogs", "a dog", "sofa", "idea"], ImageObjects(frozenset()))
        >>> [(mention.object, mention.text) for mention in found]
        [('dog', 'dogs'), ('couch', 'sofa')]
    """
    found: dict[tuple[str, str], Mention] = {}
    for name in names:
        for mention in _WORDS.mentions(name, present.vocabulary):
            *before, last = mention.text.lower().split()
            found.setdefault((mention.object, " ".join([*before, dictionary_forms(last)[-1]])), mention)
    return tuple(found.values())


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count the mentions of every description, as CHAIR does.

    Args:
        questions: the images.
        labels: what is in them.
        replies: for each question its description, or None.
        reader: name of a caption reader, or "judged".

    Raises:
        RequestError: there is no such reader.
    """
    if reader != JUDGED:
        return _joined(chair.count(questions, labels, replies, reader), counted_rows([], _UNREAD))
    listed = {reply.question_id: _listed(reply) for reply in replies if reply is not None}

    def mentions_of(reply: Reply, present: ImageObjects) -> Sequence[Mention]:
        return listed_mentions(listed[reply.question_id] or (), present)

    readable = [reply if reply is not None and listed[reply.question_id] is not None else None for reply in replies]
    counted = chair.count_mentions(questions, labels, readable, mentions_of)
    rows: list[tuple[str, Row]] = []
    for question, reply, kept in zip(questions, replies, readable, strict=True):
        if reply is not None and kept is None and question.id in labels.references:
            why = "unreadable" if reply.judgement else "unjudged"
            rows.append((question.images[0].name, Row(chair.SPLIT, {"replies": 1, why: 1})))
    return _joined(counted, counted_rows(rows, _UNREAD))


def _joined(read: Counted, unread: Counted) -> Counted:
    """The rows of descriptions that were read, then of those that were not."""
    nothing_read, all_read = np.zeros(len(read.clusters)), np.zeros(len(unread.clusters))
    counts = {name: np.concatenate([values, all_read]) for name, values in read.counts.items()}
    for name, values in unread.counts.items():
        before = read.counts["captions"] if name == "replies" else nothing_read
        counts[name] = np.concatenate([before, values])
    return Counted((*read.clusters, *unread.clusters), (*read.splits, *unread.splits), counts)


def _is_short(reply: Reply) -> bool:
    return len(strip_thinking(reply.text).split()) <= WORDS_WITHOUT_OBJECTS


def _listed(reply: Reply) -> tuple[str, ...] | None:
    """What the language model lists; None where it was not asked, or wrote something else."""
    return () if _is_short(reply) else listed_names(reply.judgement)


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    """Show what a description mentions, what is not there marked, beside what is there."""
    present = labels.references.get(question.id)
    if reader != JUDGED or reply is None or not isinstance(present, ImageObjects):
        return chair.show(question, labels, reply, None if reader == JUDGED else reader)
    listed = _listed(reply)
    label = chair.show(question, labels, None).label
    if listed is None:
        return Shown("unreadable" if reply.judgement else UNJUDGED, label)
    return Shown(chair.shown_mentions(listed_mentions(listed, present), present), label)


def _told(question: Question, labels: LabelSet, reply: Reply) -> dict[str, str] | None:
    """What a language model is told: the description alone, never what is in the image."""
    if question.id not in labels.references or _is_short(reply):
        return None
    return {"question": question.text, "reply": strip_thinking(reply.text).strip()}


def _read(text: str) -> Reading:
    """The list, as one text: the same whatever the order and case."""
    listed = listed_names(text)
    if listed is None:
        return UNREADABLE
    return Reading(", ".join(sorted({name.strip().lower() for name in listed})) or "nothing")


JUDGE = Judge(
    "named-objects",
    1,
    OBJECTS_SYSTEM,
    OBJECTS_TEMPLATE,
    ("question", "reply"),
    _told,
    _read,
    (JUDGED,),
    MappingProxyType(
        {
            "type": "object",
            "properties": {"objects": {"type": "array", "items": {"type": "string"}}},
            "required": ["objects"],
            "additionalProperties": False,
        }
    ),
    512,
)
"""What a language model is asked."""

_QUESTIONS = PublicFile(
    "obj_halbench_300_with_image.jsonl",
    "https://raw.githubusercontent.com/RLHF-V/RLHF-V/8daac8a8f30df123818ae9d3a0e3f0018497714c/eval/data/"
    "obj_halbench_300_with_image.jsonl",
)

BENCHMARK = Benchmark(
    name="object_halbench",
    title="Describe this image in detail. Descriptions with objects that are not there.",
    splits=(chair.SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"object_halbench": (_QUESTIONS, chair.INSTANCES)}),
    images=PublicImages(coco_addresses),
    published=MappingProxyType({"object_halbench": 300}),
    official_reader=JUDGED,
    wordings=WORDINGS,
    scoring=Scoring(
        count=count,
        rates=(
            Rate("response_rate", "hallucinating", "naming", "lower"),
            Rate("mention_rate", "hallucinated", "mentions", "lower"),
            Rate("recall", "recalled", "objects", "higher"),
            Rate("chair_s", "hallucinating", "captions", "lower"),
            Rate("words", "words", "captions", None, "number"),
            Rate("mentions", "mentions", "captions", None, "number"),
            Rate("silent", "silent", "captions"),
            Rate("unreadable", "unreadable", "replies"),
            Rate("unjudged", "unjudged", "replies"),
        ),
        readers=_READERS,
        notes="response_rate: descriptions that mention an object that is not there, of those that mention any; "
        "chair_s: of all. mention_rate: mentions of objects that are not there, of all. recall: objects there that are "
        "mentioned. silent: descriptions that mention none. unreadable and unjudged: under --reader judged, lists that "
        "cannot be read and descriptions without one; they are left out.",
        show=show,
        judge=JUDGE,
    ),
    read_replies=read_recorded_captions,
    reply_tokens=512,
)
