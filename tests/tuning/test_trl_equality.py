"""TRL loads what is exported, and what it makes of it is what is made of the pairs here: tokens, loss, gradients."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from datasets import load_dataset
from peft import LoraConfig
from PIL import Image
from tiny_families import photograph
from tiny_pairs import adapted, base, dpo, encoded, family, finer, gradients, processor_of, sentinel
from trl import DPOConfig, DPOTrainer
from trl.data_utils import apply_chat_template

from sightline.core import ImageRef
from sightline.models.loading import load
from sightline.models.prompts import Chat
from sightline.preferences.export_pairs import export_pairs
from sightline.scenes.rendered import render_scenes
from sightline.tuning.encoded import ImagePairs
from sightline.tuning.log_probs import PairLogProbs, tree_log_probs

# What TRL, transformers and datasets say of each other's older names is not for us to mend.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{kind}:{library}")
    for kind in ("FutureWarning", "DeprecationWarning", "UserWarning")
    for library in ("trl", "transformers", "datasets", "torch", "peft", "accelerate")
]

TOLERANCE = 1e-4


class Case(NamedTuple):
    """Pairs about two images, as TRL takes them and as they are encoded here.

    Args:
        batch: image by image.
        trainer: TRL's, with the adapter that the model of `ours` has.
        ours: what comes of `batch`: log-probabilities of policy and reference, and the loss.
        gradients: of that loss.
    """

    batch: Sequence[ImagePairs]
    trainer: Any
    ours: tuple[PairLogProbs, PairLogProbs, torch.Tensor]
    gradients: dict[str, torch.Tensor]

    def collated(self, *places: int) -> Any:
        """What TRL's collator makes of rows."""
        return self.trainer.data_collator([self.trainer.train_dataset[place] for place in places])

    @property
    def rows(self) -> range:
        """The places of all rows."""
        return range(len(self.trainer.train_dataset))


def processor(model_type: str) -> Any:
    return load("bundled", device="cpu").processor if model_type == "bundled" else processor_of(model_type)


def pictures(model_type: str, folder: Path) -> list[Path]:
    """Two pictures that the model can see."""
    if model_type == "bundled":
        render_scenes(folder / "made", 2, seed=4)
        return sorted((folder / "made" / "images").glob("*.png"))
    for place, size in enumerate(((40, 50), (90, 40))):
        photograph(place, *size).save(folder / f"{place}.png")
    return [folder / f"{place}.png" for place in range(2)]


def trainer_of(model_type: str, rows: Path, folder: Path) -> Any:
    """TRL's trainer on exported rows, its adapter the same as `adapted` makes."""
    layers = family(model_type).layers.replace(".", r"\.")
    targets = rf"{layers}\..*\.(q|k|v|o|gate|up|down)_proj"
    made = DPOTrainer(
        deepcopy(base(model_type)),
        args=DPOConfig(
            str(folder / "out"),
            max_length=None,
            per_device_train_batch_size=64,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            report_to="none",
        ),
        train_dataset=load_dataset("json", data_files=str(rows), split="train", cache_dir=str(folder / "cache")),
        processing_class=processor(model_type),
        peft_config=LoraConfig(r=4, lora_alpha=8, target_modules=targets),
    )
    given = dict(adapted(model_type).named_parameters())
    with torch.no_grad():
        for name, weight in made.model.named_parameters():
            if "lora_" in name:
                weight.copy_(given[name])
    return made


def case_of(model_type: str, written: bool, folder: Path) -> Case:
    """Whole replies as messages; or one and a sentence after a context, written out in the model's chat format."""
    paths = pictures(model_type, folder)
    made = (finer()[0], sentinel()[1] if written else finer()[1])
    by_image = [[replace(pair, image=ImageRef(path.name)) for pair in made] for path in paths]
    chat = Chat(processor(model_type), family(model_type).chat_template) if written else None
    pairs = [pair for own in by_image for pair in own]
    rows = export_pairs(pairs, "trl", folder / "rows.jsonl", images=paths[0].parent, chat=chat).files[0]
    shown = [Image.open(path).convert("RGB") for path in paths]
    batch = [encoded(model_type, picture, own) for picture, own in zip(shown, by_image, strict=True)]
    model = adapted(model_type).train()
    ours = dpo(lambda: tree_log_probs(model, family(model_type), batch), model)
    return Case(batch, trainer_of(model_type, rows, folder), ours, gradients(model))


CASES = (("bundled", False), ("bundled", True), ("qwen2_vl", False), ("qwen2_vl", True), ("llava", True))


@pytest.fixture(scope="module", params=CASES, ids=lambda given: f"{given[0]}{' written out' if given[1] else ''}")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case_of(*request.param, tmp_path_factory.mktemp("trl"))


def tokens(inputs: Any) -> list[list[int]]:
    """The sequences of a batch of TRL's, all chosen ones first."""
    masks = inputs["attention_mask"].bool()
    return [ids[mask].tolist() for ids, mask in zip(inputs["input_ids"], masks, strict=True)]


def encoded_tokens(batch: Sequence[ImagePairs]) -> list[list[int]]:
    """The same sequences as they are encoded here."""
    pairs = [(image, pair) for image in batch for pair in image.pairs]
    return [[*image.prefix, *image.tree.ids[pair[side].path].tolist()] for side in (0, 1) for image, pair in pairs]


def test_its_tokens_are_ours_and_as_many_are_completions(case: Case) -> None:
    inputs = case.collated(*case.rows)
    assert tokens(inputs) == encoded_tokens(case.batch)
    assert inputs["completion_mask"].sum(dim=1).tolist() == case.ours[0].tokens.T.flatten().tolist()


def test_its_loss_and_gradients_are_ours(case: Case) -> None:
    trainer = case.trainer
    loss = trainer.compute_loss(trainer.model, case.collated(*case.rows))
    trainer.model.zero_grad(set_to_none=True)
    loss.backward()
    found = gradients(trainer.model)
    assert loss.item() == pytest.approx(case.ours[2].item(), rel=TOLERANCE)
    assert loss.item() != pytest.approx(0.6931, rel=0.01)  # the adapter does something
    assert found.keys() == case.gradients.keys()
    missed = sum((found[name] - own).square().sum() for name, own in case.gradients.items())
    assert float((missed / sum(own.square().sum() for own in case.gradients.values())).sqrt()) < TOLERANCE


def test_its_log_probabilities_of_each_pair_are_ours(case: Case) -> None:
    trainer = case.trainer
    policy, reference, _ = case.ours
    with torch.no_grad():
        for place in case.rows[:2]:
            inputs = case.collated(place)
            trainer.compute_loss(trainer.model, inputs)
            found = [trainer._metrics["train"][f"logps/{side}"][-1] for side in ("chosen", "rejected")]
            assert found == pytest.approx(policy.totals[place].tolist(), rel=TOLERANCE)
            found = [each.item() for each in trainer.compute_ref_log_probs(trainer.model, inputs)]
            assert found == pytest.approx(reference.totals[place].tolist(), rel=TOLERANCE)


def test_messages_lack_the_token_that_llavas_tokenizer_begins_with(tmp_path: Path) -> None:
    case = case_of("llava", False, tmp_path)
    begins = case.trainer.processing_class.tokenizer.bos_token_id
    assert [[begins, *own] for own in tokens(case.collated(*case.rows))] == encoded_tokens(case.batch)


def test_messages_cannot_go_on_from_a_context_in_trl() -> None:
    def turn(said: str) -> list[dict[str, Any]]:
        return [{"role": "assistant", "content": [{"type": "text", "text": said}]}]

    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Describe it."}]}]
    row = {"prompt": asked + turn("A table."), "chosen": turn("A cup."), "rejected": turn("A dog.")}
    assert apply_chat_template(row, processor("bundled")) == {
        "prompt": "<|user|><image>Describe it.<|assistant|>A table.",
        "chosen": "<|end|><|assistant|>A cup.<|end|>",
        "rejected": "<|end|><|assistant|>A dog.<|end|>",
    }
