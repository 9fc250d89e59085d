"""Who somebody is: a link with a token, exchanged once for a cookie that scripts and other sites never see.

The link holds the token behind a ``#``, which browsers do not send: the page takes it out and posts it, so that it is
in no log. Without scripts it can be sent as ``/enter?token=…``; what answers goes on to another address at once.
"""

from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sightline.audit.people import Person
from sightline.audit.store import Store
from sightline.web.bodies import Body
from sightline.web.pages import audit_id, enter_page, moved_page
from sightline.web.tries import Tries

__all__ = ["Entrance", "NotInError", "Token", "enter_link"]

_CLOSED = (
    "This link opens nothing (any more): it is incomplete, its person was given a new one, or their access was "
    "withdrawn. Ask whoever runs the audit for a new link."
)
_WAIT = "Too many wrong links were tried from here. Wait a minute, then open yours again."
_NOBODY = "You are not signed in. Open the link that you were given."
_COOKIE_S = 180 * 24 * 3600


class NotInError(Exception):
    """Nobody who takes part asked for this.

    Args:
        status: 401, or 429 where too much was tried.
        problem: why, for people.
    """

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        self.problem = problem
        super().__init__(problem)


class Token(Body):
    """What a link holds."""

    token: str = Field(max_length=200)


def enter_link(address: str, token: str) -> str:
    """The link that somebody opens once.

    Example:
        >>> enter_link("http://127.0.0.1:8642/", "t0ken")
        'http://127.0.0.1:8642/enter#t0ken'
    """
    return f"{address.rstrip('/')}/enter#{token}"


class Entrance:
    """Lets people in and out.

    Args:
        store: which knows them.
        tries: what was tried in vain.
    """

    def __init__(self, store: Store, tries: Tries) -> None:
        self._store = store
        self._tries = tries
        # cookies know no ports: two audits on one machine must not take each other's
        self._cookie = f"sightline-{audit_id(store.about)}"

    def person(self, request: Request) -> Person:
        """Who asks.

        Raises:
            NotInError: nobody who takes part.
        """
        token = request.cookies.get(self._cookie)
        if not token:
            raise NotInError(401, _NOBODY)
        return self._person_of(request, token)

    def show(self, request: Request) -> Response:
        """The page that takes a token; or, without scripts, the exchange."""
        token = request.query_params.get("token")
        if token is None:
            return HTMLResponse(enter_page())
        self._person_of(request, token)
        return self._let_in(request, HTMLResponse(moved_page()), token)

    def enter(self, request: Request, given: Token) -> Response:
        """Exchange a token for a cookie."""
        self._person_of(request, given.token)
        return self._let_in(request, Response(status_code=204), given.token)

    def leave(self, request: Request, _given: Body) -> Response:
        """Sign somebody out of this browser."""
        response = Response(status_code=204)
        response.delete_cookie(self._cookie, httponly=True, samesite="strict")
        return response

    def here(self, request: Request) -> Response:
        """Whether who asks is known: links from other sites come without the cookie, and the page asks again."""
        try:
            self.person(request)
        except NotInError:
            return JSONResponse({"known": False})
        return JSONResponse({"known": True})

    def _person_of(self, request: Request, token: str) -> Person:
        address = request.client.host if request.client else ""
        if not self._tries.may(address, token):
            raise NotInError(429, _WAIT)
        person = self._store.person_of(token)
        self._tries.note(address, token, person is not None)
        if person is None:
            raise NotInError(401, _CLOSED)
        return person

    def _let_in(self, request: Request, response: Response, token: str) -> Response:
        response.set_cookie(
            self._cookie,
            token,
            max_age=_COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response
