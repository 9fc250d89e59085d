"""Every object that a scene is said to hold is really in its pixels, in its own colour."""

from dataclasses import replace

import numpy as np
import pytest
from pixels import cover, seen, unshaded

from sightline.scenes.rendered import RenderedObject, RenderedScene, compose, paint
from sightline.scenes.rendered.annotations import box_of, visible_areas
from sightline.scenes.rendered.compose import CLEAR_SHARE, FEWEST_VISIBLE_PX
from sightline.scenes.rendered.paint import paint_without_noise
from sightline.scenes.rendered.world import COLOURS

LEAST_CONTRAST = 0.012
"""What an opaque object changes at least, of a range of 1, in some channel of each of its pixels: the dark parts of
stripes and dots over the brightest backgrounds. 0.0123 is the least in 1,500 scenes."""

LEAST_UNSHADED = 0.15
"""The same where its surface is not dark."""

LEAST_MEAN = 0.013
"""What an object at the edge of visibility changes on average over what can be seen of it; 3.3 steps of 255."""

DISTINCT = 0.0015
"""Less than any pixel of an object changes that lies on the background."""


def without(scene: RenderedScene, place: int) -> RenderedScene:
    return replace(scene, objects=scene.objects[:place] + scene.objects[place + 1 :])


def test_every_object_keeps_pixels_that_nothing_covers(scenes: list[RenderedScene]) -> None:
    fewest = min(int(own.sum()) for scene in scenes for own in seen(scene))
    assert fewest == FEWEST_VISIBLE_PX
    assert all(visible_areas(scene) == tuple(int(own.sum()) for own in seen(scene)) for scene in scenes)


def test_objects_in_plain_sight_keep_most_of_their_pixels(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        for each, own in zip(scene.objects, seen(scene), strict=True):
            if not each.marginal:
                assert own.sum() >= CLEAR_SHARE * (cover(each) > 0.5).sum()
            elif each.hidden == "covered":
                assert own.sum() <= 0.55 * (cover(each) > 0.5).sum()


def test_every_object_changes_the_pixels_that_are_its_own(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        whole = paint_without_noise(scene)
        covers = [cover(each) for each in scene.objects]
        for place, (each, own) in enumerate(zip(scene.objects, seen(scene), strict=True)):
            changed = np.abs(whole - paint_without_noise(without(scene, place))).max(axis=-1)
            alone = own & (np.sum([*covers[:place], *covers[place + 1 :]], axis=0) == 0)
            assert (changed[alone] >= LEAST_CONTRAST * each.opacity).all(), (scene.index, each)
            assert (changed[alone & unshaded(each)] >= LEAST_UNSHADED * each.opacity).all(), (scene.index, each)
            # over another object of the same colour some pixels are the same with and without it, but never all
            assert (changed[own] >= DISTINCT).sum() >= FEWEST_VISIBLE_PX, (scene.index, each)
            assert changed[own].mean() >= LEAST_MEAN, (scene.index, each)


def test_nothing_is_changed_where_no_object_is(scenes: list[RenderedScene]) -> None:
    for scene in scenes[:20]:
        empty = np.sum([cover(each) for each in scene.objects], axis=0) == 0
        bare = paint_without_noise(replace(scene, objects=()))
        assert (paint_without_noise(scene)[empty] == bare[empty]).all()


def test_objects_in_plain_sight_have_the_colour_that_they_are_said_to_have(scenes: list[RenderedScene]) -> None:
    named = {name: np.array(value) / 255 for name, value in COLOURS.items()}
    for scene in scenes:
        pixels = paint(scene) / 255
        for each, own in zip(scene.objects, seen(scene), strict=True):
            if not each.marginal:
                mean = pixels[own & unshaded(each)].mean(axis=0)
                assert min(named, key=lambda name: float(np.linalg.norm(named[name] - mean))) == each.colour


def test_backgrounds_are_darker_than_the_brightest_channel_of_every_colour(scenes: list[RenderedScene]) -> None:
    brightest = max(float(paint_without_noise(replace(scene, objects=())).max()) for scene in scenes)
    assert brightest < 125 / 255 < min(max(value) for value in COLOURS.values()) / 255


def test_boxes_end_where_the_masks_and_the_picture_end(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        for each in scene.objects:
            rows, columns = np.nonzero(cover(each) > 0.5)
            x, y, width, height = box_of(each)
            assert (x, x + width, y, y + height) == (
                columns.min(),
                columns.max() + 1,
                rows.min(),
                rows.max() + 1,
            )


def test_grain_is_the_only_difference_between_the_two_paintings(scenes: list[RenderedScene]) -> None:
    for scene in scenes[:20]:
        grain = paint(scene) / 255 - paint_without_noise(scene)
        middle = grain[paint(scene).max(axis=-1) < 230]
        assert abs(middle.mean()) < 0.001
        assert 4 / 255 < middle.std() < 11 / 255


def test_a_picture_depends_on_its_seed_and_number_alone() -> None:
    assert (paint(compose(0, 5)) == paint(compose(0, 5))).all()
    assert (paint(compose(0, 5)) != paint(compose(1, 5))).any()


def test_an_object_before_another_is_what_is_seen() -> None:
    rear = RenderedObject("ball", "red", "plain", "large", x=60, y=60, radius=13)
    fore = RenderedObject("plate", "blue", "plain", "small", x=60, y=60, radius=7)
    pixels = paint_without_noise(RenderedScene(0, 0, (rear, fore), ("sea",)))
    assert pixels[60, 60] == pytest.approx(np.array(COLOURS["blue"]) / 255, abs=1e-6)
    assert pixels[60, 70] == pytest.approx(np.array(COLOURS["red"]) / 255, abs=1e-6)
