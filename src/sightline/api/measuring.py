"""What is measured: replies scored, compared, reported and made, bounds and plans, and the labels themselves."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.api.named_model import Engine, opened
from sightline.benchmarks import benchmark as find_benchmark
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.gate import Checked, check, parse_bound
from sightline.evaluation.label_changes import LabelChanges
from sightline.evaluation.label_changes import label_changes as _label_changes
from sightline.evaluation.label_export import export_labels as _export_labels
from sightline.evaluation.plan import Assumptions, assumptions_from, plan_table
from sightline.evaluation.scorer import scorer
from sightline.stats.intervals import DRAWS

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.core import Asking, Replying
    from sightline.evaluation.compare import Comparison
    from sightline.evaluation.measure import Measured, Progress
    from sightline.evaluation.report import ReportSummary
    from sightline.evaluation.thresholds import Thresholds

__all__ = [
    "compare",
    "export_labels",
    "gate",
    "label_changes",
    "measure",
    "plan",
    "report",
    "score",
    "thresholds",
]


def score(
    benchmark: str | Evaluation,
    replies: Iterable[str | Path] = (),
    labels: Iterable[str] = (),
    questions: Iterable[str | Path] = (),
    splits: Sequence[str] = (),
    readers: Sequence[str] = (),
    draws: int = DRAWS,
    seed: int = 0,
    allow_missing: bool = False,
) -> "pa.Table":
    """Score recorded replies: one row for every model, label set, split and reader.

    Args:
        benchmark: its name; or an evaluation that was read already, and then nothing else of what it was read from.
        replies: as `evaluate` takes them.
        labels: as `evaluate` takes them.
        questions: as `evaluate` takes them.
        splits: score only these.
        readers: names of readers; the benchmark's default where none is named.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: go on where replies are missing or belong to no question.

    Returns:
        A table; its columns are those of `sightline.evaluation.score.score_table`, or for a benchmark that is not yes
        or no to one claim, those of `sightline.evaluation.counted.rate_table`.

    Raises:
        DataError, MissingError, RequestError: as `evaluate`.

    Example:
        >>> from sightline.examples import example_labels, example_replies
        >>> table = score("pope", example_replies("pope"), example_labels("pope"), splits=["random"])
        >>> table.num_rows, table.column_names[:4]
        (4, ['benchmark', 'model', 'labels', 'split'])
    """
    evaluation = _evaluation(benchmark, replies, labels, questions, splits, allow_missing)
    how = scorer(evaluation.benchmark)
    return how.scores(evaluation, tuple(readers) or (how.reader,), draws, seed)


def compare(
    benchmark: str | Evaluation,
    replies: Iterable[str | Path] = (),
    labels: Iterable[str] = (),
    questions: Iterable[str | Path] = (),
    splits: Sequence[str] = (),
    reader: str | None = None,
    metric: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    allow_missing: bool = False,
) -> "Comparison":
    """Compare models under several label sets: tables of ranks, paired differences, and true and false positives.

    Arguments are those of `score`, but for one reader and the metric to rank by.
    """
    evaluation = _evaluation(benchmark, replies, labels, questions, splits, allow_missing)
    how = scorer(evaluation.benchmark)
    return how.load_compare()(evaluation, reader or how.reader, metric or how.metric, draws, seed)


def gate(scores: "pa.Table", bounds: Iterable[str]) -> list[Checked]:
    """Hold the table of `score` against bounds such as ``"f1 under repope >= 0.88"``.

    Raises:
        RequestError: a bound cannot be read, or speaks of what was not scored.
    """
    metrics = [name for name in scores.column_names if f"{name}_low" in scores.column_names]
    return check(scores, [parse_bound(text, metrics) for text in bounds])


def plan(
    difference: float,
    disagreement: float | None = None,
    per_image: float = 6,
    correlation: float = 0.0,
    power: float = 0.8,
    evaluation: Evaluation | None = None,
    reader: str = "strict",
) -> "pa.Table":
    """The questions needed to see a difference in accuracy between two models.

    Args:
        difference: of the accuracies, as a rate.
        disagreement: share of questions that just one of the two has right; or give an evaluation.
        per_image: questions on each image.
        correlation: intraclass correlation, within an image, of which of the two is right.
        power: the chance of seeing it.
        evaluation: replies of two or more models, from which disagreement and correlation are measured.
        reader: how they are read.

    Example:
        >>> plan(0.02, disagreement=0.1, per_image=1)["questions"].to_pylist()
        [1960]
    """
    if evaluation is not None:
        return plan_table(difference, assumptions_from(evaluation, reader), power)
    return plan_table(difference, [Assumptions(disagreement or 0.0, per_image, correlation)], power)


def report(
    benchmark: str | Evaluation,
    out: str | Path,
    replies: Iterable[str | Path] = (),
    labels: Iterable[str] = (),
    questions: Iterable[str | Path] = (),
    splits: Sequence[str] = (),
    reader: str | None = None,
    images: str | Path | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    allow_missing: bool = False,
) -> "ReportSummary":
    """Write one self-contained HTML file with scores, comparison, plots and every reply.

    Args:
        benchmark: its name, or an evaluation.
        out: the file.
        replies: as `evaluate` takes them.
        labels: as `evaluate` takes them.
        questions: as `evaluate` takes them.
        splits: report only these.
        reader: how replies are read in tables and plots.
        images: a folder with the pictures, to be shown beside the replies.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: go on where replies are missing or belong to no question.
    """
    evaluation = _evaluation(benchmark, replies, labels, questions, splits, allow_missing)
    pictures = None if images is None else Path(images)
    how = scorer(evaluation.benchmark)
    return how.load_report()(evaluation, Path(out), reader or how.reader, pictures, draws=draws, seed=seed)


def measure(
    benchmark: str,
    model: "str | Replying",
    images: str | Path,
    out: str | Path,
    labels: Sequence[str] = (),
    splits: Sequence[str] = (),
    asking: "Asking | None" = None,
    wording: str | None = None,
    allow_missing: bool = False,
    use_cache: bool = True,
    progress: "Callable[[Progress], None] | None" = None,
    engine: Engine = "transformers",
    base_url: str | None = None,
) -> "Measured":
    """Ask a model the questions of a benchmark and write its replies to a run folder, which `score` and others take.

    Args:
        benchmark: its name.
        model: a folder, an id on the hub or "bundled", loaded with its defaults, or what a server calls it; or a model
            that is loaded already (`sightline.models.loading.load` takes dtype, device, revision and more,
            `sightline.models.chat_client.ChatClient` prices, a limit of spending and more for a `ServedModel`, and
            `sightline.scale.ray_model.ray_model` gives one on many GPUs).
        images: the folder of the images.
        out: the run folder; the same call again finishes a run that was interrupted.
        labels: label sets whose questions are asked, as `evaluate` takes them.
        splits: ask only these.
        asking: how replies are made; where None generated greedily, as long as the benchmark asks for.
        wording: name of the wording; the benchmark's own where None.
        allow_missing: leave out questions whose image is not there.
        use_cache: whether replies of other runs are taken, and these are kept for others.
        progress: told how far it is, after each batch.
        engine: what runs a model that is named: transformers, vllm, or openai for a server.
        base_url: the server, as http://localhost:8000/v1; its key is taken from the environment's OPENAI_API_KEY.

    Raises:
        RequestError, DataError, MissingError: as the command line says them.
    """
    from sightline.evaluation.measure import measure as run
    from sightline.evaluation.task import task

    what = task(benchmark, images, labels, splits=splits, asking=asking, wording=wording, allow_missing=allow_missing)
    with opened(model, engine, base_url) as replying:
        return run(what, replying, out, use_cache=use_cache, progress=progress)


def thresholds(evaluation: Evaluation, draws: int = DRAWS, seed: int = 0) -> "Thresholds":
    """AUROC, calibration error and the curve over thresholds of models that chose between yes and no.

    Raises:
        RequestError: no model did; those that generated their replies have no probabilities.
    """
    from sightline.evaluation.thresholds import thresholds as of_evaluation

    return of_evaluation(evaluation, draws, seed)


def label_changes(benchmark: str, old: str, new: str) -> LabelChanges:
    """Count and list what changes from one label set to another.

    Args:
        benchmark: its name.
        old: a public label set, or ``NAME=PATH``.
        new: another.
    """
    return _label_changes(find_benchmark(benchmark), old, new)


def export_labels(benchmark: str, labels: str, out: str | Path, native: bool = True) -> list[Path]:
    """Write a label set in the benchmark's own format, byte for byte, or as a label set file.

    Args:
        benchmark: its name.
        labels: a public label set, or ``NAME=PATH``.
        out: the folder.
        native: in the benchmark's own format.
    """
    return _export_labels(find_benchmark(benchmark), labels, Path(out), native)


def _evaluation(
    benchmark: str | Evaluation,
    replies: Iterable[str | Path],
    labels: Iterable[str],
    questions: Iterable[str | Path],
    splits: Sequence[str],
    allow_missing: bool,
) -> Evaluation:
    if isinstance(benchmark, Evaluation):
        return benchmark
    return evaluate(benchmark, replies, labels, questions, splits, allow_missing)
