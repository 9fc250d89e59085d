import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysbd import Segmenter

from sightline.readers.sentences import sentences

TEXTS = [
    ("A dog sits. It barks.", ["A dog sits.", "It barks."]),
    ("A dog sits.\n\nIt barks.", ["A dog sits.", "It barks."]),
    ("A dog sits. it barks", ["A dog sits.", "it barks"]),
    ("Mr. Smith has 3.5 kg of fish, e.g. cod. He sits.", ["Mr. Smith has 3.5 kg of fish, e.g. cod.", "He sits."]),
    ('A sign reads "Jordan." There is a car.', ['A sign reads "Jordan."', "There is a car."]),
    ("A bus on St. James Street. It is red! Is it?", ["A bus on St. James Street.", "It is red!", "Is it?"]),
    ("a dog", ["a dog"]),
    ("  ", []),
    ("", []),
]


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_text_is_parted_into_its_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


WORDS = ["A dog sits", "There are two cats, and a man's hat", "St", "approx", "It is 12 years old", "dept", "no", "U.S"]


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.sampled_from([". ", ".\n", ".\n\n", "! "]))
def test_plain_sentences_are_parted_as_pysbd_parts_them(pieces: list[str], end: str) -> None:
    text = end.join([*pieces, "It ends"]) + "."
    found = [piece.strip() for piece in Segmenter(language="en", clean=False).segment(text)]
    assert split(text) == [piece for piece in found if piece]


@given(st.text(alphabet=st.sampled_from('aB .!?\n"()1')))
def test_sentences_stand_in_order_within_the_text(text: str) -> None:
    after = 0
    for start, end in sentences(text):
        assert after <= start < end <= len(text)
        after = end
