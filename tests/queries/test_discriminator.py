"""A judge picks the true element among its negatives; those that it takes for true are replaced."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from judges import Weighing, asked_in, options_in, picks, sees
from small_scenes import elements, given, scene

from sightline.core import Claim, Presence, Relation
from sightline.errors import RequestError
from sightline.models.scripted import ScriptedModel
from sightline.queries.discriminator import (
    GIVEN_UP,
    NOT_TOLD,
    TAKEN_FOR_TRUE,
    Discriminated,
    Judged,
    discriminate,
    judge,
    told,
)
from sightline.queries.element import Element, Negative

IMAGES = {"a.jpg": Path("a.jpg"), "b.jpg": Path("b.jpg")}
MOON = given(Element("a.jpg", Presence("moon"), "1"))  # star, kite, boat, fork
CUP = given(Element("a.jpg", Presence("cup"), "2"))  # plate, bottle, house, tree

FRESH = ("hat", "drum", "lamp", "sock", "bell", "rope", "coin", "leaf")


def names(element: Element) -> list[str]:
    return [negative.claim.object for negative in element.negatives if isinstance(negative.claim, Presence)]


class Rewriting:
    """Gives fresh names, as many as are lacking, as long as there are some."""

    def __init__(self, number: int = len(FRESH)) -> None:
        self.left = list(FRESH[:number])
        self.told: list[tuple[str, list[str], list[Claim]]] = []

    def __call__(self, lacking: Sequence[tuple[Element, Sequence[Claim]]]) -> list[list[Negative]]:
        made = []
        for element, never in lacking:
            self.told.append((element.key, names(element), list(never)))
            number = min(4 - len(element.negatives), len(self.left))
            made.append([Negative(Presence(self.left.pop(0)), "rewriting") for _ in range(number)])
        return made


def run(model: object, rewrite: Rewriting | None = None, *own: Element, **more: object) -> Discriminated:
    return discriminate(own or (MOON, CUP), model, IMAGES, rewrite, **{"threshold": 1.0, **more})  # type: ignore[arg-type]


def test_a_judge_that_picks_the_true_one_leaves_everything_as_it_is() -> None:
    model = picks(["moon", "cup"])
    found = run(model)
    assert found.elements == (MOON, CUP)
    assert (found.rejected, found.rounds) == ((), {MOON.key: 1, CUP.key: 1})
    assert all(verdict.picks_true for verdict in found.judged.values())
    assert len(model.asked) == 2


@pytest.mark.parametrize("way", ["options", "each"])
def test_what_is_taken_for_true_is_replaced_and_what_is_not_stays(way: str) -> None:
    weights = {"moon": 0.6, "kite": 0.9, "boat": 0.7, "cup": 0.9, "drum": 0.8}
    rewrite = Rewriting()
    model = Weighing(lambda image, phrase: weights.get(phrase, 0.05))
    found = run(model, rewrite, way=way)
    moon, cup = found.elements
    # round 1 takes out the kite and the boat, in whose place come hat and drum; round 2 the drum, round 3 takes all
    assert names(moon) == ["star", "fork", "hat", "lamp"]
    assert cup == CUP
    assert found.rounds == {MOON.key: 3, CUP.key: 1}
    assert [(each.negative.claim.object, each.reason, each.round) for each in found.rejected] == [  # type: ignore[union-attr]
        ("kite", TAKEN_FOR_TRUE, 1),
        ("boat", TAKEN_FOR_TRUE, 1),
        ("drum", TAKEN_FOR_TRUE, 2),
    ]
    assert rewrite.told == [
        (MOON.key, ["star", "fork"], [Presence("kite"), Presence("boat")]),
        (MOON.key, ["star", "fork", "hat"], [Presence("kite"), Presence("boat"), Presence("drum")]),
    ]


def test_only_what_was_not_accepted_is_asked_about_again() -> None:
    model = picks(["kite", "moon", "cup"])
    run(model, Rewriting())
    assert [sorted(set(options_in(prompt).values()) & {"moon", "cup"}) for _, prompt in model.asked] == [
        *(["moon"], ["cup"], ["moon"]),
    ]


def test_an_element_without_further_negatives_is_given_up_and_all_of_it_is_listed() -> None:
    found = run(picks(["kite", "moon", "cup"]), Rewriting(0))
    assert found.elements == (MOON.with_negatives(()), CUP)
    assert [(each.element, each.negative.claim.object, each.reason) for each in found.rejected] == [  # type: ignore[union-attr]
        (MOON.key, "kite", TAKEN_FOR_TRUE),
        *((MOON.key, name, GIVEN_UP) for name in ("star", "boat", "fork")),
    ]
    assert not found.judged[MOON.key].picks_true


def test_rounds_are_counted_and_after_the_last_an_element_is_given_up() -> None:
    believed = ["kite", *FRESH, "moon", "cup"]
    for rounds in (1, 2, 3):
        model, rewrite = picks(believed), Rewriting()
        found = run(model, rewrite, rounds=rounds)
        assert found.rounds[MOON.key] == rounds
        assert len(rewrite.told) == rounds - 1  # nobody writes what nobody would look at
        assert found.elements[0].negatives == ()
        assert len(model.asked) == rounds + 1
        assert {each.round for each in found.rejected} == set(range(1, rounds + 1))


def test_without_anybody_who_rewrites_an_element_is_given_up_at_once() -> None:
    found = run(picks(["kite", "moon", "cup"]))
    assert found.elements == (MOON.with_negatives(()), CUP)
    assert found.rounds == {MOON.key: 1, CUP.key: 1}


def test_the_likeliest_negative_is_replaced_where_none_is_likelier_than_the_true_one() -> None:
    weights = {"moon": 0.4, "boat": 0.3, "cup": 1.0}
    model = Weighing(lambda image, phrase: weights.get(phrase, 0.0 if phrase in FRESH else 0.1))
    found = run(model, Rewriting(), threshold=0.8)
    # moon .4, boat .3 and three times .1: entropy (.3665 + .3612 + .6908) / 1.6094 = .881; without the boat: it is
    # .4, .1, .1, .1, 0 of .7: 4/7 ln 7/4 + 3/7 ln 7 = .3198 + .8340, .717 of ln 5
    assert found.rejected[0].negative.claim == Presence("boat")
    assert found.rejected[0].reason == NOT_TOLD
    assert found.judged[MOON.key].entropy == pytest.approx(0.7169, abs=1e-4)
    assert names(found.elements[0]) == ["star", "kite", "fork", "hat"]


def test_entropy_is_a_share_of_that_of_guessing() -> None:
    assert Judged((0.2,) * 5).entropy == pytest.approx(1)
    assert Judged((1.0, 0.0, 0.0, 0.0, 0.0)).entropy == 0
    # 1/2 ln 2 + 2 * 1/4 ln 4 = 1.0397 of ln 3 = 1.0986
    assert Judged((0.5, 0.25, 0.25)).entropy == pytest.approx(0.9464, abs=1e-4)
    assert Judged((0.9, 0.1)).entropy == pytest.approx(0.469, abs=1e-3)


def test_the_threshold_counts_as_accepted_itself() -> None:
    sure = Judged((0.9, 0.1))
    assert sure.accepted(sure.entropy)
    assert not sure.accepted(sure.entropy - 1e-9)
    assert not Judged((0.1, 0.9)).accepted(1)


def test_asked_of_each_shares_are_the_probabilities_of_yes_over_their_sum() -> None:
    weights = {"moon": 0.9, "star": 0.3, "kite": 0.15, "boat": 0.1, "fork": 0.05}
    ((_, verdict),) = judge([MOON], Weighing(lambda image, phrase: weights[phrase]), IMAGES, "each")
    assert verdict.shares == pytest.approx([weight / 1.5 for weight in weights.values()])


def test_asked_with_letters_each_share_goes_to_the_phrase_of_the_letter_whatever_the_order() -> None:
    weights = {"moon": 0.5, "star": 0.2, "kite": 0.15, "boat": 0.1, "fork": 0.05}
    orders = set()
    for seed in range(8):
        model = Weighing(lambda image, phrase: weights[phrase])
        ((_, verdict),) = judge([MOON], model, IMAGES, seed=seed)
        assert verdict.shares == pytest.approx(list(weights.values()))
        orders.add(tuple(options_in(model.asked[0][1]).values()))
    assert len(orders) > 4


def test_elements_with_another_number_of_negatives_are_asked_about_with_as_many_letters() -> None:
    own = [MOON, given(Element("a.jpg", Presence("cup"), "2"), 2), given(Element("b.jpg", Presence("key"), "3"), 1)]
    model = picks(["moon", "cup", "key"])
    judged = {element.key: verdict for element, verdict in judge([*own, MOON.with_negatives(())], model, IMAGES)}
    assert {key: len(verdict.shares) for key, verdict in judged.items()} == {
        "a.jpg/object/1": 5,
        "a.jpg/object/2": 3,
        "b.jpg/object/3": 2,
    }
    assert all(verdict.picks_true for verdict in judged.values())
    found = run(picks(["plate", "moon", "key", "cup"]), Rewriting(), *own)
    assert [len(element.negatives) for element in found.elements] == [4, 2, 1]


def test_elements_without_negatives_are_passed_on() -> None:
    bare = Element("c.jpg", Presence("boat"), "9")
    model = picks(["moon"])
    for way in ("options", "each"):
        assert run(model if way == "options" else sees(["moon"]), None, MOON, bare, way=way).elements == (MOON, bare)


def test_a_judge_that_chooses_nothing_accepts_nothing_and_is_asked_in_another_order() -> None:
    silent = Weighing(lambda image, phrase: None)
    rewrite = Rewriting()
    found = run(silent, rewrite, MOON)
    assert found.judged == {MOON.key: Judged(())}
    assert found.rounds == {MOON.key: 3}
    assert [each.reason for each in found.rejected] == [GIVEN_UP] * 4
    assert [kept for _, kept, _ in rewrite.told] == [names(MOON)] * 2
    assert len({prompt for _, prompt in silent.asked}) > 1
    assert run(Weighing(lambda image, phrase: None if phrase == "kite" else 0.5), None, MOON, way="each").judged == {
        MOON.key: Judged(())
    }
    assert run(Weighing(lambda image, phrase: 0.0), None, MOON).judged == {MOON.key: Judged(())}


def test_relations_and_attributes_are_said_as_questions_say_them() -> None:
    by_key = {element.key: element for element in elements(scene())}
    assert told(by_key["a.jpg/attribute/1/red"], articles=True)[:2] == ("a red moon", "a blue moon")
    assert told(by_key["a.jpg/relation/1/left of/2"], articles=False)[:2] == (
        *("moon that is left of cup", "moon that is left of plate"),
    )
    having = given(Element("a.jpg", Relation("moon", "with", "cup"), "1", "2"))
    assert told(having, articles=True)[0] == "a moon that has a cup"


def test_each_image_is_shown_once_a_round_with_all_that_is_asked_about_it() -> None:
    seen: list[list[str]] = []

    class Noting(ScriptedModel):
        def reply(self, batches, asking):  # type: ignore[no-untyped-def]
            def noted():  # type: ignore[no-untyped-def]
                for batch in batches:
                    seen.append([group.image.name for group in batch])
                    yield batch

            return super().reply(noted(), asking)

    own = [MOON, CUP, given(Element("b.jpg", Presence("key"), "3"))]
    list(judge(own, Noting(lambda image, prompt: "A"), IMAGES))
    list(judge(own, Noting(lambda image, prompt: "A"), IMAGES, batch_images=1))
    assert seen == [["a.jpg", "b.jpg"], ["a.jpg"], ["b.jpg"]]


def test_progress_is_told_round_by_round() -> None:
    steps: list[tuple[int, int]] = []
    run(picks(["kite", "moon", "cup"]), Rewriting(), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2), (1, 1)]


def test_an_image_that_is_missing_is_named() -> None:
    with pytest.raises(RequestError, match=r"z.jpg is not among the images, so nothing can be said of z.jpg/object/1"):
        run(picks([]), None, given(Element("z.jpg", Presence("moon"), "1")))


def test_a_model_that_gives_no_log_probabilities_cannot_be_the_judge() -> None:
    class Mute(ScriptedModel):
        def reply(self, batches, asking):  # type: ignore[no-untyped-def]
            for replies in super().reply(batches, asking):
                yield tuple(
                    tuple(tuple(said._replace(log_probs=()) for said in own) for own in group) for group in replies
                )

    with pytest.raises(RequestError, match="The model gives no log-probabilities of A, B, C, D, E, so it cannot be"):
        run(Mute(lambda image, prompt: "A"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"threshold": 1.5}, "The threshold is 1.5 and there are 3 rounds; expected 0 to 1"),
        ({"threshold": math.nan}, "The threshold is nan"),
        ({"rounds": 0}, "The threshold is 1 and there are 0 rounds; expected 0 to 1, and one or more."),
    ],
)
def test_settings_out_of_range_are_refused(more: dict[str, float], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        run(picks([]), None, **more)


def test_the_phrase_of_a_question_is_what_is_asked() -> None:
    model = sees(["moon"])
    run(model, None, MOON, way="each")
    assert [asked_in(prompt) for _, prompt in model.asked] == ["moon", *names(MOON)]
