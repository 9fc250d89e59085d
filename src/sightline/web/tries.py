"""Tokens that were tried and opened nothing, by the address they came from: after some, an address has to wait."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

__all__ = ["Tries"]


class Tries:
    """What was tried of late.

    The same wrong token again (a page that was left open) is no new try, and a token that has opened something goes on
    doing so, whatever others behind the same address do.

    Args:
        most: wrong tokens of an address before it has to wait.
        within_s: for how long they are remembered, in seconds.
        clock: seconds that only go forward.
    """

    _MOST_ADDRESSES = 4096

    def __init__(self, most: int = 20, within_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._wrong: OrderedDict[str, dict[bytes, float]] = OrderedDict()
        self._right: set[bytes] = set()
        self._lock = Lock()

    def may(self, address: str, token: str) -> bool:
        """Whether an address may try this token now.

        Example:
            >>> tries = Tries(most=1)
            >>> tries.note("10.0.0.9", "guess", right=False)
            >>> tries.may("10.0.0.9", "another guess"), tries.may("10.0.0.8", "another guess")
            (False, True)
        """
        with self._lock:
            wrong = self._recent(address)
            return len(wrong) < self._most or _hash(token) in self._right or _hash(token) in wrong

    def note(self, address: str, token: str, right: bool) -> None:
        """Remember whether a token opened something."""
        with self._lock:
            if right:
                self._right.add(_hash(token))
                return
            self._right.discard(_hash(token))
            wrong = self._recent(address)
            wrong[_hash(token)] = self._clock()
            self._wrong[address] = wrong
            self._wrong.move_to_end(address)
            if len(self._wrong) > self._MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _recent(self, address: str) -> dict[bytes, float]:
        since = self._clock() - self._within_s
        return {token: at for token, at in self._wrong.get(address, {}).items() if at > since}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
