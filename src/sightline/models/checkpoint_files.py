"""Files of a model that is made of another: weights, what lies beside them, and the model card."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from sightline.errors import DataError
from sightline.models.checkpoint import INDEX, Checkpoint

__all__ = ["copy_rest", "save_tensors", "write_card"]

_CARD = "README.md"
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".gguf", ".onnx", ".npz")
_OF_THE_ORIGINAL = (_CARD, "checksums.json", "figures.json")
"""Files that speak of the original's bytes and results; the model card is written anew around the original's."""


def write_card(folder: Path, checkpoint: Checkpoint, told: str, front: str = "") -> None:
    """Write a model card around the original's.

    Args:
        folder: that is being written.
        checkpoint: the model that it was made from.
        told: what it is, with a heading.
        front: the lines at its head; where there are none, the original's are taken, licence among them, and its text
            follows.
    """
    rest = ""
    original = checkpoint.folder / _CARD
    if not front and original.is_file():
        front, body = _parted(original.read_text(encoding="utf-8"))
        rest = f"\nWhat follows is the original's card; its figures are the original's.\n\n{body.lstrip()}"
    (folder / _CARD).write_text(front + told + rest, encoding="utf-8")


def _parted(card: str) -> tuple[str, str]:
    """Part a model card into the lines at its head, licence among them, and its text."""
    end = card.find("\n---\n", 4)
    if not card.startswith("---\n") or end < 0:
        return "", card
    return card[: end + 5] + "\n", card[end + 5 :]


def copy_rest(checkpoint: Checkpoint, folder: Path) -> list[str]:
    """Copy all that is not weights: configuration, processor, tokenizer, licence; and say what was left out."""
    left = []
    for path in _visible(checkpoint.folder):
        name = path.relative_to(checkpoint.folder)
        if str(name) in (*checkpoint.files.values(), INDEX, _CARD):
            continue
        if path.suffix in _WEIGHTS or path.name.endswith(".index.json") or str(name) in _OF_THE_ORIGINAL:
            left.append(str(name))
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    return left


def _visible(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, without hidden ones (.git, .cache)."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _visible(path)
        else:
            yield path


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: dict[str, str] | None) -> None:
    """Write tensors into a file that is as readable as any new one; safetensors makes files for their owner alone.

    Raises:
        DataError: it cannot be written.
    """
    path.touch()
    mode = path.stat().st_mode
    try:
        save_file(dict(tensors), path, metadata)
    except SafetensorError as error:
        raise DataError(f"cannot be written ({error})", file=path) from error
    path.chmod(mode)
