"""The files of each format, as the tools read them."""

import json
from pathlib import Path

import pytest
import yaml

from sightline.core import ImageRef, PreferencePair
from sightline.errors import DataError, RequestError
from sightline.models.chat_formats import load_chat
from sightline.preferences.dataset_info import add_entry
from sightline.preferences.export_pairs import export_pairs

PAIR = PreferencePair(ImageRef("a.jpg"), "Is there a dog?", chosen="No.", rejected="Yes.")
SENTENCE = PreferencePair(
    ImageRef("a.jpg"), "Describe it.", chosen="A cup.", rejected="A dog.", context="A table.", ends=False
)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_trls_rows_are_messages_and_paths_without_a_column_that_nobody_needs(tmp_path: Path) -> None:
    exported = export_pairs([PAIR], "trl", tmp_path / "out.jsonl")
    assert rows(exported.files[0]) == [
        {
            "prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Is there a dog?"}]}],
            "chosen": [{"role": "assistant", "content": [{"type": "text", "text": "No."}]}],
            "rejected": [{"role": "assistant", "content": [{"type": "text", "text": "Yes."}]}],
            "images": ["a.jpg"],
        }
    ]
    settings = yaml.safe_load(exported.files[1].read_text())
    assert settings["datasets"] == [{"path": "json", "data_files": str(tmp_path / "out.jsonl")}]
    assert settings["max_length"] is None
    assert f"trl dpo --config {tmp_path / 'out.yaml'}" in exported.command


def test_trls_rows_in_a_chat_format_go_on_from_the_context_and_leave_the_reply_open(tmp_path: Path) -> None:
    (row,) = rows(export_pairs([SENTENCE], "trl", tmp_path / "out.jsonl", chat=load_chat("bundled")).files[0])
    assert row["prompt"] == "<|user|><image>Describe it.<|assistant|>A table."
    assert (row["chosen"], row["rejected"]) == (" A cup.", " A dog.")


def test_a_reply_that_ends_is_closed_as_the_chat_format_closes_it(tmp_path: Path) -> None:
    (row,) = rows(export_pairs([PAIR], "trl", tmp_path / "out.jsonl", chat=load_chat("bundled")).files[0])
    assert (row["prompt"], row["chosen"]) == ("<|user|><image>Is there a dog?<|assistant|>", "No.<|end|>")


def test_llamafactory_has_one_turn_of_the_user_and_an_entry_among_others(tmp_path: Path) -> None:
    others = {"identity": {"file_name": "identity.json"}}
    (tmp_path / "dataset_info.json").write_text(json.dumps(others))
    exported = export_pairs([PAIR], "llamafactory", tmp_path / "mine.jsonl")
    assert rows(exported.files[0]) == [
        {
            "conversations": [{"from": "human", "value": "<image>\nIs there a dog?"}],
            "chosen": {"from": "gpt", "value": "No."},
            "rejected": {"from": "gpt", "value": "Yes."},
            "images": ["a.jpg"],
        }
    ]
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert list(info) == ["identity", "mine"]
    assert info["mine"] == {
        "file_name": "mine.jsonl",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {
            "messages": "conversations",
            "chosen": "chosen",
            "rejected": "rejected",
            "images": "images",
        },
    }
    assert f"--dataset_dir {tmp_path} --dataset mine " in exported.command


def test_the_context_of_sentinels_patch_has_a_column_that_its_entry_names(tmp_path: Path) -> None:
    exported = export_pairs([SENTENCE], "llamafactory-context", tmp_path / "mine.jsonl")
    (row,) = rows(exported.files[0])
    assert (row["instruction"], row["context"], row["chosen"]) == ("<image>Describe it.", "A table.", "A cup.")
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert info["mine"]["columns"]["context"] == "context"
    assert "SENTINEL's patch" in exported.remarks[0]
    assert json.loads(exported.files[-1].read_text())["remarks"] == list(exported.remarks)


def test_hadpos_folder_finds_images_by_number_through_links(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    names = ["VG_100K/11.jpg", "12.jpg", "a/b/13.jpg", "a_b/14.jpg"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    pairs = [PreferencePair(ImageRef(name), "q", "No.", "Yes.") for name in names]
    export_pairs(pairs, "hadpo", tmp_path / "out", images=folder)
    listed = json.loads((tmp_path / "out" / "image_data.json").read_text())
    opened = {each["image_id"]: Path(tmp_path, "out", *each["url"].split("/")[-2:]).read_text() for each in listed}
    assert opened == {11: "VG_100K/11.jpg", 12: "12.jpg", 13: "a/b/13.jpg", 14: "a_b/14.jpg"}
    (first, *_) = json.loads((tmp_path / "out" / "pope_data.json").read_text())
    assert (first["image_id"], first["chosen"], first["reject"], first["correct"]) == (11, "No.", "Yes.", False)
    assert json.loads((tmp_path / "out" / "desc_data.json").read_text()) == {}


def test_images_whose_names_are_no_numbers_are_counted(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    pairs = [PreferencePair(ImageRef(name), "q", "No.", "Yes.") for name in ("b.jpg", "a.jpg", "b.jpg")]
    export_pairs(pairs, "hadpo", tmp_path / "out", images=tmp_path)
    written = json.loads((tmp_path / "out" / "pope_data.json").read_text())
    assert [row["image_id"] for row in written] == [1, 2, 1]


def test_hadpo_needs_the_folder_of_the_images(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="--images FOLDER"):
        export_pairs([PAIR], "hadpo", tmp_path / "out")


def test_another_data_set_of_the_same_name_is_not_replaced_unasked(tmp_path: Path) -> None:
    add_entry(tmp_path, "mine", {"file_name": "a"})
    add_entry(tmp_path, "mine", {"file_name": "a"})
    with pytest.raises(RequestError, match="has another data set called mine"):
        add_entry(tmp_path, "mine", {"file_name": "b"})
    add_entry(tmp_path, "mine", {"file_name": "b"}, overwrite=True)
    (tmp_path / "dataset_info.json").write_text("[]")
    with pytest.raises(DataError, match="expected an object, found list"):
        add_entry(tmp_path, "mine", {})
