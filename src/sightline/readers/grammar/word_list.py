"""How the tables of words are written down."""

__all__ = ["word_list"]


def word_list(text: str) -> frozenset[str]:
    """The words of a text, parted by blanks.

    Example:
        >>> sorted(word_list("tall t-shirt"))
        ['t-shirt', 'tall']
    """
    return frozenset(text.split())
