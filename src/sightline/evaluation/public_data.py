"""Public benchmark files by name."""

from pathlib import Path

import pyarrow as pa

from sightline.benchmarks import ALL
from sightline.errors import unknown_name
from sightline.records.public_files import cached, fetch

__all__ = ["get_public", "public_table"]


def get_public(name: str) -> Path:
    """Fetch the files of a public label set into the cache and return its folder.

    Raises:
        RequestError: no public label set has this name.
        FetchError: there is no network, or what came is not the file expected.
    """
    for benchmark in ALL.values():
        if name in benchmark.public:
            return fetch(name, benchmark.public[name])
    raise unknown_name("public label set", name, [known for benchmark in ALL.values() for known in benchmark.public])


def public_table() -> pa.Table:
    """Every public label set: name, benchmark, files, cached, from."""
    rows = [
        {
            "name": name,
            "benchmark": benchmark.name,
            "files": len(files),
            "cached": cached(name, files) is not None,
            "from": files[0].url.rsplit("/", 1)[0],
        }
        for benchmark in ALL.values()
        for name, files in benchmark.public.items()
    ]
    return pa.Table.from_pylist(rows)
