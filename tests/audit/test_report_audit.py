"""What a report says of an audit of three objects in four images."""

import re
from pathlib import Path

import pytest
from PIL import Image
from tiny_pope import NEGATIVES, audited_rows_of, llava, rows_of, truth, write_lines

from sightline.audit.entries import Outcome, State
from sightline.audit.items import Item
from sightline.audit.report_audit import Labeller, Measure, agreement, ambiguous, audit_sections, flips
from sightline.core import Presence
from sightline.evaluation.evaluation import evaluate
from sightline.report.examples import Examples
from sightline.report.page import render
from sightline.report.sections import Figure, Report, Table


def item(number: int, image: str, of: str, old: str) -> Item:
    text = f"Is there a {of} in the image?"
    return Item(f"{number:016x}", image, text, Presence(of), (), old, ("random",), (f"random/{number}",))


ITEMS = [
    *(item(number, f"{number}.png", "car", "yes") for number in range(4)),
    *(item(4 + number, f"{number}.png", "dog", "no") for number in range(4)),
    item(8, "0.png", "cup", "no"),
]
WORDS = {0: "yes", 1: "no", 2: "ambiguous", 3: "ambiguous", 4: "no", 5: "yes", 6: "ambiguous", 8: "no"}


def outcome(word: str) -> Outcome:
    state, who = (State.ADJUDICATED, "eve") if word == "ambiguous" else (State.AGREED, None)
    return Outcome(state, word, {"ann": "no", "bob": word}, who)


OUTCOMES = {ITEMS[number].key: outcome(word) for number, word in WORDS.items()}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in (1, 2):
        Image.new("RGB", (40, 30), "orange").save(folder / f"{number}.png")
    return folder


def table(parts, name: str) -> list[dict]:
    return next(part.data.to_pylist() for part in parts if isinstance(part, Table) and part.name == name)


def test_what_became_of_old_labels_is_counted_over_distinct_items() -> None:
    section = flips(ITEMS, OUTCOMES)
    assert section.prose == ("Of 9 distinct items 8 are decided; 5 of them have another label now.",)
    assert table(section.parts, "audit_labels") == [
        {"label": "yes", "n": 4, "confirmed": 1, "another": 1, "ambiguous": 2, "not decided": 0},
        {"label": "no", "n": 5, "confirmed": 2, "another": 1, "ambiguous": 1, "not decided": 1},
    ]
    changes = [(row["change"], row["ids"]) for row in table(section.parts, "audit_changes")]
    assert changes == [
        ("no → yes", "random/5"),
        ("yes → no", "random/1"),
        ("yes → ambiguous", "random/2"),
        ("yes → ambiguous", "random/3"),
        ("no → ambiguous", "random/6"),
    ]


def test_examples_are_shown_of_every_kind_whose_images_are_there(images) -> None:
    section = flips(ITEMS, OUTCOMES, images, most=1)
    shown = {part.caption: part.cards for part in section.parts if isinstance(part, Examples)}
    assert list(shown) == ["no → yes: 1 of 1", "yes → no: 1 of 1", "yes → ambiguous: 1 of 2", "no → ambiguous: 1 of 1"]
    (card,) = shown["yes → no: 1 of 1"]
    assert (card.title, card.exchanges[0].reply) == ("1.png", "Labelled yes, found to be no.")
    assert "1 of 3 images are not in the folder that was given, 3.png among them." in section.prose[1]
    assert "ann" not in render(Report("t", "l", (section,)))


def test_nothing_changed_is_said_without_examples() -> None:
    section = flips(ITEMS, {ITEMS[0].key: outcome("yes")})
    assert section.prose == ("Of 9 distinct items 1 are decided; 0 of them have another label now.",)
    assert len(section.parts) == 1


def test_ambiguous_items_are_counted_by_object() -> None:
    section = ambiguous(ITEMS, OUTCOMES)
    # 3 of 8 are ambiguous, 2 of them cars, which is more than half; the cup is decided and not ambiguous
    assert section.prose[0].startswith(
        "3 of the 8 items that are decided are ambiguous; half of them are about 1 of 3 objects"
    )
    rows = [(row["object"], row["n"], row["ambiguous"], row["share"]) for row in table(section.parts, "audit_objects")]
    assert rows == [("car", 4, 2, 0.5), ("dog", 3, 1, 1 / 3)]
    (figure,) = (part for part in section.parts if isinstance(part, Figure))
    assert "car (n 4): ambiguous 50.0, wrong 25.0, right 25.0" in figure.description


def test_agreement_shows_the_numbers_that_it_was_given() -> None:
    measures = [Measure("Cohen's kappa", 0.812, 0.75, 0.87, 400), Measure("Krippendorff's alpha", None, None, None, 0)]
    section = agreement(measures, [Labeller("ann", 200, 0.95, None, 2.5)])
    page = render(Report("t", "l", (section,)))
    for text in ("0.81", "0.75 to 0.87", "400", "ann", "95.00", "2.50"):
        assert text in page


def test_all_sections_come_with_ranks_where_models_are_given(tmp_path, images) -> None:
    for name, of_split in (("old", rows_of), ("new", audited_rows_of)):
        for split in NEGATIVES:
            write_lines(tmp_path / name / f"tiny_pope_{split}.json", of_split(split))
    files = [str(write_lines(tmp_path / f"{s}.jsonl", llava(s, truth))) for s in NEGATIVES]
    files += [str(write_lines(tmp_path / f"b_{s}.jsonl", llava(s, lambda row: "Yes.", "b"))) for s in NEGATIVES]
    evaluation = evaluate("pope", files, [f"{name}={tmp_path / name}" for name in ("old", "new")])
    measures = [Measure("Cohen's kappa", 0.8, 0.7, 0.9, 8)]
    sections = tuple(audit_sections(ITEMS, OUTCOMES, measures, (), evaluation, images, draws=100))
    page = render(Report("An audit", "lead", sections))
    titles = ["Labels that changed", "Ambiguous", "Agreement", "Ranks", "Differences", "Label changes"]
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == titles
    without = tuple(audit_sections(ITEMS, {ITEMS[0].key: outcome("yes")}))
    assert [section.title for section in without] == titles[:1]
