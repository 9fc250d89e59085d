"""Which pairs are taken: polarities are dealt exactly, kinds chosen and weighed, and the seed decides which."""

from collections import Counter

import pytest

from sightline.core import ImageRef, PreferencePair
from sightline.errors import RequestError
from sightline.preferences.finer.phrases import KINDS
from sightline.preferences.finer.samplers import NAMED, sample, sampler

IMAGES = 40


def twin(image: int, kind: str) -> list[PreferencePair]:
    return [
        PreferencePair(
            ImageRef(f"{image}.jpg"),
            f"{kind} {polarity}?",
            "Yes.",
            "No.",
            method="finer",
            kind=kind,
            polarity=polarity,
            details={"twin": f"{kind}/0"},
        )
        for polarity in ("positive", "negative")
    ]


PAIRS = [pair for image in range(IMAGES) for kind in KINDS for pair in twin(image, kind)]


def counted(name: str, weights: dict[str, float] | None = None, seed: int = 0) -> Counter[tuple[str, str]]:
    return Counter((pair.kind, pair.polarity) for pair in sample(PAIRS, sampler(name), weights, seed))


def expected(positive: int, negative: int, kinds: tuple[str, ...] = KINDS) -> Counter[tuple[str, str]]:
    counts = {(kind, "positive"): positive for kind in kinds} | {(kind, "negative"): negative for kind in kinds}
    return Counter({key: number for key, number in counts.items() if number})


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("all", expected(40, 40)),
        ("either", expected(20, 20)),
        ("25-75", expected(10, 30)),
        ("60-40", expected(24, 16)),
        ("only-positive", expected(40, 0)),
        ("only-negative", expected(0, 40)),
        ("only-object", expected(20, 20, ("object",))),
        ("only-what", expected(20, 20, ("what",))),
        ("either-except-what", expected(20, 20, ("object", "attribute", "relation"))),
    ],
)
def test_shares_are_exact_for_each_kind(name: str, counts: Counter[tuple[str, str]]) -> None:
    assert counted(name) == counts


def test_one_polarity_means_never_both_of_a_phrase() -> None:
    taken = sample(PAIRS, sampler("either"))
    assert len({(pair.image.name, pair.kind) for pair in taken}) == len(taken) == 4 * IMAGES


def test_the_seed_decides_which_and_the_order_stays() -> None:
    first, again, other = (sample(PAIRS, sampler("either"), seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [PAIRS.index(pair) for pair in first] == sorted(PAIRS.index(pair) for pair in first)


def test_weights_thin_kinds_out_and_the_largest_keeps_all() -> None:
    counts = counted("all", {"object": 2, "attribute": 1, "relation": 0.5, "what": 0})
    assert counts == Counter(
        {
            (kind, polarity): number
            for kind, number in (("object", 40), ("attribute", 20), ("relation", 10))
            for polarity in ("positive", "negative")
        }
    )
    assert sum(counted("either", {"what": 0}).values()) == 3 * IMAGES


def test_every_name_in_the_list_is_a_sampler() -> None:
    assert all(sampler(name).name == name for name in NAMED)


@pytest.mark.parametrize("name", ["pon", "only-colour", "25-74", "-", "only-"])
def test_a_name_that_is_none_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(RequestError, match=f"No sampler is called '{name}'; there are all, either, 25-75"):
        sampler(name)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"colour": 1.0}, "a weight of 'colour', which is no kind"),
        ({"what": -1.0}, "The weight of what is -1; expected 0 or more"),
        ({"what": float("nan")}, "The weight of what is nan"),
        (dict.fromkeys(KINDS, 0.0), "All weights are 0"),
    ],
)
def test_weights_that_are_none_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        sample(PAIRS, sampler("all"), weights)
