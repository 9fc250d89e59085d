import base64
import re

import pytest

from sightline.report.page import render
from sightline.report.sections import Report, Section
from sightline.report.token_table import TokenRow, TokenSample, TokenTable, seen


def _row(*tokens, probabilities=None, marks=None, label="whole model"):
    return TokenRow(label, tokens, probabilities or (0.5,) * len(tokens), marks or ("",) * len(tokens))


def _page(*rows, title="How many cups?"):
    table = TokenTable("tokens", "Token by token", (TokenSample(title, rows),))
    return render(Report("Report", "lead", (Section("Section", (), (table,)),)))


def _reply(page, place=0):
    return re.findall(r'<dd dir="auto">(.*?)</dd>', page, re.DOTALL)[place]


def test_a_token_shows_its_probability_as_a_bar_and_in_words() -> None:
    assert _reply(_page(_row("Two", probabilities=(0.9312,)))) == (
        '<span class="token" style="--p: 93.12%" title="93.1 %" tabindex="-1">Two</span>'
    )


def test_marked_tokens_say_what_they_are_and_can_be_reached_with_the_keyboard() -> None:
    page = _page(_row("Two", " or", " 3", marks=("asserted", "", "true")))
    marks = re.findall(r'data-mark="(\w+)" title="50.0 %, ([^"]*)" tabindex="0"', _reply(page))
    assert marks == [("asserted", "asserted answer"), ("true", "true answer")]


def test_tokens_of_a_word_stand_together_and_words_apart() -> None:
    reply = _reply(_page(_row("Two", " cup", "s", ".")))
    assert re.sub(r"<[^>]*>", "", reply) == "Two cups."


def test_markup_in_tokens_is_text() -> None:
    page = _page(_row("<b>", "</script>", '"&', label="<i>"), title="<u>")
    assert re.sub(r"<[^>]*>", "|", _reply(page)) == "|&lt;b&gt;||&lt;/script&gt;||&#34;&amp;|"
    assert "<b>" not in _reply(page) and "<i>" not in page and "<u>" not in page


def test_the_key_explains_just_the_marks_that_occur() -> None:
    key = re.search(r'<p class="key">(.*?)</p>', _page(_row("3", marks=("true",))))[1]
    assert re.findall(r'data-mark="\w+">([^<]*)<', key) == ["true answer"]
    assert "Outlined" not in _page(_row("3"))


def test_the_numbers_can_be_taken_away() -> None:
    page = _page(_row("Two", "\n", probabilities=(0.25, 1.0), marks=("true", "")))
    link = re.search(r'download="tokens.csv" href="data:text/csv;charset=utf-8;base64,([^"]*)"', page)
    assert base64.b64decode(link[1]).decode() == (
        '"sample","row","place","token","probability","mark"\n'
        '"How many cups?","whole model",0,"Two",0.25,"true"\n'
        '"How many cups?","whole model",1,"\n",1,""\n'
    )


def test_an_empty_reply_has_no_tokens() -> None:
    assert _reply(_page(_row())) == ""


def test_space_at_the_end_of_a_token_parts_it_from_the_next() -> None:
    assert [piece.space for piece in _row("a ", "b", "c").pieces()] == [False, True, False]


def test_what_cannot_be_seen_has_a_sign() -> None:
    assert [seen(token) for token in ("\n\n", " ", "", "\t")] == ["↵↵", "␣", "∅", "⇥"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((("a", "b"), (0.5,), ("", "")), "m: found 2 tokens, 1 probabilities and 2 marks"),
        ((("a",), (1.5,), ("",)), r"m: a probability lies in \[0, 1\], found 1.5"),
        ((("a",), (float("nan"),), ("",)), "found nan"),
        ((("a",), (0.5,), ("wrong",)), "m: a mark is true, asserted or empty, found 'wrong'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(values, message) -> None:
    with pytest.raises(ValueError, match=message):
        TokenRow("m", *values)
