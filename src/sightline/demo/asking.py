"""What is asked in the demonstration: its benchmarks, where their labels are, and where replies go."""

from sightline.benchmarks import benchmark as find_benchmark
from sightline.core import Asking, Replying
from sightline.demo.run import Demo, Tell
from sightline.evaluation.build_finer import FILES
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.measure import Measured, Progress
from sightline.evaluation.measure import measure as ask_all
from sightline.evaluation.task import task

__all__ = ["BATCH_IMAGES", "FINER", "LABELS", "RUNS", "ask", "counted", "evaluation_of"]

BATCH_IMAGES = 60
"""So many scenes side by side fill a processor with this small model; an interruption loses a few seconds."""

FINER = "finer"
"""The folder of FINER's files."""

LABELS = {
    "pope": "pope",
    "counting": "counting.jsonl",
    "colour": "colour.jsonl",
    "chair": "scenes/instances.json",
    "finer": f"{FINER}/{FILES['questions']}",
    "finer_levels": f"{FINER}/{FILES['levels']}",
}
"""Benchmark → its labels, in the folder of the demonstration."""

RUNS = "runs"
"""The folder of the bundled model's replies."""

_WORDINGS = {"chair": "describe", "finer_levels": "short"}
_CAPTION_TOKENS = 128


def ask(demo: Demo, benchmark: str, tell: Tell, model: Replying | None = None, runs: str = RUNS) -> Measured:
    """Ask a model what a benchmark asks; a run that is there is finished, or taken as it is.

    Args:
        demo: the demonstration.
        benchmark: its name.
        tell: told how many prompts are done, of how many.
        model: who is asked; the bundled model where None.
        runs: the folder of its replies, in that of the demonstration.
    """

    def shown(at: Progress) -> None:
        tell(at.done, at.total)

    most = _CAPTION_TOKENS if benchmark == "chair" else find_benchmark(benchmark).reply_tokens
    planned = task(
        benchmark,
        demo.images,
        [f"own={demo.folder / LABELS[benchmark]}"],
        asking=Asking(max_new_tokens=most),
        wording=_WORDINGS.get(benchmark),
    )
    asked = model or demo.model
    assert asked is not None
    return ask_all(planned, asked, demo.folder / runs / benchmark, batch_images=BATCH_IMAGES, progress=shown)


def evaluation_of(demo: Demo, benchmark: str) -> Evaluation:
    """The bundled model's replies to a benchmark, with what is true."""
    replies, labels = demo.folder / RUNS / benchmark, demo.folder / LABELS[benchmark]
    return evaluate(benchmark, [f"bundled={replies}"], [f"own={labels}"])


def counted(measured: Measured) -> str:
    """How many were asked, and how many were known already."""
    known = measured.from_cache + measured.resumed
    return f"{measured.asked:,} asked" + (f", {known:,} known already" if known else "")
