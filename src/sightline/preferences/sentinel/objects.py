"""Which objects a sentence names, for detectors to look for.

``open`` reads any noun phrase by rules and brings it to one name for what means the same; what is no thing with an
outline (sky, ground, light) is left out, since detectors of things do not find it. ``everyday`` keeps of these what the
tables of everyday nouns know. ``coco`` reads COCO's 80 objects and their synonyms, ``rendered`` the twenty objects of
rendered scenes, and a file of one's own whatever it lists.

Pronouns name nothing new, and so need not be resolved: "It is red." is a sentence without objects.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sightline.errors import RequestError
from sightline.readers.caption_objects import caption_reader
from sightline.readers.coco_vocabulary import COCO
from sightline.readers.scene_text import read_phrase
from sightline.readers.synonyms import concepts_of, is_known, plain_name
from sightline.readers.vocabulary import Vocabulary, vocabulary_from
from sightline.records.json_rows import read_json
from sightline.scenes.rendered.annotations import vocabulary as rendered_words

__all__ = ["VOCABULARIES", "NamedObjects", "named_objects"]

VOCABULARIES = ("open", "everyday", "coco", "rendered")
"""The vocabularies by name."""

_NO_OUTLINE = frozenset(
    (
        *("air", "area", "atmosphere", "background", "ceiling", "color", "colour", "day", "daylight", "darkness"),
        *("distance", "environment", "floor", "foreground", "ground", "horizon", "image", "land", "landscape", "light"),
        *("lighting", "night", "photo", "photograph", "picture", "place", "reflection", "room", "scene", "setting"),
        *("shade", "shadow", "sky", "space", "sunlight", "surface", "surroundings", "view", "wall", "weather"),
    )
)
"""What fills an image without an outline, or is no thing; that a detector of things sees none says nothing."""


class NamedObjects(NamedTuple):
    """A way to read objects.

    Args:
        name: what it is called.
        read: text → the objects it names, each once, in its order.
        listed: the objects that there are; of a way without a list COCO's.
        version: what tells it from another of its name.
    """

    name: str
    read: Callable[[str], tuple[str, ...]]
    listed: tuple[str, ...]
    version: str = "1"


def named_objects(vocabulary: str) -> NamedObjects:
    """The way to read objects of this name, or by a JSON file of words.

    Raises:
        RequestError: it is neither.
        DataError: the file is no vocabulary.

    Example:
        >>> named_objects("open").read("Two old sofas and a red hydrant are beneath a blue sky.")
        ('couch', 'fire hydrant')
        >>> named_objects("rendered").read("Two old sofas and a red kite are beneath a blue sky.")
        ('kite',)
    """
    if vocabulary in ("open", "everyday"):
        read = lru_cache(maxsize=1 << 14)(_open if vocabulary == "open" else _everyday)
        return NamedObjects(vocabulary, read, COCO.objects)
    if vocabulary == "coco":
        return _listed(COCO)
    if vocabulary == "rendered":
        return _listed(vocabulary_from(rendered_words(), "rendered", "rendered"))
    file = Path(vocabulary)
    if not file.is_file():
        raise RequestError(
            f"--vocabulary is {vocabulary!r}; expected {', '.join(VOCABULARIES)}, or a JSON file of objects and words."
        )
    return _listed(vocabulary_from(read_json(file), file.stem, file))


def _listed(words: Vocabulary) -> NamedObjects:
    reader = caption_reader("nouns")

    def read(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mention.object for mention in reader.mentions(text, words)))

    version = hashlib.sha256(repr(sorted(words.phrases.items())).encode()).hexdigest()[:16]
    return NamedObjects(words.name, read, words.objects, version)


def _open(text: str) -> tuple[str, ...]:
    names = (_one_name(said.name) for said in read_phrase(text).objects)
    return tuple(dict.fromkeys(name for name in names if name not in _NO_OUTLINE))


def _everyday(text: str) -> tuple[str, ...]:
    return tuple(name for name in _open(text) if is_known(name))


def _one_name(name: str) -> str:
    """One name for all that means the same; what means several things stays as it is called.

    Example:
        >>> _one_name("sofa"), _one_name("bat"), _one_name("city street"), _one_name("stroopwafel")
        ('couch', 'bat', 'street', 'stroopwafel')
    """
    meanings = concepts_of(name)
    if len(meanings) == 1 and plain_name(name) is not None:
        return next(iter(meanings))
    return plain_name(name) or name
