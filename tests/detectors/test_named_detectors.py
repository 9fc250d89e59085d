"""Detectors by name, and their thresholds."""

import pytest

from sightline.detectors.named import ON_THE_HUB, RECOMMENDED, RENDERED, at_threshold, detector
from sightline.errors import RequestError


def test_an_unknown_name_lists_the_known_ones_and_guesses() -> None:
    with pytest.raises(RequestError) as raised:
        detector("owlv3")
    said = str(raised.value)
    assert said.startswith("No detector is called 'owlv3'. Did you mean 'owlv2'? Known: ")
    assert all(name in said for name in (*RENDERED, *ON_THE_HUB))
    assert said.endswith("An id on the hub (owner/name) or a folder will do as well.")


def test_a_threshold_may_stand_behind_the_name_or_beside_it() -> None:
    assert detector("contour@0.91").threshold == 0.91
    assert detector("contour", threshold=0.5).threshold == 0.5
    assert detector("contour@0.5", threshold=0.5).threshold == 0.5
    assert 0 < detector("contour").threshold < 1


@pytest.mark.parametrize(
    ("name", "threshold", "match"),
    [
        ("contour@high", None, r"a threshold stands behind the @, as in owlv2@0\.14; found 'high'"),
        ("contour@1.5", None, r"The threshold of contour is 1\.5; scores go from 0 to 1"),
        ("contour@nan", None, "The threshold of contour is nan"),
        ("contour@0.5", 0.6, r"Two thresholds were given for contour: 0\.5 in its name, and 0\.6"),
    ],
)
def test_a_threshold_that_is_none_is_refused(name: str, threshold: float | None, match: str) -> None:
    with pytest.raises(RequestError, match=match):
        detector(name, threshold=threshold)


def test_the_last_at_sign_counts() -> None:
    assert at_threshold("folder@home/owl@0.2") == ("folder@home/owl", 0.2)


def test_the_recommended_two_do_not_share_a_backbone() -> None:
    dino = {"grounding-dino", "mm-grounding-dino", "llmdet"}
    assert len(set(RECOMMENDED) & dino) == 1
    assert set(RECOMMENDED) <= ON_THE_HUB.keys()
