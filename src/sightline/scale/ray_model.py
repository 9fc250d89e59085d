"""A model on many GPUs and hosts, through Ray: each worker holds the whole model, and a shard is a batch of images.

A batch is what it is in one process, so that a run folder does not depend on how many workers there were, and a run
that is taken up again may use another number.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Replying
from sightline.scale.cluster import connect, share_out
from sightline.scale.crew import Crew
from sightline.scale.worker import Loads, ReplyShard, WorkerInfo

__all__ = ["RayModel", "ray_model", "told_of"]


class RayModel:
    """A model that replies through the workers of a crew; a `Replying` that also is a `RepliesAnyOrder`.

    Args:
        crew: the workers.
    """

    def __init__(self, crew: Crew[Replying]) -> None:
        self.crew = crew

    @property
    def identity(self) -> ModelIdentity:
        """The model as its workers have it, so that it is the same as in one process; the details tell of them."""
        return told_of(self.crew)

    @property
    def workers(self) -> tuple[WorkerInfo, ...]:
        """The workers that are there now."""
        return self.crew.workers

    def reply_as_done(
        self, batches: Iterable[Sequence[ImageGroup]], asking: Asking
    ) -> Iterator[tuple[int, tuple[Replies, ...]]]:
        """Reply to batches of image groups, several at a time; see `RepliesAnyOrder`.

        Raises:
            DataError: an image cannot be read.
            RequestError: the model cannot do what is asked, or a batch's workers died again and again.
        """
        yield from self.crew.as_done(ReplyShard(tuple(batch), asking) for batch in batches)

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups; see `Replying`.

        Raises:
            DataError: an image cannot be read.
            RequestError: the model cannot do what is asked, or a batch's workers died again and again.
        """
        early: dict[int, tuple[Replies, ...]] = {}
        due = 0
        for place, replies in self.reply_as_done(batches, asking):
            early[place] = replies
            while due in early:
                yield early.pop(due)
                due += 1

    def close(self) -> None:
        """End the workers; they also end with this process."""
        self.crew.close()


def ray_model(loading: Loads[Replying], *, workers: int | None = None, address: str | None = None) -> RayModel:
    """Load a model on every worker of a Ray cluster.

    Args:
        loading: how each worker loads it.
        workers: how many, one a GPU; all GPUs of the cluster where None, or one on a cluster without any.
        address: of a cluster that runs ("auto": the one this machine belongs to); None: this machine alone.

    Raises:
        RequestError: Ray is not installed or not reached; there are fewer GPUs than workers; or the model cannot be
            loaded, or is not the same everywhere.
        DataError: a file of the model is missing or damaged.
    """
    ray = connect(address)
    return RayModel(Crew(ray, loading, share_out(ray, workers, loading.device != "cpu")))


def told_of(crew: Crew[Any]) -> ModelIdentity:
    """The identity of what a crew holds, with what its workers say of it."""
    hosts = len({worker.host for worker in crew.workers})
    where = "on one host" if hosts == 1 else f"on {hosts} hosts"
    told = {"workers": f"{len(crew.workers)} {where}, through Ray {version('ray')}"}
    return replace(crew.first.identity, details={**crew.details, **told})
