"""``sightline audit new``."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli import options as o
from sightline.cli.audit.stores import Where, command, shown

if TYPE_CHECKING:
    from sightline.core import LabelSet, Question

__all__ = ["register"]

_many = Parameter(consume_multiple=True, negative="")


def register(app: App) -> None:
    """Add the verb."""
    app.command(new)


def new(
    where: Where,
    *,
    benchmark: str = "pope",
    labels: Annotated[list[str], _many],
    images: Path | None = None,
    wording: str = "",
    split: Annotated[list[str] | None, _many, Parameter(show_default=False)] = None,
    sample: int | None = None,
    looks: int = 2,
    control_every: int = 10,
    seed: int = 0,
) -> None:
    """Begin an audit: list every distinct question of a benchmark once, with the label that is to be checked.

    Parameters
    ----------
    benchmark
        The benchmark.
    labels
        The labels that are checked: a public name or NAME=PATH. Where they are in sightline's own format, name a set
        that lists the questions after them.
    images
        The folder of the images; it can be named when the page is served, too.
    wording
        How the question is meant, in a sentence or two that labellers read below it.
    split
        Only these splits.
    sample
        Only the questions about so many images, drawn at random.
    looks
        How many people look at each item: 2, blind to each other, or 1.
    control_every
        Of so many items that somebody is given, one belongs to the random control sample.
    seed
        What draws are made with.
    """
    from sightline.audit.contents import About
    from sightline.audit.items import items_of
    from sightline.audit.store import Store
    from sightline.benchmarks import benchmark as find_benchmark
    from sightline.cli.tables import print_named
    from sightline.evaluation.keys import check_splits, read_answer_keys

    found, splits = find_benchmark(benchmark), o.names_in(split or ())
    keys = read_answer_keys(found, o.names_in(labels))
    check_splits(found, splits, keys.questions)
    checked = keys.label_sets[0]
    asked = _sampled([each for each in keys.questions if not splits or each.split in splits], sample, seed)
    items = items_of(asked, checked)
    folder = None if images is None else _check_images(images, asked)
    about = About(
        found.name, checked.name, wording, folder, looks, seed, control_every, label_set_sha256=_sha256(checked)
    )
    with Store.create(where, about, items):
        pass
    of_images = len({item.image for item in items})
    print_named(
        {
            "audit": shown(where),
            "checks": f"{checked.name}, labels of {found.name}",
            "items": f"{len(items):,} of {of_images:,} images, for {len(asked):,} questions",
            "looks": f"{looks * len(items):,} at least",
            "next": f"{command('people', 'add', shown(where), 'NAME')}\n{command('serve', shown(where))}"
            + ("" if folder else " --images FOLDER"),
        }
    )


def _sampled(questions: "Sequence[Question]", sample: int | None, seed: int) -> "Sequence[Question]":
    """The questions about some images: all that are asked of an image, so that pairs stay together."""
    if sample is None:
        return questions
    import random

    from sightline.errors import RequestError

    names = sorted({image.name for question in questions for image in question.images})
    if not 0 < sample <= len(names):
        raise RequestError(f"--sample is {sample}; the questions are about {len(names):,} images.")
    drawn = set(random.Random(seed).sample(names, sample))
    return [question for question in questions if any(image.name in drawn for image in question.images)]


def _check_images(images: Path, asked: "Sequence[Question]") -> str:
    """The folder, which must hold all of them."""
    from sightline.errors import MissingError
    from sightline.evaluation.asking import find_images

    names = dict.fromkeys(image.name for question in asked for image in question.images)
    missing = sorted(names.keys() - find_images(images, names).keys())
    if missing:
        raise MissingError(
            f"{len(missing):,} of {len(names):,} images are not here: {', '.join(missing[:3])}",
            file=images,
            hint="Name the folder that holds them (--images FOLDER), or leave --images out for now.",
        )
    return str(images.resolve())


def _sha256(labels: "LabelSet") -> str | None:
    """The hash of the file the labels came from, or of the hashes of several."""
    hashes = [source.sha256 for source in labels.sources]
    if len(hashes) < 2:
        return hashes[0] if hashes else None
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
