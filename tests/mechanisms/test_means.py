"""What heads hand on over two images, held against plain forwards of one prompt at a time."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from plain_hooks import ALL_HEADS, changed, roles_alone
from swept_prompts import CUPS, MOONS, SIX, STARS, UNREAD, asked_of, photographs
from tiny_families import Tiny, tiny

from sightline.mechanisms.drafts import Answer, Draft
from sightline.mechanisms.means import KEPT, Gathering
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked
from sightline.models.head_outputs import HeadOutputs
from sightline.models.roles import Role

WORD = Draft((70, 75, 80, 2), "…", "3", Answer(1, 2, ((75,),), ((81,),)))
WORDS = Draft((90, 91, 2), "…", "7", Answer(0, 2, ((90, 91), (95, 90)), ((96, 97, 98), (99,))))


def asked(tested: Tiny, folder: Path) -> list[Asked]:
    first, second = photographs(folder)
    return [
        asked_of(tested, first, [MOONS, CUPS], [WORD, WORDS]),
        asked_of(tested, second, [STARS], [UNREAD]),
    ]


def gathered(tested: Tiny, *of_images: Sequence[Asked]) -> HeadOutputs:
    gathering = Gathering(tested.replies())
    for images in of_images:
        gathering.add(images)
    return gathering.done()


def handed_on(tested: Tiny, one: Asked, question: int) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """(n, layers, heads, d) of one prompt and its reply, but for the token that nothing follows; (n,) their roles."""
    given = one.drafts[question].tokens[:-1]
    kept: list[torch.Tensor] = []

    def keep(own: torch.Tensor) -> torch.Tensor:
        kept.append(own.clone())
        return own

    with changed(tested, dict.fromkeys(ALL_HEADS, keep)):
        tested.alone(one.group, question, given)
    values = torch.stack(kept, dim=1).numpy()
    return values.reshape(len(values), 3, 4, 16), roles_alone(tested, one.group, question, len(given), asserted_words)


def by_hand(tested: Tiny, images: Sequence[Asked]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sums and counts by role: an image once, each prompt and reply once."""
    sums, counts = np.zeros((len(Role), 3, 4, 16)), np.zeros(len(Role), dtype=np.int64)
    for one in images:
        for question in range(len(one.prompts)):
            values, roles = handed_on(tested, one, question)
            own = slice(0 if question == 0 else len(one.group.prefix), None)
            for role in np.unique(roles[own]):
                sums[role] += values[own][roles[own] == role].sum(axis=0, dtype=np.float64)
                counts[role] += int((roles[own] == role).sum())
    return sums, counts


@pytest.mark.parametrize("family", SIX)
def test_every_token_of_images_prompts_and_replies_counts_once(family: str, tmp_path: Path) -> None:
    tested = tiny(family)
    images = asked(tested, tmp_path)
    found = gathered(tested, images)
    sums, counts = by_hand(tested, images)
    assert found.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(found.sums, sums, atol=1e-3)
    np.testing.assert_allclose(found.mean, sums.sum(axis=0) / counts.sum(), atol=1e-5)
    with_any = counts > 0
    np.testing.assert_allclose(
        found.by_role[with_any], sums[with_any] / counts[with_any][:, None, None, None], atol=1e-4
    )


def test_roles_that_do_not_occur_are_given_the_mean_of_all(tmp_path: Path) -> None:
    tested = tiny("llava")  # which puts no marks around its images
    found = gathered(tested, asked(tested, tmp_path))
    assert found.counts[Role.MARKER] == found.counts[Role.PADDING] == 0
    assert np.array_equal(found.by_role[Role.MARKER], found.mean)
    assert found.counts[Role.SINK] == 2
    assert found.counts[Role.IMAGE] == 2 * 16
    assert found.counts[Role.GENERATED] == 3 + 2 + 3
    assert not found.sums[Role.PADDING].any()


def test_answers_that_were_not_given_are_no_part_of_a_reply(tmp_path: Path) -> None:
    tested = tiny("llava")
    images = asked(tested, tmp_path)
    without = [one._replace(drafts=tuple(replace(draft, answer=None) for draft in one.drafts)) for one in images]
    assert gathered(tested, images).counts.tolist() == gathered(tested, without).counts.tolist()
    np.testing.assert_allclose(gathered(tested, images).sums, gathered(tested, without).sums, atol=1e-3)


def test_image_by_image_gives_what_all_together_give(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    first, second = asked(tested, tmp_path)
    together, apart = gathered(tested, [first, second]), gathered(tested, [first], [second])
    assert together.counts.tolist() == apart.counts.tolist()
    np.testing.assert_allclose(together.sums, apart.sums, atol=1e-3)


def test_kept_vectors_are_those_of_tokens_of_their_role_and_not_too_many(tmp_path: Path) -> None:
    tested = tiny("qwen2_vl")
    first, second = asked(tested, tmp_path)
    found = gathered(tested, *[[first, second]] * (KEPT // 2 + 2))
    kept = dict(zip(*np.unique(found.kept_roles, return_counts=True), strict=True))
    assert kept == {role: KEPT for role in Role if role != Role.PADDING}
    assert found.kept.shape == (len(found.kept_roles), 3, 4, 16)
    values, roles = (
        np.concatenate(parts)
        for parts in zip(
            *(handed_on(tested, one, question) for one in (first, second) for question in range(len(one.prompts))),
            strict=True,
        )
    )
    for vector, role in zip(found.kept, found.kept_roles, strict=True):
        assert np.abs(values[roles == role] - vector).max(axis=(1, 2, 3)).min() < 1e-4
    of_images = found.kept[found.kept_roles == Role.IMAGE].reshape(KEPT, -1)
    assert len(np.unique(of_images.round(3), axis=0)) > KEPT // 2  # not the same token again and again


def test_nothing_gathered_is_no_mean() -> None:
    with pytest.raises(ValueError, match="nothing was gathered"):
        Gathering(tiny("llava").replies()).done()
