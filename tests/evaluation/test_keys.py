"""Label sets read for a score."""

import json
from pathlib import Path

import pytest
from tiny_pope import audited_rows_of, rows_of, write_lines

from sightline.benchmarks import benchmark
from sightline.errors import DataError, FetchError, MissingError, RequestError
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.keys import read_answer_keys

POPE = benchmark("pope")


def test_two_label_sets_share_one_inventory(labels) -> None:
    questions, label_sets = read_answer_keys(POPE, labels)
    assert len(questions) == 18
    assert [len(label_set.answers) for label_set in label_sets] == [10, 9]


def test_an_unknown_label_set_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"No public label set is called 'reppope'. Did you mean 'repope'\?"):
        read_answer_keys(POPE, ["reppope"])


def test_a_public_label_set_that_is_not_in_the_cache_says_how_to_get_it(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path))
    with pytest.raises(RequestError, match=r"Fetch it with: sightline data get pope\nor name a folder"):
        read_answer_keys(POPE, ["pope"])


def test_a_cached_file_that_was_changed_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path))
    (tmp_path / "pope").mkdir()
    (tmp_path / "pope" / "coco_pope_random.json").write_text("{}")
    with pytest.raises(FetchError, match=r"not the file expected: its sha256 is 44136fa.*sightline data get pope"):
        read_answer_keys(POPE, ["pope"])


def test_a_path_without_a_name_is_refused(labels) -> None:
    folder = labels[0].split("=")[1]
    with pytest.raises(RequestError, match=r"a path needs a name for its labels: NAME="):
        read_answer_keys(POPE, [folder])


def test_two_label_sets_of_one_name_are_refused(labels) -> None:
    with pytest.raises(RequestError, match=r"Two label sets are called 'original'"):
        read_answer_keys(POPE, [labels[0], labels[0]])


def test_a_label_that_is_neither_yes_nor_no_is_an_error(labels, tmp_path) -> None:
    rows = rows_of("random")
    rows[2]["label"] = "Yes "
    write_lines(tmp_path / "original" / "tiny_pope_random.json", rows)
    with pytest.raises(DataError, match=r"tiny_pope_random.json:3: label is 'Yes ', expected 'yes' or 'no'"):
        read_answer_keys(POPE, labels)


def test_a_label_file_cut_off_in_a_line_names_the_line(labels, tmp_path) -> None:
    file = tmp_path / "original" / "tiny_pope_popular.json"
    file.write_text(file.read_text()[:-20])
    with pytest.raises(DataError, match=r"tiny_pope_popular.json:6: this line is not JSON \(EOF"):
        read_answer_keys(POPE, labels)


def test_a_label_file_cut_off_between_lines_is_found_by_the_other_splits(labels, tmp_path) -> None:
    write_lines(tmp_path / "audited" / "tiny_pope_random.json", rows_of("random")[:2])
    with pytest.raises(
        DataError, match=r"'audited' has no row random/3 .*although it labels the same pair in another split"
    ):
        read_answer_keys(POPE, labels)


def test_files_of_another_version_are_found_by_an_id_that_asks_something_else(labels, tmp_path) -> None:
    rows = audited_rows_of("random")
    rows[1]["text"] = "Is there a kite in the image?"
    write_lines(tmp_path / "audited" / "tiny_pope_random.json", rows)
    expected = (
        r"tiny_pope_random.json: label set 'audited' asks 'Is there a kite in the image\?' about a.jpg as random/2"
    )
    with pytest.raises(DataError, match=expected):
        read_answer_keys(POPE, labels)


def test_an_id_that_occurs_twice_is_an_error(labels, tmp_path) -> None:
    write_lines(tmp_path / "original" / "tiny_pope_random.json", [*rows_of("random"), rows_of("random")[0]])
    with pytest.raises(DataError, match=r"tiny_pope_random.json:7: question_id 1 occurs twice"):
        read_answer_keys(POPE, labels)


def test_a_pair_labelled_both_ways_is_an_error_that_names_both_rows(labels, tmp_path) -> None:
    rows = rows_of("popular")
    rows[0]["label"] = "no"
    write_lines(tmp_path / "original" / "tiny_pope_popular.json", rows)
    expected = r"tiny_pope_popular.json:1: label contradicts tiny_pope_random.json:1, which asks the same of a.jpg"
    with pytest.raises(DataError, match=expected):
        read_answer_keys(POPE, labels)


def test_a_row_that_is_no_pope_question_is_an_error(labels, tmp_path) -> None:
    write_lines(tmp_path / "original" / "tiny_pope_random.json", [{"question_id": 1, "image": "a.jpg", "label": "no"}])
    with pytest.raises(DataError, match=r"there is no text. A POPE row has question_id, image, text and label"):
        read_answer_keys(POPE, labels)


def test_a_folder_without_pope_files_is_an_error(tmp_path) -> None:
    with pytest.raises(DataError, match=r"the folder holds no POPE files. Expected …random.json"):
        read_answer_keys(POPE, [f"mine={tmp_path}"])


def test_of_several_families_in_a_folder_the_one_named_is_read(labels, tmp_path) -> None:
    """RePOPE's folder holds coco_pope_* and coco_repope_*."""
    for split in ("random", "popular", "adversarial"):
        source = tmp_path / "audited" / f"tiny_pope_{split}.json"
        write_lines(tmp_path / "both" / f"coco_pope_{split}.json", rows_of(split))
        (tmp_path / "both" / f"coco_repope_{split}.json").write_text(source.read_text())
    both = tmp_path / "both"
    label_sets = read_answer_keys(POPE, [f"pope={both}", f"repope={both}"]).label_sets
    assert [len(label_set.answers) for label_set in label_sets] == [10, 9]
    with pytest.raises(DataError, match=r"several families of files \(coco_pope_\*, coco_repope_\*\)"):
        read_answer_keys(POPE, [f"mine={both}"])


def test_an_array_of_rows_is_read_like_lines(labels, tmp_path) -> None:
    """POPE's A-OKVQA and GQA splits are indented arrays in files of the same names."""
    for split in ("random", "popular", "adversarial"):
        (tmp_path / "original" / f"tiny_pope_{split}.json").write_text(json.dumps(rows_of(split), indent=4))
    assert len(read_answer_keys(POPE, labels).questions) == 18


def test_a_split_without_a_file_is_missing_unless_it_is_not_asked_for(labels, replies, tmp_path) -> None:
    (tmp_path / "audited" / "tiny_pope_random.json").unlink()
    with pytest.raises(MissingError, match=r"label set 'audited' says nothing of random/1"):
        evaluate("pope", replies, labels)
    assert evaluate("pope", replies, labels, splits=["popular"]).splits == ("popular",)


def test_a_label_set_file_needs_the_questions_of_another(labels, tmp_path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"label_set": "mine", "version": 1}\n')
    with pytest.raises(RequestError, match=r"None of the label sets lists the questions of pope"):
        read_answer_keys(POPE, [f"mine={file}"])
    assert len(read_answer_keys(POPE, [labels[0], f"mine={Path(file)}"]).label_sets) == 2


def test_an_unknown_split_is_answered_with_the_nearest(labels, replies) -> None:
    with pytest.raises(RequestError, match=r"No split of pope is called 'adverserial'. Did you mean 'adversarial'\?"):
        evaluate("pope", replies, labels, splits=["adverserial"])


def test_an_unknown_benchmark_is_answered_with_the_nearest(labels, replies) -> None:
    with pytest.raises(RequestError, match=r"No benchmark is called 'poep'. Did you mean 'pope'\?"):
        evaluate("poep", replies, labels)
