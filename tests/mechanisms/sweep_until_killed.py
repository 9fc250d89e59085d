"""Sweep with the bundled model, and be killed after the first batch."""

import os
import signal
import sys

import torch

from sightline.mechanisms.sweep import SweepSettings
from sightline.mechanisms.sweep_run import plan_sweep, run_sweep
from sightline.models.heads import parse_heads
from sightline.models.loading import load


def main(scenes: str, out: str, most: str, heads: str) -> None:
    torch.set_num_threads(1)
    plan = plan_sweep("counting", f"{scenes}/images", [f"own={scenes}/counting.jsonl"])
    run_sweep(
        plan,
        load("bundled"),
        out,
        SweepSettings(texts=True, max_new_tokens=int(most)),
        parse_heads(heads.split()),
        batch_images=1,
        progress=lambda _: os.kill(os.getpid(), signal.SIGKILL),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
