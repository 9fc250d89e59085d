from itertools import combinations

import pytest

from sightline.readers.coco_vocabulary import COCO, OBJECT_WORDS, PEOPLE, listed
from sightline.readers.everyday_nouns import ALIKE, SAME
from sightline.readers.noun_kinds import KINDS as NOUN_KINDS
from sightline.readers.parts import ATTACHED, LIKELY, PARTS, implies, is_attached, often_with, unowned
from sightline.readers.synonyms import (
    concepts_in,
    concepts_of,
    is_known,
    is_seldom_listed,
    kinds_of,
    may_be_same,
    narrow_kinds_of,
    plain_name,
    same_noun,
)
from sightline.scenes.rendered.world import KINDS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("man", "person"),
        ("puppy", "dog"),
        ("puppy", "animal"),
        ("sofa", "couch"),
        ("sofas", "couch"),
        ("tv", "television"),
        ("car", "vehicle"),
        ("taxi", "car"),
        ("frame", "door frame"),
        ("glass", "wine glasses"),
        ("old wooden table", "table"),
        ("the man's hat", "hat"),
        ("slice of pizza", "pizza"),
        ("herd of zebras", "zebra"),
        ("bowl of soup", "soup"),
        ("bowl of soup", "bowl"),
        ("man in a blue shirt", "guy"),
        ("cat and dog", "dog"),
        ("girl", "woman"),
        ("player", "woman"),
        ("tennis player", "man"),
        ("crowd", "people"),
        ("child", "boy"),
        ("jacket", "coat"),
        ("bike", "motorcycle"),
        ("mouse", "computer mouse"),
        ("mice", "mouse"),
        ("bat", "baseball bat"),
        ("feet", "foot"),
        ("stroopwafels", "stroopwafel"),
    ],
)
def test_one_name_could_be_said_of_the_other(first: str, second: str) -> None:
    assert may_be_same(first, second)
    assert may_be_same(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("sky", "cloud"),
        ("dog", "hot dog"),
        ("bear", "teddy bear"),
        ("fire hydrant", "fire"),
        ("plate", "home plate"),
        ("cat", "dog"),
        ("man", "woman"),
        ("boy", "girl"),
        ("man", "child"),
        ("skier", "snowboarder"),
        ("door frame", "window frame"),
        ("wine glass", "cup"),
        ("bicycle", "motorcycle"),
        ("hat", "helmet"),
        ("shirt", "pants"),
        ("poodle", "beagle"),
        ("stroopwafel", "cookie"),
    ],
)
def test_neither_name_could_be_said_of_the_other(first: str, second: str) -> None:
    assert not may_be_same(first, second)
    assert not may_be_same(second, first)


def test_the_objects_of_the_rendered_world_are_distinct_and_known() -> None:
    assert [pair for pair in combinations(KINDS, 2) if may_be_same(*pair)] == []
    assert all(is_known(kind) for kind in KINDS)
    assert [(one, other) for one in KINDS for other in KINDS if other in implies(one)] == []


def test_the_objects_of_coco_are_distinct_and_known() -> None:
    assert [pair for pair in combinations(COCO.objects, 2) if may_be_same(*pair)] == []
    assert all(is_known(name) for name in COCO.objects)


def test_cocos_words_may_be_said_of_its_objects() -> None:
    words = [(object_, word) for object_, words in OBJECT_WORDS.items() for word in listed(words)]
    apart = [(object_, word) for object_, word in words if not may_be_same(object_, word)]
    assert apart == [("dining table", "desk")]  # every table is COCO's dining table
    assert [word for word in listed(PEOPLE) if not may_be_same("person", word)] == []


def test_synonyms_say_the_same_and_kinds_do_not() -> None:
    assert same_noun("sofas", "old couch")
    assert not same_noun("dog", "animal")
    assert not same_noun("door frame", "window frame")


def test_a_name_is_made_plain() -> None:
    names = ("two big sofas", "White plate", "bunch of bananas", "clock on wall", "feet", "keysia", "x", "")
    plain = ["sofa", "plate", "banana", "clock", "foot", None, None, None]
    assert [plain_name(name) for name in names] == plain


def test_what_a_text_names_is_found_by_the_longest_phrase() -> None:
    found = concepts_in("Two hot dogs and wine glasses lie on the sofas.")
    assert {"hot dog", "wine glass", "couch"} <= found
    assert not {"dog", "glass"} & found


def test_the_tables_hold_hundreds_of_words_without_circles() -> None:
    words = {word.strip() for words in NOUN_KINDS.values() for word in words.split(",")}
    assert len(words) > 1000
    assert [word for word in words if concepts_of(word) & kinds_of(word) == concepts_of(word)] == []
    assert all(len(group.split(",")) > 1 for group in ALIKE.split(";"))
    assert len(SAME.split(";")) > 300


def test_what_nobody_lists_is_known() -> None:
    assert is_seldom_listed("shadows")
    assert not is_seldom_listed("giraffe")


def test_parts_come_along_with_every_kind_of_a_thing() -> None:
    assert {"face", "arm"} <= implies("skier")
    assert "wheel" in implies("taxi")
    assert "face" not in implies("taxi")
    assert "hat" in often_with("boy")
    assert "hat" not in implies("boy")


def test_a_part_without_its_whole_tells_what_else_may_be_there() -> None:
    assert "animal" in unowned(["tail", "grass"])
    assert "animal" not in unowned(["tail", "zebra"])
    assert "knee" in unowned(["finger"])
    assert "knee" not in unowned(["finger", "lady"])


def test_the_tables_of_parts_use_known_words() -> None:
    tables = (*PARTS.items(), *LIKELY.items())
    words = {word.strip() for thing, along in tables for word in (thing, *along.split(","))}
    assert {word for word in words if not is_known(word)} == set()
    assert {word.strip() for word in ATTACHED.split(",") if not is_known(word)} == set()
    assert is_attached("left ear")
    assert not is_attached("cup")


def test_narrow_kinds_leave_out_what_is_too_wide() -> None:
    assert narrow_kinds_of("bus").isdisjoint(narrow_kinds_of("plane"))
    assert narrow_kinds_of("jet") & narrow_kinds_of("biplane") == {"airplane"}
    assert "person" in narrow_kinds_of("woman") & narrow_kinds_of("surfer")


def test_a_name_of_several_things_may_be_there_unlisted() -> None:
    assert is_seldom_listed("vessel")
    assert not is_seldom_listed("boat")
