"""A small audit of rendered scenes, and its server in a thread, which can be stopped and started again."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from sightline.audit.contents import About
from sightline.audit.items import Item
from sightline.audit.people import Role
from sightline.audit.store import Store
from sightline.core import Presence
from sightline.scenes.rendered import render_scenes
from sightline.web.application import application
from sightline.web.entering import enter_link
from sightline.web.pictures import Pictures
from sightline.web.serving import address_of, allowed_hosts, listen, server_of

PEOPLE = {"Ann": Role.LABELLER, "Bob": Role.LABELLER, "Cy": Role.ADJUDICATOR, "Di": Role.BOTH}
SCENES = 3
THINGS = ("dog", "cat", "boat", "moon", "cup")
CHOICES = ("a red moon beside a tree", "a blue cup", "a green boat that lies upside down on the shore", "none of these")


@cache
def _rendered() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    render_scenes(Path(folder.name) / "scenes", n=SCENES)
    return folder


def scenes(folder: Path) -> Path:
    """A folder of a few rendered images."""
    return shutil.copytree(Path(_rendered().name) / "scenes" / "images", folder / "images")


def items(count: int, choices: bool = False) -> list[Item]:
    """Questions of yes or no about the scenes; before them, one with choices."""
    names = [f"scene_{n:06d}.png" for n in range(SCENES)]
    asked = [
        Item(
            f"i{n}",
            names[n % SCENES],
            f"Is there a {THINGS[n % len(THINGS)]} in the image, number {n}?",
            Presence(f"thing {n}"),
            (),
            "yes",
            ("adversarial",),
            (f"adversarial/{n}",),
        )
        for n in range(count)
    ]
    chosen = Item("c0", names[1], "Which of these is in the image?", None, CHOICES, "A", ("finer",), ("finer/0",))
    return [chosen, *asked] if choices else asked


def make_audit(
    where: str | Path, images: Path, count: int = 8, choices: bool = False, wording: str = ""
) -> dict[str, str]:
    """Make an audit whose items are given in their order.

    Returns:
        Name → token.
    """
    asked = items(count, choices)
    about = About("pope", "pope", wording, str(images), control_every=1000)
    with Store.create(where, about, asked) as store:
        tokens = {name: store.add_person(name, role) for name, role in PEOPLE.items()}
        store.set_order([(item.key, 1.0) for item in asked], ["secret-model"], "in their order")
    return tokens


class Served:
    """A running server.

    Args:
        where: the audit's file.
        tokens: name → token.
    """

    def __init__(self, where: Path, tokens: dict[str, str]) -> None:
        self.where = where
        self.tokens = tokens
        self._port = 0
        self.start()

    def start(self) -> None:
        """Start, at the same port as before."""
        self.store = Store.open(self.where, serving=True)
        listening = listen("127.0.0.1", self._port)
        self.address = address_of(listening, "127.0.0.1")
        self._port = listening.getsockname()[1]
        pictures = Pictures(str(self.store.about.images), self.store.items())
        self._server = server_of(application(self.store, pictures, allowed_hosts("127.0.0.1")))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._listening = listening
        self._thread.start()

    def stop(self) -> None:
        """Stop, and close the audit."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()
        self.store.close()

    def link(self, name: str) -> str:
        """The link that somebody was given."""
        return enter_link(self.address, self.tokens[name])


@contextmanager
def served(folder: Path, **how: Any) -> Iterator[Served]:
    """Serve a new audit."""
    where = folder / "audit.sqlite"
    running = Served(where, make_audit(where, scenes(folder), **how))
    try:
        yield running
    finally:
        running.stop()
