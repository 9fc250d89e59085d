"""What a person of an audit cannot have or do, and why; the page tells them by the reason."""

from enum import StrEnum

from sightline.errors import RequestError

__all__ = ["Reason", "RefusedError"]


class Reason(StrEnum):
    """Why something was refused."""

    UNKNOWN = "unknown"
    """There is no such person or item."""
    REVOKED = "revoked"
    """The person may no longer take part."""
    ROLE = "role"
    """The person has another role."""
    UNFIT = "unfit"
    """A word that this item does not offer, or a note or time that cannot be stored."""
    NOT_GIVEN = "not given"
    """The item was never given to this person, or they left it to somebody else."""
    TAKEN = "taken"
    """It was left for too long, and others have it now; or it no longer is to be adjudicated."""
    SAID = "said"
    """A verdict of this person stands already."""
    REUSED = "reused"
    """The request was stored with another content."""
    NOTHING = "nothing"
    """There is nothing to take back."""
    RESTED = "rested"
    """An adjudicator decides on what would be taken back, or has decided."""


class RefusedError(RequestError):
    """Something was refused, and nothing was stored.

    Args:
        reason: why, for programs.
        message: why, for people.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        super().__init__(message)
