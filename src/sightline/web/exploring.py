"""What can be asked of the exploring page: the overview, replies that a filter lets through, images, a second look."""

import sys
from dataclasses import fields
from functools import cached_property
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sightline.errors import DataError
from sightline.evaluation.browsing import Browser, Filter
from sightline.web.bodies import Wish
from sightline.web.checking import Checking
from sightline.web.exploring_pages import audit_page, overview_page, replies_page
from sightline.web.overview import Overview
from sightline.web.shots import Shots

__all__ = ["Explored", "Exploring"]

_AN_IMAGE_STAYS = "private, max-age=3600"


class Explored(NamedTuple):
    """What the page is about.

    Args:
        browser: the replies.
        overview: their scores.
        shots: the images.
        checking: the audit that labels are checked in, where one was named.
        how_to_audit: what to type to begin one; nothing where people cannot check labels of this benchmark.
    """

    browser: Browser
    overview: Overview
    shots: Shots
    checking: Checking | None = None
    how_to_audit: tuple[str, ...] = ()


class Exploring:
    """The pages and what they ask for.

    Args:
        explored: what they are about.
    """

    def __init__(self, explored: Explored) -> None:
        self._explored = explored

    def overview(self, _request: Request) -> Response:
        """Models, scores and plots."""
        return HTMLResponse(self._overview)

    @cached_property
    def _overview(self) -> str:
        browser, overview, shots, checking, how = self._explored
        return overview_page(browser, overview, shots, checking, bool(how))

    def replies(self, request: Request) -> Response:
        """One page of what a filter lets through.

        Raises:
            RequestError: the address names what is not there.
        """
        browser, _, shots, checking, how = self._explored
        given = request.query_params
        wanted = Filter(**{field.name: given.get(field.name, "") for field in fields(Filter)})
        page = int(given["page"]) if given.get("page", "").isascii() and given.get("page", "").isdigit() else 1
        return HTMLResponse(replies_page(browser, wanted, page, shots, checking, bool(how)))

    def audit(self, _request: Request) -> Response:
        """How labels come to be checked."""
        return HTMLResponse(audit_page(self._explored.checking, self._explored.how_to_audit))

    def image(self, request: Request) -> Response:
        """An image."""
        try:
            picture = self._explored.shots.of(request.path_params["key"])
        except DataError as error:
            print(f"sightline: {error}", file=sys.stderr, flush=True)
            return JSONResponse({"problem": str(error)}, 404)
        if picture is None:
            return JSONResponse({"problem": "There is no such image."}, 404)
        return Response(picture.data, media_type=picture.kind, headers={"cache-control": _AN_IMAGE_STAYS})

    def plot(self, request: Request) -> Response:
        """A plot."""
        drawn = self._explored.overview.plot(request.path_params["name"])
        if drawn is None:
            return JSONResponse({"problem": "There is no such plot."}, 404)
        return Response(drawn, media_type="image/png")

    def check(self, _request: Request, wish: Wish) -> Response:
        """Put the item of a question at the head of the audit's queue."""
        checking = self._explored.checking
        if checking is None:
            return JSONResponse({"problem": "No audit was named when this page was started (--audit WHERE)."}, 409)
        asked = checking.ask(wish.question)
        if asked is None:
            return JSONResponse({"problem": "The audit does not look at this question."}, 404)
        told = "Put into the queue" if asked.is_open else "Not put into the queue: nobody is left to be given it"
        waits = f"{asked.waiting:,} asked for now {'waits' if asked.waiting == 1 else 'wait'}"
        return JSONResponse({"said": f"{told}; {waits}.", "open": asked.is_open, "waiting": asked.waiting})
