"""Pairs in every format of the field, told by content; rows that hold none are errors that name file and row."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.core import ImageRef, PreferencePair
from sightline.errors import DataError
from sightline.preferences.read_pairs import read_pair_file, read_pairs

SENTINEL: dict[str, Any] = {
    "image_id": "2315278",
    "image_path": "/data/VG/VG_100K/2315278.jpg",
    "question": "Describe this image in detail.",
    "context": "A street.",
    "y_win": "A car is parked.",
    "y_lose": "A dog sleeps.",
    "nonhallu_objects": ["street", "car"],
    "type": "y+",
}
FINER: dict[str, Any] = {
    "conversations": [{"from": "human", "value": "<image>\nCan you see a red cup in this image?"}],
    "chosen": {"from": "gpt", "value": "No, but I can see a blue cup."},
    "rejected": {"from": "gpt", "value": "Yes, I can see a red cup."},
    "images": ["/data/images_extracted/train-00000-of-00075/a1.jpg"],
    "meta": {"shard": "train-00000-of-00075", "row_idx": 7, "qa_type": "attr", "polarity": "neg"},
}
LLAMAFACTORY: dict[str, Any] = {
    "instruction": "<image>Describe this image in detail.",
    "context": "A street.",
    "chosen": "A car is parked.",
    "rejected": "A dog sleeps.",
    "images": ["VG_100K/2315278.jpg"],
}
TRL: dict[str, Any] = {
    "prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Is there a dog?"}]}],
    "chosen": [{"role": "assistant", "content": [{"type": "text", "text": "No."}]}],
    "rejected": [{"role": "assistant", "content": [{"type": "text", "text": "Yes."}]}],
    "images": ["a.jpg"],
}
HADPO: dict[str, Any] = {
    "image_id": 2315278,
    "question": "Is there a dog?",
    "chosen": "No, there is none.",
    "reject": "Yes, there is.",
    "answer": "Yes, there is.",
    "correct": False,
}


def written(folder: Path, *rows: dict[str, Any], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_sentinels_rows_are_sentences_that_go_on_from_a_context(tmp_path: Path) -> None:
    assert read_pairs(written(tmp_path, SENTINEL)) == (
        PreferencePair(
            ImageRef("/data/VG/VG_100K/2315278.jpg"),
            "Describe this image in detail.",
            chosen="A car is parked.",
            rejected="A dog sleeps.",
            context="A street.",
            method="sentinel",
            kind="sentence",
            ends=False,
            details={"nonhallu_objects": ["street", "car"], "type": "y+"},
        ),
    )


def test_sentinels_older_names_mean_the_same(tmp_path: Path) -> None:
    older = {"win" if name == "y_win" else "lose" if name == "y_lose" else name: v for name, v in SENTINEL.items()}
    assert read_pairs(written(tmp_path, older, name="a")) == read_pairs(written(tmp_path, SENTINEL, name="b"))


def test_finers_meta_says_kind_polarity_and_source(tmp_path: Path) -> None:
    (pair,) = read_pairs(written(tmp_path, FINER))
    assert (pair.method, pair.kind, pair.polarity) == ("finer", "attribute", "negative")
    assert pair.source == "train-00000-of-00075:7"
    assert pair.prompt == "Can you see a red cup in this image?"
    assert pair.ends


@pytest.mark.parametrize(("qa_type", "kind"), [("obj", "object"), ("rel", "relation"), ("wh", "what")])
def test_finers_other_types_have_names_too(tmp_path: Path, qa_type: str, kind: str) -> None:
    (pair,) = read_pairs(written(tmp_path, FINER | {"meta": {"qa_type": qa_type, "polarity": "pos"}}))
    assert (pair.kind, pair.polarity, pair.source) == (kind, "positive", "")


def test_sentinels_rows_for_llamafactory_are_one_array(tmp_path: Path) -> None:
    path = tmp_path / "Qwen2_VL_7B_Instruct_SENTINEL_7k.json"
    path.write_text(json.dumps([LLAMAFACTORY, LLAMAFACTORY], indent=4))
    found = read_pair_file(path)
    assert found.format == "SENTINEL's rows for LLaMA-Factory"
    assert found.rows == (1, 2)
    assert (found.pairs[0].context, found.pairs[0].ends) == ("A street.", False)


def test_llamafactorys_ranking_rows_without_a_context_end_the_reply(tmp_path: Path) -> None:
    row = {name: value for name, value in LLAMAFACTORY.items() if name != "context"}
    (pair,) = read_pairs(written(tmp_path, row))
    assert (pair.method, pair.ends) == ("", True)


def test_trls_last_assistant_turn_of_the_prompt_is_the_context(tmp_path: Path) -> None:
    begun = {"role": "assistant", "content": "A street."}
    (pair,) = read_pairs(written(tmp_path, TRL | {"prompt": [*TRL["prompt"], begun]}))
    assert (pair.prompt, pair.context, pair.chosen, pair.rejected) == ("Is there a dog?", "A street.", "No.", "Yes.")


def test_trls_messages_of_plain_text_mean_the_same(tmp_path: Path) -> None:
    plain = {
        "prompt": [{"role": "user", "content": "Is there a dog?"}],
        "chosen": [{"role": "assistant", "content": "No."}],
        "rejected": [{"role": "assistant", "content": "Yes."}],
        "image": "a.jpg",
    }
    assert read_pairs(written(tmp_path, plain, name="a")) == read_pairs(written(tmp_path, TRL, name="b"))


def test_trls_parquet_with_embedded_pictures_is_read_by_their_paths(tmp_path: Path) -> None:
    path = tmp_path / "trl.parquet"
    parquet.write_table(pa.Table.from_pylist([TRL | {"images": [{"bytes": b"\x89PNG", "path": "a.jpg"}]}]), path)
    assert read_pairs(path) == read_pairs(written(tmp_path, TRL))


def test_hadpos_questions_that_were_answered_correctly_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read_pair_file(written(tmp_path, HADPO | {"correct": True}, HADPO))
    assert (len(found.pairs), found.left_out, found.rows) == (1, 1, (2,))
    assert found.pairs[0].image.name == "2315278.jpg"
    assert found.pairs[0].rejected == "Yes, there is."


def test_visual_genomes_own_list_says_in_which_folder_an_image_lies(tmp_path: Path) -> None:
    listed = [{"image_id": 2315278, "url": "https://cs.stanford.edu/people/rak248/VG_100K_2/2315278.jpg"}]
    (tmp_path / "image_data.json").write_text(json.dumps(listed))
    assert read_pairs(written(tmp_path, HADPO))[0].image.name == "VG_100K_2/2315278.jpg"
    with pytest.raises(DataError, match=r"rows.jsonl:1: image 7 is not listed in .*image_data.json"):
        read_pairs(written(tmp_path, HADPO | {"image_id": 7}))


def test_each_chosen_description_of_hadpo_is_paired_with_each_rejected_one(tmp_path: Path) -> None:
    path = tmp_path / "desc_data.json"
    path.write_text(json.dumps({"7": {"chosen": ["A cup.", "One cup."], "rejected": ["A dog.", "Two dogs."]}}))
    found = read_pairs(path)
    assert [(pair.chosen, pair.rejected) for pair in found] == [
        ("A cup.", "A dog."),
        ("A cup.", "Two dogs."),
        ("One cup.", "A dog."),
        ("One cup.", "Two dogs."),
    ]
    assert {(pair.image.name, pair.prompt) for pair in found} == {("7.jpg", "Describe this image in detail.")}


def test_sentinels_rows_by_image_id_are_read(tmp_path: Path) -> None:
    row = {name: SENTINEL[name] for name in ("question", "context", "y_win", "y_lose", "type")}
    path = tmp_path / "output.json"
    path.write_text(json.dumps({"2315278": [row, row]}, indent=4))
    pairs = read_pairs(path)
    assert [pair.image.name for pair in pairs] == ["2315278.jpg"] * 2
    assert pairs[0].details == {"image_id": "2315278", "type": "y+"}


def test_a_parquet_table_of_sightlines_own_columns_is_read(tmp_path: Path) -> None:
    row = {"image": "a.jpg", "prompt": "q", "chosen": "No.", "rejected": "Yes.", "ends": False, "details": '{"n": 1}'}
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "pairs.parquet")
    assert read_pairs(tmp_path / "pairs.parquet") == (
        PreferencePair(ImageRef("a.jpg"), "q", "No.", "Yes.", ends=False, details={"n": 1}),
    )


def test_paths_of_another_machine_are_cut_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "VG_100K").mkdir()
    (tmp_path / "VG_100K" / "2315278.jpg").touch()
    (tmp_path / "2315278.jpg").touch()
    gone = SENTINEL | {"image_path": "/data/VG/VG_100K/9.jpg"}
    names = [pair.image.name for pair in read_pairs(written(tmp_path, SENTINEL, gone), tmp_path)]
    assert names == ["VG_100K/2315278.jpg", "/data/VG/VG_100K/9.jpg"]


def test_an_empty_reply_is_an_error_that_names_the_converter(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows.jsonl:2: chosen is empty. SENTINEL's converter leaves replies empty"):
        read_pairs(written(tmp_path, LLAMAFACTORY, LLAMAFACTORY | {"chosen": "", "rejected": ""}))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (LLAMAFACTORY | {"images": ["a.jpg", "b.jpg"]}, "there are 2 images; a pair is about one"),
        (FINER | {"images": []}, "there is no image; a pair is about one"),
        (FINER | {"images": [3]}, "the image is 3, expected a path"),
        (TRL | {"images": [{"bytes": None, "path": None}]}, "the image is embedded without a path"),
        (SENTINEL | {"y_lose": None}, "there is no y_lose"),
        (SENTINEL | {"y_win": 7}, "y_win is 7, expected text"),
        (SENTINEL | {"context": []}, "context is [], expected text"),
        (FINER | {"conversations": FINER["conversations"] * 3}, "the conversation has 3 turns; a pair answers one"),
        (FINER | {"chosen": {"from": "human", "value": "No."}}, "chosen is from 'human', expected 'gpt'"),
        (FINER | {"rejected": {"from": "gpt", "value": " "}}, "rejected is ' ', expected text"),
        (FINER | {"chosen": "No."}, "chosen is 'No.', expected an object"),
        (
            FINER | {"conversations": [{"from": "human", "value": "Who?"}]},
            "<image> is expected once, before the question; found 'Who?'",
        ),
        (
            FINER | {"meta": {"qa_type": "count", "polarity": "pos"}},
            "qa_type is 'count', expected obj, attr, rel, wh",
        ),
        (LLAMAFACTORY | {"instruction": "<image>"}, "the question is empty"),
        (LLAMAFACTORY | {"input": "More."}, "input is 'More.', for which pairs have no place"),
        (TRL | {"prompt": TRL["prompt"] * 2}, "the prompt has turns of user, user; expected one of the user"),
        (TRL | {"chosen": []}, "chosen has turns of nothing; expected one of assistant"),
        (
            TRL | {"prompt": [{"role": "user", "content": [{"type": "text", "text": "Who?"}]}]},
            "prompt is made of text; expected an image and a text",
        ),
        (
            TRL | {"prompt": "<|user|>Who?", "chosen": "A", "rejected": "B"},
            "prompt is text in some model's chat format",
        ),
        (HADPO | {"correct": None}, "correct is None, expected true or false"),
        (HADPO | {"image_id": "a"}, "the image id is 'a', expected a number of Visual Genome"),
        ({"image": "a.jpg", "prompt": "q", "rejected": "Yes."}, "there is no chosen"),
        ({"question": "q", "answer": "a"}, "the fields are question, answer; no format of pairs has these"),
    ],
)
def test_a_row_that_holds_no_pair_is_an_error(tmp_path: Path, row: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError) as raised:
        read_pairs(written(tmp_path, row))
    assert f"rows.jsonl:1: {problem}" in str(raised.value)


def test_rows_of_two_formats_in_one_file_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows.jsonl:2: this row is one of TRL's preference rows, the first is one of"):
        read_pairs(written(tmp_path, SENTINEL, TRL))


def test_a_file_without_pairs_or_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of its 1 rows holds a pair"):
        read_pairs(written(tmp_path, HADPO | {"correct": True}))
    with pytest.raises(DataError, match="nowhere: there is no such folder of images"):
        read_pairs(written(tmp_path, TRL), tmp_path / "nowhere")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match=r"broken.parquet: this is not parquet"):
        read_pairs(tmp_path / "broken.parquet")
