import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from scripted_writing import Script, ScriptedWriting

from sightline.core import TextRequest, Written
from sightline.errors import RequestError
from sightline.queries.extraction import Extracted, estimated_requests, extract_graphs, extraction_requests
from sightline.queries.extraction_prompts import EXAMPLES, TASKS, caption_prompt
from sightline.queries.staged import Done
from sightline.scenes.scene_graphs import CaptionedImage, SceneGraph

CAPTION = "A striped cat sleeps on a red sofa. Two dogs with collars watch the cat. Some books lie about."
CAT = CaptionedImage("a.jpg", CAPTION, "captions.jsonl:1")

OBJECTS = [("cat", 1), ("sofa", 1), ("dog", 2), ("collar", 0)]
ATTRIBUTES = [("cat", "striped"), ("sofa", "red")]
RELATIONS = [("cat", "sleeping on", "sofa"), ("dog", "watching", "cat"), ("dog", "has", "collar")]


def objects(*told: tuple[str, Any]) -> str:
    return json.dumps({"objects": [{"name": name, "number": number} for name, number in told]})


def attributes(*told: tuple[str, str]) -> str:
    return json.dumps({"attributes": [{"object": of, "attribute": attribute} for of, attribute in told]})


def relations(*told: tuple[str, str, str]) -> str:
    names = ("subject", "predicate", "object")
    return json.dumps({"relations": [dict(zip(names, each, strict=True)) for each in told]})


def by_stage(replies: Mapping[str, str | Written | Script]) -> Script:
    """What is said at each stage; what is not told is said well."""
    well = {"objects": objects(*OBJECTS), "attributes": attributes(*ATTRIBUTES), "relations": relations(*RELATIONS)}

    def script(request: TextRequest) -> str | Written:
        found = replies.get(request.purpose, well[request.purpose])
        return found(request) if isinstance(found, Callable) else found  # type: ignore[arg-type]

    return script


def extracted(attempts: int = 1, **replies: str | Written | Script) -> Extracted:
    return extract_graphs([CAT], ScriptedWriting(by_stage(replies)), attempts)


def told(graph: SceneGraph) -> tuple[Any, ...]:
    """What a graph says, without ids."""
    return (
        [(each.name, each.number) for each in graph.objects],
        [(each.name, attribute) for each in graph.objects for attribute in each.attributes],
        [(graph.of(r.subject).name, r.predicate, graph.of(r.object).name) for r in graph.relations],
    )


def test_a_caption_becomes_a_graph_in_three_stages() -> None:
    found = extracted()
    assert [told(graph) for graph in found.graphs] == [(OBJECTS, ATTRIBUTES, RELATIONS)]
    assert found.left_out == {}
    graph = found.graphs[0]
    assert (graph.image, graph.caption, graph.source, graph.complete) == ("a.jpg", CAPTION, "captions.jsonl:1", False)


def test_a_stage_is_asked_of_all_captions_before_the_next_begins() -> None:
    writer = ScriptedWriting(by_stage({}))
    extract_graphs([CAT, CAT._replace(image="b.jpg")], writer)
    assert [request.purpose for request in writer.asked] == ["objects"] * 2 + ["attributes"] * 2 + ["relations"] * 2


def test_later_stages_are_told_the_objects_that_were_kept() -> None:
    writer = ScriptedWriting(by_stage({"objects": objects(("cat", 1), ("unicorn", 1), ("dog", 2))}))
    extract_graphs([CAT], writer)
    assert [request.prompt.splitlines()[1:] for request in writer.asked] == [
        ["Reply:"],
        ["Objects: cat, dog (2)", "Reply:"],
        ["Objects: cat, dog (2)", "Reply:"],
    ]


def test_names_are_taken_without_articles_capitals_and_plural() -> None:
    found = extracted(
        objects=objects(("The Cat", 1), ("dogs", 2)),
        attributes=attributes(("a cat", "is Striped.")),
        relations=relations(("Dogs", "are watching the", "The cat")),
    )
    assert told(found.graphs[0]) == ([("cat", 1), ("dog", 2)], [("cat", "striped")], [("dog", "watching", "cat")])
    assert found.left_out == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unicorn", "objects: the caption does not name it"),
        ("red book", "objects: the caption does not name it"),
        ("cat", "objects: said twice"),
        ("Cats", "objects: said twice"),
        ("", "objects: says nothing"),
        ("...", "objects: says nothing"),
        ("sofa " * 50, "objects: too long"),
    ],
)
def test_an_object_is_refused_with_its_reason(name: str, reason: str) -> None:
    found = extracted(objects=objects(("cat", 1), ("sofa", 1), ("dog", 2), ("collar", 0), (name, 1)))
    assert told(found.graphs[0])[0] == OBJECTS
    assert list(found.left_out) == [reason]
    assert len(found.left_out[reason]) == 1 and found.left_out[reason][0].startswith("a.jpg:")


def test_what_nobody_could_point_at_is_no_object() -> None:
    caption = CaptionedImage("a.jpg", "A cat in the background, in a calm atmosphere.", "")
    writer = ScriptedWriting(lambda request: objects(("cat", 1), ("background", 1), ("atmosphere", 1)))
    found = extract_graphs([caption], writer, attempts=1)
    assert [each.name for each in found.graphs[0].objects] == ["cat"]
    assert found.left_out["objects: nothing that one could point at"] == ["a.jpg: background", "a.jpg: atmosphere"]


@pytest.mark.parametrize(
    ("caption", "said", "kept"),
    [
        ("two cats", 2, 2),
        ("a pair of cats", 2, 2),
        ("a dozen cats", 12, 12),
        ("some cats", 0, 0),
        ("a cat and another cat", 0, 0),
        ("three sheep", 3, 3),
        ("a cat", 1, 1),
        ("some cats", 3, 0),
        ("a cat and two dogs", 2, 1),
        ("a cat", 0, 1),
        ("two cats", 1, 0),
        ("two cats", 3, 0),
        ("120 cats", 120, 0),
    ],
)
def test_a_number_that_the_caption_does_not_bear_out_gives_way_to_the_form_of_the_noun(
    caption: str, said: int, kept: int
) -> None:
    name = "sheep" if "sheep" in caption else "cat"
    writer = ScriptedWriting(lambda request: objects((name, said)))
    found = extract_graphs([CaptionedImage("a.jpg", caption, "")], writer, attempts=1)
    assert told(found.graphs[0])[0] == [(name, kept)]
    reasons = [reason for reason in found.left_out if "number" in reason]
    assert len(reasons) == (said != kept)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (("unicorn", "striped"), "attributes: of no object of the image"),
        (("book", "red"), "attributes: of no object of the image"),
        (("cat", "orange"), "attributes: the caption does not say it"),
        (("cat", "striped and orange"), "attributes: the caption does not say it"),
        (("cat", "the"), "attributes: the caption does not say it"),
        (("cat", "Striped"), "attributes: said twice"),
        (("cat", "cat"), "attributes: the name says it already"),
        (("cat", ""), "attributes: says nothing"),
        (("cat", "striped " * 50), "attributes: too long"),
    ],
)
def test_an_attribute_is_refused_with_its_reason(said: tuple[str, str], reason: str) -> None:
    found = extracted(attributes=attributes(*ATTRIBUTES, said))
    assert told(found.graphs[0])[1] == ATTRIBUTES
    assert {reason: len(what) for reason, what in found.left_out.items()} == {reason: 1}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (("cat", "on", "unicorn"), "relations: of no object of the image"),
        (("", "on", "sofa"), "relations: of no object of the image"),
        (("cat", "on", "cat"), "relations: of an object to itself"),
        (("cat", "under", "sofa"), "relations: the caption does not say it"),
        (("cat", "jumping on", "sofa"), "relations: the caption does not say it"),
        (("cat", "sleeps on the", "sofa"), "relations: said twice"),
        (("dog", "with", "collar"), "relations: said twice"),
        (("cat", " ", "sofa"), "relations: says nothing"),
        (("cat", "is", "sofa"), "relations: the caption does not say it"),
        (("cat", "on " * 50, "sofa"), "relations: too long"),
    ],
)
def test_a_relation_is_refused_with_its_reason(said: tuple[str, str, str], reason: str) -> None:
    found = extracted(relations=relations(*RELATIONS, said))
    assert told(found.graphs[0])[2] == RELATIONS
    assert {reason: len(what) for reason, what in found.left_out.items()} == {reason: 1}


UNREADABLE = [
    ("There are a cat and two dogs.", "prose instead of JSON"),
    ('{"objects": [{"name": "cat", "nu', "the reply was cut off"),
    ("", "the reply is empty"),
    ('{"things": []}', "objects is missing"),
    ('{"objects": [{"name": "cat"}]}', "objects[].number is missing"),
    ('{"objects": [{"name": ["cat"], "number": 1}]}', "objects[].name is no text"),
    ('{"objects": [{"name": "cat", "number": "one"}]}', "objects[].number is no whole number"),
    ('{"objects": [{"name": "cat", "number": -1}]}', "objects[].number is too small"),
    ('{"objects": [], "comment": "none"}', "comment was not asked for"),
    (Written("", "the model refused: I cannot help with that"), "the model refused"),
    (Written("", "the server failed (500: no)"), "the server failed"),
]


@pytest.mark.parametrize(("reply", "reason"), UNREADABLE)
def test_a_caption_whose_objects_cannot_be_read_is_left_out_with_the_reason(reply: Any, reason: str) -> None:
    found = extracted(attempts=2, objects=reply)
    assert found.graphs == ()
    assert {reason: len(what) for reason, what in found.left_out.items()} == {
        f"asked again for objects: {reason}": 1,
        f"objects: {reason}": 1,
    }


@pytest.mark.parametrize(("reply", "reason"), UNREADABLE)
def test_a_bad_reply_is_asked_for_again(reply: Any, reason: str) -> None:
    writer = ScriptedWriting(
        by_stage({"objects": lambda request: objects(*OBJECTS) if request.attempt else reply}), seed=1
    )
    found = extract_graphs([CAT], writer)
    assert [told(graph) for graph in found.graphs] == [(OBJECTS, ATTRIBUTES, RELATIONS)]
    assert list(found.left_out) == [f"asked again for objects: {reason}"]
    first, second = writer.asked[:2]
    assert (first.attempt, first.temperature) == (0, 0.0)
    assert second.attempt == 1 and second.temperature > 0 and second.max_new_tokens == 2 * first.max_new_tokens
    assert (reason in second.prompt) is not isinstance(reply, Written) or reply == ""


def test_without_attributes_or_relations_a_graph_goes_without() -> None:
    found = extracted(attributes="Red.", relations="On.")
    assert [told(graph) for graph in found.graphs] == [(OBJECTS, [], [])]
    assert found.left_out == {
        "attributes: prose instead of JSON": ["a.jpg: Red."],
        "relations: prose instead of JSON": ["a.jpg: On."],
    }


def test_a_fence_is_read() -> None:
    assert extracted(objects=f"```json\n{objects(*OBJECTS)}\n```").left_out == {}


def test_a_caption_that_names_no_object_is_listed_and_not_asked_about_again() -> None:
    writer = ScriptedWriting(lambda request: objects())
    found = extract_graphs([CAT], writer)
    assert (found.graphs, found.left_out) == ((), {"the caption names no object": ["a.jpg"]})
    assert len(writer.asked) == 1


def test_a_caption_of_which_no_object_is_left_is_listed() -> None:
    found = extracted(objects=objects(("unicorn", 1)))
    assert found.graphs == ()
    assert found.left_out == {
        "objects: the caption does not name it": ["a.jpg: unicorn"],
        "objects: none is left": ["a.jpg"],
    }


def test_an_empty_caption_is_listed_and_nothing_asked() -> None:
    writer = ScriptedWriting(lambda request: objects())
    found = extract_graphs([CaptionedImage("a.jpg", " \n", "")], writer)
    assert (found.left_out, writer.asked) == ({"the caption is empty": ["a.jpg"]}, [])


def test_one_object_has_no_relations_to_ask_for() -> None:
    writer = ScriptedWriting(by_stage({"objects": objects(("cat", 1)), "attributes": attributes()}))
    extract_graphs([CAT], writer)
    assert [request.purpose for request in writer.asked] == ["objects", "attributes"]


def test_the_order_in_which_replies_arrive_changes_nothing() -> None:
    captions = [CAT._replace(image=f"{n}.jpg", caption=f"{CAPTION} Number {n}.") for n in range(20)]

    def script(request: TextRequest) -> str | Written:
        number = int(request.prompt.split("Number ")[1].split(".")[0])
        if number % 3 == 0 and (request.attempt == 0 or number % 2 == 0):
            return ["prose", "", '{"', Written("", "the model refused: no")][number % 4]
        return by_stage({})(request)

    found = [extract_graphs(captions, ScriptedWriting(script, seed)) for seed in (None, 1, 2)]
    assert found[0] == found[1] == found[2]
    assert list(found[0].left_out) == list(found[1].left_out)
    # 0, 6, 12, 18 are never read; 3, 9, 15 at the second attempt
    assert len(found[0].graphs) == 16


def test_a_reply_that_never_comes_is_a_problem_like_others() -> None:
    class Losing(ScriptedWriting):
        def write(self, requests: Any) -> Any:
            return iter([(place, each) for place, each in super().write(requests) if place])

    found = extract_graphs([CAT, CAT._replace(image="b.jpg")], Losing(by_stage({})), attempts=1)
    assert [graph.image for graph in found.graphs] == ["b.jpg"]
    assert found.left_out == {
        "objects: there is no reply": ["a.jpg"],
        "attributes: there is no reply": ["b.jpg"],
        "relations: there is no reply": ["b.jpg"],
    }


def test_progress_is_told_after_each_reply() -> None:
    heard: list[Done] = []
    extract_graphs([CAT], ScriptedWriting(by_stage({})), progress=heard.append)
    assert heard == [Done(stage, 1, 1) for stage in ("objects", "attributes", "relations")]


def test_no_attempts_are_refused() -> None:
    with pytest.raises(RequestError, match="0 attempts"):
        extract_graphs([CAT], ScriptedWriting(by_stage({})), attempts=0)


def test_the_first_pass_is_known_before_anything_is_asked() -> None:
    writer = ScriptedWriting(by_stage({}))
    extract_graphs([CAT], writer)
    empty = CaptionedImage("b.jpg", "", "")
    assert list(extraction_requests([CAT, empty])) == writer.asked[:1]
    estimated = estimated_requests([CAT, empty])
    assert [request.purpose for request in estimated] == ["objects", "attributes", "relations"]
    assert "Objects: cat" in estimated[1].prompt


@pytest.mark.parametrize("stage", list(TASKS))
def test_the_examples_that_a_model_is_given_pass_the_checks(stage: str) -> None:
    for example in EXAMPLES[stage]:
        known = objects(*example.objects) if example.objects else json.dumps(example.reply)
        replies = {"objects": known, "attributes": attributes(), "relations": relations()}
        replies[stage] = json.dumps(example.reply)
        caption = CaptionedImage("a.jpg", example.caption, "")
        found = extract_graphs([caption], ScriptedWriting(lambda request, own=replies: own[request.purpose]))
        assert set(found.left_out) <= {"the caption names no object"}
        shown = f"{caption_prompt(example.caption, example.objects)} {json.dumps(example.reply)}"
        assert shown in TASKS[stage]
