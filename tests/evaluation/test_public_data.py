"""Public files and images by the names of label sets. Where something is fetched, the server is on loopback."""

import csv
import dataclasses
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest
from PIL import Image

from sightline.benchmarks import ALL
from sightline.cli import main
from sightline.core import PublicFile, PublicImages
from sightline.errors import RequestError
from sightline.evaluation import public_data
from sightline.evaluation.public_data import get_images, get_public, image_step


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server, and the folder that it serves."""
    folder = tmp_path / "public"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as served:
        threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}", folder
        served.shutdown()


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives a benchmark another place for its files, or for its images."""

    def change(name: str, **fields: object) -> None:
        changed = dataclasses.replace(ALL[name], **fields)
        monkeypatch.setattr(public_data, "ALL", MappingProxyType({**ALL, name: changed}))

    return change


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


def archive(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)


def haloquest(path: Path, addresses: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["", "image_name", "url", "image type", "hallucination type", "question", "groundtruth responses", "split"]
        )
        for number, (name, url) in enumerate(addresses.items()):
            rows.writerow([number, name, url, "real", "false premises", "What colour is the hat?", "No hat.", "eval"])
    return path


def test_every_public_file_and_image_has_a_name_and_an_address() -> None:
    for benchmark in ALL.values():
        files = [file for files in benchmark.public.values() for file in files] + [*benchmark.images.archives]
        for file in files:
            assert file.url.startswith(("https://", "http://images.cocodataset.org/"))
            assert file.name and file.url.endswith(file.name)
        for files_ in benchmark.public.values():
            assert len({file.name for file in files_}) == len(files_)
        assert "\n" not in benchmark.images.note.format(folder="FOLDER")


def test_every_benchmark_with_files_of_its_own_says_where_they_are() -> None:
    made_here = {"counting", "colour", "finer_levels", "multiple_choice", "yes_no"}
    told = {name for name, benchmark in ALL.items() if benchmark.public or benchmark.images.note}
    assert told == set(ALL) - made_here


def test_pictures_that_have_an_address_are_fetched_and_the_missing_listed(server, tmp_path, capsys) -> None:
    at, folder = server
    (folder / "x.png").write_bytes(png())
    questions = haloquest(tmp_path / "haloquest-eval.csv", {"hat.png": f"{at}/x.png", "gone.png": f"{at}/y.png"})
    verb = ["data", "pictures", "haloquest", "--labels", str(questions), "--out", str(tmp_path / "out")]
    assert main(verb) == 2
    out = capsys.readouterr().out
    assert f"1 images written to {tmp_path / 'out'}" in out
    assert f"missing: gone.png: the server says 404 File not found: {at}/y.png" in out
    assert "1 of 2 images could not be fetched" in out
    (folder / "y.png").write_bytes(png())
    assert main(verb) == 0
    assert ", 1 were there already" in capsys.readouterr().out


def test_pictures_of_mmhal_are_called_after_the_end_of_their_address(server, tmp_path) -> None:
    at, folder = server
    (folder / "a b_o.png").write_bytes(png())
    row = {"question_type": "attribute", "image_id": "1", "image_src": f"{at}/a%20b_o.png", "image_content": ["hat"]}
    questions = tmp_path / "questions.json"
    questions.write_text(json.dumps([{**row, "question": "What is it?", "gt_answer": "A hat."}]))
    assert get_images("mmhal", tmp_path / "out", questions) == (1, 0, {})
    asked = ALL["mmhal"].read_labels(questions, "mmhal").questions[0]
    assert (tmp_path / "out" / asked.images[0].name).read_bytes() == png()


def test_an_archive_of_questions_is_read_as_it_was_fetched(server, put, capsys) -> None:
    at, folder = server
    question = {"imagename": "v1_0.png", "question": "What is x?", "answer": "2", "capability": ["math"]}
    archive(
        folder / "mm-vet.zip",
        {"mm-vet/mm-vet.json": json.dumps({"v1_0": question}).encode(), "mm-vet/images/v1_0.png": png()},
    )
    put("mm_vet", public={"mm_vet": (PublicFile("mm-vet.zip", f"{at}/mm-vet.zip", inside="mm-vet"),)})
    assert main(["data", "get", "mm_vet"]) == 0
    place = get_public("mm_vet")
    assert f"images: they came with the questions: --images {place}/images" in capsys.readouterr().out
    assert [asked.text for asked in ALL["mm_vet"].read_labels(place, "mm_vet").questions]
    assert (place / "images" / "v1_0.png").is_file()


def test_cocos_instances_are_taken_out_of_its_annotations(server, put) -> None:
    at, folder = server
    instances = {
        "images": [{"id": 9, "file_name": "COCO_val2014_000000000009.jpg", "width": 8, "height": 8}],
        "annotations": [{"id": 1, "image_id": 9, "category_id": 18, "bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0}],
        "categories": [{"id": 18, "name": "dog", "supercategory": "animal"}],
    }
    files = {"annotations/instances_val2014.json": instances, "annotations/captions_val2014.json": {}}
    archive(folder / "a.zip", {name: json.dumps(content).encode() for name, content in files.items()})
    own = ALL["chair"].public["chair"][0]
    put("chair", public={"chair": (own._replace(url=f"{at}/a.zip"),)})
    labelled = ALL["chair"].read_labels(get_public("chair"), "chair")
    assert ALL["chair"].images.addresses is not None
    assert ALL["chair"].images.addresses(labelled) == {
        "COCO_val2014_000000000009.jpg": "http://images.cocodataset.org/val2014/COCO_val2014_000000000009.jpg"
    }


def test_archives_of_images_are_unpacked_where_images_are_wanted(server, put, tmp_path) -> None:
    at, folder = server
    questions = tmp_path / "questions"
    questions.mkdir()
    for kind in ("neg", "pos"):
        (questions / f"dash_benchmark_{kind}.json").write_text(json.dumps({"web": {"hat": [f"{kind}.png"]}}))
    names = [i.name for q in ALL["dash_b"].read_labels(questions, "dash_b").questions for i in q.images]
    archive(folder / "neg.zip", {name: png() for name in names if name.startswith("neg")})
    archive(folder / "pos.zip", {"pos/readme": b"nothing"})
    archives = tuple(PublicFile(f"{kind}.zip", f"{at}/{kind}.zip") for kind in ("neg", "pos"))
    put("dash_b", images=PublicImages(archives=archives))
    found = get_images("dash_b", tmp_path / "out", questions)
    absent = [name for name in names if name.startswith("pos")]
    assert found == (1, 0, dict.fromkeys(absent, "not in neg.zip, pos.zip"))


def test_what_must_be_got_another_way_is_said_in_a_sentence(tmp_path) -> None:
    with pytest.raises(RequestError, match=r"vstar cannot be fetched file by file\. How to get it: hf download"):
        get_public("vstar")
    with pytest.raises(RequestError, match=r"The images of textvqa have no addresses\. How to get them: https://"):
        get_images("textvqa", tmp_path / "out")
    assert image_step("mmvp") == "sightline data pictures mmvp --out FOLDER"
    assert image_step("mmstar") == (
        f"the file holds them: sightline data images {tmp_path / 'cache/mmstar/mmstar.parquet'} --out FOLDER"
    )


@pytest.mark.parametrize("verb", [["get"], ["images", "--out", "out"]])
def test_a_verb_without_a_name_does_not_do_nothing_in_silence(verb, capsys) -> None:
    assert main(["data", *verb]) == 2
    assert "Name one" in capsys.readouterr().err
