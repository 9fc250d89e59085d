"""HallusionBench: does a model go by the figure, by what it believes it knows, or by neither?

Asks: yes or no about charts, maps, tables, texts, illusions and videos: first as they are or without a figure at all,
    then about edited figures in which something else is true. The same question about several figures is a pair, all
    questions about one figure are a figure.
Source: https://github.com/tianyi-lab/HallusionBench (arXiv 2310.14566).
Licence: BSD-3-Clause; none of it is part of sightline.
Reads: ``HallusionBench.json`` with category, subcategory, visual_input, set_id, figure_id, question_id, question,
    gt_answer, gt_answer_details and filename, or a folder that holds it; JSON lines, CSV and parquet with these
    columns. Images are ``VD/illusion/0_0.png`` and so on, in the folder hallusion_bench or beside it.
Beware: published figures are GPT-4's word on each reply, of a version that nobody pinned: ``--reader judged``, or
    ``hallusionbench`` to read it as the repository does. By default yes or no are read from the reply itself, and what
    is neither counts as unclear. An unclear reply is wrong, but right where there is no figure, so that a model that
    says nothing gets the 178 questions without one right: see unclear_credited. The columns that the repository
    prints as accuracy of easy and hard questions are pairs, and so they are called here. VLMEvalKit leaves the
    questions without a figure out, which makes pairs easier, and averages the three accuracies
    (mean_acc): ``--reader vlmevalkit``.
Size: 1,129 questions (951 about 346 figures, 178 without a figure), 455 pairs, 167 sets; 42.9 % yes.
Metric: aAcc (questions), fAcc (figures), qAcc (pairs), their mean; by subcategory, category and overall.
Official: yes: the reader hallusionbench, with a judge of your choice; vlmevalkit for that toolkit's rule.
Needs: the figures (hallusion_bench.zip of the repository); a judge for the readers judged and hallusionbench.
"""

from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.hallusionbench_scores import JUDGE, JUDGED, RATES, Asked, count, show
from sightline.benchmarks.question_file import question_file
from sightline.benchmarks.question_rows import QuestionRow, question_rows
from sightline.core import Benchmark, ImageRef, Labelled, LabelSet, PublicFile, PublicImages, Question, Scoring

__all__ = ["BENCHMARK", "SPLITS", "WORDINGS", "read_labels"]

SPLITS = (
    *("VD/illusion", "VD/math", "VD/figure", "VD/ocr", "VD/video"),
    *("VS/chart", "VS/table", "VS/map", "VS/ocr"),
)
"""Category and subcategory. VD: without the figure there is no answer; VS: there is one, and the figure may differ."""

WORDINGS = MappingProxyType({"hallusionbench": "{question}", "yes_no": "{question} Please answer yes or no."})
"""The question alone, and with the line that VLMEvalKit adds for many models."""


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or the one of a folder.

    Raises:
        DataError: the file is broken, a row does not say what it should, or a question occurs twice.
    """
    rows, source = question_rows(question_file(path, name, "HallusionBench.json"))
    questions: dict[str, Question] = {}
    references: dict[str, object] = {}
    for row in rows:
        question, asked = _question(row)
        if question.id in questions:
            raise row.wrong(f"question {question.id} occurs twice")
        questions[question.id], references[question.id] = question, asked
    labels = LabelSet(name, {}, absent=None, sources=(source,), references=MappingProxyType(references))
    return Labelled(tuple(questions.values()), labels)


def _question(row: QuestionRow) -> tuple[Question, Asked]:
    category, subcategory, set_, figure, number, text = (
        row.text(field) for field in ("category", "subcategory", "set_id", "figure_id", "question_id", "question")
    )
    split = f"{category}/{subcategory}"
    if split not in SPLITS:
        raise row.wrong(f"category and subcategory are {split}, expected one of {', '.join(SPLITS)}")
    visual = _one_of(row, "visual_input", ("0", "1", "2"))
    truth = _one_of(row, "gt_answer", ("0", "1"))
    filename = row.maybe("filename")
    if (visual == "0") is not (not filename):
        hint = "A question without a figure has visual_input 0 and no filename; any other has both."
        raise row.wrong(f"visual_input is {visual!r} and filename is {row.record.get('filename')!r}", hint)
    asked = Asked(
        category, f"{split}/{set_}", figure, number, int(visual), truth == "1", row.maybe("gt_answer_details")
    )
    id_ = "_".join((category, subcategory, set_, figure, number))
    images = (ImageRef(filename.removeprefix("./")),) if filename else ()
    return Question(id_, text, images, split), asked


def _one_of(row: QuestionRow, field: str, known: tuple[str, ...]) -> str:
    value = row.text(field)
    if value not in known:
        raise row.wrong(f"{field} is {value!r}, expected one of {', '.join(known)}")
    return value


_PUBLIC = PublicFile(
    "HallusionBench.json",
    "https://raw.githubusercontent.com/tianyi-lab/HallusionBench/744007c232c292942c7f80eb61edb2465482da31/"
    "HallusionBench.json",
    "ca6e0fb677dd56e5fb0e2700d06c58d01f8a6ae66e0f1773b2ac48c0a095d051",
)

BENCHMARK = Benchmark(
    name="hallusionbench",
    title="Yes or no about figures, as they are, edited, and left away.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({"hallusionbench": (_PUBLIC,)}),
    published=MappingProxyType({"hallusionbench": 1129}),
    official_reader="hallusionbench",
    images=PublicImages(
        note="hallusion_bench.zip, which a browser must fetch: "
        "https://drive.google.com/file/d/1eeO1i0G9BSZTE1yd5XeFwmrbe1hwyf_0/view?usp=sharing"
    ),
    wordings=WORDINGS,
    scoring=Scoring(
        count,
        RATES,
        ("parsed@1", *(f"{name}@1" for name in JUDGED), "vlmevalkit@1"),
        "aacc: questions; facc: figures of which all questions are answered right; qacc: questions answered right "
        "about every figure, and without one; mean_acc: their mean. unreadable: neither yes nor no, or unclear to a "
        "judge; unclear_credited: those of them that count as right, there being no figure. easy_pairs leaves edited "
        "figures out, hard_pairs has nothing else. yes_bias: how much more often yes is said than true. "
        "language_hallucination, visual_illusion and mixed: what wrong replies are put down to. judged and "
        "hallusionbench read a judge's word; vlmevalkit leaves questions without a figure out.",
        show,
        MappingProxyType(
            {
                "VD": tuple(split for split in SPLITS if split.startswith("VD/")),
                "VS": tuple(split for split in SPLITS if split.startswith("VS/")),
                "overall": SPLITS,
            }
        ),
        JUDGE,
    ),
    reply_tokens=64,
)
