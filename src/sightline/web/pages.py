"""Templates of the pages. Everything that comes from a benchmark or from people is escaped by Jinja."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from sightline.audit.contents import About
from sightline.audit.entries import Stage
from sightline.audit.giving import Progress, Work
from sightline.audit.items import AMBIGUOUS
from sightline.audit.people import Person

__all__ = ["audit_id", "enter_page", "item_fragments", "left_page", "look_page", "moved_page", "problem_page"]

_LONGEST_WORDING = 4000


class _Said(NamedTuple):
    """A word that can be said, as a button.

    Args:
        word: what is stored.
        key: the key that says it.
        text: what stands on it.
        shape: which drawing, so that nobody needs to tell colours apart.
    """

    word: str
    key: str
    text: str
    shape: str


def look_page(about: About, person: Person, stage: Stage, works: Sequence[Work], progress: Progress) -> str:
    """The page on which somebody looks at items, the first of them shown."""
    return _render(
        "look.html.j2",
        about=about,
        audit=audit_id(about),
        person=person,
        person_id=_short_hash(audit_id(about) + person.name),
        stage=stage,
        stages=[each for each in Stage if person.role.may(each)],
        fragments=item_fragments(about, works),
        progress=progress,
    )


def item_fragments(about: About, works: Sequence[Work]) -> str:
    """Items as parts of that page, hidden until it is their turn."""
    parts = [
        {"work": work, "words": _words(work), "wording": _wording(about, work), "named": dict(_named(work))}
        for work in works
    ]
    return _render("items.html.j2", about=about, parts=parts)


def enter_page(about: About, problem: str = "") -> str:
    """The page for whoever is not known: it takes the token out of the link, or asks for it."""
    return _render("enter.html.j2", about=about, problem=problem)


def moved_page() -> str:
    """A page that goes on to the first one, from this site, so that the strictest cookie goes along."""
    return _render("moved.html.j2")


def left_page(about: About) -> str:
    """The page after somebody has signed out."""
    return enter_page(about, "You have signed out. Open your link to come back.")


def problem_page(title: str, problem: str) -> str:
    """A page that says what is wrong."""
    return _render("problem.html.j2", title=title, problem=problem)


def audit_id(about: About) -> str:
    """A short name of this audit, for cookies and for what a browser keeps: several audits may run on one machine."""
    return _short_hash(f"{about.benchmark} {about.label_set} {about.created}")


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _words(work: Work) -> list[_Said]:
    if not work.choices:
        texts = {"yes": ("y", "Yes"), "no": ("n", "No"), AMBIGUOUS: ("a", "Ambiguous")}
        return [_Said(word, *texts[word], word) for word in work.words]
    lettered = zip(work.words, work.choices, strict=False)
    choices = [_Said(letter, str(place), choice, "letter") for place, (letter, choice) in enumerate(lettered, 1)]
    # of choices, "a" is the first: what is ambiguous is said by 0
    return [*choices, _Said(AMBIGUOUS, "0", "Ambiguous", AMBIGUOUS)]


def _named(work: Work) -> list[tuple[str, str]]:
    """Word → what people read for it, in an opinion."""
    return [
        (said.word, f"{said.word}. {said.text}" if said.shape == "letter" else said.text) for said in _words(work)
    ]


def _wording(about: About, work: Work) -> str:
    """The question as it is shown, for the record."""
    lettered = (f"{word}. {choice}" for word, choice in zip(work.words, work.choices, strict=False))
    return "\n".join(filter(None, (about.wording, work.text, *lettered)))[:_LONGEST_WORDING]


def _render(template: str, **values: Any) -> str:
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
