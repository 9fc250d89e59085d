"""A heads file applied to a model: the model without those heads, for any benchmark."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sightline.errors import RequestError
from sightline.mechanisms.heads_file import HeadsFile, check_model, read_heads
from sightline.mechanisms.outputs_file import read_outputs
from sightline.mechanisms.presupposing import asserted_words
from sightline.models.heads import Head, check_heads, head_layout, parse_heads
from sightline.models.knockout import Knockout
from sightline.models.knockout_kinds import KINDS, SCOPES
from sightline.models.transformers import TransformersModel

__all__ = ["are_names", "knocked_out_by", "knockout_of", "read_knockout"]


def are_names(given: str) -> bool:
    """Whether heads are named, and no file or published set that holds them.

    Example:
        >>> are_names("L0H3,L1H7"), are_names("heads.json"), are_names("pih-qwen2-vl-7b-best3")
        (True, False, False)
    """
    named = given[:1] in "Ll" and given[1:2].isdigit() and Path(given).suffix != ".json"
    return named and not os.path.exists(given)  # noqa: PTH110 (Path.exists raises where a name is too long)


def knockout_of(file: HeadsFile, folder: Path, heads: Sequence[Head] | None = None) -> Knockout:
    """The knockout that a heads file is meant for.

    Args:
        file: the heads file.
        folder: where it lies, and its means beside it.
        heads: these instead of those in the file.

    Raises:
        DataError: the means cannot be read.
    """
    how = file.knockout
    outputs = read_outputs(folder / file.means) if file.means is not None else None
    return Knockout(tuple(heads) if heads is not None else file.head_set, how.kind, how.scope, how.strength, outputs)


def read_knockout(
    given: str,
    model: TransformersModel,
    *,
    kind: str | None = None,
    scope: str | None = None,
    strength: float | None = None,
    allow_other: bool = False,
) -> Knockout:
    """A knockout for a model, from a heads file, a published set, or names of heads.

    Args:
        given: a heads file, the name of a published set, or names such as "L0H3,L1H7", which are knocked out by zero
            where no kind is given.
        model: the whole model.
        kind: what heads are replaced by, where not as the file says.
        scope: where, likewise.
        strength: how much of them, likewise.
        allow_other: take heads that were found on another model of the same layout.

    Raises:
        RequestError: a head does not exist, or the heads are another model's.
        DataError: the file is broken.
    """
    layout = head_layout(model.model, model.family)
    if are_names(given):
        heads = parse_heads(given.split(","))
        check_heads(heads, layout)
        return Knockout(heads, kind or "zero", scope or "all", 1.0 if strength is None else strength)
    file = read_heads(given)
    check_model(file, model.identity, layout, allow_other=allow_other)
    how = file.knockout
    if (kind or how.kind) not in KINDS or (scope or how.scope) not in SCOPES:
        raise RequestError(
            f"Kind {kind or how.kind!r} or scope {scope or how.scope!r} is not known; kinds are {', '.join(KINDS)}, "
            f"scopes {', '.join(SCOPES)}."
        )
    found = knockout_of(file, Path(given).parent)
    return replace(
        found,
        kind=kind or found.kind,
        scope=scope or found.scope,
        strength=found.strength if strength is None else strength,
    )


def knocked_out_by(model: TransformersModel, knockout: Knockout) -> TransformersModel:
    """The model without heads, which every benchmark can be asked.

    Raises:
        RequestError: it cannot be done while replying.
    """
    return model.knocked_out(knockout, asserted_words)
