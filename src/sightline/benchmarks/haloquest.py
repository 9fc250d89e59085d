"""HaloQuest: does an answer fall for a false premise, a difficult picture, or what cannot be seen?

Asks: 608 questions about 375 photographs and generated pictures: 304 that presuppose what is not there, 183 about
    pictures that are hard to see through, 121 whose answer cannot be told from the picture. A judge that does not see
    the picture holds each answer against reference answers.
Source: https://github.com/google/haloquest (arXiv 2407.15680), haloquest-eval.csv.
Licence: Apache 2.0, pictures under licences of their own. The questions are no part of sightline.
Reads: the CSV as it is published (the number of the row, image_name, url, image type, hallucination type, question,
    groundtruth responses, parted by semicolons), or a folder with it; ``sightline data get haloquest`` fetches it.
    Pictures are not in the file: url is the address of each, and each is looked for under its image_name. ``sightline
    data pictures haloquest`` fetches them, and lists those that are gone; ``--allow-missing`` goes on without them, and
    counts them.
Beware: published figures are Gemini's verdicts, of versions that were not pinned and are no longer served.
    ``sightline judge`` asks with a prompt of sightline's own, which keeps to the same rules: an absent thing must be
    said to be absent, where a bare no is wrong; a refusal is wrong; numbers must agree. Half of the questions have a
    false premise, so a model that denies everything gets far. Judgements that cannot be read are left out, and counted.
Size: 608 questions about 375 pictures; 391 of generated ones, 217 of photographs.
Metric: share of replies that the judge calls correct, by kind of question, by kind of picture and overall.
Official: the rules, not the words: the original's judge, its prompt and schema are not reproduced.
Needs: the pictures; a judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.judged import addresses_told, shower
from sightline.benchmarks.judged_prompts import HALOQUEST_SYSTEM, HALOQUEST_TEMPLATE
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
    Reply,
    Scoring,
    SourceFile,
)
from sightline.readers.thinking import strip_thinking
from sightline.readers.verdict import CORRECT, VERDICT_READERS, verdict_reader

__all__ = ["BENCHMARK", "IMAGE_TYPES", "KINDS", "WORDINGS", "HaloQuestReference", "count", "read_labels"]

KINDS = ("false premises", "visual challenge", "insufficient context")
"""Why a question is difficult; the splits are named so, with underscores for the blanks."""

IMAGE_TYPES = ("real", "generated")

WORDINGS = MappingProxyType({"haloquest": "{question}"})

_SPLITS = tuple(kind.replace(" ", "_") for kind in KINDS)
_COUNTS = (
    *("replies", "judged", "correct", "unreadable", "unjudged"),
    *(f"{count}_{kind}" for kind in IMAGE_TYPES for count in ("judged", "correct")),
)


@dataclass(frozen=True, slots=True)
class HaloQuestReference:
    """What an answer is held against.

    Args:
        answers: answers that are right.
        kind: why the question is difficult.
        image_type: whether the picture is "real" or "generated".
        url: where the picture was.
    """

    answers: tuple[str, ...]
    kind: str
    image_type: str
    url: str = ""

    @property
    def shown(self) -> str:
        """The right answers."""
        return "; ".join(self.answers)


def read_labels(path: Path, name: str) -> Labelled:
    """Read the questions and their reference answers.

    Raises:
        DataError: a file is broken, a cell is empty, or a type is unknown.
    """
    questions: list[Question] = []
    references: dict[str, HaloQuestReference] = {}
    sources: list[SourceFile] = []
    for file in question_files(path, name, "Expected haloquest-eval.csv."):
        rows, source = question_rows(file)
        sources.append(source)
        for row in rows:
            id_ = row.maybe("", "index", "question_id") or str(row.number - 2)
            if id_ in references:
                raise row.wrong(f"question {id_} occurs twice", "Two copies of the file? Name the one that is meant.")
            references[id_] = held = _reference_of(row)
            image = ImageRef(row.image or row.text("image_name"))
            questions.append(Question(id_, row.text("question"), (image,), held.kind.replace(" ", "_")))
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(questions), labels)


def _reference_of(row: QuestionRow) -> HaloQuestReference:
    kind, image_type = row.text("hallucination type"), row.text("image type")
    for value, known, column in ((kind, KINDS, "hallucination type"), (image_type, IMAGE_TYPES, "image type")):
        if value not in known:
            raise row.wrong(f"{column} is {value!r}, expected one of {', '.join(known)}")
    told = row.text("groundtruth responses")
    answers = tuple(answer.strip() for answer in told.split(";") if answer.strip())
    if not answers:
        raise row.wrong(f"groundtruth responses is {told!r}, expected answers parted by semicolons")
    return HaloQuestReference(answers, kind, image_type, row.maybe("url"))


def _reference(labels: LabelSet, question: Question) -> HaloQuestReference | None:
    found = labels.references.get(question.id)
    return found if isinstance(found, HaloQuestReference) else None


def _read(judgement: str, reader: str | None) -> Reading:
    return verdict_reader(reader or next(iter(VERDICT_READERS))).read(judgement)


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count the replies that a judge calls correct."""
    rows: list[tuple[str, Row]] = []
    for question, reply in zip(questions, replies, strict=True):
        held = _reference(labels, question)
        if reply is not None and held is not None:
            rows.append((question.images[0].name, Row(question.split, _counts(reply, held.image_type, reader))))
    return counted_rows(rows, _COUNTS)


def _counts(reply: Reply, image_type: str, reader: str | None) -> dict[str, float]:
    if not reply.judgement:
        return {"replies": 1, "unjudged": 1}
    verdict = _read(reply.judgement, reader).answer
    if verdict is None:
        return {"replies": 1, "unreadable": 1}
    found = {"judged": 1, "correct": verdict == CORRECT}
    return {"replies": 1, **found, **{f"{name}_{image_type}": value for name, value in found.items()}}


def _told(question: Question, labels: LabelSet, reply: Reply) -> dict[str, str] | None:
    held = _reference(labels, question)
    if held is None:
        return None
    reference = "\n".join(f"- {answer}" for answer in held.answers)
    return {"question": question.text, "reference": reference, "reply": strip_thinking(reply.text).strip()}


JUDGE = Judge(
    "haloquest-verdict",
    1,
    HALOQUEST_SYSTEM,
    HALOQUEST_TEMPLATE,
    ("question", "reference", "reply"),
    _told,
    lambda text: _read(text, None),
    tuple(VERDICT_READERS),
    MappingProxyType(
        {
            "type": "object",
            "properties": {
                "reason": {"type": "string"},
                "verdict": {"type": "string", "enum": ["correct", "incorrect"]},
            },
            "required": ["reason", "verdict"],
            "additionalProperties": False,
        }
    ),
    256,
)
"""What a judge is asked."""

_FILE = "https://raw.githubusercontent.com/google/haloquest/2f643ebb77aeae40f4c5323db38f99f0dc257cf5/haloquest-eval.csv"


BENCHMARK = Benchmark(
    name="haloquest",
    title="False premises, difficult pictures, and what cannot be seen. A judge says which answers are correct.",
    splits=_SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType(
        {
            "haloquest": (
                PublicFile(
                    "haloquest-eval.csv",
                    _FILE,
                    "6c88c8d6eb6d0a98881ec3e50ae52b5919247b53a47b7c723819603621b838b4",
                ),
            )
        }
    ),
    published=MappingProxyType({"haloquest": 608}),
    official_reader="verdict",
    images=PublicImages(addresses_told(_reference)),
    wordings=WORDINGS,
    scoring=Scoring(
        count=count,
        rates=(
            Rate("correct", "correct", "judged", "higher"),
            *(Rate(f"correct_{kind}", f"correct_{kind}", f"judged_{kind}", "higher") for kind in IMAGE_TYPES),
            Rate("unreadable", "unreadable", "replies"),
            Rate("unjudged", "unjudged", "replies"),
        ),
        readers=tuple(map(str, VERDICT_READERS.values())),
        notes="correct: replies that the judge calls so, of those it could be read of; real and generated: by kind of "
        "picture. unreadable: judgements without one verdict. unjudged: replies of which the judge said nothing.",
        show=shower(_reference, _read),
        pooled=MappingProxyType({"overall": _SPLITS}),
        judge=JUDGE,
    ),
    reply_tokens=128,
)
