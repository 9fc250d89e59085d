"""Readers of yes/no replies. `y`, `n` and `-` stand for yes, no and unreadable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import RequestError
from sightline.readers.thinking import strip_thinking
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader

# What the original code of each makes of a reply, found by running it.
ORIGINALS = [
    # reply, POPE and LLaVA, RePOPE, lmms-eval, VLMEvalKit
    ("Yes.", "y", "y", "-", "y"),
    ("NO", "y", "n", "n", "n"),
    ("No, there is no dog.", "n", "n", "-", "n"),
    ("There isn't a dog in the image.", "y", "-", "-", "-"),
    ("There are none.", "y", "n", "-", "-"),
    ("I cannot see a dog.", "y", "n", "-", "-"),
    ("I am not sure.", "n", "n", "-", "-"),
    ("Yes, there is no doubt: a dog is visible.", "n", "y", "-", "-"),
    ("The image shows snow on the eyes of a cat.", "y", "y", "-", "-"),
    ("**No**", "y", "n", "-", "-"),
    ("", "y", "-", "-", "-"),
    ("<think>is there no dog?</think> Yes", "n", "y", "-", "-"),
    ("Image shows 1.5 dogs. No.", "y", "n", "-", "n"),
    (" yes\n", "y", "y", "y", "y"),
    ("No dogs, 1,000 cats", "n", "n", "-", "n"),
    ("Yes(certainly)", "y", "y", "-", "y"),
    ("no." + " a." * 31 + " yes.", "n", "y", "-", "n"),  # only the first 32 periods are taken away
]

STRICT = [
    ("Yes", "y"),
    ("no", "n"),
    ("NO!", "n"),
    ("**No**", "n"),
    ("“Yes.”", "y"),
    ("Ｙｅｓ", "y"),
    ("Nope", "n"),
    ("Absolutely not.", "n"),
    ("Yes, there is a dog.", "y"),
    ("Yes, there is no doubt: a dog is visible.", "y"),
    ("Yes. It might be a poodle.", "y"),
    ("Yes, there appears to be a dog.", "y"),
    ("No, there is no dog. There is a cat.", "n"),
    ("No dog is visible.", "n"),
    ("Is there a dog? Yes", "y"),
    ("Looking closely, yes, there is a dog.", "y"),
    ("There is a dog.", "y"),
    ("There's no dog", "n"),
    ("There’s no dog", "n"),
    ("There isn't a dog in the image.", "n"),
    ("There are none.", "n"),
    ("Image shows 1.5 dogs. No.", "n"),
    ("A cat lies on the sofa, nothing else. So the answer is no.", "n"),
    ("The final answer is: \\boxed{Yes}", "y"),
    ("ASSISTANT: Yes", "y"),
    ("<think>is there no dog?</think> Yes", "y"),
    ("no dog at first... </think>Yes", "y"),
    # silence, hedges, contradictions, and what says neither
    ("", "-"),
    ("   \n", "-"),
    ("I am not sure.", "-"),
    ("It is unclear.", "-"),
    ("I cannot tell.", "-"),
    ("I can't see a dog.", "-"),
    ("Probably yes", "-"),
    ("Yes, maybe.", "-"),
    ("Yes, I think so.", "-"),
    ("Yes. However, it is hard to tell.", "-"),
    ("There is a chance of a dog.", "-"),
    ("Yes and no", "-"),
    ("yes or no", "-"),
    ("Yes. No.", "-"),
    ("No. Yes.", "-"),
    ("No, there is a dog.", "-"),
    ("Yes, there is no dog.", "-"),
    ("Yes, but there is no cat", "-"),
    ("Answer: yes. Answer: no.", "-"),
    ("The image shows snow on the eyes of a cat.", "-"),
    ("The cat sits on no chair", "-"),
    ("A dog.", "-"),
    ("<think>I see a dog, so yes", "-"),
]

SIGN = {"yes": "y", "no": "n", None: "-"}


@pytest.mark.parametrize(("reply", "pope", "repope", "lmms_eval", "vlmevalkit"), ORIGINALS)
def test_the_readers_of_the_field_read_what_their_originals_read(reply, pope, repope, lmms_eval, vlmevalkit) -> None:
    expected = {"pope": pope, "llava": pope, "repope": repope, "lmms-eval": lmms_eval, "vlmevalkit": vlmevalkit}
    assert {name: SIGN[YES_NO_READERS[name].read(reply).answer] for name in expected} == expected


@pytest.mark.parametrize(("reply", "expected"), STRICT)
def test_the_strict_reader_reads_what_says_yes_or_no_once_and_means_it(reply, expected) -> None:
    assert SIGN[YES_NO_READERS["strict"].read(reply).answer] == expected


@pytest.mark.parametrize(
    ("reply", "words"),
    [("Well, **no**.", "no"), ("<think>no</think> Yes", "Yes"), ("So the answer is no.", "answer is no")],
)
def test_the_strict_reader_says_where_it_read(reply, words) -> None:
    start, end = YES_NO_READERS["strict"].read(reply).span or (0, 0)
    assert reply[start:end] == words


@given(st.text(alphabet=st.sampled_from("yesno tYN.,!?\n*<think>/’'İ\u200b")))
def test_no_reply_breaks_a_reader_and_every_span_lies_in_the_reply(reply) -> None:
    for reader in YES_NO_READERS.values():
        reading = reader.read(reply)
        assert reading.answer in ("yes", "no", None)
        start, end = reading.span or (0, 0)
        assert 0 <= start <= end <= len(reply)


@given(st.text())
def test_stripping_thinking_keeps_every_character_at_its_place(text) -> None:
    assert len(strip_thinking(text)) == len(text)


def test_an_unknown_reader_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"No reader is called 'strickt'. Did you mean 'strict'"):
        yes_no_reader("strickt")


def test_a_reader_prints_as_name_and_version() -> None:
    assert str(YES_NO_READERS["pope"]) == "pope@1"
