"""Templates of the pages. Everything that comes from a benchmark or from people is escaped by Jinja."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sightline.audit.contents import About
from sightline.audit.entries import Stage
from sightline.audit.giving import Progress, Work
from sightline.audit.items import AMBIGUOUS
from sightline.audit.people import Person

__all__ = [
    "AHEAD",
    "Counts",
    "audit_id",
    "counts_of",
    "enter_page",
    "item_fragments",
    "look_page",
    "moved_page",
    "problem_page",
    "render",
]

AHEAD = 6
"""Items on the page: the one that is shown, and those whose images are loaded already."""

_LONGEST_WORDING = 4000


class Counts(NamedTuple):
    """Progress, as the page shows it.

    Args:
        mine: verdicts of this person in this stage.
        done: those of all.
        most: what there will be of them when everything is done.
        left: what is missing; for adjudicators what this one may decide.
    """

    mine: int
    done: int
    most: int
    left: int


class _Said(NamedTuple):
    """A word that can be said, as a button.

    Args:
        word: what is stored.
        keys: the keys that say it; the first stands on it.
        text: what stands on it.
        shape: which drawing, so that nobody needs to tell colours apart.
    """

    word: str
    keys: tuple[str, ...]
    text: str
    shape: str


def look_page(about: About, person: Person, stage: Stage, works: Sequence[Work], progress: Progress) -> str:
    """The page on which somebody looks at items, the first of them shown."""
    return render(
        "look.html.j2",
        about=about,
        audit=audit_id(about),
        person=person,
        person_id=_short_hash(audit_id(about) + person.name),
        stage=stage,
        stages=[each for each in Stage if person.role.may(each)],
        fragments=Markup(_items(about, works, shown=True)),
        has_items=bool(works),
        ahead=AHEAD,
        counts=counts_of(progress, stage),
    )


def item_fragments(about: About, works: Sequence[Work]) -> str:
    """Items as parts of that page, hidden until it is their turn."""
    return _items(about, works, shown=False)


def counts_of(progress: Progress, stage: Stage) -> Counts:
    """What the page shows of somebody's progress.

    Example:
        >>> counts_of(Progress(1200, 2, 345, 12, 0, 6, None), Stage.LABEL)
        Counts(mine=12, done=345, most=2400, left=2055)
        >>> counts_of(Progress(1200, 2, 9, 4, 0, 1, 7), Stage.ADJUDICATE)
        Counts(mine=4, done=9, most=17, left=8)
    """
    if stage is Stage.ADJUDICATE:
        left = (progress.waiting or 0) + progress.held
        return Counts(progress.mine, progress.said, progress.said + left, left)
    most = progress.items * progress.looks
    return Counts(progress.mine, progress.said, most, most - progress.said)


def enter_page(problem: str = "") -> str:
    """The page for whoever is not known: it takes the token out of the link, or asks for it."""
    return render("enter.html.j2", problem=problem)


def moved_page() -> str:
    """A page that goes on to the first one, from this site, so that the strictest cookie goes along."""
    return render("moved.html.j2")


def problem_page(title: str, problem: str) -> str:
    """A page that says what is wrong."""
    return render("problem.html.j2", title=title, problem=problem)


def audit_id(about: About) -> str:
    """A short name of this audit, for cookies and for what a browser keeps: several audits may run on one machine."""
    return _short_hash(f"{about.benchmark} {about.label_set} {about.created}")


def _items(about: About, works: Sequence[Work], shown: bool) -> str:
    return render("items.html.j2", about=about, parts=[_part(about, work) for work in works], shown=shown)


def _part(about: About, work: Work) -> dict[str, Any]:
    words = _words(work)
    texts = {said.word: said.text for said in words}
    return {"work": work, "words": words, "texts": texts, "wording": _wording(about, work)}


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _words(work: Work) -> list[_Said]:
    if not work.choices:
        texts = {"yes": ("y", "Yes"), "no": ("n", "No"), AMBIGUOUS: ("a", "Ambiguous")}
        return [_Said(word, (texts[word][0],), texts[word][1], word) for word in work.words]
    lettered = enumerate(zip(work.words, work.choices, strict=False), 1)
    choices = [
        _Said(letter, (str(place), letter.lower()) if place < 10 else (), choice, "letter")
        for place, (letter, choice) in lettered
    ]
    # where there are choices, "a" is the first of them: what is ambiguous is said by 0
    return [*choices, _Said(AMBIGUOUS, ("0",), "Ambiguous", AMBIGUOUS)]


def _wording(about: About, work: Work) -> str:
    """The question as it is shown, for the record."""
    lettered = (f"{word}. {choice}" for word, choice in zip(work.words, work.choices, strict=False))
    return "\n".join(filter(None, (about.wording, work.text, *lettered)))[:_LONGEST_WORDING]


def render(template: str, **values: Any) -> str:
    """Fill a template in."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sightline.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
