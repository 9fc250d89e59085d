"""The next sentences of replies, through transformers: each image and each beginning once, candidates side by side.

Families whose images cannot be shared are asked with one ``generate`` for all candidates of a reply, and so is a model
whose first reply does not come out the same both ways. Both ways draw with the same numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import torch

from sightline.core import Asking, Continuation, Drawing, ImageGroup, ModelIdentity, SentenceEnd
from sightline.errors import RequestError
from sightline.models.generating import stop_tokens
from sightline.models.held_replies import PADDING, HeldReply, SideBySide, look
from sightline.models.plain_sentences import last_hidden, plain_sentences
from sightline.models.reply_tokens import ReplyTokens
from sightline.models.sentence_drawing import Sentence, Spelling, pick, sentence_seed
from sightline.models.transformers import TransformersModel

__all__ = ["NextSentences"]

_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
_HALF_TOLERANCE = 1.0
"""How far log-probabilities of likely tokens may lie apart, in nats, before sharing is given up; as for replies."""
_LIKELY = 100

Ids = tuple[int, ...]
Row = list[tuple[int, Sentence]]
"""The sentences of one reply that are not over, each with its number."""


class NextSentences:
    """A model of transformers that writes replies sentence by sentence; a `sightline.core.Continuing`.

    Args:
        model: the model.
        sentence_end: says where the first sentence of a text is over.

    Raises:
        RequestError: heads are knocked out of the model.
    """

    def __init__(self, model: TransformersModel, sentence_end: SentenceEnd) -> None:
        if model.watch is not None:
            raise RequestError(
                "Heads are knocked out of this model while it replies; it cannot write sentence by sentence. Export it "
                "first (sightline explain export), and name the folder."
            )
        family = model.family
        self.model = model
        self.why_not = model.why_not
        if family is not None and family.below:
            self.why_not = self.why_not or "its layers need more of the image below it"
        self._spelling = Spelling(model.processor.tokenizer, stop_tokens(model.model), sentence_end)
        self._tokens = ReplyTokens(model.processor, family.chat_template if family is not None else None)
        self._difference: float | None = None

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another, and whether its images are shared."""
        details = {**self.model.identity.details, "image shared": f"no: {self.why_not}" if self.why_not else "yes"}
        if self._difference is not None:
            details["shared against alone"] = f"{self._difference:.2g} nats"
        return replace(self.model.identity, details=details)

    def begin(self, image: Path, prompt: str) -> HeldReply:
        """Begin a reply: the image is read and processed; it is computed with the first sentence."""
        prepared = self.model.prepared(ImageGroup(image, (prompt,)), Asking(max_new_tokens=1))
        return HeldReply(image, prompt, prepared, prepared.digest)

    @torch.inference_mode()
    def next_sentences(
        self, replies: Sequence[HeldReply], contexts: Sequence[str], how: Drawing
    ) -> tuple[tuple[Continuation, ...], ...]:
        """Draw the next sentence of each of several replies, several times."""
        ids = [
            self._tokens.below(reply.prepared.suffixes[0], reply.prompt, context)
            for reply, context in zip(replies, contexts, strict=True)
        ]
        found: dict[int, tuple[Continuation, ...]] = {}
        try:
            shared = [place for place, reply in enumerate(replies) if not self._why_not(reply, ids[place])]
            for place in set(range(len(replies))).difference(shared):
                sentences = self._sentences(replies[place], ids[place], how)
                plain_sentences(self.model.model, replies[place], ids[place], sentences, how)
                found[place] = _texts(sentences)
            drawn = self._shared([replies[place] for place in shared], [ids[place] for place in shared], how)
            found.update(zip(shared, drawn, strict=True))
        except torch.OutOfMemoryError:
            raise self._too_large(max(reply.prefix for reply in replies)) from None
        return tuple(found[place] for place in range(len(replies)))

    def _why_not(self, reply: HeldReply, ids: Ids) -> str:
        """Why a reply cannot be held; the first that could be is computed both ways."""
        own = self.why_not or reply.prepared.why_not
        if not own and self._difference is None:
            self._check(reply, ids)
            return self.why_not
        return own

    def _check(self, reply: HeldReply, ids: Ids) -> None:
        assert self.model.family is not None
        tried = replace(reply)  # what is looked at forgets its pixels
        look(self.model.model, self.model.family, [tried], self.model.tokens_at_once)
        shared = self._log_probs(SideBySide(self.model.model, self.model.family, [tried], [ids]).hidden[0])
        alone = self._log_probs(last_hidden(self.model.model, reply, ids))
        likely = alone.topk(min(_LIKELY, alone.numel())).indices
        self._difference = float((shared[likely] - alone[likely]).abs().max())
        if not self._difference <= _TOLERANCE.get(self.model.model.dtype, _HALF_TOLERANCE):
            self.why_not = f"the first reply came out {self._difference:.2g} nats apart"

    def _log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(self._logits(hidden), dim=-1)

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model.model.get_output_embeddings()(hidden)
        return logits.float()

    def _sentences(self, reply: HeldReply, ids: Ids, how: Drawing) -> list[Sentence]:
        limit = getattr(self.model.model.config.get_text_config(), "max_position_embeddings", None)
        most = how.max_new_tokens if limit is None else min(how.max_new_tokens, limit - reply.prefix - len(ids))
        seeds = (sentence_seed(reply.digest, ids, candidate, how.seed) for candidate in range(how.n))
        return [Sentence(self._spelling, seed, most) for seed in seeds]

    def _shared(self, replies: Sequence[HeldReply], ids: Sequence[Ids], how: Drawing) -> list[tuple[Continuation, ...]]:
        """Draw for replies side by side, fewer of them where memory does not suffice."""
        found: list[tuple[Continuation, ...]] = []
        while len(found) < len(replies):
            first = len(found)
            longest, width = 0, 0
            for reply, own in zip(replies[first:], ids[first:], strict=True):
                longest = max(longest, reply.prefix + len(own))
                if width and longest * (width + 1) > self.model.tokens_at_once:
                    break
                width += 1
            part = slice(first, first + width)
            try:
                found += self._together(replies[part], ids[part], how)
            except torch.OutOfMemoryError:
                if width == 1:
                    raise
                self.model.tokens_at_once //= 2
                torch.cuda.empty_cache()
        return found

    def _too_large(self, tokens: int) -> RequestError:
        return RequestError(
            f"The candidates of one image of {tokens} tokens do not fit into the memory of {self.model.model.device} "
            "beside the images that are held. Hold fewer (--at-once), or use a smaller dtype, a smaller model or a "
            "larger device."
        )

    def _together(
        self, replies: Sequence[HeldReply], ids: Sequence[Ids], how: Drawing
    ) -> list[tuple[Continuation, ...]]:
        model, family = self.model.model, self.model.family
        assert family is not None
        if unseen := [reply for reply in replies if not reply.keys]:
            look(model, family, unseen, self.model.tokens_at_once)
        rows = SideBySide(model, family, replies, ids)
        sentences = [self._sentences(reply, own, how) for reply, own in zip(replies, ids, strict=True)]
        self._draw(rows, sentences, how)
        return [_texts(own) for own in sentences]

    def _draw(self, rows: SideBySide, sentences: Sequence[Sequence[Sentence]], how: Drawing) -> None:
        """Add one token after the other to all sentences, until each is over."""
        left = [_not_over(enumerate(own)) for own in sentences]
        hidden = rows.hidden[[place for place, row in enumerate(left) for _ in row]]
        for depth in count():
            flat = [sentence for row in left for _, sentence in row]
            if not flat:
                return
            shares = torch.tensor([sentence.share() for sentence in flat], device=hidden.device)
            tokens = pick(self._logits(hidden), shares, how).tolist()
            for sentence, token in zip(flat, tokens, strict=True):
                sentence.add(token)
            left = _fewer(rows, [_not_over(row) for row in left])
            if any(left):
                hidden = _extended(rows, left, depth)


def _not_over(row: Iterable[tuple[int, Sentence]]) -> Row:
    return [(number, sentence) for number, sentence in row if sentence.found is None]


def _fewer(rows: SideBySide, left: list[Row]) -> list[Row]:
    """Take replies away of which all sentences are over, once they are half of them."""
    kept = [place for place, row in enumerate(left) if row]
    if not kept or 2 * len(kept) > len(left):
        return left
    rows.select(kept)
    return [left[place] for place in kept]


def _extended(rows: SideBySide, left: Sequence[Row], depth: int) -> torch.Tensor:
    """(sentences, width) the hidden states of the newest tokens of all sentences that are not over."""
    most = max(map(len, left))
    tokens = torch.zeros((len(left), most), dtype=torch.long)
    owners = torch.full((len(left), most), PADDING)
    for place, row in enumerate(left):
        for column, (number, sentence) in enumerate(row):
            tokens[place, column], owners[place, column] = sentence.tokens[-1], number
    hidden = rows.extend(tokens, owners, depth)
    return hidden[(owners != PADDING).to(hidden.device)]


def _texts(sentences: Sequence[Sentence]) -> tuple[Continuation, ...]:
    found = tuple(sentence.found for sentence in sentences if sentence.found is not None)
    assert len(found) == len(sentences)
    return found
