"""Make FINER-Tuning's pairs with a language model; the test kills this process."""

import sys
from pathlib import Path

from sightline.models.chat_client import ChatClient
from sightline.preferences.finer.run import Using, make_finer_pairs
from sightline.records.cached_writing import CachedWriting
from sightline.records.call_cache import CallCache

AT_ONCE = 4


def main(source: str, address: str, out: str, cache: str) -> None:
    with ChatClient(address, "tiny", at_once=AT_ONCE) as client, CallCache(Path(cache)) as kept:
        make_finer_pairs(source, out, using=Using(CachedWriting(client, kept)))


if __name__ == "__main__":
    main(*sys.argv[1:])
