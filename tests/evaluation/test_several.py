"""Several benchmarks in one go: what is asked about the same picture travels together, and every run is as if alone."""

import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tiny_pope import rows_of, write_lines

from sightline.core import Asking
from sightline.evaluation.measure import measure
from sightline.evaluation.several import headlines, measure_several, shared_groups
from sightline.evaluation.task import Task, task
from sightline.models.scripted import ScriptedModel, scripted
from sightline.records.run_folder import read_run

SHORT = Asking(max_new_tokens=16)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(name.encode())
    return folder


def pope(tmp_path: Path, images: Path, asking: Asking = SHORT) -> Task:
    for split in ("random", "popular", "adversarial"):
        write_lines(tmp_path / "pope" / f"x_pope_{split}.json", rows_of(split))
    return task("pope", images, [f"own={tmp_path / 'pope'}"], asking=asking)


def chair(tmp_path: Path, images: Path, asking: Asking = SHORT) -> Task:
    objects = tmp_path / "objects.json"
    objects.write_text(json.dumps({"a.jpg": ["dog"], "b.jpg": ["cat"]}))
    return task("chair", images, [f"own={objects}"], asking=asking)


def test_prompts_about_a_picture_that_two_benchmarks_ask_about_stand_together(tmp_path: Path, images: Path) -> None:
    found = shared_groups([pope(tmp_path, images), chair(tmp_path, images)])
    assert list(found) == [SHORT]
    told = {group.image.name: group.prompts for group in found[SHORT] if group.image}
    assert list(told) == ["a.jpg", "b.jpg"]  # c.jpg is POPE's alone
    assert told["a.jpg"][0] == "Is there a dog in the image?"
    assert told["a.jpg"][-1].startswith("Provide a brief description")
    assert len(told["a.jpg"]) == 4  # dog, cat, car, caption


def test_replies_of_other_lengths_or_kinds_are_not_put_together(tmp_path: Path, images: Path) -> None:
    longer = chair(tmp_path, images, Asking(max_new_tokens=512))
    assert shared_groups([pope(tmp_path, images), longer]) == {}
    chosen = pope(tmp_path, images, Asking(choices=("Yes", "No")))
    assert shared_groups([chosen, chair(tmp_path, images)]) == {}


def test_sampled_replies_are_drawn_anew_for_every_question(tmp_path: Path, images: Path) -> None:
    sampled = Asking(temperature=1.0)
    assert shared_groups([pope(tmp_path, images, sampled), chair(tmp_path, images, sampled)]) == {}


def test_every_run_is_what_it_would_be_alone_and_nothing_is_asked_twice(tmp_path: Path, images: Path) -> None:
    tasks = [pope(tmp_path, images), chair(tmp_path, images)]
    outs = [tmp_path / "together" / name for name in ("pope", "chair")]
    model = scripted("Yes, a dog.")
    found = measure_several(list(zip(tasks, outs, strict=True)), model)
    assert isinstance(model, ScriptedModel)
    assert len(model.asked) == len(set(model.asked)) == 12  # three objects and a caption of a and b, four objects of c
    assert [measured.asked for measured in found] == [4, 0]
    for one, out in zip(tasks, outs, strict=True):
        measure(one, scripted("Yes, a dog."), tmp_path / "alone" / one.benchmark.name, use_cache=False)
        alone = read_run(tmp_path / "alone" / one.benchmark.name).replies
        assert read_run(out).replies.drop_columns(["asked"]).equals(alone.drop_columns(["asked"]))


def test_an_image_that_several_ask_about_is_read_once_to_be_hashed(
    tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, read = hashlib.file_digest, []

    def told(file: BinaryIO, name: str) -> Any:
        read.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", told)
    tasks = [pope(tmp_path, images), chair(tmp_path, images)]
    measure_several([(one, tmp_path / "runs" / one.benchmark.name) for one in tasks], scripted("Yes."))
    assert sorted(read) == ["a.jpg", "b.jpg", "c.jpg"]


def test_without_the_cache_every_benchmark_is_asked_by_itself(tmp_path: Path, images: Path) -> None:
    model = scripted("Yes.")
    tasks = [pope(tmp_path, images), chair(tmp_path, images)]
    found = measure_several([(one, tmp_path / "runs" / one.benchmark.name) for one in tasks], model, use_cache=False)
    assert [measured.from_cache for measured in found] == [0, 0]


def test_one_line_a_benchmark_and_split_says_its_first_rate(tmp_path: Path, images: Path) -> None:
    one = pope(tmp_path, images)
    measure(one, scripted("Yes."), tmp_path / "run")
    found = headlines(one, tmp_path / "run", draws=100)
    assert [(line.split, line.rate, line.n) for line in found][:2] == [("random", "f1", 6), ("popular", "f1", 6)]
    assert found[0].value == pytest.approx(2 / 3)  # of three yes and three no, all called yes
    assert found[0].unreadable == 0
