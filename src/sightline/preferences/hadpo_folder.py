"""The folder that HA-DPO's trainer for LLaVA-1.5 takes: questions, descriptions, and where images lie by number.

The trainer looks numbers up in ``image_data.json`` as Visual Genome has it, and opens ``<vg_path>/<folder>/<file>``.
Any images can be given to it that way, with a link for each of their folders.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from sightline.core import PreferencePair
from sightline.errors import DataError, RequestError
from sightline.preferences.formats import hadpo
from sightline.preferences.formats.remainder import with_remainders
from sightline.preferences.formats.visual_genome import FILE
from sightline.records.atomic import write_bytes

__all__ = ["write_hadpo"]


def write_hadpo(pairs: Sequence[PreferencePair], out: Path, images: Path, overwrite: bool = False) -> tuple[Path, ...]:
    """Write the folder.

    Args:
        pairs: whole replies.
        out: the folder.
        images: the folder of the images.
        overwrite: whether earlier files may be replaced.

    Returns:
        The file of questions, that of descriptions, which is empty, and that of images.

    Raises:
        RequestError: a file is there already.
        DataError: a file cannot be written, or a link not made.
    """
    files = [out / name for name in ("pope_data.json", "desc_data.json", FILE)]
    for path in files:
        if path.exists() and not overwrite:
            raise RequestError(f"{path} is there already. Choose another folder, or say --overwrite.")
    names = list(dict.fromkeys(pair.image.name for pair in pairs))
    numbers = _numbers(names)
    folders = {name: str(PurePosixPath(name).parent) for name in names}
    links = _links(folders.values())
    for folder, link in links.items():
        _link(out / link, images / folder)
    listed = [
        {"image_id": numbers[name], "url": f"{links[folders[name]]}/{PurePosixPath(name).name}"} for name in names
    ]
    rows = with_remainders(pairs, lambda pair: hadpo.row(pair, numbers[pair.image.name]), hadpo.QUESTIONS)
    for path, value in zip(files, (rows, {}, listed), strict=True):
        write_bytes(path, (json.dumps(value, indent=1) + "\n").encode())
    return tuple(files)


def _numbers(names: Sequence[str]) -> dict[str, int]:
    """Numbers by name: the ones that names consist of, where all do and no two have the same; else counted from one."""
    stems = [PurePosixPath(name).stem for name in names]
    numbered = all(stem.isdecimal() for stem in stems)
    own = [int(stem) for stem in stems] if numbered else []
    return dict(zip(names, own if len(set(own)) == len(names) else range(1, len(names) + 1), strict=True))


def _links(folders: Iterable[str]) -> dict[str, str]:
    """The name of a link for each folder, no two of them the same."""
    links: dict[str, str] = {}
    for folder in dict.fromkeys(folders):
        link = "images" if folder == "." else folder.strip("/").replace("/", "_")
        while link in links.values():
            link += "_"
        links[folder] = link
    return links


def _link(link: Path, folder: Path) -> None:
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_symlink():
            link.unlink()
        link.symlink_to(folder.resolve(), target_is_directory=True)
    except OSError as error:
        raise DataError(f"the link cannot be made ({error.strerror or error})", file=link) from error
