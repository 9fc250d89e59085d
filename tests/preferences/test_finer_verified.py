"""False units held against images: what the verifier sees is rejected with its probability."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from sightline.core import Asking, Attribute, ImageGroup, ModelIdentity, Presence, Relation, Replies, Said
from sightline.errors import RequestError
from sightline.preferences.finer.phrases import Edit, Phrase, Unit
from sightline.preferences.finer.verified import NO_ANSWER, SEEN, verify_edits
from sightline.queries.phrases import Named

THINGS = Phrase("a.jpg", "object", (Unit(Presence("cat")), Unit(Presence("key"), 2)))
CUP = Phrase("a.jpg", "attribute", (Unit(Attribute("cup", "red")),), Named("cup"))
MAN = Phrase("b.jpg", "relation", (Unit(Relation("man", "wearing", "hat")),), Named("man"))
EDITS = [
    Edit(THINGS, THINGS.with_claim(1, Presence("coin")), 1, "statistics", "object/0"),
    Edit(CUP, CUP.with_claim(0, Attribute("cup", "blue")), 0, "statistics", "attribute/0"),
    Edit(MAN, MAN.with_claim(0, Relation("man", "wearing", "helmet")), 0, "statistics", "relation/0"),
]


class Seeing:
    """A model that sees what is named with a probability.

    Args:
        p_yes: question → the probability of Yes; of others 0.1.
    """

    identity = ModelIdentity("5e", "a seeing model", "", "scripted", "none", "none")

    def __init__(self, p_yes: dict[str, float]) -> None:
        self.p_yes = p_yes
        self.asked: list[tuple[str, str]] = []

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        for batch in batches:
            self.asked += [(group.image.name, prompt) for group in batch for prompt in group.prompts]
            yield tuple(tuple((self._said(prompt),) for prompt in group.prompts) for group in batch)

    def _said(self, prompt: str) -> Said:
        p_yes = self.p_yes.get(prompt, 0.1)
        if math.isnan(p_yes):
            return Said("", (-1.0, -1.0))
        return Said("Yes" if p_yes > 0.5 else "No", (math.log(p_yes), math.log(1 - p_yes)))


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Path]:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    return {name: tmp_path / name for name in ("a.jpg", "b.jpg")}


def test_only_the_unit_that_was_put_in_decides(images: dict[str, Path]) -> None:
    model = Seeing({"Is there a cup in the image?": 0.99, "Is there a helmet in the image?": 0.99})
    verified = verify_edits(EDITS, model, images)
    assert (verified.edits, verified.rejected) == (EDITS, [])
    assert ("a.jpg", "Are there two coins in the image?") in model.asked
    assert ("a.jpg", "Is the cup blue?") in model.asked
    assert ("b.jpg", "Is the man wearing a helmet?") in model.asked


def test_what_is_seen_is_rejected_with_its_probability(images: dict[str, Path]) -> None:
    model = Seeing({"Are there two coins in the image?": 0.75, "Is the man wearing a helmet?": 0.5})
    verified = verify_edits(EDITS, model, images)
    assert verified.edits == [EDITS[1]]
    found = [(each.image, each.kind, each.reason, each.unit, each.instead) for each in verified.rejected]
    assert found == [
        ("a.jpg", "object", SEEN, "key", "coin"),
        ("b.jpg", "relation", SEEN, "wearing hat", "wearing helmet"),
    ]
    assert [round(each.p_yes or 0, 6) for each in verified.rejected] == [0.75, 0.5]
    assert verified.rejected[0].phrase == "cat and keys"


def test_the_threshold_is_what_counts_as_seen(images: dict[str, Path]) -> None:
    model = Seeing({"Is the cup blue?": 0.3})
    assert [each.instead for each in verify_edits(EDITS, model, images, threshold=0.3).rejected] == ["blue"]
    assert verify_edits(EDITS, model, images, threshold=0.31).rejected == []
    with pytest.raises(RequestError, match="The threshold is 2"):
        verify_edits(EDITS, model, images, threshold=2)


def test_where_neither_yes_nor_no_is_said_nothing_is_taken_for_absent(images: dict[str, Path]) -> None:
    verified = verify_edits(EDITS, Seeing({"Is the cup blue?": math.nan}), images)
    assert [(each.reason, each.p_yes) for each in verified.rejected] == [(NO_ANSWER, None)]


def test_progress_counts_images(images: dict[str, Path]) -> None:
    told: list[tuple[int, int]] = []
    verify_edits(EDITS, Seeing({}), images, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
