import pytest

from sightline.core import Attribute, Count, Presence, Relation, claim_from_record, claim_record


@pytest.mark.parametrize(
    "claim",
    [Presence("dog"), Attribute("dog", "brown"), Relation("dog", "left of", "cat"), Count("dog", 3)],
)
def test_a_claim_survives_being_written_and_read(claim) -> None:
    assert claim_from_record(claim_record(claim)) == claim


def test_equal_claims_are_one_key() -> None:
    assert len({Presence("dog"), Presence("dog"), Attribute("dog", "brown")}) == 2


def test_a_claim_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(
        ValueError, match="claim kind is 'colour', expected one of presence, attribute, relation, count"
    ):
        claim_from_record({"kind": "colour", "object": "dog"})


def test_a_claim_with_a_wrong_field_is_refused() -> None:
    with pytest.raises(ValueError, match="a presence claim has the fields object; found thing"):
        claim_from_record({"kind": "presence", "thing": "dog"})


def test_a_count_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="number of a count claim is '3', expected int"):
        claim_from_record({"kind": "count", "object": "dog", "number": "3"})
