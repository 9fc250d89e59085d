"""A model and detectors that do as they are told."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sightline.core import Continuation, Drawing, ModelIdentity, Sighting
from sightline.errors import DataError
from sightline.preferences.sentinel.objects import NamedObjects

__all__ = ["Detector", "Said", "TellsOf", "sentence", "words"]

Said = Mapping[str, Sequence[str]]
"""Context → candidates; one that ends in ``#`` ends its reply, and one that is only that says nothing more."""


def sentence(text: str) -> Continuation:
    """A candidate of a script."""
    said = text.removesuffix("#")
    return Continuation(said, ends=text.endswith("#"), whole=not said.endswith("…"), tokens=len(said.split()) + 1)


@dataclass
class TellsOf:
    """A model that says of each image what its script says.

    Args:
        scripts: name of the image → what is said.
        killed_after: kill the process, as the system would, after so many draws.
    """

    scripts: Callable[[str], Said]
    killed_after: int | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("0" * 64, "org/teller", "scripted", "scripted", "none", "none")

    def begin(self, image: Path, prompt: str) -> str:
        if not image.is_file():
            raise DataError("there is no such file", file=image.name)
        return image.name

    def next_sentences(
        self, replies: Sequence[str], contexts: Sequence[str], how: Drawing
    ) -> tuple[tuple[Continuation, ...], ...]:
        if len(self.asked) == self.killed_after:
            os.kill(os.getpid(), signal.SIGKILL)
        self.asked += zip(replies, contexts, strict=True)
        return tuple(
            tuple(sentence(each) for each in self.scripts(reply)[context])
            for reply, context in zip(replies, contexts, strict=True)
        )


@dataclass
class Detector:
    """A detector that sees what it is told, and knows what it is told, or everything.

    Args:
        sees: objects and their boxes.
        known: the only objects that it can look for; all where None.
        name: its name.
    """

    sees: Mapping[str, tuple[float, float, float, float]]
    known: frozenset[str] | None = None
    name: str = "eye"
    version: str = "1"
    threshold: float = 0.5
    looks: list[tuple[str, ...]] = field(default_factory=list)

    def knows(self, object: str) -> bool:
        return self.known is None or object in self.known

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        assert all(self.knows(each) for each in objects)
        self.looks.append(tuple(objects))
        return tuple(Sighting(each, 0.5 if each in self.sees else 0.49, self.sees.get(each)) for each in objects)


def words(*listed: str) -> NamedObjects:
    """Objects that are single words, in a sentence of single words."""
    read = lambda text: tuple(  # noqa: E731
        dict.fromkeys(word for word in text.lower().replace(".", "").split() if word in listed)
    )
    return NamedObjects("words", read, listed)
