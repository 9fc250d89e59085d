"""Sections as one page of HTML that asks nobody for anything: style, script, drawings, images and data are inside.

Texts of questions and replies are untrusted. What stands in the page as text is escaped by Jinja; what the script shows
is put in as text, never as markup; and the page's policy lets no script run but its own, known by its hash.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sightline.records.atomic import write_bytes
from sightline.records.tables import csv_bytes
from sightline.report.columnar import json_in_html, pack
from sightline.report.examples import Kind, Mark
from sightline.report.sections import Column, Part, Replies, Report, Show, Table
from sightline.report.shown import interval_shown, minus, shown
from sightline.report.token_table import TokenMark

__all__ = ["render", "write"]

_TEMPLATES = files("sightline.report") / "templates"


def write(report: Report, out: Path) -> int:
    """Write a report as a page, whole or not at all.

    Returns:
        Its size in bytes.

    Raises:
        DataError: the file cannot be written.
    """
    data = render(report).encode()
    write_bytes(out, data)
    return len(data)


def render(report: Report) -> str:
    """The page of a report."""
    environment = Environment(
        loader=PackageLoader("sightline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("page.html.j2").render(
        report=report,
        ids=_ids([section.title for section in report.sections]),
        kind=_kind,
        table_rows=_table_rows,
        data_link=_data_link,
        csv_of=lambda table: csv_bytes(table.data).decode(),
        markup=Markup,
        replies_json=lambda replies: Markup(json_in_html(_replies_data(replies))),
        style=Markup((_TEMPLATES / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        right_aligned=_RIGHT,
        kind_words=_KIND_WORDS,
        mark_words=_MARK_WORDS,
        token_words=_TOKEN_WORDS,
    )


class _Cell(NamedTuple):
    """What stands in a cell: a text, and a smaller one beneath."""

    text: str
    beneath: str = ""


class _Row(NamedTuple):
    """A row of a table, or the heading of a group of them."""

    heading: str | None
    cells: tuple[_Cell, ...] = ()


_RIGHT = frozenset(Show) - {Show.TEXT, Show.CODE}


_KIND_WORDS: dict[Kind, str] = {"wrong": "wrong", "right": "right", "said": "spoken of"}
_TOKEN_WORDS: dict[TokenMark, str] = {"true": "true answer", "asserted": "asserted answer"}
_MARK_WORDS: dict[Mark, str] = {
    "right": "✓ right",
    "wrong": "✗ wrong",
    "copied": "= copied",
    "hallucinated": "▲ hallucinated",
}


def _kind(part: Part) -> str:
    return type(part).__name__


def _table_rows(table: Table) -> Iterator[_Row]:
    """The rows of a table with a heading wherever another group begins."""
    group: object = None
    for record in table.data.to_pylist():
        if table.groups is not None and record[table.groups] != group:
            group = record[table.groups]
            yield _Row(str(group))
        yield _Row(None, tuple(_cell(column, record) for column in table.columns))


_ABSENT = "–"


def _cell(column: Column, record: dict[str, Any]) -> _Cell:
    value = record[column.name]
    if value is None:
        return _Cell(_ABSENT)
    if column.before is not None:
        before = record[column.before]
        return _Cell(f"{before:,} → {value:,}", minus(f"{value - before:+,}"))
    low, high = (record[name] for name in column.interval) if column.interval else (None, None)
    between = "" if low is None or high is None else interval_shown(column.show, low, high)
    return _Cell(shown(column.show, value), between)


def _data_link(text: str, kind: str) -> str:
    """A link that holds what it leads to."""
    return f"data:{kind};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def _ids(titles: list[str]) -> list[str]:
    """A name for each section that links can lead to; the same title twice gets two names."""
    ids: list[str] = []
    for title in titles:
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
        ids.append(name if name not in ids else f"{name}-{len(ids)}")
    return ids


def _replies_data(replies: Replies) -> dict[str, Any]:
    """What the script needs: the replies, and the images in the order of their names."""
    packed = pack(_sources_split(replies.data))
    names = packed["columns"]["image"]["values"]
    images = replies.images
    return {
        **packed,
        "reader": replies.reader,
        "labels": replies.labels,
        "yes_no": replies.yes_no,
        "images": None
        if images is None
        else [base64.b64encode(images[name]).decode() if name in images else None for name in names],
    }


def _sources_split(table: pa.Table) -> pa.Table:
    """Put ``file:row`` into two columns, so that a file is named once and not in every row."""
    parts = [(None, None) if at is None else at.rsplit(":", 1) for at in table["source"].to_pylist()]
    table = table.drop_columns(["source"])
    for place, name in enumerate(("file", "row")):
        table = table.append_column(name, pa.array([part[place] for part in parts], pa.string()))
    return table
