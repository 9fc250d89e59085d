"""The report of a benchmark that counts what it will: what was scored, its rates, differences, and every reply."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sightline.evaluation.closer_look import closer_sections
from sightline.evaluation.compare_counted import compare_counted
from sightline.evaluation.counted import rate_table, reader_of, scoring_of
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.rate_columns import rate_column
from sightline.evaluation.record import record
from sightline.evaluation.replies_counted import counted_reply_table
from sightline.evaluation.report import FILE_COLUMNS, ReportSummary, files_of
from sightline.report.page import write
from sightline.report.sections import Column, Facts, Replies, Report, Section, Show, Table
from sightline.report.thumbnails import THUMBNAIL_PX, Thumbnails, thumbnails
from sightline.stats.intervals import DRAWS

__all__ = ["write_counted_report"]


def write_counted_report(
    evaluation: Evaluation,
    out: Path,
    reader: str | None = None,
    images: Path | None = None,
    thumbnail_px: int = THUMBNAIL_PX,
    draws: int = DRAWS,
    seed: int = 0,
    title: str | None = None,
) -> ReportSummary:
    """Write the report as one page that needs nothing else; arguments and errors are those of `write_report`."""
    names = dict.fromkeys(image.name for question in evaluation.questions for image in question.images[:1])
    pictures = None if images is None else thumbnails(images, names, thumbnail_px)
    missing = sum(sum(evaluation.missing(model).values()) for model in evaluation.models)
    scores = rate_table(evaluation, [reader] if reader else (), draws, seed)
    facts = record(evaluation, {"reader": reader_of(evaluation.benchmark, reader), "draws": draws, "seed": seed})
    several = len(evaluation.models) > 1
    report = Report(
        title or f"{len(evaluation.models)} models on {facts['benchmark']}"
        if several
        else title or f"{evaluation.models[0]} on {facts['benchmark']}",
        evaluation.benchmark.title,
        (
            Section(
                "Summary",
                parts=(
                    Facts(
                        (
                            ("Benchmark", f"{facts['benchmark']}, version {facts['benchmark_version']}"),
                            ("Questions", f"{facts['questions']:,}"),
                            ("Images", f"{len(names):,}"),
                            ("Splits", ", ".join(evaluation.splits)),
                            ("Reader", facts["settings"]["reader"]),
                            *(("Judged by", _judge(voice)) for voice in facts.get("judges", ())),
                            ("Intervals", f"95 %, {draws:,} draws of whole images or groups, seed {seed}"),
                        )
                    ),
                    Table("files", "Files read, with their hashes", files_of(facts), FILE_COLUMNS, "of", folded=True),
                ),
            ),
            _scores(evaluation, scores),
            *closer_sections(evaluation, reader, draws, seed),
            *(_differences(evaluation, reader, draws, seed) if several else ()),
            _replies(evaluation, reader, missing, pictures),
        ),
        f"Made by sightline {facts['sightline']}.",
    )
    size = write(report, out)
    replies = len(evaluation.questions) * len(evaluation.models) - missing
    shown, absent = (len(pictures.found), pictures.absent) if pictures else (0, ())
    return ReportSummary(out, size, replies, missing, shown, absent)


def _judge(voice: Mapping[str, Any]) -> str:
    """Who judged, asked how, and how much of that came to something."""
    parts = [str(voice["name"]), voice["engine"], voice["details"].get("revision", "")]
    if voice["prompt"]:
        parts.append(f"prompt {voice['prompt']} (sha256 {voice['prompt_sha256'][:12]})")
    parts.append(f"{voice['used']:,} replies")
    kinds = {"unreadable": "unreadable", "nothing": "refused or cut off", "missing": "not judged"}
    return ", ".join([*filter(None, parts), *(f"{voice[n]:,} {words}" for n, words in kinds.items() if voice[n])])


def _scores(evaluation: Evaluation, scores: pa.Table) -> Section:
    scoring = scoring_of(evaluation.benchmark)
    columns = (
        Column("model", "Model"),
        *map(rate_column, scoring.rates),
        Column("n", "Scored", Show.COUNT),
        Column("missing", "Missing", Show.COUNT, note="questions without a reply"),
    )
    tables = []
    for label_set in evaluation.label_sets:
        own = scores.filter(pc.equal(scores["labels"], label_set.name))
        order = {split: place for place, split in enumerate(dict.fromkeys(own["split"].to_pylist()))}
        own = own.take(sorted(range(own.num_rows), key=lambda row: order[own["split"][row].as_py()]))
        tables.append(Table(f"scores_{label_set.name}", f"Under {label_set.name}", own, columns, groups="split"))
    prose = ("Shares in percent, means as they are, with the 95 % interval beneath.", scoring.notes)
    return Section("Scores", tuple(filter(None, prose)), tuple(tables))


def _differences(evaluation: Evaluation, reader: str | None, draws: int, seed: int) -> Iterator[Section]:
    """The paired differences in the benchmark's first rate, where there is a question that every model answered."""
    if not any(all(reply is not None for reply in of) for of in zip(*evaluation.replies.values(), strict=True)):
        yield Section("Differences", ("There is no question that every model has a reply to, so nothing is compared.",))
        return
    rate = scoring_of(evaluation.benchmark).rates[0]
    found = compare_counted(evaluation, reader, rate.name, draws, seed).pairs
    pairs = found.append_column("pair", pc.binary_join_element_wise(found["model_a"], found["model_b"], " − "))
    show = Show.POINTS if rate.unit == "percent" else Show.NUMBER
    columns = (
        Column("pair", "Models"),
        Column("labels", "Labels"),
        Column("difference", f"Δ {rate.name.replace('_', ' ')}", show, ("low", "high"), note="first less second"),
        Column("p_holm", "p", Show.PROBABILITY, note="two-sided, from the draws; Holm's correction over the pairs"),
    )
    prose = "Every two models are compared on the questions that every model has a reply to, in the same draws."
    yield Section("Differences", (prose,), (Table("pairs", "Paired differences", pairs, columns, groups="split"),))


def _replies(evaluation: Evaluation, reader: str | None, missing: int, pictures: Thumbnails | None) -> Section:
    table = counted_reply_table(evaluation)
    prose = ["Every reply, with what the readers make of it and what it is held against."]
    if missing:
        prose.append(f"{missing:,} of {table.num_rows:,} questions have no reply.")
    if pictures is not None and pictures.absent:
        prose.append(f"{len(pictures.absent):,} images are not in the folder, among them {pictures.absent[0]}.")
    chosen = reader_of(evaluation.benchmark, reader).split("@")[0]
    images = None if pictures is None else pictures.found
    browser = Replies(table, chosen, evaluation.label_sets[0].name, images, yes_no=False)
    return Section("Replies", tuple(prose), (browser,))
