"""``sightline pairs check``: what it prints, and when it exits with 1."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclopts import App

from sightline.cli.pairs.check import check
from sightline.core import ImageRef, PreferencePair
from sightline.errors import DataError, MissingError, RequestError
from sightline.preferences.pairs_file import write_pairs
from sightline.scenes.rendered import render_scenes

Run = Callable[..., int]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of eight rendered scenes."""
    folder = tmp_path_factory.mktemp("scenes")
    render_scenes(folder / "made", 8, seed=3)
    return folder / "made" / "images"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")
    app = App()
    app.default(check)

    def run(*words: str | Path) -> int:
        result: int = app([str(word) for word in words], exit_on_error=False, result_action="return_value")
        return result

    return run


def pair(
    image: str, chosen: str = "No, but I can see a cup.", rejected: str = "Yes, I can see a dog."
) -> PreferencePair:
    return PreferencePair(
        ImageRef(image), f"Is there a dog in {image}?", chosen, rejected, method="finer", kind="object"
    )


def write_instances(image: str) -> None:
    """COCO annotations of one image, which is what CHAIR asks about."""
    instances = {
        "images": [{"id": 9, "file_name": image}],
        "annotations": [{"image_id": 9, "category_id": 1}],
        "categories": [{"id": 1, "name": "cup"}],
    }
    Path("instances.json").write_text(json.dumps(instances))


def test_sound_pairs_exit_with_0_and_biases_are_remarks(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(Path("pairs.jsonl"), [pair("a.jpg"), pair("b.jpg")])
    assert run("pairs.jsonl") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("format     sightline's pairs\npairs      2 about 2 images\nimages     not looked at;")
    (row,) = [line for line in printed.splitlines() if line.strip().startswith("finer object  ")]
    assert " ".join(row.split()) == "finer object 2 2 – – 0 2 7.0 (6.0) 100%"
    assert "finer object: of the chosen replies that begin with yes or no, 100% say no" in printed
    assert printed.endswith("No row is wrong.\n")


def test_wrong_rows_are_shown_counted_and_written_and_exit_with_1(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "images" / name).touch()
    same = pair("b.jpg", chosen="No.", rejected="no")
    write_pairs(Path("pairs.jsonl"), [pair("a.jpg"), same, *(pair(f"{n}.jpg") for n in range(5)), pair("a.jpg")])
    assert run("pairs.jsonl", "--images", "images", "--out", "wrong.jsonl") == 1
    printed = capsys.readouterr().out
    assert printed.splitlines()[-10:] == [
        "5 × the image is not there",
        "    row 3: 0.jpg",
        "    row 4: 1.jpg",
        "    row 5: 2.jpg",
        "    and 2 more",
        "1 × chosen and rejected are the same reply",
        "    row 2: 'No.'",
        "1 × the pair stands there already",
        "    row 8: as row 1",
        "7 rows are wrong; all are in wrong.jsonl.",
    ]
    written = [json.loads(line) for line in Path("wrong.jsonl").read_text().splitlines()]
    assert written[0] == {"row": 2, "kind": "same reply", "detail": "'No.'"}
    assert [each["row"] for each in written] == [2, 3, 4, 5, 6, 7, 8]


def test_images_of_a_benchmark_are_refused_by_name(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(Path("pairs.jsonl"), [pair("000000000009.jpg"), pair("000000000010.jpg")])
    write_instances("COCO_val2014_000000000009.jpg")
    assert run("pairs.jsonl", "--against", "chair=instances.json") == 1
    printed = capsys.readouterr().out
    assert "against    chair: 1 of its 1 images are shared (names compared, pictures not)" in printed
    assert "row 1: 000000000009.jpg is COCO_val2014_000000000009.jpg of chair, by its name" in printed


def test_a_folder_that_holds_no_image_of_the_benchmark_is_an_error(run: Run, tmp_path: Path) -> None:
    write_pairs(Path("pairs.jsonl"), [pair("a.jpg")])
    write_instances("9.jpg")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(MissingError, match=r"elsewhere: none of the 1 images of chair=instances.json is there"):
        run("pairs.jsonl", "--against", "chair=instances.json", "--benchmark-images", "elsewhere")


def test_pictures_of_any_folder_are_refused_however_they_are_called(
    run: Run, capsys: pytest.CaptureFixture[str], scenes: Path, tmp_path: Path
) -> None:
    names = [path.name for path in sorted(scenes.glob("*.png"))]
    write_pairs(Path("pairs.jsonl"), [pair(name) for name in names[:4]])
    (tmp_path / "heldout").mkdir()
    (tmp_path / "heldout" / "copy.png").write_bytes((scenes / names[2]).read_bytes())
    (tmp_path / "heldout" / names[0]).write_bytes((scenes / names[7]).read_bytes())
    assert run("pairs.jsonl", "--images", scenes, "--benchmark-images", "heldout") == 1
    printed = capsys.readouterr().out
    assert (
        "against    heldout: 1 of its 2 images are shared (2 pictures compared; 1 more have the name, not the picture)"
    ) in printed
    assert f"row 3: {names[2]} is copy.png of heldout, the same file" in printed


def test_what_cannot_be_compared_with_is_named(run: Run) -> None:
    write_pairs(Path("pairs.jsonl"), [pair("a.jpg")])
    with pytest.raises(RequestError, match=r"counting has no public files. Name your own: --against counting=PATH"):
        run("pairs.jsonl", "--against", "counting")
    with pytest.raises(
        RequestError, match=r"Fetch them with: sightline data get pope\nor name .* --against pope=FOLDER"
    ):
        run("pairs.jsonl", "--against", "pope")
    with pytest.raises(RequestError, match=r"No benchmark is called 'poep'. Did you mean 'pope'\?"):
        run("pairs.jsonl", "--against", "poep=somewhere")
    with pytest.raises(DataError, match=r"nowhere: there is no such folder of images. Check --benchmark-images."):
        run("pairs.jsonl", "--benchmark-images", "nowhere")
