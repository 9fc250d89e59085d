"""What people do on the page: get items, say what they are, take it back."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sightline.audit.entries import Entry, Stage
from sightline.audit.store import Store
from sightline.errors import DataError
from sightline.web.bodies import Saying, Undoing, Wanting
from sightline.web.entering import Entrance
from sightline.web.pages import AHEAD, counts_of, item_fragments, look_page
from sightline.web.pictures import Pictures

__all__ = ["Labelling"]

_AN_IMAGE_STAYS = "private, max-age=86400, immutable"


class Labelling:
    """The page and what it asks for.

    Args:
        store: the audit.
        pictures: its images.
        entrance: who asks.
    """

    def __init__(self, store: Store, pictures: Pictures, entrance: Entrance) -> None:
        self._store = store
        self._pictures = pictures
        self._entrance = entrance

    def first(self, request: Request) -> Response:
        """Go to the page of somebody's role."""
        person = self._entrance.person(request)
        return RedirectResponse("/label" if person.role.may(Stage.LABEL) else "/decide", 303)

    def page(self, stage: Stage) -> Callable[[Request], Response]:
        """The page of a stage.

        It lends the items that stand on it: asked again, it lends the same, and stores nothing that anybody said.
        """

        def show(request: Request) -> Response:
            person = self._entrance.person(request)
            works = self._store.next_items(person.name, stage, AHEAD)
            progress = self._store.progress(person.name, stage)
            return HTMLResponse(look_page(self._store.about, person, stage, works, progress))

        return show

    def next(self, request: Request, given: Wanting) -> Response:
        """The items that come next, as parts of the page, and how far everything is."""
        person = self._entrance.person(request)
        works = self._store.next_items(person.name, given.stage, given.count)
        progress = self._store.progress(person.name, given.stage)
        html = item_fragments(self._store.about, works)
        return JSONResponse({"items": html, "counts": counts_of(progress, given.stage)._asdict()})

    def say(self, request: Request, given: Saying) -> Response:
        """Store a verdict or a skip."""
        person = self._entrance.person(request)
        about = (given.note, given.seconds, given.wording)
        if given.act == "skip":
            entry = self._store.skip(person.name, given.item, given.stage, *about, request=given.request)
        else:
            word = given.word or ""
            entry = self._store.say(person.name, given.item, given.stage, word, *about, request=given.request)
        return JSONResponse(_told(entry))

    def undo(self, request: Request, given: Undoing) -> Response:
        """Take the latest standing word of somebody back."""
        person = self._entrance.person(request)
        return JSONResponse(_told(self._store.undo(person.name, request=given.request)))

    def image(self, request: Request) -> Response:
        """The image of an item."""
        self._entrance.person(request)
        try:
            picture = self._pictures.of(request.path_params["item"])
        except DataError as error:
            print(f"sightline: {error}", file=sys.stderr, flush=True)
            return JSONResponse({"problem": _without_folders(error)}, 404)
        if picture is None:
            return JSONResponse({"problem": "There is no such item."}, 404)
        return Response(picture.data, media_type=picture.kind, headers={"cache-control": _AN_IMAGE_STAYS})


def _told(entry: Entry) -> dict[str, Any]:
    return {"number": entry.number, "item": entry.item, "stage": entry.stage, "word": entry.word}


def _without_folders(error: DataError) -> str:
    """What labellers are told; the folders of the server are not their concern."""
    name = Path(error.file or "").name
    return f"{name}: {error.problem}. {error.hint or ''}".strip()
