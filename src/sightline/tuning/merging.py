"""An adapter merged into plain weights: a tuned model that needs neither sightline nor PEFT to run.

Tensors keep their names, their dtypes and their files; no more than one file of the base is in memory.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sightline.errors import RequestError
from sightline.models.adapted import Rounding, added
from sightline.models.adapter import Adapter, read_adapter
from sightline.models.adapter_fit import refuse_other_base, refuse_other_shapes, weights_adapted
from sightline.models.checkpoint import INDEX, Checkpoint, open_checkpoint
from sightline.models.checkpoint_files import copy_rest, save_tensors, write_card
from sightline.records.new_folder import new_folder, written

__all__ = ["ABOUT", "Merged", "merge"]

ABOUT = "merged.json"
"""What the file is called that says what a merged model was made of."""

_VERSION = 1
_WEIGHT = ".weight"
_TIED = ("lm_head", "embed_tokens")


@dataclass(frozen=True)
class Merged:
    """What a merge wrote.

    Args:
        folder: that it wrote.
        base: what the adapter was added to.
        adapter: what was added.
        tensors: the names of those that were changed.
        dtypes: of these.
        rounding: what these dtypes leave of the adapter.
        bytes: the size of the folder.
        left_out: files of the base that are not in the folder.
    """

    folder: Path
    base: Checkpoint
    adapter: Adapter
    tensors: tuple[str, ...]
    dtypes: tuple[str, ...]
    rounding: Rounding
    bytes: int
    left_out: tuple[str, ...]


def merge(
    adapter: str | Path,
    out: str | Path,
    *,
    base: str | Path | None = None,
    any_base: bool = False,
    revision: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Merged:
    """Write a base with its adapter added into a folder, which transformers and vLLM load as they do the base.

    The folder bears its name only once all is written.

    Args:
        adapter: its folder, or its id on the hub.
        out: a folder that is new or empty.
        base: where the base is, where not where the adapter says: a folder, an id on the hub whose files are on this
            machine already, or "bundled".
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the adapter on the hub.
        progress: told how many files of weights are done, and how many there are.

    Raises:
        RequestError: the adapter cannot be added to weights or was made on another model, the base cannot be found or
            is quantised or pickled, or the folder is not empty.
        DataError: a file is missing or damaged, or the folder cannot be written.
    """
    found = read_adapter(adapter, revision)
    checkpoint = _base_of(found, base)
    if not any_base:
        refuse_other_base(found, checkpoint.name, checkpoint.sha256)
    modules = _tensors(found, checkpoint)
    with new_folder(out, checkpoint.folder, found.folder) as folder:
        rounding, dtypes = _write_weights(checkpoint, found, modules, folder, progress or (lambda done, total: None))
        left = copy_rest(checkpoint, folder)  # last, so that weights without a configuration are all a kill leaves
        _write_about(folder, checkpoint, found, rounding)
    tensors = tuple(sorted(modules))
    return Merged(Path(out), checkpoint, found, tensors, dtypes, rounding, written(Path(out)), tuple(left))


def _base_of(adapter: Adapter, base: str | Path | None) -> Checkpoint:
    if base is not None:
        return open_checkpoint(base)
    if adapter.base is None:
        raise RequestError(f"The adapter {adapter.name} does not say what it was made on. Name its base: --base BASE")
    try:
        return open_checkpoint(adapter.base, adapter.base_revision)
    except RequestError as error:
        raise RequestError(
            f"{error} It is the base of the adapter {adapter.name}; if it has moved, say where it is: --base BASE"
        ) from error


def _tensors(adapter: Adapter, checkpoint: Checkpoint) -> Mapping[str, str]:
    """The tensors that are changed, and the modules of the adapter that change them; all is checked before any."""
    names = [name.removesuffix(_WEIGHT) for name in checkpoint.files if name.endswith(_WEIGHT)]
    where = weights_adapted(adapter, names, f"the files of {checkpoint.name}")
    tied = any(getattr(of, "tie_word_embeddings", False) for of in (checkpoint.config, checkpoint.text))
    for module, name in where.items():
        if tied and name.rpartition(".")[2] in _TIED:
            raise RequestError(
                f"The adapter {adapter.name} adapts {module}, and output and embeddings of {checkpoint.name} are the "
                "same weights: what is added to one would be added to both."
            )
        refuse_other_shapes(adapter, module, adapter.change(module), checkpoint.shape(name + _WEIGHT))
    return {name + _WEIGHT: module for module, name in where.items()}


def _write_weights(
    checkpoint: Checkpoint,
    adapter: Adapter,
    modules: Mapping[str, str],
    folder: Path,
    progress: Callable[[int, int], None],
) -> tuple[Rounding, tuple[str, ...]]:
    """Write file by file, byte for byte where nothing in it changes."""
    total, dtypes = Rounding(), set[str]()
    files = sorted(set(checkpoint.files.values()))
    for done, file in enumerate(files):
        progress(done, len(files))
        own = [name for name in modules if checkpoint.files[name] == file]
        if not own:
            shutil.copyfile(checkpoint.folder / file, folder / file)
            continue
        tensors, metadata = checkpoint.read_file(file)
        for name in own:
            tensors[name], rounding = added(tensors[name], adapter.change(modules[name]))
            total += rounding
            dtypes.add(str(tensors[name].dtype).removeprefix("torch."))
        save_tensors(folder / file, tensors, metadata)
    if (checkpoint.folder / INDEX).is_file() and len(files) > 1:
        shutil.copyfile(checkpoint.folder / INDEX, folder / INDEX)
    progress(len(files), len(files))
    return total, tuple(sorted(dtypes))


def _write_about(folder: Path, checkpoint: Checkpoint, adapter: Adapter, rounding: Rounding) -> None:
    """Say what the folder holds: in ``merged.json`` for programs, in the model card for people."""
    record = {
        "format": "sightline-merged",
        "version": _VERSION,
        "base": {"name": checkpoint.name, "sha256": checkpoint.sha256},
        "adapter": {
            "name": adapter.name,
            "sha256": adapter.sha256,
            "rank": adapter.ranks,
            "targets": adapter.targets,
        },
        "rounding": rounding.share,
        "sightline": version("sightline"),
    }
    (folder / ABOUT).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    told = (
        f"# {adapter.name}\n\nThis is {checkpoint.name} with the LoRA adapter {adapter.name} (rank {adapter.ranks}, on "
        f"{adapter.targets}) added to its weights; `{ABOUT}` says of which content both are. Written by sightline "
        f"{version('sightline')}.\n"
    )
    write_card(folder, checkpoint, told)
