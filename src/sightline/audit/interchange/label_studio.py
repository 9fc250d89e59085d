"""Label Studio's JSON: tasks to import there, with what was said so far as annotations, and its export read back.

A task::

    {"data": {"image": "/data/local-files/?d=a.jpg", "question": "Is there a dog in the image?", "item": "0f3a…",
              "image_name": "a.jpg"},
     "annotations": [{"completed_by": {"email": "ann@example.org"}, "was_cancelled": false, "lead_time": 3.2,
                      "created_at": "2026-01-05T10:00:00Z", "ground_truth": false,
                      "result": [{"id": "1", "from_name": "verdict", "to_name": "image", "type": "choices",
                                  "value": {"choices": ["yes"]}}]}]}

Label Studio skips by cancelling: ``was_cancelled`` is a skip here, never "ambiguous", which is a choice of its own.
``completed_by`` is a number, an address, or absent; who that is must be said, except that an address is a name too.
Predictions and drafts are nobody's verdict. Its short exports (JSON-MIN, CSV) do not tell skips; they are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from sightline.audit.entries import Act, Entry
from sightline.audit.interchange.incoming import (
    Imported,
    Said,
    entry_time,
    imported,
    person_named,
    seconds_looked,
)
from sightline.audit.interchange.outgoing import Shown, choices_listed, information, shown
from sightline.audit.items import Item
from sightline.errors import DataError
from sightline.records.json_rows import Layout, encode_rows, read_rows

__all__ = ["LOCAL_FILES", "label_studio_config", "label_studio_tasks", "read_label_studio"]

LOCAL_FILES = "/data/local-files/?d="
"""What stands before the name of an image that Label Studio serves from its own disk."""

_VERDICT, _NOTE, _IMAGE = "verdict", "note", "image"


def label_studio_config(items: Sequence[Item]) -> str:
    """The labelling configuration that the tasks fit: one choice with a key for each word, and a note."""
    words = dict.fromkeys(word for item in items for word in item.words[:-1])
    keys = {word: word[0].lower() for word in words} | {"ambiguous": "0"}
    choices = "\n".join(f"    <Choice value={quoteattr(word)} hotkey={quoteattr(key)}/>" for word, key in keys.items())
    options = '\n  <Text name="options" value="$choices"/>' if any(item.choices for item in items) else ""
    return f"""<View>
  <Image name="{_IMAGE}" value="$image" zoom="true"/>
  <Header value="$question"/>{options}
  <Choices name="{_VERDICT}" toName="{_IMAGE}" choice="single" required="true" showInLine="true">
{choices}
  </Choices>
  <TextArea name="{_NOTE}" toName="{_IMAGE}" placeholder="Note" maxSubmissions="1"/>
</View>
"""


def label_studio_tasks(
    items: Sequence[Item],
    entries: Iterable[Entry] = (),
    adjudicated: Mapping[str, str] = MappingProxyType({}),
    people: Mapping[str, str] = MappingProxyType({}),
    images: str = LOCAL_FILES,
    with_old: bool = False,
) -> bytes:
    """Write items as tasks, and what labellers said as annotations.

    Args:
        items: what there is to look at.
        entries: all, in their order; what stands of labellers goes out, none for tasks that are to be done blindly.
        adjudicated: item → what was decided; goes along in the task's data, to be read.
        people: name here → address there; Label Studio refuses addresses that it does not know.
        images: what stands before the name of an image.
        with_old: let the label that is checked go along in the task's data, where labellers can see it.
    """
    options = any(item.choices for item in items)  # the configuration then asks for them in every task
    tasks: Iterator[dict[str, Any]] = (
        {
            "data": {
                "image": images + quote(own.item.image),
                "question": own.wording,
                **({"choices": choices_listed(own.item)} if options else {}),
                "item": own.item.key,
                "image_name": own.item.image,
                **information(own.item, adjudicated, with_old),
            },
            "annotations": list(_annotations(own, people)),
        }
        for own in shown(items, entries)
    )
    return encode_rows(tasks, Layout(indent=1))


def _annotations(own: Shown, people: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for entry in own.entries:
        yield {
            "completed_by": {"email": people.get(entry.person, entry.person)},
            "was_cancelled": entry.act is Act.SKIP,
            "ground_truth": False,
            "created_at": entry.at,
            "lead_time": entry.seconds,
            "result": list(_results(entry)),
        }


def _results(entry: Entry) -> Iterator[dict[str, Any]]:
    """The parts of an annotation; their ids are unique over the file."""
    if entry.word is not None:
        yield {"id": f"{entry.number}", **_place(_VERDICT, "choices"), "value": {"choices": [entry.word]}}
    if entry.note:
        yield {"id": f"{entry.number}-note", **_place(_NOTE, "textarea"), "value": {"text": [entry.note]}}


def _place(name: str, kind: str) -> dict[str, str]:
    return {"from_name": name, "to_name": _IMAGE, "type": kind, "origin": "manual"}


def read_label_studio(
    path: str | Path, items: Sequence[Item], at: str, people: Mapping[str, str] = MappingProxyType({})
) -> Imported:
    """Read Label Studio's JSON export.

    Args:
        path: the file.
        items: what was looked at.
        at: the time of annotations that tell none, ISO 8601 in UTC.
        people: address or number there → name here; "none" → who is meant where nobody is named.

    Raises:
        DataError: the file is broken or another tool's, or says what no labeller of this audit can have said.
    """
    rows = read_rows(path)
    file = rows.source.name
    said: list[Said] = []
    drafts = 0
    for task, row in zip(rows.records, rows.numbers, strict=True):
        data, annotations = task.get("data"), task.get("annotations")
        if not isinstance(data, dict) or not isinstance(annotations, list):
            hint = "Export from Label Studio as JSON; its short forms do not tell who skipped what."
            raise DataError(
                f"a task has data and annotations; this one has {', '.join(task)}", file=file, row=row, hint=hint
            )
        drafts += len(task["drafts"]) if isinstance(task.get("drafts"), list) else 0
        for annotation in annotations:
            if not isinstance(annotation, dict):
                raise DataError(f"an annotation is {annotation!r}", file=file, row=row)
            said.append(_said(annotation, data, at, people, file, row))
    return imported(said, items, file, drafts)


def _said(
    annotation: Mapping[str, Any], data: Mapping[str, Any], at: str, people: Mapping[str, str], file: str, row: int
) -> Said:
    results = annotation.get("result")
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise DataError(f"the result of an annotation is {results!r}, expected a list", file=file, row=row)
    word, note = _word(results, file, row), _note(results)
    if annotation.get("was_cancelled"):
        word = None  # what was chosen before it was skipped is no verdict
    elif word is None:
        problem = "an annotation was handed in without a choice"
        raise DataError(problem, file=file, row=row, hint="Choose one there, or skip the task.")
    time = entry_time(annotation.get("created_at"), at, file, row)
    seconds = seconds_looked(annotation.get("lead_time"), file, row)
    person = _person(annotation.get("completed_by"), people, file, row)
    wording = data.get("question")
    return Said(row, data.get("item"), person, word, time, seconds, note, wording if isinstance(wording, str) else "")


def _person(by: object, people: Mapping[str, str], file: str, row: int) -> str:
    """Who annotated: an address is a name as well, a number is not."""
    if isinstance(by, dict):
        named = by.get("email") or by.get("id")
        if str(by.get("id")) in people:
            named = by["id"]
        return person_named(named, people, file, row, own_name=isinstance(named, str))
    return person_named(by, people, file, row, own_name=isinstance(by, str))


def _word(results: Sequence[Mapping[str, Any]], file: str, row: int) -> str | None:
    chosen: list[object] = []
    for result in results:
        value = result.get("value")
        if result.get("type") == "choices" and isinstance(value, dict) and isinstance(value.get("choices"), list):
            chosen += value["choices"]
        elif result.get("type") != "textarea":
            problem = f"a result is of type {result.get('type')!r}, expected choices"
            raise DataError(problem, file=file, row=row, hint="This is a project of another kind.")
    if len(chosen) > 1 or not all(isinstance(word, str) for word in chosen):
        raise DataError(f"the choices are {chosen!r}, expected one", file=file, row=row)
    return str(chosen[0]) if chosen else None


def _note(results: Sequence[Mapping[str, Any]]) -> str:
    """What was written beside the choice; several texts are lines of one."""
    texts: list[str] = []
    for result in results:
        value = result.get("value")
        if result.get("type") == "textarea" and isinstance(value, dict):
            text = value.get("text", [])
            texts += [text] if isinstance(text, str) else [str(line) for line in text]
    return "\n".join(texts)
