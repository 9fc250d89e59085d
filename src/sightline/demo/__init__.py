"""The loop on a rendered world, as a list of steps: what `sightline demo` does."""

from sightline.demo.findings import Finding
from sightline.demo.run import Demo, Step, Tell, run_demo
from sightline.demo.steps import STEPS

__all__ = ["STEPS", "Demo", "Finding", "Step", "Tell", "run_demo"]
