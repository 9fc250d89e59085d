"""Images that have an address each, fetched one after the other into a folder.

Benchmarks that list addresses lose images over the years. What cannot be had is told by name with its reason, and
nothing stands in for it. What is in the folder is not fetched again.
"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sightline.errors import FetchError
from sightline.records.atomic import write_bytes

if TYPE_CHECKING:
    import requests

__all__ = ["IMAGES", "Fetched", "fetch_images"]

IMAGES = "images"
"""What those are told who want to know how far it is."""

_OFFLINE_AFTER = 5
"""So many images in a row of which no server answers, and none before: there is no network."""

_GONE = "photo_unavailable"
"""What Flickr shows in place of a photograph that was taken down."""

_BUSY = (429, 500, 502, 503, 504)


class Fetched(NamedTuple):
    """What came of it.

    Args:
        fetched: how many images were fetched.
        there: how many were there already.
        missing: name of each image that could not be fetched → why.
    """

    fetched: int
    there: int
    missing: Mapping[str, str]


class _NoAnswerError(Exception):
    """No server answered."""


class _NotHadError(Exception):
    """The image cannot be had from its address."""


def fetch_images(
    addresses: Mapping[str, str], out: Path, told: Callable[[str, int, int], None] | None = None
) -> Fetched:
    """Fetch images into a folder.

    Args:
        addresses: name of each image → its address; "" where it has none.
        out: the folder.
        told: told what is being done, how many images are done, and of how many.

    Raises:
        FetchError: there is no network.
        DataError: an image cannot be written.
    """
    fetched = there = 0
    unanswered: list[str] = []
    missing: dict[str, str] = {}
    with _session() as session:
        for place, (name, address) in enumerate(addresses.items(), start=1):
            if told:
                told(IMAGES, place, len(addresses))
            if (hindrance := _hindrance(name, address)) is not None:
                missing[name] = hindrance
                continue
            if (out / name).is_file():
                there += 1
                continue
            try:
                write_bytes(out / name, _image_at(address, session), settled=False)
                fetched += 1
            except _NotHadError as why:
                missing[name] = f"{why}: {address}"
            except _NoAnswerError as why:
                missing[name] = f"{why}: {address}"
                unanswered.append(address)
                if not fetched and len(unanswered) == _OFFLINE_AFTER == len(missing):
                    hosts = ", ".join(sorted({urlsplit(each).netloc for each in unanswered}))
                    raise FetchError(
                        f"No image could be fetched: there is no answer from {hosts}. Without a network, fetch them on "
                        "a machine that has one and give their folder: --images FOLDER"
                    ) from None
    return Fetched(fetched, there, missing)


def _hindrance(name: str, address: str) -> str | None:
    """Why an image is not even asked for."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return "its name leads out of the folder"
    if not address.startswith(("http://", "https://")):
        return f"its address is {address!r}" if address else "no address is known"
    return None


def _session() -> "requests.Session":
    """A session that asks a busy server again, and never one that does not answer."""
    # Loaded here: requests takes a tenth of a second that only those who fetch need.
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    session.headers["User-Agent"] = "sightline (fetches the images of a benchmark)"
    again = Retry(total=3, connect=0, read=0, backoff_factor=1, status_forcelist=_BUSY, raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=again))
    return session


def _image_at(address: str, session: "requests.Session") -> bytes:
    """The bytes of an image, of which it was seen that they are one."""
    from PIL import Image
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import RequestException, Timeout

    try:
        answer = session.get(address, timeout=30)
    except (NoConnection, Timeout) as error:
        raise _NoAnswerError(f"no answer ({type(error).__name__})") from None
    except RequestException as error:
        raise _NotHadError(f"cannot be fetched ({type(error).__name__})") from None
    if not answer.ok:
        raise _NotHadError(f"the server says {answer.status_code} {answer.reason}".rstrip())
    if _GONE in answer.url:
        raise _NotHadError("taken down: Flickr shows its notice instead")
    try:
        with Image.open(io.BytesIO(answer.content)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        kind = answer.headers.get("Content-Type", "nothing named")
        raise _NotHadError(f"what came is no whole image ({kind}, {len(answer.content):,} bytes)") from None
    return answer.content
