"""A small example of any benchmark: rendered scenes, and questions about them in the benchmark's own format."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

from sightline.benchmarks import benchmark
from sightline.errors import RequestError, unknown_name
from sightline.records.atomic import write_bytes
from sightline.scenes.rendered import RenderedScene, compose, render_scenes

__all__ = ["MadeExample", "examples", "make_example"]

_ENDS = "_example"

Files = Callable[[Sequence[RenderedScene]], Mapping[str, bytes]]


class MadeExample(NamedTuple):
    """An example that was written.

    Args:
        images: the folder of its images.
        questions: the folder of its question files.
        asked: how many questions they ask.
        command: the command that measures the bundled model on it.
    """

    images: Path
    questions: Path
    asked: int
    command: str


def examples() -> tuple[str, ...]:
    """The benchmarks of which there is an example."""
    package = import_module(__package__ or "")
    names = (module.name for module in iter_modules(package.__path__) if module.name.endswith(_ENDS))
    return tuple(sorted(name.removesuffix(_ENDS) for name in names))


def make_example(name: str, out: str | Path, scenes: int = 24, seed: int = 0) -> MadeExample:
    """Render scenes and write questions about them.

    Args:
        name: the benchmark.
        out: the folder; ``scenes/images`` and ``questions`` are written into it.
        scenes: how many scenes are rendered.
        seed: what they are drawn with.

    Raises:
        RequestError: there is no example of this benchmark, or the folder holds other scenes.
        DataError: a file cannot be written.
    """
    found = benchmark(name)
    if name not in examples():
        if found.name in ("pope", "counting", "colour", "finer", "finer_levels"):
            raise RequestError(f"{name} is built from annotations: sightline build {name.partition('_')[0]} --from …")
        raise unknown_name("example", name, examples())
    out = Path(out)
    rendered, questions = out / "scenes", out / "questions"
    render_scenes(rendered, n=scenes, seed=seed)
    module = import_module(f"{__package__}.{name}{_ENDS}")
    files: Files = module.files
    for file, data in files([compose(seed, index) for index in range(scenes)]).items():
        write_bytes(questions / file, data)
    asked = len(found.read_labels(questions, "example").questions)
    # some are asked otherwise than by default, as V*, whose options are chosen by their likelihood
    more: tuple[str, ...] = getattr(module, "MEASURED_WITH", ())
    words = ["sightline", "measure", name, "--model", "bundled", *more, "--images", str(rendered / "images")]
    return MadeExample(rendered / "images", questions, asked, shlex.join([*words, "--labels", f"example={questions}"]))
