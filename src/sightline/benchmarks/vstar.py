"""V* Bench: are small details found in large images?

Asks: of what material or colour a small thing is, or where one thing lies from another, with two to four options;
    images are large, and what is asked about is a small part of them.
Source: https://github.com/penghao-wu/vstar (arXiv 2312.14135); the data set craigwu/vstar_bench of the hub.
Licence: code MIT; the data set states none, and its images are from SA-1B. None of it is part of sightline.
Reads: the folder of the data set, with ``direct_attributes`` and ``relative_position``: for each image a JSON of its
    name with question and options, of which the first is right; a field image may name
    another image. Other folders (OCR, GPT4V-hard) belong to no figure.
Beware: V* scores by likelihood: of every option, as the whole reply, the mean log-probability of a token, and the
    likeliest option is the answer (``--choices options-mean``); nothing is read, and no order of options matters. The
    repository counts the token that ends a reply among those of an option, sightline does not. VLMEvalKit and lmms-eval
    ask for a letter, which is another task (``--wording letters``). Since the first option is always right in the
    files, options are put in an order that depends on them and the image's name alone.
Size: 191 questions about as many images: 115 attributes, 76 positions.
Metric: accuracy, by kind and over both.
Official: yes: --choices options-mean, but for the token that ends a reply.
Needs: the data set, images and JSON files side by side.
"""

import hashlib
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.lettered import Lettered, counter, labelled, marker, shower
from sightline.benchmarks.question_rows import QuestionRow
from sightline.core import (
    Benchmark,
    ImageRef,
    Labelled,
    PublicImages,
    Question,
    Rate,
    Reading,
    Scoring,
    SourceFile,
)
from sightline.errors import DataError
from sightline.readers.choice import choice_reader, normalised
from sightline.records.json_rows import read_rows

__all__ = ["BENCHMARK", "SPLITS", "WORDINGS", "order_of", "read_labels"]

SPLITS = ("direct_attributes", "relative_position")
"""The folders."""

WORDINGS = MappingProxyType(
    {
        "bare": "{question}",
        "letters": "{question}\n{options}\nAnswer with the option's letter from the given choices directly.",
        "listed": "{question}\n{options}",
    }
)
"""The question alone, for options that are chosen by their likelihood; letters, as other toolkits ask for them."""

_LIKELY_SUFFIX = ".jpg"
"""What images are called where only the JSON files are at hand."""


def order_of(id_: str, options: Sequence[str]) -> tuple[str, ...]:
    """Put options in an order that nothing but the question's id and the options themselves decides.

    Example:
        >>> order_of("direct_attributes/sa_1", ("red", "blue", "white"))
        ('blue', 'red', 'white')
    """
    return tuple(sorted(options, key=lambda option: hashlib.sha256(f"{id_}\n{option}".encode()).digest()))


def read_labels(path: Path, name: str) -> Labelled:
    """Read the folder of the data set, or one of its two.

    Raises:
        DataError: there is no such folder, a file is broken, or it does not say what it should.
    """
    folders = [path / split for split in SPLITS if (path / split).is_dir()]
    if path.name in SPLITS and path.is_dir():
        folders = [path]
    held = []
    sources: list[SourceFile] = []
    for folder in folders:
        for file in sorted(folder.glob("*.json")):
            rows = read_rows(file)
            if len(rows.records) != 1:
                raise DataError(f"the file holds {len(rows.records)} records, expected one", file=file)
            sources.append(rows.source)
            held.append((*_question(QuestionRow(rows.records[0], str(file), 1), file), 1))
    if not held:
        hint = f"Expected {' or '.join(SPLITS)} with a JSON file for each image."
        raise DataError(f"label set {name!r}: the folder holds no questions", file=path, hint=hint)
    return labelled(name, held, sources)


def _question(row: QuestionRow, file: Path) -> tuple[Question, Lettered]:
    text, options = row.text("question"), row.texts("options")
    if len(options) < 2:
        raise DataError(f"options is {list(options)}, expected two texts or more, the right one first", file=file)
    if len({normalised(option) for option in options}) < len(options):
        raise DataError(f"two options say the same: {', '.join(options)}", file=file)
    split = file.parent.name
    id_ = f"{split}/{file.stem}"
    choices = order_of(id_, options)
    image = row.maybe("image") or f"{split}/{_image_beside(file)}"
    question = Question(id_, text, (ImageRef(image),), split, (), choices)
    return question, Lettered(choices, choices.index(options[0]), id_, image)


def _image_beside(file: Path) -> str:
    """The name of the image of a JSON file: what lies beside it under the same name."""
    beside = sorted(other.name for other in file.parent.glob(f"{escape(file.stem)}.*") if other.suffix != ".json")
    if len(beside) > 1:
        raise DataError(f"{beside[0]} and {beside[1]} may both be its image", file=file)
    return beside[0] if beside else file.stem + _LIKELY_SUFFIX


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    return choice_reader("choice").read(text, options)


BENCHMARK = Benchmark(
    name="vstar",
    title="What is this small thing like, and where is it? Options chosen by their likelihood, or by letter.",
    splits=SPLITS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({}),
    images=PublicImages(
        note="hf download craigwu/vstar_bench --repo-type dataset --revision d9ae62c903da0c98336e85c5ee89cd863b04b4da "
        "--local-dir FOLDER brings questions and images; then --labels vstar=FOLDER --images FOLDER"
    ),
    published=MappingProxyType({"vstar": 191}),
    official_reader="choice",
    wordings=WORDINGS,
    scoring=Scoring(
        counter(marker(_read), 1),
        (
            Rate("accuracy", "right", "replies", "higher"),
            Rate("unreadable", "unreadable", "replies", "lower"),
            Rate("random_floor", "floor", "groups"),
        ),
        (str(choice_reader("choice")),),
        "V*'s own figures choose the option whose tokens are likeliest on average (--choices options-mean); replies "
        "with a letter (--wording letters) are another task. random_floor: what guessing gets.",
        shower(_read),
        MappingProxyType({"overall": SPLITS}),
    ),
    reply_tokens=16,
)
