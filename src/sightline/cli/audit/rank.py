"""``sightline audit rank``."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, command, shown
from sightline.cli.options import names_in

if TYPE_CHECKING:
    from sightline.audit.ranking import Target
    from sightline.audit.refitting import Refitted, Refitter
    from sightline.audit.store import Store
    from sightline.evaluation.evaluation import Evaluation

__all__ = ["register"]

_many = Parameter(consume_multiple=True, negative="", show_default=False)
_flag = Parameter(negative="", show_default=False)

_TARGETS: dict[str, "Target"] = {"wrong": "wrong", "wrong-or-ambiguous": "wrong or ambiguous"}
_LOOK_EVERY_S = 5.0
"""Seconds between two looks at how many verdicts have come in."""


def register(app: App) -> None:
    """Add the verb."""
    app.command(rank)


def rank(
    where: Where,
    *,
    replies: Annotated[list[str], _many],
    labels: Annotated[list[str] | None, _many] = None,
    questions: Annotated[list[str] | None, _many] = None,
    family: Annotated[list[str] | None, _many] = None,
    leave_out: Annotated[list[str] | None, _many] = None,
    target: Literal["wrong", "wrong-or-ambiguous"] = "wrong",
    every: Annotated[int | None, Parameter(show_default=False)] = None,
    allow_missing: Annotated[bool, _flag] = False,
) -> None:
    """Order the items by how probably their labels are wrong, so that errors are looked at first.

    It goes by what recorded replies contradict, by the label's side and object, and by all verdicts so far: run it
    again as they come in, or let it do so itself (--every). Items of the random control sample stay mixed in.

    Models that are to be scored under the new labels must not choose which labels are looked at, or their scores come
    out too high: leave their families out.

    Parameters
    ----------
    replies
        Recorded replies: files, folders or quoted patterns, each as [NAME[@SPLIT]=]PATH. Without a name, the model that
        the rows name. A run folder is one too.
    labels
        The labels that the audit was made from, for the ids of its questions; by default the public ones of that name.
    questions
        Files of questions that the ids of replies index, each as [NAME=]FILE. Needed for LLaVA's own ids.
    family
        Which models belong together, each as MODEL=FAMILY: a family weighs one. By default the first word of the
        model's name: llava for llava-1.5-7b.
    leave_out
        Families that take no part; or models, which stand for theirs.
    target
        What is looked for: labels that are wrong, or also those of which people cannot say.
    every
        Stay, and rank anew whenever so many more items are decided, until all are or Ctrl+C.
    allow_missing
        Go on where replies are missing or belong to no question; they are counted.
    """
    from sightline.audit.refitting import Refitter
    from sightline.audit.store import Store
    from sightline.errors import RequestError

    if every is not None and every < 1:
        raise RequestError(f"--every is {every}; name a number of decided items, 50 for example.")
    families = _families(family or ())
    with Store.open(where) as store:
        evaluation = _evaluation(store, replies, names_in(labels or ()), questions or (), allow_missing)
        refitter = Refitter(store, evaluation, families, names_in(leave_out or ()), _TARGETS[target])
        refitted = refitter.refit()
        _show(where, refitted, evaluation, _TARGETS[target])
        if every is not None:
            _go_on(store, refitter, every, refitted, _TARGETS[target])


def _go_on(store: "Store", refitter: "Refitter", every: int, refitted: "Refitted", target: "Target") -> None:
    """Rank anew as verdicts come in."""
    print(f"Ranking anew after every {every:,} decided items; Ctrl+C stops it.", flush=True)
    while refitted.open:
        time.sleep(_LOOK_EVERY_S)
        if refitter.decided() >= refitted.verdicts + min(every, refitted.open):
            refitted = refitter.refit()
            print(_line(refitted, target), flush=True)


def _families(given: Iterable[str]) -> dict[str, str]:
    from sightline.errors import RequestError

    families = {}
    for pair in names_in(given):
        model, _, name = pair.partition("=")
        if not model or not name:
            raise RequestError(f"--family {pair}: name a model and its family, as MODEL=FAMILY.")
        families[model] = name
    return families


def _evaluation(
    store: "Store", replies: list[str], labels: Sequence[str], questions: Sequence[str], allow_missing: bool
) -> "Evaluation":
    """The replies to the questions that the audit is about."""
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.errors import RequestError
    from sightline.evaluation.evaluation import evaluate

    about = store.about
    if not labels and about.label_set not in find_benchmark(about.benchmark).public:
        raise RequestError(
            f"The audit checks {about.label_set!r}, which are no public labels of {about.benchmark}. Name their files: "
            f"--labels {about.label_set}=PATH"
        )
    splits = tuple(dict.fromkeys(split for item in store.items() for split in item.splits))
    return evaluate(about.benchmark, replies, labels or (about.label_set,), questions, splits, allow_missing)


def _show(where: str, found: "Refitted", evaluation: "Evaluation", target: "Target") -> None:
    from sightline.cli.tables import console, notes, show

    screen = console()
    show(screen, _models(where, found))
    if found.open:
        show(screen, _expected(found, target))
    notes(screen, _notes(where, found, evaluation, target))


def _models(where: str, found: "Refitted") -> Any:
    from sightline.cli.tables import plain_table

    headings = [("model", "left"), ("family", "left"), ("ranks", "left"), ("weight", "right")]
    rows = [
        [
            each.model,
            each.family,
            "yes" if each.used else "left out",
            "" if each.weight is None else f"{each.weight:+.2f}",
        ]
        for each in found.models
    ]
    title = f"Ranking {found.ranking.number} of {shown(where)}: {found.ranking.items:,} items, by the replies of"
    return plain_table(title, headings, rows)


def _expected(found: "Refitted", target: "Target") -> Any:
    from sightline.cli.tables import plain_table

    total = found.expected[-1].hits
    headings = [("first", "right"), ("items", "right"), (f"expected {target}", "right"), ("of what is left", "right")]
    rows = [
        [f"{each.share:.0%}", f"{each.items:,}", f"{each.hits:.1f}", f"{each.hits / total:.0%}"]
        for each in found.expected
    ]
    return plain_table(f"What is to be found among the {found.open:,} items that are not decided", headings, rows)


def _notes(where: str, found: "Refitted", evaluation: "Evaluation", target: "Target") -> list[str]:
    lines = [
        f"Learnt from {found.verdicts:,} decided items, {found.hits:,} of them {target}."
        if found.verdicts
        else "Nothing is decided yet: the order is what RePOPE's verdicts on POPE teach, and new ones will mend it.",
        "What is expected is the ranking's own guess. The control sample tells what is really left: "
        + command("status", shown(where)),
    ]
    if out := sorted({each.family for each in found.models if not each.used}):
        lines.append(f"Score models of {', '.join(out)} under the new labels; scores of the others come out too high.")
    else:
        lines.append(
            "Every family ranks, so scores of all these models under the new labels come out too high. Leave out those "
            "that are to be scored: --leave-out FAMILY"
        )
    for model in evaluation.models:
        if missing := sum(evaluation.missing(model).values()):
            lines.append(f"{model}: no reply to {missing:,} of {len(evaluation.questions):,} questions.")
    if found.unanswered:
        lines.append(f"Items without any readable reply: {found.unanswered:,}, which side and object alone rank.")
    if found.unranked:
        lines.append(
            f"Items with choices or without a label: {found.unranked:,}, which have no rank and come by the draw."
        )
    return lines


def _line(found: "Refitted", target: "Target") -> str:
    """One ranking in a line."""
    share = next((each for each in found.expected if each.share >= 0.1), None)
    ahead = "" if share is None else f"; about {share.hits:.0f} more among the next {share.items:,}"
    return (
        f"Ranking {found.ranking.number}: {found.verdicts:,} decided, {found.hits:,} of them {target}{ahead}. "
        f"{found.open:,} are left."
    )
