"""Relations, worked out anew from boxes and middles."""

import pytest

from sightline.scenes.rendered import RenderedObject, RenderedScene
from sightline.scenes.rendered.relations import OPPOSITES, PREDICATES, holds, relate, relations


def anew(scene: RenderedScene) -> set[tuple[int, str, int]]:
    found = set()
    for one, subject in enumerate(scene.objects):
        for other, object_ in enumerate(scene.objects):
            if one == other:
                continue
            (l1, t1, r1, b1), (l2, t2, r2, b2) = subject.box, object_.box
            columns_apart, rows_apart = max(l1, l2) - min(r1, r2), max(t1, t2) - min(b1, b2)
            within = l2 <= l1 and r1 <= r2 and t2 <= t1 and b1 <= b2
            around = l1 <= l2 and r2 <= r1 and t1 <= t2 and b2 <= b1
            true = {
                "left of": r1 <= object_.x and object_.x - subject.x >= 8,
                "right of": l1 >= object_.x and subject.x - object_.x >= 8,
                "above": b1 <= object_.y and object_.y - subject.y >= 8,
                "below": t1 >= object_.y and subject.y - object_.y >= 8,
                "inside": within,
                "touching": columns_apart <= 2 and rows_apart <= 2 and not within and not around,
            }
            found |= {(one, predicate, other) for predicate, is_true in true.items() if is_true}
    return found


def test_relations_are_what_boxes_and_middles_say(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        assert set(relations(scene)) == anew(scene)


def test_opposites_never_hold_together(scenes: list[RenderedScene]) -> None:
    assert all(OPPOSITES[OPPOSITES[predicate]] == predicate for predicate in OPPOSITES)
    for scene in scenes:
        found = set(relations(scene))
        for one, predicate, other in found:
            if predicate in OPPOSITES:
                assert (one, OPPOSITES[predicate], other) not in found
                assert (other, predicate, one) not in found
            if predicate == "touching":
                assert (other, "touching", one) in found
                assert not {(one, "inside", other), (other, "inside", one)} & found


def test_every_relation_occurs(scenes: list[RenderedScene]) -> None:
    assert {each.predicate for scene in scenes for each in relations(scene)} == set(PREDICATES)
    inside = sum(any(each.predicate == "inside" for each in relations(scene)) for scene in scenes) / 300
    assert 0.02 < inside < 0.12  # of the share that the world says, those that fit


def test_kinds_are_related_where_all_of_them_are(scenes: list[RenderedScene]) -> None:
    for scene in scenes[:50]:
        for one in scene.kinds:
            for other in scene.kinds:
                expected = [
                    predicate
                    for predicate in PREDICATES
                    if one != other and all(holds(predicate, a, b) for a in scene.of(one) for b in scene.of(other))
                ]
                assert list(relate(scene, one, other)) == expected


@pytest.mark.parametrize(
    ("x", "y", "radius", "expected"),
    [
        (36, 60, 7, {"left of"}),
        (40, 60, 7, {"left of", "touching"}),
        (80, 60, 7, {"right of", "touching"}),
        (60, 40, 7, {"above", "touching"}),
        (60, 84, 7, {"below"}),
        (36, 36, 7, {"left of", "above"}),
        (61, 61, 5, {"inside"}),
        (64, 60, 13, {"touching"}),
    ],
)
def test_relations_of_two_balls(x: int, y: int, radius: int, expected: set[str]) -> None:
    # a ball's box ends 0.95 of its radius from the middle: the large one's at 48 and 73
    large = RenderedObject("ball", "red", "plain", "large", x=60, y=60, radius=13)
    ball = RenderedObject("ball", "blue", "plain", "small", x=x, y=y, radius=radius)
    assert {predicate for predicate in PREDICATES if holds(predicate, ball, large)} == expected
