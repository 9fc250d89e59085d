import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.readers.word_classes import WordClass, is_compared, progressive, singular_noun, verb_of, word_classes

CLASSES = [
    # the small words have one class
    ("under", {WordClass.PREPOSITION}),
    ("her", {WordClass.POSSESSIVE}),
    ("which", {WordClass.RELATIVE}),
    ("cannot", {WordClass.NEGATION}),
    ("several", {WordClass.DETERMINER}),
    ("is", {WordClass.BE}),
    # numbers, in digits and words
    ("12", {WordClass.NUMBER}),
    ("twenty-one", {WordClass.NUMBER}),
    # what the lexicon says
    ("meadow", {WordClass.NOUN}),
    ("parked", {WordClass.PARTICIPLE}),
    ("holds", {WordClass.PLURAL, WordClass.PRESENT}),
    ("orange", {WordClass.ADJECTIVE, WordClass.NOUN}),
    ("geese", {WordClass.PLURAL}),
    ("quickly", {WordClass.ADVERB}),
    ("cut", {WordClass.BASE, WordClass.NOUN, WordClass.PARTICIPLE}),
    # what it says too much of, and what it lacks
    ("tall", {WordClass.ADJECTIVE}),
    ("shot", {WordClass.NOUN}),
    ("frisbee", {WordClass.NOUN}),
    ("trunks", {WordClass.PLURAL}),
    ("sunglasses", {WordClass.PLURAL}),
    # two nouns written as one, and endings
    ("lampshades", {WordClass.PLURAL}),
    ("countertop", {WordClass.NOUN}),
    ("paneled", {WordClass.PARTICIPLE}),
    ("comically", {WordClass.ADVERB}),
    ("snowkiting", {WordClass.PROGRESSIVE}),
    ("partway", {WordClass.ADVERB}),
    # with hyphens, by the last part
    ("wide-brimmed", {WordClass.ADJECTIVE}),
    ("two-story", {WordClass.ADJECTIVE}),
    ("blue-green", {WordClass.ADJECTIVE}),
    ("chain-link", {WordClass.NOUN}),
    ("t-shirts", {WordClass.PLURAL}),
    # unknown
    ("zorb", set()),
    ("", set()),
]


@pytest.mark.parametrize(("word", "expected"), CLASSES)
def test_a_word_has_its_classes(word: str, expected: set[WordClass]) -> None:
    assert word_classes(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("mice", "mouse"),
        ("leaves", "leaf"),
        ("people", "person"),
        ("glasses", "glasses"),
        ("trousers", "trousers"),
        ("letters", "letter"),
        ("bus", "bus"),
        ("grass", "grass"),
        ("lampshades", "lampshade"),
        ("t-shirts", "t-shirt"),
        ("stairs", "stairs"),
    ],
)
def test_a_noun_has_a_singular(word: str, expected: str) -> None:
    assert singular_noun(word) == expected


def test_a_verb_is_brought_to_its_base_and_its_ing_form() -> None:
    assert [verb_of(word) for word in ("sits", "worn", "lying", "meadow")] == ["sit", "wear", "lie", ""]
    assert [progressive(verb) for verb in ("sit", "wear", "lie")] == ["sitting", "wearing", "lying"]


def test_comparatives_and_superlatives_compare_and_other_words_in_er_do_not() -> None:
    assert [word for word in ("taller", "palest", "tall", "silver", "forest", "zorber") if is_compared(word)] == [
        "taller",
        "palest",
    ]


@given(st.text(alphabet="abceghilnorstuwy-'1", max_size=12))
def test_any_text_has_classes_a_singular_and_a_base(word: str) -> None:
    assert word_classes(word) <= set(WordClass)
    assert isinstance(singular_noun(word) + verb_of(word), str)
