"""What a worker does, wherever it runs: it loads a model and answers shards, which are whole images.

Nothing here knows of Ray: the same worker runs in a plain process (``speed/scaling.py``).
"""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Replying
from sightline.errors import MissingError, RequestError

__all__ = ["Answered", "Held", "Loads", "Preparing", "ReplyShard", "Shard", "Worker", "WorkerInfo", "check_here"]

_THREADS = min(4, os.cpu_count() or 1)


class Held(Protocol):
    """What a worker holds once it is loaded."""

    @property
    def identity(self) -> ModelIdentity:
        """What makes the model the same as another."""
        ...


Some = TypeVar("Some", bound=Held)
Some_co = TypeVar("Some_co", bound=Held, covariant=True)
Some_contra = TypeVar("Some_contra", bound=Held, contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)


class Loads(Protocol[Some_co]):
    """How a worker gets what it holds; it is sent to the worker, so that it must be small and can be pickled."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    @property
    def device(self) -> str:
        """Where it computes: "auto", "cpu" or "cuda"."""
        ...

    def load(self) -> Some_co:
        """Load it.

        Raises:
            RequestError: it cannot be loaded.
        """
        ...


class Shard(Protocol[Some_contra, Answer_co]):
    """A piece of work on whole images; it is sent to a worker."""

    @property
    def images(self) -> Sequence[Path]:
        """The images it is about."""
        ...

    def prepared(self, held: Some_contra) -> Any:
        """What can be done while the worker still computes another shard."""
        ...

    def answered(self, held: Some_contra, ready: Any) -> Answer_co:
        """What is computed, given what was prepared."""
        ...


class Answered(NamedTuple):
    """What came of a shard.

    Args:
        value: the answer.
        details: of the model's identity, which may be known only once it has replied.
    """

    value: Any
    details: dict[str, str]


class WorkerInfo(NamedTuple):
    """A worker that is loaded.

    Args:
        identity: the model as this worker has it.
        host: the name of its machine.
        pid: its process there.
        sightline: the version of sightline there.
        python: likewise.
    """

    identity: ModelIdentity
    host: str
    pid: int
    sightline: str
    python: str


class Worker(Generic[Some]):
    """Holds what was loaded, and answers shards one at a time.

    It may be called from two threads: while one shard is computed, the images of the next are read.

    Args:
        loading: how it is loaded.
        folder: where paths begin that are not absolute, if there is such a folder on its machine.
    """

    def __init__(self, loading: Loads[Some], folder: str = "") -> None:
        if folder and Path(folder).is_dir():
            os.chdir(folder)
        self.loading = loading
        self._held: Some | None = None
        self._computing = Lock()

    def placed(self) -> str:
        """The name of the machine it runs on."""
        return platform.node()

    def load(self) -> WorkerInfo:
        """Load what it is to hold.

        Raises:
            RequestError: it cannot be loaded.
        """
        self._held = self.loading.load()
        versions = version("sightline"), platform.python_version()
        return WorkerInfo(self._held.identity, platform.node(), os.getpid(), *versions)

    def answer(self, shard: Shard[Some, Any]) -> Answered:
        """Answer one shard.

        Raises:
            DataError: an image cannot be read.
            RequestError: the model cannot do what is asked.
        """
        assert self._held is not None, "the worker was not loaded"
        check_here(shard.images)
        ready = shard.prepared(self._held)
        with self._computing:
            value = shard.answered(self._held, ready)
            return Answered(value, dict(self._held.identity.details))


def check_here(images: Sequence[Path]) -> None:
    """Refuse images that are not on this machine.

    Workers read images themselves, by the path that the first process has: that scales with the number of hosts, while
    all bytes through the first process would not, and a copy of another image under the same name could not be told
    apart from it. Where hosts share no file system, the folder is to be copied to the same place on each.

    Raises:
        MissingError: one is not there.
    """
    for path in images:
        if not path.is_file():
            raise MissingError(
                f"the image is not on the host {platform.node()}",
                file=path,
                hint="Workers read images by their path: put the folder where all hosts see it, or copy it to the same "
                "place on each.",
            )


@runtime_checkable
class Preparing(Protocol):
    """A model whose images can be made ready while it computes others."""

    def prepared(self, group: ImageGroup, asking: Asking) -> Any:
        """An image and its prompts, ready for the model."""
        ...

    def reply_prepared(self, batch: Sequence[Any], asking: Asking) -> tuple[Replies, ...]:
        """Reply to images that are ready."""
        ...


@dataclass(frozen=True)
class ReplyShard:
    """A batch of images, to all of whose prompts a model replies.

    Args:
        groups: the images and prompts.
        asking: how replies are made.
    """

    groups: tuple[ImageGroup, ...]
    asking: Asking

    @property
    def images(self) -> Sequence[Path]:
        """The images it is about."""
        return [group.image for group in self.groups if group.image is not None]

    def prepared(self, held: Replying) -> Any:
        """Read and process the images, where the model lets that be done apart."""
        if not isinstance(held, Preparing):
            return None
        from sightline.models.pictures import ahead

        work = ahead(self.groups, lambda group: held.prepared(group, self.asking), _THREADS, len(self.groups) or 1)
        return list(work)

    def answered(self, held: Replying, ready: Any) -> tuple[Replies, ...]:
        """Reply to all prompts.

        Raises:
            RequestError: the model gave no reply.
        """
        if ready is not None and isinstance(held, Preparing):
            return held.reply_prepared(ready, self.asking) if ready else ()
        replied = list(held.reply([self.groups], self.asking))
        if len(replied) != 1:
            raise RequestError(f"{held.identity.name} gave {len(replied)} batches of replies to one batch.")
        return replied[0]
