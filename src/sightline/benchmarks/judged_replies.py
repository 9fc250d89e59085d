"""What benchmarks share whose replies a judge may be asked about."""

from collections.abc import Sequence

from sightline.core import Reply

__all__ = ["judged_only"]


def judged_only(replies: Sequence[Reply | None], reader: str | None, judged: Sequence[str]) -> Sequence[Reply | None]:
    """Leave out replies of which no judgement is known, where it is judgements that are read.

    Args:
        replies: each a reply, or None.
        reader: name of the reader.
        judged: the readers that read judgements.

    Example:
        >>> replies = [Reply("1", "m", "Yes", judgement="correct"), Reply("2", "m", "Yes")]
        >>> [reply is not None for reply in judged_only(replies, "judged", ("judged",))]
        [True, False]
    """
    if reader not in judged:
        return replies
    return [reply if reply is not None and reply.judgement else None for reply in replies]
