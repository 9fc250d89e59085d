"""Measure a model of a folder and, if told to, be killed by the system in the middle; the test starts this process."""

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import torch

from sightline.core import Asking
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.models.loading import load


def main(model: str, images: str, labels: str, out: str, batch_images: str, longest_s: str) -> None:
    torch.set_num_threads(1)
    loaded = load(model, device="cpu")
    what = task("pope", Path(images), [f"own={labels}"], asking=Asking(choices=("Yes", "No")))
    if float(longest_s):
        dying = threading.Timer(random.uniform(0, float(longest_s)), os.kill, (os.getpid(), signal.SIGKILL))
        dying.daemon = True
        dying.start()
    begun = time.perf_counter()
    measure(what, loaded, out, batch_images=int(batch_images), use_cache=False)
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
