"""Nouns that name nothing one could point at: the image itself, places in it, and what only exists in thought.

All other nouns name things.
"""

import re
from functools import cache

from sightline.readers.grammar.kinds_of_thing import head_of
from sightline.readers.grammar.names import NAMES_OF_SEVERAL_WORDS
from sightline.readers.grammar.word_list import word_list

__all__ = ["PLACES_IN", "SORTS", "THE_IMAGE", "is_object"]


THE_IMAGE = word_list(
    "angle backdrop background cameraman cityscape close-up closeup composition daytime depiction distance evening "
    "exposure focus foreground framing image imagery landscape mid-ground midground nighttime perspective photo "
    "photograph photography pic quadrant scene scenery screenshot seascape setting shot snapshot vantage vicinity "
    "view viewer viewpoint"
)
"""What means the image itself, or who took it."""

PLACES_IN = word_list(
    "back backside base bottom bottom-left bottom-right center centre corner edge end exterior front frontside half "
    "inside interior left length lower lower-left lower-right middle midsection midst outside outskirts part "
    "perimeter periphery portion quarter rear remainder rest right section side sides surface third tip top top-left "
    "top-right underside upper-left upper-right upside width"
)
"""Places in or at a thing: "the top of a ladder" is a ladder, seen at a place."""

SORTS = word_list("brand breed form kind sort species style type variety")
"""Nouns that pass the word on: "some type of vegetable" is a vegetable."""

_WITHOUT_BODY = word_list(
    "absence action activity addition address adventure age air ambiance ambience amount angle anticipation anything "
    "appearance approach architecture area arrangement array aspect atmosphere attempt attention attitude autumn axis "
    "balance beauty behavior being bit bite blend bokeh bounce boundary breeze brightness bunch business calm canvas "
    "care catch chance character characteristic charm chrome circumference clarity climate code color coloration "
    "coloring colour colouring combination comes comfort company concept condition configuration construction contact "
    "context contour contrast conversation cooking cotton countryside course coverage craftsmanship crouch culture "
    "curve damage danger dark darkness date dawn day daylight deal decade decay decor degree denim density depth "
    "design destination detail detailing diameter difference dimension din direction disarray distance droop dusk "
    "duty east effect effort elegance element elevation emotion emphasis end energy environment era evening event "
    "everyone everything evidence example excitement exhibit expanse experience expression extent eyeline fact fall "
    "fashion feature feel feeling few finish fit flannel flare flavor flight flow font forefront form format "
    "formation fullness fun function game gap gaze geometry gesture glare gleam glimpse glint glow go gradient "
    "grandeur grip group growth guess half harmony hash haste hate haze heat height help highlight hint history hit "
    "hour hue id idea illumination illusion impact importance impression inch indication indoors influence "
    "information intensity intent interaction interest interior interplay interval item join journey jump keep "
    "kilometer labor lack language last layout lead leather leave length level life lifestyle lighting likeness link "
    "location look lot love lowercase luxury maintenance majority make maneuver manner match material matter means "
    "medium medley meet meeting memory mess message metal meter mid-air midair mile minority minute mixture mode "
    "moment mood morning motif motion motorsport move movement music mystery name nature night noise none noon north "
    "nothing now nylon object occasion odds one opportunity opposite order orientation other outdoors outside pair "
    "palette par part past pattern pause peace percent performance period permission phenomenon pitch place placement "
    "plaid plastic play pleasure point popularity porcelain portion pose position posture practice precision "
    "preparation presence pressure process product profile progress proportion protection proximity pull purpose "
    "pursuit push quality quantity radius range reach read reality realm reason recreation region relation "
    "relationship relaxation rest result rhythm ride rise rot rotation route row rule safety saturation save scale "
    "scheme score season second security sense separation serenity series serve session setup shape sheen shine "
    "shoulder-width show side sight significance silence silhouette-like similarity simplicity sin situation size "
    "skiing skill snarl softness solitude someone something sort sound source south space spacing specific spectrum "
    "speed sport sprawl spread spring stance state status stay steel stencil stillness story strength stretch stunt "
    "style subject suede sum summer sunlight sunrise sunset sunshine support surface surfing surrounding surroundings "
    "swing symmetry tableau take talk taste technique temperature tension texture theme thing throw time tint title "
    "today tone total touch tradition tranquility transition transport transportation travel treatment trick trip try "
    "turn type typeface undertone uppercase usage use variation variety vastness velvet version vibe vibrance "
    "vibrancy view visibility visit volume wait walk warmth way wear weather week weight west whole width wilderness "
    "wind winter wonder work world year zone"
)

_BARE = word_list("camera frame lens picture portrait")
"""What means the image where nothing introduces it: "looking at the camera"."""

_NEVER_BARE = word_list("case display set shade stage unit")
"""What is a thing only where another noun says which: "lamp shade"."""

_ENDS_IN_THOUGHT = re.compile(r"\w+(?:ness|ity|ism|ance|ence|sion|tion|hood|ship|ment|ology|graphy|tude)")

_YET_SEEN = word_list(
    "advertisement ambulance apartment appliance attachment basement battlement battleship calligraphy carnation "
    "casement cement city compartment condiment contraption conveyance cushion dalmatian decoration document "
    "embankment entrance equipment extension facility fence fortification fortress fragment garment garnish graffiti "
    "harness headdress hood illustration inscription installation instrument intersection junction lion lotion "
    "mansion mattress medallion monument moonlight neighborhood onion ornament parchment partition pavement pigeon "
    "pigment plantation projection reflection residence seamstress ship spaceship station tenement tent university "
    "vegetation waitress wilderness"
)
"""Things that end as thoughts do."""


@cache
def is_object(name: str, introduced: bool = True) -> bool:
    """Whether a name is that of something one could point at in an image.

    Args:
        name: singular, lower case, with its compound modifiers.
        introduced: whether an article or number of its own introduces it: "a camera", and not "the camera".

    Example:
        >>> [is_object(name) for name in ("wine glass", "atmosphere", "foreground", "fence", "happiness")]
        [True, False, False, True, False]
    """
    head = head_of(name)
    if head in _YET_SEEN or name in NAMES_OF_SEVERAL_WORDS:
        return True
    if name in _NEVER_BARE or (name in _BARE and not introduced):
        return False
    if head in THE_IMAGE or head in PLACES_IN or head in _WITHOUT_BODY or head in SORTS:
        return False
    return _ENDS_IN_THOUGHT.fullmatch(head) is None
