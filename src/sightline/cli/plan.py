"""``sightline plan``."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa


def register(app: App) -> None:
    """Add the verb."""
    app.command(plan)


def plan(
    benchmark: str = "pope",
    *,
    difference: float,
    disagreement: Annotated[float | None, Parameter(negative="")] = None,
    per_image: float = 6,
    correlation: float = 0.0,
    power: float = 0.8,
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    format: o.Format = "table",
) -> None:
    """Tell how many questions are needed to see a difference in accuracy between two models.

    Either from assumptions (--disagreement, --per-image, --correlation) or from the replies of two or more models,
    whose disagreement and correlation within an image are then measured on distinct questions.

    Parameters
    ----------
    benchmark
        The benchmark the replies are to.
    difference
        The difference to be seen, as a rate: 0.01 is one percentage point.
    disagreement
        Share of questions that just one of the two models has right.
    per_image
        Questions on each image.
    correlation
        Intraclass correlation, within an image, of which of the two is right.
    power
        The chance of seeing it.
    """
    from sightline.cli.tables import console, notes, plain_table, print_machine, show
    from sightline.errors import RequestError
    from sightline.evaluation.plan import Assumptions, assumptions_from, plan_table

    if (given.replies or given.example) and disagreement is not None:
        raise RequestError("Give either --replies, from which the disagreement is measured, or --disagreement.")
    if given.replies or given.example:
        evaluation = given.evaluation(benchmark)
        assumptions = assumptions_from(evaluation, reader or "strict")
    elif disagreement is not None:
        assumptions = [Assumptions(disagreement, per_image, correlation)]
    else:
        raise RequestError("Give --disagreement, or --replies of two models from which it can be measured.")
    table = plan_table(difference, assumptions, power)
    if format != "table":
        print_machine({"plan": table}, format)
        return
    screen = console()
    title = f"To see a difference of {100 * difference:g} points in accuracy, power {power:.0%}, level 95 %"
    show(screen, plain_table(title, _HEADINGS, _rows(table)))
    notes(
        screen,
        [
            "disagree: share of questions that just one of the two has right. correlation (ρ): of that, in an image.",
            "For McNemar's test (Connor 1987), inflated by 1 + (m − 1) ρ for m questions an image.",
        ],
    )


_HEADINGS = [
    ("from", "left"),
    *((name, "right") for name in ("disagree", "per image", "correlation", "inflation", "questions", "images")),
]


def _rows(table: "pa.Table") -> list[list[str]]:
    return [
        [
            row["from"],
            f"{row['disagreement']:.1%}",
            f"{row['per_image']:.2f}",
            f"{row['correlation']:.3f}",
            f"{row['design_effect']:.2f}",
            f"{row['questions']:,}",
            f"{row['images']:,}",
        ]
        for row in table.to_pylist()
    ]
