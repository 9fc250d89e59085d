"""Published settings, held against what the papers' training files say."""

import subprocess
import sys

import pytest

from sightline.errors import RequestError
from sightline.tuning.adapters import ALL_LINEAR, Adapter
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import RECIPES, Schedule, Selection, recipe

FINER = {
    "finer-qwen2.5-vl-7b": (128, 120_000, 0.002, 512),
    "finer-internvl3.5-8b": (128, 160_000, 0.005, 512),
    "finer-internvl3.5-14b": (64, 160_000, 0.005, 512),
    "finer-llava-1.6-7b": (128, 40_000, 0.005, 4096),
}
SENTINEL = {
    "sentinel-llava-1.5-7b": (2e-6, 8_600),
    "sentinel-llava-1.5-13b": (2e-6, 7_000),
    "sentinel-llava-1.6-7b": (2e-6, 7_000),
    "sentinel-llava-1.6-13b": (3e-6, 7_000),
    "sentinel-qwen2-vl-2b": (2e-6, 12_000),
    "sentinel-qwen2-vl-7b": (2e-6, 7_000),
    "sentinel-qwen2.5-vl-7b": (3e-6, 7_000),
}


@pytest.mark.parametrize(("name", "values"), FINER.items())
def test_finers_settings_are_those_of_its_training_files(name: str, values: tuple[int, int, float, int]) -> None:
    found = recipe(name)
    batch, pairs, held_out, longest = values
    assert found.loss == Loss({"sigmoid": 1.0}, beta=0.1)
    assert found.adapter == Adapter("lora", r=32, alpha=64, targets=("q_proj", "v_proj"))
    assert found.schedule == Schedule(5e-6, batch, epochs=1, warm_up=0.1, scheduler="cosine")
    assert found.selection == Selection(pairs, held_out, longest, 512 * 512)


@pytest.mark.parametrize(("name", "values"), SENTINEL.items())
def test_sentinels_settings_are_those_of_its_scripts(name: str, values: tuple[float, int]) -> None:
    found = recipe(name)
    rate, pairs = values
    assert found.loss == Loss({"sigmoid": 1.0}, beta=0.1)
    assert (found.adapter.r, found.adapter.alpha, found.adapter.targets) == (128, 256, ALL_LINEAR)
    assert found.schedule == Schedule(rate, 64, epochs=1, warm_up=0.0, scheduler="cosine")
    assert found.selection.limit == pairs


def test_every_recipe_says_where_it_comes_from() -> None:
    assert set(FINER) | set(SENTINEL) | {"finer-bundled", "sentinel-bundled", "dpo"} == set(RECIPES)
    assert all(each.source and each.name == name for name, each in RECIPES.items())


def test_an_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"No recipe is called 'finer-qwen'\. Did you mean 'finer-qwen2\.5-vl-7b'"):
        recipe("finer-qwen")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Schedule(0.0, 64), "The learning rate is 0.0"),
        (lambda: Schedule(1e-5, 0), "batch is 0; expected 1 or more"),
        (lambda: Schedule(1e-5, 64, warm_up=1.0), "warm-up is 1.0"),
        (lambda: Selection(limit=0), "limit is 0; expected 1 or more"),
        (lambda: Selection(held_out_share=1.0), "The held-out share is 1.0"),
        (lambda: Adapter(r=0), "The rank is 0"),
        (lambda: Adapter(dropout=1.0), "Dropout is 1.0"),
        (lambda: Adapter(targets=()), "No layers are named"),
        (lambda: Adapter("lorra"), "The method is 'lorra'"),
    ],
)
def test_impossible_values_are_refused(made, message) -> None:
    with pytest.raises(RequestError, match=message):
        made()


def test_listing_recipes_loads_nothing_heavy() -> None:
    code = (
        "import sys; from sightline.tuning.recipes import RECIPES; "
        "print({name.split('.')[0] for name in sys.modules} & {'torch', 'transformers', 'peft', 'numpy'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
