"""Tune the bundled model: to the end, or be killed after a step or while one is saved."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from sightline.tuning import trainer
from sightline.tuning.adapters import ALL_LINEAR, Adapter
from sightline.tuning.arguments import Computing, Watching
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import Recipe, Schedule, Selection
from sightline.tuning.tune import Request, Tuned, tune

STEPS = 4


DROPOUT = Adapter("lora", r=4, alpha=8, dropout=0.1, targets=ALL_LINEAR)
NO_DROPOUT = Adapter("lora", r=4, alpha=8, targets=ALL_LINEAR)


def recipe(**changed: Any) -> Recipe:
    values = {
        "loss": Loss({"sigmoid": 1.0}),
        "adapter": DROPOUT,
        "schedule": Schedule(1e-3, 8, epochs=2),
        "selection": Selection(),
        **changed,
    }
    return Recipe("own", "made up", "bundled", **values)


def request(folder: Path, out: str, **changed: Any) -> Request:
    return Request("bundled", [folder / "pairs.jsonl"], folder / "scenes" / "images", folder / out, recipe(**changed))


def run(asked: Request, progress: Any = None, tell: Any = None) -> Tuned:
    torch.set_num_threads(1)
    watching = Watching(log_steps=1, watch_steps=2, save_steps=2, replies=0)
    return tune(asked, Computing(at_once=4), watching, tell, progress)


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, out: str, where: str) -> None:
    def progress(step: str, done: int, total: int) -> None:
        if (step, done, where) == ("tuned", 3, "after a step"):
            die()

    if where == "while it is saved":
        trainer.mark_whole = die
    adapter = NO_DROPOUT if where == "to the end" else DROPOUT
    run(request(Path(folder), out, adapter=adapter), progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
