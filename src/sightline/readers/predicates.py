"""Predicates between two things: how they are written, which say the same, and which cannot both hold.

A predicate is written without forms of "be" and without articles ("is to the left of the" → "left of"), its verb as a
participle ("sits on" → "sitting on"), and one of several ways to say the same stands for all of them. The tables are
sightline's own. What excludes what is meant for one thing and one other: of two cups one may stand left and one right
of a plate.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from sightline.readers.vocabulary import words_of

__all__ = [
    "CLASSES",
    "CONVERSES",
    "OPPOSITES",
    "SAME",
    "SYMMETRIC",
    "WIDER",
    "agree",
    "agreeing",
    "canonical",
    "converse",
    "excluded_by",
    "opposite",
    "predicate_class",
    "same_predicate",
]

SAME = """
    left of = to left of = on left of = left side of = on left side of = at left of = to left side of = leftof, right of
    = to right of = on right of = right side of = on right side of = at right of = to right side of, above = up above =
    higher than = hanging above = situated above, below = lower than = situated below, over, under = underneath =
    beneath, in front of = before = ahead of = at front of = on front of, behind = in back of = at back of, on = on top
    of = atop = upon = on surface of = resting on = placed on = situated on = located on = sitting atop, inside = inside
    of = within = in interior of = enclosed in = contained in, outside = outside of, in, at, by, near = close to =
    nearby = in vicinity of, next to = beside = alongside = adjacent to = at side of = on side of = to side of = along
    side = by side of, far from = far away from = away from, between = in between, among = amongst = amid = in middle
    of, surrounding = all around = around, surrounded by, against = leaning against = up against, leaning on, touching =
    in contact with, not touching, attached to = connected to = fixed to = fastened to = mounted on = mounted to =
    affixed to, hanging on = hung on, hanging from = suspended from = hung from, covering, covered by = covered in =
    covered with, across = across from = opposite = opposite to = opposite of, facing = facing towards = turned towards,
    facing away from = turned away from, along, through, toward = towards = to, wearing = dressed in = clad in = has on
    = wears, worn by = worn on, without, holding = gripping = grasping = clutching = held in hand, held by = in hand of
    = in hands of, carrying, carried by, has = having = with = possessing = featuring, part of = belonging to = of,
    containing = filled with = full of, made of, riding = riding on = riding atop = riding in, ridden by, driving,
    driven by, pulling = towing = dragging, pulled by = towed by, pushing, pushed by, entering = going into = walking
    into = coming into = getting into, leaving = exiting = going out of = coming out of, getting on = boarding =
    mounting, getting off = dismounting = getting out of, climbing up = going up = climbing = ascending, climbing down =
    going down = descending, walking toward = approaching = moving toward, walking away from = moving away from,
    standing on = standing in = standing atop, sitting on = seated on = sitting in = seated in = seated atop, lying on =
    laying on = laying in = lying in = lying atop, kneeling on, crouching on, leaning over, walking on = walking in =
    walking along = walking across = walking down, running on = running in = running across, standing next to = standing
    beside, sitting next to = sitting beside = seated next to, lying next to, looking at = watching = gazing at =
    staring at, looking away from, eating, drinking = drinking from, eaten by, eating from, playing with, playing,
    using, throwing, catching, hitting = striking = swinging at, kicking, reaching for, feeding, petting, chasing,
    chased by, following, followed by, leading, led by, cutting, cooking, washing, talking to, talking on, hugging,
    kissing, opening, closing, lifting, putting down, parked on = parked in, parked next to, flying in, flying over,
    swimming in, floating on = floating in, growing on = growing in = growing from, printed on = painted on = written
    on, shining on, reflected in, taller than, shorter than, larger than = bigger than, smaller than, older than,
    younger than, crossing, passing
"""
"""Groups of predicates, separated by commas; those of one group, parted by "=", say the same."""

OPPOSITES = """
    left of/right of, above/below, over/under, in front of/behind, on/under, inside/outside, next to/far from, near/far
    from, facing/facing away from, wearing/without, has/without, pulling/pushing, pulled by/pushed by, entering/leaving,
    getting on/getting off, climbing up/climbing down, walking toward/walking away from, opening/closing, looking
    at/looking away from, chasing/chased by, following/leading, followed by/led by, lifting/putting down, taller
    than/shorter than, larger than/smaller than, older than/younger than, touching/far from
"""
"""Pairs of which one surely does not hold where the other does; the first pair of a predicate is its opposite."""

CONVERSES = """
    left of/right of, above/below, over/under, in front of/behind, on/under, wearing/worn by, holding/held by,
    carrying/carried by, has/part of, riding/ridden by, driving/driven by, pulling/pulled by, pushing/pushed by,
    covering/covered by, inside/containing, surrounding/surrounded by, eating/eaten by, chasing/chased by,
    following/followed by, leading/led by, taller than/shorter than, larger than/smaller than, older than/younger than
"""
"""Pairs of which one holds of two things where the other holds of them the other way round."""

SYMMETRIC = """
    near, next to, touching, far from, across, attached to, talking to, playing with, hugging, kissing,
    standing next to, sitting next to, lying next to, parked next to
"""
"""Predicates that hold both ways or not at all."""

WIDER = """
    on: above, over, touching, near, in, at, by, next to; in: inside, on, at, near; inside: in, within; above: over,
    near; over: above, near, on, covering; below: under; under: below, near; in front of: near, by, next to, facing, at;
    behind: near, by, next to; left of: near, by, next to; right of: near, by, next to; next to: near, by, at, touching,
    along, against, in front of, behind; near: by, at, next to, along; at: by, next to; against: touching, near, next
    to, on, leaning on; leaning on: on, touching; attached to: on, touching, near, hanging on, hanging from, part of,
    has; hanging on: on, touching, attached to; hanging from: attached to, below, on, under, in; covering: on, over,
    above, touching; covered by: under, below, in, with, has; standing on: on, in, at; sitting on: on, in, at; lying on:
    on, in, at; kneeling on: on, in; crouching on: on; walking on: on, in, along, crossing, through; running on: on, in,
    along; parked on: on, in, at, near; floating on: on, in; growing on: on, in, from, inside; printed on: on, in, part
    of; flying in: in, through; flying over: over, above, in; swimming in: in, inside, on; parked next to: next to,
    near; standing next to: next to, near, by; sitting next to: next to, near, by; lying next to: next to, near, by;
    wearing: has, in, covered by; worn by: on, part of; holding: has, touching, carrying, using, with; carrying: has,
    holding, with; held by: in, carried by, part of; carried by: held by, on, in; has: with, wearing, holding,
    containing; containing: has, holding; part of: on, in, attached to, at; riding: on, in, driving, sitting on, using,
    with; driving: in, inside, riding; pulling: attached to, near, in front of, leading; pushing: behind, near,
    touching; looking at: facing, near, in front of; facing: near, in front of; eating: holding, has; drinking: holding,
    has; eating from: at; playing with: holding, has, using, near; playing: holding, using, has; using: holding, has;
    throwing: holding, has; catching: holding, has; hitting: holding, near; feeding: near; petting: touching, near;
    following: behind, near, chasing; chasing: behind, near, following; leading: in front of, near, pulling;
    surrounding: around, near; surrounded by: in, among, near, between; crossing: on, across, in, walking on; passing:
    near, next to; reaching for: near, touching; along: near, next to, on, by; across: in front of, near, facing;
    entering: in, at, near; leaving: near, at, in; getting on: on, near; getting off: on, near; climbing up: on;
    climbing down: on; opening: touching, holding; closing: touching, holding; among: in, between, near; between: near
"""
"""Predicate: predicates that may hold where it does; semicolons part the entries. It is read both ways."""

CLASSES: Mapping[str, str] = {
    "spatial": "left of, right of, above, below, over, under, in front of, behind, on, inside, outside, in, at, by, "
    "near, next to, far from, between, among, surrounding, surrounded by, against, touching, across, along, through, "
    "toward",
    "wearing": "wearing, worn by, without",
    "holding": "holding, held by, carrying, carried by",
    "part": "has, part of, containing, made of, attached to, covered by, covering, hanging from, hanging on, "
    "printed on",
    "comparison": "taller than, shorter than, larger than, smaller than, older than, younger than",
}
"""Class → predicates. Those with a participle that stand in no class are actions."""

_OTHER_POSTURES: Mapping[str, tuple[str, ...]] = {
    "standing": ("sitting", "lying"),
    "sitting": ("standing",),
    "lying": ("standing",),
    "walking": ("sitting", "lying"),
    "running": ("standing", "sitting", "lying"),
}
"""Who sits on a thing does not stand on it; whether a cat sits or lies, people do not agree."""

_WITH_POSTURES = frozenset(("on", "next to"))
_BE = frozenset(words_of("is are was were be being been that which who currently also it"))
_ARTICLES = frozenset(words_of("the a an his her their its"))
_SMALL = frozenset(words_of("at by for from in into of off on onto out over per to up with down away back front"))


@lru_cache(maxsize=1 << 14)
def canonical(predicate: str) -> str:
    """How a predicate is written here.

    Example:
        >>> [canonical(each) for each in ("is to the left of", "sits on", "ON TOP OF", "beneath", "holds up")]
        ['left of', 'sitting on', 'on', 'under', 'holding up']
    """
    words = [word for word in predicate.lower().replace("-", " ").replace("_", " ").split() if word not in _BE]
    words = [word for word in words if word not in _ARTICLES]
    plain = " ".join(words)
    if plain in _groups():
        return _groups()[plain]
    if words:
        words[0] = _participle(words[0])
    plain = " ".join(words)
    return _groups().get(plain, plain)


def predicate_class(predicate: str) -> str | None:
    """The class of a predicate: spatial, wearing, holding, part, comparison or action; None where it has none.

    Example:
        >>> [predicate_class(each) for each in ("on the left of", "wears", "has", "kicks", "of the same make as")]
        ['spatial', 'wearing', 'part', 'action', None]
    """
    said = canonical(predicate)
    return _classes().get(said) or ("action" if said.split(" ")[0].endswith("ing") else None)


def same_predicate(first: str, second: str) -> bool:
    """Whether two predicates say the same.

    Example:
        >>> same_predicate("to the left of", "left of"), same_predicate("beside", "near"), same_predicate("on", "above")
        (True, False, False)
    """
    return canonical(first) == canonical(second)


def agree(first: str, second: str) -> bool:
    """Whether one may hold where the other does because it says the same, more of it or less of it.

    Example:
        >>> agree("on", "above"), agree("standing on", "on"), agree("standing on", "sitting on"), agree("on", "under")
        (True, True, False, False)
    """
    return canonical(second) in agreeing(first)


@lru_cache(maxsize=1 << 14)
def agreeing(predicate: str) -> frozenset[str]:
    """The predicates that may hold where this one does, as they are written here, itself among them.

    Example:
        >>> sorted(agreeing("eats"))
        ['eating', 'has', 'holding']
    """
    said = canonical(predicate)
    narrower = (other for other, wider in _wider().items() if said in wider)
    return frozenset((said, *_wider().get(said, ()), *narrower))


def opposite(predicate: str) -> str | None:
    """The predicate that says the opposite and surely does not hold of the same two things; None where there is none.

    Example:
        >>> opposite("to the left of"), opposite("on top of"), opposite("wearing"), opposite("eating")
        ('right of', 'under', 'without', None)
    """
    return next(iter(excluded_by(predicate)), None)


@lru_cache(maxsize=1 << 14)
def excluded_by(predicate: str) -> tuple[str, ...]:
    """The predicates that surely do not hold of two things where this one does, its opposite first.

    Example:
        >>> excluded_by("sits on"), excluded_by("near")
        (('standing on',), ('far from',))
    """
    said = canonical(predicate)
    return (*_pairs(OPPOSITES).get(said, ()), *_other_postures(said))


@lru_cache(maxsize=1 << 14)
def converse(predicate: str) -> str | None:
    """The predicate that holds of two things the other way round; None where there is none.

    Example:
        >>> converse("above"), converse("next to"), converse("wears"), converse("looking at")
        ('below', 'next to', 'worn by', None)
    """
    said = canonical(predicate)
    if said in _symmetric():
        return said
    return next(iter(_pairs(CONVERSES).get(said, ())), None)


def _participle(verb: str) -> str:
    """A verb in its -ing form; other words as they are."""
    if verb in _SMALL or verb.endswith(("ing", "ed")) or verb in _first_words():
        return verb
    from lemminflect import getInflection, getLemma  # takes 0.3 s, which what the tables know need not wait for

    lemmas = getLemma(verb, upos="VERB")
    forms = getInflection(lemmas[0], tag="VBG") if lemmas and verb in _present(lemmas[0]) else ()
    return forms[0] if forms else verb


def _present(lemma: str) -> tuple[str, ...]:
    from lemminflect import getInflection

    return (lemma, *getInflection(lemma, tag="VBZ"))


def _other_postures(said: str) -> tuple[str, ...]:
    posture, _, rest = said.partition(" ")
    if rest not in _WITH_POSTURES:
        return ()
    return tuple(f"{other} {rest}" for other in _OTHER_POSTURES.get(posture, ()))


@cache
def _groups() -> Mapping[str, str]:
    """Predicate → how it is written here."""
    return {said: group[0] for group in _listed(SAME, parted="=") for said in group}


@cache
def _first_words() -> frozenset[str]:
    return frozenset(said.split(" ")[0] for said in _groups())


@cache
def _pairs(table: str) -> Mapping[str, tuple[str, ...]]:
    """Predicate → those with which it stands in a pair."""
    found: dict[str, tuple[str, ...]] = {}
    for first, second in _listed(table, parted="/"):
        found[first] = (*found.get(first, ()), second)
        found[second] = (*found.get(second, ()), first)
    return found


@cache
def _wider() -> Mapping[str, frozenset[str]]:
    """Predicate → those that may hold where it does."""
    entries = (entry.partition(":") for entry in WIDER.split(";"))
    return {said.strip(): frozenset(other for (other,) in _listed(others)) for said, _, others in entries}


@cache
def _symmetric() -> frozenset[str]:
    return frozenset(said for (said,) in _listed(SYMMETRIC))


@cache
def _classes() -> Mapping[str, str]:
    """Predicate → its class."""
    return {said: of for of, members in CLASSES.items() for (said,) in _listed(members)}


def _listed(table: str, parted: str = ";") -> Iterator[tuple[str, ...]]:
    """The entries of a table, and within each the phrases that are parted by a sign."""
    return (tuple(" ".join(phrase.split()) for phrase in entry.split(parted)) for entry in table.split(","))
