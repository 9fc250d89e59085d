"""Rows that teach nothing or the contrary, and what could be learnt from pairs besides what they are about."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.core import ImageRef, PreferencePair, SourceFile
from sightline.preferences.evaluation_images import Compared
from sightline.preferences.pair_checks import Problem, biases, check_pairs, groups, shared_problems
from sightline.preferences.read_pairs import PairFile
from sightline.preferences.shared_images import SharedImage

PAIR = PreferencePair(
    ImageRef("a.jpg"),
    "Can you see a red cup in this image?",
    chosen="No, but I can see a blue cup.",
    rejected="Yes, I can see a red cup.",
    method="finer",
    kind="attribute",
    polarity="negative",
)


def file(*pairs: PreferencePair) -> PairFile:
    rows = tuple(range(1, len(pairs) + 1))
    return PairFile(pairs, rows, "sightline's pairs", 0, SourceFile("pairs.jsonl", "", len(pairs)))


def kinds(problems: Sequence[Problem]) -> list[tuple[int, str]]:
    return [(problem.row, problem.kind) for problem in problems]


def test_sound_pairs_have_no_problems(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    other = replace(PAIR, prompt="Can you see a blue cup in this image?", polarity="positive")
    other = replace(other, chosen="Yes, I can see a blue cup.", rejected="No, but I can see a red cup.")
    assert check_pairs(file(PAIR, other), tmp_path) == ()


@pytest.mark.parametrize("rejected", ["No, but I can see a blue cup.", " no, but I can see a **blue cup**!"])
def test_two_replies_that_say_the_same_are_a_problem(rejected: str) -> None:
    assert kinds(check_pairs(file(replace(PAIR, rejected=rejected)))) == [(1, "same reply")]


def test_an_edit_that_changed_nothing_is_seen_in_its_replies() -> None:
    unchanged = replace(PAIR, rejected="Yes, I can see a blue cup.")
    assert kinds(check_pairs(file(unchanged))) == [(1, "only yes and no")]


def test_replies_of_nothing_but_yes_and_no_are_sound() -> None:
    assert check_pairs(file(replace(PAIR, chosen="No.", rejected="Yes."))) == ()


def test_a_pair_that_stands_there_twice_is_named_with_the_first() -> None:
    assert check_pairs(file(PAIR, replace(PAIR, source="elsewhere"))) == (Problem(2, "duplicate", "as row 1"),)


def test_what_one_row_chooses_and_another_rejects_is_a_contradiction() -> None:
    contrary = replace(PAIR, chosen="Yes, I can see a red cup.", rejected="No, but I can see a green cup.")
    assert check_pairs(file(PAIR, contrary)) == (
        Problem(2, "contradiction", "row 1 rejects 'Yes, I can see a red cup.'"),
    )


def test_the_same_reply_after_another_context_or_about_another_image_contradicts_nothing() -> None:
    contrary = replace(PAIR, chosen=PAIR.rejected, rejected=PAIR.chosen)
    others = (replace(contrary, context="A table."), replace(contrary, image=ImageRef("b.jpg")))
    assert check_pairs(file(PAIR, *others)) == ()


def test_images_that_are_not_there_are_a_problem_of_each_row(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").touch()
    pairs = (PAIR, replace(PAIR, image=ImageRef("b.jpg")), replace(PAIR, prompt="Again?"))
    assert check_pairs(file(*pairs), tmp_path) == (
        Problem(1, "missing image", "a.jpg"),
        Problem(3, "missing image", "a.jpg"),
    )


def test_each_row_about_a_shared_image_is_a_problem() -> None:
    shared = SharedImage("a.jpg", "COCO_val2014_000000000009.jpg", "mirrored")
    pairs = (PAIR, replace(PAIR, image=ImageRef("b.jpg")))
    assert shared_problems(file(*pairs), [Compared("pope", 500, 500, (shared,), 0)]) == (
        Problem(1, "shared image", "a.jpg is COCO_val2014_000000000009.jpg of pope, mirrored"),
    )


def test_pairs_are_summed_up_by_method_and_kind() -> None:
    sentence = PreferencePair(ImageRef("b.jpg"), "Describe it.", "A cup.", "A dog on a sofa.", method="sentinel")
    attribute, sentences = groups([PAIR, replace(PAIR, polarity="positive"), sentence])
    assert (attribute.name, attribute.pairs, attribute.images) == ("finer attribute", 2, 1)
    assert attribute.polarity == {"negative": 1, "positive": 1}
    assert (attribute.chosen.yes, attribute.chosen.no, attribute.rejected.yes) == (0, 2, 2)
    assert (attribute.chosen.words, attribute.rejected.words) == (8, 7)
    assert (attribute.longer_share, attribute.chosen.yes_share) == (1.0, 0.0)
    assert (sentences.name, sentences.longer_share, sentences.chosen.yes_share) == ("sentinel", 0.0, None)


def test_what_could_be_learnt_instead_is_said() -> None:
    assert biases(groups([PAIR])) == (
        "finer attribute: where lengths differ, the chosen reply is the longer one in 100% of pairs; length can be "
        "learnt from that.",
        "finer attribute: of the chosen replies that begin with yes or no, 100% say no; to say it always can be "
        "learnt from that.",
        "finer attribute: 0 pairs ask for what is there, 1 for what is not.",
    )


def test_nothing_is_said_of_pairs_that_are_balanced() -> None:
    other = replace(PAIR, chosen=PAIR.rejected, rejected=PAIR.chosen, polarity="positive")
    assert biases(groups([PAIR, other])) == ()
