"""What is watched while tuning, counted by hand."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from sightline.core import Asking, ImageGroup, ImageRef, PreferencePair, Replies
from sightline.models.scripted import ScriptedModel
from sightline.tuning.watched import (
    Asked,
    choose_asked,
    figures_of_replies,
    likelihood_figures,
    overrejection,
    polarity,
    replies_of,
)

YES, NO = "Yes, I can see a cup.", "No, but I can see a key."
POSITIVE = PreferencePair(ImageRef("a.png"), "Can you see a cup?", YES, NO, polarity="positive")
NEGATIVE = PreferencePair(ImageRef("a.png"), "Can you see a key?", NO, YES, polarity="negative")
WHAT = PreferencePair(ImageRef("a.png"), "What is beside the red cup?", "A key.", "The cup is not red, but blue.")
CAPTION = PreferencePair(ImageRef("b.png"), "Describe it.", "A cup.", "A key.", "It is a room.", kind="sentence")


def test_polarity_is_what_the_pair_says_or_what_its_chosen_reply_does() -> None:
    unnamed = PreferencePair(ImageRef("a.png"), "Is there a cup?", "No.", "Yes.")
    assert [polarity(pair) for pair in (POSITIVE, NEGATIVE, unnamed, WHAT)] == ["positive", "negative", "negative", ""]


def test_sentences_of_captions_are_no_answers_though_they_may_look_like_some() -> None:
    caption = PreferencePair(ImageRef("b.png"), "Describe it.", "There is a cup.", "There is no cup.", kind="sentence")
    assert polarity(caption) == ""
    assert likelihood_figures([caption], np.array([[-1.0, -2.0]]), None, 0.1) == {"accuracy": 1.0}


def test_likelier_replies_are_counted_by_kind_of_question() -> None:
    pairs = [POSITIVE, POSITIVE, NEGATIVE, NEGATIVE, WHAT]
    policy = np.array([[-1.0, -2.0], [-3.0, -2.0], [-1.0, -2.0], [-2.0, -1.0], [-1.0, -2.0]])
    found = likelihood_figures(pairs, policy, None, 0.1)
    # right: first, third and fifth; the likelier reply says yes in the first and the fourth
    assert found == {"accuracy": 0.6, "accuracy_positive": 0.5, "accuracy_negative": 0.5, "yes_rate": 0.5}


def test_rewards_need_a_reference() -> None:
    policy, reference = np.array([[-1.0, -2.0], [-3.0, -2.0]]), np.array([[-2.0, -2.0], [-3.0, -4.0]])
    found = likelihood_figures([POSITIVE, NEGATIVE], policy, reference, 0.5)
    # log-ratios (1, 0) and (0, 2); margins 0.5 · 1 and 0.5 · (−2)
    assert (found["margin"], found["reward_accuracy"]) == (-0.25, 0.5)


def test_questions_of_both_kinds_are_asked_and_few_captions() -> None:
    many = [
        PreferencePair(ImageRef(f"{n}.png"), pair.prompt, pair.chosen, pair.rejected, polarity=pair.polarity)
        for n in range(20)
        for pair in (POSITIVE, NEGATIVE, WHAT)
    ]
    captions = [PreferencePair(ImageRef(f"{n}.png"), "Describe it.", "A.", "B.", kind="sentence") for n in range(20)]
    asked = choose_asked([*many, *captions], most=10, seed=0)
    kinds = [one.polarity for one in asked]
    assert (kinds.count("positive"), kinds.count("negative"), kinds.count("caption")) == (5, 5, 8)
    assert choose_asked([*many, *captions], 10, 0) == asked != choose_asked([*many, *captions], 10, 1)
    assert choose_asked(many, most=0, seed=0) == ()


def test_a_caption_is_asked_for_once_however_its_pairs_go_on() -> None:
    begun = PreferencePair(ImageRef("b.png"), "Describe it.", "A cup.", "A key.", "It is a room. It is small.")
    assert choose_asked([CAPTION, begun], most=4, seed=0) == (Asked("b.png", "Describe it.", "caption"),)


def test_replies_are_read_and_captions_measured() -> None:
    asked = [
        Asked("a.png", "Can you see a cup?", "positive"),
        Asked("b.png", "Can you see a cup?", "positive"),
        Asked("a.png", "Can you see a key?", "negative"),
        Asked("a.png", "Can you see a boat?", "negative"),
        Asked("a.png", "Describe it.", "caption"),
        Asked("b.png", "Describe it.", "caption"),
    ]
    replies = ["Yes.", "No, there is none.", "No.", "Perhaps a boat.", "A cup and a key.", "A cup."]
    found = figures_of_replies(asked, replies)
    assert found == {
        "said_accuracy_positive": 0.5,
        "said_accuracy_negative": 0.5,
        "said_yes_rate": 0.25,
        "said_unreadable": 0.25,
        "caption_words": 3.5,
    }


def test_prompts_of_an_image_are_asked_together_and_replies_come_in_order() -> None:
    groups: list[ImageGroup] = []

    class Model(ScriptedModel):
        def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
            held = [list(batch) for batch in batches]
            groups.extend(group for batch in held for group in batch)
            yield from super().reply(held, asking)

    asked = [
        Asked("a.png", "One?", "positive"),
        Asked("b.png", "Two?", "negative"),
        Asked("a.png", "Three?", "negative"),
    ]
    model = Model(lambda image, prompt: f"{Path(image).name} {prompt}")
    assert replies_of(model, asked, Path("images")) == ["a.png One?", "b.png Two?", "a.png Three?"]
    assert [group.prompts for group in groups] == [("One?", "Three?"), ("Two?",)]


@pytest.mark.parametrize(("now", "warned"), [(0.97, False), (0.93, False), (0.92, True)])
def test_a_drop_on_positive_questions_is_warned_of_beyond_some_points(now: float, warned: bool) -> None:
    text = overrejection({"accuracy_positive": 0.95}, {"accuracy_positive": now}, points=2.5)
    assert bool(text) == warned


def test_a_drop_in_replies_is_warned_of_too() -> None:
    before = {"accuracy_positive": 0.9, "said_accuracy_positive": 1.0}
    text = overrejection(before, {"accuracy_positive": 0.9, "said_accuracy_positive": 0.5}, 2)
    assert text.startswith("Accuracy of replies to positive questions fell from 100.0 to 50.0 %")
