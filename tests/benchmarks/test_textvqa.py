"""TextVQA in its own file, scored as a plain loop over EvalAI's steps does."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.textvqa import BENCHMARK, read_labels
from sightline.core import Labelled
from sightline.errors import DataError

DATA = [
    {"question_id": 1, "image_id": "a1", "question": "What brand?", "answers": ["Coca-Cola"] * 6 + ["coke"] * 4},
    {"question_id": 2, "image_id": "a1", "question": "what number?", "answers": ["23"] * 9 + ["twenty three"]},
    {"question_id": 3, "image_id": "b2", "question": "What is said?", "answers": ["Joe's bar"] * 2 + ["bar"] * 8},
]


def written(folder: Path, data: list[dict[str, object]]) -> Path:
    path = folder / "TextVQA_0.5.1_val.json"
    path.write_text(json.dumps({"dataset_type": "val", "dataset_name": "textvqa", "data": data}))
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path, DATA), "textvqa")


SAID = {"1": "coca cola", "2": "The answer is 23.", "3": "Joe's bar."}


def plain(answers: list[str], said: str) -> float:
    """EvalAI's steps, as far as these texts need them."""

    def processed(text: str) -> str:
        text = text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()
        text = text.replace("-", " ").replace(".", "")
        return " ".join(word for word in text.split() if word not in ("a", "an", "the"))

    given = [processed(each) for each in answers]
    scores = []
    for place in range(len(given)):
        others = given[:place] + given[place + 1 :]
        scores.append(min(1, sum(each == processed(said) for each in others) / 3))
    return sum(scores) / len(scores)


def test_replies_score_as_the_originals_steps_do(labelled: Labelled) -> None:
    by_hand = [plain(row["answers"], SAID[str(row["question_id"])]) for row in DATA]  # type: ignore[arg-type]
    # 6 agree; a sentence is no answer; 2 agree: (2 x 1/3 + 8 x 2/3) / 10
    assert by_hand == pytest.approx([1, 0, 0.6])
    assert rates_of(BENCHMARK, labelled, SAID, "evalai")["vqa_accuracy"] == pytest.approx(sum(by_hand) / 3)


def test_ours_takes_the_answer_that_is_stated_and_counts_where_it_differs(labelled: Labelled) -> None:
    assert rates_of(BENCHMARK, labelled, SAID)["vqa_accuracy"] == pytest.approx(2.6 / 3)
    assert counts_of(BENCHMARK, labelled, SAID)["disagree"] == 1


def test_questions_stand_as_they_are_and_images_are_named_by_their_ids(labelled: Labelled) -> None:
    assert [(q.id, q.text, q.images[0].name) for q in labelled.questions[:2]] == [
        ("1", "What brand?", "a1.jpg"),
        ("2", "what number?", "a1.jpg"),
    ]


def test_the_hubs_parquet_is_read_part_by_part(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(DATA)
    pictures = pa.array([{"bytes": b"\xff\xd8\xff", "path": None}] * 3)
    for part, rows in ((0, table.slice(0, 1)), (1, table.slice(1))):
        parquet.write_table(
            rows.append_column("image", pictures.slice(0, rows.num_rows)), tmp_path / f"val-{part}.parquet"
        )
    labelled = read_labels(tmp_path, "hub")
    assert [q.images[0].name for q in labelled.questions] == ["a1.jpg", "a1.jpg", "b2.jpg"]
    assert [source.rows for source in labelled.labels.sources] == [1, 2]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"answers": None}, r"val\.json:2: answers is None, expected a list of texts"),
        ({"question_id": 1}, "question 1 occurs twice"),
        ({"question": ""}, "question is '', expected text"),
        ({"answers": ["23"]}, "question 2 has 1 answers"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, [DATA[0], {**DATA[1], **change}]), "textvqa")


def test_the_test_split_without_answers_is_refused(tmp_path: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != "answers"} for row in DATA]
    with pytest.raises(DataError, match="there is no answers"):
        read_labels(written(tmp_path, rows), "textvqa")
