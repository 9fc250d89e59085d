import math
from pathlib import Path

import pytest

from sightline.core import Asking, ImageGroup, Said
from sightline.errors import RequestError
from sightline.models.scripted import ScriptedModel, scripted

GROUP = ImageGroup(Path("folder/a.jpg"), ("Dog?", "Cat?"))


def said(model: ScriptedModel, asking: Asking) -> list[tuple[Said, ...]]:
    ((replies,),) = model.reply([[GROUP]], asking)
    return list(replies)


def test_it_says_what_the_script_says() -> None:
    model = ScriptedModel({("a.jpg", "Dog?"): "Yes", ("a.jpg", "Cat?"): "No."})
    assert said(model, Asking()) == [(Said("Yes"),), (Said("No."),)]
    assert model.asked == [("a.jpg", "Dog?"), ("a.jpg", "Cat?")]


def test_a_prompt_that_is_not_in_the_script_is_an_error() -> None:
    with pytest.raises(RequestError, match=r"has no reply to 'Cat\?' about a\.jpg"):
        said(ScriptedModel({("a.jpg", "Dog?"): "Yes"}), Asking())


def test_the_scripted_choice_is_the_likeliest_and_probabilities_sum_to_one() -> None:
    for text in ("Yes", "No"):
        for (reply,) in said(scripted(text), Asking(("Yes", "No"))):
            assert reply.text == text
            assert reply.log_probs[("Yes", "No").index(text)] == max(reply.log_probs)
            assert sum(map(math.exp, reply.log_probs)) == pytest.approx(1)


def test_the_same_seed_gives_the_same_samples() -> None:
    drawn = [said(scripted("Yes"), Asking(temperature=1.0, samples=8, seed=seed)) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {reply.text for reply in drawn[0][0]} == {"Yes", "YES"}


def test_it_stops_in_the_middle_of_a_batch_when_told_to() -> None:
    replies = ScriptedModel(lambda image, prompt: "Yes", stop_after=1).reply([[GROUP], [GROUP]], Asking())
    next(replies)
    with pytest.raises(RequestError, match="stops after 1 batches"):
        next(replies)
