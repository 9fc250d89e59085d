"""``sightline pairs export``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["export"]

_flag = Parameter(negative="", show_default=False)


def export(
    file: Path,
    *,
    to: Literal["trl", "llamafactory", "llamafactory-context", "hadpo", "sentinel", "parquet", "pairs"],
    out: Path,
    images: Path | None = None,
    model: str | None = None,
    revision: str | None = None,
    trust_remote_code: Annotated[bool, _flag] = False,
    skip_unfit: Annotated[bool, _flag] = False,
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Write pairs in the format of another tool, and say how it trains on them.

    Parameters
    ----------
    file
        Pairs: sightline's own, the published rows of SENTINEL or FINER-Tuning, or rows of TRL, LLaMA-Factory or HA-DPO.
    to
        trl: TRL's preference format. llamafactory: LLaMA-Factory's ranking format, and its dataset_info.json.
        llamafactory-context: the same with the column that SENTINEL's patch of it reads. hadpo: HA-DPO's files for
        LLaVA-1.5. sentinel: SENTINEL's own rows. parquet: a table of all fields. pairs: sightline's own.
    out
        The file to write; for hadpo the folder.
    images
        The folder of the images. Their full paths are written then, and all must be there.
    model
        For trl: write prompts out in this model's chat format, so that replies may go on from a context and need not
        end. Its id on the hub, its folder, or bundled; no weights are loaded.
    revision
        Branch, tag or commit of the model on the hub.
    trust_remote_code
        Let code that comes with the model run.
    skip_unfit
        Leave out pairs that the format cannot hold; they are counted.
    overwrite
        Replace earlier files.
    """
    from dataclasses import asdict

    from sightline.cli.tables import print_named
    from sightline.preferences.export_pairs import export_pairs
    from sightline.preferences.read_pairs import read_pair_file

    found = read_pair_file(file, images)
    chat = None
    if model is not None:
        from sightline.models.chat_formats import load_chat

        chat = load_chat(model, revision, trust_remote_code)
    exported = export_pairs(
        found.pairs,
        to,
        out,
        images=images,
        chat=chat,
        model=model or "MODEL",
        skip_unfit=skip_unfit,
        overwrite=overwrite,
        record={"from": asdict(found.source), "format": found.format, "model": model},
    )
    unfit = [f"{count:,} that {reason}" for reason, count in exported.left_out.items()]
    marked = [f"{found.left_out:,} that the file itself marks as not to be trained on"] if found.left_out else []
    lines = {"pairs": f"{exported.pairs:,}, read from {found.format}"}
    if unfit or marked:
        lines["left out"] = "\n".join(unfit + marked)
    lines["written"] = "\n".join(map(str, exported.files))
    if exported.remarks:
        lines["beware"] = "\n".join(exported.remarks)
    lines["next"] = exported.command
    print_named(lines, 10)
