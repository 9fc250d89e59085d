"""Elements of scene graphs, and the file that keeps them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from small_scenes import elements, scene

from sightline.core import Attribute, Presence, Relation
from sightline.errors import DataError
from sightline.queries.discriminator import Judged
from sightline.queries.element import Element, differs_in, elements_of
from sightline.queries.elements_file import Kept, elements_bytes, read_elements
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph


def test_every_claim_of_a_scene_is_one_element() -> None:
    assert [(element.kind, element.key) for element in elements_of(scene())] == [
        ("object", "a.jpg/object/1"),
        ("object", "a.jpg/object/2"),
        ("object", "a.jpg/object/3"),
        ("object", "a.jpg/object/4"),
        ("attribute", "a.jpg/attribute/1/red"),
        ("attribute", "a.jpg/attribute/1/large"),
        ("attribute", "a.jpg/attribute/2/blue"),
        ("attribute", "a.jpg/attribute/2/striped"),
        ("attribute", "a.jpg/attribute/4/green"),
        ("relation", "a.jpg/relation/1/left of/2"),
        ("relation", "a.jpg/relation/1/above/3"),
        ("relation", "a.jpg/relation/2/on/4"),
    ]


def test_what_two_objects_of_one_name_have_in_common_is_asked_about_once() -> None:
    objects = (GraphObject("1", "cup", ("red",)), GraphObject("2", "cup", ("red", "old")), GraphObject("3", "sofa"))
    relations = (GraphRelation("1", "on", "3"), GraphRelation("2", "on", "3"), GraphRelation("1", "near", "1"))
    claims = [element.claim for element in elements_of(SceneGraph("a.jpg", objects, relations))]
    assert claims == [
        *(Presence("cup"), Presence("sofa"), Attribute("cup", "red"), Attribute("cup", "old")),
        Relation("cup", "on", "sofa"),
    ]


def test_what_is_hardly_visible_is_no_element_and_nothing_is_said_of_it() -> None:
    hidden = replace(scene().objects[1], clear=False)
    graph = replace(scene(), objects=(scene().objects[0], hidden, *scene().objects[2:]))
    assert not any(
        "cup" in (getattr(element.claim, "object", ""), getattr(element.claim, "subject", ""))
        for element in elements_of(graph)
    )


def test_claims_differ_in_fields_or_in_kind() -> None:
    assert differs_in(Presence("cup"), Presence("cup")) == ()
    assert differs_in(Presence("cup"), Attribute("cup", "red")) == ("kind",)
    assert differs_in(Relation("cup", "on", "sofa"), Relation("cat", "on", "mat")) == ("subject", "object")


def test_the_file_of_elements_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    refused = {"claim": {"kind": "presence", "object": "mug"}, "by": "statistics", "reason": "it may hold"}
    first, second, *others = elements(scene())
    kept = [
        Kept(first, Judged((0.7, 0.1, 0.1, 0.05, 0.05)), 2, (refused,)),
        Kept(second.with_negatives(()), Judged(()), 3),
        *map(Kept, others),
    ]
    path = tmp_path / "elements.jsonl"
    path.write_bytes(elements_bytes(kept))
    assert read_elements(path) == kept
    assert elements_bytes(read_elements(path)) == path.read_bytes()
    judged = json.loads(path.read_text().splitlines()[0])["judged"]
    # -(.7 ln .7 + 2 * .1 ln .1 + 2 * .05 ln .05) / ln 5 = (.24967 + .46052 + .29957) / 1.60944
    assert judged["entropy"] == pytest.approx(0.6274, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"claim": {"kind": "colour"}}, "claim kind is 'colour'"),
        ({"claim": None}, "elements.jsonl:1: a field is of another kind than in a file of elements"),
        ({"negatives": None}, "elements.jsonl:1: a field is of another kind than in a file of elements"),
        ({"negatives": [{"claim": {"kind": "presence", "object": "dog"}}]}, "there is no 'by'"),
        ({"judged": {"entropy": 0.4, "round": 1}}, "there is no 'shares'"),
        ({"judged": {"shares": ["much"], "round": 1}}, "could not convert string to float: 'much'"),
    ],
)
def test_a_line_that_is_no_element_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    path = tmp_path / "elements.jsonl"
    record = json.loads(elements_bytes([Kept(elements(scene())[0])]))
    path.write_text(json.dumps(record | change) + "\n")
    with pytest.raises(DataError, match=re.escape(problem)) as error:
        read_elements(path)
    assert "sightline build finer writes such files (elements.jsonl)." in str(error.value)
    del record["subject"]
    path.write_text(json.dumps(record) + "\n")
    with pytest.raises(DataError, match=r"elements.jsonl:1: there is no 'subject'"):
        read_elements(path)


def test_an_element_without_negatives_is_an_element() -> None:
    element = Element("a.jpg", Presence("cup"), "1")
    assert element.with_negatives(()).negatives == ()
    assert element.key == "a.jpg/object/1"
