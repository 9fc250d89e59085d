"""A checkpoint on disk: a model's configuration, and which of its files hold which tensors under which names.

Names on disk are not those of modules: transformers renames while it loads, and each generation of checkpoints has
names of its own. The attention of a layer is therefore found by how its tensors' names end, outside the parts that look
at images, which have layers too.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig

from sightline.errors import DataError, MissingError, RequestError
from sightline.models.adapter import find_adapter
from sightline.models.bundled_model import BUNDLED, bundled_folder
from sightline.models.counterparts import TOWERS
from sightline.models.families import Family, family_of
from sightline.models.heads import HeadLayout
from sightline.models.loading import content_hash, explained, hub_folder, quiet, refuse_original_llava

__all__ = ["INDEX", "SINGLE", "Checkpoint", "open_checkpoint"]

INDEX = "model.safetensors.index.json"
"""What the file is called that says which shard holds which tensor."""

SINGLE = "model.safetensors"
"""What the file is called that holds all tensors of a model that is not sharded."""

_PICKLED = (".bin", ".pt", ".pth")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of safetensors.

    Args:
        name: of its folder, or its id on the hub.
        source: what transformers loads it by: the path of its folder, or its id on the hub.
        folder: that holds it.
        config: as transformers reads it.
        known_family: of the model; None where it is not known.
        files: which file of the folder holds each tensor.
    """

    name: str
    source: str
    folder: Path
    config: Any
    known_family: Family | None
    files: Mapping[str, str]

    @cached_property
    def sha256(self) -> str:
        """The hash of its content, as `load` finds it."""
        return content_hash(self.folder)

    @property
    def family(self) -> Family:
        """The family of the model, which says where its heads are.

        Raises:
            RequestError: it is not known.
        """
        if self.known_family is None:
            raise RequestError(
                f"The heads of {self.name} cannot be found: the family of {self.config.model_type} is not known. A "
                "family is one file under models/families, which says where the decoder layers are."
            )
        return self.known_family

    @property
    def text(self) -> Any:
        """The configuration of the language model."""
        return self.config.get_text_config()

    @cached_property
    def attentions(self) -> tuple[str, ...]:
        """What the names of each layer's attention begin with, such as ``model.layers.0.self_attn``.

        Raises:
            RequestError: a layer's is not there, there are several that could be it, or the family is not known.
        """
        return tuple(self._attention(layer) for layer in range(self.text.num_hidden_layers))

    @cached_property
    def layout(self) -> HeadLayout:
        """Where the heads are, with names in the place of modules.

        Raises:
            RequestError: the attention of a layer cannot be found, or its heads cannot be told apart.
        """
        outputs = tuple(f"{attention}.o_proj.weight" for attention in self.attentions)
        heads = int(self.text.num_attention_heads)
        width = self.read(outputs[0]).shape[1]
        if width % heads:
            raise RequestError(f"{self.name}: {outputs[0]} takes {width} values, which are not {heads} heads.")
        shared = getattr(self.text, "num_key_value_heads", None) or heads
        return HeadLayout(self.attentions, outputs, heads, int(shared), width // heads)

    def file_of(self, name: str) -> str:
        """The file that holds a tensor.

        Raises:
            DataError: none does.
        """
        if name not in self.files:
            raise DataError(f"the checkpoint holds no tensor called {name}", file=self.folder)
        return self.files[name]

    def read(self, name: str) -> torch.Tensor:
        """Read one tensor.

        Raises:
            DataError: there is none of this name, or its file cannot be read.
        """
        with _opened(self.folder / self.file_of(name)) as file:
            found: torch.Tensor = file.get_tensor(name)
        return found

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one tensor, which is not read.

        Raises:
            DataError: there is none of this name, or its file cannot be read.
        """
        with _opened(self.folder / self.file_of(name)) as file:
            return tuple(file.get_slice(name).get_shape())

    def read_file(self, file: str) -> tuple[dict[str, torch.Tensor], dict[str, str] | None]:
        """Read all tensors of a file, and the words at its head.

        Raises:
            DataError: it cannot be read.
        """
        with _opened(self.folder / file) as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata()  # noqa: SIM118

    def _attention(self, layer: int) -> str:
        ending = f"layers.{layer}.{self.family.attention}.o_proj.weight"
        found = [name for name in self.files if f".{name}".endswith(f".{ending}") and not TOWERS.search(name)]
        if len(found) != 1:
            raise RequestError(
                f"{self.name}: expected one tensor outside the vision tower whose name ends in {ending}, and found "
                f"{', '.join(found) or 'none'}."
            )
        return found[0].removesuffix(".o_proj.weight")


def open_checkpoint(model: str | Path, revision: str | None = None) -> Checkpoint:
    """Find a checkpoint and read what is where; no weights are read.

    Args:
        model: a folder, an id on the hub whose files are on this machine already, or "bundled".
        revision: branch, tag or commit on the hub.

    Raises:
        RequestError: there is no such model, it is an adapter, or its weights are pickled or quantised.
        DataError: a file is missing or damaged.
    """
    source = str(bundled_folder() if model == BUNDLED else model)
    if find_adapter(source, revision) is not None:
        raise RequestError(
            f"{model} is an adapter, and what is wanted is a whole model. Merge it first: sightline merge {model} "
            "--out FOLDER"
        )
    try:
        with quiet():
            config = AutoConfig.from_pretrained(source, **({} if revision is None else {"revision": revision}))
        refuse_original_llava(source, config)
        local = Path(source).is_dir()
        folder = Path(source).resolve() if local else hub_folder(source, revision, config)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(source, error, trust_remote_code=False) from error
    name, family = folder.name if local else source, family_of(config.model_type)
    if getattr(config, "quantization_config", None):
        raise RequestError(
            f"The weights of {name} are quantised and cannot be edited exactly. Take the checkpoint that they were "
            "made from, and quantise what is exported."
        )
    return Checkpoint(name, str(folder) if local else source, folder, config, family, _files(name, folder))


def _files(name: str, folder: Path) -> dict[str, str]:
    """Which file holds each tensor, of those that transformers reads."""
    if (folder / SINGLE).is_file():
        with _opened(folder / SINGLE) as file:
            return dict.fromkeys(file.keys(), SINGLE)
    if (folder / INDEX).is_file():
        try:
            found: dict[str, str] = json.loads((folder / INDEX).read_bytes())["weight_map"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"this is no index of shards ({error!r})", file=folder / INDEX) from error
        if absent := sorted({file for file in found.values() if not (folder / file).is_file()}):
            raise MissingError(f"{', '.join(absent)} of the model's weights is not there", file=folder)
        for file in set(found.values()):
            with _opened(folder / file) as opened:
                held = set(opened.keys())
            if lacking := sorted(name for name, where in found.items() if where == file and name not in held):
                raise DataError(f"the index says that it holds {lacking[0]}, and it does not", file=folder / file)
        return found
    if pickled := sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLED):
        raise RequestError(
            f"The weights of {name} are pickled ({pickled[0]}), not safetensors. Convert them: load the model with "
            "transformers and write it with save_pretrained."
        )
    raise RequestError(
        f"{folder} holds no weights: neither {SINGLE} nor {INDEX}. Of a model on the hub, load it once, or download "
        "it and name its folder."
    )


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise DataError(f"the weights cannot be read ({error})", file=path, hint="Download the model anew.") from error
