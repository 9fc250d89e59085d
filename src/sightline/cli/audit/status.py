"""``sightline audit status``."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, command, shown

if TYPE_CHECKING:
    from sightline.audit.certificate import Cost, Found, Pace, Side
    from sightline.audit.status import Status
    from sightline.stats.agreement import Agreement

__all__ = ["register"]

_PAIRS = 10
"""Pairs of labellers that are shown."""
_FEW = 30
"""With fewer control items than these, a bound says little."""


def register(app: App) -> None:
    """Add the verb."""
    app.command(status)


def status(where: Where, *, json: Annotated[Path | None, Parameter(name="--json", show_default=False)] = None) -> None:
    """Say what an audit found, what is probably left, how well people agree, and what finishing would cost.

    What is left is told by the control sample, which is drawn at random from all items: an estimate, and a bound that
    holds with 95 %. Beside it stand Cohen's kappa, Krippendorff's alpha, the quality of each labeller by the model of
    Dawid and Skene, and the time of a look.

    Parameters
    ----------
    json
        Also write everything into this file, every pair of labellers and their confusions included.
    """
    from sightline.audit.status import status_of, status_record
    from sightline.audit.store import Store
    from sightline.cli.tables import console, notes, print_named, show

    with Store.open(where) as store:
        found = status_of(store)
    print_named(_head(where, found))
    screen = console()
    if found.certificate is not None:
        show(screen, *(_labels(found.certificate.sides, columns) for columns in _NARROWER))
    notes(screen, _label_notes(where, found))
    if found.people is not None:
        show(screen, _agreement(found))
        notes(screen, _agreement_notes(found))
        if found.certificate is not None and found.certificate.pace:
            show(screen, *(_labellers(found, found.certificate.pace, more) for more in (2, 1, 0)))
        notes(screen, _labeller_notes(found))
    if json is not None:
        from json import dumps

        from sightline.records.atomic import write_bytes

        write_bytes(json, (dumps(status_record(found), indent=1) + "\n").encode())
        notes(screen, [f"Written to {json}"])


def _head(where: str, found: "Status") -> dict[str, str]:
    from sightline.audit.entries import State

    about = found.about
    waiting = found.states[State.CONFLICT], found.states[State.SEEN_ONCE]
    counts = [f"{found.decided:,} of {found.items:,} items decided ({_percent(found.decided / found.items)})"]
    counts += [f"{n:,} {what}" for n, what in zip(waiting, ("to be adjudicated", "looked at once"), strict=True) if n]
    lines = {
        "audit": shown(where),
        "checks": f"{about.label_set}, labels of {about.benchmark}, by {about.looks} {_labellers_each(about.looks)}",
        "looked at": ", ".join(counts),
        "order": _order(found),
    }
    if found.certificate is not None:
        lines["to finish"] = _cost(found.certificate.cost, found.decided)
    return lines


def _labellers_each(looks: int) -> str:
    return "labeller each" if looks == 1 else "labellers each"


def _order(found: "Status") -> str:
    drawn = f"{found.drawn:,} items of the control sample are decided"
    if not found.rankings:
        return f"drawn at random; there is no ranking yet. {drawn}"
    last = found.rankings[-1]
    return f"ranking {last.number} of {last.at[:16].replace('T', ' ')} UTC ({last.made}). {drawn}"


def _cost(cost: "Cost", decided: int) -> str:
    judged = f"about {cost.adjudications:,} decisions" if decided else "as yet unknown decisions"
    looks = f"{cost.looks:,} looks and {judged} of an adjudicator"
    if not cost.looks and not cost.adjudications:
        return "nothing: all items are decided"
    if math.isnan(cost.hours):
        return f"{looks}; no time has been measured yet"
    hours = f"{60 * cost.hours:.0f} minutes" if cost.hours < 1 else f"{cost.hours:,.1f} hours"
    return f"{looks}, about {hours} of people's time at the pace so far"


_NARROWER = (
    ("items", "decided", "found", "left", "at most", "at any time", "share found", "at least"),
    ("items", "decided", "found", "left", "at most", "share found"),
    ("decided", "found", "left", "at most"),
)
"""The columns in narrower and narrower windows."""


def _labels(sides: Sequence["Side"], columns: Sequence[str]) -> Any:
    from sightline.cli.tables import plain_table

    rows: list[list[str]] = []
    for kind in ("wrong", "ambiguous"):
        rows += [[]] if rows else []
        for place, side in enumerate(sides):
            cells = _cells(side, side.wrong if kind == "wrong" else side.ambiguous)
            rows.append(["" if place else kind, side.old, *(cells[column] for column in columns)])
    headings = [("labels", "left"), ("side", "left"), *((column, "right") for column in columns)]
    return plain_table("What was found, and what is probably left", headings, rows)


def _cells(side: "Side", found: "Found") -> dict[str, str]:
    return {
        "items": f"{side.items:,}",
        "decided": f"{side.looked:,}",
        "found": f"{found.found:,}",
        "left": _number(found.left),
        "at most": f"{found.bound:,}",
        "at any time": f"{found.any_time:,}",
        "share found": _percent(found.recall),
        "at least": _percent(found.recall_bound) if found.found else "–",
    }


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}" if value >= 10 else f"{value:,.1f}"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"


def _label_notes(where: str, found: "Status") -> list[str]:
    from sightline.audit.entries import State

    if found.certificate is None:
        return ["No item has a label to check yet, so none can be wrong."]
    whole = found.certificate.sides[0]
    lines = _rest_notes(whole, found.about.control_every)
    if whole.rest and found.refitted:
        lines.append(
            "The ranking learnt from verdicts on the control sample too, so that only the bound at any time is exact."
        )
    if found.states[State.CONFLICT] or found.states[State.SEEN_ONCE]:
        lines.append("What waits for a second look or an adjudicator may be wrong, and counts as wrong in the bounds.")
    if found.certificate.unlabelled:
        lines.append(f"{found.certificate.unlabelled:,} items have no label to check; they are not in the table.")
    if not found.rankings:
        lines.append(f"Errors are found sooner in a ranked order: {command('rank', shown(where), '--replies')} FILE")
    return lines


def _rest_notes(whole: "Side", control_every: int) -> list[str]:
    """What the control sample can say of the labels that nobody has decided."""
    if not whole.rest:
        return ["Every label is decided, so nothing is left to estimate."]
    if not whole.control:
        return [
            f"No item that speaks for the other {whole.rest:,} is decided yet, so nothing is known of them: let people "
            f"label on; one in {control_every} of what each is given is drawn at random."
        ]
    lines = [
        f"left: estimated for the {whole.rest:,} labels that are not decided, from {whole.control:,} items that were "
        "drawn at random and that the ranking has not come to.",
        "at most: with 95 %, where it was settled beforehand when to stop. at any time: with 95 %, whenever one stops. "
        "share found, at least: the same as shares of all there is.",
    ]
    if not whole.wrong.in_control:
        lines.append("None of the drawn ones is wrong, which does not mean that nothing is left: go by the bounds.")
    if whole.control < _FEW:
        lines.append(f"{whole.control:,} drawn items are few: the bounds will fall as more are decided.")
    return lines


def _agreement(found: "Status") -> Any:
    from sightline.cli.tables import plain_table

    assert found.people is not None
    headings = [("agreement of labellers", "left"), ("value", "right"), ("95 % interval", "right"), ("items", "right")]
    rows = [_agreement_row(name, value) for name, value in _measures(found)]
    return plain_table("How well people agree, before adjudication", headings, rows)


def _measures(found: "Status") -> list[tuple[str, "Agreement"]]:
    assert found.people is not None
    pairs = sorted(found.people.kappas.items(), key=lambda each: -each[1].items)[:_PAIRS]
    kappas = [(f"Cohen's kappa, {first} and {second}", value) for (first, second), value in sorted(pairs)]
    return [
        ("the same verdict", found.people.percent),
        *kappas,
        ("Krippendorff's alpha", found.people.alpha),
    ]


def _agreement_row(name: str, found: "Agreement") -> list[str]:
    interval = "–" if math.isnan(found.low) else f"{found.low:.2f} to {found.high:.2f}"
    return [name, "–" if math.isnan(found.value) else f"{found.value:.2f}", interval, f"{found.items:,}"]


def _agreement_notes(found: "Status") -> list[str]:
    assert found.people is not None
    lines = [f"{name}: {value.why}." for name, value in _measures(found) if value.why]
    if (more := len(found.people.kappas) - _PAIRS) > 0:
        lines.append(f"{more:,} more pairs of labellers, who share fewer items, are in --json.")
    return lines


def _labellers(found: "Status", paces: Sequence["Pace"], more: int) -> Any:
    """The table of people: with how often they are right (1), and that for each truth (2)."""
    from sightline.cli.tables import plain_table

    assert found.people is not None
    quality = found.people.quality
    headings = [("person", "left"), ("as", "left"), ("verdicts", "right"), ("skipped", "right")]
    headings += [("median s", "right"), ("mean s", "right")]
    if quality.labellers and more:
        words = quality.words if more > 1 else ()
        headings += [("right", "right"), *((f"right on {word}", "right") for word in words)]
    rows = []
    for pace in paces:
        row = [pace.person, pace.stage.value, f"{pace.looks:,}", f"{pace.skipped:,}"]
        row += [_seconds(pace.median_s), _seconds(pace.mean_s)]
        own = quality.labellers.get(pace.person) if pace.stage.value == "label" else None
        if own is not None:
            row += [_percent(own.accuracy), *(_percent(value) for value in own.confusion.diagonal().tolist())]
        row += [""] * (len(headings) - len(row))
        rows.append(row[: len(headings)])
    return plain_table("Who looked, how long, and how often they are right", headings, rows)


def _seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def _labeller_notes(found: "Status") -> list[str]:
    assert found.people is not None
    lines = ["A look of more than five minutes counts as five in the mean."]
    quality = found.people.quality
    if quality.why:
        return [*lines, f"How often labellers are right cannot be told: {quality.why}."]
    lines.append(
        "right: as the model of Dawid and Skene infers it from how labellers differ, without knowing the truth."
    )
    if len(quality.labellers) == 2:
        lines.append("With two labellers it cannot tell which of them errs, and parts the blame between them.")
    return lines
