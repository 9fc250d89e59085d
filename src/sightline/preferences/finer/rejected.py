"""What was refused on the way to pairs, each with its reason: a line of ``rejected.jsonl``.

    {"image": "a.jpg", "kind": "attribute", "reason": "the edit changed nothing", "by": "qwen",
     "phrase": "large red moon", "unit": "red", "instead": "red", "attempt": 1}

What is not known is left out.
"""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Rejected"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that did not become a pair.

    Args:
        image: name of the image.
        kind: of the phrase.
        reason: why it was refused, the same words for all of a kind.
        by: who made it.
        phrase: the true phrase, where it was whole.
        unit: what was to be changed.
        instead: what was put in its place.
        text: what a language model wrote, where nothing more could be read in it.
        attempt: which request it answers, from 1 on; 0 where none was made.
        p_yes: how sure the verifier is that the false thing is there; None where it was not asked.
    """

    image: str
    kind: str
    reason: str
    by: str
    phrase: str = ""
    unit: str = ""
    instead: str = ""
    text: str = ""
    attempt: int = 0
    p_yes: float | None = None

    @property
    def record(self) -> dict[str, Any]:
        """The line of a file.

        Example:
            >>> Rejected("a.jpg", "object", "the phrase is empty", "a model", attempt=1).record
            {'image': 'a.jpg', 'kind': 'object', 'reason': 'the phrase is empty', 'by': 'a model', 'attempt': 1}
        """
        known = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        return known if self.attempt else {name: value for name, value in known.items() if name != "attempt"}
