import pytest

from sightline.errors import RequestError
from sightline.readers.colour import BASIC, colour_of, colour_reader, colours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Red.", "red"),
        ("The moon is red.", "red"),
        ("reddish", "red"),
        ("The moon is dark blue.", "blue"),
        ("light-green", "green"),
        ("navy blue", "blue"),
        ("It is a reddish-brown moon.", "brown"),
        ("a red-colored moon", "red"),
        ("The moon appears to be bright yellow in color.", "yellow"),
        ("The color of the moon is grey.", "gray"),
        ("Colour: purple", "purple"),
        ("turquoise", "turquoise"),
        ("The large red striped moon", "red"),
        ("The moons are all red.", "red"),
        # others' colours
        ("The moon is red. The sky is blue.", "red"),
        ("The cup is red and the moon is dark blue.", "blue"),
        ("The red moon is large with white craters.", "red"),
        ("black and white photo of a red moon", "red"),
        ("A red cup beside a moon", None),
        # denials and corrections
        ("The moon is not red.", None),
        ("The moon isn't red, it's blue.", "blue"),
        ("a blue moon, not a red one", "blue"),
        ("There is no red moon in the image; the moon is blue.", "blue"),
        ("neither red nor blue", None),
        ("The moon is red, but it is actually blue.", "blue"),
        # two are two
        ("red and white", None),
        ("The moon is red and white.", None),
        ("red or blue", None),
        ("blue-green", None),
        ("", None),
        ("I cannot see it.", None),
    ],
)
def test_the_colour_of_the_moon(text: str, expected: str | None) -> None:
    assert colour_of(text, "moon").answer == expected


def test_an_orange_is_a_thing_before_it_is_a_colour() -> None:
    assert colour_of("The orange is green.", "orange").answer == "green"
    assert colour_of("The orange is orange.", "orange").answer == "orange"


def test_two_colours_cannot_be_read_as_one_but_are_listed() -> None:
    assert [found.name for found in colours("It is red and white, with a bluish rim, not green.")] == [
        "red",
        "white",
        "blue",
    ]
    assert not colour_reader("colour").read("red and white").readable


def test_the_span_is_where_the_colour_stands() -> None:
    text = "The cup is **red** and the moon is dark blue."
    reading = colour_of(text, "moon")
    assert reading.span is not None
    assert text[slice(*reading.span)] == "dark blue"


@pytest.mark.parametrize("name", BASIC)
def test_every_basic_name_is_read_as_itself(name: str) -> None:
    assert colour_of(f"The moon is {name}.", "moon").answer == name
    assert colour_of(f"A {name} moon.", "moon").answer == name


def test_the_reader_is_versioned() -> None:
    assert str(colour_reader("colour")) == "colour@1"
    with pytest.raises(RequestError, match=r"No reader of colours is called 'color'. Did you mean 'colour'\?"):
        colour_reader("color")
