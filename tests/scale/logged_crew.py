"""A scripted model that writes down what it is asked, by whom; and, as a script, a run that waits to be killed."""

import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightline.core import Asking, Replying
from sightline.evaluation.task import Task, task
from sightline.models.scripted import ScriptedModel

IMAGES = [f"{place:02}.jpg" for place in range(16)]
OBJECTS = ("dog", "cat", "car")
BATCH = 2
"""Images of a batch."""


@dataclass(frozen=True)
class Logged:
    """How the scripted model is loaded.

    Args:
        log: a line for every prompt: process, image, prompt.
        slow_s: how long a prompt takes.
        kills: an image over which the process dies.
        times: how often it does.
        slow: an image that takes longer.
        longer_s: by how much.
        name: what to call the model; "own" is another for every process.
    """

    log: Path
    slow_s: float = 0.0
    kills: str = ""
    times: int = 1000
    slow: str = ""
    longer_s: float = 1.0
    name: str = "logged"
    device: str = "cpu"

    def load(self) -> Replying:
        """A model that says yes to dogs."""
        return ScriptedModel(self.say, name=f"{self.name} {os.getpid()}" if self.name == "own" else self.name)

    def say(self, image: str, prompt: str) -> str:
        """Write the prompt down, then answer it, or die."""
        with self.log.open("ab", buffering=0) as file:
            file.write(f"{os.getpid()}\t{image}\t{prompt}\n".encode())
        time.sleep(self.slow_s + (self.longer_s if image == self.slow else 0.0))
        if image == self.kills and sum(line[1] == image for line in lines(self.log)) <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        return "Yes" if "dog" in prompt else "No"


def lines(log: Path) -> list[list[str]]:
    """Process, image and prompt of everything that was asked."""
    return [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []


def times_asked(log: Path) -> Counter[tuple[str, ...]]:
    """How often each image's prompts were asked."""
    return Counter(tuple(line[1:]) for line in lines(log))


def planned(folder: Path) -> Task:
    """Three questions about each of 16 images."""
    return task("pope", folder / "images", [f"own={folder / 'own'}"], asking=Asking(("Yes", "No")))


def started(num_cpus: int = 2) -> Any:
    """Ray on this machine alone, as small as it gets."""
    from sightline.scale.cluster import import_ray

    ray = import_ray()
    ray.init(
        address="local",
        num_cpus=num_cpus,
        object_store_memory=100_000_000,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
    )
    ray.cloudpickle.register_pickle_by_value(sys.modules[Logged.__module__])
    return ray


def main(folder: Path, log: Path) -> None:
    """Measure with two workers; one image takes so long that the run is not over before it is ended."""
    from sightline.evaluation.measure import measure
    from sightline.scale.ray_model import ray_model

    started()
    model = ray_model(Logged(log, slow_s=0.1, slow=IMAGES[8], longer_s=60), workers=2)
    measure(planned(folder), model, folder / "run", batch_images=BATCH, use_cache=False)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
