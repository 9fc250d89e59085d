"""What is asked about a phrase and its edit, and what is preferred, as FINER-Tuning has it."""

from collections import Counter

import pytest

from sightline.core import Attribute, PreferencePair, Presence, Relation
from sightline.errors import RequestError
from sightline.preferences.finer.phrases import Beside, Edit, Phrase, Unit
from sightline.preferences.finer.queries import TEMPLATES, Asked, pairs_of
from sightline.queries.phrases import Named

ALL_SEE = {"positive": "see", "negative": "see"}


def edit(phrase: Phrase, slot: int, claim: Presence | Attribute | Relation) -> Edit:
    return Edit(phrase, phrase.with_claim(slot, claim), slot, "statistics", "object/0", "a.json:1")


THINGS = Phrase("a.jpg", "object", (Unit(Presence("cat")), Unit(Presence("key"), 2)))
DOG = edit(THINGS, 0, Presence("dog"))
RED = Phrase("a.jpg", "what", (Unit(Attribute("cup", "large")), Unit(Attribute("cup", "red"))), Named("cup"))
BLUE = Attribute("cup", "blue")


def what(beside: Beside, phrase: Phrase = RED) -> tuple[PreferencePair, ...]:
    whole = Phrase(phrase.image, phrase.kind, phrase.units, phrase.of, beside)
    return pairs_of(edit(whole, 1, BLUE), {"positive": "what", "negative": "what"}, False, "a.jpg")


def test_where_it_holds_a_yes_is_preferred_and_where_it_does_not_a_no_that_says_what_is_there() -> None:
    positive, negative = pairs_of(DOG, ALL_SEE, True, "train/a.jpg")
    assert (positive.prompt, positive.chosen, positive.rejected) == (
        "Can you see a cat and two keys in this image?",
        "Yes, I can see a cat and two keys.",
        "No, but I can see a dog and two keys.",
    )
    assert (negative.prompt, negative.chosen, negative.rejected) == (
        "Can you see a dog and two keys in this image?",
        "No, but I can see a cat and two keys.",
        "Yes, I can see a dog and two keys.",
    )
    assert (positive.polarity, negative.polarity) == ("positive", "negative")
    assert (positive.image.name, positive.method, positive.kind, positive.source) == (
        *("train/a.jpg", "finer", "object"),
        "a.json:1",
    )
    assert positive.details == {
        "phrase": "a cat and two keys",
        "negative": "a dog and two keys",
        "unit": "cat",
        "instead": "dog",
        "slot": 0,
        "units": 2,
        "template": "see",
        "by": "statistics",
        "twin": "object/0",
    }


def test_without_articles_names_are_bare_as_finer_has_them() -> None:
    positive, _ = pairs_of(DOG, ALL_SEE, False, "a.jpg")
    assert positive.prompt == "Can you see cat and keys in this image?"


def test_a_what_question_is_answered_or_its_wrong_attribute_is_put_right() -> None:
    positive, negative = what(Beside("left of", Named("moon", 3), "subject"))
    assert (positive.prompt, positive.chosen, positive.rejected) == (
        "What is left of the large red cup?",
        "Three moons.",
        "The cup is not red, but it is blue.",
    )
    assert (negative.prompt, negative.chosen, negative.rejected) == (
        "What is left of the large blue cup?",
        "The cup is not blue, but it is red.",
        "Three moons.",
    )


@pytest.mark.parametrize(
    ("beside", "prompt", "answer"),
    [
        (Beside("on", Named("table"), "object"), "What is the large red cup on?", "A table."),
        (Beside("has", Named("handle"), "object"), "What does the large red cup have?", "A handle."),
        (Beside("containing", Named("water"), "object"), "What does the large red cup contain?", "Water."),
        (Beside("with", Named("tray"), "subject"), "What has the large red cup?", "A tray."),
        (Beside("holding", Named("woman"), "subject"), "Who is holding the large red cup?", "A woman."),
        (Beside("held by", Named("man", 2), "object"), "Who is the large red cup held by?", "Two men."),
        (Beside("next to", Named("figure"), "subject"), "What is next to the large red cup?", "A figure."),
    ],
)
def test_either_end_of_a_relation_is_asked_for_in_english(beside: Beside, prompt: str, answer: str) -> None:
    positive, _ = what(beside)
    assert (positive.prompt, positive.chosen) == (prompt, answer)


def test_marks_in_a_phrase_change_nothing_since_nothing_is_cut_out_of_texts() -> None:
    odd = Phrase("a.jpg", "attribute", (Unit(Attribute("sign", 'with "Q=a || A; {b}"')),), Named("sign"))
    made = edit(odd, 0, Attribute("sign", "with ;;"))
    positive, negative = pairs_of(made, ALL_SEE, False, "a.jpg")
    assert positive.prompt == 'Can you see sign with "Q=a || A; {b}" in this image?'
    assert negative.chosen == 'No, but I can see sign with "Q=a || A; {b}".'
    assert negative.rejected == "Yes, I can see sign with ;;."


def test_templates_come_equally_often_within_each_kind_and_polarity() -> None:
    asked = Asked(seed=3)
    pairs = [pair for _ in range(50) for pair in asked.about(DOG, "a.jpg")]
    counts = Counter((pair.polarity, pair.details["template"]) for pair in pairs)
    assert counts == {(polarity, name): 10 for polarity in ("positive", "negative") for name in TEMPLATES}
    orders = {tuple(pair.details["template"] for pair in pairs[start : start + 10]) for start in range(0, 100, 10)}
    assert len(orders) > 1
    assert list(Asked(seed=3).about(DOG, "a.jpg")) == pairs[:2]


def test_every_template_is_a_question_with_the_phrase_in_it() -> None:
    made = [pairs_of(DOG, {"positive": name, "negative": name}, True, "a.jpg")[0].prompt for name in TEMPLATES]
    assert made == [
        "Can you see a cat and two keys in this image?",
        "Does this image contain a cat and two keys?",
        "Does this image show a cat and two keys?",
        "Can a cat and two keys be seen in this image?",
        "Does this image include a cat and two keys?",
    ]


def test_only_the_templates_that_are_named_are_asked_with() -> None:
    asked = Asked(["see", "show"])
    assert {pair.details["template"] for _ in range(9) for pair in asked.about(DOG, "a.jpg")} == {"see", "show"}
    with pytest.raises(RequestError, match=r"No template is called 'sea'\. Did you mean 'see'"):
        Asked(["sea"])
