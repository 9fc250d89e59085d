"""FINER-Tuning on the bundled model: does it do here what its paper says?

Claims: DPO on queries of both polarities raises paired accuracy and lowers false "yes"; the same on negatives alone, or
supervised on the same answers, does worse (FINER, arXiv 2603.17662, table of ablations).

    python recipes/finer_tuning.py --out OUT                                  three seeds of three methods
    python recipes/finer_tuning.py --out OUT --train 40 --scenes 30 --seeds 0 to see that it runs

Pairs are made of scene graphs by the data's own statistics. Nothing is asked twice: interrupted, it goes on.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from before_after import Method, report

import sightline
from sightline.preferences.finer.drawn import Phrasing
from sightline.preferences.finer.run import FinerPairs, make_finer_pairs
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import RECIPES

TRAIN_SEED = 7000
"""Of the scenes that pairs are made of."""


def methods(out: Path, train: int, per_image: int) -> list[Method]:
    """The method of the paper and what it is compared with."""
    scenes = out / "train"
    recipe = RECIPES["finer-bundled"]

    def pairs(sampler: str, seed: int) -> tuple[Path, Path]:
        file: Path = out / "pairs" / f"{sampler}-{seed}.jsonl"
        how = FinerPairs(Phrasing(per_image, ends=("subject",), seed=seed), sampler=sampler, articles=True)
        sightline.render_scenes(scenes, train, TRAIN_SEED)
        make_finer_pairs(scenes / "scene_graphs.json", file, how, overwrite=True)
        return file, scenes / "images"

    return [
        Method("dpo", lambda seed: pairs("either", seed), recipe),
        Method("sft", lambda seed: pairs("either", seed), replace(recipe, loss=Loss({"sft": 1.0}))),
        Method("negatives", lambda seed: pairs("only-negative", seed), recipe),
    ]


def main(arguments: argparse.Namespace) -> None:
    """Tune and measure."""
    found = methods(arguments.out, arguments.train, arguments.per_image)
    wanted = [method for method in found if method.name in arguments.methods]
    report(arguments.out, wanted, arguments.seeds, arguments.scenes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=600, help="scenes that pairs are made of")
    parser.add_argument("--per-image", type=int, default=2, help="phrases of each kind for each image")
    parser.add_argument("--scenes", type=int, default=300, help="held-out scenes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=["dpo", "sft", "negatives"])
    main(parser.parse_args())
