"""``sightline explain evaluate``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sightline.cli import options as o
from sightline.cli.models import Who

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.mechanisms.judging import JudgedOn

__all__ = ["evaluate"]

_many = Parameter(consume_multiple=True, negative="", show_default=False)


def evaluate(
    heads: str,
    *,
    who: Who,
    on: Annotated[list[str], _many],
    images: Annotated[list[Path], _many],
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    top: Annotated[str | None, Parameter(show_default=False)] = None,
    kinds: Annotated[str | None, Parameter(show_default=False)] = None,
    controls: int = 3,
    batch_images: int = 16,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
) -> None:
    """Ask a model with and without heads, on images that the heads were not found on.

    Beside the heads stand random ones and others of the same layers, of equal number. Questions that assert nothing and
    POPE show what it costs. Replies go to run folders, and the same command finishes what was interrupted.

    Parameters
    ----------
    heads
        A heads file, a published set, or heads such as L0H3,L1H7.
    on
        Label sets to ask about, each as BENCHMARK:NAME=PATH, as counting:own=counting.jsonl.
    images
        The folder of their images; one for all, or one for each.
    out
        The folder of the runs and tables; runs/heads_MODEL where none is given.
    top
        How many of the file's heads to knock out, best first: 1,2,3 judges three sets. All where none is given.
    kinds
        Kinds of knockout to hold against each other, as mean,zero. The file's own where none is given.
    controls
        Sets of random heads, and of heads of the same layers.
    batch_images
        Images of a batch.
    """
    from sightline.cli.measure import slug
    from sightline.cli.progress import shown_progress
    from sightline.cli.tables import print_machine
    from sightline.errors import RequestError
    from sightline.mechanisms.apply import are_names
    from sightline.mechanisms.heads_file import read_heads
    from sightline.mechanisms.judging import judge_heads, sets_to_judge
    from sightline.models.heads import head_layout, parse_head
    from sightline.records.tables import write_tables

    if who.knockout is not None:
        raise RequestError("Name the heads once: sightline explain evaluate HEADS …, without --knockout.")
    judged = _judged(o.names_in(on), images)
    model = who.load_whole()
    wanted = o.names_in([kinds]) if kinds else [who.knockout_kind]
    knockouts = [replace(who, knockout=heads, knockout_kind=kind).read_knockout(model) for kind in wanted]
    file = None if are_names(heads) else read_heads(heads)
    names = o.names_in([heads]) if file is None else [each.head for each in file.heads]
    ranked = [parse_head(name) for name in names]
    tops = _tops(top, len(ranked))
    every = head_layout(model.model, model.family).all_heads
    sets = sets_to_judge(ranked, tops, every, controls, seed)
    folder = out or Path("runs") / f"heads_{slug(who.name)}"
    tables: dict[str, Any] = {}
    for how in {how.kind: how for how in knockouts}.values():
        with shown_progress() as progress:
            tables[how.kind] = judge_heads(
                model,
                how,
                sets,
                judged,
                folder / how.kind if len(wanted) > 1 else folder,
                without_images=file.found_on.image_names if file is not None else (),
                batch_images=batch_images,
                progress=lambda _, __, at: progress(at),
                draws=draws,
                seed=seed,
            )
    named = {"outcome" if len(wanted) == 1 else f"outcome_{kind}": table for kind, table in tables.items()}
    write_tables(folder, named)
    if format != "table":
        print_machine(named, format)
        return
    _show(tables, file is not None and bool(file.found_on.image_names), folder / f"{next(iter(named))}.csv")


def _show(tables: "dict[str, pa.Table]", held_out: bool, written: Path) -> None:
    from sightline.cli.tables import console, notes, show

    screen = console()
    for kind, table in tables.items():
        for benchmark in dict.fromkeys(table["benchmark"].to_pylist()):
            show(screen, *_tables(table, benchmark, kind))
    notes(screen, _remarks(held_out))
    screen.print(f"{'written':<9}{written}", markup=False, soft_wrap=True)


def _tops(top: str | None, most: int) -> list[int]:
    from sightline.errors import RequestError

    if top is None:
        return [most]
    wanted = o.names_in([top])
    if not all(each.isdigit() for each in wanted):
        raise RequestError(f"--top {top} says no numbers of heads; expected such as 1,2,3.")
    return [int(each) for each in wanted]


def _remarks(held_out: bool) -> list[str]:
    return [
        "Differences from the whole model stand in brackets, in points; intervals are in the table that was written. "
        "Freed and freed → true: of the replies that the whole model hallucinates, and of those freed.",
        "Images that the heads were found on are left out."
        if held_out
        else "It is not known which images these heads were found on; none are left out.",
    ]


def _judged(on: list[str], images: list[Path]) -> "list[JudgedOn]":
    from sightline.errors import RequestError
    from sightline.mechanisms.judging import JudgedOn

    if len(images) not in (1, len(on)):
        raise RequestError(
            f"{len(images)} folders of images were given for {len(on)} label sets; give one, or as many."
        )
    found: list[JudgedOn] = []
    for place, given in enumerate(on):
        benchmark, colon, labels = given.partition(":")
        if not colon or "=" not in labels:
            raise RequestError(f"--on {given} does not say BENCHMARK:NAME=PATH, as counting:own=counting.jsonl.")
        found.append(JudgedOn(benchmark, labels, images[place if len(images) > 1 else 0]))
    return found


_MEASURES = {
    "copied": "copied",
    "true": "true",
    "other": "other",
    "freed": "freed",
    "freed_true": "freed → true",
    "right": "right",
}


def _tables(table: "pa.Table", benchmark: str, kind: str) -> list[Any]:
    """The outcome of one benchmark: a line for each set of heads, with all columns and with fewer."""
    from sightline.cli.tables import plain_table

    rows = [row for row in table.to_pylist() if row["benchmark"] == benchmark]
    splits = _shown_splits(rows)
    columns = [
        (split, measure)
        for split in splits
        for measure in _MEASURES
        if any((row["split"], row["measure"]) == (split, measure) for row in rows)
    ]
    cells = {(row["set"], row["split"], row["measure"]): row for row in rows}
    sets = list(dict.fromkeys(row["set"] for row in rows))
    title = f"{benchmark}, heads replaced by {kind}   (percent)"
    found = []
    for kept in (columns, [c for c in columns if c[1] not in ("other", "freed", "freed_true")]):
        headings = [("", "left"), *((_heading(split, measure, splits), "right") for split, measure in kept)]
        lines = [
            [name, *(_cell(cells.get((name, *column)), place == 0) for column in kept)]
            for place, name in enumerate(sets)
        ]
        found.append(plain_table(title, headings, lines))
    return found


def _shown_splits(rows: list[dict[str, Any]]) -> list[str]:
    """All false prompts together, and every split of the others, except matching and the true number."""
    splits = dict.fromkeys(row["split"] for row in rows)
    false = {row["split"] for row in rows if row["measure"] == "copied"}
    return [split for split in splits if split == "false prompts" or split not in false | {"0", "matching"}]


def _heading(split: str, measure: str, splits: list[str]) -> str:
    if split == "false prompts":
        return _MEASURES[measure]
    return f"{split}, {_MEASURES[measure]}" if len(splits) > 1 else _MEASURES[measure]


def _cell(row: dict[str, Any] | None, is_whole: bool) -> str:
    if row is None or row["value"] is None:
        return "–"
    value = f"{100 * row['value']:.1f}"
    if is_whole or row["difference"] is None or row["measure"] in ("freed", "freed_true"):
        return value
    return f"{value} ({100 * row['difference']:+.1f})"
