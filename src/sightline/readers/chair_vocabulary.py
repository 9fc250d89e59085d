"""COCO's objects with the reach of CHAIR's own list of words, where it differs from plain English.

What is counted decides what can be compared: figures published as CHAIR's rest on a list that takes a computer for a
laptop and a street light for a traffic light, and knows no surfers. These are its differences on captions that were
seen with their readings; everything else stands as sightline has it.
"""

from sightline.readers.coco_vocabulary import ANIMALS, COCO, OBJECT_WORDS, PEOPLE, listed, qualified
from sightline.readers.vocabulary import Vocabulary

__all__ = ["CHAIR", "WORDNET_CHAIR"]

_MORE = {
    "bird": "turkey",
    "boat": "vessel",
    "bowl": "container",
    "laptop": "computer, notebook",
    "sandwich": "sub",
    "traffic light": "street light, streetlight",
}

# Two mentions there, of both words.
_NO_PHRASES = """
    computer monitor, computer keyboard, microwave oven, toaster oven, stove top oven, stovetop oven, sub sandwich,
    love seat, train car, sheep dog, bull dog
"""

_NO_WORDS = """
    individuals, human, friend, guest, customer, visitor, tourist, spectator, onlooker, bystander, passerby, passersby,
    pedestrian, beachgoer, photographer, teammate, surfer, batter, catcher, umpire, motorcyclist, bat, convertible,
    boogie board, catcher's mitt
"""

_NOTHING = "train track, home plate"


def _chair() -> Vocabulary:
    gone = {*listed(_NO_PHRASES), *listed(_NO_WORDS)}
    words = {"person": listed(PEOPLE)} | {object_: listed(words) for object_, words in OBJECT_WORDS.items()}
    phrases = {
        object_: tuple(phrase for phrase in (*held, *listed(_MORE.get(object_, ""))) if phrase and phrase not in gone)
        for object_, held in words.items()
    }
    for object_ in ANIMALS:
        phrases[object_] += qualified((object_,), "baby", "adult")
    for object_, carrier in (("airplane", "jet"), ("train", "train")):
        phrases[object_] += qualified((carrier,), "passenger")
    nothing = (*listed(_NOTHING), *qualified(("animal", "cub"), "baby", "adult"))
    return Vocabulary("chair", phrases, nothing, COCO.unless)


CHAIR = _chair()
"""For noun lemmas, as CHAIR's first code has them."""

WORDNET_CHAIR = Vocabulary("chair (wordnet)", CHAIR.phrases, (*CHAIR.nothing, "men", "vases"), CHAIR.unless)
"""For WordNet's lemmas, which leave "men" as it is and make "vas" of "vases", so that neither counts."""
