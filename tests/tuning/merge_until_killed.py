"""Merge an adapter, and stop for good before the second file of weights; the test kills this process."""

import sys
import time

from sightline.tuning.merging import merge


def main(adapter: str, base: str, out: str) -> None:
    def progress(done: int, total: int) -> None:
        if done == 1:
            print("one is done", flush=True)
            time.sleep(600)

    merge(adapter, out, base=base, progress=progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
