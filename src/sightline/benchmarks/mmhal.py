"""MMHal-Bench: does an open answer say anything of the picture that is not so?

Asks: 96 open questions about 96 photographs, twelve of each of eight types (attributes, things that are not there,
    comparisons, counts, relations, surroundings, whole descriptions, others). A judge that does not see the picture
    rates each answer from 0 to 6, by what it tells and whether it hallucinates; below 3 it does.
Source: https://huggingface.co/datasets/Shengcao1006/MMHal-Bench (arXiv 2309.14525), and the copy of RLHF-V,
    https://github.com/RLHF-V/RLHF-V eval/data/mmhal-bench_answer_template.json and eval/eval_gpt_mmhal.py.
Licence: the data set states Apache 2.0. Its questions and its judge's prompt are no part of sightline.
Reads: the JSON list as it is published (question_type, image_id, image_src, image_content, question, gt_answer), or a
    folder with it; ``sightline data get mmhal`` fetches RLHF-V's copy. Replies may be a list of the same form with
    model_answer filled in. Pictures are not in the file: image_src is the address of each, and a picture is looked for
    under the last part of it. ``sightline data pictures mmhal`` fetches them, and lists those that are gone.
Beware: the rating is the judge's. Published figures are of GPT-4 models that are no longer served, and move by about
    0.1 from run to run. ``sightline judge`` asks with a prompt of sightline's own (``--prompt FILE`` takes the
    original's); figures under two prompts or two judges are not comparable. The original counts a judgement without
    exactly one "rating: n" as 0, a hallucination: that is ``--reader mmhal``; the default leaves it out and says so.
Size: 96 questions about 96 photographs.
Metric: mean rating (0 to 6) and the share of hallucinating answers, by type and overall.
Official: yes: the reader mmhal, with a judge of your choice; the original's prompt from a file.
Needs: the photographs; a judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.judged import addresses_told, shower
from sightline.benchmarks.judged_prompts import MMHAL_SYSTEM, MMHAL_TEMPLATE
from sightline.benchmarks.question_rows import QuestionRow, question_files, question_rows
from sightline.core import (
    Benchmark,
    Counted,
    ImageRef,
    Judge,
    Labelled,
    LabelSet,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reading,
    RecordedReplies,
    RecordedReply,
    Reply,
    Scoring,
    SourceFile,
)
from sightline.readers.rating import RATING_READERS, rating_reader
from sightline.readers.thinking import strip_thinking
from sightline.records.recorded_replies import read_recorded_replies

__all__ = ["BENCHMARK", "LEAST_SOUND", "TYPES", "WORDINGS", "MMHalReference", "count", "read_labels", "read_replies"]

TYPES = ("attribute", "adversarial", "comparison", "counting", "relation", "environment", "holistic", "other")
"""The types, in the order in which the file goes through them again and again."""

LEAST_SOUND = 3
"""The lowest rating that is given to an answer without a hallucination."""

WORDINGS = MappingProxyType({"mmhal": "{question}"})

_OFFICIAL = "mmhal"
_COUNTS = ("replies", "judged", "rating", "hallucinating", "unreadable", "unjudged")


@dataclass(frozen=True, slots=True)
class MMHalReference:
    """What an answer is held against.

    Args:
        type: the type of the question.
        place: its place in the file, from 0; the original tells the type by it.
        objects: what people saw in the picture.
        answer: the reference answer.
        url: where the picture was; "" where nothing tells.
    """

    type: str
    place: int
    objects: tuple[str, ...]
    answer: str
    url: str = ""

    @property
    def shown(self) -> str:
        """The reference answer."""
        return self.answer


def read_labels(path: Path, name: str) -> Labelled:
    """Read the questions and their reference answers.

    Raises:
        DataError: a file is broken, a field is missing, a type is unknown, or a picture has two questions.
    """
    questions: list[Question] = []
    references: dict[str, MMHalReference] = {}
    sources: list[SourceFile] = []
    for file in question_files(path, name, "Expected response_template.json, or a copy of it."):
        rows, source = question_rows(file)
        sources.append(source)
        for row in rows:
            id_ = row.text("image_id")
            if id_ in references:
                raise row.wrong(f"image_id {id_} occurs twice", "Two copies of the file? Name the one that is meant.")
            kind = row.text("question_type")
            if kind not in TYPES:
                raise row.wrong(f"question_type is {kind!r}, expected one of {', '.join(TYPES)}")
            objects = row.texts("image_content") if row.value("image_content") else ()
            answer, url = row.text("gt_answer"), row.maybe("image_src")
            references[id_] = MMHalReference(kind, len(references), objects, answer, url)
            questions.append(Question(id_, row.text("question"), (ImageRef(_image_name(row, id_)),), kind))
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(questions), labels)


def _image_name(row: QuestionRow, id_: str) -> str:
    """The name of the picture: the last part of its address, or its id where there is none."""
    return row.image or PurePosixPath(unquote(urlsplit(row.maybe("image_src")).path)).name or f"{id_}.jpg"


def read_replies(path: str | Path) -> RecordedReplies:
    """Read a file of replies: the original's list with model_answer filled in, or any other that is known.

    Raises:
        DataError: the file is broken, or a row has no reply.
    """
    rows, source = question_rows(Path(path))
    if "model_answer" not in rows[0].record:
        return read_recorded_replies(path)
    found: list[RecordedReply] = []
    for row in rows:
        text = row.record.get("model_answer")
        if not isinstance(text, str):
            raise row.wrong(f"model_answer is {text!r}, expected text", "An empty reply is written as ''.")
        found.append(RecordedReply(row.number, text, row.text("image_id"), row.text("question")))
    return RecordedReplies(found, source)


def _reference(labels: LabelSet, question: Question) -> MMHalReference | None:
    found = labels.references.get(question.id)
    return found if isinstance(found, MMHalReference) else None


def _read(judgement: str, reader: str | None) -> Reading:
    return rating_reader(reader or next(iter(RATING_READERS))).read(judgement)


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count ratings and hallucinations of judged replies.

    Under the reader "mmhal", a judgement that cannot be read is a rating of 0 and a type is what stands at its place of
    the file modulo eight, as in the original's code; else it is left out, and a type is what the file says.
    """
    rows: list[tuple[str, Row]] = []
    for question, reply in zip(questions, replies, strict=True):
        held = _reference(labels, question)
        if reply is None or held is None:
            continue
        official = reader == _OFFICIAL
        split = TYPES[held.place % len(TYPES)] if official else held.type
        rows.append((question.images[0].name, Row(split, _counts(reply, reader, official))))
    return counted_rows(rows, _COUNTS)


def _counts(reply: Reply, reader: str | None, official: bool) -> dict[str, float]:
    if not reply.judgement:
        return {"replies": 1, "unjudged": 1}
    found = _read(reply.judgement, reader)
    counts: dict[str, float] = {"replies": 1, "unreadable": not found.readable}
    if found.answer is None and not official:
        return counts
    rating = int(found.answer or 0)
    return {**counts, "judged": 1, "rating": rating, "hallucinating": rating < LEAST_SOUND}


def _told(question: Question, labels: LabelSet, reply: Reply) -> dict[str, str] | None:
    held = _reference(labels, question)
    if held is None:
        return None
    known = {"objects": ", ".join(held.objects), "question": question.text, "reference": held.answer}
    return {**known, "reply": strip_thinking(reply.text).strip()}


JUDGE = Judge(
    "mmhal-rating",
    1,
    MMHAL_SYSTEM,
    MMHAL_TEMPLATE,
    ("objects", "question", "reference", "reply"),
    _told,
    lambda text: _read(text, None),
    tuple(RATING_READERS),
)
"""What a judge is asked."""

_COPY = (
    "https://raw.githubusercontent.com/RLHF-V/RLHF-V/8daac8a8f30df123818ae9d3a0e3f0018497714c/eval/data/"
    "mmhal-bench_answer_template.json"
)


BENCHMARK = Benchmark(
    name="mmhal",
    title="Open questions about a picture. A judge rates answers, and says which hallucinate.",
    splits=TYPES,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType(
        {
            "mmhal": (
                PublicFile(
                    "mmhal-bench_answer_template.json",
                    _COPY,
                    "28ed24e19ffef292597c35f1dad37760b2e0a088b3b40ca3b50f105fc1b951bb",
                ),
            )
        }
    ),
    published=MappingProxyType({"mmhal": 96}),
    official_reader=_OFFICIAL,
    images=PublicImages(
        addresses_told(_reference),
        note="what is gone there is in https://huggingface.co/datasets/Shengcao1006/MMHal-Bench/resolve/main/test_data.zip",
    ),
    wordings=WORDINGS,
    scoring=Scoring(
        count=count,
        rates=(
            Rate("rating", "rating", "judged", "higher", "number"),
            Rate("hallucination", "hallucinating", "judged", "lower"),
            Rate("unreadable", "unreadable", "replies"),
            Rate("unjudged", "unjudged", "replies"),
        ),
        readers=tuple(map(str, RATING_READERS.values())),
        notes="rating: mean from 0 to 6, by the judge. hallucination: answers rated below 3. unreadable: judgements "
        "without one rating, which --reader mmhal counts as 0, as published figures do. unjudged: replies of which the "
        "judge said nothing.",
        show=shower(_reference, _read),
        pooled=MappingProxyType({"overall": TYPES}),
        judge=JUDGE,
    ),
    reply_tokens=512,
    read_replies=read_replies,
)
