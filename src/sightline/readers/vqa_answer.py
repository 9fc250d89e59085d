"""Readers of short answers that are held against what ten people said: VQA's own rule, EvalAI's, and one of our own.

All three make answers alike before they compare them: lower case, no punctuation, no articles, number words as digits,
apostrophes put back into contractions. They differ in when they do so and in what they make of a reply: "vqa" leaves
everything as it is where all people said the same, so that "Yes" is not "yes"; "evalai" always makes answers alike, and
takes commas and question marks out first; "answer" does what "evalai" does with what a reply says to be its answer
("The answer is 23.", "**23**").

Quirks that are kept: a full stop goes unless a digit follows, at most 32 of them; a mark turns into a space or into
nothing depending on whether it stands beside a space anywhere in the text; a text that is an article and nothing else
becomes empty, so that an empty reply is as good as the answer "a". "answer" keeps such an article.

Source: GT-Vision-Lab/VQA PythonEvaluationTools @a013f00; the rules of EvalAI's processor as in facebookresearch/mmf,
haotian-liu/LLaVA and lmms-eval.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking

__all__ = ["VQA_READERS", "Compared", "VqaReader", "made_alike", "said_answer", "vqa_accuracy", "vqa_reader"]

_MARKS = ';/[]"{}()=+\\_-><@`,?!'
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
# The originals also mean to spare a full stop after a digit, but their look-behind is misspelt and holds always.
_MOST_FULL_STOPS = 32
# They pass a flag, whose number is 32, where the number of replacements goes.

_ARTICLES = frozenset(("a", "an", "the"))
_UP_TO_TEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = MappingProxyType({word: str(value) for value, word in enumerate(("zero", *_UP_TO_TEN))} | {"none": "0"})

_CONTRACTIONS = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
    he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
    o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
    someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
    there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
    what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
    wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""
"""The contractions that are recognised where one apostrophe is left out. Those that would be other words without it
("we'll", "she'd", "it's") are not among them."""


def _misspellings(word: str) -> list[str]:
    """A contraction with each of its apostrophes left out in turn.

    Example:
        >>> _misspellings("couldn't've")
        ["couldnt've", "couldn'tve"]
    """
    return [word[:place] + word[place + 1 :] for place, letter in enumerate(word) if letter == "'"]


_SPELLED = MappingProxyType(
    {wrong: word for word in _CONTRACTIONS.split() for wrong in _misspellings(word)} | {"somebody'd": "somebodyd"}
)
"""Misspelt contractions as they are spelled; the last one is the originals' slip, the wrong way round."""


def _without_marks(text: str) -> str:
    """A text without punctuation."""
    number = _COMMA_IN_NUMBER.search(text) is not None
    out = text
    for mark in _MARKS:
        vanishes = number or mark + " " in text or " " + mark in text
        out = out.replace(mark, "" if vanishes else " ")
    return _FULL_STOP.sub("", out, count=_MOST_FULL_STOPS)


def _plain_words(text: str) -> list[str]:
    """The words of a text, numbers as digits, without articles, contractions with their apostrophes."""
    words = [_NUMBERS.get(word, word) for word in text.lower().split()]
    return [_SPELLED.get(word, word) for word in words if word not in _ARTICLES]


@functools.lru_cache(maxsize=200_000)
def _vqa_alike(text: str) -> str:
    """A text as VQA's own code compares it."""
    return " ".join(_plain_words(_without_marks(_one_line(text))))


@functools.lru_cache(maxsize=200_000)
def made_alike(text: str) -> str:
    """A text as EvalAI compares it.

    Example:
        >>> made_alike("The two dogs, dont!"), made_alike("STOP."), made_alike("1,000")
        ("2 dogs don't", 'stop', '1000')
    """
    tokens = text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()
    return " ".join(_plain_words(_without_marks(_one_line(tokens))))


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


class Compared(NamedTuple):
    """A reply and what people said, made alike.

    Args:
        said: the reply; "" where it says nothing.
        answers: of the people.
    """

    said: str
    answers: tuple[str, ...]


class VqaReader(NamedTuple):
    """A named, versioned, pure function that makes a reply and people's answers alike.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        compared: (reply, answers of people) → both as they are compared.
        source: the code it follows, or where its rules are written down.
    """

    name: str
    version: int
    compared: Callable[[str, Sequence[str]], Compared]
    source: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def _read_vqa(reply: str, answers: Sequence[str]) -> Compared:
    """Both are made alike only where people disagree."""
    said, given = _one_line(reply), [_one_line(answer) for answer in answers]
    if len(set(given)) > 1:
        return Compared(_vqa_alike(said), tuple(map(_vqa_alike, given)))
    return Compared(said, tuple(given))


def _read_evalai(reply: str, answers: Sequence[str]) -> Compared:
    """Both are always made alike."""
    return Compared(made_alike(reply), tuple(map(made_alike, answers)))


_FRAME = re.compile(
    r"(?:so,? |therefore,? )?(?:(?:the|my) )?(?:(?:final|correct|short) )?answer(?: to the question)?"
    r"(?: is| would be|:)+\s*",
    re.IGNORECASE,
)
_AROUND = " \t\n*`\"'“”‘’«»"


def said_answer(reply: str) -> str:
    """What a reply says to be its answer: without thinking, markup, quotation marks and "the answer is".

    Example:
        >>> said_answer("The answer is **23**."), said_answer("<think>hm</think> Answer: stop sign")
        ('23', 'stop sign')
    """
    text = strip_thinking(reply).strip(_AROUND)
    if frame := _FRAME.match(text):
        text = text[frame.end() :]
    text = text.strip(_AROUND)
    return text.removesuffix(".").strip(_AROUND)


def _read_answer(reply: str, answers: Sequence[str]) -> Compared:
    """As EvalAI, with the answer that the reply states, and an article that stands alone kept."""
    return Compared(_kept(said_answer(reply)), tuple(map(_kept, answers)))


def _kept(text: str) -> str:
    return made_alike(text) or text.strip(" .").lower()


VQA_READERS: Mapping[str, VqaReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            VqaReader("answer", 1, _read_answer, "sightline, docs/readers.md"),
            VqaReader("vqa", 1, _read_vqa, "GT-Vision-Lab/VQA vqaEvaluation/vqaEval.py @a013f00"),
            VqaReader("evalai", 1, _read_evalai, "facebookresearch/mmf: EvalAIAnswerProcessor"),
        )
    }
)
"""The readers by name; the first is the default."""


def vqa_reader(name: str) -> VqaReader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in VQA_READERS:
        raise unknown_name("reader of short answers", name, VQA_READERS)
    return VQA_READERS[name]


def vqa_accuracy(compared: Compared) -> float:
    """How many people agree with a reply, three being enough: the mean over leaving each of them out in turn.

    Example:
        >>> vqa_accuracy(Compared("red", ("red", "red", "pink", "rose", "red wine", "b", "c", "d", "e", "f")))
        0.6
    """
    people = len(compared.answers)
    agree = sum(answer == compared.said for answer in compared.answers)
    of_those = agree * min(1.0, (agree - 1) / 3) if agree else 0.0
    return (of_those + (people - agree) * min(1.0, agree / 3)) / people
