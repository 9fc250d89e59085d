"""FINER's files from scene graphs or long captions: read, verified, given negatives, judged, asked, written.

What language models write and what vision-language models say is kept by whoever calls (`sightline.records`), so that a
build that was interrupted asks nothing twice; all else is made anew, and is the same for the same seed.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from sightline.benchmarks.finer_published import QTYPES, published_table
from sightline.core import Claim, Replying, TextRequest, Writing, claim_record
from sightline.errors import RequestError
from sightline.evaluation.asking import find_images
from sightline.queries import statistics as by_statistics
from sightline.queries.discriminator import ENTROPY, Discriminated, Rewrite, Way, discriminate
from sightline.queries.element import KINDS, NEGATIVES, Element, Negative, elements_of
from sightline.queries.elements_file import Kept, elements_bytes
from sightline.queries.extraction import estimated_requests, extract_graphs
from sightline.queries.fine_question import FineQuestion
from sightline.queries.levels import make_levels
from sightline.queries.questions import Made, Shape, make_questions
from sightline.queries.verification import verify_graphs
from sightline.queries.written_negatives import Refused, Rewriter, negative_requests, write_negatives
from sightline.records.atomic import write_bytes
from sightline.records.folder_lock import lock_folder
from sightline.records.json_rows import Layout, encode_rows
from sightline.records.tables import csv_bytes
from sightline.scenes.scene_graphs import LeftOut, ReadGraphs, SceneGraph, read_captions, read_scene_graphs
from sightline.scenes.scene_graphs.captions import is_captions
from sightline.scenes.scene_graphs.plain import graph_record

__all__ = ["FILES", "FinerBuild", "Models", "build_finer", "requests_of"]

FILES = {
    "questions": "finer.jsonl",
    "levels": "finer_levels.jsonl",
    "elements": "elements.jsonl",
    "graphs": "graphs.jsonl",
    "left_out": "left_out.jsonl",
    "verified": "verified.jsonl",
    "record": "build.json",
}
"""The files of a build by what they hold; the record is written last."""

Progress = Callable[[str, int, int], None]
"""(step, done, of how many)."""

_LOCK = "build.lock"
_BUSY = "another process is building here. Wait until it is done, or choose another: --out FOLDER."
NO_IMAGE = "the image is missing"


@dataclass(frozen=True)
class FinerBuild:
    """What is to be built, and how.

    Args:
        shape: what questions are to look like; its seed is the seed of everything.
        levels: whether the seven levels of granularity are built as well.
        first: read the first so many images only.
        limit: at most so many images, drawn.
        extract: how captions are read: by rules, or by the language model; auto: by the model, where there is one.
        negatives: who makes negatives: the data's own statistics, or the language model.
        verify: the least probability with which the judge must see an element for it to stay; None: not asked.
        threshold: on the entropy of the judge.
        rounds: how often an element is judged, at most.
        way: how the judge is asked.
        published: whether files with FINER's published columns are written as well.
    """

    shape: Shape = field(default_factory=Shape)
    levels: bool = True
    first: int | None = None
    limit: int | None = None
    extract: Literal["auto", "rules", "llm"] = "auto"
    negatives: Literal["statistics", "llm"] = "statistics"
    verify: float | None = None
    threshold: float = ENTROPY
    rounds: int = 3
    way: Way = "options"
    published: bool = False


class Models(NamedTuple):
    """Who helps to build.

    Args:
        writer: the language model that reads captions or writes negatives.
        judge: the vision-language model that verifies elements and judges negatives.
        images: the folder of the images, which the judge needs.
    """

    writer: Writing | None = None
    judge: Replying | None = None
    images: Path | None = None


def build_finer(
    source: str | Path,
    out: str | Path | None = None,
    how: FinerBuild | None = None,
    models: Models | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> pa.Table:
    """Build FINER's settings, and its levels of granularity.

    Args:
        source: scene graphs, or long captions, of any format that `read_scene_graphs` knows.
        out: the folder to write to; without it nothing is written.
        how: what is to be built.
        models: who helps.
        overwrite: whether an earlier build may be replaced.
        progress: told how far each step is.

    Returns:
        A row for each question; the record in the metadata says what was left out, and how often for each reason.

    Raises:
        RequestError: settings contradict each other, nothing can be asked, or the folder holds another build.
        DataError: the source is broken.
    """
    how, models = how or FinerBuild(), models or Models()
    _check(how, models)
    if out is None:
        return _Build(Path(source), how, models, progress).table()
    folder = Path(out)
    if (folder / FILES["record"]).exists() and not overwrite:
        raise RequestError(f"{folder} holds a build already. Choose another folder with --out, or say --overwrite.")
    with lock_folder(folder, _LOCK, _BUSY, "nothing can be built here"):
        build = _Build(Path(source), how, models, progress)
        build.write(folder)
        return build.table()


def _check(how: FinerBuild, models: Models) -> None:
    if models.writer is None and "llm" in (how.extract, how.negatives):
        raise RequestError("A language model is to help, but none is named. Name one: --llm NAME --llm-url ADDRESS.")
    if models.judge is not None and models.images is None:
        raise RequestError("The judge needs the images. Name their folder: --images FOLDER.")
    if models.judge is None and how.verify is not None:
        raise RequestError("Elements are to be verified, but no model is named that could. Name one: --judge MODEL.")
    if any(number is not None and number < 1 for number in (how.first, how.limit)):
        raise RequestError(f"{how.limit or how.first} images were asked for; expected one or more.")


class _Build:
    """One build, step by step."""

    def __init__(self, source: Path, how: FinerBuild, models: Models, progress: Progress | None) -> None:
        self.source, self.how, self.models, self.progress = source, how, models, progress
        self.written: list[Path] = []
        self.left_out = LeftOut()
        self.refused: dict[str, list[dict[str, Any]]] = {}
        read = self._read()
        self.sources = read.sources
        self.annotated = len(read.graphs)
        self._add(read.left_out)
        self.verified: tuple[dict[str, Any], ...] = ()
        everything = self._with_images(read.graphs)
        graphs = self._verified(self._drawn(everything))
        # Where the judge took elements out, what is plausible is learned from what it left.
        self.statistics = by_statistics.learn(graphs if how.verify is not None else everything)
        self.graphs = {graph.image: graph for graph in graphs}
        elements = [element for graph in graphs for element in elements_of(graph)]
        elements = self._negatived(elements)
        self.judged: Discriminated | None = None
        self.elements = self._judged(elements)
        self.questions = self._made(make_questions(graphs, self._whole(), how.shape))
        self.levels: tuple[FineQuestion, ...] = ()
        if how.levels:
            self.levels = self._made(make_levels(graphs, self.elements, how.shape.articles, seed=how.shape.seed))
        if not self.questions and not self.levels:
            reasons = "; ".join(f"{reason}: {len(what):,}" for reason, what in self.left_out.items())
            raise RequestError(f"{source} holds nothing to ask about ({reasons}).")

    def _add(self, left_out: Mapping[str, Iterable[str]]) -> None:
        for reason, what in left_out.items():
            self.left_out.setdefault(reason, []).extend(what)

    def _tell(self, step: str) -> Callable[[int, int], None] | None:
        progress = self.progress
        return None if progress is None else lambda done, total: progress(step, done, total)

    def _read(self) -> ReadGraphs:
        if not _extracts(self.source, self.how, self.models.writer is not None):
            return read_scene_graphs(self.source, self.how.first)
        assert self.models.writer is not None
        captioned = read_captions(self.source, self.how.first)
        extracted = extract_graphs(captioned.images, self.models.writer, progress=self._staged())
        left_out = LeftOut(captioned.left_out)
        for reason, what in extracted.left_out.items():
            left_out.setdefault(reason, []).extend(what)
        return ReadGraphs(extracted.graphs, (captioned.source,), left_out)

    def _staged(self) -> Callable[[Any], None] | None:
        progress = self.progress
        return None if progress is None else lambda at: progress(at.stage, at.done, at.total)

    def _with_images(self, graphs: Sequence[SceneGraph]) -> list[SceneGraph]:
        """The graphs whose images are there, where images are needed."""
        self.files: dict[str, Path] = {}
        if self.models.images is None:
            return list(graphs)
        self.files = find_images(self.models.images, [graph.image for graph in graphs])
        for graph in graphs:
            if graph.image not in self.files:
                self.left_out.add(NO_IMAGE, graph.image)
        there = [graph for graph in graphs if graph.image in self.files]
        if not there:
            hint = f"the first is {graphs[0].image}" if graphs else "the source has none"
            raise RequestError(f"None of {len(graphs):,} images is in {self.models.images}; {hint}.")
        return there

    def _drawn(self, graphs: Sequence[SceneGraph]) -> list[SceneGraph]:
        limit = self.how.limit
        if limit is None or limit >= len(graphs):
            return list(graphs)
        kept = set(random.Random(f"{self.how.shape.seed}/images").sample(range(len(graphs)), limit))
        return [graph for place, graph in enumerate(graphs) if place in kept]

    def _verified(self, graphs: list[SceneGraph]) -> list[SceneGraph]:
        if self.how.verify is None or self.models.judge is None:
            return graphs
        found = verify_graphs(graphs, self.models.judge, self.files, self.how.verify, progress=self._staged())
        self._add(found.left_out)
        self.verified = found.probabilities
        return list(found.graphs)

    def _negatived(self, elements: list[Element]) -> list[Element]:
        """Give every element its negatives, in random order, so that none stands for a way in which it was made."""
        if self.how.negatives == "statistics":
            made = [self._by_statistics(element) for element in elements]
        else:
            assert self.models.writer is not None
            graphs = tuple(self.graphs.values())
            written = write_negatives(elements, graphs, self.models.writer, progress=self._staged())
            self._add(written.left_out)
            self._refused(written.refused)
            made = list(written.elements)
        return [element.with_negatives(self._shuffled(element)) for element in made]

    def _by_statistics(self, element: Element) -> Element:
        graph = self.graphs[element.image]
        draw = random.Random(f"{self.how.shape.seed}/{element.key}")
        negatives, refused = by_statistics.negatives_of(element, graph, self.statistics, draw)
        for negative, reason in refused:
            if negative is None:
                self.left_out.add(reason, element.key)
            else:
                record = {"claim": claim_record(negative.claim), "by": negative.by, "reason": reason}
                self.refused.setdefault(element.key, []).append(record)
        return element.with_negatives(tuple(negatives))

    def _shuffled(self, element: Element) -> tuple[Negative, ...]:
        draw = random.Random(f"{self.how.shape.seed}/{element.key}/order")
        return tuple(draw.sample(element.negatives, len(element.negatives)))

    def _refused(self, refused: Iterable[Refused]) -> None:
        for each in refused:
            record = {"text": each.text, "by": each.by, "reason": each.reason, "attempt": each.attempt}
            self.refused.setdefault(each.element, []).append(record)

    def _judged(self, elements: list[Element]) -> tuple[Element, ...]:
        if self.models.judge is None:
            return tuple(elements)
        judged = discriminate(
            elements,
            self.models.judge,
            self.files,
            self._rewrite(),
            self.how.threshold,
            self.how.rounds,
            self.how.way,
            self.how.shape.articles,
            self.how.shape.seed,
            progress=self._tell("judging"),
        )
        self.judged = judged
        for each in judged.rejected:
            record = {"claim": claim_record(each.negative.claim), "by": each.negative.by, "reason": each.reason}
            self.refused.setdefault(each.element, []).append({**record, "round": each.round})
        for element in judged.elements:
            if element.key in judged.judged and not element.negatives:
                self.left_out.add("the judge did not accept it", element.key)
        return judged.elements

    def _rewrite(self) -> Rewrite:
        """Who makes new negatives in place of those that the judge takes for true."""
        if self.how.negatives == "llm":
            assert self.models.writer is not None
            return Rewriter(tuple(self.graphs.values()), self.models.writer, progress=self._staged())

        def again(lacking: Sequence[tuple[Element, Sequence[Claim]]]) -> list[tuple[Negative, ...]]:
            return [self._more(element, barred) for element, barred in lacking]

        return again

    def _more(self, element: Element, barred: Sequence[Claim]) -> tuple[Negative, ...]:
        graph = self.graphs[element.image]
        draw = random.Random(f"{self.how.shape.seed}/{element.key}/{len(barred)}")
        taken = [*barred, *(negative.claim for negative in element.negatives)]
        negatives, _ = by_statistics.negatives_of(element, graph, self.statistics, draw, taken)
        return tuple(negatives)

    def _whole(self) -> list[Element]:
        """Elements whose negatives are all there; others are asked about, but not changed."""
        return [each if len(each.negatives) == NEGATIVES else each.with_negatives(()) for each in self.elements]

    def _made(self, made: Made) -> tuple[FineQuestion, ...]:
        self._add(made.left_out)
        return made.questions

    def table(self) -> pa.Table:
        """A row for each question, with the record."""
        rows = [question.record for question in (*self.questions, *self.levels)]
        for row in rows:
            row["changed"] = json.dumps(row["changed"])
        return pa.Table.from_pylist(rows).replace_schema_metadata({b"sightline": json.dumps(self.record())})

    def record(self) -> dict[str, Any]:
        """What was built, of what, and how."""
        of_kind = {kind: [e for e in self.elements if e.kind == kind] for kind in KINDS}
        return {
            "sightline": version("sightline"),
            "benchmark": "finer",
            "settings": {**asdict(self.how), "sources": [asdict(source) for source in self.sources]},
            "models": {name: _named(model) for name, model in self.models._asdict().items() if name != "images"},
            "annotated_images": self.annotated,
            "images": len(self.graphs),
            "elements": {kind: len(own) for kind, own in of_kind.items()},
            "with_negatives": {kind: sum(len(e.negatives) == NEGATIVES for e in own) for kind, own in of_kind.items()},
            "questions": {name: len(list(own)) for name, own in _by_setting((*self.questions, *self.levels))},
            "left_out": {reason: len(what) for reason, what in self.left_out.items()},
            "refused": _counted(each["reason"] for own in self.refused.values() for each in own),
            "files": [str(path) for path in self.written],
        }

    def write(self, folder: Path) -> None:
        """Write all files, the record last."""
        kept = [
            Kept(
                element,
                self.judged.judged.get(element.key) if self.judged is not None else None,
                self.judged.rounds.get(element.key, 0) if self.judged is not None else 0,
                self.refused.get(element.key, ()),
            )
            for element in self.elements
        ]
        left_out = [{"reason": reason, "what": what} for reason, own in self.left_out.items() for what in own]
        parts: dict[str, bytes] = {
            "questions": _lines(question.record for question in self.questions),
            "levels": _lines(question.record for question in self.levels),
            "elements": elements_bytes(kept),
            "graphs": _lines(graph_record(graph) for graph in self.graphs.values()),
            "left_out": _lines(left_out),
            "verified": _lines(self.verified),
        }
        written = [write_bytes(folder / FILES[name], data) for name, data in parts.items() if data]
        if self.how.published:
            for setting, questions in _by_setting(self.questions):
                path = folder / "published" / f"{QTYPES[setting]}.csv"
                path.parent.mkdir(exist_ok=True)
                written.append(write_bytes(path, csv_bytes(published_table(questions))))
        hashes = {FILES[name]: hashlib.sha256(data).hexdigest() for name, data in parts.items() if data}
        self.written += [*written, folder / FILES["record"]]
        record = {**self.record(), "sha256": hashes}
        write_bytes(folder / FILES["record"], (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())


def requests_of(source: str | Path, how: FinerBuild) -> list[TextRequest]:
    """About what a language model is asked in a build, each request once.

    What the later stages ask depends on what the earlier ones find; here it is what the rules find. Requests that are
    repeated because a reply cannot be used are not counted.

    Raises:
        DataError: the source is broken.
    """
    found: list[TextRequest] = []
    if _extracts(Path(source), how, has_writer=True):
        found += estimated_requests(read_captions(source, how.first).images)
    if how.negatives == "llm":
        graphs = read_scene_graphs(source, how.first).graphs
        found += negative_requests([element for graph in graphs for element in elements_of(graph)], graphs)
    return found


def _extracts(source: Path, how: FinerBuild, has_writer: bool) -> bool:
    """Whether a language model reads the source."""
    return how.extract == "llm" or (how.extract == "auto" and has_writer and is_captions(source))


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    rows = list(records)
    return encode_rows(rows, Layout()) if rows else b""


def _by_setting(questions: Iterable[FineQuestion]) -> list[tuple[str, list[FineQuestion]]]:
    found: dict[str, list[FineQuestion]] = {}
    for question in questions:
        found.setdefault(question.setting, []).append(question)
    return list(found.items())


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    return {reason: len(list(own)) for reason, own in groupby(sorted(reasons))}


def _named(model: Writing | Replying | None) -> dict[str, str] | None:
    if model is None:
        return None
    identity = model.identity
    return {"name": identity.name, "hash": identity.hash, "engine": identity.engine, "dtype": identity.dtype}
