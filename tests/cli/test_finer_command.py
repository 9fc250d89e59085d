"""FINER on the command line: built, checked by people, calibrated, and measured."""

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from chat_server import Asked, ChatServer, Sent, says
from tiny_scene_graphs import captions, images, plain, rendered

from sightline.cli import main


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


def build(*more: str, source: str = "rendered.json", out: str = "out") -> int:
    return main(["build", "finer", "--from", source, "--out", out, *more])


def named(text: str) -> dict[str, list[str]]:
    """The lines that a command prints, by the name that stands before the first of them."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        name = line[:13].strip() or name
        found.setdefault(name, []).append(line[13:])
    return found


def test_the_summary_says_what_was_built_and_what_to_run_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert build() == 0
    said = named(capsys.readouterr().out)
    record = json.loads(Path("out/build.json").read_text())
    assert list(said) == ["images", "elements", "questions", "refused", "left out", "written", "next"]
    assert said["images"] == ["12 of 12"]
    assert re.fullmatch(
        r"object \d+ of \d+, attribute \d+ of \d+, relation \d+ of \d+ have four negatives", said["elements"][0]
    )
    assert said["questions"][0].startswith(f"objects {record['questions']['objects']:,}, attributes ")
    assert said["written"] == [
        f"out/{name}.{kind}"
        for name, kind in (
            *(("finer", "jsonl"), ("finer_levels", "jsonl"), ("elements", "jsonl"), ("graphs", "jsonl")),
            *(("left_out", "jsonl"), ("build", "json")),
        )
    ]
    assert said["next"] == [
        "sightline measure finer --model MODEL --images FOLDER --labels own=out",
        "sightline measure finer_levels --model MODEL --images FOLDER --labels own=out",
    ]
    counts = [int(line.split()[0].replace(",", "")) for line in said["left out"]]
    assert sum(counts) == sum(record["left_out"].values())
    assert counts[:8] == sorted(counts[:8], reverse=True)


def test_the_commands_that_are_named_next_work(capsys: pytest.CaptureFixture[str]) -> None:
    judge = ["--judge", "scripted:A", "--images", "images", "--threshold", "1"]
    assert build(*judge, out="a build") == 0
    commands = named(capsys.readouterr().out)["next"]
    assert commands == [
        f"sightline measure {name} --model MODEL --images images --labels 'own=a build'"
        for name in ("finer", "finer_levels")
    ]
    for command, text in zip(commands, ("scripted:A", "scripted:No"), strict=True):
        assert main([*shlex.split(command.replace("MODEL", text))[1:], "--out", f"run of {text}"]) == 0
    assert main(["build", "finer", "check", "a build", "--out", "a sheet.csv", "--number", "3"]) == 0
    capsys.readouterr()
    assert main(["build", "finer", "check", "a build", "--out", "a sheet.csv", "--overwrite"]) == 0
    (command,) = named(capsys.readouterr().out)["next"]
    assert command == "sightline build finer calibrate 'a build' --verdicts 'a sheet.csv'"
    fill_in("a sheet.csv")
    assert main(shlex.split(command)[1:]) == 0


def fill_in(path: str, holds: str = "A") -> None:
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    with Path(path).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "holds": holds} for row in rows)


def test_options_reach_the_build() -> None:
    options = ["--settings", "objects,what", "--most", "objects=2", "--per-image", "2", "--articles", "--no-levels"]
    assert build(*options, "--first", "10", "--limit", "6", "--seed", "5", "--published") == 0
    settings = json.loads(Path("out/build.json").read_text())["settings"]
    assert settings["shape"] == {
        "settings": ["objects", "what"],
        "most": {"objects": 2, "attributes": 3, "relations": 3, "what": 3},
        "per_image": 2,
        "articles": True,
        "seed": 5,
    }
    assert (settings["levels"], settings["first"], settings["limit"], settings["published"]) == (False, 10, 6, True)
    assert Path("out/published/multi_obj.csv").exists()
    assert not Path("out/finer_levels.jsonl").exists()


def test_a_judge_that_is_named_judges_and_is_in_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    judge = ["--judge", "scripted:Yes", "--images", "images", "--ask", "each", "--threshold", "1", "--rounds", "1"]
    assert build(*judge, "--verify", "0.5") == 0
    record = json.loads(Path("out/build.json").read_text())
    assert record["models"]["judge"]["name"] == "scripted:Yes"
    assert (record["settings"]["way"], record["settings"]["rounds"], record["settings"]["verify"]) == ("each", 1, 0.5)
    said = named(capsys.readouterr().out)
    assert any("the judge did not accept it" in line for line in said["left out"])
    assert "out/verified.jsonl" in said["written"]


def test_a_dry_run_says_what_would_be_asked_and_what_it_would_cost(capsys: pytest.CaptureFixture[str]) -> None:
    prices = ["--price-in", "1", "--price-out", "10"]
    assert build("--llm", "m", "--dry-run", "--limit", "2", *prices, source="captions.jsonl") == 0
    said = named(capsys.readouterr().out)
    assert list(said) == ["objects", "attributes", "relations", "negatives", "in all"]
    assert said["objects"][0].startswith("2 requests, about ")
    assert said["in all"][0].endswith(" at most")
    total = [int(line[0].split()[0]) for line in said.values()]
    assert total[-1] == sum(total[:-1])
    assert not Path("out").exists()
    assert build("--llm", "m", "--dry-run", source="graphs.jsonl") == 0
    assert list(named(capsys.readouterr().out)) == ["negatives", "in all"]
    assert build("--llm", "m", "--dry-run", "--negatives", "statistics", source="captions.jsonl") == 0
    assert list(named(capsys.readouterr().out)) == ["objects", "attributes", "relations", "in all"]


def test_a_server_writes_negatives_and_what_that_took_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    def script(asked: Asked) -> Sent:
        return says(json.dumps({"negatives": ["parrot", "tractor", "guitar", "carrot"]}), usage=(100, 20))

    said: list[str] = []
    counts: list[int] = []
    for _ in range(2):
        with ChatServer(script) as server:
            of_server = ["--llm", "tiny", "--llm-url", server.base_url, "--price-in", "1000", "--price-out", "0"]
            assert build(*of_server, "--overwrite", source="graphs.jsonl") == 0
        said += named(capsys.readouterr().out)["asked"]
        counts.append(len(server.asked))
    first = counts[0]
    tokens = f"{100 * first:,} tokens asked, {20 * first:,} written"
    assert said[0] == f"{first} requests, 0 known before; {tokens}, {first / 10:.2f} spent"
    assert said[1].endswith(" known before; 0 tokens asked, 0 written")


def test_a_server_that_is_not_there_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--llm", "tiny", "--llm-url", "http://127.0.0.1:9/v1", source="graphs.jsonl") == 2
    error = capsys.readouterr().err
    assert error.startswith("sightline: ") and "127.0.0.1:9" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--most", "objects"], "--most is 'objects'; expected as objects=6,attributes=3,relations=3,what=3."),
        (["--most", "objects=some"], "--most is 'objects=some'; expected as"),
        (["--most", "things=3"], "--most is 'things=3'; expected as"),
        (["--most", "objects=0"], "0 elements at once, at most, of objects were asked for; ask for one or more."),
        (
            ["--settings", "colours"],
            "'colours' is no setting of FINER; there are objects, attributes, relations",
        ),
        (["--per-image", "0"], "0 pairs of each setting and number of elements were asked for"),
        (["--limit", "0"], "0 images were asked for; expected one or more."),
        (["--threshold", "2"], "The threshold is 2; expected 0 to 1."),
        (["--rounds", "0"], "0 rounds of the judge were asked for"),
        (["--judge", "bundled"], "The judge needs the images. Name their folder: --images FOLDER."),
        (["--judge", "scripted:A", "--images", "nowhere"], "nowhere: there is no such folder of images"),
        (
            ["--verify", "0.5"],
            "Elements are to be verified, but no model is named that could. Name one",
        ),
        (["--negatives", "llm"], "A language model is to help, but none is named. Name one: --llm NAME"),
        (["--extract", "llm"], "A language model is to help, but none is named."),
        (["--dry-run"], "No language model is asked, so there is nothing to estimate. Name one: --llm NAME."),
        (["--ask", "both"], 'Invalid value "both" for --ask. Choose from: "options", "each".'),
    ],
)
def test_what_cannot_be_done_is_one_message(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(*words) == 2
    said = capsys.readouterr()
    assert message in " ".join((said.err + said.out).replace("│", " ").split())
    assert not Path("out/build.json").exists()


def test_a_source_that_cannot_be_read_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.json").write_text("")
    Path("other.json").write_text('{"width": 3}')
    for source, message in (
        ("nowhere", "nowhere: there is no such file or folder. Check the path."),
        ("empty.json", "empty.json: the file is empty."),
        ("other.json", "other.json: no known format of scene graphs; the first record has width."),
    ):
        assert build(source=source) == 2
        assert f"sightline: {message}" in capsys.readouterr().err


def test_an_earlier_build_is_not_replaced_unless_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert build() == 0
    assert build("--seed", "1") == 2
    assert "sightline: out holds a build already. Choose another folder with --out, or say --overwrite." in (
        capsys.readouterr().err
    )
    assert build("--seed", "1", "--overwrite") == 0
    assert json.loads(Path("out/build.json").read_text())["settings"]["shape"]["seed"] == 1


def test_what_cannot_be_built_is_said_before_a_model_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    judge = ["--judge", "no/such-model", "--images", "images"]
    assert build(*judge, "--rounds", "0") == 2
    assert "0 rounds of the judge were asked for" in capsys.readouterr().err
    assert build(*judge, source="nowhere") == 2
    assert "nowhere: there is no such file or folder" in capsys.readouterr().err
    assert build() == 0
    assert build(*judge) == 2
    assert "out holds a build already" in capsys.readouterr().err


def test_nothing_can_be_checked_without_a_judge(capsys: pytest.CaptureFixture[str]) -> None:
    assert build() == 0
    assert main(["build", "finer", "check", "out", "--out", "sheet.csv"]) == 2
    assert "No element was judged by a discriminator, so there is no threshold" in capsys.readouterr().err
    assert main(["build", "finer", "check", "nowhere", "--out", "sheet.csv"]) == 2
    assert "sightline: nowhere: there is no such file. Check the path." in capsys.readouterr().err
    assert not Path("sheet.csv").exists()


def test_the_threshold_is_read_off_what_people_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--judge", "scripted:A", "--images", "images", "--threshold", "1") == 0
    assert main(["build", "finer", "check", "out", "--out", "sheet.csv", "--number", "4", "--seed", "3"]) == 0
    assert main(["build", "finer", "check", "out", "--out", "sheet.csv"]) == 2
    assert "sheet.csv is there already. Choose another file, or say --overwrite." in capsys.readouterr().err
    calibrate = ["build", "finer", "calibrate", "out", "--verdicts", "sheet.csv"]
    assert main(calibrate) == 2
    assert "sheet.csv: nobody has written anything into the column holds" in capsys.readouterr().err
    fill_in("sheet.csv", "?")
    assert main(calibrate) == 0
    out = capsys.readouterr().out
    assert "What each threshold lets through" in out
    assert len(re.findall(r"^ +[01]\.\d\d ", out, re.MULTILINE)) == 20
    assert "No threshold keeps wrong elements below 5%. Check more, or tolerate more: --at-most." in out
    fill_in("sheet.csv", "Z")
    assert main(calibrate) == 2
    assert "sheet.csv:2: holds is 'Z'; Z is no option" in capsys.readouterr().err
    sheet = Path("sheet.csv").read_text().replace("scene_", "other_")
    Path("sheet.csv").write_text(sheet)
    assert main(calibrate) == 2
    assert "is no judged element of this build" in capsys.readouterr().err
    assert main([*calibrate, "--at-most", "2"]) == 2


def test_where_people_find_everything_sound_the_threshold_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert build("--judge", "scripted:A", "--images", "images", "--threshold", "1") == 0
    assert main(["build", "finer", "check", "out", "--out", "sheet.csv", "--number", "1000"]) == 0
    from sightline.queries.discriminator import told
    from sightline.queries.elements_file import read_elements

    true = {kept.element.key: told(kept.element, articles=False)[0] for kept in read_elements("out/elements.jsonl")}
    with Path("sheet.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["holds"] = next(letter for letter in "ABCDE" if row[letter] == true[row["element"]])
    with Path("sheet.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    capsys.readouterr()
    assert main(["build", "finer", "calibrate", "out", "--verdicts", "sheet.csv", "--at-most", "0.5"]) == 0
    assert "Build with --threshold 1: at most 50% of elements are wrong then." in capsys.readouterr().out
