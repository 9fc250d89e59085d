"""Rendered scenes with prompts that assert another number, and what the bundled model replies to them."""

from functools import cache
from pathlib import Path

import torch

from sightline.benchmarks import counting
from sightline.core import Asking, ImageGroup
from sightline.evaluation.build_presupposed import build_counting
from sightline.mechanisms.presupposing import asserting_prompts, presupposing
from sightline.mechanisms.sweep import Asked, drafts_of
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.scenes.rendered import render_scenes

torch.set_num_threads(1)

MAX_NEW_TOKENS = 24


@cache
def bundled() -> TransformersModel:
    """The bundled model, loaded once."""
    return load("bundled")


def counted_scenes(folder: Path, scenes: int = 3) -> tuple[TransformersModel, list[Asked]]:
    """The bundled model, and scenes with two prompts each, of which one says too many and one too few."""
    render_scenes(folder, n=scenes, seed=11)
    build_counting(folder / "scene_graphs.json", folder / "counting.jsonl", offsets=(1, -1))
    labels = counting.read_labels(folder / "counting.jsonl", "own")
    by_image: dict[str, list[object]] = {}
    for prompt in asserting_prompts("counting", labels.questions, labels.labels):
        by_image.setdefault(prompt.image, []).append(prompt)
    model, asking = bundled(), Asking(max_new_tokens=MAX_NEW_TOKENS)
    told = [tuple(own) for own in by_image.values()]
    groups = [
        model.prepared(ImageGroup(folder / "images" / own[0].image, tuple(prompt.prompt for prompt in own)), asking)
        for own in told
    ]
    drafts = drafts_of(model, groups, told, presupposing("counting"), asking)
    return model, [Asked(*each) for each in zip(groups, told, drafts, strict=True)]
