"""The step that makes a reply plain before it is read: one case, one width, no markup."""

import re
import unicodedata

__all__ = ["fold"]

_MARKUP = str.maketrans(dict.fromkeys("*_`\"'“”«»#>", " "))


def fold(text: str) -> str:
    """Fold case, widths and apostrophes and blank out markup, every character staying at its place (version 1).

    Example:
        >>> fold("**No**, there isn’t.")
        "  no  , there isn't."
    """
    folded = "".join(unicodedata.normalize("NFKC", c.lower())[:1] or c for c in text)
    folded = re.sub(r"(?<=\w)[’‘'](?=\w)", "\x00", folded)  # an apostrophe inside a word is no quotation mark
    return folded.translate(_MARKUP).replace("\x00", "'")
