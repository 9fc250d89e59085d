"""DASH-B: its lists and the hub's columns, the rule of its code, and its four figures by hand."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sightline.api import score
from sightline.benchmarks.dash_b import BENCHMARK, claim_asked, read_labels, read_replies, show
from sightline.core import Presence, Question, Reply
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.asking import wording_of

NEGATIVE = {"coco": {"bed": ["5.png", "6.png"], "orange": ["7.png"]}}
POSITIVE = {"coco": {"bed": ["0.jpg", "1.jpg"], "orange": ["0.jpg"]}}


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "dash_benchmark_neg.json").write_text(json.dumps(NEGATIVE))
    (path / "dash_benchmark_pos.json").write_text(json.dumps(POSITIVE, indent=4))
    return path


def answers(path: Path, said: Sequence[str]) -> str:
    """Answers as DASH-B's code writes them, in the order of its lists."""
    lists = [("no", NEGATIVE), ("yes", POSITIVE)]
    rows = [
        {"img_id": file, "object_name": object_, "gt": truth}
        for truth, held in lists
        for object_, files in held["coco"].items()
        for file in files
    ]
    content = [{**row, "response": text, "answer": None} for row, text in zip(rows, said, strict=True)]
    path.write_text(json.dumps(content, indent=4))
    return str(path)


def official(said: Sequence[str]) -> Mapping[str, float]:
    """The figures of DASH-B's code, reply by reply; the first three images are without the object."""
    right = {"no": 0, "yes": 0}
    for at, text in enumerate(said):
        answer = "yes" if "yes" in text.lower() else "no" if "no" in text.lower() else None
        truth = "no" if at < 3 else "yes"
        right[truth] += answer == truth
    tnr, tpr = right["no"] / 3, right["yes"] / 3
    accuracy = (right["no"] + right["yes"]) / 6
    return {"accuracy": accuracy, "tnr": tnr, "tpr": tpr, "harmonic_mean": 2 * tpr * tnr / (tpr + tnr)}


def test_a_question_for_every_file_of_the_lists(tmp_path: Path) -> None:
    questions, labels = read_labels(folder(tmp_path / "d"), "d")
    assert [question.images[0].name for question in questions] == [
        *("neg/coco/bed/5.png", "neg/coco/bed/6.png", "neg/coco/orange/7.png"),
        *("pos/coco/bed/0.jpg", "pos/coco/bed/1.jpg", "pos/coco/orange/0.jpg"),
    ]
    assert questions[2].text == "Can you see a orange in this image? Please answer only with yes or no."
    assert (questions[5].id, questions[5].claims) == ("pos/orange/0.jpg", (Presence("orange"),))
    assert [(Path(source.name).name, source.rows) for source in labels.sources] == [
        ("dash_benchmark_neg.json", 3),
        ("dash_benchmark_pos.json", 3),
    ]


def test_a_second_wording_has_the_article_that_the_object_takes(tmp_path: Path) -> None:
    questions, _ = read_labels(folder(tmp_path / "d"), "d")
    own, other = (wording_of(BENCHMARK, name) for name in ("dash-b", "article"))
    assert own.prompt(questions[2]) == questions[2].text
    assert other.prompt(questions[2]) == "Can you see an orange in this image? Please answer only with yes or no."
    assert other.prompt(questions[0]) == questions[0].text
    with pytest.raises(RequestError, match="1 does not ask whether an object is there"):
        other.prompt(Question("1", "What is it?"))


def test_the_object_is_read_out_of_a_question() -> None:
    assert claim_asked("<image>\nCan you see a car seat in this image?") == Presence("car seat")
    assert claim_asked("Is there a car seat in the image?") is None


@pytest.mark.parametrize(
    ("text", "strict", "own"),
    [
        ("Yes.", "yes", "yes"),
        ("NO", "no", "no"),
        ("There isn't a bed in the image.", "no", "unreadable"),
        ("I cannot see a bed.", "unreadable", "no"),
        ("The image shows snow on the eyes of a cat.", "unreadable", "yes"),
        ("", "unreadable", "unreadable"),
    ],
)
def test_dash_bs_code_takes_any_yes_and_then_any_no(tmp_path: Path, text: str, strict: str, own: str) -> None:
    questions, labels = read_labels(folder(tmp_path / "d"), "d")
    said = Reply(questions[0].id, "m", text)
    assert [show(questions[0], labels, said, name) for name in ("strict", "dash-b")] == [(strict, "no"), (own, "no")]


@pytest.mark.parametrize(
    "said",
    [
        ["No", "Yes", "no bed here", "Yes", "Hm.", "yes, an orange"],
        ["know", "No.", "Eyes", "YES", "", "I do not see it"],
    ],
)
def test_the_figures_are_those_of_its_code(tmp_path: Path, said: list[str]) -> None:
    labels = [f"d={folder(tmp_path / 'd')}"]
    (row,) = score("dash_b", [answers(tmp_path / "m.json", said)], labels, readers=["dash-b"]).to_pylist()
    expected = official(said)
    assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_what_is_neither_yes_nor_no_is_wrong(tmp_path: Path) -> None:
    said = ["No", "Hm.", "Yes", "Yes", "", "Yes"]
    (row,) = score("dash_b", [answers(tmp_path / "m.json", said)], [f"d={folder(tmp_path / 'd')}"]).to_pylist()
    assert (row["accuracy"], row["tnr"], row["tpr"]) == (3 / 6, 1 / 3, 2 / 3)
    assert (row["harmonic_mean"], row["yes_ratio"], row["unreadable"]) == (pytest.approx(4 / 9), 3 / 6, 2 / 6)


def test_the_hubs_columns_and_replies_by_question_id(tmp_path: Path) -> None:
    rows = [
        {"question_id": at, "question": f"Can you see a bed in this image? ({at})", "object": "bed", "answer": answer}
        for at, answer in enumerate(("no", "Yes"))
    ]
    lines = "".join(json.dumps({**row, "img_id": f"{row['question_id']}.jpg"}) + "\n" for row in rows)
    (tmp_path / "hub.jsonl").write_text(lines)
    (tmp_path / "responses.json").write_text(json.dumps({"0": "no", "1": "no"}))
    (row,) = score("dash_b", [str(tmp_path / "responses.json")], [f"d={tmp_path / 'hub.jsonl'}"]).to_pylist()
    assert (row["n"], row["tnr"], row["tpr"], row["harmonic_mean"]) == (2, 1, 0, 0)


def test_a_list_without_the_other_is_refused(tmp_path: Path) -> None:
    path = folder(tmp_path / "d")
    (path / "dash_benchmark_pos.json").unlink()
    with pytest.raises(DataError, match=r"dash_benchmark_pos.json is not in the folder"):
        read_labels(path, "d")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"coco": {"bed": "5.png"}}, "coco, bed: these are no file names"),
        ({"coco": ["bed"]}, "under 'coco' there are no objects"),
        ({}, "this is not a list of DASH-B"),
        ({"coco": {"bed": ["5.png", "5.png"]}}, "question neg/bed/5.png occurs twice"),
    ],
)
def test_broken_lists_are_refused(tmp_path: Path, content: object, problem: str) -> None:
    path = folder(tmp_path / "d")
    (path / "dash_benchmark_neg.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match=problem):
        read_labels(path, "d")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"answer": "maybe"}, "answer is 'maybe', expected 'yes' or 'no'"),
        ({"object": ""}, "object is ''"),
        ({"img_id": "0.jpg", "object": "cup"}, "image 0.jpg is asked about for"),
    ],
)
def test_broken_rows_of_the_hub_are_refused_with_their_row(
    tmp_path: Path, change: dict[str, str], problem: str
) -> None:
    rows = [{"question_id": str(at), "object": "bed", "answer": "no", "img_id": f"{at}.jpg"} for at in range(2)]
    (tmp_path / "hub.jsonl").write_text("\n".join(map(json.dumps, [rows[0], {**rows[1], **change}])))
    with pytest.raises(DataError, match=problem) as raised:
        read_labels(tmp_path / "hub.jsonl", "d")
    assert raised.value.row == 2


def test_answers_to_other_images_belong_to_no_question(tmp_path: Path) -> None:
    path = Path(answers(tmp_path / "m.json", ["No"] * 6))
    path.write_text(path.read_text().replace("7.png", "77.png"))
    with pytest.raises(MissingError, match=r"'neg/orange/77.png' is no question of dash_b; 1 of 6 rows are unknown"):
        score("dash_b", [str(path)], [f"d={folder(tmp_path / 'd')}"])
    assert read_replies(path).rows[0].question_id == "neg/bed/5.png"
