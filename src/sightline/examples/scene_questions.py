"""Simple questions about rendered scenes, with right and false answers: colours, numbers, and what is there."""

from collections.abc import Iterator
from typing import NamedTuple

from sightline.examples.scene_truth import absent, clear, clear_of, other_colours
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.world import plural

__all__ = ["Fact", "colour_of", "number_of", "presence_of", "simple_facts", "thing_of"]


class Fact(NamedTuple):
    """A question about a scene.

    Args:
        about: colour, number, thing or presence.
        question: what is asked.
        answer: what is right.
        others: what is not, three of them, or one of a yes/no question.
    """

    about: str
    question: str
    answer: str
    others: tuple[str, ...]

    def options(self, turn: int) -> tuple[tuple[str, ...], int]:
        """All answers, the right one at another place for every turn, and that place."""
        place = turn % (len(self.others) + 1)
        return (*self.others[:place], self.answer, *self.others[place:]), place


def colour_of(scene: RenderedScene) -> Iterator[Fact]:
    """What colour a thing in plain sight has."""
    for kind in clear_of(scene, 1)[:1]:
        own = scene.of(kind)[0].colour
        yield Fact("colour", f"What colour is the {kind} in the image?", own, other_colours(scene, kind, 3))


def number_of(scene: RenderedScene) -> Iterator[Fact]:
    """How many of a thing in plain sight there are."""
    for kind in clear(scene)[-1:]:
        number = len(scene.of(kind))
        false = [str(each) for each in range(1, 6) if each != number][:3]
        yield Fact("number", f"How many {plural(kind)} are in the image?", str(number), tuple(false))


def thing_of(scene: RenderedScene) -> Iterator[Fact]:
    """Which of four things is there."""
    for kind in clear(scene)[:1]:
        away = absent(scene)
        first = scene.index % len(away)
        false = (away[first:] + away[:first])[:3]
        yield Fact("thing", "Which of these is in the image?", kind, false)


def presence_of(scene: RenderedScene) -> Iterator[Fact]:
    """Whether one thing that is there is there, and one that is not."""
    away = absent(scene)[scene.index % len(absent(scene))]
    for kind, answer, other in ((clear(scene)[0], "yes", "no"), (away, "no", "yes")):
        yield Fact("presence", f"Is there {article(kind)} {kind} in the image?", answer, (other,))


def simple_facts(scene: RenderedScene) -> Iterator[Fact]:
    """A question of each kind, where there is one to be asked."""
    for facts in (colour_of, number_of, thing_of, presence_of):
        yield from facts(scene)
