"""The page in a browser: eight replies, two models to each of four questions.

model  question       reply     strict      lmms-eval   old  new        under old   under new
a      random/1 dog   Yes       yes         yes         yes  yes        TP          TP
a      random/2 cat   Yes.      yes         unreadable  no   yes        FP          TP
a      hard/1   boat  no        no          no          yes  ambiguous  FN          not scored
a      hard/2   mast  HOSTILE   unreadable  unreadable  no   no         unreadable  unreadable
b      random/1       No        no          no          yes  yes        FN          FN
b      random/2       no        no          no          no   yes        TN          FN
b      hard/1         –                                 yes  ambiguous  no reply    no reply
b      hard/2         No        no          no          no   no         TN          TN
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image

from sightline.report.page import write
from sightline.report.sections import Column, Figure, Replies, Report, Section, Show, Table

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\"><!-- ${1} {{ 2 }}"
QUESTIONS = (
    ("random/1", "random", "dog.jpg", "Is there a dog in the image?", "yes", "yes"),
    ("random/2", "random", "dog.jpg", "Is there a cat in the image?", "no", "yes"),
    ("hard/1", "hard", "sea.jpg", "Is there a boat in the image?", "yes", "ambiguous"),
    ("hard/2", "hard", "sea.jpg", "Is there a <b>mast</b> in the image?", "no", "no"),
)
READINGS = {
    "Yes": ("yes", "yes"),
    "Yes.": ("yes", "unreadable"),
    HOSTILE: ("unreadable", "unreadable"),
    None: (None, None),
}
REPLIES = {"a": ("Yes", "Yes.", "no", HOSTILE), "b": ("No", "no", None, "No")}
COUNTS_OLD = {"": 8, "tp": 1, "tn": 2, "fp": 1, "fn": 2, "unreadable": 1, "unscored": 0, "missing": 1}
COUNTS_NEW = {"": 8, "tp": 2, "tn": 1, "fp": 0, "fn": 2, "unreadable": 1, "unscored": 1, "missing": 1}


def _replies(times: int = 1) -> pa.Table:
    rows = []
    for model, replies in REPLIES.items():
        for round_ in range(times):
            for (name, split, image, question, old, new), reply in zip(QUESTIONS, replies, strict=True):
                strict, lmms = READINGS.get(reply, ("no", "no"))
                row = {"model": model, "question_id": f"{name}{'+' * round_}", "split": split, "image": image}
                row |= {"question": question, "reply": reply, "source": reply and f"{model}.jsonl:{round_ + 1}"}
                rows.append(row | {"reads:strict": strict, "reads:lmms-eval": lmms, "label:old": old, "label:new": new})
    return pa.Table.from_pylist(rows)


def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


class Opened:
    """A page that was opened, with what it asked for and what it complained of."""

    def __init__(self, page: Any) -> None:
        self.page, self.requests, self.complaints = page, list[str](), list[str]()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def counts(self) -> dict[str, int]:
        found = self.page.eval_on_selector_all(
            "[data-count]", "nodes => nodes.map(node => [node.dataset.count, Number(node.textContent)])"
        )
        return dict(found)

    def shown(self) -> list[str]:
        """Model and question of every reply in the list, as ``a random/1``."""
        rows = self.page.query_selector_all("#browser-list > li")
        return [
            f"{row.query_selector('.model').inner_text()} {row.query_selector('.where').inner_text().split(' ')[0]}"
            for row in rows
        ]

    def press(self, name: str) -> None:
        self.page.click(f"label.chip:has(input[value='{name}'])")

    def choose(self, field: str, value: str) -> None:
        self.page.select_option(f"select[name={field}]", value)


def _open(chromium: Any, folder: Path, times: int = 1, **context: Any) -> Opened:
    parts = (
        Table(
            "scores",
            "Scores",
            pa.table({"m": [HOSTILE], "f1": [0.5]}),
            (Column("m", "Model"), Column("f1", "F1", Show.PERCENT)),
        ),
        Figure("plot", "A plot", "<svg viewBox='0 0 9 9'></svg>", "<svg viewBox='0 0 9 9'></svg>", "a", "words"),
    )
    replies = Section("Replies", parts=(Replies(_replies(times), "strict", "old", {"dog.jpg": _jpeg()}),))
    out = folder / "report.html"
    write(Report("Report", HOSTILE, (Section("Scores", (), parts), replies)), out)
    opened = Opened(chromium.new_context(**context).new_page())
    opened.page.goto(out.as_uri())
    return opened


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Opened]:
    opened = _open(chromium, tmp_path)
    yield opened
    opened.page.context.close()
    assert opened.complaints == []


def test_every_outcome_is_counted_under_the_first_label_set(opened: Opened) -> None:
    assert opened.counts() == COUNTS_OLD | {"new>old": 1, "old>new": 1, "disagree": 1}


def test_another_label_set_changes_the_outcomes(opened: Opened) -> None:
    opened.choose("labels", "new")
    assert opened.counts() == COUNTS_NEW | {"new>old": 1, "old>new": 1, "disagree": 1}


def test_another_reader_changes_the_outcomes(opened: Opened) -> None:
    opened.choose("reader", "lmms-eval")
    counts = opened.counts()
    # "Yes." is unreadable now: no false positive, and right under no label set
    assert (counts["fp"], counts["unreadable"], counts["new>old"]) == (0, 2, 0)


@pytest.mark.parametrize(
    ("chip", "shown"),
    [
        ("fp", ["a random/2"]),
        ("fn", ["b random/1", "a hard/1"]),
        ("unreadable", ["a hard/2"]),
        ("missing", ["b hard/1"]),
        ("new>old", ["a random/2"]),
        ("old>new", ["b random/2"]),
        ("disagree", ["a random/2"]),
    ],
)
def test_a_filter_shows_just_the_replies_it_counts(opened: Opened, chip: str, shown: list[str]) -> None:
    opened.press(chip)
    assert opened.shown() == shown
    assert opened.page.inner_text("#browser-status") == f"{len(shown)} of 8 entries"


def test_filters_add_up_and_every_count_allows_for_the_others(opened: Opened) -> None:
    opened.choose("model", "b")
    opened.choose("split", "random")
    assert opened.shown() == ["b random/1", "b random/2"]
    opened.press("old>new")
    counts = opened.counts()
    assert (counts[""], counts["tn"], counts["fn"], counts["disagree"]) == (1, 1, 0, 0)


def test_words_are_looked_for_in_questions_and_images(opened: Opened) -> None:
    opened.page.fill("[name=text]", "CAT dog.jpg")
    assert opened.shown() == ["a random/2", "b random/2"]
    opened.page.fill("[name=said]", "yes")
    assert opened.shown() == ["a random/2"]


def test_a_filter_that_nothing_passes_can_be_cleared(opened: Opened) -> None:
    opened.page.fill("[name=text]", "zebra")
    assert opened.page.is_visible("#browser-none") and opened.shown() == []
    opened.page.click("#browser-clear")
    assert len(opened.shown()) == 8


def test_the_models_replies_to_one_question_stand_side_by_side(opened: Opened) -> None:
    assert opened.shown()[:4] == ["a random/1", "b random/1", "a random/2", "b random/2"]


def test_hostile_text_is_shown_as_text_and_does_nothing(opened: Opened) -> None:
    opened.press("unreadable")
    assert opened.page.inner_text(".said") == HOSTILE
    assert opened.page.inner_text(".question") == "Is there a <b>mast</b> in the image?"
    assert opened.page.query_selector("img[src=x], .question b") is None
    assert opened.page.title() == "Report"


def test_the_page_asks_for_nothing_but_itself(opened: Opened) -> None:
    opened.press("fp")
    opened.page.click(".shot")
    outside = [url for url in opened.requests if not url.startswith(("data:", "file:"))]
    assert outside == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1


def test_an_inline_script_that_is_not_the_pages_own_does_not_run(chromium: Any, tmp_path: Path) -> None:
    opened = _open(chromium, tmp_path)
    opened.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    opened.page.wait_for_timeout(50)
    assert opened.page.title() == "Report"
    opened.page.context.close()


def test_readings_that_differ_name_their_readers(opened: Opened) -> None:
    opened.press("disagree")
    assert opened.page.inner_text(".readers").split() == ["yes", "strict", "unreadable", "lmms-eval"]


def test_an_image_is_enlarged_and_an_absent_one_is_said_to_be_absent(opened: Opened) -> None:
    opened.press("fp")
    opened.page.click(".shot")
    assert opened.page.is_visible("dialog img")
    opened.page.keyboard.press("Escape")
    assert not opened.page.is_visible("dialog")
    opened.press("unreadable")
    assert opened.page.inner_text(".shot.absent") == "image not in the folder"


def test_everything_can_be_done_with_the_keyboard(opened: Opened) -> None:
    keyboard = opened.page.keyboard
    opened.page.focus("[name=outcome][value='']")
    for _ in range(3):
        keyboard.press("ArrowRight")  # all, true positives, true negatives, false positives
    assert opened.shown() == ["a random/2"]
    keyboard.press("Tab")
    keyboard.press("Space")  # right under the new labels, wrong under the old
    assert opened.page.is_checked("[value='new>old']")
    opened.page.focus("#browser-list li")
    keyboard.press("Enter")
    assert opened.page.is_visible("dialog img")


def test_arrows_go_through_the_list(opened: Opened) -> None:
    opened.page.focus("#browser-list li")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("ArrowDown")
    assert opened.page.evaluate("document.activeElement.dataset.row") == "1"  # the third shown: model a, random/2
    opened.page.keyboard.press("Home")
    assert opened.page.evaluate("document.activeElement.dataset.row") == "0"


def test_fifty_replies_make_a_page_and_arrows_turn_it(chromium: Any, tmp_path: Path) -> None:
    opened = _open(chromium, tmp_path, times=10)  # 80 replies
    assert len(opened.shown()) == 50
    opened.page.focus("#browser-list li")
    opened.page.keyboard.press("ArrowRight")
    assert len(opened.shown()) == 30
    assert opened.page.inner_text("#browser-pages") == "51–80 of 80"
    assert opened.page.is_disabled("#browser-next")
    opened.page.context.close()


def test_the_address_keeps_the_filter(opened: Opened) -> None:
    opened.choose("labels", "new")
    opened.press("fn")
    assert opened.page.url.endswith("#replies?labels=new&outcome=fn")
    opened.page.reload()
    assert opened.shown() == ["b random/1", "b random/2"]
    assert opened.page.is_checked("[value=fn]")


def test_an_address_with_names_that_do_not_exist_is_harmless(opened: Opened) -> None:
    opened.page.goto(opened.page.url + "#replies?labels=none&reader=none&outcome=none&page=x&marks=none&model=none")
    assert len(opened.shown()) == 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways(chromium: Any, tmp_path: Path, scheme: str) -> None:
    opened = _open(chromium, tmp_path, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    assert opened.page.is_visible(".narrow") and not opened.page.is_visible(".wide")
    assert not opened.page.is_visible("[name=text]")  # the filters are folded away
    opened.page.click("#browser-filters summary")
    assert opened.page.is_visible("[name=text]")
    opened.page.context.close()


def test_dark_and_light_differ(chromium: Any, tmp_path: Path) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        opened = _open(chromium, tmp_path, color_scheme=scheme)
        grounds.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.page.context.close()
    assert grounds == {"rgb(255, 255, 255)", "rgb(20, 24, 29)"}


def test_replies_that_are_not_yes_or_no_are_no_true_or_false_positives(chromium: Any, tmp_path: Path) -> None:
    rows = pa.table(
        {
            **{name: [name] for name in ("model", "question_id", "split", "image", "question", "reply")},
            **{"source": ["m.jsonl:1"], "reads:number": ["3 (true)"], "label:own": ["3"]},
        }
    )
    replies = Section("Replies", parts=(Replies(rows, "number", "own", yes_no=False),))
    write(Report("Report", "Lead", (replies,)), tmp_path / "report.html")
    opened = Opened(chromium.new_context().new_page())
    opened.page.goto((tmp_path / "report.html").as_uri())
    assert (len(opened.shown()), opened.counts(), opened.complaints) == (1, {}, [])
    assert opened.page.inner_text("dl.labels dd") == "3"
    assert opened.page.inner_text("dl.readers dt") == "3 (true)"
