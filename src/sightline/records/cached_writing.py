"""A language model whose texts are kept: what was asked before is not asked again."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sightline.core import ModelIdentity, TextRequest, Totals, Writing, Written
from sightline.records.call_cache import CallCache, call_key

__all__ = ["CachedWriting"]

_LOOKED_UP_AT_ONCE = 64


class CachedWriting:
    """A model that writes only what is not in a cache, and keeps what it writes.

    Requests that are known are answered as they are drawn; until the first that is not, no model is asked for
    anything. Texts are kept as they come. The same request is asked once in a run, also where what came of it was a
    problem; the next run asks it again.

    Args:
        writing: the model.
        cache: what is known; it is used by the thread that draws what is written.
    """

    def __init__(self, writing: Writing, cache: CallCache) -> None:
        self.writing = writing
        self.cache = cache
        self._cached = 0

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self.writing.identity

    @property
    def totals(self) -> Totals:
        """What the model wrote so far, and how many requests it was spared."""
        return self.writing.totals._replace(cached=self._cached)

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        """Write texts; see `Writing`. A text that was known, or that this run wrote before, is marked as cached.

        Raises:
            RequestError: see `Writing`; what was written before is kept.
            DataError: the cache cannot be read or written.
        """
        run = _Run(self.writing.identity, self.cache, requests)
        for place, written in run.write(self.writing):
            self._cached += written.cached
            yield place, written


class _Looked(NamedTuple):
    """A request that was looked up; without a key where its image cannot be read."""

    place: int
    request: TextRequest
    key: str
    found: Written | None


class _Run:
    """One way through requests."""

    def __init__(self, identity: ModelIdentity, cache: CallCache, requests: Iterable[TextRequest]) -> None:
        self._identity, self._cache = identity, cache
        self._looked_up = self._look_up(requests)
        self._images: dict[Path, str] = {}
        self._asked: list[str] = []
        """The key of everything the model is asked, in order."""
        self._begun: set[str] = set()
        self._waiting: dict[str, list[int]] = {}
        """The places that wait for what the model is being asked."""
        self._problems: dict[str, Written] = {}
        self._ready: deque[tuple[int, Written]] = deque()

    def write(self, writing: Writing) -> Iterator[tuple[int, Written]]:
        first = None
        for looked in self._looked_up:
            if looked.found is None:
                first = looked
                break
            yield looked.place, looked.found
        if first is None:
            return
        for n, written in writing.write(self._unknown(first)):
            yield from self._arrived(self._asked[n], written)
            while self._ready:
                yield self._ready.popleft()
        yield from self._ready

    def _unknown(self, first: _Looked) -> Iterator[TextRequest]:
        """What the model is to be asked, as it draws it; what need not be asked is laid ready on the way."""
        yield self._begin(first)
        for looked in self._looked_up:
            if looked.key in self._waiting:
                self._waiting[looked.key].append(looked.place)
            elif (found := looked.found or self._written_meanwhile(looked.key)) is not None:
                self._ready.append((looked.place, found))
            else:
                yield self._begin(looked)

    def _written_meanwhile(self, key: str) -> Written | None:
        """What this run wrote after the request was looked up."""
        if key in self._problems:
            return self._problems[key]
        return self._cache.find([key]).get(key) if key in self._begun else None

    def _begin(self, looked: _Looked) -> TextRequest:
        self._begun.add(looked.key)
        self._asked.append(looked.key)
        self._waiting[looked.key] = [looked.place]
        return looked.request

    def _arrived(self, key: str, written: Written) -> Iterator[tuple[int, Written]]:
        if written.problem:
            self._problems[key] = written
        else:
            self._cache.keep({key: written})
        first, *others = self._waiting.pop(key)
        yield first, written
        for place in others:
            yield place, written._replace(cached=not written.problem)

    def _look_up(self, requests: Iterable[TextRequest]) -> Iterator[_Looked]:
        numbered = enumerate(requests)
        while some := list(islice(numbered, _LOOKED_UP_AT_ONCE)):
            keys, unreadable = dict[int, str](), dict[int, Written]()
            for place, request in some:
                try:
                    keys[place] = call_key(self._identity, request, self._image_sha256(request.image))
                except OSError as error:
                    problem = f"the image {request.image} cannot be read ({error.strerror or error})"
                    unreadable[place] = Written("", problem)
            known = self._cache.find(keys.values())
            for place, request in some:
                key = keys.get(place, "")
                yield _Looked(place, request, key, known.get(key) or unreadable.get(place))

    def _image_sha256(self, image: Path | None) -> str:
        if image is None:
            return ""
        if image not in self._images:
            self._images[image] = hashlib.sha256(image.read_bytes()).hexdigest()
        return self._images[image]
