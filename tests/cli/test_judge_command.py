"""Judging on the command line, with a server that judges as a script tells it to."""

import json
import re
from pathlib import Path

import pytest
from chat_server import Asked, ChatServer, Sent, says
from tiny_judged import RATINGS, mmhal, mmhal_answers

from sightline.cli import main
from sightline.examples.making import make_example

GIVEN = ("--replies", "m=answers.json", "--labels", "own=response_template.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with sixteen questions and answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv("COLUMNS", "200")
    mmhal(tmp_path)
    mmhal_answers(tmp_path)
    return tmp_path


def rates(asked: Asked) -> Sent:
    text = RATINGS[int(asked.prompt.split("Answer to mark: I see cup ")[-1].split(".")[0])]
    return says(text) if text else says(None, refusal="no")


def judge(*more: str, out: str = "j.jsonl") -> int:
    return main(["judge", "mmhal", *GIVEN, "--out", out, *more])


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatServer(rates) as server:
        words = ["--judge", "tiny", "--judge-url", server.base_url, "--price-in", "2", "--price-out", "8"]
        assert judge(*words, "--dry-run") == 0
        assert not server.asked
    said = capsys.readouterr().out
    assert "16 to judge, 0 of them in j.jsonl already" in said
    assert re.search(r"16, about 9,\d{3} tokens asked and 8,192 at most written, 0\.\d\d at most", said)
    assert not Path("j.jsonl").exists()


def test_replies_are_judged_scored_compared_held_against_bounds_and_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ChatServer(rates) as server:
        assert judge("--judge", "tiny", "--judge-url", server.base_url) == 0
        said = capsys.readouterr().out
        assert "16 replies now, 0 before" in said and "4 of those judged now" in said
        assert "1 the model refused: no" in said
        assert (
            "sightline score mmhal --replies m=answers.json --labels own=response_template.json --judgements j.jsonl"
        ) in said
        asked = len(server.asked)
        assert judge("--judge", "tiny", "--judge-url", server.base_url, out="again.jsonl") == 0
        assert len(server.asked) == asked + 1, "all but the refused one are known"
    capsys.readouterr()
    judged = [*GIVEN, "--judgements", "j.jsonl"]
    assert main(["score", "mmhal", *judged, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["scores"]
    overall = next(row for row in rows if row["split"] == "overall")
    assert overall["rating"] == pytest.approx(38 / 11) and overall["unreadable"] == pytest.approx(4 / 16)
    assert main(["score", "mmhal", *judged, "--reader", "mmhal"]) == 0
    said = capsys.readouterr().out
    assert "judged by tiny, asked with mmhal-rating@1 (sha256 " in said
    assert "15 replies, 4 could not be read, 1 came to nothing." in said
    bound = "rating under own on overall >= 3 estimate"
    assert main(["gate", "mmhal", *judged, "--require", bound]) == 0
    assert re.search(r"rating under own on overall ≥ 3 +m +overall +3\.45 +holds", capsys.readouterr().out)
    assert main(["gate", "mmhal", *judged, "--require", bound.replace("3", "3%")]) == 2
    assert "leave % out" in capsys.readouterr().err
    assert main(["report", "mmhal", *judged, "--out", "page.html"]) == 0
    page = Path("page.html").read_text()
    assert "I see cup 4." in page and "Good. Rating: 3" in page
    assert "tiny, OpenAI-compatible server, prompt mmhal-rating@1" in page


def test_without_judgements_the_command_that_makes_them_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "mmhal", *GIVEN]) == 2
    assert "sightline judge mmhal --replies" in capsys.readouterr().err


def test_the_originals_prompt_is_taken_from_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("theirs.txt").write_text("Contents: {objects}; {question}; {reference}; Answer to mark: {reply} Rate it.")
    with ChatServer(rates) as server:
        assert judge("--judge", "tiny", "--judge-url", server.base_url, "--prompt", "theirs.txt") == 0
        assert (
            "Contents: Cup, Table; What is in picture 0?; A cup, number 0.; Answer to mark: I see cup 0. Rate it."
            in (server.prompts)
        )
        assert all(len(asked.body["messages"]) == 1 for asked in server.asked)
    line = json.loads(Path("j.jsonl").read_text().splitlines()[0])
    assert line["prompt"]["name"] == "theirs.txt"
    Path("empty.txt").write_text("Rate it.")
    assert judge("--judge", "scripted:x", "--prompt", "empty.txt", out="k.jsonl") == 2
    assert "has no {reply}" in capsys.readouterr().err


def test_a_model_that_is_loaded_here_judges_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge("--judge", "scripted:Rating: 3") == 0
    assert "scripted:Rating: 3 (scripted 1)" in capsys.readouterr().out
    assert judge("--judge", "scripted:Rating: 3") == 0
    assert "0 replies now, 16 before" in capsys.readouterr().out


def test_two_judges_are_told_apart_and_their_agreement_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge("--judge", "scripted:Rating: 3") == 0
    with ChatServer(rates) as server:
        assert judge("--judge", "tiny", "--judge-url", server.base_url, out="tiny.jsonl") == 0
    capsys.readouterr()
    both = ["j.jsonl", "tiny.jsonl"]
    assert main(["compare", "mmhal", *GIVEN, "--judgements", *both, "--format", "json", "--draws", "200"]) == 0
    ranks = json.loads(capsys.readouterr().out)["ranks"]
    assert {row["model"] for row in ranks} == {"m (tiny)", "m (scripted:Rating: 3)"}
    assert main(["judge", "agreement", "mmhal", *both, "--draws", "200"]) == 0
    said = capsys.readouterr().out
    assert "weighted kappa" in said and "9.09" in said  # one of eleven is a 3
    assert main(["judge", "agreement", "mmhal", "j.jsonl"]) == 2


def test_spending_stops_at_its_limit_and_what_was_judged_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatServer(lambda asked: says("Rating: 4", usage=(1000, 500))) as server:
        words = ["--judge", "tiny", "--judge-url", server.base_url, "--price-in", "1000", "--price-out", "1000"]
        assert judge(*words, "--at-once", "1", "--spend-at-most", "5") == 2
        assert 0 < len(server.asked) < 16
    assert "limit of 5" in capsys.readouterr().err
    assert len(Path("j.jsonl").read_text().splitlines()) == len(server.asked)


@pytest.mark.parametrize(
    ("name", "text", "headline"),
    [
        ("haloquest", '{"reason": "so", "verdict": "correct"}', ("correct", 1.0)),
        ("object_halbench", '{"objects": ["dragon", "zebra"]}', ("silent", 1.0)),
        ("mmhal", "Rating: 6", ("rating", 6.0)),
    ],
)
def test_an_example_goes_from_questions_to_a_score(
    name: str, text: str, headline: tuple[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_example(name, name, scenes=8)
    labels = ["--labels", f"example={made.questions}"]
    said = "scripted:I can see a big dragon beside a tower."
    assert main(["measure", name, "--model", said, "--images", str(made.images), *labels, "--out", "run"]) == 0
    with ChatServer(lambda asked: says(text)) as server:
        given = ["--replies", "run", *labels]
        assert main(["judge", name, *given, "--judge", "tiny", "--judge-url", server.base_url, "--out", "j.jsonl"]) == 0
    capsys.readouterr()
    reader = ["--reader", "judged"] if name == "object_halbench" else []
    assert main(["score", name, *given, "--judgements", "j.jsonl", "--format", "json", *reader]) == 0
    rows = json.loads(capsys.readouterr().out)["scores"]
    assert [row[headline[0]] for row in rows] == [headline[1]] * len(rows)
    assert {row["unjudged"] for row in rows} == {0.0}
