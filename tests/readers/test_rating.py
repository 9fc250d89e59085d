import pytest

from sightline.errors import RequestError
from sightline.readers.rating import RATING_READERS, rating_reader


@pytest.mark.parametrize(
    ("text", "ours", "official"),
    [
        ("It is fine.\nRating: 4", "4", "4"),
        ("rating: 0, not informative", "0", "0"),
        ("**Rating:** 4", "4", None),
        ("**Rating: 4**", "4", "4"),
        ('{"rating": 5}', "5", None),
        ("Rating 3", "3", None),
        ("The rating is 2.", "2", None),
        ("Rating: 4/6", "4", "4"),
        ("4", "4", None),
        ("Rating: 10", None, "1"),
        ("Rating: 3.5", None, "3"),
        ("Rating: 7", None, None),
        ("Rating: -1", None, None),
        ("Rating: 4\nRating: 4", "4", "4"),
        ("Rating: 4\nRating: 5", None, None),
        ("Rating: 2 or 3", None, "2"),
        ("Rating: 2-3", None, "2"),
        ("I cannot rate this.", None, None),
        ("", None, None),
        ("<think>Rating: 1?</think>Rating: 5", "5", None),
    ],
)
def test_ratings_are_read_soundly_and_as_the_original_does(text: str, ours: str | None, official: str | None) -> None:
    assert rating_reader("rating").read(text).answer == ours
    assert rating_reader("mmhal").read(text).answer == official


def test_the_sound_reader_is_the_default() -> None:
    assert next(iter(RATING_READERS)) == "rating"


def test_a_reader_that_is_not_there_is_named() -> None:
    with pytest.raises(RequestError, match="reader of ratings"):
        rating_reader("ratings")


def test_the_span_is_that_of_the_number() -> None:
    text = "Good.\nRating: 4"
    span = rating_reader("rating").read(text).span
    assert span is not None and text[slice(*span)] == "4"
