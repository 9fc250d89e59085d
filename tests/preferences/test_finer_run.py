"""Runs that make FINER-Tuning's pairs: what is written, refused and counted, and what a kill leaves."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import finer_until_killed
import pytest
from chat_server import ChatServer
from test_finer_written import CAPTION, good
from tiny_scene_graphs import captions as rendered_captions
from tiny_scene_graphs import images, plain, rendered

from sightline.core import PreferencePair, Presence
from sightline.errors import DataError, RequestError
from sightline.models.scripted import ScriptedModel
from sightline.preferences.finer import run as finer_run
from sightline.preferences.finer.checks import NOTHING_CHANGED, PLACEHOLDER, TWICE
from sightline.preferences.finer.drawn import Drawn, Phrasing
from sightline.preferences.finer.files import files_of, read_all
from sightline.preferences.finer.phrases import Edit, Phrase, Unit
from sightline.preferences.finer.run import FinerPairs, Using, make_finer_pairs, requests_of, sample_finer_pairs
from sightline.preferences.finer.samplers import sampler
from sightline.preferences.finer.verified import SEEN
from sightline.scenes.scene_graphs import LeftOut

SCENES = 12


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def counted(pairs: Any) -> dict[str, Any]:
    counts: dict[str, Counter[str]] = {}
    for pair in pairs:
        kind, polarity = (
            (pair.kind, pair.polarity) if isinstance(pair, PreferencePair) else (pair["kind"], pair["polarity"])
        )
        counts.setdefault(kind, Counter())[polarity] += 1
    return counts


def test_the_files_hold_what_the_record_counts(tmp_path: Path) -> None:
    made = make_finer_pairs(rendered(tmp_path, SCENES), tmp_path / "pairs.jsonl", FinerPairs(articles=True))
    paths = files_of(tmp_path / "pairs.jsonl")
    record = json.loads(paths["record"].read_text())
    assert record == json.loads(json.dumps(made.record)) | {"sha256": record["sha256"]}
    assert record["files"] == [str(path) for path in paths.values()]
    pairs, everything = lines(paths["pairs"]), lines(paths["all"])
    for name, rows in (("pairs", pairs), ("all", everything)):
        assert record[name] == {
            kind: {**dict.fromkeys(("positive", "negative"), 0), **own} for kind, own in counted(rows).items()
        }
    assert record["phrases"] == {kind: sum(own.values()) // 2 for kind, own in counted(everything).items()}
    assert len(pairs) == len(everything) / 2 == len({(pair["image"], pair["details"]["twin"]) for pair in pairs})
    assert (record["images"], record["annotated_images"], record["method"]) == (SCENES, SCENES, "finer")
    assert {pair["method"] for pair in pairs} == {"finer"}
    assert pairs[0]["source"].startswith(str(tmp_path / "rendered.json:"))


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    source = rendered(tmp_path, SCENES)
    texts = []
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        out = tmp_path / name / "pairs.jsonl"
        make_finer_pairs(source, out, FinerPairs(Phrasing(seed=seed)))
        texts.append([files_of(out)[what].read_bytes() for what in ("pairs", "all", "rejected")])
    assert texts[0] == texts[1] != texts[2]


def test_another_sampler_takes_from_the_same_pairs_what_it_would_have_taken_at_once(tmp_path: Path) -> None:
    source = rendered(tmp_path, SCENES)
    make_finer_pairs(source, tmp_path / "first.jsonl", FinerPairs())
    make_finer_pairs(source, tmp_path / "at_once.jsonl", FinerPairs(sampler="25-75", weights={"what": 0.5}))
    everything = tmp_path / "first.all.jsonl"
    made = sample_finer_pairs(everything, tmp_path / "later.jsonl", sampler("25-75"), {"what": 0.5})
    assert (tmp_path / "later.jsonl").read_bytes() == (tmp_path / "at_once.jsonl").read_bytes()
    assert made.record["all"] == json.loads((tmp_path / "first.build.json").read_text())["all"]
    assert not (tmp_path / "later.all.jsonl").exists()
    assert read_all(everything) == read_all(tmp_path / "at_once.all.jsonl")


def test_pairs_that_do_not_say_of_what_phrase_they_are_cannot_be_sampled_from(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"image": "a.jpg", "prompt": "Q?", "chosen": "Yes.", "rejected": "No.", "method": "sentinel"}\n')
    with pytest.raises(DataError, match=r"other\.jsonl:1: this pair is of 'sentinel'"):
        sample_finer_pairs(path, tmp_path / "pairs.jsonl", sampler("all"))


def test_images_are_named_below_their_folder_and_those_that_are_missing_are_left_out(tmp_path: Path) -> None:
    source, folder = rendered(tmp_path, SCENES), tmp_path / "images"
    (folder / "train/0").mkdir(parents=True)
    for index in range(0, SCENES, 2):
        (folder / "train/0" / f"scene_{index:06}.png").touch()
    made = make_finer_pairs(source, tmp_path / "pairs.jsonl", using=Using(images=folder))
    assert {pair.image.name for pair in made.pairs} <= {f"train/0/scene_{i:06}.png" for i in range(0, SCENES, 2)}
    assert made.record["images"] == SCENES / 2
    assert made.record["left_out"]["the image is missing"] == SCENES / 2


def test_names_without_suffix_are_found_and_doubles_are_refused(tmp_path: Path) -> None:
    source, folder = rendered_captions(tmp_path, 3), tmp_path / "images"
    source.write_text(source.read_text().replace(".png", ""))
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        (folder / name / "notes.txt").touch()
    for index in range(3):
        (folder / "a" / f"scene_{index:06}.png").touch()
        (folder / "a" / f"scene_{index:06}.txt").touch()
    made = make_finer_pairs(source, tmp_path / "pairs.jsonl", using=Using(images=folder))
    assert {pair.image.name[:8] for pair in made.pairs} == {"a/scene_"}
    (folder / "b" / "scene_000001.jpg").touch()
    with pytest.raises(DataError, match=r"scene_000001 is a/scene_000001\.png as well as b/scene_000001\.jpg"):
        make_finer_pairs(source, tmp_path / "other.jsonl", using=Using(images=folder))


def test_what_a_verifier_sees_is_rejected_and_counted(tmp_path: Path) -> None:
    source, folder = rendered(tmp_path, SCENES), images(tmp_path, SCENES)

    def reply(image: str, prompt: str) -> str:
        return "Yes" if "Are there" in prompt else "No"

    made = make_finer_pairs(source, tmp_path / "pairs.jsonl", using=Using(None, ScriptedModel(reply), folder))
    rejected = lines(tmp_path / "pairs.rejected.jsonl")
    assert made.record["rejected"] == {SEEN: len(rejected)} and rejected
    assert all(row["kind"] == "object" and row["p_yes"] >= 0.5 for row in rejected)
    assert made.record["models"]["verifier"]["engine"] == "scripted 1"


def test_what_is_said_twice_or_unchanged_or_spells_a_placeholder_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(true: str, false: str, twin: str) -> Edit:
        phrase = Phrase("a.jpg", "object", (Unit(Presence(true)),))
        return Edit(phrase, phrase.with_claim(0, Presence(false)), 0, "a maker", twin)

    edits = [
        edit("cat", "dog", "object/0"),
        edit("cat", "owl", "object/1"),
        edit("kite", "dog", "object/2"),
        edit("moon", "moon", "object/3"),
        edit("cup", "<image>", "object/4"),
        edit("key", "coin", "object/5"),
    ]
    monkeypatch.setattr(finer_run, "draw_edits", lambda *told: Drawn(edits, [], LeftOut()))
    made = make_finer_pairs(plain(tmp_path), tmp_path / "pairs.jsonl", FinerPairs(sampler="all"))
    rejected = [(row["reason"], row["unit"], row["instead"]) for row in lines(tmp_path / "pairs.rejected.jsonl")]
    assert rejected == [
        (TWICE, "cat", "owl"),
        (TWICE, "kite", "dog"),
        (NOTHING_CHANGED, "moon", "moon"),
        (PLACEHOLDER, "cup", "<image>"),
    ]
    assert {pair.details["unit"] for pair in made.pairs} == {"cat", "key"}
    assert made.record["rejected"] == {TWICE: 2, NOTHING_CHANGED: 1, PLACEHOLDER: 1}


def test_two_questions_about_one_image_never_read_the_same(tmp_path: Path) -> None:
    how = FinerPairs(Phrasing(per_image=6), templates=("see",))
    make_finer_pairs(rendered(tmp_path, SCENES), tmp_path / "pairs.jsonl", how)
    everything = lines(tmp_path / "pairs.all.jsonl")
    assert len({(pair["image"], pair["prompt"]) for pair in everything}) == len(everything)
    assert json.loads((tmp_path / "pairs.build.json").read_text())["rejected"][TWICE] > 0


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (FinerPairs(sampler="pon"), "No sampler is called 'pon'"),
        (FinerPairs(weights={"whats": 1}), "a weight of 'whats'"),
        (FinerPairs(templates=("ask",)), "No template is called 'ask'"),
        (FinerPairs(threshold=1.5), "The threshold of the verifier is 1.5"),
        (FinerPairs(Phrasing(per_image=0)), "0 phrases of each kind were asked for"),
        (FinerPairs(Phrasing(most={"object": 0})), "0 units of a phrase about object were asked for"),
        (FinerPairs(Phrasing(most={"noun": 2})), "'noun' is no kind of phrase"),
        (FinerPairs(Phrasing(ends=())), "ask for neither end of a relation"),
        (FinerPairs(limit=0), "0 images were asked for"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_read(how: FinerPairs, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=message):
        make_finer_pairs(tmp_path / "nowhere.json", tmp_path / "pairs.jsonl", how)


def test_files_are_not_written_over_unless_that_is_said(tmp_path: Path) -> None:
    source, out = plain(tmp_path), tmp_path / "pairs.jsonl"
    make_finer_pairs(source, out)
    with pytest.raises(RequestError, match=r"pairs\.jsonl is there already"):
        make_finer_pairs(source, out)
    make_finer_pairs(source, out, FinerPairs(Phrasing(seed=5)), overwrite=True)
    assert json.loads((tmp_path / "pairs.build.json").read_text())["settings"]["phrasing"]["seed"] == 5
    with pytest.raises(RequestError, match="would be written over"):
        make_finer_pairs(source, source, overwrite=True)
    with pytest.raises(RequestError, match=r"Call it .*pairs\.jsonl"):
        make_finer_pairs(source, tmp_path / "pairs.json")
    with pytest.raises(DataError, match="there is no such file"):
        make_finer_pairs(tmp_path / "nowhere.json", tmp_path / "new.jsonl")


def test_a_source_that_gives_no_pair_says_why(tmp_path: Path) -> None:
    source = tmp_path / "graphs.jsonl"
    source.write_text('{"image": "a.jpg", "objects": [{"id": "1", "name": "cat"}]}\n')
    with pytest.raises(
        RequestError, match=r"No pair can be made of .* \(.*object: nothing that is known can be changed"
    ):
        make_finer_pairs(source, tmp_path / "pairs.jsonl")
    assert not (tmp_path / "pairs.jsonl").exists()


def test_a_language_model_writes_about_captions_only(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="A language model writes about captions"):
        requests_of(plain(tmp_path), FinerPairs())
    with pytest.raises(RequestError, match="The verifier needs the images"):
        make_finer_pairs(plain(tmp_path), tmp_path / "p.jsonl", using=Using(None, ScriptedModel(lambda i, p: "No")))


def written_captions(folder: Path, number: int) -> Path:
    path = folder / "captions.jsonl"
    path.write_text(
        "".join(json.dumps({"image": f"{n}.jpg", "caption": CAPTION.format(n=n)}) + "\n" for n in range(number))
    )
    return path


def test_a_run_that_is_killed_asks_nothing_twice_but_what_was_in_flight_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    source = written_captions(tmp_path, 5)

    def words(name: str, server: ChatServer) -> list[str]:
        return [str(source), server.base_url, str(tmp_path / name / "pairs.jsonl"), str(tmp_path / f"{name}.sqlite")]

    with ChatServer(good) as server:
        finer_until_killed.main(*words("whole", server))
        whole = Counter(json.dumps(asked.body["messages"]) for asked in server.asked)
    script = Path(finer_until_killed.__file__)
    with ChatServer(good, latency_s=0.02) as server:
        command = [sys.executable, str(script), *words("killed", server)]
        process = subprocess.Popen(command)
        while process.poll() is None and len(server.asked) < 26:
            time.sleep(0.001)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "the run was over before it was killed"
        assert not (tmp_path / "killed/pairs.jsonl").exists()
        assert subprocess.run(command, check=False).returncode == 0
        times = Counter(json.dumps(asked.body["messages"]) for asked in server.asked)
    assert set(whole.values()) == {1} and whole.total() == 5 * 8
    assert times.keys() == whole.keys()
    assert times.total() - whole.total() <= finer_until_killed.AT_ONCE
    for name in ("pairs.jsonl", "pairs.all.jsonl", "pairs.rejected.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
