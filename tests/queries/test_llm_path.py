"""From captions to elements with negatives, through a server that makes every kind of mistake now and then."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from chat_server import Asked, ChatServer, Sent, fails, says

from sightline.models.chat_client import ChatClient
from sightline.models.scripted import ScriptedModel
from sightline.queries.element import elements_of
from sightline.queries.extraction import Extracted, extract_graphs
from sightline.queries.negative_prompts import TASKS
from sightline.queries.rules import IN_SCENE, NOT_A_WORD, NOTHING_CHANGED, REPEATED, SEVERAL_CHANGED, SYNONYM
from sightline.queries.verification import verify_graphs
from sightline.queries.written_negatives import TOO_FEW, TOO_LONG, TOO_MANY, Negatived, write_negatives
from sightline.records.cached_writing import CachedWriting
from sightline.records.call_cache import CallCache
from sightline.scenes.scene_graphs import CaptionedImage

CAPTION = "In scene {n} a striped cat sleeps on a red sofa."
OBJECTS = json.dumps({"objects": [{"name": "cat", "number": 1}, {"name": "sofa", "number": 1}]})
GOOD = {
    "objects": OBJECTS,
    "attributes": json.dumps({"attributes": [{"object": "cat", "attribute": "striped"}]}),
    "relations": json.dumps({"relations": [{"subject": "cat", "predicate": "sleeping on", "object": "sofa"}]}),
}

UNREADABLE: Mapping[str, Callable[[], Sent]] = {
    "prose instead of JSON": lambda: says("There is a cat on a sofa."),
    "broken JSON": lambda: says("{'objects': ['cat']}"),
    "more after the JSON": lambda: says(f"{OBJECTS} Done!"),
    "a list instead of an object": lambda: says('["cat"]'),
    "the reply was cut off": lambda: says('{"objects": [{"na', finish="length"),
    "the reply is empty": lambda: says(""),
    "objects is missing": lambda: says('{"things": []}'),
    "objects[].number is missing": lambda: says('{"objects": [{"name": "cat"}]}'),
    "objects[].name is no text": lambda: says('{"objects": [{"name": 7, "number": 1}]}'),
    "note was not asked for": lambda: says('{"objects": [], "note": "none"}'),
    "the model refused": lambda: says(None, refusal="I cannot help with that."),
    "the server's filter held the reply back": lambda: says(None, finish="content_filter"),
    "the server failed": lambda: fails(500),
    "the server refuses this request": lambda: fails(400, "too long"),
    "the connection broke": lambda: says(OBJECTS, how="cut"),
}
KINDS = list(UNREADABLE)
NUMBER = len(KINDS)


class Server:
    """What the server says: to scene n of three times all kinds of mistakes, the first reply is the n-th mistake; to
    the first third it makes the mistake again, so that nothing of it can be read."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def __call__(self, asked: Asked) -> Sent:
        stage = asked.body["response_format"]["json_schema"]["name"]
        scene = int(re.findall(r"[Ss]cene (\d+)", asked.prompt)[-1])
        if stage == "negatives":
            return self.negatives(asked)
        self.times[f"{stage}/{scene}"] += 1
        wrong = {0: 99, 1: 1, 2: 0}[scene // NUMBER]
        if stage == "objects" and self.times[f"{stage}/{scene}"] <= wrong:
            return UNREADABLE[KINDS[scene % NUMBER]]()
        return says(f"```json\n{GOOD[stage]}\n```" if scene % 2 else GOOD[stage])

    def negatives(self, asked: Asked) -> Sent:
        """Of each element once every kind of text that does not pass, then good ones, one at a time."""
        element = re.sub(r"(Must not|Number).*\n", "", asked.prompt)
        place = self.times[element] = self.times[element] + 1
        if asked.body["messages"][0]["content"] != TASKS["object"]:
            return says(json.dumps({"negatives": []}))
        if "Object: sofa" in element:
            return says("chair, table, bed, lamp")
        offered = (
            ["cat", "kitten", "sofa", "dog", "dogs", "brown horse", "?", "x" * 99],
            ["dogs", "rabbit"],
            ["parrot", "horse", "pig"],
        )
        return says(json.dumps({"negatives": offered[place - 1]}))


@pytest.fixture(scope="module")
def extracted() -> Extracted:
    captions = [CaptionedImage(f"{n}.jpg", CAPTION.format(n=n), f"captions.jsonl:{n}") for n in range(3 * NUMBER)]
    with ChatServer(Server()) as server, ChatClient(server.base_url, "tiny", retries=0) as client:
        return extract_graphs(captions, client, attempts=2)


def test_the_run_goes_on_and_every_kind_of_mistake_is_counted_exactly(extracted: Extracted) -> None:
    counted = {reason: len(what) for reason, what in extracted.left_out.items()}
    assert counted == {f"asked again for objects: {kind}": 2 for kind in KINDS} | {
        f"objects: {kind}": 1 for kind in KINDS
    }
    assert [graph.image for graph in extracted.graphs] == [f"{n}.jpg" for n in range(NUMBER, 3 * NUMBER)]


def test_what_was_read_after_mistakes_is_what_was_read_without(extracted: Extracted) -> None:
    said = {(graph.objects, graph.relations) for graph in extracted.graphs}
    ((objects, relations),) = said
    assert [(each.name, each.attributes) for each in objects] == [("cat", ("striped",)), ("sofa", ())]
    assert [each.predicate for each in relations] == ["sleeping on"]


def test_negatives_are_written_for_what_was_seen_and_every_refusal_is_counted(
    extracted: Extracted, tmp_path: Path
) -> None:
    images = {graph.image: tmp_path / graph.image for graph in extracted.graphs[:3]}
    for path in images.values():
        path.touch()
    verified = verify_graphs(extracted.graphs, ScriptedModel(lambda image, prompt: "Yes"), images)
    assert {reason: len(what) for reason, what in verified.left_out.items() if "image" in reason} == {
        "the image is missing": len(extracted.graphs) - 3
    }
    elements = [element for graph in verified.graphs for element in elements_of(graph)]
    with ChatServer(Server()) as server, ChatClient(server.base_url, "tiny", retries=0) as client:
        negatived = write_negatives(elements, verified.graphs, client, attempts=3)
    cats = [element for element in negatived.elements if element.kind == "object" and element.subject == "1"]
    assert counted_for(negatived, {element.key for element in cats}) == {
        NOTHING_CHANGED: len(cats),  # cat
        SYNONYM: len(cats),  # kitten
        IN_SCENE: len(cats),  # sofa
        REPEATED: 2 * len(cats),  # dogs, twice
        SEVERAL_CHANGED: len(cats),  # brown horse
        NOT_A_WORD: len(cats),  # ?
        TOO_LONG: len(cats),  # xxx
        TOO_FEW: len(cats),  # two of three
        TOO_MANY: len(cats),  # pig
    }
    for element in cats:
        names = [negative.claim.object for negative in element.negatives]  # type: ignore[union-attr]
        assert names == ["dog", "rabbit", "parrot", "horse"]
    others = [element for element in negatived.elements if element not in cats]
    assert all(not element.negatives for element in others)
    assert negatived.left_out == {"no negative passed": [element.key for element in others]}


def counted_for(negatived: Negatived, keys: set[str]) -> dict[str, int]:
    return dict(Counter(each.reason for each in negatived.refused if each.element in keys))


def test_the_same_again_asks_only_for_what_had_no_reply(tmp_path: Path) -> None:
    captions = [CaptionedImage(f"{n}.jpg", CAPTION.format(n=n), "") for n in range(3 * NUMBER)]
    with ChatServer(Server()) as server, CallCache(tmp_path / "calls.sqlite") as cache:
        with ChatClient(server.base_url, "tiny", retries=0) as client:
            first = extract_graphs(captions, CachedWriting(client, cache))
        asked = len(server.asked)
        with ChatClient(server.base_url, "tiny", retries=0) as client:
            again = extract_graphs(captions, CachedWriting(client, cache))
        assert again.graphs == first.graphs
        assert 0 < len(server.asked) - asked < asked / 2
