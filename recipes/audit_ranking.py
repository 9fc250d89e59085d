"""How many of RePOPE's wrong labels are found in how many looks, by the order in which POPE's labels are looked at.

RePOPE's verdicts are taken for true. An audit is simulated: items are looked at in the order of `audit.ranking`, each
look reveals RePOPE's verdict, and after every 50 the rest is ranked anew. Beside it stand a uniform order, the "yes"
side first, the mean contradiction of the families, the first order without verdicts, and cleanlab's scores where
cleanlab is installed. Nothing is tuned on what it is reported for:

- Images are cut in halves, again and again. On one half, with the replies of one family, the first order is fitted, and
  chosen how much it counts against verdicts and how fast objects' records are believed. On the other half, with the
  replies of other families, the audit is simulated. The two halves share no image and no model.
- "two families": the two others of LLaVA-1.5, LLaVA-1.6 and Qwen2.5-VL rank. The family that was tuned with takes no
  part, so this is also what the audit is like whose labels it is scored under.
- "one family": one other ranks alone, which leaves two that could be scored.
- "other makers": all LLaVA count as one family. Tuned with LLaVA, ranked by Qwen, and the other way round.

The middle 95 % over halves stand beside each mean. Halves of the images vary as much from each other as the whole
benchmark would from another draw of as many images (the jackknife that deletes half), so these are intervals for the
whole; but half a benchmark also teaches an audit less than the whole. The last row of all is the whole benchmark,
ranked by all families with the package's own settings, which were chosen in view of these data: no held-out figure.

    python recipes/audit_ranking.py --data FOLDER --out FOLDER         three minutes of one core
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.audit.contradictions import Contradictions, contradictions
from sightline.audit.entries import Outcome, State
from sightline.audit.items import AMBIGUOUS, Item, items_of
from sightline.audit.ranking import Prior, Ranker, Settings, Target, simulated_order
from sightline.audit.replay import truth_of
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.report.curves import rate_curve

FAMILIES = ("llava-1.5", "llava-1.6", "qwen2.5-vl")
MODELS = {
    "llava-1.5-greedy": ("llava-1.5", "llava-1.5-7b-*-greedy.jsonl"),
    "llava-1.5-sampled": ("llava-1.5", "llava-1.5-7b-*-sample.jsonl"),
    "llava-1.6": ("llava-1.6", "llava-1.6-vicuna-7b.jsonl"),
    "qwen2.5-vl": ("qwen2.5-vl", "qwen2.5-vl-7b.jsonl"),
}
QUESTIONS = ("pope_answers/llava-1.6-vicuna-7b.questions.jsonl", "pope/llava_pope_test_2910.jsonl")
CHOICES = tuple(Settings(verdicts, smoothing=smoothing) for verdicts in (50.0, 150.0) for smoothing in (2.0, 6.0))
"""What is chosen from when settings are tuned."""
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)
WANTED = (0.8, 0.9, 0.95)
GRID = np.linspace(0, 1, 201)
EVERY, TUNED_EVERY = 50, 100
TIES = 20
"""How often ties of the plain orders are broken at random; their curve is the mean."""
OURS, FIRST, MEAN, YES, RANDOM = "refitted", "first order", "mean contradiction", "yes first", "uniform"
CLEANLAB = {"cleanlab": False, "cleanlab, adjusted": True}


class Data(NamedTuple):
    """Items, the replies to them, and the truth about them."""

    items: tuple[Item, ...]
    replies: Contradictions
    truth: Mapping[str, str]

    def of(self, images: Iterable[str]) -> "Data":
        """Those of some images."""
        wanted = set(images)
        kept = [place for place, item in enumerate(self.items) if item.image in wanted]
        families, *arrays = self.replies
        return Data(
            tuple(self.items[place] for place in kept),
            Contradictions(families, *(array[:, kept] for array in arrays)),
            self.truth,
        )

    def by(self, families: Sequence[str]) -> "Data":
        """With the replies of some families."""
        return self._replace(replies=self.replies.without(set(self.replies.families) - set(families)))

    def hits(self, target: Target) -> NDArray[np.bool_]:
        """Which items are to be found."""
        words = [(self.truth[item.key], item.old) for item in self.items]
        both = target == "wrong or ambiguous"
        return np.array([word != old and (both or word != AMBIGUOUS) for word, old in words])


class Trial(NamedTuple):
    """One cut of the images in two."""

    tuned: Data
    reported: Data
    seed: int


def read_replies(folder: Path) -> tuple[Evaluation, tuple[Item, ...], dict[str, str]]:
    """Read the replies, POPE's items, and what RePOPE says of them."""
    evaluation = evaluate(
        "pope",
        [f"{model}={folder}/pope_answers/{files}" for model, (_, files) in MODELS.items()],
        [f"pope={folder}/pope", f"repope={folder}/repope"],
        [folder / name for name in QUESTIONS],
        allow_missing=True,
    )
    old, true = evaluation.label_sets
    items = items_of(evaluation.questions, old)
    return evaluation, items, truth_of(items, true)


def data_of(folder: Path, families: Mapping[str, str]) -> Data:
    """All there is, models in these families."""
    evaluation, items, truth = read_replies(folder)
    return Data(items, contradictions(items, evaluation, families), truth)


def halves(images: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Cut images in two."""
    mixed = np.random.default_rng(seed).permutation(sorted(images)).tolist()
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def images_of(data: Data) -> list[str]:
    """The images."""
    return sorted({item.image for item in data.items})


def tune(data: Data, target: Target, seed: int) -> tuple[Prior, Settings]:
    """Fit the first order on these items, and choose its weight by audits of one half with the order of the other."""
    parts = [data.of(part) for part in halves(images_of(data), seed)]
    gained = []
    for settings in CHOICES:
        curves = []
        for fitted, tried in (parts, parts[::-1]):
            prior = fitted_prior(fitted, target, seed)
            curves.append(audit(tried, target, prior, settings, seed, TUNED_EVERY))
        gained.append(np.mean(curves, axis=0)[GRID <= 0.5].mean())
    return fitted_prior(data, target, seed), CHOICES[int(np.argmax(gained))]


def fitted_prior(data: Data, target: Target, seed: int) -> Prior:
    """The first order that suits these items best."""
    known = {item.key: Outcome(State.AGREED, data.truth[item.key], {}) for item in data.items}
    return Ranker(data.items, data.replies, target=target, seed=seed).learned_prior(known)


def audit(
    data: Data, target: Target, prior: Prior | None, settings: Settings, seed: int, every: int = EVERY
) -> NDArray[np.float64]:
    """The curve of a simulated audit."""
    ranker = Ranker(data.items, data.replies, target=target, prior=prior, settings=settings, seed=seed)
    order = simulated_order(ranker, data.truth, every)
    place = {item.key: index for index, item in enumerate(data.items)}
    return curve(np.array([place[key] for key in order]), data.hits(target))


def curve(order: NDArray[np.int64], hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of hits among the first of an order, at the shares of the grid."""
    found = np.concatenate([[0], np.cumsum(hits[order])]) / hits.sum()
    return np.interp(GRID * len(hits), np.arange(len(hits) + 1), found)


def sorted_curve(scores: NDArray[np.float64], hits: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """The mean curve of an order by scores, highest first, over ties broken at random."""
    generator = np.random.default_rng(seed)
    orders = (np.lexsort((generator.random(len(scores)), -scores)) for _ in range(TIES))
    return np.mean([curve(order, hits) for order in orders], axis=0)


def plain_scores(data: Data) -> dict[str, NDArray[np.float64]]:
    """What the orders without verdicts sort by."""
    yes = np.array([item.old == "yes" for item in data.items], dtype=np.float64)
    said = np.where(
        np.isnan(data.replies.said), np.nanmean(data.replies.said, axis=1, keepdims=True), data.replies.said
    )
    scores = {YES: yes, MEAN: said.mean(axis=0)}
    try:
        from cleanlab.rank import get_label_quality_ensemble_scores
    except ImportError:
        return scores
    of_yes = [np.where(yes == 1, 1 - of_family, of_family) for of_family in said]
    votes = [np.column_stack([1 - of_family, of_family]) for of_family in of_yes]
    for name, adjusted in CLEANLAB.items():
        quality = get_label_quality_ensemble_scores(yes.astype(int), votes, adjust_pred_probs=adjusted, verbose=False)
        scores[name] = -quality
    return scores


def compare(trial: Trial, target: Target, chosen: tuple[Prior, Settings]) -> dict[str, NDArray[np.float64]]:
    """Order → its curve on the reported side."""
    data, hits = trial.reported, trial.reported.hits(target)
    curves = {RANDOM: GRID}
    curves |= {name: sorted_curve(scores, hits, trial.seed) for name, scores in plain_scores(data).items()}
    prior, settings = chosen
    curves[FIRST] = audit(data, target, prior, settings, trial.seed, every=len(data.items))
    curves[OURS] = audit(data, target, prior, settings, trial.seed)
    return curves


def looks_for(found: NDArray[np.float64], share: float) -> float:
    """The share of items to look at until so many are found."""
    return float(GRID[np.argmax(found >= share - 1e-9)])


def summary(curves: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """Means and the middle 95 % over cuts: what is found in shares of items, and the shares needed."""
    stacked = np.array(curves)
    found = {f"{share:.0%}": spread(stacked[:, np.argmin(np.abs(GRID - share))]) for share in SHARES}
    needed = {f"{wanted:.0%}": spread([looks_for(one, wanted) for one in curves]) for wanted in WANTED}
    low, high = np.percentile(stacked, (2.5, 97.5), axis=0)
    whole = {
        "mean": stacked.mean(axis=0).round(4).tolist(),
        "low": low.round(4).tolist(),
        "high": high.round(4).tolist(),
    }
    return {"cuts": len(curves), "found": found, "needed": needed, "curve": whole}


def spread(values: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
    """A mean, and the ends of the middle 95 %."""
    low, high = np.percentile(values, (2.5, 97.5))
    return {"mean": round(float(np.mean(values)), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


Setup = Callable[[int], tuple[Sequence[str], Sequence[str]]]
"""Number of the cut → the families to tune with, and those to rank with."""


def two_families(cut: int) -> tuple[Sequence[str], Sequence[str]]:
    """Tuned with one, ranked by the other two."""
    own = FAMILIES[cut % 3]
    return [own], [family for family in FAMILIES if family != own]


def one_family(cut: int) -> tuple[Sequence[str], Sequence[str]]:
    """Tuned with one, ranked by another, in all six ways."""
    own, others = two_families(cut)
    return own, [others[cut // 3 % 2]]


def other_makers(cut: int) -> tuple[Sequence[str], Sequence[str]]:
    """Tuned with one maker's, ranked by the other's."""
    makers = [["llava"], ["qwen"]]
    return makers[cut % 2], makers[1 - cut % 2]


def run(setups: Mapping[str, tuple[Data, Setup]], cuts: int) -> dict[str, Any]:
    """Every setup over all cuts, for both targets."""
    results: dict[str, Any] = {}
    for target in get_args(Target):
        chosen: dict[Any, tuple[Prior, Settings]] = {}
        for name, (data, setup) in setups.items():
            curves: dict[str, list[NDArray[np.float64]]] = {}
            by_rankers: dict[str, list[NDArray[np.float64]]] = {}
            for cut in range(cuts):
                left, right = halves(images_of(data), cut)
                tuned_with, ranked_by = setup(cut)
                trial = Trial(data.of(left).by(tuned_with), data.of(right).by(ranked_by), cut)
                key = cut, *tuned_with
                chosen[key] = chosen.get(key) or tune(trial.tuned, target, cut)
                for order, found in compare(trial, target, chosen[key]).items():
                    curves.setdefault(order, []).append(found)
                by_rankers.setdefault(" + ".join(ranked_by), []).append(curves[OURS][-1])
            results.setdefault(target, {})[name] = {
                "orders": {order: summary(found) for order, found in curves.items()},
                "refitted, by who ranks": {who: summary(found) for who, found in by_rankers.items()},
            }
        results[target]["tuned"] = [
            {"cut": cut, "with": " + ".join(own), "prior": prior._asdict(), "settings": settings._asdict()}
            for (cut, *own), (prior, settings) in chosen.items()
        ]
    return results


def on_the_whole(data: Data) -> dict[str, Any]:
    """The whole benchmark with the package's own settings; not held out."""
    return {target: summary([audit(data, target, None, Settings(), 0)]) for target in get_args(Target)}


def markdown(results: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """The tables."""
    shares = ("5%", "10%", "20%", "30%", "50%")
    lines = []
    for target, setups in results.items():
        for name, of in setups.items():
            if name == "tuned":
                continue
            heads = [f"found in {share}" for share in shares] + [f"looks for {wanted:.0%}" for wanted in WANTED]
            lines += [f"\n**{target}, {name}** ({of['orders'][OURS]['cuts']} cuts)\n"]
            lines += ["| order | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
            rows = dict(of["orders"])
            if len(of["refitted, by who ranks"]) > 1:
                rows |= {f"refitted, ranked by {who}": row for who, row in of["refitted, by who ranks"].items()}
            lines += [row_of(order, row, shares) for order, row in rows.items()]
        lines += [row_of("(the whole, by all, not held out)", whole[target], shares)]
    return "\n".join(lines) + "\n"


def row_of(order: str, row: Mapping[str, Any], shares: Sequence[str]) -> str:
    """A row of a table, in percent."""
    cells = [row["found"][share] for share in shares] + [row["needed"][f"{wanted:.0%}"] for wanted in WANTED]
    return f"| {order} | " + " | ".join(map(cell, cells)) + " |"


def cell(value: Mapping[str, float]) -> str:
    """A mean with the middle 95 %, in percent."""
    mean, low, high = (100 * value[name] for name in ("mean", "low", "high"))
    return f"{mean:.0f}" if low == high else f"{mean:.0f} ({low:.0f}–{high:.0f})"


def plotted(of: Mapping[str, Any]) -> pa.Table:
    """The points of a plot."""
    rows = []
    for order in (OURS, FIRST, MEAN, YES, RANDOM):
        curve_of = of["orders"][order]["curve"]
        for percent in range(10, 100, 10):
            value, low, high = (
                curve_of[name][np.argmin(np.abs(GRID - percent / 100))] for name in ("mean", "low", "high")
            )
            rows.append({"series": order, "x": str(percent), "value": value, "low": low, "high": high})
    return pa.Table.from_pylist(rows)


def draw(of: Mapping[str, Any], target: str, path: Path) -> None:
    """Draw the curves of a setup, as SVG and PNG."""
    plot = rate_curve(
        plotted(of),
        along="share of distinct questions looked at, in percent",
        measure=f"Labels found that are {target}, of all of them",
    )
    path.with_suffix(".svg").write_text(plot.svg(), encoding="utf-8")
    path.with_suffix(".png").write_bytes(plot.png())


def main() -> None:
    """Run, and write curves, tables and plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with pope, repope and pope_answers")
    parser.add_argument("--out", type=Path, required=True, help="where curves.json, tables.md and plots go")
    parser.add_argument("--cuts", type=int, default=24, help="how often images are cut in two")
    given = parser.parse_args()
    evaluation, items, truth = read_replies(given.data)
    named = {model: family for model, (family, _) in MODELS.items()}
    by_version = Data(items, contradictions(items, evaluation, named), truth)
    by_maker = Data(items, contradictions(items, evaluation), truth)
    setups: dict[str, tuple[Data, Setup]] = {
        "two families": (by_version, two_families),
        "one family": (by_version, one_family),
        "other makers": (by_maker, other_makers),
    }
    results, whole = run(setups, given.cuts), on_the_whole(by_version)
    given.out.mkdir(parents=True, exist_ok=True)
    document = {"grid": GRID.tolist(), "held out": results, "whole, not held out": whole}
    (given.out / "curves.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (given.out / "tables.md").write_text(markdown(results, whole), encoding="utf-8")
    for target in get_args(Target):
        draw(results[target]["two families"], target, given.out / target.replace(" ", "_"))


if __name__ == "__main__":
    main()
