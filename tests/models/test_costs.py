from pathlib import Path

import pytest

from sightline.core import TextRequest
from sightline.errors import RequestError
from sightline.models.costs import IMAGE_TOKENS, Price, estimate, prompt_tokens


def test_a_price_is_for_a_million_tokens() -> None:
    # 500,000 at 3 a million and 20,000 at 15 a million
    assert Price(3, 15).of(500_000, 20_000) == pytest.approx(1.5 + 0.3)


@pytest.mark.parametrize("price", [(-1, 1), (1, -1), (float("nan"), 1)])
def test_a_price_below_0_is_an_error(price: tuple[float, float]) -> None:
    with pytest.raises(RequestError, match="A price cannot be negative"):
        Price(*price)


def test_tokens_are_characters_over_four_rounded_up() -> None:
    assert [prompt_tokens(TextRequest("p", "a" * n, "b")) for n in (0, 3, 4)] == [1, 1, 2]


def test_a_schema_and_an_image_count() -> None:
    # {"a": 1} has 8 characters
    assert prompt_tokens(TextRequest("p", "", "abcd", schema={"a": 1}, image=Path("a.jpg"))) == 1 + 2 + IMAGE_TOKENS


def test_an_estimate_is_told_by_purpose_and_all_together() -> None:
    objects = [TextRequest("objects", "", "x" * 400, max_new_tokens=10)] * 3
    negatives = [TextRequest("negatives", "", "x" * 40, max_new_tokens=20)] * 2
    found = estimate([objects[0], *negatives, *objects[1:]], Price(10, 100))
    # 3 × 100 tokens at 10 and 3 × 10 at 100; 2 × 10 at 10 and 2 × 20 at 100, for a million
    assert found.by_purpose == (
        ("objects", 3, 300, 30, pytest.approx(0.006)),
        ("negatives", 2, 20, 40, pytest.approx(0.0042)),
    )
    assert found.total == ("all", 5, 320, 70, pytest.approx(0.0102))


def test_without_a_price_there_is_no_cost_and_without_requests_nothing() -> None:
    assert estimate([TextRequest("p", "", "abcd")]).total.cost is None
    assert estimate([], Price(1, 1)) == (("all", 0, 0, 0, 0.0), ())
