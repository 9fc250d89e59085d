"""POPE: polling-based object probing evaluation, and RePOPE's corrected labels.

Asks: is this object in the image? Six questions an image and split: three objects that are there, three that are not,
    drawn at random, from the most frequent, or from those that most often stand beside the object asked before.
Source: https://github.com/AoiDragon/POPE (arXiv 2305.10355); corrected: https://github.com/YanNeu/RePOPE (2504.15707).
Licence: POPE MIT; RePOPE states none; neither is part of sightline.
Reads: ``*_random.json``, ``*_popular.json``, ``*_adversarial.json`` with question_id, image, text and label, as JSON
    lines (COCO, RePOPE) or as one array (A-OKVQA, GQA).
Beware: the three splits share their images and positives: 9,000 rows are 5,127 distinct questions. Ids restart in every
    split. The random split had 2,910 rows before June 2023 and LLaVA's question file still has. RePOPE leaves ambiguous
    questions out, so it is not balanced: its accuracy and yes ratio are not comparable with POPE's.
Size: 9,000 questions (5,127 distinct) about 500 images; RePOPE 8,185.
Metric: F1, accuracy, yes ratio; by split and their mean.
Official: yes: the readers pope (POPE's own), repope, llava, lmms-eval and vlmevalkit.
Needs: COCO val2014 images (A-OKVQA's and GQA's for their files).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sightline.benchmarks.coco_images import COCO_NOTE, coco_addresses
from sightline.core import (
    Answer,
    Benchmark,
    Claim,
    ImageRef,
    Labelled,
    LabelSet,
    Presence,
    PublicFile,
    PublicImages,
    Question,
)
from sightline.errors import DataError
from sightline.records.json_rows import Rows, read_rows

__all__ = ["BENCHMARK", "SPLITS", "claim_asked", "find_files", "read_labels", "wording"]

SPLITS = ("random", "popular", "adversarial")

WORDING = "Is there {article} {object} in the image?"
"""What POPE asks. LLaVA and lmms-eval add a line of their own after it."""

WORDINGS = MappingProxyType(
    {
        "pope": "{question}",
        "llava": "{question}\nAnswer the question using a single word or phrase.",
    }
)
"""How the questions of the files are put to a model: as they stand, or with the line of LLaVA's question file."""

_QUESTION = re.compile(r"\bis there an? (?P<object>\S.*?) in the (?:image|imange)\?", re.IGNORECASE)
# "imange": POPE's generator put "an" for every "a" of the template, and the files made with it are still in use

_LABELS = MappingProxyType({"yes": Answer.HOLDS, "no": Answer.DOES_NOT_HOLD})


def claim_asked(text: str) -> Presence | None:
    """Read the object out of a POPE question, whatever stands before and after it.

    Example:
        >>> claim_asked("Is there an orange in the imange? Answer the question using a single word or phrase.")
        Presence(object='orange')
        >>> claim_asked("What is this?") is None
        True
    """
    found = _QUESTION.search(text)
    return None if found is None else Presence(found["object"])


def wording(object_: str, article: str) -> str:
    """Ask about an object.

    Example:
        >>> wording("orange", "an")
        'Is there an orange in the image?'
    """
    return WORDING.format(article=article, object=object_)


def find_files(folder: Path, name: str) -> dict[str, Path]:
    """Find the file of each split in a folder of benchmark files.

    A folder may hold several families of files (RePOPE's holds ``coco_pope_*`` and ``coco_repope_*``); then the family
    whose prefix ends in the name of the label set is meant.

    Raises:
        DataError: there is none, or it is not clear which.
    """
    families: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        for split in SPLITS:
            if path.suffix in (".json", ".jsonl") and path.stem.endswith(split) and path.is_file():
                families.setdefault(path.stem.removesuffix(split), {})[split] = path
    if len(families) > 1:
        families = {p: files for p, files in families.items() if p.rstrip("_").split("_")[-1] == name} or families
    if len(families) == 1:
        return next(iter(families.values()))
    expected = "Expected …random.json, …popular.json and …adversarial.json of one family."
    if not families:
        raise DataError("the folder holds no POPE files", file=folder, hint=expected)
    kinds = ", ".join(f"{prefix}*" for prefix in families)
    raise DataError(f"label set {name!r}: several families of files ({kinds})", file=folder, hint=expected)


def read_labels(path: Path, name: str) -> Labelled:
    """Read a label set from a folder of POPE's own format.

    Raises:
        DataError: a file is broken, a label is neither yes nor no, an id occurs twice, or two rows disagree.
    """
    if not path.is_dir():
        raise DataError(f"label set {name!r}: expected a folder of POPE files", file=path)
    questions: list[Question] = []
    answers: dict[tuple[str, Claim], Answer] = {}
    origin: dict[tuple[str, Claim], str] = {}
    sources = []
    files = find_files(path, name)
    splits = tuple(split for split in SPLITS if split in files)
    for split in splits:
        rows = read_rows(files[split])
        sources.append(rows.source)
        ids: set[str] = set()
        for question, answer, row in _questions(rows, split):
            key = (question.images[0].name, question.claims[0])
            place = f"{Path(rows.source.name).name}:{row}"
            if question.id in ids:
                raise DataError(f"question_id {question.id.split('/')[1]} occurs twice", file=rows.source.name, row=row)
            if answers.setdefault(key, answer) is not answer:
                raise DataError(
                    f"label contradicts {origin[key]}, which asks the same of {key[0]}",
                    file=rows.source.name,
                    row=row,
                    hint="A label belongs to the pair of image and object, in whatever split it is asked.",
                )
            origin.setdefault(key, place)
            ids.add(question.id)
            questions.append(question)
    return Labelled(tuple(questions), LabelSet(name, MappingProxyType(answers), splits=splits, sources=tuple(sources)))


def _questions(rows: Rows, split: str) -> list[tuple[Question, Answer, int]]:
    questions = []
    for record, number in zip(rows.records, rows.numbers, strict=True):
        values = {field: _text(record, field, rows, number) for field in ("question_id", "image", "text", "label")}
        answer = _LABELS.get(values["label"])
        if answer is None:
            raise DataError(f"label is {values['label']!r}, expected 'yes' or 'no'", file=rows.source.name, row=number)
        claim = claim_asked(values["text"])
        if claim is None:
            raise DataError(
                f"text is {values['text']!r}, expected 'Is there a … in the image?'",
                file=rows.source.name,
                row=number,
            )
        image = ImageRef(values["image"])
        question = Question(f"{split}/{values['question_id']}", values["text"], (image,), split, (claim,))
        questions.append((question, answer, number))
    return questions


def _text(record: Mapping[str, Any], field: str, rows: Rows, number: int) -> str:
    value = record.get(field)
    if field == "question_id" and type(value) is int:
        return str(value)
    if not isinstance(value, str) or not value:
        found = f"{field} is {value!r}" if field in record else f"there is no {field}"
        hint = f"A POPE row has question_id, image, text and label; this one has {', '.join(record)}."
        raise DataError(found, file=rows.source.name, row=number, hint=hint)
    return value


_POPE = "https://raw.githubusercontent.com/AoiDragon/POPE/08d957b917e5a378a2f99d35b6293c536a66298b/output/"
_REPOPE = "https://raw.githubusercontent.com/YanNeu/RePOPE/bcf22e5690d587cce34e1728af3efdcfaf747d29/annotations/"

_PUBLIC = {
    "pope": (
        (_POPE + "coco/coco_pope_random.json", "ac25245170b975a5bdf9080b23fd431dfe6be458bc038259c1f4f09a6bef7994"),
        (_POPE + "coco/coco_pope_popular.json", "72c1a8ad45d0c13514f5f22598261df41d3b533854d29682e924db50ed8aa753"),
        (_POPE + "coco/coco_pope_adversarial.json", "420b3407db1fa9f1187a805dca41cb7b97fd91504e6c2179706188c107fb8ef8"),
    ),
    "repope": (
        (_REPOPE + "coco_repope_random.json", "f464fcaf60b24ce2f280cf33f122e000dbdd35c8e88f77c4141c9c2cba864611"),
        (_REPOPE + "coco_repope_popular.json", "57832b055bae5fd6176278a4f104c98ddd84811f7d26dfcb93d481f6c9da09a5"),
        (_REPOPE + "coco_repope_adversarial.json", "8c346dbb060bf422ff92e769fa68e5ab3e8a777cb28a26e973387441e05c9ccf"),
    ),
    "pope-aokvqa": (
        (
            _POPE + "seem/aokvqa/aokvqa_pope_seem_random.json",
            "f06eecde6d6ef4a00b95a7bbb510490708a09a6a67d952b59b8bdd33ac2c7200",
        ),
        (
            _POPE + "seem/aokvqa/aokvqa_pope_seem_popular.json",
            "2ae5bedee3450cda52f9b033942c7b04a3917a86a110e859a66c1e41934c6ffd",
        ),
        (
            _POPE + "seem/aokvqa/aokvqa_pope_seem_adversarial.json",
            "2ddd3bdfa0df7a77a2cb1765ed06ac5ed190b5a093aa405b96986e862e8cdac1",
        ),
    ),
    "pope-gqa": (
        (
            _POPE + "seem/gqa/gqa_pope_seem_random.json",
            "6ce488eade3770185034939fabfe742fa32ed369011c8d9c3ac77bc0c85abd94",
        ),
        (
            _POPE + "seem/gqa/gqa_pope_seem_popular.json",
            "dd03f06a458dd216e83233160fbf6628af9c63c84b11e99599f4fc0304b3361d",
        ),
        (
            _POPE + "seem/gqa/gqa_pope_seem_adversarial.json",
            "74e01b41d8308e2392e3b8d961167496ff3901c01100265d931a7a392f138a7a",
        ),
    ),
}

BENCHMARK = Benchmark(
    name="pope",
    title="Is this object in the image? Yes/no questions, with negatives that get harder by split.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    claim_asked=claim_asked,
    public=MappingProxyType(
        {
            name: tuple(PublicFile(url.rsplit("/", 1)[1], url, sha256) for url, sha256 in files)
            for name, files in _PUBLIC.items()
        }
    ),
    official_reader="pope",
    images=PublicImages(
        coco_addresses, note=f"{COCO_NOTE}; GQA's: https://downloads.cs.stanford.edu/nlp/data/gqa/images.zip (20 GB)"
    ),
    wordings=WORDINGS,
)
