"""``sightline audit report``: one page on an audit of three images, with and without models."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tiny_pope import NEGATIVES, llava, rows_of, truth, write_lines

from sightline.audit.entries import Stage
from sightline.audit.people import Role
from sightline.audit.store import Store

Run = Callable[..., str]


@pytest.fixture
def run(commands: Run) -> Run:
    for split in NEGATIVES:
        write_lines(Path("old") / f"tiny_pope_{split}.json", rows_of(split))
        write_lines(Path(f"m_{split}.jsonl"), llava(split, truth))
        write_lines(Path(f"yes_{split}.jsonl"), llava(split, lambda row: "Yes.", "yes"))
    Path("images").mkdir()
    for place, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        Image.new("RGB", (40, 30), (80 * place, 90, 120)).save(Path("images") / name)
    commands("audit", "new", "a.sqlite", "--labels", "old=old", "--images", "images")
    return commands


def look(number: int) -> None:
    """Have two people look at items that are drawn: of each label the first is wrong, the others are right."""
    with Store.open("a.sqlite") as store:
        for name in ("ann", "bob"):
            store.add_person(name, Role.LABELLER)
        other, seen = {"yes": "no", "no": "yes"}, set()
        for work in store.next_items("ann", Stage.LABEL, number):
            old = str(store.item(work.item).old)
            word = old if old in seen else other[old]
            seen.add(old)
            store.claim("bob", Stage.LABEL, work.item)
            for name in ("ann", "bob"):
                store.say(name, work.item, Stage.LABEL, word, "", 2.0, request=work.item)


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


REPLIES = (
    "--replies",
    "m_random.jsonl",
    "yes_random.jsonl",
    "--labels",
    "old=old",
    "--split",
    "random",
    "--draws",
    100,
)


def test_without_replies_the_page_tells_what_was_found(run: Run) -> None:
    look(6)
    out = run("audit", "report", "a.sqlite")
    page = Path("audit.html").read_text()
    assert headings(page) == ["Summary", "Labels that changed", "Agreement"]
    assert "Labelled yes, found to be no." in page and page.count('src="data:image/jpeg') == 2
    assert "6 (60.0%)" in page and "2 have labelled" in page and "Krippendorff" in page
    assert out.splitlines()[:4] == [
        "audit        a.sqlite",
        "decided      6 of 10 items",
        "sections     Summary, Labels that changed, Agreement",
        "models       none; --replies FILE … adds ranks",
    ]


def test_with_replies_models_are_ranked_under_old_found_and_corrected_labels(run: Run) -> None:
    look(8)
    out = run("audit", "report", "a.sqlite", *REPLIES, "--title", "Ours", "--out", "page.html")
    page = Path("page.html").read_text()
    assert headings(page) == [
        *("Summary", "Labels that changed", "Agreement", "Ranks", "Differences", "Label changes"),
        "Partly audited labels",
    ]
    assert re.search(r"\b\d of 6 labels were checked\. Under audited", page)
    assert "F1, corrected" in page and "F1, old" in page
    assert "models       m, yes" in out


def test_of_a_complete_audit_nothing_is_corrected(run: Run) -> None:
    look(10)
    run("audit", "report", "a.sqlite", *REPLIES)
    page = Path("audit.html").read_text()
    assert headings(page)[-1] == "Label changes" and "audited" in page


def test_an_audit_that_nobody_has_begun_has_a_page_too(run: Run) -> None:
    run("audit", "report", "a.sqlite")
    assert headings(Path("audit.html").read_text()) == ["Summary", "Labels that changed"]


def test_where_nothing_was_drawn_the_page_says_why_nothing_is_corrected(run: Run) -> None:
    look(1)
    run("audit", "report", "a.sqlite", *REPLIES)
    page = Path("audit.html").read_text()
    assert "Scores under audited are not corrected" in page and "none was drawn from them for control" in page


def test_what_cannot_be_is_one_clear_error(run: Run) -> None:
    before = Path("a.sqlite").read_bytes()
    for words, problem in (
        (("--out", "a.sqlite"), "a.sqlite is an audit; a page is not written over it"),
        (("--labels", "old=old"), "--labels says nothing without --replies"),
        (REPLIES[:3], "checks the labels 'old', which are not public. Say where they are: --labels old=PATH"),
        (("--images", "nowhere"), "nowhere: there is no such folder of images. Name theirs: --images FOLDER"),
    ):
        assert problem in run("audit", "report", "a.sqlite", *words, code=2)
    assert Path("a.sqlite").read_bytes() == before
