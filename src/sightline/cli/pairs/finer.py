"""``sightline pairs finer``."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from sightline.cli.options import names_in
from sightline.cli.other_models import Serving, load_looking, written_words

if TYPE_CHECKING:
    from sightline.core import Replying, Writing
    from sightline.preferences.finer.run import FinerPairs

__all__ = ["Chosen", "Language", "Made", "Verifier", "app", "finer"]

app = App(name="finer")

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)

_MOST = "object=6,attribute=5,relation=5,what=5"


@Parameter(name="*")
@dataclass(frozen=True)
class Made:
    """The options that say what pairs are made."""

    per_image: Annotated[int, Parameter(help="Phrases of each kind, for each image; each gives two pairs.")] = 1
    most: Annotated[str, Parameter(help="Units of a phrase, at most, by kind; for what, attributes.")] = _MOST
    templates: Annotated[
        list[str],
        _many,
        Parameter(
            help="Which questions are asked: see (Can you see … in this image?), contain, show, seen, include; all by "
            "default."
        ),
    ] = field(default_factory=list)
    what: Annotated[
        Literal["either", "subject", "object"],
        Parameter(
            help='Which end of a relation "what" questions ask for. subject: What is on the red sofa? object: What is '
            "the red sofa under?"
        ),
    ] = "either"
    articles: Annotated[
        bool,
        _flag,
        Parameter(
            help="Phrases with articles (a cat and a key), as the bundled model was taught; FINER's are bare (cat and "
            "key)."
        ),
    ] = False
    first: Annotated[int | None, Parameter(help="Read the first so many images only.", show_default=False)] = None
    limit: Annotated[int | None, Parameter(help="At most so many images, drawn.", show_default=False)] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Chosen:
    """The options that say which of the pairs are taken."""

    sampler: Annotated[
        str,
        Parameter(
            help="either (one polarity of each phrase, half of them positive), all (both), 25-75 (shares of positive "
            "and negative), only-positive, only-negative, only-object, only-attribute, only-relation, only-what, "
            "either-except-what."
        ),
    ] = "either"
    weights: Annotated[
        str,
        Parameter(
            help="Which share of its phrases each kind gives, against others: object=1,what=0.5.", show_default=False
        ),
    ] = ""
    seed: Annotated[int, Parameter(help="What all draws are made with; the same seed gives the same pairs.")] = 0

    def weight_of(self) -> dict[str, float]:
        """Kind → its weight, of those that are named."""
        return {name: float(number) for name, number in _named_numbers("--weights", self.weights, "object=1,what=0.5")}


@Parameter(name="*")
@dataclass(frozen=True)
class Language:
    """The options that say which language model writes, and what it may cost."""

    llm: Annotated[
        str | None,
        Parameter(
            help="A language model behind an OpenAI-compatible server, which writes phrases about captions and edits "
            "them. Without one, phrases are drawn from scene graphs.",
            show_default=False,
        ),
    ] = None
    llm_url: Annotated[str, Parameter(help="The server. The key is taken from $OPENAI_API_KEY.")] = (
        "http://localhost:8000/v1"
    )
    serving: Serving = field(default_factory=Serving)

    def load(self, stack: ExitStack) -> "Writing | None":
        """The model, with a cache of what it wrote before; None where none is named."""
        return None if self.llm is None else self.serving.load(self.llm, self.llm_url, stack)


@Parameter(name="*")
@dataclass(frozen=True)
class Verifier:
    """The options that say which vision-language model looks whether false units are there after all."""

    verify: Annotated[
        str | None,
        Parameter(
            help="A vision-language model that is asked whether what was put in can be seen: its id, its folder, "
            "bundled, or, with --verify-url, its name on a server.",
            show_default=False,
        ),
    ] = None
    verify_url: Annotated[
        str | None, Parameter(help="An OpenAI-compatible server that has it.", show_default=False)
    ] = None
    threshold: Annotated[
        float, Parameter(help="The probability of Yes from which on it counts as seen, and the pair is rejected.")
    ] = 0.5
    device: Annotated[str, Parameter(help="auto, cpu, cuda, cuda:1, mps.")] = "auto"

    def load(self, stack: ExitStack) -> "Replying | None":
        """The model, with a cache of its replies; None where none is named."""
        return load_looking(self.verify, self.verify_url, self.device, stack)


@app.default
def finer(
    *,
    source: Annotated[Path, Parameter(name="--from")],
    out: Path,
    images: Annotated[Path | None, Parameter(show_default=False)] = None,
    made: Made | None = None,
    chosen: Chosen | None = None,
    language: Language | None = None,
    verifier: Verifier | None = None,
    dry_run: Annotated[bool, _flag] = False,
    overwrite: Annotated[bool, _flag] = False,
) -> None:
    """Make preference pairs the FINER-Tuning way: a true phrase, and the same with one detail that is false.

    Where what is asked holds, a yes is preferred to a no; where it does not, a no that says what is there to a yes. The
    same command finishes a run that was killed: what models said is kept. Another choice of pairs costs nothing:
    --from PAIRS.all.jsonl --sampler NAME.

    Parameters
    ----------
    source
        Scene graphs (Visual Genome, CompreCap, of rendered scenes, or plain JSON), long captions (DOCCI, IIW,
        PixMo-Cap, or any rows with image and caption), or the .all.jsonl of an earlier run.
    out
        The file of pairs to write; all pairs, what was rejected and the record come beside it.
    images
        The folder of the images, or of folders of them: pairs name images below it, and images that are not there are
        left out.
    dry_run
        Only say how much a language model would be asked, and what it would cost.
    overwrite
        Replace earlier pairs.
    """
    from sightline.cli.progress import shown_steps
    from sightline.cli.tables import print_named
    from sightline.errors import RequestError
    from sightline.preferences.finer.files import check_out, holds_pairs
    from sightline.preferences.finer.run import Using, check_finer_pairs, make_finer_pairs, sample_finer_pairs
    from sightline.preferences.finer.samplers import sampler

    made, chosen, language, verifier = (
        made or Made(),
        chosen or Chosen(),
        language or Language(),
        verifier or Verifier(),
    )
    how = _how(made, chosen, verifier)
    if dry_run:
        _show_estimate(source, how, language, images)
        return
    check_finer_pairs(how, language.llm is not None, verifier.verify is not None, images)
    check_out(source, out, overwrite)
    if holds_pairs(source):
        if (made, language, verifier) != (Made(), Language(), Verifier()):
            raise RequestError(
                f"{source} holds pairs that were made already: only --sampler, --weights and --seed count."
            )
        pairs = sample_finer_pairs(source, out, sampler(chosen.sampler), chosen.weight_of(), chosen.seed, overwrite)
        _show(pairs.record, out, images, "")
        return
    with ExitStack() as stack:
        writer = language.load(stack)
        using = Using(writer, verifier.load(stack), images)
        with shown_steps() as progress:
            record = make_finer_pairs(source, out, how, using, overwrite, progress).record
        # phrases with articles are those of the bundled model
        _show(record, out, images, "finer-bundled" if made.articles else "finer-qwen2.5-vl-7b")
        if writer is not None:
            print_named({"asked": written_words(writer.totals)})


def _how(made: Made, chosen: Chosen, verifier: Verifier) -> "FinerPairs":
    from sightline.preferences.finer.drawn import Phrasing
    from sightline.preferences.finer.run import FinerPairs

    most = {name: int(number) for name, number in _named_numbers("--most", made.most, _MOST, whole=True)}
    phrasing = Phrasing(made.per_image, most, _ENDS[made.what], chosen.seed)
    return FinerPairs(
        phrasing,
        chosen.sampler,
        chosen.weight_of(),
        tuple(names_in(made.templates)),
        made.articles,
        made.first,
        made.limit,
        verifier.threshold,
    )


_ENDS: Mapping[str, tuple[Literal["subject", "object"], ...]] = {
    "either": ("subject", "object"),
    "subject": ("subject",),
    "object": ("object",),
}


def _named_numbers(option: str, text: str, example: str, whole: bool = False) -> Iterator[tuple[str, str]]:
    """The numbers of an option, by their names; the names are looked at where they are used."""
    from sightline.errors import RequestError

    for part in filter(None, text.split(",")):
        name, _, number = part.strip().partition("=")
        if not (number if whole else number.replace(".", "", 1)).isdecimal():
            raise RequestError(f"{option} is {text!r}; expected as {example}.")
        yield name, number


_SHOWN = 8


def _show(record: dict[str, Any], out: Path, images: Path | None, recipe: str) -> None:
    from sightline.cli.tables import console, plain_table, print_named, show

    of = f" of {record['annotated_images']:,}" if "annotated_images" in record else ""
    print_named({"images": f"{record['images']:,}{of}"})
    screen = console()
    columns = [("about", "left"), *((name, "right") for name in ("phrases", "positive pairs", "negative pairs"))]
    rows = [
        (kind, f"{record['phrases'][kind]:,}", *map("{:,}".format, own.values()))
        for kind, own in record["pairs"].items()
    ]
    sums = [sum(own[polarity] for own in record["pairs"].values()) for polarity in ("positive", "negative")]
    rows += [(), ("all", f"{sum(record['phrases'].values()):,}", *map("{:,}".format, sums))]
    show(screen, plain_table(f"Pairs that the sampler took ({record['settings']['sampler']})", columns, rows))
    lines = {"rejected": _reasons(record["rejected"])} if "rejected" in record else {}
    if "left_out" in record:
        lines["left out"] = _reasons(record["left_out"])
    print_named({**lines, "written": "\n".join(record["files"]), "next": _next(out, images, recipe)})


def _next(out: Path, images: Path | None, recipe: str) -> str:
    """The command that trains on the pairs."""
    folder = "FOLDER" if images is None else shlex.quote(str(images))
    command = f"sightline tune --pairs {shlex.quote(str(out))} --images {folder}"
    return f"{command} --recipe {recipe}" if recipe else command


def _reasons(counts: dict[str, int]) -> str:
    """The reasons, the most frequent first; the rarest in one line."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    lines = [f"{count:,} {reason}" for reason, count in ordered[:_SHOWN]]
    if rest := ordered[_SHOWN:]:
        lines.append(f"{sum(count for _, count in rest):,} for {len(rest)} more reasons")
    return "\n".join(lines) or "nothing"


def _show_estimate(source: Path, how: "FinerPairs", language: Language, images: Path | None) -> None:
    from sightline.cli.tables import print_named
    from sightline.errors import RequestError
    from sightline.models.costs import estimate
    from sightline.preferences.finer.run import requests_of

    if language.llm is None:
        raise RequestError("No language model is asked, so there is nothing to estimate. Name one: --llm NAME.")
    found = estimate(requests_of(source, how, images), language.serving.price)
    lines: dict[str, str] = {}
    for own in (*found.by_purpose, found.total._replace(purpose="in all")):
        cost = f", {own.cost:,.2f} at most" if own.cost is not None else ""
        lines[own.purpose] = (
            f"{own.requests:,} requests, about {own.prompt_tokens:,} tokens asked and {own.reply_tokens:,} at most "
            f"written{cost}"
        )
    print_named(lines, 19)
