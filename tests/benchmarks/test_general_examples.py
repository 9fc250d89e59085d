"""The examples of the general suites say of rendered scenes what is true, in files that are read as they stand."""

from importlib import import_module
from pathlib import Path

import pytest

from sightline.benchmarks import benchmark
from sightline.benchmarks.lettered import Lettered
from sightline.core import Labelled
from sightline.examples.scene_questions import number_of, presence_of, simple_facts
from sightline.examples.scene_truth import clear
from sightline.scenes.rendered import compose
from sightline.scenes.rendered.annotations import image_name

SCENES = [compose(3, index) for index in range(6)]
NAMES = ("mmstar", "textvqa", "chartqa", "vqav2", "scienceqa", "mm_vet", "multiple_choice", "yes_no")


def read(folder: Path, name: str) -> Labelled:
    files = import_module(f"sightline.examples.{name}_example").files(SCENES)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return benchmark(name).read_labels(folder, "example")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_and_asks_about_its_scenes(tmp_path: Path, name: str) -> None:
    labelled = read(tmp_path, name)
    images = {image.name for question in labelled.questions for image in question.images}
    assert images <= {image_name(scene.index) for scene in SCENES}
    assert len(images) >= 5
    assert len(labelled.questions) >= 8
    assert set(labelled.labels.references) == {question.id for question in labelled.questions}


@pytest.mark.parametrize("name", ["mmstar", "scienceqa", "multiple_choice"])
def test_options_differ_and_the_right_one_is_true(tmp_path: Path, name: str) -> None:
    labelled = read(tmp_path, name)
    true = {fact.answer for scene in SCENES for fact in simple_facts(scene)} | {"eight", "green", "water"}
    for question in labelled.questions:
        held = labelled.labels.references[question.id]
        assert isinstance(held, Lettered)
        assert len(set(held.options)) == len(held.options) >= 3
        assert held.options[held.right] in true
    assert len({held.right for held in labelled.labels.references.values()}) >= 3  # type: ignore[attr-defined]


def test_facts_are_true_of_their_scenes() -> None:
    for scene in SCENES:
        yes, no = presence_of(scene)
        assert yes.answer == "yes"
        assert clear(scene)[0] in yes.question
        assert no.answer == "no"
        assert not any(f" {kind} " in no.question for kind in scene.kinds)
        (number,) = number_of(scene)
        assert int(number.answer) == len(scene.of(clear(scene)[-1]))
        assert number.answer not in number.others
