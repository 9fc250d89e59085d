"""Figures that the public files and real replies must give, through the command line.

Third-party data, looked for beside the project; see conftest.py.
"""

import json
from pathlib import Path

import pytest

from sightline.api import label_changes
from sightline.benchmarks import benchmark
from sightline.cli import main
from sightline.evaluation.keys import read_answer_keys
from sightline.records.public_files import cached

# F1 in percent with LLaVA's rule under POPE and RePOPE: random, popular, adversarial.
F1 = {
    "llava-1.5-greedy": [(85.50, 89.91), (84.47, 88.30), (82.12, 86.80)],
    "llava-1.5-sampled": [(81.67, 84.88), (79.69, 82.63), (78.64, 81.81)],
    "llava-1.6": [(87.53, 93.48), (86.37, 91.61), (85.31, 91.14)],
    "qwen2.5-vl": [(84.09, 90.50), (82.72, 88.09), (82.07, 87.95)],
}
SPLITS = ("random", "popular", "adversarial")

FLIPS = {
    "random": {"yes→no": 139, "yes→ambiguous": 207, "no→yes": 5, "no→ambiguous": 19},
    "popular": {"yes→no": 139, "yes→ambiguous": 207, "no→yes": 39, "no→ambiguous": 66},
    "adversarial": {"yes→no": 139, "yes→ambiguous": 207, "no→yes": 33, "no→ambiguous": 109},
    "distinct questions": {"yes→no": 139, "yes→ambiguous": 207, "no→yes": 49, "no→ambiguous": 141},
}


@pytest.fixture
def arguments(conformance: Path) -> list[str]:
    answers = conformance / "pope_answers"
    return [
        "--replies",
        f"llava-1.5-greedy={answers}/llava-1.5-7b-*-greedy.jsonl",
        f"llava-1.5-sampled={answers}/llava-1.5-7b-*-sample.jsonl",
        f"llava-1.6={answers}/llava-1.6-vicuna-7b.jsonl",
        f"qwen2.5-vl={answers}/qwen2.5-vl-7b.jsonl",
        "--questions",
        f"{answers}/llava-1.6-vicuna-7b.questions.jsonl",
        f"{conformance}/pope/llava_pope_test_2910.jsonl",
        "--labels",
        f"pope={conformance}/pope,repope={conformance}/repope",
        "--allow-missing",
    ]


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    assert main([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_f1_of_real_replies_is_the_published_one(arguments, capsys) -> None:
    rows = printed(capsys, "score", "pope", *arguments, "--reader", "llava")["scores"]
    found = {(row["model"], row["split"], row["labels"]): 100 * row["f1"] for row in rows}
    for model, figures in F1.items():
        for split, (old, new) in zip(SPLITS, figures, strict=True):
            assert found[model, split, "pope"] == pytest.approx(old, abs=0.005)
            assert found[model, split, "repope"] == pytest.approx(new, abs=0.005)


def test_the_2910_row_questions_leave_90_random_ones_without_a_reply(arguments, capsys) -> None:
    rows = printed(capsys, "score", "pope", *arguments)["scores"]
    missing = {(row["split"], row["missing"]) for row in rows if row["model"] == "qwen2.5-vl"}
    assert missing == {("random", 90), ("popular", 0), ("adversarial", 0), ("mean", 90)}


def test_all_readers_agree_on_replies_of_one_word(arguments, capsys) -> None:
    rows = printed(capsys, "score", "pope", *arguments)["scores"]
    assert {row[column] for row in rows for column in row if column.startswith("otherwise_")} == {0}


def test_ranks_change_with_the_labels(arguments, capsys) -> None:
    ranks = printed(capsys, "compare", "pope", *arguments, "--reader", "llava")["ranks"]
    order = {
        (labels, split): [r["model"] for r in ranks if (r["labels"], r["split"]) == (labels, split)]
        for labels in ("pope", "repope")
        for split in SPLITS
    }
    greedy_before_qwen = ["llava-1.6", "llava-1.5-greedy", "qwen2.5-vl", "llava-1.5-sampled"]
    qwen_before_greedy = ["llava-1.6", "qwen2.5-vl", "llava-1.5-greedy", "llava-1.5-sampled"]
    assert [order["pope", split] for split in SPLITS] == [greedy_before_qwen] * 3
    assert [order["repope", split] for split in SPLITS] == [qwen_before_greedy, greedy_before_qwen, qwen_before_greedy]


def test_flips_are_counted_as_published(conformance, capsys) -> None:
    counts = printed(capsys, "labels", "diff", f"pope={conformance}/pope", f"repope={conformance}/repope")["counts"]
    found: dict[str, dict[str, int]] = {}
    for row in counts:
        found.setdefault(row["split"], {})[row["change"]] = row["n"]
    assert found == FLIPS


def test_9000_rows_are_5127_distinct_questions_with_as_many_labels(conformance) -> None:
    questions, (pope, repope) = read_answer_keys(
        benchmark("pope"), [f"pope={conformance}/pope", f"repope={conformance}/repope"]
    )
    assert (len(questions), len({question.key for question in questions})) == (9000, 5127)
    assert (len(pope.answers), len(repope.answers)) == (5127, 4779)


def test_changed_questions_are_536(conformance) -> None:
    found = label_changes("pope", f"pope={conformance}/pope", f"repope={conformance}/repope")
    assert found.questions.num_rows == 139 + 207 + 49 + 141


@pytest.mark.parametrize("name", ["pope", "repope"])
def test_public_files_come_out_byte_for_byte(conformance, tmp_path, name, capsys) -> None:
    assert main(["labels", "export", f"{name}={conformance / name}", "--out", str(tmp_path)]) == 0
    written = sorted(tmp_path.iterdir())
    assert len(written) == 3
    assert [path.read_bytes() for path in written] == [
        (conformance / name / path.name).read_bytes() for path in written
    ]


def test_sampled_replies_to_one_question_differ_between_splits_and_are_kept_apart(conformance) -> None:
    from sightline.api import evaluate

    answers = conformance / "pope_answers"
    differing = {}
    for kind in ("greedy", "sample"):
        files = [f"m={answers}/llava-1.5-7b-*-{kind}.jsonl"]
        evaluation = evaluate("pope", files, [f"pope={conformance}/pope"])
        said: dict[object, set[str]] = {}
        for question, reply in zip(evaluation.questions, evaluation.replies["m"], strict=True):
            assert reply is not None
            said.setdefault(question.key, set()).add(reply.text)
        differing[kind] = sum(len(texts) > 1 for texts in said.values())
    assert differing == {"greedy": 2, "sample": 499}


def test_files_without_prompts_are_told_apart_by_their_question_file_only(conformance, tmp_path, capsys) -> None:
    file = tmp_path / "r.jsonl"
    rows = (conformance / "pope_answers/llava-1.5-7b-random-greedy.jsonl").read_text().splitlines()
    file.write_text(
        "".join(json.dumps({"question_id": json.loads(r)["question_id"], "text": "No"}) + "\n" for r in rows)
    )
    labels = f"pope={conformance}/pope"
    assert main(["score", "pope", "--replies", str(file), "--labels", labels]) == 2
    assert "the split cannot be told" in capsys.readouterr().err


def test_the_hashes_of_the_public_files_are_those_of_the_data(conformance, monkeypatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(conformance))
    for name in ("pope", "repope"):
        assert cached(name, benchmark("pope").public[name]) == conformance / name
