"""Elements of a scene are said in English that agrees in number."""

import pytest

from sightline.queries.phrases import (
    Named,
    attributes_phrase,
    clause,
    follows,
    is_finite,
    objects_phrase,
    relations_phrase,
    said_of,
)


def test_objects_are_joined_with_and_before_the_last() -> None:
    names = [Named("cat"), Named("door frame"), Named("owl"), Named("key", 3)]
    assert objects_phrase(names[:1], articles=False) == "cat"
    assert objects_phrase(names[:2], articles=False) == "cat and door frame"
    assert objects_phrase(names, articles=False) == "cat, door frame, owl and keys"
    assert objects_phrase(names, articles=True) == "a cat, a door frame, an owl and three keys"


@pytest.mark.parametrize(
    ("named", "bare", "with_articles"),
    [
        (Named("owl"), "owl", "an owl"),
        (Named("cup", 2), "cups", "two cups"),
        (Named("mouse", 12), "mice", "twelve mice"),
        (Named("tree", 0), "trees", "trees"),  # several that nobody counted
        (Named("shorts"), "shorts", "shorts"),
        (Named("grass"), "grass", "grass"),
        (Named("orange juice"), "orange juice", "an orange juice"),  # not on the list of what nobody counts
        (Named("tap water"), "tap water", "tap water"),
    ],
)
def test_articles_and_numbers_go_to_what_can_be_counted(named: Named, bare: str, with_articles: str) -> None:
    assert objects_phrase([named], articles=False) == bare
    assert objects_phrase([named], articles=True) == with_articles


@pytest.mark.parametrize(
    ("attributes", "phrase"),
    [
        (["red"], "a red moon"),
        (["orange"], "an orange moon"),
        (["striped", "red", "small"], "a small red striped moon"),
        (["wooden", "old", "round", "blue"], "an old round blue wooden moon"),
        (["with a face", "red"], "a red moon with a face"),
        (["made of wood", "with a face"], "a moon made of wood and with a face"),
        (["hanging on a hook"], "a moon that is hanging on a hook"),
        (["hanging on a hook", "seen from below"], "a moon that is hanging on a hook and seen from below"),
        (["full of craters", "red"], "a red moon that is full of craters"),
        (["hanging on a hook", "painted on a wall"], "a moon that is hanging on a hook and painted on a wall"),
    ],
)
def test_adjectives_stand_in_the_order_of_english_and_the_rest_after_the_noun(
    attributes: list[str], phrase: str
) -> None:
    assert attributes_phrase(Named("moon"), attributes, articles=True) == phrase


def test_what_is_said_of_several_or_of_a_pair_agrees_with_them() -> None:
    hanging = ["hanging on a hook"]
    assert attributes_phrase(Named("shorts"), hanging, articles=False) == "shorts that are hanging on a hook"
    assert attributes_phrase(Named("cup", 2), hanging, articles=True) == "two cups that are hanging on a hook"
    assert clause(Named("cup", 2), [("on", Named("table"))], articles=True) == "that are on the table"
    assert clause(Named("man", 2), [("wears", Named("hat"))], articles=False) == "that wear hat"


@pytest.mark.parametrize(
    ("relations", "phrase"),
    [
        ([("left of", Named("cup"))], "a man that is left of the cup"),
        ([("left of", Named("cup")), ("above", Named("key", 2))], "a man that is left of the cup and above the keys"),
        ([("wearing", Named("hat"))], "a man that is wearing a hat"),
        ([("with", Named("beard"))], "a man that has a beard"),
        ([("has", Named("hair"))], "a man that has hair"),
        ([("have", Named("glasses"))], "a man that has glasses"),
        ([("is on", Named("table"))], "a man that is on the table"),
        ([("with", Named("beard")), ("on", Named("sofa"))], "a man that has a beard and is on the sofa"),
        (
            [("on", Named("sofa")), ("holding", Named("cup")), ("with", Named("beard"))],
            "a man that is on the sofa, is holding a cup and has a beard",
        ),
    ],
)
def test_relations_are_one_clause_in_which_with_is_has(relations: list[tuple[str, Named]], phrase: str) -> None:
    assert relations_phrase(Named("man"), relations, articles=True) == phrase


def test_places_are_known_and_what_is_held_is_new() -> None:
    assert said_of("under", Named("table"), articles=True) == "under the table"
    assert said_of("holding", Named("umbrella"), articles=True) == "holding an umbrella"
    assert said_of("is holding", Named("umbrella"), articles=False) == "holding umbrella"


def test_words_that_end_like_participles_are_told_apart_by_what_follows() -> None:
    assert [follows(each) for each in ("red", "striped", "smiling", "smiling at a dog", "in bloom")] == [
        *(False, False, False, True, True)
    ]
    assert [is_finite(each) for each in ("has", "wears", "are wearing", "across", "next to")] == [
        *(True, True, False, False, False)
    ]
