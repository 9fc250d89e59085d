"""What a report is made of: sections of prose, facts, tables, figures, examples and replies.

Any room can make them; they know nothing of HTML, and the page knows nothing of what they mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from sightline.report.examples import Examples
from sightline.report.heat_explorer import HeatMap
from sightline.report.shown import Show
from sightline.report.token_table import TokenTable

__all__ = ["Column", "Facts", "Figure", "Part", "Replies", "Report", "Section", "Show", "Table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that is shown.

    Args:
        name: its name in the data.
        title: its heading.
        show: how its values are shown.
        interval: the columns that hold the two ends of its interval, which stands beneath the value.
        before: the column with the count before a change; the difference stands beneath.
        note: what it means, for those who ask.
    """

    name: str
    title: str
    show: Show = Show.TEXT
    interval: tuple[str, str] | None = None
    before: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, of which some columns are shown and all can be taken away as CSV.

    Args:
        name: what its file is called, without suffix.
        caption: what it shows.
        data: its rows, in the order shown.
        columns: those shown, the first one naming the row.
        groups: the column whose value heads each run of rows, where there is one.
        folded: shown only when asked for.
    """

    name: str
    caption: str
    data: pa.Table
    columns: tuple[Column, ...]
    groups: str | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing, inline.

    Args:
        name: what its file is called, without suffix.
        caption: what it shows.
        wide: SVG for a desk.
        narrow: SVG for a phone.
        csv: the numbers behind it.
        description: the same in words.
    """

    name: str
    caption: str
    wide: str
    narrow: str
    csv: str
    description: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Short facts, each a name and what is the case."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Replies:
    """Replies to browse.

    Args:
        data: columns model, question_id, split, image, question, reply, source; ``reads:NAME`` for every reader and
            ``label:NAME`` for every label set; and judgement where replies were judged.
        reader: the reader chosen at first.
        labels: the label set chosen at first.
        images: name → JPEG bytes of those that are shown; None where no images were asked for.
        yes_no: whether readings and labels are yes and no, so that replies are true or false positives and so on.
    """

    data: pa.Table
    reader: str
    labels: str
    images: Mapping[str, bytes] | None = None
    yes_no: bool = True


Part = Facts | Table | Figure | Examples | HeatMap | Replies | TokenTable


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report.

    Args:
        title: its heading.
        prose: paragraphs, before the parts.
        parts: what it shows.
    """

    title: str
    prose: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Args:
        title: its heading.
        lead: one sentence beneath it.
        sections: what it holds.
        made_by: the program and version, in the foot.
    """

    title: str
    lead: str
    sections: tuple[Section, ...] = field(default=())
    made_by: str = ""
