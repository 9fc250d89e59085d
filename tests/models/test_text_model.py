"""Language models without images, in folders as users have them."""

from pathlib import Path

import pytest
import torch
from tiny_models import tiny_llava
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from sightline.core import Asking, ImageGroup, TextRequest
from sightline.errors import RequestError
from sightline.models.local_writing import LocalWriting
from sightline.models.text_model import TextModel, is_text_model, load_text_model

WORDS = ("<s>", "</s>", "<unk>", "Rating", ":", "0", "1", "2", "3", "4", "5", "6", "good", "bad", "answer")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("language")
    own = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=own, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    tokenizer.save_pretrained(path)
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(WORDS), max_position_embeddings=64, bos_token_id=0, eos_token_id=1, **shape)
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.normal_(std=0.7)
    model.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> TextModel:
    return load_text_model(str(folder), device="cpu")


def written(model: TextModel, *prompts: str, **asked: float) -> list[str]:
    groups = [ImageGroup(None, (prompt,)) for prompt in prompts]
    ((*replies,),) = model.reply([groups], Asking(max_new_tokens=5, **asked))  # type: ignore[arg-type]
    return [said.text for ((said,),) in replies]


def test_a_language_model_is_told_from_one_that_sees(folder: Path, tmp_path: Path) -> None:
    assert is_text_model(str(folder))
    assert not is_text_model(str(tiny_llava(tmp_path)))
    assert not is_text_model(str(tmp_path / "none"))


def test_it_is_known_by_its_content(folder: Path, model: TextModel) -> None:
    assert model.identity.name == folder.name and len(model.identity.hash) == 64
    assert model.identity.hash == load_text_model(str(folder), device="cpu").identity.hash
    assert model.identity.dtype == "float32" and model.identity.details["model_type"] == "llama"


def test_a_prompt_is_answered_alike_alone_and_beside_longer_ones(model: TextModel) -> None:
    prompts = ("good answer", "bad", "Rating : 3 good good bad answer")
    assert written(model, *prompts) == [written(model, prompt)[0] for prompt in prompts]
    assert len(set(written(model, *prompts))) > 1


def test_samples_come_from_their_seed(model: TextModel) -> None:
    drawn = [written(model, "good", temperature=1.5, seed=seed)[0] for seed in (0, 0, 1, 2, 3)]
    assert drawn[0] == drawn[1] and len(set(drawn)) > 1


def test_it_writes_as_judges_do(model: TextModel) -> None:
    requests = [TextRequest("judge", "answer", word, max_new_tokens=4) for word in ("good", "bad")]
    made = dict(LocalWriting(model).write(requests))
    assert set(made) == {0, 1} and all(each.text or each.problem for each in made.values())


def test_what_it_cannot_do_is_refused(model: TextModel) -> None:
    with pytest.raises(RequestError, match=r"sees no images, and is asked about a\.png"):
        list(model.reply([[ImageGroup(Path("a.png"), ("good",))]], Asking()))
    with pytest.raises(RequestError, match="chooses among none"):
        list(model.reply([[ImageGroup(None, ("good",))]], Asking(choices=("good", "bad"))))
    with pytest.raises(RequestError, match=r"has \d+ tokens; the context of .* holds 64"):
        list(model.reply([[ImageGroup(None, ("good " * 60,))]], Asking()))


def test_a_model_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RequestError, match="could not be"):
        load_text_model(str(tmp_path / "none"))
