"""One stage: a language model asked about many things at once, and asked again where its reply cannot be read."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from sightline.core import TextRequest, Writing, Written
from sightline.errors import RequestError
from sightline.queries.structured import read_structured

__all__ = ["NO_REPLY", "Done", "Progress", "Unread", "ask", "asked_again"]

Structure = TypeVar("Structure", bound=BaseModel)

NO_REPLY = "there is no reply"

_WARMER = 0.7
"""The temperature of whatever is asked again: at 0 most models would say the same again."""

_AGAIN = (
    "An earlier reply could not be used: {problem}. "
    "Reply with one JSON object in the form that was asked for, and with nothing else."
)

_DETAIL = re.compile(r": | \(")
"""Where the kind of a problem ends, and what is particular about it begins: "the model refused: I cannot help"."""


class Done(NamedTuple):
    """How far a stage is.

    Args:
        stage: which.
        done: requests that have their reply.
        total: all of them, in this attempt.
    """

    stage: str
    done: int
    total: int


Progress = Callable[[Done], None]


class Unread(NamedTuple):
    """A reply that could not be read.

    Args:
        place: of the request.
        attempt: counted from 0.
        reason: what kind of problem it was, the same for all of a kind.
        what: what is particular about it: the reply, or more about why there is none.
        text: the reply, "" where there is none.
        given_up: whether it was the last attempt.
    """

    place: int
    attempt: int
    reason: str
    what: str
    text: str
    given_up: bool


def ask(
    requests: Sequence[TextRequest],
    model: type[Structure],
    take: Callable[[int, Structure], None],
    writer: Writing,
    attempts: int = 1,
    progress: Progress | None = None,
) -> tuple[Unread, ...]:
    """Ask everything at once, and what could not be read again, all of it at once.

    Args:
        requests: what is asked.
        model: what a reply is to be.
        take: given a request's place and what was read, as soon as it is there, while others are on their way; what it
            does with one request must not depend on others.
        writer: who is asked.
        attempts: how often a request is made, at most.
        progress: told how far it is, after each reply.

    Returns:
        Every reply that could not be read, attempt by attempt, in the order of the requests.

    Raises:
        RequestError: there are no attempts, or no request can succeed.
    """
    if attempts < 1:
        raise RequestError(f"There are {attempts} attempts; expected at least one.")
    unread: list[Unread] = []
    waiting = dict(enumerate(requests))
    for attempt in range(attempts):
        failed: list[Unread] = []
        for place, written in _written(waiting, writer, progress):
            problem, found = _read(written, model)
            if found is not None:
                take(place, found)
            else:
                failed.append(Unread(place, attempt, *problem, given_up=attempt == attempts - 1))
        failed.sort()
        unread += failed
        waiting = {each.place: asked_again(requests[each.place], attempt + 1, each) for each in failed}
        if not waiting:
            break
    return tuple(unread)


def asked_again(request: TextRequest, attempt: int, unread: Unread | None = None) -> TextRequest:
    """A request that is made once more: warmer and, where a reply could not be read, with room for twice as much.

    It says what was wrong with the reply, unless there was none.

    Args:
        request: the first one.
        attempt: how often it was made before.
        unread: the last reply, where it could not be read.
    """
    again = replace(request, attempt=attempt, temperature=max(_WARMER, request.temperature))
    if unread is None:
        return again
    told = f"{request.prompt}\n\n{_AGAIN.format(problem=unread.reason)}" if unread.text else request.prompt
    return replace(again, prompt=told, max_new_tokens=2 * request.max_new_tokens)


def _written(
    waiting: Mapping[int, TextRequest], writer: Writing, progress: Progress | None
) -> Iterator[tuple[int, Written]]:
    """What comes of each request, as it comes; of one that the model loses, in the end, that there is no reply."""
    places = list(waiting)
    lost = dict.fromkeys(places)
    for done, (number, written) in enumerate(writer.write(waiting.values()), start=1):
        place = places[number]
        del lost[place]
        yield place, written
        if progress is not None:
            progress(Done(waiting[place].purpose, done, len(places)))
    for place in lost:
        yield place, Written("", NO_REPLY)


def _read(written: Written, model: type[Structure]) -> tuple[tuple[str, str, str], Structure | None]:
    """What a reply says, or the problem: its kind, what is particular about it, and the reply."""
    if written.problem:
        reason = _DETAIL.split(written.problem, maxsplit=1)[0]
        return (reason, written.problem[len(reason) :].strip(": "), ""), None
    found = read_structured(written.text, model)
    return ((found, written.text, written.text), None) if isinstance(found, str) else (("", "", ""), found)
