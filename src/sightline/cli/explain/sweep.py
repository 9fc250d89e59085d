"""``sightline explain sweep``."""

import shlex
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sightline.cli.engines import Cluster
from sightline.cli.models import Who
from sightline.cli.options import names_in

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.mechanisms.sweep_batches import Sweeping
    from sightline.mechanisms.sweep_run import SweepPlan
    from sightline.models.heads import Head, HeadLayout

__all__ = ["Knocking", "Prompts", "ranking_table", "sweep"]

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Prompts:
    """The options that say which prompts heads are found on."""

    labels: Annotated[str, Parameter(help="The label set that says what holds, as NAME=FILE.")]
    images: Annotated[Path, Parameter(help="The folder of the images, or of folders of them.")]
    split: Annotated[
        list[str], _many, Parameter(help="Only these splits, as +1; all that assert something false otherwise.")
    ] = field(default_factory=list)
    share: Annotated[
        float, Parameter(help="The share of images to find heads on; the others are kept for judging them.")
    ] = 0.5
    prompts: Annotated[
        int | None, Parameter(help="At most so many prompts, of whole images, drawn.", show_default=False)
    ] = None
    seed: Annotated[int, Parameter(help="Seed of the cut and the draw.")] = 0

    def plan(self, benchmark: str) -> "SweepPlan":
        """The prompts of a benchmark."""
        from sightline.mechanisms.sweep_run import plan_sweep

        return plan_sweep(
            benchmark,
            self.images,
            [self.labels],
            splits=names_in(self.split),
            share=self.share,
            most=self.prompts,
            seed=self.seed,
        )


@Parameter(name="*")
@dataclass(frozen=True)
class Knocking:
    """The options that say how heads are knocked out."""

    kind: Annotated[
        str,
        Parameter(
            help="What heads are replaced by: mean (over the prompts), role-mean, zero, resample, prompt-mean (as the "
            "paper's repository) or patch (from the prompt that says the truth)."
        ),
    ] = "mean"
    scope: Annotated[
        str, Parameter(help="At which tokens: all, prompt, text (after the image), asserted or decode.")
    ] = "all"
    strength: Annotated[float, Parameter(help="How much of a head, from 0 to 1.")] = 1.0


def sweep(
    benchmark: str,
    *,
    who: Who,
    given: Prompts,
    how: Knocking | None = None,
    cluster: Cluster | None = None,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    layers: Annotated[list[str], _many] | None = None,
    heads: Annotated[list[str], _many] | None = None,
    texts: Annotated[bool, _flag] = False,
    max_new_tokens: int = 50,
    screen: Annotated[bool, _flag] = False,
    top: int = 40,
    exact_layers: int = 2,
    batch_images: Annotated[int | None, Parameter(show_default=False)] = None,
) -> None:
    """Knock every attention head out by itself, and see which prompts' replies become true.

    The image is encoded once, layers below a head are not computed again, and all heads of a layer run side by side.
    What is done is kept: the same command finishes a sweep that was interrupted.

    Parameters
    ----------
    benchmark
        The benchmark whose prompts assert something: counting or colour.
    out
        The folder of the sweep; runs/sweep_BENCHMARK_MODEL where none is given.
    layers
        Only these layers, as 0-3 or 0,5.
    heads
        Only these heads of each layer, likewise; or heads by name: L0H3.
    texts
        Find the replies without each head as well. Without, the true answer is weighed against the asserted one.
    max_new_tokens
        The longest reply, in tokens.
    screen
        Estimate all heads by attribution patching, and sweep only the promising ones exactly.
    top
        With --screen: how many heads, besides those of the first layers.
    exact_layers
        With --screen: how many first layers are swept whole.
    batch_images
        Images swept together; a batch is what an interruption loses.
    """
    from sightline.cli.measure import slug
    from sightline.cli.progress import shown_progress
    from sightline.mechanisms.found import rank_sweep
    from sightline.mechanisms.sweep import SweepSettings
    from sightline.mechanisms.sweep_run import Screen, run_sweep

    how = how or Knocking()
    folder = out or Path("runs") / f"sweep_{benchmark}_{slug(who.name)}"
    plan = given.plan(benchmark)
    with ExitStack() as stack:
        model = _sweeping(who, cluster or Cluster(), stack)
        chosen = _chosen(names_in(layers or []), names_in(heads or []), model.layout)
        progress = stack.enter_context(shown_progress("swept"))
        run_sweep(
            plan,
            model,
            folder,
            SweepSettings(how.kind, how.scope, how.strength, texts, max_new_tokens),
            chosen,
            screen=Screen(top, exact_layers) if screen else None,
            batch_images=batch_images,
            command=shlex.join(["sightline", "explain", "sweep", benchmark, "--out", str(folder)]),
            progress=progress,
        )
    found = rank_sweep(folder)
    _show(found.ranking, plan, folder, found.path, who, given)


def _sweeping(who: Who, cluster: Cluster, stack: ExitStack) -> "Sweeping":
    """The whole model, or workers who have it."""
    if who.engine != "ray":
        from sightline.mechanisms.sweep_batches import SweptHere

        cluster.refuse_without(who.engine)
        return SweptHere(who.load_whole())
    from sightline.scale.sweep import SweepLoading, sweep_crew

    loading = SweepLoading(who.loading(cluster.worker_engine))
    crew = sweep_crew(loading, workers=cluster.workers, address=cluster.ray_address)
    stack.callback(crew.close)
    return crew


def _chosen(layers: list[str], heads: list[str], layout: "HeadLayout") -> "tuple[Head, ...] | None":
    """The heads that are named, by name or by layer and place; None: all."""
    from sightline.models.heads import Head, check_heads, parse_heads

    if not layers and not heads:
        return None
    if heads and not heads[0][:1].isdigit():
        named = parse_heads(heads)
        check_heads(named, layout)
        return named
    of_layers = _numbers(layers, "layers") or list(range(len(layout.layers)))
    of_heads = _numbers(heads, "heads") or list(range(layout.heads))
    chosen = tuple(Head(layer, head) for layer in of_layers for head in of_heads)
    check_heads(chosen, layout)
    return chosen


def _numbers(ranges: list[str], what: str) -> list[int]:
    from sightline.errors import RequestError

    found: list[int] = []
    for part in ranges:
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()) or (dash and int(last) < int(first)):
            raise RequestError(f"--{what} {part} is no number and no range such as 0-3.")
        found += range(int(first), int(last or first) + 1)
    return sorted(set(found))


def _show(ranking: "pa.Table", plan: "SweepPlan", folder: Path, written: Path, who: Who, given: Prompts) -> None:
    from sightline.cli.tables import console, notes, show

    screen = console()
    show(screen, ranking_table(ranking, 10))
    tied = ranking.num_rows - 10
    notes(
        screen,
        [
            f"{len(plan.prompts):,} prompts about {len(plan.by_image):,} images; {len(plan.held_out):,} images are "
            f"kept for judging the heads{f', {tied:,} more heads in {folder}/ranking.csv' if tied > 0 else ''}.",
            "Freed: hallucinated replies that no longer say what the prompt asserts. Harmed: replies that were true "
            "and are not without the head. Log-odds: of the true over the asserted answer, in nats.",
        ],
    )
    on = shlex.join([*who.words, "--on", f"{plan.benchmark}:{given.labels}", "--images", str(given.images)])
    screen.print(f"{'written':<9}{written}", markup=False, soft_wrap=True)
    screen.print(
        f"{'next':<9}sightline explain evaluate {shlex.quote(str(written))} {on}",
        markup=False,
        soft_wrap=True,
    )


def ranking_table(ranking: "pa.Table", most: int) -> Any:
    """The best heads of a ranking, for the terminal."""
    from sightline.cli.tables import plain_table, probability, rate_cell, signed_cell

    rows = ranking.slice(0, most).to_pylist()
    headings = [("head", "left"), ("became true", "right"), ("freed", "right"), ("harmed", "right")]
    headings += [("log-odds, hallucinated", "right"), ("p, all heads", "right")]
    cells = [
        [
            row["name"],
            *(
                rate_cell(*(row[name + end] for end in ("", "_low", "_high")))
                for name in ("became_true", "freed", "harmed")
            ),
            signed_cell(
                row["shift_hallucinated"], row["shift_hallucinated_low"], row["shift_hallucinated_high"], times=1
            ),
            probability(row["p_adjusted"]),
        ]
        for row in rows
    ]
    n, right = (rows[0]["n"], rows[0]["n_right"]) if rows else (0, 0)
    title = f"Without one head   ({n:,} hallucinated replies, {right:,} true ones; percent, 95 % intervals)"
    return plain_table(title, headings, cells)
