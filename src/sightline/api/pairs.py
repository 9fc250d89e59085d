"""Preference pairs made, and looked at."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.api.named_model import loaded
from sightline.errors import RequestError
from sightline.preferences.read_pairs import read_pair_file

if TYPE_CHECKING:
    from sightline.core import Detecting, Drawing, Replying, Writing
    from sightline.models.next_sentences import NextSentences
    from sightline.models.transformers import TransformersModel
    from sightline.preferences.finer.run import FinerPairs, Made
    from sightline.preferences.pair_checks import Problem
    from sightline.preferences.sentinel.run import SentinelPairs

__all__ = ["check_pairs", "make_finer_pairs", "make_sentinel_pairs"]


def make_finer_pairs(
    source: str | Path,
    out: str | Path,
    images: str | Path | None = None,
    how: "FinerPairs | None" = None,
    writer: "Writing | None" = None,
    verifier: "str | Replying | None" = None,
    overwrite: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> "Made":
    """Make preference pairs the FINER-Tuning way, from scene graphs or, with a language model, from long captions.

    Args:
        source: scene graphs, or captions where a language model writes.
        out: the file of pairs to write, JSON lines; all pairs, what was rejected and the record come beside it.
        images: the folder of the images; pairs name them by their path below it.
        how: what pairs are wanted (`sightline.preferences.finer.run.FinerPairs`).
        writer: a language model that writes phrases and edits; without one they are drawn from scene graphs.
        verifier: a vision-language model that is asked whether false units can be seen; a name is loaded with its
            defaults.
        overwrite: whether earlier pairs may be replaced.
        progress: told the name of a step, how much of it is done, and of how much.

    Raises:
        RequestError, DataError: as the command line says them.
    """
    from sightline.preferences.finer.run import Using
    from sightline.preferences.finer.run import make_finer_pairs as make

    using = Using(writer, loaded(verifier), None if images is None else Path(images))
    return make(source, out, how, using, overwrite, progress)


def make_sentinel_pairs(
    model: "str | TransformersModel",
    images: str | Path,
    out: str | Path,
    detectors: "Sequence[str | Detecting]",
    vocabulary: str = "open",
    drawing: "Drawing | None" = None,
    variant: str = "sightline",
    prompt: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "SentinelPairs":
    """Make SENTINEL's preference pairs: sentences of a model's own captions, on whose objects two detectors vote.

    Args:
        model: a folder, an id on the hub or "bundled"; or a model that is loaded already.
        images: the folder of the images.
        out: the folder to write to; the same call again finishes a run that was interrupted.
        detectors: two that vote, by name (contour and glance for rendered scenes, mm-grounding-dino and owlv2 for
            photographs) or loaded.
        vocabulary: which objects are read: open, everyday, coco, rendered, or a JSON file.
        drawing: how sentences are drawn; ten candidates at temperature 0.7 where None.
        variant: sightline, or published for what SENTINEL's published code does.
        prompt: what is asked of each image; "Describe this image in detail." where None.
        limit: at most so many images, drawn.
        progress: told how many images are done, and how many there are.

    Raises:
        RequestError, DataError, MissingError: as the command line says them.
    """
    from sightline.core import Drawing
    from sightline.detectors.named import detector
    from sightline.preferences.sentinel.images import asked_images
    from sightline.preferences.sentinel.objects import named_objects
    from sightline.preferences.sentinel.run import SentinelSettings
    from sightline.preferences.sentinel.run import make_sentinel_pairs as make
    from sightline.preferences.sentinel.variants import variant as way_of

    if len(detectors) != 2:
        raise RequestError(f"{len(detectors)} detectors are named; two vote.")
    how, folder = drawing or Drawing(), Path(images)
    asked = asked_images(folder, None, prompt, limit, how.seed)
    objects, way = named_objects(vocabulary), way_of(variant)
    both = [detector(each) if isinstance(each, str) else each for each in detectors]
    settings = SentinelSettings(both, objects, how, way)
    return make(_drawing_from(model), asked, folder, settings, Path(out), progress)


def _drawing_from(model: "str | TransformersModel") -> "NextSentences":
    """A model of which sentences can be drawn."""
    from sightline.models.next_sentences import NextSentences
    from sightline.preferences.sentinel.sentences import sentence_end

    return NextSentences(loaded(model), sentence_end)


def check_pairs(
    pairs: str | Path,
    images: str | Path | None = None,
    against: Iterable[str | Path] = (),
) -> "tuple[Problem, ...]":
    """Look for pairs that teach nothing, or the contrary of another, and for images that something is measured on.

    Args:
        pairs: a file of pairs, as `read_pairs` takes it.
        images: the folder of their images; without it, whether they are there is not looked at, and only names are
            compared.
        against: folders of images that something is measured on; pictures are compared, not only names.

    Returns:
        One for each thing that is wrong, with its row and what it is; none where nothing is.

    Raises:
        DataError: a file cannot be read, or a folder is not there.
    """
    from sightline.preferences.evaluation_images import compare_images, folder_as_set, read_pair_images
    from sightline.preferences.image_hashes import HashCache
    from sightline.preferences.pair_checks import check_pairs as check_rows
    from sightline.preferences.pair_checks import shared_problems

    folder = None if images is None else Path(images)
    found = read_pair_file(pairs, folder)
    problems = check_rows(found, folder)
    if not (sets := [folder_as_set(Path(each)) for each in against]):
        return problems
    with HashCache() as cache:
        names = (pair.image.name for pair in found.pairs)
        own = read_pair_images(names, folder, True, cache, _say_nothing)
        compared = [compare_images(own, each, cache, _say_nothing) for each in sets]
    return (*problems, *shared_problems(found, compared))


def _say_nothing(done: int, of: int) -> None:
    pass
