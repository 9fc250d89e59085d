"""Knockouts written into weights and adapters: what transformers and PEFT load is the model with its heads hooked."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

sys.path.append(str(Path(__file__).parents[1] / "models"))

from tiny_families import Tiny, tiny

from sightline.errors import DataError, MissingError, RequestError
from sightline.mechanisms.export import export_weights, missing_room
from sightline.mechanisms.export_lora import export_lora
from sightline.models.bundled_model import bundled_folder
from sightline.models.checkpoint import open_checkpoint
from sightline.models.families import family_of
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, head_layout, parse_heads
from sightline.models.knockout import Hooks, Knockout, Seen
from sightline.models.loading import load
from sightline.models.prompts import Prepared
from sightline.models.roles import Role

torch.set_num_threads(1)

LLAMAS = ("llava", "janus")
QWENS = ("llava_onevision", "qwen2_vl", "qwen2_5_vl", "internvl")
HEADS = parse_heads(["L0H3", "L1H0", "L1H2"])
QUESTIONS = ((40, 41, 42, 43),)
EXACT = {"rtol": 0, "atol": 0}
ROUNDED = {"rtol": 0, "atol": 1e-5}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The folder of a tiny model, written once."""
    folders: dict[tuple[str, str], Path] = {}

    def of(model_type: str, shards: str = "5GB") -> Path:
        key = model_type, shards
        if key not in folders:
            folders[key] = tmp_path_factory.mktemp("models") / model_type
            tiny(model_type).model.save_pretrained(folders[key], max_shard_size=shards)
        return folders[key]

    return of


def means(layers: int = 3, heads: int = 4, head_dim: int = 16) -> HeadOutputs:
    sums = np.random.default_rng(0).normal(size=(len(Role), layers, heads, head_dim))
    counts = np.ones(len(Role), dtype=np.int64)
    return HeadOutputs(sums, counts, np.zeros((1, layers, heads, head_dim), np.float32), np.zeros(1, np.int8))


def knockout(kind: str = "zero", strength: float = 1.0, heads: Sequence[Head] = HEADS, **more: Any) -> Knockout:
    return Knockout(tuple(heads), kind, strength=strength, outputs=means() if kind == "mean" else None, **more)


def loaded(folder: Path) -> Any:
    model, info = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values())  # nothing missing, unexpected, of another shape or in error
    return model.eval()


def logits(of: Tiny, model: Any) -> torch.Tensor:
    """Log-probabilities of every token after one image and question."""
    group: Prepared = of.group(0, QUESTIONS)
    return replace(of, model=model).alone(group, 0)


def hooked(of: Tiny, model: Any, how: Knockout) -> torch.Tensor:
    group = of.group(0, QUESTIONS)
    n = len(group.prefix) + len(QUESTIONS[0])
    seen = Seen(np.full((1, n), Role.PROMPT, np.int8), np.arange(n)[None])
    with Hooks(head_layout(model, family_of(of.model_type)), how).reading(seen):
        return logits(of, model)


def check(of: Tiny, out: Path, how: Knockout, near: dict[str, float]) -> None:
    """What was exported is the hooked model, and not the original."""
    expected, plain = hooked(of, of.model, how), logits(of, of.model)
    torch.testing.assert_close(logits(of, loaded(out)), expected, **near)
    assert (expected - plain).abs().max() > 1e-2


@pytest.mark.parametrize("model_type", [*LLAMAS, *QWENS])
def test_a_zeroed_head_in_the_weights_is_the_hooked_head_bit_for_bit(model_type, saved, tmp_path) -> None:
    export_weights(saved(model_type), knockout(), tmp_path / "out")
    check(tiny(model_type), tmp_path / "out", knockout(), EXACT)


@pytest.mark.parametrize("model_type", [*LLAMAS, *QWENS])
def test_half_a_head_is_half_of_it_bit_for_bit(model_type, saved, tmp_path) -> None:
    export_weights(saved(model_type), knockout(strength=0.5), tmp_path / "out")
    check(tiny(model_type), tmp_path / "out", knockout(strength=0.5), EXACT)


@pytest.mark.parametrize("strength", [1.0, 0.7])
@pytest.mark.parametrize("model_type", LLAMAS)
def test_a_mean_as_the_bias_of_o_proj_is_the_hooked_mean(model_type, strength, saved, tmp_path) -> None:
    done = export_weights(saved(model_type), knockout("mean", strength), tmp_path / "out")
    check(tiny(model_type), tmp_path / "out", knockout("mean", strength), ROUNDED)
    assert loaded(tmp_path / "out").config.get_text_config().attention_bias
    assert done.notes[0].startswith("Its configuration sets attention_bias")


@pytest.mark.parametrize("strength", [1.0, 0.7])
@pytest.mark.parametrize("model_type", QWENS)
def test_a_mean_as_the_values_of_unshared_heads_is_the_hooked_mean(model_type, strength, saved, tmp_path) -> None:
    done = export_weights(saved(model_type), knockout("mean", strength), tmp_path / "out", unshare=True)
    check(tiny(model_type), tmp_path / "out", knockout("mean", strength), ROUNDED)
    assert loaded(tmp_path / "out").config.get_text_config().num_key_value_heads == 4
    assert done.notes[0].startswith("Its KV cache takes 2 times the memory of the original's: 4 heads of keys and valu")


def test_only_what_a_knockout_touches_is_other_than_it_was(saved, tmp_path) -> None:
    done = export_weights(saved("llava"), knockout(heads=[Head(1, 2)]), tmp_path / "out")
    name = "language_model.model.layers.1.self_attn.o_proj.weight"
    before, after = (load_file(folder / "model.safetensors") for folder in (saved("llava"), tmp_path / "out"))
    assert done.tensors == (name,)
    assert before.keys() == after.keys()
    assert [key for key in before if not torch.equal(before[key], after[key])] == [name]
    assert torch.equal(before[name][:, :32], after[name][:, :32])
    assert not after[name][:, 32:48].any()
    assert torch.equal(before[name][:, 48:], after[name][:, 48:])
    assert (tmp_path / "out" / "config.json").read_bytes() == (saved("llava") / "config.json").read_bytes()


def test_a_bias_holds_what_the_means_come_to_and_all_others_nothing(saved, tmp_path) -> None:
    export_weights(saved("llava"), knockout("mean", 0.5, [Head(1, 2), Head(1, 3)]), tmp_path / "out")
    before, after = (load_file(folder / "model.safetensors") for folder in (saved("llava"), tmp_path / "out"))
    added = after.keys() - before.keys()
    assert len(added) == 3 * 4  # layers × (q, k, v, o)
    name = "language_model.model.layers.1.self_attn.o_proj"
    mean = torch.from_numpy(means().mean[1, 2:].reshape(32))
    expected = 0.5 * before[f"{name}.weight"][:, 32:64] @ mean
    torch.testing.assert_close(after[f"{name}.bias"], expected, **ROUNDED)
    assert not any(after[key].any() for key in added - {f"{name}.bias"})


def test_a_mean_is_added_to_the_bias_that_is_there(saved, tmp_path) -> None:
    export_weights(saved("llava"), knockout("mean", heads=[Head(0, 1)]), tmp_path / "one")
    done = export_weights(tmp_path / "one", knockout("mean", heads=[Head(0, 2), Head(1, 0)]), tmp_path / "all")
    assert len(done.tensors) == 4  # weight and bias of two layers
    check(
        tiny("llava"),
        tmp_path / "all",
        knockout("mean", heads=parse_heads(["L0H1", "L0H2", "L1H0"])),
        ROUNDED,
    )


def test_a_mean_goes_into_values_that_are_not_shared_without_asking(saved, tmp_path) -> None:
    export_weights(saved("internvl"), knockout("mean", heads=[Head(0, 1)]), tmp_path / "one", unshare=True)
    done = export_weights(tmp_path / "one", knockout("mean", heads=[Head(2, 3)]), tmp_path / "all")
    assert [name.split("layers.")[1] for name in done.tensors] == [
        "2.self_attn.v_proj.bias",
        "2.self_attn.v_proj.weight",
    ]
    both = knockout("mean", heads=[Head(0, 1), Head(2, 3)])
    check(tiny("internvl"), tmp_path / "all", both, ROUNDED)


@pytest.mark.parametrize(
    ("model_type", "kind", "grown"),
    [
        ("llava", "zero", 0),
        ("llava", "mean", 3 * (64 + 32 + 32 + 64)),  # biases of q, k, v, o in three layers
        ("qwen2_vl", "mean", 3 * 2 * 32 * (64 + 1)),  # two more heads of 16 for keys and for values, with biases
    ],
)
def test_shards_are_written_one_by_one_with_a_true_index(model_type, kind, grown, saved, tmp_path) -> None:
    source, out, unshare = saved(model_type, "60KB"), tmp_path / "out", (model_type, kind) == ("qwen2_vl", "mean")
    export_weights(source, knockout(kind), out, unshare=unshare)
    check(tiny(model_type), out, knockout(kind), ROUNDED)
    before, after = (json.loads((folder / "model.safetensors.index.json").read_bytes()) for folder in (source, out))
    files = set(after["weight_map"].values())
    assert len(files) > 3
    held = {name: file for file in files for name in load_file(out / file)}
    assert held == after["weight_map"]
    assert after["metadata"]["total_size"] - before["metadata"]["total_size"] == 4 * grown
    assert after["metadata"]["total_parameters"] - before["metadata"]["total_parameters"] == grown


def test_shards_without_a_touched_head_are_copied_byte_for_byte(saved, tmp_path) -> None:
    source, out = saved("llava", "60KB"), tmp_path / "out"
    (name,) = export_weights(source, knockout(heads=[Head(1, 2)]), out).tensors
    touched = json.loads((source / "model.safetensors.index.json").read_bytes())["weight_map"][name]
    differing = {
        path.name for path in source.glob("*.safetensors") if path.read_bytes() != (out / path.name).read_bytes()
    }
    assert differing == {touched}


def test_the_dtype_of_the_checkpoint_is_kept(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "half")
    halves = {name: value.bfloat16() for name, value in load_file(source / "model.safetensors").items()}
    save_file(halves, source / "model.safetensors", {"format": "pt"})
    for kind in ("zero", "mean"):
        export_weights(source, knockout(kind), tmp_path / kind)
        assert {t.dtype for t in load_file(tmp_path / kind / "model.safetensors").values()} == {torch.bfloat16}


def test_a_configuration_of_the_older_flat_kind_is_changed_where_it_is_read(saved, tmp_path) -> None:
    source = shutil.copytree(saved("qwen2_vl"), tmp_path / "flat")
    record = json.loads((source / "config.json").read_bytes())
    text = {name: value for name, value in record.pop("text_config").items() if name not in record}
    (source / "config.json").write_text(json.dumps(text | record | {"of_its_own": 1}))
    export_weights(source, knockout("mean"), tmp_path / "out", unshare=True)
    check(tiny("qwen2_vl"), tmp_path / "out", knockout("mean"), ROUNDED)
    written = json.loads((tmp_path / "out" / "config.json").read_bytes())
    assert (written["num_key_value_heads"], written["of_its_own"], "text_config" in written) == (4, 1, False)


def test_the_bundled_model_without_heads_is_loaded_whole_and_replies_as_hooked(tmp_path) -> None:
    heads, out = parse_heads(["L2H1", "L5H7"]), tmp_path / "out"
    done = export_weights("bundled", Knockout(heads, "zero"), out)
    assert AutoProcessor.from_pretrained(out).tokenizer.get_vocab()
    source, made = load("bundled", device="cpu"), load(str(out), device="cpu")
    ids = torch.tensor([[*[1] * 64, 20, 30, 40]])
    pixels = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels}
    seen = Seen(np.full((1, 67), Role.PROMPT, np.int8), np.arange(67)[None])
    with torch.inference_mode():
        plain = source.model(**inputs).logits
        with Hooks(head_layout(source.model, source.family), Knockout(heads, "zero")).reading(seen):
            expected = source.model(**inputs).logits
        assert torch.equal(made.model(**inputs).logits, expected)
    assert (plain - expected).abs().max() > 1e-2
    assert made.identity.hash != source.identity.hash
    assert done.bytes == sum(path.stat().st_size for path in out.iterdir())
    assert done.notes[-1] == "Left out: checksums.json, figures.json."


def test_the_bundled_model_with_means_for_heads_unshares_its_keys_and_values(tmp_path) -> None:
    heads, outputs = parse_heads(["L2H1", "L5H7"]), means(8, 10, 32)
    how = Knockout(heads, "mean", outputs=outputs)
    with pytest.raises(RequestError, match=r"qwen2 have no bias that could hold a mean"):
        export_weights("bundled", how, tmp_path / "out")
    export_weights("bundled", how, tmp_path / "out", unshare=True)
    weights = load_file(tmp_path / "out" / "model-00001-of-00002.safetensors")
    weights |= load_file(tmp_path / "out" / "model-00002-of-00002.safetensors")
    stem = "language_model.model.layers.2.self_attn.v_proj"
    assert weights[f"{stem}.weight"].shape == (320, 320)
    assert not weights[f"{stem}.weight"][32:64].any()
    assert torch.equal(weights[f"{stem}.bias"][32:64], torch.from_numpy(outputs.mean[2, 1]).half())
    assert loaded(tmp_path / "out").config.text_config.num_key_value_heads == 10


def test_a_folder_says_what_it_holds_and_what_it_was_made_from(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "original")
    (source / "README.md").write_text("---\nlicense: mit\n---\n\n# The original\n")
    (source / "LICENSE").write_text("MIT")
    (source / "pytorch_model.bin").write_bytes(b"")
    (source / ".cache").mkdir()
    (source / ".cache" / "x.json").write_text("{}")
    done = export_weights(source, knockout(strength=0.5), tmp_path / "out")
    record = json.loads((tmp_path / "out" / "knockout.json").read_bytes())
    assert record.pop("sightline")
    assert record == {
        "format": "sightline-knockout",
        "version": 1,
        "heads": ["L0H3", "L1H0", "L1H2"],
        "kind": "zero",
        "scope": "all",
        "strength": 0.5,
        "sha256": knockout(strength=0.5).sha256,
        "form": "columns of o_proj",
        "source": {"name": "original", "sha256": open_checkpoint(source).sha256},
    }
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith("---\nlicense: mit\n---\n\n# original without L0H3, L1H0, L1H2: zero at 0.5\n")
    assert card.endswith("original's.\n\n# The original\n")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {path.name for path in source.iterdir()} - {"pytorch_model.bin", ".cache"} | {"knockout.json"}
    assert done.notes[-1] == "Left out: pytorch_model.bin."


def test_the_source_is_known_by_the_hash_that_loading_it_finds() -> None:
    assert open_checkpoint("bundled").sha256 == load("bundled", device="cpu").identity.hash


def test_layers_of_vision_towers_are_not_taken_for_those_of_the_language_model(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "two")
    weights = load_file(source / "model.safetensors")
    stem = "layers.0.self_attn.o_proj.weight"
    weights[f"vision_tower.{stem}"] = weights[f"language_model.model.{stem}"].clone()
    save_file(weights, source / "model.safetensors", {"format": "pt"})
    assert open_checkpoint(source).layout.outputs[0] == f"language_model.model.{stem}"


@pytest.mark.parametrize(("other", "found"), [("draft.", r"draft\.layers\.0.*, language_model"), (None, "none")])
def test_an_attention_that_is_not_found_exactly_once_is_refused(other, found, saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "odd")
    weights = load_file(source / "model.safetensors")
    stem = "layers.0.self_attn.o_proj.weight"
    own = weights.pop(f"language_model.model.{stem}")
    if other:
        weights |= {f"language_model.model.{stem}": own, f"{other}{stem}": own.clone()}
    save_file(weights, source / "model.safetensors", {"format": "pt"})
    with pytest.raises(RequestError, match=rf"odd: expected one tensor outside the vision tower .* found {found}"):
        export_weights(source, knockout(), tmp_path / "out")


@pytest.mark.parametrize(
    ("how", "unshare", "message"),
    [
        (knockout(scope="text"), False, r"act on every token: only the scope all can be written, not text"),
        (
            Knockout(HEADS, "prompt-mean"),
            False,
            r"prompt-mean cannot be written .* it depends on the prompt\. The kind",
        ),
        (Knockout(HEADS, "patch"), False, r"patch cannot be written .* another prompt, which says the truth"),
        (Knockout(HEADS, "role-mean", outputs=means()), False, r"role-mean cannot .* depends on what each token is"),
        (Knockout(HEADS, "resample", outputs=means()), False, r"resample cannot .* differs from token to token"),
        (
            knockout("mean"),
            False,
            r"qwen2_vl_text have no bias .* the kind zero, or the mean .* \(unshare\), .* 2-fold",
        ),
        (knockout(), True, r"The kind zero is written into qwen2_vl_text without unsharing"),
        (knockout(heads=[Head(3, 0)]), False, r"L3H0 does not exist: this model has 3 layers"),
        (knockout(heads=[]), False, r"no heads are named"),
        (Knockout(HEADS, "mean", outputs=means(2, 4, 16)), True, r"means are of 2 layers .* another model's"),
    ],
)
def test_what_no_weights_can_do_is_refused_before_anything_is_written(how, unshare, message, saved, tmp_path) -> None:
    with pytest.raises(RequestError, match=message):
        export_weights(saved("qwen2_vl"), how, tmp_path / "out", unshare=unshare)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("model_type", "kind", "unshare", "room"),
    [
        *[(family, "zero", False, True) for family in (*LLAMAS, *QWENS, "gemma3", "qwen3_vl")],
        *[(family, "mean", False, True) for family in LLAMAS],
        *[(family, "mean", False, False) for family in (*QWENS, "gemma3", "qwen3_vl")],
        *[(family, "mean", True, True) for family in QWENS],
        *[(family, "mean", True, False) for family in (*LLAMAS, "gemma3", "qwen3_vl")],
        ("llava", "resample", False, False),
    ],
)
def test_whether_there_is_room_is_known_from_the_configuration(model_type, kind, unshare, room) -> None:
    assert (missing_room(tiny(model_type).model.config, kind, unshare=unshare) == "") == room


def test_there_is_room_for_a_zero_at_every_token_only() -> None:
    config = tiny("llava").model.config
    assert [missing_room(config, "zero", scope) == "" for scope in ("all", "prompt", "decode")] == [True, False, False]


def test_a_model_without_safetensors_is_refused_with_what_to_do(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "old")
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    with pytest.raises(RequestError, match=r"old are pickled \(pytorch_model\.bin\), not safetensors\. Convert them"):
        export_weights(source, knockout(), tmp_path / "out")
    (source / "pytorch_model.bin").unlink()
    with pytest.raises(
        RequestError, match=r"holds no weights: neither model\.safetensors nor model\.safetensors\.index"
    ):
        export_weights(source, knockout(), tmp_path / "out")


def test_a_quantised_model_is_refused(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava"), tmp_path / "quantised")
    record = json.loads((source / "config.json").read_bytes())
    record["quantization_config"] = {"quant_method": "awq"}
    (source / "config.json").write_text(json.dumps(record))
    with pytest.raises(RequestError, match=r"quantised are quantised and cannot be edited exactly"):
        export_weights(source, knockout(), tmp_path / "out")


def test_a_model_of_an_unknown_family_is_refused(tmp_path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    save_file({"weight": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(RequestError, match=r"the family of bert is not known"):
        export_weights(tmp_path, knockout(), tmp_path / "out")


def test_a_model_that_is_nowhere_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RequestError, match=r"'nobody/nothing' could not be found"):
        export_weights("nobody/nothing", knockout(), tmp_path / "out")


def test_a_model_of_the_hub_is_taken_from_the_cache_of_its_files(saved, tmp_path, monkeypatch) -> None:
    repository, commit = tmp_path / "hub" / "models--some--llava", "0" * 40
    shutil.copytree(saved("llava"), repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    for place in ("huggingface_hub.constants", "transformers.utils.hub.constants"):
        monkeypatch.setattr(f"{place}.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(f"{place}.HF_HUB_OFFLINE", True)
    export_weights("some/llava", knockout(), tmp_path / "out")
    check(tiny("llava"), tmp_path / "out", knockout(), EXACT)
    export_lora("some/llava", knockout(), tmp_path / "lora", revision=commit)
    record = json.loads((tmp_path / "lora" / "adapter_config.json").read_bytes())
    assert (record["base_model_name_or_path"], record["revision"]) == ("some/llava", commit)


def test_a_shard_that_is_missing_or_damaged_is_an_error_that_names_it(saved, tmp_path) -> None:
    source = shutil.copytree(saved("llava", "60KB"), tmp_path / "cut")
    shard = sorted(source.glob("*.safetensors"))[1]
    whole = load_file(shard)
    save_file({"another": torch.zeros(1)}, shard)
    with pytest.raises(DataError, match=rf"{shard.name}: the index says that it holds {min(whole)}, and it does not"):
        export_weights(source, knockout(), tmp_path / "out")
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(DataError, match=rf"{shard.name}: the weights cannot be read .* Download the model anew"):
        export_weights(source, knockout(), tmp_path / "out")
    shard.unlink()
    with pytest.raises(MissingError, match=rf"{shard.name} of the model's weights is not there"):
        export_weights(source, knockout(), tmp_path / "out")


def test_nothing_half_written_stays_behind(saved, tmp_path, monkeypatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(DataError, match=r"out: cannot be written \(.*No space left on device\)"):
        export_weights(saved("llava"), knockout(), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_empty_is_left_alone(saved, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    for write in (export_weights, export_lora):
        with pytest.raises(RequestError, match=r"holds mine\.txt\. Choose a folder that is new or empty"):
            write(saved("llava"), knockout(), tmp_path)
        with pytest.raises(RequestError, match=r"mine\.txt is a file"):
            write(saved("llava"), knockout(), tmp_path / "mine.txt")
        with pytest.raises(RequestError, match=r"lies within the folder of the model"):
            write(saved("llava"), knockout(), saved("llava") / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_taken_and_can_be_read_as_any_other(saved, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "file").touch()
    export_weights(saved("llava"), knockout(), tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "out" / "model.safetensors").stat().st_mode == (tmp_path / "plain" / "file").stat().st_mode


@pytest.mark.parametrize("model_type", [*LLAMAS, *QWENS])
def test_an_adapter_adds_to_each_weight_what_the_zeroed_weight_lacks(model_type, saved, tmp_path) -> None:
    export_weights(saved(model_type), knockout(strength=0.5), tmp_path / "weights")
    done = export_lora(saved(model_type), knockout(strength=0.5), tmp_path / "lora")
    before, after = (load_file(folder / "model.safetensors") for folder in (saved(model_type), tmp_path / "weights"))
    adapter = load_file(tmp_path / "lora" / "adapter_model.safetensors")
    assert done.tensors == tuple(
        f"base_model.model.model.language_model.layers.{layer}.self_attn.o_proj.lora_{part}.weight"
        for layer in (0, 1)
        for part in "AB"
    )
    for layer in (0, 1):
        (name,) = (key for key in before if key.endswith(f"layers.{layer}.self_attn.o_proj.weight"))
        a, b = (adapter[key] for key in done.tensors if f"layers.{layer}." in key)
        assert (a.shape, b.shape) == ((32, 64), (64, 32))  # two heads of 16 in layer 1, one filled up with zeros in 0
        assert torch.equal(before[name] + b @ a, after[name])
        assert not torch.equal(before[name], after[name])


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # what PEFT asks
@pytest.mark.parametrize("model_type", ["llava", "janus", "qwen2_vl", "internvl"])
def test_peft_loads_an_adapter_and_the_model_is_the_hooked_one(model_type, saved, tmp_path) -> None:
    from peft import PeftModel

    export_lora(saved(model_type), knockout(), tmp_path / "lora")
    of = tiny(model_type)
    expected, plain = hooked(of, of.model, knockout()), logits(of, of.model)
    model = PeftModel.from_pretrained(loaded(saved(model_type)), tmp_path / "lora")
    adapted = {name.split(".lora_A")[0] for name, _ in model.named_modules() if name.endswith(".lora_A")}
    assert len(adapted) == 2  # of the touched layers, and of no other and no vision tower
    torch.testing.assert_close(logits(of, model), expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(logits(of, model.merge_and_unload()), expected, rtol=0, atol=1e-5)
    assert (plain - expected).abs().max() > 1e-2


def test_an_adapter_says_what_it_adapts_and_how(saved, tmp_path) -> None:
    done = export_lora(saved("qwen2_vl"), knockout(heads=[Head(1, 0)]), tmp_path / "lora")
    record = json.loads((tmp_path / "lora" / "adapter_config.json").read_bytes())
    assert record["target_modules"] == ["model.language_model.layers.1.self_attn.o_proj"]
    assert (record["peft_type"], record["r"], record["lora_alpha"]) == ("LORA", 16, 16)
    assert record["base_model_name_or_path"] == str(saved("qwen2_vl"))
    assert json.loads((tmp_path / "lora" / "knockout.json").read_bytes())["form"] == "a LoRA adapter of o_proj"
    assert (
        (tmp_path / "lora" / "README.md").read_text().startswith("---\nlibrary_name: peft\n---\n\n# qwen2_vl without")
    )
    assert done.notes[0].startswith("vLLM: --enable-lora --max-lora-rank 16,")


def test_the_bundled_model_is_named_by_its_folder_in_an_adapter_of_its_dtype(tmp_path) -> None:
    export_lora("bundled", knockout(heads=[Head(4, head) for head in range(3)]), tmp_path / "lora")
    record = json.loads((tmp_path / "lora" / "adapter_config.json").read_bytes())
    assert (record["base_model_name_or_path"], record["r"]) == (str(bundled_folder().resolve()), 128)  # 3 heads of 32
    weights = load_file(tmp_path / "lora" / "adapter_model.safetensors").values()
    assert {(weight.dtype, *sorted(weight.shape)) for weight in weights} == {(torch.float16, 128, 320)}


def test_more_heads_of_a_layer_than_an_adapter_can_hold_are_refused_with_the_number(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sightline.mechanisms.export_lora._RANKS", (1, 64))
    with pytest.raises(
        RequestError, match=r"3 heads of layer 4 .* rank 96, and vLLM takes at most 64: 2 heads a layer"
    ):
        export_lora("bundled", knockout(heads=[Head(1, 0), *(Head(4, head) for head in range(3))]), tmp_path / "lora")


@pytest.mark.parametrize("how", [knockout("mean"), knockout(scope="prompt"), Knockout(HEADS, "prompt-mean")])
def test_an_adapter_is_made_of_zeroed_heads_at_every_token_only(how, saved, tmp_path) -> None:
    with pytest.raises(
        RequestError, match=rf"only the kind zero with the scope all .* not {how.kind} with {how.scope}"
    ):
        export_lora(saved("llava"), how, tmp_path / "lora")
    assert not list(tmp_path.iterdir())
