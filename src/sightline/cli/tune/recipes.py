"""``sightline tune recipes``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sightline.tuning.recipes import Recipe

__all__ = ["recipes"]


def recipes(name: str | None = None) -> None:
    """List the recipes, or show one.

    Parameters
    ----------
    name
        The recipe to show.
    """
    from sightline.cli.tables import console, plain_table, print_named, show
    from sightline.tuning.recipes import RECIPES, recipe

    if name is not None:
        print_named(_described(recipe(name)), 17)
        return
    headings = [("name", "left"), ("model", "left"), ("trained", "left"), ("rate", "right"), ("batch", "right")]
    rows = [
        [each.name, each.model, str(each.adapter), f"{each.schedule.learning_rate:g}", each.schedule.batch_pairs]
        for each in RECIPES.values()
    ]
    short = [[row[0], row[1], *row[3:]] for row in rows]
    show(
        console(),
        plain_table("Recipes (sightline tune recipes NAME shows all of one)", headings, rows),
        plain_table("Recipes (sightline tune recipes NAME shows all of one)", [*headings[:2], *headings[3:]], short),
    )


def _described(chosen: "Recipe") -> dict[str, str]:
    schedule, selection = chosen.schedule, chosen.selection
    lines = {
        "name": chosen.name,
        "source": chosen.source,
        "model": chosen.model,
        "loss": f"{chosen.loss}, beta {chosen.loss.beta:g}",
        "trained": str(chosen.adapter),
        "learning rate": f"{schedule.learning_rate:g}, {schedule.scheduler}, warm-up {100 * schedule.warm_up:g} %",
        "batch": f"{schedule.batch_pairs} pairs",
        "epochs": str(schedule.epochs),
        "weight decay": f"{schedule.weight_decay:g}",
        "gradient norm": f"{schedule.max_grad_norm:g} at most",
        "pairs": "all" if selection.limit is None else f"the first {selection.limit:,}",
        "held out": f"{100 * selection.held_out_share:g} %",
    }
    if selection.max_length is not None:
        lines["longest"] = f"{selection.max_length:,} tokens"
    if selection.max_pixels is not None:
        lines["largest image"] = f"{selection.max_pixels:,} pixels; larger ones are scaled down"
    return lines
