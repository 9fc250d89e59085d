import pytest

from sightline.readers.predicates import (
    CLASSES,
    CONVERSES,
    OPPOSITES,
    SAME,
    SYMMETRIC,
    WIDER,
    agree,
    canonical,
    converse,
    excluded_by,
    opposite,
    predicate_class,
    same_predicate,
)
from sightline.scenes.rendered.relations import OPPOSITES as RENDERED_OPPOSITES
from sightline.scenes.rendered.relations import PREDICATES


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("to the left of", "left of"),
        ("is on the left side of", "left of"),
        ("left_of", "left of"),
        ("On Top Of", "on"),
        ("sits on", "sitting on"),
        ("sit on", "sitting on"),
        ("is sitting on the", "sitting on"),
        ("wears", "wearing"),
        ("leaves", "leaving"),
        ("holds up", "holding up"),
        ("stares at", "looking at"),
        ("beneath", "under"),
        ("in front of", "in front of"),
        ("that is worn by", "worn by"),
        ("with", "has"),
        ("of", "part of"),
        ("parked on", "parked on"),
        ("", ""),
    ],
)
def test_how_a_predicate_is_written(predicate: str, expected: str) -> None:
    assert canonical(predicate) == expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("to the left of", "right of"),
        ("above", "below"),
        ("behind", "in front of"),
        ("on top of", "under"),
        ("inside of", "outside"),
        ("near", "far from"),
        ("enters", "leaving"),
        ("wearing", "without"),
        ("pulls", "pushing"),
        ("sits on", "standing on"),
        ("eating", None),
        ("touching", "far from"),
        ("in", None),
    ],
)
def test_the_opposite(predicate: str, expected: str | None) -> None:
    assert opposite(predicate) == expected


def test_postures_exclude_one_another_in_one_place_only() -> None:
    assert excluded_by("standing on") == ("sitting on", "lying on")
    assert excluded_by("standing behind") == ()


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("above", "below"),
        ("underneath", "over"),
        ("beside", "next to"),
        ("touching", "touching"),
        ("wears", "worn by"),
        ("has", "part of"),
        ("looking at", None),
        ("inside", "containing"),
    ],
)
def test_the_converse(predicate: str, expected: str | None) -> None:
    assert converse(predicate) == expected


def test_what_says_more_or_less_may_hold_too() -> None:
    assert agree("on", "above")
    assert agree("standing on", "on")
    assert agree("next to", "near")
    assert agree("wearing", "has")
    assert not agree("standing on", "sitting on")
    assert not agree("left of", "right of")
    assert not same_predicate("on", "above")


def test_no_predicate_may_hold_where_its_opposite_does() -> None:
    pairs = [pair.split("/") for pair in " ".join(OPPOSITES.split()).split(", ")]
    assert [(one, other) for one, other in pairs if agree(one, other)] == []


def test_the_tables_use_predicates_as_they_are_written() -> None:
    named = {part.strip() for table in (OPPOSITES, CONVERSES) for pair in table.split(",") for part in pair.split("/")}
    named |= {part.strip() for table in (SYMMETRIC, *CLASSES.values()) for part in table.split(",")}
    named |= {entry.partition(":")[0].strip() for entry in WIDER.split(";")}
    assert {" ".join(said.split()) for said in named} - {canonical(said) for said in named} == set()
    firsts = {" ".join(group.split("=")[0].split()) for group in SAME.split(",")}
    assert {canonical(said) for said in firsts} == firsts


def test_predicates_of_the_rendered_world_are_known() -> None:
    assert {said: canonical(said) for said in PREDICATES} == {said: said for said in PREDICATES}
    assert {said: opposite(said) for said in RENDERED_OPPOSITES} == RENDERED_OPPOSITES
    assert {predicate_class(said) for said in PREDICATES} == {"spatial"}


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("wears", "wearing"),
        ("carries", "holding"),
        ("has", "part"),
        ("taller than", "comparison"),
        ("kicks", "action"),
        ("of the same make as", None),
    ],
)
def test_the_class_of_a_predicate(predicate: str, expected: str | None) -> None:
    assert predicate_class(predicate) == expected
