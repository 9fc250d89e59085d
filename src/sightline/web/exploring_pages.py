"""Templates of the exploring page, and what stands in them. Texts of questions and replies are escaped by Jinja."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sightline.core import Benchmark, Question
from sightline.evaluation.browsing import Browser, Filter, Found, Outcome
from sightline.evaluation.rate_columns import rate_column
from sightline.report.sections import Column
from sightline.report.shown import Show, interval_shown, shown
from sightline.web.checking import Checking
from sightline.web.overview import Overview
from sightline.web.pages import render
from sightline.web.shots import Shots

__all__ = [
    "PAGE",
    "address",
    "audit_page",
    "closed_page",
    "opened_page",
    "overview_page",
    "replies_page",
    "trouble_page",
]

PAGE = 24
"""Questions on a page."""

_LONG, _CUT = 400, 280
"""A reply of more characters than the first is folded, and as many as the second stand there at once."""

_TITLES = {
    "accuracy": ("Accuracy", "share of replies that are right"),
    "balanced_accuracy": ("Balanced acc.", "mean of recall and TNR"),
    "precision": ("Precision", "share of yes replies that are right"),
    "recall": ("Recall", "share of the questions labelled yes that are answered yes"),
    "tnr": ("TNR", "share of the questions labelled no that are answered no"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "yes_ratio": ("Yes ratio", "share of replies that say yes"),
    "unreadable": ("Unreadable", "share of replies that could not be read"),
}

_OUTCOMES = {
    Outcome.TRUE_POSITIVE: ("✓", "true positive"),
    Outcome.TRUE_NEGATIVE: ("✓", "true negative"),
    Outcome.FALSE_POSITIVE: ("▲", "false positive"),
    Outcome.FALSE_NEGATIVE: ("▼", "false negative"),
    Outcome.RIGHT: ("✓", "right"),
    Outcome.WRONG: ("✗", "wrong"),
    Outcome.UNREADABLE: ("?", "unreadable"),
    Outcome.NOT_SCORED: ("–", "not scored"),
    Outcome.NO_REPLY: ("∅", "no reply"),
    Outcome.UNJUDGED: ("", ""),
}


class _Cell(NamedTuple):
    """What stands in a cell: a text, a smaller one beneath, and where it leads."""

    text: str
    beneath: str = ""
    link: str = ""


class _Said(NamedTuple):
    """A model's reply on a card.

    Args:
        model: who.
        text: what was said; None where there is no reply.
        reading: what was read.
        others: what other readers read, where that is something else: (word, their names).
        outcomes: (kind, mark and words, label set): once and without its name where all agree, else one for each.
        is_wanted: whether it is one of those that were looked for.
    """

    model: str
    text: str | None
    reading: str | None
    others: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str, str], ...]
    is_wanted: bool


class _Card(NamedTuple):
    """A question with its image, its labels and what the models said.

    Args:
        number: among those that the filter lets through, from 1.
        question: the question.
        image: name of its image, "" where there is none.
        key: of the image.
        problem: why the image cannot be shown.
        labels: (label set, what it says, whether the first one says otherwise).
        replies: of every model.
        may_check: whether its label can be put into the queue of the audit.
    """

    number: int
    question: Question
    image: str
    key: str
    problem: str | None
    labels: tuple[tuple[str, str, bool], ...]
    replies: tuple[_Said, ...]
    may_check: bool


def overview_page(
    browser: Browser, overview: Overview, shots: Shots, checking: Checking | None, may_audit: bool
) -> str:
    """The first page: models, scores, plots."""
    models = [
        {
            "name": model,
            "link": address(Filter(model=model)),
            "counts": [
                (kind.title, browser.count(kind.key, model), address(Filter(model=model, kind=kind.key)))
                for kind in browser.kinds
                if not kind.key.startswith("changed:")
            ],
        }
        for model in browser.models
    ]
    changed = browser.find(Filter()).kinds
    return render(
        "view_overview.html.j2",
        page="overview",
        browser=browser,
        overview=overview,
        shots=shots,
        checking=checking,
        may_audit=may_audit,
        models=models,
        columns=_columns(browser.evaluation.benchmark),
        tables=[(name, list(_score_rows(browser, overview, name))) for name in browser.labels],
        changed=[
            (kind, changed[kind.key], address(Filter(kind=kind.key)))
            for kind in browser.kinds
            if kind.key.startswith("changed:")
        ],
        metric=_TITLES.get(overview.metric, (overview.metric.replace("_", " "), ""))[0],
    )


def replies_page(
    browser: Browser, wanted: Filter, page: int, shots: Shots, checking: Checking | None, may_audit: bool
) -> str:
    """One page of what a filter lets through.

    Raises:
        RequestError: the filter names what is not there.
    """
    found = browser.find(wanted)
    total = len(found.questions)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE
    cards = [
        _card(browser, wanted, found, int(place), number, shots, checking)
        for number, place in enumerate(found.questions[start : start + PAGE], start + 1)
    ]
    return render(
        "view_replies.html.j2",
        page="replies",
        browser=browser,
        wanted=wanted,
        kinds=[
            (title, found.kinds[key], address(replace(wanted, kind=key)), key == wanted.kind)
            for key, title in (("", "All"), *browser.kinds)
        ],
        cards=cards,
        total=total,
        replies=int(found.replies.sum()),
        first=start + 1 if total else 0,
        last=start + len(cards),
        before=address(wanted, page - 1) if page > 1 else "",
        after=address(wanted, page + 1) if page < pages else "",
        at=page,
        pages=pages,
        has_filter=any(asdict(wanted).values()),
        chosen=[value for name, value in asdict(wanted).items() if value and name != "kind"],
        checking=checking,
        may_audit=may_audit,
        shots=shots,
        long=_LONG,
        cut=_CUT,
    )


def audit_page(checking: Checking | None, how: Sequence[str]) -> str:
    """How labels come to be checked."""
    return render("view_audit.html.j2", page="audit", checking=checking, how=how)


def opened_page() -> str:
    """A page that goes on to the first one, from this site, so that the strictest cookie goes along."""
    return render("view_moved.html.j2", page="")


def closed_page(problem: str) -> str:
    """The page for whoever has no key."""
    return render("view_problem.html.j2", page="", title="This page needs its link", problem=problem, back=False)


def trouble_page(problem: str) -> str:
    """A page that says what is wrong."""
    return render("view_problem.html.j2", page="", title="This cannot be shown", problem=problem, back=True)


def address(wanted: Filter, page: int = 1) -> str:
    """Where a filter's replies are.

    Example:
        >>> address(Filter(kind="right-only:new", text="a cat"), 2)
        '/replies?kind=right-only%3Anew&text=a+cat&page=2'
    """
    given = {name: value for name, value in asdict(wanted).items() if value} | ({"page": page} if page > 1 else {})
    return f"/replies?{urlencode(given)}" if given else "/replies"


def _columns(benchmark: Benchmark) -> tuple[Column, ...]:
    """The measures of a benchmark, and for yes and no the errors, which can be looked at."""
    if benchmark.scoring is not None:
        return (*map(rate_column, benchmark.scoring.rates), Column("n", "Scored", Show.COUNT))
    rates = (
        Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"), note=note)
        for name, (title, note) in _TITLES.items()
    )
    errors = (Column("fp", "False pos.", Show.COUNT), Column("fn", "False neg.", Show.COUNT))
    return (*rates, Column("n", "Scored", Show.COUNT), *errors)


def _score_rows(
    browser: Browser, overview: Overview, labels: str
) -> Iterator[tuple[str, list[tuple[str, list[_Cell]]]]]:
    """For every split the models with their measures."""
    columns = _columns(browser.evaluation.benchmark)
    own = [row for row in overview.scores if row["labels"] == labels]
    for split in dict.fromkeys(row["split"] for row in own):
        yield (
            split,
            [
                (row["model"], [_cell(browser, column, row) for column in columns])
                for row in own
                if row["split"] == split
            ],
        )


def _cell(browser: Browser, column: Column, row: dict[str, Any]) -> _Cell:
    value = row[column.name]
    if value is None:
        return _Cell("–")
    low, high = (row[name] for name in column.interval) if column.interval else (None, None)
    between = "" if low is None or high is None else interval_shown(column.show, low, high)
    link = ""
    if column.name in ("fp", "fn") and value:
        split = row["split"] if row["split"] in browser.evaluation.splits else ""
        link = address(Filter(column.name, row["model"], split, row["labels"]))
    return _Cell(shown(column.show, value), between, link)


def _card(
    browser: Browser, wanted: Filter, found: Found, place: int, number: int, shots: Shots, checking: Checking | None
) -> _Card:
    question = browser.questions[place]
    image = question.images[0].name if question.images else ""
    first = browser.label(browser.labels[0], place)
    labels = tuple(
        (name, word or "none", word != first) for name in browser.labels for word in (browser.label(name, place),)
    )
    models = sorted(range(len(browser.models)), key=lambda m: browser.models[m] != wanted.model)
    all_wanted = not wanted.kind and not wanted.model
    replies = tuple(_said(browser, m, place, bool(found.replies[m, place]) and not all_wanted) for m in models)
    key, problem = (shots.key(image), shots.problem(image)) if image else ("", "no image")
    return _Card(number, question, image, key, problem, labels, replies, bool(checking and checking.may(question.id)))


def _said(browser: Browser, model: int, place: int, is_wanted: bool) -> _Said:
    reply = browser.evaluation.replies[browser.models[model]][place]
    own = browser.reading(model, place)
    others: dict[str, list[str]] = {}
    for name in browser.readers:
        word = browser.reading(model, place, name)
        if word is not None and word != own:
            others.setdefault(word, []).append(name)
    under = {name: browser.outcome(name, model, place) for name in browser.labels}
    told = tuple((word, ", ".join(names)) for word, names in others.items())
    text = None if reply is None else reply.text
    return _Said(browser.models[model], text, own, told, tuple(_outcome_words(under)), is_wanted)


def _outcome_words(under: dict[str, Outcome]) -> Iterator[tuple[str, str, str]]:
    alike = len(set(under.values())) == 1
    for name, outcome in list(under.items())[: 1 if alike else None]:
        mark, words = _OUTCOMES[outcome]
        if words:
            kind = "right" if outcome.is_right else "wrong" if outcome.is_wrong else "open"
            yield kind, f"{mark} {words}", "" if alike else name
