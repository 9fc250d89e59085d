import base64
import io
import json
import re

import pyarrow as pa
import pytest
from PIL import Image

from sightline.errors import DataError
from sightline.report.columnar import json_in_html, pack
from sightline.report.examples import Example, Examples, Exchange, Span
from sightline.report.heat_explorer import HeatMap
from sightline.report.page import render, write
from sightline.report.sections import Column, Facts, Figure, Replies, Report, Section, Show, Table
from sightline.report.token_table import TokenRow, TokenSample, TokenTable

HOSTILE = "</script><img src=x onerror=alert(1)>"


def _page(*parts, title="Report", prose=()):
    return render(Report(title, "lead", (Section("Section", prose, parts),)))


def _table(columns, **values):
    return Table("t", "A table", pa.table(values), tuple(columns))


def _cells(page):
    return re.findall(r"<(?:td|th scope=row)[^>]*>(.*?)</t[dh]>", page)


def _replies(reply="Yes", images=None):
    row = {"model": "m", "question_id": "random/1", "split": "random", "image": "a.jpg", "question": "Is there a dog?"}
    row |= {"reply": reply, "source": "f:1:2", "reads:strict": "yes", "label:pope": "no"}
    return Replies(pa.Table.from_pylist([row]), "strict", "pope", images)


def _png(size=(2, 1)):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "PNG")
    return buffer.getvalue()


def _heads(**texts):
    cell = {"layer": 0, "head": 0, "value": 0.5, "low": None, "high": None, "significant": True, "marked": False}
    return pa.Table.from_pylist([cell | texts])


def _hostile_exchange():
    return Exchange(HOSTILE, HOSTILE, "wrong", HOSTILE, (Span(0, 12, "wrong"),))


def _data(page):
    return json.loads(re.search(r'id="browser-data">(.*?)</script>', page)[1])


def test_a_rate_stands_above_its_interval() -> None:
    column = Column("f1", "F1", Show.PERCENT, ("low", "high"))
    assert _cells(_page(_table([column], f1=[0.8553], low=[0.8412], high=[0.8684]))) == [
        "85.53<small>84.1–86.8</small>"
    ]


def test_a_difference_has_its_sign_in_points() -> None:
    column = Column("d", "Δ", Show.POINTS, ("low", "high"))
    cells = _cells(_page(_table([column], d=[-0.0125], low=[-0.0247], high=[0.0002])))
    assert cells == ["−1.25<small>−2.47 to +0.02</small>"]


def test_a_count_that_changed_shows_before_after_and_difference() -> None:
    column = Column("to", "TP", Show.COUNT, before="from")
    assert _cells(_page(_table([column], **{"to": [998], "from": [1150]}))) == ["1,150 → 998<small>−152</small>"]


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        (Show.PROBABILITY, 0.0004, "&lt;0.001"),
        (Show.PROBABILITY, 0.0412, "0.041"),
        (Show.SHIFT, -2, "▲ 2"),
        (Show.SHIFT, 0, "="),
        (Show.PERCENT, None, "–"),
    ],
)
def test_values_are_shown_as_their_column_says(show, value, shown) -> None:
    assert _cells(_page(_table([Column("v", "V", show)], v=[value]))) == [shown]


def test_a_group_is_headed_once() -> None:
    table = Table("t", "A table", pa.table({"split": ["a", "a", "b"], "n": [1, 2, 3]}), (Column("n", "N"),), "split")
    assert re.findall(r'class="group".*?<span>(.*?)</span>', _page(table)) == ["a", "b"]


def test_a_table_can_be_taken_away_whole() -> None:
    page = _page(_table([Column("f1", "F1", Show.PERCENT)], f1=[0.5], hidden=["x"]))
    link = re.search(r'download="t.csv" href="data:text/csv;charset=utf-8;base64,([^"]*)"', page)
    assert base64.b64decode(link[1]).decode() == '"f1","hidden"\n0.5,"x"\n'


def test_nothing_from_a_file_becomes_markup() -> None:
    page = _page(
        Facts(((HOSTILE, HOSTILE),)),
        Table(HOSTILE, HOSTILE, pa.table({"m": [HOSTILE]}), (Column("m", HOSTILE, note=HOSTILE),), "m"),
        Figure(HOSTILE, HOSTILE, "<svg></svg>", "<svg></svg>", HOSTILE, HOSTILE),
        Examples(HOSTILE, (Example(_png(), (_hostile_exchange(),), (HOSTILE,), HOSTILE),)),
        TokenTable(HOSTILE, HOSTILE, (TokenSample(HOSTILE, (TokenRow(HOSTILE, (HOSTILE,), (0.5,), ("true",)),)),)),
        HeatMap(HOSTILE, HOSTILE, _heads(before=HOSTILE, after=HOSTILE), HOSTILE),
        _replies(HOSTILE),
        title=HOSTILE,
        prose=(HOSTILE,),
    )
    assert "<img src=x" not in page
    assert page.count("<script") == page.count("</script") == 2


def test_the_page_names_nothing_outside_itself() -> None:
    card = Example(_png(), (Exchange("Is there a dog?", "Yes"),))
    page = _page(_replies(images={"a.jpg": b"jpeg"}), Facts((("a", "b"),)), Examples("Cards", (card,)))
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert "url(" not in page and "@import" not in page


def test_the_policy_lets_only_the_pages_own_script_run() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', _page())[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-")


def test_every_image_is_held_once_and_an_absent_one_as_null() -> None:
    assert _data(_page(_replies(images={"a.jpg": b"jpeg"})))["images"] == [base64.b64encode(b"jpeg").decode()]
    assert _data(_page(_replies(images={})))["images"] == [None]


def test_a_source_is_split_at_its_last_colon() -> None:
    columns = _data(_page(_replies()))["columns"]
    assert (columns["file"]["values"], columns["row"]["values"]) == (["f:1"], ["2"])


def test_two_sections_of_one_title_have_two_addresses() -> None:
    page = render(Report("r", "", (Section("Same"), Section("Same"))))
    assert re.findall(r'<section id="([^"]*)"', page) == ["same", "same-1"]


def test_codes_take_as_many_bytes_as_the_values_need() -> None:
    packed = pack(pa.table({"few": ["a", "b"] * 150, "many": [str(n) for n in range(300)]}))["columns"]
    assert (packed["few"]["bytes"], packed["many"]["bytes"]) == (1, 2)
    assert list(base64.b64decode(packed["many"]["codes"])[-2:]) == [299 - 256, 1]


def test_missing_values_are_values_too() -> None:
    assert pack(pa.table({"reply": ["a", None]}))["columns"]["reply"]["values"] == ["a", None]


def test_json_survives_being_put_into_a_page() -> None:
    value = ["<!--", "&amp;", "\u2028", "\u0000", "ä"]
    written = json_in_html(value)
    assert json.loads(written) == value
    assert not set("<>&\u2028") & set(written)


def test_a_page_is_written_whole_or_not_at_all(tmp_path) -> None:
    out = tmp_path / "report.html"
    assert write(Report("r", ""), out) == out.stat().st_size
    with pytest.raises(DataError, match="cannot be written"):
        write(Report("r", ""), out / "inside a file" / "report.html")
    assert list(tmp_path.iterdir()) == [out]
