"""A language model that writes what a script tells it to, in whatever order."""

import random
from collections.abc import Callable, Iterable, Iterator

from sightline.core import ModelIdentity, TextRequest, Totals, Written

Script = Callable[[TextRequest], str | Written]


class ScriptedWriting:
    """A model that writes from a script.

    Args:
        script: request → text, or what came of it.
        seed: of the order in which texts arrive; None: in the order of the requests.
    """

    def __init__(self, script: Script, seed: int | None = None) -> None:
        self.script = script
        self.seed = seed
        self.asked: list[TextRequest] = []

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("5c", "a scripted writer", "", "scripted", "none", "none")

    @property
    def totals(self) -> Totals:
        return Totals(len(self.asked))

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        came = list(enumerate(requests))
        self.asked += [request for _, request in came]
        if self.seed is not None:
            random.Random(self.seed).shuffle(came)
        for place, request in came:
            found = self.script(request)
            yield place, found if isinstance(found, Written) else Written(found)


def in_turn(*texts: str | Written) -> Script:
    """One after the other, the last of them for ever."""
    left = list(texts)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]
