"""SENTINEL's pairs on many GPUs: every worker has the model and both detectors, and writes captions of whole images.

Candidates are drawn with a seed of image and context, so that it does not matter who writes which caption. The journal
is written by the first process alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Continuing, Drawing, ModelIdentity
from sightline.errors import RequestError
from sightline.preferences.sentinel.captions import Asked
from sightline.preferences.sentinel.loop import Done, Spent
from sightline.preferences.sentinel.objects import named_objects
from sightline.preferences.sentinel.run import SentinelSettings, captions_here
from sightline.preferences.sentinel.variants import variant
from sightline.scale.cluster import connect, share_out
from sightline.scale.crew import Crew
from sightline.scale.loading import Loading
from sightline.scale.ray_model import told_of
from sightline.scale.worker import Loads

__all__ = ["CaptionShard", "SentinelCrew", "SentinelLoading", "SentinelModel", "sentinel_crew"]

_ROUNDS = 2
"""Captions of a shard, times those that are written side by side: fewer, and few are left at each shard's end."""


@dataclass(frozen=True)
class SentinelModel:
    """What a worker holds that writes captions.

    Args:
        model: draws sentences.
        settings: the detectors, and how captions are written.
    """

    model: Continuing[Any]
    settings: SentinelSettings

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self.model.identity


@dataclass(frozen=True)
class SentinelLoading:
    """How model and detectors are loaded, wherever that is.

    Args:
        loading: how the model is.
        detectors: the names of the two that vote.
        vocabulary: which objects are read.
        drawing: how sentences are drawn.
        way: the name of the way from candidates to pairs.
        most_sentences: of a caption.
        at_once: captions written side by side by each worker.
    """

    loading: Loading
    detectors: tuple[str, str]
    vocabulary: str = "open"
    drawing: Drawing = field(default_factory=Drawing)
    way: str = "sightline"
    most_sentences: int = 20
    at_once: int = 16

    @property
    def name(self) -> str:
        """What to call the model."""
        return self.loading.name

    @property
    def device(self) -> str:
        """Where it computes."""
        return self.loading.device

    def settings(self, device: str) -> SentinelSettings:
        """The settings, with the detectors loaded on a device.

        Raises:
            RequestError: a detector, the vocabulary or the way is unknown, or cannot be loaded.
        """
        from sightline.detectors.named import detector

        return SentinelSettings(
            [detector(name, device) for name in self.detectors],
            named_objects(self.vocabulary),
            self.drawing,
            variant(self.way),
            self.most_sentences,
            self.at_once,
        )

    def load(self) -> SentinelModel:
        """Load model and detectors.

        Raises:
            RequestError: one of them cannot be loaded, or the model cannot write sentence by sentence.
        """
        from sightline.models.next_sentences import NextSentences
        from sightline.models.transformers import TransformersModel
        from sightline.preferences.sentinel.sentences import sentence_end

        model = self.loading.load()
        if not isinstance(model, TransformersModel):
            raise RequestError(f"{self.name} cannot be drawn from sentence by sentence; name a model of transformers.")
        return SentinelModel(NextSentences(model, sentence_end), self.settings(self.device))


class _Written(NamedTuple):
    """What came of the images of a shard, and what it took."""

    done: tuple[Done, ...]
    spent: Spent


@dataclass(frozen=True)
class CaptionShard:
    """Images whose captions are written.

    Args:
        asked: the images.
        folder: the folder of the images.
    """

    asked: tuple[Asked, ...]
    folder: Path

    @property
    def images(self) -> Sequence[Path]:
        """None to be looked for before: what is wrong with an image is told with it, and the others go on."""
        return ()

    def prepared(self, held: SentinelModel) -> None:
        """Nothing: images are read ahead while captions are written."""

    def answered(self, held: SentinelModel, ready: None) -> _Written:
        """Write the captions.

        Raises:
            RequestError: the model cannot do this.
        """
        spent = Spent()
        return _Written(tuple(captions_here(held.model, self.asked, self.folder, held.settings, spent)), spent)


class SentinelCrew:
    """Workers who write captions; a `sightline.preferences.sentinel.loop.Captioning`.

    Args:
        crew: the workers.
        at_once: captions written side by side by each.
    """

    def __init__(self, crew: Crew[SentinelModel], at_once: int) -> None:
        self.crew, self.at_once = crew, at_once

    @property
    def identity(self) -> ModelIdentity:
        """The model's; the details tell of the workers."""
        return told_of(self.crew)

    def captions(self, asked: Sequence[Asked], folder: Path, spent: Spent) -> Iterator[Done]:
        """Have captions written.

        Yields:
            What became of each image, a shard at a time.

        Raises:
            RequestError: the model cannot do this, or a shard's workers died again and again.
        """
        workers = len(self.crew.workers)
        size = max(1, min(_ROUNDS * self.at_once, -(-len(asked) // workers)))
        shards = (CaptionShard(tuple(asked[start : start + size]), folder) for start in range(0, len(asked), size))
        for _, written in self.crew.as_done(shards):
            spent.drawn += written.spent.drawn
            spent.tokens += written.spent.tokens
            spent.drawing_s += written.spent.drawing_s / workers  # they draw at the same time
            spent.looking_s += written.spent.looking_s / workers
            yield from written.done

    def close(self) -> None:
        """End the workers; they also end with this process."""
        self.crew.close()


def sentinel_crew(
    loading: Loads[SentinelModel], at_once: int, *, workers: int | None = None, address: str | None = None
) -> SentinelCrew:
    """Load model and detectors on every worker of a Ray cluster.

    Args:
        loading: how each worker loads them.
        at_once: captions written side by side by each.
        workers: how many, one a GPU; all GPUs of the cluster where None, or one on a cluster without any.
        address: of a cluster that runs; None: this machine alone.

    Raises:
        RequestError: Ray is not installed or not reached, or there are fewer GPUs than workers; or the model or a
            detector cannot be loaded, or is not the same everywhere.
    """
    ray = connect(address)
    return SentinelCrew(Crew(ray, loading, share_out(ray, workers, loading.device != "cpu")), at_once)
