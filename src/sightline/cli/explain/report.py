"""``sightline explain report``."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from sightline.cli import options as o
from sightline.cli.models import Who

if TYPE_CHECKING:
    from sightline.mechanisms.found import Found
    from sightline.report.sections import Facts

__all__ = ["report"]


def report(
    sweep: Path,
    *,
    who: Who,
    labels: str,
    images: Path,
    evaluated: Annotated[Path | None, Parameter(show_default=False)] = None,
    top: int = 1,
    look_at: int = 40,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    seed: o.Seed = 0,
) -> None:
    """Write a page about the heads of a sweep: the map, what they attend to, and what happens without them.

    Parameters
    ----------
    sweep
        The folder of the sweep.
    labels
        The label set it was made with, as NAME=FILE.
    images
        The folder of its images.
    evaluated
        The folder that sightline explain evaluate wrote.
    top
        How many of the best heads are looked at.
    look_at
        How many of the images that heads were not found on are looked at; 0: none, which needs no time of the model.
    out
        The page; report.html in the sweep's folder where none is given. Plots go beside it as SVG, PNG and CSV.
    """
    from pyarrow import parquet

    from sightline.cli.tables import console
    from sightline.errors import MissingError
    from sightline.mechanisms.apply import knockout_of
    from sightline.mechanisms.explained import found_section, judged_section, looked_section, write_drawn
    from sightline.mechanisms.found import rank_sweep
    from sightline.mechanisms.judging import sets_to_judge
    from sightline.mechanisms.sweep_folder import has_estimates, read_estimates
    from sightline.mechanisms.sweep_run import plan_sweep
    from sightline.report.page import write
    from sightline.report.sections import Report, Section

    page = sweep / "report.html" if out is None else o.page(out)
    found = rank_sweep(sweep, top=top, seed=seed)
    about = found.about
    estimates = read_estimates(sweep) if has_estimates(sweep) else None
    section, drawn = found_section(found.effects, found.ranking, found.file.head_set, estimates)
    sections = [section]
    if evaluated is not None:
        path = evaluated / "outcome.parquet"
        if not path.exists():
            hint = "sightline explain evaluate writes it."
            raise MissingError("there is no outcome.parquet", file=evaluated, hint=hint)
        judged, more = judged_section(parquet.read_table(path), about["benchmark"])
        sections.append(judged)
        drawn |= more
    if look_at:
        model = who.load_whole()
        plan = plan_sweep(about["benchmark"], images, [labels], share=1.0, without_images=about["prompts"]["images"])
        knockout = knockout_of(found.file, sweep)
        sets = sets_to_judge(found.in_order, [top], found.effects.heads, 2, seed)
        looked, more = looked_section(model, plan, knockout, sets, most=look_at)
        sections.append(looked)
        drawn |= more
    size = write(
        Report(
            f"The heads that make {about['model']['name']} repeat its prompt",
            "Every attention head was knocked out by itself, and the best were judged on other images.",
            (Section("The sweep", (), (_facts(found),)), *sections),
            f"Made by sightline {version('sightline')}.",
        ),
        page,
    )
    written = write_drawn(drawn, page.parent / "plots")
    screen = console()
    screen.print(f"{'report':<9}{page} ({size / 1e6:.1f} MB)", markup=False, soft_wrap=True)
    screen.print(f"{'plots':<9}{page.parent / 'plots'} ({len(written)} files)", markup=False, soft_wrap=True)


def _facts(found: "Found") -> "Facts":
    from sightline.report.sections import Facts

    about = found.about
    return Facts(
        (
            ("Model", f"{about['model']['name']} ({about['model']['family']}), {about['model']['hash'][:16]}"),
            ("Heads", f"{len(found.effects.heads):,} of {about['model']['layers'] * about['model']['heads']:,}"),
            ("Knockout", ", ".join(f"{name} {value}" for name, value in about["knockout"].items())),
            ("Prompts", f"{len(found.effects.prompts):,}, {', '.join(about['prompts']['splits'])}"),
            ("Engine", f"{about['model']['engine']}, {about['model']['dtype']}, {about['model']['attention']}"),
        )
    )
