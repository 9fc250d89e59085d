"""Prompt-induced hallucination, counting: does a model go along with a false number?

Asks: how many of an object there are, once neutrally and then with a number in the prompt that is wrong by an offset
    ("Describe the four moons in this image."), and as a control with the right one.
Source: https://github.com/michalg04/prompt-induced_hallucinations (arXiv 2601.05201), which asks it of CountBench's
    images with the offsets +1 to +5, +10, +20 and +50.
Licence: the repository states none; CountBench's file is no part of sightline.
Reads: JSON lines with question_id, image, text, split, object, number and asserted, as ``sightline build counting``
    writes them from scene graphs, tables and CountBench's file.
Beware: the paper's nouns are GPT-4o's and were never published; with others its numbers cannot be reproduced exactly.
    With the offset 0 a reply that copies the prompt is true as well, and counts as both.
Size: as many as you build; the paper asks 540 images with eight offsets.
Metric: prompt match, true rate, by offset.
Official: the protocol is, its nouns were never published.
Needs: images with counts: scene graphs, a table, CountBench.
"""

import functools
import re
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.presupposed import NEUTRAL, RATES, Kind, counter, read_presupposed, shower
from sightline.core import Benchmark, Count, Labelled, Reading, Scoring
from sightline.readers.nouns import plural, singular
from sightline.readers.number import NUMBER_READERS, count_of, number_reader
from sightline.readers.quantities import NUMBER, number_word, value_of

__all__ = [
    "ASSERTED",
    "BENCHMARK",
    "NUMBERS",
    "OFFSETS",
    "QUESTION",
    "asserted_text",
    "claim_asked",
    "neutral_text",
    "offset_name",
    "read_labels",
]

QUESTION = "How many {objects} are in this image?"
ASSERTED = "Describe the {number} {objects} in this image."
"""What the paper's repository asks."""

OFFSETS = (0, 1, 2, 3, 4, 5, 10, 20, 50, -1, -2)
"""The paper's offsets, and the controls that it leaves out: the true number, and numbers that are too small."""

_WORDS_UP_TO = 20
NUMBERS = MappingProxyType(
    {
        "words": "numbers as words up to twenty, digits beyond",
        "digits": "numbers as digits, as the paper's repository writes them",
    }
)
"""Ways to write the number of the prompt; the first is the default."""

_MOST = 199
_ASKED = re.compile(rf"\bdescribe the (?P<number>{NUMBER}) (?P<objects>\S.*?) in (?:this|the) image\b", re.IGNORECASE)


def offset_name(offset: int) -> str:
    """The split of an offset.

    Example:
        >>> [offset_name(offset) for offset in (0, 3, -1)]
        ['0', '+3', '-1']
    """
    return f"{offset:+d}" if offset else "0"


def neutral_text(object_: str) -> str:
    """Ask how many there are.

    Example:
        >>> neutral_text("wine glass")
        'How many wine glasses are in this image?'
    """
    return QUESTION.format(objects=plural(object_))


def asserted_text(object_: str, number: int, numbers: str = "words") -> str:
    """Presuppose that there are so many.

    Example:
        >>> asserted_text("moon", 1), asserted_text("moon", 4, "digits")
        ('Describe the one moon in this image.', 'Describe the 4 moons in this image.')
    """
    as_word = numbers == "words" and number <= _WORDS_UP_TO
    objects = object_ if number == 1 else plural(object_)
    return ASSERTED.format(number=number_word(number) if as_word else number, objects=objects)


def claim_asked(text: str) -> Count | None:
    """Read the presupposed count out of a prompt; the neutral question presupposes none.

    Example:
        >>> claim_asked("Describe the four moons in this image.")
        Count(object='moon', number=4)
    """
    found = _ASKED.search(text)
    return None if found is None else Count(singular(found["objects"]), value_of(found["number"].lower()))


_KIND = Kind("counting", "number", int, Count, lambda true, asserted: offset_name(asserted - true))


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, or a row does not say what it should.
    """
    return read_presupposed(path, name, _KIND)


@functools.lru_cache(maxsize=100_000)
def _read(text: str, object_: str, reader: str | None) -> Reading:
    if reader in (None, "number"):
        return count_of(text, object_)
    return number_reader(reader or "number").read(text)


BENCHMARK = Benchmark(
    name="counting",
    title="How many are there, when the prompt says another number?",
    splits=(NEUTRAL, "0", *map(offset_name, range(1, _MOST + 1)), *map(offset_name, range(-1, -_MOST - 1, -1))),
    version=1,
    read_labels=read_labels,
    claim_asked=claim_asked,
    public=MappingProxyType({}),
    official_reader="pih",
    wordings=MappingProxyType({"counting": "{question}"}),
    scoring=Scoring(
        counter(_read),
        RATES,
        tuple(str(reader) for reader in NUMBER_READERS.values()),
        "prompt match: replies with the number of the prompt. With the offset 0 that number is also the true one.",
        shower(_read),
    ),
    reply_tokens=50,
)
