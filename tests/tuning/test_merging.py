"""Adapters merged into plain weights: transformers loads the base with its adapter, and nothing else has changed."""

import copy
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_adapters import Made, adapter_of, edit, log_probs, make
from tiny_families import tiny
from transformers import AutoModelForImageTextToText, AutoProcessor

from sightline.errors import DataError, RequestError
from sightline.models.adapter import CONFIG, WEIGHTS, read_adapter
from sightline.models.checkpoint import INDEX, SINGLE, open_checkpoint
from sightline.models.loading import load
from sightline.tuning.merging import merge

torch.set_num_threads(1)

SOME = r".*language_model.*\.(q_proj|up_proj)"
NEAR = {"rtol": 0, "atol": 1e-4}
Q_PROJ = "language_model.model.layers.1.self_attn.q_proj"


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> Any:
    """The folder of a tiny model, written once."""
    folders: dict[tuple[str, str], Path] = {}

    def of(model_type: str, shards: str = "5GB") -> Path:
        key = model_type, shards
        if key not in folders:
            folders[key] = tmp_path_factory.mktemp("bases") / model_type
            tiny(model_type).model.save_pretrained(folders[key], max_shard_size=shards)
        return folders[key]

    return of


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Made:
    """An adapter of a part of the tiny LLaVA."""
    return adapter_of("llava", tmp_path_factory.mktemp("adapters") / "tuned", target_modules=SOME)


def loaded(folder: Path) -> Any:
    model, info = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values())  # nothing missing, unexpected, of another shape or in error
    return model.eval()


@pytest.mark.parametrize(
    "model_type", ["llava", "llava_next", "llava_onevision", "qwen2_vl", "qwen2_5_vl", "internvl", "gemma3"]
)
def test_what_transformers_loads_is_the_base_with_its_adapter(model_type, bases, tmp_path) -> None:
    made = adapter_of(model_type, tmp_path / "adapter")
    done = merge(made.folder, tmp_path / "out", base=bases(model_type, "60KB"))
    torch.testing.assert_close(log_probs(made.of, loaded(tmp_path / "out")), made.expected, **NEAR)
    assert len(done.tensors) == len(read_adapter(made.folder).modules)
    assert done.rounding.lost == 0


def test_only_what_is_adapted_is_other_than_it_was(small, bases, tmp_path) -> None:
    source, out = bases("llava", "60KB"), tmp_path / "out"
    done = merge(small.folder, out, base=source)
    files = open_checkpoint(out).files
    assert files == open_checkpoint(source).files
    for file in set(files.values()):
        before, after = (load_file(folder / file) for folder in (source, out))
        assert {name for name in before if not torch.equal(before[name], after[name])} == {*done.tensors} & {*before}
        if not {*done.tensors} & {*before}:
            assert (source / file).read_bytes() == (out / file).read_bytes()
    assert (source / INDEX).read_bytes() == (out / INDEX).read_bytes()
    assert (source / "config.json").read_bytes() == (out / "config.json").read_bytes()


def test_a_tensor_is_its_base_and_the_scaled_product(small, bases, tmp_path) -> None:
    merge(small.folder, tmp_path / "out", base=bases("llava"))
    before, after = (load_file(folder / SINGLE)[f"{Q_PROJ}.weight"] for folder in (bases("llava"), tmp_path / "out"))
    stem = "base_model.model.model.language_model.layers.1.self_attn.q_proj"
    weights = load_file(small.folder / WEIGHTS)
    product = weights[f"{stem}.lora_B.weight"] @ weights[f"{stem}.lora_A.weight"]
    torch.testing.assert_close(after, before + 8 / 4 * product)  # alpha by rank


def test_the_dtype_is_kept_and_what_it_takes_away_is_said(small, bases, tmp_path) -> None:
    source = shutil.copytree(bases("llava"), tmp_path / "half")
    halves = {name: value.bfloat16() for name, value in load_file(source / SINGLE).items()}
    save_file(halves, source / SINGLE, {"format": "pt"})
    done = merge(small.folder, tmp_path / "out", base=source)
    assert {value.dtype for value in load_file(tmp_path / "out" / SINGLE).values()} == {torch.bfloat16}
    assert done.dtypes == ("bfloat16",)
    assert 0 < done.rounding.share < 0.1
    assert json.loads((tmp_path / "out" / "merged.json").read_bytes())["rounding"] == done.rounding.share


def test_the_bundled_model_with_an_adapter_is_loaded_whole_and_says_what_the_adapter_says(tmp_path) -> None:
    whole = load("bundled", device="cpu")
    make(whole.model, tmp_path / "tuned", target_modules=SOME)
    edit(tmp_path / "tuned" / CONFIG, base_model_name_or_path="bundled")
    done = merge(tmp_path / "tuned", tmp_path / "out")
    assert AutoProcessor.from_pretrained(tmp_path / "out").tokenizer.get_vocab()
    ids = torch.tensor([[*[1] * 64, 20, 30, 40]])
    pixels = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels}
    tuned, merged = (load(str(tmp_path / name), device="cpu") for name in ("tuned", "out"))
    with torch.inference_mode():
        plain, expected, found = (of.model(**inputs).logits.log_softmax(-1) for of in (whole, tuned, merged))
    assert (plain - expected).abs().max() > 0.1
    assert (found - expected).abs().max() < 0.01  # its weights are float16
    assert len({model.identity.hash for model in (whole, tuned, merged)}) == 3
    assert merged.identity.hash == open_checkpoint(tmp_path / "out").sha256
    assert done.left_out == ("checksums.json", "figures.json")


def test_a_folder_says_what_it_was_made_of(small, bases, tmp_path) -> None:
    source = shutil.copytree(bases("llava"), tmp_path / "original")
    (source / "README.md").write_text("---\nlicense: mit\n---\n\n# The original\n")
    merge(small.folder, tmp_path / "out", base=source)
    record = json.loads((tmp_path / "out" / "merged.json").read_bytes())
    assert record.pop("sightline")
    assert record == {
        "format": "sightline-merged",
        "version": 1,
        "base": {"name": "original", "sha256": open_checkpoint(source).sha256},
        "adapter": {
            "name": "tuned",
            "sha256": read_adapter(small.folder).sha256,
            "rank": "4",
            "targets": "q_proj (3), up_proj (3)",
        },
        "rounding": 0.0,
    }
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith("---\nlicense: mit\n---\n\n# tuned\n\nThis is original with the LoRA adapter tuned (rank 4")
    assert card.endswith("# The original\n")


def test_a_merge_that_is_killed_leaves_nothing_that_looks_whole(small, bases, tmp_path) -> None:
    script = Path(__file__).with_name("merge_until_killed.py")
    words = [sys.executable, str(script), str(small.folder), str(bases("llava", "60KB")), str(tmp_path / "out")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.rglob("*.safetensors"))
    assert not [*tmp_path.rglob("config.json"), *tmp_path.rglob("*.index.json")]
    merge(small.folder, tmp_path / "out", base=bases("llava", "60KB"))
    assert loaded(tmp_path / "out")


def test_a_merge_that_fails_leaves_nothing(small, bases, tmp_path) -> None:
    source = shutil.copytree(bases("llava", "60KB"), tmp_path / "base")
    last = max(open_checkpoint(source).files.values())
    whole = (source / last).read_bytes()
    checkpoint = open_checkpoint(source)
    adapter = shutil.copytree(small.folder, tmp_path / "adapter")

    def breaks(done: int, total: int) -> None:
        for file in checkpoint.files.values():
            (source / file).write_bytes(whole[:100])

    with pytest.raises(DataError, match=r"the weights cannot be read"):
        merge(adapter, tmp_path / "out", base=source, progress=breaks)
    assert {path.name for path in tmp_path.iterdir()} == {"base", "adapter"}


def test_a_base_of_other_content_is_refused_unless_it_is_meant(small, bases, tmp_path) -> None:
    adapter = shutil.copytree(small.folder, tmp_path / "adapter")
    edit(adapter / "tune.json", base_hash="12" * 32)
    with pytest.raises(RequestError, match=r"made on another model than llava: the hash of its base is 121212121212…"):
        merge(adapter, tmp_path / "out", base=bases("llava"))
    merge(adapter, tmp_path / "out", base=bases("llava"), any_base=True)
    edit(adapter / "tune.json", base_hash=open_checkpoint(bases("llava")).sha256)
    merge(adapter, tmp_path / "again", base=bases("llava"))


def test_a_base_that_cannot_be_found_is_asked_for(small, tmp_path) -> None:
    adapter = shutil.copytree(small.folder, tmp_path / "adapter")
    edit(adapter / CONFIG, base_model_name_or_path=str(tmp_path / "gone" / "far"))
    with pytest.raises(RequestError, match=r"It is the base of the adapter adapter; if it has moved, .* --base BASE"):
        merge(adapter, tmp_path / "out")
    edit(adapter / CONFIG, base_model_name_or_path="")
    with pytest.raises(RequestError, match=r"does not say what it was made on. Name its base: --base BASE"):
        merge(adapter, tmp_path / "out")


def test_a_base_of_another_layout_is_refused_before_anything_is_written(small, bases, tmp_path) -> None:
    with pytest.raises(RequestError, match=r"its change of .*q_proj is 64 × 64, and the weight is 48 × 64 here"):
        merge(small.folder, tmp_path / "out", base=_other_shape(bases("llava"), tmp_path / "base"))
    fewer = {name: value for name, value in load_file(bases("llava") / SINGLE).items() if ".layers.2." not in name}
    (tmp_path / "fewer").mkdir()
    shutil.copyfile(bases("llava") / "config.json", tmp_path / "fewer" / "config.json")
    save_file(fewer, tmp_path / "fewer" / SINGLE)
    with pytest.raises(RequestError, match=r"it adapts .*layers.2.* and 1 others, .* no weight in the files of fewer"):
        merge(small.folder, tmp_path / "out", base=tmp_path / "fewer")
    assert {path.name for path in tmp_path.iterdir()} == {"base", "fewer"}


def _other_shape(source: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copyfile(source / "config.json", folder / "config.json")
    weights = load_file(source / SINGLE)
    save_file(weights | {f"{Q_PROJ}.weight": torch.zeros(48, 64)}, folder / SINGLE)
    return folder


def test_output_and_embeddings_that_are_the_same_weights_are_not_adapted(bases, tmp_path) -> None:
    make(tiny("qwen2_vl").model, tmp_path / "adapter", target_modules=["lm_head"])
    weights = load_file(tmp_path / "adapter" / WEIGHTS)
    save_file({name: weights[name] for name in weights if "lora_" in name}, tmp_path / "adapter" / WEIGHTS)
    source = shutil.copytree(bases("qwen2_vl"), tmp_path / "base")
    merge(tmp_path / "adapter", tmp_path / "out", base=source)
    edit(source / "config.json", tie_word_embeddings=True)
    with pytest.raises(RequestError, match=r"output and embeddings of base are the same weights"):
        merge(tmp_path / "adapter", tmp_path / "again", base=source)


def test_a_base_of_no_known_family_can_be_merged_into(small, bases, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sightline.models.checkpoint.family_of", lambda model_type: None)
    merge(small.folder, tmp_path / "out", base=bases("llava"))
    torch.testing.assert_close(log_probs(small.of, loaded(tmp_path / "out")), small.expected, **NEAR)


def test_an_adapter_that_is_zero_changes_nothing(small, bases, tmp_path) -> None:
    adapter = shutil.copytree(small.folder, tmp_path / "adapter")
    weights = {name: value * ("lora_A" in name) for name, value in load_file(adapter / WEIGHTS).items()}
    save_file(copy.deepcopy(weights), adapter / WEIGHTS)
    assert merge(adapter, tmp_path / "out", base=bases("llava")).rounding.changed == 0
