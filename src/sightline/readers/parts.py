"""What comes along with what: the parts of things, and what is hardly ever without something else.

A scene that names a man has a face in it, though nobody may have listed it; and a tail, where no animal is listed, may
be a dog's. The table is sightline's own, and claims too much rather than too little.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from sightline.readers.synonyms import concepts_of, kinds_of, may_name

__all__ = ["ATTACHED", "LIKELY", "PARTS", "implies", "is_attached", "may_own", "often_with", "unowned"]

PARTS: Mapping[str, str] = {
    "person": "head, face, hair, eye, eyebrow, eyelash, nose, mouth, lip, tooth, tongue, ear, chin, cheek, forehead, "
    "jaw, neck, throat, shoulder, arm, elbow, wrist, hand, fist, palm, finger, thumb, nail, fingernail, chest, back, "
    "hip, stomach, leg, thigh, knee, shin, ankle, foot, heel, toe, skin, body, body part, shirt, shoe",
    "animal": "head, face, eye, ear, nose, mouth, tongue, tooth, neck, back, leg, foot, paw, claw, tail, fur, skin, "
    "body, body part, stomach, chest, whisker, snout, knee, chin, cheek, forehead, jaw, lip, shoulder, toe, nail, "
    "elbow, ankle, eyelash, eyebrow, hair, hip, muzzle",
    "bird": "wing, beak, feather, claw, leg, tail, foot",
    "insect": "wing, antenna, leg",
    "fish": "fin, tail, scale",
    "horse": "mane, hoof",
    "zebra": "mane, hoof, stripe",
    "giraffe": "mane, hoof, horn, spot",
    "cow": "hoof",
    "sheep": "wool, hoof",
    "goat": "hoof",
    "deer": "hoof",
    "elephant": "trunk of elephant, tusk, toenail, hoof",
    "rhino": "horn",
    "lion": "mane",
    "vehicle": "body, wheel, tire, window, door, light, logo, seat, engine, number, letter, sign, handle, brake, "
    "mirror",
    "car": "windshield, headlight, taillight, license plate, bumper, hood, rim, side mirror, grill of car, windshield "
    "wiper, trunk of car, steering wheel, seat belt, dashboard, fender, roof",
    "truck": "windshield, headlight, taillight, license plate, bumper, hood, rim, side mirror, grill of car, turn "
    "signal, windshield wiper, truck bed, steering wheel, roof, fender, cab, trailer",
    "bus": "windshield, headlight, taillight, license plate, bumper, side mirror, grill of car, windshield wiper, "
    "turn signal, roof",
    "train": "windshield, headlight, train car, roof, locomotive, train track, bumper, windshield wiper, gravel",
    "motorcycle": "headlight, taillight, license plate, handlebar, rim, exhaust, kickstand, spoke, side mirror, "
    "windshield, fender, gas tank, turn signal, pedal",
    "bicycle": "handlebar, pedal, spoke, rim, chain, frame, fender",
    "airplane": "wing, tail, tail fin, cockpit, landing gear, propeller, nose, fuselage, windshield, jet engine, "
    "stripe",
    "helicopter": "propeller, cockpit, tail",
    "boat": "hull, deck, rope, railing",
    "cart": "handle, wheel",
    "building": "window, door, wall, roof, brick, doorway, window sill, windowpane",
    "church": "steeple, tower",
    "room": "wall, floor, ceiling, door, window",
    "kitchen": "counter, cabinet, sink",
    "bathroom": "sink, toilet, faucet",
    "bedroom": "bed, pillow",
    "office": "desk, chair",
    "table": "leg, drawer",
    "desk": "drawer, leg",
    "chair": "leg, back, seat, arm, armrest, cushion",
    "couch": "cushion, arm, leg, armrest",
    "bench": "leg, back, armrest",
    "bed": "pillow, sheet",
    "cabinet": "door, handle, knob, drawer, hinge",
    "dresser": "drawer, handle, knob",
    "drawer": "handle, knob",
    "shelf": "bracket",
    "door": "handle, knob, frame, hinge, lock, window, peephole",
    "window": "frame, glass, window pane, window sill, curtain, blind, shutter, reflection",
    "clock": "clock hand, hand, face, clock face, number, frame",
    "watch": "strap, clock face",
    "lamp": "lampshade, shade, light bulb, base, light",
    "light": "light bulb, bulb",
    "light fixture": "light bulb",
    "tree": "leaf, branch, trunk, bark, root",
    "forest": "tree, leaf, branch",
    "plant": "leaf, stem, root, soil, dirt",
    "flower": "petal, stem, leaf, bud",
    "bush": "leaf, branch",
    "shirt": "collar, sleeve, button, pocket, logo, stripe, cuff",
    "jacket": "collar, sleeve, button, pocket, zipper, hood of coat, hood, cuff",
    "coat": "collar, sleeve, button, pocket, hood of coat, hood",
    "sweater": "sleeve, collar, hood",
    "suit": "jacket, collar, button, pocket, shirt, lapel, suit coat",
    "uniform": "logo, letter, shirt, pants",
    "pants": "pocket, belt, zipper",
    "shoe": "shoelace, sole, heel",
    "hat": "brim, logo, band",
    "helmet": "strap, visor",
    "bag": "strap, handle, zipper, pocket",
    "suitcase": "handle, wheel, zipper, tag",
    "umbrella": "handle, pole",
    "tie": "knot",
    "eyeglasses": "lens, frame",
    "cup": "handle, rim, lid",
    "mug": "handle",
    "bottle": "cap of bottle, label, lid, cork",
    "bowl": "rim",
    "plate": "rim",
    "knife": "blade, handle",
    "fork": "handle, prong, tine",
    "spoon": "handle",
    "scissors": "blade, handle",
    "pan": "handle",
    "pot": "handle, lid",
    "pizza": "cheese, crust, sauce, topping, slice, dough, food",
    "sandwich": "bread, bun, meat, food",
    "hamburger": "bun, patty, meat, cheese, lettuce",
    "hot dog": "bun, sausage, bread, ketchup, mustard, meat",
    "cake": "frosting, layer",
    "donut": "frosting, sprinkles, hole",
    "salad": "lettuce, vegetable",
    "soup": "bowl, vegetable",
    "banana": "peel, stem",
    "apple": "stem",
    "orange": "peel, rind",
    "broccoli": "stem",
    "food": "plate, dish",
    "laptop": "screen, keyboard, key of keyboard, trackpad, computer",
    "computer": "screen, monitor, keyboard",
    "tv": "screen",
    "monitor": "screen",
    "cell phone": "screen, button",
    "keyboard": "key, key of keyboard, button",
    "remote": "button",
    "camera": "lens, strap, button",
    "oven": "door, handle, knob, burner, stove",
    "stove": "burner, knob, oven, handle",
    "microwave": "door, button, handle",
    "refrigerator": "door, handle, freezer",
    "toilet": "toilet seat, lid, toilet lid, tank, toilet bowl, handle, toilet tank",
    "sink": "faucet, drain, counter, handle",
    "bathtub": "faucet, drain, shower",
    "shower": "shower head, shower curtain",
    "kite": "tail, string",
    "street light": "pole, light",
    "sign": "pole, post, letter, word, number, text, writing, arrow, screw, lettering",
    "fire hydrant": "chain, cap, bolt, cap of bottle",
    "parking meter": "pole, screen, coin",
    "train track": "rail, gravel, railroad tie",
    "fence": "post, wire, gate",
    "road": "line, curb, lane, pavement",
    "street": "line, curb, lane, pavement",
    "sidewalk": "curb",
    "parking lot": "line",
    "traffic light": "pole, light",
    "crosswalk": "street, road, line",
    "airport": "runway, tarmac",
    "runway": "line, pavement",
    "beach": "sand, water, ocean, wave, shore",
    "ocean": "water, wave, foam, shore",
    "lake": "water",
    "river": "water, bank",
    "pond": "water",
    "wave": "water, foam, splash, ocean",
    "surfboard": "water, wave, ocean, fin",
    "surfer": "surfboard, water, wave, ocean, wetsuit",
    "boogie board": "water",
    "skis": "snow, ski pole, ski boot, skier",
    "skier": "skis, snow, ski pole, ski boot",
    "ski pole": "snow, skis",
    "snowboard": "snow",
    "snowboarder": "snowboard, snow",
    "skateboard": "wheel",
    "skateboarder": "skateboard",
    "cyclist": "bicycle",
    "motorcyclist": "motorcycle",
    "batter": "baseball bat, helmet, uniform, baseball",
    "catcher": "baseball glove, mask, helmet, shin guard, uniform",
    "umpire": "mask, uniform",
    "pitcher": "baseball glove, baseball, uniform, cap",
    "baseball player": "uniform, baseball glove, baseball bat, cap, helmet, baseball",
    "tennis player": "tennis racket, tennis ball, tennis court, net",
    "soccer player": "soccer ball, uniform, cleat",
    "baseball field": "home plate, base, dirt, grass, pitcher's mound, line",
    "baseball bat": "baseball",
    "baseball glove": "baseball",
    "tennis racket": "string, handle, tennis ball",
    "tennis court": "net, line",
    "snow": "ice",
    "park": "tree, grass, path, bench",
    "field": "grass, dirt",
    "garden": "plant, grass, leaf",
    "yard": "grass, tree",
    "mountain": "rock",
    "hill": "grass, slope",
    "city": "building, street, car, window",
    "mirror": "reflection, frame",
    "picture": "frame",
    "painting": "frame",
    "book": "page, cover",
    "candle": "flame, wick, fire",
    "fireplace": "fire, brick, mantle",
    "statue": "face, head",
    "doll": "face, hair, eye",
    "teddy bear": "nose, eye, ear, face, paw, arm, leg, foot, bow ribbon",
    "stuffed animal": "nose, eye, ear, face",
    "bride": "wedding dress, dress",
    "groom": "suit, tie",
    "crowd": "person",
    "couple": "person",
}
"""Thing → its parts, and what it hardly ever is without, separated by commas.

What holds of a kind of things holds of all that belong to it.
"""

LIKELY: Mapping[str, str] = {
    "vehicle": "emblem, tag, sticker, antenna, mirror",
    "bridge": "tower, cable, railing, arch, water, river, lamppost",
    "hotel": "pool, balcony, lobby",
    "spectator": "suit, cap, bag, crowd, bench",
    "audience": "suit, cap, bag, chair",
    "guest": "suit, dress, glass, table",
    "team": "uniform, ball",
    "rock": "moss",
    "forest": "moss, rock, trail, bush, flower, vine, ivy, weed, shrubbery, fern",
    "mannequin": "collar, dress, wig, stand",
    "person": "pocket, button, zipper, belt, buckle, ring, earring, bracelet, watch, necklace, shoelace, underwear, "
    "beard, mustache, ponytail, bangs, smile, pants, jeans, sneaker, sock, sleeve, collar, cuff, t-shirt, shorts, "
    "jacket, coat, hat, cap, eyeglasses, sunglasses, sweater, bag, cell phone",
    "animal": "collar, spot",
    "horse": "saddle, bridle, reins, harness, fence, grass",
    "car": "road, street, sidewalk, parking lot, street sign, person, man, building, turn signal, antenna, "
    "rearview mirror, driver",
    "truck": "driver, tail",
    "bus": "driver, tail, advertisement, person, man, car, tree",
    "bicycle": "basket, reflector, kickstand, helmet, lock",
    "boat": "mast, sail, rudder, flag, oar, motor, paddle, person, man, water, rope",
    "building": "chimney, balcony, sign, column, gutter, stair, ledge, awning, shutter, antenna, tower, arch, "
    "railing, light, curtain, fence, tree, street, pool",
    "church": "cross, clock",
    "room": "outlet, switch, rug, curtain, tile, picture, baseboard, light",
    "kitchen": "oven, refrigerator, microwave, dish, faucet, stove, drawer, tile, bowl, cup, bottle, towel, plate, pan",
    "bathroom": "mirror, towel, toilet paper, bathtub, shower, soap, tile, trash can, cabinet, bottle, light fixture",
    "bedroom": "blanket, lamp, nightstand, curtain, dresser, picture",
    "living room": "couch, tv, table, lamp, pillow, chair, picture, rug, book",
    "office": "computer, monitor, keyboard, paper, book, cup",
    "restaurant": "person, man, woman, plate, glass, table, chair, food, cup, bottle, napkin",
    "store": "person, man, woman, shelf, sign",
    "bed": "headboard, blanket, comforter, mattress",
    "couch": "pillow, rug",
    "tree": "stick, forest, vine, ivy, moss, shrubbery, bush",
    "leaf": "vine, ivy, weed, shrubbery",
    "palm tree": "coconut",
    "plant": "pot, flower pot, planter",
    "suit": "tie",
    "uniform": "helmet, cap, belt, number",
    "pizza": "pepperoni, pan, tomato sauce, plate, knife, table",
    "sandwich": "lettuce, tomato, sauce, cheese, plate, napkin",
    "cake": "candle, plate, fork, knife",
    "salad": "tomato, carrot, dressing",
    "plate": "table, fork, knife, napkin",
    "bowl": "table, spoon",
    "food": "table, plate, fork, knife, spoon, napkin, glass, cup, bowl, sauce, garnish",
    "laptop": "computer, mouse, cable",
    "computer": "mouse, cable, desk",
    "refrigerator": "magnet, cabinet, counter",
    "traffic light": "car, street, road, street sign, crosswalk, building",
    "crosswalk": "car, person, man, woman",
    "street": "car, person, man, woman, crosswalk, sidewalk, building, sign, street light, tree, traffic light, truck",
    "road": "car, crosswalk",
    "sidewalk": "person, man, woman, building, tree",
    "highway": "car, truck, sign",
    "parking lot": "car",
    "street sign": "street, building, tree, car, pole",
    "fire hydrant": "street, sidewalk, grass, car",
    "parking meter": "street, sidewalk, car",
    "airport": "airplane, person, man, woman",
    "runway": "grass, building, airplane",
    "airplane": "sky, runway, tarmac, building, truck",
    "beach": "person, man, woman, umbrella, towel, surfboard",
    "city": "person, man, woman",
    "stadium": "person, crowd, man, woman, bleachers, flag, banner",
    "tennis court": "person, man, woman, fence, shadow",
    "tennis player": "shorts, hat, wristband, sneaker, crowd",
    "baseball player": "crowd, fence, dugout, bleachers",
    "baseball field": "crowd, fence, dugout, bleachers, man, person",
    "toilet": "toilet paper, sink, tile, mirror, trash can, faucet",
    "sink": "mirror, soap, towel, cabinet, tile, toilet, bottle",
    "stove": "pan, pot, microwave, kettle, counter",
    "oven": "counter, cabinet, towel",
    "counter": "cabinet, drawer, faucet, sink",
    "desk": "paper, pen, cup, book, lamp, chair, cable, mouse",
    "table": "chair, glass, cup, plate, napkin, tablecloth, paper",
    "tv": "remote, cable, speaker, tv stand",
    "fence": "grass, tree",
    "garden": "bush, tree, fence, flower",
    "park": "person, man, woman",
    "field": "tree, fence",
    "zoo": "fence, rock, tree",
    "giraffe": "fence, tree",
    "zebra": "grass, fence",
    "elephant": "fence, rock",
    "cow": "fence, grass, horn, udder, ear tag, spot",
    "train": "wire, power line, person, pole, platform, station",
    "train track": "train, pole, wire",
    "motorcycle": "helmet",
    "skateboarder": "helmet, ramp, shorts, sneaker",
    "skier": "helmet, glove, hat, jacket, backpack, goggles",
    "snowboarder": "helmet, glove, hat, jacket, goggles",
    "surfer": "leash",
    "cyclist": "helmet",
    "motorcyclist": "helmet",
    "bride": "bouquet, veil",
    "mountain": "peak, slope, tree, snow, cloud",
    "couple": "man, woman",
    "crowd": "man, woman, child, boy, girl, suit, dress, hat, cap, bag, backpack, sunglasses, umbrella",
    "sheep": "horn",
    "goat": "beard, horn",
    "deer": "horn",
}
"""Thing → what is so often there too that a list without it does not say that it is absent."""


ATTACHED = """
    head, face, hair, eye, eyebrow, eyelash, nose, mouth, lip, tooth, tongue, ear, chin, cheek, forehead, jaw, neck,
    throat, shoulder, arm, elbow, wrist, hand, fist, palm, finger, thumb, nail, chest, back, hip, stomach, leg, thigh,
    knee, shin, ankle, foot, heel, toe, skin, beard, mustache, ponytail, bangs, smile, body, body part, sleeve, collar,
    cuff, pocket, zipper, buckle, shoelace, sole, brim, lapel, knot, hood of coat, paw, claw, tail, fur, whisker, snout,
    spot, wing, beak, feather, fin, scale, mane, hoof, horn, udder, wool, trunk, tusk, toenail, stripe, wheel, tire,
    rim, spoke, hood, bumper, windshield, headlight, taillight, license plate, side mirror, rearview mirror, grill of
    car, turn signal, windshield wiper, steering wheel, seat belt, dashboard, fender, handlebar, pedal, kickstand,
    exhaust, gas tank, tail fin, cockpit, landing gear, propeller, fuselage, jet engine, engine, mast, sail, hull, deck,
    rudder, roof, chimney, gutter, steeple, window sill, window pane, shutter, ceiling, baseboard, outlet, switch,
    armrest, headboard, drawer, hinge, lock, latch, peephole, clock hand, clock face, lampshade, leaf, branch, bark,
    root, stem, petal, bud, peel, rind, core, prong, tine, blade, spout, handle, knob, lid, cork, label, screen, key of
    keyboard, trackpad, burner, toilet seat, toilet lid, toilet tank, toilet bowl, drain, shower head, crust, topping,
    cheese, lens, page, curb, lane, rail, frame, strap, button, antenna, gravel, foam, splash, wave, shore, bank, home
    plate, base, pitcher's mound, reflector, chain, fabric, tile, brick, floor, wall, slope, peak, window, door,
    counter, faucet
"""
"""What is part of something else: where that is in the scene, it is too, and elsewhere nobody expects it."""


@lru_cache(maxsize=1 << 14)
def is_attached(name: str) -> bool:
    """Whether a name is of what is part of something else.

    Example:
        >>> is_attached("left ear"), is_attached("earring")
        (True, False)
    """
    return not concepts_of(name).isdisjoint(_attached())


@cache
def _attached() -> frozenset[str]:
    return frozenset().union(*(concepts_of(part) for part in ATTACHED.split(",")))


@lru_cache(maxsize=1 << 14)
def implies(name: str) -> frozenset[str]:
    """What comes along with a thing of this name, as the tables of synonyms call it.

    Example:
        >>> "face" in implies("surfer"), "wave" in implies("surfer"), "tail" in implies("surfer")
        (True, True, False)
    """
    return _along(name, _parts())


@lru_cache(maxsize=1 << 14)
def often_with(name: str) -> frozenset[str]:
    """What is so often seen with a thing of this name that it may be there unlisted, as the tables of synonyms call it.

    Example:
        >>> "sunglasses" in often_with("surfer"), "car" in often_with("crosswalk")
        (True, True)
    """
    return _along(name, _likely())


@lru_cache(maxsize=1 << 14)
def may_own(part: str) -> frozenset[str]:
    """The things that a part may be of, as the tables of synonyms call them.

    Example:
        >>> sorted(may_own("mane"))
        ['giraffe', 'horse', 'lion', 'zebra']
    """
    concepts = concepts_of(part)
    return frozenset(whole for whole, parts in _parts().items() if not parts.isdisjoint(concepts))


def unowned(names: Iterable[str]) -> frozenset[str]:
    """The things that a scene may hold because it names parts of them, and nothing else that these could be parts of.

    Returns:
        Their meanings, and those of their other parts: where a finger is listed and nobody that it could be of, there
        may be a hand.

    Example:
        >>> "animal" in unowned(["tail", "man"]), "animal" in unowned(["tail", "cat"]), "knee" in unowned(["finger"])
        (True, False, True)
    """
    named = tuple(dict.fromkeys(names))
    held = frozenset().union(*(may_name(name) for name in named))
    owners = frozenset().union(*(owners for owners in map(may_own, named) if owners.isdisjoint(held)))
    return owners.union(*(_parts()[owner] for owner in owners))


def _along(name: str, table: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a table has beside a name or any kind that it belongs to."""
    return frozenset().union(*(table.get(concept, ()) for concept in (*concepts_of(name), *kinds_of(name))))


@cache
def _parts() -> Mapping[str, frozenset[str]]:
    return _read(PARTS)


@cache
def _likely() -> Mapping[str, frozenset[str]]:
    return _read(LIKELY)


def _read(table: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """Meaning → the meanings that come along with it."""
    return {
        thing: frozenset().union(*(concepts_of(each) for each in along.split(","))) for thing, along in table.items()
    }
