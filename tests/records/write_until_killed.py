"""Write with a model that notes what it is asked, and note what is handed over; the test kills this process."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from sightline.core import ModelIdentity, TextRequest, Totals, Written
from sightline.records.cached_writing import CachedWriting
from sightline.records.call_cache import CallCache

AT_ONCE = 8


class Noting:
    """A model that writes down what it is asked, some requests before it replies to the first of them."""

    identity = ModelIdentity("5e", "noting", "", "none", "none", "none")
    totals = Totals()

    def __init__(self, log: int) -> None:
        self.log = log

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        numbered = enumerate(requests)
        while some := list(islice(numbered, AT_ONCE)):
            os.write(self.log, "".join(f"asked {request.prompt}\n" for _, request in some).encode())
            for place, request in reversed(some):
                time.sleep(0.0005)
                yield place, Written(request.prompt.upper(), "", 3, 2)


def main(cache: str, log: str, count: str) -> None:
    noted = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    requests = [TextRequest("names", "", f"p{n}") for n in range(int(count))]
    with CallCache(Path(cache)) as kept:
        for place, written in CachedWriting(Noting(noted), kept).write(requests):
            os.write(noted, f"written {requests[place].prompt} {written.text}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
