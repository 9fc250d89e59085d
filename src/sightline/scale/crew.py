"""A crew: workers on a Ray cluster, each an actor, who answer shards; what dies with one is given to another.

Every worker has two shards at most, so that the images of one are read while another is computed. Where a worker dies
(killed, out of memory, its host lost), its shards are suspects: each is tried again by itself, so that a shard that
kills workers takes no other down with it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sightline.errors import RequestError, SightlineError
from sightline.scale.alike import refuse_other_model, refuse_other_versions
from sightline.scale.cluster import Seats
from sightline.scale.worker import Held, Loads, Shard, Worker, WorkerInfo

__all__ = ["IN_FLIGHT", "RETRIES", "Crew"]

IN_FLIGHT = 2
"""Shards that a worker has at most: one is computed, the images of another are read."""

RETRIES = 3
"""How often a shard is tried again whose worker died."""

_PLACING_S = 300.0
"""How long to wait for a worker's process where there is no other worker: its host may be gone for good."""

Some = TypeVar("Some", bound=Held)
Answer = TypeVar("Answer")


@dataclass(eq=False)
class _Job:
    """A shard, and how many workers died over it."""

    place: int
    shard: Shard[Any, Any]
    deaths: int = 0


@dataclass(eq=False)
class _Hand:
    """An actor, from when it is asked for.

    Args:
        actor: Ray's handle of it.
        starting: what is awaited until it can work: that it is placed, then that it is loaded.
        host: where it is, once it is placed.
        info: what it holds, once it is loaded.
        jobs: what it was given, by what is awaited.
    """

    actor: Any
    starting: Any
    host: str = ""
    info: WorkerInfo | None = None
    jobs: dict[Any, _Job] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Whether it can take one more; beside a suspect it takes none."""
        return self.info is not None and len(self.jobs) < IN_FLIGHT and not any(j.deaths for j in self.jobs.values())


class _Work:
    """The shards that are not answered."""

    def __init__(self, shards: Iterable[Shard[Any, Any]]) -> None:
        self._source = (_Job(place, shard) for place, shard in enumerate(shards))
        self._drawn: deque[_Job] = deque()
        self._suspects: deque[_Job] = deque()
        self.given_up: list[_Job] = []
        self.problem: Exception | None = None
        """Why no more is to be given out."""

    @property
    def is_left(self) -> bool:
        """Whether there is something to give out."""
        if not self._drawn and not self._suspects and (job := next(self._source, None)) is not None:
            self._drawn.append(job)
        return self.problem is None and bool(self._drawn or self._suspects)

    def take(self, hand: _Hand) -> _Job | None:
        """What a worker is to do next: suspects by themselves."""
        if self.problem is not None:
            return None
        if self._suspects and not hand.jobs:
            return self._suspects.popleft()
        return self._drawn.popleft() if self._drawn else next(self._source, None)

    def suspect(self, job: _Job) -> None:
        """Put back what a worker had when it died."""
        job.deaths += 1
        (self.given_up if job.deaths > RETRIES else self._suspects).append(job)

    def stop(self, problem: Exception) -> None:
        """Give out no more."""
        self.problem = self.problem or problem


class Crew(Generic[Some]):
    """Workers that are loaded; they end with `close`, or with this process.

    Args:
        ray: the module, connected.
        loading: what each of them loads.
        seats: how many they are, and what each needs.

    Raises:
        RequestError: a worker cannot be placed or loaded, or they hold other models or run other versions.
    """

    def __init__(self, ray: Any, loading: Loads[Some], seats: Seats) -> None:
        self.ray, self.loading, self.seats = ray, loading, seats
        self._hands: list[_Hand] = []
        self._details: dict[tuple[str, int], dict[str, str]] = {}
        self._why_lost = ""
        try:
            for _ in range(seats.workers):
                self._hire()
            while any(hand.info is None for hand in self._hands):
                self._start(*self._awaited())
        except BaseException:
            self.close()
            raise
        self.first = self.workers[0]
        """The first of the workers; all have the same model."""

    @property
    def workers(self) -> tuple[WorkerInfo, ...]:
        """The workers that are there now."""
        return tuple(hand.info for hand in self._hands if hand.info is not None)

    @property
    def details(self) -> dict[str, str]:
        """What all workers that ever were say of their model; where they differ, all that they say."""
        said: dict[str, dict[str, None]] = {}
        for own in self._details.values():
            for name, value in own.items():
                said.setdefault(name, {})[value] = None
        return {name: "; ".join(values) for name, values in said.items()}

    def close(self) -> None:
        """End the workers."""
        for hand in self._hands:
            with suppress(Exception):  # one that is dead already, or a cluster that is gone
                self.ray.kill(hand.actor)
        self._hands.clear()

    def as_done(self, shards: Iterable[Shard[Some, Answer]]) -> Iterator[tuple[int, Answer]]:
        """Answer shards; they are drawn as workers become free for them.

        Yields:
            The place of each shard, from zero, and its answer, as soon as it is there.

        Raises:
            DataError: whatever a worker raised, once what the others had in hand is given.
            RequestError: likewise; or workers died over a shard again and again, once all others are given; or no
                worker is left.
        """
        work = _Work(shards)
        for _ in range(len(self._hands), self.seats.workers):
            self._hire()  # in place of those that died when nothing was left to do
        try:
            while work.is_left or any(hand.jobs for hand in self._hands):
                self._hand_out(work)
                hand, done = self._awaited()
                if done not in hand.jobs:
                    self._start_again(hand, done, work)
                elif (answer := self._answer(hand, done, work)) is not None:
                    self._hand_out(work)  # before whoever takes the answer is busy with it
                    yield answer
        finally:
            for hand in self._hands:
                hand.jobs.clear()
        if work.problem is not None:
            raise work.problem
        if work.given_up:
            raise _given_up(work.given_up, self._why_lost)

    def _hand_out(self, work: _Work) -> None:
        """Give work to whoever is free, one shard to each before the second to any."""
        for _ in range(IN_FLIGHT):
            for hand in self._hands:
                if hand.is_free and (job := work.take(hand)) is not None:
                    hand.jobs[hand.actor.answer.remote(job.shard)] = job

    def _awaited(self) -> tuple[_Hand, Any]:
        """Whoever has something to tell first, and what."""
        of = {hand.starting: hand for hand in self._hands if hand.info is None}
        of |= {ref: hand for hand in self._hands for ref in hand.jobs}
        # What is loaded or loads will tell of itself; a process that nobody can place never does.
        timeout = None if any(hand.host for hand in self._hands) else _PLACING_S
        done, _ = self.ray.wait(list(of), num_returns=1, timeout=timeout)
        if not done:
            raise RequestError(
                f"The Ray cluster gave no process to a worker in {_PLACING_S / 60:.0f} minutes; {len(of)} are waited "
                f"for. {self._why_lost or 'Look at ray status.'}"
            )
        return of[done[0]], done[0]

    def _answer(self, hand: _Hand, done: Any, work: _Work) -> tuple[int, Any] | None:
        """The answer of a worker, if it is one."""
        try:
            answered = self.ray.get(done)
        except Exception as error:
            if self._is_death(error):
                self._bury(hand, error, work)
            else:
                hand.jobs.pop(done)
                work.stop(_own(error))
            return None
        assert hand.info is not None
        self._details[hand.info.host, hand.info.pid] = answered.details
        return hand.jobs.pop(done).place, answered.value

    def _hire(self) -> None:
        """Ask for one more worker."""
        actor = self.ray.remote(Worker).options(
            num_gpus=self.seats.gpus, num_cpus=self.seats.cpus, max_concurrency=IN_FLIGHT, max_restarts=0
        )
        made = actor.remote(self.loading, str(Path.cwd()))
        self._hands.append(_Hand(made, made.placed.remote()))

    def _start(self, hand: _Hand, done: Any) -> None:
        """Take note of how far a worker is.

        Raises:
            RequestError: it cannot be had.
        """
        try:
            found = self.ray.get(done)
        except Exception as error:
            if not self._is_death(error):
                raise _own(error) from None
            where = f" on {hand.host}" if hand.host else ""
            raise RequestError(f"A worker died{where} before it had {self.loading.name}: {_why(error)}") from None
        if not hand.host:
            hand.host, hand.starting = found, hand.actor.load.remote()
            return
        refuse_other_versions(found)
        if self.workers:
            refuse_other_model(self.workers[0], found)
        hand.info = found
        self._details[found.host, found.pid] = dict(found.identity.details)

    def _start_again(self, hand: _Hand, done: Any, work: _Work) -> None:
        """Take note of how far a worker is that was hired for one that died; the others go on if it cannot be had."""
        try:
            self._start(hand, done)
        except (SightlineError, self.ray.exceptions.RayError) as error:
            self._hands.remove(hand)
            self._why_lost = _why(error)
            if not self._hands:
                work.stop(RequestError(f"No worker is left. {self._why_lost} What was answered is kept."))

    def _bury(self, hand: _Hand, error: Exception, work: _Work) -> None:
        """Let a worker go that died, and hire another for what it had."""
        self._why_lost = f"The last worker died on {hand.host}: {_why(error)}"
        self._hands.remove(hand)
        for job in hand.jobs.values():
            work.suspect(job)
        if work.is_left:
            self._hire()

    def _is_death(self, error: Exception) -> bool:
        known = self.ray.exceptions
        return isinstance(
            error,
            (
                known.RayActorError,
                known.WorkerCrashedError,
                known.NodeDiedError,
                known.OutOfMemoryError,
                known.ObjectLostError,
            ),
        )


def _own(error: Exception) -> Exception:
    """The error as it was raised in the worker, where it is one of sightline's; else as Ray tells it."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, SightlineError) else error


def _why(error: Exception) -> str:
    """An error in one sentence; Ray puts what happened last, and before its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    told = lines[-1].partition(" Some common causes")[0].rpartition("Worker exit detail: ")[2]
    return f"{told[:400].rstrip('.')}."


def _given_up(jobs: list[_Job], why: str) -> RequestError:
    images = list(dict.fromkeys(str(path) for job in jobs for path in job.shard.images))
    shown = ", ".join(images[:4]) + (f" and {len(images) - 4:,} more" if len(images) > 4 else "")
    return RequestError(
        f"Workers died {RETRIES + 1} times over {shown}. {why} All other images are done and kept. Most often memory "
        "does not suffice: take smaller batches (--batch-images), or look at these images."
    )
