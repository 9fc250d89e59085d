"""Examples about rendered scenes ask what is true of them, in the formats that the benchmarks read."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from sightline.benchmarks import benchmark
from sightline.benchmarks.hallusionbench_scores import Asked
from sightline.benchmarks.lettered import Lettered
from sightline.benchmarks.naturalbench import Answered
from sightline.core import Labelled
from sightline.scenes.rendered import RenderedScene, compose
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.relations import relate

NAMES = ("hallusionbench", "crpe", "naturalbench", "mmvp", "vstar")


@pytest.fixture(scope="module")
def scenes() -> list[RenderedScene]:
    return [compose(seed=0, index=index) for index in range(24)]


def files(name: str, scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    found: Mapping[str, bytes] = import_module(f"sightline.examples.{name}_example").files(scenes)
    return found


def read(name: str, scenes: Sequence[RenderedScene], folder: Path) -> Labelled:
    for file, data in files(name, scenes).items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(data)
    return benchmark(name).read_labels(folder, "example")


@pytest.mark.parametrize("name", NAMES)
def test_a_few_dozen_questions_about_these_scenes_are_read(
    name: str, scenes: list[RenderedScene], tmp_path: Path
) -> None:
    questions = read(name, scenes, tmp_path).questions
    assert 24 <= len(questions) <= 120
    pictures = {image_name(scene.index) for scene in scenes}
    assert {image.name for question in questions for image in question.images} <= pictures
    assert files(name, scenes) == files(name, scenes)


@pytest.mark.parametrize("name", NAMES)
def test_a_scene_alone_or_two_make_no_broken_file(name: str, scenes: list[RenderedScene], tmp_path: Path) -> None:
    for number in (1, 2, 3):
        made = files(name, scenes[:number])
        assert all(isinstance(data, bytes) for data in made.values())


def test_hallusionbenchs_truths_are_the_scenes(scenes: list[RenderedScene], tmp_path: Path) -> None:
    by_image = {image_name(scene.index): scene for scene in scenes}
    labelled = read("hallusionbench", scenes, tmp_path)
    assert any(not question.images for question in labelled.questions)
    for question in labelled.questions:
        asked = labelled.labels.references[question.id]
        assert isinstance(asked, Asked)
        if question.split == "VD/figure":
            kind = question.text.removesuffix(" in the image?").split()[-1]
            assert (kind in by_image[question.images[0].name].kinds) is asked.yes


def test_crpes_right_options_hold_and_stand_at_every_place(scenes: list[RenderedScene], tmp_path: Path) -> None:
    by_image = {image_name(scene.index): scene for scene in scenes}
    labelled = read("crpe", scenes, tmp_path)
    places = []
    for question in labelled.questions:
        held = labelled.labels.references[question.id]
        assert isinstance(held, Lettered)
        places.append(held.right)
        if question.split == "predicate":
            subject, object_ = question.text.split("\n")[0].removeprefix("Where is the ").split(", seen from the ")
            scene = by_image[question.images[0].name]
            assert held.options[held.right] in relate(scene, subject, object_.removesuffix("?"))
    assert [places.count(place) for place in range(4)] == [len(places) // 4] * 4


def test_naturalbenchs_answers_follow_its_fixed_order(scenes: list[RenderedScene], tmp_path: Path) -> None:
    labelled = read("naturalbench", scenes, tmp_path)
    held = [labelled.labels.references[question.id] for question in labelled.questions]
    assert {each.type for each in held if isinstance(each, Answered)} == {"yes_no", "multiple_choice"}
    assert all(isinstance(each, Answered) and each.right == each.fixed for each in held)
