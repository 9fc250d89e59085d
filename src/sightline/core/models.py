"""What a model is asked, what it says, and what it must be able to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, runtime_checkable

__all__ = ["Asking", "ImageGroup", "ModelIdentity", "Replies", "RepliesAnyOrder", "RepliesOneByOne", "Replying", "Said"]


@dataclass(frozen=True, slots=True)
class Asking:
    """How replies are made.

    Args:
        choices: choose among these by log-likelihood, without generating anything; none: generate.
        options: choose among the options that each question offers, by their log-likelihood ("total") or by that of a
            token on average ("mean"), which does not favour short ones; "": do not.
        max_new_tokens: the longest reply, in tokens.
        temperature: 0 is greedy: the same question is then asked once, whatever asks it.
        top_p: sample among the most likely tokens that together have this probability.
        samples: replies to each question; more than one only where replies are sampled.
        seed: of the sampling.
    """

    choices: tuple[str, ...] = ()
    options: Literal["", "total", "mean"] = ""
    max_new_tokens: int = 16
    temperature: float = 0.0
    top_p: float = 1.0
    samples: int = 1
    seed: int = 0

    @property
    def greedy(self) -> bool:
        """Whether the same question always gets the same reply."""
        return self.chooses or self.temperature == 0

    @property
    def chooses(self) -> bool:
        """Whether replies are chosen by log-likelihood rather than generated."""
        return bool(self.choices or self.options)


class ImageGroup(NamedTuple):
    """One image and every question to be asked about it, so that the image is looked at once.

    Args:
        image: the file; None: the questions are asked without any image.
        prompts: the questions, whole, as the user would type them.
        options: for each prompt the options it offers; empty where none does.
    """

    image: Path | None
    prompts: tuple[str, ...]
    options: tuple[tuple[str, ...], ...] = ()

    @property
    def shown(self) -> str:
        """What messages call the image."""
        return "no image" if self.image is None else self.image.name

    def choices(self, asking: Asking) -> tuple[tuple[str, ...], ...]:
        """What there is to choose among, for each prompt; nothing where replies are generated.

        Raises:
            ValueError: options are to be chosen among, and a prompt offers fewer than two.

        Example:
            >>> ImageGroup(Path("a.jpg"), ("Dog?", "Cat?")).choices(Asking(choices=("Yes", "No")))
            (('Yes', 'No'), ('Yes', 'No'))
        """
        if not asking.options:
            return (asking.choices,) * len(self.prompts)
        if len(self.options) != len(self.prompts) or any(len(own) < 2 for own in self.options):
            raise ValueError("a prompt offers no options to choose among")
        return self.options


class Said(NamedTuple):
    """What a model said to one prompt.

    Args:
        text: the reply; where choices were given, the most likely of them.
        log_probs: the log-probability of each choice, in the order given; per token where that was asked for.
        sample: which of several samples.
    """

    text: str
    log_probs: tuple[float, ...] = ()
    sample: int = 0


Replies = tuple[tuple[Said, ...], ...]
"""For each image group what was said to each of its prompts, samples of one prompt side by side."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What makes two models the same: their content, never a path.

    Args:
        hash: of config, processor, weights, adapter and knockout.
        name: what to call it.
        family: the family that knows its format.
        engine: what runs it, with its version.
        dtype: of the weights as loaded.
        attention: the attention backend.
        details: what else a reader of the record may ask: revision, device, versions, whether images are shared.
    """

    hash: str
    name: str
    family: str
    engine: str
    dtype: str
    attention: str
    details: Mapping[str, str] = field(default_factory=dict)


class Replying(Protocol):
    """A model that replies to questions about images."""

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another."""
        ...

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups, one after the other.

        Batches are drawn ahead of time, so that images can be read and processed while the model computes.

        Yields:
            For each batch, in order: for each group, in order, its replies.

        Raises:
            DataError: an image cannot be read.
            RequestError: the model cannot do what is asked.
        """
        ...


@runtime_checkable
class RepliesAnyOrder(Protocol):
    """A model that replies to several batches at once, and need not hold back those that are done for a slow one."""

    def reply_as_done(
        self, batches: Iterable[Sequence[ImageGroup]], asking: Asking
    ) -> Iterator[tuple[int, tuple[Replies, ...]]]:
        """Reply to batches of image groups.

        Yields:
            As soon as a batch is done, its place among the batches, from zero, and its replies as `Replying` gives
            them; each batch once.

        Raises:
            DataError: an image cannot be read.
            RequestError: the model cannot do what is asked.
        """
        ...


@runtime_checkable
class RepliesOneByOne(Protocol):
    """A model that is asked prompt by prompt, whatever a batch holds: every reply is kept by itself, as it comes."""

    @property
    def one_by_one(self) -> Literal[True]:
        """That it is so."""
        ...
