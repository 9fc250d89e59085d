"""What is drawn: how often what happens, in which colours, and that it is the same whenever it is drawn."""

import hashlib
from collections import Counter

import numpy as np
import pytest

from sightline.errors import RequestError
from sightline.scenes.rendered import RenderedScene, World, compose
from sightline.scenes.rendered.world import COLOURS, KINDS, THEMES, mates_of, novel_colour, plural, theme_of


def test_every_scene_holds_two_to_twelve_objects(scenes: list[RenderedScene]) -> None:
    counts = Counter(len(scene.objects) for scene in scenes)
    assert set(counts) == set(range(2, 13))
    assert max(counts[number] for number in range(2, 12)) < 50, "no number but the greatest, where more are cut, leads"


def test_all_of_a_kind_look_alike(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        for kind in scene.kinds:
            assert len({(each.attributes, each.marginal) for each in scene.of(kind)}) == 1


def test_a_scene_has_a_theme_or_two_with_a_lead_in_plain_sight(scenes: list[RenderedScene]) -> None:
    for scene in scenes:
        for theme in scene.themes:
            assert any(not each.marginal for each in scene.objects if theme_of(each.kind) == theme)
    assert sum(len(scene.themes) == 2 for scene in scenes) / 300 == pytest.approx(World().two_themes, abs=0.07)


def test_mates_are_there_and_strays_are_not_as_often_as_the_world_says(scenes: list[RenderedScene]) -> None:
    mates = strays = themes = others = 0
    for scene in scenes:
        there = Counter(theme_of(kind) in scene.themes for kind in scene.kinds)
        themes += len(scene.themes)
        others += len(KINDS) - 4 * len(scene.themes)
        mates += there[True] - len(scene.themes)  # the lead of each theme is always there
        strays += there[False]
    assert mates / (3 * themes) == pytest.approx(World().mate, abs=0.04)
    assert strays / others == pytest.approx(World().stray, abs=0.015)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 1.0])
def test_the_share_of_mates_that_can_hardly_be_seen_is_the_one_asked_for(share: float) -> None:
    marginal = mates = 0
    for index in range(300):
        scene = compose(0, index, World(marginal=share, stray=0))
        mates += len(scene.kinds) - len(scene.themes)
        marginal += sum(scene.of(kind)[0].marginal for kind in scene.kinds)
    assert marginal / mates == pytest.approx(share, abs=0.04 if 0 < share < 1 else 0)


def test_a_third_of_all_objects_can_hardly_be_seen(scenes: list[RenderedScene]) -> None:
    hidden = Counter(each.hidden for scene in scenes for each in scene.objects)
    whole = sum(hidden.values())
    assert 1 - hidden[""] / whole == pytest.approx(0.354, abs=0.02)
    # of those, 70, 15 and 15 %; where nothing suits to cover one, it is faint
    faint, tiny, covered = (hidden[reason] / (whole - hidden[""]) for reason in ("faint", "tiny", "covered"))
    assert 0.7 <= faint <= 0.82
    assert tiny == pytest.approx(0.15, abs=0.03)
    assert 0.06 <= covered <= 0.15


def test_faint_objects_have_the_opacities_of_the_world(scenes: list[RenderedScene]) -> None:
    world = World()
    faint = [each.opacity for scene in scenes for each in scene.objects if each.hidden == "faint"]
    assert world.faintest <= min(faint) < world.faintest + 0.01
    assert world.faint - 0.01 < max(faint) <= world.faint
    assert {each.opacity for scene in scenes for each in scene.objects if each.hidden != "faint"} == {1.0}


def test_colours_are_those_of_training_the_one_that_is_not_or_any(scenes: list[RenderedScene]) -> None:
    def is_novel(combinations: str) -> set[bool]:
        return {
            each.colour == novel_colour(each.kind)
            for index in range(100)
            for each in compose(0, index, None, combinations).objects  # type: ignore[arg-type]
        }

    assert is_novel("familiar") == {False}
    assert is_novel("novel") == {True}
    assert is_novel("any") == {False, True}
    assert len({novel_colour(kind) for kind in KINDS}) == len(COLOURS)
    assert all(len({novel_colour(kind) for kind in kinds}) == 4 for kinds in THEMES.values())


def test_a_scene_is_the_same_whenever_and_wherever_it_is_drawn(scenes: list[RenderedScene]) -> None:
    assert [compose(0, index) for index in reversed(range(20))] == scenes[:20][::-1]
    for other in (compose(1, 7), compose(0, 8), compose(0, 7, stream=1)):
        assert other.objects != scenes[7].objects


def test_the_world_is_the_one_that_the_model_was_trained_on(scenes: list[RenderedScene]) -> None:
    # a new digest means other scenes for every seed: the bundled model would have to be trained anew
    digest = hashlib.sha256(repr(scenes[:20]).encode()).hexdigest()
    assert digest == "66a2bae0ab1ddca586833b3d3aa65140fb8897e52c51822899d010b67d5164c5"
    moved = repr(compose(3, 5, World(marginal=0.5, fewest=4, most=6), "any", stream=1))
    assert (
        hashlib.sha256(moved.encode()).hexdigest() == "28069275c741e592f7fd6fc65d91d1de775956525d5100be17b06e4536f972e9"
    )


@pytest.mark.parametrize(("fewest", "most"), [(1, 1), (2, 3), (16, 16)])
def test_scenes_hold_as_many_objects_as_asked_for(fewest: int, most: int) -> None:
    counts = {len(compose(0, index, World(fewest=fewest, most=most)).objects) for index in range(100)}
    assert counts == set(range(fewest, most + 1))


def test_one_scene_in_a_thousand_has_an_object_less_that_others_came_to_lie_upon() -> None:
    fewer = [index for index in range(1000) if len(compose(0, index, World(fewest=7, most=7)).objects) == 6]
    assert len(fewer) == 1


def test_impossible_numbers_are_refused() -> None:
    for fewest, most in ((0, 3), (5, 3), (2, 17)):
        with pytest.raises(RequestError, match=f"Scenes of {fewest} to {most} objects were asked for; there is room"):
            compose(0, 0, World(fewest=fewest, most=most))
    with pytest.raises(RequestError, match="Scene 0 of seed -1 was asked for; both start from 0"):
        compose(-1, 0)


def test_colours_are_far_apart() -> None:
    values = np.array(list(COLOURS.values()), dtype=float)
    apart = np.linalg.norm(values[:, None] - values[None], axis=-1) + 999 * np.eye(len(values))
    assert apart.min() == pytest.approx(95.9, abs=0.05)  # orange and yellow; 442 from black to white


def test_every_object_has_a_theme_three_mates_and_a_plural() -> None:
    assert len(KINDS) == len(set(KINDS)) == 20
    assert all(kind in THEMES[theme_of(kind)] and len(mates_of(kind)) == 3 for kind in KINDS)
    assert [plural(kind) for kind in ("butterfly", "key", "boat")] == ["butterflies", "keys", "boats"]
