"""Replies worth looking at, beside their scenes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from sightline.core import Presence, Question, Reply
from sightline.demo.run import Demo
from sightline.evaluation.evaluation import Evaluation
from sightline.readers.yes_no import yes_no_reader
from sightline.report.examples import Example, Exchange, Mark, Span
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.describe import noun_phrase

__all__ = ["MOST", "Seen", "card", "different", "facts_of", "replies_of", "said_yes"]

MOST = 6
"""Cards that are shown of a kind."""


class Seen(NamedTuple):
    """A reply that is shown.

    Args:
        question: what was asked.
        prompt: how it was put.
        reply: what was said.
        mark: what the reply is.
        note: why.
        spans: pieces of the reply to be highlighted.
    """

    question: Question
    prompt: str
    reply: Reply
    mark: Mark
    note: str
    spans: tuple[Span, ...]


def card(demo: Demo, seen: Seen) -> Example:
    """The reply beside its scene, with what is in it."""
    name = seen.question.images[0].name
    exchange = Exchange(seen.prompt, seen.reply.text, seen.mark, seen.note, seen.spans)
    return Example((demo.images / name).read_bytes(), (exchange,), facts_of(demo.by_image[name]))


def facts_of(scene: RenderedScene) -> tuple[str, ...]:
    """What is in a scene, what can hardly be seen said to be so.

    Example:
        >>> from sightline.scenes.rendered import compose
        >>> facts_of(compose(0, 5))
        ('three red kites', 'a blue star (faint)', 'two purple clouds (faint)')
    """
    facts = []
    for kind in scene.kinds:
        first, *_ = objects = scene.of(kind)
        hard = f" ({first.hidden})" if first.marginal else ""
        facts.append(noun_phrase(kind, len(objects), [first.colour]) + hard)
    return tuple(facts)


def replies_of(evaluation: Evaluation) -> Iterator[tuple[Question, Reply]]:
    """The questions of an evaluation of one model, with its replies."""
    for question, reply in zip(evaluation.questions, evaluation.replies[evaluation.models[0]], strict=True):
        if reply is not None:
            yield question, reply


def said_yes(
    evaluation: Evaluation,
    scenes: Mapping[str, RenderedScene],
    group: str,
    group_of: Callable[[str, RenderedScene], str],
) -> list[Seen]:
    """Objects of a group that the model says it sees, each in another scene and as different as can be."""
    read = yes_no_reader("strict").read

    def found() -> Iterator[Seen]:
        shown: Counter[str] = Counter()
        images: set[str] = set()
        for question, reply in replies_of(evaluation):
            claim, image = question.claims[0], question.images[0].name
            if not isinstance(claim, Presence) or image in images or shown[claim.object]:
                continue
            if group_of(claim.object, scenes[image]) == group and read(reply.text).answer == "yes":
                shown[claim.object] += 1
                images.add(image)
                note = f"there is no {claim.object}"
                yield Seen(question, question.text, reply, "hallucinated", note, (Span(0, len(reply.text), "wrong"),))

    return list(islice(found(), MOST))


def different(seen: Sequence[Seen]) -> list[Seen]:
    """The first few, each of another image."""
    by_image = {each.question.images[0].name: each for each in reversed(seen)}
    return list(reversed(by_image.values()))[:MOST]
