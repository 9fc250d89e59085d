"""A demonstration: a folder, what is in it so far, and its steps one after the other."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sightline.demo.findings import Finding
from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.scenes.rendered.annotations import image_name

if TYPE_CHECKING:
    from sightline.core import Replying
    from sightline.scenes.rendered import RenderedScene
    from sightline.tuning.request import Tuned

__all__ = ["FEWEST_SCENES", "Demo", "Step", "Tell", "run_demo"]

FEWEST_SCENES = 8
"""Fewer scenes may not lack enough of the objects that occur in them."""

_SETTINGS = "demo.json"
_VERSION = 1

Tell = Callable[[int, int], None]
"""Told how much of a step is done, and how much there is."""


@dataclass
class Demo:
    """What the steps share.

    Args:
        folder: where everything is kept.
        scenes: how many held-out scenes are rendered.
        seed: what they are drawn with.
        composed: the scenes, once they are rendered.
        pollable: how many of them hold, and lack, as many objects as POPE asks about.
        model: the bundled model, once it is loaded.
        tuned: what came of tuning it, once it is tuned.
        findings: what came out, for the summary and the report.
    """

    folder: Path
    scenes: int
    seed: int
    composed: "tuple[RenderedScene, ...]" = ()
    pollable: int = 0
    model: "Replying | None" = None
    tuned: "Tuned | None" = None
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def by_image(self) -> "dict[str, RenderedScene]":
        """The rendered scenes, by the names of their pictures."""
        return {image_name(scene.index): scene for scene in self.composed}

    @property
    def images(self) -> Path:
        """The folder of the pictures."""
        return self.folder / "scenes" / "images"

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"


class Step(NamedTuple):
    """One thing that the demonstration does.

    Args:
        title: what, in a few words.
        run: does it, and says in one line what came of it.
    """

    title: str
    run: Callable[[Demo, Tell], str]


def run_demo(
    steps: Sequence[Step],
    out: str | Path,
    scenes: int,
    seed: int,
    fresh: bool = False,
    began: Callable[[int, Step], Tell] | None = None,
    ended: Callable[[int, Step, str], None] | None = None,
) -> Demo:
    """Do the steps, one after the other; what an earlier run has done is taken as it is.

    Args:
        steps: what to do.
        out: the folder.
        scenes: how many held-out scenes.
        seed: what they are drawn with.
        fresh: begin anew: what the folder holds of an earlier demonstration is deleted.
        began: told that a step begins; gives back what is told how far it is.
        ended: told what came of it.

    Raises:
        RequestError: the folder holds something else, or a demonstration with other settings.
        DataError: a file cannot be read or written.
    """
    folder = Path(out)
    if scenes < FEWEST_SCENES:
        raise RequestError(
            f"{scenes} scenes were asked for; POPE needs absent objects, and so at least {FEWEST_SCENES}."
        )
    _hold(folder, {"demo": _VERSION, "scenes": scenes, "seed": seed}, fresh)
    demo = Demo(folder, scenes, seed)
    for number, step in enumerate(steps, start=1):
        tell = began(number, step) if began else _say_nothing
        said = step.run(demo, tell)
        if ended:
            ended(number, step, said)
    return demo


def _say_nothing(done: int, of: int) -> None:
    pass


def _hold(folder: Path, settings: dict[str, int], fresh: bool) -> None:
    """Take the folder, if it is new, empty, or holds a demonstration with these settings."""
    about = folder / _SETTINGS
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder} is a file. Choose a folder: --out FOLDER.")
    held = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if held and _SETTINGS not in held:
        raise RequestError(
            f"{folder} holds {', '.join(held[:3])}{', …' if len(held) > 3 else ''} but no demonstration. "
            "Choose a folder that is new or empty: --out FOLDER."
        )
    if held and fresh:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise DataError(f"the folder cannot be deleted ({error.strerror})", file=folder) from error
    elif held:
        try:
            found = json.loads(about.read_bytes())
        except (OSError, ValueError) as error:
            raise DataError(f"it cannot be read ({error})", file=about, hint="Begin anew: --fresh.") from error
        if found != settings:
            was = ", ".join(f"{name} {found.get(name)}" for name in settings)
            raise RequestError(
                f"{folder} holds a demonstration with other settings ({was}). Choose another folder with --out, or "
                "begin anew: --fresh."
            )
        return
    write_bytes(about, (json.dumps(settings) + "\n").encode())
