import pytest

from sightline.errors import RequestError
from sightline.readers.number import NUMBER_READERS, count_of, number_reader

MOONS = [
    # digits and words
    ("3", "3"),
    ("Three.", "3"),
    ("**3** moons", "3"),
    ("There are three moons and two cups.", "3"),
    ("twenty-one moons", "21"),
    ("There are a hundred moons.", "100"),
    ("a hundred and five moons", "105"),
    ("one hundred ninety-nine moons", "199"),
    ("two hundred moons", "200"),
    ("1,200 moons", "1200"),
    ("There are three large, red moons.", "3"),
    ("I see 3 in the image", "3"),
    ("There are three of them.", "3"),
    ("moons: 3", "3"),
    ("The number of moons in the image is four.", "4"),
    # a dozen, a couple, a pair
    ("a dozen moons", "12"),
    ("two dozen moons", "24"),
    ("half a dozen moons", "6"),
    ("a couple of moons", "2"),
    ("a pair of moons", "2"),
    ("two pairs of moons", "4"),
    # none and one
    ("There are no moons.", "0"),
    ("There are no visible moons.", "0"),
    ("None.", "0"),
    ("zero", "0"),
    ("There aren't any moons.", "0"),
    ("There isn't a single moon.", "0"),
    ("There is a moon.", "1"),
    ("a single moon", "1"),
    ("One.", "1"),
    ("No one is there.", None),
    ("The image shows no one. Two moons shine.", "2"),
    ("the red one", None),
    ("One of the moons is red.", None),
    ("two of them are red", None),
    ("Point to the two moons.", "2"),
    # list numbering
    ("1. A moon\n2. A cup\n3. Three moons", "3"),
    ("1. A red moon\n2) A blue moon", None),
    ("3.", "3"),
    ("3. There are three moons.", "3"),
    # no count, or none that can be told
    ("3-4 moons", None),
    ("three to four moons", None),
    ("5 or 6 moons", None),
    ("between 3 and 4 moons", None),
    ("several moons", None),
    ("many moons", None),
    ("a few moons", None),
    ("2.5 moons", None),
    ("at least 12 moons", None),
    ("12+ moons", None),
    ("about 12 moons", "12"),
    ("the 2nd moon", None),
    ("a three-legged moon", None),
    ("50% of moons", None),
    ("The moons are three different colours.", None),
    ("There are three cups.", None),
    ("", None),
    ("<think>four moons?</think>Three moons.", "3"),
    # several numbers
    ("The four moons glow. One moon is red, another is blue.", "4"),
    ("Four moons: two red moons and two blue moons", "4"),
    ("two red moons and one blue moon, so three moons in total", "3"),
    ("two red moons and five moons", None),
    ("You mentioned four moons, but there are only three moons.", "3"),
    ("There are not four moons but three.", "3"),
    ("three moons, not four", "3"),
    ("three moons instead of four", "3"),
]


@pytest.mark.parametrize(("text", "expected"), MOONS)
def test_the_count_of_moons(text: str, expected: str | None) -> None:
    assert count_of(text, "moon").answer == expected


@pytest.mark.parametrize(
    ("text", "object_", "expected"),
    [
        ("There are three moons and two cups.", "cup", "2"),
        ("The two moons and the three cups are next to four stars.", "cup", "3"),
        ("Two women and a child.", "woman", "2"),
        ("a pair of scissors", "scissors", "1"),
        ("two pairs of shoes", "shoe", "4"),
        ("There are ten gaming headsets.", "gaming headset", "10"),
        ("There are ten headsets.", "gaming headset", "10"),  # the last word of several will do
        ("three palm trees and two apple trees", "apple tree", None),
    ],
)
def test_a_number_belongs_to_the_object_that_follows_it(text: str, object_: str, expected: str | None) -> None:
    assert count_of(text, object_).answer == expected


def test_the_span_is_where_the_number_stands() -> None:
    text = "There are **three** moons and two cups."
    reading = count_of(text, "cup")
    assert reading.span is not None
    assert text[slice(*reading.span)] == "two"


@pytest.mark.parametrize(
    ("text", "number", "pih"),
    [
        ("No one is visible; there are 5 dogs.", "5", "1"),
        ("Point to the two moons.", "2", "0"),
        ("1. A red moon", None, "1"),
        ("a dozen eggs", "12", None),
        ("several moons and two cups", None, "2"),
        ("three moons and two cups", None, "3"),
        ("In one corner there are three moons.", "3", "1"),
        ("Two hundred moons", "200", "2"),
        ("The answer is 4.", "4", "4"),
        ("one hundred and five", "105", "1"),
        ("twenty-one", "21", "21"),
        ("A moon.", None, None),
    ],
)
def test_pih_takes_the_first_number_whatever_it_counts(text: str, number: str | None, pih: str | None) -> None:
    assert number_reader("number").read(text).answer == number
    assert number_reader("pih").read(text).answer == pih


def test_readers_are_versioned_and_pih_names_its_source() -> None:
    assert [str(reader) for reader in NUMBER_READERS.values()] == ["number@1", "pih@1"]
    assert "knockout_utils.py" in NUMBER_READERS["pih"].source
    with pytest.raises(RequestError, match=r"No reader of numbers is called 'pi'. Did you mean 'pih'\?"):
        number_reader("pi")
