import pytest

from sightline.readers.listed_names import listed_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('["dog", "dog", "ball"]', ("dog", "dog", "ball")),
        ('{"objects": ["dog"]}', ("dog",)),
        ('```json\n["dog"]\n```', ("dog",)),
        ('Here you are:\n["dog"]', ("dog",)),
        ("[]", ()),
        ("[", None),
        ("dog, ball", None),
        ('{"objects": "dog"}', None),
        ('{"a": ["dog"], "b": ["cat"]}', None),
        ('["dog", {"name": "cat"}]', None),
        ("()", None),
        ("", None),
    ],
)
def test_a_list_of_names_is_taken_as_it_is_or_not_at_all(text: str, names: tuple[str, ...] | None) -> None:
    assert listed_names(text) == names
