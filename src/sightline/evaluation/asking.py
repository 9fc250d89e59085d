"""What is put to a model: every distinct question once, grouped by image, packed into batches."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import NamedTuple

from sightline.core import Asking, Benchmark, Presence, Question
from sightline.errors import DataError, MissingError, RequestError, unknown_name

__all__ = ["Ask", "AskingPlan", "Wording", "find_images", "hash_images", "plan_asking", "wording_of"]

_HASHED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Wording:
    """How questions are put to a model.

    Args:
        name: what the benchmark calls it.
        template: what is typed; ``{question}`` stands for the question's text, ``{options}`` for its options, each on a
            line after its letter, ``{a_object}`` for the object whose presence it asks about, with its article.
    """

    name: str
    template: str

    @property
    def sha256(self) -> str:
        """The hash of the template."""
        return hashlib.sha256(self.template.encode()).hexdigest()

    def prompt(self, question: Question) -> str:
        r"""The question as it is typed.

        Example:
            >>> asked = Question("1", "What is it?", choices=("a dog", "a cat"))
            >>> Wording("letters", "{question}\n{options}").prompt(asked)
            'What is it?\nA. a dog\nB. a cat'
        """
        if "{a_object}" in self.template:
            return self.template.replace("{a_object}", _with_article(question))
        if "{options}" not in self.template:
            return self.template.replace("{question}", question.text)
        lettered = zip(ascii_uppercase, question.choices, strict=False)
        lines = "\n".join(f"{letter}. {option}" for letter, option in lettered)
        return self.template.replace("{options}", lines).replace("{question}", question.text)


def _with_article(question: Question) -> str:
    """The object whose presence a question asks about, with the article that it takes."""
    from sightline.readers.nouns import article  # takes a second, which only those who ask so need to wait

    claim = next((claim for claim in question.claims if isinstance(claim, Presence)), None)
    if claim is None:
        raise RequestError(f"{question.id} does not ask whether an object is there; choose another wording.")
    return f"{article(claim.object)} {claim.object}"


class Ask(NamedTuple):
    """One prompt about one image, and the questions that its reply answers.

    Args:
        image: the image's name; "" where it is asked without one.
        prompt: what is typed.
        questions: their places among the questions of the plan.
        options: what it offers to choose among.
    """

    image: str
    prompt: str
    questions: tuple[int, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskingPlan:
    """What is put to a model, in order.

    Args:
        wording: how.
        questions: the questions that are answered, in file order: those whose image is there.
        asks: what is asked, image by image, images and prompts in the order in which they first appear.
        images: for every image its file.
        missing: the images that are not there.
    """

    wording: Wording
    questions: tuple[Question, ...]
    asks: tuple[Ask, ...]
    images: Mapping[str, Path]
    missing: tuple[str, ...] = ()

    @property
    def questions_sha256(self) -> str:
        """A hash of what is asked about which image, and of what it answers."""
        told = [[ask.image, ask.prompt, [self.questions[place].id for place in ask.questions]] for ask in self.asks]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def groups(self, most: int) -> Iterator[tuple[int, ...]]:
        """The places of the asks of each image, cut where one image has more than so many."""
        start = 0
        for place, ask in enumerate(self.asks):
            after = place + 1
            if after == len(self.asks) or self.asks[after].image != ask.image or after - start == most:
                yield tuple(range(start, after))
                start = after

    def batches(self, images: int, rows: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Pack the groups of images into batches, by their order alone, so that a run that is resumed has the same.

        Args:
            images: at most so many images in a batch.
            rows: at most so many prompts.
        """
        batches: list[list[tuple[int, ...]]] = []
        filled = 0
        for group in self.groups(rows):
            if not batches or len(batches[-1]) == images or filled + len(group) > rows:
                batches.append([])
                filled = 0
            batches[-1].append(group)
            filled += len(group)
        return tuple(tuple(batch) for batch in batches)


def wording_of(benchmark: Benchmark, name: str | None = None) -> Wording:
    r"""The wording of this name, or the benchmark's own.

    Raises:
        RequestError: there is none of this name.

    Example:
        >>> from sightline.benchmarks import benchmark
        >>> wording_of(benchmark("pope"), "llava").template
        '{question}\nAnswer the question using a single word or phrase.'
    """
    name = name or next(iter(benchmark.wordings))
    if name not in benchmark.wordings:
        raise unknown_name(f"wording of {benchmark.name}", name, benchmark.wordings)
    return Wording(name, benchmark.wordings[name])


def plan_asking(
    questions: Sequence[Question], images: str | Path, asking: Asking, wording: Wording, allow_missing: bool = False
) -> AskingPlan:
    """Plan what is asked.

    Where the same question always gets the same reply, every image and prompt is asked once, in whatever splits it
    stands. Where replies are sampled, every question is asked on its own.

    Args:
        questions: the questions, in file order; each about one image, or none.
        images: the folder that holds the images, or holds folders that do.
        asking: how replies are made.
        wording: how questions are put.
        allow_missing: leave out questions whose image is not there.

    Raises:
        MissingError: images are not there.
        DataError: there is no such folder, or an image is in two folders.
    """
    if several := next((question for question in questions if len(question.images) > 1), None):
        raise RequestError(
            f"{several.id} is about {len(several.images)} images; so far a model is shown one image a question."
        )
    names = dict.fromkeys(name for question in questions if (name := _image_of(question)))
    files = find_images(images, names) if names else {}
    missing = tuple(name for name in names if name not in files)
    if missing and (not allow_missing or not files):
        raise MissingError(
            f"{len(missing):,} of {len(names):,} images are not here: {', '.join(missing[:3])}"
            f"{', …' if len(missing) > 3 else ''}",
            file=images,
            hint="Name the folder that holds them (--images FOLDER)"
            + (", or leave their questions out: --allow-missing." if files else "."),
        )
    kept = tuple(question for question in questions if not question.images or _image_of(question) in files)
    by_image: dict[str, dict[tuple[str, str, tuple[str, ...]], list[int]]] = {}
    for place, question in enumerate(kept):
        prompt = wording.prompt(question)
        own = "" if asking.greedy else question.id
        by_image.setdefault(_image_of(question), {}).setdefault((prompt, own, question.choices), []).append(place)
    asks = tuple(
        Ask(image, prompt, tuple(places), options)
        for image, prompts in by_image.items()
        for (prompt, _, options), places in prompts.items()
    )
    return AskingPlan(wording, kept, asks, files, missing)


def _image_of(question: Question) -> str:
    return question.images[0].name if question.images else ""


def find_images(folder: str | Path, names: Iterable[str]) -> dict[str, Path]:
    """Find images by name in a folder, or in the folders it holds (COCO's ``val2014`` and such).

    Returns:
        The file of every image that is there.

    Raises:
        DataError: there is no such folder, or an image is in two of its folders.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Check --images.")
    inner = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    files: dict[str, Path] = {}
    for name in names:
        if (folder / name).is_file():
            files[name] = folder / name
            continue
        found = [place / name for place in inner if (place / name).is_file()]
        if len(found) > 1:
            hint = "Name the folder that is meant (--images FOLDER)."
            problem = f"{name} is in {found[0].parent.name} and in {found[1].parent.name}"
            raise DataError(problem, file=folder, hint=hint)
        if found:
            files[name] = found[0]
    return files


def hash_images(images: Mapping[str, Path], known: dict[Path, str] | None = None) -> dict[str, str]:
    """The sha256 of every image's bytes.

    Args:
        images: the files.
        known: what files that were read before had; those are not read again, and the others are added.

    Raises:
        DataError: an image cannot be read.
    """
    known = {} if known is None else known
    left = [path for path in dict.fromkeys(images.values()) if path not in known]

    def sha256(path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"the image cannot be read ({error.strerror or error})", file=path) from error

    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        known.update(zip(left, pool.map(sha256, left), strict=True))
    return {name: known[path] for name, path in images.items()}
