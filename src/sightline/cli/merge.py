"""``sightline merge``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from sightline.tuning.merging import Merged

_flag = Parameter(negative="", show_default=False)
_MUCH = 0.1
"""Rounding is remarked on from this share of an adapter on."""


def register(app: App) -> None:
    """Add the verb."""
    app.command(merge)


def merge(
    adapter: str,
    *,
    out: Path,
    base: Annotated[str | None, Parameter(show_default=False)] = None,
    any_base: Annotated[bool, _flag] = False,
    revision: Annotated[str | None, Parameter(show_default=False)] = None,
) -> None:
    """Write a tuned model as plain weights, which transformers and vLLM load without sightline and PEFT.

    The adapter is added to the weights of its base, tensor by tensor, in the dtype they have; all else is copied. The
    folder bears its name only once all is written.

    Parameters
    ----------
    adapter
        A LoRA adapter: its folder, or its id on the hub.
    out
        The folder to write; it is new or empty.
    base
        Where the base is, where it is not where the adapter says: a folder, an id on the hub, or bundled.
    any_base
        Take a base of other content than the adapter was made on.
    revision
        Branch, tag or commit of the adapter on the hub.
    """
    from sightline.cli.progress import shown_steps
    from sightline.cli.tables import print_named
    from sightline.tuning.merging import merge as merge_into

    with shown_steps() as progress:
        done = merge_into(
            adapter,
            out,
            base=base,
            any_base=any_base,
            revision=revision,
            progress=lambda done, total: progress("files", done, total),
        )
    of_all = f"{len(done.tensors):,} of {len(done.base.files):,} tensors changed"
    shape = f"rank {done.adapter.ranks}, {done.adapter.targets}"
    lines = {
        "written": f"{done.folder} ({done.bytes / 1e6:,.1f} MB, {of_all})",
        "base": f"{done.base.name}, {done.base.sha256[:12]}…",
        "adapter": f"{done.adapter.name}, {done.adapter.sha256[:12]}…: {shape}",
        "rounding": _rounding(done),
    }
    if done.left_out:
        lines["left out"] = ", ".join(done.left_out)
    print_named(lines | {"next": f"sightline measure pope --model {done.folder} --images FOLDER"}, 10)


def _rounding(done: "Merged") -> str:
    """What is left of the adapter in the dtype of the weights."""
    if not done.rounding.changed:
        return "none, and nothing is changed: the adapter is zero, as before the first step of a tuning"
    found = f"{', '.join(done.dtypes)} moves the weights by {100 * done.rounding.share:.2g} % of what the adapter does"
    if done.rounding.share < _MUCH:
        return found
    return (
        f"{found}, at random and not against it.\n"
        "Measure this folder, and not only the adapter: near ties may fall otherwise."
    )
