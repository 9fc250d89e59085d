"""Phrases and edits that a language model writes, through a server that makes every kind of mistake."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import Asked, ChatServer, Sent, fails, says

from sightline.core import Attribute, Presence, Relation
from sightline.models.chat_client import ChatClient
from sightline.preferences.finer.checks import (
    ANOTHER_CHANGED,
    COUNT_CHANGED,
    EMPTY,
    MISALIGNED,
    NOTHING_CHANGED,
    SAME_UNITS,
    SAYS_MORE,
    SEVERAL_CHANGED,
    TOO_MANY,
    why_misaligned,
    why_no_edit,
    why_no_phrase,
    why_not_false,
)
from sightline.preferences.finer.drawn import Drawn, Phrasing
from sightline.preferences.finer.phrases import KINDS, MOST, Edit
from sightline.preferences.finer.prompts import EDIT_EXAMPLES, PHRASE_EXAMPLES, edit_reply, edit_task, phrase_task
from sightline.preferences.finer.replies import EDITS, PHRASES, About, edited, phrases_of
from sightline.preferences.finer.written import MORE_WRITTEN, NONE_GIVEN, NONE_PASSED, write_edits, written_requests
from sightline.queries.rules import IMPLIED, IN_CAPTION, IN_SCENE, SYNONYM
from sightline.queries.scene_facts import facts_of
from sightline.queries.stated import Stated
from sightline.scenes.scene_graphs import CaptionedImage, captioned_graph

CAPTION = "In scene {n} a man holds a blue kite. Two grey dogs sit on a red sofa, and a lamp is behind the sofa."


def thing(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": name, "number": number, **more}


def phrases(*written: Any) -> str:
    return json.dumps({"phrases": list(written)})


GOOD = {
    "object": {"objects": [thing("The man"), thing("dogs", 2), thing("sofa")]},
    "attribute": {"object": thing("sofa"), "attributes": ["is red"]},
    "relation": {
        "subject": thing("dog", 2),
        "relations": [{"predicate": "sit on", "object": thing("sofa")}],
    },
    "what": {
        "subject": thing("man", attributes=[]),
        "predicate": "holds",
        "object": thing("kite", attributes=["blue"]),
    },
}
INSTEAD = {
    "man": "woman",
    "dog": "horse",
    "sofa": "bench",
    "red": "green",
    "blue": "yellow",
    "sitting on": "standing on",
}
KIND = re.compile(r"(object|attribute|relation|what)_(phrases|edits)")


def kind_and_step(asked: Asked) -> tuple[Any, str]:
    found = KIND.fullmatch(asked.body["response_format"]["json_schema"]["name"])
    assert found is not None
    return found[1], found[2]


def told_units(prompt: str) -> list[str]:
    (line,) = re.findall(r"^(?:Objects|Attributes|Relations).*?: (.*)$", prompt, re.MULTILINE)
    return [re.sub(r" \(\w+\)$", "", part) for part in re.split(r"(?:, )?\d+\. ", line)[1:]]


def well_edited(prompt: str) -> list[str]:
    """The units, with the one that is to be changed put right: wrong, as it should be."""
    units = told_units(prompt)
    ((part, place),) = re.findall(r"^Change: (.*?)(\d+)$", prompt, re.MULTILINE)
    before = units[int(place) - 1]
    if "/" not in before:
        return [*units[: int(place) - 1], INSTEAD[before], *units[int(place) :]]
    predicate, other = before.split(" / ")
    after = f"{INSTEAD[predicate]} / {other}" if "between" in part else f"{predicate} / {INSTEAD[other]}"
    return [*units[: int(place) - 1], after, *units[int(place) :]]


def as_edit(kind: str, units: list[str]) -> str:
    if kind == "relation":
        pairs = [unit.split(" / ") for unit in units]
        return json.dumps({"relations": [{"predicate": p, "object": o} for p, o in pairs]})
    return json.dumps({"objects" if kind == "object" else "attributes": units})


def good(asked: Asked) -> Sent:
    kind, step = kind_and_step(asked)
    return says(phrases(GOOD[kind]) if step == "phrases" else as_edit(kind, well_edited(asked.prompt)))


def captions(number: int) -> list[CaptionedImage]:
    return [CaptionedImage(f"{n}.jpg", CAPTION.format(n=n), f"captions.jsonl:{n + 1}") for n in range(number)]


def written(script: Callable[[Asked], Sent], number: int = 1, how: Phrasing | None = None) -> Drawn:
    with ChatServer(script) as server, ChatClient(server.base_url, "tiny", retries=0) as client:
        return write_edits(captions(number), client, how)


def of_kind(drawn: Drawn, kind: str) -> list[Edit]:
    return [edit for edit in drawn.edits if edit.phrase.kind == kind]


def test_a_model_that_does_as_it_is_told_gives_one_edit_of_each_kind_and_caption() -> None:
    drawn = written(good, 12)
    assert [(edit.phrase.image, edit.phrase.kind) for edit in drawn.edits] == [
        (f"{n}.jpg", kind) for n in range(12) for kind in KINDS
    ]
    assert (drawn.rejected, drawn.left_out) == ([], {})
    for edit in drawn.edits:
        assert why_no_edit(edit.phrase, edit.negative, edit.slot) == ""
        assert (edit.by, edit.twin) == ("tiny", f"{edit.phrase.kind}/0")
    assert of_kind(drawn, "object")[3].source == "captions.jsonl:4"


def test_names_and_numbers_are_written_as_scene_graphs_have_them() -> None:
    drawn = written(good)
    objects, attribute, relation, what = (of_kind(drawn, kind)[0].phrase for kind in KINDS)
    assert [unit.claim for unit in objects.units] == [Presence("man"), Presence("dog"), Presence("sofa")]
    assert [unit.number for unit in objects.units] == [1, 2, 1]
    assert [unit.claim for unit in attribute.units] == [Attribute("sofa", "red")]
    assert [unit.claim for unit in relation.units] == [Relation("dog", "sitting on", "sofa")]
    assert what.beside is not None and what.of is not None
    assert (what.of.name, what.beside.predicate, what.beside.other.name, what.beside.end) == (
        *("kite", "holding", "man"),
        "subject",
    )


def test_code_draws_the_slot_and_each_comes_up() -> None:
    edits = written(good, 40).edits
    slots = Counter(edit.slot for edit in edits if edit.phrase.kind == "object")
    assert slots.keys() == {0, 1, 2} and min(slots.values()) > 5
    changed = Counter(type(edit.negative.units[0].claim) for edit in edits if edit.phrase.kind == "relation")
    assert changed == {Relation: 40}
    fields = Counter(
        edit.negative.units[0].claim.object == "sofa"  # type: ignore[union-attr]
        for edit in edits
        if edit.phrase.kind == "relation"
    )
    assert fields.keys() == {True, False}, "once the predicate is changed, once its object"


def test_the_editor_sees_the_caption_for_every_kind() -> None:
    with ChatServer(good) as server, ChatClient(server.base_url, "tiny") as client:
        write_edits(captions(1), client)
        edits = [asked for asked in server.asked if kind_and_step(asked)[1] == "edits"]
    assert len(edits) == 4
    assert all(f"Caption: {CAPTION.format(n=0)}" in asked.prompt for asked in edits)


DEFECTS: dict[str, tuple[str, list[str]]] = {
    NOTHING_CHANGED: ("attribute", ["red"]),
    SEVERAL_CHANGED: ("relation", ["standing on / bench"]),
    COUNT_CHANGED: ("attribute", ["green", "large"]),
    SYNONYM: ("attribute", ["crimson"]),
    SAYS_MORE: ("attribute", ["green sofa"]),
}


@pytest.mark.parametrize("reason", DEFECTS)
def test_an_edit_with_a_defect_is_refused_asked_for_once_more_with_the_reason_and_given_up(reason: str) -> None:
    kind, units = DEFECTS[reason]
    prompts: list[str] = []

    def script(asked: Asked) -> Sent:
        if kind_and_step(asked) != (kind, "edits"):
            return good(asked)
        prompts.append(asked.prompt)
        return says(as_edit(kind, units))

    drawn = written(script)
    assert [(each.kind, each.reason, each.attempt, each.by) for each in drawn.rejected] == [
        (kind, reason, attempt, "tiny") for attempt in (1, 2)
    ]
    assert not of_kind(drawn, kind) and len(drawn.edits) == 3
    assert drawn.left_out == {NONE_PASSED.format(kind=kind): ["0.jpg"]}
    assert len(prompts) == 2 and reason in prompts[1] and reason not in prompts[0]


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        ("sofa", IN_SCENE),
        ("lamps", IN_SCENE),
        ("shirt", IMPLIED),
        ("brown horse", SAYS_MORE),
    ],
)
def test_what_the_caption_or_scene_has_cannot_be_put_in(instead: str, reason: str) -> None:
    """One object, so that its slot is known."""

    def script(asked: Asked) -> Sent:
        kind, step = kind_and_step(asked)
        if kind != "object":
            return says(phrases())
        return says(phrases({"objects": [thing("man")]}) if step == "phrases" else as_edit(kind, [instead]))

    drawn = written(script)
    assert {each.reason for each in drawn.rejected} == {reason}
    assert not drawn.edits


def test_what_only_the_caption_says_cannot_be_put_in_either() -> None:
    """The reader without a language model finds no unicycle, since it only may be there; the caption names it."""
    caption = CaptionedImage("a.jpg", "A clown stands on a stage. There is no unicycle to be seen.", "")

    def script(asked: Asked) -> Sent:
        kind, step = kind_and_step(asked)
        if kind != "object":
            return says(phrases())
        return says(phrases({"objects": [thing("clown")]}) if step == "phrases" else as_edit(kind, ["unicycle"]))

    with ChatServer(script) as server, ChatClient(server.base_url, "tiny", retries=0) as client:
        drawn = write_edits([caption], client)
    assert {each.reason for each in drawn.rejected} <= {IN_CAPTION, IN_SCENE} and drawn.rejected


def test_an_edit_of_another_unit_than_the_drawn_one_is_refused() -> None:
    def script(asked: Asked) -> Sent:
        if kind_and_step(asked) != ("object", "edits"):
            return good(asked)
        place = int(re.findall(r"^Change: (\d)$", asked.prompt, re.MULTILINE)[0]) - 1
        units = told_units(asked.prompt)
        units[(place + 1) % 3] = "parrot"
        return says(as_edit("object", units))

    drawn = written(script, 6)
    assert Counter(each.reason for each in drawn.rejected) == {ANOTHER_CHANGED: 12}


BAD_PHRASES = {
    MISALIGNED: {"objects": [thing("man"), thing("unicorn")]},
    EMPTY: {"objects": []},
    SAME_UNITS: {"objects": [thing("sofa"), thing("couch")]},
    TOO_MANY: {"objects": [thing(name) for name in ("man", "kite", "dog", "sofa", "lamp", "scene", "man")]},
}


@pytest.mark.parametrize("reason", BAD_PHRASES)
def test_a_phrase_with_a_defect_is_refused_and_asked_for_once_more(reason: str) -> None:
    times: Counter[str] = Counter()

    def script(asked: Asked) -> Sent:
        kind, step = kind_and_step(asked)
        if (kind, step) != ("object", "phrases"):
            return good(asked)
        times[kind] += 1
        return says(phrases(BAD_PHRASES[reason] if times[kind] == 1 else GOOD[kind]))

    drawn = written(script)
    assert [(each.kind, each.reason, each.attempt) for each in drawn.rejected] == [("object", reason, 1)]
    assert len(drawn.edits) == 4


def test_a_row_of_another_caption_never_becomes_a_pair() -> None:
    """As where a batch of replies is shifted by one row."""

    def script(asked: Asked) -> Sent:
        kind, step = kind_and_step(asked)
        if kind != "object":
            return says(phrases())
        return says(phrases({"objects": [thing("violin"), thing("stage")]}) if step == "phrases" else "{}")

    drawn = written(script, 3)
    assert not drawn.edits
    assert Counter(each.reason for each in drawn.rejected) == {MISALIGNED: 6}


def test_a_caption_that_gives_none_is_left_out_and_not_asked_about_again() -> None:
    with ChatServer(lambda asked: says(phrases())) as server, ChatClient(server.base_url, "tiny") as client:
        drawn = write_edits(captions(2), client)
        assert len(server.asked) == 8
    assert drawn.left_out == {NONE_GIVEN.format(kind=kind): ["0.jpg", "1.jpg"] for kind in KINDS}
    assert not drawn.rejected


UNREADABLE: dict[str, Callable[[], Sent]] = {
    "prose instead of JSON": lambda: says("A man and two dogs."),
    "broken JSON": lambda: says("{'phrases': []}"),
    "more after the JSON": lambda: says(f"{phrases()} Done!"),
    "a list instead of an object": lambda: says('["man"]'),
    "the reply was cut off": lambda: says('{"phrases": [{"obj', finish="length"),
    "the reply is empty": lambda: says(""),
    "phrases is missing": lambda: says('{"objects": []}'),
    "phrases[].objects is missing": lambda: says(phrases({"things": []})),
    "phrases[].objects[].number is no whole number": lambda: says(phrases({"objects": [thing("man", "one")]})),  # type: ignore[arg-type]
    "note was not asked for": lambda: says('{"phrases": [], "note": ""}'),
    "the model refused": lambda: says(None, refusal="I cannot help with that."),
    "the server's filter held the reply back": lambda: says(None, finish="content_filter"),
    "the server failed": lambda: fails(500),
    "the connection broke": lambda: says(phrases(), how="cut"),
}


def test_the_run_goes_on_and_every_reply_that_cannot_be_read_is_counted() -> None:
    kinds = list(UNREADABLE)
    times: Counter[int] = Counter()

    def script(asked: Asked) -> Sent:
        scene = int(re.findall(r"scene (\d+)", asked.prompt)[0])
        if kind_and_step(asked) != ("object", "phrases"):
            return good(asked)
        times[scene] += 1
        # the first half is unreadable for ever, the second the first time only
        unreadable = scene < len(kinds) or times[scene] == 1
        return UNREADABLE[kinds[scene % len(kinds)]]() if unreadable else good(asked)

    drawn = written(script, 2 * len(kinds))
    assert Counter(each.reason for each in drawn.rejected) == dict.fromkeys(kinds, 3)
    assert len(of_kind(drawn, "object")) == len(kinds)
    assert len(of_kind(drawn, "what")) == 2 * len(kinds)


def test_several_phrases_of_a_kind_are_asked_for_together_and_no_more_are_taken() -> None:
    three = [{"objects": [thing(name)]} for name in ("man", "dog", "sofa")]

    def script(asked: Asked) -> Sent:
        kind, step = kind_and_step(asked)
        if kind != "object":
            return says(phrases())
        return says(phrases(*three) if step == "phrases" else as_edit(kind, well_edited(asked.prompt)))

    drawn = written(script, how=Phrasing(per_image=2))
    assert [edit.twin for edit in drawn.edits] == ["object/0", "object/1"]
    assert [each.reason for each in drawn.rejected] == [MORE_WRITTEN]


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_that_the_model_is_shown_pass_every_check(kind: Any) -> None:
    for shown in PHRASE_EXAMPLES[kind]:
        reply = PHRASES[kind].model_validate(shown.reply)
        stated = Stated(shown.caption)
        made = list(phrases_of(reply, About("a.jpg", stated, ("subject", "object")), random.Random(0)))
        for phrase in made:
            assert why_no_phrase(phrase, MOST[kind]) == why_misaligned(phrase, stated) == ""
        assert json.dumps(shown.reply) in phrase_task(kind, MOST[kind])
    for example in EDIT_EXAMPLES.get(kind, ()):
        negative = example.phrase.with_claim(example.slot, example.claim)
        reply = EDITS[kind].model_validate(edit_reply(negative))
        assert edited(example.phrase, reply) == negative
        assert why_no_edit(example.phrase, negative, example.slot) == ""
        facts = facts_of(captioned_graph(CaptionedImage("a.jpg", example.caption, "")))
        assert why_not_false(example.claim, example.phrase.units[example.slot].claim, facts) == ""
        assert json.dumps(edit_reply(negative)) in edit_task(kind)


def test_what_is_asked_is_known_before_and_counted_by_kind_and_step() -> None:
    requests = written_requests(captions(5), Phrasing(per_image=2))
    assert Counter(request.purpose for request in requests) == {
        **{f"{kind} phrases": 5 for kind in KINDS},
        **{f"{kind} edits": 10 for kind in KINDS},
    }
