"""Models loaded from a folder, by content, with errors that say what to do."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from tiny_models import tiny_llava, tiny_qwen2_vl

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.models.fused_norms import fuse_norms
from sightline.models.loading import load, wrap

QUESTIONS = ("Is there a dog in the image?", "Is there a very large cat in the image?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_llava(tmp_path_factory.mktemp("models") / "tiny-llava")


@pytest.fixture
def pictures(tmp_path) -> list[Path]:
    paths = []
    for number, colour in enumerate(("red", "navy", "white")):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (50, 40), colour).save(paths[-1])
    return paths


def test_a_model_of_a_folder_replies_and_says_what_it_is(folder, pictures) -> None:
    model = load(str(folder), device="cpu")
    (replies,) = model.reply([[ImageGroup(path, QUESTIONS) for path in pictures]], Asking(choices=("Yes", "No")))
    assert [len(group) for group in replies] == [2, 2, 2]
    said = replies[0][0][0]
    assert said.text == ("Yes" if said.log_probs[0] > said.log_probs[1] else "No")
    assert replies[0][0][0].log_probs != replies[1][0][0].log_probs
    identity = model.identity
    assert (identity.family, identity.dtype, identity.attention) == ("LLaVA-1.5", "float32", "sdpa")
    assert identity.details["image shared"] == "yes"
    assert float(identity.details["shared against alone"].split()[0]) < 1e-4


def test_sharing_changes_no_reply(folder, pictures) -> None:
    batches = [[ImageGroup(path, QUESTIONS) for path in pictures]]
    shared = list(load(str(folder), device="cpu").reply(batches, Asking(max_new_tokens=5)))
    alone = list(load(str(folder), device="cpu", share=False).reply(batches, Asking(max_new_tokens=5)))
    assert shared == alone


def test_the_same_content_in_another_folder_is_the_same_model(folder, tmp_path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert load(str(copy), device="cpu").identity.hash == load(str(folder), device="cpu").identity.hash


def test_another_weight_is_another_model(folder, tmp_path) -> None:
    model = load(str(folder), device="cpu")
    with torch.no_grad():
        model.model.lm_head.weight[0, 0] += 1
    model.model.save_pretrained(tmp_path / "changed")
    model.processor.save_pretrained(tmp_path / "changed")
    assert load(str(tmp_path / "changed"), device="cpu").identity.hash != model.identity.hash


def test_a_model_in_memory_is_known_by_configuration_and_weights(folder) -> None:
    loaded = load(str(folder), device="cpu")
    first = wrap(loaded.model, loaded.processor, "a name").identity
    assert (first.name, first.hash) == ("a name", wrap(loaded.model, loaded.processor, "another").identity.hash)


def test_a_model_that_is_nowhere_is_one_clear_error(monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RequestError, match=r"'nobody/nothing' could not be found: it is no folder here, and the hub"):
        load("nobody/nothing", device="cpu")


def test_a_llava_checkpoint_in_its_original_format_names_the_converter(folder, tmp_path) -> None:
    original = shutil.copytree(folder, tmp_path / "llava-v1.5-7b")
    config = json.loads((original / "config.json").read_text())
    for model_type in ("llava", "llava_llama"):
        config |= {"architectures": ["LlavaLlamaForCausalLM"], "model_type": model_type}
        (original / "config.json").write_text(json.dumps(config))
        with pytest.raises(RequestError, match=r"original format.*llava-hf/….*convert_llava_weights_to_hf.py"):
            load(str(original), device="cpu")


def test_a_processor_that_wants_torchvision_says_how_to_install_it(tmp_path) -> None:
    folder = tiny_qwen2_vl(tmp_path / "qwen")
    for name in ("config.json", "processor_config.json", "tokenizer_config.json"):
        found = json.loads((folder / name).read_text())
        given = {"model_type": "qwen2_vl"} if name == "config.json" else {"processor_class": "Qwen2VLProcessor"}
        (folder / name).write_text(json.dumps(found | given))
    (folder / "video_preprocessor_config.json").write_text('{"video_processor_type": "Qwen2VLVideoProcessor"}')
    with pytest.raises(RequestError, match=r"needs torchvision: pip install torchvision"):
        load(str(folder), device="cpu")


def test_a_folder_that_holds_no_model_is_one_clear_error(tmp_path) -> None:
    with pytest.raises(RequestError, match=r"could not be loaded"):
        load(str(tmp_path), device="cpu")


def test_a_device_that_is_not_there_is_one_clear_error(folder) -> None:
    with pytest.raises(RequestError, match=r"The device 'cuda:7' cannot be used here"):
        load(str(folder), device="cuda:7")


def test_a_question_that_spells_the_image_placeholder_is_refused(folder, pictures) -> None:
    model = load(str(folder), device="cpu")
    with pytest.raises(RequestError, match=r"'What is <image>\?' spells out the model's image placeholder <image>"):
        list(model.reply([[ImageGroup(pictures[0], ("What is <image>?",))]], Asking()))


def test_a_choice_that_merges_with_the_prompt_is_refused(folder, pictures) -> None:
    model = load(str(folder), device="cpu")
    with pytest.raises(RequestError, match=r"The choice '' merges with the prompt's last token"):
        list(model.reply([[ImageGroup(pictures[0], QUESTIONS)]], Asking(choices=("Yes", ""))))


def test_a_prompt_longer_than_the_context_is_one_clear_error(folder, pictures) -> None:
    model = load(str(folder), device="cpu")
    model.model.config.get_text_config().max_position_embeddings = 60
    with pytest.raises(
        RequestError, match=r"0.png: the longest prompt with its reply has \d+ tokens, of which the image"
    ):
        list(model.reply([[ImageGroup(pictures[0], QUESTIONS)]], Asking(max_new_tokens=100)))


def test_norms_are_left_alone_on_a_cpu(folder) -> None:
    assert fuse_norms(load(str(folder), device="cpu").model) == 0


def test_a_fused_norm_is_the_norm(monkeypatch) -> None:
    from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm

    from sightline.models import fused_norms

    norm = Qwen2RMSNorm(64)
    torch.nn.init.normal_(norm.weight)
    hidden = torch.randn(3, 64)
    assert torch.allclose(norm(hidden), fused_norms._fused(norm, hidden), atol=1e-6)


def test_a_fused_norm_in_half_precision_is_not_widened_by_autocast(monkeypatch) -> None:
    from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm

    from sightline.models import fused_norms

    norm, hidden = Qwen2RMSNorm(64).bfloat16(), torch.randn(3, 64).bfloat16()
    within: list[bool] = []
    alone = fused_norms.rms_norm

    def watched(*given):
        within.append(torch.is_autocast_enabled("cpu"))
        return alone(*given)

    monkeypatch.setattr(fused_norms, "rms_norm", watched)
    with torch.autocast("cpu", torch.bfloat16):
        found = fused_norms._fused(norm, hidden)
    assert within == [False] and found.dtype == torch.bfloat16
    assert torch.allclose(found.float(), norm(hidden).float(), atol=0.05)
