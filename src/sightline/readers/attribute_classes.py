"""What kind of attribute a word names, and which attributes cannot both be had.

Within a class, groups of words mean the same. In some classes any two groups exclude one another (colours, numbers,
postures), but for those that lie close (beige and tan); in others only opposites do (size: large and small). Words that
stand in no table have no class, and nothing is claimed of them. The tables are sightline's own.

What excludes what is meant for what people say of a picture: a bench of wood and iron is both, but called a metal bench
by few; where a thing has several attributes of a class, each must exclude.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from sightline.readers.colour import colours
from sightline.readers.quantities import NUMBER, value_of

__all__ = ["CLOSE", "GROUPS", "OPPOSED", "attribute_class", "attributes_named", "excludes", "same_attribute"]

GROUPS: Mapping[str, str] = {
    "brightness": "bright = brightly colored = vivid = brilliant, dark = dim = shadowy, light = pale = light colored",
    "size": "small = little = tiny = miniature = mini = petite = undersized, medium = medium sized = mid sized, "
    "large = big = huge = giant = enormous = massive = oversized = gigantic = oversize = large sized",
    "length": "long = elongated = lengthy, short = stubby, tall = towering",
    "height": "high, low",
    "width": "wide = broad, narrow, thick = chunky, thin = slim = slender = skinny, "
    "fat = overweight = heavyset = chubby = obese = plump",
    "depth": "deep, shallow",
    "weight": "heavy, lightweight = light weight = light",
    "material": "wood = wooden = wood grain = timber = oak = pine = plywood, "
    "metal = metallic = steel = iron = aluminum = aluminium = chrome = tin = stainless steel = wrought iron = brass "
    "= copper, plastic, glass, stone = rock = marble = granite = slate = cobblestone, brick, "
    "concrete = cement = asphalt = paved, leather = suede, "
    "cloth = fabric = cotton = wool = woolen = woollen = denim = silk = velvet = knit = knitted = linen = canvas, "
    "paper, cardboard, ceramic = porcelain = china = clay = terracotta, rubber, wicker = rattan, "
    "straw = thatched, fur, wax, dirt = dirt covered, grass",
    "shape": "round = circular = spherical = rounded, square = cube shaped, rectangular = rectangle = oblong, "
    "triangular = triangle = pyramid shaped, oval = oval shaped = elliptical, heart shaped, star shaped, "
    "octagonal = octagon, hexagonal = hexagon, diamond shaped, cylindrical = cylinder, crescent shaped = crescent",
    "pattern": "plain = solid colored = solid color = unpatterned, striped = stripes = with stripes = stripped, "
    "dotted = spotted = polka dot = polka dotted = speckled = with dots, "
    "checkered = plaid = checked = checkerboard = tartan = gingham, "
    "floral = flowered = flowery = floral print = with flowers, camouflage = camo = camouflaged, paisley, zigzag, "
    "patterned = printed = decorated = decorative",
    "texture": "smooth = sleek, rough = coarse = bumpy = rugged, "
    "shiny = glossy = reflective = polished = gleaming = shining, matte = dull, "
    "fluffy = furry = hairy = fuzzy = shaggy, hairless",
    "age": "old = aged = ancient = elderly = antique = vintage, new = brand new = modern, "
    "young = baby = youthful = infant, adult = grown = mature = middle aged",
    "sex": "male = masculine, female = feminine",
    "openness": "open = opened = wide open, closed = shut",
    "wetness": "wet = damp = soaked = soaking = moist, dry = dried",
    "power": "on = lit = turned on = lit up = illuminated = switched on = glowing, "
    "off = turned off = unlit = switched off",
    "fullness": "full = filled, empty, half full = half empty",
    "cleanliness": "clean = spotless, dirty = muddy = filthy = stained = grimy = soiled = dusty",
    "condition": "broken = damaged = cracked = shattered, intact = unbroken = undamaged",
    "temperature": "hot = steaming, cold = icy = frozen = chilly",
    "firmness": "soft, hard = firm",
    "sharpness": "sharp, blunt",
    "straightness": "straight, curved = bent = crooked = winding = arched = curving, curly = curled, wavy",
    "transparency": "transparent = see through = clear, opaque",
    "cloudiness": "clear = cloudless, cloudy = overcast",
    "leaves": "bare = leafless, leafy = leaf covered",
    "order": "tidy = neat = organized = organised, messy = cluttered = untidy = disorganized",
    "crowd": "crowded = busy = packed, deserted = uncrowded = vacant",
    "cooking": "raw = uncooked, cooked = fried = grilled = baked = roasted = boiled",
    "ripeness": "ripe, unripe",
    "cut": "whole = uncut, sliced = cut = chopped = diced = cut up",
    "hair": "bald = bald headed, long haired, short haired, curly haired",
    "posture": "standing = stand = upright = standing up, sitting = seated = sitting down = sit, "
    "lying = laying = lying down = laying down = reclining = reclined, kneeling, "
    "crouching = squatting = crouched = squatted, leaning = leaning over = bending = bending over = bent over, "
    "walking = strolling, running = jogging = sprinting, jumping = leaping, flying = in flight = in the air, "
    "swimming, parked = stationary",
    "sleep": "asleep = sleeping, awake",
    "expression": "smiling = happy = laughing = grinning = cheerful, sad = crying = unhappy, "
    "angry = frowning = mad, serious = unsmiling",
    "weather": "sunny, overcast, rainy = raining, snowy = snowing, foggy = misty = hazy, stormy",
    "time": "daytime = day, night = nighttime",
    "side": "left = left hand, right = right hand",
    "end": "front, back = rear",
    "level": "upper = top, lower = bottom",
    "speed": "fast, slow",
    "steepness": "steep, flat = level",
    "tightness": "loose = baggy, tight = fitted",
    "occupation": "empty = unoccupied = vacant, occupied",
    "sleeves": "long sleeved = long sleeve = with long sleeves, short sleeved = short sleeve = with short sleeves, "
    "sleeveless",
}
"""Class → groups of words, separated by commas; words of one group, parted by "=", mean the same."""

OPPOSED: Mapping[str, str] = {
    "brightness": "bright/dark, dark/light",
    "size": "small/large",
    "length": "long/short, short/tall",
    "width": "wide/narrow, thick/thin, thin/fat",
    "texture": "smooth/rough, shiny/matte, fluffy/smooth, fluffy/hairless",
    "age": "old/young, old/new, young/adult",
    "straightness": "straight/curved, straight/curly, straight/wavy",
    "hair": "bald/long haired, bald/short haired, bald/curly haired, long haired/short haired",
}
"""Classes in which only these exclude one another; in all others, every two groups do."""

CLOSE: Mapping[str, str] = {
    "colour": "beige: tan brown cream white ivory pink peach khaki, cream: yellow white ivory tan, "
    "ivory: white yellow, "
    "gold: yellow orange brown tan bronze copper blond, tan: brown khaki bronze peach orange, khaki: green brown gray, "
    "blond: yellow tan brown white, silver: gray white, gray: black white, charcoal: gray black, "
    "bronze: copper brown rust, copper: orange red brown rust, rust: brown orange red, "
    "turquoise: teal cyan blue green, teal: cyan blue green, cyan: blue green, magenta: pink purple red, "
    "coral: peach pink orange red, peach: pink orange, red: brown, orange: brown, "
    "tan: yellow gray white, beige: gray yellow, blond: gold",
    "material": "stone: brick concrete ceramic dirt, concrete: brick dirt, plastic: rubber glass leather ceramic wax "
    "metal cloth, ceramic: glass, leather: cloth rubber, paper: cardboard cloth, wicker: wood straw, "
    "straw: wood grass, "
    "cloth: fur, dirt: grass, glass: metal",
    "shape": "round: oval cylindrical crescent_shaped octagonal hexagonal, square: rectangular diamond_shaped, "
    "oval: rectangular cylindrical, octagonal: hexagonal",
    "pattern": "striped: checkered zigzag, floral: paisley, patterned: striped dotted checkered floral camouflage "
    "paisley zigzag, dotted: floral paisley",
    "fullness": "half_full: full empty",
    "posture": "leaning: standing sitting crouching kneeling walking running jumping, standing: walking parked flying, "
    "sitting: crouching kneeling lying flying, crouching: kneeling standing, jumping: flying running, "
    "running: walking, "
    "swimming: lying standing, parked: sitting",
    "expression": "serious: sad angry, sad: angry",
    "weather": "overcast: rainy snowy foggy stormy sunny, stormy: rainy snowy foggy, foggy: rainy snowy, rainy: snowy",
}
"""In the other classes: a group of words, and those to which it lies too close, or with which it is too easily said of
one thing, to exclude them."""

_MORE_COLOURS = """
    cream, ivory, bronze, copper, khaki, peach, coral, rust, blond = blonde, multicolored = multi colored =
    multicoloured = multi coloured = colorful = colourful = rainbow
"""

_DEGREES = re.compile(r"^(?:very|really|quite|rather|fairly|extremely|completely|fully|mostly|all|so|too)\s+")
_ARTICLES = re.compile(r"^(?:(?:is|are|an?|the)\s+)+")
_MADE = re.compile(r"^(?:made|built|constructed)\s+(?:up\s+)?(?:out\s+)?(?:of|from)\s+")
_COLOURED = re.compile(r"\s+(?:in\s+colou?r|colou?red|colou?r|in\s+hue|toned?)$")
_JOINTS = re.compile(r"\s*(?:,|&|/|\band\b|\bwith\b)\s*")
_NUMBER = re.compile(NUMBER)


_SHADES = frozenset(("dark", "light", "pale", "bright", "deep"))
_DARK = frozenset(("dark", "darker", "deep", "navy", "midnight", "charcoal", "maroon", "burgundy", "slate"))
_LIGHT = frozenset(("light", "lighter", "pale", "pastel", "off"))
_ANY_COLOUR = "multicolored"


class _Place(NamedTuple):
    """Where an attribute stands in the tables.

    Args:
        of: its class.
        group: the first word of its group.
    """

    of: str
    group: str


@lru_cache(maxsize=1 << 16)
def attribute_class(text: str) -> str | None:
    """The class of an attribute; None where the tables do not know it.

    Example:
        >>> [attribute_class(text) for text in ("dark brown", "light-blue", "made of wood", "tiny", "two", "holy")]
        ['colour', 'colour', 'material', 'size', 'number', None]
    """
    return min((place.of for place in _places(text)), key=_order, default=None)


@lru_cache(maxsize=1 << 16)
def excludes(first: str, second: str) -> bool:
    """Whether two attributes surely cannot both be had by one thing.

    Example:
        >>> excludes("red", "light blue"), excludes("big", "tiny"), excludes("wooden", "made of metal")
        (True, True, True)
        >>> excludes("beige", "tan"), excludes("red", "red and white"), excludes("red", "large"), excludes("a", "b")
        (False, False, False, False)
        >>> excludes("dark blue", "black"), excludes("dark blue", "white"), excludes("pale gray", "white")
        (False, True, False)
    """
    if _blends(first, second) or _blends(second, first):
        return False
    ones, others = _places(first), _places(second)
    pairs = [(one, other) for one in ones for other in others if one.of == other.of]
    return any(all(_apart(*pair) for pair in pairs if pair[0].of == of) for of in {one.of for one, _ in pairs})


@lru_cache(maxsize=1 << 16)
def same_attribute(first: str, second: str) -> bool:
    """Whether two attributes say the same, or one says more of it, as "dark brown" does of "brown".

    Example:
        >>> same_attribute("big", "large"), same_attribute("wooden", "made of wood"), same_attribute("gray", "grey")
        (True, True, True)
        >>> same_attribute("red", "red and white"), same_attribute("red", "blue")
        (True, False)
    """
    return _plain(first) == _plain(second) or not _places(first).isdisjoint(_places(second))


@lru_cache(maxsize=1 << 12)
def attributes_named(text: str) -> tuple[str, ...]:
    """The known attributes that a phrase names anywhere, such as the colour in "with a white collar".

    Example:
        >>> attributes_named("with a large white collar")
        ('large', 'white')
    """
    words = _plain(text).split()
    spans = ((place, end) for place in range(len(words)) for end in range(place + 1, min(place + 3, len(words)) + 1))
    phrases = (" ".join(words[place:end]) for place, end in spans)
    return tuple(phrase for phrase in phrases if phrase == _plain(phrase) and _places(phrase))


def _blends(shaded: str, plain: str) -> bool:
    """Whether a shade is so dark that it may be called black, or so light that it may be called white."""
    words = frozenset(_plain(shaded).split())
    groups = {place.group for place in _places(plain) if place.of == "colour"}
    return ("black" in groups and not words.isdisjoint(_DARK)) or ("white" in groups and not words.isdisjoint(_LIGHT))


def _apart(one: _Place, other: _Place) -> bool:
    """Whether two places of one class exclude one another."""
    pair = frozenset((one.group, other.group))
    if one.of in OPPOSED:
        return pair in _opposed()[one.of]
    return len(pair) == 2 and _ANY_COLOUR not in pair and pair not in _close().get(one.of, ())


@lru_cache(maxsize=1 << 16)
def _places(text: str) -> frozenset[_Place]:
    """Where an attribute stands; several places where it has several meanings or names several colours."""
    plain = _plain(text)
    found = _table().get(_MADE.sub("", plain), frozenset()) | {_Place("colour", name) for name in _colours(plain)}
    if _NUMBER.fullmatch(plain):
        found |= {_Place("number", str(value_of(plain)))}
    return found


@lru_cache(maxsize=1 << 16)
def _plain(text: str) -> str:
    """An attribute in lower case, without hyphens, articles and words of degree."""
    plain = " ".join(text.lower().replace("-", " ").split()).strip(" .")
    return _DEGREES.sub("", _ARTICLES.sub("", plain))


def _colours(plain: str) -> tuple[str, ...]:
    """The colours that a text names if it names nothing else."""
    named = [_colour(part) for part in _JOINTS.split(_COLOURED.sub("", plain))]
    return tuple(each for each in named if each) if all(named) else ()


def _colour(part: str) -> str | None:
    shade, _, last = part.rpartition(" ")
    if last in _more_colours() and (not shade or shade in _SHADES):
        return _more_colours()[last]
    if part in _more_colours():
        return _more_colours()[part]
    found = colours(part)
    return found[0].name if found and (found[0].start, found[0].end) == (0, len(part)) else None


@cache
def _more_colours() -> Mapping[str, str]:
    return {word: group[0] for group in _groups(_MORE_COLOURS) for word in group}


@cache
def _table() -> Mapping[str, frozenset[_Place]]:
    """Word → where it stands."""
    found: dict[str, frozenset[_Place]] = {}
    for of, groups in GROUPS.items():
        for group in _groups(groups):
            for word in group:
                found[word] = found.get(word, frozenset()) | {_Place(of, group[0])}
    return found


@cache
def _order(of: str) -> int:
    """The rank of a class where a word has several: as in the table, after colours and numbers."""
    return [*("colour", "number"), *GROUPS].index(of)


@cache
def _opposed() -> Mapping[str, frozenset[frozenset[str]]]:
    return {
        of: frozenset(frozenset(word.strip() for word in pair.split("/")) for pair in pairs.split(","))
        for of, pairs in OPPOSED.items()
    }


@cache
def _close() -> Mapping[str, frozenset[frozenset[str]]]:
    entries = {of: [entry.partition(":") for entry in table.split(",")] for of, table in CLOSE.items()}
    return {
        of: frozenset(
            frozenset(word.replace("_", " ") for word in (one.strip(), other))
            for one, _, others in parted
            for other in others.split()
        )
        for of, parted in entries.items()
    }


def _groups(table: str) -> Iterator[tuple[str, ...]]:
    return (tuple(" ".join(word.split()) for word in group.split("=")) for group in table.split(","))
