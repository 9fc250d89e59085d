"""A folder of rendered scenes, for everything that reads pictures and annotations.

- ``images/`` holds the pictures, ``scene_000000.png`` and so on.
- ``instances.json``: COCO instances, with the words of the objects beside it in ``vocabulary.json``.
- ``scene_graphs.json``: objects, attributes and relations, with Visual Genome's field names.
- ``captions.jsonl``: a true description of every scene.
- ``render.json`` says what was rendered. It is written last, and holds no times, so equal settings give equal bytes.

A picture depends on the settings and its number alone: a call that was interrupted goes on where it stopped, and ends
byte for byte like another.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, get_args

from sightline.errors import DataError, RequestError
from sightline.records.atomic import settle, write_bytes, write_parts
from sightline.scenes.rendered import annotations, held_folder
from sightline.scenes.rendered.compose import CANVAS_PX, Combinations, RenderedScene, compose
from sightline.scenes.rendered.paint import paint
from sightline.scenes.rendered.png import encode, is_whole
from sightline.scenes.rendered.world import KINDS, World

__all__ = ["Rendered", "render_scenes"]

_BATCH = 16
"""Scenes that are drawn, then painted, then written: a quarter faster than one by one, since each step keeps the
processor's caches to itself."""

_ASKED = 3
"""Objects that are there, and that are not, which POPE asks of an image."""


class Rendered(NamedTuple):
    """What a folder of rendered scenes holds.

    Args:
        folder: where it is.
        images: how many scenes.
        kept: how many of their pictures were there already.
        objects: how many objects, of all scenes together.
        marginal: how many of them are at the edge of visibility.
        marginal_share: the same as a share.
        pollable: how many scenes hold three kinds of objects and lack three others, as POPE asks by default.
        sha256: of all pictures, one after the other.
        files: what was written beside the pictures.
    """

    folder: Path
    images: int
    kept: int
    objects: int
    marginal: int
    marginal_share: float
    pollable: int
    sha256: str
    files: tuple[Path, ...]


def render_scenes(
    out: str | Path,
    n: int = 500,
    seed: int = 0,
    world: World | None = None,
    combinations: Combinations = "familiar",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Rendered:
    """Render scenes whose truth is exact, with annotations, into a folder.

    Args:
        out: the folder; the same call again finishes one that was interrupted.
        n: how many scenes.
        seed: what they are drawn with; from 0 on.
        world: how often what happens (`sightline.scenes.rendered.World`); the world that sightline's own model knows
            where None.
        combinations: which colours objects may have: "familiar", those of training; "novel", the one that each object
            never has there; "any".
        overwrite: whether scenes that are there may be replaced by others.
        progress: told now and then how many pictures there are, and how many there will be.

    Raises:
        RequestError: what is asked for is impossible, or the folder holds something else.
        DataError: a file cannot be written, or a complete folder no longer holds the pictures that were rendered.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     rendered = render_scenes(folder, n=3)
        ...     sorted(path.name for path in rendered.files), (rendered.folder / "images/scene_000002.png").exists()
        (['captions.jsonl', 'instances.json', 'render.json', 'scene_graphs.json', 'vocabulary.json'], True)
    """
    folder, world = Path(out), world or World()
    settings = _settings(n, seed, world, combinations)
    with held_folder.hold(folder, settings, overwrite) as complete:
        scenes, kept, sha256 = _pictures(folder, n, seed, world, combinations, progress)
        if complete and complete.get("sha256") != sha256:
            raise DataError(
                f"the pictures are not those that were rendered: sha256 of all is {sha256}, {held_folder.RECORD} says "
                f"{complete.get('sha256')}",
                file=folder / held_folder.IMAGES,
                hint="Put them back, or say --overwrite to render them anew.",
            )
        _write_annotations(folder, scenes)
        counts = _counts(scenes)
        held_folder.write_record(folder, settings, {**counts, "sha256": sha256})
    files = tuple(folder / name for name in (*held_folder.FILES, held_folder.RECORD))
    return Rendered(
        folder,
        n,
        kept,
        counts["objects"],
        counts["marginal"],
        counts["marginal_share"],
        _pollable(scenes),
        sha256,
        files,
    )


def _settings(n: int, seed: int, world: World, combinations: Combinations) -> dict[str, Any]:
    """What is to be rendered, JSON-ready; refused where it is impossible."""
    if n < 1:
        raise RequestError(f"{n} scenes were asked for; ask for one or more.")
    if seed < 0:
        raise RequestError(f"The seed is {seed}; seeds start from 0.")
    if combinations not in get_args(Combinations):
        raise RequestError(f"Combinations are {combinations!r}; expected {', '.join(get_args(Combinations))}.")
    shares = {name: value for name, value in asdict(world).items() if name not in ("fewest", "most")}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise RequestError(f"{name} is {value}; it is a share, from 0 to 1.")
    if not 0 < world.faintest <= world.faint:
        raise RequestError(f"faintest is {world.faintest} and faint {world.faint}; expected 0 < faintest <= faint.")
    compose(seed, 0, world, combinations)
    return {
        "sightline": version("sightline"),
        "images": n,
        "side_px": CANVAS_PX,
        "seed": seed,
        "combinations": combinations,
        "world": asdict(world),
    }


def _pictures(
    folder: Path,
    n: int,
    seed: int,
    world: World,
    combinations: Combinations,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[RenderedScene], int, str]:
    """Paint the pictures that are not there; returns all scenes, how many were there, and the hash of all pictures."""
    images = folder / held_folder.IMAGES
    scenes: list[RenderedScene] = []
    kept, digest = 0, hashlib.sha256()
    for start in range(0, n, _BATCH):
        batch = [compose(seed, index, world, combinations) for index in range(start, min(start + _BATCH, n))]
        there = {scene.index: data for scene in batch if (data := _there(images / annotations.image_name(scene.index)))}
        drawn = _drawn(images, [scene for scene in batch if scene.index not in there])
        for scene in batch:
            digest.update(there.get(scene.index) or drawn[scene.index])
        scenes += batch
        kept += len(there)
        if progress:
            progress(len(scenes), n)
    settle([*(images / annotations.image_name(index) for index in range(n)), images, folder])
    return scenes, kept, digest.hexdigest()


def _drawn(images: Path, scenes: Sequence[RenderedScene]) -> dict[int, bytes]:
    """Paint some scenes and write their pictures."""
    painted = [paint(scene) for scene in scenes]
    encoded = {scene.index: encode(pixels) for scene, pixels in zip(scenes, painted, strict=True)}
    for index, data in encoded.items():
        # a kill leaves it whole or not at all; a power cut may not, which is seen when it is next looked at
        write_bytes(images / annotations.image_name(index), data, settled=False)
    return encoded


def _there(file: Path) -> bytes | None:
    """A picture that was written before, where no byte of it is missing."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", file=file) from error
    return data if is_whole(data) else None


def _write_annotations(folder: Path, scenes: Sequence[RenderedScene]) -> None:
    words = json.dumps(annotations.vocabulary(), indent=1) + "\n"
    contents = (
        annotations.instances(scenes),
        annotations.scene_graphs(scenes),
        annotations.captions(scenes),
        (words.encode(),),
    )
    for name, parts in zip(held_folder.FILES, contents, strict=True):
        write_parts(folder / name, parts)


def _counts(scenes: Sequence[RenderedScene]) -> dict[str, Any]:
    """What is in all scenes together, JSON-ready."""
    objects = [each for scene in scenes for each in scene.objects]
    hidden = Counter(each.hidden for each in objects)
    of_kind = Counter(each.kind for each in objects)
    with_kind = Counter(kind for scene in scenes for kind in scene.kinds)
    marginal = len(objects) - hidden[""]
    return {
        "objects": len(objects),
        "marginal": marginal,
        "marginal_share": round(marginal / len(objects), 4),
        "hidden": {reason: hidden[reason] for reason in ("faint", "tiny", "covered")},
        "kinds": {kind: {"images": with_kind[kind], "objects": of_kind[kind]} for kind in KINDS},
    }


def _pollable(scenes: Sequence[RenderedScene]) -> int:
    kinds = len({kind for scene in scenes for kind in scene.kinds})
    return sum(_ASKED <= len(scene.kinds) <= kinds - _ASKED for scene in scenes)
