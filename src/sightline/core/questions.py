"""Questions put to a model, and its replies."""

from dataclasses import dataclass

from sightline.core.claims import Claim
from sightline.core.images import ImageRef

__all__ = ["Question", "Reply"]


@dataclass(frozen=True, slots=True)
class Question:
    """Text put to a model, with zero, one or several images.

    Args:
        id: its name in its benchmark; for POPE the split and the file's own id, ``adversarial/812``.
        text: what is asked, as the benchmark words it.
        images: the images it is asked about.
        split: the part of the benchmark it belongs to, or "".
        claims: the claims it asks about; none for open questions.
        choices: the options it offers, in the order in which they are offered; none for open questions.
    """

    id: str
    text: str
    images: tuple[ImageRef, ...] = ()
    split: str = ""
    claims: tuple[Claim, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[Claim, ...] | str]:
        """What makes two questions the same: the images, and the claims, or text and options where there are none.

        POPE asks 9,000 questions with 5,127 distinct keys.
        """
        return tuple(image.name for image in self.images), self.claims or "\n".join((self.text, *self.choices))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to one question.

    Args:
        question_id: the id of the question.
        model: who said it.
        text: what was said, untouched.
        source: where it was recorded, as ``file:row``, or "".
        log_probs: where the model chose among choices, each of them with its log-probability.
        judgement: what a judge said of it, untouched; "" where none was asked or nothing came of it.
    """

    question_id: str
    model: str
    text: str
    source: str = ""
    log_probs: tuple[tuple[str, float], ...] = ()
    judgement: str = ""
