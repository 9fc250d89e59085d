"""What AMBER counts of every reply: an answer, or a caption."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sightline.benchmarks.amber.captions import Seen, official_caption, sound_caption
from sightline.benchmarks.amber.files import Described, YesNo
from sightline.benchmarks.amber.rates import COUNTS
from sightline.core import Counted, LabelSet, Question, Reply, Shown
from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking
from sightline.readers.yes_no import yes_no_reader

__all__ = ["READERS", "AmberReader", "count", "show"]


class AmberReader(NamedTuple):
    """How answers and captions are read.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        official: whether by the rules of AMBER's code, its arithmetic included.
        by: what words of captions are compared with: "words", "vectors" or "spacy".
    """

    name: str
    version: int
    official: bool
    by: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


READERS: Mapping[str, AmberReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            AmberReader("strict", 1, False, "words"),
            AmberReader("strict-vectors", 1, False, "vectors"),
            AmberReader("amber", 1, True, "spacy"),
            AmberReader("amber-words", 1, True, "words"),
            AmberReader("amber-vectors", 1, True, "vectors"),
        )
    }
)
"""The readers by name; the first is the default, ``amber`` is AMBER's own."""

_EXACT = MappingProxyType({"Yes": "yes", "No": "no"})
"""The only two replies that AMBER's code takes for answers."""


def count(
    questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None = None
) -> Counted:
    """Count answers and captions, one row a reply.

    Raises:
        RequestError: there is no such reader, or what it compares words with is not there.
        DataError: the user's file of word vectors is broken.
    """
    how = _reader(reader)
    held: list[Question] = []
    rows: list[tuple[float, ...]] = []
    for question, reply in zip(questions, replies, strict=True):
        reference = labels.references.get(question.id)
        if reply is None:
            continue
        if isinstance(reference, YesNo):
            rows.append(_answer_row(_said(reply.text, how.official), reference.truth, question.split, how))
        elif isinstance(reference, Described):
            rows.append(_caption_row(_seen(reply.text, reference, how), how))
        else:
            continue
        held.append(question)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(COUNTS))
    images = tuple(question.images[0].name for question in held)
    return Counted(images, tuple(q.split for q in held), dict(zip(COUNTS, table.T, strict=True)))


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    """Show an answer beside the true one, or what a caption names and is not there."""
    reference = labels.references.get(question.id)
    how = _reader(reader)
    if isinstance(reference, YesNo):
        said = None if reply is None else _said(reply.text, how.official) or "unreadable"
        return Shown(said, reference.truth)
    if not isinstance(reference, Described):
        return Shown(None, None)
    label = ", ".join(reference.truths)
    if reply is None or how.by != "words":
        return Shown(None, label)
    seen = _seen(reply.text, reference, how)
    marked = (f"{noun} (not there)" if noun in seen.made_up else noun for noun in dict.fromkeys(seen.nouns))
    return Shown(", ".join(marked) or "no object", label)


def _reader(name: str | None) -> AmberReader:
    name = name or next(iter(READERS))
    if name not in READERS:
        raise unknown_name("reader of amber", name, READERS)
    return READERS[name]


@lru_cache(maxsize=100_000)
def _said(text: str, official: bool) -> str | None:
    return _EXACT.get(text) if official else yes_no_reader("strict").read(text).answer


def _seen(text: str, described: Described, how: AmberReader) -> Seen:
    read: Callable[[str, Described, str], Seen] = official_caption if how.official else sound_caption
    return read(text if how.official else strip_thinking(text), described, how.by)


_NO_ANSWER, _NO_CAPTION = (0.0,) * COUNTS.index("captions"), (0.0,) * (COUNTS.index("rows") - COUNTS.index("captions"))


def _answer_row(said: str | None, truth: str, split: str, how: AmberReader) -> tuple[float, ...]:
    no, right = truth == "no", said == truth
    dimension = (float(split == name) for name in ("existence", "state", "number", "action"))
    row = (1.0, right, no, said == "no", no and right, said is None, *dimension)
    return (*row, *_NO_CAPTION, 1.0, how.official)


def _caption_row(seen: Seen, how: AmberReader) -> tuple[float, ...]:
    hallucinating, made_up = bool(seen.made_up), len(seen.made_up)
    row = (1.0, hallucinating, len(seen.nouns), made_up, seen.truths, len(seen.covered), seen.targets, len(seen.met))
    return (*_NO_ANSWER, *row, 1.0, how.official)
