"""Where sentences end, and what they are to preference pairs."""

import pytest
from sentinel_scripts import sentence

from sightline.core import Answer
from sightline.preferences.sentinel.sentences import Kind, Sentence, distinct, kind_of, sentence_end

SEEN = {"dog": Answer.HOLDS, "sofa": Answer.HOLDS, "cat": Answer.DOES_NOT_HOLD, "cup": Answer.UNCERTAIN}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("A dog sleeps. It", "A dog sleeps."),
        ("A dog sleeps.", "A dog sleeps."),
        ("A dog sleeps", None),
        ("Mr. Smith", None),
        ("It weighs 3.5 kg", None),
        ("It weighs 3. The", "It weighs 3."),
        ('He says "Stop." Then', 'He says "Stop."'),
        ("A dog, e.g. a", None),
        ("1. A", None),
        ("**A dog.** It", "**A dog.**"),
        ("Is it? Yes", "Is it?"),
        ("A dog sleeps.\n\nThe", "A dog sleeps."),
        ("Objects:\n\nA dog sleeps. A", "Objects:\n\nA dog sleeps."),
        ("", None),
    ],
)
def test_the_first_sentence_of_a_text_is_found_once_it_is_over(text: str, first: str | None) -> None:
    end = sentence_end(text)
    assert (None if end is None else text[:end]) == first


@pytest.mark.parametrize(
    ("objects", "context", "kind"),
    [
        (["dog"], [], Kind.NEW),
        (["dog", "sofa"], ["dog"], Kind.COHERENT),
        (["dog"], ["dog"], Kind.COHERENT),
        (["dog"], ["sofa"], Kind.NEW),
        (["dog", "cat"], ["dog"], Kind.HALLUCINATED),
        (["cup", "cat"], [], Kind.HALLUCINATED),
        (["dog", "cup"], ["dog"], Kind.UNCERTAIN),
        ([], ["dog"], Kind.NO_OBJECTS),
    ],
)
def test_a_sentence_is_sorted_by_its_objects_and_the_context(
    objects: list[str], context: list[str], kind: Kind
) -> None:
    assert kind_of(objects, SEEN, context) == kind


def test_the_published_code_takes_only_what_names_nothing_new_as_coherent() -> None:
    assert kind_of(["dog", "sofa"], SEEN, ["dog"], all_known=True) == Kind.NEW
    assert kind_of(["dog", "sofa"], SEEN, ["dog", "sofa", "key"], all_known=True) == Kind.COHERENT


def test_equal_sentences_are_one_and_those_without_an_end_or_words_are_none() -> None:
    drawn = [sentence(text) for text in ("A dog.", "A cat.#", "A dog.#", "#", "A very long…", "A dog.#")]
    found = distinct(drawn, lambda text: (text[2:5],))
    assert [(each.text, each.times, each.ends, each.objects) for each in found] == [
        ("A dog.", 3, 2, ("dog",)),
        ("A cat.", 1, 1, ("cat",)),
    ]
    assert [each.mostly_ends for each in found] == [True, True]
    assert not Sentence("A dog.", times=2, ends=1).mostly_ends


def test_a_sorted_sentence_knows_what_is_false_and_what_is_new() -> None:
    plain = Sentence("A dog and a cat on a sofa.", objects=("dog", "cat", "sofa"))
    found = plain.sorted_by(SEEN, ["sofa"], all_known=False)
    assert (found.hallucinated, found.new, found.kind, found.words) == (("cat",), 2, Kind.HALLUCINATED, 8)
