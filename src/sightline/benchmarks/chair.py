"""CHAIR: which objects that a caption mentions are not in the image.

Asks: for a caption of an image. What it mentions is held against the objects that people saw there.
Source: https://github.com/LisaAnne/Hallucination utils/chair.py (arXiv 1809.02156); prompts for vision-language models
    from POPE's Table 1 (arXiv 2305.10355) and OPERA (2311.17911); objects present are COCO's instances and what the
    five captions of an image mention.
Licence: COCO's annotations CC BY 4.0. Neither they nor CHAIR's list of words are part of sightline, which has its own.
Reads: COCO instances JSON, or ``{image: [objects]}``, or numbered lists; see `sightline.benchmarks.image_objects`.
    ``sightline data get chair`` fetches COCO's instances of val2014; images.txt beside them lists those you ask about.
Beware: the objects present are those that annotators looked for: with instances alone, what only a caption names counts
    as hallucinated. Rates fall as captions get shorter, so length and recall belong beside them. Papers draw their own
    500 images, cut captions off at 64 or 512 tokens, and some drop a last sentence that was cut off: figures of
    different papers cannot be compared. The words and lemmas that count move CHAIR_i by half a point (``--reader``).
Size: as many images as you caption; papers draw 500 of COCO val2014.
Metric: CHAIR_i, CHAIR_s, recall, length.
Official: yes: the reader chair, with its words and lemmas.
Needs: images, and the objects present in them (COCO's, or your own).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sightline.benchmarks.coco_images import COCO_NOTE, coco_addresses
from sightline.benchmarks.image_objects import ImageObjects, read_image_objects
from sightline.core import (
    Benchmark,
    Counted,
    ImageRef,
    Labelled,
    LabelSet,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reply,
    Scoring,
    Shown,
)
from sightline.readers.caption_objects import CAPTION_READERS, Mention, caption_reader
from sightline.readers.thinking import strip_thinking
from sightline.records.recorded_captions import read_recorded_captions

__all__ = [
    "BENCHMARK",
    "BRIEF",
    "DETAIL",
    "INSTANCES",
    "PLEASE_DETAIL",
    "SHORT",
    "SPLIT",
    "WORDINGS",
    "count",
    "count_mentions",
    "read_labels",
    "show",
    "shown_mentions",
]

BRIEF = "Provide a brief description of the given image."
"""I_2 of POPE's Table 1."""

SHORT = "Generate a short caption of the image."
"""I_1 of POPE's Table 1."""

DETAIL = "Describe this image in detail."
"""What most papers on long captions ask."""

PLEASE_DETAIL = "Please describe this image in detail."
"""OPERA's prompt, and lmms-eval's."""

WORDINGS = MappingProxyType({"brief": "{question}", "short": SHORT, "describe": DETAIL, "opera": PLEASE_DETAIL})

SPLIT = "captions"

_COUNTS = ("captions", "hallucinating", "naming", "silent", "mentions", "hallucinated", "objects", "recalled", "words")


def read_labels(path: Path, name: str) -> Labelled:
    """Read the objects of images.

    Raises:
        DataError: see `read_image_objects`.
    """
    found = read_image_objects(path)
    questions = tuple(Question(key, BRIEF, (ImageRef(image),), SPLIT) for key, image in found.names.items())
    labels = LabelSet(name, {}, absent=None, splits=(SPLIT,), sources=found.sources, references=found.objects)
    return Labelled(questions, labels)


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count the mentions of every caption; captions of images that the label set does not list are left out.

    Args:
        questions: the images.
        labels: what is in them.
        replies: for each question its caption, or None.
        reader: name of the reader; the first of `CAPTION_READERS` where None.

    Raises:
        RequestError: there is no such reader.
    """
    return count_mentions(
        questions, labels, replies, lambda reply, present: _mentions(strip_thinking(reply.text), present, reader)
    )


def count_mentions(
    questions: Sequence[Question],
    labels: LabelSet,
    replies: Sequence[Reply | None],
    mentions_of: Callable[[Reply, ImageObjects], Sequence[Mention]],
) -> Counted:
    """Count mentions, whoever found them.

    Args:
        questions: the images.
        labels: what is in them.
        replies: for each question its caption, or None.
        mentions_of: (caption, what is in the image) → what the caption mentions.
    """
    clusters: list[str] = []
    rows: list[tuple[int, ...]] = []
    for question, reply in zip(questions, replies, strict=True):
        present = labels.references.get(question.id)
        if reply is None or not isinstance(present, ImageObjects):
            continue
        text = strip_thinking(reply.text)
        mentions = mentions_of(reply, present)
        hallucinated = sum(mention.object not in present.objects for mention in mentions)
        recalled = len(present.objects & {mention.object for mention in mentions})
        kind = 1, bool(hallucinated), bool(mentions), not mentions
        rows.append((*kind, len(mentions), hallucinated, len(present.objects), recalled, len(text.split())))
        clusters.append(question.images[0].name)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS))
    counts = {name: table[:, column] for column, name in enumerate(_COUNTS)}
    return Counted(tuple(clusters), (SPLIT,) * len(rows), counts)


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    """Show what a caption mentions, what is not there marked, beside what is there."""
    present = labels.references.get(question.id)
    if not isinstance(present, ImageObjects):
        return Shown(None, None)
    label = ", ".join(sorted(present.objects)) or "no object"
    if reply is None:
        return Shown(None, label)
    return Shown(shown_mentions(_mentions(strip_thinking(reply.text), present, reader), present), label)


def shown_mentions(mentions: Sequence[Mention], present: ImageObjects) -> str:
    """The objects that are mentioned, each once, what is not there marked."""
    named = dict.fromkeys(mention.object for mention in mentions)
    marked = ", ".join(name if name in present.objects else f"{name} (not there)" for name in named)
    return marked or "no object"


def _mentions(text: str, present: ImageObjects, reader: str | None) -> tuple[Mention, ...]:
    return caption_reader(reader or next(iter(CAPTION_READERS))).mentions(text, present.vocabulary)


SCORING = Scoring(
    count=count,
    rates=(
        Rate("chair_i", "hallucinated", "mentions", "lower"),
        Rate("chair_s", "hallucinating", "captions", "lower"),
        Rate("recall", "recalled", "objects", "higher"),
        Rate("words", "words", "captions", None, "number"),
        Rate("mentions", "mentions", "captions", None, "number"),
        Rate("silent", "silent", "captions"),
        Rate("chair_s_naming", "hallucinating", "naming", "lower"),
    ),
    readers=tuple(str(reader) for reader in CAPTION_READERS.values()),
    notes="chair_i: mentions of objects that are not there, of all. chair_s: captions with one. recall: objects there "
    "that are mentioned. silent: captions that mention none; chair_s_naming leaves these out, as Object HalBench "
    "does. Shorter captions hallucinate less and recall less.",
    show=show,
)

INSTANCES = PublicFile(
    "annotations_trainval2014.zip",
    "http://images.cocodataset.org/annotations/annotations_trainval2014.zip",
    inside="annotations/instances_val2014.json",
)
"""COCO's annotations of val2014, of which the instances are taken out."""

BENCHMARK = Benchmark(
    name="chair",
    title="Describe this image. Objects that a caption mentions and that are not there.",
    splits=(SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"chair": (INSTANCES,)}),
    images=PublicImages(coco_addresses, note=COCO_NOTE),
    official_reader="chair",
    wordings=WORDINGS,
    scoring=SCORING,
    read_replies=read_recorded_captions,
    reply_tokens=512,
)
