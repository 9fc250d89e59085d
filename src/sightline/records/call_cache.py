"""What language models wrote, found by what they were asked: one SQLite file in the cache folder.

What is looked up is a hash of everything that makes a text what it is; the step that asks, addresses and paths are no
part of it. `CachedWriting` keeps a text the moment it comes, so that a process that is killed loses only what is in
flight, and the same command again asks nothing twice.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from sightline.core import ModelIdentity, TextRequest, Written
from sightline.records.public_files import cache_folder
from sightline.records.sqlite_cache import SqliteCache

__all__ = ["CallCache", "call_key"]

_VERSION = 1
_COLUMNS = {"text": "TEXT NOT NULL", "prompt_tokens": "INTEGER NOT NULL", "reply_tokens": "INTEGER NOT NULL"}


def call_key(model: ModelIdentity, request: TextRequest, image_sha256: str = "") -> str:
    """The hash under which a text is kept.

    Args:
        model: who writes; of its fields those that decide what is written.
        request: what is asked; everything but its purpose and the path of its image counts.
        image_sha256: hash of the image's bytes, where there is an image.

    Example:
        >>> model = ModelIdentity("5e", "m", "", "server", "", "")
        >>> one, other = (TextRequest(purpose, "Be brief.", "Name a dog.") for purpose in ("dogs", "names"))
        >>> call_key(model, one) == call_key(model, other)
        True
    """
    who = [model.hash, model.engine, model.dtype, model.attention]
    schema = None if request.schema is None else dict(request.schema)
    what = [request.system, request.prompt, schema, image_sha256]
    how = [request.max_new_tokens, request.temperature, request.attempt]
    return hashlib.sha256(json.dumps([_VERSION, who, what, how]).encode()).hexdigest()


class CallCache:
    """The texts of earlier calls.

    Args:
        path: the file; in the cache folder where None.

    Raises:
        DataError: the file is no such cache, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_folder() / "calls.sqlite"
        self._kept = SqliteCache(self.path, "the cache of calls", "calls", _COLUMNS, _VERSION)

    def find(self, keys: Iterable[str]) -> dict[str, Written]:
        """The texts that are kept under any of these keys, as cached ones.

        Raises:
            DataError: the file cannot be read.
        """
        rows = self._kept.find(keys)
        return {key: Written(text, "", asked, replied, cached=True) for key, text, asked, replied in rows}

    def keep(self, texts: Mapping[str, Written]) -> None:
        """Keep texts, all or none of them; what is kept already stays as it is, and problems are not kept.

        Raises:
            DataError: the file cannot be written.
        """
        good = {key: written for key, written in texts.items() if not written.problem}
        self._kept.keep((key, made.text, made.prompt_tokens, made.reply_tokens) for key, made in good.items())

    def close(self) -> None:
        """Close the file."""
        self._kept.close()

    def __enter__(self) -> "CallCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
