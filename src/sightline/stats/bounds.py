"""Exact bounds of a share, for few or no hits."""

__all__ = ["upper_bound"]


def upper_bound(hits: int, n: int, confidence: float = 0.95) -> float:
    """The one-sided upper bound of a share, exact for independent draws (Clopper and Pearson 1934).

    Args:
        hits: how often it was so.
        n: of how many; 0 gives 1.
        confidence: with which the true share lies below.

    Example:
        >>> round(upper_bound(0, 59), 3), round(upper_bound(1, 59), 3)
        (0.05, 0.078)
    """
    if hits >= n:
        return 1.0
    from scipy.stats import beta  # takes half a second, which only those who ask for bounds need to wait for

    return float(beta.ppf(confidence, hits + 1, n - hits))
