"""The 80 objects of COCO and the English words that mean them.

A word stands here where someone who uses it of a photograph says that the object is there: the name, other names of
the thing, kinds of it (a poodle is a dog), and for people what they are or do. It stays out where it usually means
something else: "baseball" is a game, "glass" may be a window, a "computer" mostly no laptop, and "crowd", "team" and
"family" count nobody. Where the annotators of COCO draw a line elsewhere than English does (every table is their
"dining table", goats are mostly their sheep), it follows them. The words are sightline's own choice.
"""

from collections.abc import Iterable, Mapping

from sightline.readers.vocabulary import Vocabulary

__all__ = ["ANIMALS", "COCO", "OBJECT_WORDS", "PEOPLE", "listed", "qualified"]

PEOPLE = """
    person, people, human, individuals, man, woman, gentleman, lady, guy, adult, child, kid, boy, girl, baby,
    toddler, infant, teenager, teen, youngster, mother, father, mom, dad, parent, son, daughter, brother,
    sister, grandmother, grandfather, grandparent, grandchild, husband, wife, bride, groom, bridesmaid,
    groomsman, friend, student, teacher, worker, coworker, employee, doctor, nurse, patient, dentist, soldier,
    serviceman, sailor, politician, chef, baker, waiter, waitress, bartender, vendor, seller, cashier, barber,
    policeman, policewoman, officer, cop, fireman, firefighter, businessman, businesswoman, cowboy, farmer,
    fisherman, hunter, musician, guitarist, dancer, singer, performer, artist, photographer, clown, driver,
    passenger, pilot, traveler, traveller, tourist, visitor, guest, customer, shopper, buyer, pedestrian,
    passerby, passersby, bystander, onlooker, spectator, beachgoer, camper, hiker, villager, foreigner, thief,
    player, teammate, athlete, pitcher, batter, catcher, umpire, referee, golfer, goalkeeper, swimmer, jogger,
    runner, walker, skier, snowboarder, skater, skateboarder, surfer, rider, biker, bicyclist, cyclist,
    motorcyclist
"""
"""Words for people."""

OBJECT_WORDS: Mapping[str, str] = {
    "bicycle": "bicycle, bike",
    "car": "car, automobile, sedan, hatchback, station wagon, suv, van, minivan, jeep, taxi, cab, limousine, limo, "
    "convertible",
    "motorcycle": "motorcycle, motorbike, motor bike, motor cycle, dirt bike, scooter, moped",
    "airplane": "airplane, aeroplane, air plane, plane, aircraft, airliner, jet, jetliner, biplane, seaplane",
    "bus": "bus, minibus, trolleybus, double decker, double decker bus",
    "train": "train, locomotive, subway train, train car",
    "truck": "truck, lorry, pickup, truck bed, firetruck, fire engine",
    "boat": "boat, ship, sailboat, rowboat, motorboat, speedboat, canoe, kayak, yacht, ferry, gondola, dinghy, barge, "
    "raft",
    "traffic light": "traffic light, traffic signal, stoplight, stop light",
    "fire hydrant": "fire hydrant, hydrant, fireplug",
    "stop sign": "stop sign",
    "parking meter": "parking meter",
    "bench": "bench, pew",
    "bird": "bird, seabird, songbird, waterfowl, fowl, duck, duckling, mallard, goose, gosling, swan, gull, seagull, "
    "pelican, heron, egret, stork, flamingo, ostrich, emu, penguin, puffin, cormorant, pigeon, dove, sparrow, "
    "finch, robin, blue jay, bluebird, blackbird, crow, raven, magpie, woodpecker, hummingbird, kingfisher, "
    "parrot, parakeet, macaw, cockatoo, cockatiel, owl, eagle, hawk, falcon, vulture, hen, rooster, pheasant, "
    "quail, peacock",
    "cat": "cat, kitten, kitty, tomcat, tabby",
    "dog": "dog, puppy, pup, hound, poodle, beagle, bulldog, pug, corgi, dachshund, chihuahua, labrador, retriever, "
    "collie, german shepherd, sheepdog, sheep dog, bull dog, terrier, spaniel, husky, dalmatian, rottweiler",
    "horse": "horse, pony, foal, mare, stallion, colt",
    "sheep": "sheep, lamb, ram, ewe, goat",
    "cow": "cow, cattle, calf, bull, ox, oxen, heifer, bison",
    "elephant": "elephant",
    "bear": "bear, polar bear, grizzly, panda",
    "zebra": "zebra",
    "giraffe": "giraffe",
    "backpack": "backpack, knapsack, rucksack",
    "umbrella": "umbrella, parasol",
    "handbag": "handbag, hand bag, purse",
    "tie": "tie, necktie, bow tie, bowtie",
    "suitcase": "suitcase, suit case, briefcase, luggage",
    "frisbee": "frisbee, flying disc",
    "skis": "ski",
    "snowboard": "snowboard, snow board",
    "sports ball": "ball, sport ball",
    "kite": "kite",
    "baseball bat": "baseball bat, bat",
    "baseball glove": "baseball glove, baseball mitt, catcher's mitt, catcher's glove, fielder's glove",
    "skateboard": "skateboard, skate board, longboard",
    "surfboard": "surfboard, surf board, paddleboard, paddle board, boogie board",
    "tennis racket": "tennis racket, tennis racquet, racket, racquet",
    "bottle": "bottle",
    "wine glass": "wine glass, wineglass, champagne flute",
    "cup": "cup, mug, teacup",
    "fork": "fork",
    "knife": "knife, pocketknife",
    "spoon": "spoon, teaspoon, tablespoon",
    "bowl": "bowl",
    "banana": "banana",
    "apple": "apple",
    "sandwich": "sandwich, sub sandwich, burger, hamburger, cheeseburger",
    "orange": "orange",
    "broccoli": "broccoli",
    "carrot": "carrot",
    "hot dog": "hot dog, hotdog, chili dog, corn dog",
    "pizza": "pizza",
    "donut": "donut, doughnut",
    "cake": "cake, cheesecake, cupcake",
    "chair": "chair, armchair, stool, seat",
    "couch": "couch, sofa, loveseat, love seat, settee, futon",
    "potted plant": "potted plant, potted flower, potted tree, houseplant, house plant",
    "bed": "bed",
    "dining table": "dining table, table, desk",
    "toilet": "toilet, toilet seat, toilet bowl, toilet lid, urinal",
    "tv": "tv, television, monitor, computer monitor",
    "laptop": "laptop, laptop computer, notebook computer",
    "mouse": "mouse, computer mouse",
    "remote": "remote, remote control, remote controller",
    "keyboard": "keyboard, computer keyboard",
    "cell phone": "cell phone, cellphone, cellular phone, mobile phone, phone, smartphone, smart phone, iphone",
    "microwave": "microwave, microwave oven",
    "oven": "oven, stove, stove top oven, stovetop oven",
    "toaster": "toaster, toaster oven",
    "sink": "sink",
    "refrigerator": "refrigerator, fridge, freezer",
    "book": "book",
    "clock": "clock, alarm clock",
    "vase": "vase",
    "scissors": "scissors, scissor",
    "teddy bear": "teddy bear, teddy, stuffed bear, toy bear",
    "hair drier": "hair drier, hair dryer, hairdryer, blow dryer",
    "toothbrush": "toothbrush, tooth brush",
}
"""Words and phrases for every other object, separated by commas."""

ANIMALS = ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe")
_CARRIERS = ("car", "airplane", "bus", "train", "truck", "boat")

# What is called after an object that need not be there.
_NOTHING = """
    baby animal, adult animal, baby stroller, baby carriage, cowboy hat, cowboy boot, chef's hat, dvd player, cd
    player, record player, media player, train track, train station, bus stop, bus station, car seat, driver
    seat, driver's seat, passenger seat, bike seat, bicycle seat, motorcycle seat, window seat, car park, dog
    park, dog house, dog food, cat food, bird feeder, bird house, bird bath, ski slope, ski lift, ski resort,
    ski lodge, ski pole, jet ski, chair lift, cable car, home plate, at bat, ball game, ball park, ball field, table
    tennis, table cloth, bed sheet, flower bed, oven mitt, toilet paper, toilet brush, tv stand, mouse pad, book
    shelf, book case, book store, phone booth, cup holder, pizza box, cake stand, orange juice, apple juice,
    apple pie, banana bread, remote area, remote location
"""

# Orange is a colour before these, and before every word for another object.
_COLOURED = """
    and white, and black, and red, and blue, and green, and yellow, shirt, jacket, vest, hat, cone, light,
    color, sky
"""


def listed(words: str) -> tuple[str, ...]:
    """The phrases of a table, which stand between commas."""
    return tuple(" ".join(word.split()) for word in words.split(","))


def qualified(phrases: Iterable[str], *qualifiers: str) -> tuple[str, ...]:
    """Phrases with a word before them that is no mention of its own: a baby elephant is no baby."""
    return tuple(f"{qualifier} {phrase}" for qualifier in qualifiers for phrase in phrases)


def _coco() -> Vocabulary:
    phrases = {"person": listed(PEOPLE)} | {object_: listed(words) for object_, words in OBJECT_WORDS.items()}
    for object_ in ANIMALS:
        phrases[object_] += qualified(phrases[object_], "baby", "adult")
    for object_ in _CARRIERS:
        phrases[object_] += qualified(phrases[object_], "passenger")
    for object_ in phrases:
        if object_ != "orange":
            phrases[object_] += qualified(phrases[object_], "orange")
    return Vocabulary("coco", phrases, (*listed(_NOTHING), *qualified(listed(_COLOURED), "orange")), {"seat": "toilet"})


COCO = _coco()
"""COCO's objects in plain English; what captions are read with unless another vocabulary is given."""
