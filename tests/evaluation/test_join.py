"""Which question a reply answers. The benchmark is that of tiny_pope.py."""

from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, llava, rows_of, truth, write_lines

from sightline.errors import DataError, MissingError
from sightline.evaluation.evaluation import Evaluation, evaluate


def said(evaluation: Evaluation, model: str = "m") -> dict[str, str | None]:
    pairs = zip(evaluation.questions, evaluation.replies[model], strict=True)
    return {question.id: None if reply is None else reply.text for question, reply in pairs}


def joined_by(evaluation: Evaluation, model: str = "m") -> list[str]:
    return [join.by for join in evaluation.joins[model]]


RIGHT = {f"{split}/{row['question_id']}": truth(row) for split in NEGATIVES for row in rows_of(split)}


def test_ids_that_restart_in_every_split_are_told_apart_by_their_questions(labels, replies) -> None:
    evaluation = evaluate("pope", replies, labels)
    assert said(evaluation) == RIGHT
    assert joined_by(evaluation) == ["ids of random", "ids of popular", "ids of adversarial"]


def test_the_name_of_a_file_says_nothing(labels, tmp_path) -> None:
    files = [
        str(write_lines(tmp_path / f"not_{name}.jsonl", llava(split, truth)))
        for split, name in zip(NEGATIVES, ("popular", "adversarial", "random"), strict=True)
    ]
    assert said(evaluate("pope", files, labels)) == RIGHT


def test_one_file_may_hold_the_splits_one_after_the_other(labels, tmp_path) -> None:
    file = write_lines(tmp_path / "all.jsonl", [row for split in NEGATIVES for row in llava(split, truth)])
    assert said(evaluate("pope", [file], labels)) == RIGHT


def test_rows_may_come_in_any_order(labels, tmp_path) -> None:
    files = [str(write_lines(tmp_path / f"{s}.jsonl", reversed(llava(s, truth)))) for s in NEGATIVES]
    assert said(evaluate("pope", files, labels)) == RIGHT


def test_a_suffix_a_literal_backslash_n_and_the_imange_are_the_same_question(labels, tmp_path) -> None:
    rows = [row for split in NEGATIVES for row in llava(split, truth)]
    for row in rows:
        row["prompt"] = (
            row["prompt"].replace("image", "imange") + r"\nAnswer the question using a single word or phrase."
        )
    assert said(evaluate("pope", [write_lines(tmp_path / "r.jsonl", rows)], labels)) == RIGHT


def test_rows_with_split_and_id_need_nothing_else(labels, tmp_path) -> None:
    rows = [
        {"question_id": row["question_id"], "text": truth(row), "category": split, "model_id": "m"}
        for split in NEGATIVES
        for row in rows_of(split)
    ]
    evaluation = evaluate("pope", [write_lines(tmp_path / "r.jsonl", rows)], labels)
    assert said(evaluation) == RIGHT
    assert joined_by(evaluation) == ["split, id"]


def test_ids_of_another_file_are_looked_up_in_it(labels, tmp_path) -> None:
    """LLaVA-1.6's ids, say, begin at 10001 and run on over the splits."""
    asked = [row | {"category": split} for split in NEGATIVES for row in rows_of(split)]
    for number, row in enumerate(asked):
        row["question_id"] = 10001 + number
        del row["label"]
    questions = write_lines(tmp_path / "questions.jsonl", asked)
    right = [row for split in NEGATIVES for row in rows_of(split)]
    rows = [{"question_id": 10001 + n, "text": truth(row), "model_id": "m"} for n, row in enumerate(right)]
    file = write_lines(tmp_path / "r.jsonl", rows)
    assert said(evaluate("pope", [file], labels, [questions])) == RIGHT
    with pytest.raises(
        DataError, match=r"no row fits a question of pope; the first is question_id '10001'.*--questions"
    ):
        evaluate("pope", [file], labels)


def test_a_question_file_may_be_named_for_one_model_only(labels, tmp_path, replies) -> None:
    questions = write_lines(tmp_path / "q.jsonl", [row | {"question_id": 1} for row in rows_of("random")[:1]])
    assert said(evaluate("pope", replies, labels, [f"other={questions}"])) == RIGHT


def test_image_and_object_do_without_ids(labels, tmp_path) -> None:
    rows = [
        {"image": f"val/{row['image']}", "question": row["text"], "answer": truth(row), "split": split}
        for split in NEGATIVES
        for row in rows_of(split)
    ]
    evaluation = evaluate("pope", [f"m={write_lines(tmp_path / 'r.jsonl', rows)}"], labels)
    assert said(evaluation) == RIGHT
    assert joined_by(evaluation) == ["split, image, object"]


def test_a_reply_to_each_distinct_question_serves_every_split(labels, tmp_path) -> None:
    distinct = {(row["image"], row["text"]): row for split in NEGATIVES for row in rows_of(split)}
    rows = [{"image": image[:-4], "prompt": text, "text": truth(row)} for (image, text), row in distinct.items()]
    evaluation = evaluate("pope", [f"m={write_lines(tmp_path / 'r.jsonl', rows)}"], labels)
    assert said(evaluation) == RIGHT
    assert joined_by(evaluation) == ["image and object, one reply for all splits"]


def test_popes_own_answers_are_joined_by_the_order_of_lines_and_the_record_says_so(labels, tmp_path) -> None:
    rows = [{"question": r["text"], "answer": truth(r)} for split in NEGATIVES for r in rows_of(split)]
    evaluation = evaluate("pope", [f"m={write_lines(tmp_path / 'r.json', rows)}"], labels)
    assert said(evaluation) == RIGHT
    assert joined_by(evaluation) == ["order of lines in random, popular, adversarial"]


def test_lines_out_of_order_are_refused_where_only_order_tells(labels, tmp_path) -> None:
    rows = [{"question": row["text"], "answer": truth(row)} for row in reversed(rows_of("random"))]
    with pytest.raises(DataError, match=r"r.json:1: the rows have neither ids nor images.*the order of no split"):
        evaluate("pope", [write_lines(tmp_path / "r.json", rows)], labels)


def test_a_split_that_cannot_be_told_is_an_error(labels, tmp_path) -> None:
    rows = [{"question_id": row["question_id"], "text": truth(row)} for row in rows_of("random")]
    file = write_lines(tmp_path / "random.jsonl", rows)
    expected = (
        r"random.jsonl: the split cannot be told: the rows fit ids of adversarial and ids of popular and ids of random"
    )
    with pytest.raises(DataError, match=expected):
        evaluate("pope", [file], labels)


def test_a_split_that_is_named_need_not_be_told(labels, tmp_path) -> None:
    rows = [{"question_id": row["question_id"], "text": truth(row)} for row in rows_of("random")]
    file = write_lines(tmp_path / "r.jsonl", rows)
    evaluation = evaluate("pope", [f"m@random={file}"], labels, splits=["random"])
    assert said(evaluation) == {key: text for key, text in RIGHT.items() if key.startswith("random")}


def test_repopes_own_answers_are_read(labels, tmp_path) -> None:
    nested = {
        split: {
            str(row["question_id"]): {"text": row["text"], "response": truth(row), "answer": row["label"]}
            for row in rows_of(split)
        }
        for split in NEGATIVES
    }
    file = tmp_path / "m_POPE_answers.json"
    file.write_text(__import__("json").dumps(nested, indent=4))
    assert said(evaluate("pope", [f"m={file}"], labels)) == RIGHT


def test_samples_of_lmms_eval_are_read(labels, tmp_path) -> None:
    rows = [
        {
            "doc_id": n,
            "doc": {
                "question_id": str(row["question_id"]),
                "question": row["text"],
                "answer": row["label"],
                "image_source": row["image"][:-4],
                "category": split,
            },
            "filtered_resps": [truth(row)],
        }
        for split in NEGATIVES
        for n, row in enumerate(rows_of(split))
    ]
    assert said(evaluate("pope", [f"m={write_lines(tmp_path / 'r.jsonl', rows)}"], labels)) == RIGHT


def test_a_question_answered_twice_alike_is_answered_once(labels, tmp_path, replies) -> None:
    again = write_lines(tmp_path / "again.jsonl", llava("random", truth))
    assert said(evaluate("pope", [*replies, again], labels)) == RIGHT


def test_a_question_answered_twice_otherwise_is_an_error_that_names_both_places(labels, tmp_path) -> None:
    rows = llava("random", truth)
    rows.insert(2, rows[1] | {"text": "Yes"})
    file = write_lines(tmp_path / "r.jsonl", rows)
    with pytest.raises(DataError, match=r"r.jsonl:3: random/2 .*is answered 'Yes' here and 'No' in .*r.jsonl:2"):
        evaluate("pope", [f"m@random={file}"], labels, splits=["random"])


def test_a_reply_to_an_unknown_image_is_an_error(labels, tmp_path, replies) -> None:
    rows = llava("random", truth, image="z.jpg")
    for row, known in zip(rows, rows_of("random"), strict=True):
        row["image"] = known["image"]
    rows[3]["image"] = "z.jpg"
    file = write_lines(tmp_path / "r.jsonl", rows)
    expected = (
        r"r.jsonl:4: question_id '4', question 'Is there a dog in the image\?', image 'z.jpg' is no question of pope"
    )
    with pytest.raises(MissingError, match=expected):
        evaluate("pope", [*replies[1:], file], labels)


def test_unknown_rows_are_left_out_and_counted_where_that_is_allowed(labels, tmp_path, replies) -> None:
    rows = [*llava("random", truth), llava("random", truth)[0] | {"question_id": 99}]
    file = write_lines(tmp_path / "r.jsonl", rows)
    evaluation = evaluate("pope", [*replies[1:], file], labels, allow_missing=True)
    assert evaluation.joins["m"][-1].unknown == 1
    assert said(evaluation) == RIGHT


def test_missing_splits_are_an_error_that_counts_them(labels, replies) -> None:
    expected = r"m has no reply to 6 of 6 popular questions, 6 of 6 adversarial questions; the first is popular/1"
    with pytest.raises(MissingError, match=expected):
        evaluate("pope", replies[:1], labels)


def test_missing_replies_are_counted_where_that_is_allowed(labels, replies) -> None:
    evaluation = evaluate("pope", replies[:2], labels, allow_missing=True)
    assert evaluation.missing("m") == {"adversarial": 6}


def test_questions_given_as_replies_are_found_out(labels, tmp_path) -> None:
    file = write_lines(tmp_path / "q.jsonl", rows_of("random"))
    with pytest.raises(
        DataError, match=r"q.jsonl:1: these are questions, not replies: 'Is there a dog in the image\?'"
    ):
        evaluate("pope", [file], labels)


def test_rows_of_several_models_in_one_file_are_an_error(labels, tmp_path) -> None:
    rows = [*llava("random", truth, "one"), *llava("popular", truth, "two")]
    with pytest.raises(DataError, match=r"r.jsonl: the rows name several models \(one, two\)"):
        evaluate("pope", [write_lines(tmp_path / "r.jsonl", rows)], labels)


def test_folders_and_patterns_name_all_their_files(labels, replies, tmp_path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    for file in replies:
        Path(file).rename(folder / Path(file).name)
    assert said(evaluate("pope", [folder], labels)) == RIGHT
    assert said(evaluate("pope", [f"m={folder}/*.jsonl"], labels)) == RIGHT
    with pytest.raises(DataError, match=r"nothing\*: no file matches this pattern"):
        evaluate("pope", [f"{folder}/nothing*"], labels)
