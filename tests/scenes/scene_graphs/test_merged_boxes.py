"""Boxes that were drawn around one object twice are one object."""

from sightline.scenes.scene_graphs.annotated import Annotated, merged
from sightline.scenes.scene_graphs.boxes import Box, covered, overlap


def box(x: float, width: float = 100) -> Box:
    return Box(x, 0, width, 100)


def test_overlap_is_the_shared_area_of_all_that_is_covered() -> None:
    assert overlap(box(0), box(20)) == 80 / 120
    assert overlap(box(0), box(100)) == 0
    assert overlap(box(0), box(0)) == 1


def test_covered_is_the_share_of_the_smaller_box() -> None:
    assert covered(box(0), box(90, width=20)) == 0.5
    assert covered(box(90, width=20), box(0)) == 0.5
    assert covered(box(0), box(200)) == 0


def test_boxes_of_one_name_that_are_nearly_the_same_are_one_object() -> None:
    first = Annotated("1", ["cow", "calf"], ["brown"], box=box(0))
    second = Annotated("2", ["cow", "animal"], ["small", "brown"], box=box(10))  # 90 of 110: 0.82
    (cow,), ids = merged([first, second])
    assert ids == {"1": "1", "2": "1"}
    assert (cow.names, cow.attributes, cow.box) == (["cow", "calf", "animal"], ["brown", "small"], box(5))


def test_boxes_further_apart_of_other_names_or_of_several_are_objects_of_their_own() -> None:
    cow = Annotated("1", ["cow"], box=box(0))
    for other in (
        Annotated("2", ["cow"], box=box(34)),  # 66 of 134: 0.49
        Annotated("2", ["horse"], box=box(0)),
        Annotated("2", ["cow"], number=0, box=box(0)),
        Annotated("2", ["cow"]),
    ):
        assert len(merged([cow, other])[0]) == 2


def test_what_lies_between_two_boxes_joins_them() -> None:
    cows = [Annotated(name, ["cow"], box=box(x)) for name, x in (("a", 0), ("b", 42), ("c", 21))]  # a and b: 58 of 142
    (cow,), ids = merged(cows)
    assert (cow.id, set(ids.values()), cow.box) == ("a", {"a"}, box(21))


def test_a_number_that_one_of_the_annotations_tells_is_kept() -> None:
    several = [Annotated("1", ["cow"], number=0, box=box(0)), Annotated("2", ["cow"], number=3, box=box(0))]
    assert [each.number for each in merged(several)[0]] == [3]
