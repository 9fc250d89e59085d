"""DASH-B: is this object seen in images that look as if it ought to be there?

Asks: "Can you see a … in this image?", of images that were found because they make models see objects that are not
    there, and of as many that hold the object; one question an image.
Source: https://github.com/YanNeu/DASH-B (arXiv 2503.23573); the same questions are on the hub as YanNeu/DASH-B.
Licence: the repository states none; neither questions nor images are part of sightline.
Reads: ``dash_benchmark_neg.json`` and ``dash_benchmark_pos.json`` (source → object → file names), whose images lie in
    ``neg`` and ``pos`` of the folder of images as DASH-B's archives hold them; or a file with the hub's columns
    (question_id, question, answer, object, img_id; JSON lines, CSV or parquet), of which ``sightline data images``
    writes out the images. Replies are also read from the answer files of DASH-B's own code.
Beware: a reply that is neither yes nor no is wrong here, where RePOPE's code, with the same rule for reading, leaves it
    out. Accuracy is the mean of TNR and TPR only where both kinds are as many. The question always says "a" ("a
    orange"; ``--wording article`` does not). Negatives were chosen because they deceive models, so TNR is no estimate
    for other images. The answers of PaliGemma-3b that the repository ships name other positive images than its lists,
    and do not give its board's figures.
Size: 2,682 questions about as many images, 1,341 with and 1,341 without one of 70 objects.
Metric: accuracy, TNR, TPR and their harmonic mean.
Official: yes: the reader dash-b, which takes any "yes" for yes and then any "no" for no, "snow" included.
Needs: its images (sightline data pictures dash_b).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from sightline.core import (
    Answer,
    Benchmark,
    Claim,
    Counted,
    ImageRef,
    Labelled,
    LabelSet,
    Presence,
    PublicFile,
    PublicImages,
    Question,
    Rate,
    Reader,
    RecordedReplies,
    RecordedReply,
    Reply,
    Scoring,
    Shown,
    SourceFile,
    harmonic_mean_of,
)
from sightline.errors import DataError, unknown_name
from sightline.readers.yes_no import yes_no_reader
from sightline.records.json_rows import read_bytes, read_json, read_rows
from sightline.records.recorded_replies import read_recorded_replies
from sightline.records.table_rows import read_table_rows

__all__ = ["BENCHMARK", "READERS", "WORDINGS", "claim_asked", "count", "read_labels", "read_replies", "show"]

SPLIT = "dash_b"

QUESTION = "Can you see a {object} in this image? Please answer only with yes or no."
"""What DASH-B asks; the fifth of its twenty prompts."""

WORDINGS = MappingProxyType({"dash-b": "{question}", "article": QUESTION.replace("a {object}", "{a_object}")})
"""As DASH-B asks, and with the article that the object takes."""

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            yes_no_reader("strict"),
            Reader(
                "dash-b", 1, yes_no_reader("repope").read, "YanNeu/DASH-B src/eval_utils.py @1538d01: RePOPE's rule"
            ),
        )
    }
)
"""The readers by name; the first is the default."""

_FILES = MappingProxyType({"neg": "dash_benchmark_neg.json", "pos": "dash_benchmark_pos.json"})
_ANSWERS = MappingProxyType({"neg": Answer.DOES_NOT_HOLD, "pos": Answer.HOLDS})
_SIDES = MappingProxyType({"no": "neg", "yes": "pos"})
_BEGINS, _ENDS = (part.lower() for part in QUESTION.split("?")[0].split("{object}"))
_COUNTS = ("replies", "right", "positives", "tp", "negatives", "tn", "said_yes", "unreadable")


class _Asked(NamedTuple):
    """A question, what is true, and where it stands."""

    question: Question
    answer: Answer
    file: str
    row: int | None = None


def claim_asked(text: str) -> Presence | None:
    """Read the object out of a question of DASH-B, whatever stands before and after it.

    Example:
        >>> claim_asked("Can you see a airplane wing in this image? Please answer only with yes or no.")
        Presence(object='airplane wing')
        >>> claim_asked("What is this?") is None
        True
    """
    lowered = text.lower()
    begins = lowered.find(_BEGINS)
    ends = lowered.find(_ENDS, begins)
    object_ = text[begins + len(_BEGINS) : ends].strip() if 0 <= begins < ends else ""
    return Presence(object_) if object_ else None


def read_labels(path: Path, name: str) -> Labelled:
    """Read DASH-B's two lists from a folder, one of them, or a file with the hub's columns.

    Raises:
        DataError: a file is broken, the folder has one of the two lists only, or two rows disagree.
    """
    asked, sources = _read(path, name)
    questions: dict[str, Question] = {}
    answers: dict[tuple[str, Claim], Answer] = {}
    objects: dict[str, Claim] = {}
    for each in asked:
        question, claim, image = each.question, each.question.claims[0], each.question.images[0].name
        if question.id in questions:
            raise DataError(f"question {question.id} occurs twice", file=each.file, row=each.row)
        if objects.setdefault(image, claim) != claim:
            problem = f"image {image} is asked about for {claim}, and for {objects[image]} above"
            hint = "DASH-B asks one question an image; names that repeat belong to several images of one name."
            raise DataError(problem, file=each.file, row=each.row, hint=hint)
        questions[question.id], answers[image, claim] = question, each.answer
    labels = LabelSet(name, MappingProxyType(answers), splits=(SPLIT,), sources=tuple(sources))
    return Labelled(tuple(questions.values()), labels)


def _read(path: Path, name: str) -> tuple[list[_Asked], list[SourceFile]]:
    if path.is_dir():
        found = {side: path / file for side, file in _FILES.items() if (path / file).is_file()}
        if len(found) == 1:
            (there,) = found
            absent = _FILES["pos" if there == "neg" else "neg"]
            raise DataError(f"label set {name!r}: {absent} is not in the folder", file=path, hint=_BOTH)
        if found:
            read = [_listed(file, side) for side, file in found.items()]
            return [each for asked, _ in read for each in asked], [source for _, source in read]
        files = sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".csv", ".parquet"))
        if len(files) != 1:
            problem = f"label set {name!r}: the folder holds neither DASH-B's lists nor one file of its questions"
            raise DataError(problem, file=path, hint=_BOTH)
        path = files[0]
    if side := next((side for side, file in _FILES.items() if path.name == file), None):
        asked, source = _listed(path, side)
        return asked, [source]
    rows = read_table_rows(path)
    return [_row(rec, rows.source.name, n) for rec, n in zip(rows.records, rows.numbers, strict=True)], [rows.source]


_BOTH = f"Expected {_FILES['neg']} and {_FILES['pos']}, or a file with question_id, answer, object and img_id."


def _listed(path: Path, side: str) -> tuple[list[_Asked], SourceFile]:
    """Read one of the two lists: source → object → file names."""
    flat = list(_flat(read_json(path), path))
    asked = [_question(f"{side}/{source}/{object_}/{file}", object_, side, path) for source, object_, file in flat]
    return asked, SourceFile(str(path), hashlib.sha256(read_bytes(path)).hexdigest(), len(asked))


def _flat(held: Any, path: Path) -> Iterator[tuple[str, str, str]]:
    """Every source, object and file name of a list."""
    hint = 'Expected source → object → file names: {"coco": {"backpack": ["88.jpg"]}}.'
    if not isinstance(held, dict) or not held:
        raise DataError("this is not a list of DASH-B", file=path, hint=hint)
    for source, objects in held.items():
        if not isinstance(objects, dict):
            raise DataError(f"under {source!r} there are no objects", file=path, hint=hint)
        for object_, files in objects.items():
            if not isinstance(files, list) or not all(isinstance(file, str) and file for file in files):
                raise DataError(f"{source}, {object_}: these are no file names", file=path, hint=hint)
            for file in files:
                yield source, object_, file


def _question(image: str, object_: str, side: str, file: str | Path) -> _Asked:
    id_ = f"{side}/{object_}/{PurePosixPath(image).name}"
    question = Question(id_, QUESTION.format(object=object_), (ImageRef(image),), SPLIT, (Presence(object_),))
    return _Asked(question, _ANSWERS[side], str(file))


def _row(record: Mapping[str, Any], file: str, row: int) -> _Asked:
    """Read a row with the hub's columns."""
    values = {name: record.get(name) for name in ("question_id", "object", "answer", "img_id")}
    for name, value in values.items():
        if not isinstance(value, str | int) or value == "":
            found = f"{name} is {value!r}" if name in record else f"there is no {name}"
            raise DataError(found, file=file, row=row, hint=f"This row has {', '.join(record)}.")
    told, object_ = {name: str(value) for name, value in values.items()}, str(values["object"])
    if (answer := told["answer"].lower()) not in _SIDES:
        raise DataError(f"answer is {told['answer']!r}, expected 'yes' or 'no'", file=file, row=row)
    text = record.get("question")
    text = text if isinstance(text, str) and text else QUESTION.format(object=object_)
    question = Question(told["question_id"], text, (ImageRef(told["img_id"]),), SPLIT, (Presence(object_),))
    return _Asked(question, _ANSWERS[_SIDES[answer]], file, row)


def read_replies(path: str | Path) -> RecordedReplies:
    """Read a file of replies: what DASH-B's code writes, or any other format that is known.

    Raises:
        DataError: the file is broken, or a row has no reply.
    """
    rows = read_rows(path)
    first = rows.records[0]
    if (
        len(rows.records) == 1
        and first
        and all(isinstance(reply, str) for reply in first.values())
        and "text" not in first
    ):
        said = [RecordedReply(n, text, id_) for n, (id_, text) in enumerate(first.items(), start=1)]
        return RecordedReplies(said, SourceFile(rows.source.name, rows.source.sha256, len(said)))
    if not {"img_id", "object_name", "gt", "response"} <= set(first):
        return read_recorded_replies(path)
    pairs = zip(rows.records, rows.numbers, strict=True)
    return RecordedReplies([_answered(record, rows.source.name, row) for record, row in pairs], rows.source)


def _answered(record: Mapping[str, Any], file: str, row: int) -> RecordedReply:
    values = [record.get(name) for name in ("img_id", "object_name", "gt", "response")]
    if not all(isinstance(value, str) for value in values) or values[2] not in _SIDES:
        raise DataError("img_id, object_name, gt (yes or no) and response are not all texts", file=file, row=row)
    image, object_, truth, said = map(str, values)
    own = record.get("question_id")
    return RecordedReply(row, said, str(own) if isinstance(own, str | int) else f"{_SIDES[truth]}/{object_}/{image}")


@lru_cache(maxsize=100_000)
def _said(text: str, reader: str | None) -> str | None:
    name = reader or next(iter(READERS))
    if name not in READERS:
        raise unknown_name("reader of dash_b", name, READERS)
    return READERS[name].read(text).answer


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count right and wrong replies; what is neither yes nor no is wrong."""
    images: list[str] = []
    rows: list[tuple[float, ...]] = []
    for question, reply in zip(questions, replies, strict=True):
        truth = labels.answer(question.images[0].name, question.claims[0])
        if reply is None or truth not in (Answer.HOLDS, Answer.DOES_NOT_HOLD):
            continue
        there = truth is Answer.HOLDS
        said = _said(reply.text, reader)
        right = said == ("yes" if there else "no")
        rows.append((1, right, there, there and right, not there, not there and right, said == "yes", said is None))
        images.append(question.images[0].name)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS))
    return Counted(tuple(images), (SPLIT,) * len(rows), dict(zip(_COUNTS, table.T, strict=True)))


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    """Show what a reply says beside what is true."""
    truth = labels.answer(question.images[0].name, question.claims[0])
    label = {Answer.HOLDS: "yes", Answer.DOES_NOT_HOLD: "no"}.get(truth) if truth else None
    return Shown(None if reply is None else _said(reply.text, reader) or "unreadable", label)


_AT = "https://raw.githubusercontent.com/YanNeu/DASH-B/1538d01da15ef152dca8a8405da3f9444e26661d/images/"

_TNR, _TPR = Rate("tnr", "tn", "negatives", "higher"), Rate("tpr", "tp", "positives", "higher")

_ARCHIVES = tuple(
    PublicFile(f"{kind}.zip", f"https://nc.mlcloud.uni-tuebingen.de/index.php/s/{share}/download/{kind}.zip")
    for kind, share in (("neg", "HJKbBWpgLFz4rN5"), ("pos", "ppZeYNayJXiogjP"))
)

BENCHMARK = Benchmark(
    name="dash_b",
    title="Can you see this object? Half of the images only look as if it were there.",
    splits=(SPLIT,),
    version=1,
    read_labels=read_labels,
    claim_asked=claim_asked,
    public=MappingProxyType(
        {
            "dash_b": (
                PublicFile(
                    _FILES["neg"],
                    _AT + _FILES["neg"],
                    "29d9afa611083f3becdc64e4c30a1783a6c8be9bf6d335a12b124c50ad2876ed",
                ),
                PublicFile(
                    _FILES["pos"],
                    _AT + _FILES["pos"],
                    "fe261c2b9463e27034aea34368330ae4645cfd3bc0feca907240eb5160517829",
                ),
            )
        }
    ),
    official_reader="dash-b",
    images=PublicImages(archives=_ARCHIVES),
    wordings=WORDINGS,
    scoring=Scoring(
        count,
        (
            Rate("accuracy", "right", "replies", "higher"),
            _TNR,
            _TPR,
            harmonic_mean_of("harmonic_mean", (_TNR, _TPR)),
            Rate("yes_ratio", "said_yes", "replies"),
            Rate("unreadable", "unreadable", "replies", "lower"),
        ),
        tuple(str(reader) for reader in READERS.values()),
        "tnr: images without the object of which this is said. tpr: images with it. A reply that is neither yes nor no "
        "is wrong in every rate, as in DASH-B's code. The reader dash-b is DASH-B's own.",
        show,
    ),
    reply_tokens=16,
    read_replies=read_replies,
)
