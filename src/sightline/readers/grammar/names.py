"""Names of several words, and words whose reading depends on the noun after them."""

from sightline.readers.grammar.word_list import word_list

__all__ = ["NAMES_OF_SEVERAL_WORDS", "NOUNS_BEFORE_NOUNS", "NOUNS_IN_ING"]


NAMES_OF_SEVERAL_WORDS = frozenset(
    name.strip()
    for name in """
    air conditioner; air conditioning unit; american flag; baking sheet; ball cap; barbed wire; base ball; base line;
    baseball bat; baseball cap; baseball field; baseball player; bath room; bath tub; bathing suit; bean bag;
    bed room; beer tap; bell pepper; black board; blow dryer; boarding bridge; boarding gate; bow tie; bowling alley;
    bowling ball; brussels sprout; bulletin board; bumper sticker; bus stop; butter knife; carving knife;
    cash register; cast iron; catcher 's mitt; ceiling fan; ceiling light; cell phone; chain link; chain link fence;
    changing table; cherry blossom; cherry tomato; chewing gum; christmas tree; city bus; climbing wall; coffee cup;
    coffee maker; coffee table; control panel; control tower; cooking pot; cooking spray; cotton candy; counter top;
    crossing guard; crossing light; crossing sign; cutting board; cutting knife; desk top; diamond plate; dining area;
    dining chair; dining room; dining table; dirt bike; dirt path; dirt road; dish washer; docking station;
    door frame; door handle; door knob; double decker; double decker bus; dressing gown; dressing table;
    drinking fountain; drinking glass; drinking straw; driving range; duffel bag; duffle bag; dump truck;
    electrical outlet; end table; evergreen tree; exhaust pipe; exit sign; eye glasses; feeding trough; fencing wire;
    fire escape; fire extinguisher; fire hydrant; fire place; fire truck; fishing boat; fishing pole; fishing rod;
    flat screen; flat screen television; flat screen tv; flip flop; floor lamp; flower bed; flower pot; flying disc;
    folding chair; folding table; food truck; fork lift; french fries; french fry; french toast; fried egg;
    fruit salad; fruit stand; frying pan; full moon; gaming console; garbage can; gas station; gas tank; gift bag;
    glass case; go cart; golf ball; green bean; green onion; green pepper; ground beef; guard rail; guide rail;
    half pipe; hand bag; hand rail; hanging basket; hard drive; hard hat; head band; head board; head light;
    head phones; hearing aid; heating pad; heating vent; high chair; high heel; hiking boot; hiking pole;
    hiking trail; home plate; hot air balloon; hot dog; hot plate; hot sauce; ice cream; ice cube; ice skate;
    icing sugar; ironing board; jump rope; jumping jack; key chain; knee pad; landing gear; landing light;
    landing strip; landing wheel; lap top; license plate; life guard; life jacket; life preserver; life vest;
    light bulb; light fixture; light house; light pole; light post; light switch; lighting fixture; living room;
    loading dock; measuring cup; measuring tape; medicine cabinet; metal detector; mixing bottle; mixing bowl;
    mobile home; mobile phone; mountain bike; mountain range; mouse pad; music player; napkin holder; night light;
    night stand; note book; oak tree; oil painting; orange juice; packing tape; painting easel; palm tree; paper bag;
    paper plate; paper towel; parking brake; parking deck; parking garage; parking lot; parking meter; parking sign;
    parking space; parking spot; pepper shaker; pick up truck; pickup truck; picture frame; pine cone; pine tree;
    pitcher 's mound; plastic wrap; polar bear; police car; police officer; polka dot; pony tail; pot holder;
    potted plant; power line; power outlet; power strip; propane tank; racing car; rain boot; rear view mirror;
    record player; recycling bin; red pepper; remote control; rest room; retaining wall; riding boot; road sign;
    rocking chair; roller skate; rolling pin; roof top; rubber band; rubber duck; running board; running shoe;
    sail boat; sailing boat; sailing ship; salt shaker; sand castle; sanding block; sauce pan; school bus; sea gull;
    sea shell; sea weed; seat belt; semi truck; serving dish; serving plate; serving spoon; serving tray;
    serving utensil; sewing machine; shaving cream; shaving kit; shipping container; shoe lace; shopping bag;
    shopping basket; shopping cart; shopping center; shopping mall; shower curtain; shower head; side burns; side car;
    side mirror; side table; side view mirror; side walk; sitting area; sitting room; skate board; skate park;
    skating rink; ski lift; ski pole; ski slope; skiing pole; sky light; sleeping bag; smart phone; smoke detector;
    smoke stack; snow board; soap dish; soap dispenser; soccer ball; soft drink; solar panel; spinning wheel;
    spray bottle; spray can; stained glass; stained glass window; stainless steel; steering wheel; stop light;
    stop sign; street lamp; street light; street sign; stuffed animal; stuffed bear; stuffed toy; subway station;
    sugar snap pea; sun flower; sun glasses; surf board; surfing board; sweat shirt; sweet potato; swim suit;
    swim trunk; swimming pool; swimming trunk; swing set; swinging door; swiveling chair; table cloth; table lamp;
    table top; tail light; tank top; tea cup; tea pot; tea set; teddy bear; telephone pole; television set; tennis ball;
    tennis court; tennis player; tennis racket; tennis shoe; ticket booth; tin foil; tissue box; toaster oven;
    toilet paper; toilet paper holder; toilet seat; tooth brush; tour bus; tow truck; traffic cone; traffic light;
    traffic sign; traffic signal; train station; train track; training wheel; trash bag; trash bin; trash can;
    tree line; tree trunk; trench coat; turn signal; turning lane; turning signal; utility pole; vacuum cleaner;
    vegetable garden; vending machine; video game; video game controller; waiting area; waiting room; walking path;
    walking stick; warning light; warning sign; wash cloth; washing machine; waste basket; water bottle;
    water fountain; water tower; watering can; wedding cake; wedding dress; wedding ring; welding mask; wet suit;
    wheel chair; wheel well; whipped cream; white board; wii controller; wii remote; wind mill; wind screen;
    wind shield; window frame; window pane; window sill; windshield wiper; wine bottle; wine cellar; wine glass;
    wood burning stove; wrapping paper; wrist band; wrist watch; writing desk; wrought iron; yard line
    """.replace("\n", " ").split(";")
)
"""Names whose first words would else be read as attributes or verbs, or be taken for several; in the singular."""

NOUNS_BEFORE_NOUNS = word_list(
    "animal arch army base bay cereal cherry chocolate closet coral corner counter country crack cross cub delta "
    "designer detergent diesel dogwood draught drawing dress evergreen flipper fork fruit game ground head hip home "
    "house juvenile keyhole level living local locomotive mass material medium mini minute mobile motor mural net "
    "number official part party peak pedal pedestrian period piano pickup pilot plane police pop public radial "
    "reading rock root salt satellite seed shot signal spiral standard stem stray subject terminal trick trim twin "
    "vegetable video waste"
)
"""Words that are adjectives too, but before another noun name a kind of it: "head", "house"."""

NOUNS_IN_ING = word_list(
    "awning bearing bedding boxing building bunting carving casing ceiling clearing clothing coating covering "
    "crossing drawing dressing duckling dumpling earring etching evening fencing filling fitting flooring frosting "
    "gosling grating herring icing inning king landing lettering lighting lightning lining marking molding morning "
    "moulding opening overhang packaging painting paneling parking paving piping plumbing pudding railing rigging "
    "ring roofing sapling scaffolding seasoning seating setting shading shelving sibling siding sling spring "
    "stitching stocking string stuffing surrounding thing topping trimming wedding wing wiring wording writing"
)
"""Words in -ing that are things, unless somebody does them to another."""
