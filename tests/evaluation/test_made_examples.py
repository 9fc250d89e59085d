"""Every benchmark of which there is an example is gone through: written, read, asked of the bundled model, scored."""

import shlex
from pathlib import Path

import pytest

from sightline.benchmarks import ALL
from sightline.cli.measure.asked import How
from sightline.errors import RequestError
from sightline.evaluation.measure import measure
from sightline.evaluation.several import headlines
from sightline.evaluation.task import task
from sightline.examples.making import examples, make_example
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel

BUILT = {"pope", "chair", "counting", "colour", "finer", "finer_levels"}
"""Benchmarks that ``sightline build`` or ``sightline scenes render`` write."""

SCENES = 5


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return load("bundled")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))


def test_every_benchmark_has_an_example_or_is_built_from_annotations() -> None:
    assert {*examples(), *BUILT} == set(ALL)


@pytest.mark.parametrize("name", examples())
def test_an_example_is_measured_as_its_own_command_says(name: str, tmp_path: Path, model: TransformersModel) -> None:
    made = make_example(name, tmp_path / "example", scenes=SCENES)
    assert made.asked > 0
    words = shlex.split(made.command)
    assert words[:5] == ["sightline", "measure", name, "--model", "bundled"]
    choices = words[words.index("--choices") + 1] if "--choices" in words else None
    asked = task(name, made.images, [f"own={made.questions}"], asking=How(choices=choices).asking(name))
    measured = measure(asked, model, tmp_path / "run", batch_images=SCENES)
    assert measured.asked == len(asked.plan.asks)
    lines = headlines(asked, tmp_path / "run", draws=100)
    assert lines
    judged = ALL[name].scoring is not None and ALL[name].scoring.judge is not None
    assert judged or any(line.value is not None for line in lines)


def test_the_same_example_twice_is_the_same_bytes(tmp_path: Path) -> None:
    for place in ("one", "other"):
        make_example("mmvp", tmp_path / place, scenes=2, seed=3)
    assert (tmp_path / "one/questions/Questions.csv").read_bytes() == (
        tmp_path / "other/questions/Questions.csv"
    ).read_bytes()


def test_a_benchmark_that_is_built_says_how(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="pope is built from annotations: sightline build pope --from"):
        make_example("pope", tmp_path)
