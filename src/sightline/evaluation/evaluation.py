"""Everything a score needs, joined: questions, label sets, and every model's reply to every question."""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sightline.benchmarks import benchmark as find_benchmark
from sightline.core import Benchmark, LabelSet, Question, RecordedReplies, Reply
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.inventory import Inventory, QuestionFile, read_question_file
from sightline.evaluation.join import Join, join_replies
from sightline.evaluation.judgements import Voice, with_judgements
from sightline.evaluation.keys import check_splits, is_covered, read_answer_keys
from sightline.evaluation.open_questions import OpenQuestions, join_open
from sightline.evaluation.runs import read_runs
from sightline.records.recorded_replies import read_recorded_replies
from sightline.records.run_folder import is_run_folder

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """Models' replies to the questions of a benchmark, and the label sets to score them under.

    Args:
        benchmark: the benchmark.
        questions: its questions, in file order, split by split.
        label_sets: the label sets.
        replies: model → its reply to each question, in the order of the questions; None where it has none.
        joins: model → how each of its files was joined.
        judgements: who judged the replies, where that was asked for; what they say stands with each reply.
    """

    benchmark: Benchmark
    questions: tuple[Question, ...]
    label_sets: tuple[LabelSet, ...]
    replies: Mapping[str, Sequence[Reply | None]]
    joins: Mapping[str, tuple[Join, ...]]
    judgements: tuple[Voice, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order in which they were named."""
        return tuple(self.replies)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have questions, in the benchmark's order; those it does not know come last."""
        present = dict.fromkeys(question.split for question in self.questions)
        known = [split for split in self.benchmark.splits if split in present]
        return (*known, *(split for split in present if split not in known))

    def missing(self, model: str) -> dict[str, int]:
        """How many questions of each split a model has no reply to; splits without any are left out."""
        counts: dict[str, int] = {}
        for question, reply in zip(self.questions, self.replies[model], strict=True):
            if reply is None:
                counts[question.split] = counts.get(question.split, 0) + 1
        return counts


class _Given(NamedTuple):
    """What ``[NAME[@SPLIT]=]PATH`` says."""

    name: str | None
    split: str | None
    paths: tuple[str, ...]


def evaluate(
    benchmark: str,
    replies: Iterable[str | Path],
    labels: Iterable[str | LabelSet] = (),
    questions: Iterable[str | Path] = (),
    splits: Sequence[str] = (),
    allow_missing: bool = False,
    judgements: Iterable[str | Path] = (),
) -> Evaluation:
    """Read replies and label sets and join them.

    Args:
        benchmark: its name.
        replies: run folders, or files, folders or patterns of files with replies, each as ``[NAME[@SPLIT]=]PATH``.
            Without a name, the model that the run or the rows name is meant, and where they name none, the file's own
            name.
        labels: label sets, each the name of a public one, ``NAME=PATH``, or one that was read already; the benchmark's
            own where none is named.
        questions: files of questions that the ids of replies index, each as ``[NAME=]PATH`` for the model of that name,
            or for all.
        splits: score only these.
        allow_missing: go on where replies are missing or belong to no question; they are counted in every record.
        judgements: files of what judges said of the replies, as `judge_replies` writes them.

    Raises:
        DataError: a file is broken or contradicts another.
        MissingError: replies are missing, or rows belong to no question.
        RequestError: a name is unknown.
    """
    found = find_benchmark(benchmark)
    keys = read_answer_keys(found, tuple(labels) or (found.name,))
    check_splits(found, splits, keys.questions)
    wanted = tuple(question for question in keys.questions if not splits or question.split in splits)
    if not wanted:
        raise RequestError(f"The label sets have no questions in {', '.join(splits)}, so there is nothing to score.")
    inventory = (Inventory if found.scoring is None else OpenQuestions)(found, keys.questions)
    question_files = [_question_file(found, str(given)) for given in questions]
    taken: dict[str, dict[str, Reply]] = {}
    joins: dict[str, list[Join]] = {}
    for given in (_given(str(item), found) for item in replies):
        for path in given.paths:
            read = _runs if is_run_folder(path) else _recorded
            for model, join, said in read(path, given, inventory, question_files, allow_missing):
                joins.setdefault(model, []).append(join)
                _add(taken.setdefault(model, {}), said, keys.questions)
    if not taken:
        raise RequestError("No replies were given. Name files of replies: --replies FILE …")
    replied = {model: tuple(of_model.get(question.id) for question in wanted) for model, of_model in taken.items()}
    evaluation = Evaluation(
        found, wanted, keys.label_sets, replied, {model: tuple(of_model) for model, of_model in joins.items()}
    )
    if not allow_missing:
        _require_replies(evaluation)
        _require_labels(evaluation)
    given_judgements = tuple(judgements)
    return with_judgements(evaluation, given_judgements, allow_missing) if given_judgements else evaluation


def _model_named(recorded: RecordedReplies, path: str) -> str:
    """The model that the rows name, or the name of the file where they name none."""
    names = dict.fromkeys(row.model or Path(path).stem for row in recorded.rows)
    if len(names) > 1:
        raise DataError(
            f"the rows name several models ({', '.join(names)})",
            file=path,
            hint="Put each model's replies in a file of its own, or name them as one: NAME=FILE.",
        )
    return next(iter(names))


_Read = Iterator[tuple[str, Join, Iterable[Reply]]]
"""Models, how their replies were joined, and the replies."""


def _runs(
    path: str,
    given: _Given,
    inventory: Inventory | OpenQuestions,
    _: Sequence[tuple[str | None, QuestionFile]],
    allow_missing: bool,
) -> _Read:
    """Read a run folder, which knows its questions."""
    if given.split:
        raise RequestError(f"{path} is a run, which knows its splits; leave @{given.split} out of its name.")
    for run in read_runs(path, inventory, given.name, allow_missing):
        yield run.model, run.join, run.replies.values()


def _recorded(
    path: str,
    given: _Given,
    inventory: Inventory | OpenQuestions,
    question_files: Sequence[tuple[str | None, QuestionFile]],
    allow_missing: bool,
) -> _Read:
    """Read a file of replies that others recorded, and find the question of each."""
    recorded = (inventory.benchmark.read_replies or read_recorded_replies)(path)
    model = given.name or _model_named(recorded, path)
    if isinstance(inventory, OpenQuestions):
        join = join_open(inventory, recorded, given.split, allow_missing)
    else:
        own = [file for name, file in question_files if name in (None, model)]
        join = join_replies(inventory, recorded, own, given.split, allow_missing)
    pairs = zip(recorded.rows, join.positions, strict=True)
    said = (
        Reply(inventory.questions[position].id, model, row.text, f"{path}:{row.row}")
        for row, positions in pairs
        for position in positions
    )
    yield model, join, said


def _add(taken: dict[str, Reply], replies: Iterable[Reply], questions: Sequence[Question]) -> None:
    """Put replies to their questions; a second, different one to the same question is an error."""
    asked = {question.id: question for question in questions}
    for reply in replies:
        known = taken.setdefault(reply.question_id, reply)
        if known.text != reply.text:
            question = asked[reply.question_id]
            file, _, place = reply.source.rpartition(":")
            raise DataError(
                f"{question.id} ({_asked(question)}) is answered {reply.text!r} here "
                f"and {known.text!r} in {known.source}",
                file=file,
                row=int(place) if place.isdigit() else None,
                hint="If these are two runs, give each a name: --replies first=FILE second=FILE "
                f"(both are called {reply.model!r} now).",
            )


def _given(text: str, benchmark: Benchmark) -> _Given:
    """Take ``[NAME[@SPLIT]=]PATH`` apart; a path that exists as it stands is a path."""
    name: str | None = None
    split: str | None = None
    path = text
    if "=" in text and not Path(text).exists():
        name, path = text.split("=", 1)
        if at := re.fullmatch(rf"(.*)@({'|'.join(map(re.escape, benchmark.splits))})", name):
            name, split = at[1], at[2]
        if not name:
            raise RequestError(f"--replies {text}: there is no name before the equals sign.")
    return _Given(name, split, _paths(path))


def _paths(path: str) -> tuple[str, ...]:
    if Path(path).is_dir() and not is_run_folder(path):
        files = sorted(str(file) for file in Path(path).iterdir() if file.suffix in (".json", ".jsonl"))
        files += sorted(str(inner) for inner in Path(path).iterdir() if is_run_folder(inner))
        if not files:
            raise DataError("the folder holds no .json or .jsonl files and no runs", file=path)
        return tuple(files)
    if Path(path).exists() or not glob.has_magic(path):
        return (path,)
    if files := sorted(glob.glob(path)):  # noqa: PTH207 (Path.glob takes no absolute pattern)
        return tuple(files)
    raise DataError("no file matches this pattern", file=path)


def _question_file(benchmark: Benchmark, text: str) -> tuple[str | None, QuestionFile]:
    if benchmark.scoring is not None:
        raise RequestError(
            f"--questions {text}: replies to {benchmark.name} are joined by question id or image; leave it out."
        )
    name: str | None = None
    path = text
    if "=" in text and not Path(text).exists():
        name, path = text.split("=", 1)
    return name, read_question_file(benchmark, path)


def _require_replies(evaluation: Evaluation) -> None:
    for model in evaluation.models:
        if missing := evaluation.missing(model):
            asked = {split: sum(q.split == split for q in evaluation.questions) for split in missing}
            pairs = zip(evaluation.questions, evaluation.replies[model], strict=True)
            first = next(question for question, reply in pairs if reply is None)
            counts = ", ".join(f"{n} of {asked[split]} {split} questions" for split, n in missing.items())
            raise MissingError(
                f"{model} has no reply to {counts}; the first is {first.id} ({_asked(first)})",
                file=evaluation.joins[model][0].source.name,
                hint="Add the replies, score fewer splits (--split), or go on without them: --allow-missing.",
            )


def _require_labels(evaluation: Evaluation) -> None:
    open_ = evaluation.benchmark.scoring is not None
    for label_set in evaluation.label_sets:
        for question in evaluation.questions:
            if open_:
                says = label_set.absent is not None or is_covered(label_set, question)
            else:
                covered = not label_set.splits or question.split in label_set.splits
                says = covered and label_set.answer(question.images[0].name, question.claims[0]) is not None
            if not says:
                raise MissingError(
                    f"label set {label_set.name!r} says nothing of {question.id} ({question.text!r})",
                    file=label_set.sources[0].name if label_set.sources else None,
                    hint="Score fewer splits (--split), or leave such questions out: --allow-missing.",
                )


def _asked(question: Question) -> str:
    """What is asked, and about which image."""
    return ", ".join([repr(question.text), *(image.name for image in question.images[:1])])
