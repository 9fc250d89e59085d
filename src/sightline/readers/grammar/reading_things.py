"""What a noun phrase or an adjective of a sentence adds to what the sentence says."""

from sightline.readers.grammar.attachment import Attached, lives, of_relation, related
from sightline.readers.grammar.constituents import Constituent
from sightline.readers.grammar.describing_words import SIDES
from sightline.readers.grammar.kinds_of_thing import BODY_PARTS, MATERIALS, is_clothing, is_part, is_person
from sightline.readers.grammar.noun_phrases import AdjectivePhrase, NounPhrase
from sightline.readers.grammar.reading import ENDS_CLAUSE, FINITE, UNNAMED, Last, Reading, Until, Verb, Waiting
from sightline.readers.grammar.scene_verbs import ALSO_TRANSITIVE, RESTING_VERBS, WITHOUT_OBJECT
from sightline.readers.grammar.tokens import COMMA, Token
from sightline.readers.grammar.unseen import PLACES_IN, THE_IMAGE
from sightline.readers.word_classes import WordClass, progressive

__all__ = ["UNTOLD", "read_adjectives", "read_thing", "starts_clause"]

UNTOLD = frozenset(("for", "despite", "via", "per", "during", "about", "to", "from", "into", "before", "without"))
"""Prepositions after a noun whose object need not be there, or is not there with it."""

_NOTHING = Waiting((), "")
_INTRANSITIVE = (RESTING_VERBS - ALSO_TRANSITIVE) | WITHOUT_OBJECT
_OPEN_LISTS = ("full of", "covered with", "topped with", "filled with")


def read_thing(at: Reading, phrase: NounPhrase) -> None:
    """Read a noun phrase: the object of what waits for one, the next of a list, or what a clause is about."""
    clause = at.clause
    if clause.copula is not None and not clause.introducing:
        _read_predicate_noun(at, phrase)
        return
    if clause.last == Last.RELATIVE:  # "the belt that the woman is wearing"
        at.note(phrase)
        at.pass_over(Until.COMMA)
        return
    if clause.last == Last.THING and not (clause.waiting or clause.verb or clause.introducing):
        at.note(phrase)  # "the belt the woman is wearing"
        clause.subject, clause.chain, clause.governor = [], [], None
        return
    waiting = clause.waiting or (_waiting_verb(clause.verb, phrase) if clause.verb else None)
    clause.waiting = clause.verb = None
    if waiting is not None:
        _read_object(at, phrase, waiting)
    elif not clause.introducing and clause.last in (Last.CONJUNCTION, Last.COMMA) and _is_in_list(at):
        _read_listed(at, phrase)
    else:
        _read_subject(at, phrase)
    clause.introducing = False


def _waiting_verb(verb: Verb, phrase: NounPhrase) -> Waiting:
    """A verb that waits for an object, as a predicate."""
    form = verb.form
    if form and not form.endswith("ing"):  # a past tense: "trees surrounded the meadow"
        form = progressive(verb.verb) if phrase.definite else ""
    return Waiting(verb.subjects, "" if verb.verb in _INTRANSITIVE else form, verb.verb)


def _read_subject(at: Reading, phrase: NounPhrase) -> None:
    """Read what a clause is about."""
    clause = at.clause
    index = at.note(phrase)
    clause.subject = [] if index is None else [index]
    at.said.subjects += clause.subject
    if index is None and phrase.head not in THE_IMAGE | PLACES_IN:
        at.said.subjects.append(UNNAMED)
    clause.chain_to(clause.subject)
    clause.object_of, clause.governor, clause.has_verb = "", None, False
    clause.doing = clause.described = ()
    if clause.fronted and index is not None and (clause.introducing or not (phrase.stands_for or phrase.definite)):
        at.link(index, *clause.fronted)
    clause.fronted, clause.last = None, Last.THING


def _read_predicate_noun(at: Reading, phrase: NounPhrase) -> None:
    """Read what a thing is said to be: its attributes are the thing's, and no other thing is named."""
    clause = at.clause
    subjects = clause.copula or ()
    if phrase.name in MATERIALS and not phrase.definite:
        at.describe(subjects, [phrase.name])
    elif phrase.is_object and phrase.whole:
        at.describe(subjects, phrase.attributes)
    clause.chain_to(subjects if phrase.whole else ())
    if not phrase.whole:  # "is part of a building"
        at.note(phrase)
    clause.copula, clause.last = None, Last.THING


def _read_object(at: Reading, phrase: NounPhrase, waiting: Waiting) -> None:
    """Read what a verb or a preposition leads to."""
    clause = at.clause
    if waiting.preposition == "made of":
        at.describe(waiting.subjects, [f"made of {_wording(at, phrase)}"])
        clause.last = Last.ADVERBIAL
        return
    if waiting.preposition in UNTOLD and not waiting.verb:
        clause.last = Last.ADVERBIAL
        return
    index = None if _is_manner(phrase, waiting) else at.note(phrase)
    if index is None:
        _read_adverbial(at, phrase, waiting)
        return
    for subject in waiting.subjects:
        _relate(at, subject, waiting, index)
    if clause.last == Last.FRONTING:
        clause.fronted = (waiting.predicate, index)
    if waiting.preposition:
        clause.chain.append(Attached(index, waiting.preposition))
    else:
        clause.chain, clause.object_of = [Attached(index, waiting.predicate)], waiting.verb
    clause.governor, clause.listing, clause.last = waiting, False, Last.THING


def _is_manner(phrase: NounPhrase, waiting: Waiting) -> bool:
    """Whether what follows says how, and names nothing: "playing baseball", "in a line"."""
    is_game = waiting.verb == "play" and not (waiting.preposition or phrase.introduced or phrase.definite)
    return is_game or (waiting.preposition == "in" and phrase.head in ("circle", "line", "pattern", "square"))


def _wording(at: Reading, phrase: NounPhrase) -> str:
    """How a phrase is worded in the text, in lower case."""
    return " ".join(at.text[phrase.begins : phrase.span[1]].lower().split())


def _read_adverbial(at: Reading, phrase: NounPhrase, waiting: Waiting) -> None:
    """Read a place that is no thing: "in the background", "on the left side"."""
    clause = at.clause
    for thing in at.things(waiting.subjects):
        thing.sides += tuple(side for side in (*phrase.sides, phrase.head) if side in SIDES)
    if waiting.form:
        at.rest(waiting.verb, waiting.form, waiting.subjects)
    clause.governor = None
    clause.previous = waiting.subjects if waiting.preposition and len(clause.chain) < 2 else ()
    if clause.last != Last.FRONTING:
        clause.last = Last.ADVERBIAL


def _relate(at: Reading, subject: int, waiting: Waiting, index: int) -> None:
    """Say how a thing stands to the object of a predicate."""
    first, second = at.said.things[subject], at.said.things[index]
    if waiting.preposition == "of":
        predicate, reverse = of_relation(first, second)
        at.link(*((index, predicate, subject) if reverse else (subject, predicate, index)))
        return
    predicate = _predicate(first, waiting, second)
    if predicate == "with" and is_part(second.name) and second.introduced and not second.definite:
        at.describe([subject], [f"with {_wording(at, second)}"])
    at.link(subject, predicate, index)


def _predicate(first: NounPhrase, waiting: Waiting, second: NounPhrase) -> str:
    """The predicate between two things, "" where it is unsure."""
    predicate, preposition = waiting.predicate, waiting.preposition
    if waiting.after_object:
        return related(first, preposition, waiting.after_object, second)
    if predicate == "in" and preposition == "in" and is_clothing(second.name) and is_person(first.name):
        return "wearing"
    if preposition == "with" and second.pronoun and second.head in BODY_PARTS and not lives(first):
        return ""  # "holding an album with his hand"
    if waiting.verb and preposition == "with" and predicate.endswith("ing with") and is_part(second.name):
        return ""  # "smiling with teeth"
    return "" if preposition == "between" and second.number == 1 else predicate


def _is_in_list(at: Reading) -> bool:
    """Whether something stands before that a list could go on from."""
    clause = at.clause
    if clause.fronted and clause.subject is None and clause.last == Last.COMMA:
        return False
    return clause.subject is not None or clause.governor is not None


def _read_listed(at: Reading, phrase: NounPhrase) -> None:
    """Read a thing after "and" or a comma: the next of a list, or the subject of a new clause."""
    clause = at.clause
    if clause.has_verb and starts_clause(at, at.place):
        _read_subject(at, phrase)
        return
    index = at.note(phrase)
    if index is None:
        clause.chain, clause.last = [], Last.ADVERBIAL
        return
    if clause.governor is None:
        clause.subject = [*(clause.subject or ()), index]
        at.said.subjects.append(index)
    elif _lists(clause.governor, phrase) and not _starts_anew(at):
        for subject in clause.governor.subjects:
            _relate(at, subject, clause.governor, index)
    else:
        clause.governor, clause.subject = _NOTHING, [] if clause.has_verb else None
    clause.chain_to([index])
    clause.last = Last.THING


def _starts_anew(at: Reading) -> bool:
    """Whether a comma stands before the "and" after a single object: "a mouth with pursed lips, and a chin"."""
    clause = at.clause
    before = at.row[at.place - 2] if at.place > 1 else None
    if clause.last == Last.COMMA:
        clause.listing = True
    comma = isinstance(before, Token) and before.tag == COMMA
    return clause.last == Last.CONJUNCTION and comma and not clause.listing and clause.governor is not None


def _lists(governor: Waiting, phrase: NounPhrase) -> bool:
    """Whether what leads to one thing leads to the next of a list as well."""
    if governor.after_object:
        return False
    if not governor.preposition:
        return bool(governor.predicate)
    if governor.preposition == "with" and is_part(phrase.name):
        return True
    return governor.predicate in _OPEN_LISTS or (governor.preposition in ("in", "with") and is_clothing(phrase.name))


def starts_clause(at: Reading, place: int) -> bool:
    """Whether a verb comes after a place before anything that ends a clause."""
    for part in at.row[place + 1 :]:
        if isinstance(part, Token):
            if part.tag in FINITE and part.word not in ("being", "having", "to"):
                return True
            if part.tag in ENDS_CLAUSE:
                return False
    return False


def read_adjectives(at: Reading, phrase: AdjectivePhrase) -> None:
    """Read adjectives without a noun: of what "is", or right after a noun ("with mouth open")."""
    clause, attributes = at.clause, phrase.attributes
    if clause.waiting is not None:  # "in red", "painted in blue and white"
        clause.governor, clause.waiting, clause.last = _NOTHING, None, Last.ADVERBIAL
        return
    if clause.copula is not None:
        at.describe(clause.copula, attributes)
        clause.described, clause.copula = clause.copula, None
    elif clause.last in (Last.CONJUNCTION, Last.COMMA) and clause.described:
        at.describe(clause.described, attributes)
    elif clause.verb is not None and clause.verb.verb in ("paint", "color", "colour", "dye"):
        how = "painted " if clause.verb.verb == "paint" else ""
        at.describe(clause.verb.subjects, [f"{how}{attribute}" for attribute in attributes])
    else:
        is_after_noun = clause.last == Last.THING and bool(clause.chain) and _ends_phrase(at.following)
        clause.described = (clause.chain[-1].thing,) if is_after_noun else ()
        at.describe(clause.described, attributes)
    clause.placed = phrase.placed
    clause.verb, clause.last = None, Last.ADJECTIVE


def _ends_phrase(after: Constituent | None) -> bool:
    """Whether nothing follows that adjectives after a noun could belong to."""
    if not isinstance(after, Token):
        return after is None
    return after.tag in (*ENDS_CLAUSE, WordClass.PREPOSITION, WordClass.ADVERB)
