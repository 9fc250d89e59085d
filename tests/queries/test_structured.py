import json

import pytest
from pydantic import BaseModel, ConfigDict

from sightline.queries.structured import CUT_OFF, EMPTY, PROSE, read_structured, schema_of


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    number: int


class Things(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    things: list[Thing]


GOOD = '{"things": [{"name": "cat", "number": 2}]}'
CAT = Things(things=[Thing(name="cat", number=2)])


def test_the_schema_closes_every_object_and_asks_for_every_field() -> None:
    schema = schema_of(Things)
    for object_ in (schema, schema["$defs"]["Thing"]):
        assert object_["additionalProperties"] is False
        assert object_["required"] == list(object_["properties"])
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"<think>Is it a dog? {{}}</think>\n\n{GOOD}",
    ],
)
def test_an_object_is_read_by_itself_in_a_fence_and_after_thinking(text: str) -> None:
    assert read_structured(text, Things) == CAT


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", EMPTY),
        (" \n", EMPTY),
        ("There are two cats.", PROSE),
        (f"Here you are: {GOOD}", PROSE),
        (f"Here you are:\n```json\n{GOOD}\n```", PROSE),
        ('"cat"', PROSE),
        ("null", PROSE),
        ("I'm sorry, but I can't help with that.", PROSE),
        ('[{"name": "cat", "number": 2}]', "a list instead of an object"),
        (f"{GOOD}\nI hope this helps!", "more after the JSON"),
        (f"{GOOD}{GOOD}", "more after the JSON"),
        (GOOD[:-1], CUT_OFF),
        (GOOD[:20], CUT_OFF),
        ("{", CUT_OFF),
        (f"```json\n{GOOD[:20]}", CUT_OFF),
        ("<think>Let me see, the caption says", CUT_OFF),
        ("{'things': []}", "broken JSON"),
        ('{"things": [],}', "broken JSON"),
        ('{"things": ' + "[" * 5000, "broken JSON"),
        ('{"things": NaN}', "broken JSON"),
        ('{"things": [], "things": []}', "things is told twice"),
        ('{"things": [{"name": "cat", "name": "dog", "number": 1}]}', "name is told twice"),
    ],
)
def test_what_is_no_json_object_is_named(text: str, problem: str) -> None:
    assert read_structured(text, Things) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "things is missing"),
        ('{"objects": []}', "things is missing"),
        ('{"things": "cat"}', "things is no list"),
        ('{"things": {"name": "cat", "number": 2}}', "things is no list"),
        ('{"things": ["cat"]}', "things[] is no object"),
        ('{"things": [{"name": "cat"}]}', "things[].number is missing"),
        ('{"things": [{"name": 7, "number": 2}]}', "things[].name is no text"),
        ('{"things": [{"name": null, "number": 2}]}', "things[].name is no text"),
        ('{"things": [{"name": "cat", "number": "2"}]}', "things[].number is no whole number"),
        ('{"things": [{"name": "cat", "number": true}]}', "things[].number is no whole number"),
        ('{"things": [{"name": "cat", "number": 2, "colour": "red"}]}', "things[].colour was not asked for"),
        ('{"things": [], "note": "none seen"}', "note was not asked for"),
        ('{"things": [], "' + "x" * 99 + '": 1}', "x" * 40 + "… was not asked for"),
    ],
)
def test_what_breaks_the_schema_is_named_without_places_in_lists(text: str, problem: str) -> None:
    assert read_structured(text, Things) == problem


def test_a_number_of_ten_thousand_digits_is_read_or_refused_but_no_error() -> None:
    read = read_structured('{"things": [{"name": "cat", "number": ' + "9" * 10_000 + "}]}", Things)
    assert isinstance(read, str | Things)


def test_the_longest_of_names_is_a_text_like_others() -> None:
    read = read_structured(json.dumps({"things": [{"name": "a" * 100_000, "number": 1}]}), Things)
    assert isinstance(read, Things)
