"""The report of an evaluation: what was scored, how well, what the label sets and readers change, and every reply."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.evaluation.codes import Codes, encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import record
from sightline.evaluation.replies import reply_table
from sightline.evaluation.report_comparisons import comparisons
from sightline.evaluation.score import score_table, unreadable_rule
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader
from sightline.report.page import write
from sightline.report.sections import Column, Facts, Replies, Report, Section, Show, Table
from sightline.report.thumbnails import THUMBNAIL_PX, Thumbnails, thumbnails
from sightline.stats.intervals import DRAWS

__all__ = ["FILE_COLUMNS", "ReportSummary", "files_of", "write_report"]


class ReportSummary(NamedTuple):
    """What was written.

    Args:
        path: the page.
        size_bytes: its size.
        replies: how many replies it shows.
        missing: how many questions have no reply, over all models.
        images: how many images it shows, each held once.
        images_absent: names of the images that the folder does not hold.
    """

    path: Path
    size_bytes: int
    replies: int
    missing: int
    images: int
    images_absent: tuple[str, ...]


def write_report(
    evaluation: Evaluation,
    out: Path,
    reader: str = "strict",
    images: Path | None = None,
    thumbnail_px: int = THUMBNAIL_PX,
    draws: int = DRAWS,
    seed: int = 0,
    title: str | None = None,
) -> ReportSummary:
    """Write the report of an evaluation as one page that needs nothing else.

    Args:
        evaluation: what to report.
        out: the file to write.
        reader: name of the reader that scores and comparisons rest on; the replies can be filtered by any.
        images: the folder of the images, where the page is to show them.
        thumbnail_px: the longer side of the images in the page.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        title: the heading of the page.

    Raises:
        RequestError: the reader is unknown, or draws, seed or size are impossible.
        DataError: the folder holds none of the images, an image is broken, or the page cannot be written.
    """
    facts = record(evaluation, {"reader": str(yes_no_reader(reader)), "draws": draws, "seed": seed})
    names = dict.fromkeys(question.images[0].name for question in evaluation.questions)
    pictures = None if images is None else thumbnails(images, names, thumbnail_px)
    missing = sum(sum(evaluation.missing(model).values()) for model in evaluation.models)
    report = Report(
        title or f"{_counted(evaluation.models, 'model')} on {evaluation.benchmark.name}",
        evaluation.benchmark.title,
        (
            _summary(evaluation, reader, facts),
            _scores(evaluation, score_table(evaluation, [reader], draws, seed), draws),
            *comparisons(evaluation, reader, draws, seed),
            _readers(evaluation, reader, draws, seed),
            _replies(evaluation, reader, missing, pictures),
        ),
        f"Made by sightline {facts['sightline']}.",
    )
    size = write(report, out)
    replies = len(evaluation.questions) * len(evaluation.models) - missing
    shown, absent = (len(pictures.found), pictures.absent) if pictures else (0, ())
    return ReportSummary(out, size, replies, missing, shown, absent)


def _counted(names: tuple[str, ...], noun: str) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} {noun}s"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _summary(evaluation: Evaluation, reader: str, facts: dict[str, Any]) -> Section:
    codes = encode(evaluation)
    readings = read_all(codes, yes_no_reader(reader))
    differ = _readers_disagree(codes)
    models = [
        {
            "model": model,
            "replies": int((codes.replies[m] >= 0).sum()),
            "missing": int((codes.replies[m] < 0).sum()),
            "unreadable": int((readings[m] == -1).sum()),
            "readers_disagree": int(differ[m].sum()),
            "unknown_rows": sum(join.unknown for join in evaluation.joins[model]),
            "joined_by": "; ".join(dict.fromkeys(join.by for join in evaluation.joins[model])),
        }
        for m, model in enumerate(evaluation.models)
    ]
    labels = [
        {"labels": name, "yes": int((of == 1).sum()), "no": int((of == 0).sum()), "neither": int((of == -1).sum())}
        for name, of in zip(facts["label_sets"], codes.labels, strict=True)
    ]
    settings = facts["settings"]
    columns = (*_MODEL_COLUMNS, _UNKNOWN_ROWS) if any(row["unknown_rows"] for row in models) else _MODEL_COLUMNS
    return Section(
        "Summary",
        parts=(
            Facts(
                (
                    ("Benchmark", f"{facts['benchmark']}, version {facts['benchmark_version']}"),
                    ("Questions", f"{facts['questions']:,}, of which {facts['distinct_questions']:,} distinct"),
                    ("Images", f"{codes.n_images:,}"),
                    ("Splits", _listed(evaluation.splits)),
                    ("Reader", settings["reader"]),
                    ("Intervals", f"95 %, {settings['draws']:,} draws of whole images, seed {settings['seed']}"),
                )
            ),
            Table("models", "Models", pa.Table.from_pylist(models), columns),
            Table("label_sets", "Label sets", pa.Table.from_pylist(labels), _LABEL_COLUMNS),
            Table("files", "Files read, with their hashes", files_of(facts), FILE_COLUMNS, groups="of", folded=True),
        ),
    )


_MODEL_COLUMNS = (
    Column("model", "Model"),
    Column("replies", "Replies", Show.COUNT),
    Column("missing", "Missing", Show.COUNT, note="questions without a reply"),
    Column("unreadable", "Unreadable", Show.COUNT, note="replies that the reader could not read"),
    Column("readers_disagree", "Readers disagree", Show.COUNT, note="replies that the readers do not all read alike"),
    Column("joined_by", "Joined by", note="how its replies were put to questions"),
)
_UNKNOWN_ROWS = Column("unknown_rows", "Rows left out", Show.COUNT, note="rows of its files that belong to no question")
_LABEL_COLUMNS = (
    Column("labels", "Labels"),
    Column("yes", "Yes", Show.COUNT),
    Column("no", "No", Show.COUNT),
    Column("neither", "Ambiguous or none", Show.COUNT, note="not scored"),
)
FILE_COLUMNS = (
    Column("name", "File", Show.CODE),
    Column("rows", "Rows", Show.COUNT),
    Column("sha256", "SHA-256", Show.CODE),
)


def files_of(facts: dict[str, Any]) -> pa.Table:
    """The files that a record names, with their hashes."""
    of_labels = [{"of": f"labels: {name}", **file} for name, files in facts["label_sets"].items() for file in files]
    of_models = [{"of": name, **file} for name, found in facts["models"].items() for file in found["files"]]
    return pa.Table.from_pylist(
        [{key: row[key] for key in ("of", "name", "rows", "sha256")} for row in of_labels + of_models]
    )


_RATES = (
    ("accuracy", "Accuracy", "share of replies that are right"),
    ("balanced_accuracy", "Balanced accuracy", "mean of recall and TNR"),
    ("precision", "Precision", "share of yes replies that are right"),
    ("recall", "Recall (TPR)", "share of the questions labelled yes that are answered yes"),
    ("tnr", "TNR", "share of the questions labelled no that are answered no"),
    ("f1", "F1", "harmonic mean of precision and recall"),
    ("yes_ratio", "Yes ratio", "share of replies that say yes"),
    ("unreadable", "Unreadable", "share of replies that could not be read"),
)


def _rate(name: str, title: str, note: str = "") -> Column:
    return Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"), note=note)


def _scores(evaluation: Evaluation, scores: pa.Table, draws: int) -> Section:
    rows = scores.to_pylist()
    prose = [
        f"In percent, with the 95 % interval of {draws:,} draws of whole images beneath. Read by {rows[0]['reader']}; "
        f"unreadable replies count as: {rows[0]['unreadable_counts_as']}."
    ]
    if len(evaluation.splits) > 1:
        prose.append(
            "The mean is the unweighted mean of the splits; its interval keeps the images they share together."
        )
    labels = tuple(label_set.name for label_set in evaluation.label_sets)
    shares = {
        name: (of == 1).sum() / max((of >= 0).sum(), 1)
        for name, of in zip(labels, encode(evaluation).labels, strict=True)
    }
    if max(shares.values()) - min(shares.values()) > _SAME_BALANCE:
        told = _listed(tuple(f"{100 * share:.1f} % under {name}" for name, share in shares.items()))
        prose.append(
            f"Of the scored questions, yes is the label of {told}: "
            "compare accuracy, precision, F1 and yes ratio within a label set, not across."
        )
    return Section("Scores", tuple(prose), tuple(_score_tables(scores, labels)))


_SAME_BALANCE = 0.005
"""Difference of the shares of yes labels beyond which rates that depend on it are said not to compare."""


def _score_tables(scores: pa.Table, labels: tuple[str, ...]) -> Iterator[Table]:
    for name in labels:
        own = scores.filter(pc.equal(scores["labels"], name))
        splits = list(dict.fromkeys(own["split"].to_pylist()))
        own = own.take(np.argsort([splits.index(split) for split in own["split"].to_pylist()], kind="stable"))
        counts = [Column("n", "Scored", Show.COUNT, note="questions that have a yes or no label and a reply")]
        if any(own["not_scored"].to_pylist()):
            counts.append(Column("not_scored", "Not scored", Show.COUNT, note="ambiguous, or without a label"))
        if any(own["missing"].to_pylist()):
            counts.append(Column("missing", "Missing", Show.COUNT, note="questions without a reply"))
        columns = (Column("model", "Model"), *(_rate(*rate) for rate in _RATES), *counts)
        yield Table(f"scores_{name}", f"Under {name}", own, columns, groups="split")


def _readers(evaluation: Evaluation, reader: str, draws: int, seed: int) -> Section:
    codes = encode(evaluation)
    differ = _readers_disagree(codes)
    scores = score_table(evaluation, tuple(YES_NO_READERS), draws, seed).to_pylist()
    whole = scores[-1]["split"]
    rows = [
        row
        for m in range(len(evaluation.models))
        for row in _reader_rows(
            evaluation, codes, m, reader, bool(differ[m].any()), [row for row in scores if row["split"] == whole]
        )
    ]
    columns = (
        Column("reader", "Reader"),
        *(Column(word, word.capitalize(), Show.COUNT) for word in ("yes", "no", "unreadable")),
        Column("other", f"Unlike {reader}", Show.COUNT, note=f"replies it reads otherwise than {reader} does"),
        *(_rate(f"f1_{label_set.name}", f"F1, {label_set.name}") for label_set in evaluation.label_sets),
        Column("unreadable_counts_as", "Unreadable counts as"),
    )
    apart, total = int(differ.sum()), int((codes.replies >= 0).sum())
    found = f"disagree on {apart:,} of {total:,} replies" if apart else f"read all {total:,} replies alike"
    prose = f"The {len(YES_NO_READERS)} readers of the field {found}."
    of = f" ({whole})" if len(evaluation.splits) > 1 else ""
    caption = f"What each reader makes of the replies, and F1{of} by its rules"
    table = Table("readers", caption, pa.Table.from_pylist(rows), columns, groups="model", folded=apart == 0)
    return Section("Readers", (prose,), (table,))


def _reader_rows(
    evaluation: Evaluation, codes: Codes, m: int, reader: str, differ: bool, scores: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One row for every reader of a model's replies, or one for all where all read and score them alike."""
    chosen = read_all(codes, yes_no_reader(reader))[m]
    alike = not differ and not (chosen == -1).any()
    for name in (reader,) if alike else YES_NO_READERS:
        used = yes_no_reader(name)
        readings = read_all(codes, used)[m]
        row: dict[str, Any] = {"model": evaluation.models[m], "reader": "all alike" if alike else name}
        row |= {word: int((readings == code).sum()) for word, code in (("yes", 1), ("no", 0), ("unreadable", -1))}
        row["other"] = int((readings != chosen).sum())
        row["unreadable_counts_as"] = None if alike else unreadable_rule(used).value
        for own in scores:
            if (own["model"], own["reader"]) == (evaluation.models[m], str(used)):
                row |= {f"f1_{own['labels']}{end}": own[f"f1{end}"] for end in ("", "_low", "_high")}
        yield row


def _readers_disagree(codes: Codes) -> NDArray[np.bool_]:
    """Where the readers do not all read the same: (models, questions), False where there is no reply."""
    readings = np.stack([read_all(codes, reader) for reader in YES_NO_READERS.values()])
    return np.asarray((readings != readings[:1]).any(axis=0))


def _replies(evaluation: Evaluation, reader: str, missing: int, pictures: Thumbnails | None) -> Section:
    table = reply_table(evaluation)
    prose = [
        f"Every reply, with what the {len(YES_NO_READERS)} readers make of it and what each label set says. "
        "Positive means yes."
    ]
    if missing:
        prose.append(f"{missing:,} of {table.num_rows:,} questions have no reply; they are listed under “No reply”.")
    if pictures is not None and pictures.absent:
        whole = len(pictures.found) + len(pictures.absent)
        prose.append(
            f"{len(pictures.absent):,} of {whole:,} images are not in the folder that was given, "
            f"among them {pictures.absent[0]}."
        )
    images = None if pictures is None else pictures.found
    return Section("Replies", tuple(prose), (Replies(table, reader, evaluation.label_sets[0].name, images),))
