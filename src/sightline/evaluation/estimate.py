"""What a measurement will take, before any model is loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import TextRequest
from sightline.errors import DataError
from sightline.evaluation.task import Task
from sightline.models.costs import Estimated, Price
from sightline.models.costs import estimate as estimated
from sightline.records.run_folder import is_run_folder, read_about

__all__ = ["Estimate", "asked_of_server", "estimate"]

_CHARACTERS_A_TOKEN = 4
"""Of English, about; the tokens of images depend on the model and are not counted."""


class Estimate(NamedTuple):
    """What a measurement will take.

    Args:
        questions: the questions that are answered.
        distinct: the prompts that are asked.
        images: the images they are about.
        missing: images that are not there.
        batches: how many batches that makes.
        question_tokens: tokens of the prompts without the images, about.
        reply_tokens: tokens that are generated, at most.
        seconds: how long it will take; None where no run of this model tells.
        rate_from: the run folder that tells.
    """

    questions: int
    distinct: int
    images: int
    missing: int
    batches: int
    question_tokens: int
    reply_tokens: int
    seconds: float | None = None
    rate_from: Path | None = None


def estimate(what: Task, model: str, out: str | Path, batch_images: int, batch_rows: int) -> Estimate:
    """Estimate what a measurement will take.

    Args:
        what: what is asked.
        model: its name; complete runs of a model of this name beside the run folder tell how fast it is.
        out: the run folder.
        batch_images: images of a batch.
        batch_rows: prompts of a batch, at most.
    """
    plan, asking = what.plan, what.asking
    characters = sum(len(ask.prompt) for ask in plan.asks)
    replies = len(plan.asks) * asking.samples
    found = next(_rates(model, Path(out)), None)
    return Estimate(
        len(plan.questions),
        len(plan.asks),
        len(plan.images),
        len(plan.missing),
        len(plan.batches(batch_images, batch_rows)),
        round(characters / _CHARACTERS_A_TOKEN),
        0 if asking.chooses else replies * asking.max_new_tokens,
        len(plan.asks) / found[1] if found else None,
        found[0] if found else None,
    )


def asked_of_server(what: Task, price: Price | None = None) -> Estimated:
    """Estimate what a server will be asked: a request for each reply, each of them with its image.

    Replies that are known already are counted like others.

    Args:
        what: what is asked.
        price: what tokens cost.
    """
    plan, asking = what.plan, what.asking
    longest = 1 if asking.chooses else asking.max_new_tokens
    times = 1 if asking.greedy else asking.samples
    requests = (
        TextRequest("replies", "", ask.prompt, image=plan.images[ask.image], max_new_tokens=longest)
        for ask in plan.asks
        for _ in range(times)
    )
    return estimated(requests, price).total


def _rates(model: str, out: Path) -> Iterator[tuple[Path, float]]:
    """Runs of a model beside the run folder, and the prompts a second that they made."""
    folders = sorted(out.parent.iterdir()) if out.parent.is_dir() else []
    for folder in (out, *folders):
        if is_run_folder(folder):
            about = _about(folder)
            rate = about.get("timings", {}).get("replies_per_s")
            if about.get("model", {}).get("name") == model and rate:
                yield folder, float(rate)


def _about(folder: Path) -> dict[str, Any]:
    try:
        return read_about(folder)
    except DataError:
        return {}  # a neighbour that cannot be read only means that nothing is known of its speed
