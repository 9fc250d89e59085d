"""LoRA adapters of tiny models, made by PEFT, whose second matrices are not zero as those of a new adapter are."""

import copy
import json
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tiny_families import Tiny, tiny

QUESTIONS = ((40, 41, 42, 43),)


@dataclass(frozen=True)
class Made:
    """An adapter, and the model with it as PEFT computes it."""

    folder: Path
    of: Tiny
    with_peft: Any

    @property
    def expected(self) -> torch.Tensor:
        """Log-probabilities of every token after one image and question."""
        return log_probs(self.of, self.with_peft)


def make(model: Any, folder: Path, of: type[Any] = LoraConfig, **settings: Any) -> Any:
    """Write an adapter of a model, which stays as it is; and give the model with it, as PEFT has it."""
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PEFT thinks of tied weights and of transformers
        if of is LoraConfig:
            settings = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"} | settings
        tuned = get_peft_model(copy.deepcopy(model), of(**settings)).eval()
        with torch.no_grad():
            for name, weight in tuned.named_parameters():
                if ".lora_B." in name:
                    weight.normal_(std=0.1)
        tuned.save_pretrained(folder)
    return tuned


def adapter_of(model_type: str, folder: Path, **settings: Any) -> Made:
    """Write an adapter of the tiny model of a family."""
    return Made(folder, tiny(model_type), make(tiny(model_type).model, folder, **settings))


def log_probs(of: Tiny, model: Any) -> torch.Tensor:
    """Log-probabilities of every token after one image and question."""
    return replace(of, model=model).alone(of.group(0, QUESTIONS), 0)


def edit(file: Path, **entries: Any) -> None:
    """Set entries of a JSON file."""
    known = json.loads(file.read_bytes()) if file.exists() else {}
    file.write_text(json.dumps(known | entries))
