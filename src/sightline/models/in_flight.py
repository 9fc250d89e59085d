"""Many things awaited at once, for callers that do not wait for anything themselves.

An event loop in a thread of its own holds what is in flight. Whoever draws results sees a plain iterator, and goes on
while others are on their way: there are no batches, and so nothing waits for the slowest of one.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from queue import SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

__all__ = ["InFlight"]

Job = TypeVar("Job")
Done = TypeVar("Done")

_AHEAD = 2
"""Jobs drawn for each place: the next ones are at hand while the caller looks at what is done."""


class InFlight:
    """Does so many things at once.

    The thread begins with the first of them; `close` ends it.

    Args:
        at_once: how many.
    """

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        # the rest belongs to the loop's thread
        self._waiting: deque[tuple[_Run[Any, Any], _Numbered[Any]]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[Any]] = set()
        self._last: set[asyncio.Task[Any]] = set()
        """Workers whose job is to end instead of resting."""

    def run(self, jobs: Iterable[Job], do: Callable[[Job], Coroutine[Any, Any, Done]]) -> Iterator[tuple[int, Done]]:
        """Do jobs, which are drawn in this thread as there is room for them.

        Where one fails, or drawing the next does, no other is begun; what is in flight is waited for and handed over,
        and then the error raised. Where the caller stops drawing, everything is given up.

        Yields:
            The place of a job and what came of it, as soon as it is there, in whatever order.
        """
        run = _Run(jobs, do, self.at_once * _AHEAD)
        try:
            while True:
                if run.has_room:
                    loop = self._started()
                    if (job := run.draw()) is not None:
                        loop.call_soon_threadsafe(self._begin, run, job)
                        if run.results.empty():
                            continue
                if not run.outstanding:
                    break
                place, done, error = run.take()
                if error is None:
                    yield place, done
                elif not isinstance(error, asyncio.CancelledError):
                    run.fail(error)
            if run.failure is not None:
                raise run.failure
        finally:
            if run.outstanding and self._loop is not None:
                self._loop.call_soon_threadsafe(self._give_up, run)
            while run.outstanding:
                run.take()

    async def rest(self, until: Coroutine[Any, Any, object]) -> None:
        """Wait inside a job; where its run has failed, the job ends here instead."""
        task = _current()
        if task in self._last:
            until.close()  # nobody will await it
            raise asyncio.CancelledError
        self._resting.add(task)
        try:
            await until
        finally:
            self._resting.discard(task)

    def close(self, last: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Give up what is in flight, await a last thing, and end the thread. There is no way back.

        Args:
            last: what to await where anything was ever begun.
        """
        self._closed = True
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(last), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    async def _end(self, last: Callable[[], Coroutine[Any, Any, object]]) -> None:
        for run, job in self._waiting:
            run.results.put(_Result(job.place, None, asyncio.CancelledError()))
        self._waiting.clear()
        workers = list(self._workers)
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await last()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise ValueError("it is closed")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="in flight", daemon=True)
            self._thread.start()
        return self._loop

    def _begin(self, run: "_Run[Any, Any]", job: "_Numbered[Any]") -> None:
        self._waiting.append((run, job))
        if len(self._workers) < self.at_once:
            self._workers.add(asyncio.get_running_loop().create_task(self._work()))

    async def _work(self) -> None:
        """Do one job after the other, without a turn of the loop between them."""
        task = _current()
        while self._waiting:
            run, job = self._waiting.popleft()
            run.tasks.add(task)
            done: Any = None
            error: BaseException | None = None
            try:
                done = await run.do(job.what)
            except BaseException as failed:
                error = failed
                if isinstance(error, asyncio.CancelledError):
                    task.uncancel()  # the job is given up, not the worker
                else:
                    self._stop(run)
            run.tasks.discard(task)
            self._last.discard(task)
            run.results.put(_Result(job.place, done, error))
        self._workers.discard(task)

    def _stop(self, run: "_Run[Any, Any]") -> None:
        """Begin nothing more of a run, and let nothing of it rest."""
        self._leave(run)
        self._last |= run.tasks
        for task in self._resting & run.tasks:
            task.cancel()

    def _give_up(self, run: "_Run[Any, Any]") -> None:
        self._leave(run)
        for task in run.tasks:
            task.cancel()

    def _leave(self, run: "_Run[Any, Any]") -> None:
        for other, job in self._waiting:
            if other is run:
                run.results.put(_Result(job.place, None, asyncio.CancelledError()))
        self._waiting = deque(pair for pair in self._waiting if pair[0] is not run)


def _current() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    assert task is not None
    return task


class _Numbered(NamedTuple, Generic[Job]):
    place: int
    what: Job


class _Result(NamedTuple):
    place: int
    done: Any
    error: BaseException | None


class _Run(Generic[Job, Done]):
    """Jobs that are done for one caller; all but ``tasks`` belongs to the caller's thread."""

    def __init__(self, jobs: Iterable[Job], do: Callable[[Job], Coroutine[Any, Any, Done]], room: int) -> None:
        self.do = do
        self.results: SimpleQueue[_Result] = SimpleQueue()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.outstanding = 0
        self.failure: BaseException | None = None
        self._jobs = iter(jobs)
        self._drawn = 0
        self._room = room
        self._exhausted = False

    @property
    def has_room(self) -> bool:
        return not self._exhausted and self.outstanding < self._room

    def draw(self) -> _Numbered[Job] | None:
        try:
            job = next(self._jobs)
        except StopIteration:
            self._exhausted = True
            return None
        except Exception as error:
            self.fail(error)
            return None
        self._drawn += 1
        self.outstanding += 1
        return _Numbered(self._drawn - 1, job)

    def take(self) -> _Result:
        result = self.results.get()
        self.outstanding -= 1
        return result

    def fail(self, error: BaseException) -> None:
        """Take note of an error, of which the first counts, and draw no more."""
        self.failure = self.failure or error
        self._exhausted = True
