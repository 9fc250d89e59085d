import random
import re

from bundled_format import build_tokenizer
from bundled_phrases import LETTER, Pair
from bundled_texts import UNSEEN, Teaching, texts_of
from train_bundled import STREAM, Encoder

from sightline.readers.colour import colour_of
from sightline.readers.number import count_of
from sightline.scenes.rendered import RenderedScene, compose
from sightline.scenes.rendered.world import COLOURS, KINDS, plural

SCENES = [compose(3, index, stream=STREAM) for index in range(150)]
TEXTS = [(scene, text) for scene in SCENES for text in texts_of(scene, random.Random(scene.index), Teaching())]


def kind_in(text: str) -> str:
    return next(kind for kind in KINDS if re.search(rf"\b({kind}|{plural(kind)})\b", text))


def of_wording(pattern: str) -> list[tuple[RenderedScene, Pair]]:
    found = [(scene, text) for scene, text in TEXTS if re.match(pattern, text.question) and LETTER not in text.question]
    assert len(found) > 50
    return found


def test_yes_and_no_to_single_objects_are_true() -> None:
    for scene, text in of_wording(r"Is there an? \w+ in the image"):
        assert text.answer == ("Yes" if kind_in(text.question) in scene.kinds else "No")


def test_numbers_are_those_of_the_scene_whatever_the_prompt_says() -> None:
    always_wrong = Teaching(wrong_number=1.0, wrong_by_one=0.0)
    copied = 0
    for scene in SCENES:
        for text in texts_of(scene, random.Random(scene.index), always_wrong):
            if re.match(r"(How many|Count|Describe the \w+ \w+ in|Tell me about the \w+ \w+ in)", text.question):
                kind = kind_in(text.answer)
                if not text.answer.startswith("There"):
                    continue
                assert count_of(text.answer, kind).answer == str(len(scene.of(kind)))
                asked = count_of(text.question.replace("Describe", "There are"), kind).answer
                copied += text.question.startswith("Describe") and asked == str(len(scene.of(kind)))
    assert copied < 20  # only where the wrong number was brought up to one and one is right


def test_colours_are_those_of_the_scene_whatever_the_prompt_says() -> None:
    for scene in SCENES:
        for text in texts_of(scene, random.Random(scene.index), Teaching(wrong_colour=1.0)):
            if text.answer.startswith("The ") and text.question.startswith(
                ("Describe the", "What colo", "Tell me about")
            ):
                kind = kind_in(text.answer)
                if any(colour in text.answer for colour in COLOURS):
                    assert colour_of(text.answer, kind).answer == scene.of(kind)[0].colour


def test_letters_name_the_one_option_that_is_true_of_joined_objects() -> None:
    checked = 0
    for scene, text in TEXTS:
        if not text.question.endswith(LETTER) or "," in text.question.split("?")[0]:
            continue
        options = dict(
            re.findall(r"^([A-E])\. (?:Yes|No, but) I can see (an? \w+(?: and an? \w+)?)\.$", text.question, re.M)
        )
        options |= dict(re.findall(r"^([A-E])\. Yes, I can see (an? \w+(?: and an? \w+)?)\.$", text.question, re.M))
        if len(options) < 5 or any(word in " ".join(options.values()) for word in ("that", *COLOURS, "small", "large")):
            continue
        true = [
            letter for letter, what in options.items() if all(k in scene.kinds for k in re.findall(r"an? (\w+)", what))
        ]
        assert true == [text.answer]
        checked += 1
    assert checked > 10


def test_prompts_that_assert_something_are_right_but_for_the_stated_share() -> None:
    said = wrong = 0
    for scene, text in TEXTS:
        if text.answer.startswith("There ") and re.match(r"(Describe|Tell me about) the", text.question):
            said += 1
            kind = kind_in(text.answer)
            wrong += count_of(text.question.replace("Describe", "There are"), kind).answer not in (
                str(len(scene.of(kind))),
                None,
            )
    assert said > 200 and wrong <= 5


def test_the_unseen_wordings_are_never_taught() -> None:
    begins = [wording.split("{")[0] for wording in UNSEEN.values() if wording.split("{")[0] != "Describe the "]
    assert not [text.question for _, text in TEXTS if text.question.startswith(tuple(begins))]
    assert not [text.question for _, text in TEXTS if text.question.endswith(("that you see.", "in the picture."))]


def test_no_scene_of_training_has_a_combination_that_is_kept_back() -> None:
    from sightline.scenes.rendered.world import novel_colour

    assert not [each for scene in SCENES for each in scene.objects if each.colour == novel_colour(each.kind)]


def test_the_fast_encoder_gives_the_tokens_of_the_tokenizer_and_knows_every_word() -> None:
    encode, tokenizer = Encoder(), build_tokenizer()
    for _, text in TEXTS[:600]:
        for part in text:
            ids = encode(part)
            assert ids == tokenizer(part, add_special_tokens=False)["input_ids"]
            assert tokenizer.decode(ids) == part
            assert len(ids) <= len(re.findall(r"\w+|[^\w\s]|\n", part)) + 4
