"""Label what comes, and note every verdict once it is stored; the test kills this process."""

import os
import sys

from sightline.audit.entries import Stage
from sightline.audit.store import Store


def main(where: str, person: str, log: str) -> None:
    noted = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with Store.open(where, serving=True) as store:
        while works := store.next_items(person, Stage.LABEL, 3):
            entry = store.say(person, works[0].item, Stage.LABEL, "yes", request=works[0].item)
            os.write(noted, f"{entry.number} {entry.item}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
