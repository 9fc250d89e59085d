"""The folder of a build of FINER: its files, written together, the record last."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from sightline.benchmarks.finer_published import QTYPES, published_table
from sightline.queries.elements_file import Kept, elements_bytes
from sightline.queries.fine_question import FineQuestion
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows
from sightline.records.tables import csv_bytes
from sightline.scenes.scene_graphs import SceneGraph
from sightline.scenes.scene_graphs.plain import graph_record

__all__ = ["FILES", "FinerFiles", "by_setting", "write_finer"]

FILES = {
    "questions": "finer.jsonl",
    "levels": "finer_levels.jsonl",
    "elements": "elements.jsonl",
    "graphs": "graphs.jsonl",
    "left_out": "left_out.jsonl",
    "verified": "verified.jsonl",
    "record": "build.json",
}
"""The files of a build by what they hold."""

_PUBLISHED = "published"


class FinerFiles(NamedTuple):
    """What the files of a build hold; of what there is nothing no file is written.

    Args:
        questions: of the four settings.
        levels: of the levels of granularity.
        elements: what was asked about, with all that was refused.
        graphs: the scenes.
        left_out: reason → what was left out for it.
        verified: what the judge saw of each scene.
    """

    questions: Sequence[FineQuestion]
    levels: Sequence[FineQuestion]
    elements: Sequence[Kept]
    graphs: Sequence[SceneGraph]
    left_out: Mapping[str, Sequence[str]]
    verified: Sequence[Mapping[str, Any]]


def write_finer(folder: Path, files: FinerFiles, record: Mapping[str, Any], published: bool) -> list[str]:
    """Write a build in the place of an earlier one, of which nothing stays.

    Args:
        folder: it is there.
        files: what they hold.
        record: of the build; the names of the files and their hashes are added.
        published: whether the questions are written with FINER's published columns as well.

    Returns:
        The files that were written.

    Raises:
        DataError: a file cannot be written.
    """
    contents = {FILES[name]: data for name, data in _contents(files).items() if data}
    if published:
        contents |= {
            f"{_PUBLISHED}/{QTYPES[setting]}.csv": csv_bytes(published_table(own))
            for setting, own in by_setting(files.questions).items()
        }
    _clear(folder)
    for name, data in contents.items():
        write_bytes(folder / name, data)
    written = [str(folder / name) for name in (*contents, FILES["record"])]
    sha256 = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    text = json.dumps({**record, "files": written, "sha256": sha256}, indent=1, ensure_ascii=False)
    write_bytes(folder / FILES["record"], f"{text}\n".encode())
    return written


def by_setting(questions: Iterable[FineQuestion]) -> dict[str, list[FineQuestion]]:
    """Questions by their setting or level, in order."""
    found: dict[str, list[FineQuestion]] = {}
    for question in questions:
        found.setdefault(question.setting, []).append(question)
    return found


def _contents(files: FinerFiles) -> dict[str, bytes]:
    left_out = ({"reason": reason, "what": what} for reason, own in files.left_out.items() for what in own)
    return {
        "questions": _lines(question.record for question in files.questions),
        "levels": _lines(question.record for question in files.levels),
        "elements": elements_bytes(files.elements),
        "graphs": _lines(graph_record(graph) for graph in files.graphs),
        "left_out": _lines(left_out),
        "verified": _lines(files.verified),
    }


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    rows = list(records)
    return encode_rows(rows, Layout()) if rows else b""


def _clear(folder: Path) -> None:
    """Take away the files of an earlier build, its record first: without that it is no build."""
    published = [f"{_PUBLISHED}/{qtype}.csv" for qtype in QTYPES.values()]
    for name in (FILES["record"], *FILES.values(), *published):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # it is not there, or holds something else
        (folder / _PUBLISHED).rmdir()
