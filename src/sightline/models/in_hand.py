"""What an engine has in hand: requests whose outcomes make replies, and replies that make up batches."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sightline.core import Asking, ImageGroup, Replies, Said
from sightline.models.batched_engine import Engine, Finished, Rendered, Wanted
from sightline.models.choice_steps import Beginning, Tokens, totals

__all__ = ["Batch", "InHand", "Request", "Unit"]


class Batch:
    """A batch, and what was said so far.

    Args:
        groups: its images and questions.
        asking: how replies are made; what is greedy is asked once, whatever the samples.
    """

    def __init__(self, groups: Sequence[ImageGroup], asking: Asking) -> None:
        self.groups, self.asking = groups, asking
        self.samples = 1 if asking.greedy else asking.samples
        self._said: dict[tuple[int, int, int], Said] = {}
        self._wanted = self.samples * sum(len(group.prompts) for group in groups)

    def take(self, group: int, question: int, said: Said) -> None:
        """Take what was said to a question."""
        self._said[group, question, said.sample] = said

    @property
    def complete(self) -> bool:
        """Whether everything is said."""
        return len(self._said) == self._wanted

    @property
    def replies(self) -> tuple[Replies, ...]:
        """What was said, group by group."""
        return tuple(
            tuple(self._of_prompt(at, place) for place in range(len(group.prompts)))
            for at, group in enumerate(self.groups)
        )

    def _of_prompt(self, group: int, place: int) -> tuple[Said, ...]:
        if not self.asking.greedy:
            return tuple(self._said[group, place, sample] for sample in range(self.samples))
        one = self._said[group, place, 0]
        return tuple(one._replace(sample=sample) for sample in range(self.asking.samples))


@dataclass(eq=False)
class Unit:
    """One reply that is wanted: a sample, or a choice, which may take several requests.

    Args:
        text: makes text of a reply's tokens.
        batch: that it belongs to.
        place: of its group in the batch, and of its question in the group.
        sample: which of several.
        choices: the tokens of each choice; none where the reply is generated.
        left: how many requests it still waits for.
        lengths: for each request, how many tokens its prompt has.
        beginnings: for each request, what of a choice stands after the prompt.
    """

    text: Callable[[Sequence[int]], str]
    batch: Batch
    place: tuple[int, int]
    sample: int = 0
    choices: tuple[Tokens, ...] = ()
    left: int = 1
    lengths: dict[int, int] = field(default_factory=dict)
    beginnings: dict[int, Beginning] = field(default_factory=dict)
    _found: dict[Beginning, dict[int, float]] = field(default_factory=dict)

    def take(self, finished: Finished) -> None:
        """Take what came of one of its requests; with the last, its batch has the reply."""
        self.left -= 1
        self._found.setdefault(self.beginnings[finished.key], {}).update(finished.log_probs)
        if not self.left:
            said = self._chosen() if self.choices else Said(self.text(finished.tokens), sample=self.sample)
            self.batch.take(*self.place, said)

    def _chosen(self) -> Said:
        """The likeliest choice, as `TransformersModel` chooses it."""
        asking, (group, question) = self.batch.asking, self.place
        own = totals(self.choices, self._found)
        if asking.options == "mean":
            own = [total / len(choice) for total, choice in zip(own, self.choices, strict=True)]
        texts = self.batch.groups[group].choices(asking)[question]
        return Said(texts[max(range(len(own)), key=own.__getitem__)], tuple(own))


class Request(NamedTuple):
    """Something for the engine to do.

    Args:
        key: its number.
        unit: the reply that it is for.
        prompt: as the engine takes it.
        wanted: what is to follow.
    """

    key: int
    unit: Unit
    prompt: Rendered
    wanted: Wanted


class InHand:
    """What is in an engine's hands, and the batches that wait for it.

    Args:
        engine: computes.
        work: batches, each followed by all that is to be done for it.
    """

    def __init__(self, engine: Engine, work: Iterator[Batch | Request]) -> None:
        self.units: dict[int, Unit] = {}
        """The requests in the engine's hands, and the replies that they are for."""
        self.failure: Exception | None = None
        """Why no more were added, where there was a reason."""
        self._engine = engine
        self._work = work
        self._waiting: deque[Batch] = deque()
        self._more = True

    def fill(self) -> bool:
        """Add requests until the engine has its fill; whether it has any.

        Where the next cannot be made, no more are added, and what is in the engine's hands is waited for.
        """
        while self._more and len(self.units) < self._engine.at_once:
            try:
                one = next(self._work)
                self._put(one)
            except StopIteration:
                self._more = False
            except Exception as error:
                self.failure, self._more = error, False
        return bool(self.units)

    def complete(self) -> Iterator[tuple[Replies, ...]]:
        """The replies of the batches that are complete, in order."""
        while self._waiting and self._waiting[0].complete:
            yield self._waiting.popleft().replies

    def _put(self, one: Batch | Request) -> None:
        if isinstance(one, Batch):
            self._waiting.append(one)
            return
        self._engine.add(one.key, one.prompt, one.wanted)
        self.units[one.key] = one.unit
