"""Heads files: which heads to knock out, how, and what is known of them.

One JSON object::

    {"format": "sightline-heads", "version": 1,
     "heads": [{"head": "L0H3", "figures": {"became_true": 0.41, …}}, …],
     "model": {"name": …, "family": "Qwen2-VL", "hash": …, "layers": 28, "heads": 28, "key_value_heads": 4,
               "head_dim": 128},
     "knockout": {"kind": "mean", "scope": "all", "strength": 1.0},
     "means": "heads.safetensors",
     "found_on": {"benchmark": "counting", "splits": ["+1"], "labels_sha256": …, "prompts": 200, "images": 25,
                  "image_names": ["a.png", …]},
     "source": "", "sightline": "0.1.0"}

What is not known is null. Sets that papers have published are such files inside the package; they have no hash of the
model and no figures.
"""

import difflib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, to_json

from sightline.core import ModelIdentity
from sightline.errors import DataError, MissingError, RequestError, unknown_name
from sightline.models.heads import Head, HeadLayout, check_heads, parse_heads
from sightline.models.knockout_kinds import Kind, Scope
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import read_json

__all__ = [
    "FoundOn",
    "HeadsFile",
    "Intended",
    "ListedHead",
    "ModelFound",
    "check_model",
    "listed",
    "published",
    "read_heads",
    "write_heads",
]

_WITH_MEANS = ("mean", "role-mean", "resample")
_FORMAT, _VERSION = "sightline-heads", 1
_PUBLISHED = Path(__file__).parent / "published"
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

_Count = Annotated[int, Field(gt=0)]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class ListedHead:
    """A head of a file.

    Args:
        head: its name, "L0H3".
        figures: what a ranking says of it, by column.
    """

    __pydantic_config__ = _STRICT

    head: Annotated[str, Field(pattern=r"^L(0|[1-9]\d*)H(0|[1-9]\d*)$")]
    figures: dict[str, bool | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelFound:
    """The model that heads were found on.

    Args:
        name: what it was called.
        family: its family.
        hash: of its content; None where only the family is known.
        layers: how many it has.
        heads: of each layer.
        key_value_heads: of each layer.
        head_dim: the size of a head.
    """

    __pydantic_config__ = _STRICT

    name: str
    family: str
    hash: str | None
    layers: _Count
    heads: _Count
    key_value_heads: _Count
    head_dim: _Count


@dataclass(frozen=True, slots=True)
class Intended:
    """The knockout that heads are meant with.

    Args:
        kind: what a head's output is replaced by, one of `sightline.models.knockout_kinds.KINDS`.
        scope: where, one of `SCOPES` beside it.
        strength: how far, from 0 (not at all) to 1 (wholly).
    """

    __pydantic_config__ = _STRICT

    kind: Kind
    scope: Scope
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0


@dataclass(frozen=True, slots=True)
class FoundOn:
    """The questions that heads were found with.

    Args:
        benchmark: its name.
        splits: those that were used.
        labels_sha256: hash of the label file; None where it is not known, as the next two.
        prompts: how many.
        images: how many.
        image_names: the images, for an evaluation to keep away from; none where they are not known.
    """

    __pydantic_config__ = _STRICT

    benchmark: str
    splits: tuple[str, ...]
    labels_sha256: _Sha256 | None = None
    prompts: _Count | None = None
    images: _Count | None = None
    image_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeadsFile:
    """Heads, and what is known of them.

    Args:
        heads: the best first.
        model: that they were found on.
        knockout: that they are meant with.
        found_on: what they were found with.
        means: name of the safetensors file beside this one that holds what heads hand on over a discovery set, which
            some kinds of knockout need; None where there is none.
        source: who published them, or "".
        sightline: the version that wrote them.
    """

    __pydantic_config__ = _STRICT

    heads: tuple[ListedHead, ...]
    model: ModelFound
    knockout: Intended
    found_on: FoundOn
    means: Annotated[str, Field(pattern=r"^[^/\\]+\.safetensors$")] | None = None
    source: str = ""
    sightline: str = field(default_factory=lambda: version("sightline"))

    @property
    def head_set(self) -> tuple[Head, ...]:
        """The heads in order of layer and place."""
        return parse_heads(each.head for each in self.heads)


_FILE = TypeAdapter(HeadsFile)


def listed(ranking: pa.Table, heads: Iterable[Head]) -> tuple[ListedHead, ...]:
    """Take heads with their figures out of a ranking, best first.

    Args:
        ranking: as `rank_heads` makes it.
        heads: those that a file is to hold.

    Raises:
        RequestError: a head was not ranked.
    """
    wanted = set(heads)
    rows = [row for row in ranking.to_pylist() if Head(row["layer"], row["head"]) in wanted]
    if absent := sorted(wanted - {Head(row["layer"], row["head"]) for row in rows}):
        raise RequestError(
            f"{', '.join(map(str, absent))} cannot be listed: the ranking of {len(ranking)} heads has none."
        )
    return tuple(
        ListedHead(row["name"], {name: value for name, value in row.items() if name not in ("layer", "head", "name")})
        for row in rows
    )


def published() -> tuple[str, ...]:
    """The names of the head sets that come with sightline.

    Example:
        >>> published()[-1]
        'pih-qwen2-vl-7b-best5'
    """
    return tuple(sorted(path.stem for path in _PUBLISHED.glob("*.json")))


def write_heads(path: str | Path, file: HeadsFile) -> Path:
    """Write a heads file, which `read_heads` reads again once the means that it names lie beside it.

    Raises:
        DataError: something in it is of a kind that no heads file has, or the file cannot be written.
    """
    path = Path(path)
    record = asdict(file)
    _validated(record, path)
    text = json.dumps({"format": _FORMAT, "version": _VERSION, **record}, indent=1)
    return write_bytes(path, f"{text}\n".encode())


def read_heads(source: str | Path) -> HeadsFile:
    """Read a heads file, or a published set by its name.

    Raises:
        RequestError: it is neither a file nor a published name.
        DataError: the file is no heads file, a field is missing, unknown or of another kind, or a head does not exist
            in the model that the file names.
        MissingError: the file of means is not there.

    Example:
        >>> [str(head) for head in read_heads("pih-qwen2-vl-7b-best3").head_set]
        ['L0H3', 'L0H6', 'L11H15']
    """
    if str(source) in published():
        source = _PUBLISHED / f"{source}.json"
    elif Path(source).suffix != ".json" and not os.path.exists(source):  # noqa: PTH110 (Path.exists may raise)
        raise unknown_name("published set of heads, and no file,", str(source), published())
    path = Path(source)
    record = read_json(path)
    if not isinstance(record, dict) or record.get("format") != _FORMAT:
        found = record.get("format") if isinstance(record, dict) else record
        hint = f'It begins with {{"format": "{_FORMAT}", "version": {_VERSION}, …}}.'
        raise DataError(f"this is no heads file: format is {str(found)[:60]!r}", file=path, hint=hint)
    if record.get("version") != _VERSION:
        hint = "Another version of sightline wrote it: use that one, or find the heads again."
        raise DataError(f"version is {record.get('version')!r}, expected {_VERSION}", file=path, hint=hint)
    file = _validated({name: value for name, value in record.items() if name not in ("format", "version")}, path)
    if file.means is not None and not path.with_name(file.means).is_file():
        hint = f"Put {file.means} beside it, or find the heads again."
        raise MissingError(f"the file of means, {file.means}, is not there", file=path, hint=hint)
    return file


def _validated(record: Mapping[str, Any], path: Path) -> HeadsFile:
    """Make a value of what a file holds, and refuse what no file holds."""
    try:
        file = _FILE.validate_json(to_json(record, inf_nan_mode="constants"))
    except ValidationError as error:
        raise DataError(_problem(error.errors()[0]), file=path) from None
    if not file.heads:
        raise DataError("it lists no heads", file=path)
    names = [each.head for each in file.heads]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise DataError(f"{', '.join(twice)} is listed twice", file=path)
    model = file.model
    if absent := [str(h) for h in file.head_set if h.layer >= model.layers or h.head >= model.heads]:
        problem = f"there is no {', '.join(absent)} in the model named: {model.layers} layers of {model.heads} heads"
        raise DataError(problem, file=path, hint="Layers and heads are counted from zero.")
    if file.knockout.kind in _WITH_MEANS and file.means is None:
        problem = f"knockout.kind is {file.knockout.kind!r}, and there are no means"
        raise DataError(problem, file=path, hint="Name their file in means.")
    return file


def _problem(error: ErrorDetails) -> str:
    parts = error["loc"][:4]  # beyond stands which type of a union did not fit
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")
    if error["type"] == "missing":
        return f"there is no {place}"
    if error["type"] == "unexpected_keyword_argument":
        near = difflib.get_close_matches(str(error["loc"][-1]), _FIELDS, n=1)
        return f"{place} is no field of a heads file" + (f"; did you mean {near[0]}?" if near else "")
    if field_ := next((part for part in error["loc"] if part in _EXPECTED), None):
        return f"{place} is {error['input']!r}, expected {_EXPECTED[str(field_)]}"
    return f"{place} is {error['input']!r}: {error['msg'][:1].lower()}{error['msg'][1:]}"


_EXPECTED = {
    "head": "the name of a head, such as 'L0H3'",
    "figures": "numbers, true, false or null",
    "labels_sha256": "64 hexadecimal digits or null",
    "means": "the name of a .safetensors file beside this one, or null",
}
_FIELDS = [each.name for of in (HeadsFile, ListedHead, ModelFound, Intended, FoundOn) for each in fields(of)]


def check_model(file: HeadsFile, model: ModelIdentity, layout: HeadLayout, *, allow_other: bool = False) -> None:
    """Refuse a model that heads were not found on.

    Args:
        file: the heads.
        model: the model as loaded, without a knockout.
        layout: where its heads are.
        allow_other: take another model, as long as it is laid out the same: a tuned version of the one in the file.

    Raises:
        RequestError: the model has other contents, or is of another family where the file knows no more; it is laid out
            otherwise; or a head does not exist.
    """
    found = file.model
    known, given = (found.family, model.family) if found.hash is None else (found.hash, model.hash)
    if known != given and not allow_other:
        raise RequestError(
            f"These heads were found on {found.name} ({found.family}, {_short(found.hash)}), and this model is "
            f"{model.name} ({model.family}, {_short(model.hash)}). What heads do is known of that model only. Where "
            "this one is a tuned version of it, another model of the same layout can be allowed."
        )
    expected = (found.layers, found.heads, found.key_value_heads, found.head_dim)
    has = (len(layout.layers), layout.heads, layout.key_value_heads, layout.head_dim)
    if expected != has:
        raise RequestError(
            f"These heads were found on {found.name}, which has {_layout(*expected)}. {model.name} has {_layout(*has)}."
        )
    check_heads(file.head_set, layout)


def _short(hash_: str | None) -> str:
    return "content unknown" if hash_ is None else f"content {hash_[:12]}…"


def _layout(layers: int, heads: int, key_value_heads: int, head_dim: int) -> str:
    return f"{layers} layers of {heads} heads of {head_dim} values, {key_value_heads} of keys"
