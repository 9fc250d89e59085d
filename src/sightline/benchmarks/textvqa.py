"""TextVQA: what do the words in an image say?

Asks: an open question about an image that can only be answered by reading text in it; ten people answered each.
Source: https://textvqa.org (arXiv 1904.08920); images are Open Images'.
Licence: CC BY 4.0; neither questions nor images are part of sightline.
Reads: ``TextVQA_0.5.1_val.json`` as published (data: question_id, question, image_id, answers), whose images are
    image_id.jpg (or what a field image names), or the columns of lmms-lab/textvqa on the hub (parquet, one file or a
    folder of its parts), of which ``sightline data images --by image_id`` writes the images out. The test split has no
    answers and cannot be scored.
Beware: LLaVA's published 58.2 of version 1.5 was measured with the words of an OCR system in the prompt; here there are
    none. lmms-eval writes every question in lower case but for its first letter; here it stands as it is. All published
    figures make answers alike first (EvalAI's rules), with which "The answer is 23." is wrong: ``--reader evalai`` is
    theirs. An article alone counts as silence there.
Size: 5,000 questions about 3,166 images (validation).
Metric: VQA accuracy: agreement with ten people, three being enough.
Official: yes: the reader evalai.
Needs: the file and its images.
"""

from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.question_rows import QuestionRow, json_object, question_files, question_rows
from sightline.benchmarks.short_answers import RATES, SHORT, Asked, TenAnswers, counter, labelled, show
from sightline.core import Benchmark, ImageRef, Labelled, PublicFile, PublicImages, Question, Scoring, SourceFile
from sightline.readers.vqa_answer import vqa_reader

__all__ = ["BENCHMARK", "WORDINGS", "read_labels"]

WORDINGS = MappingProxyType({"short": SHORT, "bare": "{question}"})
"""With the line that LLaVA and lmms-eval add, and the question alone."""

_SPLIT = "val"


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions with their ten answers, or a folder of such files.

    Raises:
        DataError: a file is broken, a question has no answers, or an id occurs twice.
    """
    asked: list[Asked] = []
    sources: list[SourceFile] = []
    for file in question_files(path, name, "Expected TextVQA_0.5.1_val.json or the hub's parquet files."):
        whole = json_object(file)
        rows, source = question_rows(file, "image_id") if whole is None else whole.rows("data")
        asked += map(_asked, rows)
        sources.append(source)
    return labelled(name, asked, sources)


def _asked(row: QuestionRow) -> Asked:
    image = row.image or row.maybe("image", "image_name") or f"{row.text('image_id')}.jpg"
    question = Question(row.text("question_id"), row.text("question"), (ImageRef(image),), _SPLIT)
    return question, TenAnswers(row.texts("answers")), row


_VALIDATION = "TextVQA_0.5.1_val.json"

BENCHMARK = Benchmark(
    name="textvqa",
    title="What do the words in this image say?",
    splits=(_SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType(
        {"textvqa": (PublicFile(_VALIDATION, f"https://dl.fbaipublicfiles.com/textvqa/data/{_VALIDATION}"),)}
    ),
    images=PublicImages(
        note="https://dl.fbaipublicfiles.com/textvqa/images/train_val_images.zip (7 GB), unpacked: --images FOLDER"
    ),
    published=MappingProxyType({"textvqa": 5000}),
    official_reader="evalai",
    wordings=WORDINGS,
    scoring=Scoring(
        counter("evalai"),
        RATES,
        tuple(str(vqa_reader(name)) for name in ("answer", "evalai")),
        "vqa_accuracy: how much ten people agree with a reply, three being enough, each left out in turn. "
        "anybody_agrees: replies that at least one of them gave. readers_disagree: replies that EvalAI's rules, which "
        "published figures go by (--reader evalai), score otherwise. No OCR words are in the prompt.",
        show,
    ),
    reply_tokens=32,
)
