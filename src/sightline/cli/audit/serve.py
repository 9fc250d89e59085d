"""``sightline audit serve``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli.audit.stores import Where, command, shown

if TYPE_CHECKING:
    from sightline.audit.store import Store

__all__ = ["register"]

_flag = Parameter(negative="", show_default=False)


def register(app: App) -> None:
    """Add the verb."""
    app.command(serve)


def serve(
    where: Where,
    *,
    images: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8642,
    name: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="", show_default=False)] = None,
    allow_remote: Annotated[bool, _flag] = False,
) -> None:
    """Serve the page on which people label and decide, until Ctrl+C.

    It listens on this machine only. From elsewhere it is best reached through an SSH tunnel, or a proxy with HTTPS.

    Parameters
    ----------
    images
        The folder of the images, where it was not named before, or has moved.
    host
        The address to listen at.
    port
        The port; 0: any that is free.
    name
        Names by which other machines reach this one, for example labels.example.org.
    allow_remote
        Let other machines reach the page. Everybody still needs a link of their own.
    """
    from sightline.web.serving import serve as serve_page

    def ready(store: "Store", address: str) -> None:
        taking_part = [person for person in store.people() if not person.revoked]
        print(f"The page is at {address} (Ctrl+C stops it).")
        print(f"{len(taking_part)} people take part; each opens a link of their own.")
        print(f"New people:  {command('people', 'add', shown(where), 'NAME')} --address {address}")
        print(f"Lost links:  {command('people', 'link', shown(where), 'NAME')} --address {address}")
        if allow_remote:
            print("Other machines reach this page. Without HTTPS before it, the network can read links and verdicts.")
        print(end="", flush=True)

    serve_page(where, images, host=host, port=port, names=name or (), allow_remote=allow_remote, ready=ready)
    print("\nStopped. All that was acknowledged is stored.")
