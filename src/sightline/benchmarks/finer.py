"""FINER: is one wrong detail noticed among right ones?

Asks: whether several objects, attributes or relations of an image can be seen, all of them true or one of them false,
    and what stands where in relation to an object with a true or a false attribute; five options each, in pairs of a
    true and a false question, of which both must be answered right.
Source: https://github.com/ExplainableML/finer (arXiv 2603.17662); FINER-CompreCap and FINER-DOCCI as published, and
    what ``sightline build finer`` makes of scene graphs and long captions.
Licence: the repository states none for its questions. None of them is part of sightline.
Reads: JSON lines as `sightline.queries.fine_question` has them, or files with FINER's published columns (image,
    image_filename, qtype, question, choice1 to choice5, gt_index; CSV, JSON lines or parquet).
Beware: published figures take the first character from a to e of a reply for its letter, so that "The answer is B" is
    read as E; that reader is offered as ``--reader finer``. A false question is false only if its negative really does
    not hold in the image, which nobody knows for all of them. Guessing gets 4 % of pairs.
Size: as many as you build; the published files have their own.
Metric: paired accuracy, by setting.
Official: yes: the reader finer.
Needs: images with scene graphs or long captions, or the published files.
"""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.finer_published import is_published, read_published
from sightline.benchmarks.paired import LEAST_RATES, counter, labelled, shower
from sightline.core import Benchmark, Labelled, PublicImages, Rate, Reading, Scoring, SourceFile
from sightline.errors import DataError
from sightline.queries.fine_question import SETTINGS, FineQuestion, read_question
from sightline.readers.choice import CHOICE_READERS, choice_reader
from sightline.records.json_rows import read_rows

__all__ = ["BENCHMARK", "WORDINGS", "read_files", "read_labels"]

WORDINGS = MappingProxyType(
    {
        "letters": "{question}\n{options}\nAnswer with the option's letter from the given choices directly.",
        "bare": "{question}",
        "listed": "{question}\n{options}",
    }
)
"""Letters after a line that asks for one; the question alone, for options that are chosen by their likelihood; and
options without that line."""


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, or a row does not say what it should.
    """
    questions, rows, sources = read_files(path, name, SETTINGS)
    return labelled(name, questions, sources, rows)


def read_files(
    path: Path, name: str, settings: tuple[str, ...]
) -> tuple[list[FineQuestion], list[int], list[SourceFile]]:
    """Read the questions of these settings, with the row of each, and the files.

    Raises:
        DataError: a file is broken, or there are no such questions.
    """
    questions: list[FineQuestion] = []
    numbers: list[int] = []
    sources: list[SourceFile] = []
    for file in _files(path, name):
        if is_published(file):
            own, rows, source = read_published(file)
        else:
            found = read_rows(file)
            own = [
                read_question(record, found.source.name, number)
                for record, number in zip(found.records, found.numbers, strict=True)
            ]
            rows, source = found.numbers, found.source
        kept = [(question, row) for question, row in zip(own, rows, strict=True) if question.setting in settings]
        if kept:
            questions += [question for question, _ in kept]
            numbers += [row for _, row in kept]
            sources.append(source)
        elif not path.is_dir():
            other = own[0].setting if own else "nothing"
            raise DataError(f"the settings are {other!r}, expected {', '.join(settings)}", file=file)
    if not questions:
        raise DataError(f"label set {name!r}: no file has questions of {', '.join(settings)}", file=path)
    return questions, numbers, sources


_NO_QUESTIONS = frozenset(("elements.jsonl", "graphs.jsonl", "left_out.jsonl", "verified.jsonl"))
"""Files of a build that hold something else."""


def _files(path: Path, name: str) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".csv", ".tsv", ".parquet"))
    files = [file for file in files if file.name not in _NO_QUESTIONS]
    if not files:
        hint = "sightline build finer writes one; FINER's own are CSV or parquet."
        raise DataError(f"label set {name!r}: the folder holds no questions", file=path, hint=hint)
    return files


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    return choice_reader(reader or next(iter(CHOICE_READERS))).read(text, options)


BENCHMARK = Benchmark(
    name="finer",
    title="Can you see all of this? One of several details may be wrong.",
    splits=SETTINGS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({}),
    images=PublicImages(
        note="hf download xiaorui638/finer-comprecap-mcq --repo-type dataset --local-dir FOLDER; its files hold the "
        "images: sightline data images FILE --out FOLDER. FINER-DOCCI needs DOCCI's images"
    ),
    official_reader="finer",
    wordings=WORDINGS,
    scoring=Scoring(
        counter(_read, other="finer"),
        (*LEAST_RATES, Rate("readers_disagree", "disagree", "replies")),
        tuple(str(reader) for reader in CHOICE_READERS.values()),
        "paired_accuracy: pairs of which the true and the false question are both answered right; random_floor is what "
        "guessing gets. denied: replies that choose an option that says no; half of what is asked is false. "
        "readers_disagree: replies that FINER's own letter reader reads otherwise.",
        shower(_read),
    ),
    reply_tokens=16,
)
