"""Vision-language models behind a server: they are measured as any model that replies.

Replies come in whatever order, and a batch is handed over as soon as it is whole: in batches of one prompt, nothing
that was replied waits for anything else to be kept.

Every image is sent with each of its questions, since a server sees one call at a time; servers that keep prefixes, as
vLLM does, compute it once all the same. A server may put habits of its own on top of what is asked, such as the
checkpoint's penalty on repetition: vLLM does unless it is started with ``--generation-config vllm``.
"""

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said, TextRequest, Totals
from sightline.errors import RequestError
from sightline.models.chat_answer import ChatAnswer
from sightline.models.chat_client import ENGINE, ChatClient
from sightline.models.chat_messages import ChatCall
from sightline.models.first_tokens import TOP, choose, refuse_alike

__all__ = ["ServedModel"]

_PURPOSE = "reply"
_SHOWN = 80


class ServedModel:
    """A model that replies to questions about images through a server for chat.

    Choices are compared by the log-probability that the reply begins as they do, so that they must differ in their
    first token, as letters or yes and no do. A choice that is not among the 20 likeliest first tokens gets the
    log-probability of the least likely of these, which it cannot exceed; where no choice is among them, the reply is
    "", which no reader takes for a choice. Sampled replies are drawn with a seed of image, prompt and sample; whether
    the same seed gives the same reply is up to the server.

    Args:
        client: the server, and how many questions are in flight.
    """

    def __init__(self, client: ChatClient) -> None:
        self.client = client

    @property
    def identity(self) -> ModelIdentity:
        """The name of the model, which is all that a server tells of it.

        The details hold where the server is, what it called the model that replied, and what a million tokens cost.
        """
        client = self.client
        hash_ = hashlib.sha256(f"served {client.model}".encode()).hexdigest()
        details = {"server": client.address, "replied_as": ", ".join(client.replied_as)}
        if client.price is not None:
            details["price_in"] = f"{client.price.prompt_per_million:g}"
            details["price_out"] = f"{client.price.reply_per_million:g}"
        return ModelIdentity(hash_, client.model, "", ENGINE, "unknown", "unknown", details)

    @property
    def one_by_one(self) -> Literal[True]:
        """Every prompt is a call of its own, which may be paid for: its reply is to be kept as it comes."""
        return True

    @property
    def totals(self) -> Totals:
        """What was asked so far, and what it took."""
        return self.client.totals

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups; the questions of later batches are in flight while earlier ones end.

        Raises:
            DataError: an image cannot be read.
            RequestError: choices begin alike, the server gives no log-probabilities, or a question has no reply.
        """
        done: dict[int, tuple[Replies, ...]] = {}
        following = 0
        for place, replies in self.reply_as_done(batches, asking):
            done[place] = replies
            while following in done:
                yield done.pop(following)
                following += 1

    def reply_as_done(
        self, batches: Iterable[Sequence[ImageGroup]], asking: Asking
    ) -> Iterator[tuple[int, tuple[Replies, ...]]]:
        """Reply to batches of image groups, and give each with its place as soon as all of it is there.

        Raises:
            DataError, RequestError: as `reply`; what is in flight is waited for, and batches that it completes are
                handed over first.
        """
        ready: deque[_Batch] = deque()

        def asks() -> Iterator[_Ask]:
            for place, groups in enumerate(batches):
                batch = _Batch(place, groups, asking)
                if batch.complete:
                    ready.append(batch)  # nothing is asked in it
                yield from batch.asks()

        for _, (ask, said) in self.client.ask(asks(), lambda ask: _call(ask, asking), self._read):
            ask.batch.take(ask, said)
            if ask.batch.complete:
                ready.append(ask.batch)
            while ready:
                yield ready[0].place, ready.popleft().replies
        while ready:
            yield ready[0].place, ready.popleft().replies

    def _read(self, ask: "_Ask", answer: ChatAnswer) -> "tuple[_Ask, Said]":
        return ask, self._said(ask, answer)

    def _said(self, ask: "_Ask", answer: ChatAnswer) -> Said:
        if answer.problem:
            raise RequestError(
                f"The server at {self.client.address} gave no reply to {_shown(ask)}: {answer.problem}. "
                "What was replied before is kept."
            )
        if not ask.choices:
            return Said(answer.text or answer.refusal, sample=ask.sample)
        if not answer.first:
            raise RequestError(
                f"The server at {self.client.address} gives no log-probabilities of {self.client.model}, by which "
                "choices are compared. Let replies be generated instead: name no choices."
            )
        return choose(answer.first, ask.choices)


class _Ask(NamedTuple):
    """One call of a batch."""

    batch: "_Batch"
    group: int
    place: int
    sample: int
    image: Path | None
    prompt: str
    choices: tuple[str, ...]


class _Batch:
    """A batch, and what was said so far."""

    def __init__(self, place: int, groups: Sequence[ImageGroup], asking: Asking) -> None:
        self.place = place
        self._groups, self._asking = groups, asking
        self._samples = 1 if asking.greedy else asking.samples
        self._said: dict[tuple[int, int, int], Said] = {}
        self._left = self._samples * sum(len(group.prompts) for group in groups)

    def asks(self) -> Iterator[_Ask]:
        for at, group in enumerate(self._groups):
            for place, (prompt, choices) in enumerate(zip(group.prompts, group.choices(self._asking), strict=True)):
                refuse_alike(choices)
                for sample in range(self._samples):
                    yield _Ask(self, at, place, sample, group.image, prompt, choices)

    def take(self, ask: _Ask, said: Said) -> None:
        self._said[ask.group, ask.place, ask.sample] = said
        self._left -= 1

    @property
    def complete(self) -> bool:
        return self._left == 0

    @property
    def replies(self) -> tuple[Replies, ...]:
        return tuple(
            tuple(self._of_prompt(at, place) for place in range(len(group.prompts)))
            for at, group in enumerate(self._groups)
        )

    def _of_prompt(self, group: int, place: int) -> tuple[Said, ...]:
        if not self._asking.greedy:
            return tuple(self._said[group, place, sample] for sample in range(self._samples))
        one = self._said[group, place, 0]
        return tuple(one._replace(sample=sample) for sample in range(self._asking.samples))


def _call(ask: _Ask, asking: Asking) -> ChatCall:
    request = TextRequest(
        _PURPOSE, "", ask.prompt, image=ask.image, max_new_tokens=asking.max_new_tokens, temperature=asking.temperature
    )
    if ask.choices:
        # some servers give log-probabilities after the temperature: 1 leaves them as they are
        return ChatCall(replace(request, max_new_tokens=1, temperature=1.0), {"logprobs": True, "top_logprobs": TOP})
    if asking.greedy:
        return ChatCall(request)
    return ChatCall(request, {"top_p": asking.top_p, "seed": _seed(ask, asking)})


def _seed(ask: _Ask, asking: Asking) -> int:
    """A seed of image, prompt and sample, whatever else is asked; 31 bits, which every server takes."""
    text = json.dumps([asking.seed, "" if ask.image is None else ask.image.name, ask.prompt, ask.sample])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def _shown(ask: _Ask) -> str:
    prompt = repr(ask.prompt if len(ask.prompt) <= _SHOWN else ask.prompt[:_SHOWN] + "…")
    return prompt if ask.image is None else f"{prompt} about {ask.image.name}"
