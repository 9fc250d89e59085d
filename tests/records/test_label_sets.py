import pytest

from sightline.core import Answer, Count, LabelSet, Presence
from sightline.errors import DataError
from sightline.records.label_sets import encode_label_set, read_label_set

HEADER = '{"label_set": "mine", "version": 1}\n'


def test_every_answer_and_claim_survives_being_written_and_read(tmp_path) -> None:
    answers = {("a.jpg", Presence("dog")): Answer.AMBIGUOUS, ("b.jpg", Count("cat", 3)): Answer.DOES_NOT_HOLD}
    file = tmp_path / "mine.jsonl"
    file.write_bytes(encode_label_set(LabelSet("mine", answers, absent=None)))
    assert dict(read_label_set(file, "mine").answers) == answers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"image": "a.jpg"}\n', r"m.jsonl:1: the first line is .*A label set begins with"),
        (HEADER + '{"image": "a.jpg"}\n', r"m.jsonl:2: a verdict has image, claim and answer; this row has image"),
        (
            HEADER + '{"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "perhaps"}\n',
            r"m.jsonl:2: 'perhaps' is not a valid Answer",
        ),
    ],
)
def test_what_is_no_label_set_is_refused(tmp_path, text, message) -> None:
    (tmp_path / "m.jsonl").write_text(text)
    with pytest.raises(DataError, match=message):
        read_label_set(tmp_path / "m.jsonl", "m")


def test_two_rows_that_contradict_each_other_are_refused(tmp_path) -> None:
    row = '{"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "%s"}\n'
    (tmp_path / "m.jsonl").write_text(HEADER + row % "holds" + row % "ambiguous")
    with pytest.raises(DataError, match=r"m.jsonl:3: .*dog.* of a.jpg is 'ambiguous' here and 'holds' above"):
        read_label_set(tmp_path / "m.jsonl", "m")
