"""Everyday nouns of photographs: which mean the same, and which are hard to tell apart.

The words and what is said of them are sightline's own choice. They were chosen for one question, whether a noun could
rightly be said of what another noun names, and so the tables claim too much rather than too little: a jacket may be
called a coat, a pond a lake. What is named in no table is told apart by its spelling alone.

A noun of several groups means several things ("bat", "glasses"). A first member that is no English ("bat animal") keeps
the meanings apart.
"""

__all__ = ["ALIKE", "AMBIGUOUS", "OTHERS", "SAME", "SELDOM_LISTED"]

SAME = """
    animal, creature, beast, wildlife, critter, herd, livestock; bird, fowl, birdie, flock; puppy, pup; dog, doggy,
    doggie, canine; cat, kitty, feline, tomcat; kitten, kitty; horse, colt; cow, cattle, steer; pig, hog, piglet, boar,
    swine; rabbit, bunny, hare; rodent, mouse; seal animal, seal, sea lion; bat animal, bat; crane bird, crane, egret;
    crane machine, crane, construction crane; seagull, gull, sea gull, tern; pigeon, dove; crow, raven, blackbird;
    parrot, parakeet, macaw, cockatoo, cockatiel, budgie; eagle, hawk, falcon; rooster, cockerel; chicken bird, chicken;
    turkey bird, turkey; chick, baby chicken; hippo, hippopotamus; rhino, rhinoceros; hound, bloodhound; leopard,
    cheetah, jaguar; boxer dog, boxer; labrador, lab, golden retriever; chimpanzee, chimp; camel, dromedary; ladybug,
    ladybird; fly insect, fly; swallow bird, swallow; bee, bumblebee, honeybee, bumble bee; insect, bug; koi, carp;
    panda, panda bear; grizzly, grizzly bear; cub, baby animal; vehicle, transportation; car, automobile, auto;
    limousine, limo; passerby, passersby; taxi, cab, taxicab, taxi cab; suv, sport utility vehicle; truck, lorry,
    eighteen wheeler; pickup, pickup truck, pick up truck, pick-up; fire truck, firetruck, fire engine; semi truck,
    semi, tractor trailer, semi trailer; bus, omnibus, trolleybus, trolley bus; coach bus, coach; double decker bus,
    double decker, double-decker; train, railway train; locomotive, train engine; train car, railroad car, boxcar, rail
    car, passenger car; tram, trolley, streetcar, cable car; motorcycle, motorbike, motor bike, motor cycle, harley;
    bicycle, pushbike, cycle; airplane, plane, aeroplane, aircraft, air plane; airliner, jetliner, passenger jet, jumbo
    jet, passenger plane, commercial plane; jet, jet plane; boat, vessel, watercraft; motorboat, speedboat, power boat,
    speed boat; rowboat, row boat; sailboat, sail boat, sailing boat; helicopter, chopper; stroller, pram, baby
    carriage, buggy, pushchair, baby stroller; cart, wagon, trolley, shopping cart; carriage, horse carriage; sled,
    sleigh, sledge, toboggan; camper van, camper, rv, motorhome; tank vehicle, tank; tank container, tank; atv, four
    wheeler, quad bike; couch, sofa, loveseat, love seat, settee, davenport; dining table, dinner table, dining room
    table; nightstand, night stand, bedside table; end table, side table; desk, writing desk; dresser, chest of drawers,
    bureau; wardrobe, armoire, closet; bookcase, bookshelf, book shelf, book case; armchair, arm chair; ottoman,
    footstool, foot stool; stool, bar stool, barstool; chest furniture, chest, treasure chest; crib, baby bed; shelf,
    shelving, ledge, mantle, mantel, shelving unit; bleachers, stands, grandstand, bleacher; high chair, highchair;
    furniture, furnishings; clothes, clothing, outfit, garment, attire, apparel, laundry; shirt, top; t-shirt, tshirt,
    tee shirt, tee, t shirt; tank top, camisole; pants, trousers, pant, trouser; jeans, blue jeans, jean, denim, denim
    jeans; tights, pantyhose; swim trunks, swimming trunks, trunks; swimsuit, bathing suit, swim suit, swimwear; jacket,
    windbreaker; coat, parka, overcoat, trench coat; suit, business suit; suit coat, blazer, suit jacket, sport coat;
    sweater, pullover, jumper; hoodie, hooded sweatshirt, hoody; sweatshirt, sweat shirt; vest, waistcoat, safety vest;
    robe, bathrobe; hat, headgear, headwear; cap, ball cap; beanie, knit cap, knit hat, stocking cap, toque, skull cap;
    visor, sun visor; hard hat, hardhat; shoe, footwear; sneaker, tennis shoe, running shoe, trainer, athletic shoe;
    sandal, flip flop, flipflop, flip-flop; high heel, heels; tie, necktie, neck tie; bow tie, bowtie; scarf, shawl;
    bandana, headscarf, kerchief, head scarf, headband; mitten, mitt; baseball glove, baseball mitt, catcher's mitt,
    catcher's glove, fielder's glove, mitt, catchers mitt; eyeglasses, glasses, spectacles, eye glasses, eyeglass, eye
    glass, reading glasses; glass, glasses; sunglasses, shades, sunglass, sun glasses; goggles, ski goggles, goggle;
    jewelry, jewellery; bracelet, bangle; wristband, wrist band, sweatband, armband; watch, wristwatch, wrist watch;
    ring, wedding band; wallet, billfold; handbag, purse, hand bag, clutch, pocketbook, shoulder bag; backpack,
    knapsack, rucksack, book bag, back pack, bookbag, pack; suitcase, suit case; luggage, baggage; duffel bag, duffle
    bag, gym bag; garbage bag, trash bag; trash can, garbage can, trashcan, waste basket, wastebasket, trash bin,
    dustbin, garbage bin, garbage pail, rubbish bin, dumpster, waste bin; bucket, pail; jug, pitcher, carafe; cooler,
    ice chest; packet, sachet, package, pack, parcel; dish, dishware, crockery; silverware, cutlery, flatware; utensil,
    kitchen utensil; pan, skillet, griddle, cookie sheet; pot, cooking pot; vase, flower vase, urn; planter, flower pot,
    flowerpot, plant pot; wine glass, wineglass, stemware; food, meal, cuisine; vegetable, veggie, veg, produce; fruit,
    produce; orange, orange slice; lettuce, lettuce leaf; french fries, fries, french fry, fry; chips, potato chip,
    crisps; burger; hamburger, burger; hot dog, hotdog, chili dog, corn dog, frankfurter, wiener; donut, doughnut; bun,
    roll; pizza, pizza slice, slice of pizza; frosting, icing; ketchup, catsup; mayonnaise, mayo; soda, soft drink, pop;
    drink, beverage, liquid; crust, pizza crust; bell pepper, green pepper, red pepper; corn, corn cob; turkey; batter
    food, batter; date fruit, date; plant, vegetation, foliage; greenery, vegetation, foliage, vegetations, undergrowth;
    leaf, foliage; bush, shrub, bushes, brush; shrubbery, underbrush; flower, bloom; potted plant, plant pot;
    houseplant, house plant; pine tree, pine; palm tree, palm; palm; oak tree, oak; grass, turf, lawn, grassland; lawn,
    yard, grass; forest, woods, wood, woodland, jungle, tree line, treeline; wood, lumber, log, timber, plank, wooden
    plank; branch, limb, twig, tree branch; trunk, tree trunk; trunk luggage, trunk; trunk of elephant, trunk, elephant
    trunk; trunk of car, trunk; house, home, dwelling; skyscraper, high rise, highrise; apartment building, apartment,
    apartments; store, shop, storefront; restaurant, eatery; cafe, coffee shop; bar, pub, tavern; bar of metal, bar;
    rail, railing, rails; train track, track, railroad track, railway, railroad, rail, rails, train tracks, tracks,
    railway track, railroad tracks; station, train station, bus stop, subway station, platform; tarmac, runway,
    airstrip, landing strip; bathroom, restroom, washroom, toilet room, lavatory; living room, lounge, sitting room,
    family room, den; hallway, hall, corridor; city, town, downtown, cityscape, skyline; road, street, roadway, highway,
    lane, freeway, avenue; street, road; pavement, asphalt, concrete, cement, blacktop, tarmac; sidewalk, pavement,
    footpath, side walk, walkway; path, pathway, walkway, walk, walking path; crosswalk, crossing, cross walk, zebra
    crossing; curb, kerb, gutter; parking lot, car park, parking space, parking garage; ocean, sea, seawater, ocean
    water, sea water, salt water; beach, shore, seashore, coast, shoreline, coastline, seaside; shore, bank, riverbank;
    stream, creek, brook; wave, surf, whitewash; harbor, marina, port, harbour, dock, bay; pier, dock, jetty, wharf;
    waterfall, falls; snow, snowbank, powder snow; sand, sand dune; dirt, soil, mud, earth, clay; ground, terrain, land;
    field, meadow, pasture, grassland, prairie, grass field, grassy field, hayfield; hill, hillside, slope, hilltop,
    incline, ski slope; mountain, mountainside, mountaintop, mountain range, peak, summit; rock, stone, boulder; cliff,
    bluff, ledge; sky, skies, blue sky; sun, sunshine; sunlight, sunshine, daylight; sunset, sunrise; baseball field,
    ball field, diamond, baseball diamond, ball park, ballpark, infield; home plate, home base; base, baseball base;
    pitcher's mound, mound, pitchers mound; stadium, arena; refrigerator, fridge; stove, range, stovetop, stove top,
    cooktop, hob, cooker, burner stove, stove top oven; microwave, microwave oven; tv, television, television set, tv
    set, telly; hair drier, hair dryer, hairdryer, blow dryer, blowdryer; washing machine, washer; air conditioner, ac
    unit, air conditioning unit, ac; fan, ceiling fan; vacuum, vacuum cleaner; grill, barbecue, bbq; grill of car,
    grille, grill, radiator grill; coffee maker, coffee machine, coffeemaker; iron appliance, iron; laptop, laptop
    computer, notebook computer; computer, pc; desktop computer, desktop, pc; tablet, ipad; monitor, computer monitor,
    display; keyboard; keyboard instrument, keyboard, piano keyboard; mouse, computer mouse; coach bus, coach; mouse
    pad, mousepad; remote, remote control, remote controller, tv remote; wii remote, wii controller, wiimote, wii; cell
    phone, cellphone, mobile phone, cellular phone, smartphone, smart phone, iphone, mobile; telephone, landline;
    headphones, earphones, earbuds, headset, earphone, headphone; game console, video game console, xbox, playstation;
    game controller, video game controller, gamepad; speaker, loudspeaker; cd, dvd, disc; doll, barbie; teddy bear,
    teddy, stuffed bear, toy bear; stuffed animal, plush toy, plushie, plush; lego, block, building block; football,
    soccer ball; sports ball, sport ball; frisbee, flying disc, disc, disk; baseball bat, bat; tennis racket, racket,
    racquet, tennis racquet; paddle, oar; skateboard, skate board; surfboard, surf board; paddleboard, paddle board;
    boogie board, bodyboard, body board; snowboard, snow board; skis, ski, pair of skis; skate park, skatepark, ramp,
    skate ramp; goal, soccer goal, goal net, goalpost; life jacket, life vest, lifejacket; shin guard, shin pad, leg
    guard, leg pad; knee pad, kneepad; mask, face mask, catcher's mask, catchers mask; sports equipment, equipment; gun,
    firearm; axe, hatchet, ax; gear, cog, cogwheel; scissors, scissor, shears; lamppost, lamp post, street lamp,
    streetlamp, light post, light pole, streetlight, street light, lamp pole; street light, streetlight; light bulb,
    bulb, lightbulb; headlight, head light, headlamp; taillight, tail light, brake light, rear light; light fixture,
    lighting fixture; traffic light, stoplight, traffic signal, stop light, red light, green light, signal light,
    redlight, traffic lights; sign, signage, signpost; billboard, advertisement, ad; banner, flag; flag; picture, image,
    photograph, photo; photo, photograph; statue, sculpture, monument; figurine, figure; notebook, notepad, pad, note
    pad; writing, script; letter; letter paper, letter; number, numeral, digit; label, tag; license plate, licence
    plate, number plate, plate number, plate; plate; cloth, fabric, textile, linen; napkin, serviette, tissue, paper
    napkin; tablecloth, table cloth; placemat, place mat; blanket, throw blanket; comforter, bedspread, duvet, quilt,
    bed spread, bed cover, coverlet; sheet, bed sheet, bedsheet; pillow, cushion; rug, carpet, area rug; carpet,
    carpeting; floor, flooring, hardwood; curtain, drape, drapery, valance; blind, window blind, blinds, shade, shutter,
    window shade; window sill, windowsill, sill, ledge; windshield, windscreen, front window; wire, cable, cord,
    electrical cord, power cord; power line, powerline, telephone line, electric wire, electrical wire, overhead wire,
    telephone wire; strap, harness, band; fence, fencing; railing, handrail, banister, balustrade, guard rail; door,
    doorway, entrance; doorway, entryway, entrance; stair, steps, staircase, stairway, stairs, step, stairwell; pole,
    post, column, pillar; telephone pole, utility pole, power pole, electric pole, electrical pole, electricity pole;
    flagpole, flag pole; traffic cone, cone, orange cone, safety cone; toilet, commode; toilet paper, toilet tissue,
    toilet roll; toilet seat, seat; sink, basin, washbasin, wash basin; bathtub, tub, bath tub, bath; faucet, tap,
    spigot, water faucet; counter, countertop, counter top, worktop, kitchen counter; awning, canopy, overhang; canopy,
    tarp, awning; chimney, smokestack, smoke stack; roof, rooftop, roofing; balcony, terrace; porch, patio, deck,
    veranda; tire, tyre; rim, hubcap; seat; handlebar, handle bar, handlebars; handle, door handle; knob, doorknob, door
    knob, door handle; fire hydrant, hydrant, fireplug, fire plug; mailbox, mail box, postbox, letter box, post box;
    fountain, water fountain; bridge, overpass; hair, hairstyle, hairdo, haircut; beard, facial hair; mustache,
    moustache; stomach, belly, tummy; beak, bill; bill money, bill, dollar bill; fur, coat fur; coat fur, coat; horn,
    antler; feather, plume; shadow, shade; vent, air vent; pipe, tube, plumbing; shell, seashell, sea shell; hammer,
    mallet; flask, thermos, canteen; smoke, steam; garbage, trash, rubbish, waste; screen, display; medal, trophy; nail,
    fingernail; nail of metal, nail; screw, bolt; engine, motor; crowd, audience, spectators; sailing mast, mast; mast;
    towel rack, towel bar; bow ribbon, bow; racing car, race car; leash, lead; bun hair, bun; cap of bottle, cap, lid,
    cover; lid, cover; spot, dot, speckle; hay, straw; straw of drink, straw; straw; stuffed toy, stuffed animal
"""
"""Groups of nouns and phrases that mean the same; the first is what the other tables call it."""

ALIKE = """
    jacket, coat, suit coat, raincoat, sweatshirt, hoodie, sweater, cardigan, vest; shirt, t-shirt, blouse, sweater,
    sweatshirt, hoodie, jersey, tank top, jacket; pants, jeans, sweatpants, slacks, khakis, leggings, tights; dress,
    skirt, gown, robe; shorts, swim trunks; wetsuit, swimsuit; shoe, boot, sneaker, sandal, cleat; hat, cap, beanie,
    visor; eyeglasses, sunglasses, goggles; handbag, tote bag; strap, belt, leash, harness, rope; necklace, chain,
    pendant; bracelet, watch, wristband; cup, glass, mug; vase, jar, pot, planter; jar, canister; basket, bin, crate;
    bucket, bin; road, street, pavement, path, sidewalk, driveway, runway, parking lot; ocean, lake, river, pond, bay,
    canal; stream, river, canal; meadow, field, grass, pasture, lawn, garden, yard, park; grass, weed; bush, tree; bush,
    hedge, shrubbery, weed, plant, fern; flower, potted plant; tree, palm tree, potted plant; hill, mountain, cliff,
    rock; dirt, sand, gravel, ground, mud; rock, stone, boulder, pebble; forest, tree, park, bush; sky, cloud cover,
    background; building, house, tower, store, structure, hotel, apartment building, skyscraper; sheep, goat, lamb;
    horse, donkey, mule; cow, ox, buffalo, bison, bull; deer, antelope, elk, moose, gazelle; monkey, ape, gorilla;
    crocodile, alligator; turtle, tortoise; llama, alpaca; duck, goose, swan; bee, wasp, fly insect; butterfly, moth;
    wolf, dog, fox, coyote; rat, squirrel, hamster, chipmunk; seagull, pigeon, tern; crow, magpie; heron, crane bird,
    stork, egret; van, truck, suv, minivan, station wagon; van, bus; suv, jeep, sedan, hatchback; bus, tram, coach bus;
    train, tram, subway; ferry, ship, yacht, barge, cruise ship; canoe, kayak, rowboat, raft, dinghy; motorboat, yacht,
    fishing boat; desk, table, counter, dresser, nightstand; cabinet, drawer, dresser, cupboard, shelf, closet,
    wardrobe; couch, seat, armchair; pillow, cushion, blanket; blanket, sheet, comforter, towel, tablecloth, cloth; rug,
    mat, carpet, floor; curtain, blind, shower curtain; monitor, tv, screen, computer, desktop computer; remote,
    controller; notebook, book, magazine, newspaper, menu, paper; picture, painting, poster, photo, drawing; sign,
    billboard, banner, poster, board, placard; lamp, light, street light, lantern, lamppost; pole, lamppost, telephone
    pole, pipe; fence, railing, gate, barrier; pier, boardwalk, bridge; wire, rope, string, power line, leash; oven,
    stove, grill; bun, bread, roll, toast, bagel; cake, pie, pastry, muffin, cupcake; cookie, biscuit, cracker; chicken,
    turkey, pork, beef, steak, ham, sausage, bacon; lettuce, spinach, cabbage, kale, herb; orange, tangerine,
    grapefruit, peach, apricot; lemon, lime; zucchini, cucumber; onion, garlic; sauce, ketchup, gravy, syrup; beer,
    juice, soda, tea, coffee, wine; rice, grain; noodle, spaghetti, pasta; potato, sweet potato, french fries; writing,
    logo, letter, word, number, sign, design, picture; design, pattern, decoration, logo; stripe, line, spot; hair, fur,
    mane, wool; beard, mustache; hand, finger, arm; foot, paw, hoof; shoulder, arm; head, face; mouth, beak, lip; fog,
    smoke, cloud; rain, snow; statue, figurine, doll; ball, sports ball; balloon, ball; broom, mop; garbage, debris,
    litter; tent, umbrella, canopy, awning, parasol; toilet, bidet, urinal; bathtub, shower; plastic bag, trash bag;
    handle, knob; wheel, tire, rim; window, glass; mirror, window; bridge, overpass; roof, ceiling, awning; wall,
    building; leaf, plant, branch, flower; branch, tree, stick; trunk, tree; log, stick, branch; snow, ice; statue,
    fountain; field, baseball field, soccer field, court; stadium, bleachers, court; dirt, soil, ground; wave, splash,
    foam; screen, display; button, knob, switch; pipe, pole, rail, bar of metal; rail, railing, fence, train track;
    uniform, jersey; uniform, suit; uniform, costume; uniform, shirt; uniform, pants; uniform, jacket; uniform, vest
"""
"""Groups of nouns that people use of the same thing now and then, or that few could tell apart in a photograph."""

OTHERS = """
    acorn, air bag, altar, anchor, angel, antenna, aquarium, armrest, arrow, ashtray, baby bottle, backstop, bale,
    bandage, bark, baseboard, battery, batting cage, beam, beehive, bell, binoculars, bird bath, bird feeder, birdhouse,
    blackboard, blade, blood, body, booth, bowling pin, brake, bridle, brim, bubble, buckle, bud, buddha, bullseye,
    bumper, buoy, burner, bus shelter, cage, calendar, calf muscle, candelabra, cane, canvas, canyon, cardboard,
    carousel, cash register, catcher, cave, chairlift, chalk, cheek, chess board, cigar, cigarette, claw, clock hand,
    clothespin, coaster, coat hanger, cobweb, coffin, collar, comb, compass, construction site, conveyor belt, cooling
    rack, coral, core, cork, cornice, crank, cross, crosshair, crucifix, crutch, cuff, cyclist, dart board, dashboard,
    deodorant, detergent, dial, dice, dog house, domino, doorbell, drain, dugout, dustpan, easel, elevator, eraser,
    exhaust, eyebrow, eyelash, fender, ferris wheel, file, fin, fire escape, fire extinguisher, fireplace, fireworks,
    fishing net, fist, foil, folder, food bowl, footprint, footrest, forehead, fossil, foul pole, freckle, fuselage, gas
    tank, generator, globe, glue, gong, grave, grout, hanger, hay bale, haystack, headstone, heel, hem, hinge, hip,
    hockey puck, hood, hood of coat, horseshoe, hose, hull, hurdle, ice cube, icicle, igloo, incense, jaw, jet engine,
    kennel, key of keyboard, kickstand, kiosk, knot, lace, lampshade, landing gear, lapel, latch, layer, lens, lever,
    life preserver, light switch, lighter, lightning, lining, lipstick, lobster trap, lock, locker, lotion, magnet,
    makeup, manhole, mannequin, match, medicine, menorah, microscope, molding, motorcyclist, mummy, muzzle, napkin
    holder, nest, newspaper stand, pacifier, paper clip, parachute, pedal, peel, peephole, pendulum, pepper shaker,
    petal, phone booth, piggy bank, pill, pine cone, plastic wrap, plug, plunger, pocket, podium, prong, propeller,
    pulley, pulp, pulpit, punching bag, rafter, railroad tie, rainbow, razor, rearview mirror, reflector, reins, ridge,
    rind, ripple, robot, roller coaster, root, rudder, ruler, saddle, sail, salt shaker, sandbag, sandbox, satellite
    dish, scale, scar, scarecrow, seat belt, seed, seesaw, shin, shoelace, shower head, shrine, side mirror, silo, sippy
    cup, skateboarder, skeleton, ski lift, ski track, skier, skin, skull, sleeve, slice, slide, smile, smoke detector,
    snout, snowball, snowboarder, solar panel, sole, speed bump, spider web, spoke, sponge, spout, spring, sprinkler,
    stained glass, stall, stamp, stapler, steering wheel, stem, stethoscope, stirrup, stump, surfer, sweat, swing,
    syringe, tail fin, tambourine, tape, target, tattoo, tea kettle, tear, telescope, tennis net, thermometer, thigh,
    thorn, threshold, throat, tine, tip jar, tire track, toenail, toothpaste, tornado, trackpad, trampoline, treadmill,
    tripod, trough, tunnel, tusk, udder, umpire, volleyball net, weather vane, well, whisker, whistle, wick, windowpane,
    windshield wiper, zipper
"""
"""Nouns of which no more is said than that they mean something of their own."""

SELDOM_LISTED = """
    sky, ground, floor, wall, ceiling, air, land, background, foreground, shadow, shade, reflection, light,
    sunlight, line, lines, stripe, spot, dot, hole, edge, corner, top, bottom, side, front, back, end, middle,
    center, part, piece, section, area, space, place, scene, view, surface, object, thing, item, stuff, something,
    anything, material, substance, color, colour, shape, pattern, design, texture, mark, marking, markings, scratch,
    crack, stain, wrinkle, crease, fold, dirt, dust, rust, seam, stitch, stitching, number, letter, word, text,
    writing, lettering, logo, label, symbol, name, print, picture, image, photo, photograph, watermark, day, night,
    weather, distance, horizon, outside, outdoors, group, row, set, pair, bunch, pile, stack, structure, decoration,
    furniture, clothes, vehicle, animal, food, plant, building, container, device, electronics, appliance,
    equipment, machine, tool, utensil, body part, weapon, sports equipment, jewelry, eyewear, tableware, artwork,
    greenery, vegetation, body of water, celestial body, precipitation, musical instrument, person, people, human,
    figure, individual, water, grass, leaf, plastic, metal, wood, glass of window, concrete, brick, stone, rock,
    pavement, tile, cement, fabric, cloth, wire, cord, screw, nail, bolt, handle, knob, button, frame, border, trim,
    base, post, pole, bar, bar of metal, rod, rail, pipe, panel, cover, lid, strap, string, hook, holder, stand,
    support, bracket, board, stick, plank, box, bag, paper, sign, sticker, tag, emblem, slice, case, ripple, layer,
    sun, moss, ridge, lip, lining, hem, slope, dish, drink, liquid, meat, fruit, vegetable, snack, dessert,
    condiment, garnish, room, cloud, tree, window, door, road, street, field, hill, house, fence, bush, sidewalk,
    path, curb, can, outlet, switch, vent
"""
"""What is in so many photographs, or is so vague, that a list without it does not say that it is absent."""

AMBIGUOUS = """
    vessel, top, trunk, trunks, bill, pack, package, pop, roll, lounge, range, display, mound, mount, bank, pad, step,
    steps, band, figure, block, base, stand, stands, bar, plug, range, spring, match, file, crank, core, body, stall,
    date, fly, brush, tube, cover, peak, summit, gutter, ledge, diamond, mobile, wii, waste, produce, hall, court, bay,
    bonnet, bow, dock, port, driver, male, orange, net, crown, ring
"""
"""Names that are as often said of something else, or of a part of many things."""
