"""What stands before every request: which names the server answers to, who may write, and what answers may do.

A page of another site cannot read from this server, write to it, frame it, or reach it under a name that it has made
point here (DNS rebinding). Browsers say where a request comes from (``Sec-Fetch-Site``, or ``Origin`` on plain HTTP
between machines); programs that are no browsers say nothing, and carry no cookie that somebody else could use.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LARGEST_BODY", "guarded"]

LARGEST_BODY = 64 * 1024
"""A verdict with the longest note, all of whose characters are escaped, is smaller."""

_HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def guarded(app: ASGIApp, hosts: Iterable[str]) -> ASGIApp:
    """Let only sound requests through to an application.

    Args:
        app: which.
        hosts: the names that the server is called by, without ports; IPv6 addresses in brackets.
    """
    named = TrustedHostMiddleware(
        _SameSite(RequestBodyLimitMiddleware(app, LARGEST_BODY)), allowed_hosts=list(hosts), www_redirect=False
    )
    return _WithHeaders(named)


class _WithHeaders:
    """Tell browsers, with every answer, what its page may do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _SameSite:
    """Refuse to write for other sites, and in anything but JSON, which no form of another site can send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = None
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            problem = _problem(Headers(scope=scope))
        if problem is None:
            await self._app(scope, receive, send)
            return
        status, text = problem
        await JSONResponse({"problem": text}, status)(scope, receive, send)


def _problem(headers: Headers) -> tuple[int, str] | None:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_foreign = site not in ("same-origin", "none")
    else:
        is_foreign = origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    if is_foreign:
        return 403, "Another site asked for this."
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return 415, "Send JSON (Content-Type: application/json)."
    return None
