"""A model of transformers as one that writes texts: asked without an image, a batch at a time.

What servers do for schemas, nothing here does: the model is told the schema in words, and its reader sees whether the
text keeps to it.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from sightline.core import Asking, ImageGroup, ModelIdentity, Replying, TextRequest, Totals, Written
from sightline.errors import RequestError
from sightline.models.chat_messages import messages_of

__all__ = ["LocalWriting"]

_AT_ONCE = 16


class LocalWriting:
    """A model that replies, as a language model.

    Args:
        model: the model.
        at_once: texts of a batch.

    Example:
        >>> from sightline.models.scripted import scripted
        >>> writing = LocalWriting(scripted("Rating: 4"))
        >>> list(writing.write([TextRequest("judge", "You mark.", "How good is it?")]))[0][1].text
        'Rating: 4'
    """

    def __init__(self, model: Replying, at_once: int = _AT_ONCE) -> None:
        if at_once < 1:
            raise RequestError(f"There are {at_once} texts at once; expected at least one.")
        self._model, self._at_once = model, at_once
        self._requests = 0

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self._model.identity

    @property
    def totals(self) -> Totals:
        """How many texts were written; their tokens are not counted, and cost nothing."""
        return Totals(self._requests, uncounted=self._requests)

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        """Write texts, batch by batch; see `Writing`.

        Raises:
            RequestError: a request has an image, or the model cannot be asked without one.
        """
        numbered = enumerate(requests)
        while batch := list(islice(numbered, self._at_once)):
            # texts of one length and temperature are written together; those of a judge all are
            for asking, alike in groupby(batch, key=lambda each: _asking(each[1])):
                yield from self._write(list(alike), asking)

    def _write(self, batch: list[tuple[int, TextRequest]], asking: Asking) -> Iterator[tuple[int, Written]]:
        groups = [ImageGroup(None, (_prompt(request),)) for _, request in batch]
        for replies in self._model.reply([groups], asking):
            for (place, _), ((said, *_),) in zip(batch, replies, strict=True):
                self._requests += 1
                empty = "" if said.text.strip() else "the reply is empty"
                yield place, Written("" if empty else said.text, empty)


def _asking(request: TextRequest) -> Asking:
    return Asking(max_new_tokens=request.max_new_tokens, temperature=request.temperature, seed=request.attempt)


def _prompt(request: TextRequest) -> str:
    """All of a request as the user's words, since not every chat template knows a task beside them."""
    if request.image is not None:
        raise RequestError(f"{request.purpose}: a text is asked for beside an image, which this model is not shown.")
    return "\n\n".join(message["content"] for message in messages_of(request, "none"))
