"""What the lexicon lacks, and what it says too much of: words as descriptions of images use them."""

from collections.abc import Mapping
from types import MappingProxyType

from sightline.readers.grammar.word_list import word_list
from sightline.readers.nouns import PAIRED

__all__ = [
    "ADJECTIVES_LACKING",
    "ALWAYS_SINGULAR",
    "NOUNS_LACKING",
    "NOUNS_TOO",
    "ONLY_ADJECTIVES",
    "ONLY_NOUNS",
    "PLURALS",
    "STYLE",
    "UNINFLECTED",
    "WAYS",
]

NOUNS_LACKING = word_list(
    "ad avocado bandana bar barrette bezel bmx bodysuit bollard bowtie bun burrito cabinetry calligraphy cellphone "
    "cityscape close-up closeup co-pilot corbel dumpster escargot fedora fridge frieze frisbee futon gallery goatee "
    "greenery grille hoodie hot-dog hotdog imac ipad iphone ipod laptop lego log lounge mug mustard ottoman ox pan "
    "pantry pepperoni processor racquet reflection remote scenery sconce selfie skateboarder skillet smoothie "
    "snowboarder sushi suv t-shirt taco tattoo taxi teddy tee terracotta toddler top trunk tshirt tv webcam wetsuit "
    "wii windshield wok yogurt ziploc zucchini"
)
"""Nouns that it lacks."""

ADJECTIVES_LACKING = word_list(
    "backlit burgundy double-decker foldable gothic iconic indiscernible long-sleeved metallic minimalistic "
    "multistory noticeable paisley retro short-sleeved sparkly turquoise undercooked unlit"
)
"""Adjectives that it lacks."""

ONLY_ADJECTIVES = word_list(
    "attractive blurry close closer cold dry fake fancy fifth fine flat fourth fresh heavy high horizontal hot likely "
    "little lone long low lush narrow natural neutral new notable nude old open other overhead perpendicular present "
    "prominent quiet rough round sharp sixth slim slow smooth soft solid stable straight striped sturdy tall thick "
    "thin tight typical upper upright vertical visible warm wet wide wild wooden young"
)
"""Adjectives that it has as nouns, verbs or adverbs as well, which captions hardly mean."""

ONLY_NOUNS = word_list("image photo scene shot sky view")
"""Nouns that it has as other words as well, which captions hardly mean."""

NOUNS_TOO = word_list(
    "adult amber animal aqua arch army baby back backhand base bay beige bent biplane black blond blonde blue bottom "
    "bovine bronze brown brunette bust cardinal center cereal cherry chocolate closet cloth coat concrete convertible "
    "cooler copper coral corner counter crack cream cross crossing cub dark dawn delta designer detergent diesel "
    "dogwood double draft drawing dress dual evergreen exterior fellow female filling fitting flash flat flipper "
    "flowering folk foreground fork front fruit game gold gradient graphic gray green grey half head hip home house "
    "human individual inside interior iron italic juvenile keyhole khaki kid kind lavender lead left light lilac lime "
    "liquid living local locomotive lowercase lump magenta male maroon mass mat material medium memorial metal middle "
    "mime mini minute mobile model mosaic motor mural native net north number nuts official olive opening orange "
    "original outside oval overhang part party past patch peak pedal pedestrian period piano pickup pilot pink plain "
    "plane plastic plum plush poster purple reading record red right ring rock root rose roundabout royal salmon salt "
    "satellite saw second seed senior set shadow shot side signal silver south span spare spiral spoke square "
    "standard standing steel stern stock stone stop stove stray subject super tabby tan tarmac teal terminal tile tin "
    "top toy trapezoid trick trim turquoise twin uniform uppercase vegetable video violet wash waste west white whole "
    "wood wool yellow"
)
"""Adjectives that name things as well; it has many more of them."""

PLURALS: Mapping[str, str] = MappingProxyType(
    {
        "leaves": "leaf",
        "opera": "opera",
        "oxen": "ox",
        "pants": "pants",
        "people": "person",
        "scarves": "scarf",
        "shelves": "shelf",
    }
)
"""Plurals that it does not bring to the noun that a picture shows."""

ALWAYS_SINGULAR = word_list("bus canvas cross dress gas glass grass lens mattress moss opera series tennis")
"""Nouns that end as plurals do."""

UNINFLECTED = PAIRED | word_list("bangs breeches clothes insignia leggings overalls pajamas series stairs tongs")
"""Nouns that are plurals and have no singular in a picture."""

WAYS = word_list("archway driveway hallway jetway motorway pathway stairway taxiway walkway")
"""Nouns in -way; other words that end so are adverbs."""

STYLE = word_list("finish foot height inch length level like piece scale sleeve story style way")
"""What ends hyphenated words that say how a thing is."""
