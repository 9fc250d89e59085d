"""The server: one process, one audit, on this machine unless somebody says otherwise."""

import ipaddress
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from sightline.audit.store import Store
from sightline.errors import RequestError
from sightline.web.application import application
from sightline.web.pictures import Pictures

__all__ = ["DEFAULT_PORT", "address_of", "allowed_hosts", "listen", "open_pictures", "run", "serve", "server_of"]

DEFAULT_PORT = 8642

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_FINISH_S = 5


def serve(
    where: str | Path,
    images: str | Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    names: Iterable[str] = (),
    allow_remote: bool = False,
    ready: Callable[[Store, str], None] = lambda store, address: None,
) -> None:
    """Serve the labelling page of an audit until the process is told to stop (Ctrl+C, SIGTERM).

    Args:
        where: the audit's file, or the URL of its PostgreSQL database.
        images: the folder of its images, where they are not where they were.
        host: the address to listen at.
        port: the port; 0: any that is free.
        names: names by which others reach this machine.
        allow_remote: whether machines other than this one may reach the page.
        ready: told the audit and the page's address once it can be opened.

    Raises:
        RequestError: another server works on the audit, the port is taken, or the address is open to others.
        DataError: the audit or its images cannot be read.
    """
    hosts = allowed_hosts(host, names, allow_remote)
    with Store.open(where, serving=True) as store:
        pictures = open_pictures(store, images)
        with listen(host, port) as listening:
            server = server_of(application(store, pictures, hosts))
            ready(store, address_of(listening, host, names))
            run(server, listening)


def allowed_hosts(host: str, names: Iterable[str] = (), allow_remote: bool = False) -> tuple[str, ...]:
    """The names that the server answers to.

    Raises:
        RequestError: the address can be reached from other machines, and nobody said that this is meant.

    Example:
        >>> allowed_hosts("127.0.0.1")
        ('127.0.0.1', 'localhost', '[::1]')
    """
    names = tuple(names)
    if not allow_remote:
        if not _is_loopback(host):
            raise RequestError(
                f"--host {host} can be reached from other machines. If that is meant, add --allow-remote. Whoever "
                "listens on the network could read links and verdicts: put a proxy with HTTPS before it, or use an SSH "
                "tunnel."
            )
        if names:
            raise RequestError(f"--name {names[0]} is for machines other than this one; add --allow-remote.")
    if _is_everywhere(host):
        if not names:
            raise RequestError(
                f"--host {host} listens at all addresses of this machine. Say by which names it is reached: --name "
                "labels.example.org, or --name 192.168.0.7."
            )
        return tuple(dict.fromkeys((*_LOOPBACK, *map(_bracketed, names))))
    return tuple(dict.fromkeys((*_LOOPBACK, _bracketed(host), *map(_bracketed, names))))


def open_pictures(store: Store, images: str | Path | None) -> Pictures:
    """The images of an audit, all of which must be there.

    Raises:
        RequestError: nobody has said where they are.
        DataError: they are not there.
    """
    folder = images or store.about.images
    if folder is None:
        raise RequestError("Nobody has said where the images are. Name their folder: --images FOLDER.")
    pictures = Pictures(folder, store.items())
    if images is not None:
        store.moved_images(Path(images).resolve())
    return pictures


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address.

    Raises:
        RequestError: that is not possible.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=256)
        # connections inherit it; without it the body of an answer waits 40 ms for the receipt of its head
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError) as error:
        raise RequestError(
            f"Nothing can listen at {host}, port {port} ({getattr(error, 'strerror', None) or error}). Choose another "
            "port: --port."
        ) from error


def address_of(listening: socket.socket, host: str, names: Iterable[str] = ()) -> str:
    """The address of the page, as people type it."""
    name = next(iter(names), "127.0.0.1" if _is_everywhere(host) else host)
    return f"http://{_bracketed(name)}:{listening.getsockname()[1]}"


def server_of(app: ASGIApp) -> uvicorn.Server:
    """A server that writes no addresses into logs, believes no proxy who a request is from, and ends in good order."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_FINISH_S,
        )
    )


def run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Run until a signal comes; uvicorn finishes what is under way and raises the signal again."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return host == ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
