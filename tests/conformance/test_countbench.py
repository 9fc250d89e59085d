"""CountBench's file built into counting; skipped where it is absent (see the fixture ``conformance``)."""

from collections import Counter
from pathlib import Path

import pytest

from sightline.benchmarks.countbench import Captioned, read_countbench
from sightline.benchmarks.counting import claim_asked
from sightline.evaluation.build_presupposed import build_counting
from sightline.evaluation.record import record_of
from sightline.readers.number import count_of
from sightline.records.json_rows import read_rows


@pytest.fixture(scope="module")
def rows(conformance: Path) -> list[Captioned]:
    file = conformance / "countbench" / "CountBench.json"
    if not file.exists():
        pytest.skip("conformance data absent")
    return read_countbench(read_rows(file).records, str(file))


def test_it_has_sixty_images_of_every_number_from_two_to_ten(rows: list[Captioned]) -> None:
    assert Counter(row.number for row in rows) == dict.fromkeys(range(2, 11), 60)
    assert len({row.image for row in rows}) == 540


def test_seven_of_ten_captions_tell_what_is_counted(rows: list[Captioned]) -> None:
    nouns = Counter(row.noun for row in rows)
    assert nouns.pop(None) == 163
    assert nouns["chair"] == 14
    assert [row.noun for row in rows[:4]] == ["headset", "bulb", "print", "arrow"]


def test_it_is_built_with_the_papers_offsets(rows: list[Captioned], conformance: Path) -> None:
    paper = (1, 2, 3, 4, 5, 10, 20, 50)
    table = build_counting(conformance / "countbench" / "CountBench.json", offsets=paper, numbers="digits")
    record = record_of(table)
    assert table.num_rows == 377 * 9
    assert len(record["left_out"]["no plural noun after the number"]) == 163
    assert table["text"].to_pylist()[:2] == [
        "How many headsets are in this image?",
        "Describe the 11 headsets in this image.",
    ]


def test_the_number_of_every_prompt_is_read_back_from_it(rows: list[Captioned], conformance: Path) -> None:
    table = build_counting(conformance / "countbench" / "CountBench.json")
    asserted = [row for row in table.to_pylist() if row["asserted"] is not None]
    assert len(asserted) == 377 * 10 + 331  # two below two is none
    for row in asserted:
        claim = claim_asked(row["text"])
        assert claim is not None
        assert (claim.object, claim.number) == (row["object"], row["asserted"])
        assert count_of(row["text"], row["object"]).answer == str(row["asserted"])
