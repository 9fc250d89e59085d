import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from sightline.core import Asking, ImageGroup, Replies, Said
from sightline.errors import RequestError
from sightline.models.scripted import ScriptedModel
from sightline.queries.staged import Done
from sightline.queries.verification import verification_groups, verify_graphs
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

CAT = "Is there a cat in the image?"
SOFAS = "Are there two sofas in the image?"
BOOKS = "Are there books in the image?"
ORANGE = "Is the cat orange?"
ARMS = "Do the sofas have wide arms?"
ON = "Is the cat lying on two sofas?"
HAS = "Does the cat have books?"

GRAPH = SceneGraph(
    "a.jpg",
    (
        GraphObject("1", "cat", ("orange",)),
        GraphObject("2", "sofa", ("with wide arms",), number=2),
        GraphObject("3", "book", (), number=0),
    ),
    (GraphRelation("1", "lying on", "2"), GraphRelation("1", "has", "3")),
    caption="A cat.",
)
ALL = (CAT, SOFAS, BOOKS, ORANGE, ARMS, ON, HAS)


class Sure(ScriptedModel):
    """A model that gives Yes the probability it is told to, 0.9 where it is told nothing."""

    def __init__(self, p_yes: Mapping[str, float]) -> None:
        super().__init__(lambda image, prompt: "")
        self.p_yes = p_yes
        self.batches: list[int] = []

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        assert asking == Asking(choices=("Yes", "No"))
        for batch in batches:
            self.batches.append(len(batch))
            yield tuple(tuple((self._said(prompt),) for prompt in group.prompts) for group in batch)

    def _said(self, prompt: str) -> Said:
        self.asked.append(("", prompt))
        p_yes = self.p_yes.get(prompt, 0.9)
        return Said("Yes" if p_yes > 0.5 else "No", (math.log(p_yes), math.log1p(-p_yes)))


@pytest.fixture
def images(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")}
    for path in paths.values():
        path.touch()
    return paths


def test_every_object_attribute_and_relation_is_asked_about_in_one_group(images: Mapping[str, Path]) -> None:
    model = Sure({})
    verified = verify_graphs([GRAPH], model, images)
    assert verified.graphs == (GRAPH,)
    assert verified.left_out == {}
    assert [prompt for _, prompt in model.asked] == list(ALL)
    assert list(verification_groups([GRAPH], images)) == [ImageGroup(images["a.jpg"], ALL)]


def test_what_is_less_likely_than_the_threshold_is_taken_out_with_its_probability(images: Mapping[str, Path]) -> None:
    verified = verify_graphs([GRAPH], Sure({ORANGE: 0.25, HAS: 0.125}), images)
    (graph,) = verified.graphs
    assert [each.attributes for each in graph.objects] == [(), ("with wide arms",), ()]
    assert graph.relations == GRAPH.relations[:1]
    assert graph.caption == "A cat."
    assert verified.left_out == {
        "the attribute is not seen": ["a.jpg: cat orange (0.250)"],
        "the relation is not seen": ["a.jpg: cat has book (0.125)"],
    }


def test_an_object_takes_its_attributes_and_relations_with_it(images: Mapping[str, Path]) -> None:
    verified = verify_graphs([GRAPH], Sure({SOFAS: 0.25}), images)
    (graph,) = verified.graphs
    assert [each.name for each in graph.objects] == ["cat", "book"]
    assert graph.relations == GRAPH.relations[1:]
    assert verified.left_out == {
        "the object is not seen": ["a.jpg: sofa (0.250)"],
        "the attribute went with its object": ["a.jpg: sofa with wide arms (0.900)"],
        "the relation went with its object": ["a.jpg: cat lying on sofa (0.900)"],
    }


def test_just_the_threshold_stays(images: Mapping[str, Path]) -> None:
    model = ScriptedModel(lambda image, prompt: "")
    model.reply = lambda batches, asking: (  # type: ignore[method-assign]
        tuple(tuple((Said("Yes", (-1.0, -1.0)),) for _ in group.prompts) for group in batch) for batch in batches
    )
    assert verify_graphs([GRAPH], model, images, threshold=0.5).graphs == (GRAPH,)
    assert verify_graphs([GRAPH], model, images, threshold=0.51).graphs == ()


def test_a_graph_of_which_nothing_is_seen_is_left_out(images: Mapping[str, Path]) -> None:
    verified = verify_graphs([GRAPH], Sure(dict.fromkeys(ALL, 0.01)), images)
    assert verified.graphs == ()
    assert verified.left_out["nothing of it is seen"] == ["a.jpg"]


def test_an_image_that_is_missing_leaves_its_graph_out(images: dict[str, Path]) -> None:
    unnamed, gone = (SceneGraph(f"{name}.jpg", GRAPH.objects) for name in ("unnamed", "gone"))
    images["gone.jpg"] = images["a.jpg"].with_name("gone.jpg")
    verified = verify_graphs([unnamed, GRAPH, gone], Sure({}), images)
    assert verified.graphs == (GRAPH,)
    assert verified.left_out == {"the image is missing": ["unnamed.jpg", "gone.jpg"]}


def test_the_records_say_what_was_asked_and_why_something_went(images: Mapping[str, Path]) -> None:
    records = verify_graphs([GRAPH], Sure({SOFAS: 0.25}), images).probabilities
    assert [record["question"] for record in records] == list(ALL)
    assert [round(record["p_yes"], 6) for record in records] == [0.9, 0.25, 0.9, 0.9, 0.9, 0.9, 0.9]
    assert [record["reason"] for record in records if record["reason"]] == [
        "the object is not seen",
        "the attribute went with its object",
        "the relation went with its object",
    ]
    assert records[5]["claim"] == {"kind": "relation", "subject": "cat", "predicate": "lying on", "object": "sofa"}
    assert (records[5]["image"], records[5]["subject"], records[5]["object"]) == ("a.jpg", "1", "2")
    json.dumps(records, allow_nan=False)


@pytest.mark.parametrize(
    "said",
    [Said("Yes", (-math.inf, -math.inf)), Said("Yes", (math.nan, -1.0)), Said("", (-5.0, -5.0))],
    ids=["impossible", "no numbers", "something else is likelier"],
)
def test_what_is_answered_with_neither_yes_nor_no_is_taken_out(images: Mapping[str, Path], said: Said) -> None:
    class Silent(Sure):
        def _said(self, prompt: str) -> Said:
            return said if prompt == ORANGE else super()._said(prompt)

    verified = verify_graphs([GRAPH], Silent({}), images)
    assert verified.left_out == {"neither yes nor no is said of the attribute": ["a.jpg: cat orange"]}
    assert [record["p_yes"] for record in verified.probabilities if record["reason"]] == [None]


def test_a_model_that_cannot_choose_is_refused(images: Mapping[str, Path]) -> None:
    class Talking(Sure):
        def _said(self, prompt: str) -> Said:
            return Said("Yes")

    with pytest.raises(RequestError, match="no log-probabilities"):
        verify_graphs([GRAPH], Talking({}), images)


def test_what_is_not_in_plain_sight_is_not_asked_about_and_stays(images: Mapping[str, Path]) -> None:
    hidden = SceneGraph(
        "a.jpg",
        (GraphObject("1", "cat"), GraphObject("2", "key", ("red",), clear=False)),
        (GraphRelation("2", "on", "1"),),
    )
    model = Sure({})
    assert verify_graphs([hidden], model, images).graphs == (hidden,)
    assert [prompt for _, prompt in model.asked] == [CAT]
    fallen = verify_graphs([hidden], Sure({CAT: 0.25}), images)
    assert [(graph.objects, graph.relations) for graph in fallen.graphs] == [(hidden.objects[1:], ())]
    assert fallen.left_out["the relation went with its object"] == ["a.jpg: key on cat"]


def test_two_objects_of_one_name_are_asked_about_once(images: Mapping[str, Path]) -> None:
    twins = SceneGraph("a.jpg", (GraphObject("1", "cat", ("orange",)), GraphObject("2", "cat", ("orange",))))
    model = Sure({ORANGE: 0.25})
    (graph,) = verify_graphs([twins], model, images).graphs
    assert [prompt for _, prompt in model.asked] == [CAT, ORANGE]
    assert [each.attributes for each in graph.objects] == [(), ()]


def test_a_fruit_and_a_colour_of_one_word_are_two_things(images: Mapping[str, Path]) -> None:
    fruit = SceneGraph("a.jpg", (GraphObject("1", "orange", ("orange",)),))
    (graph,) = verify_graphs([fruit], Sure({"Is the orange orange?": 0.25}), images).graphs
    assert [(each.name, each.attributes) for each in graph.objects] == [("orange", ())]


def test_images_go_in_batches_and_progress_is_told(images: Mapping[str, Path]) -> None:
    graphs = [SceneGraph(image, GRAPH.objects) for image in images]
    empty = SceneGraph("b.jpg", ())
    model, heard = Sure({}), list[Done]()
    verified = verify_graphs([graphs[0], empty, *graphs[1:]], model, images, batch_images=2, progress=heard.append)
    assert [graph.image for graph in verified.graphs] == ["a.jpg", "b.jpg", "c.jpg"]
    assert verified.left_out == {"nothing of it is seen": ["b.jpg"]}
    assert model.batches == [2, 1]
    assert heard == [Done("verification", done, 4) for done in (1, 2, 3, 4)]


@pytest.mark.parametrize(("threshold", "batch"), [(-0.1, 16), (1.1, 16), (math.nan, 16), (0.5, 0)])
def test_thresholds_and_batches_out_of_range_are_refused(threshold: float, batch: int) -> None:
    with pytest.raises(RequestError, match="expected 0 to 1, and one or more"):
        verify_graphs([GRAPH], Sure({}), {}, threshold, batch)
