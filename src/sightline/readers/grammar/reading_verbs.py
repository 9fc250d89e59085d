"""What a verb of a sentence, or a preposition, adds to what the sentence says."""

from sightline.readers.grammar.attachment import doers, lives, place_of
from sightline.readers.grammar.describing_words import NOT_SEEN
from sightline.readers.grammar.kinds_of_thing import DEPICTIONS, DRAWINGS
from sightline.readers.grammar.noun_phrases import NounPhrase
from sightline.readers.grammar.reading import ENDS_CLAUSE, Last, Reading, Until, Verb, Waiting
from sightline.readers.grammar.reading_things import UNTOLD
from sightline.readers.grammar.scene_verbs import (
    ANIMATE_VERBS,
    DRAWING_VERBS,
    HEDGING_VERBS,
    OF_PERSONS,
    PLACED,
    SHOWING_VERBS,
    TRANSIENT_VERBS,
    VISIBLE_VERBS,
)
from sightline.readers.grammar.set_phrases import PREDICATES
from sightline.readers.grammar.tokens import Token
from sightline.readers.word_classes import WordClass, progressive, verb_of

__all__ = ["read_be", "read_finite", "read_have", "read_modal", "read_participle", "read_preposition"]

_BESIDE = ("crouch", "kneel", "lie", "rest", "sit", "stand", "wait")
"""Verbs after which "by" means beside."""

_ANY = ("cover", "fill", "top")
"""Verbs after whose participle "in", "by" and "with" mean the same."""


def read_participle(at: Reading, token: Token) -> None:
    """Read an -ing form or a past participle."""
    clause = at.clause
    verb = verb_of(token.word)
    at.end_verb()
    if verb in HEDGING_VERBS:
        at.pass_over(Until.SENTENCE)
        return
    subjects = _doers(at, verb, token.tag)
    shows = verb in SHOWING_VERBS and token.tag == WordClass.PROGRESSIVE and not clause.chain
    introduces = shows and clause.last in (Last.THING, Last.COMMA, Last.ADVERBIAL)
    clause.waiting = clause.copula = None
    if introduces:
        clause.introducing = True
    else:
        _read_verb(at, verb, token, subjects)


def _doers(at: Reading, verb: str, tag: str) -> tuple[int, ...]:
    """What a participle at this place is said of."""
    clause = at.clause
    if clause.copula is not None:
        return clause.copula
    things = at.said.things
    is_doing = tag == WordClass.PROGRESSIVE and verb in ANIMATE_VERBS
    if clause.last == Last.THING and not is_doing and verb in ANIMATE_VERBS and verb not in OF_PERSONS:
        nearest = clause.chain[-1:]  # "a woman with her arm raised": the arm
        return tuple(each.thing for each in nearest if len(clause.chain) == 1 or each.by in ("with", "has"))
    if clause.last == Last.THING and clause.object_of and is_doing:
        found = doers([i for i in clause.chained() if lives(things[i])] or clause.doing, things, verb)
        return found if all(lives(things[i]) for i in found) else ()
    if clause.last == Last.THING and clause.chain and clause.chain[0].by and verb in ANIMATE_VERBS:
        return ()  # who sits on what was named is not known
    after = at.following
    plural = isinstance(after, NounPhrase) and after.number > 1 and not after.definite
    if clause.last == Last.CONJUNCTION and verb not in ANIMATE_VERBS and plural:
        return ()  # "the axle and connecting pieces"
    among = {
        Last.THING: clause.chained(),
        Last.COMMA: clause.subject or (),
        Last.CONJUNCTION: clause.doing or clause.described,
        Last.SUBORDINATOR: clause.doing or clause.described,
    }.get(clause.last, ())
    return doers(among, things, verb)


def read_finite(at: Reading, token: Token) -> None:
    """Read a verb that has a subject."""
    clause = at.clause
    verb = verb_of(token.word)
    at.end_verb()
    if verb in HEDGING_VERBS:
        at.pass_over(Until.SENTENCE)
        return
    clause.waiting = clause.copula = None
    is_relative = clause.relative is not None and not clause.relative_done
    subjects = clause.about()
    if clause.fronted and clause.subject is None:  # "behind the fence stands a house"
        predicate, index = clause.fronted
        clause.fronted = (f"{progressive(verb)} {predicate}", index)
        clause.introducing, clause.last = True, Last.VERB
    elif verb in SHOWING_VERBS and not (subjects or is_relative) and clause.subject == []:  # "the image shows"
        clause.introducing, clause.last = True, Last.VERB
    else:
        _read_verb(at, verb, token, subjects)


def _read_verb(at: Reading, verb: str, token: Token, subjects: tuple[int, ...]) -> None:
    """Keep a verb of which object or preposition are to come, if it says something that one can see."""
    clause = at.clause
    clause.doing, clause.last = subjects, Last.VERB
    participle = token.tag == WordClass.PARTICIPLE
    if verb == "feature" and subjects:
        depicts = any(thing.head in DEPICTIONS for thing in at.things(subjects))
        clause.waiting = Waiting(() if depicts else subjects, "has", verb)
    elif verb == "include":
        clause.verb = Verb((), verb, "")
    elif verb in SHOWING_VERBS and not participle and verb != "contain":
        at.pass_over(Until.COMMA)
    elif token.word in PLACED or verb in VISIBLE_VERBS | DRAWING_VERBS or verb == "contain":
        is_form = participle or token.tag == WordClass.PROGRESSIVE
        clause.verb = Verb(subjects, verb, token.word if is_form else progressive(verb))
    elif verb in TRANSIENT_VERBS and not participle:
        at.pass_over(Until.COMMA)
    else:
        clause.verb = Verb((), verb, "")
        if participle and WordClass.ADJECTIVE in token.classes and token.word not in NOT_SEEN and not _goes_on(at):
            at.describe(subjects, [token.word])


def _is_drawn(at: Reading) -> bool:
    """Whether what was read last belongs to something that is drawn or written on it."""
    for part in reversed(at.row[: at.place]):
        if isinstance(part, Token) and part.tag in ENDS_CLAUSE:
            return False
        if isinstance(part, Token) and part.tag == WordClass.PARTICIPLE and verb_of(part.word) in DRAWING_VERBS:
            return True
    return False


def _goes_on(at: Reading) -> bool:
    """Whether a participle says little without what follows it: "accented with pillows"."""
    after = at.following
    return isinstance(after, Token) and after.tag == WordClass.PREPOSITION and after.word in ("by", "with")


def read_be(at: Reading, token: Token) -> None:
    """Read a form of "be"."""
    clause = at.clause
    if token.word in ("being", "be", "been"):
        return
    at.end_verb()
    if clause.last in (Last.THERE, Last.FRONTING) or (clause.fronted and clause.subject is None):
        clause.introducing = True
    clause.waiting = None
    about = clause.about() if token.word not in ("was", "were") else ()
    clause.copula = None if clause.introducing else about
    clause.last = Last.BE


def read_have(at: Reading, token: Token) -> None:
    """Read a form of "have", which may belong to a participle after it."""
    clause, after = at.clause, at.following
    if isinstance(after, Token) and after.tag in (WordClass.PARTICIPLE, WordClass.BE):
        clause.copula = clause.about()
        return
    at.end_verb()
    subjects = clause.about() if token.word != "having" else doers(clause.chained(), at.said.things, "have")
    clause.copula, clause.doing = None, subjects
    clause.waiting = Waiting(subjects, "has", "have")
    clause.last = Last.VERB


def read_modal(at: Reading, token: Token) -> None:
    """Read a modal: "can be seen" says that a thing is there, all others that it may be."""
    clause = at.clause
    after = [part.word for part in at.row[at.place + 1 : at.place + 4] if isinstance(part, Token)]
    if token.word == "can" and any(word in PLACED for word in after):
        clause.introducing = clause.last == Last.THERE
        clause.copula = None if clause.introducing else clause.about()
        return
    at.end_verb()
    at.pass_over(Until.SENTENCE)


def read_preposition(at: Reading, token: Token) -> None:
    """Read a preposition; what it places is what stands before it."""
    clause = at.clause
    if token.word == "like":
        at.end_verb()
        at.pass_over(Until.COMMA)
        return
    if clause.verb is not None:
        form = "" if clause.verb.form in PLACED else clause.verb.form
        predicate = _with_preposition(at, clause.verb, token.word)
        clause.waiting = Waiting(clause.verb.subjects, predicate, clause.verb.verb, token.word, form=form)
        clause.verb = None
        return
    is_after_object = clause.copula is None and clause.last == Last.THING and len(clause.chain) == 1
    after_object = clause.object_of if is_after_object and token.word != "of" else ""
    subjects = _placed(at, token.word)
    if clause.subject is None and not clause.chain and clause.last in (Last.START, Last.SUBORDINATOR, Last.COMMA):
        clause.last = Last.FRONTING
    clause.copula, clause.previous = None, ()
    canonical = PREDICATES.get(token.word, token.word)
    predicate = "" if canonical in UNTOLD or canonical == "of" else canonical
    clause.waiting = Waiting(subjects, predicate, preposition=token.word, after_object=after_object)


def _placed(at: Reading, preposition: str) -> tuple[int, ...]:
    """What a preposition without a verb is said of."""
    clause = at.clause
    if clause.copula is not None:
        return clause.copula
    if preposition == "of" and not isinstance(at.row[at.place - 1], NounPhrase):
        return ()
    if preposition == "by" and clause.governor and clause.governor.form and not clause.governor.form.endswith("ing"):
        return ()  # "strapped into a carriage by a belt"
    if preposition == "in" and clause.last == Last.THING and _is_drawn(at):
        return ()  # "letters are written on the crane in black"
    if clause.last == Last.THING:
        is_fronted = clause.fronted is not None and clause.subject is None and preposition != "of"
        if is_fronted or (preposition == "made of" and len(clause.chain) > 1):
            return ()
        return place_of(clause.chain, at.said.things, preposition)
    if clause.last == Last.ADJECTIVE and (preposition == "with") != clause.placed:
        return clause.described
    if clause.last == Last.ADVERBIAL and clause.governor is None and preposition not in ("with", "by"):
        return clause.previous
    return ()


def _with_preposition(at: Reading, verb: Verb, preposition: str) -> str:
    """The predicate of a verb and its preposition: "sitting on"; "on" alone where something is "placed on"."""
    is_participle = not verb.form.endswith("ing")
    canonical = PREDICATES.get(preposition, preposition)
    if verb.verb in DRAWING_VERBS and is_participle:
        for thing in at.things(verb.subjects):  # "a pig drawn on a sign" is not there
            thing.name = thing.name if thing.head in DRAWINGS else ""
    if verb.form in PLACED:
        return canonical if preposition not in UNTOLD else ""
    if verb.verb in ("dress", "clothe", "clad") and preposition == "in":
        return "wearing"
    if verb.verb in _ANY and preposition in ("in", "by", "with"):
        return f"{verb.form} with" if is_participle else ""
    if preposition == "by" and (is_participle or verb.verb not in _BESIDE):
        canonical = preposition
    return f"{verb.form} {canonical}" if verb.form else ""
