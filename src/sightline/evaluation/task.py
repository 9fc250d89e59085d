"""What is to be measured, before there is a model: read, checked and planned."""

import hashlib
import json
import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sightline.benchmarks import benchmark as find_benchmark
from sightline.core import Asking, Benchmark, LabelSet, ModelIdentity
from sightline.errors import RequestError
from sightline.evaluation.asking import AskingPlan, plan_asking, wording_of
from sightline.evaluation.keys import check_splits, read_answer_keys

__all__ = ["Task", "task"]

_VERSIONS = ("sightline", "numpy", "pyarrow", "pillow", "torch", "transformers")


@dataclass(frozen=True)
class Task:
    """What is to be measured; everything but the model.

    Args:
        benchmark: the benchmark.
        label_sets: the label sets whose questions are asked.
        splits: the splits that are asked.
        asking: how replies are made.
        plan: what is asked.
        command: the command that does it, for whom the run is to be finished by.
        labels: the label sets as they were named.
    """

    benchmark: Benchmark
    label_sets: tuple[LabelSet, ...]
    splits: tuple[str, ...]
    asking: Asking
    plan: AskingPlan
    command: str = ""
    labels: tuple[str, ...] = ()

    def about(self, model: ModelIdentity, hashes: Mapping[str, str]) -> dict[str, Any]:
        """What ``run.json`` says of it.

        Args:
            model: who is asked.
            hashes: sha256 of every image.
        """
        plan = self.plan
        images = hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()
        return {
            "command": self.command,
            "benchmark": self.benchmark.name,
            "benchmark_version": self.benchmark.version,
            "model": {**asdict(model), "details": dict(model.details)},
            "asking": asdict(self.asking),
            "wording": {"name": plan.wording.name, "sha256": plan.wording.sha256},
            "questions": {
                "sha256": plan.questions_sha256,
                "asked": len(plan.questions),
                "distinct": len(plan.asks),
            },
            "images": {"sha256": images, "count": len(plan.images), "missing": len(plan.missing)},
            "missing_images": list(plan.missing),
            "labels": list(self.labels),
            "label_sets": {labels.name: [asdict(source) for source in labels.sources] for labels in self.label_sets},
            "versions": {"python": platform.python_version(), **_versions()},
        }


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # only those that run models have it
    return found


def task(
    benchmark: str,
    images: str | Path,
    labels: Sequence[str] = (),
    *,
    splits: Sequence[str] = (),
    asking: Asking | None = None,
    wording: str | None = None,
    allow_missing: bool = False,
    without_images: Collection[str] = (),
    command: str = "",
) -> Task:
    """Plan a measurement.

    Args:
        benchmark: its name.
        images: the folder of its images.
        labels: label sets as `evaluate` takes them; their questions are asked. The benchmark's own where none is named.
        splits: ask only these.
        asking: how replies are made; where None generated greedily, as long as the benchmark asks for.
        wording: name of the wording; the benchmark's own where None.
        allow_missing: leave out questions whose image is not there; the record counts them.
        without_images: leave out questions about these, which were used to find or to train what is measured.
        command: the command that does it.

    Raises:
        RequestError: a name is unknown, or settings contradict each other.
        MissingError: images are not there.
        DataError: a file is broken.
    """
    found = find_benchmark(benchmark)
    asking = asking or Asking(max_new_tokens=found.reply_tokens)
    _refuse_settings(asking)
    named = tuple(labels) or (found.name,)
    keys = read_answer_keys(found, named)
    check_splits(found, splits, keys.questions)
    questions = tuple(question for question in keys.questions if not splits or question.split in splits)
    if without_images and questions:
        left_out = frozenset(without_images)
        questions = tuple(
            question for question in questions if not question.images or question.images[0].name not in left_out
        )
        if not questions:
            raise RequestError(f"All questions are about the {len(left_out):,} images that are to be left out.")
    if not questions:
        raise RequestError(f"The label sets have no questions in {', '.join(splits)}, so there is nothing to ask.")
    if asking.options and (bare := next((q for q in questions if len(q.choices) < 2), None)) is not None:
        raise RequestError(
            f"Options cannot be chosen among: {bare.id} ({bare.text!r}) of {found.name} offers none. Leave --choices "
            "options out, or name what to choose among: --choices Yes,No."
        )
    plan = plan_asking(questions, images, asking, wording_of(found, wording), allow_missing)
    return Task(found, keys.label_sets, tuple(splits), asking, plan, command, named)


def _refuse_settings(asking: Asking) -> None:
    if len(set(asking.choices)) != len(asking.choices) or len(asking.choices) == 1:
        raise RequestError(f"The choices are {', '.join(asking.choices)}; expected two or more different ones.")
    if asking.max_new_tokens < 1 or asking.samples < 1 or asking.temperature < 0 or not 0 < asking.top_p <= 1:
        raise RequestError(
            f"There are {asking.samples} samples of {asking.max_new_tokens} tokens at temperature "
            f"{asking.temperature:g} and top-p {asking.top_p:g}; expected at least one of each, no temperature below "
            "0, and a top-p above 0 and up to 1."
        )
    if asking.samples > 1 and asking.greedy:
        raise RequestError(
            f"{asking.samples} samples are asked for, but without a temperature all of them would be the same. "
            "Give --temperature, or leave --samples out."
        )
