"""Models through transformers: the image once, all its questions against it.

For a batch of images, first the tokens up to the end of each image are computed once and their keys and values kept.
Then all questions of an image run side by side in one sequence, each seeing the image and itself, and so do the
choices, or the tokens that are generated, below them. Nothing of the image is copied for each question. Families that
cannot share are asked one question at a time, and so is a model whose first group does not come out the same both
ways.
"""

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import groupby
from typing import Any

import torch

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said
from sightline.errors import RequestError
from sightline.models.families import Family
from sightline.models.generating import Picker, plain_generation, seed_of, stop_tokens
from sightline.models.knocked_out import KnockedOut
from sightline.models.knockout import Knockout
from sightline.models.pictures import ahead, read_picture
from sightline.models.plain_inputs import plain_inputs
from sightline.models.prompts import Prepared, prepare, prepare_without_image
from sightline.models.roles import Spans
from sightline.models.shared_image import Pass, Row, SharedImages, Watch, rows_of

__all__ = ["TransformersModel"]

_WORKERS = min(4, os.cpu_count() or 1)
_IMAGES_AHEAD = 64

_TOKENS_AT_ONCE = {"cuda": 24_576}
_TOKENS_AT_ONCE_ELSEWHERE = 4_096

_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
_HALF_TOLERANCE = 1.0
"""How far log-probabilities of likely tokens may lie apart, in nats, before sharing is given up. In half precision two
batchings of the unshared way differ by tenths; a wrong mask or wrong positions by four to six."""
_LIKELY = 100


class TransformersModel:
    """A model of transformers that replies to the questions of an image together.

    Args:
        model: an image-text-to-text model, in evaluation mode.
        processor: its processor.
        identity: what it is.
        family: what is known of its family; None: nothing, so that nothing is shared.
        share: whether images may be shared.
        tokens_at_once: question tokens computed side by side; halved where memory does not suffice.
        watch: told what each forward is about to see; it may change what the model computes.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        identity: ModelIdentity,
        family: Family | None,
        share: bool = True,
        tokens_at_once: int | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.model = model
        self.processor = processor
        self.family = family
        self.tokens_at_once = tokens_at_once or _TOKENS_AT_ONCE.get(model.device.type, _TOKENS_AT_ONCE_ELSEWHERE)
        self.why_not = "" if share else "not asked for"
        if share and family is None:
            self.why_not = "the family is not known"
        elif share and family is not None and not family.shares:
            self.why_not = family.why_not
        self.watch = watch
        self.layers_checked = False
        """Whether its layers, called one by one, were seen to give what it gives."""
        self._identity = identity
        self._checked = False

    def knocked_out(self, knockout: Knockout, asserted: Spans | None = None) -> "TransformersModel":
        """The same model without some of its heads; the weights are shared, and this model stays as it is.

        Args:
            knockout: which heads, and how.
            asserted: finds what a prompt asserts, which the scope of that name needs.

        Raises:
            RequestError: the model's heads cannot be found, one does not exist, or it cannot be done while replying.
        """
        if self.watch is not None:
            raise RequestError("Heads are knocked out of this model already; name all heads in one knockout.")
        if knockout.kind == "patch":
            raise RequestError("Patching needs the prompt that says the truth; it can be swept, but not reply.")
        if knockout.scope == "asserted" and asserted is None:
            raise RequestError("The scope asserted needs to know which words of a prompt assert something.")
        watch = KnockedOut(self.model, self.family, self.processor.tokenizer, knockout, asserted)
        identity = replace(
            self._identity,
            hash=hashlib.sha256(f"{self._identity.hash} {knockout.sha256}".encode()).hexdigest(),
            name=f"{self._identity.name} without {', '.join(map(str, knockout.heads))}",
            details={**self._identity.details, "knockout": str(knockout), "of": self._identity.hash},
        )
        made = TransformersModel(self.model, self.processor, identity, self.family, True, self.tokens_at_once, watch)
        made.why_not = self.why_not
        if not knockout.is_causal:
            made.why_not = "the mean over a prompt is not known before its end"
        return made

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another, and whether its images are shared."""
        shared = f"no: {self.why_not}" if self.why_not else "yes"
        return replace(self._identity, details={**self._identity.details, "image shared": shared})

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups; images are read and processed ahead, in threads."""
        sizes: deque[int] = deque()

        def groups() -> Iterator[ImageGroup]:
            for batch in batches:
                sizes.append(len(batch))
                yield from batch

        waiting: list[Prepared] = []
        for one in ahead(groups(), lambda group: self.prepared(group, asking), workers=_WORKERS, depth=_IMAGES_AHEAD):
            while sizes[0] == 0:
                sizes.popleft()
                yield ()
            waiting.append(one)
            if len(waiting) == sizes[0]:
                sizes.popleft()
                yield self.reply_prepared(waiting, asking)
                waiting = []
        for _ in sizes:
            yield ()

    def prepared(self, group: ImageGroup, asking: Asking) -> Prepared:
        """An image and its prompts, ready for the model.

        Raises:
            DataError: the image cannot be read.
            RequestError: a prompt cannot be asked, or is too long.
        """
        template = self.family.chat_template if self.family is not None else None
        markers = self.family.markers if self.family is not None else ()
        choices = group.choices(asking) if asking.chooses else ()
        if group.image is None:
            found = prepare_without_image(self.processor, group.prompts, choices, template, markers)
        else:
            picture = read_picture(group.image).image
            found = prepare(self.processor, picture, group.prompts, choices, template, markers)
        limit = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        reply = max((len(choice) for own in found.choices for choice in own), default=asking.max_new_tokens)
        longest = len(found.prefix) + max(map(len, found.suffixes)) + reply
        if limit is not None and longest > limit:
            raise RequestError(
                f"{group.image or 'A question without an image'}: the longest prompt with its reply has {longest} "
                f"tokens, of which the image takes {len(found.prefix) if found.pictured else 0}; this model's context "
                f"holds {limit}. Shorten the prompt or the reply."
            )
        return replace(found, inputs={name: self._ready(value) for name, value in found.inputs.items()})

    def _ready(self, value: torch.Tensor) -> torch.Tensor:
        """Make pixels what the model takes and, for a GPU, pin them, so that they are copied while it computes."""
        if value.is_floating_point():
            value = value.to(self.model.dtype)
        return value.pin_memory() if self.model.device.type == "cuda" else value

    @torch.inference_mode()
    def reply_prepared(self, batch: Sequence[Prepared], asking: Asking) -> tuple[Replies, ...]:
        """Reply to images that `prepared` made ready; one batch at a time.

        Raises:
            RequestError: one image and its questions do not fit into memory.
        """
        self.why_not = self.why_not or next((group.why_not for group in batch if group.why_not), "")
        found: dict[int, Replies] = {}
        try:
            first = next((group for group in batch if group.pictured), None)
            if first is not None and not self.why_not and not self._checked:
                self._check(first)
            for place, group in enumerate(batch):
                # without an image there is nothing to share, and the checks of sharing do not speak of it
                if self.why_not or not group.pictured:
                    found[place] = self._alone(group, asking)
        except torch.OutOfMemoryError:
            raise self._too_large(batch[0]) from None
        left = (place for place in range(len(batch)) if place not in found)
        order = sorted(left, key=lambda place: repr(batch[place].signature))
        for _, alike in groupby(order, key=lambda place: repr(batch[place].signature)):
            places = list(alike)
            replies = self._together_or_fewer([batch[place] for place in places], asking)
            found.update(zip(places, replies, strict=True))
        return tuple(found[place] for place in range(len(batch)))

    def _together_or_fewer(self, groups: Sequence[Prepared], asking: Asking) -> list[Replies]:
        """Reply to images of one signature, with less at once where memory does not suffice."""
        while True:
            try:
                width = max(1, self.tokens_at_once // len(groups[0].prefix))
                parts = [groups[start : start + width] for start in range(0, len(groups), width)]
                return [replies for part in parts for replies in self._together(part, asking)]
            except torch.OutOfMemoryError:
                if self.tokens_at_once <= len(groups[0].prefix):
                    raise self._too_large(groups[0]) from None
                self.tokens_at_once //= 2
                torch.cuda.empty_cache()

    def _too_large(self, group: Prepared) -> RequestError:
        return RequestError(
            f"One image of {len(group.prefix)} tokens and its questions do not fit into the memory of "
            f"{self.model.device}. Use a smaller dtype, a smaller model or a larger device."
        )

    def _together(self, groups: Sequence[Prepared], asking: Asking) -> list[Replies]:
        assert self.family is not None
        images = SharedImages(self.model, self.family, groups, self.watch)
        rows = [row for image, group in enumerate(groups) for row in rows_of(image, group)]
        passes = list(_passes(rows, self.tokens_at_once))
        said: dict[tuple[int, int], tuple[Said, ...]] = {}
        for number, part in enumerate(passes):
            for sample in range(1 if asking.chooses else asking.samples):
                final = number == len(passes) - 1 and (asking.chooses or sample == asking.samples - 1)
                done = images.run(part, last=final)
                if asking.chooses:
                    new = self._choose(done, groups, asking)
                else:
                    new = self._generate(images, done, groups, asking, sample)
                for key, reply in new.items():
                    said[key] = (*said.get(key, ()), reply)
        return [
            tuple(said[image, question] for question in range(len(group.suffixes)))
            for image, group in enumerate(groups)
        ]

    def _choose(self, done: Pass, groups: Sequence[Prepared], asking: Asking) -> dict[tuple[int, int], Said]:
        """Add up the log-probabilities of each choice's tokens, all taken from the device at once."""
        lines: dict[tuple[int, int], int] = {}
        wanted: list[tuple[int, int, int]] = []
        first_slots: dict[tuple[int, int], int] = {}
        slots = 0
        for r, branch in ((r, branch) for r, row in enumerate(done.rows) for branch in range(len(row.questions))):
            row = done.rows[r]
            choices = groups[row.image].choices[row.questions[branch]]
            first_slots[r, branch] = slots
            for slot, (choice, run) in enumerate(zip(choices, row.choice_runs[branch], strict=True), start=slots):
                # The first token is foretold where the question ends, every other by the token before it.
                at = [int(row.tree.ends[branch])]
                if run is not None:
                    end = int(row.tree.ends[run])
                    at += range(end - len(choice) + 2, end + 1)
                for position, token in zip(at, choice, strict=True):
                    line = lines.setdefault((r, position), len(lines))
                    wanted.append((line, token, slot))
            slots += len(choices)
        likely = self._log_probs(done.hidden[[r for r, _ in lines], [position for _, position in lines]])
        line, token, slot = torch.tensor(wanted, device=likely.device).T
        scores = torch.zeros(slots, device=likely.device)
        scores.index_add_(0, slot, likely[line, token])
        totals = scores.tolist()
        found: dict[tuple[int, int], Said] = {}
        for (r, branch), first in first_slots.items():
            image, question = done.rows[r].image, done.rows[r].questions[branch]
            own = totals[first : first + len(groups[image].choices[question])]
            found[image, question] = _chosen(groups[image], question, own, asking)
        return found

    def _log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        logits = self.model.get_output_embeddings()(hidden)
        return torch.log_softmax(logits.float(), dim=-1)

    def _generate(
        self, images: SharedImages, done: Pass, groups: Sequence[Prepared], asking: Asking, sample: int
    ) -> dict[tuple[int, int], Said]:
        replies = self._written(images, done, groups, asking, sample)
        return {
            (row.image, question): Said(self._text(replies[place, branch]), sample=sample)
            for place, row in enumerate(done.rows)
            for branch, question in enumerate(row.questions)
        }

    def _written(
        self, images: SharedImages, done: Pass, groups: Sequence[Prepared], asking: Asking, sample: int
    ) -> torch.Tensor:
        """Add one token after the other to all questions, until each has ended: (rows, questions, tokens), -1 after."""
        most = max(len(row.questions) for row in done.rows)
        ends = torch.zeros((len(done.rows), most), dtype=torch.long)
        finished = torch.ones((len(done.rows), most), dtype=torch.bool)
        for place, row in enumerate(done.rows):
            ends[place, : len(row.questions)] = torch.from_numpy(row.tree.ends[: len(row.questions)])
            finished[place, : len(row.questions)] = False
        hidden = done.hidden.gather(1, ends[..., None].expand(-1, -1, done.hidden.shape[-1]).to(done.hidden.device))
        pick = Picker(asking, groups, done.rows, sample)
        stops = torch.tensor(sorted(stop_tokens(self.model)), dtype=torch.long)
        written: list[torch.Tensor] = []
        for step in range(asking.max_new_tokens):
            tokens = pick(self.model.get_output_embeddings()(hidden).float())
            written.append(torch.where(finished, -1, tokens))
            finished |= torch.isin(tokens, stops)
            if finished.all() or step == asking.max_new_tokens - 1:
                break
            hidden = images.extend(done, tokens.to(self.model.device), step)
        return torch.stack(written, dim=-1)

    def _text(self, tokens: torch.Tensor) -> str:
        return str(self.processor.tokenizer.decode(tokens[tokens >= 0].tolist(), skip_special_tokens=True))

    @torch.inference_mode()
    def reply_tokens(self, groups: Sequence[Prepared], asking: Asking) -> list[list[tuple[int, ...]]]:
        """The likeliest reply to each prompt of images of one signature, as tokens, with the one that ends it.

        Raises:
            RequestError: the images of this family cannot be shared by their prompts.
        """
        if self.why_not or self.family is None:
            raise RequestError(f"Replies of this model cannot be had together: {self.why_not}.")
        found: dict[tuple[int, int], tuple[int, ...]] = {}
        images = SharedImages(self.model, self.family, groups, self.watch)
        rows = [row for image, group in enumerate(groups) for row in rows_of(image, group)]
        passes = list(_passes(rows, self.tokens_at_once))
        for number, part in enumerate(passes):
            done = images.run(part, last=number == len(passes) - 1)
            replies = self._written(images, done, groups, asking, 0)
            for place, row in enumerate(done.rows):
                for branch, question in enumerate(row.questions):
                    tokens = replies[place, branch]
                    found[row.image, question] = tuple(tokens[tokens >= 0].tolist())
        return [[found[image, q] for q in range(len(group.suffixes))] for image, group in enumerate(groups)]

    def _alone(self, group: Prepared, asking: Asking) -> Replies:
        """Reply to each question by itself, the image looked at each time."""
        return tuple(self._reply_alone(group, question, asking) for question in range(len(group.suffixes)))

    def _reply_alone(self, group: Prepared, question: int, asking: Asking) -> tuple[Said, ...]:
        if asking.chooses:
            scores = []
            for choice in group.choices[question]:
                likely = self._log_probs(self._hidden_alone(group, question, choice)[-len(choice) - 1 : -1])
                scores.append(float(likely[range(len(choice)), list(choice)].sum()))
            return (_chosen(group, question, scores, asking),)
        inputs = plain_inputs(self.model, group, group.suffixes[question])
        length = inputs["input_ids"].shape[1]
        said = []
        for sample in range(asking.samples):
            if not asking.greedy:
                torch.manual_seed(seed_of(asking, sample, group, question))
            with plain_generation(self.model, asking), self._watched(group, question):
                tokens = self.model.generate(**inputs)[0, length:]
            said.append(Said(self._text(tokens.cpu()), sample=sample))
        return tuple(said)

    def _hidden_alone(self, group: Prepared, question: int, more: tuple[int, ...]) -> torch.Tensor:
        inputs = plain_inputs(self.model, group, (*group.suffixes[question], *more), len(more))
        with self._watched(group, question):
            found = self.model.model(**inputs, use_cache=False, return_dict=True)
        hidden: torch.Tensor = found.last_hidden_state[0]
        return hidden

    def _watched(self, group: Prepared, question: int) -> AbstractContextManager[None]:
        return nullcontext() if self.watch is None else self.watch.whole(group, question)

    def _check(self, group: Prepared) -> None:
        """Compute the first questions both ways; give sharing up where they differ by more than rounding."""
        assert self.family is not None
        self._checked = True
        few = replace(group, suffixes=group.suffixes[:3], choices=((),) * len(group.suffixes[:3]))
        done = SharedImages(self.model, self.family, [few], self.watch).run(rows_of(0, few)[:1])
        difference = 0.0
        for branch, question in enumerate(done.rows[0].questions):
            shared = self._log_probs(done.hidden[0, int(done.rows[0].tree.ends[branch])])
            alone = self._log_probs(self._hidden_alone(few, question, ())[-1])
            likely = alone.topk(min(_LIKELY, alone.numel())).indices
            difference = max(difference, float((shared[likely] - alone[likely]).abs().max()))
        self._identity = replace(
            self._identity, details={**self._identity.details, "shared against alone": f"{difference:.2g} nats"}
        )
        if not difference <= _TOLERANCE.get(self.model.dtype, _HALF_TOLERANCE):
            self.why_not = f"the first questions came out {difference:.2g} nats apart"


def _chosen(group: Prepared, question: int, totals: Sequence[float], asking: Asking) -> Said:
    """The likeliest of a question's choices, by the log-probabilities of their tokens together."""
    own = list(totals)
    if asking.options == "mean":
        own = [total / len(choice) for total, choice in zip(own, group.choices[question], strict=True)]
    best = max(range(len(own)), key=own.__getitem__)
    return Said(group.choice_texts[question][best], tuple(own))


def _passes(rows: Sequence[Row], tokens_at_once: int) -> Iterator[list[Row]]:
    """Rows side by side, padded to the longest, at most so many tokens in all."""
    part: list[Row] = []
    for row in rows:
        width = max(len(other.tree.ids) for other in [*part, row])
        if part and width * (len(part) + 1) > tokens_at_once:
            yield part
            part = []
        part.append(row)
    if part:
        yield part
