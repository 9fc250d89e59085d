"""Which annotated object a phrase means.

By name first: the name itself or another that the annotation gives, else the head of a compound ("cell phone" means the
one phone, "phone" the one cell phone). A singular never means a plural. Then by place: the region that a phrase was
written for must cover the object, and where several objects are called so, one of them far better than the others.

What is not certain is put on no annotated object, for a wrong attribute is worse than a missing one, and is listed by
its reason. But a person saw it: it is kept as an object that nobody is asked about (``clear`` is false), one for each
name, so that nobody takes it for absent.
"""

from collections.abc import Sequence

from sightline.readers.scene_text import SaidObject, SceneText
from sightline.scenes.scene_graphs.annotated import Annotated
from sightline.scenes.scene_graphs.boxes import Box, covered, overlap
from sightline.scenes.scene_graphs.graph import GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.naming import number_of
from sightline.scenes.scene_graphs.read_graphs import LeftOut

__all__ = ["NO_NAME", "NO_PLACE", "NO_RELATION", "OWN_NAME", "SEVERAL_NAMES", "Gathering", "called"]

NO_NAME = "a phrase names what is not annotated"
SEVERAL_NAMES = "a phrase could mean several annotated objects"
NO_PLACE = "a phrase names an object that is not in its region"
NO_RELATION = "a phrase relates what is not annotated, or not surely"
OWN_NAME = "an attribute is a name of its object"

_COVERED = 0.5
"""Share of the smaller of object and region that lies within the other, from which an object is in a region."""

_BETTER = 1.5
"""How many times the overlap of the second best box the best one must have."""


def called(said: SaidObject, objects: Sequence[Annotated]) -> list[Annotated]:
    """The objects that a phrase could mean by name.

    Example:
        >>> phone, cup = Annotated("1", ["cell phone"]), Annotated("2", ["cup", "mug"])
        >>> [each.id for each in called(SaidObject("phone", (), 1, (0, 5)), [phone, cup])]
        ['1']
        >>> [each.id for each in called(SaidObject("mug", (), 1, (0, 3)), [phone, cup])]
        ['2']
    """
    alike = [each for each in objects if (each.number == 1) == (said.number == 1)]
    exact = [each for each in alike if said.name in each.names]
    return exact or [each for each in alike if any(_has_head(said.name, name) for name in each.names)]


class Gathering:
    """An image whose annotations and phrases are put together.

    Args:
        image: its name.
        objects: those that are annotated; what is said of them is added to them.
        relations: those that are annotated.
        left_out: takes what is put on no annotated object.
    """

    def __init__(
        self, image: str, objects: Sequence[Annotated], relations: Sequence[GraphRelation], left_out: LeftOut
    ) -> None:
        self.image, self.objects, self._left_out = image, objects, left_out
        self._relations = dict.fromkeys(relations)
        self._unsure: dict[str, Annotated] = {}

    def put(self, text: SceneText, region: Box | None, phrase: str) -> None:
        """Put what a phrase says on the objects it means.

        Args:
            text: what it says.
            region: the box it was written for; None where nobody drew one.
            phrase: the phrase itself, for lists of what was left out.
        """
        found: list[Sequence[Annotated]] = []
        reasons: list[str] = []
        for place, said in enumerate(text.objects):
            named = called(said, self.objects)
            found.append(named if region is None else _in_region(named, region, is_subject=place == 0))
            reasons.append(NO_PLACE if named else NO_NAME)
        self.put_on(text, found, phrase, reasons)

    def put_on(
        self,
        text: SceneText,
        found: Sequence[Sequence[Annotated]],
        phrase: str,
        reasons: Sequence[str] | None = None,
    ) -> None:
        """Put what a text says on objects that were found for it; on none where there is not exactly one.

        Args:
            text: what it says.
            found: for each of its objects the annotated ones that it could mean.
            phrase: the text itself, for lists of what was left out.
            reasons: for each of its objects why none was found; because none is called so, where None.
        """
        meant: list[Annotated] = []
        for place, said in enumerate(text.objects):
            if len(found[place]) == 1:
                meant.append(found[place][0])
            else:
                reason = SEVERAL_NAMES if found[place] else reasons[place] if reasons else NO_NAME
                self._left_out.add(reason, f"{self.image}: {phrase}: {said.name}")
                meant.append(self._not_sure(said))
            meant[place].add(attributes=said.attributes)
        for each in text.relations:
            subject, object_ = meant[each.subject], meant[each.object]
            if not (subject.clear and object_.clear) or subject is object_:
                self._left_out.add(NO_RELATION, f"{self.image}: {phrase}: {each.predicate}")
            if subject is not object_:
                self._relations[GraphRelation(subject.id, each.predicate, object_.id)] = None

    def graph(self, source: str) -> SceneGraph:
        """The scene graph of all that was put together."""
        objects = [*self.objects, *self._unsure.values()]
        for each in objects:
            for attribute in [attribute for attribute in each.attributes if attribute in each.names]:
                self._left_out.add(OWN_NAME, f"{self.image}: {attribute}")
                each.attributes.remove(attribute)
        return SceneGraph(
            self.image, tuple(each.as_object() for each in objects), tuple(self._relations), source=source
        )

    def _not_sure(self, said: SaidObject) -> Annotated:
        own = Annotated(f"said: {said.name}", [said.name], number=number_of(said), clear=False)
        return self._unsure.setdefault(said.name, own)


def _has_head(one: str, other: str) -> bool:
    """Whether one of two names is the head of the other."""
    return one.endswith(f" {other}") or other.endswith(f" {one}")


def _in_region(found: Sequence[Annotated], region: Box, is_subject: bool) -> Sequence[Annotated]:
    """Those of several objects of one name that a region is of.

    The region is drawn around the subject of its phrase, so that their boxes are alike; of what the subject is said to
    wear, hold or stand on, no more is known than that it is there.
    """
    boxes = [(each, each.box) for each in found if each.box and covered(each.box, region) >= _COVERED]
    if len(boxes) < 2 or not is_subject:
        return [each for each, _ in boxes]
    ranked = sorted(boxes, key=lambda pair: -overlap(pair[1], region))
    best, second = (overlap(box, region) for _, box in ranked[:2])
    return [each for each, _ in ranked[:1]] if best >= _BETTER * second else [each for each, _ in ranked]
