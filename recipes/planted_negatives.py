"""How many wrong negatives does the discriminator let through? On rendered scenes, where all that holds is known.

Every element gets negatives from statistics, none of which holds. Into a share of the elements one that does hold is
planted: an object that is there, an attribute that the object has as well, a relation in which the two also stand. The
loop judges, replaces and judges again; what is counted is how many planted negatives are left in elements that it
accepts, and how many sound elements it gives up, by the threshold on its entropy.

    python recipes/planted_negatives.py --scenes 300 --out planted.json

takes half an hour on two cores, and two minutes on a GPU.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sightline
from sightline.core import Attribute, Claim, Presence, Relation
from sightline.models.loading import load
from sightline.queries import statistics
from sightline.queries.discriminator import Judged, Rewrite, Way, discriminate, judge
from sightline.queries.element import NEGATIVES, Element, Negative, elements_of
from sightline.scenes.scene_graphs import SceneGraph, read_scene_graphs

SEED = 4
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LOOPS = (0.05, 0.2, 0.5, 0.8, 1.0)
PLANTED = "planted"


def holding(element: Element, graph: SceneGraph) -> list[Claim]:
    """Claims of the element's kind that hold as well, other than its own by one field."""
    names = {each.id: each.name for each in graph.objects}
    said = element.claim
    found: list[Claim] = []
    if isinstance(said, Presence):
        found = [Presence(each.name) for each in graph.objects if each.name != said.object]
    elif isinstance(said, Attribute):
        own = graph.of(element.subject).attributes
        found = [Attribute(said.object, attribute) for attribute in own if attribute != said.attribute]
    elif isinstance(said, Relation):
        for relation in graph.relations:
            other = Relation(names[relation.subject], relation.predicate, names[relation.object])
            same = (other.subject == said.subject) and (
                (other.predicate == said.predicate) != (other.object == said.object)
            )
            if same:
                found.append(other)
    return list(dict.fromkeys(found))


def planted(elements: Sequence[Element], graphs: dict[str, SceneGraph], share: float) -> list[Element]:
    """Put one that holds in the place of a negative, in this share of those where there is one."""
    made = []
    for element in elements:
        draw = random.Random(f"{SEED}/{element.key}/planted")
        able = holding(element, graphs[element.image])
        negatives = list(element.negatives)
        if able and draw.random() < share:
            negatives[draw.randrange(len(negatives))] = Negative(draw.choice(able), PLANTED)
        made.append(element.with_negatives(tuple(negatives)))
    return made


def has_planted(element: Element) -> bool:
    """Whether one of its negatives holds."""
    return any(negative.by == PLANTED for negative in element.negatives)


def curve(judged: Sequence[tuple[Element, Judged]]) -> list[dict[str, Any]]:
    """What one judgement lets through, by kind and threshold."""
    rows = []
    for kind in ("object", "attribute", "relation", "all"):
        own = [(element, verdict) for element, verdict in judged if kind in ("all", element.kind)]
        wrong = [verdict for element, verdict in own if has_planted(element)]
        sound = [verdict for element, verdict in own if not has_planted(element)]
        for threshold in THRESHOLDS:
            through = sum(verdict.accepted(threshold) for verdict in wrong)
            kept = sum(verdict.accepted(threshold) for verdict in sound)
            rows.append(
                {
                    "kind": kind,
                    "threshold": threshold,
                    "planted": len(wrong),
                    "let_through": through,
                    "sound": len(sound),
                    "sound_kept": kept,
                }
            )
    return rows


def looped(
    elements: Sequence[Element], rewrite: Rewrite, model: Any, images: dict[str, Path], way: Way, threshold: float
) -> dict[str, Any]:
    """What the whole loop lets through at a threshold, with three rounds."""
    found = discriminate(elements, model, images, rewrite, threshold, 3, way, articles=True, seed=SEED)
    before = {element.key: has_planted(element) for element in elements}
    kept = [element for element in found.elements if element.negatives]
    return {
        "threshold": threshold,
        "planted": sum(before.values()),
        "left": sum(has_planted(element) for element in kept),
        "mended": sum(before[element.key] and not has_planted(element) for element in kept),
        "sound": sum(not each for each in before.values()),
        "sound_kept": sum(not before[element.key] for element in kept),
    }


def main() -> None:
    """Plant, judge and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--share", type=float, default=0.3, help="of elements that get a negative that holds")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--out", required=True, help="the JSON file to write")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sightline.render_scenes(Path(scratch) / "scenes", given.scenes, SEED)
        graphs = {graph.image: graph for graph in read_scene_graphs(Path(scratch) / "scenes/scene_graphs.json").graphs}
        images = {image: Path(scratch) / "scenes/images" / image for image in graphs}
        learned = statistics.learn(graphs.values())

        def negatives(element: Element, barred: Sequence[Claim] = ()) -> tuple[Negative, ...]:
            draw = random.Random(f"{SEED}/{element.key}/{len(barred)}")
            taken = [*barred, *(negative.claim for negative in element.negatives)]
            return tuple(statistics.negatives_of(element, graphs[element.image], learned, draw, taken)[0])

        whole = [element for graph in graphs.values() for element in elements_of(graph)]
        whole = [element.with_negatives(negatives(element)) for element in whole]
        elements = planted([e for e in whole if len(e.negatives) == NEGATIVES], graphs, given.share)
        model = load(given.model, dtype="float32")
        ways: tuple[Way, ...] = ("options", "each")
        found: dict[str, Any] = {"scenes": given.scenes, "elements": len(elements), "share": given.share}
        for way in ways:
            judged = list(judge(elements, model, images, way, articles=True, seed=SEED))
            loops = [
                looped(elements, lambda of: [negatives(e, barred) for e, barred in of], model, images, way, threshold)
                for threshold in LOOPS
            ]
            found[way] = {"curve": curve(judged), "loop": loops}
            for row in (*found[way]["curve"], *loops):
                print(way, json.dumps(row), flush=True)
    Path(given.out).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
