"""Models in an engine that batches by itself: many requests at once, image by image.

The questions of an image are handed over one after the other, so that the engine's caches, of processed pictures and of
computed beginnings, have the image for all but the first. There is no waiting for batches: while the engine computes,
the next images are read, and requests are added until as many are in its hands as it can use.

Replies are generated as through transformers: the same tokens of the prompt (held against each other once, with the
first image), the same tokens that end a reply, none of the checkpoint's own habits. Choices are compared by the
log-probabilities of all their tokens (`sightline.models.choice_steps`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies
from sightline.errors import RequestError
from sightline.models.batched_engine import Engine, Finished, Wanted
from sightline.models.choice_steps import Beginning, Tokens, next_tokens
from sightline.models.families import Family
from sightline.models.in_hand import Batch, InHand, Request, Unit
from sightline.models.pictures import Picture, ahead, read_picture
from sightline.models.prompts import Chat, choice_tokens, prepare

__all__ = ["BatchedModel", "refuse_unshared"]

_WORKERS = 4
_IMAGES_AHEAD = 64
_SHOWN = 80


class BatchedModel:
    """A model in an engine that batches by itself, such as vLLM's.

    Args:
        engine: computes.
        processor: the model's, of transformers.
        identity: what it is.
        family: what is known of its family, if anything.
        stops: the tokens that end a reply.

    Raises:
        RequestError: the family's images attend to the question, so that they cannot be cached for several.
    """

    def __init__(
        self, engine: Engine, processor: Any, identity: ModelIdentity, family: Family | None, stops: Iterable[int]
    ) -> None:
        refuse_unshared(identity.name, family)
        self.engine = engine
        self.processor = processor
        self.stops = tuple(sorted(stops))
        self._identity = identity
        self._chat = Chat(processor, family.chat_template if family is not None else None)
        self._template = family.chat_template if family is not None else None
        self._checked = False
        self._keys = count()
        self.prompt_tokens = 0
        """Tokens of all prompts so far."""
        self.cached_tokens = 0
        """How many of them came out of the engine's cache of beginnings."""

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another, and how much came out of the engine's cache."""
        if not self.prompt_tokens:
            return self._identity
        share = f"{self.cached_tokens / self.prompt_tokens:.0%} of {self.prompt_tokens} prompt tokens"
        return replace(self._identity, details={**self._identity.details, "from the prefix cache": share})

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups; later batches are in the engine while earlier ones end.

        Raises:
            DataError: an image cannot be read; the batches before it are given first.
            RequestError: a prompt is too long, or the engine takes other tokens than transformers, or has ended.
        """
        hand = InHand(self.engine, self._requests(batches, asking))
        try:
            while hand.fill():
                for finished in self.engine.step():
                    self._take(hand.units.pop(finished.key), finished)
                yield from hand.complete()
            yield from hand.complete()
            if hand.failure is not None:
                raise hand.failure
        finally:
            if hand.units or hand.failure is not None:
                self.engine.drop(list(hand.units))

    def _take(self, unit: Unit, finished: Finished) -> None:
        self.prompt_tokens += unit.lengths[finished.key]
        self.cached_tokens += finished.cached
        unit.take(finished)

    def _requests(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[Batch | Request]:
        """Each batch, and after it all that the engine is to do for it; pictures are read ahead, in threads."""

        def groups() -> Iterator["Batch | _Group"]:
            for own in batches:
                batch = Batch(own, asking)
                yield batch
                yield from (_Group(batch, place, group) for place, group in enumerate(own))

        def looked(one: "Batch | _Group") -> "Batch | _Looked":
            return one if isinstance(one, Batch) else self._looked(one, asking)

        for one in ahead(groups(), looked, workers=_WORKERS, depth=_IMAGES_AHEAD):
            if isinstance(one, Batch):
                yield one
            else:
                yield from self._of_group(one, asking)

    def _looked(self, one: "_Group", asking: Asking) -> "_Looked":
        """Read an image, and write and tokenise its prompts and choices."""
        image = one.group.image
        self._chat.refuse_placeholders(one.group.prompts)
        texts = [self._chat.written(prompt, pictured=image is not None) for prompt in one.group.prompts]
        choices = one.group.choices(asking) if asking.chooses else ((),) * len(texts)
        return _Looked(
            one,
            None if image is None else read_picture(image),
            [tuple(self._chat.tokens(text)) for text in texts],
            [choice_tokens(self._chat.tokens, *pair) for pair in zip(texts, choices, strict=True)],
        )

    def _of_group(self, looked: "_Looked", asking: Asking) -> Iterator[Request]:
        batch, place, group = looked.group
        for question, prompt in enumerate(looked.prompts):
            if asking.chooses:
                unit = Unit(self.text, batch, (place, question), choices=looked.choices[question])
                yield from self._of_choices(unit, looked, question)
                continue
            for sample in range(batch.samples):
                wanted = Wanted(asking.max_new_tokens, self.stops)
                if not asking.greedy:
                    seed = _seed(asking, looked.picture, group.prompts[question], sample)
                    wanted = replace(wanted, temperature=asking.temperature, top_p=asking.top_p, seed=seed)
                unit = Unit(self.text, batch, (place, question), sample)
                yield self._request(unit, looked, question, prompt, wanted, asking.max_new_tokens)

    def _of_choices(self, unit: Unit, looked: "_Looked", question: int) -> Iterator[Request]:
        """One request for each beginning of a choice, or several where very many tokens may follow it."""
        longest = max(map(len, unit.choices))
        parts = [
            (beginning, tokens[start : start + self.engine.most_scored])
            for beginning, tokens in next_tokens(unit.choices).items()
            for start in range(0, len(tokens), self.engine.most_scored)
        ]
        unit.left = len(parts)
        for beginning, tokens in parts:
            prompt, room = (*looked.prompts[question], *beginning), longest - len(beginning)
            yield self._request(unit, looked, question, prompt, Wanted(1, scored=tokens), room, beginning)

    def _request(
        self,
        unit: Unit,
        looked: "_Looked",
        question: int,
        prompt: Tokens,
        wanted: Wanted,
        room: int,
        beginning: Beginning = (),
    ) -> Request:
        """Make a request ready.

        Raises:
            RequestError: it does not fit into the model's context, or the engine cannot make it.
        """
        about = f"{_shown(looked.group.group.prompts[question])} about {looked.group.group.shown}"
        least = len(prompt) + room
        if least <= self.engine.context:
            try:
                rendered = self.engine.render(prompt, looked.picture)
            except ValueError as error:
                raise RequestError(f"The engine cannot take {about}: {error}") from error
            least = len(rendered.tokens) + room
        if least > self.engine.context:
            raise RequestError(
                f"{about} has at least {least} tokens with its reply; the engine's context holds {self.engine.context}."
                " Shorten the prompt or the reply, or give the engine a longer context."
            )
        if looked.picture is not None and not self._checked:
            self._check(looked, question, rendered.tokens)  # the first request of a prompt ends with it
        key = next(self._keys)
        unit.lengths[key], unit.beginnings[key] = len(rendered.tokens), beginning
        return Request(key, unit, rendered, wanted)

    def _check(self, looked: "_Looked", question: int, tokens: Tokens) -> None:
        """Hold the engine's tokens of the first prompt with an image against those that transformers makes.

        Raises:
            RequestError: they are others, so that the two would not be asked the same.
        """
        assert looked.picture is not None
        prompt = looked.group.group.prompts[question]
        own = prepare(self.processor, looked.picture.image, [prompt], template=self._template)
        expected = (*own.prefix, *own.suffixes[0])
        if tokens != expected:
            raise RequestError(
                f"{self._identity.engine} makes {len(tokens)} tokens of {_shown(prompt)} with "
                f"{looked.group.group.shown}, and transformers {len(expected)}, which are not the same. Replies would "
                "not be to the same prompts; ask this model through transformers."
            )
        self._checked = True
        details = {**self._identity.details, "prompt tokens": "as through transformers, by the first prompt"}
        self._identity = replace(self._identity, details=details)

    def text(self, tokens: Sequence[int]) -> str:
        """The text of a reply's tokens."""
        return str(self.processor.tokenizer.decode(list(tokens), skip_special_tokens=True))


class _Group(NamedTuple):
    """An image group and its place in a batch."""

    batch: Batch
    place: int
    group: ImageGroup


class _Looked(NamedTuple):
    """An image group whose picture is read and whose prompts and choices are tokens."""

    group: _Group
    picture: Picture | None
    prompts: list[Tokens]
    choices: list[tuple[Tokens, ...]]


def refuse_unshared(name: str, family: Family | None) -> None:
    """Refuse a model whose images cannot be cached for several questions.

    Args:
        name: of the model.
        family: what is known of its family, if anything.

    Raises:
        RequestError: its image attends to the question.
    """
    if family is not None and not family.shares:
        raise RequestError(
            f"{name} is a model of the family {family.name}: {family.why_not}, which a cache of beginnings does not "
            "see. Ask it through transformers."
        )


def _seed(asking: Asking, picture: Picture | None, prompt: str, sample: int) -> int:
    """A seed of image, prompt and sample, whatever else is asked; 31 bits."""
    text = json.dumps([asking.seed, "" if picture is None else picture.sha256, prompt, sample])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def _shown(prompt: str) -> str:
    return repr(prompt if len(prompt) <= _SHOWN else prompt[:_SHOWN] + "…")
