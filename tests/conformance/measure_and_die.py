"""Measure a model of a folder, or be killed by the system in the middle again and again; the test starts this process.

What is imported stays: each run is a process of its own that goes on from there, as after `import`.
"""

import json
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


def measured(model: str, images: str, labels: str, out: str, batch_images: int, longest_s: float = 0.0) -> float:
    """Measure, and give the seconds it took; the process is killed before these are over, if any are given."""
    torch.set_num_threads(1)
    loaded = load(model, device="cpu")
    what = task("pope", Path(images), [f"own={labels}"], asking=Asking(choices=("Yes", "No")))
    if longest_s:
        dying = threading.Timer(random.uniform(0, longest_s), os.kill, (os.getpid(), signal.SIGKILL))
        dying.daemon = True
        dying.start()
    begun = time.perf_counter()
    measure(what, loaded, out, batch_images=batch_images, use_cache=False)
    return time.perf_counter() - begun


def killed_often(model: str, images: str, labels: str, root: str, kills: int, longest_s: float) -> list[str]:
    """Measure into a folder, killed and begun again until it is done, then into the next, until so many were killed."""
    folders = [f"{root}/killed_0"]
    while kills:
        child = os.fork()
        if not child:
            measured(model, images, labels, folders[-1], 1, longest_s)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == signal.SIGKILL:
            kills -= 1
        elif status:
            raise SystemExit(f"a run ended with {status}")
        else:
            folders.append(f"{root}/killed_{len(folders)}")
    measured(model, images, labels, folders[-1], 1)
    return folders


if __name__ == "__main__":
    model, images, labels, out, batch_images, kills, longest_s = sys.argv[1:]
    if int(kills):
        print(json.dumps(killed_often(model, images, labels, out, int(kills), float(longest_s))))
    else:
        print(measured(model, images, labels, out, int(batch_images)))
