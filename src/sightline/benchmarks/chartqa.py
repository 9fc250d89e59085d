"""ChartQA: what does a chart say?

Asks: a question about a chart, answered by a number or a few words; half of them written by people, half made from
    summaries of charts.
Source: https://github.com/vis-nlp/ChartQA (arXiv 2203.10244).
Licence: GPL-3.0; neither questions nor charts are part of sightline.
Reads: a folder with ``test_human.json`` and ``test_augmented.json`` (imgname, query, label), or the columns of
    HuggingFaceM4/ChartQA (query, label, human_or_machine) or lmms-lab/ChartQA (question, answer, type) on the hub, of
    which ``sightline data images --by row`` writes the charts out.
Beware: published figures take a reply for a number only if all of it is one: "1,200", "$5" and "5 million" are texts,
    "62%" is 0.62 and not 62, and a true answer of 0 is compared as text. Within five percent of 2014 lies every year
    from 1914 on. The reader chartqa does all that; the reader relaxed reads the number that a reply states and wants
    years to be met. Some toolkits strip spaces around a reply, others do not, as here.
Size: 2,500 questions (test): 1,250 written by people, 1,250 made.
Metric: relaxed accuracy, human, augmented, and over both.
Official: yes: the reader chartqa.
Needs: the files and the charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sightline.benchmarks.question_rows import QuestionRow, question_files, question_rows
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
    SourceFile,
)
from sightline.readers.relaxed_number import RELAXED_READERS, ChartReading, relaxed_reader

__all__ = ["BENCHMARK", "SPLITS", "WORDINGS", "ChartAnswer", "read_labels"]

SPLITS = ("human", "augmented")

WORDINGS = MappingProxyType(
    {
        "word": "{question}\nAnswer the question with a single word.",
        "short": "{question}\nAnswer the question using a single word or phrase.",
        "bare": "{question}",
    }
)
"""With the line that lmms-eval adds, with LLaVA's, and the question alone."""

_KINDS = MappingProxyType({"0": "human", "1": "augmented", "machine": "augmented"})
_OURS, _OFFICIAL = "relaxed", "chartqa"
_COUNTS = ("replies", "right", "unreadable", "disagree")


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """What a reply is held against.

    Args:
        answer: the true answer, as the file has it.
    """

    answer: str


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, a row has no answer, or does not say whether it is human or augmented.
    """
    questions: list[Question] = []
    references: dict[str, object] = {}
    sources: list[SourceFile] = []
    for file in question_files(path, name, "Expected test_human.json and test_augmented.json, or the hub's parquet."):
        rows, source = question_rows(file, "row")
        sources.append(source)
        for row in rows:
            split = _split(row)
            id_ = row.maybe("question_id", "id") or f"{split}/{row.number}"
            if id_ in references:
                raise row.wrong(f"question {id_} occurs twice", "Two files of one kind? Name the one that is meant.")
            image = row.image or row.text("imgname", "image")
            questions.append(Question(id_, row.text("query", "question"), (ImageRef(image),), split))
            references[id_] = ChartAnswer(_answer(row))
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(questions), labels)


def _split(row: QuestionRow) -> str:
    """Whether a row is human or augmented, as it says itself, or its file's name does."""
    said = row.maybe("human_or_machine", "type").casefold().removesuffix("_test")
    kind = _KINDS.get(said, said) or next((split for split in SPLITS if split in Path(row.file).stem), "")
    if kind not in SPLITS:
        found = f"type is {said!r}" if said else "neither the row nor the name of its file tells its kind"
        raise row.wrong(f"{found}, expected human or augmented", "Files are called test_human.json and so on.")
    return kind


def _answer(row: QuestionRow) -> str:
    if not isinstance(row.value("label", "answer"), list):
        return row.text("label", "answer")
    answers = row.texts("label", "answer")
    if len(answers) != 1:
        raise row.wrong(f"label has {len(answers)} answers, expected one")
    return answers[0]


def _held(labels: LabelSet, question: Question) -> ChartAnswer | None:
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, ChartAnswer):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


def _read(reply: Reply, held: ChartAnswer, question: Question, reader: str | None) -> ChartReading:
    return relaxed_reader(reader or _OURS).read(reply.text, held.answer, question.text)


def _count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    rows: list[tuple[float, ...]] = []
    asked: list[Question] = []
    for question, reply in zip(questions, replies, strict=True):
        held = _held(labels, question)
        if reply is None or held is None:
            continue
        own, ours, theirs = (_read(reply, held, question, name) for name in (reader, _OURS, _OFFICIAL))
        rows.append((1.0, own.right, own.said is None, ours.right != theirs.right))
        asked.append(question)
    columns = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS)).T
    images = tuple(question.images[0].name for question in asked)
    return Counted(images, tuple(q.split for q in asked), dict(zip(_COUNTS, columns, strict=True)))


def _show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    held = _held(labels, question)
    if held is None:
        return Shown(None, None)
    if reply is None:
        return Shown(None, held.answer)
    read = _read(reply, held, question, reader)
    return Shown("unreadable" if read.said is None else read.said, held.answer)


_HUB = "https://huggingface.co/datasets/HuggingFaceM4/ChartQA/resolve/b605b6e08b57faf4359aeb2fe6a3ca595f99b6c5/data/"
_TEST = "test-00000-of-00001-e2cd0b7a0f9eb20d.parquet"

BENCHMARK = Benchmark(
    name="chartqa",
    title="What does this chart say?",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"chartqa": (PublicFile(_TEST, _HUB + _TEST),)}),
    images=PublicImages(
        note=f"the file holds the charts: sightline data images {{folder}}/{_TEST} --by row --out FOLDER"
    ),
    published=MappingProxyType({"chartqa": 2500}),
    official_reader=_OFFICIAL,
    wordings=WORDINGS,
    scoring=Scoring(
        _count,
        (
            Rate("relaxed_accuracy", "right", "replies", "higher"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("readers_disagree", "disagree", "replies"),
        ),
        tuple(str(reader) for reader in RELAXED_READERS.values()),
        "relaxed_accuracy: numbers within five percent of the true one, or the very words. readers_disagree: replies "
        "that the rule of published figures (--reader chartqa) scores otherwise: separators, units and percent signs "
        "that it does not take for numbers, years and zeros.",
        _show,
        MappingProxyType({"overall": ()}),
    ),
    reply_tokens=16,
)
