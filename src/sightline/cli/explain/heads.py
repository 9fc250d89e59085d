"""``sightline explain rank``, ``export`` and ``published``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sightline.cli import options as o
from sightline.cli.models import Who

__all__ = ["export", "published", "rank"]

_flag = Parameter(negative="", show_default=False)


def rank(
    sweep: Path,
    *,
    top: int = 1,
    heads: Annotated[list[str], Parameter(consume_multiple=True, negative="", show_default=False)] | None = None,
    by: Literal["shift", "became_true", "freed", "shift_hallucinated"] = "shift",
    pih: Annotated[Path | None, Parameter(show_default=False)] = None,
    shown: int = 10,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
) -> None:
    """Rank the heads of a sweep, and write the best of them into a heads file.

    Parameters
    ----------
    sweep
        The folder of the sweep.
    top
        How many of the best heads the file is to hold.
    heads
        Heads that the file is to hold instead, by name.
    by
        The figure to rank by: shift (the mean change of log-odds over all prompts, which weighs what is won against
        what is harmed), shift_hallucinated (over hallucinated replies), became_true or freed (shares of these).
    pih
        Also write the files of the paper's repository (rates by ground truth, its ranks) into this folder; needs texts.
    shown
        How many heads are listed.
    out
        The heads file; heads.json in the sweep's folder where none is given.
    """
    from sightline.cli.explain.sweep import ranking_table
    from sightline.cli.tables import console, print_machine, show
    from sightline.mechanisms.found import rank_sweep
    from sightline.models.heads import parse_heads

    named = parse_heads(o.names_in(heads)) if heads else None
    found = rank_sweep(sweep, out, top=top, heads=named, by=by, draws=draws, seed=seed)
    written = [found.path]
    if pih is not None:
        from sightline.mechanisms.pih_files import pih_model, write_pih_sweep

        written += write_pih_sweep(found.effects, pih, pih_model(found.about["model"]["family"]))
    if format != "table":
        print_machine({"ranking": found.ranking}, format)
        return
    screen = console()
    show(screen, ranking_table(found.ranking, shown))
    for place, each in enumerate(written):
        screen.print(f"{'' if place else 'written':<9}{each}", markup=False, soft_wrap=True)
    screen.print(f"{'heads':<9}{', '.join(map(str, found.file.head_set))}", markup=False)


def published() -> None:
    """List the sets of heads that papers have published, for use as --knockout."""
    from sightline.cli.tables import console, plain_table, show
    from sightline.mechanisms.heads_file import published as names
    from sightline.mechanisms.heads_file import read_heads

    files = {name: read_heads(name) for name in names()}
    rows = [
        [name, file.model.name, file.knockout.kind, ", ".join(map(str, file.head_set))] for name, file in files.items()
    ]
    screen = console()
    show(
        screen,
        plain_table("Published heads", [(h, "left") for h in ("name", "model", "knockout", "heads")], rows),
    )
    for source in dict.fromkeys(file.source for file in files.values()):
        screen.print(source, markup=False, soft_wrap=True)


def export(
    *,
    who: Who,
    out: Path,
    form: Annotated[Literal["weights", "lora"], Parameter(name="--as")] = "weights",
    unshare: Annotated[bool, _flag] = False,
) -> None:
    """Write a knockout into plain weights, which transformers and vLLM load without sightline.

    Zeroed heads are columns of o_proj set to zero, exactly, or a LoRA adapter. Means become a bias where the
    architecture has room for one; where it has none, name --knockout-kind zero, or --unshare.

    Parameters
    ----------
    out
        The folder to write.
    form
        A whole model, or a LoRA adapter in PEFT's format.
    unshare
        Give every query head keys and values of its own, so that a mean fits into their bias; the KV cache grows.
    """
    from dataclasses import replace

    from sightline.cli.tables import console
    from sightline.errors import RequestError
    from sightline.mechanisms.export import export_weights, missing_room
    from sightline.mechanisms.export_lora import export_lora

    if who.adapter is not None:
        raise RequestError(
            "A knockout is written into whole models. Merge the adapter first, and name that folder as the model: "
            f"sightline merge {who.adapter} --out FOLDER"
        )
    model = who.load_whole()
    knockout = who.read_knockout(model)
    instead = ""
    if form == "weights" and (
        reason := missing_room(model.model.config, knockout.kind, knockout.scope, unshare=unshare)
    ):
        if who.knockout_kind is not None or missing_room(model.model.config, "zero", knockout.scope):
            raise RequestError(reason)
        instead, knockout = reason, replace(knockout, kind="zero")
    if form == "lora" and knockout.kind != "zero" and who.knockout_kind is None:
        instead = f"A LoRA adapter holds no means ({knockout.kind})."
        knockout = replace(knockout, kind="zero")
    if form == "lora":
        done = export_lora(who.model, knockout, out, revision=who.revision)
    else:
        done = export_weights(who.model, knockout, out, unshare=unshare, revision=who.revision)
    screen = console()
    size = f"{done.bytes / 1e6:,.1f} MB, {len(done.tensors)} tensors changed or added"
    lines = {"written": f"{done.folder} ({size})", "knockout": str(knockout)}
    for name, value in lines.items():
        screen.print(f"{name:<11}{value}", markup=False, soft_wrap=True)
    if instead:
        screen.print(
            f"{'beware':<11}{instead} The heads were zeroed instead; to see what that changes: sightline explain "
            f"evaluate {who.knockout} … --kinds mean,zero",
            markup=False,
            soft_wrap=True,
        )
    for place, note in enumerate(done.notes):
        screen.print(f"{'' if place else 'notes':<11}{note}", markup=False, soft_wrap=True)
