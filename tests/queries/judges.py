"""Judges that believe what they are told to."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said
from sightline.models.scripted import ScriptedModel


def options_in(prompt: str) -> dict[str, str]:
    """The phrases that a prompt offers, by letter."""
    return dict(re.findall(r"^([A-Z])\. (.*)$", prompt, re.MULTILINE))


def asked_in(prompt: str) -> str:
    """The phrase of which a question asks whether it can be seen."""
    return prompt.removeprefix("Can you see ").removesuffix(" in this image?")


def picks(rather: Sequence[str]) -> ScriptedModel:
    """A judge that picks, of the options that are offered, the one that comes first in a list."""

    def script(image: str, prompt: str) -> str:
        offered = options_in(prompt)
        return min(offered, key=lambda letter: rather.index(offered[letter]) if offered[letter] in rather else 99)

    return ScriptedModel(script, "picks")


def sees(what: Collection[str]) -> ScriptedModel:
    """A judge that says yes to these phrases and no to all others."""
    return ScriptedModel(lambda image, prompt: "Yes" if asked_in(prompt) in what else "No", "sees")


class Weighing:
    """A judge that gives every phrase a weight.

    Args:
        weight: (image, phrase) → its probability, or its share among options; None: it replies something else.
    """

    def __init__(self, weight: Callable[[str, str], float | None]) -> None:
        self.weight = weight
        self.asked: list[tuple[str, str]] = []

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity("3e", "weighing", "", "scripted", "none", "none")

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        for batch in batches:
            yield tuple(
                tuple((self._said(group.image.name, prompt, asking),) for prompt in group.prompts) for group in batch
            )

    def _said(self, image: str, prompt: str, asking: Asking) -> Said:
        self.asked.append((image, prompt))
        if asking.choices == ("Yes", "No"):
            yes = self.weight(image, asked_in(prompt))
            weights = None if yes is None else [yes, 1 - yes]
        else:
            found = [self.weight(image, phrase) for phrase in options_in(prompt).values()]
            weights = None if None in found else [weight or 0.0 for weight in found]
        if weights is None:
            return Said("", tuple(-5.0 for _ in asking.choices))
        log_probs = tuple(math.log(weight) if weight else -math.inf for weight in weights)
        return Said(asking.choices[weights.index(max(weights))], log_probs)
