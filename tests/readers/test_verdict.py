import pytest

from sightline.errors import RequestError
from sightline.readers.verdict import verdict_reader


@pytest.mark.parametrize(
    ("text", "ours", "substring"),
    [
        ("correct", "correct", "correct"),
        ("Incorrect.", "incorrect", "incorrect"),
        ("The answer is not correct.", "incorrect", "correct"),
        ("It isn't correct.", "incorrect", "correct"),
        ('{"reason": "one must not call it incorrect", "verdict": "correct"}', "correct", "incorrect"),
        ('```json\n{"reason": "x", "verdict": "Incorrect"}\n```', "incorrect", "incorrect"),
        ('{"verdict": "unsure"}', None, None),
        ('{"reason": "correct"}', None, "correct"),
        ('{"verdict": "correct"', None, "correct"),
        ("Verdict: correct. An incorrect answer would have said no.", "correct", "incorrect"),
        ("Verdict: correct\nVerdict: incorrect", None, "incorrect"),
        ("It is partly correct and partly incorrect.", None, "incorrect"),
        ("I am sorry, I cannot judge that.", None, None),
        ("", None, None),
        ("<think>incorrect?</think> correct", "correct", "incorrect"),
        ("correctly put", None, "correct"),
    ],
)
def test_verdicts_are_read_soundly_and_as_hallusionbench_does(
    text: str, ours: str | None, substring: str | None
) -> None:
    assert verdict_reader("verdict").read(text).answer == ours
    assert verdict_reader("substring").read(text).answer == substring


def test_a_reader_that_is_not_there_is_named() -> None:
    with pytest.raises(RequestError, match="reader of verdicts"):
        verdict_reader("judge")
