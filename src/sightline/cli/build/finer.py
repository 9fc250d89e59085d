"""``sightline build finer``, and the check of what it built by people."""

import shlex
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from sightline.cli.options import names_in
from sightline.cli.other_models import Serving, load_looking, written_words

if TYPE_CHECKING:
    from sightline.core import Replying, Writing
    from sightline.evaluation.build_finer import FinerBuild
    from sightline.queries.questions import Shape

__all__ = ["app", "build", "calibrate", "check"]

app = App(name="finer")

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """The options that say what is asked about."""

    settings: Annotated[
        list[str], _many, Parameter(help="Which of objects, attributes, relations and what; all by default.")
    ] = field(default_factory=list)
    most: Annotated[
        str,
        Parameter(help="Elements asked about at once, at most; for what, attributes of the object."),
    ] = "objects=6,attributes=3,relations=3,what=3"
    per_image: Annotated[int, Parameter(help="Pairs of each setting and number of elements, for each image.")] = 1
    articles: Annotated[
        bool, _flag, Parameter(help="Phrases with articles (a cat and a key); FINER's are bare (cat and key).")
    ] = False
    no_levels: Annotated[bool, _flag, Parameter(help="Leave the seven levels of granularity out.")] = False
    first: Annotated[int | None, Parameter(help="Read the first so many images only.", show_default=False)] = None
    limit: Annotated[int | None, Parameter(help="At most so many images, drawn.", show_default=False)] = None
    seed: Annotated[int, Parameter(help="What all draws are made with; the same seed gives the same questions.")] = 0

    def shape(self) -> "Shape":
        """What questions are to look like."""
        from sightline.errors import RequestError
        from sightline.queries.questions import MOST, Shape

        most = dict(MOST)
        for part in self.most.split(","):
            name, _, number = part.strip().partition("=")
            if name not in most or not number.isdecimal():
                raise RequestError(f"--most is {self.most!r}; expected as objects=6,attributes=3,relations=3,what=3.")
            most[name] = int(number)
        settings = tuple(names_in(self.settings)) or tuple(most)
        return Shape(settings, most, self.per_image, self.articles, self.seed)


@Parameter(name="*")
@dataclass(frozen=True)
class Language:
    """The options that say which language model helps, and what it may cost."""

    llm: Annotated[
        str | None, Parameter(help="A language model behind an OpenAI-compatible server.", show_default=False)
    ] = None
    llm_url: Annotated[str, Parameter(help="The server. The key is taken from $OPENAI_API_KEY.")] = (
        "http://localhost:8000/v1"
    )
    extract: Annotated[
        Literal["rules", "llm"] | None,
        Parameter(help="How captions are read; llm where one is named.", show_default=False),
    ] = None
    negatives: Annotated[
        Literal["statistics", "llm"] | None,
        Parameter(help="Who makes negatives; llm where one is named.", show_default=False),
    ] = None
    plausible_only: Annotated[
        bool, _flag, Parameter(help="Of statistics take only what was seen in such surroundings; gives fewer.")
    ] = False
    serving: Serving = field(default_factory=Serving)

    def load(self, stack: ExitStack) -> "Writing | None":
        """The model, with a cache of what it wrote before; None where none is named."""
        return None if self.llm is None else self.serving.load(self.llm, self.llm_url, stack)


@Parameter(name="*")
@dataclass(frozen=True)
class Judge:
    """The options that say which vision-language model verifies and judges."""

    judge: Annotated[
        str | None,
        Parameter(
            help="A vision-language model that picks the true element among its negatives: its id, its folder, "
            "bundled, or, with --judge-url, its name on a server.",
            show_default=False,
        ),
    ] = None
    judge_url: Annotated[str | None, Parameter(help="An OpenAI-compatible server that has it.", show_default=False)] = (
        None
    )
    images: Annotated[
        Path | None, Parameter(help="The folder of the images, which the judge needs.", show_default=False)
    ] = None
    ask: Annotated[
        Literal["options", "each"],
        Parameter(help="options: which of the lettered ones can be seen. each: of every one whether it can."),
    ] = "options"
    threshold: Annotated[
        float, Parameter(help="On the entropy of its answer, from 0 to 1: what is above is not accepted.")
    ] = 0.5
    rounds: Annotated[int, Parameter(help="How often an element gets new negatives and is judged, at most.")] = 3
    verify: Annotated[
        float | None,
        Parameter(
            help="Before that, take out elements that it sees with less than this probability.", show_default=False
        ),
    ] = None
    device: Annotated[str, Parameter(help="auto, cpu, cuda, cuda:1, mps.")] = "auto"

    def load(self, stack: ExitStack) -> "Replying | None":
        """The model, with a cache of its replies; None where none is named."""
        return load_looking(self.judge, self.judge_url, self.device, stack)


@app.default
def build(
    *,
    source: Annotated[Path, Parameter(name="--from")],
    out: Path,
    asked: Asked | None = None,
    language: Language | None = None,
    judge: Judge | None = None,
    published: Annotated[bool, _flag] = False,
    dry_run: Annotated[bool, _flag] = False,
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Build FINER: questions about several true details at once, and the same with one of them false.

    Without a model, captions are read by rules and negatives come from the source's own statistics. A language model
    may do both instead, and a vision-language model may judge negatives against the images. What models said is kept:
    a build that was interrupted asks nothing twice.

    Parameters
    ----------
    source
        Scene graphs (Visual Genome, CompreCap, of rendered scenes, or plain JSON) or long captions (DOCCI, IIW,
        PixMo-Cap, or any rows with image and caption).
    out
        The folder to write to.
    published
        Also write files with FINER's published columns.
    dry_run
        Only say how much a language model would be asked, and what it would cost.
    overwrite
        Replace an earlier build.
    """
    from sightline.cli.progress import shown_steps
    from sightline.cli.tables import print_named
    from sightline.evaluation.build_finer import Models, build_finer, check_build, check_folder
    from sightline.evaluation.record import record_of

    asked, language, judge = asked or Asked(), language or Language(), judge or Judge()
    how = _how(asked, language, judge, published)
    if dry_run:
        _show_estimate(source, how, language, judge)
        return
    check_build(how, language.llm is not None, judge.judge is not None, judge.images)
    check_folder(source, out, overwrite)
    with ExitStack() as stack:
        writer = language.load(stack)
        models = Models(writer, judge.load(stack), judge.images)
        with shown_steps() as progress:
            table = build_finer(source, out, how, models, overwrite, progress)
        _show(record_of(table), out, judge)
        if writer is not None:
            print_named({"asked": written_words(writer.totals)})


def _how(asked: Asked, language: Language, judge: Judge, published: bool) -> "FinerBuild":
    from sightline.evaluation.build_finer import FinerBuild

    return FinerBuild(
        asked.shape(),
        not asked.no_levels,
        asked.first,
        asked.limit,
        language.extract or "auto",
        language.negatives or ("llm" if language.llm is not None else "statistics"),
        language.plausible_only,
        judge.verify,
        judge.threshold,
        judge.rounds,
        judge.ask,
        published,
    )


def _show(record: dict[str, Any], out: Path, judge: Judge) -> None:
    from sightline.cli.tables import print_named

    whole = record["with_negatives"]
    elements = ", ".join(f"{kind} {whole[kind]:,} of {number:,}" for kind, number in record["elements"].items())
    images = "FOLDER" if judge.images is None else shlex.quote(str(judge.images))
    measure = [f"sightline measure finer --model MODEL --images {images} --labels {shlex.quote(f'own={out}')}"]
    if any(name.startswith("level") for name in record["questions"]):
        measure.append(measure[0].replace("finer", "finer_levels", 1))
    lines = {
        "images": f"{record['images']:,} of {record['annotated_images']:,}",
        "elements": f"{elements} have four negatives",
        "questions": ", ".join(f"{setting} {count:,}" for setting, count in record["questions"].items()) or "none",
        "refused": _reasons(record["refused"], "negatives"),
        "left out": _reasons(record["left_out"], "cases"),
        "written": "\n".join(record["files"]),
        "next": "\n".join(measure),
    }
    print_named(lines)


_SHOWN = 8


def _reasons(counts: dict[str, int], what: str) -> str:
    """The reasons, the most frequent first; the rarest in one line."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    lines = [f"{count:,} {reason}" for reason, count in ordered[:_SHOWN]]
    if rest := ordered[_SHOWN:]:
        lines.append(f"{sum(count for _, count in rest):,} {what} for {len(rest)} more reasons")
    return "\n".join(lines) or "nothing"


def _show_estimate(source: Path, how: "FinerBuild", language: Language, judge: Judge) -> None:
    from sightline.cli.tables import print_named
    from sightline.errors import RequestError
    from sightline.evaluation.build_finer import requests_of
    from sightline.models.costs import estimate

    if language.llm is None:
        raise RequestError("No language model is asked, so there is nothing to estimate. Name one: --llm NAME.")
    found = estimate(requests_of(source, how, judge.images), language.serving.price)
    lines: dict[str, str] = {}
    for own in (*found.by_purpose, found.total._replace(purpose="in all")):
        cost = f", {own.cost:,.2f} at most" if own.cost is not None else ""
        lines[own.purpose] = (
            f"{own.requests:,} requests, about {own.prompt_tokens:,} tokens asked and {own.reply_tokens:,} at most "
            f"written{cost}"
        )
    print_named(lines)


@app.command
def check(
    folder: Path,
    *,
    out: Path,
    number: int = 200,
    seed: int = 0,
    articles: Annotated[bool, _flag] = False,
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Write a sample of judged elements for people to check, as CSV.

    In the column holds they write the letters of all options that hold in the image, or ? where nobody can tell. Build
    with --threshold 1 before, so that what the judge is unsure of is in the sample too.

    Parameters
    ----------
    folder
        The folder of a build with a judge.
    out
        The sheet to write.
    number
        How many elements.
    seed
        What they are drawn with.
    articles
        Phrases with articles.
    overwrite
        Replace a file of the same name.
    """
    from sightline.cli.tables import print_named
    from sightline.errors import RequestError
    from sightline.queries.calibration import check_sheet
    from sightline.records.atomic import write_bytes

    if out.exists() and not overwrite:
        raise RequestError(f"{out} is there already. Choose another file, or say --overwrite.")
    sheet = check_sheet(_elements(folder), number, seed, articles)
    write_bytes(out, sheet)
    following = f"sightline build finer calibrate {shlex.quote(str(folder))} --verdicts {shlex.quote(str(out))}"
    print_named({"written": str(out), "next": following})


@app.command
def calibrate(folder: Path, *, verdicts: Path, at_most: float = 0.05) -> None:
    """Choose the threshold on the judge's entropy from people's verdicts on a sample.

    Parameters
    ----------
    folder
        The folder of the build that the sample was drawn from.
    verdicts
        The sheet, filled in.
    at_most
        The share of wrong elements that is tolerated; it is exceeded with a probability of 5 % at most.
    """
    from sightline.cli.tables import console, plain_table, show
    from sightline.queries.calibration import calibrate as choose
    from sightline.queries.calibration import read_verdicts

    found = choose(read_verdicts(verdicts, _elements(folder)), at_most)
    columns = [(name, "right") for name in ("threshold", "accepted", "wrong", "at most", "sound ones lost")]
    rows = [
        (f"{point.threshold:.2f}", f"{point.accepted:,}", f"{point.wrong:,}", f"{point.bound:.1%}", f"{point.lost:,}")
        for point in found.points
    ]
    screen = console()
    show(screen, plain_table("What each threshold lets through", columns, rows))
    if found.threshold is None:
        screen.print(f"No threshold keeps wrong elements below {at_most:.0%}. Check more, or tolerate more: --at-most.")
    else:
        screen.print(f"Build with --threshold {found.threshold:g}: at most {at_most:.0%} of elements are wrong then.")


def _elements(folder: Path) -> Any:
    from sightline.evaluation.finer_files import FILES
    from sightline.queries.elements_file import read_elements

    return read_elements(folder / FILES["elements"] if folder.is_dir() else folder)
