"""Which everyday nouns name kinds of what others name; sightline's own choice, as all of its tables of words."""

from collections.abc import Mapping

__all__ = ["KINDS", "WIDE_KINDS"]

KINDS: Mapping[str, str] = {
    "animal": "bird, fish, insect, reptile, dog, cat, horse, sheep, goat, cow, pig, elephant, bear, zebra, giraffe, "
    "lion, tiger, leopard, monkey, deer, rabbit, rodent, fox, wolf, camel, donkey, kangaroo, koala, raccoon, hippo, "
    "rhino, buffalo, llama, otter, seal animal, dolphin, whale, bat animal, pet, cub, lamb, calf, turtle, frog, crab, "
    "lobster, snail, octopus, jellyfish, starfish, hedgehog, skunk, sloth, meerkat, beaver",
    "pet": "dog, cat, rabbit, hamster",
    "bird": "duck, goose, swan, seagull, pelican, heron, stork, flamingo, ostrich, penguin, puffin, pigeon, sparrow, "
    "robin, crow, woodpecker, hummingbird, kingfisher, parrot, owl, eagle, vulture, chicken bird, turkey bird, "
    "pheasant, peacock, crane bird, songbird, waterfowl, seabird, magpie, cormorant, emu, quail, finch, swallow bird",
    "chicken bird": "rooster, hen, chick, fried chicken",
    "waterfowl": "duck, goose, swan, duckling, gosling",
    "seabird": "seagull, pelican, puffin, cormorant",
    "duck": "duckling, mallard, rubber duck",
    "songbird": "sparrow, robin, finch, blue jay, bluebird, blackbird",
    "fish": "shark, goldfish, salmon, tuna, koi, stingray, trout",
    "insect": "butterfly, bee, wasp, fly insect, ant, beetle, dragonfly, ladybug, moth, caterpillar, grasshopper, "
    "spider, mosquito",
    "reptile": "snake, lizard, turtle, crocodile, dinosaur",
    "rodent": "rat, squirrel, hamster, beaver, chipmunk, guinea pig",
    "dog": "puppy, hound, poodle, beagle, bulldog, pug, corgi, dachshund, chihuahua, labrador, retriever, collie, "
    "german shepherd, sheepdog, terrier, spaniel, husky, dalmatian, rottweiler, boxer dog, greyhound",
    "cat": "kitten, tabby, siamese cat",
    "horse": "pony, foal, mare, stallion",
    "sheep": "lamb, ram, ewe",
    "cow": "calf, bull, ox, heifer",
    "bear": "polar bear, grizzly, panda, brown bear, black bear, bear cub",
    "cub": "bear cub",
    "elephant": "baby elephant",
    "monkey": "ape, gorilla, chimpanzee, baboon, orangutan",
    "vehicle": "car, truck, bus, train, motorcycle, bicycle, airplane, helicopter, boat, tractor, bulldozer, trailer, "
    "cart, carriage, ambulance, tank vehicle, tram, golf cart, rickshaw, sled, scooter, forklift, excavator, "
    "snowmobile, camper van, hot air balloon, spaceship, subway, bike, atv",
    "bike": "bicycle, motorcycle, dirt bike, tricycle, mountain bike, atv",
    "bicycle": "mountain bike, tricycle",
    "car": "sedan, hatchback, station wagon, suv, van, minivan, jeep, taxi, limousine, convertible, police car, race "
    "car, sports car, toy car, train car",
    "truck": "pickup, fire truck, dump truck, tow truck, semi truck, box truck, food truck, garbage truck, truck bed",
    "bus": "minibus, double decker bus, school bus, tour bus, coach bus",
    "train": "locomotive, train car, subway, freight train, steam train, passenger train, tram, toy train",
    "motorcycle": "scooter, dirt bike, moped",
    "airplane": "jet, biplane, seaplane, glider, propeller plane, fighter jet, airliner",
    "jet": "fighter jet, airliner",
    "boat": "ship, sailboat, rowboat, motorboat, canoe, kayak, yacht, ferry, gondola, dinghy, barge, raft, fishing "
    "boat, cruise ship, houseboat, tugboat, submarine",
    "ship": "cruise ship, cargo ship",
    "furniture": "chair, couch, table, bed, desk, bench, cabinet, dresser, shelf, bookcase, nightstand, ottoman, "
    "crib, wardrobe, stool, drawer, tv stand, headboard, cradle, hammock",
    "chair": "armchair, stool, high chair, rocking chair, office chair, beach chair, lawn chair, folding chair, "
    "recliner, wheelchair, throne, deck chair",
    "seat": "chair, bench, stool, couch, toilet seat, bike seat, car seat, bicycle seat, motorcycle seat, bleachers",
    "couch": "futon, sectional, recliner",
    "table": "dining table, coffee table, desk, picnic table, side table, end table, nightstand, kitchen table, pool "
    "table, changing table, operating table",
    "cabinet": "cupboard, medicine cabinet, file cabinet, kitchen cabinet, wardrobe, dresser",
    "shelf": "bookcase, rack",
    "rack": "bike rack, towel rack, dish rack, spice rack, luggage rack, coat rack, cooling rack",
    "bed": "bunk bed, crib, cot, mattress",
    "bench": "pew, park bench",
    "clothes": "shirt, pants, shorts, skirt, dress, jacket, coat, sweater, suit, uniform, hat, shoe, sock, glove, "
    "scarf, tie, vest, robe, swimsuit, wetsuit, underwear, apron, jersey, helmet, belt, gown, costume, pajamas, "
    "kimono, overalls, leggings, stocking, cape, veil, bra, diaper, bib, blouse, raincoat, cleat",
    "shirt": "t-shirt, polo shirt, dress shirt, blouse, jersey, tank top, sweatshirt, undershirt, long sleeve shirt, "
    "flannel shirt, button down shirt",
    "pants": "jeans, leggings, sweatpants, khakis, slacks, overalls, snow pants, tights",
    "shorts": "swim trunks, jean shorts, board shorts",
    "skirt": "tutu, miniskirt",
    "dress": "gown, wedding dress, sundress",
    "suit": "tuxedo, suit coat",
    "sweater": "cardigan, hoodie, sweatshirt",
    "hat": "cap, beanie, cowboy hat, sun hat, straw hat, chef hat, baseball cap, santa hat, party hat, top hat, "
    "bonnet, fedora, visor, turban, sombrero, beret, winter hat, hard hat",
    "cap": "baseball cap, beanie",
    "helmet": "hard hat, bicycle helmet, batting helmet, motorcycle helmet, baseball helmet",
    "shoe": "boot, sneaker, sandal, flip flop, slipper, high heel, cleat, tennis shoe, loafer, ski boot",
    "boot": "cowboy boot, ski boot, rain boot",
    "glove": "baseball glove, mitten, boxing glove, oven mitt, batting glove",
    "sock": "stocking",
    "tie": "bow tie",
    "swimsuit": "bikini, swim trunks",
    "eyewear": "eyeglasses, sunglasses, goggles",
    "jewelry": "necklace, ring, earring, bracelet, watch, brooch, pendant, crown, tiara, wedding ring, wristband, "
    "anklet, chain, cufflink",
    "bag": "backpack, handbag, suitcase, tote bag, duffel bag, plastic bag, paper bag, shopping bag, garbage bag, "
    "grocery bag, sleeping bag, messenger bag, laptop bag, pouch, sack, satchel, fanny pack, briefcase, wallet",
    "luggage": "suitcase, backpack, bag, handbag, duffel bag, briefcase, trunk luggage",
    "suitcase": "briefcase",
    "umbrella": "parasol, beach umbrella",
    "container": "box, bottle, jar, can, cup, bowl, basket, bucket, vase, pot, bin, crate, barrel, carton, tub, tray, "
    "jug, canister, tank container, trash can, bag, case, pan, tupperware, cooler, dispenser, shaker, mug, planter, "
    "chest furniture, tin, packet",
    "box": "cardboard box, pizza box, lunch box, crate, toolbox, carton, chest furniture, tissue box, shoebox, "
    "jewelry box, litter box, cereal box",
    "bottle": "water bottle, wine bottle, beer bottle, soap bottle, ketchup bottle, glass bottle, spray bottle, "
    "flask, plastic bottle, soda bottle, perfume, baby bottle",
    "can": "soda can, beer can, spray can, watering can, tin, trash can",
    "bin": "trash can, recycling bin",
    "basket": "picnic basket, laundry basket, wicker basket",
    "jug": "kettle",
    "pot": "flower pot, teapot, coffee pot, saucepan",
    "pan": "frying pan, saucepan, wok, baking pan, baking sheet",
    "dish": "plate, bowl, cup, saucer, casserole, platter, dinner plate",
    "plate": "saucer, platter, paper plate, dinner plate",
    "bowl": "mixing bowl, sugar bowl, salad bowl, food bowl, toilet bowl",
    "cup": "mug, teacup, coffee cup, paper cup, measuring cup, plastic cup, styrofoam cup",
    "mug": "coffee mug, beer mug",
    "glass": "wine glass, shot glass, beer glass, drinking glass, water glass, tumbler, goblet",
    "wine glass": "champagne flute",
    "utensil": "fork, knife, spoon, spatula, ladle, whisk, chopstick, tongs, corkscrew, peeler, can opener, pizza "
    "cutter, scissors, ice cream scoop, grater, silverware, rolling pin, strainer",
    "silverware": "fork, knife, spoon",
    "knife": "butcher knife, pocketknife, butter knife, kitchen knife, steak knife",
    "spoon": "teaspoon, tablespoon, wooden spoon, ladle, scoop",
    "food": "fruit, vegetable, meat, bread, pizza, sandwich, hot dog, cake, donut, salad, soup, rice, pasta, egg, "
    "cheese, dessert, pastry, cookie, cracker, cereal, sauce, butter, french fries, chips, pie, sushi, seafood, "
    "pancake, waffle, popcorn, candy, chocolate, nut, snack, bean, fish, pickle, olive, taco, burrito, noodle, "
    "omelette, toast, stew, curry, dumpling, tofu, yogurt, jam, honey, ice cream, sugar, salt, pepper, breakfast, "
    "lunch, dinner, casserole, spaghetti, garnish, herb, crust, topping, dough, spice, hay, quesadilla, pretzel, "
    "macaroni, batter food, dip",
    "fruit": "apple, orange, banana, pear, peach, plum, grape, strawberry, blueberry, raspberry, cherry, lemon, lime, "
    "pineapple, mango, kiwi, melon, watermelon, coconut, grapefruit, avocado, berry, fig, pomegranate, tomato, papaya, "
    "apricot, cantaloupe, cranberry, tangerine, date fruit, raisin, plantain",
    "melon": "watermelon, cantaloupe",
    "berry": "strawberry, blueberry, raspberry, cranberry, blackberry",
    "vegetable": "broccoli, carrot, lettuce, tomato, onion, potato, pepper, cabbage, spinach, cucumber, celery, corn, "
    "pea, bean, mushroom, cauliflower, asparagus, pumpkin, squash, radish, garlic, eggplant, zucchini, kale, beet, "
    "turnip, avocado, olive, pickle, bell pepper, artichoke, leek, brussels sprout, sprout, salad, herb, sweet potato, "
    "green bean, green onion",
    "pepper": "bell pepper, chili pepper, jalapeno",
    "herb": "parsley, basil, cilantro, mint, rosemary, dill",
    "meat": "beef, steak, chicken, ham, bacon, sausage, pork, turkey, lamb meat, pepperoni, ribs, meatball, hot dog, "
    "patty, salami, shrimp, fish, fried chicken, hamburger",
    "seafood": "shrimp, crab, lobster, fish, clam, oyster, mussel, squid, octopus, salmon, tuna, sushi",
    "bread": "bun, toast, bagel, baguette, loaf, roll, croissant, pita, biscuit, muffin, garlic bread, tortilla, dough",
    "sandwich": "burger, sub sandwich, wrap, panini, grilled cheese",
    "burger": "hamburger, cheeseburger",
    "cake": "cheesecake, cupcake, birthday cake, wedding cake, chocolate cake, layer cake",
    "dessert": "cake, pie, ice cream, cookie, donut, pudding, brownie, pastry, candy, chocolate, cupcake, frosting",
    "pastry": "donut, croissant, danish, muffin, cupcake, scone, pie, cinnamon roll, eclair, tart",
    "sauce": "ketchup, mustard, mayonnaise, gravy, salsa, syrup, soy sauce, tomato sauce, dressing, dip, guacamole, "
    "hummus",
    "condiment": "ketchup, mustard, mayonnaise, sauce, salt, pepper, relish",
    "pasta": "spaghetti, noodle, macaroni, lasagna",
    "candy": "lollipop, gum, chocolate, sprinkles",
    "nut": "peanut, almond, walnut, cashew",
    "snack": "chips, popcorn, cracker, pretzel, nut, candy, cookie",
    "drink": "coffee, tea, beer, wine, juice, milk, soda, cocktail, smoothie, lemonade, hot chocolate, alcohol, "
    "champagne, espresso, milkshake, orange juice, latte, liquor",
    "coffee": "espresso, latte, cappuccino",
    "juice": "orange juice, lemonade, apple juice",
    "soda": "cola",
    "alcohol": "beer, wine, champagne, liquor, cocktail, whiskey, vodka",
    "wine": "champagne",
    "plant": "tree, bush, flower, grass, fern, cactus, vine, ivy, potted plant, weed, moss, leaf, reed, hedge, crop, "
    "palm tree, bamboo, succulent, seaweed, herb, lily pad, shrubbery, corn plant",
    "tree": "palm tree, pine tree, oak tree, christmas tree, bonsai, fir, evergreen, maple tree, willow, fruit tree, "
    "birch, cypress, banana tree, orange tree, apple tree, cherry tree, spruce, potted tree",
    "evergreen": "pine tree, fir, spruce, cypress",
    "flower": "rose, tulip, daisy, sunflower, lily, orchid, carnation, dandelion, lavender, iris, petunia, hydrangea, "
    "daffodil, poppy, violet, lotus, chrysanthemum, blossom, bouquet, wildflower, peony, marigold, cherry blossom, "
    "flower arrangement, potted flower",
    "potted plant": "houseplant, potted flower, potted tree",
    "bush": "hedge, shrubbery",
    "greenery": "tree, bush, grass, plant, leaf, hedge, vine, shrubbery, ivy, forest, weed, moss, fern",
    "building": "house, church, tower, skyscraper, barn, school, store, hotel, restaurant, hospital, station, garage, "
    "shed, hut, cabin, castle, temple, mosque, warehouse, factory, museum, apartment building, office building, "
    "stadium, library, lighthouse, hangar, palace, cathedral, windmill, greenhouse, gazebo, cottage, mansion, bank, "
    "airport, train station, bus station, pavilion, monastery, chapel, theater, farmhouse, stable, outhouse, pagoda, "
    "bar, cafe, terminal, mall, dome",
    "structure": "building, tower, bridge, house, monument, gazebo, scaffolding, pier, arch, dam, tent, canopy, wall, "
    "shed, windmill, stadium, stage, pavilion, lifeguard tower, crane machine, frame",
    "house": "cottage, mansion, cabin, farmhouse, hut, apartment building, townhouse, bungalow",
    "church": "cathedral, chapel",
    "tower": "clock tower, lighthouse, steeple, water tower, skyscraper, cell tower, radio tower, bell tower, control "
    "tower, lifeguard tower, turret, power line tower",
    "store": "supermarket, bakery, bookstore, mall, market, convenience store, shopping center",
    "restaurant": "cafe, diner, bar, pizzeria, food court",
    "room": "bathroom, bedroom, kitchen, living room, dining room, office, classroom, hallway, hotel room, lobby, "
    "laundry room, basement, attic, garage, waiting room, conference room, hospital room, closet, closet room, "
    "playroom, pantry, cockpit",
    "place": "park, street, beach, city, town, village, room, restaurant, store, airport, zoo, farm, market, forest, "
    "garden, stadium, parking lot, playground, campground, skate park, cemetery, harbor",
    "town": "village, city",
    "road": "dirt road, intersection, driveway, alley",
    "path": "sidewalk, trail, walkway, driveway, bike lane, alley, dirt road, boardwalk, bike path",
    "body of water": "ocean, lake, river, pond, stream, pool, bay, canal, puddle, waterfall, harbor, lagoon",
    "water": "ocean, lake, river, pond, stream, pool, bay, canal, puddle, waterfall, wave, harbor, lagoon, rain, "
    "foam, splash, surf",
    "pool": "swimming pool, hot tub",
    "land": "field, meadow, hill, mountain, beach, desert, island, farm, forest, plain, savanna, cliff, valley, shore",
    "ground": "dirt, grass, sand, snow, road, sidewalk, floor, field, gravel, pavement, concrete, mud, asphalt, path, "
    "soil, court, street, beach, lawn, runway, parking lot, driveway, walkway, patio, turf, cobblestone",
    "field": "lawn, baseball field, soccer field, football field, tennis court, farm, outfield, infield, wheat field, "
    "grass",
    "court": "tennis court, basketball court",
    "hill": "mountain, dune, mound, cliff, snowbank",
    "mountain": "volcano",
    "rock": "pebble, gravel, cliff",
    "stone": "boulder, pebble, gravel, brick, cobblestone",
    "floor": "carpet floor, tile floor, hardwood floor, wood floor",
    "tableware": "plate, bowl, cup, glass, fork, knife, spoon, dish, mug, saucer, napkin, placemat",
    "appliance": "refrigerator, oven, stove, microwave, toaster, dishwasher, washing machine, dryer, blender, mixer, "
    "coffee maker, kettle, air conditioner, fan, vacuum, iron appliance, heater, freezer, grill, food processor, hair "
    "drier, tv, sewing machine, toaster oven, radiator, humidifier, rice cooker, juicer",
    "oven": "stove, toaster oven, pizza oven",
    "refrigerator": "freezer",
    "toaster": "toaster oven",
    "heater": "radiator",
    "device": "cell phone, tv, laptop, computer, camera, remote, tablet, radio, speaker, printer, keyboard, mouse, "
    "headphones, game console, controller, monitor, microphone, calculator, charger, router, projector, ipod, "
    "telephone, dvd player, vcr, gps, stereo, scanner, wii remote, joystick, webcam, game controller, alarm clock",
    "electronics": "cell phone, tv, laptop, computer, camera, remote, tablet, radio, speaker, printer, keyboard, "
    "mouse, monitor, game console, dvd player, stereo, router, projector, device, telephone, gps",
    "computer": "laptop, desktop computer, tablet, computer monitor, computer tower",
    "tv": "flat screen tv",
    "screen": "monitor, tv, computer screen, projector screen, tv screen, window screen, computer monitor",
    "phone": "cell phone, telephone, pay phone",
    "remote": "wii remote",
    "controller": "game controller, wii remote, joystick, remote",
    "camera": "video camera, webcam, digital camera",
    "speaker": "stereo",
    "keyboard": "computer keyboard",
    "musical instrument": "guitar, piano, drum, violin, trumpet, flute, saxophone, cello, harp, accordion, banjo, "
    "bass guitar, ukulele, trombone, clarinet, keyboard instrument",
    "toy": "doll, teddy bear, stuffed animal, toy car, lego, kite, ball, balloon, puzzle, frisbee, action figure, "
    "rubber duck, rattle, pinwheel, yo-yo, block, toy train",
    "stuffed animal": "teddy bear, stuffed dog, stuffed toy, stuffed bear",
    "ball": "sports ball, tennis ball, baseball, soccer ball, basketball, football, volleyball, golf ball, bowling "
    "ball, beach ball, rugby ball, softball, pool ball, baseball ball",
    "sports ball": "tennis ball, baseball, soccer ball, basketball, football, volleyball, golf ball, bowling ball, "
    "rugby ball, softball",
    "board": "skateboard, surfboard, snowboard, whiteboard, cutting board, chalkboard, bulletin board, plank, ironing "
    "board, wakeboard, billboard, scoreboard, diving board, circuit board, sign, chess board, dart board",
    "surfboard": "paddleboard, boogie board",
    "skateboard": "longboard",
    "sports equipment": "ball, baseball bat, baseball glove, skateboard, surfboard, snowboard, skis, tennis racket, "
    "frisbee, helmet, ski pole, golf club, hockey stick, goal, basketball hoop, dumbbell, knee pad, net, paddle, shin "
    "guard, life jacket, catcher's mask, elbow pad",
    "weapon": "gun, sword, knife, spear, rifle, bow and arrow, pistol, dagger, cannon",
    "gun": "rifle, pistol, shotgun",
    "tool": "hammer, screwdriver, wrench, saw, drill, pliers, shovel, rake, ladder, axe, broom, hoe, scissors, tape "
    "measure, paintbrush, trowel, mop, level tool, crowbar, chainsaw, knife, file tool, wheelbarrow",
    "wrench": "spanner",
    "brush": "paintbrush, toothbrush, hairbrush, toilet brush, broom, scrub brush",
    "light": "lamp, traffic light, street light, headlight, taillight, chandelier, light bulb, flashlight, candle, "
    "lantern, spotlight, ceiling light, brake light, floodlight, christmas lights, stadium light, light fixture, turn "
    "signal, flash, neon sign, sunlight, lightbulb",
    "lamp": "table lamp, floor lamp, desk lamp, lantern, bedside lamp",
    "lamppost": "street light",
    "light fixture": "chandelier, ceiling light, lamp, sconce",
    "sign": "stop sign, street sign, traffic sign, billboard, road sign, neon sign, yield sign, parking sign, banner, "
    "speed limit sign, store sign, caution sign, no parking sign, warning sign, exit sign, one way sign, crosswalk "
    "sign, railroad crossing sign, signboard, placard, price tag, menu board, arrow sign",
    "traffic sign": "stop sign, yield sign, speed limit sign, one way sign, parking sign",
    "road sign": "stop sign, street sign, traffic sign",
    "signal": "traffic light, turn signal",
    "picture": "painting, photo, poster, drawing, portrait, print, artwork, mural",
    "artwork": "painting, sculpture, mural, drawing, graffiti",
    "statue": "figurine, bust, snowman, gargoyle, bronze statue",
    "figurine": "action figure",
    "clock": "alarm clock, wall clock, grandfather clock, clock face, clock tower",
    "paper": "newspaper, note, letter paper, envelope, receipt, map, toilet paper, paper towel, menu, tissue, page, "
    "document, sticky note, wrapping paper, book, magazine, card, notebook, napkin, wax paper, flyer, post-it",
    "book": "notebook, magazine, cookbook, bible, textbook, menu, photo album, comic book, pamphlet, binder",
    "card": "playing card, business card, greeting card, postcard, credit card",
    "money": "coin, bill money, cash",
    "pen": "marker, ballpoint pen",
    "pencil": "crayon",
    "cloth": "towel, napkin, tablecloth, curtain, blanket, sheet, rag, tarp, bandana, scarf, dish towel, "
    "handkerchief, rug, quilt, placemat, washcloth, upholstery",
    "towel": "paper towel, beach towel, bath towel, dish towel, hand towel, washcloth",
    "blanket": "quilt, comforter, throw, saddle blanket, afghan",
    "bedding": "sheet, blanket, pillow, quilt, comforter, mattress, pillowcase, bedspread",
    "sheet": "baking sheet",
    "pillow": "throw pillow, pillowcase",
    "rug": "carpet, doormat, bath mat, bathroom rug",
    "mat": "rug, doormat, bath mat, placemat, yoga mat, mouse pad",
    "curtain": "shower curtain, window curtain",
    "rope": "cord, leash, string, cable, tow rope",
    "wire": "power line, telephone wire, barbed wire",
    "fence": "railing, chain link fence, picket fence, wooden fence, gate, barbed wire, guardrail, wire fence",
    "barrier": "fence, guardrail, railing, traffic cone, barricade, wall, hedge, gate",
    "railing": "guardrail, stair rail",
    "wall": "brick wall, stone wall, retaining wall",
    "door": "glass door, garage door, gate, screen door, car door, oven door, cabinet door, shower door, sliding "
    "door, front door, closet door, train door, refrigerator door, bus door",
    "window": "windshield, skylight, car window, side window, bus window, glass window, stained glass window, window "
    "pane, train window, porthole",
    "stair": "escalator",
    "pole": "flagpole, light pole, telephone pole, lamppost, ski pole, street pole, power pole, fence post, utility "
    "pole, sign pole, metal pole, goal post, tent pole, mast, fishing pole, totem pole, bamboo pole",
    "stick": "hockey stick, drumstick, chopstick, walking stick, twig, branch, candlestick, popsicle stick, toothpick",
    "toilet": "urinal, toilet bowl, toilet seat, toilet lid, toilet tank, bidet, porta potty",
    "sink": "bathroom sink, kitchen sink",
    "bathtub": "hot tub",
    "soap": "soap dispenser, shampoo, hand soap, bar of soap",
    "tent": "canopy, awning",
    "hair": "ponytail, beard, mustache, fur, mane, bangs, braid, bun hair, pigtail, sideburns, dreadlocks, wig, afro, "
    "curl",
    "body part": "head, face, hand, arm, leg, foot, eye, ear, nose, mouth, finger, hair, shoulder, knee, neck, chest, "
    "back, stomach, tail, wing, paw, hoof, horn, beak, toe, elbow, wrist, ankle, thumb, lip, tooth, tongue, chin",
    "finger": "thumb",
    "cloud": "cloud cover, storm cloud",
    "weather": "rain, snow, fog, storm, cloud",
    "fog": "mist, haze, smog",
    "precipitation": "rain, snow, hail",
    "celestial body": "sun, moon, star, planet",
    "fire": "flame, campfire, bonfire, fire pit",
    "garbage": "litter, debris",
    "debris": "litter, rubble",
    "machine": "washing machine, vending machine, sewing machine, excavator, bulldozer, crane machine, parking meter, "
    "atm machine, slot machine, tractor, coffee maker, lawn mower, engine, gear",
    "meter": "parking meter",
    "hydrant": "fire hydrant",
    "ladder": "step ladder",
    "key": "car key, house key",
    "shell": "eggshell",
    "decoration": "ornament, wreath, ribbon, bow ribbon, garland, christmas decoration, balloon, streamer, tinsel, "
    "christmas lights, centerpiece",
    "ribbon": "bow ribbon",
    "writing": "word, letter, text, lettering, number, graffiti, logo, label, caption, signature, name",
    "text": "word, letter, number, logo, label, lettering",
    "logo": "emblem, brand, symbol, crest, insignia, decal",
    "sticker": "decal, label",
    "tag": "price tag, luggage tag, dog tag, label, ear tag, name tag",
    "pattern": "stripe, spot, polka dot, floral pattern, checkered pattern, design",
    "line": "white line, stripe, power line, wire, yellow line, clothesline, fishing line, foul line, baseline, lane",
    "group of people": "crowd, team, audience, family, couple",
    "lane": "bike lane",
    "station": "bus station",
    "net": "fishing net, tennis net, volleyball net, goal",
    "tank container": "gas tank, toilet tank",
    "cart": "golf cart",
    "bean": "green bean",
    "onion": "green onion",
    "bale": "hay bale",
    "switch": "light switch",
    "jacket": "life jacket",
    "vest": "life jacket",
    "garage": "parking lot",
    "booth": "phone booth",
    "mirror": "rearview mirror, side mirror",
    "dispenser": "soap dispenser",
    "glass of window": "stained glass",
    "lid": "toilet lid",
    "ring": "wedding ring",
    "mitten": "oven mitt",
    "holder": "napkin holder",
    "stand": "newspaper stand, tv stand",
    "shaker": "salt shaker, pepper shaker",
    "spot": "polka dot",
    "face": "clock face",
    "hand": "clock hand",
    "leaf": "lettuce",
    "cover": "bed cover",
    "wheel": "steering wheel",
    "park": "skate park",
    "engine": "jet engine",
    "kettle": "tea kettle",
    "note": "sticky note",
    "blossom": "cherry blossom",
    "panel": "solar panel",
    "cage": "batting cage",
    "bar of metal": "towel bar",
    "number": "plate number",
}
"""Noun → nouns that name kinds of it, or things that it is commonly said of; separated by commas."""

WIDE_KINDS = """
    animal, pet, vehicle, furniture, clothes, container, food, snack, drink, plant, greenery, building, structure, room,
    place, road, path, body of water, water, land, ground, field, tableware, appliance, device, electronics, toy, board,
    sports equipment, tool, light, paper, card, cloth, rope, wire, barrier, pole, stick, body part, weather,
    precipitation, celestial body, debris, machine, decoration, writing, text, line, pattern, picture, artwork, weapon,
    musical instrument, jewelry, luggage, bag, seat, rack, cart, stand, cover, panel, number, wall, meat, vegetable,
    fruit, dessert, condiment, money, screen, structure, person, rock, stone, hand, face, stick, holder, booth, signal,
    machine, spot, park, wheel, garage, tank container, bar of metal, cage, group of people, hat
"""
"""Kinds whose members have little more in common than that they are of it: what a bus has, a plane need not have."""
