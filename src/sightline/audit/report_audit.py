"""What a report says of an audit: labels that turned out wrong, what is ambiguous, how well people agree, what it does.

Everything is counted over distinct items, however many splits ask them. What a single labeller said is not shown.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from sightline.audit.certificate import Pace, People
from sightline.audit.entries import Outcome, Stage, State
from sightline.audit.items import AMBIGUOUS, Item
from sightline.audit.report_corrected import corrected_section
from sightline.audit.status import Status
from sightline.core import Presence
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.report_comparisons import comparisons
from sightline.report.examples import Example, Examples, Exchange
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Facts, Part, Section, Show, Table
from sightline.report.stacked_bars import stacked_bars
from sightline.report.thumbnails import THUMBNAIL_PX, thumbnails
from sightline.stats.intervals import DRAWS

__all__ = [
    "Labeller",
    "Measure",
    "agreement",
    "ambiguous",
    "audit_sections",
    "flips",
    "labellers_of",
    "measures_of",
    "summary",
]


class Measure(NamedTuple):
    """A measure of agreement, as it was computed.

    Args:
        name: "Cohen's kappa", "Krippendorff's alpha".
        value: what it is; None where it cannot be told.
        low: lower end of its 95 % interval, where there is one.
        high: upper end.
        n: items it rests on.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class Labeller(NamedTuple):
    """What is known of one labeller.

    Args:
        name: who.
        verdicts: how many stand.
        agreed: the share of their verdicts, on items that another has looked at, in which both say the same.
        quality: how often they are right by Dawid and Skene's model; None where it was not fitted.
        seconds: the median time for which they looked at an item; None where unknown.
    """

    name: str
    verdicts: int
    agreed: float | None
    quality: float | None
    seconds: float | None


def audit_sections(
    items: Sequence[Item],
    outcomes: Mapping[str, Outcome],
    measures: Sequence[Measure] = (),
    labellers: Sequence[Labeller] = (),
    evaluation: Evaluation | None = None,
    images: Path | None = None,
    reader: str = "strict",
    draws: int = DRAWS,
    seed: int = 0,
) -> Iterator[Section]:
    """Everything that a report says of an audit.

    Args:
        items: what there is to look at.
        outcomes: item → what came of it.
        measures: of agreement; none, and there is no section on it.
        labellers: what is known of each.
        evaluation: models under the old and the new label sets, the old one first: for ranks and how they shift.
        images: the folder of the images, where examples are to be shown.
        reader: of the evaluation.
        draws: bootstrap draws of whole images, for the evaluation.
        seed: of the draws.

    Raises:
        DataError: the folder holds none of the images, or an image is broken.
    """
    yield flips(items, outcomes, images)
    if any(outcome.word == AMBIGUOUS for outcome in outcomes.values()):
        yield ambiguous(items, outcomes)
    if measures or labellers:
        yield agreement(measures, labellers)
    if evaluation is not None:
        yield from comparisons(evaluation, reader, draws, seed)
        yield from corrected_section(evaluation, reader, draws, seed)


def summary(status: Status, items: Sequence[Item], outcomes: Mapping[str, Outcome]) -> Section:
    """Where the audit stands, in a few facts.

    Args:
        status: where it stands.
        items: what there is to look at.
        outcomes: item → what came of it.
    """
    about, states = status.about, status.states
    facts = [
        ("Labels checked", f"{about.label_set}, of {about.benchmark}"),
        ("Items", f"{len(items):,} distinct, about {len({item.image for item in items}):,} images"),
        ("Decided", f"{status.decided:,} ({status.decided / len(items):.1%})"),
        ("Not decided", _undecided(len(items) - status.decided, states[State.CONFLICT], states[State.SEEN_ONCE])),
        ("People", f"{len({who for outcome in outcomes.values() for who in outcome.labels}):,} have labelled"),
    ]
    if status.certificate is not None:
        whole = status.certificate.sides[0]
        for name, found in (("Wrong labels", whole.wrong), ("Ambiguous ones", whole.ambiguous)):
            left = "" if math.isnan(found.left) else f", about {found.left:,.0f} left"
            facts.append((name, f"{found.found:,} found{left}, at most {found.bound:,} left (95 %)"))
    return Section("Summary", parts=(Facts(tuple(facts)),))


def _undecided(number: int, waiting: int, once: int) -> str:
    known = [f"{waiting:,} to be adjudicated"] if waiting else []
    known += [f"{once:,} looked at once"] if once else []
    return f"{number:,}" + (f", of which {', '.join(known)}" if known else "")


def measures_of(people: People) -> tuple[Measure, ...]:
    """How well labellers agree: all of them, and every two."""
    named = {"The same verdict": people.percent, "Krippendorff's alpha": people.alpha}
    named |= {f"Cohen's kappa, {first} and {second}": value for (first, second), value in people.kappas.items()}
    return tuple(
        Measure(name, _known(found.value), _known(found.low), _known(found.high), found.items)
        for name, found in named.items()
    )


def labellers_of(people: People, pace: Iterable[Pace], outcomes: Mapping[str, Outcome]) -> tuple[Labeller, ...]:
    """What is known of each labeller.

    Args:
        people: how well they agree.
        pace: how fast each person is.
        outcomes: item → what came of it.
    """
    seconds = {of.person: of.median_s for of in pace if of.stage is Stage.LABEL}
    verdicts: dict[str, list[bool | None]] = {}
    for outcome in outcomes.values():
        for who, word in outcome.labels.items():
            others = [said for other, said in outcome.labels.items() if other != who]
            verdicts.setdefault(who, []).append(word == others[0] if others else None)
    return tuple(
        Labeller(name, len(own), _share(own), _quality(people, name), _known(seconds.get(name, math.nan)))
        for name, own in sorted(verdicts.items())
    )


def _share(same: Iterable[bool | None]) -> float | None:
    known = [each for each in same if each is not None]
    return sum(known) / len(known) if known else None


def _quality(people: People, name: str) -> float | None:
    own = people.quality.labellers.get(name)
    return None if own is None else _known(own.accuracy)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


_BECAME = ("confirmed", "another", AMBIGUOUS, "not decided")


def _became(item: Item, outcome: Outcome | None) -> str:
    """What became of a label."""
    word = outcome.word if outcome else None
    if word is None:
        return "not decided"
    return AMBIGUOUS if word == AMBIGUOUS else "confirmed" if word == item.old else "another"


def flips(items: Sequence[Item], outcomes: Mapping[str, Outcome], images: Path | None = None, most: int = 6) -> Section:
    """What became of the old labels, and examples of those that changed.

    Args:
        items: what there is to look at.
        outcomes: item → what came of it.
        images: the folder of the images, where examples are to be shown.
        most: examples of each kind of change.

    Raises:
        DataError: the folder holds none of the images, or an image is broken.
    """
    kinds: dict[str, list[Item]] = {}
    counts: dict[str, dict[str, int]] = {}
    for item in items:
        became = _became(item, outcomes.get(item.key))
        of_label = counts.setdefault(item.old or "no label", dict.fromkeys(_BECAME, 0))
        of_label[became] += 1
        if became in ("another", AMBIGUOUS):
            kinds.setdefault(f"{item.old or 'no label'}→{outcomes[item.key].word}", []).append(item)
    decided = sum(sum(of[became] for became in _BECAME[:-1]) for of in counts.values())
    changed = sum(len(own) for own in kinds.values())
    prose = [f"Of {len(items):,} distinct items {decided:,} are decided; {changed:,} of them have another label now."]
    rows = [{"label": label, "n": sum(of.values()), **of} for label, of in sorted(counts.items(), reverse=True)]
    parts: list[Part] = [Table("audit_labels", "What became of the old labels", pa.Table.from_pylist(rows), _LABELS)]
    if changed:
        cards, note = _cards(kinds, outcomes, images, most)
        prose += note
        parts += cards
        parts.append(_list_of(kinds, outcomes))
    return Section("Labels that changed", tuple(prose), tuple(parts))


_LABELS = (
    Column("label", "Old label"),
    Column("n", "Items", Show.COUNT),
    Column("confirmed", "Confirmed", Show.COUNT),
    Column("another", "Wrong", Show.COUNT, note="another word was found to be right"),
    Column(AMBIGUOUS, "Ambiguous", Show.COUNT),
    Column("not decided", "Not decided", Show.COUNT, note="keep their old label"),
)


def _ordered(kinds: Mapping[str, Sequence[Item]]) -> list[tuple[str, Sequence[Item]]]:
    """Kinds of change: wrong labels first, then ambiguous ones; among them the largest first."""
    return sorted(kinds.items(), key=lambda kind: (kind[0].endswith(AMBIGUOUS), -len(kind[1]), kind[0]))


def _arrow(kind: str) -> str:
    return kind.replace("→", " → ")


def _cards(
    kinds: Mapping[str, Sequence[Item]], outcomes: Mapping[str, Outcome], images: Path | None, most: int
) -> tuple[list[Part], list[str]]:
    """Examples of each kind, and a sentence where some of their images are not there."""
    if images is None:
        return [], []
    found = thumbnails(images, (item.image for own in kinds.values() for item in own), THUMBNAIL_PX)
    parts: list[Part] = []
    for kind, own in _ordered(kinds):
        there = [item for item in own if item.image in found.found][:most]
        cards = tuple(_card(item, outcomes[item.key], found.found[item.image]) for item in there)
        if cards:
            parts.append(Examples(f"{_arrow(kind)}: {len(cards)} of {len(own):,}", cards))
    if not found.absent:
        return parts, []
    whole = len(found.found) + len(found.absent)
    told = (
        f"{len(found.absent):,} of {whole:,} images are not in the folder that was given, {found.absent[0]} among them."
    )
    return parts, [told]


def _card(item: Item, outcome: Outcome, image: bytes) -> Example:
    options = f" {' / '.join(item.choices)}" if item.choices else ""
    note = "decided by an adjudicator" if outcome.state is State.ADJUDICATED else f"{len(outcome.labels)} people agree"
    said = f"Labelled {item.old or 'nothing'}, found to be {outcome.word}."
    return Example(image, (Exchange(item.text + options, said, note=note),), title=item.image)


def _list_of(kinds: Mapping[str, Sequence[Item]], outcomes: Mapping[str, Outcome]) -> Table:
    rows = [
        {
            "change": _arrow(kind),
            "image": item.image,
            "question": item.text,
            "state": outcomes[item.key].state.value,
            "ids": " ".join(item.questions),
        }
        for kind, own in _ordered(kinds)
        for item in own
    ]
    columns = (
        Column("image", "Image", Show.CODE),
        Column("question", "Question"),
        Column("state", "Decided", note="agreed by labellers, or adjudicated"),
        Column("ids", "Asked as", Show.CODE),
    )
    return Table("audit_changes", "Every label that changed", pa.Table.from_pylist(rows), columns, "change", True)


def ambiguous(items: Sequence[Item], outcomes: Mapping[str, Outcome], most: int = 12) -> Section:
    """Which objects cannot be told, and how often.

    Args:
        items: what there is to look at.
        outcomes: item → what came of it.
        most: objects in the figure; the table has all.
    """
    counts: dict[str, dict[str, int]] = {}
    for item in items:
        became = _became(item, outcomes.get(item.key))
        if became != "not decided":
            of = counts.setdefault(_object(item), dict.fromkeys(_BECAME[:-1], 0))
            of[became] += 1
    told = {name: of for name, of in counts.items() if of[AMBIGUOUS]}
    order = sorted(told, key=lambda name: (-told[name][AMBIGUOUS], name))
    number = sum(of[AMBIGUOUS] for of in told.values())
    half = _fewest(told, order, number)
    prose = (
        f"{number:,} of the {sum(sum(of.values()) for of in counts.values()):,} items that are decided are ambiguous; "
        f"half of them are about {half:,} of {len(counts):,} objects.",
    )
    rows = [
        {"object": name, "n": (n := sum(told[name].values())), **told[name], "share": told[name][AMBIGUOUS] / n}
        for name in order
    ]
    table = Table("audit_objects", "By object", pa.Table.from_pylist(rows), _OBJECTS, folded=len(rows) > most)
    shares = _shares(told, order[:most])
    figure = figure_of(
        "audit_ambiguous",
        "What became of the labels, by object; those that are most often ambiguous",
        partial(stacked_bars, shares, measure="Labels"),
    )
    return Section("Ambiguous", prose, (figure, table))


_OBJECTS = (
    Column("object", "Object"),
    Column("n", "Decided", Show.COUNT),
    Column(AMBIGUOUS, "Ambiguous", Show.COUNT),
    Column("share", "Ambiguous, %", Show.PERCENT),
    Column("another", "Wrong", Show.COUNT),
    Column("confirmed", "Confirmed", Show.COUNT),
)


def _object(item: Item) -> str:
    """What an item asks about, so that alike ones come together."""
    if isinstance(item.claim, Presence):
        return item.claim.object
    if item.claim is not None:
        return item.claim.kind
    return item.splits[0] if item.splits else "questions with choices"


def _fewest(told: Mapping[str, Mapping[str, int]], order: Iterable[str], number: int) -> int:
    """How few objects hold half of what is ambiguous."""
    held = 0
    for place, name in enumerate(order, start=1):
        held += told[name][AMBIGUOUS]
        if 2 * held >= number:
            return place
    return 0


def _shares(told: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> pa.Table:
    words = {AMBIGUOUS: AMBIGUOUS, "another": "wrong", "confirmed": "right"}
    rows: list[dict[str, Any]] = []
    for name in names:
        n = sum(told[name].values())
        rows += [{"set": name, "category": words[b], "share": told[name][b] / n, "n": n} for b in words]
    return pa.Table.from_pylist(rows)


def agreement(measures: Sequence[Measure], labellers: Sequence[Labeller]) -> Section:
    """How well labellers agree, as it was computed.

    Args:
        measures: of their agreement.
        labellers: what is known of each.
    """
    parts: list[Part] = []
    if measures:
        of_measures = _table(measures, _MEASURE_TYPES)
        parts.append(Table("audit_agreement", "Agreement of labellers", of_measures, _MEASURE_COLUMNS))
    if labellers:
        parts.append(Table("audit_labellers", "Labellers", _table(labellers, _LABELLER_TYPES), _LABELLER_COLUMNS))
    prose = "Labellers see neither each other's verdicts nor the old label. Intervals are of 95 %."
    return Section("Agreement", (prose,), tuple(parts))


_MEASURE_COLUMNS = (
    Column("name", "Measure"),
    Column("value", "Value", Show.NUMBER, ("low", "high")),
    Column("n", "Items", Show.COUNT, note="that more than one person has looked at"),
)
_LABELLER_COLUMNS = (
    Column("name", "Labeller"),
    Column("verdicts", "Verdicts", Show.COUNT),
    Column("agreed", "Agree, %", Show.PERCENT, note="of those whose item another has looked at too"),
    Column("quality", "Right, %", Show.PERCENT, note="by Dawid and Skene's model"),
    Column("seconds", "Seconds", Show.NUMBER, note="median time for an item"),
)
_MEASURE_TYPES = pa.schema(
    [("name", pa.string()), *((name, pa.float64()) for name in ("value", "low", "high")), ("n", pa.int64())]
)
_LABELLER_TYPES = pa.schema(
    [
        ("name", pa.string()),
        ("verdicts", pa.int64()),
        *((name, pa.float64()) for name in ("agreed", "quality", "seconds")),
    ]
)


def _table(rows: Sequence[Measure] | Sequence[Labeller], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([row._asdict() for row in rows], schema=schema)
