"""Readers of captions. A reading is written as the objects, in the order of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import DataError, RequestError
from sightline.readers.caption_objects import CAPTION_READERS, caption_reader
from sightline.readers.coco_vocabulary import COCO
from sightline.readers.vocabulary import Vocabulary, vocabulary_from

NOUNS = [
    # words in their forms
    ("Knives, mice and women.", ["knife", "mouse", "person"]),
    ("Two buses and three oxen", ["bus", "cow"]),
    ("A PERSON; a Dog", ["person", "dog"]),
    ("The man's dog", ["person", "dog"]),
    ("A chair, a stool, an armchair", ["chair", "chair", "chair"]),
    ("", []),
    ("A serene atmosphere.", []),
    # the longest phrase wins
    ("A hot dog", ["hot dog"]),
    ("It is hot. Dogs sleep.", ["dog"]),
    ("Teddy bears and bears", ["teddy bear", "bear"]),
    ("A traffic light and a light", ["traffic light"]),
    ("A fire-hydrant", ["fire hydrant"]),
    ("A stove top oven", ["oven"]),
    ("A computer monitor, a computer mouse, a computer", ["tv", "mouse"]),
    ("A wine glass and a glass", ["wine glass"]),
    ("A red double-decker bus", ["bus"]),
    # phrases that mean less than their words
    ("A baby elephant beside an adult giraffe", ["elephant", "giraffe"]),
    ("A baby elephant and a baby", ["elephant", "person"]),
    ("A passenger train", ["train"]),
    ("A passenger on a train", ["person", "train"]),
    ("Train tracks lead to a train station", []),
    ("A toilet seat", ["toilet"]),
    ("A toilet with a black seat", ["toilet"]),
    ("A black seat", ["chair"]),
    ("A toilet bowl", ["toilet"]),
    ("A catcher's mitt and an oven mitt", ["baseball glove"]),
    ("Home plate", []),
    ("A baseball game", []),
    ("A cowboy hat", []),
    # neighbouring words for one thing
    ("A tabby cat in a pickup truck", ["cat", "truck"]),
    ("A cat, a tabby", ["cat", "cat"]),
    # orange is a colour before another object
    ("An orange cat", ["cat"]),
    ("An orange and a cat", ["orange", "cat"]),
    ("A slice of orange", ["orange"]),
    ("An orange and white boat", ["boat"]),
    # a hyphenated word is one word
    ("A man-made lake, a horse-drawn cart, a car-free street", []),
    ("It is five o'clock", []),
    ("Skiing and surfing", []),
    ("A person skiing on skis", ["person", "skis"]),
]

DIFFERING = [
    # caption, nouns, chair, chair-verbs
    ("A surfer", ["person"], [], []),
    ("Two men", ["person"], ["person"], []),
    ("Two vases", ["vase"], ["vase"], []),
    ("A child skiing", ["person"], ["person"], ["person", "skis"]),
    ("He is seated", [], [], ["chair"]),
    ("A training session", [], [], []),
    ("A computer monitor", ["tv"], ["laptop", "tv"], ["laptop", "tv"]),
    ("A microwave oven", ["microwave"], ["microwave", "oven"], ["microwave", "oven"]),
    ("A street light", [], ["traffic light"], ["traffic light"]),
    ("A bus stop", [], ["bus"], ["bus"]),
    ("A passenger bus", ["bus"], ["person", "bus"], ["person", "bus"]),
    ("An orange cat", ["cat"], ["orange", "cat"], ["orange", "cat"]),
    ("A baby animal", [], [], []),
]


def objects(caption: str, reader: str = "nouns", vocabulary: Vocabulary | None = None) -> list[str]:
    return [mention.object for mention in caption_reader(reader).mentions(caption, vocabulary)]


@pytest.mark.parametrize(("caption", "expected"), NOUNS)
def test_nouns_mention_their_objects(caption: str, expected: list[str]) -> None:
    assert objects(caption) == expected


@pytest.mark.parametrize(("caption", "nouns", "chair", "verbs"), DIFFERING)
def test_the_readers_differ_where_they_say(caption: str, nouns: list[str], chair: list[str], verbs: list[str]) -> None:
    found = {name: objects(caption, name) for name in CAPTION_READERS}
    assert found == {"nouns": nouns, "chair": chair, "chair-verbs": verbs}


def test_a_mention_says_where_it_stands_and_how_it_is_written() -> None:
    caption = "Two Teddy  Bears on a tabby cat."
    mentions = CAPTION_READERS["nouns"].mentions(caption)
    assert [(m.object, m.text, m.span) for m in mentions] == [
        ("teddy bear", "Teddy  Bears", (4, 16)),
        ("cat", "tabby cat", (22, 31)),
    ]


def test_the_vocabulary_has_cocos_80_objects_each_meant_by_its_own_name() -> None:
    assert len(COCO.objects) == 80
    assert [name for name in COCO.objects if objects(f"A {name}.") != [name]] == []


def test_no_phrase_of_cocos_vocabularies_means_two_objects() -> None:
    for reader in CAPTION_READERS.values():
        meant: dict[str, str] = {}
        for object_, phrases in (*reader.vocabulary.phrases.items(), ("nothing", reader.vocabulary.nothing)):
            for phrase in phrases:
                assert meant.setdefault(phrase, object_) == object_


def test_a_vocabulary_of_ones_own_is_read_in_all_forms() -> None:
    own = vocabulary_from({"cup": ["cup", "Coffee-mug"], "goose": ["goose"], "": ["cup holder"]}, "own", "own.json")
    assert objects("Geese, coffee mugs, a mug and a cup holder", vocabulary=own) == ["goose", "cup"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], r"own.json: this names no objects: \[\]. Expected \{"),
        ({"": ["train track"]}, "this names no objects"),
        ({"cup": "mug"}, "the words of 'cup' are 'mug', expected a list"),
        ({"cup": []}, "there are no words of 'cup'"),
        ({"cup": ["mug", "-"]}, "there is an empty word among those of 'cup'"),
        ({"cup": ["cup", "glass"], "glass": ["glass"]}, "'glass' means 'glass' and 'cup'. A word means one object"),
        ({"train": ["train"], "": ["Train"]}, "'train' means 'no object' and 'train'"),
    ],
)
def test_a_vocabulary_that_cannot_be_used_is_refused(content: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        vocabulary_from(content, "own", "own.json")


def test_an_unknown_reader_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"No caption reader is called 'noun'. Did you mean 'nouns'"):
        caption_reader("noun")


def test_a_reader_prints_as_name_and_version() -> None:
    assert str(CAPTION_READERS["chair-verbs"]) == "chair-verbs@1"


PIECES = ["dog", "hot dog", "cats", "toilet", "seat", "o'clock", "man", *" -'’.\nİß"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_breaks_a_reader_and_mentions_stand_in_order(text: str) -> None:
    for reader in CAPTION_READERS.values():
        after = 0
        for mention in reader.mentions(text):
            start, end = mention.span
            assert after <= start < end <= len(text)
            assert text[start:end] == mention.text
            after = end
