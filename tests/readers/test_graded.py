"""Grades from 0 to 1 are read from what a judge says; two of them, or none, are no grade."""

import pytest

from sightline.errors import RequestError
from sightline.readers.graded import grade_reader

# judgement: ours, MM-Vet's
GRADES = [
    ("0.5", "0.5", "0.5"),
    ("1.0", "1", "1"),
    ("0", "0", "0"),
    (".7", "0.7", "0.7"),
    ('{"reason": "one of 2 is named", "grade": 0.5}', "0.5", None),
    ("Grade: 0.7/1.0", "0.7", None),
    ("**Score:** 0.3", "0.3", None),
    ("The correctness is 0.4 out of 1.", "0.4", None),
    ("0.5 or 0.6", None, "0.5"),
    ("0.5, since one of the two fruits is named", "0.5", None),
    ("I cannot grade this.", None, None),
    ("1.5", None, None),
    ("-0.5", None, None),
    ("nan", None, None),
    ("", None, None),
    ("<think>0.2?</think>0.9", "0.9", None),
]


@pytest.mark.parametrize(("judgement", "ours", "theirs"), GRADES)
def test_a_grade_is_read(judgement: str, ours: str | None, theirs: str | None) -> None:
    assert [grade_reader(name).read(judgement).answer for name in ("grade", "mm-vet")] == [ours, theirs]


def test_an_unknown_reader_is_named() -> None:
    with pytest.raises(RequestError, match="grade, mm-vet"):
        grade_reader("grades")
