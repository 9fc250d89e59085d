"""What kind of thing a noun names: what lives, what is worn, what holds others, what is part of them.

Only what readers of scenes decide by is told apart: who can wear and hold, what parts things have, what others are made
of, and which nouns count or portion out others.
"""

from sightline.readers.grammar.word_list import word_list

__all__ = [
    "ANIMALS",
    "BODY_PARTS",
    "CONTAINERS",
    "DEPICTIONS",
    "DRAWINGS",
    "GROUPS",
    "LIFELIKE",
    "MATERIALS",
    "NAMESAKES",
    "ONLY_OF_BODIES",
    "PARTS",
    "PIECES",
    "PLANTS",
    "VEHICLES",
    "head_of",
    "is_animate",
    "is_clothing",
    "is_part",
    "is_person",
]


_PERSONS = word_list(
    "actor adult artist athlete audience baby batsman batter biker boarder boater boy bride catcher chef child clown "
    "coach cook couple cowboy crew crowd cyclist driver family farmer father fisherman friend gentleman girl goalie "
    "golfer groom guy human individual infant jockey kid lady lifeguard man monk mother musician officer passenger "
    "pedestrian people performer person photographer pilot pitcher player police policeman referee rider sailor "
    "shopper skateboarder skater skier snowboarder soldier somebody spectator student surfer swimmer team teenager "
    "toddler tourist traveler umpire vendor waiter waitress woman worker"
)
"""People."""

ANIMALS = word_list(
    "animal ape baboon bear beaver bee bird bison boar buffalo bug bull butterfly calf camel cat cattle chick chicken "
    "chimpanzee cow crab crane creature crocodile dachshund deer dog dolphin donkey dragonfly duck duckling eagle "
    "elephant elk ferret finch fish flamingo fly fox frog giraffe goat goldfish goose gorilla guineafowl gull hamster "
    "hawk hen heron hippo hornbill horse iguana insect kangaroo kingfisher kitten kitty lamb leopard lion lioness "
    "lizard lobster mandrill monkey moose mouse ostrich owl ox panda parrot peacock pelican penguin pheasant pig "
    "pigeon pony poodle pug puppy rabbit ram rat rhino rhinoceros robin rooster seagull seal shark sheep snail snake "
    "sparrow spider squirrel starfish swan tiger tortoise turkey turtle vulture whale wolf zebra"
)
"""Animals."""

_CLOTHES = word_list(
    "anorak apron attire backpack bandana belt bib bikini blazer blouse bodysuit bonnet boot bow bowtie bracelet cap "
    "cape cardigan cleat clothes clothing coat costume crown denim dress earring eyeglasses fedora fleece footwear "
    "garment gear glasses glove goggles gown hat headband headphones headscarf helmet hood hoodie jacket jean jeans "
    "jersey jewellery jewelry jumpsuit khakis knee-pad kneepad leggings lei mask mitt mitten necklace necktie "
    "nightgown outfit overalls overcoat pajamas pants pantyhose parka polo raincoat robe romper sandal sarong scarf "
    "shawl shirt shoe shorts skirt slipper sneaker sock sombrero stocking suit sunglasses suspenders sweater "
    "sweatshirt swimsuit swimwear t-shirt tee tie tights top trousers trunks tshirt turban tutu tuxedo underwear "
    "uniform vest visor watch wetsuit wig windbreaker wristband wristwatch"
)
"""What is worn."""

BODY_PARTS = word_list(
    "abdomen ankle antenna antler arm back bang beak beard belly bill body braid breast brow bum butt calf cheek "
    "chest chin claw crest curl ear elbow eye eyeball eyebrow eyelash eyelid face fang feather feeler fin finger "
    "fingernail fist flank flipper foot forehead fringe fur goatee hair haircut hand head heel hip hoof horn jaw knee "
    "leg limb lip mane moustache mouth muscle mustache muzzle nail neck nose nostril palm paw pigtail plumage "
    "ponytail pupil rump scale shoulder sideburn skin snout spine stomach tail teat thigh throat thumb toe toenail "
    "tongue tooth torso trunk tusk udder waist whisker wing wrist"
)
"""What bodies have as parts."""

PARTS = BODY_PARTS | word_list(
    "antenna apex arch arm armrest arrow awning axle backrest badge balcony banister bar bark barrel base basket beam "
    "bell blade bolt border bow bract brake branch brim bristle bud bumper button cabin cable canopy cap carriage "
    "ceiling chain chimney clasp cockpit collar column cord core corner cover cross crossbar crosspiece crust cuff "
    "cushion dashboard deck design dial display dome door doorknob doorway dot drawer eave edge emblem engine exhaust "
    "facade face faucet fender filling flap floor foliage fork frame fringe fuselage gear graphic grill grille grip "
    "gutter hand handle handlebar handrail headboard headlamp headlight headrest heel hem hinge hood hook horn hub "
    "hubcap icing inscription insignia jet key keyboard kickstand knob label lace latch leaf leg lens letter "
    "lettering lid light line lining lip lock logo mast mirror motor mudflap mudguard neck needle nose nozzle number "
    "numeral pad pane panel pattern pedal peel petal pillar pipe plate plug pocket pole porch post print propeller "
    "rack rail railing reflector rib ribbon ridge rim rivet rod roof root rotor rudder rung saddle sail screen screw "
    "seam seat seed shade shelf shell shingle shutter sidewall siding sign sill slat sleeve sole speaker spike spine "
    "spire spoiler spoke spot spout stalk stand steeple stem step sticker stirrup stitch stitching strap string strip "
    "stripe switch symbol tag tail tailgate taillight tassel text tile tip tire tongue topping tower tread trim trunk "
    "turret twig valve vein vent visor wall wheel whisker window windowpane windowsill windscreen windshield wing "
    "wiper wire word writing zipper"
)
"""What bodies and things have as parts."""

ONLY_OF_BODIES = BODY_PARTS - word_list(
    "antenna arm back body brow face foot fringe hand head heel horn leg lip nail neck nose scale shoulder spine tail "
    "tongue trunk whisker wing"
)
"""Parts that only what lives has, or what is made like it."""

LIFELIKE = word_list(
    "bear doll dragon face figure figurine gargoyle head mannequin mask puppet robot sculpture statue toy"
)
"""What is made like what lives."""

CONTAINERS = word_list(
    "bag barrel basin basket bin bottle bowl box bucket can canister carton case container crate cup dish drawer "
    "fishbowl flask folder glass goblet jar jug keg mug pail pan pitcher plate platter pot pouch rack sack suitcase "
    "tank tin tray tub tube tumbler vase"
)
"""What holds other things: a bowl of fruit is a bowl, and fruit."""

VEHICLES = word_list(
    "aeroplane aircraft airliner airplane ambulance bicycle bike boat bus cab camper canoe car carriage cart coach "
    "ferry helicopter jeep jet kayak locomotive minivan moped motorbike motorboat motorcycle pickup plane sailboat "
    "scooter sedan ship stagecoach suv taxi tractor trailer train tram trolley truck van vehicle wagon yacht"
)
"""What drives, sails and flies, and can be parked."""

PLANTS = word_list(
    "bush cactus fern flower foliage grass greenery hedge ivy moss palm plant seaweed shrub shrubbery tree vegetation "
    "vine weed"
)
"""What grows."""

MATERIALS = word_list(
    "aluminum bamboo brass brick bronze camouflage cardboard cement ceramic chrome clay cloth cobblestone concrete "
    "copper corduroy cotton denim fabric flannel fleece foam fur glass gold granite iron leather linen linoleum "
    "marble metal nylon paper pewter plaid plaster plastic plywood porcelain rattan rubber satin silk silver slate "
    "steel stone straw stucco styrofoam suede terracotta tile tin tweed velvet vinyl wicker wire wood wool"
) | {"cast iron", "stainless steel", "wrought iron"}
"""What things are made of; before another noun it says what that thing is made of."""

GROUPS = word_list(
    "abundance array assortment batch bed bit blanket body bouquet bunch bundle carpet clump cluster collection "
    "couple crowd dozen duo dusting expanse flock group grove heap herd hint layer line lot lots majority mass mat "
    "medley mix mixture mound multitude network number pack pair patch pile plenty plethora queue range row "
    "scattering school sea selection series set smattering stack stand stretch string strip swarm swath tangle team "
    "thicket ton tons trio variety wisp"
)
"""Nouns that only say how many or how much of another there is: "a row of windows" is windows."""

PIECES = word_list(
    "blade chunk crumb cube drop floret half length loaf pane piece quarter roll scoop scrap sheet slice sliver sprig "
    "strand wedge"
)
"""Nouns that portion another out and are what one sees: "a slice of pizza"."""

DEPICTIONS = word_list(
    "advertisement art artwork banner billboard bust cartoon carving cutout decal depiction design doll drawing "
    "emblem engraving figure figurine graffiti graphic icon illustration image impression logo magazine mannequin map "
    "mask model mosaic mural outline painting photo photograph picture portrait poster print projection puppet "
    "reflection relief replica representation scene sculpture shadow sign silhouette sketch statue sticker symbol "
    "tapestry tattoo toy"
)
"""What shows something that is itself not there: a statue of a horse, a logo of a dog."""

DRAWINGS = word_list(
    "arrow building circle cross curb decal design door dot drawing emblem face fence fingernail graffiti graphic "
    "heart house image inscription label letter lettering line logo mark marking mural nail number numeral painting "
    "pattern pavement picture pole road sign square star street stripe symbol text toenail wall word writing"
)
"""What is drawn or painted and still there: a line, but not the pig that is drawn on a sign."""

NAMESAKES = word_list(
    "cherries cherry lavender lemon lemons lime limes mustard olive olives orange oranges peach peaches plum plums "
    "rose roses rust salmon violet violets"
)
"""Things that colours are named after."""


def is_person(name: str) -> bool:
    """Whether a name is a person's or several persons'.

    Example:
        >>> is_person("tennis player"), is_person("player piano")
        (True, False)
    """
    head = head_of(name)
    return head in _PERSONS or (head.endswith(("man", "woman", "person")) and head != "snowman")


def is_animate(name: str) -> bool:
    """Whether a name is a person's or an animal's."""
    return is_person(name) or head_of(name) in ANIMALS


def is_clothing(name: str) -> bool:
    """Whether a name is that of something worn."""
    return head_of(name) in _CLOTHES


def is_part(name: str) -> bool:
    """Whether a name is that of a part that bodies or things have."""
    return head_of(name) in PARTS


def head_of(name: str) -> str:
    """The word of a name that says what a thing is: the last, or the first of "slice of pizza".

    Example:
        >>> head_of("door frame"), head_of("slice of pizza")
        ('frame', 'slice')
    """
    return name.split(" of ")[0].rsplit(" ", 1)[-1]
