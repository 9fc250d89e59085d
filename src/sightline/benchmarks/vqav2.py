"""VQAv2: open questions about everyday photographs, each asked of two images with different answers.

Asks: an open question about a photograph of COCO; ten people answered each.
Source: https://visualqa.org (arXiv 1612.00837); scoring: https://github.com/GT-Vision-Lab/VQA.
Licence: questions and answers CC BY 4.0; COCO's images carry their own terms. None of it is part of sightline.
Reads: a folder with ``v2_OpenEnded_mscoco_val2014_questions.json`` and ``v2_mscoco_val2014_annotations.json``, whose
    images are COCO_val2014_000000000000.jpg by image_id (or what a field image names), or the columns of
    lmms-lab/VQAv2 on the hub (parquet with answers), of which ``sightline data images --by image_id`` writes the images
    out. A smaller file of questions beside the whole file of annotations asks a part of them. The test split has no
    answers and cannot be scored.
Beware: VQA's own code makes answers alike only where people disagree: where all ten said "yes", "Yes" is wrong. Replies
    are therefore usually made alike before they are handed in, as LLaVA does (``--reader evalai``). Published figures
    are mostly of test-dev, through a server; those of val differ by a point. Most of val is in many training sets.
Size: 214,354 questions about 40,504 images (validation).
Metric: VQA accuracy: agreement with ten people, three being enough; yes/no, number, other, and over all.
Official: yes: the readers vqa and evalai.
Needs: COCO val2014 and the two files.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sightline.benchmarks.coco_images import COCO_NOTE, coco_addresses
from sightline.benchmarks.question_rows import QuestionRow, json_object, question_files, question_rows
from sightline.benchmarks.short_answers import RATES, SHORT, Asked, TenAnswers, counter, labelled, show
from sightline.core import Benchmark, ImageRef, Labelled, PublicFile, PublicImages, Question, Scoring, SourceFile
from sightline.errors import DataError
from sightline.readers.vqa_answer import VQA_READERS

__all__ = ["BENCHMARK", "SPLITS", "WORDINGS", "read_labels"]

SPLITS = ("yes/no", "number", "other")
"""The types of answer, by what most people said."""

WORDINGS = MappingProxyType({"short": SHORT, "bare": "{question}"})
"""With the line that LLaVA and lmms-eval add, and the question alone."""

_IMAGE = "COCO_{subset}_{image_id:012}.jpg"
_EXPECTED = "Expected the questions and the annotations of VQA v2.0 (JSON), or the hub's parquet files."


def read_labels(path: Path, name: str) -> Labelled:
    """Read a folder with questions and annotations, or files that hold both.

    Raises:
        DataError: a file is broken, questions or annotations are missing, or an id occurs twice.
    """
    files = question_files(path, name, _EXPECTED)
    objects = [whole for whole in map(json_object, files) if whole is not None]
    if not objects:
        return _from_the_hub(files, name)
    asks = [whole for whole in objects if "questions" in whole.held]
    answers = [whole for whole in objects if "annotations" in whole.held]
    if len(asks) != 1 or len(answers) != 1:
        problem = f"label set {name!r}: {len(asks)} files of questions and {len(answers)} of annotations"
        raise DataError(problem, file=path, hint="A folder with one of each is expected.")
    questions, source = asks[0].rows("questions")
    annotations, other = answers[0].rows("annotations")
    by_id = {row.text("question_id"): row for row in annotations}
    subset = str(asks[0].held.get("data_subtype") or "val2014")
    asked = [_asked(row, _answered(row, by_id), _coco(row, subset)) for row in questions]
    return labelled(name, asked, (source, other))


def _from_the_hub(files: Sequence[Path], name: str) -> Labelled:
    """Read files whose rows hold question and answers."""
    asked: list[Asked] = []
    sources: list[SourceFile] = []
    for file in files:
        rows, source = question_rows(file, "image_id")
        asked += [_asked(row, row, row.image or _coco(row, "val2014")) for row in rows]
        sources.append(source)
    return labelled(name, asked, sources)


def _answered(row: QuestionRow, annotations: Mapping[str, QuestionRow]) -> QuestionRow:
    """The annotation of a question."""
    id_ = row.text("question_id")
    if id_ not in annotations:
        raise row.wrong(f"question {id_} has no annotation", "Questions and annotations are to be of the same split.")
    return annotations[id_]


def _coco(row: QuestionRow, subset: str) -> str:
    """The name of an image, which COCO's follows from its id."""
    if named := row.maybe("image", "image_name"):
        return named
    id_ = row.text("image_id")
    if not id_.isdecimal():
        raise row.wrong(f"image_id is {id_!r}, expected a number of COCO")
    return _IMAGE.format(subset=subset, image_id=int(id_))


def _asked(row: QuestionRow, annotation: QuestionRow, image: str) -> Asked:
    kind = annotation.text("answer_type")
    if kind not in SPLITS:
        raise annotation.wrong(f"answer_type is {kind!r}, expected one of {', '.join(SPLITS)}")
    question = Question(row.text("question_id"), row.text("question"), (ImageRef(image),), kind)
    answers = annotation.value("answers")
    if not isinstance(answers, list) or not all(map(_is_answer, answers)):
        raise annotation.wrong("answers is no list of records with answer")
    return question, TenAnswers(tuple(each["answer"] for each in answers)), row


def _is_answer(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("answer"), str)


_SERVER = "https://s3.amazonaws.com/cvmlp/vqa/mscoco/vqa/"
_ARCHIVES = ("v2_Questions_Val_mscoco.zip", "v2_Annotations_Val_mscoco.zip")

BENCHMARK = Benchmark(
    name="vqav2",
    title="Open questions about everyday photographs.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"vqav2": tuple(PublicFile(archive, _SERVER + archive) for archive in _ARCHIVES)}),
    images=PublicImages(coco_addresses, note=COCO_NOTE),
    published=MappingProxyType({"vqav2": 214_354}),
    official_reader="vqa",
    wordings=WORDINGS,
    scoring=Scoring(
        counter("vqa"),
        RATES,
        tuple(str(reader) for reader in VQA_READERS.values()),
        "vqa_accuracy: how much ten people agree with a reply, three being enough, each left out in turn. "
        "anybody_agrees: replies that at least one of them gave. readers_disagree: replies that VQA's own code "
        "(--reader vqa) scores otherwise, most of them capital letters where all ten people agree.",
        show,
        MappingProxyType({"overall": ()}),
    ),
    reply_tokens=16,
)
