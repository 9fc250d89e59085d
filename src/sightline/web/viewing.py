"""The exploring page: its addresses, and the server, on this machine unless somebody says otherwise."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from sightline.audit.store import Store
from sightline.errors import DataError, RequestError
from sightline.evaluation.browsing import Browser
from sightline.evaluation.evaluation import Evaluation
from sightline.web.application import Static
from sightline.web.bodies import Wish, reading
from sightline.web.checking import Checking, can_be_checked
from sightline.web.exploring import Explored, Exploring
from sightline.web.exploring_pages import closed_page, opened_page, trouble_page
from sightline.web.guards import guarded
from sightline.web.keyed import Keyed, keyed_link, new_key
from sightline.web.overview import Overview
from sightline.web.serving import address_of, allowed_hosts, listen, run, server_of
from sightline.web.shots import Shots

__all__ = ["VIEW_PORT", "explore", "serve_view", "view_application"]

VIEW_PORT = 8643


def serve_view(
    evaluation: Evaluation,
    reader: str | None = None,
    images: str | Path | None = None,
    audit: str | None = None,
    *,
    draws: int = 2000,
    seed: int = 0,
    how_to_audit: Iterable[str] = (),
    host: str = "127.0.0.1",
    port: int = VIEW_PORT,
    names: Iterable[str] = (),
    allow_remote: bool = False,
    ready: Callable[[Explored, str], None] = lambda explored, link: None,
) -> None:
    """Serve the exploring page until the process is told to stop (Ctrl+C, SIGTERM).

    Args:
        evaluation: what is looked at.
        reader: name of the reader; the benchmark's own where None.
        images: the folder of the images.
        audit: the audit that labels are checked in: a file, or the URL of a PostgreSQL database.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        how_to_audit: what to type to begin an audit, line by line.
        host: the address to listen at.
        port: the port; 0: any that is free.
        names: names by which others reach this machine.
        allow_remote: whether machines other than this one may reach the page.
        ready: told what is shown and the link that opens it, once it can be opened.

    Raises:
        RequestError: the port is taken, the address is open to others, or the audit is of something else.
        DataError: the images or the audit cannot be read.
    """
    hosts = allowed_hosts(host, names, allow_remote)
    key = new_key()
    with listen(host, port) as listening, nullcontext() if audit is None else Store.open(audit) as store:
        explored = explore(evaluation, reader, images, store, draws, seed, how_to_audit)
        explored.overview.start()
        server = server_of(view_application(explored, hosts, key))
        ready(explored, keyed_link(address_of(listening, host, names), key))
        run(server, listening)


def explore(
    evaluation: Evaluation,
    reader: str | None = None,
    images: str | Path | None = None,
    store: Store | None = None,
    draws: int = 2000,
    seed: int = 0,
    how_to_audit: Iterable[str] = (),
) -> Explored:
    """Compute what the page shows; arguments are those of `serve_view`, the audit opened.

    Raises:
        RequestError: a name is unknown, or the audit is of something else.
        DataError: the images cannot be read.
    """
    shots = Shots(images, (image.name for question in evaluation.questions for image in question.images[:1]))
    checking = None if store is None else Checking(store, evaluation.benchmark.name, evaluation.questions)
    browser = Browser(evaluation, reader)
    how = tuple(how_to_audit) if can_be_checked(evaluation.questions) else ()
    return Explored(browser, Overview(browser, draws, seed), shots, checking, how)


def view_application(explored: Explored, hosts: Iterable[str], key: str) -> ASGIApp:
    """The exploring page.

    Args:
        explored: what it is about.
        hosts: the names that the server answers to.
        key: what opens it.
    """
    exploring = Exploring(explored)
    routes = [
        Route("/", exploring.overview),
        Route("/replies", exploring.replies),
        Route("/audit", exploring.audit),
        Route("/check", reading(Wish, exploring.check), methods=["POST"]),
        Route("/image/{key}", exploring.image),
        Route("/plot/{name}", exploring.plot),
        Mount("/static", Static(packages=[("sightline.web", "static")])),
    ]
    handlers = {RequestError: _wrong, DataError: _unusable, HTTPException: _http}
    app = Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]
    return guarded(Keyed(app, key, opened_page, closed_page), hosts)


def _wrong(request: Request, error: RequestError) -> Response:
    return _answer(request, 400, str(error))


def _unusable(request: Request, error: DataError) -> Response:
    return _answer(request, 503, str(error))


def _http(request: Request, error: HTTPException) -> Response:
    return _answer(request, error.status_code, "There is no such page." if error.status_code == 404 else error.detail)


def _answer(request: Request, status: int, problem: str) -> Response:
    if request.method == "GET" and not request.url.path.startswith("/static/"):
        return HTMLResponse(trouble_page(problem), status)
    return JSONResponse({"problem": problem}, status)
