"""FINER's files from scene graphs or long captions: read, verified, given negatives, judged, asked, written.

What language models write and what vision-language models say is kept by whoever calls (`sightline.records`), so that a
build that was interrupted asks nothing twice; all else is made anew, and is the same for the same seed.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from sightline.core import Claim, Replying, TextRequest, Writing, claim_record
from sightline.errors import DataError, RequestError
from sightline.evaluation.finer_files import FILES, FinerFiles, by_setting, write_finer
from sightline.evaluation.finer_source import captions_of, graphs_of
from sightline.queries import statistics as by_statistics
from sightline.queries.discriminator import ENTROPY, Discriminated, Rewrite, Way, discriminate
from sightline.queries.drawn_images import DrawnImages, Wanted
from sightline.queries.element import KINDS, NEGATIVES, Element, Negative, elements_of
from sightline.queries.elements_file import Kept
from sightline.queries.extraction import estimated_requests, extract_graphs
from sightline.queries.fine_question import FineQuestion
from sightline.queries.levels import make_levels
from sightline.queries.questions import Made, Shape, make_questions
from sightline.queries.staged import Done
from sightline.queries.verification import verify_graphs
from sightline.queries.written_negatives import Refused, Rewriter, negative_requests, write_negatives
from sightline.records.folder_lock import lock_folder
from sightline.scenes.scene_graphs import LeftOut, SceneGraph, captioned_graph
from sightline.scenes.scene_graphs.captions import is_captions

__all__ = ["FILES", "NOT_ACCEPTED", "FinerBuild", "Models", "build_finer", "check_build", "check_folder", "requests_of"]

Progress = Callable[[str, int, int], None]
"""(step, done, of how many)."""

_LOCK = "build.lock"
_BUSY = "another process is building here. Wait until it is done, or choose another: --out FOLDER."
_SHOWN = 5

NOT_ACCEPTED = "the judge did not accept it"


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
        plausible_only: whether statistics give only what was seen in such surroundings, and fewer where little was.
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
    plausible_only: bool = False
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
    how, models, source = how or FinerBuild(), models or Models(), Path(source)
    check_build(how, models.writer is not None, models.judge is not None, models.images)
    if out is None:
        return _Build(source, how, models, progress).table([])
    folder = Path(out)
    check_folder(source, folder, overwrite)
    with lock_folder(folder, _LOCK, _BUSY, "nothing can be built here"):
        check_folder(source, folder, overwrite)  # another process may have built here meanwhile
        build = _Build(source, how, models, progress)
        return build.table(write_finer(folder, build.files(), build.record(), how.published))


def check_folder(source: Path, folder: Path, overwrite: bool) -> None:
    """Refuse a folder to which nothing may be written, before it is made.

    Raises:
        RequestError: it holds a build that may not be replaced, or the source itself.
        DataError: there is no source.
    """
    if not source.exists():
        raise DataError("there is no such file or folder", file=source, hint="Check the path.")
    if source.resolve() in [(folder / name).resolve() for name in FILES.values()]:
        raise RequestError(f"The build would be written over {source}. Choose another folder with --out.")
    if (folder / FILES["record"]).exists() and not overwrite:
        raise RequestError(f"{folder} holds a build already. Choose another folder with --out, or say --overwrite.")


def check_build(how: FinerBuild, has_writer: bool, has_judge: bool, images: Path | None) -> None:
    """Refuse what cannot be had, before any model is loaded or asked.

    Args:
        how: what is to be built.
        has_writer: whether a language model helps.
        has_judge: whether a vision-language model does.
        images: the folder of the images.

    Raises:
        RequestError: settings contradict each other, or are out of range.
    """
    if not has_writer and "llm" in (how.extract, how.negatives):
        raise RequestError("A language model is to help, but none is named. Name one: --llm NAME --llm-url ADDRESS.")
    if has_judge and images is None:
        raise RequestError("The judge needs the images. Name their folder: --images FOLDER.")
    if not has_judge and how.verify is not None:
        raise RequestError("Elements are to be verified, but no model is named that could. Name one: --judge MODEL.")
    for name, share in (("threshold", how.threshold), ("probability of verified elements", how.verify or 0.0)):
        if not 0 <= share <= 1:
            raise RequestError(f"The {name} is {share:g}; expected 0 to 1.")
    for what, number in (("images", how.first), ("images", how.limit), ("rounds of the judge", how.rounds)):
        if number is not None and number < 1:
            raise RequestError(f"{number} {what} were asked for; expected one or more.")


class _Build:
    """One build, step by step."""

    def __init__(self, source: Path, how: FinerBuild, models: Models, progress: Progress | None) -> None:
        self.how, self.models, self.progress = how, models, progress
        self.left_out = LeftOut()
        self.refused: dict[str, list[dict[str, Any]]] = {}
        everything, drawn = self._read(source)
        self.verified: tuple[dict[str, Any], ...] = ()
        graphs = self._verified(drawn)
        # Where the judge took elements out, what is plausible is learned from what it left.
        self.statistics = by_statistics.learn(graphs if how.verify is not None else everything)
        self.graphs = {graph.image: graph for graph in graphs}
        elements = self._negatived([element for graph in graphs for element in elements_of(graph)])
        self.judged = Discriminated((), {}, (), {})
        self.elements = self._judged(elements)
        self.questions = self._made(make_questions(graphs, self._whole(), how.shape))
        self.levels: tuple[FineQuestion, ...] = ()
        if how.levels:
            self.levels = self._made(make_levels(graphs, self.elements, how.shape.articles, seed=how.shape.seed))
        if not self.questions and not self.levels:
            often = sorted(self.left_out.items(), key=lambda reason: -len(reason[1]))[:_SHOWN]
            reasons = "; ".join(f"{reason}: {len(what):,}" for reason, what in often)
            raise RequestError(f"{source} holds nothing to ask about ({reasons}).")

    def _add(self, left_out: Mapping[str, Iterable[str]]) -> None:
        for reason, what in left_out.items():
            self.left_out.setdefault(reason, []).extend(what)

    def _tell(self, step: str) -> Callable[[int, int], None] | None:
        progress = self.progress
        return None if progress is None else lambda done, total: progress(step, done, total)

    def _staged(self) -> Callable[[Done], None] | None:
        progress = self.progress
        return None if progress is None else lambda at: progress(at.stage, at.done, at.total)

    def _read(self, source: Path) -> tuple[list[SceneGraph], list[SceneGraph]]:
        """All scene graphs that are known, and those that are built from."""
        wanted = _wanted(self.how, self.models.images)
        if not _extracts(source, self.how, self.models.writer is not None):
            graphs = graphs_of(source, wanted)
            self._note(graphs)
            return graphs.there, graphs.drawn
        assert self.models.writer is not None
        captions = captions_of(source, wanted)
        self._note(captions)
        extracted = extract_graphs(captions.drawn, self.models.writer, progress=self._staged())
        self._add(extracted.left_out)
        return list(extracted.graphs), list(extracted.graphs)

    def _note(self, read: DrawnImages[Any, Path]) -> None:
        self._add(read.left_out)
        self.sources, self.annotated, self.files_of_images = read.sources, read.annotated, read.found

    def _verified(self, graphs: list[SceneGraph]) -> list[SceneGraph]:
        if self.how.verify is None or self.models.judge is None:
            return graphs
        found = verify_graphs(graphs, self.models.judge, self.files_of_images, self.how.verify, progress=self._staged())
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
        wide = not self.how.plausible_only
        negatives, refused = by_statistics.negatives_of(element, graph, self.statistics, draw, wide=wide)
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
        how, rewrite = self.how, self._rewrite()
        self.judged = discriminate(
            elements,
            self.models.judge,
            self.files_of_images,
            rewrite,
            how.threshold,
            how.rounds,
            how.way,
            how.shape.articles,
            how.shape.seed,
            progress=self._tell("judging"),
        )
        if isinstance(rewrite, Rewriter):
            self._refused(rewrite.refused)
        for each in self.judged.rejected:
            record = {"claim": claim_record(each.negative.claim), "by": each.negative.by, "reason": each.reason}
            self.refused.setdefault(each.element, []).append({**record, "round": each.round})
        for element in self.judged.elements:
            if element.key in self.judged.judged and not element.negatives:
                self.left_out.add(NOT_ACCEPTED, element.key)
        return self.judged.elements

    def _rewrite(self) -> Rewrite:
        """Who makes new negatives in place of those that the judge takes for true."""
        if self.how.negatives == "llm":
            assert self.models.writer is not None
            return Rewriter(tuple(self.graphs.values()), self.models.writer, progress=self._staged())
        return lambda lacking: [self._more(element, barred) for element, barred in lacking]

    def _more(self, element: Element, barred: Sequence[Claim]) -> tuple[Negative, ...]:
        graph = self.graphs[element.image]
        draw = random.Random(f"{self.how.shape.seed}/{element.key}/{len(barred)}")
        taken = [*barred, *(negative.claim for negative in element.negatives)]
        negatives, _ = by_statistics.negatives_of(
            element, graph, self.statistics, draw, taken, not self.how.plausible_only
        )
        return tuple(negatives)

    def _whole(self) -> list[Element]:
        """Elements whose negatives are all there; others are asked about, but not changed."""
        return [each if len(each.negatives) == NEGATIVES else each.with_negatives(()) for each in self.elements]

    def _made(self, made: Made) -> tuple[FineQuestion, ...]:
        self._add(made.left_out)
        return made.questions

    def files(self) -> FinerFiles:
        """What is to be written."""
        judged, rounds = self.judged.judged, self.judged.rounds
        kept = [
            Kept(each, judged.get(each.key), rounds.get(each.key, 0), self.refused.get(each.key, ()))
            for each in self.elements
        ]
        graphs = tuple(self.graphs.values())
        return FinerFiles(self.questions, self.levels, kept, graphs, self.left_out, self.verified)

    def table(self, written: Sequence[str]) -> pa.Table:
        """A row for each question, with the record."""
        rows = [question.record for question in (*self.questions, *self.levels)]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        columns["changed"] = [json.dumps(claim) for claim in columns["changed"]]
        record = json.dumps({**self.record(), "files": list(written)})
        return pa.table(columns).replace_schema_metadata({b"sightline": record})

    def record(self) -> dict[str, Any]:
        """What was built, of what, and how."""
        of_kind = {kind: [e for e in self.elements if e.kind == kind] for kind in KINDS}
        settings = by_setting((*self.questions, *self.levels))
        return {
            "sightline": version("sightline"),
            "benchmark": "finer",
            "settings": {**asdict(self.how), "sources": [asdict(source) for source in self.sources]},
            "models": {"writer": _named(self.models.writer), "judge": _named(self.models.judge)},
            "annotated_images": self.annotated,
            "images": len(self.graphs),
            "elements": {kind: len(own) for kind, own in of_kind.items()},
            "with_negatives": {kind: sum(len(e.negatives) == NEGATIVES for e in own) for kind, own in of_kind.items()},
            "questions": {name: len(own) for name, own in settings.items()},
            "left_out": {reason: len(what) for reason, what in self.left_out.items()},
            "refused": dict(sorted(Counter(each["reason"] for own in self.refused.values() for each in own).items())),
        }


def requests_of(source: str | Path, how: FinerBuild, images: Path | None = None) -> list[TextRequest]:
    """About what a language model is asked in a build, each request once.

    What the later stages ask depends on what the earlier ones find; here it is what the rules find. Requests that are
    repeated because a reply cannot be used are not counted.

    Args:
        source: of the build.
        how: what is to be built.
        images: the folder of the images, where they are needed.

    Raises:
        RequestError: settings contradict each other, or no image is there.
        DataError: the source is broken.
    """
    source = Path(source)
    found: list[TextRequest] = []
    if _extracts(source, how, has_writer=True):
        captions = captions_of(source, _wanted(how, images)).drawn
        found += estimated_requests(captions)
        graphs = [captioned_graph(each) for each in captions]
    else:
        graphs = graphs_of(source, _wanted(how, images)).drawn
    if how.negatives == "llm":
        found += negative_requests([element for graph in graphs for element in elements_of(graph)], graphs)
    return found


def _wanted(how: FinerBuild, images: Path | None) -> Wanted:
    return Wanted(how.first, how.limit, how.shape.seed, images)


def _extracts(source: Path, how: FinerBuild, has_writer: bool) -> bool:
    """Whether a language model reads the source."""
    return how.extract == "llm" or (how.extract == "auto" and has_writer and is_captions(source))


def _named(model: Writing | Replying | None) -> dict[str, str] | None:
    if model is None:
        return None
    identity = model.identity
    return {"name": identity.name, "hash": identity.hash, "engine": identity.engine, "dtype": identity.dtype}
