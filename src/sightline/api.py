"""What the command line does, as functions that return tables."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.benchmarks import benchmark as find_benchmark
from sightline.errors import RequestError
from sightline.evaluation.build import build_pope
from sightline.evaluation.build_presupposed import build_colour, build_counting
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.gate import Checked, check, parse_bound
from sightline.evaluation.label_changes import LabelChanges
from sightline.evaluation.label_changes import label_changes as _label_changes
from sightline.evaluation.label_export import export_labels as _export_labels
from sightline.evaluation.plan import Assumptions, assumptions_from, plan_table
from sightline.evaluation.public_data import get_public
from sightline.evaluation.scorer import scorer
from sightline.preferences.export_pairs import export_pairs
from sightline.preferences.read_pairs import read_pair_file, read_pairs
from sightline.scenes.rendered.folder import render_scenes
from sightline.stats.intervals import DRAWS

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.core import Asking, Detecting, Drawing, Replying, Writing
    from sightline.evaluation.before_after import BeforeAfter
    from sightline.evaluation.compare import Comparison
    from sightline.evaluation.measure import Measured, Progress
    from sightline.evaluation.report import ReportSummary
    from sightline.evaluation.thresholds import Thresholds
    from sightline.models.next_sentences import NextSentences
    from sightline.models.transformers import TransformersModel
    from sightline.preferences.finer_run import FinerPairs, Made
    from sightline.preferences.pair_checks import Problem
    from sightline.preferences.sentinel_run import SentinelPairs
    from sightline.tuning.arguments import Computing, Watching
    from sightline.tuning.merging import Merged
    from sightline.tuning.recipes import Recipe
    from sightline.tuning.request import Tuned

__all__ = [
    "before_after",
    "build_colour",
    "build_counting",
    "build_pope",
    "check_pairs",
    "compare",
    "evaluate",
    "export_labels",
    "export_pairs",
    "gate",
    "get_public",
    "label_changes",
    "make_finer_pairs",
    "make_sentinel_pairs",
    "measure",
    "merge",
    "plan",
    "read_pairs",
    "render_scenes",
    "report",
    "score",
    "thresholds",
    "tune",
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


def before_after(
    before: Iterable[str | Path],
    after: Iterable[str | Path],
    labels: Sequence[str] = (),
    general: Sequence[str] = (),
    splits: Sequence[str] = (),
    draws: int = 10_000,
    seed: int = 0,
    allow_missing: bool = False,
) -> "BeforeAfter":
    """Compare runs of a model with those of what became of it: every rate, paired on the same questions.

    Args:
        before: run folders of the first model, or folders that hold them.
        after: those of the second.
        labels: label sets to score under instead of those that the runs name, each as ``BENCHMARK:LABELS``.
        general: what was not meant to change, each as ``BENCHMARK`` or ``BENCHMARK@SPLIT``.
        splits: compare only these.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: compare only the questions that both have a reply to.

    Raises:
        RequestError: the runs did not ask the same.
        DataError, MissingError: a file is broken, or replies are missing.
    """
    from sightline.evaluation.before_after import before_after as of_runs

    return of_runs(
        before,
        after,
        labels=labels,
        general=general,
        splits=splits,
        draws=draws,
        seed=seed,
        allow_missing=allow_missing,
    )


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
) -> "Measured":
    """Ask a model the questions of a benchmark and write its replies to a run folder, which `score` and others take.

    Args:
        benchmark: its name.
        model: a folder, an id on the hub or "bundled", loaded with its defaults; or a model that is loaded already
            (`sightline.models.loading.load` takes dtype, device, revision and more).
        images: the folder of the images.
        out: the run folder; the same call again finishes a run that was interrupted.
        labels: label sets whose questions are asked, as `evaluate` takes them.
        splits: ask only these.
        asking: how replies are made; where None generated greedily, as long as the benchmark asks for.
        wording: name of the wording; the benchmark's own where None.
        allow_missing: leave out questions whose image is not there.
        use_cache: whether replies of other runs are taken, and these are kept for others.
        progress: told how far it is, after each batch.

    Raises:
        RequestError, DataError, MissingError: as the command line says them.
    """
    from sightline.evaluation.measure import measure as run
    from sightline.evaluation.task import task

    what = task(benchmark, images, labels, splits=splits, asking=asking, wording=wording, allow_missing=allow_missing)
    loaded = _loaded(model) if isinstance(model, str) else model
    return run(what, loaded, out, use_cache=use_cache, progress=progress)


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


def make_finer_pairs(
    source: str | Path,
    out: str | Path,
    images: str | Path | None = None,
    how: "FinerPairs | None" = None,
    writer: "Writing | None" = None,
    verifier: "str | Replying | None" = None,
    overwrite: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> "Made":
    """Make preference pairs the FINER-Tuning way, from scene graphs or, with a language model, from long captions.

    Args:
        source: scene graphs, or captions where a language model writes.
        out: the file of pairs to write, JSON lines; all pairs, what was rejected and the record come beside it.
        images: the folder of the images; pairs name them by their path below it.
        how: what pairs are wanted (`sightline.preferences.finer_run.FinerPairs`).
        writer: a language model that writes phrases and edits; without one they are drawn from scene graphs.
        verifier: a vision-language model that is asked whether false units can be seen; a name is loaded with its
            defaults.
        overwrite: whether earlier pairs may be replaced.
        progress: told the name of a step, how much of it is done, and of how much.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.preferences.finer_run import Using
    from sightline.preferences.finer_run import make_finer_pairs as make

    looks = _loaded(verifier) if isinstance(verifier, str) else verifier
    return make(source, out, how, Using(writer, looks, None if images is None else Path(images)), overwrite, progress)


def make_sentinel_pairs(
    model: "str | TransformersModel",
    images: str | Path,
    out: str | Path,
    detectors: "Sequence[str | Detecting]",
    vocabulary: str = "open",
    drawing: "Drawing | None" = None,
    variant: str = "sightline",
    prompt: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "SentinelPairs":
    """Make SENTINEL's preference pairs: sentences of a model's own captions, on whose objects two detectors vote.

    Args:
        model: a folder, an id on the hub or "bundled"; or a model that is loaded already.
        images: the folder of the images.
        out: the folder to write to; the same call again finishes a run that was interrupted.
        detectors: two that vote, by name (contour and glance for rendered scenes, mm-grounding-dino and owlv2 for
            photographs) or loaded.
        vocabulary: which objects are read: open, everyday, coco, rendered, or a JSON file.
        drawing: how sentences are drawn; ten candidates at temperature 0.7 where None.
        variant: sightline, or published for what SENTINEL's published code does.
        prompt: what is asked of each image; "Describe this image in detail." where None.
        limit: at most so many images, drawn.
        progress: told how many images are done, and how many there are.

    Raises:
        RequestError, DataError, MissingError: as the command line says them.
    """
    from sightline.core import Drawing
    from sightline.detectors.named import detector
    from sightline.preferences.sentinel_images import asked_images
    from sightline.preferences.sentinel_objects import named_objects
    from sightline.preferences.sentinel_run import SentinelSettings
    from sightline.preferences.sentinel_run import make_sentinel_pairs as make
    from sightline.preferences.sentinel_variants import variant as way_of

    if len(detectors) != 2:
        raise RequestError(f"{len(detectors)} detectors are named; two vote.")
    how, folder = drawing or Drawing(), Path(images)
    asked = asked_images(folder, None, prompt, limit, how.seed)
    objects, way = named_objects(vocabulary), way_of(variant)
    both = [detector(each) if isinstance(each, str) else each for each in detectors]
    settings = SentinelSettings(both, objects, how, way)
    return make(_drawing_from(model), asked, folder, settings, Path(out), progress)


def _drawing_from(model: "str | TransformersModel") -> "NextSentences":
    """A model of which sentences can be drawn."""
    from sightline.models.next_sentences import NextSentences
    from sightline.preferences.sentinel_sentences import sentence_end

    return NextSentences(_loaded(model) if isinstance(model, str) else model, sentence_end)


def check_pairs(
    pairs: str | Path,
    images: str | Path | None = None,
    against: Iterable[str | Path] = (),
) -> "tuple[Problem, ...]":
    """Look for pairs that teach nothing, or the contrary of another, and for images that something is measured on.

    Args:
        pairs: a file of pairs, as `read_pairs` takes it.
        images: the folder of their images; without it, whether they are there is not looked at, and only names are
            compared.
        against: folders of images that something is measured on; pictures are compared, not only names.

    Returns:
        One for each thing that is wrong, with its row and what it is; none where nothing is.

    Raises:
        DataError: a file cannot be read, or a folder is not there.
    """
    from sightline.preferences.evaluation_images import compare_images, folder_as_set, read_pair_images
    from sightline.preferences.image_hashes import HashCache
    from sightline.preferences.pair_checks import check_pairs as check_rows
    from sightline.preferences.pair_checks import shared_problems

    folder = None if images is None else Path(images)
    found = read_pair_file(pairs, folder)
    problems = check_rows(found, folder)
    if not (sets := [folder_as_set(Path(each)) for each in against]):
        return problems
    with HashCache() as cache:
        names = (pair.image.name for pair in found.pairs)
        own = read_pair_images(names, folder, True, cache, _say_nothing)
        compared = [compare_images(own, each, cache, _say_nothing) for each in sets]
    return (*problems, *shared_problems(found, compared))


def _say_nothing(done: int, of: int) -> None:
    pass


def tune(
    model: str,
    pairs: str | Path | Iterable[str | Path],
    images: str | Path,
    out: str | Path,
    recipe: "str | Recipe | None" = None,
    held_out: Iterable[str | Path] = (),
    seed: int = 0,
    computing: "Computing | None" = None,
    watching: "Watching | None" = None,
    tell: Callable[[str, str], None] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> "Tuned":
    """Tune a model on preference pairs; the folder that is written is a model for `measure` and all else.

    Args:
        model: a folder, an id on the hub, or "bundled".
        pairs: files of pairs, as `read_pairs` takes them.
        images: the folder of their images.
        out: the folder to write to; the same call again goes on where a run was interrupted.
        recipe: its name, or settings of your own (`sightline.tuning.recipes.Recipe`); where None "dpo", for the bundled
            model "finer-bundled".
        held_out: files of pairs to watch; the recipe's share of the pairs where there are none.
        seed: what order, adapters and dropout are drawn with.
        computing: how it is computed (`sightline.tuning.arguments.Computing`).
        watching: when it is looked at and saved (`sightline.tuning.arguments.Watching`).
        tell: told what there is to know, a name and a text each.
        progress: told the name of a step, how much of it is done, and of how much.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.models.bundled_model import BUNDLED
    from sightline.tuning.recipes import recipe as named
    from sightline.tuning.tune import Request
    from sightline.tuning.tune import tune as run

    chosen = recipe or ("finer-bundled" if model == BUNDLED else "dpo")
    how = named(chosen) if isinstance(chosen, str) else chosen
    files = [pairs] if isinstance(pairs, str | Path) else list(pairs)
    request = Request(model, files, Path(images), Path(out), how, list(held_out), seed)
    return run(request, computing, watching, tell, progress)


def merge(
    adapter: str | Path,
    out: str | Path,
    base: str | Path | None = None,
    any_base: bool = False,
    revision: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "Merged":
    """Write a base with its adapter added, as plain weights that transformers and vLLM load without sightline and PEFT.

    Args:
        adapter: a LoRA adapter: its folder, or its id on the hub.
        out: a folder that is new or empty.
        base: where the base is, where not where the adapter says.
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the adapter on the hub.
        progress: told how many files of weights are done, and how many there are.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.tuning.merging import merge as merge_into

    return merge_into(adapter, out, base=base, any_base=any_base, revision=revision, progress=progress)


def _loaded(model: str) -> "TransformersModel":
    """A model with its defaults."""
    from sightline.models.loading import load

    return load(model)


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
