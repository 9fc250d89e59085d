"""Rows are checked before the first step; each that is bad is named with file, row and reason."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from scene_pairs import captions_of, pairs_of, scenes, written
from tiny_families import photograph
from tiny_pairs import family, finer, processor_of, sentinel

from sightline.core import PreferencePair
from sightline.errors import DataError, RequestError
from sightline.models.families import family_of
from sightline.models.loading import load
from sightline.preferences.pairs_file import write_pairs
from sightline.tuning import counted, row_lengths
from sightline.tuning.batches import Encoder
from sightline.tuning.recipes import Selection
from sightline.tuning.row_lengths import check_rows
from sightline.tuning.rows import PairRow, find_bad, hold_out
from sightline.tuning.sources import BAD_ROWS, encode_sources, read_sources


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes(tmp_path_factory.mktemp("scenes"), 4)


@pytest.fixture(scope="module")
def encoder(images: Path) -> Encoder:
    return Encoder(load("bundled").processor, family_of("llava"), images)


def as_rows(pairs: list[PreferencePair]) -> list[PairRow]:
    return [PairRow(pair, "pairs.jsonl", row) for row, pair in enumerate(pairs, start=1)]


def reasons(pairs: list[PreferencePair], images: Path) -> list[tuple[int, str]]:
    return [(one.row.row, one.reason) for one in find_bad(as_rows(pairs), images)]


def changed(pair: PreferencePair, **values: object) -> PreferencePair:
    return dataclasses.replace(pair, **values)


def test_good_rows_are_good(images: Path) -> None:
    assert reasons([*pairs_of(0), *captions_of(1)], images) == []


def test_an_image_that_is_not_there_is_found(images: Path) -> None:
    first, second = pairs_of(0)[:2]
    gone = changed(second, image=dataclasses.replace(second.image, name="gone.png"))
    assert reasons([first, gone], images) == [(2, "the image is not there")]


@pytest.mark.parametrize("same", ["Yes, I can see a CUP.", "  yes, I can see a cup", "Yes, I  can see a cup!"])
def test_replies_that_say_the_same_are_found_whatever_their_case_and_blanks(same: str, images: Path) -> None:
    pair = changed(pairs_of(0)[0], chosen="Yes, I can see a cup.", rejected=same)
    assert reasons([pair], images) == [(1, "chosen and rejected say the same")]


def test_of_pairs_that_stand_there_twice_the_first_is_good(images: Path) -> None:
    first, second = pairs_of(0)[:2]
    assert reasons([first, second, first, first], images) == [
        (3, "the pair stands there already"),
        (4, "the pair stands there already"),
    ]


def test_rows_that_contradict_each_other_are_both_found(images: Path) -> None:
    first, second = pairs_of(0)[:2]
    turned = changed(first, chosen=first.rejected, rejected=first.chosen, polarity="negative")
    found = find_bad(as_rows([first, second, turned]), images)
    assert [(one.row.row, one.reason, one.detail) for one in found] == [
        (1, "another row prefers the other reply", "row 3 of pairs.jsonl"),
        (3, "another row prefers the other reply", "row 1 of pairs.jsonl"),
    ]


def test_equal_replies_after_other_contexts_are_no_contradiction(images: Path) -> None:
    begun, longer = captions_of(0)
    turned = changed(longer, chosen=begun.rejected, rejected=begun.chosen)
    assert reasons([begun, turned], images) == []


def test_bad_rows_are_refused_with_the_first_of_them_and_a_file_of_all(images: Path, tmp_path: Path) -> None:
    pairs = pairs_of(0)
    path = write_pairs(tmp_path / "pairs.jsonl", [*pairs, *pairs])
    with pytest.raises(DataError) as refused:
        read_sources([path], images, (), Selection(), 0, tmp_path)
    assert f"4 of 8 pairs cannot be tuned on: 4 × the pair stands there already. The first: {path}:5" in str(
        refused.value
    )
    assert "leave them out: --skip-bad-rows" in str(refused.value)
    listed = [json.loads(line) for line in (tmp_path / BAD_ROWS).read_text().splitlines()]
    assert [row["row"] for row in listed] == [5, 6, 7, 8]
    assert listed[0]["detail"] == f"row 1 of {path}"


def test_bad_rows_are_left_out_and_counted_where_that_is_asked_for(images: Path, tmp_path: Path) -> None:
    pairs = pairs_of(0)
    path = write_pairs(tmp_path / "pairs.jsonl", [*pairs, *pairs])
    found = read_sources([path], images, (), Selection(skip_bad_rows=True), 0, tmp_path)
    assert ([row.row for row in found.rows], found.left_out, found.read) == (
        [1, 2, 3, 4],
        {"the pair stands there already": 4},
        8,
    )


def test_nothing_but_bad_rows_is_refused_even_so(images: Path, tmp_path: Path) -> None:
    gone = [changed(pair, image=dataclasses.replace(pair.image, name="gone.png")) for pair in pairs_of(0)]
    path = write_pairs(tmp_path / "pairs.jsonl", gone)
    with pytest.raises(DataError, match="none of 4 pairs can be tuned on: 4 × the image is not there"):
        read_sources([path], images, (), Selection(skip_bad_rows=True), 0, tmp_path)


def test_what_is_watched_may_not_be_tuned_on(images: Path, tmp_path: Path) -> None:
    tuned, watched = written(tmp_path / "a.jsonl", range(3)), written(tmp_path / "b.jsonl", range(2, 4))
    with pytest.raises(DataError, match=r"1 held-out images are tuned on as well, scene_000002\.png among them"):
        read_sources([tuned], images, [watched], Selection(), 0, tmp_path)


def test_the_limit_takes_the_first_pairs(images: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "pairs.jsonl", range(3))
    found = read_sources([path], images, (), Selection(limit=5), 0, tmp_path)
    assert [row.row for row in found.rows] == [1, 2, 3, 4, 5]


def test_no_files_and_no_folder_are_refused(images: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="No pairs are named"):
        read_sources([], images, (), Selection(), 0, tmp_path)
    with pytest.raises(DataError, match="no such folder of images"):
        read_sources([written(tmp_path / "a.jsonl", range(1))], tmp_path / "none", (), Selection(), 0, tmp_path)


def test_images_are_held_out_whole_and_the_seed_draws_them() -> None:
    rows = as_rows([pair for index in range(10) for pair in pairs_of(index)])
    left, held = hold_out(rows, 0.2, seed=1)
    assert len(held) == 8 and len({row.pair.image.name for row in held}) == 2
    assert not {row.pair.image.name for row in left} & {row.pair.image.name for row in held}
    assert hold_out(rows, 0.2, seed=1) == (left, held)
    assert hold_out(rows, 0.2, seed=2)[1] != held
    assert hold_out(rows, 0.0, seed=1) == (rows, [])


def test_what_rows_take_up_is_counted_in_tokens(images: Path, encoder: Encoder, tmp_path: Path) -> None:
    rows = as_rows(pairs_of(0))
    checked, bad = check_rows(rows, encoder, "model", None, tmp_path / "rows.jsonl")
    encoded = encoder.encode(encoder.picture("scene_000000.png"), pairs_of(0))
    assert bad == []
    assert (checked.tree_tokens, checked.plain_tokens) == (encoded.tokens, encoded.unshared_tokens)
    own = checked.lengths[rows[0].pair.key]
    chosen, rejected = encoded.pairs[0]
    assert own == ("scene_000000.png", len(encoded.prefix), len(chosen.path) + len(rejected.path) - chosen.start)


def test_rows_that_cannot_be_encoded_are_found_and_the_others_of_their_image_stay(
    images: Path, encoder: Encoder, tmp_path: Path
) -> None:
    good, other = pairs_of(0)[:2]
    long = changed(other, prompt="Can you see a cup and " + "a cup and " * 200 + "a cup in this image?")
    marked = changed(other, prompt="What does <image> show?")
    checked, bad = check_rows(as_rows([good, long, marked]), encoder, "model", 200, tmp_path / "rows.jsonl")
    assert list(checked.lengths) == [good.key]
    assert [(one.row.row, one.reason) for one in bad] == [
        (2, "longer than 200 tokens"),
        (3, "it spells out the model's placeholder for images"),
    ]
    assert bad[0].detail.endswith("of which the image takes 65")


COUNTING = ("llava", "llava_next", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvl")
SIZES = ((40, 50), (90, 40), (30, 30), (64, 200), (33, 71))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A photograph of each size."""
    for place, size in enumerate(SIZES):
        photograph(place, *size).save(tmp_path / f"{place}.png")
    return tmp_path


def pairs_of_photographs() -> list[PreferencePair]:
    made = [[*finer(f"{place}.png"), *sentinel(f"{place}.png")] for place in range(len(SIZES))]
    marked = changed(made[1][0], prompt="What is <image><|image_pad|><IMG_CONTEXT>?")
    return [*(pair for own in made for pair in own), marked]


@pytest.mark.parametrize("model_type", COUNTING)
def test_the_size_of_an_image_says_what_processing_it_says(
    model_type: str, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = Encoder(processor_of(model_type), family(model_type), photographs)
    rows = as_rows(pairs_of_photographs())
    processed: list[Any] = []
    whole = Encoder.encode
    monkeypatch.setattr(Encoder, "encode", lambda self, *given: (processed.append(given), whole(self, *given))[1])
    found = check_rows(rows, encoder, "model", 110, photographs / "told.jsonl")
    tried = len(processed)
    monkeypatch.setattr(row_lengths, "image_tokens", lambda *_: None)
    assert check_rows(rows, encoder, "model", 110, photographs / "processed.jsonl") == found
    assert len(processed) - tried == len(SIZES) + 1, "all of them, and one again without the pair that is refused"
    assert tried < len(SIZES), "of some it is tried, of the others their size is enough"
    assert found[0].lengths and found[1]


def test_a_processor_that_counts_wrongly_is_found_out(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(processor_of("qwen2_vl"), family("qwen2_vl"), photographs)
    rows = as_rows(pairs_of_photographs()[:-1])
    expected = check_rows(rows, encoder, "model", None, photographs / "rightly.jsonl")
    monkeypatch.setattr(counted, "image_tokens", lambda *_: 9)
    assert check_rows(rows, encoder, "model", None, photographs / "wrongly.jsonl") == expected


def test_a_processor_that_does_not_count_is_not_asked_twice(encoder: Encoder) -> None:
    assert counted.image_tokens(encoder.processor, 64, 64) is None
    with pytest.raises(counted.CountError, match="LlavaProcessor"):
        encoder.count(encoder.picture("scene_000000.png"), pairs_of(0))


def test_a_picture_that_cannot_be_read_makes_its_rows_bad(encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "scene_000000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    there = dataclasses.replace(encoder, images=tmp_path)
    checked, bad = check_rows(as_rows(pairs_of(0)), there, "model", None, tmp_path / "rows.jsonl")
    assert not checked.lengths
    assert {one.reason for one in bad} == {"the image cannot be read"} and len(bad) == 4


def test_rows_are_looked_at_once_and_again_only_where_something_changed(
    images: Path, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    picture = Encoder.picture
    monkeypatch.setattr(Encoder, "picture", lambda self, name: (looked.append(name), picture(self, name))[1])
    rows, journal = as_rows([*pairs_of(0), *pairs_of(1)]), tmp_path / "rows.jsonl"
    first = check_rows(rows, encoder, "model", None, journal)
    assert looked == ["scene_000000.png", "scene_000001.png"]
    assert check_rows(rows, encoder, "model", None, journal) == first
    assert len(looked) == 2
    check_rows(rows[:-1], encoder, "model", None, journal)
    assert looked[2:] == ["scene_000001.png"], "its pairs are others now"
    check_rows(rows, encoder, "model", 500, journal)
    assert len(looked) == 5, "what is too long is another question"


def test_bad_rows_of_both_kinds_are_reported_together(images: Path, encoder: Encoder, tmp_path: Path) -> None:
    good, other = pairs_of(0)[:2]
    marked = changed(other, prompt="What does <image> show?")
    path = write_pairs(tmp_path / "pairs.jsonl", [good, good, marked])
    found = read_sources([path], images, (), Selection(skip_bad_rows=True), 0, tmp_path)
    left, _ = encode_sources(found, encoder, "model", None, True, tmp_path, 0, None)
    assert [row.row for row in left.rows] == [1]
    assert left.left_out == {
        "the pair stands there already": 1,
        "it spells out the model's placeholder for images": 1,
    }
    assert len((tmp_path / BAD_ROWS).read_text().splitlines()) == 2
    with pytest.raises(DataError, match="2 of 3 pairs cannot be tuned on"):
        encode_sources(found, encoder, "model", None, False, tmp_path, 0, None)
