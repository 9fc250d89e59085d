"""Replies of run folders, put to the questions of label sets by their ids."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Reply
from sightline.errors import DataError, MissingError
from sightline.evaluation.inventory import Inventory
from sightline.evaluation.join import Join
from sightline.evaluation.open_questions import OpenQuestions
from sightline.records.run_folder import RecordedRun, read_run
from sightline.records.run_replies import LOG_PROB

__all__ = ["RunReplies", "read_runs"]


class RunReplies(NamedTuple):
    """What one model of a run said; every sample of a run that has several stands for a model of its own.

    Args:
        model: the model.
        join: how its replies were put to questions.
        replies: question id → reply.
    """

    model: str
    join: Join
    replies: dict[str, Reply]


def read_runs(
    path: str | Path, inventory: Inventory | OpenQuestions, name: str | None, allow_missing: bool
) -> Iterator[RunReplies]:
    """Read a run folder as the replies of its model.

    Args:
        path: the folder.
        inventory: the questions there are.
        name: what to call the model; None: what the run calls it.
        allow_missing: take what is done of an unfinished run, and leave out replies to unknown questions.

    Raises:
        MissingError: the run is not complete, or answers questions that no label set lists.
        DataError: it is a run of another benchmark or version, or a file is broken.
    """
    run = read_run(path, allow_missing)
    if run.about["benchmark"] != inventory.benchmark.name:
        raise DataError(f"this is a run of {run.about['benchmark']}, not of {inventory.benchmark.name}", file=path)
    rows = run.replies.to_pylist()
    model = name or str(run.about["model"]["name"])
    samples = sorted({row["sample"] for row in rows})
    for sample in samples or [0]:
        own = [row for row in rows if row["sample"] == sample]
        yield _one(model if len(samples) < 2 else f"{model} #{sample + 1}", own, run, inventory, allow_missing)


def _one(
    model: str,
    rows: list[dict[str, Any]],
    run: RecordedRun,
    inventory: Inventory | OpenQuestions,
    allow_missing: bool,
) -> RunReplies:
    known = {question.id: place for place, question in enumerate(inventory.questions)}
    unknown = [row for row in rows if row["question_id"] not in known]
    if unknown and not allow_missing:
        raise MissingError(
            f"{unknown[0]['question_id']} ({unknown[0]['question']!r}, {unknown[0]['image']}) is no question of these "
            f"label sets; {len(unknown)} of {len(rows)} replies are to such",
            file=run.source.name,
            hint=f"If a label set leaves questions out, name the one it corrects as well (--labels "
            f"{inventory.benchmark.name},…); or leave such replies out with --allow-missing.",
        )
    replies: dict[str, Reply] = {}
    for row in rows:
        place = known.get(row["question_id"])
        if place is not None:
            _same_question(row, inventory, place, run.source.name)
            told = {name: value for name, value in row.items() if name.startswith(LOG_PROB) and value is not None}
            log_probs = tuple((name.removeprefix(LOG_PROB), value) for name, value in told.items())
            source = f"{run.source.name}:{row['question_id']}"
            replies[row["question_id"]] = Reply(row["question_id"], model, row["reply"], source, log_probs)
    positions = tuple((known[row["question_id"]],) if row["question_id"] in known else () for row in rows)
    return RunReplies(model, Join(run.source, len(rows), positions, "question id of the run", len(unknown)), replies)


def _same_question(row: dict[str, Any], inventory: Inventory | OpenQuestions, place: int, file: str) -> None:
    question = inventory.questions[place]
    image = question.images[0].name if question.images else ""
    if row["image"] != image or not inventory.asks(question, row["question"]):
        raise DataError(
            f"{question.id} asks {row['question']!r} about {row['image']} in this run, and {question.text!r} about "
            f"{image} in the label sets",
            file=file,
            hint="The run was made with other files of the benchmark; name those: --labels NAME=FOLDER.",
        )
