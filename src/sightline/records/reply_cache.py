"""Replies that any run may use again, found by content: one SQLite file in the cache folder.

What is looked up is a hash of everything that makes a reply what it is; the paths of models and images, the benchmark
and the batch it was asked in are no part of it. Several processes may use the file at once (write-ahead log), which
network file systems do not support: put ``$SIGHTLINE_CACHE`` on a local disk.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock

from sightline.core import Asking, ModelIdentity, Said
from sightline.errors import DataError
from sightline.records.public_files import cache_folder

__all__ = ["ReplyCache", "reply_key"]

_VERSION = 1
_WAIT_S = 60.0
_AT_ONCE = 500


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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._broken(error) from error
        try:
            self._prepare()
        except BaseException:
            self._file.close()
            raise

    def _prepare(self) -> None:
        try:
            (version,) = self._file.execute("PRAGMA user_version").fetchone()
            if version == 0:
                # SQLite does not wait where several processes turn on the log of a new file at once
                with FileLock(self.path.with_suffix(".lock"), timeout=_WAIT_S):
                    self._file.execute("PRAGMA journal_mode = WAL")
                    self._file.execute(
                        "CREATE TABLE IF NOT EXISTS replies "
                        "(key TEXT PRIMARY KEY, text TEXT NOT NULL, log_probs TEXT NOT NULL) WITHOUT ROWID"
                    )
                    self._file.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise self._broken(f"it is of version {version}, expected {_VERSION}")
            self._file.execute("PRAGMA synchronous = NORMAL")
        except (OSError, sqlite3.Error) as error:
            raise self._broken(error) from error

    def _broken(self, problem: object) -> DataError:
        hint = "Delete the file, set $SIGHTLINE_CACHE to another folder, or go without the cache: --no-cache."
        return DataError(f"the reply cache cannot be used ({problem})", file=self.path, hint=hint)

    def find(self, keys: Iterable[str]) -> dict[str, Said]:
        """The replies that are kept under any of these keys; which sample each is, the caller knows.

        Raises:
            DataError: the file cannot be read.
        """
        wanted, found = list(keys), dict[str, Said]()
        try:
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, text, log_probs FROM replies WHERE key IN ({marks})"
                for key, text, log_probs in self._file.execute(query, some):
                    found[key] = Said(text, tuple(json.loads(log_probs)))
        except (sqlite3.Error, ValueError) as error:
            raise self._broken(error) from error
        return found

    def keep(self, replies: Mapping[str, Said]) -> None:
        """Keep replies, all or none of them; what is kept already stays as it is.

        Raises:
            DataError: the file cannot be written.
        """
        rows = [(key, said.text, json.dumps(said.log_probs)) for key, said in replies.items()]
        try:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", rows)
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "ReplyCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
