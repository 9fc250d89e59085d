"""Batches read and encoded ahead, in this process or in others."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scene_pairs import pairs_of, scenes

from sightline.models.families import family_of
from sightline.models.loading import load
from sightline.tuning.batches import EncodedBatches, Encoder, loader, scaled_down, worked_ahead
from sightline.tuning.grouping import Batch, Unit

PAIRS = [*pairs_of(0), *pairs_of(1)]
PLAN = [(Batch((Unit((4, 5), 0), Unit((0,), 0))), 5), (Batch((Unit((6, 7), 0),), counts=False), 5)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(load("bundled").processor, family_of("llava"), scenes(tmp_path_factory.mktemp("scenes"), 2))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_whoever_makes_them(encoder: Encoder, workers: int) -> None:
    first, second = loader(EncodedBatches(encoder, PAIRS, PLAN), workers, pin=False)
    assert (first.rows, first.counts, first.step_pairs) == ((4, 5, 0), True, 5)
    assert [image.keys for image in first.images] == [(PAIRS[4].key, PAIRS[5].key), (PAIRS[0].key,)]
    assert (second.rows, second.counts) == ((6, 7), False)


def test_the_loader_can_be_sent_to_a_process_that_is_started_anew(encoder: Encoder) -> None:
    sent = pickle.loads(pickle.dumps(EncodedBatches(encoder, PAIRS, PLAN)))
    assert sent[0].images[0].prefix == EncodedBatches(encoder, PAIRS, PLAN)[0].images[0].prefix


def test_work_is_given_in_the_order_of_its_items() -> None:
    assert list(worked_ahead(["ab", "c", "def"], len, workers=2)) == [2, 1, 3]
    assert list(worked_ahead([], len, workers=0)) == []


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [
        ((640, 480), None, (640, 480)),
        ((640, 480), 307_200, (640, 480)),
        ((640, 480), 76_800, (320, 240)),
        ((9000, 1), 9, (284, 1)),
    ],
)
def test_larger_pictures_are_scaled_down_to_an_area(
    size: tuple[int, int], most: int | None, expected: tuple[int, int]
) -> None:
    # 9,000 × 1 pixels to 9: both sides by √(9 / 9000) = 0.0316, so 284.6 and less than one, which stays one
    assert scaled_down(Image.new("RGB", size), most).size == expected


def test_an_encoder_scales_what_it_reads(encoder: Encoder) -> None:
    small = Encoder(encoder.processor, encoder.family, encoder.images, max_pixels=64 * 64)
    assert small.picture("scene_000000.png").image.size == (64, 64)
    assert np.asarray(encoder.picture("scene_000000.png").image).shape == (128, 128, 3)


def test_pixels_come_in_the_models_type(encoder: Encoder) -> None:
    half = replace(encoder, dtype=torch.bfloat16)
    (batch, _) = loader(EncodedBatches(half, PAIRS, PLAN), 0, pin=False)
    for name, given in batch.images[0].inputs.items():
        as_made = encoder.encode(encoder.picture("scene_000001.png"), PAIRS[4:6]).inputs[name]
        assert as_made.dtype == torch.float32
        assert given.equal(as_made.bfloat16())
