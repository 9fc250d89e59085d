"""FINER-Tuning's false units held against the images: a vision-language model is asked whether each can be seen.

Captions and annotations never say everything, so what they lack may be there all the same. The changed unit is asked
about by itself, yes or no, as scene graphs are verified (`sightline.queries.verification`): among other things models
overlook it, which is what pairs are to teach.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sightline.core import Attribute, Relation, Replying, claim_from_record
from sightline.preferences.finer.phrases import Edit, unit_text, written_out
from sightline.preferences.finer.rejected import Rejected
from sightline.queries.staged import Done
from sightline.queries.verification import verify_graphs
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

__all__ = ["NO_ANSWER", "SEEN", "THRESHOLD", "Verified", "verify_edits"]

SEEN = "the verifier sees the false unit in the image"
NO_ANSWER = "the verifier says neither yes nor no of the false unit"

THRESHOLD = 0.5
"""The probability of Yes, against No, from which on a false unit counts as seen, where nobody says otherwise."""


class Verified(NamedTuple):
    """What was looked at.

    Args:
        edits: those whose false unit is not seen, in the order given.
        rejected: the others.
    """

    edits: list[Edit]
    rejected: list[Rejected]


def verify_edits(
    edits: Sequence[Edit],
    model: Replying,
    images: Mapping[str, Path],
    threshold: float = THRESHOLD,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Take out edits whose false unit a model sees.

    Args:
        edits: phrases and their edits.
        model: who is asked.
        images: for every image its file.
        threshold: the probability of Yes from which on a unit counts as seen.
        progress: told how many images are done, of how many.

    Raises:
        RequestError: the threshold is out of range, or the model cannot choose.
        DataError: an image cannot be read.
    """
    by_image: dict[str, list[Edit]] = {}
    for edit in edits:
        by_image.setdefault(edit.phrase.image, []).append(edit)
    graphs = [_false_scene(image, own) for image, own in by_image.items()]
    found = verify_graphs(graphs, model, images, threshold, progress=_told(progress))
    p_yes = {
        (each["image"], each["subject"], claim_from_record(each["claim"])): each["p_yes"]
        for each in found.probabilities
    }
    verified = Verified([], [])
    for edit in edits:
        own = p_yes.get((edit.phrase.image, edit.twin, edit.negative.units[edit.slot].claim))
        if own is not None and own < threshold:
            verified.edits.append(edit)
        else:
            verified.rejected.append(_rejected(edit, NO_ANSWER if own is None else SEEN, own))
    return verified


def _told(progress: Callable[[int, int], None] | None) -> Callable[[Done], None] | None:
    return None if progress is None else lambda at: progress(at.done, at.total)


def _false_scene(image: str, edits: Sequence[Edit]) -> SceneGraph:
    """A scene in which all that the edits put in is there; objects are called as their edits are."""
    objects: list[GraphObject] = []
    relations: list[GraphRelation] = []
    for edit in edits:
        claim, number = edit.negative.units[edit.slot]
        if isinstance(claim, Relation):
            assert edit.phrase.of is not None
            other = f"other of {edit.twin}"
            objects += [GraphObject(edit.twin, claim.subject, number=edit.phrase.of.number)]
            objects += [GraphObject(other, claim.object, number=number)]
            relations.append(GraphRelation(edit.twin, claim.predicate, other))
        else:
            said = (claim.attribute,) if isinstance(claim, Attribute) else ()
            objects.append(GraphObject(edit.twin, claim.object, said, number))
    return SceneGraph(image, tuple(objects), tuple(relations))


def _rejected(edit: Edit, reason: str, p_yes: float | None) -> Rejected:
    unit, instead = (unit_text(phrase.units[edit.slot].claim) for phrase in (edit.phrase, edit.negative))
    phrase = written_out(edit.phrase, articles=False)
    return Rejected(edit.phrase.image, edit.phrase.kind, reason, edit.by, phrase, unit, instead, p_yes=p_yes)
