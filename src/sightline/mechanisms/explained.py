"""What is known of heads, as sections of a page: what a sweep found, what judging says, and what the heads look at."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sightline.core import Asking
from sightline.errors import RequestError
from sightline.mechanisms.attention import attention_mass
from sightline.mechanisms.attention_maps import attention_maps
from sightline.mechanisms.attention_tables import mass_tables
from sightline.mechanisms.changes import CHANGES, Change, changes
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.judging import WHOLE, HeadSet, name_of
from sightline.mechanisms.presupposing import presupposing
from sightline.mechanisms.probabilities import answer_probabilities, dose_table
from sightline.mechanisms.sweep import Asked
from sightline.mechanisms.sweep_batches import ask_images
from sightline.mechanisms.sweep_run import SweepPlan
from sightline.mechanisms.token_samples import token_samples
from sightline.models.heads import Head
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel
from sightline.report.attention_overlay import attention_overlay
from sightline.report.curves import rate_curve
from sightline.report.dose_curve import dose_curve
from sightline.report.estimate_scatter import estimate_scatter
from sightline.report.heat_explorer import HeatMap
from sightline.report.heat_map import heat_map
from sightline.report.mass_lines import mass_lines
from sightline.report.plot import Plot, figure_of
from sightline.report.sections import Column, Part, Section, Show, Table
from sightline.report.stacked_bars import stacked_bars
from sightline.report.token_plot import token_plot
from sightline.report.token_table import TokenTable
from sightline.report.trade_off import trade_off

__all__ = ["Drawn", "found_section", "heat_table", "judged_section", "looked_section", "write_drawn"]

Drawn = dict[str, Plot]
"""Plots by the names of their files, to be written beside a page."""

_MEASURE = "Log-odds of the true over the asserted answer, change without the head (nats)"
_FALSE = "false prompts"


def heat_table(effects: Effects, ranking: pa.Table, chosen: Sequence[Head]) -> pa.Table:
    """The heads of a sweep as a heat map takes them: change of log-odds where the reply was hallucinated.

    Args:
        effects: the sweep.
        ranking: of its heads.
        chosen: heads to be outlined.
    """
    known = {(row["layer"], row["head"]): row for row in ranking.to_pylist()}
    examples = _examples(effects)
    rows: list[dict[str, Any]] = []
    for layer in range(effects.model_layers):
        for place in range(effects.model_heads):
            row = known.get((layer, place))
            before, after = examples.get(Head(layer, place), (None, None))
            rows.append(
                {
                    "layer": layer,
                    "head": place,
                    "value": row and row["shift_hallucinated"],
                    "low": row and row["shift_hallucinated_low"],
                    "high": row and row["shift_hallucinated_high"],
                    "significant": bool(row and row["significant"]),
                    "marked": Head(layer, place) in set(chosen),
                    "n": row and row["n"],
                    "p_adjusted": row and row["p_adjusted"],
                    "became_true": row and row["became_true"],
                    "before": before,
                    "after": after,
                }
            )
    return pa.Table.from_pylist(rows)


def _examples(effects: Effects) -> dict[Head, tuple[str, str]]:
    """For every head a reply that becomes true without it, where texts were made."""
    if not effects.has_texts:
        return {}
    codes, wanted = changes(effects), CHANGES.index(Change.BECAME_TRUE)
    found: dict[Head, tuple[str, str]] = {}
    for place, head in enumerate(effects.heads):
        prompts = np.flatnonzero(codes[:, place] == wanted)
        if len(prompts):
            first = int(prompts[0])
            found[head] = effects.prompts[first].reply, effects.text(first, place)
    return found


def found_section(
    effects: Effects, ranking: pa.Table, chosen: Sequence[Head], estimates: pa.Table | None = None
) -> tuple[Section, Drawn]:
    """What a sweep found: the map of heads and the ranking.

    Args:
        effects: the sweep.
        ranking: of its heads.
        chosen: heads to be outlined.
        estimates: what screening estimated, where heads were screened.
    """
    data = heat_table(effects, ranking, chosen)
    groups = None
    if effects.key_value_heads is not None and effects.key_value_heads < effects.model_heads:
        groups = effects.model_heads // effects.key_value_heads
    draw = functools.partial(heat_map, data, measure=_MEASURE, centre=0.0, head_groups=groups)
    hallucinated = sum(prompt.copied for prompt in effects.prompts)
    columns = (
        Column("name", "head"),
        *(
            Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"))
            for name, title in (("became_true", "became true"), ("freed", "freed"), ("harmed", "harmed"))
        ),
        Column("shift_hallucinated", "log-odds", Show.NUMBER, ("shift_hallucinated_low", "shift_hallucinated_high")),
        Column("p_adjusted", "p, all heads", Show.PROBABILITY),
    )
    drawn = {"heads": draw(1120.0)}
    parts: list[Part] = [
        HeatMap("heads", "Every head, knocked out by itself", data, _MEASURE, 0.0, groups),
        Table("ranking", "The best heads, percent with 95 % intervals", ranking.slice(0, 15), columns),
    ]
    if estimates is not None:
        scatter = functools.partial(_scatter, effects, estimates, chosen)
        drawn["screening"] = scatter(1120.0)
        parts.append(figure_of("screening", "Attribution patching against the exact sweep", scatter))
    prose = (
        f"{len(effects.prompts):,} prompts that assert something false, {hallucinated:,} of which the whole model goes "
        "along with. Every head is knocked out by itself, and the true answer weighed against the asserted one after "
        "the reply's own beginning.",
        "Became true, freed: of the hallucinated replies. Harmed: replies that were true and are not without the head. "
        "p is of the change of log-odds over all prompts, corrected for all heads.",
    )
    return Section("Which heads?", prose, tuple(parts)), drawn


def _scatter(effects: Effects, estimates: pa.Table, chosen: Sequence[Head], width: float) -> Plot:
    """Mean estimated and mean exact change of log-odds, head by head."""
    with np.errstate(invalid="ignore"):
        exact = np.nanmean(effects.log_odds - effects.log_odds_whole[:, None], axis=0)
    known = dict(zip(effects.heads, exact.tolist(), strict=True))
    sums: dict[Head, list[float]] = {}
    for row in estimates.to_pylist():
        if row["estimate"] is not None:
            sums.setdefault(Head(row["layer"], row["head"]), []).append(row["estimate"])
    rows = [
        {
            "head": str(head),
            "estimate": float(np.mean(values)),
            "exact": known.get(head),
            "checked": head in known,
            "marked": head in chosen,
        }
        for head, values in sums.items()
    ]
    return estimate_scatter(
        pa.Table.from_pylist(rows),
        width,
        estimate="Estimated change of log-odds (nats)",
        exact="Exact change of log-odds (nats)",
        recall=f"{len(known):,} of {len(sums):,} heads were swept exactly",
    )


def judged_section(table: pa.Table, main: str) -> tuple[Section, Drawn]:
    """What judging says: what becomes of replies to false prompts, what it costs, and the curve before and after.

    Args:
        table: as `judging.judge_heads` makes it.
        main: the benchmark whose false prompts are the gain.
    """
    rows = table.to_pylist()
    sets = list(dict.fromkeys(row["set"] for row in rows))
    found = {(r["benchmark"], r["split"], r["measure"], r["set"]): r for r in rows}
    titles = {"copied": "repeats the prompt", "true": "true", "other": "something else", "unreadable": "unreadable"}
    bars = pa.Table.from_pylist(
        [
            {"set": name, "category": title, "share": own["value"], "n": own["n"]}
            for name in sets
            for measure, title in titles.items()
            for own in [found[main, _FALSE, measure, name]]
        ]
    )
    drawn: Drawn = {}
    parts: list[Part] = []

    def add(name: str, caption: str, draw: Any) -> None:
        drawn[name] = draw(1120.0)
        parts.append(figure_of(name, caption, draw))

    add("replies", f"Replies to false prompts ({main})", functools.partial(stacked_bars, bars, measure="Replies"))
    clean = [
        key
        for key in dict.fromkeys((r["benchmark"], r["split"]) for r in rows if r["measure"] == "right")
        if key[1] not in ("0", "matching")
    ]
    for benchmark, split in clean[:2]:
        points = [_traded(found, main, benchmark, split, row) for row in sets if row != WHOLE]
        kept = [point for point in points if point is not None]
        if kept:
            lost = f"Right answers lost, {benchmark} {split}"
            name = f"trade_off_{benchmark}_{split}".replace(" ", "_")
            draw = functools.partial(trade_off, pa.Table.from_pylist(kept), gain="Copying avoided", cost=lost)
            add(name, f"What is won, and what it costs ({benchmark}, {split})", draw)
    best = next(name for name in sets if name != WHOLE)
    curve = _curve(found, main, best)
    if curve.num_rows:
        along = "how far the number in the prompt is off" if main == "counting" else "how far the colour is off"
        add(
            "before_after",
            f"Replies along false prompts, with and without {best}",
            functools.partial(rate_curve, curve, along=along, measure="Replies", top=1.0),
        )
    parts.append(_outcome(table))
    prose = (
        "The same questions to the whole model and without heads, about images that the heads were not found on. "
        "Beside the chosen heads stand as many random ones, and as many others of the same layers.",
    )
    return Section("Without the heads", prose, tuple(parts)), drawn


def _traded(
    found: Mapping[tuple[str, str, str, str], Mapping[str, Any]], main: str, benchmark: str, split: str, name: str
) -> dict[str, Any] | None:
    gain, cost = found.get((main, _FALSE, "copied", name)), found.get((benchmark, split, "right", name))
    if gain is None or cost is None or gain["relative"] is None or cost["difference"] is None:
        return None
    minus = {key: None if value is None else -value for key, value in gain.items() if key.startswith("relative")}
    less = {key: None if value is None else -value for key, value in cost.items() if key.startswith("difference")}
    return {
        "set": name,
        "kind": gain["kind"],
        "gain": minus["relative"],
        "gain_low": minus["relative_high"],
        "gain_high": minus["relative_low"],
        "cost": less["difference"],
        "cost_low": less["difference_high"],
        "cost_high": less["difference_low"],
    }


def _curve(found: Mapping[tuple[str, str, str, str], Mapping[str, Any]], main: str, best: str) -> pa.Table:
    splits = dict.fromkeys(key[1] for key in found if key[0] == main and key[2] == "copied" and key[1] != _FALSE)
    ordered = sorted(splits, key=_place)
    rows = [
        {
            "series": title,
            "run": run,
            "x": split,
            **{key: own[key] if key == "n" else own[name] for key, name in _CURVE.items()},
        }
        for measure, title in (("copied", "repeats the prompt"), ("true", "says what is there"))
        for run, name_ in ((WHOLE, WHOLE), (f"without {best}", best))
        for split in ordered
        for own in [found[main, split, measure, name_]]
    ]
    return pa.Table.from_pylist(rows)


_CURVE = {"value": "value", "low": "value_low", "high": "value_high", "n": "n"}


def _place(split: str) -> tuple[int, str]:
    """Offsets and distances in the order of their size."""
    number = split.removeprefix("distance ")
    return (int(number), split) if number.lstrip("+-").isdigit() else (0, split)


def _outcome(table: pa.Table) -> Table:
    columns = (
        Column("set", "without"),
        Column("benchmark", "benchmark"),
        Column("split", "questions"),
        Column("measure", "measure"),
        Column("n", "replies", Show.COUNT),
        Column("value", "value", Show.PERCENT, ("value_low", "value_high")),
        Column("difference", "difference", Show.POINTS, ("difference_low", "difference_high")),
    )
    return Table("outcome", "Everything that was asked, with 95 % intervals", table, columns, folded=True)


def looked_section(
    model: TransformersModel,
    plan: SweepPlan,
    knockout: Knockout,
    sets: Sequence[HeadSet],
    *,
    most: int = 40,
    maps: int = 2,
    samples: int = 6,
    max_new_tokens: int = 50,
) -> tuple[Section, Drawn]:
    """What the heads look at, and what becomes of answers as they are faded out.

    Args:
        model: the whole model.
        plan: the prompts; those of the first images are taken.
        knockout: the chosen heads, and how they are knocked out.
        sets: the chosen heads and others beside them.
        most: images, at most.
        maps: pictures on which attention is drawn.
        samples: replies shown token by token.
        max_new_tokens: the longest reply.
    """
    asking = Asking(max_new_tokens=max_new_tokens)
    names = list(plan.by_image)[:most]
    asked = [one for alike in ask_images(model, plan, names, asking) for one in alike]
    drawn: Drawn = {}
    parts: list[Part] = []

    def add(name: str, caption: str, draw: Any) -> None:
        drawn[name] = draw(1120.0)
        parts.append(figure_of(name, caption, draw))

    doses = dose_table(answer_probabilities(model, asked, knockout, sets))
    add("doses", "Answers as heads are faded out", functools.partial(dose_curve, doses))
    mass = attention_mass(model, asked, knockout)
    tables = mass_tables(mass)
    layers = sorted({head.layer for head in knockout.heads})
    lines = functools.partial(mass_lines, tables.masses, tables.differences, knocked_out=layers, measure=mass.measure)
    add("attention_mass", "What the query before the answer attends to", lines)
    for place, (one, question) in enumerate(_copied(asked, maps), start=1):
        file = plan.images[one.prompts[question].image]
        for head in knockout.heads[:1]:
            found = attention_maps(model, one, question, file, [head], None)
            own = found.heads[0]
            overlay = functools.partial(attention_overlay, found.picture, own.panels, caption_note=own.note)
            prompt = one.prompts[question].prompt
            add(f"attention_{head}_{place}", f"{head} on a picture: “{prompt}”", overlay)
    try:
        tokens = token_samples(model, asked, knockout, samples, presupposing(plan.benchmark), max_new_tokens)
    except RequestError:
        tokens = []  # some kinds of knockout cannot be followed token by token
    if tokens:
        drawn["tokens"] = token_plot(tokens)
        parts.append(TokenTable("tokens", f"Replies that change without {name_of(knockout.heads)}", tuple(tokens)))
    prose = (
        "Doses: the mean probability of the true and of the asserted answer, whole strings in words and digits, as "
        "more and more of the heads is replaced. Attention: of the token before the answer, mean over a layer's heads.",
        "Attention shows where a head looks, not what it does; what it does is what changes without it.",
    )
    return Section("What the heads do", prose, tuple(parts)), drawn


def _copied(asked: Sequence[Asked], most: int) -> list[tuple[Asked, int]]:
    """Prompts that the whole model goes along with, one an image."""
    found: list[tuple[Asked, int]] = []
    for one in asked:
        pairs = zip(one.prompts, one.drafts, strict=True)
        at = next((q for q, (p, d) in enumerate(pairs) if d.answer is not None and d.said == p.asserted), None)
        if at is not None and len(found) < most:
            found.append((one, at))
    return found


def write_drawn(drawn: Drawn, folder: Path) -> list[Path]:
    """Write plots as SVG, PNG and CSV.

    Raises:
        DataError: a file cannot be written.
    """
    return [path for name, plot in drawn.items() for path in plot.save(folder, name)]
