"""References are found by what decides them, and by nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from sightline.core import ModelIdentity
from sightline.tuning.reference import ReferenceCache, reference_key

MODEL = ModelIdentity("hash", "name", "family", "transformers 5", "bfloat16", "sdpa", {"device": "cpu"})


def key(
    model: ModelIdentity = MODEL, trees: bool = True, image: str = "aa", pixels: int | None = None, pair: str = "p"
) -> str:
    return reference_key(model, trees, image, pixels, pair)


@pytest.mark.parametrize(
    "other",
    [
        key(replace(MODEL, hash="other")),
        key(replace(MODEL, dtype="float32")),
        key(trees=False),
        key(image="bb"),
        key(pixels=512),
        key(pair="q"),
    ],
)
def test_whatever_decides_a_reference_is_in_its_key(other: str) -> None:
    assert other != key()


def test_names_and_devices_are_not() -> None:
    assert key(replace(MODEL, name="other", family="other", details={})) == key()


def test_what_is_kept_is_found_to_the_bit_and_stays_as_it_was(tmp_path: Path) -> None:
    with ReferenceCache(tmp_path / "references.sqlite") as cache:
        cache.keep({"a": (-0.1, -123.45678901234567)})
        cache.keep({"a": (0.0, 0.0), "b": (-1.0, -2.0)})
    with ReferenceCache(tmp_path / "references.sqlite") as cache:
        assert cache.find(["a", "b", "c"]) == {"a": (-0.1, -123.45678901234567), "b": (-1.0, -2.0)}
