"""``sightline scenes``."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from sightline.cli.progress import now_and_then

if TYPE_CHECKING:
    from sightline.scenes.rendered import Rendered


def register(app: App) -> None:
    """Add the verb."""
    scenes = App(name="scenes", help="Render scenes whose truth is exact.")
    scenes.command(render)
    app.command(scenes)


def render(
    *,
    n: Annotated[int, Parameter(name="--n")] = 500,
    out: Path,
    seed: int = 0,
    combinations: Literal["familiar", "novel", "any"] = "familiar",
    fewest: int = 2,
    most: int = 12,
    marginal: float = 0.8,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Render scenes, with COCO instances, scene graphs and captions that are exactly true of them.

    Writes pictures of 128 × 128 pixels and their annotations; the same command finishes a folder that was interrupted.

    Parameters
    ----------
    n
        How many scenes.
    out
        The folder to write to; new or empty.
    seed
        What all draws are made with; the same seed gives the same scenes, however many.
    combinations
        Which colours objects may have. familiar: those that they have where sightline's own model is trained. novel:
        the one that each never has there. any: all.
    fewest
        Objects of a scene, at least; one scene in a thousand has one less, which others came to lie upon.
    most
        Objects of a scene, at most.
    marginal
        Of the things that come along with what a scene is about, the share that can hardly be seen, from 0 to 1.
    overwrite
        Delete the scenes that are there, and begin anew.
    """
    from sightline.scenes.rendered import World, render_scenes

    world = World(fewest=fewest, most=most, marginal=marginal)
    with _shown_progress() as progress:
        rendered = render_scenes(out, n, seed, world, combinations, overwrite, progress)
    _show(rendered)


@contextmanager
def _shown_progress() -> Iterator[Callable[[int, int], None]]:
    """Progress as a bar where errors go to a terminal, else as a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        say = now_and_then(screen)
        yield lambda done, total: say(f"{done:,} of {total:,} rendered")
        return
    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=screen) as bar:
        shown = bar.add_task("", total=None)
        yield lambda done, total: bar.update(shown, total=total, completed=done)


def _show(rendered: "Rendered") -> None:
    from sightline.cli.tables import print_named

    folder = rendered.folder
    kept = f", of which {rendered.kept:,} were there already" if rendered.kept else ""
    written = [folder / "images", *rendered.files]
    instances, graphs = (shlex.quote(str(folder / name)) for name in ("instances.json", "scene_graphs.json"))
    measured = ["--images", str(folder / "images"), "--labels", f"own={folder / 'instances.json'}"]
    following = [
        f"sightline build pope --from {instances} --out pope --images {rendered.pollable}",
        f"sightline build counting --from {graphs} --out counting.jsonl",
        f"sightline build colour --from {graphs} --out colour.jsonl",
        f"sightline measure chair --model MODEL {shlex.join(measured)}",
    ]
    lines = {
        "images": f"{rendered.images:,}{kept}",
        "objects": f"{rendered.objects:,}, {rendered.marginal_share:.1%} of them at the edge of visibility",
        "written": "\n".join(str(path) for path in written),
        "next": "\n".join(following if rendered.pollable else following[1:]),
    }
    print_named(lines, 9)
