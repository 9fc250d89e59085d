"""The steps of the demonstration, in their order.

What joins later is one more line here: a step is handed the demonstration so far and says in one line what it did.
"""

import pyarrow as pa

from sightline.demo.asking import BATCH_IMAGES, FINER, LABELS, RUNS, ask, counted, evaluation_of
from sightline.demo.captions import captions_found
from sightline.demo.fine_grained import fine_grained_found
from sightline.demo.page import write_page
from sightline.demo.presence import presence_found
from sightline.demo.prompts import colours_found, numbers_found
from sightline.demo.run import Demo, Step, Tell
from sightline.evaluation.build import build_pope
from sightline.evaluation.build_finer import FinerBuild, build_finer
from sightline.evaluation.build_presupposed import build_colour, build_counting
from sightline.queries.questions import Shape
from sightline.scenes.rendered import World, compose, render_scenes

__all__ = ["STEPS"]

OFFSETS = (-1, 0, 1, 2, 3)
DISTANCES = (1, 2, 3)

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
    annotations, graphs = demo.folder / LABELS["chair"], demo.folder / "scenes/scene_graphs.json"
    pope = build_pope(annotations, demo.folder / LABELS["pope"], images=demo.pollable, seed=demo.seed, overwrite=True)
    tell(1, 4)
    numbers = build_counting(graphs, demo.folder / LABELS["counting"], offsets=OFFSETS, seed=demo.seed, overwrite=True)
    tell(2, 4)
    colours = build_colour(graphs, demo.folder / LABELS["colour"], distances=DISTANCES, seed=demo.seed, overwrite=True)
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


def _presence(demo: Demo, tell: Tell) -> str:
    measured = ask(demo, "pope", tell)
    demo.findings.append(presence_found(demo, evaluation_of(demo, "pope")))
    return counted(measured)


def _numbers(demo: Demo, tell: Tell) -> str:
    measured = ask(demo, "counting", tell)
    demo.findings.append(numbers_found(demo, evaluation_of(demo, "counting")))
    return counted(measured)


def _colours(demo: Demo, tell: Tell) -> str:
    measured = ask(demo, "colour", tell)
    demo.findings.append(colours_found(demo, evaluation_of(demo, "colour")))
    return counted(measured)


def _captions(demo: Demo, tell: Tell) -> str:
    measured = ask(demo, "chair", tell)
    run, annotations = demo.folder / RUNS / "chair", demo.folder / LABELS["chair"]
    demo.findings.append(captions_found(demo, evaluation_of(demo, "chair"), run, annotations))
    return counted(measured)


def _details(demo: Demo, tell: Tell) -> str:
    has_levels = (demo.folder / LABELS["finer_levels"]).exists()
    measured = [ask(demo, "finer", tell)]
    if has_levels:
        measured.append(ask(demo, "finer_levels", tell))
    of_levels = evaluation_of(demo, "finer_levels") if has_levels else None
    demo.findings.append(fine_grained_found(evaluation_of(demo, "finer"), of_levels))
    return "; ".join(map(counted, measured))


def _sweep(demo: Demo, tell: Tell) -> str:
    from sightline.demo.heads import sweep

    return sweep(demo, _own(demo, "counting"), tell)


def _heads(demo: Demo, tell: Tell) -> str:
    from sightline.demo.heads import judge
    from sightline.mechanisms.judging import JudgedOn

    on = tuple(JudgedOn(name, _own(demo, name), demo.images) for name in ("counting", "colour", "pope"))
    return judge(demo, on, BATCH_IMAGES, tell)


def _own(demo: Demo, benchmark: str) -> str:
    return f"own={demo.folder / LABELS[benchmark]}"


def _pairs(demo: Demo, tell: Tell) -> str:
    from sightline.demo.tuning import make_pairs

    return make_pairs(demo, tell)


def _tune(demo: Demo, tell: Tell) -> str:
    from sightline.demo.tuning import tune_on_pairs

    return tune_on_pairs(demo, tell)


def _ask_again(demo: Demo, tell: Tell) -> str:
    from sightline.demo.tuning import ask_again

    return ask_again(demo, tell)


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
    Step("Make preference pairs of other scenes", _pairs),
    Step("Tune the model on them", _tune),
    Step("Ask the tuned model again", _ask_again),
    Step("Write the report", _report),
)
