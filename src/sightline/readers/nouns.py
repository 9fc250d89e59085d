"""Singular, plural and article of the nouns that questions ask about: "two mice" is a count of "mouse"."""

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import inflect

__all__ = ["PAIRED", "article", "forms", "plural", "singular"]

PAIRED = frozenset(
    (
        *("binoculars", "glasses", "goggles", "headphones", "jeans", "pants", "pliers"),
        *("scissors", "shorts", "sunglasses", "tights", "trousers", "tweezers"),
    )
)
"""Things that come as a pair and are one: a pair of scissors is one, a pair of shoes is two."""


_SINGULAR_ENDINGS = ("us", "ss", "gas", "lens", "iris", "canvas", "atlas")
"""Endings that inflect takes for plurals: it makes a bu of a bus."""


@functools.cache
def plural(noun: str) -> str:
    """The plural of a noun, or of the last word of several; a plural stays as it is.

    Example:
        >>> [plural(noun) for noun in ("moon", "mouse", "wine glass", "moons", "scissors")]
        ['moons', 'mice', 'wine glasses', 'moons', 'scissors']
    """
    if noun in PAIRED or singular(noun) != noun:
        return noun
    return str(_inflect().plural_noun(_words(noun)) or noun)


@functools.cache
def singular(noun: str) -> str:
    """The singular of a noun, or of the last word of several; a singular stays as it is.

    Example:
        >>> [singular(noun) for noun in ("moons", "mice", "wine glasses", "glass", "bus", "scissors")]
        ['moon', 'mouse', 'wine glass', 'glass', 'bus', 'scissors']
    """
    if noun in PAIRED or noun.endswith(_SINGULAR_ENDINGS):
        return noun
    return str(_inflect().singular_noun(_words(noun)) or noun)


@functools.cache
def article(noun: str) -> str:
    """The indefinite article of a noun, or of the first of several words, by its sound.

    Example:
        >>> [article(noun) for noun in ("dog", "orange", "hourglass", "unicorn")]
        ['a', 'an', 'an', 'a']
    """
    return str(_inflect().a(_words(noun))).split()[0]


def forms(noun: str) -> tuple[str, ...]:
    """Singular and plural of a noun, the longer first.

    Example:
        >>> forms("moon")
        ('moons', 'moon')
    """
    return tuple(sorted({noun, plural(noun), singular(noun)}, key=lambda form: (-len(form), form)))


def _words(noun: str) -> Any:
    """The noun as inflect's annotations want it, which are of no use to callers."""
    return noun


@functools.cache
def _inflect() -> "inflect.engine":
    """The grammar, which takes a second to import."""
    import inflect

    return inflect.engine()
