"""``sightline merge``, and an adapter where a model is named, as users type them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from cyclopts import App
from safetensors.torch import save_file

from sightline.cli import app, main
from sightline.cli import merge as verb
from sightline.cli.measure import slug
from sightline.cli.models import Who
from sightline.errors import RequestError, SightlineError
from sightline.models.adapter import CONFIG, WEIGHTS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def adapter(path: Path, scale: float = 1.0, base: str = "bundled", **settings: object) -> Path:
    """An adapter of one layer of the bundled model, of rank 1."""
    path.mkdir()
    draw = np.random.default_rng(0).normal
    stem = "base_model.model.model.language_model.layers.0.self_attn.q_proj"
    shapes = {"lora_A": (1, 320), "lora_B": (320, 1)}
    factors = {
        f"{stem}.{name}.weight": torch.from_numpy(scale * draw(size=shape)).float() for name, shape in shapes.items()
    }
    save_file(factors, path / WEIGHTS)
    config = {"peft_type": "LORA", "base_model_name_or_path": base, "r": 1, "lora_alpha": 1} | settings
    (path / CONFIG).write_text(json.dumps(config))
    return path


def run(*words: str) -> int:
    if "merge" in app:
        return main(["merge", *words])
    alone = App(name="sightline")
    verb.register(alone)
    try:
        alone(["merge", *words], exit_on_error=False, result_action="return_value")
    except SightlineError as error:
        print(f"sightline: {error}", file=sys.stderr)
        return 2
    return 0


def test_a_merge_says_what_it_wrote_and_what_to_do_next(tmp_path, capsys) -> None:
    adapter(tmp_path / "tuned")
    assert run("tuned", "--out", "merged") == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["written"].startswith("merged (28.1 MB, 1 of 203 tensors changed)")
    assert lines["base"].startswith("bundled, ")
    assert lines["adapter"].endswith(": rank 1, q_proj (1)")
    assert lines["rounding"].startswith("float16 moves the weights by 0.")
    assert lines["next"] == "sightline measure pope --model merged --images FOLDER"
    assert (tmp_path / "merged" / "config.json").is_file()


def test_rounding_that_matters_is_remarked_on(tmp_path, capsys) -> None:
    adapter(tmp_path / "tuned", scale=0.003)
    assert run("tuned", "--out", "merged") == 0
    assert "Measure this folder, and not only the adapter" in capsys.readouterr().out


def test_an_adapter_that_is_zero_is_remarked_on(tmp_path, capsys) -> None:
    adapter(tmp_path / "tuned", scale=0.0)
    assert run("tuned", "--out", "merged") == 0
    assert "nothing is changed: the adapter is zero" in capsys.readouterr().out


def test_what_cannot_be_merged_exits_with_2_and_the_reason(tmp_path, capsys) -> None:
    adapter(tmp_path / "tuned", use_dora=True)
    assert run("tuned", "--out", "merged") == 2
    assert "scales the weights besides (DoRA)" in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()


def test_an_adapter_is_a_model_wherever_one_is_named(tmp_path) -> None:
    adapter(tmp_path / "tuned")
    itself = Who("tuned", device="cpu").load().identity
    on_top = Who("bundled", adapter="tuned", device="cpu").load().identity
    assert (itself.name, itself.hash) == ("tuned", on_top.hash)
    assert [slug(who.name) for who in (Who("tuned"), Who("bundled", adapter="somewhere/tuned/"))] == ["tuned"] * 2


def test_heads_of_a_tuned_model_can_be_knocked_out_and_its_base_named_anew(tmp_path) -> None:
    adapter(tmp_path / "tuned", base="gone/away")
    knocked = Who("bundled", adapter="tuned", knockout="L0H3", device="cpu").load().identity
    assert knocked.name == "tuned without L0H3"


def test_a_scripted_model_has_nothing_to_adapt() -> None:
    with pytest.raises(RequestError, match=r"A scripted model has no weights; leave --adapter and --knockout out"):
        Who("scripted:Yes", adapter="tuned").load()


def test_a_knockout_is_exported_from_a_merged_model(tmp_path, capsys) -> None:
    adapter(tmp_path / "tuned")
    for named in (["tuned"], ["bundled", "--adapter", "tuned"]):
        words = ["explain", "export", "--model", *named, "--knockout", "L0H3", "--device", "cpu", "--out", "out"]
        assert main(words) == 2
        assert "sightline merge tuned --out FOLDER" in capsys.readouterr().err
