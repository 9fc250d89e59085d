from itertools import combinations

import pytest

from sightline.readers.attribute_classes import (
    CLOSE,
    GROUPS,
    OPPOSED,
    attribute_class,
    attributes_named,
    excludes,
    same_attribute,
)
from sightline.scenes.rendered.world import COLOURS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", "colour"),
        ("dark brown", "colour"),
        ("light-blue", "colour"),
        ("Black and White", "colour"),
        ("red in color", "colour"),
        ("blonde", "colour"),
        ("colorful", "colour"),
        ("large", "size"),
        ("very big", "size"),
        ("made of wood", "material"),
        ("wooden", "material"),
        ("wrought-iron", "material"),
        ("round", "shape"),
        ("polka-dot", "pattern"),
        ("shiny", "texture"),
        ("elderly", "age"),
        ("tall", "length"),
        ("closed", "openness"),
        ("soaked", "wetness"),
        ("turned off", "power"),
        ("is sitting", "posture"),
        ("laying down", "posture"),
        ("twenty-one", "number"),
        ("3", "number"),
        ("overcast", "cloudiness"),
        ("with a white collar", None),
        ("hanging on a hook", None),
        ("holy", None),
        ("", None),
    ],
)
def test_the_class_of_an_attribute(text: str, expected: str | None) -> None:
    assert attribute_class(text) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("red", "blue"),
        ("light blue", "dark green"),
        ("black", "white"),
        ("blue", "red and white"),
        ("small", "huge"),
        ("wooden", "metal"),
        ("made of stone", "leather"),
        ("square", "round"),
        ("striped", "dotted"),
        ("plain", "patterned"),
        ("open", "shut"),
        ("wet", "dry"),
        ("lit", "turned off"),
        ("standing", "sitting"),
        ("standing", "lying down"),
        ("old", "young"),
        ("old", "brand new"),
        ("two", "3"),
        ("light", "heavy"),
        ("light", "dark"),
        ("short", "tall"),
        ("short", "long"),
        ("sunny", "rainy"),
    ],
)
def test_these_cannot_both_be_had(first: str, second: str) -> None:
    assert excludes(first, second)
    assert excludes(second, first)
    assert not same_attribute(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("beige", "tan"),
        ("gray", "silver"),
        ("turquoise", "blue"),
        ("light blue", "dark blue"),
        ("red", "red and white"),
        ("red", "colorful"),
        ("gold", "yellow"),
        ("large", "medium"),
        ("large", "red"),
        ("tall", "long"),
        ("young", "new"),
        ("stone", "concrete"),
        ("plastic", "metal"),
        ("round", "oval"),
        ("patterned", "striped"),
        ("full", "half full"),
        ("standing", "leaning"),
        ("standing", "walking"),
        ("sitting", "lying"),
        ("cloudy", "rainy"),
        ("holy", "unholy"),
        ("red", "red"),
    ],
)
def test_these_may_both_be_said_of_one_thing(first: str, second: str) -> None:
    assert not excludes(first, second)
    assert not excludes(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("big", "large"),
        ("grey", "gray"),
        ("wooden", "made of wood"),
        ("dark brown", "brown"),
        ("navy", "blue"),
        ("seated", "sitting"),
        ("polka-dotted", "spotted"),
        ("Very  Big", "huge"),
        ("two", "2"),
        ("with a hat", "with a  hat"),
    ],
)
def test_these_say_the_same(first: str, second: str) -> None:
    assert same_attribute(first, second)


def test_colours_of_the_rendered_world_exclude_one_another() -> None:
    assert all(excludes(*pair) for pair in combinations(COLOURS, 2))


def test_attributes_inside_a_phrase_are_found() -> None:
    assert attributes_named("with a large white collar") == ("large", "white")
    assert attributes_named("hanging on a hook") == ("on",)


def test_every_word_of_the_tables_is_read_as_it_stands() -> None:
    words = [word.strip() for groups in GROUPS.values() for group in groups.split(",") for word in group.split("=")]
    assert len(words) > 400
    assert [word for word in words if attribute_class(word) is None] == []


def test_what_is_opposed_or_close_is_named_in_the_groups() -> None:
    def firsts(of: str) -> set[str]:
        return {group.split("=")[0].strip() for group in GROUPS[of].split(",")}

    for of, pairs in OPPOSED.items():
        named = {word.strip() for pair in pairs.split(",") for word in pair.split("/")}
        assert named <= firsts(of)
    for of, table in CLOSE.items():
        named = {word.replace("_", " ") for word in table.replace(",", " ").replace(":", " ").split()}
        unknown = {word for word in named if attribute_class(word) != of}
        assert unknown == set() if of == "colour" else named <= firsts(of)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dark blue", "black"),
        ("navy", "black"),
        ("dark brown", "black"),
        ("pale yellow", "tan"),
        ("pale-yellow", "white"),
        ("reddish brown", "orange"),
        ("gold", "tan"),
        ("silver", "gray"),
        ("maroon", "brown"),
    ],
)
def test_near_colours_do_not_exclude_one_another(first: str, second: str) -> None:
    assert not excludes(first, second)
    assert not excludes(second, first)
    assert excludes(first, "green")
