"""Replies judged: each distinct one once, by whom and how, and put back to the replies they are of."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chat_server import Asked, ChatServer, Sent, fails, says
from tiny_judged import RATINGS, haloquest, mmhal, mmhal_answers, mmhal_rows
from two_runs import images

from sightline.benchmarks import benchmark
from sightline.core import Judge, Reply, TextRequest, Written
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.before_after import before_after
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.judgements import require_judgements, with_judgements
from sightline.evaluation.judges_compared import compare_judges
from sightline.evaluation.judging import judge_replies, left_to_judge, replies_to_judge
from sightline.evaluation.measure import measure
from sightline.evaluation.record import record_of
from sightline.evaluation.task import task
from sightline.models.chat_client import ChatClient
from sightline.models.scripted import ScriptedModel

sys.path.append(str(Path(__file__).parents[1] / "queries"))
from scripted_writing import ScriptedWriting

SCORING = benchmark("mmhal").scoring
assert SCORING is not None and SCORING.judge is not None
JUDGE: Judge = SCORING.judge


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    return evaluate("mmhal", [f"m={mmhal_answers(tmp_path)}"], [f"own={mmhal(tmp_path)}"])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "j.jsonl"


def number(request: TextRequest) -> int:
    return int(request.prompt.split("Answer to mark: I see cup ")[-1].split(".")[0])


def rated(request: TextRequest) -> str | Written:
    text = RATINGS[number(request)]
    return text or Written("", "the model refused: no", 8, 2)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def with_replies(evaluation: Evaluation, **texts: str) -> Evaluation:
    """The evaluation with other models that say the same, or one thing to everything."""
    own = {
        name: tuple(Reply(question.id, name, text) for question in evaluation.questions) for name, text in texts.items()
    }
    joins = dict.fromkeys(own, evaluation.joins["m"])
    return replace(evaluation, replies={**evaluation.replies, **own}, joins={**evaluation.joins, **joins})


def test_every_line_says_who_judged_which_reply_how_and_with_what_words(evaluation: Evaluation, out: Path) -> None:
    judged = judge_replies(evaluation, ScriptedWriting(rated, seed=1), out)
    assert judged[1:] == (16, 0, {"the model refused: no": 1}, 4)
    found = {line["question_id"]: line for line in lines(out)}
    assert len(found) == 16
    first = found["id0"]
    assert (first["benchmark"], first["image"], first["model"], first["text"]) == ("mmhal", "0_o.jpg", "m", "Rating: 6")
    assert first["judge"]["name"] == "a scripted writer" and first["judge"]["sha256"] == "5c"
    assert first["prompt"] == {"name": "mmhal-rating@1", "sha256": JUDGE.sha256}
    assert found["id15"]["problem"] == "the model refused: no" and found["id15"]["prompt_tokens"] == 8


def test_what_came_to_nothing_is_asked_again_and_nothing_else(evaluation: Evaluation, out: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    again = ScriptedWriting(lambda request: "Rating: 2")
    assert judge_replies(evaluation, again, out)[1:3] == (1, 15)
    assert [number(request) for request in again.asked] == [15]
    attached = with_judgements(evaluation, [out])
    assert attached.replies["m"][15].judgement == "Rating: 2"  # type: ignore[union-attr]


def test_the_same_reply_of_two_models_is_judged_once(evaluation: Evaluation, out: Path) -> None:
    several = with_replies(evaluation, a="A cup.", b="A cup.")
    assert len(replies_to_judge(several, JUDGE)) == 32
    judge_replies(several, ScriptedWriting(lambda request: "Rating: 4"), out)
    attached = with_judgements(several, [out])
    assert attached.models == ("m", "a", "b")
    assert all(reply is not None and reply.judgement for own in attached.replies.values() for reply in own)


def test_judgements_give_the_rates_and_the_record_says_whose_they_are(evaluation: Evaluation, out: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    table = rate_table(with_judgements(evaluation, [out]), draws=100)
    overall = next(row for row in table.to_pylist() if row["split"] == "overall")
    assert overall["rating"] == pytest.approx(38 / 11) and overall["hallucination"] == pytest.approx(4 / 11)
    (judge,) = record_of(table)["judges"]
    assert (judge["name"], judge["prompt_sha256"]) == ("a scripted writer", JUDGE.sha256)
    assert (judge["used"], judge["unreadable"], judge["nothing"], judge["missing"]) == (15, 4, 1, 0)
    assert judge["files"][0]["rows"] == 16


def test_a_judgement_of_another_text_is_never_used(evaluation: Evaluation, out: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    replies = list(evaluation.replies["m"])
    replies[3] = Reply("id3", "m", "Another answer.")
    changed = replace(evaluation, replies={"m": tuple(replies)})
    with pytest.raises(MissingError, match=r"1 replies of m have no judgement.*id3.*:4 judges another reply"):
        with_judgements(changed, [out])
    attached = with_judgements(changed, [out], allow_missing=True)
    assert attached.replies["m"][3].judgement == ""  # type: ignore[union-attr]
    assert attached.judgements[0].missing == 1


def test_a_judgement_against_another_reference_is_an_error(evaluation: Evaluation, out: Path, tmp_path: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    rows = mmhal_rows()
    rows[2]["gt_answer"] = "A spoon."
    (tmp_path / "other.json").write_text(json.dumps(rows))
    answers = f"m={tmp_path / 'answers.json'}"
    with pytest.raises(DataError, match=r"j\.jsonl:3: the reply to id2 was judged against another question or ref"):
        evaluate("mmhal", [answers], [f"other={tmp_path / 'other.json'}"], judgements=[out])
    both = evaluate("mmhal", [answers], [f"own={mmhal(tmp_path)}", f"other={tmp_path / 'other.json'}"])
    with pytest.raises(RequestError, match="id2 is held against one thing by own and against another by other"):
        replies_to_judge(both, JUDGE)


def test_several_judges_score_every_model_each(evaluation: Evaluation, out: Path, tmp_path: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    ann = tmp_path / "ann.jsonl"
    people = [
        {"question_id": reply.question_id, "reply": reply.text, "judge": "ann", "text": "Rating: 5"}
        for reply in evaluation.replies["m"]
        if reply is not None
    ]
    ann.write_text("\n".join(map(json.dumps, people)))
    both = with_judgements(evaluation, [out, ann])
    assert both.models == ("m (a scripted writer)", "m (ann)")
    table = rate_table(both, draws=100).to_pylist()
    assert next(row for row in table if row["model"] == "m (ann)" and row["split"] == "overall")["rating"] == 5
    (pair,) = compare_judges(evaluation.benchmark, [out, ann], draws=100)
    assert (pair.first, pair.second, pair.shared, pair.unreadable) == ("a scripted writer", "ann", 16, (5, 0))
    assert pair.agreement is not None and pair.agreement.percent.value == pytest.approx(2 / 11)


def test_samples_are_judges_of_their_own(evaluation: Evaluation, out: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(lambda r: f"Rating: {r.attempt}"), out, samples=2, temperature=1.0)
    assert with_judgements(evaluation, [out]).models == ("m (a scripted writer #1)", "m (a scripted writer #2)")
    with pytest.raises(RequestError, match="would all be the same"):
        judge_replies(evaluation, ScriptedWriting(rated), out, samples=2)


def test_another_judge_or_prompt_does_not_go_into_the_same_file(evaluation: Evaluation, out: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    mine = JUDGE.with_prompt("mine.txt", "{reply}?")
    with pytest.raises(RequestError, match=r"asked with another prompt \(mmhal-rating@1\)"):
        judge_replies(evaluation, ScriptedWriting(rated), out, mine)
    with pytest.raises(RequestError, match="asked with another prompt"):
        left_to_judge(replies_to_judge(evaluation, mine), mine, out)
    other = "holds judgements judged by a scripted writer"
    with ChatClient("http://localhost:1/v1", "other") as client, pytest.raises(RequestError, match=other):
        judge_replies(evaluation, client, out)


def test_a_file_that_people_wrote_is_not_appended_to(evaluation: Evaluation, out: Path) -> None:
    out.write_text('{"question_id": "id0"}')
    with pytest.raises(RequestError, match="was not written by this command"):
        judge_replies(evaluation, ScriptedWriting(rated), out)
    assert out.read_text() == '{"question_id": "id0"}'


def test_one_judge_that_says_two_things_of_a_reply_is_an_error(evaluation: Evaluation, out: Path) -> None:
    line = {"question_id": "id0", "reply": "I see cup 0.", "judge": "ann", "text": "Rating: 5"}
    out.write_text("\n".join(map(json.dumps, (line, {**line, "text": "Rating: 4"}))))
    with pytest.raises(DataError, match=r"j\.jsonl:2: ann judges the reply to id0 twice, and not alike"):
        with_judgements(evaluation, [out], allow_missing=True)


def test_judgements_of_another_benchmark_are_refused(evaluation: Evaluation, out: Path) -> None:
    line = {"question_id": "id0", "reply": "x", "judge": "ann", "text": "correct", "benchmark": "haloquest"}
    out.write_text(json.dumps(line))
    with pytest.raises(DataError, match="judges a reply to haloquest, not to mmhal"):
        with_judgements(evaluation, [out])


def test_benchmarks_that_are_read_by_rules_have_no_judge(evaluation: Evaluation, out: Path) -> None:
    rules = replace(evaluation, benchmark=benchmark("chair"))
    with pytest.raises(RequestError, match="Replies to chair are read by rules"):
        judge_replies(rules, ScriptedWriting(rated), out)
    with pytest.raises(RequestError, match="leave --judgements out"):
        with_judgements(rules, [out])


def test_a_reader_of_judgements_wants_some(evaluation: Evaluation, out: Path) -> None:
    with pytest.raises(RequestError, match="sightline judge mmhal --replies"):
        require_judgements(evaluation, "rating@1")
    require_judgements(replace(evaluation, benchmark=benchmark("object_halbench")), "nouns")
    judge_replies(evaluation, ScriptedWriting(rated), out)
    require_judgements(with_judgements(evaluation, [out]), "rating")


def test_agreement_needs_two_judges_of_the_same_reply(evaluation: Evaluation, out: Path, tmp_path: Path) -> None:
    judge_replies(evaluation, ScriptedWriting(rated), out)
    with pytest.raises(RequestError, match="All judgements are by a scripted writer"):
        compare_judges(evaluation.benchmark, [out])
    other = tmp_path / "ann.jsonl"
    other.write_text(json.dumps({"question_id": "id0", "reply": "x", "judge": "ann", "text": "Rating: 5"}))
    with pytest.raises(RequestError, match="No reply was judged by two judges"):
        compare_judges(evaluation.benchmark, [out, other])


def test_a_server_that_refuses_fails_or_writes_nonsense_is_kept_and_counted(tmp_path: Path, out: Path) -> None:
    answers = tmp_path / "a.jsonl"
    answers.write_text("\n".join(json.dumps({"question_id": str(n), "text": f"reply {n}"}) for n in range(5)))
    given = evaluate("haloquest", [f"m={answers}"], [f"own={haloquest(tmp_path)}"])
    script = {
        "0": says(None, refusal="I would rather not."),
        "1": says('{"reason": "x", "verdict": "correct"}'),
        "2": says("correct or incorrect"),
        "3": says('{"verdict": "corr', finish="length"),
        "4": fails(400, "too odd"),
    }

    def answer(asked: Asked) -> Sent:
        return script[asked.prompt.split("Answer to judge: reply ")[1][0]]

    with ChatServer(answer) as server, ChatClient(server.base_url, "tiny", wait_s=0, retries=0) as client:
        judged = judge_replies(given, client, out)
    assert judged.unreadable == 1 and sum(judged.problems.values()) == 3
    texts = {line["question_id"]: (line["text"], line.get("problem", "")) for line in lines(out)}
    assert texts["0"] == ("", "the model refused: I would rather not.")
    assert texts["2"] == ("correct or incorrect", "")
    assert texts["3"][1].startswith("the reply was cut off")
    overall = next(
        row for row in rate_table(with_judgements(given, [out]), draws=100).to_pylist() if row["split"] == "overall"
    )
    assert (overall["correct"], overall["unreadable"], overall["unjudged"]) == (1.0, 0.2, 0.6)


def test_a_server_with_another_model_judges_nothing(evaluation: Evaluation, out: Path) -> None:
    with (
        ChatServer(lambda asked: says("Rating: 4", model="other")) as server,
        ChatClient(server.base_url, "tiny", wait_s=0, retries=0) as client,
        pytest.raises(RequestError, match="other"),
    ):
        judge_replies(evaluation, client, out)
    assert not out.read_text()


def test_the_version_that_a_server_says_replied_is_kept(evaluation: Evaluation, out: Path) -> None:
    with (
        ChatServer(lambda asked: says("Rating: 4", model="tiny-2024-08-06")) as server,
        ChatClient(server.base_url, "tiny", wait_s=0) as client,
    ):
        judge_replies(evaluation, client, out)
    assert {line["judge"]["details"]["replied as"] for line in lines(out)} == {"tiny-2024-08-06"}
    (voice,) = with_judgements(evaluation, [out]).judgements
    assert (voice.name, voice.details["replied as"]) == ("tiny", "tiny-2024-08-06")


def test_killed_in_mid_run_it_goes_on_and_nothing_is_judged_twice_but_what_was_in_flight(tmp_path: Path) -> None:
    n, at_once = 96, 4
    labels, answers, out = mmhal(tmp_path, n), mmhal_answers(tmp_path, n), tmp_path / "j.jsonl"
    script = Path(__file__).with_name("judge_until_killed.py")
    with ChatServer(lambda asked: says("Rating: 4"), latency_s=0.02) as server:
        words = [str(labels), str(answers), server.base_url, str(out), str(at_once)]
        process = subprocess.Popen([sys.executable, str(script), *words])
        while process.poll() is None and (not out.exists() or out.read_text().count("\n") < n // 3):
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "all was judged before it was killed"
        known = out.read_text().count("\n")
        subprocess.run([sys.executable, str(script), *words], check=True)
        asked = Counter(server.prompts)
    assert n // 3 <= known < n
    assert len(asked) == n and sum(asked.values()) - n <= at_once
    found = lines(out)
    assert len({line["question_id"] for line in found}) == len(found) == n


def test_a_change_is_compared_with_one_judges_word_on_both(tmp_path: Path, out: Path) -> None:
    labels = f"own={mmhal(tmp_path)}"
    pictures = images(tmp_path / "images", [f"{place}_o.jpg" for place in range(16)])
    what = task("mmhal", pictures, [labels])
    runs = [
        measure(
            what, ScriptedModel(lambda image, prompt, said=said: said, said), tmp_path / said, use_cache=False
        ).folder
        for said in ("A cup.", "A spoon.")
    ]
    with pytest.raises(RequestError, match="sightline judge mmhal"):
        before_after(runs[:1], runs[1:], draws=200)
    given = evaluate("mmhal", [f"{n}={run}" for n, run in enumerate(runs)], [labels])
    writer = ScriptedWriting(lambda request: "Rating: 5" if "mark: A cup." in request.prompt else "Rating: 1")
    judge_replies(given, writer, out)
    found = before_after(runs[:1], runs[1:], draws=200, judgements=[out]).rates.to_pylist()
    of = {row["rate"]: (row["before"], row["after"]) for row in found if row["split"] == "overall"}
    assert of["rating"] == (5, 1) and of["hallucination"] == (0, 1)
    other = tmp_path / "ann.jsonl"
    people = [{"question_id": f"id{n}", "reply": "A cup.", "judge": "ann", "text": "Rating: 5"} for n in range(16)]
    other.write_text("\n".join(map(json.dumps, people)))
    with pytest.raises(RequestError, match="were judged by a scripted writer, ann"):
        before_after(runs[:1], runs[1:], draws=200, judgements=[out, other])
