import pyarrow as pa
import pytest

from sightline.api import gate
from sightline.errors import RequestError
from sightline.evaluation.gate import Bound, parse_bound

SCORES = pa.table(
    {
        "model": ["m", "m"],
        "labels": ["repope", "repope"],
        "split": ["random", "mean"],
        "f1": [0.90, 0.88],
        "f1_low": [0.89, 0.87],
        "f1_high": [0.91, 0.89],
        "precision": [None, 0.9],
        "precision_low": [None, 0.8],
        "precision_high": [None, 1.0],
    }
)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("f1 under repope >= 0.88", Bound("f1", "repope", None, True, 0.88, "low")),
        ("yes_ratio under pope <= 55%", Bound("yes_ratio", "pope", None, False, 0.55, "high")),
        ("recall under my-set on random ≥ 0.5 estimate", Bound("recall", "my-set", "random", True, 0.5, "estimate")),
        ("tnr under pope >= 0.9 upper", Bound("tnr", "pope", None, True, 0.9, "high")),
    ],
)
def test_bounds_are_read_as_they_are_spoken(text, bound) -> None:
    assert parse_bound(text) == bound


@pytest.mark.parametrize("text", ["f1 >= 0.88", "f1 under repope > 0.88", "f1 under repope >= .8.8", ""])
def test_a_bound_that_cannot_be_read_is_an_error_with_an_example(text) -> None:
    with pytest.raises(RequestError, match=r"cannot be read. Expected for example: 'f1 under repope >= 0.88'"):
        parse_bound(text)


def test_a_limit_beyond_one_is_refused() -> None:
    with pytest.raises(RequestError, match=r"The limit of 'f1 under pope >= 88' is 88; rates lie between 0 and 1"):
        parse_bound("f1 under pope >= 88")


def test_the_lower_end_must_hold_a_lower_bound_in_every_split() -> None:
    assert [(c.split, c.value, c.passed) for c in gate(SCORES, ["f1 under repope >= 0.88"])] == [
        ("random", 0.89, True),
        ("mean", 0.87, False),
    ]


def test_a_bound_may_speak_of_one_split_and_of_the_estimate() -> None:
    (checked,) = gate(SCORES, ["f1 under repope on mean >= 0.88 estimate"])
    assert checked.passed


def test_an_undefined_rate_holds_no_bound() -> None:
    assert not gate(SCORES, ["precision under repope on random >= 0"])[0].passed


def test_a_bound_on_what_was_not_scored_is_an_error() -> None:
    with pytest.raises(RequestError, match=r"No label set among those scored is called 'pope'"):
        gate(SCORES, ["f1 under pope >= 0.5"])
    with pytest.raises(RequestError, match=r"No split among those scored is called 'popular'"):
        gate(SCORES, ["f1 under repope on popular >= 0.5"])
