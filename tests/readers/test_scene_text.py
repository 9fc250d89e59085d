"""Readers of what phrases and captions say.

An object is written as its name, or as its name and attributes; a relation as "subject | predicate | object", names
that occur twice with their place among the objects.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.readers.scene_text import SaidObject, SaidRelation, SceneText, read_caption, read_phrase

PHRASES = [
    # names, numbers and attributes
    ("Two goats in the meadow", ["goat", "meadow"], ["goat | in | meadow"]),
    ("a dark brown wooden door frame", ["door frame: dark brown, wooden"], []),
    ("a red and white striped shirt", ["shirt: red and white, striped"], []),
    ("red, white and blue flag", ["flag: red, white and blue"], []),
    ("light purple-blue flower", ["flower: light purple-blue"], []),
    ("bottle made of green glass", ["bottle: made of green glass"], []),
    ("cream colored pillow", ["pillow: cream"], []),
    ("a snow covered roof", ["roof: snow covered"], []),
    ("a parked tractor", ["tractor: parked"], []),
    ("a bright metal pole", ["pole: bright, metal"], []),
    ("hot dog on a bun", ["hot dog", "bun"], ["hot dog | on | bun"]),
    ("a black parking meter", ["parking meter: black"], []),
    ("a pair of scissors in a drawer", ["scissors", "drawer"], ["scissors | in | drawer"]),
    ("glasses on the woman's nose", ["glasses", "woman", "nose"], ["woman | has | nose", "glasses | on | nose"]),
    ("CLOCK ON A TOWER", ["clock", "tower"], ["clock | on | tower"]),
    # a colour or a fruit
    ("an orange on a plate", ["orange", "plate"], ["orange | on | plate"]),
    ("an orange bicycle", ["bicycle: orange"], []),
    # -ing forms: what is done, and what things are for
    ("a running dog", ["dog: running"], []),
    ("running shoes on a mat", ["running shoe", "mat"], ["running shoe | on | mat"]),
    ("people waiting in the background", ["person"], []),
    # whole sentences
    ("the meadow is green", ["meadow: green"], []),
    ("the swan is white in color", ["swan: white"], []),
    ("this is a lighthouse", ["lighthouse"], []),
    ("The zebra is black and white.", ["zebra: black and white"], []),
    ("the hut has a chimney", ["hut", "chimney"], ["hut | has | chimney"]),
    # places, one name for each
    ("the canoe is left of the jetty", ["canoe", "jetty"], ["canoe | left of | jetty"]),
    ("a canoe to the left of the jetty", ["canoe", "jetty"], ["canoe | left of | jetty"]),
    ("the canoe is on the left of the jetty", ["canoe", "jetty"], ["canoe | left of | jetty"]),
    ("a lamp on top of a piano", ["lamp", "piano"], ["lamp | on top of | piano"]),
    ("a lamp atop a piano", ["lamp", "piano"], ["lamp | on top of | piano"]),
    ("a lamp next to a piano", ["lamp", "piano"], ["lamp | next to | piano"]),
    ("a lamp placed beside a piano", ["lamp", "piano"], ["lamp | next to | piano"]),
    ("a bird on the edge of a fountain", ["bird", "fountain"], ["bird | on the edge of | fountain"]),
    # verbs
    ("Girl holding a lantern", ["girl", "lantern"], ["girl | holding | lantern"]),
    ("a girl holds a lantern", ["girl", "lantern"], ["girl | holding | lantern"]),
    ("kitten sitting down on a rug", ["kitten", "rug"], ["kitten | sitting on | rug"]),
    ("a tractor parked near a barn", ["tractor", "barn"], ["tractor | parked near | barn"]),
    ("a boy in a yellow raincoat", ["boy", "raincoat: yellow"], ["boy | wearing | raincoat"]),
    (
        "a boy wearing a yellow raincoat and boots",
        ["boy", "raincoat: yellow", "boot"],
        ["boy | wearing | raincoat", "boy | wearing | boot"],
    ),
    ("a woman who is sitting on a bench", ["woman", "bench"], ["woman | sitting on | bench"]),
    # parts, contents, pieces and groups
    ("mug with a blue handle", ["mug: with a blue handle", "handle: blue"], ["mug | with | handle"]),
    ("goose with beak open", ["goose", "beak: open"], ["goose | with | beak"]),
    ("the left wing of a plane", ["wing", "plane"], ["plane | has | wing"]),
    ("a farmer's black boots", ["farmer", "boot: black"], ["farmer | has | boot"]),
    ("bowl of soup", ["bowl", "soup"], ["bowl | containing | soup"]),
    ("a slice of melon", ["slice of melon"], []),
    ("a row of lanterns above the doorway", ["lantern", "doorway"], ["lantern | above | doorway"]),
    # what cannot be told is left out
    ("man riding a horse on the beach", ["man", "horse", "beach"], ["man | riding | horse"]),
    ("the bench that the woman is sitting on", ["bench", "woman"], []),
    ("a kite with a tail on a roof", ["kite: with a tail", "tail", "roof"], ["kite | with | tail"]),
    ("white zorb on a hill", ["hill"], []),
    # what is no thing in the image
    ("the top of a ladder is blue", ["ladder"], []),
    ("view of a harbour", ["harbour"], []),
    ("a sense of calm", [], []),
    ("statue of a horse", ["statue"], []),
    ("a horse drawn on a sign", ["sign"], []),
    ("a child looking at the camera", ["child"], []),
    ("", [], []),
    # what is denied, supposed or compared
    ("no boats on the lake", [], []),
    ("a kite without a tail", ["kite"], []),
    ("a cloud like a ship", ["cloud"], []),
    ("a hut, possibly of stone", ["hut"], []),
    ("a spoon or a fork", [], []),
]

CAPTIONS = [
    # the same thing again, and its pronouns
    (
        "A cat sits on a red mat. The cat is orange. Its tail is long.",
        ["cat: orange", "mat: red", "tail: long"],
        ["cat | sitting on | mat", "cat | has | tail"],
    ),
    (
        "A street sign stands at a corner. The sign is green. The words “ELM STREET” are white.",
        ["street sign: green", "word: white"],
        [],
    ),
    (
        "The donkey's body is black. It is wearing a harness.",
        ["donkey", "body: black", "harness"],
        ["donkey | has | body", "donkey | wearing | harness"],
    ),
    (
        "A man in a grey coat is walking a dog. The dog is wearing a collar. His shoes are brown.",
        ["man", "coat: grey", "dog", "collar", "shoe: brown"],
        ["man | wearing | coat", "dog | wearing | collar", "man | has | shoe"],
    ),
    # things told apart
    (
        "A boy stands next to a canoe. He is wearing a blue cap. Another boy is holding a paddle.",
        ["boy", "canoe", "cap: blue", "boy", "paddle"],
        ["boy 0 | standing next to | canoe", "boy 0 | wearing | cap", "boy 3 | holding | paddle"],
    ),
    (
        "There is a thistle on the left. Another thistle has purple flowers.",
        ["thistle", "thistle", "flower: purple"],
        ["thistle 1 | has | flower"],
    ),
    (
        "A red car is parked on the street. A blue car is parked behind the red car.",
        ["car: red", "street", "car: blue"],
        ["car 0 | parked on | street", "car 2 | parked behind | car 0"],
    ),
    (
        "Two ducks swim on a pond. The duck on the left is brown. The duck on the right is white.",
        ["duck", "pond", "duck: brown", "duck: white"],
        ["duck 0 | swimming on | pond"],
    ),
    (
        "The owl has a round face. The moon has a face.",
        ["owl", "face: round", "moon", "face"],
        ["owl | has | face 1", "moon | has | face 3"],
    ),
    # a text that contradicts itself
    ("The gate is open. The gate is closed. It is made of iron.", ["gate: made of iron"], []),
    # places before the subject
    (
        "On the table, there is a glass vase filled with tulips. Behind the vase is a mirror.",
        ["table", "vase: glass", "tulip", "mirror"],
        ["vase | on | table", "vase | full of | tulip", "mirror | behind | vase"],
    ),
    # what takes back what is said
    (
        "The image shows a wooden bench in front of a brick wall, possibly in a park. The bench has metal legs.",
        ["bench: wooden", "wall: brick", "leg: metal"],
        ["bench | in front of | wall", "bench | has | leg"],
    ),
    ("The lantern appears to be made of copper. There are no candles in it. It looks like a bell.", ["lantern"], []),
    ("The boats are not visible. A lighthouse stands there.", ["lighthouse"], []),
    ("A shelf holds books or boxes.", ["shelf"], []),
    # what is no thing in the image
    (
        "A close-up shot of a beetle on a leaf, suggesting a summer day. The overall atmosphere is calm.",
        ["beetle", "leaf"],
        ["beetle | on | leaf"],
    ),
    (
        "While the horse is grazing, a crow stands on its back.",
        ["horse: grazing", "crow"],
        [],
    ),
    # a longer one, as people write them
    (
        "An eye-level shot shows an old stone well in a courtyard. The well has a small tiled roof, and a rusty bucket "
        "hangs from a chain. To the right of the well is a clay pot with red geraniums. Two sparrows sit on the edge "
        "of the pot. Behind them, a narrow alley leads to a gate that may be locked.",
        [
            "well: old, stone",
            "courtyard",
            "roof: small, tiled",
            "bucket: rusty",
            "chain",
            "pot: clay",
            "geranium: red",
            "sparrow",
            "alley: narrow",
        ],
        [
            "well | in | courtyard",
            "well | has | roof",
            "bucket | hanging from | chain",
            "pot | right of | well",
            "pot | with | geranium",
            "sparrow | sitting on the edge of | pot",
            "alley | behind | sparrow",
        ],
    ),
]


def objects_of(scene: SceneText) -> list[str]:
    return [f"{said.name}: {', '.join(said.attributes)}" if said.attributes else said.name for said in scene.objects]


def relations_of(scene: SceneText) -> list[str]:
    names = [said.name for said in scene.objects]
    called = [f"{name} {place}" if names.count(name) > 1 else name for place, name in enumerate(names)]
    return [f"{called[each.subject]} | {each.predicate} | {called[each.object]}" for each in scene.relations]


@pytest.mark.parametrize(("phrase", "objects", "relations"), PHRASES)
def test_a_phrase_says_what_it_says(phrase: str, objects: list[str], relations: list[str]) -> None:
    scene = read_phrase(phrase)
    assert (objects_of(scene), relations_of(scene)) == (objects, relations)


@pytest.mark.parametrize(("caption", "objects", "relations"), CAPTIONS)
def test_a_caption_says_what_it_says(caption: str, objects: list[str], relations: list[str]) -> None:
    scene = read_caption(caption)
    assert (objects_of(scene), relations_of(scene)) == (objects, relations)


@pytest.mark.parametrize(
    ("phrase", "number", "counted"),
    [
        ("a goat", 1, True),
        ("three goats", 3, True),
        ("both goats", 2, True),
        ("goats", 2, False),
        ("a few goats", 2, False),
        ("two pairs of shoes", 2, False),
        ("a pair of shoes", 2, True),
        ("a pair of trousers", 1, True),
        ("three wine glasses", 3, True),
        ("several sheep", 2, False),
        ("a group of twelve men", 12, True),
    ],
)
def test_a_phrase_says_how_many_and_a_plural_only_that_there_are_several(
    phrase: str, number: int, counted: bool
) -> None:
    said = read_phrase(phrase).objects[0]
    assert (said.number, said.counted) == (number, counted)


def test_an_object_stands_where_it_is_named_first() -> None:
    text = "A small  wine glass. The glass is blue."
    (said,) = read_caption(text).objects
    assert said == SaidObject("wine glass", ("small", "blue"), 1, (9, 19))
    assert text[9:19] == "wine glass"


def test_two_things_of_one_name_are_two_in_a_phrase() -> None:
    scene = read_phrase("a tent next to a tent")
    assert [said.name for said in scene.objects] == ["tent", "tent"]
    assert scene.relations == (SaidRelation(0, "next to", 1),)


def test_a_relation_that_is_said_twice_is_one() -> None:
    scene = read_caption("A cat sits on a mat. The cat sits on the mat.")
    assert relations_of(scene) == ["cat | sitting on | mat"]


WORDS = [
    *("a", "the", "two", "its", "dog", "dogs", "cats", "red", "dark", "blue", "wooden", "sits", "holding", "parked"),
    *("is", "are", "has", "on", "of", "with", "in front of", "that", "which", "and", "or", "while", "not", "may", "it"),
    *(",", ".", "there", "zorb", "'s", "“EXIT”", "12", "to", "left", "of the", "Berlin", "(", "—", "\n\n"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
@settings(max_examples=300)
def test_no_text_breaks_the_reader_and_what_it_finds_stands_in_the_text(text: str) -> None:
    for scene in (read_phrase(text), read_caption(text)):
        for said in scene.objects:
            start, end = said.span
            assert 0 <= start < end <= len(text)
            assert said.name == said.name.lower() != ""
            assert said.number >= 1
            assert len(set(said.attributes)) == len(said.attributes)
        for relation in scene.relations:
            assert relation.subject != relation.object
            assert max(relation.subject, relation.object) < len(scene.objects)
            assert relation.predicate


@pytest.mark.parametrize(
    ("caption", "objects", "relations"),
    [
        # what has no body
        ("A gargoyle in a crouch at the eyeline of a man.", ["gargoyle", "man"], []),
        ("A pole in the forefront, in low light.", ["pole"], []),
        # what a drawing is in
        (
            "White letters are written on the arm of the crane in black lettering.",
            ["letter: white", "arm", "crane", "lettering: black"],
            ["letter | written on | arm", "crane | has | arm"],
        ),
        # no participle without what belongs to it
        ("A stone wall overrun with ivy.", ["wall: stone", "ivy"], ["wall | overgrown with | ivy"]),
        ("A couch accented with pillows.", ["couch", "pillow"], ["couch | with | pillow"]),
        ("A tea set on a table.", ["tea set", "table"], ["tea set | on | table"]),
    ],
)
def test_a_caption_names_what_one_could_point_at(caption: str, objects: list[str], relations: list[str]) -> None:
    scene = read_caption(caption)
    assert (objects_of(scene), relations_of(scene)) == (objects, relations)
