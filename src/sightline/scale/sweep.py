"""Sweeps on many GPUs: every worker has the whole model and sweeps batches of images; the first process writes.

What heads hand on over all prompts is gathered by one worker, in order: which of its vectors are kept depends on that,
and it takes one forward of a prompt where the sweep takes one for every head.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sightline.core import ModelIdentity
from sightline.errors import RequestError
from sightline.mechanisms.sweep import SweepSettings, Swept
from sightline.mechanisms.sweep_batches import Batch, Estimates, SweptHere
from sightline.mechanisms.sweep_run import SweepPlan
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout
from sightline.scale.cluster import connect, share_out
from sightline.scale.crew import Crew
from sightline.scale.loading import Loading
from sightline.scale.ray_model import told_of

__all__ = ["SweepCrew", "SweepLoading", "sweep_crew"]

Found = TypeVar("Found")


@dataclass(frozen=True)
class SweepLoading:
    """How the whole model of a sweep is loaded, wherever that is.

    Args:
        loading: how.
    """

    loading: Loading

    @property
    def name(self) -> str:
        """What to call it."""
        return self.loading.name

    @property
    def device(self) -> str:
        """Where it computes."""
        return self.loading.device

    def load(self) -> SweptHere:
        """Load it.

        Raises:
            RequestError: it cannot be loaded, or its heads cannot be found.
        """
        if self.loading.engine != "transformers":
            raise RequestError("Heads are swept through transformers; leave --worker-engine out.")
        return SweptHere(self.loading.load_whole())


@dataclass(frozen=True)
class _Part:
    """Some images of a plan, and what is found about them.

    Args:
        plan: with these images alone.
        work: finds it.
    """

    plan: SweepPlan
    work: Callable[[SweptHere, SweepPlan], Any]

    @property
    def images(self) -> Sequence[Path]:
        """The images it is about."""
        return list(self.plan.images.values())

    def prepared(self, held: SweptHere) -> None:
        """Nothing: a batch is small, and the time goes into its heads."""

    def answered(self, held: SweptHere, ready: None) -> Any:
        """What is found.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts.
        """
        return self.work(held, self.plan)


class _About(NamedTuple):
    """What the first process has to know of a model that it does not have."""

    layout: HeadLayout
    batch_images: int


class SweepCrew:
    """Workers who sweep; a `sightline.mechanisms.sweep_batches.Sweeping`.

    Args:
        crew: the workers.
    """

    def __init__(self, crew: Crew[SweptHere]) -> None:
        self.crew = crew
        ((_, about),) = crew.as_done([_Nothing()])
        self.layout: HeadLayout = about.layout
        self.batch_images: int = about.batch_images

    @property
    def identity(self) -> ModelIdentity:
        """The model's; the details tell of the workers."""
        return told_of(self.crew)

    def gathered(self, plan: SweepPlan, settings: SweepSettings, batches: Sequence[Batch]) -> HeadOutputs:
        """What heads hand on over all prompts, by one worker.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts, or workers died.
        """
        work = partial(_gathered, settings=settings, batches=batches)
        ((_, outputs),) = self.crew.as_done([_Part(_light(plan), work)])
        assert isinstance(outputs, HeadOutputs)
        return outputs

    def estimated(
        self, plan: SweepPlan, settings: SweepSettings, batches: Iterable[Batch], outputs: HeadOutputs
    ) -> Iterator[Estimates]:
        """Estimates of all heads, a batch at a time, as soon as it is there.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts, or workers died.
        """
        work = partial(_estimated, settings=settings, outputs=self._kept(outputs))
        for _, found in self.crew.as_done(_parts(plan, batches, work)):
            yield found

    def swept(
        self,
        plan: SweepPlan,
        settings: SweepSettings,
        batches: Iterable[Batch],
        heads: Sequence[Head],
        outputs: HeadOutputs,
    ) -> Iterator[list[Swept]]:
        """Prompts without each of the heads, a batch at a time, as soon as it is there.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts, or workers died.
        """
        work = partial(_swept, settings=settings, heads=tuple(heads), outputs=self._kept(outputs))
        for _, found in self.crew.as_done(_parts(plan, batches, work)):
            yield found

    def _kept(self, value: Found) -> Callable[[], Found]:
        """Something large put where every worker finds it, so that it is sent to each host once."""
        return partial(self.crew.ray.get, self.crew.ray.put(value))

    def close(self) -> None:
        """End the workers; they also end with this process."""
        self.crew.close()


@dataclass(frozen=True)
class _Nothing:
    """A shard without images: what the model is like."""

    images: Sequence[Path] = ()

    def prepared(self, held: SweptHere) -> None:
        """Nothing."""

    def answered(self, held: SweptHere, ready: None) -> _About:
        """The layout, with neither layers nor weights."""
        empty = (None,) * len(held.layout.layers)
        return _About(replace(held.layout, layers=empty, outputs=empty), held.batch_images)


def _parts(plan: SweepPlan, batches: Iterable[Batch], work: Callable[[SweptHere, SweepPlan], Any]) -> Iterator[_Part]:
    light, by_image = _light(plan), plan.by_image
    for batch in batches:
        prompts = tuple(prompt for name in batch for prompt in by_image[name])
        yield _Part(replace(light, prompts=prompts, images={name: plan.images[name] for name in batch}), work)


def _light(plan: SweepPlan) -> SweepPlan:
    """A plan without the label set, which is large and which prompts hold what is needed of."""
    return replace(plan, labels=replace(plan.labels, answers={}, references={}, provenance={}), held_out=())


def _gathered(held: SweptHere, plan: SweepPlan, settings: SweepSettings, batches: Sequence[Batch]) -> HeadOutputs:
    return held.gathered(plan, settings, batches)


def _estimated(
    held: SweptHere, plan: SweepPlan, settings: SweepSettings, outputs: Callable[[], HeadOutputs]
) -> Estimates:
    (found,) = held.estimated(plan, settings, [list(plan.images)], outputs())
    return found


def _swept(
    held: SweptHere,
    plan: SweepPlan,
    settings: SweepSettings,
    heads: Sequence[Head],
    outputs: Callable[[], HeadOutputs],
) -> list[Swept]:
    (found,) = held.swept(plan, settings, [list(plan.images)], heads, outputs())
    return found


def sweep_crew(loading: SweepLoading, *, workers: int | None = None, address: str | None = None) -> SweepCrew:
    """Load the whole model on every worker of a Ray cluster.

    Args:
        loading: how each worker loads it.
        workers: how many, one a GPU; all GPUs of the cluster where None, or one on a cluster without any.
        address: of a cluster that runs; None: this machine alone.

    Raises:
        RequestError: Ray is not installed or not reached, or there are fewer GPUs than workers; or the model cannot be
            loaded, or is not the same everywhere.
    """
    ray = connect(address)
    return SweepCrew(Crew(ray, loading, share_out(ray, workers, loading.device != "cpu")))
