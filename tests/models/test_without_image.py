"""Questions that are asked without an image, as HallusionBench's are: each by itself, beside questions about images."""

from pathlib import Path

import pytest
import torch
from tiny_families import BUILDERS, photograph, tiny

from sightline.core import Asking, ImageGroup, Said
from sightline.errors import RequestError
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel

PROMPTS = ("Can you see a dog in this image?", "Describe this image in detail.")
YES_NO = Asking(choices=("Yes", "No"))


@pytest.fixture(scope="module")
def bundled() -> TransformersModel:
    return load("bundled")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    photograph(0).resize((128, 128)).save(path)
    return path


def only(model: TransformersModel, group: ImageGroup, asking: Asking) -> list[Said]:
    (((*of_prompts,),),) = model.reply([[group]], asking)
    return [said for (said,) in of_prompts]


@torch.inference_mode()
def written_plainly(model: TransformersModel, prompt: str) -> str:
    """What transformers itself writes on the prompt, with no image anywhere."""
    ids = model.processor.tokenizer(f"<|user|>{prompt}<|assistant|>", return_tensors="pt")["input_ids"]
    written = model.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=12)
    return str(model.processor.tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True))


def test_the_reply_is_what_transformers_writes_on_the_text_alone(bundled: TransformersModel) -> None:
    found = only(bundled, ImageGroup(None, PROMPTS), Asking(max_new_tokens=12))
    assert [said.text for said in found] == [written_plainly(bundled, prompt) for prompt in PROMPTS]


def test_choices_have_the_log_probabilities_of_the_text_alone(bundled: TransformersModel) -> None:
    (said,) = only(bundled, ImageGroup(None, PROMPTS[:1]), YES_NO)
    tokenizer = bundled.processor.tokenizer
    ids = tokenizer(f"<|user|>{PROMPTS[0]}<|assistant|>", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        likely = bundled.model(input_ids=ids).logits[0, -1].float().log_softmax(-1)
    expected = [float(likely[tokenizer(word, add_special_tokens=False)["input_ids"][0]]) for word in ("Yes", "No")]
    assert said.log_probs == pytest.approx(expected, abs=1e-4)


def test_questions_about_images_are_replied_to_alike_whether_others_have_none(
    bundled: TransformersModel, picture: Path
) -> None:
    groups = [ImageGroup(None, PROMPTS), ImageGroup(picture, PROMPTS)]
    ((without, about),) = bundled.reply([groups], YES_NO)
    assert about == bundled_reply(bundled, ImageGroup(picture, PROMPTS))
    assert without == bundled_reply(bundled, ImageGroup(None, PROMPTS))
    assert without != about
    assert bundled.why_not == ""


def bundled_reply(model: TransformersModel, group: ImageGroup) -> tuple[tuple[Said, ...], ...]:
    ((found,),) = model.reply([[group]], YES_NO)
    return found


@pytest.mark.parametrize("family", BUILDERS)
def test_every_family_can_be_asked_without_an_image(family: str) -> None:
    model = tiny(family).replies()
    found = only(model, ImageGroup(None, ("Is there a dog?", "What is this?")), Asking(max_new_tokens=3))
    assert len(found) == 2


def test_a_prompt_that_spells_out_the_placeholder_is_refused_without_an_image_too(bundled: TransformersModel) -> None:
    with pytest.raises(RequestError, match="spells out the model's image placeholder <image>"):
        only(bundled, ImageGroup(None, ("What is <image>?",)), Asking())
