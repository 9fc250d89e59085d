"""Public benchmark files and images by name."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from sightline.benchmarks import ALL
from sightline.core import Benchmark
from sightline.errors import RequestError, unknown_name
from sightline.records.fetched_images import Fetched, fetch_images
from sightline.records.public_files import cache_folder, cached, fetch

__all__ = ["get_images", "get_public", "image_step", "public_table"]

_COMMIT = 40
"""Hexadecimal digits of a commit."""


def get_public(name: str, told: Callable[[str, int, int], None] | None = None) -> Path:
    """Fetch the files of a public label set into the cache and return its folder.

    Args:
        name: of the label set.
        told: told the name of a file, how many of its bytes are there, and of how many.

    Raises:
        RequestError: no public label set has this name.
        FetchError: there is no network, or what came is not the file expected.
    """
    return fetch(name, _owner(name).public[name], told=told)


def image_step(name: str) -> str:
    """How to get the images of a public label set, in one line; "" where nothing is known.

    Raises:
        RequestError: no public label set has this name.
    """
    images = _owner(name).images
    folder = cache_folder() / name
    own = f"sightline data pictures {name} --out FOLDER" if images.addresses or images.archives else ""
    return "; ".join(part for part in (own, images.note.format(folder=folder)) if part)


def get_images(
    name: str, out: Path, labels: Path | None = None, told: Callable[[str, int, int], None] | None = None
) -> Fetched:
    """Fetch the images of a label set that have an address each, or lie in archives; those that are there are kept.

    Args:
        name: of a public label set, whose files are fetched first where they are not in the cache.
        out: the folder of images.
        labels: file or folder of questions, in place of the public ones: the images of these alone.
        told: told what is being done, how much of it is done, and of how much.

    Raises:
        RequestError: no public label set has this name, or its images have no addresses.
        DataError: the questions cannot be read, or an image cannot be written.
        FetchError: there is no network.
    """
    benchmark = _owner(name)
    images = benchmark.images
    if images.addresses is None and not images.archives:
        step = image_step(name)
        raise RequestError(f"The images of {name} have no addresses." + (f" How to get them: {step}" if step else ""))
    path = labels or cached(name, benchmark.public[name]) or get_public(name, told)
    labelled = benchmark.read_labels(path, name)
    if images.addresses:
        return fetch_images(images.addresses(labelled), out, told)
    names = dict.fromkeys(image.name for question in labelled.questions for image in question.images)
    there = sum((out / image).is_file() for image in names)
    fetch(name, images.archives, out, told)
    archives = ", ".join(archive.name for archive in images.archives)
    missing = {image: f"not in {archives}" for image in names if not (out / image).is_file()}
    return Fetched(len(names) - len(missing) - there, there, missing)


def public_table() -> pa.Table:
    """Every public label set: name, benchmark, files, cached, from."""
    rows = [
        {
            "name": name,
            "benchmark": benchmark.name,
            "files": len(files),
            "cached": cached(name, files) is not None,
            "from": _place(files[0].url),
        }
        for benchmark in ALL.values()
        for name, files in benchmark.public.items()
    ]
    return pa.Table.from_pylist(rows)


def _place(url: str) -> str:
    """The repository or server that a file comes from, with its commit.

    Example:
        >>> _place("https://raw.githubusercontent.com/AoiDragon/POPE/" + "08d957b" * 5 + "08d95/output/a.json")
        'github.com/AoiDragon/POPE@08d957b'
        >>> _place("http://images.cocodataset.org/annotations/annotations_trainval2014.zip")
        'images.cocodataset.org'
    """
    parts = urlsplit(url)
    path = parts.path.strip("/").split("/")
    commit = next((part for part in path if len(part) == _COMMIT and set(part) <= set("0123456789abcdef")), "")
    at = f"@{commit[:7]}" if commit else ""
    if parts.netloc in ("raw.githubusercontent.com", "github.com"):
        return f"github.com/{path[0]}/{path[1]}{at}"
    if parts.netloc == "huggingface.co" and path[0] == "datasets":
        return f"huggingface.co/datasets/{path[1]}/{path[2]}{at}"
    return parts.netloc


def _owner(name: str) -> Benchmark:
    """The benchmark of a public label set."""
    for benchmark in ALL.values():
        if name in benchmark.public:
            return benchmark
    if name in ALL and ALL[name].images.note:
        raise RequestError(f"{name} cannot be fetched file by file. How to get it: {ALL[name].images.note}")
    raise unknown_name("public label set", name, [known for benchmark in ALL.values() for known in benchmark.public])
