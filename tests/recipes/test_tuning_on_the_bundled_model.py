"""The recipes that tune the bundled model go from scenes to a table; what is measured is cut down to what is quick."""

from dataclasses import replace
from pathlib import Path

import before_after
import finer_tuning
import pytest
import sentinel_tuning
from before_after import BASE, Method, Suite, change, report, shown, table

SEED = 0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only POPE is asked, and each model is tuned for one step."""
    whole, tuned = before_after.suite, before_after.tuned

    def pope_alone(folder: Path, scenes: int) -> Suite:
        found = whole(folder, scenes)
        return replace(found, labels={"pope": found.labels["pope"]})

    def one_step(method: Method, seed: int, out: Path) -> Path:
        schedule = replace(method.recipe.schedule, batch_pairs=4, steps=1)
        return tuned(method._replace(recipe=replace(method.recipe, schedule=schedule)), seed, out)

    monkeypatch.setattr(before_after, "suite", pope_alone)
    monkeypatch.setattr(before_after, "tuned", one_step)


@pytest.mark.usefixtures("quick")
def test_finer_tuning_goes_from_scenes_to_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    method = finer_tuning.methods(tmp_path, train=6, per_image=1)[0]
    report(tmp_path, [method], [SEED], scenes=12)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert lines[0] == "| | before | dpo |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| POPE, adversarial: F1",
        "| POPE, adversarial: recall (yes to what is there)",
        "| POPE, adversarial: TNR (no to what is not there)",
    ]
    assert (tmp_path / "models" / f"dpo-{SEED}" / "adapter_model.safetensors").exists()


def test_methods_are_those_of_the_papers_and_what_they_are_compared_with(tmp_path: Path) -> None:
    finer = {method.name: method.recipe.loss.weights for method in finer_tuning.methods(tmp_path, 6, 1)}
    sentinel = {method.name: method.recipe.loss.weights for method in sentinel_tuning.methods(tmp_path, 6)}
    assert finer == {"dpo": {"sigmoid": 1.0}, "sft": {"sft": 1.0}, "negatives": {"sigmoid": 1.0}}
    assert sentinel == {"dpo": {"sigmoid": 1.0}, "dpo_sft": {"sigmoid": 1.0, "sft": 0.5}, "sft": {"sft": 1.0}}


def test_sentinels_pairs_are_made_once_for_all_methods_of_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(sentinel_tuning, "pairs_of", lambda *words: asked.append(words) or (tmp_path, tmp_path))
    for method in sentinel_tuning.methods(tmp_path, 6):
        method.pairs(1)
        method.pairs(2)
    assert asked == [(tmp_path, 6, 1), (tmp_path, 6, 2)]


def test_a_table_gives_the_mean_over_seeds_and_each_seeds_difference() -> None:
    measure = next(each for each in before_after.MEASURES if each.metric == "tnr")
    rows = [
        {"measure": measure.of, "model": f"dpo-{seed}", "before": 0.7, "after": after, **difference}
        for seed, after, difference in (
            (0, 0.8, {"change": 0.1, "low": 0.05, "high": 0.15}),
            (1, 0.9, {"change": 0.2, "low": -0.0001, "high": 0.25}),
        )
    ]
    assert table(rows, ["dpo"], [0, 1]).splitlines()[-1] == (
        f"| {measure.of} | 70.0 | **85.0** (+10.0 [+5.0, +15.0]; +20.0 [+0.0, +25.0]) |"
    )
    words = measure._replace(metric="words")
    assert shown(31.24, words) == "31.2"
    assert change({"change": -2.7, "low": -4.1, "high": -1.4}, words) == "-2.7 [-4.1, -1.4]"
    assert BASE == "before"
