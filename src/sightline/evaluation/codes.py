"""An evaluation as arrays over its questions, which is how it is counted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.core import Answer, Reader
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation

__all__ = ["NO_REPLY", "Codes", "encode", "read_all"]

NO_REPLY = -2
"""The reading of a question without a reply."""

_READ = {"yes": 1, "no": 0, None: -1}


class Codes(NamedTuple):
    """An evaluation as arrays over its questions.

    Args:
        images: (questions,) which image each is about.
        n_images: how many images there are.
        splits: (questions,) index into the evaluation's splits.
        labels: (label sets, questions) 1 yes, 0 no, -1 not scored.
        texts: every distinct reply.
        replies: (models, questions) index into texts, -1 where there is none.
    """

    images: NDArray[np.int64]
    n_images: int
    splits: NDArray[np.int64]
    labels: NDArray[np.int8]
    texts: tuple[str, ...]
    replies: NDArray[np.int64]


def encode(evaluation: Evaluation) -> Codes:
    """Turn an evaluation into arrays.

    Raises:
        RequestError: the benchmark's replies are not yes or no to one claim.
    """
    if (own := evaluation.benchmark.scoring) is not None:
        rates = ", ".join(rate.name for rate in own.rates)
        raise RequestError(
            f"Replies to {evaluation.benchmark.name} are not yes or no; it has rates of its own: {rates}."
        )
    names: dict[str, int] = {}
    images = np.array([names.setdefault(q.images[0].name, len(names)) for q in evaluation.questions], dtype=np.int64)
    place = {split: index for index, split in enumerate(evaluation.splits)}
    splits = np.array([place[q.split] for q in evaluation.questions], dtype=np.int64)
    value = {Answer.HOLDS: 1, Answer.DOES_NOT_HOLD: 0}
    labels = np.array(
        [
            [
                value.get(label_set.answer(q.images[0].name, q.claims[0]) or Answer.AMBIGUOUS, -1)
                if not label_set.splits or q.split in label_set.splits
                else -1
                for q in evaluation.questions
            ]
            for label_set in evaluation.label_sets
        ],
        dtype=np.int8,
    )
    texts: dict[str, int] = {}
    replies = np.array(
        [
            [-1 if reply is None else texts.setdefault(reply.text, len(texts)) for reply in of_model]
            for of_model in evaluation.replies.values()
        ],
        dtype=np.int64,
    )
    return Codes(images, len(names), splits, labels, tuple(texts), replies)


def read_all(codes: Codes, reader: Reader) -> NDArray[np.int8]:
    """Read every reply, each distinct text once.

    Returns:
        (models, questions) 1 yes, 0 no, -1 unreadable, -2 no reply.
    """
    of_text = np.array([_READ[reader.read(text).answer] for text in codes.texts] + [NO_REPLY], dtype=np.int8)
    return of_text[codes.replies]
