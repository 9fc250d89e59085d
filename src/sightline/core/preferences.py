"""Two replies to one prompt about one image, one of them preferred."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sightline.core.images import ImageRef

__all__ = ["PreferencePair"]


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """What a model should say, and what it should not, in one place.

    Args:
        image: the image; its name is a path below the folder of images.
        prompt: what the user types.
        chosen: the reply, or the rest of one, that is preferred.
        rejected: the one that is not.
        context: the beginning of the reply, which both go on from; "" where they begin it (SENTINEL, section 3).
        method: how the pair was made: "finer", "sentinel", or whatever its file says.
        kind: what it is about: of FINER "object", "attribute", "relation" or "what"; of SENTINEL "sentence"; or "".
        polarity: of FINER "positive" where what is asked holds, "negative" where it does not; or "".
        source: where it came from, as ``file:row`` or the name of a scene's element, or "".
        ends: whether the reply ends with these words; a sentence in the middle of a caption does not end it.
        details: what else its maker recorded.
    """

    image: ImageRef
    prompt: str
    chosen: str
    rejected: str
    context: str = ""
    method: str = ""
    kind: str = ""
    polarity: str = ""
    source: str = ""
    ends: bool = True
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """A hash of all that is trained on: equal pairs have equal keys, wherever they came from.

        Example:
            >>> pair = PreferencePair(ImageRef("a.jpg"), "Is there a dog?", "No.", "Yes.", source="a.jsonl:1")
            >>> pair.key
            'c2c6438201520c06'
        """
        parts = (self.image.name, self.prompt, self.context, self.chosen, self.rejected, self.ends)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
