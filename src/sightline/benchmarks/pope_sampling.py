"""POPE's questions from one's own annotations: random, popular and adversarial negatives.

Frequencies and co-occurrences are counted over the polled images, each object once an image. A popular negative is the
most frequent object that is not in the image and not asked yet; an adversarial one stands most often beside the
positive asked just before, or is drawn at random where nothing is left that ever stood beside it; a random one is drawn
from the objects of the polled images. Among equals the first to appear is taken, where an image's positives come before
its other objects. With POPE's own images and positives this gives 1,500 of POPE's 1,500 popular negatives and 1,494 of
its 1,500 adversarial ones; the other six hang on three ties and three draws.

Every draw has a generator of its own, named by the seed, the split and the image, so that a change in one does not
reach another, and building again with the images and positives of a build pinned gives the same questions.

Source: arXiv 2305.10355; AoiDragon/POPE utils.py, where the positives are the first objects listed.
"""

import functools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from types import MappingProxyType
from typing import Literal, NamedTuple

from sightline.benchmarks.pope import SPLITS, claim_asked, wording
from sightline.core import Answer, Claim, ImageRef, LabelSet, Presence, Question, Scene
from sightline.errors import RequestError
from sightline.readers.nouns import article

__all__ = ["Built", "Negative", "Positives", "build"]

Positives = Literal["random", "listed"]
"""How the positives of an image are taken: drawn from its objects, or the first that it lists (as POPE's own code)."""


@dataclass(frozen=True, slots=True)
class Negative:
    """How one negative came about.

    Args:
        split: where it is asked.
        image: the image it is asked about.
        positive: the object asked just before.
        chosen: the object asked.
        others: the objects that had the same count and were as good.
        count: how many images it was counted in (popular), or in how many beside the positive (adversarial); None where
            it was drawn at random.
    """

    split: str
    image: str
    positive: str
    chosen: str
    others: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A benchmark built from annotations.

    Args:
        questions: split by split in POPE's order: for every image a positive, its negative, and so on.
        labels: the answer key.
        objects: in how many of the polled images each object is, in the order in which they first appear.
        negatives: how each negative came about, in the order of the questions.
        seed: what the draws were made with.
    """

    questions: tuple[Question, ...]
    labels: LabelSet
    objects: Mapping[str, int]
    negatives: tuple[Negative, ...]
    seed: int

    @property
    def images(self) -> tuple[str, ...]:
        """The polled images, in order."""
        return tuple(dict.fromkeys(question.images[0].name for question in self.questions))

    @property
    def ties(self) -> tuple[Negative, ...]:
        """The negatives that another object with the same count could have been."""
        return tuple(negative for negative in self.negatives if negative.others)

    @property
    def drawn(self) -> tuple[Negative, ...]:
        """The popular and adversarial negatives that were drawn at random because no counted object was left."""
        return tuple(n for n in self.negatives if n.count is None and n.split != "random")


class _Polled(NamedTuple):
    """An image that is asked about."""

    image: ImageRef
    positives: tuple[str, ...]
    """The objects asked, in order."""
    objects: tuple[str, ...]
    """Every object in it, the positives first."""
    barred: frozenset[str]
    """What is never asked as a negative: present, ambiguous and uncertain objects."""


_Ranking = Sequence[tuple[str, int]]
"""Objects and their counts, the highest first, equals in the order in which they first appear."""


def build(
    scenes: Sequence[Scene],
    images: int = 500,
    positives_per_image: int = 3,
    seed: int = 0,
    pinned: Mapping[str, Sequence[str]] | None = None,
    positives: Positives = "random",
) -> Built:
    """Build a benchmark in POPE's manner.

    Args:
        scenes: the annotated images; an object that an image does not list is taken to be absent.
        images: how many to poll, drawn from those that hold, and lack, enough objects.
        positives_per_image: how many objects to ask of each, and as many negatives.
        seed: what all draws are made with.
        pinned: the images to poll instead, in order, and the positives of each, in order; with no positives, they are
            taken as of any other image.
        positives: how they are taken.

    Raises:
        RequestError: too few images hold enough objects, there are too few objects to ask as negatives, what is pinned
            is not in the scenes, or the objects cannot be told apart.

    Example:
        >>> from sightline.scenes.object_lists import object_list_scenes
        >>> scenes = object_list_scenes({"a.jpg": ["dog"], "b.jpg": ["cat", "dog"], "c.jpg": ["cat", "sofa"]}, "a.json")
        >>> built = build(scenes, positives_per_image=1, pinned={"a.jpg": ["dog"], "b.jpg": [], "c.jpg": ["sofa"]})
        >>> [q.text for q in built.questions if q.split == "adversarial"][:2]
        ['Is there a dog in the image?', 'Is there a cat in the image?']
    """
    for name, number in (("images", images), ("positives an image", positives_per_image)):
        if number < 1:
            raise RequestError(f"The number of {name} is {number}; it must be at least 1.")
    by_name = {scene.image.name: scene for scene in scenes}
    if len(by_name) != len(scenes):
        twice = next(name for name, count in Counter(scene.image.name for scene in scenes).items() if count > 1)
        raise RequestError(f"Two scenes are called {twice!r}; images are known by their names, so these must differ.")
    take = functools.partial(_take, number=positives_per_image, seed=seed, positives=positives)
    if pinned is None:
        polled = [_poll(scene, take(scene)) for scene in _draw_scenes(scenes, images, positives_per_image, seed)]
    else:
        chosen = _pinned_scenes(by_name, pinned)
        polled = [_poll(scene, tuple(pinned[scene.image.name]) or take(scene)) for scene in chosen]
    return _ask(polled, seed)


def _draw_scenes(scenes: Sequence[Scene], images: int, least: int, seed: int) -> list[Scene]:
    kinds = len({object_ for scene in scenes for object_ in scene.objects})
    fit = [scene for scene in scenes if least <= len(scene.objects) <= kinds - least]
    if len(fit) < images:
        raise RequestError(
            f"{images:,} images are to be polled, but only {len(fit):,} of {len(scenes):,} hold at least {least} "
            f"different objects and lack as many of the {kinds:,} that occur. Poll "
            f"{f'at most {len(fit):,}' if fit else 'other annotations'}, or ask for fewer positives an image."
        )
    return random.Random(f"{seed}/images").sample(fit, images)


def _take(scene: Scene, number: int, seed: int, positives: Positives) -> tuple[str, ...]:
    """The positives of an image where none are pinned."""
    objects = scene.objects
    if len(objects) < number:
        raise RequestError(
            f"The pinned image {scene.image.name} holds {len(objects)} different objects, {number} are to be asked. "
            "Pin its positives too, or ask for fewer positives an image."
        )
    if positives == "listed":
        return objects[:number]
    return tuple(random.Random(f"{seed}/positives/{scene.image.name}").sample(objects, number))


def _pinned_scenes(scenes: Mapping[str, Scene], pinned: Mapping[str, Sequence[str]]) -> list[Scene]:
    if not pinned:
        raise RequestError("No image is pinned; pin at least one, or none at all to have them drawn.")
    if missing := [image for image in pinned if image not in scenes]:
        raise RequestError(
            f"{len(missing):,} of {len(pinned):,} pinned images are not annotated: {_some(missing)}. "
            "Check that the annotations are of the same data set and name its images in the same way."
        )
    wrong = [f"{o!r} in {i}" for i, positives in pinned.items() for o in positives if o not in scenes[i].objects]
    if wrong:
        raise RequestError(
            f"{len(wrong):,} pinned positives are not in their images by these annotations: {_some(wrong)}. "
            "Mend the annotations or leave these positives out."
        )
    for image, positives in pinned.items():
        if len(set(positives)) < len(positives):
            raise RequestError(f"A positive of {image} is pinned twice ({', '.join(positives)}); ask each object once.")
    return [scenes[image] for image in pinned]


def _some(items: Sequence[str], most: int = 3) -> str:
    return ", ".join(items[:most]) + (", …" if len(items) > most else "")


def _poll(scene: Scene, positives: tuple[str, ...]) -> _Polled:
    claims = ((verdict.claim, verdict.answer) for verdict in scene.verdicts)
    barred = {c.object for c, answer in claims if isinstance(c, Presence) and answer is not Answer.DOES_NOT_HOLD}
    return _Polled(scene.image, positives, tuple(dict.fromkeys(positives + scene.objects)), frozenset(barred))


def _ask(polled: Sequence[_Polled], seed: int) -> Built:
    objects = Counter(object_ for image in polled for object_ in image.objects)
    _refuse_too_few(polled, objects)
    texts = _texts(objects)
    popular, beside = _rank(objects), _rank_beside(polled)
    questions: list[Question] = []
    answers: dict[tuple[str, Claim], Answer] = {}
    negatives: list[Negative] = []
    for split in SPLITS:
        number = 0
        for image in polled:
            for negative in _negatives(image, split, popular, beside, tuple(objects), seed):
                negatives.append(negative)
                asked = ((negative.positive, Answer.HOLDS), (negative.chosen, Answer.DOES_NOT_HOLD))
                for object_, answer in asked:
                    number += 1
                    claim = Presence(object_)
                    answers[image.image.name, claim] = answer
                    questions.append(Question(f"{split}/{number}", texts[object_], (image.image,), split, (claim,)))
    labels = LabelSet("built", MappingProxyType(answers))
    return Built(tuple(questions), labels, MappingProxyType(dict(objects)), tuple(negatives), seed)


def _refuse_too_few(polled: Iterable[_Polled], objects: Mapping[str, int]) -> None:
    for image in polled:
        left = sum(object_ not in image.barred for object_ in objects)
        if left < len(image.positives):
            raise RequestError(
                f"Too few objects to ask as negatives: the polled images show {len(objects)} different objects, and "
                f"{left} of them are absent from {image.image.name}, where {len(image.positives)} are needed. "
                "Poll more images, ask for fewer positives an image, or leave this image out of the annotations."
            )


def _negatives(
    polled: _Polled, split: str, popular: _Ranking, beside: Mapping[str, _Ranking], objects: Sequence[str], seed: int
) -> list[Negative]:
    """The negatives of one image in one split, one for each positive."""
    draws = random.Random(f"{seed}/{split}/{polled.image.name}")
    barred = set(polled.barred)
    negatives: list[Negative] = []
    for positive in polled.positives:
        ranking = {"random": (), "popular": popular, "adversarial": beside[positive]}[split]
        best = _best(ranking, barred)
        if best:
            (chosen, count), others = best[0], tuple(object_ for object_, _ in best[1:])
            negatives.append(Negative(split, polled.image.name, positive, chosen, others, count))
        else:
            chosen = draws.choice([object_ for object_ in objects if object_ not in barred])
            negatives.append(Negative(split, polled.image.name, positive, chosen))
        barred.add(chosen)
    return negatives


def _best(ranking: _Ranking, barred: set[str]) -> _Ranking:
    """The highest-ranked objects that may be asked: all with the same count, the one to ask first."""
    free = (entry for entry in ranking if entry[0] not in barred)
    first = next(free, None)
    return () if first is None else (first, *takewhile(lambda entry: entry[1] == first[1], free))


def _rank(counts: Mapping[str, int]) -> _Ranking:
    return sorted(counts.items(), key=lambda entry: -entry[1])


def _rank_beside(polled: Iterable[_Polled]) -> Mapping[str, _Ranking]:
    """For every object, those that stand beside it and in how many images."""
    beside: dict[str, Counter[str]] = {}
    for image in polled:
        for object_ in image.objects:
            beside.setdefault(object_, Counter()).update(other for other in image.objects if other != object_)
    return {object_: _rank(counts) for object_, counts in beside.items()}


def _texts(objects: Iterable[str]) -> Mapping[str, str]:
    """The question about each object, which must be told apart and read back from it."""
    spelled: dict[str, str] = {}
    texts: dict[str, str] = {}
    for object_ in objects:
        other = spelled.setdefault(" ".join(object_.split()).casefold(), object_)
        if other != object_:
            raise RequestError(f"{other!r} and {object_!r} differ only in case or spaces; spell the object alike.")
        texts[object_] = wording(object_, article(object_)) if object_.strip() else ""
        if claim_asked(texts[object_]) != Presence(object_):
            raise RequestError(f"{object_!r} cannot be read back from {texts[object_]!r}; name the object otherwise.")
    return texts
