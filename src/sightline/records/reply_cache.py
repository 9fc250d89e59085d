"""Replies that any run may use again, found by content: one SQLite file in the cache folder.

What is looked up is a hash of everything that makes a reply what it is; the paths of models and images, the benchmark
and the batch it was asked in are no part of it. Several processes may use the file at once (write-ahead log), which
network file systems do not support: put ``$SIGHTLINE_CACHE`` on a local disk.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sightline.core import Asking, ModelIdentity, Said
from sightline.records.public_files import cache_folder
from sightline.records.sqlite_cache import SqliteCache

__all__ = ["ReplyCache", "reply_key"]

_VERSION = 1
_COLUMNS = {"text": "TEXT NOT NULL", "log_probs": "TEXT NOT NULL"}


def reply_key(
    model: ModelIdentity,
    image_sha256: str,
    prompt: str,
    asking: Asking,
    sample: int = 0,
    question_id: str = "",
    options: Sequence[str] = (),
) -> str:
    """The hash under which a reply is kept.

    Args:
        model: who replies; of its fields those that decide what is said.
        image_sha256: hash of the image's bytes.
        prompt: what is asked, whole.
        asking: how; of its settings those that decide what is said.
        sample: which of several samples.
        question_id: the question, where replies are sampled: the same prompt is then drawn anew for every question.
        options: what the prompt offers, where the model chooses among that.
    """
    if asking.options:
        settings: dict[str, Any] = {"options": list(options), "by": asking.options}
    elif asking.choices:
        settings = {"choices": asking.choices}
    elif asking.greedy:
        settings = {"max_new_tokens": asking.max_new_tokens}
    else:
        settings = {
            "max_new_tokens": asking.max_new_tokens,
            "temperature": asking.temperature,
            "top_p": asking.top_p,
            "seed": asking.seed,
            "sample": sample,
            "question": question_id,
        }
    who = [model.hash, model.engine, model.dtype, model.attention]
    return hashlib.sha256(json.dumps([_VERSION, who, image_sha256, prompt, settings]).encode()).hexdigest()


class ReplyCache:
    """The replies of earlier runs.

    Args:
        path: the file; in the cache folder where None.

    Raises:
        DataError: the file is no reply cache, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_folder() / "replies.sqlite"
        self._kept = SqliteCache(self.path, "the reply cache", "replies", _COLUMNS, _VERSION)

    def find(self, keys: Iterable[str]) -> dict[str, Said]:
        """The replies that are kept under any of these keys; which sample each is, the caller knows.

        Raises:
            DataError: the file cannot be read.
        """
        try:
            return {key: Said(text, tuple(json.loads(log_probs))) for key, text, log_probs in self._kept.find(keys)}
        except ValueError as error:
            raise self._kept.broken(error) from error

    def keep(self, replies: Mapping[str, Said]) -> None:
        """Keep replies, all or none of them; what is kept already stays as it is.

        Raises:
            DataError: the file cannot be written.
        """
        self._kept.keep((key, said.text, json.dumps(said.log_probs)) for key, said in replies.items())

    def close(self) -> None:
        """Close the file."""
        self._kept.close()

    def __enter__(self) -> "ReplyCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
