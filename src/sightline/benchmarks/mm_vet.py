"""MM-Vet: questions that need several capabilities at once, graded by a judge.

Asks: open questions, each of which needs one or more of six capabilities: recognition (rec), reading text (ocr),
    knowledge (know), writing (gen), places (spat) and arithmetic (math). A judge that does not see the image grades
    each reply from 0 to 1 against a right answer.
Source: https://github.com/yuweihao/MM-Vet (arXiv 2308.02490).
Licence: its own, for non-commercial research and education only; neither questions nor images are part of sightline.
Reads: ``mm-vet.json`` as published (by id: imagename, question, answer, capability), or a folder that holds it; or the
    columns of lmms-lab/MMVet on the hub or of VLMEvalKit's MMVet.tsv, of which ``sightline data images`` writes the
    images out. ``<AND>`` in an answer joins what must all be said, ``<OR>`` what any one of will do.
Beware: published figures are grades of GPT-4 0613, the mean of five runs; they differ by judge by several points, so
    compare only what the same judge graded with the same prompt. The few-shot prompt of the original is not shipped:
    what ``sightline judge`` asks is in our own words, with examples of our own. For theirs write it to a file that ends
    with a line ``{question} | {reference} | {reply} |`` and say ``sightline judge --prompt FILE``. A judgement without
    a grade is left out and counted; the original counts it as 0 (``--reader mm-vet``).
Size: 218 questions about 200 images.
Metric: mean grade, by capability, by what is needed together, and overall.
Official: yes: the reader mm-vet, with the judge's prompt from a file.
Needs: mm-vet.zip; a judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.counted_rows import Row, counted_rows
from sightline.benchmarks.judged import shower
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, json_object, question_rows
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
)
from sightline.readers.graded import GRADE_READERS, grade_reader
from sightline.readers.thinking import strip_thinking

__all__ = ["BENCHMARK", "CAPABILITIES", "JUDGE", "WORDINGS", "MMVetAnswer", "read_labels"]

CAPABILITIES = ("rec", "ocr", "know", "gen", "spat", "math")

WORDINGS = MappingProxyType({"mm-vet": "{question}"})

_SPLITS = (
    *("rec+know+gen", "rec", "ocr+spat", "ocr+spat+math", "rec+spat", "ocr", "ocr+math", "rec+know"),
    *("rec+ocr+gen+spat", "rec+ocr+know+gen", "rec+ocr+spat", "rec+ocr", "ocr+know+spat", "rec+know+spat"),
    *("ocr+gen+spat", "rec+ocr+spat+math"),
)
"""What is needed together, the most frequent first."""

_COUNTS = (
    *("replies", "graded", "grades", "unreadable", "unjudged"),
    *(f"{count}_{each}" for each in CAPABILITIES for count in ("graded", "grades")),
)
_OFFICIAL = "mm-vet"


@dataclass(frozen=True, slots=True)
class MMVetAnswer:
    """What a reply is graded against.

    Args:
        answer: the right answer, with ``<AND>`` and ``<OR>`` set off by blanks.
        capabilities: what is needed.
    """

    answer: str
    capabilities: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The right answer."""
        return self.answer


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder.

    Raises:
        DataError: the file is broken, a row has no answer, or a capability is unknown.
    """
    file = question_file(path, name, "mm-vet.json")
    whole = json_object(file)
    rows, source = question_rows(file) if whole is None else whole.rows()
    questions: list[Question] = []
    references: dict[str, object] = {}
    for row in rows:
        id_, held = row.text("id", "question_id", "index"), _answer(row)
        if id_ in references:
            raise row.wrong(f"question {id_} occurs twice")
        references[id_] = held
        image = ImageRef(row.image or row.text("imagename", "image"))
        questions.append(Question(id_, row.text("question"), (image,), "+".join(held.capabilities)))
    labels = LabelSet(name, {}, absent=None, sources=(source,), references=MappingProxyType(references))
    return Labelled(tuple(questions), labels)


def _answer(row: QuestionRow) -> MMVetAnswer:
    value = row.value("capability", "category")
    told = (
        row.texts("capability", "category")
        if isinstance(value, list)
        else row.text("capability", "category").split(",")
    )
    needed = {each.strip() for each in told}
    if not needed or not needed <= {*CAPABILITIES}:
        raise row.wrong(f"capability is {value!r}, expected some of {', '.join(CAPABILITIES)}")
    answer = row.text("answer").replace("<AND>", " <AND> ").replace("<OR>", " <OR> ")
    return MMVetAnswer(answer, tuple(each for each in CAPABILITIES if each in needed))


def _held(labels: LabelSet, question: Question) -> MMVetAnswer | None:
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, MMVetAnswer):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


def _read(judgement: str, reader: str | None) -> Reading:
    return grade_reader(reader or next(iter(GRADE_READERS))).read(judgement)


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    rows: list[tuple[str, Row]] = []
    for question, reply in zip(questions, replies, strict=True):
        held = _held(labels, question)
        if reply is not None and held is not None:
            rows.append((question.images[0].name, Row(question.split, _counts(reply, held, reader))))
    return counted_rows(rows, _COUNTS)


def _counts(reply: Reply, held: MMVetAnswer, reader: str | None) -> dict[str, float]:
    if not reply.judgement:
        return {"replies": 1, "unjudged": 1}
    said = _read(reply.judgement, reader).answer
    if said is None and reader != _OFFICIAL:
        return {"replies": 1, "unreadable": 1}
    grade = float(said or 0)  # the original counts what it cannot read as 0
    own = {"graded": 1.0, "grades": grade}
    by_capability = {f"{name}_{each}": value for each in held.capabilities for name, value in own.items()}
    return {"replies": 1, "unreadable": said is None, **own, **by_capability}


_SYSTEM = (
    "You grade what a vision-language model answered to a question about an image. You do not see the image: you are "
    "given the right answer, and grade by that alone."
)

_TEMPLATE = """\
Grade how much of the right answer the answer to grade says, from 0.0 (nothing) to 1.0 (all of it), in steps of 0.1.

Rules:
- Parts of the right answer that are joined by <AND> are all needed; each is worth the same.
- Of parts that are joined by <OR> any one is enough.
- Meaning counts, not the words. More detail does no harm unless it contradicts the right answer.
- Where the right answer is a long text, grade by how many of its points are made.
- A refusal, or an answer to something else, is 0.0.

Three examples:

Question: Which two fruits are on the plate?
Right answer: pear <AND> plum
Answer to grade: There are a pear and a lemon.
{"reason": "it names the pear and not the plum", "grade": 0.5}

Question: What is the shop's name?
Right answer: Miller's <OR> Miller's Bakery
Answer to grade: The sign above the door reads "Miller's".
{"reason": "it gives one of the two names", "grade": 1.0}

Question: How much do three tickets cost?
Right answer: 27
Answer to grade: At 9 each, three tickets are 18.
{"reason": "the sum is wrong", "grade": 0.0}

Now this one:

Question: {question}
Right answer: {reference}
Answer to grade: {reply}

Reply with JSON: "reason", one short sentence, and "grade", a number from 0.0 to 1.0."""


def _told(question: Question, labels: LabelSet, reply: Reply) -> dict[str, str] | None:
    held = _held(labels, question)
    if held is None:
        return None
    return {"question": question.text, "reference": held.answer, "reply": strip_thinking(reply.text).strip()}


JUDGE = Judge(
    name="mm-vet-grade",
    version=1,
    system=_SYSTEM,
    template=_TEMPLATE,
    fields=("question", "reference", "reply"),
    told=_told,
    read=lambda text: _read(text, None),
    readers=tuple(GRADE_READERS),
    schema=MappingProxyType(
        {
            "type": "object",
            "properties": {
                "reason": {"type": "string"},
                "grade": {"type": "number", "minimum": 0, "maximum": 1},
            },
            "required": ["reason", "grade"],
            "additionalProperties": False,
        }
    ),
    max_new_tokens=128,
)
"""What a judge is asked, in our own words; any change raises the version."""


_ARCHIVE = PublicFile(
    "mm-vet.zip", "https://github.com/yuweihao/MM-Vet/releases/download/v1/mm-vet.zip", inside="mm-vet"
)

BENCHMARK = Benchmark(
    name="mm_vet",
    title="Open questions that need several capabilities at once. A judge grades the replies.",
    splits=_SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"mm_vet": (_ARCHIVE,)}),
    images=PublicImages(note="they came with the questions: --images {folder}/images"),
    published=MappingProxyType({"mm_vet": 218}),
    official_reader=_OFFICIAL,
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("score", "grades", "graded", "higher"),
            *(Rate(each, f"grades_{each}", f"graded_{each}", "higher") for each in CAPABILITIES),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("unjudged", "unjudged", "replies", "lower"),
        ),
        tuple(map(str, GRADE_READERS.values())),
        "score: mean grade in percent, of the replies that have one; splits: what is needed together. rec recognition, "
        "ocr text, know knowledge, gen writing, spat places, math arithmetic; a question counts in each that it needs. "
        "unreadable: judgements without one grade, which the reader mm-vet counts as 0 like the original. unjudged: "
        "replies of which no judge said anything. Only grades of the same judge and prompt can be compared.",
        shower(_held, _read),
        MappingProxyType({"overall": ()}),
        JUDGE,
    ),
    reply_tokens=512,
)
