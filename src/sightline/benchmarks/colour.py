"""Prompt-induced hallucination, colour: does a model go along with a false colour?

Asks: what colour an object has, once neutrally and then with a colour in the prompt that is wrong ("Describe the blue
    moon."), one to three steps down a cycle of colours from the right one, and as a control with the right one.
Source: https://github.com/michalg04/prompt-induced_hallucinations (arXiv 2601.05201), which asks it of the colour part
    of Visual-Counterfact.
Licence: the repository states none.
Reads: JSON lines with question_id, image, text, split, object, colour and asserted, as ``sightline build colour``
    writes them from scene graphs and tables.
Beware: the paper sorts replies by whole phrases ("blue moon") and by hand-made categories; here one reader reads the
    colour that the reply gives the object, so that rates are not those of the paper.
Size: as many as you build.
Metric: prompt match, true rate, by distance.
Official: no: the paper sorts replies by whole phrases.
Needs: images with coloured objects: scene graphs or a table.
"""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.presupposed import NEUTRAL, RATES, Kind, counter, read_presupposed, shower
from sightline.core import Attribute, Benchmark, Labelled, Reading, Scoring
from sightline.readers.colour import COLOUR_READERS, colour_of, colour_reader
from sightline.readers.nouns import plural

__all__ = [
    "ASSERTED",
    "BENCHMARK",
    "CYCLE",
    "MATCHING",
    "QUESTION",
    "QUESTION_SEVERAL",
    "asserted_text",
    "claim_asked",
    "distance_name",
    "neutral_text",
    "read_labels",
    "steps_down",
]

QUESTION = "What color is the {object} in the image?"
QUESTION_SEVERAL = "What color are the {objects} in the image?"
ASSERTED = "Describe the {colour} {objects}."
"""What the paper's repository asks, which knows single objects only."""

CYCLE = ("red", "purple", "blue", "green", "yellow", "orange")
"""The paper's colours, each followed by the one that is a step away from it; the last is followed by the first."""

MATCHING = "matching"
_MOST = 20
_ASKED = re.compile(r"\bdescribe the (?P<colour>[a-z]+) (?P<object>[^.]+)\.", re.IGNORECASE)


def distance_name(distance: int) -> str:
    """The split of a distance.

    Example:
        >>> [distance_name(distance) for distance in (0, 2)]
        ['matching', 'distance 2']
    """
    return f"distance {distance}" if distance else MATCHING


def steps_down(colour: str, distance: int, cycle: Sequence[str] = CYCLE) -> str:
    """The colour so many steps down the cycle.

    Example:
        >>> [steps_down("orange", distance) for distance in (0, 1, 2, 3)]
        ['orange', 'red', 'purple', 'blue']
    """
    return cycle[(cycle.index(colour) + distance) % len(cycle)]


def neutral_text(object_: str, number: int = 1) -> str:
    """Ask what colour an object has, or several of it.

    Example:
        >>> neutral_text("moon"), neutral_text("moon", 2)
        ('What color is the moon in the image?', 'What color are the moons in the image?')
    """
    if number == 1:
        return QUESTION.format(object=object_)
    return QUESTION_SEVERAL.format(objects=plural(object_))


def asserted_text(object_: str, colour: str, number: int = 1) -> str:
    """Presuppose a colour.

    Example:
        >>> asserted_text("moon", "blue")
        'Describe the blue moon.'
    """
    return ASSERTED.format(colour=colour, objects=object_ if number == 1 else plural(object_))


def claim_asked(text: str) -> Attribute | None:
    """Read the presupposed colour out of a prompt; the neutral question presupposes none.

    Example:
        >>> claim_asked("Describe the blue moon.")
        Attribute(object='moon', attribute='blue')
    """
    found = _ASKED.search(text)
    return None if found is None else Attribute(found["object"], found["colour"].lower())


_KIND = Kind("colour", "colour", str, Attribute)


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, or a row does not say what it should.
    """
    return read_presupposed(path, name, _KIND)


@functools.lru_cache(maxsize=100_000)
def _read(text: str, object_: str, reader: str | None) -> Reading:
    if reader in (None, "colour"):
        return colour_of(text, object_)
    return colour_reader(reader or "colour").read(text)


BENCHMARK = Benchmark(
    name="colour",
    title="What colour is it, when the prompt says another one?",
    splits=(NEUTRAL, *map(distance_name, range(_MOST))),
    version=1,
    read_labels=read_labels,
    claim_asked=claim_asked,
    public=MappingProxyType({}),
    official_reader="colour",
    wordings=MappingProxyType({"colour": "{question}"}),
    scoring=Scoring(
        counter(_read),
        RATES,
        tuple(str(reader) for reader in COLOUR_READERS.values()),
        "prompt match: replies with the colour of the prompt. In the split matching that colour is also the true one.",
        shower(_read),
    ),
    reply_tokens=50,
)
