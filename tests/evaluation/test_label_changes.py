"""What changes between the two label sets of tiny_pope.py, and label sets written out."""

from pathlib import Path

import pytest
from tiny_pope import rows_of

from sightline.api import export_labels, label_changes, score
from sightline.core import Answer, Presence
from sightline.errors import RequestError
from sightline.records.label_sets import read_label_set


def counts(labels: list[str]) -> dict[tuple[str, str], int]:
    rows = label_changes("pope", *labels).counts.to_pylist()
    return {(row["split"], row["change"]): row["n"] for row in rows if row["n"]}


def test_changes_are_counted_by_split_and_once_over_distinct_questions(labels) -> None:
    # the dog of b.jpg is asked in random and adversarial only
    expected = {
        (split, change): 1 for split in ("random", "adversarial") for change in ("yes→no", "no→yes", "yes→ambiguous")
    }
    expected |= {("popular", "yes→no"): 1, ("popular", "yes→ambiguous"): 1}
    expected |= {("distinct questions", change): 1 for change in ("yes→no", "no→yes", "yes→ambiguous")}
    assert counts(labels) == expected


def test_the_other_way_round_ambiguous_questions_become_labelled(labels) -> None:
    # the original lists what the audited set leaves out
    assert counts(labels[::-1])["random", "ambiguous→yes"] == 1


def test_changed_questions_are_listed_once_with_all_their_ids(labels) -> None:
    listed = label_changes("pope", *labels).questions.to_pylist()
    dog = next(row for row in listed if "dog" in row["question"])
    assert dog == {
        "image": "b.jpg",
        "question": "Is there a dog in the image?",
        "from": "no",
        "to": "yes",
        "ids": ["random/4", "adversarial/4"],
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False])
def test_native_files_go_in_and_come_out_byte_for_byte(labels, tmp_path, newline, final) -> None:
    file = tmp_path / "original" / "tiny_pope_random.json"
    text = file.read_text().replace("\n", newline)
    file.write_bytes((text if final else text.removesuffix(newline)).encode())
    written = export_labels("pope", labels[0], tmp_path / "out")
    assert [path.name for path in written] == [f"tiny_pope_{s}.json" for s in ("random", "popular", "adversarial")]
    assert [path.read_bytes() for path in written] == [(tmp_path / "original" / p.name).read_bytes() for p in written]


def test_files_that_are_there_already_are_not_overwritten(labels, tmp_path) -> None:
    export_labels("pope", labels[0], tmp_path / "out")
    with pytest.raises(RequestError, match=r"tiny_pope_random.json is there already; name another folder"):
        export_labels("pope", labels[1], tmp_path / "out")


def test_a_label_set_file_says_the_same_as_the_files_it_was_made_of(labels, replies, tmp_path) -> None:
    (file,) = export_labels("pope", labels[0], tmp_path / "out", native=False)
    assert file.name == "original.jsonl"
    assert read_label_set(file, "copy").answer("a.jpg", Presence("dog")) is Answer.HOLDS
    table = score("pope", replies, [labels[1], labels[0], f"copy={file}"]).to_pylist()
    accuracy = {(row["labels"], row["split"]): row["accuracy"] for row in table}
    assert accuracy["copy", "random"] == accuracy["original", "random"]
    assert len(Path(file).read_text().splitlines()) == 1 + 10


def test_the_example_rows_are_what_this_file_counts_on() -> None:
    assert [row["text"] for row in rows_of("popular")][3] == "Is there a car in the image?"
