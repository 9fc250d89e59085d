"""A model that says what it is told to say: for tests, examples, and trying a run without any weights."""

import hashlib
import math
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said
from sightline.errors import RequestError

__all__ = ["Script", "ScriptedModel", "scripted"]

Script = Callable[[str, str], str] | Mapping[tuple[str, str], str]
"""(name of the image, prompt) → reply."""


class ScriptedModel:
    """A model that replies from a script, always in the same way.

    Where choices are given, their log-probabilities come from a hash of image, prompt and choice, and the scripted
    reply is the likeliest of them if it is one. Where replies are sampled, a hash of seed, place and sample decides
    between the scripted reply and the same in capitals.

    Args:
        script: the replies.
        name: what to call it.
        stop_after: reply to so many batches and then, in the middle of the next, stop.
        stop: how: "fail" with a RequestError, or "kill" the process as the system would.

    Example:
        >>> from pathlib import Path
        >>> model = ScriptedModel(lambda image, prompt: "Yes")
        >>> list(model.reply([[ImageGroup(Path("a.jpg"), ("Is there a dog?",))]], Asking()))
        [(((Said(text='Yes', log_probs=(), sample=0),),),)]
    """

    def __init__(
        self,
        script: Script,
        name: str = "scripted",
        stop_after: int | None = None,
        stop: Literal["fail", "kill"] = "fail",
    ) -> None:
        self.script = script
        self.stop_after = stop_after
        self.stop = stop
        self.asked: list[tuple[str, str]] = []
        """Every image and prompt it was asked, in order."""
        self._name = name

    @property
    def identity(self) -> ModelIdentity:
        """Its name, which is all that tells two scripts apart."""
        hash_ = hashlib.sha256(self._name.encode()).hexdigest()
        return ModelIdentity(hash_, self._name, "scripted", "scripted 1", "none", "none")

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups, one after the other.

        Raises:
            RequestError: the script has no reply, or it is told to fail here.
        """
        for place, batch in enumerate(batches):
            replies = tuple(self._group(group, asking) for group in batch)
            if place == self.stop_after:
                self._stop()
            yield replies

    def _stop(self) -> None:
        if self.stop == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RequestError(f"{self._name} stops after {self.stop_after} batches, as it was told to.")

    def _group(self, group: ImageGroup, asking: Asking) -> Replies:
        choices = group.choices(asking)
        image = group.image.name if group.image is not None else ""
        return tuple(self._prompt(image, prompt, n, asking, choices[n]) for n, prompt in enumerate(group.prompts))

    def _prompt(
        self, image: str, prompt: str, place: int, asking: Asking, choices: tuple[str, ...]
    ) -> tuple[Said, ...]:
        self.asked.append((image, prompt))
        text = self._scripted(image, prompt)
        if choices:
            return (_choose(image, prompt, text, choices),)
        if asking.greedy:
            return tuple(Said(text, sample=sample) for sample in range(asking.samples))
        drawn = (_share(f"{asking.seed}/{image}/{prompt}/{place}/{n}") for n in range(asking.samples))
        return tuple(Said(text if share < 0.5 else text.upper(), sample=n) for n, share in enumerate(drawn))

    def _scripted(self, image: str, prompt: str) -> str:
        if callable(self.script):
            return self.script(image, prompt)
        if (image, prompt) not in self.script:
            raise RequestError(f"The script of {self._name} has no reply to {prompt!r} about {image}.")
        return self.script[image, prompt]


def _choose(image: str, prompt: str, text: str, choices: tuple[str, ...]) -> Said:
    shares = [_share(f"{image}/{prompt}/{choice}") for choice in choices]
    if text in choices:
        told, most = choices.index(text), shares.index(max(shares))
        shares[told], shares[most] = shares[most], shares[told]
    total = sum(shares)
    return Said(choices[shares.index(max(shares))], tuple(math.log(share / total) for share in shares))


def _share(text: str) -> float:
    """A number in (0, 1) that depends on the text alone."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) + 0.5) / 2**48


def scripted(text: str) -> ScriptedModel:
    """The model that says one thing to everything: what stands behind ``--model scripted:``.

    Raises:
        RequestError: there is nothing to say.

    Example:
        >>> scripted("No").identity.name
        'scripted:No'
    """
    if not text:
        raise RequestError("A scripted model needs something to say, for example: --model scripted:Yes")
    return ScriptedModel(lambda image, prompt: text, name=f"scripted:{text}")
