"""What do captions name that is not there? CHAIR, and where in a caption it happens."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sightline.benchmarks.chair import DETAIL
from sightline.benchmarks.image_objects import ImageObjects, read_image_objects
from sightline.core import Question, Reply
from sightline.demo.examples import Seen, card, different, replies_of
from sightline.demo.findings import Finding
from sightline.demo.run import Demo
from sightline.demo.shown import curve_row, percent, rates_of
from sightline.evaluation.captions import read_captions
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.propagation import propagation
from sightline.readers.caption_objects import Mention, caption_reader
from sightline.report.curves import rate_curve
from sightline.report.examples import Examples, Span
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Section, Show, Table
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.world import mates_of
from sightline.stats.shares import Share, share

__all__ = ["captions_found", "mate_share", "wrong_mentions"]

_POSITIONS = 6


def captions_found(demo: Demo, evaluation: Evaluation, run: Path, annotations: Path) -> Finding:
    """CHAIR, the rate by sentence, and what a hallucinated object goes with."""
    table = rate_table(evaluation)
    row = table.to_pylist()[0]
    annotated = read_image_objects(annotations)
    by_sentence = propagation(read_captions([f"bundled={run}"]), annotated, positions=_POSITIONS)
    points = [
        curve_row("hallucinated mentions", at["position"], at)
        for at in by_sentence.to_pylist()
        if (at["rate"], at["context"]) == ("mentions", "any") and at["position"].isdigit() and at["of"]
    ]
    mates = mate_share(evaluation, demo.by_image)
    first, last = points[0]["value"], points[-1]["value"]
    lines = (
        f"CHAIR_i {percent(rates_of(row, 'chair_i')[0])}, CHAIR_s {percent(rates_of(row, 'chair_s')[0])}, recall "
        f"{percent(rates_of(row, 'recall')[0])}",
        f"{percent(first)} of mentions in the first sentence, {percent(last)} in sentence {points[-1]['x']}",
        f"{percent(mates.value)} of what is named and not there goes with what is there",
    )
    data = pa.Table.from_pylist(points)
    section = Section(
        "What do captions name that is not there?",
        (
            "CHAIR_i is the share of mentions of objects that are not there, CHAIR_s that of captions with one. "
            "Captions name what is plain first; what can hardly be seen comes last, and there the model says what "
            f"usually goes together: {percent(mates.value)} of the objects that it names and that are not there go "
            "with one that is.",
        ),
        (
            Table("captions", "Captions, percent with 95 % intervals", table, _COLUMNS),
            figure_of(
                "by_sentence",
                "Mentions of objects that are not there, by sentence",
                lambda width: rate_curve(data, width_pt=width, along="sentence", measure="Hallucinated mentions"),
            ),
            _after_table(by_sentence),
            Examples("Captions that name what is not there", tuple(card(demo, seen) for seen in _wrong(evaluation))),
        ),
    )
    return Finding("captions (CHAIR)", lines, section)


_COLUMNS = (
    Column("n", "captions", Show.COUNT),
    *(
        Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"))
        for name, title in (("chair_i", "CHAIR_i"), ("chair_s", "CHAIR_s"), ("recall", "recall"))
    ),
    *(
        Column(name, title, Show.NUMBER, (f"{name}_low", f"{name}_high"))
        for name, title in (("words", "words"), ("mentions", "mentions"))
    ),
)


def _after_table(by_sentence: pa.Table) -> Table:
    """New objects after a clean and after a hallucinated context, all sentences from the second on."""
    chosen = by_sentence.filter(
        pc.and_(
            pc.equal(by_sentence["rate"], "new_objects"),
            pc.and_(pc.equal(by_sentence["position"], "from 2 on"), pc.is_in(by_sentence["context"], _CONTEXTS)),
        )
    )
    columns = (
        Column("context", "after a context that is"),
        Column("value", "hallucinated", Show.PERCENT, ("low", "high")),
        Column("of", "objects named for the first time", Show.COUNT),
    )
    return Table("after_context", "Objects named from the second sentence on, after a clean or hallucinated context",
                 chosen, columns)  # fmt: skip


_CONTEXTS = pa.array(["clean", "hallucinated"])


def _wrong(evaluation: Evaluation) -> list[Seen]:
    """Captions with their wrong mentions."""
    wrong: dict[str, tuple[Question, Reply, list[Mention]]] = {}
    for question, reply, mention in wrong_mentions(evaluation):
        wrong.setdefault(question.id, (question, reply, []))[2].append(mention)
    return different(
        [
            Seen(
                question,
                DETAIL,
                reply,
                "hallucinated",
                f"there is no {' and no '.join(dict.fromkeys(mention.object for mention in mentions))}",
                tuple(Span(*mention.span, "wrong") for mention in mentions),
            )
            for question, reply, mentions in wrong.values()
        ]
    )


def mate_share(evaluation: Evaluation, scenes: dict[str, RenderedScene]) -> Share:
    """Of the mentions of objects that are not there, the share that go with one that is."""
    hits, images = [], []
    for question, _, mention in wrong_mentions(evaluation):
        scene = scenes[question.images[0].name]
        hits.append(any(mate in scene.kinds for mate in mates_of(mention.object)))
        images.append(scene.index)
    return share(hits, images)


def wrong_mentions(evaluation: Evaluation) -> Iterator[tuple[Question, Reply, Mention]]:
    """Every mention of an object that is not there."""
    read, labels = caption_reader("nouns"), evaluation.label_sets[0]
    for question, reply in replies_of(evaluation):
        present = labels.references[question.id]
        assert isinstance(present, ImageObjects)
        for mention in read.mentions(reply.text, present.vocabulary):
            if mention.object not in present.objects:
                yield question, reply, mention
