"""Readers of answers about charts: a number within five percent, or the very words.

"chartqa" is the rule that published figures go by. Both sides are numbers only if the whole text is one: a percent sign
at the end divides by a hundred, separators of thousands and units make a text of a number, and a true answer of 0 is
compared as text, so that "0.0" is wrong. Spaces around words count as well.

"relaxed" reads the number that a reply states: "The value is $1,200 million." says 1200 (and 1,200,000,000, which is as
good), "62%" says 62 and 0.62. A reply with several numbers says none, unless it names its answer. Questions about a
year must be answered by that year, for within five percent of 2014 lies every year from 1914 on.

Source: arXiv 2203.10244, section 5.1; as coded in google-research/pix2struct and QwenLM/Qwen-VL, which lmms-eval and
VLMEvalKit follow.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sightline.errors import unknown_name
from sightline.readers.choice import normalised
from sightline.readers.folding import fold
from sightline.readers.quantities import quantities
from sightline.readers.vqa_answer import said_answer
from sightline.readers.yes_no import yes_no_reader

__all__ = ["RELAXED_READERS", "ChartReading", "RelaxedReader", "relaxed_reader"]

_TOLERANCE = 0.05


class ChartReading(NamedTuple):
    """What is made of a reply about a chart.

    Args:
        said: what was read, in a word or a few; None where nothing was.
        right: whether it is right.
    """

    said: str | None
    right: bool


class RelaxedReader(NamedTuple):
    """A named, versioned, pure function that holds a reply against a true answer.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        read: (reply, true answer, question) → what was read, and whether it is right.
        source: the code it follows, or where its rules are written down.
    """

    name: str
    version: int
    read: Callable[[str, str, str], ChartReading]
    source: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def _is_near(value: float, true: float) -> bool:
    return abs(value - true) <= _TOLERANCE * abs(true)


def _whole_number(text: str) -> float | None:
    """A text that is a number as Python reads one, a percentage as its hundredth."""
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None


def _read_chartqa(reply: str, true: str, question: str) -> ChartReading:
    """Texts that are numbers are compared as such unless the true one is 0; others as texts, whatever the case."""
    value, aim = _whole_number(reply), _whole_number(true)
    if value is not None and aim:
        return ChartReading(reply.strip(), abs(value - aim) / abs(aim) <= _TOLERANCE)
    return ChartReading(reply.strip() or None, reply.lower() == true.lower())


_NUMBER = re.compile(
    r"(?<![\w.,/:-])(?P<sign>[-−+]?)[$€£¥]?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?!\d|[.,/:–-]\d)(?P<percent>\s?(?:%|percent\b))?(?:\s?(?P<scale>thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALES = MappingProxyType({"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12})
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_ASKS_YEAR = re.compile(r"\b(?:years?|when)\b", re.IGNORECASE)


def _values(text: str) -> list[tuple[float, ...]]:
    """The numbers of a text, each with the values that it may stand for: itself, and as percentage or scaled."""
    found = []
    for number in _NUMBER.finditer(text):
        value = float(number["digits"].replace(",", "")) * (-1 if number["sign"] in ("-", "−") else 1)
        more = (value / 100,) if number["percent"] else ()
        scaled = (value * _SCALES[number["scale"].lower()],) if number["scale"] else ()
        found.append((value, *more, *scaled))
    return found or [(float(value),) for value in _worded(text)]


def _worded(text: str) -> list[int]:
    """The numbers of a text in words, as "There are two."."""
    return [found.value for found in quantities(fold(text)) if found.kind == "number" and found.value is not None]


def _read_relaxed(reply: str, true: str, question: str) -> ChartReading:
    """The one number, or the words, that a reply gives for its answer."""
    said = said_answer(reply)
    if not normalised(said) and not _NUMBER.search(said):
        return ChartReading(None, False)
    aim = _values(true) if _NUMBER.fullmatch(true.strip()) else []
    if not aim:
        return _read_words(said, true)
    if _YEAR.fullmatch(true.strip()) and _ASKS_YEAR.search(question):
        years = set(_YEAR.findall(said))
        return ChartReading(years.pop(), true.strip() in said) if len(years) == 1 else ChartReading(None, False)
    numbers = _values(said)
    if len({number[0] for number in numbers}) != 1:
        return ChartReading(None, False)
    near = any(_is_near(value, wanted) for value in numbers[0] for wanted in aim[0])
    return ChartReading(f"{numbers[0][0]:g}", near)


def _read_words(said: str, true: str) -> ChartReading:
    """Words are compared without case and punctuation; yes and no may open a sentence."""
    if normalised(true) in ("yes", "no"):
        answer = yes_no_reader("strict").read(said).answer
        return ChartReading(answer, answer == normalised(true))
    return ChartReading(said, normalised(said) == normalised(true))


RELAXED_READERS: Mapping[str, RelaxedReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            RelaxedReader("relaxed", 1, _read_relaxed, "sightline, docs/readers.md"),
            RelaxedReader("chartqa", 1, _read_chartqa, "google-research/pix2struct metrics.py; QwenLM/Qwen-VL eval_mm"),
        )
    }
)
"""The readers by name; the first is the default."""


def relaxed_reader(name: str) -> RelaxedReader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in RELAXED_READERS:
        raise unknown_name("reader of answers about charts", name, RELAXED_READERS)
    return RELAXED_READERS[name]
