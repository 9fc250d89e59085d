"""Names that people wrote beside a box: "Trees", "brown leave", "legs of a girl".

They are read as phrases are, so that what is said of an image and what is annotated in it have the same form.
"""

from functools import lru_cache
from typing import NamedTuple

from sightline.readers.scene_text import SaidObject, read_phrase
from sightline.scenes.scene_graphs.graph import SEVERAL

__all__ = ["Named", "clean", "number_of", "read_name"]


class Named(NamedTuple):
    """What a name says.

    Args:
        name: the noun, with what makes a compound of it, in the singular.
        attributes: what else the name says: a "green label" is green.
        number: how many; see `number_of`.
        is_thing: False where it names no thing that one could ask about: "background", "mid air".
    """

    name: str
    attributes: tuple[str, ...]
    number: int
    is_thing: bool = True


@lru_cache(maxsize=1 << 16)
def clean(text: str) -> str:
    """A text in lower case, with single blanks between words and none around them.

    Example:
        >>> clean("  Tennis   Racket ")
        'tennis racket'
    """
    return " ".join(text.lower().split())


def number_of(said: SaidObject) -> int:
    """How many objects a text names, `SEVERAL` where it gives no number.

    Example:
        >>> [number_of(read_phrase(text).objects[0]) for text in ("a dog", "three dogs", "dogs")]
        [1, 3, 0]
    """
    return said.number if said.counted else SEVERAL


@lru_cache(maxsize=1 << 16)
def read_name(text: str) -> Named | None:
    """What a name says; None where it has no letter.

    Of several nouns the first counts, which is the head of an English noun phrase: the legs of "legs of a girl".

    Example:
        >>> read_name("Green label")
        Named(name='label', attributes=('green',), number=1, is_thing=True)
        >>> read_name("background").is_thing
        False
    """
    written = clean(text).strip(".,;:!?")
    said = read_phrase(written).objects
    if said:
        return Named(said[0].name, said[0].attributes, number_of(said[0]))
    return Named(written, (), 1, is_thing=False) if any(letter.isalpha() for letter in written) else None
