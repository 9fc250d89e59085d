"""``sightline pairs finer``: what it prints, and the commands that it names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from chat_server import Asked, ChatServer, Sent, says
from tiny_scene_graphs import captions, images, plain, rendered

from sightline.cli.pairs import app
from sightline.errors import RequestError, SightlineError
from sightline.preferences.finer.phrases import KINDS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with scene graphs, captions and images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    rendered(Path(), 12)
    images(Path(), 12)
    captions(Path())
    plain(Path())
    return tmp_path


def pairs(*more: str, source: str = "rendered.json", out: str = "pairs.jsonl") -> None:
    app(["finer", "--from", source, "--out", out, *more], exit_on_error=False, result_action="return_value")


def record(name: str = "pairs.build.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(name).read_text())
    return found


def named(text: str) -> dict[str, list[str]]:
    """The lines that a command prints, by the name that stands before the first of them."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        name = line[:13].strip() or name
        found.setdefault(name, []).append(line[13:])
    return found


def test_the_summary_says_what_was_made_and_what_to_run_next(capsys: pytest.CaptureFixture[str]) -> None:
    pairs("--images", "images", "--articles")
    text = capsys.readouterr().out
    said = named(text)
    assert said["images"] == ["12 of 12"]
    assert "Pairs that the sampler took (either)" in text
    for kind in KINDS:
        phrases, counts = record()["phrases"][kind], record()["pairs"][kind]
        assert re.search(rf"^ ?{kind} +{phrases} +{counts['positive']} +{counts['negative']}$", text, re.MULTILINE)
    assert said["written"] == [
        *("pairs.jsonl", "pairs.all.jsonl", "pairs.rejected.jsonl", "pairs.build.json"),
    ]
    assert said["next"] == ["sightline tune --pairs pairs.jsonl --images images --recipe finer-bundled"]
    assert said["rejected"] == ["nothing"]
    assert sum(int(line.split()[0]) for line in said["left out"]) == sum(record()["left_out"].values())


def test_pairs_without_articles_are_for_other_models(capsys: pytest.CaptureFixture[str]) -> None:
    pairs(out="my pairs.jsonl")
    assert named(capsys.readouterr().out)["next"] == [
        "sightline tune --pairs 'my pairs.jsonl' --images FOLDER --recipe finer-qwen2.5-vl-7b"
    ]


def test_options_reach_the_run() -> None:
    made = ["--per-image", "2", "--most", "object=2,what=1", "--templates", "see,show", "--what", "subject"]
    pairs(
        *made,
        "--articles",
        "--first",
        "10",
        "--limit",
        "6",
        "--seed",
        "5",
        "--sampler",
        "25-75",
        "--weights",
        "what=0.5",
    )
    settings = record()["settings"]
    assert settings["phrasing"] == {
        "per_image": 2,
        "most": {"object": 2, "attribute": 5, "relation": 5, "what": 1},
        "ends": ["subject"],
        "seed": 5,
    }
    assert (settings["templates"], settings["articles"], settings["first"], settings["limit"]) == (
        *(["see", "show"], True),
        *(10, 6),
    )
    assert (settings["sampler"], settings["weights"]) == ("25-75", {"what": 0.5})
    rows = [json.loads(line) for line in Path("pairs.all.jsonl").read_text().splitlines()]
    assert {row["details"]["template"] for row in rows} == {"see", "show", "what"}
    assert all(row["details"]["units"] <= 2 for row in rows if row["kind"] == "object")


def test_another_sampler_takes_from_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    pairs()
    capsys.readouterr()
    pairs("--sampler", "only-negative", source="pairs.all.jsonl", out="negative.jsonl")
    text = capsys.readouterr().out
    assert "Pairs that the sampler took (only-negative)" in text
    assert {json.loads(line)["polarity"] for line in Path("negative.jsonl").read_text().splitlines()} == {"negative"}
    assert named(text)["written"] == ["negative.jsonl", "negative.build.json"]
    assert named(text)["next"] == ["sightline tune --pairs negative.jsonl --images FOLDER"]
    for useless in (["--llm", "tiny"], ["--articles"], ["--threshold", "0.9"]):
        with pytest.raises(RequestError, match=r"pairs\.all\.jsonl holds pairs that were made already"):
            pairs(*useless, source="pairs.all.jsonl", out="again.jsonl")


def test_a_verifier_that_is_named_verifies_and_is_in_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    pairs("--images", "images", "--verify", "scripted:No", "--threshold", "0.9")
    assert record()["models"]["verifier"]["name"] == "scripted:No"
    assert record()["settings"]["threshold"] == 0.9
    with pytest.raises(RequestError, match="No pair can be made"):
        pairs("--images", "images", "--verify", "scripted:Yes", out="other.jsonl")


def silent(asked: Asked) -> Sent:
    return says('{"phrases": []}')


def test_a_language_model_that_is_named_writes_and_what_it_took_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    def script(asked: Asked) -> Sent:
        name = asked.body["response_format"]["json_schema"]["name"]
        if name == "object_phrases":
            moon = re.search(r"\b(moon|cup|key|star|kite|ball)s?\b", asked.prompt)
            return (
                says(json.dumps({"phrases": [{"objects": [{"name": moon[1], "number": 1}]}]}))
                if moon
                else silent(asked)
            )
        return says('{"objects": ["giraffe"]}') if name == "object_edits" else silent(asked)

    with ChatServer(script) as server:
        pairs("--llm", "tiny", "--llm-url", server.base_url, source="captions.jsonl")
        asked = len(server.asked)
        said = named(capsys.readouterr().out)
        assert said["asked"][0].startswith(f"{asked} requests, 0 known before")
        pairs("--llm", "tiny", "--llm-url", server.base_url, "--overwrite", source="captions.jsonl")
        assert len(server.asked) == asked
        assert f"0 requests, {asked} known before" in capsys.readouterr().out
    assert record()["models"]["writer"]["name"] == "tiny"
    assert record()["phrases"]["object"] > 0
    assert "the caption gives none, says the language model" in " ".join(record()["left_out"])


def test_what_a_language_model_would_be_asked_is_said_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    llm = ["--llm", "tiny", "--llm-url", "http://127.0.0.1:9/v1", "--dry-run"]
    pairs(*llm, "--price-in", "1", "--price-out", "2", "--limit", "5", source="captions.jsonl")
    said = capsys.readouterr().out
    assert re.search(
        r"^object phrases +5 requests, about [\d,]+ tokens asked and 1,280 at most written, 0\.\d\d at most$",
        said,
        re.MULTILINE,
    )
    assert re.search(r"^what edits +5 requests", said, re.MULTILINE)
    assert re.search(r"^in all +40 requests", said, re.MULTILINE)
    assert not Path("pairs.jsonl").exists()


@pytest.mark.parametrize(
    ("more", "source", "message"),
    [
        (["--sampler", "pon"], "rendered.json", "No sampler is called 'pon'"),
        (["--weights", "what"], "rendered.json", "--weights is 'what'; expected as object=1,what=0.5"),
        (["--most", "object=many"], "rendered.json", "--most is 'object=many'; expected as object=6"),
        (["--most", "noun=2"], "rendered.json", "'noun' is no kind of phrase"),
        (["--templates", "ask"], "rendered.json", "No template is called 'ask'"),
        (["--verify", "no/such-model"], "rendered.json", "The verifier needs the images"),
        (["--dry-run"], "captions.jsonl", "No language model is asked, so there is nothing to estimate"),
        (["--llm", "tiny"], "graphs.jsonl", "A language model writes about captions, and graphs.jsonl holds none"),
        (["--images", "cache"], "rendered.json", "cache: there is no such folder of images"),
        ([], "nowhere", "nowhere: there is no such file or folder"),
    ],
)
def test_what_cannot_be_done_is_one_message(more: list[str], source: str, message: str) -> None:
    with pytest.raises(SightlineError) as caught:
        pairs(*more, source=source)
    assert message in str(caught.value)
    assert not Path("pairs.jsonl").exists()
