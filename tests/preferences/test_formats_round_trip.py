"""What is exported reads back as what it was, in every format; what a format cannot hold is refused."""

import json
from pathlib import Path

import pytest

from sightline.core import ImageRef, PreferencePair
from sightline.errors import MissingError, RequestError
from sightline.models.chat_formats import load_chat
from sightline.preferences.export_pairs import export_pairs
from sightline.preferences.export_targets import TARGETS
from sightline.preferences.read_pairs import read_pair_file, read_pairs

FINER = PreferencePair(
    ImageRef("train-00000-of-00075/a.jpg"),
    "Can you see a red cup in this image?",
    chosen="No, but I can see a blue cup.",
    rejected="Yes, I can see a red cup.",
    method="finer",
    kind="attribute",
    polarity="negative",
    source="train-00000-of-00075:7",
    details={"template": 1, "negative": "a red cup"},
)
PLAIN = PreferencePair(ImageRef("7.jpg"), "¿Qué hay?", chosen="Una “taza”.\nNada más.", rejected="Un perro.")
SENTENCE = PreferencePair(
    ImageRef("VG_100K/2315278.jpg"),
    "Describe this image in detail.",
    chosen="A car is parked.",
    rejected="A dog sleeps.",
    context="A street.",
    method="sentinel",
    kind="sentence",
    ends=False,
    details={"type": "y+", "hallu_objects_of_y_lose": ["dog"]},
)
FIRST = PreferencePair(ImageRef("7.jpg"), "Describe it.", chosen="A cup.", rejected="A dog.", ends=False)
LAST = PreferencePair(ImageRef("7.jpg"), "Describe it.", chosen="A cup!", rejected="A dog!", context="A table.\n")
WHOLE = (FINER, PLAIN)
ALL = (FINER, PLAIN, SENTENCE, FIRST, LAST)


def images(folder: Path, pairs: tuple[PreferencePair, ...]) -> Path:
    for pair in pairs:
        (folder / pair.image.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / pair.image.name).touch()
    return folder


@pytest.mark.parametrize("to", ["pairs", "parquet", "sentinel"])
def test_formats_of_sentences_hold_every_pair(tmp_path: Path, to: str) -> None:
    export_pairs(ALL, to, tmp_path / "out")
    assert read_pairs(tmp_path / "out") == ALL


@pytest.mark.parametrize("to", ["trl", "llamafactory", "llamafactory-context"])
def test_formats_of_turns_hold_whole_replies(tmp_path: Path, to: str) -> None:
    export_pairs(WHOLE, to, tmp_path / "out.jsonl")
    assert read_pairs(tmp_path / "out.jsonl") == WHOLE


def test_hadpos_folder_holds_whole_replies(tmp_path: Path) -> None:
    export_pairs(WHOLE, "hadpo", tmp_path / "out", images=images(tmp_path / "images", WHOLE))
    assert read_pairs(tmp_path / "out" / "pope_data.json") == WHOLE


def test_trls_rows_in_a_models_chat_format_hold_every_pair(tmp_path: Path) -> None:
    export_pairs(ALL, "trl", tmp_path / "out.jsonl", chat=load_chat("bundled"))
    assert read_pairs(tmp_path / "out.jsonl") == ALL


def test_sentinels_patch_of_llamafactory_holds_its_own_sentences(tmp_path: Path) -> None:
    export_pairs([SENTENCE], "llamafactory-context", tmp_path / "out.jsonl")
    assert read_pairs(tmp_path / "out.jsonl") == (SENTENCE,)


@pytest.mark.parametrize("to", sorted(TARGETS.keys() - {"hadpo"}))
def test_full_paths_read_back_as_names_below_the_folder(tmp_path: Path, to: str) -> None:
    folder = images(tmp_path / "images", WHOLE)
    export_pairs(WHOLE, to, tmp_path / "out.jsonl", images=folder)
    assert read_pairs(tmp_path / "out.jsonl", folder) == WHOLE


@pytest.mark.parametrize(
    ("to", "reasons"),
    [
        ("trl", "cannot hold 3: 2 go on from a context; 1 do not end their reply"),
        ("llamafactory", "cannot hold 3: 2 go on from a context; 1 do not end their reply"),
        ("hadpo", "cannot hold 3: 2 go on from a context; 1 do not end their reply"),
        (
            "llamafactory-context",
            "cannot hold 2: 1 do not end their reply and have no context; 1 go on from a context and end their reply",
        ),
    ],
)
def test_what_a_format_cannot_hold_is_refused_or_left_out_and_counted(tmp_path: Path, to: str, reasons: str) -> None:
    folder = images(tmp_path / "images", ALL)
    out = tmp_path / ("out" if to == "hadpo" else "out.jsonl")
    with pytest.raises(RequestError) as raised:
        export_pairs(ALL, to, out, images=folder)
    assert f"Of 5 pairs --to {to} {reasons}. --to sentinel and --to trl --model MODEL hold every pair" in str(
        raised.value
    )
    assert not out.exists()
    exported = export_pairs(ALL, to, out, images=folder, skip_unfit=True)
    assert exported.pairs == 5 - sum(exported.left_out.values())
    assert [pair.key for pair in read_pairs(exported.files[0])] != []
    record = json.loads(exported.files[-1].read_text())
    assert (record["pairs"], record["left_out"]) == (exported.pairs, exported.left_out)


def test_a_sentence_that_sentinels_patch_would_cut_elsewhere_is_refused(tmp_path: Path) -> None:
    asked = PreferencePair(ImageRef("7.jpg"), "q", chosen="A cup?", rejected="A dog.", context="A table.", ends=False)
    with pytest.raises(RequestError, match="1 do not end in a full stop, where its patch cuts"):
        export_pairs([asked], "llamafactory-context", tmp_path / "out.jsonl")


@pytest.mark.parametrize("to", ["llamafactory", "llamafactory-context", "hadpo"])
def test_texts_that_spell_out_the_mark_of_the_image_are_refused(tmp_path: Path, to: str) -> None:
    spelt = PreferencePair(ImageRef("7.jpg"), "What is <image>?", "A tag.", "A dog.")
    with pytest.raises(RequestError, match="1 spell out <image>, which stands for the image"):
        export_pairs([spelt], to, tmp_path / "out", images=images(tmp_path, (spelt,)))


def test_a_column_that_was_changed_by_hand_beside_its_texts_is_an_error(tmp_path: Path) -> None:
    path = export_pairs([SENTENCE], "trl", tmp_path / "out.jsonl", chat=load_chat("bundled")).files[0]
    path.write_text(path.read_text().replace("A car is parked.", "A bus is parked.", 1))
    with pytest.raises(Exception, match=r"out.jsonl:1: the texts are not those of the column sightline"):
        read_pairs(path)


def test_images_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"2 of 2 images are not there, train-00000-of-00075/a.jpg first"):
        export_pairs(WHOLE, "trl", tmp_path / "out.jsonl", images=tmp_path)


def test_earlier_files_are_replaced_only_where_that_is_asked_for(tmp_path: Path) -> None:
    for to in ("pairs", "trl", "llamafactory"):
        export_pairs([FINER], to, tmp_path / to / "out.jsonl")
        with pytest.raises(RequestError, match=r"is there already. Choose another file, or say --overwrite."):
            export_pairs([PLAIN], to, tmp_path / to / "out.jsonl")
        export_pairs([PLAIN], to, tmp_path / to / "out.jsonl", overwrite=True)
        assert read_pairs(tmp_path / to / "out.jsonl") == (PLAIN,)


def test_an_unknown_format_and_a_model_where_none_is_needed_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"No format is called 'trll'. Did you mean 'trl'"):
        export_pairs([FINER], "trll", tmp_path / "out")
    with pytest.raises(RequestError, match="Only --to trl writes prompts out"):
        export_pairs([FINER], "parquet", tmp_path / "out", chat=load_chat("bundled"))


def test_formats_are_told_by_content_after_export(tmp_path: Path) -> None:
    names = {to: read_pair_file(export_pairs([FINER], to, tmp_path / to).files[0]).format for to in ("trl", "pairs")}
    assert names == {"trl": "TRL's preference rows", "pairs": "sightline's pairs"}
