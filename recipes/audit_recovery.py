"""How much of RePOPE two labellers who err would find, with an adjudicator for what they differ on.

RePOPE's verdicts on POPE's 5,127 distinct questions are taken for true. Labellers err on their own: on a given share of
items they say the opposite, on another that they cannot say. The adjudicator sees conflicts only, so that an error that
both make is never seen. One labeller alone stands beside.

    python recipes/audit_recovery.py --pope FOLDER --repope FOLDER           a table, 40 seconds of one core
    python recipes/audit_recovery.py --pope pope --repope repope --seeds 5   from the cache of sightline data get

Every figure is the mean over seeds with the middle 95 % of them beneath.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sightline.audit.entries import outcomes_of
from sightline.audit.items import Item, items_of
from sightline.audit.replay import Recovery, Simulated, recovery, replay, truth_of
from sightline.benchmarks import benchmark
from sightline.core import LabelSet, Question
from sightline.evaluation.keys import read_answer_keys
from sightline.records.tables import csv_bytes

RATES = ((0.0, 0.0), (0.02, 0.0), (0.05, 0.0), (0.10, 0.0), (0.05, 0.05))
"""How often a labeller says the opposite, and how often that they cannot say."""


def recovered(
    items: Sequence[Item], truth: dict[str, str], rates: tuple[float, float], looks: int, erring: bool, seeds: int
) -> dict[str, object]:
    """A row of the table: the means over seeds, with the ends between which 95 % of them lie."""
    labellers = [Simulated(f"labeller {number}", *rates) for number in range(1, looks + 1)]
    adjudicator = Simulated("adjudicator", *rates) if erring else Simulated("adjudicator")
    found = []
    for seed in range(seeds):
        entries = replay(items, truth, labellers, adjudicator, seed)
        found.append(recovery(items, truth, outcomes_of(entries, looks)))
    values = np.array(found)
    row: dict[str, object] = {
        "flips": rates[0],
        "unsure": rates[1],
        "looks": looks,
        "adjudicator": "none" if looks == 1 else "errs as they do" if erring else "never errs",
        "seeds": seeds,
    }
    for place, name in enumerate(Recovery._fields):
        low, high = np.percentile(values[:, place], (2.5, 97.5))
        row |= {name: float(values[:, place].mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
    return row


def table(questions: Sequence[Question], old: LabelSet, true: LabelSet, seeds: int) -> pa.Table:
    """The whole table."""
    items = items_of(questions, old)
    truth = truth_of(items, true)
    rows = [
        recovered(items, truth, rates, looks, erring, seeds if any(rates) else 1)
        for looks, erring in ((2, False), (2, True), (1, False))
        for rates in RATES
    ]
    return pa.Table.from_pylist(rows)


_SHOWN = ("right", "wrong_found", "ambiguous_found", "spoilt", "adjudicated")


def shown(found: pa.Table) -> str:
    """The table as Markdown, in percent."""
    heads = ["flips", "unsure", "right", "wrong found", "ambiguous found", "right ones spoilt", "adjudicated"]
    lines = []
    for row in found.to_pylist():
        who = f"{row['looks']} labeller{'s' if row['looks'] > 1 else ''}, adjudicator: {row['adjudicator']}"
        if f"**{who}**" not in lines:
            lines += ["", f"**{who}**", "", "| " + " | ".join(heads) + " |", "|" + "---:|" * len(heads)]
        cells = [f"{100 * row['flips']:.0f} %", f"{100 * row['unsure']:.0f} %"]
        cells += [_cell(row, name) for name in _SHOWN]
        lines.append("| " + " | ".join(cells) + " |")
    before = 100 * found["right_before"][0].as_py()
    return "\n".join([f"Of the old labels {before:.2f} % are right. In percent:", *lines])


def _cell(row: dict[str, float], name: str) -> str:
    """A share in percent with its ends; a dash where there is nothing that it is a share of."""
    if math.isnan(row[name]):
        return "–"
    return f"{100 * row[name]:.2f} ({100 * row[f'{name}_low']:.2f}–{100 * row[f'{name}_high']:.2f})"


def main(arguments: argparse.Namespace) -> None:
    """Replay and report."""
    sets = [n if n in ("pope", "repope") else f"{kind}={n}" for kind, n in vars(arguments).items() if "pope" in kind]
    questions, (old, true) = read_answer_keys(benchmark("pope"), sets)
    found = table(questions, old, true, arguments.seeds)
    print(shown(found))
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_bytes(csv_bytes(found))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pope", default="pope", help="folder of POPE's files, or pope for those of the cache")
    parser.add_argument("--repope", default="repope", help="folder of RePOPE's files, or repope")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--out", type=Path, help="a CSV file of the same numbers")
    main(parser.parse_args())
