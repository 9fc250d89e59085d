"""What marks and small words of a sentence do: they join, part, and take back."""

import re

from sightline.readers.grammar.attachment import antecedents
from sightline.readers.grammar.noun_phrases import NounPhrase
from sightline.readers.grammar.reading import BREAKS, FINITE, Clause, Last, Reading, Until
from sightline.readers.grammar.reading_things import starts_clause
from sightline.readers.grammar.tokens import Token
from sightline.readers.word_classes import WordClass

__all__ = [
    "read_adverb",
    "read_comma",
    "read_conjunction",
    "read_doubt",
    "read_mark",
    "read_pronoun",
    "read_quoted",
    "read_relative",
    "read_subordinator",
    "read_unknown",
]

_OUT_OF_VIEW = re.compile(
    r"(?:not|barely|can(?:not|['’]t)|(?:is|are)n['’]t)\s+(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:visible|seen|shown|in (?:view|frame))"
)
_TAKES_BACK = frozenset(
    (
        *("about to", "appear to", "appears to", "as if", "as though", "depending on", "going to", "if"),
        *("in order to", "look like", "looking like", "looks like", "meant to", "seem to", "seems to", "so that"),
        *("than", "trying to", "unless", "up to", "used to", "what appears", "what looks", "what seems"),
    )
)
"""Subordinators after which nothing of the sentence is said to be there."""

_NEW_CLAUSE = ("although", "because", "even though", "since", "though", "where", "whereas", "while")
_OF_PLURALS = {"is": False, "has": False, "are": True, "have": True}


def read_doubt(at: Reading, token: Token) -> None:
    """Read a word from which on the sentence says what is not, or may not be there."""
    if _OUT_OF_VIEW.match(at.text, token.start):
        for thing in at.things(at.clause.copula or at.clause.subject or ()):
            thing.name = ""
    at.end_verb()
    of_phrase = token.word in ("without", "instead of", "rather than", "except")
    at.pass_over(Until.COMMA if of_phrase else Until.SENTENCE)


def read_comma(at: Reading, token: Token) -> None:
    """Read a comma: only what the clause is about can be gone on with."""
    at.end_verb()
    clause = at.clause
    clause.waiting = clause.copula = None
    if clause.relative_done:
        clause.relative, clause.relative_done = None, False
    subject = clause.subject or []
    clause.recent = list(dict.fromkeys((*subject, *clause.chained()))) if clause.chain else None
    clause.chain_to(subject)
    clause.object_of, clause.last = "", Last.COMMA


def read_mark(at: Reading, token: Token) -> None:
    """Read a mark that parts clauses, or one that stands for what a picture shows."""
    at.end_verb()
    if token.word in BREAKS:
        at.clause = Clause()
    else:
        at.clause.chain, at.clause.waiting, at.muted = [], None, Until.CLAUSE


def read_unknown(at: Reading, token: Token) -> None:
    """Read a word that the lexicon lacks: nothing is attached over it."""
    at.end_verb()
    at.clause = Clause(last=Last.UNKNOWN, subject=[])


def read_quoted(at: Reading, token: Token) -> None:
    """Read what stands in quotation marks: words in the image."""
    at.end_verb()
    at.clause.waiting, at.clause.last = None, Last.ADVERBIAL


def read_conjunction(at: Reading, token: Token) -> None:
    """Read "and" or "but"; what "or" joins is unsure on both sides."""
    at.end_verb()
    clause = at.clause
    clause.waiting = clause.copula = None
    if token.word in ("or", "nor"):
        if at.said.things and clause.last == Last.THING:
            at.said.things[-1].name = ""
        at.pass_over(Until.COMMA)
        return
    if clause.relative_done:
        clause.subject = None
    clause.last = Last.CONJUNCTION


def read_subordinator(at: Reading, token: Token) -> None:
    """Read what begins a clause of its own, or takes back what is said."""
    at.end_verb()
    before = tuple(at.clause.subject or ())
    is_clause = isinstance(at.following, NounPhrase) and starts_clause(at, at.place + 1)
    if token.word in _NEW_CLAUSE or (token.word == "as" and is_clause):
        at.clause = Clause(last=Last.SUBORDINATOR)
    elif token.word in ("so", "yet"):
        at.clause.last = Last.CONJUNCTION
    elif token.word == "such as":
        at.clause = Clause()
    else:
        at.pass_over(Until.SENTENCE if token.word in _TAKES_BACK else Until.COMMA)
    at.clause.doing = before


def read_relative(at: Reading, token: Token) -> None:
    """Read "that", "which" or "who"; after "what" nothing is sure."""
    at.end_verb()
    if token.word in ("what", "how", "why"):
        at.pass_over(Until.SENTENCE)
        return
    clause, after = at.clause, at.following
    plural = None
    if isinstance(after, Token) and after.tag in FINITE:
        plural = _OF_PLURALS.get(after.word)
        if after.tag in (WordClass.PRESENT, WordClass.BASE):
            plural = after.tag == WordClass.BASE
    before = {Last.COMMA: clause.recent, Last.THING: clause.chained()}.get(clause.last)
    if not before or clause.waiting:
        clause.relative = ()
    else:
        clause.relative = antecedents(before, at.said.things, token.word, plural)
    clause.waiting, clause.relative_done, clause.last = None, False, Last.RELATIVE


def read_adverb(at: Reading, token: Token) -> None:
    """Read "there" and on which side something is; other adverbs say nothing."""
    clause, after = at.clause, at.following
    is_verb = isinstance(after, Token) and after.tag in (WordClass.BE, WordClass.MODAL)
    if token.word in ("there", "here") and is_verb:
        clause.last = Last.THERE
    elif token.word in ("left", "right") and clause.last == Last.THING and clause.chain:
        at.said.things[clause.chain[-1].thing].sides += (token.word,)


def read_pronoun(at: Reading, token: Token) -> None:
    """Read a pronoun that stands for nothing known: "this is", "others", "itself"."""
    clause, after = at.clause, at.following
    if token.word in ("this", "that", "these", "those") and isinstance(after, Token) and after.tag == WordClass.BE:
        clause.last = Last.THERE
        return
    if clause.waiting is None and clause.verb is None:
        clause.subject, clause.chain = [], []
    clause.waiting = clause.verb = clause.governor = None
    clause.last = Last.ADVERBIAL
