import random
import re
from collections import Counter
from collections.abc import Callable

import pytest
from bundled_phrases import (
    LETTER,
    PHRASE,
    SHORT,
    WHICH,
    Pair,
    attributes_wrong,
    lettered,
    phrase_answered,
    phrase_asked,
    relation_asked,
    what_answered,
    with_letters,
)
from train_bundled import STREAM

from sightline.scenes.rendered import RenderedScene, compose
from sightline.scenes.rendered.describe import NUMBERS
from sightline.scenes.rendered.relations import OPPOSITES, relate
from sightline.scenes.rendered.world import KINDS, plural

SCENES = [compose(3, index, stream=STREAM) for index in range(100)]
NAMES = {name: kind for kind in KINDS for name in (kind, plural(kind))}
PREDICATES = "|".join(OPPOSITES)
ASKED = re.compile("|".join(re.escape(wording).replace(r"\{p\}", "(.+?)") for wording in PHRASE))
DECAY = 0.4

Told = tuple[RenderedScene, Pair]


def told(make: Callable[..., Pair | None], *more: float, times: int = 15) -> list[Told]:
    """What a maker says of every scene, several times."""
    found: list[Told] = []
    for scene in SCENES:
        clear = [kind for kind in scene.kinds if not scene.of(kind)[0].marginal]
        draw = random.Random(scene.index)
        made = (make(scene, draw, clear, *more) for _ in range(times))
        found += [(scene, text) for text in made if text is not None]
    assert len(found) > 300
    return found


def parts(text: str) -> list[str]:
    return re.split(r", | and ", text)


def thing_holds(scene: RenderedScene, phrase: str) -> bool:
    """Whether there are so many of this kind, with these attributes; a moon is also there where there are three."""
    number, *attributes, name = phrase.split()
    objects = scene.of(NAMES[name])
    if not objects or not set(attributes) <= set(objects[0].attributes):
        return False
    return number in ("a", "an", "the") or len(objects) == NUMBERS.index(number)


def holds(scene: RenderedScene, phrase: str) -> bool:
    """Whether a phrase is true of a scene, read from its words alone."""
    subject, *where = re.split(r" that (?:is|are) ", phrase)
    if not where:
        return all(thing_holds(scene, one) for one in parts(phrase))
    kind = NAMES[subject.split()[-1]]
    said = [re.fullmatch(rf"({PREDICATES}) (the .+)", one) for one in parts(where[0])]
    return thing_holds(scene, subject) and all(
        thing_holds(scene, one[2]) and one[1] in relate(scene, kind, NAMES[one[2].split()[-1]]) for one in said if one
    )


def phrase_of(question: str) -> str:
    found = ASKED.match(question)
    assert found is not None
    return next(group for group in found.groups() if group)


def test_the_reading_of_phrases_notices_each_kind_of_false_element() -> None:
    scene = next(s for s in SCENES if any(relate(s, a, b) for a in s.kinds for b in s.kinds if len(s.of(b)) == 1))
    kind, other, where = next(
        (a, b, where[0])
        for a in scene.kinds
        for b in scene.kinds
        if len(scene.of(b)) == 1 and (where := [p for p in relate(scene, a, b) if p in OPPOSITES])
    )
    number = len(scene.of(kind))
    word = "a" if number == 1 else NUMBERS[number]
    absent = next(each for each in KINDS if each not in scene.kinds)
    colour = scene.of(kind)[0].colour
    assert holds(scene, f"{word} {colour} {kind} that is {where} the {other}")
    assert not holds(scene, f"{word} {kind} that is {OPPOSITES[where]} the {other}")
    assert not holds(scene, f"{word} {kind} that is {where} the {absent}")
    assert not holds(scene, f"{word} {'red' if colour != 'red' else 'blue'} {kind}")
    assert not holds(scene, f"{NUMBERS[number + 1]} {plural(kind)}")
    assert not holds(scene, f"{word} {kind} and a {absent}")


def test_one_word_is_yes_where_the_phrase_is_true_and_no_where_it_is_not() -> None:
    for scene, text in told(phrase_asked, DECAY):
        assert text.question.endswith(SHORT)
        assert text.answer == ("Yes" if holds(scene, phrase_of(text.question)) else "No")


def test_a_sentence_says_what_can_be_seen_whatever_was_asked() -> None:
    answers: Counter[str] = Counter()
    for scene, text in told(phrase_answered, DECAY):
        answer, said = re.fullmatch(r"(Yes|No, but) I can see (.+)\.", text.answer.replace("Yes,", "Yes")).groups()  # type: ignore[union-attr]
        asked = phrase_of(text.question)
        assert SHORT not in text.question and holds(scene, said)
        assert (asked == said) if answer == "Yes" else not holds(scene, asked)
        answers[answer] += 1
    assert min(answers.values()) > 100


def test_one_lettered_option_is_true_and_its_letter_is_the_answer() -> None:
    checked: Counter[str] = Counter()
    for scene, text in told(lettered, DECAY):
        question, *options = text.question.removesuffix(LETTER).split("\n")
        right = {}
        for letter, option in (option.split(". ", 1) for option in options):
            if question.startswith("What"):
                right[letter] = option_of_what_holds(scene, question, option)
            elif question == WHICH:
                right[letter] = holds(scene, option)
            else:
                yes, said = option.startswith("Yes"), option.rstrip(".").split(" I can see ")[1]
                right[letter] = holds(scene, said) and yes == holds(scene, phrase_of(question))
        assert [letter for letter, true in right.items() if true] == [text.answer]
        checked[question.split()[0]] += 1
    assert min(checked["What"], checked["Which"], checked["Does"]) > 50


def option_of_what_holds(scene: RenderedScene, question: str, option: str) -> bool:
    predicate, asked = re.fullmatch(rf"What is ({PREDICATES}) (the .+)\?", question).groups()  # type: ignore[union-attr]
    denied = re.fullmatch(r"[Tt]he (\w+) is not (\w+), but it is (\w+)", option)
    if denied:
        name, wrong, right = denied.groups()
        colour = scene.of(name)[0].colour
        return not thing_holds(scene, asked) and wrong != colour and right == colour
    there = thing_holds(scene, option[0].lower() + option[1:])
    where = relate(scene, NAMES[option.split()[-1]], asked.split()[-1])
    return there and predicate in where and thing_holds(scene, asked)


def test_open_what_questions_name_what_lies_there_or_mend_the_wrong_colour() -> None:
    mended = 0
    for scene, text in told(what_answered, DECAY):
        assert option_of_what_holds(scene, text.question, text.answer.rstrip("."))
        mended += ", but it is" in text.answer
    assert mended > 20


def test_a_relation_asked_by_itself_is_true_half_of_the_time() -> None:
    asked = told(relation_asked)
    for scene, text in asked:
        found = re.fullmatch(rf"(Is|Are) the (\w+) ({PREDICATES}) the (\w+)\?", text.question)
        assert found is not None
        kind = NAMES[found[2]]
        assert (found[1] == "Are") == (len(scene.of(kind)) > 1)
        assert text.answer == ("Yes" if found[3] in relate(scene, kind, found[4]) else "No")
    assert sum(text.answer == "Yes" for _, text in asked) / len(asked) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("decay", [0.4, 1.0])
def test_false_phrases_get_rarer_with_every_element(decay: float) -> None:
    """Of joined kinds, whose elements can be counted in the question."""
    false: dict[int, list[bool]] = {}
    for _, text in told(phrase_asked, decay, times=60):
        phrase = phrase_of(text.question)
        if all(re.fullmatch(r"an? \w+", one) for one in parts(phrase)):
            false.setdefault(len(parts(phrase)), []).append(text.answer == "No")
    for elements in (1, 2, 3):
        share = sum(false[elements]) / len(false[elements])
        assert share == pytest.approx(0.5 * decay ** (elements - 1), abs=0.08)


def test_without_any_rest_only_single_elements_are_false() -> None:
    for _, text in told(phrase_answered, 0.0):
        if text.answer.startswith("No"):
            phrase = phrase_of(text.question)
            assert re.fullmatch(rf"\w+(?: \w+)? \w+|\w+ \w+ that (?:is|are) (?:{PREDICATES}) the \w+", phrase)


def test_the_letter_is_that_of_the_right_option_wherever_it_is_put() -> None:
    draw = random.Random(0)
    letters: Counter[str] = Counter()
    for _ in range(500):
        text = with_letters("Which?", "right", ["one", "two", "three", "four"], draw)
        assert f"\n{text.answer}. right" in text.question and text.question.endswith(LETTER)
        letters[text.answer] += 1
    assert sorted(letters) == list("ABCDE") and min(letters.values()) > 60


def test_a_wrong_attribute_is_of_the_same_sort() -> None:
    wrong = attributes_wrong(["small", "red"], 0, random.Random(0))
    assert all(own[1] == "red" and own[0] != "small" for own in wrong)
    colours = attributes_wrong(["small", "red"], 1, random.Random(0))
    assert len(colours) == 4 and all(own[0] == "small" and own[1] != "red" for own in colours)
