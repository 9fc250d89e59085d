"""``sightline pairs sentinel``."""

import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from sightline.cli.engines import Cluster
from sightline.cli.models import Who

if TYPE_CHECKING:
    from sightline.models.next_sentences import NextSentences
    from sightline.preferences.sentinel.run import SentinelPairs, SentinelSettings
    from sightline.preferences.sentinel.summary import Summary
    from sightline.scale.pairs import SentinelCrew

__all__ = ["Asked", "Drawn", "Judged", "app", "sentinel"]

app = App(name="sentinel")


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """The options that say what is asked of which images."""

    images: Annotated[Path, Parameter(help="The folder of the images, or of folders of them.")]
    image_data: Annotated[
        Path | None,
        Parameter(help="A file that lists images: SENTINEL's image_data.jsonl.", show_default=False),
    ] = None
    prompt: Annotated[
        str | None,
        Parameter(
            help="What is asked of each image; what the file of images says, else: Describe this image in detail.",
            show_default=False,
        ),
    ] = None
    limit: Annotated[int | None, Parameter(help="At most so many images, drawn.", show_default=False)] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Judged:
    """The options that say who judges what."""

    detectors: Annotated[
        list[str],
        Parameter(
            consume_multiple=True,
            negative="",
            help="Two detectors that vote: contour and glance for rendered scenes, mm-grounding-dino and owlv2 for "
            "photographs, or ids on the hub, each with @ and its threshold, if need be. The second lists what there is "
            "to see.",
        ),
    ]
    vocabulary: Annotated[
        str,
        Parameter(
            help="Which objects are read: open (any noun), everyday (any everyday noun), coco, rendered, or a JSON "
            "file of objects and the words that mean them."
        ),
    ] = "open"


@Parameter(name="*")
@dataclass(frozen=True)
class Drawn:
    """The options that say how sentences are drawn."""

    n: Annotated[int, Parameter(name="--n", help="Candidates of each sentence.")] = 10
    temperature: Annotated[float, Parameter(help="Sampling temperature.")] = 0.7
    top_p: Annotated[
        float, Parameter(help="Sample among the likeliest tokens that have this probability together.")
    ] = 1.0
    max_new_tokens: Annotated[int, Parameter(help="The longest sentence, in tokens.")] = 512
    sentences: Annotated[int, Parameter(help="The longest caption, in sentences.")] = 20
    at_once: Annotated[int, Parameter(help="Captions written side by side; what a process that is killed loses.")] = 16
    seed: Annotated[int, Parameter(help="What all draws are made with; the same seed gives the same pairs.")] = 0


@app.default
def sentinel(
    *,
    who: Who,
    asked: Asked,
    judged: Judged,
    drawn: Drawn | None = None,
    cluster: Cluster | None = None,
    variant: str = "sightline",
    out: Path,
) -> None:
    """Make SENTINEL's preference pairs: of two sentences after the same words, one names what is not in the image.

    Captions are written sentence by sentence. Two detectors vote on the objects of all candidates; a caption goes on
    with a factual one. Writes pairs, SENTINEL's own files, and all candidates with what was made of them. The same
    command finishes a run that was interrupted, and tries images with problems again.

    Parameters
    ----------
    variant
        sightline, or published for what SENTINEL's published code does: no pairs for first sentences, contexts that may
        hold hallucinations, and objects outside a detector's classes counted as seen.
    out
        The folder to write to.
    """
    from sightline.cli.progress import shown_steps
    from sightline.preferences.sentinel.images import asked_images
    from sightline.preferences.sentinel.run import make_sentinel_pairs

    drawn = drawn or Drawn()
    images = asked_images(asked.images, asked.image_data, asked.prompt, asked.limit, drawn.seed)
    with ExitStack() as stack:
        model, settings = _begun(who, judged, drawn, cluster or Cluster(), variant, stack)
        progress = stack.enter_context(shown_steps())
        made = make_sentinel_pairs(
            model, images, asked.images, settings, out, lambda done, total: progress("images", done, total)
        )
    _show(made, images.repeated, who, asked)


def _begun(
    who: Who, judged: Judged, drawn: Drawn, cluster: Cluster, variant: str, stack: ExitStack
) -> "tuple[NextSentences | SentinelCrew, SentinelSettings]":
    """The model, or workers who have it, and how pairs are made."""
    if who.engine != "ray":
        cluster.refuse_without(who.engine)
        settings = _settings(judged, drawn, variant, who.device)
        return _model(who), settings
    from sightline.cli.options import names_in
    from sightline.scale.pairs import SentinelLoading, sentinel_crew

    # what is said of the detectors is asked of them here; workers have their own
    settings = _settings(judged, drawn, variant, "cpu")
    first, second = names_in(judged.detectors)
    loading = SentinelLoading(
        who.loading(cluster.worker_engine),
        (first, second),
        judged.vocabulary,
        settings.drawing,
        variant,
        drawn.sentences,
        drawn.at_once,
    )
    crew = sentinel_crew(loading, drawn.at_once, workers=cluster.workers, address=cluster.ray_address)
    stack.callback(crew.close)
    return crew, settings


def _model(who: Who) -> "NextSentences":
    from sightline.errors import RequestError
    from sightline.models.scripted import ScriptedModel
    from sightline.preferences.sentinel.sentences import sentence_end

    loaded = who.load()
    if isinstance(loaded, ScriptedModel):
        raise RequestError("A scripted model has nothing to draw from; name a model of transformers.")
    from sightline.models.next_sentences import NextSentences
    from sightline.models.transformers import TransformersModel

    assert isinstance(loaded, TransformersModel)
    return NextSentences(loaded, sentence_end)


def _settings(judged: Judged, drawn: Drawn, variant: str, device: str) -> "SentinelSettings":
    from sightline.cli.options import names_in
    from sightline.core import Drawing
    from sightline.detectors.named import detector
    from sightline.errors import RequestError
    from sightline.preferences.sentinel.objects import named_objects
    from sightline.preferences.sentinel.run import SentinelSettings, check_numbers
    from sightline.preferences.sentinel.variants import variant as way_of

    names = names_in(judged.detectors)
    if len(names) != 2:
        raise RequestError(f"--detectors names {len(names)}; two vote, such as --detectors mm-grounding-dino owlv2.")
    drawing = Drawing(drawn.n, drawn.temperature, drawn.top_p, drawn.max_new_tokens, drawn.seed)
    check_numbers(drawing, drawn.sentences, drawn.at_once)
    objects, way = named_objects(judged.vocabulary), way_of(variant)
    detectors = [detector(name, device) for name in names]
    return SentinelSettings(detectors, objects, drawing, way, drawn.sentences, drawn.at_once)


def _show(made: "SentinelPairs", repeated: int, who: Who, asked: Asked) -> None:
    from sightline.cli.tables import print_named

    summary, pairs = made.summary, made.folder / "pairs.jsonl"
    judged = summary.factual + summary.hallucinated + summary.uncertain
    votes = ", ".join(
        f"{number:,} {name} ({number / judged:.1%})" if judged else f"{number:,} {name}"
        for name, number in (
            ("factual", summary.factual),
            ("hallucinated", summary.hallucinated),
            ("uncertain", summary.uncertain),
        )
    )
    images = ["--images", str(asked.images)]
    check = ["sightline", "pairs", "check", str(pairs), *images]
    recipe = ["--recipe", "sentinel-bundled"] if who.model == "bundled" else []
    tune = ["sightline", "tune", "--pairs", str(pairs), *images, "--model", who.model, *recipe]
    lines = {
        "images": _images(made, repeated),
        "sentences": f"{summary.sentences:,}, {_each(summary.sentences, summary.images)} a caption",
        "candidates": _candidates(summary),
        "objects": votes,
        "pairs": f"{summary.pairs:,}: {summary.pairs_first:,} of first sentences, {summary.pairs_later:,} of later",
        "winners": _side(summary, summary.words_won, summary.new_won),
        "losers": _side(summary, summary.words_lost, summary.new_lost),
        "captions": "\n".join(f"{count:,} over because {why}" for why, count in summary.stopped.most_common()),
        "speed": _speed(made),
        "written": "\n".join(map(str, (*made.files, made.folder / "captions.jsonl", made.folder / "sentinel.json"))),
        "next": f"{shlex.join(check)}\n{shlex.join(tune)}",
    }
    print_named(lines)
    _show_problems(made)


def _each(total: int, number: int) -> str:
    return f"{total / number:.1f}" if number else "none"


def _images(made: "SentinelPairs", repeated: int) -> str:
    told = [f"{made.summary.images:,}"]
    if made.resumed:
        told.append(f"{made.resumed:,} of them before")
    if made.problems:
        told.append(f"{len(made.problems):,} more could not be captioned")
    if repeated:
        told.append(f"{repeated:,} rows that repeat another are left out")
    return ", ".join(told)


def _candidates(summary: "Summary") -> str:
    said = summary.drawn - summary.empty - summary.cut
    told = f"{summary.drawn:,}: {said - summary.repeated:,} different sentences, {summary.repeated:,} repeated"
    return f"{told}, {summary.empty:,} said nothing more, {summary.cut:,} came to no end"


def _side(summary: "Summary", words: int, new: int) -> str:
    words_each, new_each = summary.mean(words), summary.mean(new)
    if words_each is None or new_each is None:
        return "none"
    return f"{words_each:.1f} words, {new_each:.2f} objects that the context does not name"


def _speed(made: "SentinelPairs") -> str:
    from sightline.cli.progress import duration

    spent, shared = made.spent, made.identity.details.get("image shared", "yes")
    if not spent.drawn:
        return "nothing was drawn this time"
    how = "each image computed once" if shared == "yes" else f"images computed for each sentence ({shared[4:]})"
    return (
        f"{spent.drawn / spent.drawing_s:,.0f} candidates a second, {how}; {duration(spent.drawing_s)} drawing, "
        f"{duration(spent.looking_s)} judging"
    )


_SHOWN = 5


def _show_problems(made: "SentinelPairs") -> None:
    from sightline.cli.tables import console, notes

    lines = [f"{name}: {why}" for name, why in list(made.problems.items())[:_SHOWN]]
    if len(made.problems) > _SHOWN:
        lines.append(f"… and {len(made.problems) - _SHOWN:,} more, in {made.folder / 'sentinel.json'}")
    if made.was_cut:
        lines.append("The last caption had not been written whole when the run was interrupted; it was written again.")
    if lines:
        notes(console(), lines)
