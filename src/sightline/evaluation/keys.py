"""The label sets asked for, and the questions they are about."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sightline.core import Benchmark, LabelSet, Question
from sightline.errors import DataError, RequestError, unknown_name
from sightline.records.label_sets import read_label_set
from sightline.records.public_files import cached

__all__ = ["AnswerKeys", "check_splits", "is_covered", "read_answer_keys"]


class AnswerKeys(NamedTuple):
    """Label sets over one inventory of questions.

    Args:
        questions: every question that any of the benchmark-native sets lists, in their order.
        label_sets: the label sets, in the order asked for.
    """

    questions: tuple[Question, ...]
    label_sets: tuple[LabelSet, ...]


def read_answer_keys(benchmark: Benchmark, labels: Iterable[str | LabelSet]) -> AnswerKeys:
    """Read label sets.

    Args:
        benchmark: what they are keys of.
        labels: for each the name of a public one, or ``NAME=PATH`` with a folder of benchmark files or a file. A file
            is a label set in sightline's own format, or for a benchmark that is not yes or no, in the benchmark's. A
            label set that is there already is taken as it is.

    Raises:
        RequestError: a name is unknown or given twice, or there is nothing that lists the questions.
        DataError: files are broken, or of versions that do not fit together.
    """
    label_sets: list[LabelSet] = []
    inventory: dict[str, Question] = {}
    listed: dict[str, set[str]] = {}
    for label in labels:
        if isinstance(label, LabelSet):
            _check_name(label.name, label_sets)
            label_sets.append(label)
            continue
        name, path = _locate(benchmark, label)
        _check_name(name, label_sets)
        if path.is_file() and benchmark.scoring is None:
            label_sets.append(read_label_set(path, name))
            continue
        questions, label_set = benchmark.read_labels(path, name)
        listed[name] = {question.id for question in questions}
        for question in questions:
            _same_question(inventory.setdefault(question.id, question), question, label_set)
        label_sets.append(label_set)
    if not inventory:
        raise RequestError(
            f"None of the label sets lists the questions of {benchmark.name}; name one in its own format as well, "
            f"for example --labels {benchmark.name},{','.join(s.name for s in label_sets)}"
        )
    questions = tuple(inventory.values())
    for label_set in label_sets:
        if label_set.name in listed and benchmark.scoring is None:
            _complete(label_set, questions, listed[label_set.name])
    return AnswerKeys(questions, tuple(label_sets))


def check_splits(benchmark: Benchmark, splits: Iterable[str], questions: Iterable[Question]) -> None:
    """Refuse splits that the benchmark does not have and no question is in.

    Raises:
        RequestError: a name is unknown.
    """
    present = dict.fromkeys(question.split for question in questions)
    for split in splits:
        if split not in benchmark.splits and split not in present:
            raise unknown_name(f"split of {benchmark.name}", split, present)


def is_covered(labels: LabelSet, question: Question) -> bool:
    """Whether a label set says what a question that is not yes or no is held against.

    A label set without references holds questions against verdicts on their claims, and its benchmark looks those up.
    """
    in_split = not labels.splits or question.split in labels.splits
    return in_split and (not labels.references or question.id in labels.references)


def _check_name(name: str, known: Iterable[LabelSet]) -> None:
    if name in (label_set.name for label_set in known):
        raise RequestError(f"Two label sets are called {name!r}; give one of them another name: NAME=PATH.")


def _locate(benchmark: Benchmark, label: str) -> tuple[str, Path]:
    name, given, path = label.partition("=")
    if given:
        if not Path(path).exists():
            raise DataError(f"label set {name!r}: there is no such file or folder", file=path)
        return name, Path(path)
    if name not in benchmark.public:
        if Path(name).exists():
            raise RequestError(f"--labels {name}: a path needs a name for its labels: NAME={name}")
        if not benchmark.public:
            raise RequestError(f"{benchmark.name} has no public label set. Name your own file: --labels NAME=PATH")
        raise unknown_name("public label set", name, benchmark.public)
    folder = cached(name, benchmark.public[name])
    if folder is None:
        raise RequestError(
            f"The label set {name!r} is not in the cache yet. Fetch it with: sightline data get {name}\n"
            f"or name a folder that holds it: --labels {name}=FOLDER"
        )
    return name, folder


def _same_question(known: Question, question: Question, labels: LabelSet) -> None:
    if known.key != question.key:
        raise DataError(
            f"label set {labels.name!r} asks {question.text!r} about {_images(question)} as {question.id}, "
            f"where the set before it asks {known.text!r} about {_images(known)}",
            file=next((source.name for source in labels.sources if question.split in source.name), None),
            hint="These files are of different versions of the benchmark.",
        )


def _images(question: Question) -> str:
    return ", ".join(image.name for image in question.images) or "no image"


def _complete(labels: LabelSet, questions: Iterable[Question], listed: set[str]) -> None:
    """Refuse a file that lists a pair in one split and leaves it out in another: it was cut off, or edited by hand."""
    for question in questions:
        key = (question.images[0].name, question.claims[0])
        if question.split in labels.splits and question.id not in listed and key in labels.answers:
            raise DataError(
                f"label set {labels.name!r} has no row {question.id} ({question.text!r}, {question.images[0].name}), "
                "although it labels the same pair in another split",
                file=next((source.name for source in labels.sources if question.split in source.name), None),
                hint="The file is incomplete: a pair is left out of every split or of none.",
            )
