"""What is watched of a model while it is tuned: whether it still says yes where yes is right.

A model that learns to refuse claims may come to refuse true ones. So held-out pairs are watched with positive and
negative questions apart: which of two replies it finds likelier, and, for some, what it says when it is asked; and how
long its captions are.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.core import Asking, ImageGroup, PreferencePair, Replying
from sightline.readers.yes_no import yes_no_reader

__all__ = [
    "Asked",
    "choose_asked",
    "figures_of_replies",
    "likelihood_figures",
    "overrejection",
    "polarity",
    "replies_of",
]

_READ = yes_no_reader("strict").read
_ANSWER_TOKENS = 32
_CAPTION_TOKENS = 256
_CAPTIONS = 8
"""Captions that are written each time, at most: they take long."""


def polarity(pair: PreferencePair) -> str:
    """Whether yes is right: "positive" or "negative", or "" where that is no question.

    Example:
        >>> from sightline.core import ImageRef
        >>> polarity(PreferencePair(ImageRef("a.jpg"), "Is there a dog?", "No, there is none.", "Yes."))
        'negative'
    """
    if pair.polarity or _is_caption(pair):
        return pair.polarity
    return {"yes": "positive", "no": "negative"}.get(_answer(pair.chosen), "")


def _is_caption(pair: PreferencePair) -> bool:
    """Whether replies are sentences of a caption, which may look like answers: "There is a cup."."""
    return pair.kind == "sentence" or bool(pair.context)


def _answer(reply: str) -> str:
    """The answer "yes" or "no", or "" where a reply says neither."""
    return _READ(reply).answer or ""


def likelihood_figures(
    pairs: Sequence[PreferencePair],
    policy: NDArray[np.float64],
    reference: NDArray[np.float64] | None,
    beta: float,
) -> dict[str, float]:
    """What log-probabilities of held-out pairs say.

    Args:
        pairs: the pairs.
        policy: (pairs, 2) of the chosen and the rejected reply.
        reference: likewise under the reference; None where there is none.
        beta: rewards are log-ratios times this.

    Returns:
        accuracy: how often the chosen reply is likelier; accuracy_positive and accuracy_negative of either kind of
        question; yes_rate: how often the likelier reply says yes, where one does and the other says no; margin: of
        rewards, on average; reward_accuracy: how often it is above zero. What there is nothing to say of is left out.
    """
    right = policy[:, 0] > policy[:, 1]
    kinds = np.array([polarity(pair) for pair in pairs])
    found = {"accuracy": float(right.mean())}
    for kind in ("positive", "negative"):
        if (kinds == kind).any():
            found[f"accuracy_{kind}"] = float(right[kinds == kind].mean())
    yes = [
        _answer(pair.chosen if own else pair.rejected) == "yes"
        for pair, own in zip(pairs, right, strict=True)
        if not _is_caption(pair) and {_answer(pair.chosen), _answer(pair.rejected)} == {"yes", "no"}
    ]
    if yes:
        found["yes_rate"] = float(np.mean(yes))
    if reference is not None:
        margin = beta * ((policy - reference)[:, 0] - (policy - reference)[:, 1])
        found |= {"margin": float(margin.mean()), "reward_accuracy": float((margin > 0).mean())}
    return found


class Asked(NamedTuple):
    """A prompt that is asked while tuning.

    Args:
        image: name of its image.
        prompt: the prompt.
        polarity: "positive", "negative", or "caption" where a caption is asked for.
    """

    image: str
    prompt: str
    polarity: str


def choose_asked(pairs: Sequence[PreferencePair], most: int, seed: int) -> tuple[Asked, ...]:
    """Draw prompts of held-out pairs: as many positive as negative ones, and a few captions.

    Args:
        pairs: the pairs.
        most: how many of them at most, captions apart.
        seed: what they are drawn with.
    """
    kinds: dict[str, dict[Asked, None]] = {"positive": {}, "negative": {}, "caption": {}}
    for pair in pairs:
        kind = "caption" if _is_caption(pair) else polarity(pair)
        if kind == "caption" or (kind and _answer(pair.chosen)):
            kinds[kind].setdefault(Asked(pair.image.name, pair.prompt, kind))
    draw = np.random.default_rng([seed, _ASKED])
    found: list[Asked] = []
    for kind, own in kinds.items():
        number = min(len(own), _CAPTIONS if kind == "caption" else -(-most // 2))
        found += [list(own)[place] for place in sorted(draw.permutation(len(own))[:number])] if most else []
    return tuple(found)


_ASKED = 2
"""Keeps this draw apart from others of the same seed."""


def replies_of(model: Replying, asked: Sequence[Asked], images: Path) -> list[str]:
    """Ask a model; the prompts of an image together.

    Raises:
        DataError: an image cannot be read.
    """
    said: dict[Asked, str] = {}
    for captions in (False, True):
        own = [one for one in asked if (one.polarity == "caption") == captions]
        by_image: dict[str, list[Asked]] = {}
        for one in own:
            by_image.setdefault(one.image, []).append(one)
        groups = [ImageGroup(images / name, tuple(one.prompt for one in some)) for name, some in by_image.items()]
        asking = Asking(max_new_tokens=_CAPTION_TOKENS if captions else _ANSWER_TOKENS)
        replies = [group for batch in model.reply([groups], asking) for group in batch] if groups else []
        for some, of_image in zip(by_image.values(), replies, strict=True):
            said |= {one: reply[0].text for one, reply in zip(some, of_image, strict=True)}
    return [said[one] for one in asked]


def figures_of_replies(asked: Sequence[Asked], replies: Sequence[str]) -> dict[str, float]:
    """What replies say.

    Returns:
        said_accuracy_positive and said_accuracy_negative: how often yes is said where it is right, and no;
        said_yes_rate; said_unreadable: how often neither is; caption_words: the length of captions, on average.
    """
    found: dict[str, float] = {}
    said = list(zip(asked, replies, strict=True))
    read = {one: _answer(reply) for one, reply in said if one.polarity != "caption"}
    for kind, word in (("positive", "yes"), ("negative", "no")):
        own = [reading == word for one, reading in read.items() if one.polarity == kind]
        if own:
            found[f"said_accuracy_{kind}"] = float(np.mean(own))
    if read:
        found["said_yes_rate"] = float(np.mean([reading == "yes" for reading in read.values()]))
        found["said_unreadable"] = float(np.mean([not reading for reading in read.values()]))
    words = [len(reply.split()) for one, reply in said if one.polarity == "caption"]
    if words:
        found["caption_words"] = float(np.mean(words))
    return found


def overrejection(before: Mapping[str, float], now: Mapping[str, float], points: float) -> str:
    """Say so where a model has come to reject what is there; "" where it has not.

    Args:
        before: what was watched before tuning.
        now: what is watched now.
        points: how many percentage points accuracy on positive questions may drop.

    Example:
        >>> overrejection({"accuracy_positive": 0.95}, {"accuracy_positive": 0.90}, 2)
        'Accuracy on positive questions fell from 95.0 to 90.0 %: the model may be learning to reject what is there.'
    """
    for name, what in (("accuracy_positive", "Accuracy on"), ("said_accuracy_positive", "Accuracy of replies to")):
        if name in before and name in now and 100 * (before[name] - now[name]) > points:
            return (
                f"{what} positive questions fell from {100 * before[name]:.1f} to {100 * now[name]:.1f} %: the model "
                "may be learning to reject what is there."
            )
    return ""
