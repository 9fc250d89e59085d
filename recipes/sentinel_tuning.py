"""SENTINEL on the bundled model: does it do here what its paper says?

Claims: context-aware DPO on pairs of sentences after the same words makes captions name fewer objects that are absent,
and no fewer that are there (SENTINEL, arXiv 2507.12455, tables 1 and 4). Beside it, the same with the likelihood of the
winners added, which is the bundled model's recipe, and the winners alone.

    python recipes/sentinel_tuning.py --out OUT                                  three seeds of three methods
    python recipes/sentinel_tuning.py --out OUT --train 20 --scenes 30 --seeds 0 to see that it runs

Each seed has training scenes of its own. Nothing is asked twice: interrupted, it goes on.
"""

import argparse
from dataclasses import replace
from functools import cache
from pathlib import Path

from before_after import Method, report

import sightline
from sightline.core import Drawing
from sightline.detectors.named import detector
from sightline.models.loading import load
from sightline.models.next_sentences import NextSentences
from sightline.preferences.sentinel.images import asked_images
from sightline.preferences.sentinel.objects import named_objects
from sightline.preferences.sentinel.run import SentinelSettings, make_sentinel_pairs
from sightline.preferences.sentinel.sentences import sentence_end
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import RECIPES

TRAIN_SEED = 8000
"""Of the first seed's scenes that pairs are made of; the next seed has the next."""


def pairs_of(out: Path, number: int, seed: int) -> tuple[Path, Path]:
    """Make a seed's pairs; the file, and the folder of its images."""
    scenes, folder = out / f"train-{seed}", out / f"pairs-{seed}"
    sightline.render_scenes(scenes, number, TRAIN_SEED + seed)
    detectors = [detector("contour"), detector("glance")]
    settings = SentinelSettings(detectors, named_objects("rendered"), Drawing(seed=seed), at_once=32)
    images = asked_images(scenes / "images", None, None, None, seed)
    made = make_sentinel_pairs(
        NextSentences(load("bundled"), sentence_end), images, scenes / "images", settings, folder
    )
    print(f"seed {seed}: {made.summary.pairs:,} pairs of {made.summary.images:,} scenes")
    return folder / "pairs.jsonl", scenes / "images"


def methods(out: Path, train: int) -> list[Method]:
    """The loss of the paper, the same with the winners' likelihood beside it, and the winners alone."""
    recipe = RECIPES["sentinel-bundled"]

    @cache
    def pairs(seed: int) -> tuple[Path, Path]:
        return pairs_of(out, train, seed)

    return [
        Method("dpo", pairs, replace(recipe, loss=Loss({"sigmoid": 1.0}))),
        Method("dpo_sft", pairs, recipe),
        Method("sft", pairs, replace(recipe, loss=Loss({"sft": 1.0}))),
    ]


def main(arguments: argparse.Namespace) -> None:
    """Tune and measure."""
    wanted = [method for method in methods(arguments.out, arguments.train) if method.name in arguments.methods]
    report(arguments.out, wanted, arguments.seeds, arguments.scenes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=600, help="scenes that pairs are made of, for each seed")
    parser.add_argument("--scenes", type=int, default=300, help="held-out scenes")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", default=["dpo", "dpo_sft", "sft"])
    main(parser.parse_args())
