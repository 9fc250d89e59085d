"""The server's application: addresses, and what every one of them answers when something is wrong."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from sightline.audit.entries import Stage
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.store import Store
from sightline.errors import DataError
from sightline.web.bodies import Body, Saying, Undoing, Wanting, reading
from sightline.web.entering import Entrance, NotInError, Token
from sightline.web.guards import guarded
from sightline.web.labelling import Labelling
from sightline.web.pages import enter_page, problem_page
from sightline.web.pictures import Pictures
from sightline.web.tries import Tries

__all__ = ["Static", "application"]

_STATUS = {Reason.UNKNOWN: 404, Reason.ROLE: 403, Reason.UNFIT: 422}
"""How a refusal is answered; what is not named conflicts with what is stored (409)."""

_PAGES = ("/", "/enter", "/label", "/decide")


def application(store: Store, pictures: Pictures, hosts: Iterable[str], tries: Tries | None = None) -> ASGIApp:
    """The labelling page of an audit.

    Args:
        store: the audit.
        pictures: its images.
        hosts: the names that the server answers to.
        tries: what is remembered of wrong tokens.
    """
    entrance = Entrance(store, tries or Tries())
    labelling = Labelling(store, pictures, entrance)
    routes = [
        Route("/", labelling.first),
        Route("/enter", entrance.show, methods=["GET"]),
        Route("/enter", reading(Token, entrance.enter), methods=["POST"]),
        Route("/leave", reading(Body, entrance.leave), methods=["POST"]),
        Route("/here", entrance.here),
        Route("/label", labelling.page(Stage.LABEL)),
        Route("/decide", labelling.page(Stage.ADJUDICATE)),
        Route("/next", reading(Wanting, labelling.next), methods=["POST"]),
        Route("/say", reading(Saying, labelling.say), methods=["POST"]),
        Route("/undo", reading(Undoing, labelling.undo), methods=["POST"]),
        Route("/image/{item}", labelling.image),
        Mount("/static", Static(packages=[("sightline.web", "static")])),
    ]
    handlers = {NotInError: _not_in, RefusedError: _refused, DataError: _not_stored, HTTPException: _http}
    return guarded(Starlette(routes=routes, exception_handlers=handlers), hosts)  # type: ignore[arg-type]


class Static(StaticFiles):
    """The script and the style; browsers ask each time whether they are still the same."""

    def file_response(self, *given: object, **named: object) -> Response:
        """What is sent of a file."""
        response = super().file_response(*given, **named)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        return response


def _not_in(request: Request, error: NotInError) -> Response:
    if _is_page(request):
        return HTMLResponse(enter_page(error.problem), error.status)
    return JSONResponse({"problem": error.problem}, error.status)


def _refused(request: Request, error: RefusedError) -> Response:
    if error.reason is Reason.REVOKED:  # between the look at the cookie and the act
        return _not_in(request, NotInError(401, str(error)))
    return _answer(request, _STATUS.get(error.reason, 409), str(error), "This is not for you", error.reason)


def _not_stored(request: Request, error: DataError) -> Response:
    return _answer(request, 503, str(error), "The audit cannot be used right now")


def _http(request: Request, error: HTTPException) -> Response:
    return _answer(request, error.status_code, error.detail, error.detail)


def _answer(request: Request, status: int, problem: str, title: str, reason: Reason | None = None) -> Response:
    if _is_page(request):
        return HTMLResponse(problem_page(title, problem), status)
    return JSONResponse({"problem": problem} | ({} if reason is None else {"reason": reason}), status)


def _is_page(request: Request) -> bool:
    return request.method == "GET" and request.url.path in _PAGES
