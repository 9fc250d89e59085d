"""The steps of the demonstration, in their order.

What joins later is one more line here: a step is handed the demonstration so far and says in one line what it did.
"""

from pathlib import Path

import pyarrow as pa

from sightline.benchmarks import benchmark as find_benchmark
from sightline.core import Asking
from sightline.demo.captions import captions_found
from sightline.demo.fine_grained import fine_grained_found
from sightline.demo.page import write_page
from sightline.demo.presence import presence_found
from sightline.demo.prompts import colours_found, numbers_found
from sightline.demo.run import Demo, Step, Tell
from sightline.evaluation.build import build_pope
from sightline.evaluation.build_finer import FILES, FinerBuild, build_finer
from sightline.evaluation.build_presupposed import build_colour, build_counting
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.measure import Measured, Progress
from sightline.evaluation.measure import measure as ask_all
from sightline.evaluation.task import task
from sightline.queries.questions import Shape
from sightline.scenes.rendered import World, compose, render_scenes

__all__ = ["STEPS"]

OFFSETS = (-1, 0, 1, 2, 3)
DISTANCES = (1, 2, 3)

_BATCH_IMAGES = 60
"""So many scenes side by side fill a processor with this small model; an interruption loses a few seconds."""

POPE, COUNTING, COLOUR, CAPTIONS = "pope", "counting.jsonl", "colour.jsonl", "scenes/instances.json"
FINER = "finer"

_FINER_SCENES = 60
"""Each brings some forty questions."""


def _render(demo: Demo, tell: Tell) -> str:
    found = render_scenes(demo.folder / "scenes", demo.scenes, demo.seed, progress=tell)
    demo.composed = tuple(compose(demo.seed, index, World()) for index in range(demo.scenes))
    demo.pollable = found.pollable
    return (
        f"{found.images:,} scenes with {found.objects:,} objects, {found.marginal_share:.0%} of them at the edge of "
        "visibility"
    )


def _build(demo: Demo, tell: Tell) -> str:
    annotations, graphs = demo.folder / "scenes/instances.json", demo.folder / "scenes/scene_graphs.json"
    pope = build_pope(annotations, demo.folder / POPE, images=demo.pollable, seed=demo.seed, overwrite=True)
    tell(1, 4)
    numbers = build_counting(graphs, demo.folder / COUNTING, offsets=OFFSETS, seed=demo.seed, overwrite=True)
    tell(2, 4)
    colours = build_colour(graphs, demo.folder / COLOUR, distances=DISTANCES, seed=demo.seed, overwrite=True)
    tell(3, 4)
    details = _build_finer(demo)
    return (
        f"POPE {pope.num_rows:,} questions, counting {numbers.num_rows:,} prompts, colour {colours.num_rows:,}, "
        f"{demo.scenes:,} captions, FINER {details.num_rows:,}"
    )


def _build_finer(demo: Demo) -> pa.Table:
    """Build FINER's settings and levels of some of the scenes."""
    how = FinerBuild(Shape(articles=True, seed=demo.seed), limit=_FINER_SCENES)
    return build_finer(demo.folder / "scenes/scene_graphs.json", demo.folder / FINER, how, overwrite=True)


def _load(demo: Demo, tell: Tell) -> str:
    from sightline.models.bundled_model import BUNDLED
    from sightline.models.loading import load

    demo.model = load(BUNDLED)
    size = int(demo.model.identity.details["parameters"])
    return f"a LLaVA of {size / 1e6:.0f} M parameters, trained on other scenes of this world"


def _asked(demo: Demo, benchmark: str, labels: str, tell: Tell, wording: str | None = None) -> Measured:
    """Ask the model what a benchmark asks; a run that is there is finished, or taken as it is."""

    def shown(at: Progress) -> None:
        tell(at.done, at.total)

    most = 128 if benchmark == "chair" else find_benchmark(benchmark).reply_tokens
    planned = task(
        benchmark, demo.images, [f"own={demo.folder / labels}"], asking=Asking(max_new_tokens=most), wording=wording
    )
    assert demo.model is not None
    return ask_all(planned, demo.model, _run(demo, benchmark), batch_images=_BATCH_IMAGES, progress=shown)


def _evaluation(demo: Demo, benchmark: str, labels: str) -> Evaluation:
    return evaluate(benchmark, [f"bundled={_run(demo, benchmark)}"], [f"own={demo.folder / labels}"])


def _run(demo: Demo, benchmark: str) -> Path:
    return demo.folder / "runs" / benchmark


def _counted(measured: Measured) -> str:
    known = measured.from_cache + measured.resumed
    return f"{measured.asked:,} asked" + (f", {known:,} known already" if known else "")


def _presence(demo: Demo, tell: Tell) -> str:
    measured = _asked(demo, "pope", POPE, tell)
    demo.findings.append(presence_found(demo, _evaluation(demo, "pope", POPE)))
    return _counted(measured)


def _numbers(demo: Demo, tell: Tell) -> str:
    measured = _asked(demo, "counting", COUNTING, tell)
    demo.findings.append(numbers_found(demo, _evaluation(demo, "counting", COUNTING)))
    return _counted(measured)


def _colours(demo: Demo, tell: Tell) -> str:
    measured = _asked(demo, "colour", COLOUR, tell)
    demo.findings.append(colours_found(demo, _evaluation(demo, "colour", COLOUR)))
    return _counted(measured)


def _captions(demo: Demo, tell: Tell) -> str:
    measured = _asked(demo, "chair", CAPTIONS, tell, wording="describe")
    evaluation = _evaluation(demo, "chair", CAPTIONS)
    demo.findings.append(captions_found(demo, evaluation, _run(demo, "chair"), demo.folder / CAPTIONS))
    return _counted(measured)


def _details(demo: Demo, tell: Tell) -> str:
    questions, levels = (f"{FINER}/{FILES[name]}" for name in ("questions", "levels"))
    has_levels = (demo.folder / levels).exists()
    measured = [_asked(demo, "finer", questions, tell)]
    if has_levels:
        measured.append(_asked(demo, "finer_levels", levels, tell, wording="short"))
    of_levels = _evaluation(demo, "finer_levels", levels) if has_levels else None
    demo.findings.append(fine_grained_found(_evaluation(demo, "finer", questions), of_levels))
    return "; ".join(map(_counted, measured))


def _sweep(demo: Demo, tell: Tell) -> str:
    from sightline.demo.heads import sweep

    return sweep(demo, f"own={demo.folder / COUNTING}", tell)


def _heads(demo: Demo, tell: Tell) -> str:
    from sightline.demo.heads import judge
    from sightline.mechanisms.judging import JudgedOn

    files = {"counting": COUNTING, "colour": COLOUR, "pope": POPE}
    on = tuple(JudgedOn(name, f"own={demo.folder / labels}", demo.images) for name, labels in files.items())
    return judge(demo, on, _BATCH_IMAGES, tell)


def _report(demo: Demo, tell: Tell) -> str:
    size = write_page(demo)
    return f"{demo.report} ({size / 1e6:.1f} MB)"


STEPS: tuple[Step, ...] = (
    Step("Render scenes that the model has not seen", _render),
    Step("Build POPE, counting and colour prompts, and FINER from their annotations", _build),
    Step("Load the bundled model", _load),
    Step("Ask whether objects are there", _presence),
    Step("Ask how many, and say a wrong number", _numbers),
    Step("Ask what colour, and say a wrong colour", _colours),
    Step("Ask for captions", _captions),
    Step("Ask about several details, of which one may be wrong", _details),
    Step("Knock out every attention head by itself, on half of the scenes", _sweep),
    Step("Ask without the best head, about the other half", _heads),
    Step("Write the report", _report),
)
