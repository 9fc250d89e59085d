"""Scores under partly audited labels: how wrong are they raw, and does the correction by a control sample mend that?

Claims: mending the labels that a ranking finds inflates the scores of the models it listens to; a control sample gives
back, without bias, the score that a complete audit would give, with an interval that holds it 95 times in 100.

    python recipes/audit_correction.py --pope POPE --repope REPOPE --answers pope_answers --out OUT
    python recipes/audit_correction.py … --seeds 5 --shares 0.2                 to see that it runs

RePOPE is taken for what a complete audit finds. Items are ranked by the share of models that contradict their label,
ties by chance; the ranking listens to the models scored ("own"), or to the other family only ("held out"). The control
is drawn either uniformly from all items, or from what the ranking leaves, more densely where the label is yes (those
count in all three splits) and where some model contradicts it ("stratified").
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.audit.items import items_of
from sightline.evaluation.codes import encode, read_all
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.partly_audited import CERTAIN, Looked, corrected_rates
from sightline.stats.rates import RATES, rates

F1 = RATES.index("f1")

DENSITY = (1.0, 2.0, 3.0, 4.0)
"""How densely the control is drawn: from no uncontradicted, no contradicted, yes uncontradicted, yes contradicted."""

RANKINGS = {"own": [((0, 1, 2, 3), (0, 1, 2, 3))], "held out": [((3,), (0, 1, 2)), ((0, 1, 2), (3,))]}
"""Who ranks and who is scored: the first three models are LLaVA's, the fourth is Qwen."""


class Data(NamedTuple):
    """RePOPE and replies, by distinct item: labels (items,), replies (models, items, splits, 3), contradictions."""

    models: tuple[str, ...]
    old: NDArray[np.int8]
    new: NDArray[np.int8]
    replies: NDArray[np.float64]
    contradicted: NDArray[np.float64]
    truth: NDArray[np.float64]
    before: NDArray[np.float64]


def replies_of(answers: Path) -> list[str]:
    """The files of replies, as `evaluate` takes them."""
    splits = ("random", "popular", "adversarial")
    files = [
        f"llava-1.5-{how}@{split}={answers}/llava-1.5-7b-{split}-{how}.jsonl"
        for how in ("greedy", "sample")
        for split in splits
    ]
    return [*files, f"llava-1.6={answers}/llava-1.6-vicuna-7b.jsonl", f"qwen2.5={answers}/qwen2.5-vl-7b.jsonl"]


def read(arguments: argparse.Namespace) -> Data:
    """Read both label sets and all replies."""
    evaluation: Evaluation = evaluate(
        "pope",
        replies_of(arguments.answers),
        labels=[f"pope={arguments.pope}", f"repope={arguments.repope}"],
        questions=[
            f"llava-1.6={arguments.answers}/llava-1.6-vicuna-7b.questions.jsonl",
            f"qwen2.5={arguments.pope}/llava_pope_test_2910.jsonl",
        ],
        allow_missing=True,
    )
    codes = encode(evaluation)
    readings = read_all(codes, yes_no_reader("llava"))
    items = items_of(evaluation.questions, evaluation.label_sets[0])
    place = {question: number for number, item in enumerate(items) for question in item.questions}
    own = np.array([place[question.id] for question in evaluation.questions])
    old, new = np.zeros(len(items), np.int8), np.zeros(len(items), np.int8)
    old[own], new[own] = codes.labels
    replies = np.zeros((len(readings), len(items), len(evaluation.splits), 3))
    for model, of_model in enumerate(readings):
        for column, reading in enumerate((1, 0, -1)):
            said = of_model == reading
            np.add.at(replies[model], (own[said], codes.splits[said], column), 1)
    says = replies.sum(axis=2)
    against = np.where(old == 1, says[..., 1], says[..., 0]) / np.maximum(says.sum(axis=-1), 1)
    before, truth = (_f1(labels, replies) for labels in (old, new))
    return Data(evaluation.models, old, new, replies, against, truth, before)


def _f1(labels: NDArray[np.int8], replies: NDArray[np.float64]) -> NDArray[np.float64]:
    """(models, splits + mean) F1 under labels."""
    is_ = np.stack([labels == 1, labels == 0], axis=-1).astype(float)
    counts = np.einsum("it,migr->mgtr", is_, replies)
    found = rates(counts.reshape(*counts.shape[:2], 6))[..., F1]
    return np.concatenate([found, found.mean(axis=1, keepdims=True)], axis=1)


def audit(data: Data, rankers: Sequence[int], share: float, control: float, how: str, seed: int) -> Looked:
    """Look at a share of the items, of which a part is control."""
    generator = np.random.default_rng(seed)
    n = len(data.old)
    looks = round(share * n)
    order = np.lexsort((generator.random(n), -data.contradicted[list(rankers)].mean(axis=0)))
    drawn, ranked = np.zeros(n, bool), np.zeros(n, bool)
    wanted = round(looks * control)
    if how == "uniform":
        drawn[generator.permutation(n)[:wanted]] = True
        # the ranking goes on until all looks are used up; what the control has seen already costs nothing
        ranked[order[: np.searchsorted(np.cumsum(~drawn[order]), looks - wanted) + 1]] = True
        strata = data.old.astype(np.int64)
    else:
        ranked[order[: looks - wanted]] = True
        strata = 2 * data.old.astype(np.int64) + (data.contradicted.max(axis=0) > 0)
        sizes = np.array([(~ranked & (strata == stratum)).sum() for stratum in range(4)])
        dense = np.array(DENSITY) * sizes
        for stratum, many in enumerate(np.round(wanted * dense / dense.sum()).astype(int)):
            rest = np.flatnonzero(~ranked & (strata == stratum))
            drawn[generator.choice(rest, min(max(many, min(5, len(rest))), len(rest)), replace=False)] = True
    strata = np.where(ranked, CERTAIN, strata)
    return Looked(data.old, np.where(ranked | drawn, data.new, data.old), drawn & ~ranked, strata)


def measure(data: Data, share: float, control: float, how: str, ranking: str, seeds: Iterable[int]) -> dict[str, Any]:
    """Bias, coverage and width of one way to audit, over models, splits and seeds."""
    raw, estimate, inside, below, above, width = [], [], [], [], [], []
    for rankers, scored in RANKINGS[ranking]:
        for seed in seeds:
            looked = audit(data, rankers, share, control, how, seed)
            for model in scored:
                found, truth = corrected_rates(looked, data.replies[model]), data.truth[model]
                low, high = found.low[:, F1], found.high[:, F1]
                raw.append(found.raw[:, F1] - truth)
                estimate.append(found.estimate[:, F1] - truth)
                inside.append((low <= truth) & (truth <= high))
                below.append(truth < low)
                above.append(truth > high)
                width.append((high - low) / 2)
    errors = np.array(estimate)
    row = {
        "ranking": ranking,
        "share": share,
        "control": control,
        "drawn": how,
        "seeds": len(errors) // sum(len(scored) for _, scored in RANKINGS[ranking]),
        "raw_error": 100 * np.mean(raw),
        "error": 100 * errors.mean(),
        "error_by_split": (100 * errors.mean(axis=0)).round(4).tolist(),
        "rmse": 100 * np.sqrt((errors**2).mean()),
        "coverage": np.mean(inside),
        "truth_below": np.mean(below),
        "truth_above": np.mean(above),
        "coverage_by_split": np.mean(inside, axis=0).tolist(),
        "half_width": 100 * np.mean(width),
    }
    return {
        name: value if isinstance(value, str | int | list) else round(float(value), 4) for name, value in row.items()
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a Markdown table."""
    head = (
        "| ranking | looked at | of that control | drawn | seeds | raw error | corrected error | rmse | coverage "
        "| truth below / above | half-width |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    lines = [
        f"| {r['ranking']} | {100 * r['share']:.0f} % | {100 * r['control']:.0f} % | {r['drawn']} | {r['seeds']} "
        f"| {r['raw_error']:+.2f} | {r['error']:+.2f} | {r['rmse']:.2f} | {100 * r['coverage']:.1f} % "
        f"| {100 * r['truth_below']:.1f} / {100 * r['truth_above']:.1f} % | {r['half_width']:.2f} |"
        for r in rows
    ]
    return "\n".join([head, *lines])


def main(arguments: argparse.Namespace) -> None:
    """Measure every way, and keep the figures."""
    data = read(arguments)
    rows = [
        measure(data, share, control, how, ranking, range(arguments.seeds))
        for share in arguments.shares
        for control in arguments.controls
        for how in arguments.drawn
        for ranking in RANKINGS
    ]
    unaudited = 100 * (data.before - data.truth).mean()
    arguments.out.mkdir(parents=True, exist_ok=True)
    kept = {"items": len(data.old), "models": data.models, "unaudited_error": round(float(unaudited), 4), "rows": rows}
    (arguments.out / "audit_correction.json").write_text(json.dumps(kept, indent=1) + "\n")
    text = f"F1 points; unaudited labels: {unaudited:+.2f}\n\n{table(rows)}\n"
    (arguments.out / "audit_correction.md").write_text(text)
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pope", type=Path, required=True, help="folder of POPE's files")
    parser.add_argument("--repope", type=Path, required=True, help="folder of RePOPE's files")
    parser.add_argument("--answers", type=Path, required=True, help="folder of recorded replies")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.1, 0.2, 0.3])
    parser.add_argument("--controls", type=float, nargs="+", default=[0.25, 0.5])
    parser.add_argument("--drawn", nargs="+", default=["uniform", "stratified"])
    main(parser.parse_args())
