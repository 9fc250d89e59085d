"""A model whose replies are kept: what it was asked before, about the same image, it is not asked again."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Replying, Said
from sightline.records.json_rows import read_bytes
from sightline.records.reply_cache import ReplyCache, reply_key

__all__ = ["CachedReplying"]

_Found = tuple[Said, ...] | None


class CachedReplying:
    """A model that replies only to what is not in a cache, and keeps its replies batch by batch.

    Args:
        model: the model.
        cache: what is known.
    """

    def __init__(self, model: Replying, cache: ReplyCache) -> None:
        self.model = model
        self.cache = cache
        self._images: dict[Path, str] = {}

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self.model.identity

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to batches of image groups; see `Replying`.

        Raises:
            DataError: an image or the cache cannot be read, or the cache not written.
            RequestError: the model cannot do what is asked.
        """
        looked_up: deque[_Batch] = deque()

        def unknown() -> Iterator[list[ImageGroup]]:
            for batch in batches:
                looked_up.append(self._look_up(batch, asking))
                yield looked_up[-1].left

        for replied in self.model.reply(unknown(), asking):
            batch = looked_up.popleft()
            self.cache.keep(batch.take(replied))
            yield batch.replies

    def _look_up(self, groups: Sequence[ImageGroup], asking: Asking) -> "_Batch":
        keys = [self._keys(group, asking) for group in groups]
        found = self.cache.find([key for of in keys for own in of for key in own])
        return _Batch(groups, keys, found)

    def _keys(self, group: ImageGroup, asking: Asking) -> list[list[str]]:
        """For each prompt the keys of its samples."""
        sha256 = "" if group.image is None else self._sha256(group.image)
        samples = range(1 if asking.chooses else asking.samples)
        options = group.options or ((),) * len(group.prompts)
        return [
            [reply_key(self.identity, sha256, prompt, asking, n, "", own) for n in samples]
            for prompt, own in zip(group.prompts, options, strict=True)
        ]

    def _sha256(self, image: Path) -> str:
        if image not in self._images:
            self._images[image] = hashlib.sha256(read_bytes(image)).hexdigest()
        return self._images[image]


class _Batch:
    """A batch of which some replies are known."""

    def __init__(self, groups: Sequence[ImageGroup], keys: list[list[list[str]]], found: dict[str, Said]) -> None:
        self._keys = keys
        self._known: list[list[_Found]] = [
            [tuple(found[key] for key in own) if all(key in found for key in own) else None for own in of]
            for of in keys
        ]
        self.left = [
            _only(group, [place for place, said in enumerate(known) if said is None])
            for group, known in zip(groups, self._known, strict=True)
            if None in known
        ]

    def take(self, replied: tuple[Replies, ...]) -> dict[str, Said]:
        """Put what the model said into its places, and give it by key."""
        new: dict[str, Said] = {}
        left = iter(replied)
        for known, keys in zip(self._known, self._keys, strict=True):
            if None not in known:
                continue
            own = iter(next(left))
            for place, said in enumerate(known):
                if said is None:
                    known[place] = fresh = next(own)
                    new |= dict(zip(keys[place], fresh, strict=True))
        return new

    @property
    def replies(self) -> tuple[Replies, ...]:
        """All replies of the batch."""
        return tuple(tuple(said for said in known if said is not None) for known in self._known)


def _only(group: ImageGroup, places: Sequence[int]) -> ImageGroup:
    options = tuple(group.options[place] for place in places) if group.options else ()
    return ImageGroup(group.image, tuple(group.prompts[place] for place in places), options)
