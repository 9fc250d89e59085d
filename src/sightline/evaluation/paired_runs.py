"""Run folders of two models, paired: each run of the one with the run of the other that asked the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sightline.benchmarks import ALL as BENCHMARKS
from sightline.errors import DataError, RequestError
from sightline.records.run_folder import is_run_folder, read_about

__all__ = ["PairedRuns", "RunPair", "pair_runs"]

_ASKED = ("benchmark", "benchmark_version", "questions", "images", "wording", "asking")
"""The parts of ``run.json`` that say what was asked, and how."""
_SHOWN = {"questions": "sha256", "images": "sha256", "wording": "name"}
"""What of a part is named where two differ."""
_HOW = ("engine", "dtype", "attention")


class _Run(NamedTuple):
    path: Path
    about: dict[str, Any]

    @property
    def benchmark(self) -> str:
        return str(self.about["benchmark"])

    @property
    def asked(self) -> str:
        """All that makes it ask what it asks."""
        return json.dumps([self.about.get(part) for part in _ASKED], sort_keys=True)


class RunPair(NamedTuple):
    """Two runs that asked the same.

    Args:
        benchmark: its name.
        before: the folder of the first.
        after: the folder of the second.
        labels: the label sets to score under, as `evaluate` takes them.
        label_hashes: name of a label set → hashes of its files when the runs were made; empty where others are meant.
    """

    benchmark: str
    before: Path
    after: Path
    labels: tuple[str, ...]
    label_hashes: Mapping[str, tuple[str, ...]]


class PairedRuns(NamedTuple):
    """The runs of two models.

    Args:
        before: what the first model is, as its runs say.
        after: what the second is.
        pairs: of runs that asked the same.
        notes: what to know of the two, in sentences.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    pairs: tuple[RunPair, ...]
    notes: tuple[str, ...]


def pair_runs(
    before: Iterable[str | Path], after: Iterable[str | Path], labels: Sequence[str] = (), only: str | None = None
) -> PairedRuns:
    """Pair the runs of a model with those of another that asked the same.

    Args:
        before: run folders of one model, or folders that hold them.
        after: those of the other.
        labels: label sets to score under instead of those that the runs name, each as ``BENCHMARK:LABELS``; without the
            benchmark where there is only one.
        only: pair only runs of this benchmark.

    Raises:
        RequestError: there are no runs, a side holds several models or asks the same twice, both are the same model, or
            two runs of a benchmark asked or are scored otherwise.
        DataError: a folder is not there, or a run is broken.
    """
    sides = [[run for run in _runs(side) if only in (None, run.benchmark)] for side in (before, after)]
    for name, runs in zip(("before", "after"), sides, strict=True):
        _refuse_several(name, runs, only)
    first, second = ({run.asked: run for run in runs} for runs in sides)
    models = sides[0][0].about["model"], sides[1][0].about["model"]
    if models[0]["hash"] == models[1]["hash"]:
        raise RequestError(f"Both sides are runs of the same model, {models[0]['name']}; there is nothing to compare.")
    alone = _alone(first, second), _alone(second, first)
    _refuse_asked_otherwise(*alone)
    shared = [(run, second[asked]) for asked, run in first.items() if asked in second]
    if not shared:
        raise RequestError(
            f"No benchmark was asked both before ({_listed(sides[0])}) and after ({_listed(sides[1])}), so nothing can "
            "be compared."
        )
    named = _labels_by_benchmark(labels, {run.benchmark for run, _ in shared})
    pairs = tuple(_pair(*runs, named.get(runs[0].benchmark)) for runs in shared)
    return PairedRuns(*models, pairs, (*_left_out(*alone), *_unlike(*models)))


def _runs(paths: Iterable[str | Path]) -> list[_Run]:
    found: dict[Path, _Run] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            raise DataError("there is no such folder", file=path)
        folders = [path] if is_run_folder(path) else sorted(file.parent for file in path.rglob("run.json"))
        if not folders:
            raise DataError("the folder holds no runs", file=path, hint="sightline measure writes them.")
        found |= {folder.resolve(): _Run(folder, read_about(folder)) for folder in folders}
    return list(found.values())


def _refuse_several(side: str, runs: Sequence[_Run], only: str | None) -> None:
    """Refuse a side without runs, with several models, with several samples, or that asked the same twice."""
    if not runs:
        raise RequestError(f"There are no runs{f' of {only}' if only else ''} named as --{side}.")
    models = {run.about["model"]["hash"]: run for run in reversed(runs)}
    if len(models) > 1:
        told = " and ".join(f"{run.about['model']['name']} ({run.path})" for run in reversed(models.values()))
        raise RequestError(f"--{side} holds runs of several models: {told}. Name runs of one.")
    if sampled := next((run for run in runs if run.about["asking"]["samples"] > 1), None):
        raise RequestError(
            f"{sampled.path} has {sampled.about['asking']['samples']} samples of each reply; before and after are "
            f"compared reply by reply. See sightline compare {sampled.benchmark} --replies instead."
        )
    seen: dict[str, _Run] = {}
    for run in runs:
        if (other := seen.setdefault(run.asked, run)) is not run:
            raise RequestError(f"{other.path} and {run.path} ask {side} the same questions; name one of them.")


def _alone(runs: Mapping[str, _Run], others: Mapping[str, _Run]) -> list[_Run]:
    return [run for asked, run in runs.items() if asked not in others]


def _refuse_asked_otherwise(before: Sequence[_Run], after: Sequence[_Run]) -> None:
    """Refuse two runs of a benchmark that asked other questions, or asked them otherwise."""
    for one in before:
        for other in after:
            if one.benchmark == other.benchmark:
                raise RequestError(
                    f"{one.path} and {other.path} are runs of {one.benchmark} that did not ask the same: "
                    f"{'; '.join(_differing(one.about, other.about))}. Measure both in the same way."
                )


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    told = []
    for part in _ASKED:
        here, there = one.get(part), other.get(part)
        if here == there:
            continue
        if part in _SHOWN and isinstance(here, dict) and isinstance(there, dict):
            told.append(f"{part} were {_short(here[_SHOWN[part]])}, are {_short(there[_SHOWN[part]])}")
        elif isinstance(here, dict) and isinstance(there, dict):
            told += [f"{name} was {here[name]}, is {there.get(name)}" for name in here if here[name] != there.get(name)]
        else:
            told.append(f"{part} was {here}, is {there}")
    return told


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) < 40 else f"{text[:12]}…"


def _labels_by_benchmark(labels: Sequence[str], benchmarks: set[str]) -> dict[str, tuple[str, ...]]:
    """The label sets that are asked for, by benchmark."""
    found: dict[str, tuple[str, ...]] = {}
    for given in labels:
        name, colon, rest = given.partition(":")
        if not colon or name not in BENCHMARKS:
            if len(benchmarks) > 1:
                raise RequestError(
                    f"--labels {given} does not say of which benchmark; there are {', '.join(sorted(benchmarks))}. Say "
                    f"BENCHMARK:{given}"
                )
            name, rest = next(iter(benchmarks)), given
        if name not in benchmarks:
            raise RequestError(f"--labels {given}: {name} was not asked both before and after.")
        found[name] = (*found.get(name, ()), rest)
    return found


def _pair(before: _Run, after: _Run, labels: tuple[str, ...] | None) -> RunPair:
    if labels is not None:
        return RunPair(before.benchmark, before.path, after.path, labels, {})
    hashes = [
        {name: tuple(sorted(file["sha256"] for file in files)) for name, files in run.about["label_sets"].items()}
        for run in (before, after)
    ]
    hint = f"Say which are meant: --labels {before.benchmark}:NAME=PATH"
    if hashes[0] != hashes[1]:
        differing = sorted(name for name in hashes[0] | hashes[1] if hashes[0].get(name) != hashes[1].get(name))
        raise RequestError(
            f"{before.path} and {after.path} asked the same, but label sets differ: {', '.join(differing)}. {hint}"
        )
    named = before.about.get("labels")
    if named is None:
        raise RequestError(f"{before.path} does not say where its label sets are. {hint}")
    return RunPair(before.benchmark, before.path, after.path, tuple(named), hashes[0])


def _listed(runs: Sequence[_Run]) -> str:
    return ", ".join(dict.fromkeys(run.benchmark for run in runs))


def _left_out(before: Sequence[_Run], after: Sequence[_Run]) -> list[str]:
    """Say what only one side asked."""
    notes = []
    for side, runs in (("before", before), ("after", after)):
        if runs:
            told = ", ".join(f"{run.benchmark} ({run.path})" for run in runs)
            notes.append(f"Only {side}, and left out: {told}.")
    return notes


def _unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What besides the weights could make two models reply otherwise."""
    notes = []
    if how := [f"{name} was {before[name]}, is {after[name]}" for name in _HOW if before[name] != after[name]]:
        notes.append(f"Not only the model differs: {'; '.join(how)}. That alone changes some replies.")
    base = after.get("details", {}).get("base")
    if base not in (None, before["hash"]):
        name = after["details"].get("base name")
        notes.append(f"{after['name']} was tuned on {name} ({base[:12]}…), which {before['name']} is not.")
    return notes
