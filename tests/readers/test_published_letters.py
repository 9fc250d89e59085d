"""Letters are read as the published code of MMStar, ScienceQA and LLaVA reads them; nothing is drawn at random."""

import pytest

from sightline.errors import RequestError
from sightline.readers.published_letters import letter_reader

OPTIONS = ("a dog", "a cat", "a cow", "a pig")

# reply: choice, mmstar, scienceqa, llava
READ = [
    ("B", "B", "B", None, "B"),
    ("b", "B", "B", None, None),
    ("B.", "B", "B", None, None),
    ("B. a cat", "B", "B", None, "B"),
    ("B\na cat", "B", "B", None, "B"),
    ("(C)", "C", "C", None, None),
    ("Option D", "D", "D", None, None),
    ("The answer is B.", "B", "B", "B", "B"),
    ("The answer is B", "B", "B", None, "B"),
    ("Well. The answer is C. It is a cow.", "C", None, "C", "C"),
    ("The answer is B. The answer is C.", None, "B", None, "B"),
    ("A dog or a cat, who knows", None, "A", None, None),
    ("Clearly a pig", "D", "C", None, None),
    ("E", None, None, None, None),
    ("", None, None, None, None),
]


@pytest.mark.parametrize(("reply", "choice", "mmstar", "scienceqa", "llava"), READ)
def test_each_reader_follows_its_own_rule(
    reply: str, choice: str | None, mmstar: str | None, scienceqa: str | None, llava: str | None
) -> None:
    found = [letter_reader(name).read(reply, OPTIONS).answer for name in ("choice", "mmstar", "scienceqa", "llava")]
    assert found == [choice, mmstar, scienceqa, llava]


def test_a_letter_beyond_the_options_is_none() -> None:
    for name in ("mmstar", "llava"):
        assert letter_reader(name).read("C", OPTIONS[:2]).answer is None


def test_an_unknown_reader_is_named() -> None:
    with pytest.raises(RequestError, match="llava"):
        letter_reader("lava")
