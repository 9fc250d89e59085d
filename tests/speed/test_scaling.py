"""The table of what more workers bring, with numbers that can be worked out."""

from pathlib import Path

from scaling import Clocked, batches_of, record, table
from sightline.core import Said

ONE = Clocked(1, 100, 10.0, (10.0,), 9.5, [((((Said("Yes"),),)),)])
TWO = Clocked(2, 200, 12.5, (12.5,), 19.0, [((((Said("Yes"),),)),), ((((Said("No"),),)),)])


def test_the_share_of_linear_is_the_rate_of_a_worker_over_that_of_one_alone() -> None:
    # 10 rows a second alone; 16 of two workers are 8 each
    assert table([ONE, TWO]).splitlines()[1:] == [
        "       1     100    10.00           10.0      1.000               95.00",
        "       2     200    12.50           16.0      0.800               95.00",
    ]
    found = record(TWO, ONE)
    assert (found["rows_a_second"], found["of_linear"], found["batches_as_the_first"]) == (16.0, 0.8, "1 of 1")


def test_batches_ask_other_questions_about_the_next_picture() -> None:
    batches = batches_of([Path("a.jpg"), Path("b.jpg"), Path("c.jpg")], questions=2, size=2)
    assert [len(batch) for batch in batches] == [2, 1]
    assert batches[0][0].prompts[1] == batches[0][1].prompts[0]
