"""Measure with a scripted model that writes down, prompt by prompt, what it is asked; the test kills this process."""

import os
import sys
import time
from pathlib import Path

from sightline.core import Asking
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.models.scripted import ScriptedModel


def main(labels: str, images: str, out: str, log: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def reply(image: str, prompt: str) -> str:
        os.write(written, f"{image}\t{prompt}\n".encode())
        time.sleep(0.0005)
        return "Yes" if "dog" in prompt else "No"

    what = task("pope", Path(images), [f"own={labels}"], asking=Asking(("Yes", "No")))
    measure(what, ScriptedModel(reply), out, batch_images=2, use_cache=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
