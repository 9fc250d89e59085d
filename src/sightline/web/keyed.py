"""One key for one run of a server: who was given the link gets in, once it is exchanged for a cookie.

That a page is on this machine alone does not say who asks: other people may work on it, and other programs run.
"""

import hashlib
import secrets
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Keyed", "keyed_link", "new_key"]

_CLOSED = "This page opens with the link that the command printed. Started anew, it prints a new one."


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(24)


def keyed_link(address: str, key: str) -> str:
    """The link that opens the page.

    Example:
        >>> keyed_link("http://127.0.0.1:8643/", "k3y")
        'http://127.0.0.1:8643/?key=k3y'
    """
    return f"{address.rstrip('/')}/?key={key}"


class Keyed:
    """Let only those through to an application who were given its key.

    Args:
        app: which. What lies under ``/static/`` is nobody's secret.
        key: of this run.
        moved: makes the page that goes on without the key in its address.
        closed: (problem) → the page for whoever has no key.
    """

    def __init__(self, app: ASGIApp, key: str, moved: Callable[[], str], closed: Callable[[str], str]) -> None:
        self._app = app
        self._key = key
        self._moved = moved
        self._closed = closed
        # cookies know no ports: two such servers on one machine must not take each other's
        self._cookie = f"sightline-view-{hashlib.sha256(key.encode()).hexdigest()[:12]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        answer = self._answer(Request(scope)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        if request.url.path.startswith("/static/"):
            return None
        given = request.query_params.get("key")
        if request.method == "GET" and given is not None and self._fits(given):
            response = HTMLResponse(self._moved())
            secure = request.url.scheme == "https"
            response.set_cookie(self._cookie, self._key, httponly=True, samesite="strict", secure=secure)
            return response
        if self._fits(request.cookies.get(self._cookie, "")):
            return None
        if request.method == "GET" and not request.url.path.startswith(("/image/", "/plot/")):
            return HTMLResponse(self._closed(_CLOSED), 401)
        return JSONResponse({"problem": _CLOSED}, 401)

    def _fits(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._key.encode())
