"""``sightline pairs check``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.preferences.evaluation_images import Compared, EvaluationSet
    from sightline.preferences.pair_checks import Group, Problem
    from sightline.preferences.read_pairs import PairFile

__all__ = ["Against", "check"]

_many = Parameter(consume_multiple=True, negative="", show_default=False)

_LEGEND = (
    "yes, no: how chosen replies begin. words: mean length of chosen replies (of rejected ones). longer: where lengths "
    "differ, how often the chosen one is longer."
)

_SHOWN = 3
"""Rows that are shown of each problem."""


@Parameter(name="*")
@dataclass(frozen=True)
class Against:
    """The options that say which images pairs must not be about."""

    against: Annotated[
        list[str],
        _many,
        Parameter(
            help="Evaluation sets whose images must not be among those of the pairs: public label sets (pope, "
            "pope-aokvqa), or BENCHMARK=PATH with files of your own."
        ),
    ] = field(default_factory=list)
    benchmark_images: Annotated[
        list[Path],
        _many,
        Parameter(
            help="The folders of their images; or, where none is named, of any others that something is measured on. "
            "Pictures are then compared, not only names."
        ),
    ] = field(default_factory=list)
    distance: Annotated[
        int, Parameter(help="In how many bits of 64 the perceptual hashes of one picture may differ.")
    ] = 6


def check(file: Path, *, images: Path | None = None, others: Against | None = None, out: Path | None = None) -> int:
    """Look for rows that teach nothing or the contrary, for biases, and for images that a benchmark asks about.

    Exits with 1 where a row is wrong.

    Parameters
    ----------
    file
        Pairs: sightline's own, the published rows of SENTINEL or FINER-Tuning, or rows of TRL, LLaMA-Factory or HA-DPO.
    images
        The folder of the images; without it, whether they are there is not looked at.
    out
        Also write every row that is wrong into this file, as JSON lines.
    """
    from sightline.cli.progress import shown_steps
    from sightline.preferences.pair_checks import check_pairs, groups, shared_problems
    from sightline.preferences.read_pairs import read_pair_file

    found = read_pair_file(file, images)
    others = others or Against()
    sets = _evaluation_sets(others.against, others.benchmark_images)
    problems = list(check_pairs(found, images))
    with shown_steps() as progress:
        compared = list(_compared(found, images, sets, others.distance, progress))
    problems += shared_problems(found, compared)
    if out is not None:
        _write(out, problems)
    _show(found, groups(found.pairs), compared, images)
    _show_problems(problems, out)
    return 1 if problems else 0


def _evaluation_sets(against: Sequence[str], folders: Sequence[Path]) -> list["EvaluationSet"]:
    """The benchmarks that are named; or, where none is, each folder of images as one."""
    from sightline.errors import MissingError
    from sightline.evaluation.asking import find_images
    from sightline.preferences.evaluation_images import EvaluationSet, folder_as_set

    sets = []
    for given in against:
        names = _image_names(given)
        files: dict[str, Path] = {}
        for folder in folders:
            files |= find_images(folder, [name for name in names if name not in files])
        if folders and not files:
            hint = "Check --benchmark-images."
            raise MissingError(f"none of the {len(names):,} images of {given} is there", file=folders[0], hint=hint)
        sets.append(EvaluationSet(given.partition("=")[0], names, files))
    if not against:
        sets += [folder_as_set(folder, "Check --benchmark-images.") for folder in folders]
    return sets


def _image_names(given: str) -> tuple[str, ...]:
    """The images that a benchmark asks about: of a public label set, or of files of one's own."""
    from sightline.benchmarks import ALL, benchmark
    from sightline.errors import RequestError
    from sightline.evaluation.keys import read_answer_keys
    from sightline.records.public_files import cached

    name, _, path = given.partition("=")
    own = [each for each in ALL.values() if name in each.public]
    found = benchmark(name) if path or not own else own[0]
    if not path and not own:
        raise RequestError(f"{name} has no public files. Name your own: --against {name}=PATH")
    if not path and cached(name, found.public[name]) is None:
        raise RequestError(
            f"The files of {name} are not in the cache yet. Fetch them with: sightline data get {name}\n"
            f"or name a folder that holds them: --against {found.name}=FOLDER"
        )
    questions = read_answer_keys(found, (f"own={path}" if path else name,)).questions
    return tuple(dict.fromkeys(image.name for question in questions for image in question.images))


def _compared(
    found: "PairFile",
    images: Path | None,
    sets: Sequence["EvaluationSet"],
    distance: int,
    progress: Callable[[str, int, int], None],
) -> Iterator["Compared"]:
    from sightline.preferences.evaluation_images import compare_images, read_pair_images
    from sightline.preferences.image_hashes import HashCache

    if not sets:
        return
    with HashCache() as cache:
        names = (pair.image.name for pair in found.pairs)
        look = any(each.files for each in sets)
        own = read_pair_images(names, images, look, cache, partial(progress, "pairs"))
        for each in sets:
            yield compare_images(own, each, cache, partial(progress, each.name), distance)


def _write(out: Path, problems: Sequence["Problem"]) -> None:
    from sightline.records.atomic import write_bytes
    from sightline.records.json_rows import Layout, encode_rows

    write_bytes(out, encode_rows([problem._asdict() for problem in problems], Layout()))


def _show(found: "PairFile", summed: Sequence["Group"], compared: Sequence["Compared"], images: Path | None) -> None:
    from sightline.cli.tables import console, notes, plain_table, print_named, show
    from sightline.preferences.pair_checks import biases

    about = len({pair.image.name for pair in found.pairs})
    lines = {"format": found.format, "pairs": f"{len(found.pairs):,} about {about:,} images"}
    if found.left_out:
        lines["left out"] = f"{found.left_out:,} rows that the file itself marks as not to be trained on"
    if images is None:
        lines["images"] = "not looked at; name their folder: --images FOLDER"
    lines |= {f"{'' if place else 'against'}{' ' * place}": _said(each) for place, each in enumerate(compared)}
    print_named(lines, 11)
    headings = ["pairs", "images", "positive", "negative", "yes", "no", "words", "longer"]
    screen = console()
    columns = [("", "left"), *((heading, "right") for heading in headings)]
    show(screen, plain_table("Pairs by kind", columns, map(_row, summed)))
    notes(screen, (_LEGEND, *biases(summed)))


def _row(group: "Group") -> list[Any]:
    words = f"{group.chosen.words:.1f} ({group.rejected.words:.1f})"
    longer = "–" if group.longer_share is None else f"{group.longer_share:.0%}"
    polarity = [f"{group.polarity.get(name, 0):,}" if group.polarity else "–" for name in ("positive", "negative")]
    opening = [f"{number:,}" for number in (group.chosen.yes, group.chosen.no)]
    return [group.name, f"{group.pairs:,}", f"{group.images:,}", *polarity, *opening, words, longer]


def _said(compared: "Compared") -> str:
    """What came of a comparison with one evaluation set."""
    how = f"{compared.looked:,} pictures compared" if compared.looked else "names compared, pictures not"
    if 0 < compared.looked < compared.images:
        how = f"{how}, of the others names"
    other = f"; {compared.other_picture:,} more have the name, not the picture" if compared.other_picture else ""
    return f"{compared.name}: {len(compared.shared):,} of its {compared.images:,} images are shared ({how}{other})"


def _show_problems(problems: Sequence["Problem"], out: Path | None) -> None:
    from sightline.cli.tables import console
    from sightline.preferences.pair_checks import KINDS

    screen = console()
    if not problems:
        screen.print("No row is wrong.")
        return
    for kind, said in KINDS.items():
        own = [problem for problem in problems if problem.kind == kind]
        if own:
            screen.print(f"{len(own):,} × {said}", markup=False, soft_wrap=True)
        for problem in own[:_SHOWN]:
            screen.print(f"    row {problem.row}: {problem.detail}", markup=False, soft_wrap=True)
        if len(own) > _SHOWN:
            screen.print(f"    and {len(own) - _SHOWN:,} more", markup=False)
    rows = len({problem.row for problem in problems})
    where = "--out FILE writes them all" if out is None else f"all are in {out}"
    screen.print(f"{rows:,} rows are wrong; {where}.", markup=False, soft_wrap=True)
