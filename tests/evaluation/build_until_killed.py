"""Build FINER with a judge that writes down, prompt by prompt, what it is asked; the test kills this process."""

import os
import sys
import time
from pathlib import Path

from sightline.evaluation.build_finer import FinerBuild, Models, build_finer
from sightline.models.scripted import ScriptedModel
from sightline.records.cached_replying import CachedReplying
from sightline.records.reply_cache import ReplyCache


def main(source: str, images: str, out: str, cache: str, log: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def reply(image: str, prompt: str) -> str:
        os.write(written, f"{image}\t{prompt.replace(chr(10), '|')}\n".encode())
        time.sleep(0.0003)
        return "A"

    with ReplyCache(Path(cache)) as kept:
        judge = CachedReplying(ScriptedModel(reply), kept)
        build_finer(source, out, FinerBuild(threshold=1.0), Models(None, judge, Path(images)))


if __name__ == "__main__":
    main(*sys.argv[1:])
