"""A sentence being read: what it has said so far, and what the words to come can still be attached to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sightline.readers.grammar.attachment import Attached, lives
from sightline.readers.grammar.constituents import Constituent
from sightline.readers.grammar.describing_words import NOT_SEEN
from sightline.readers.grammar.kinds_of_thing import is_person
from sightline.readers.grammar.noun_phrases import NounPhrase
from sightline.readers.grammar.scene_verbs import ANIMATE_VERBS, DONE_BY_THINGS, PLACED, RESTING_VERBS
from sightline.readers.grammar.tokens import COMMA, STOP, Token
from sightline.readers.word_classes import WordClass

__all__ = [
    "BREAKS",
    "ENDS_CLAUSE",
    "FINITE",
    "UNNAMED",
    "Clause",
    "Last",
    "Link",
    "Reading",
    "Said",
    "Until",
    "Verb",
    "Waiting",
]

FINITE = (WordClass.PRESENT, WordClass.BASE, WordClass.BE, WordClass.HAVE, WordClass.MODAL)
"""The tags of verbs that make a clause."""

ENDS_CLAUSE = (COMMA, STOP, WordClass.CONJUNCTION, WordClass.SUBORDINATOR, WordClass.RELATIVE)
"""The tags after which no verb belongs to a subject before them."""

BREAKS = frozenset(".;:!?()[]—–/")
"""Marks over which nothing is attached."""

UNNAMED = -1
"""Stands among the subjects of a sentence for one that is no thing."""

_ALSO_STATES = frozenset(("bend", "cut", "dress", "perch", "raise", "stretch"))


class Link(NamedTuple):
    """How one thing of a sentence stands to another, by their places in it."""

    subject: int
    predicate: str
    object: int


@dataclass
class Said:
    """What a sentence says.

    Args:
        things: what it names, pronouns included, in order.
        links: how they stand to one another.
        subjects: the things that its clauses are about, -1 for what is no thing.
    """

    things: list[NounPhrase] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)


class Waiting(NamedTuple):
    """A predicate that waits for its object.

    Args:
        subjects: places of the things it is said of.
        predicate: what is said, "" where nothing is to be said.
        verb: its verb in the base form, "" for a preposition alone.
        preposition: its preposition, "" for a verb alone.
        after_object: the verb before whose object it came, or "".
        form: the verb as it is said of things: "sitting", "parked".
    """

    subjects: tuple[int, ...]
    predicate: str
    verb: str = ""
    preposition: str = ""
    after_object: str = ""
    form: str = ""


class Verb(NamedTuple):
    """A verb of which object or preposition are still to come, and as which it is said of its subjects."""

    subjects: tuple[int, ...]
    verb: str
    form: str


class Last(StrEnum):
    """What was read last."""

    ADJECTIVE = "adjective"
    ADVERBIAL = "adverbial"
    BE = "be"
    COMMA = "comma"
    CONJUNCTION = "conjunction"
    FRONTING = "a place before the subject"
    RELATIVE = "relative"
    START = "start"
    SUBORDINATOR = "subordinator"
    THERE = "there"
    THING = "thing"
    UNKNOWN = "unknown"
    VERB = "verb"


class Until(StrEnum):
    """Up to what the sentence is passed over."""

    CLAUSE = "a verb, a comma, an and"
    COMMA = "a comma"
    SENTENCE = "its end"


@dataclass
class Clause:
    """What a clause has named and what may follow.

    Args:
        last: what was read last.
        subject: what it is about; None before that is known, nothing where it is no thing.
        chain: what later words may be attached to, the nearest last.
        recent: what "which" after a comma may stand for, None where that is unsure.
        waiting: the predicate that waits for its object.
        verb: the verb that waits for its object or preposition.
        copula: what a form of "be" was just said of.
        described: what adjectives were just said of.
        placed: whether these say no more than that it is somewhere.
        doing: what the last verb was said of.
        previous: what stands at the place that was just read, if that is no thing.
        governor: the predicate that the last object belongs to, for lists.
        listing: whether commas have parted the objects of that predicate.
        object_of: the verb whose object came last.
        fronted: predicate and object that stand before the subject.
        introducing: whether the next thing is introduced: "there is", "the image shows".
        relative: what a relative pronoun stands for.
        relative_done: whether its verb was read.
        has_verb: whether the clause has its verb.
    """

    last: Last = Last.START
    subject: list[int] | None = None
    chain: list[Attached] = field(default_factory=list)
    recent: list[int] | None = field(default_factory=list)
    waiting: Waiting | None = None
    verb: Verb | None = None
    copula: tuple[int, ...] | None = None
    described: tuple[int, ...] = ()
    placed: bool = False
    doing: tuple[int, ...] = ()
    previous: tuple[int, ...] = ()
    governor: Waiting | None = None
    listing: bool = False
    object_of: str = ""
    fronted: tuple[str, int] | None = None
    introducing: bool = False
    relative: tuple[int, ...] | None = None
    relative_done: bool = False
    has_verb: bool = False

    def about(self) -> tuple[int, ...]:
        """What a finite verb that comes now is said of."""
        if self.relative is not None and not self.relative_done:
            self.relative_done = True
            return self.relative
        self.has_verb = True
        if self.relative_done and self.last != Last.CONJUNCTION:
            self.relative, self.relative_done = None, False
        return tuple(self.subject or ())

    def chained(self) -> list[int]:
        """Places of the things of the chain."""
        return [each.thing for each in self.chain]

    def chain_to(self, things: Iterable[int]) -> None:
        """Let later words be attached to these things only."""
        self.chain = [Attached(index) for index in things]


class Reading:
    """Reads a row of constituents from left to right.

    Args:
        text: the text that the row was made of.
        row: the constituents of a sentence.
    """

    def __init__(self, text: str, row: Sequence[Constituent]) -> None:
        self.text, self.row = text, row
        self.said = Said()
        self.clause = Clause()
        self.place = 0
        self.muted: Until | None = None

    @property
    def following(self) -> Constituent | None:
        """The constituent after the one that is read."""
        return self.row[self.place + 1] if self.place + 1 < len(self.row) else None

    def things(self, indices: Iterable[int]) -> list[NounPhrase]:
        """The things at these places."""
        return [self.said.things[index] for index in indices]

    def pass_over(self, until: Until) -> None:
        """Read nothing up to a mark; what follows it is attached to nothing before it but its subject."""
        self.muted = until
        clause = self.clause
        clause.waiting = clause.verb = clause.copula = clause.governor = clause.relative = None
        clause.doing = clause.described = ()

    def wakes(self, part: Constituent) -> bool:
        """Whether a constituent ends what is passed over."""
        if not isinstance(part, Token):
            return False
        ends = (part.tag == STOP and part.word in BREAKS) or part.word in ("while", "whereas")
        if self.muted in (Until.COMMA, Until.CLAUSE):
            ends = ends or part.tag == COMMA
        if self.muted == Until.CLAUSE:
            ends = ends or part.tag in (*FINITE, WordClass.CONJUNCTION)
        if ends:
            self.muted = None
            self.clause.chain = []
            if part.word in ("while", "whereas"):
                self.clause.subject = None
        return ends

    def note(self, phrase: NounPhrase) -> int | None:
        """Write a thing down, and whose it is; its place, or None where nothing can be said of it."""
        owner = self.note(phrase.owner) if phrase.owner else None
        if owner is None and phrase.pronoun in ("its", "his", "her", "their"):
            owner = len(self.said.things)
            span = (phrase.begins, phrase.begins + len(phrase.pronoun))
            self.said.things.append(NounPhrase("", span=span, begins=phrase.begins, stands_for=phrase.pronoun))
        if not phrase.is_object:
            return None
        self.said.things.append(phrase)
        if not phrase.whole:
            return None
        index = len(self.said.things) - 1
        if owner is not None and not is_person(phrase.name) and not phrase.stands_for:
            self.link(owner, "has", index)
        return index

    def link(self, subject: int, predicate: str, object_: int) -> None:
        """Say how two things stand to one another, if a predicate says so."""
        if predicate and subject != object_:
            self.said.links.append(Link(subject, predicate, object_))

    def describe(self, indices: Iterable[int], attributes: Iterable[str]) -> None:
        """Say attributes of things."""
        attributes = list(attributes)
        for thing in self.things(indices):
            thing.attributes += [attribute for attribute in attributes if attribute not in thing.attributes]

    def end_verb(self) -> None:
        """Say what a verb says of its subject where neither object nor preposition followed."""
        verb, self.clause.verb = self.clause.verb, None
        if verb and verb.form and verb.form not in NOT_SEEN and verb.form not in PLACED:
            self.rest(verb.verb, verb.form, verb.subjects)

    def rest(self, verb: str, form: str, subjects: Iterable[int]) -> None:
        """Say of things what a verb without an object says of how they are: "standing", "parked", but not "held"."""
        if not form.endswith("ing"):
            shows_state = verb not in ANIMATE_VERBS or verb in _ALSO_STATES
            self.describe(subjects, [form] if shows_state and form not in NOT_SEEN else [])
        elif verb in RESTING_VERBS:
            self.describe([i for i in subjects if verb in DONE_BY_THINGS or lives(self.said.things[i])], [form])
