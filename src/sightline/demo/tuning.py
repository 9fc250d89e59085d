"""The model tuned on preference pairs of scenes that are not asked about, and asked the same again."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sightline.demo.asking import LABELS, RUNS, ask, counted
from sightline.demo.before_after import LEVELS, before_after_found
from sightline.demo.run import Demo, Tell
from sightline.demo.shown import percent
from sightline.errors import RequestError
from sightline.evaluation.before_after import BeforeAfter, before_after
from sightline.models.bundled_model import BUNDLED
from sightline.models.loading import load
from sightline.preferences.evaluation_images import EvaluationSet, compare_images, read_pair_images
from sightline.preferences.finer.drawn import Phrasing
from sightline.preferences.finer.files import files_of
from sightline.preferences.finer.run import FinerPairs, Using, make_finer_pairs
from sightline.preferences.image_hashes import HashCache
from sightline.preferences.read_pairs import read_pairs
from sightline.scenes.rendered import render_scenes
from sightline.tuning.arguments import Watching
from sightline.tuning.recipes import recipe
from sightline.tuning.request import Request, Tuned
from sightline.tuning.tune import tune

__all__ = ["AGAIN", "ask_again", "make_pairs", "tune_on_pairs"]

AGAIN = ("pope", "finer", "finer_levels", "chair")
"""What the tuned model is asked again."""

_FOLDER = "tuning"
_AGAIN_RUNS = f"{_FOLDER}/{RUNS}"
_SPLITS = ("adversarial", "objects", "attributes", "relations", "what", *LEVELS, "captions")
"""What is compared. Of POPE's splits, whose questions overlap, the hardest."""

_SEED_APART = 1_000_000
"""Between the seed of the scenes that are asked about and that of those that pairs are made of."""
_MOST_SCENES = 150
"""With the pairs of so many it is tuned in some two minutes on one slow core."""
_PHRASES = 3
"""Of each kind, for each scene: pairs of one image are computed together."""
_BATCH_PAIRS = 16
"""A quarter of the recipe's, and so four times as many steps of the few pairs that there are."""
_SAVE_STEPS = 16
"""What an interruption loses."""
_WATCH_STEPS = 10_000
"""More than there are: held-out pairs are looked at before the first step and after the last."""


def make_pairs(demo: Demo, tell: Tell) -> str:
    """Make FINER's pairs of scenes of another seed; pairs that are there are taken as they are.

    Raises:
        RequestError: one of these scenes is asked about.
    """
    folder, file, seed = demo.folder / _FOLDER, _pairs(demo), demo.seed + _SEED_APART
    rendered = render_scenes(folder / "scenes", min(demo.scenes, _MOST_SCENES), seed, progress=tell)
    if not files_of(file)["record"].exists():  # it is written last
        phrasing = Phrasing(_PHRASES, ends=("subject",), seed=demo.seed)
        how = FinerPairs(phrasing, articles=True)
        graphs, images = folder / "scenes/scene_graphs.json", Using(images=_images(demo))
        make_finer_pairs(graphs, file, how, images, overwrite=True, progress=lambda _, done, of: tell(done, of))
    pairs = read_pairs(file, _images(demo))
    _refuse_shared(demo, (pair.image.name for pair in pairs), tell)
    return f"{len(pairs):,} pairs about {rendered.images:,} scenes, none of which is asked about"


def tune_on_pairs(demo: Demo, tell: Tell) -> str:
    """Tune the bundled model; a run that was interrupted goes on, one that is complete is taken as it is."""
    settings = recipe("finer-bundled")
    settings = replace(settings, schedule=replace(settings.schedule, batch_pairs=_BATCH_PAIRS))
    out = demo.folder / _FOLDER / "tuned"
    request = Request(BUNDLED, [_pairs(demo)], _images(demo), out, settings, seed=demo.seed)
    watching = Watching(watch_steps=_WATCH_STEPS, save_steps=_SAVE_STEPS, replies=0)
    demo.tuned = tune(request, watching=watching, progress=lambda _, done, of: tell(done, of))
    return f"{demo.tuned.steps:,} steps on {demo.tuned.pairs:,} pairs{_held_out(demo.tuned)}"


def _held_out(tuned: Tuned) -> str:
    if "reward_accuracy" not in tuned.after:
        return ""
    gained, pairs = percent(tuned.after["reward_accuracy"]), tuned.record["held_out"]["pairs"]
    return f"; of {pairs:,} that were held out the preferred reply gained on the other in {gained}"


def ask_again(demo: Demo, tell: Tell) -> str:
    """Ask the tuned model what the bundled one was asked, and compare."""
    assert demo.tuned is not None
    model = load(str(demo.tuned.folder))
    measured = [ask(demo, benchmark, tell, model, _AGAIN_RUNS) for benchmark in AGAIN]
    demo.findings.append(before_after_found(demo, demo.tuned, _compared(demo), demo.folder / _AGAIN_RUNS / "pope"))
    return "; ".join(map(counted, measured))


def _compared(demo: Demo) -> BeforeAfter:
    before, after = ([demo.folder / runs / benchmark for benchmark in AGAIN] for runs in (RUNS, _AGAIN_RUNS))
    labels = [f"{benchmark}:own={demo.folder / LABELS[benchmark]}" for benchmark in AGAIN]
    return before_after(before, after, labels=labels, splits=_SPLITS)


def _pairs(demo: Demo) -> Path:
    return demo.folder / _FOLDER / "pairs.jsonl"


def _images(demo: Demo) -> Path:
    return demo.folder / _FOLDER / "scenes/images"


def _refuse_shared(demo: Demo, names: Iterable[str], tell: Tell) -> None:
    """Refuse pairs about a scene that is asked about, whatever its file is called."""
    asked = {name: demo.images / name for name in demo.by_image}
    with HashCache() as cache:
        images = read_pair_images(names, _images(demo), True, cache, tell)
        found = compare_images(images, EvaluationSet("scenes", tuple(asked), asked), cache, tell)
    if found.shared:
        first = found.shared[0]
        raise RequestError(
            f"{len(found.shared):,} of the scenes that pairs were made of look like ones that are asked about, "
            f"{_images(demo) / first.image} like {demo.images / first.other}. Choose another seed: --seed N --fresh."
        )
