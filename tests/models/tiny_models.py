"""Small models of the real classes in folders, as a user has them; they look at the picture."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "speed"))

from shapes import build


def tiny_llava(folder: Path) -> Path:
    """LLaVA-1.5's class: 16 image tokens, heads of 32, and a tokenizer that begins with ``<s>``."""
    return _saved("llava-test", folder)


def tiny_qwen2_vl(folder: Path) -> Path:
    """Qwen2-VL's class: up to 24 image tokens, positions in three dimensions.

    Without torchvision its processor has no video part, and AutoProcessor knows it only in a process that built one.
    """
    return _saved("qwen2-vl-test", folder)


def _saved(shape: str, folder: Path) -> Path:
    model, processor = build(shape)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
