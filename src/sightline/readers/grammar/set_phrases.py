"""Set phrases, which have one class as a whole ("in front of", "as well as"), and the names of predicates."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sightline.readers.word_classes import WordClass

__all__ = ["PREDICATES", "SET_PHRASES"]

PREDICATES: Mapping[str, str] = MappingProxyType(
    {
        "alongside": "next to",
        "amid": "among",
        "amidst": "among",
        "amongst": "among",
        "atop": "on top of",
        "beneath": "under",
        "beside": "next to",
        "by": "next to",
        "onto": "on",
        "throughout": "all over",
        "towards": "toward",
        "underneath": "under",
        "upon": "on",
        "within": "in",
    }
)
"""One name for prepositions that mean the same."""

_PREPOSITIONS: Mapping[str, str] = {
    "across from": "across from",
    "ahead of": "ahead of",
    "between": "in between; in-between",
    "full of": "full of; filled with; filled up with; filled to the brim with",
    "in back of": "in back of",
    "in front of": "in front of; infront of",
    "in the middle of": "in the middle of; in the center of; in the centre of; in middle of; in center of",
    "inside": "inside of",
    "made of": "made of; made from; made out of; constructed of; constructed from; built of; built from; built out of; "
    "composed of; carved from; carved out of; crafted from",
    "overgrown with": "overgrown with; overgrown by; overrun with; overrun by",
    "near": "close to; close by; near to; nearby to",
    "next to": "next to; adjacent to; right next to; to the side of",
    "off": "off of",
    "on top of": "on top of; on the top of; ontop of",
    "out of": "out of",
    "outside": "outside of",
    "under": "down under",
    "with": "accented by; accented with; along with; complete with; together with",
}
"""Canonical wording → the wordings of a preposition."""

_OTHERS: Mapping[WordClass, str] = {
    WordClass.ADVERB: "a bit; a little bit; all around; as well; at all; at an angle; at least; at night; at once; "
    "at rest; back and forth; by itself; by side; each other; for example; in action; in addition; in color; "
    "in colour; in contrast; in detail; in flight; in focus; in full bloom; in general; in half; in line; "
    "in bright light; in dim light; in low light; in motion; "
    "in part; in place; in sight; in the back ground; in total; in turn; in use; in view; inside out; of course; "
    "on all sides; on both sides; "
    "on display; on each side; on edge; on either side; on end; on fire; on its own; one another; out of focus; "
    "out of frame; out of view; side by side; to date; up and down; up close; upside down",
    WordClass.CONJUNCTION: "as well as",
    WordClass.DETERMINER: "a bit of; a bunch of; a few; a handful of; a little; a lot of; a number of; a variety of; "
    "all of the; both of the; dozens of; each of the; hundreds of; lots of; many of the; most of the; plenty of; "
    "several of the; some of the",
    WordClass.NEGATION: "apart from; away from; barely visible; cropped out; cut off; devoid of; empty of; free from; "
    "free of; instead of; no longer; not visible; opposed to; other than; out of shot; out of the frame; rather than",
    WordClass.SUBORDINATOR: "about to; according to; appear to; appears to; as far as; as if; as part of; as seen; "
    "as though; as to; based on; because of; depending on; due to; even though; except for; going to; in order to; "
    "in shape of; in the form of; in the shape of; in the style of; intended for; kind of like; known as; look like; "
    "looking like; looks like; meant to; ready to; seem to; seems to; shaped like; similar to; so that; such as; "
    "the color of; the colour of; the shape of; the size of; trying to; up to; used for; used to; what appears; "
    "what looks; what seems; with regard to",
}


def _phrases() -> Iterator[tuple[str, WordClass, str]]:
    """Every set phrase, its class and its canonical wording."""
    for canonical, wordings in _PREPOSITIONS.items():
        yield from ((wording, WordClass.PREPOSITION, canonical) for wording in wordings.split("; "))
    for class_, wordings in _OTHERS.items():
        yield from ((wording, class_, wording) for wording in wordings.split("; "))
    for side in ("left", "right"):
        for start in ("to the", "on the", "at the", "to its", "to the far", "on the far", "just to the"):
            yield f"{start} {side} of", WordClass.PREPOSITION, f"{side} of"
            for end in ("", " side", " hand side", "-hand side"):
                yield f"{start} {side}{end}", WordClass.ADVERB, side
        yield f"to the {side} side of", WordClass.PREPOSITION, f"{side} of"
        yield f"{side} of", WordClass.PREPOSITION, f"{side} of"


SET_PHRASES: Mapping[str, tuple[WordClass, str]] = MappingProxyType(
    {phrase: (class_, canonical) for phrase, class_, canonical in _phrases()}
)
"""Set phrase, lower case → the class it has as a whole, and its canonical wording."""
