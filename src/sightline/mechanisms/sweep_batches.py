"""The work of a sweep, a batch of images at a time: by this process, or by whoever else has the model."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sightline.core import Asking, ImageGroup, ModelIdentity
from sightline.mechanisms.means import Gathering
from sightline.mechanisms.presupposing import presupposing
from sightline.mechanisms.screening import estimate_effects
from sightline.mechanisms.sweep import Asked, SweepSettings, Swept, drafts_of, sweep_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout, head_layout
from sightline.models.transformers import TransformersModel

if TYPE_CHECKING:
    from sightline.mechanisms.sweep_run import SweepPlan

__all__ = ["Batch", "Estimates", "Sweeping", "SweptHere", "ask_images"]

_BATCH_IMAGES = {"cuda": 8}
_BATCH_IMAGES_ELSEWHERE = 2
"""Images swept together: what a process that is killed has to do again."""

Batch = Sequence[str]
"""The names of images that are taken together."""

Estimates = list[tuple[str, list[float]]]
"""Ids of questions, each with the estimate of every head."""


@runtime_checkable
class Sweeping(Protocol):
    """Whoever sweeps batches of images."""

    @property
    def identity(self) -> ModelIdentity:
        """The whole model's."""
        ...

    @property
    def layout(self) -> HeadLayout:
        """Where its heads are."""
        ...

    @property
    def batch_images(self) -> int:
        """Images that it takes together, where nobody says how many."""
        ...

    def gathered(self, plan: "SweepPlan", settings: SweepSettings, batches: Sequence[Batch]) -> HeadOutputs:
        """What heads hand on over all prompts, taken in order."""
        ...

    def estimated(
        self, plan: "SweepPlan", settings: SweepSettings, batches: Iterable[Batch], outputs: HeadOutputs
    ) -> Iterator[Estimates]:
        """Estimates of all heads, a batch at a time, in whatever order."""
        ...

    def swept(
        self,
        plan: "SweepPlan",
        settings: SweepSettings,
        batches: Iterable[Batch],
        heads: Sequence[Head],
        outputs: HeadOutputs,
    ) -> Iterator[list[Swept]]:
        """Prompts without each of the heads, a batch at a time, in whatever order."""
        ...


class SweptHere:
    """A model in this process that sweeps; a `Sweeping`.

    Args:
        model: the whole model.

    Raises:
        RequestError: its heads cannot be found.
    """

    def __init__(self, model: TransformersModel) -> None:
        self.model = model
        self.layout = head_layout(model.model, model.family)
        self.batch_images = _BATCH_IMAGES.get(model.model.device.type, _BATCH_IMAGES_ELSEWHERE)

    @property
    def identity(self) -> ModelIdentity:
        """The model's."""
        return self.model.identity

    def gathered(self, plan: "SweepPlan", settings: SweepSettings, batches: Sequence[Batch]) -> HeadOutputs:
        """What heads hand on over all prompts, taken in order.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts.
        """
        gathering = Gathering(self.model)
        for batch in batches:
            for asked in self._asked(plan, batch, settings):
                gathering.add(asked)
        return gathering.done()

    def estimated(
        self, plan: "SweepPlan", settings: SweepSettings, batches: Iterable[Batch], outputs: HeadOutputs
    ) -> Iterator[Estimates]:
        """Estimates of all heads, a batch at a time.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts.
        """
        for batch in batches:
            new: Estimates = []
            for asked in self._asked(plan, batch, settings):
                values = estimate_effects(self.model, asked, settings, outputs)
                ids = [prompt.question_id for one in asked for prompt in one.prompts]
                new += zip(ids, values.tolist(), strict=True)
            yield new

    def swept(
        self,
        plan: "SweepPlan",
        settings: SweepSettings,
        batches: Iterable[Batch],
        heads: Sequence[Head],
        outputs: HeadOutputs,
    ) -> Iterator[list[Swept]]:
        """Prompts without each of the heads, a batch at a time.

        Raises:
            DataError: an image cannot be read.
            RequestError: the images of this family cannot be shared by their prompts.
        """
        known = presupposing(plan.benchmark)
        for batch in batches:
            swept: list[Swept] = []
            for asked in self._asked(plan, batch, settings):
                swept += sweep_images(self.model, asked, heads, known, settings, outputs)
            yield swept

    def _asked(self, plan: "SweepPlan", names: Batch, settings: SweepSettings) -> Iterator[list[Asked]]:
        asking = Asking(max_new_tokens=settings.max_new_tokens)
        return ask_images(self.model, plan, names, asking, patch=settings.kind == "patch")


def ask_images(
    model: TransformersModel, plan: "SweepPlan", names: Sequence[str], asking: Asking, patch: bool = False
) -> Iterator[list[Asked]]:
    """Images of a plan with the whole model's replies to their prompts, those of one signature together.

    Args:
        model: the whole model.
        plan: which prompts.
        names: of the images.
        asking: how replies are made.
        patch: prepare the prompts that say the truth as well.

    Raises:
        DataError: an image cannot be read.
        RequestError: the images of this family cannot be shared by their prompts.
    """
    by_image = plan.by_image
    by_signature: dict[str, list[Asked]] = {}
    for name in names:
        prompts, file = by_image[name], plan.images[name]
        group = model.prepared(ImageGroup(file, tuple(p.prompt for p in prompts)), asking)
        matching = model.prepared(ImageGroup(file, tuple(p.matching for p in prompts)), asking) if patch else None
        by_signature.setdefault(repr(group.signature), []).append(Asked(group, prompts, (), matching))
    for asked in by_signature.values():
        groups, prompts_of = [one.group for one in asked], [one.prompts for one in asked]
        drafts = drafts_of(model, groups, prompts_of, presupposing(plan.benchmark), asking)
        yield [one._replace(drafts=own) for one, own in zip(asked, drafts, strict=True)]
