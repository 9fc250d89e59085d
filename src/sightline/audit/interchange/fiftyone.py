"""FiftyOne's JSON: a data set for ``fiftyone.Dataset.from_json``, and what its ``write_json`` writes read back.

One sample for each item, so that several may show one image::

    {"name": "audit", "media_type": "image", "info": {},
     "sample_fields": {"item": "fiftyone.core.fields.StringField", …},
     "samples": [{"filepath": "a.jpg", "tags": [], "item": "0f3a…", "question": "Is there a dog in the image?",
                  "human_1": {"_cls": "Classification", "label": "yes", "tags": [], "by": "ann",
                              "at": "2026-01-05T10:00:00Z", "seconds": 3.2, "note": ""},
                  "adjudicated": {"_cls": "Classification", "label": "yes", "tags": []}}]}

Every field ``human_…`` is one labeller's word on the sample, whoever they are; ``by`` names them. A skip has no label
and the tag "skipped". All other fields come along and are not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sightline.audit.entries import Entry
from sightline.audit.interchange.incoming import Imported, Said, entry_time, imported, person_named, seconds_looked
from sightline.audit.interchange.outgoing import Shown, choices_listed, information, shown
from sightline.audit.items import Item
from sightline.errors import DataError
from sightline.records.json_rows import Layout, encode_rows, read_rows

__all__ = ["fiftyone_dataset", "read_fiftyone"]

_HUMAN = "human_"
_SKIPPED = "skipped"
_TEXT = "fiftyone.core.fields.StringField"
_LABEL = "fiftyone.core.fields.EmbeddedDocumentField(fiftyone.core.labels.Classification)"


def fiftyone_dataset(
    items: Sequence[Item],
    entries: Iterable[Entry] = (),
    adjudicated: Mapping[str, str] = MappingProxyType({}),
    images: str = "",
    with_old: bool = False,
    name: str = "audit",
) -> bytes:
    """Write items as samples, and what labellers said as classifications.

    Args:
        items: what there is to look at.
        entries: all, in their order; what stands of labellers goes out.
        adjudicated: item → what was decided.
        images: what stands before the name of an image; relative names are found with ``from_json(…, rel_dir=FOLDER)``.
        with_old: let the label that is checked go along.
        name: of the data set.
    """
    samples = [_sample(own, adjudicated, images, with_old) for own in shown(items, entries)]
    fields = dict.fromkeys(field for sample in samples for field in sample)
    schema = {f: _LABEL if f.startswith((_HUMAN, *_LABELS)) else _TEXT for f in fields if f not in ("filepath", "tags")}
    whole = {"name": name, "media_type": "image", "sample_fields": schema, "info": {}, "samples": samples}
    return encode_rows([whole], Layout())


_LABELS = ("adjudicated", "old_label")


def _sample(own: Shown, adjudicated: Mapping[str, str], images: str, with_old: bool) -> dict[str, Any]:
    known = information(own.item, adjudicated, with_old)
    return {
        "filepath": images + own.item.image,
        "tags": [],
        "item": own.item.key,
        "question": own.wording,
        **({"choices": choices_listed(own.item)} if own.item.choices else {}),
        **{f"{_HUMAN}{place}": _classification(entry) for place, entry in enumerate(own.entries, start=1)},
        **{name: {"_cls": "Classification", "label": word, "tags": []} for name, word in known.items()},
    }


def _classification(entry: Entry) -> dict[str, Any]:
    label = {"_cls": "Classification", "label": entry.word, "tags": [] if entry.word else [_SKIPPED]}
    return {**label, "by": entry.person, "at": entry.at, "seconds": entry.seconds, "note": entry.note}


def read_fiftyone(
    path: str | Path, items: Sequence[Item], at: str, people: Mapping[str, str] = MappingProxyType({})
) -> Imported:
    """Read what FiftyOne wrote.

    Args:
        path: the file.
        items: what was looked at.
        at: the time of labels that tell none, ISO 8601 in UTC.
        people: who stands in ``by``, or the name of a field without it → name here.

    Raises:
        DataError: the file is broken or another tool's, or says what no labeller of this audit can have said.
    """
    rows = read_rows(path)
    file = rows.source.name
    samples = rows.records[0].get("samples") if len(rows.records) == 1 else None
    if not isinstance(samples, list):
        hint = "Write it in FiftyOne with dataset.write_json(PATH)."
        raise DataError("this is no data set of FiftyOne, which has samples", file=file, hint=hint)
    said = [each for row, sample in enumerate(samples, start=1) for each in _said(sample, at, people, file, row)]
    return imported(said, items, file)


def _said(sample: object, at: str, people: Mapping[str, str], file: str, row: int) -> Iterator[Said]:
    if not isinstance(sample, dict):
        raise DataError(f"sample {row} is {sample!r}, expected its fields", file=file)
    wording = sample.get("question")
    for name, label in sample.items():
        if not name.startswith(_HUMAN) or label is None:
            continue
        if not isinstance(label, dict) or label.get("_cls") != "Classification":
            raise DataError(f"{name} is {label!r}, expected a classification", file=file, row=row)
        word, tags = label.get("label"), label.get("tags") or []
        if (word is None) is not (_SKIPPED in tags):
            problem = f"{name} has the label {word!r} and the tags {tags!r}"
            hint = f"Without a label it is tagged {_SKIPPED!r}; with one it is not."
            raise DataError(problem, file=file, row=row, hint=hint)
        by = label.get("by")
        person = person_named(by or name, people, file, row, own_name=isinstance(by, str) and bool(by))
        time, seconds = entry_time(label.get("at"), at, file, row), seconds_looked(label.get("seconds"), file, row)
        note = str(label.get("note") or "")
        shown_as = wording if isinstance(wording, str) else ""
        yield Said(row, sample.get("item"), person, word, time, seconds, note, shown_as)
