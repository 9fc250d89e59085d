"""FINER-Tuning's pairs from scene graphs or long captions, step by step, to the files that hold them.

What language models write and what the verifier says is kept by whoever calls (`sightline.records`), so that a run that
was killed asks nothing twice; all else is made anew, and is the same for the same seed. Files are written at the end,
whole or not at all.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import PreferencePair, Replying, TextRequest, Writing
from sightline.errors import RequestError
from sightline.preferences.finer.checks import TWICE, why_no_edit, why_no_pair
from sightline.preferences.finer.drawn import Drawn, Phrasing, draw_edits
from sightline.preferences.finer.files import FinerFiles, check_out, read_all, write_finer_pairs
from sightline.preferences.finer.phrases import KINDS, Beside, Edit, Phrase, unit_text, written_out
from sightline.preferences.finer.queries import METHOD, POLARITIES, Asked
from sightline.preferences.finer.rejected import Rejected
from sightline.preferences.finer.samplers import EITHER, Sampler, sample, sampler
from sightline.preferences.finer.source import captions_of, graphs_of
from sightline.preferences.finer.verified import THRESHOLD, verify_edits
from sightline.preferences.finer.written import write_edits, written_requests
from sightline.queries.drawn_images import DrawnImages, Wanted
from sightline.queries.staged import Done
from sightline.queries.statistics import learn
from sightline.records.folder_lock import lock_folder

__all__ = [
    "FinerPairs",
    "Made",
    "Using",
    "check_finer_pairs",
    "make_finer_pairs",
    "requests_of",
    "sample_finer_pairs",
]

Progress = Callable[[str, int, int], None]
"""(step, done, of how many)."""

_BUSY = "another process makes pairs here. Wait until it is done, or choose another: --out FILE."
_SHOWN = 5


@dataclass(frozen=True)
class FinerPairs:
    """What pairs are wanted.

    Args:
        phrasing: how phrases are drawn or written; its seed is the seed of everything.
        sampler: name of what is taken of all pairs; see `sightline.preferences.finer.samplers`.
        weights: kind → which share of its phrases is taken, against those of others.
        templates: names of those that are asked with; all where none are named.
        articles: whether phrases have articles.
        first: read the first so many images only.
        limit: at most so many images, drawn.
        threshold: the probability of Yes from which on the verifier sees a false unit.
    """

    phrasing: Phrasing = field(default_factory=Phrasing)
    sampler: str = EITHER
    weights: Mapping[str, float] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    articles: bool = False
    first: int | None = None
    limit: int | None = None
    threshold: float = THRESHOLD


class Using(NamedTuple):
    """Who helps, and where images are.

    Args:
        writer: the language model that writes phrases and edits.
        verifier: the vision-language model that is asked whether false units can be seen.
        images: the folder of the images; pairs name them by their path below it. Without, as the source names them.
    """

    writer: Writing | None = None
    verifier: Replying | None = None
    images: Path | None = None


class Made(NamedTuple):
    """What came of it.

    Args:
        pairs: those that the sampler took.
        record: what was made, of what, how, and what was refused and left out.
    """

    pairs: tuple[PreferencePair, ...]
    record: dict[str, Any]


def make_finer_pairs(
    source: str | Path,
    out: str | Path,
    how: FinerPairs | None = None,
    using: Using | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Made:
    """Make pairs.

    Args:
        source: scene graphs, or long captions, of any format that `read_scene_graphs` knows; captions where a language
            model writes.
        out: the file of pairs to write; others come beside it.
        how: what pairs are wanted.
        using: who helps.
        overwrite: whether earlier pairs may be replaced.
        progress: told how far each step is.

    Raises:
        RequestError: settings contradict each other, nothing can be asked, or there are other pairs.
        DataError: the source is broken.
    """
    how, using, source, out = how or FinerPairs(), using or Using(), Path(source), Path(out)
    check_finer_pairs(how, using.writer is not None, using.verifier is not None, using.images)
    check_out(source, out, overwrite)
    with lock_folder(out.parent, f"{out.stem}.build.lock", _BUSY, "no pairs can be made here"):
        check_out(source, out, overwrite)  # another process may have made them meanwhile
        run = _Run(source, how, using, progress)
        pairs = sample(run.pairs, sampler(how.sampler), how.weights, how.phrasing.seed)
        record = {**run.record(), "pairs": _counted(pairs)}
        written = write_finer_pairs(out, FinerFiles(pairs, run.pairs, run.rejected), record)
    return Made(tuple(pairs), {**record, "files": written})


def sample_finer_pairs(
    source: str | Path,
    out: str | Path,
    how: Sampler,
    weights: Mapping[str, float] | None = None,
    seed: int = 0,
    overwrite: bool = False,
) -> Made:
    """Take other pairs of all that were made before, which costs nothing.

    Args:
        source: the ``.all.jsonl`` of an earlier run.
        out: the file of pairs to write.
        how: what is taken.
        weights: kind → which share of its phrases is taken, against those of others.
        seed: of the draws.
        overwrite: whether earlier pairs may be replaced.

    Raises:
        RequestError: there are other pairs, or weights are none.
        DataError: the source is broken.
    """
    source, out = Path(source), Path(out)
    check_out(source, out, overwrite)
    with lock_folder(out.parent, f"{out.stem}.build.lock", _BUSY, "no pairs can be made here"):
        everything = read_all(source)
        pairs = sample(everything, how, weights, seed)
        record = {
            "sightline": version("sightline"),
            "method": METHOD,
            "settings": {"sampler": how.name, "weights": dict(weights or {}), "seed": seed, "sources": [str(source)]},
            "images": len({pair.image.name for pair in everything}),
            "phrases": _phrases(everything),
            "all": _counted(everything),
            "pairs": _counted(pairs),
        }
        written = write_finer_pairs(out, FinerFiles(pairs), record)
    return Made(tuple(pairs), {**record, "files": written})


def check_finer_pairs(how: FinerPairs, has_writer: bool, has_verifier: bool, images: Path | None) -> None:
    """Refuse what cannot be had, before any model is loaded or asked.

    Args:
        how: what pairs are wanted.
        has_writer: whether a language model writes.
        has_verifier: whether a vision-language model verifies.
        images: the folder of the images.

    Raises:
        RequestError: settings contradict each other, or are out of range.
    """
    sample([], sampler(how.sampler), how.weights)
    Asked(how.templates)
    if has_verifier and images is None:
        raise RequestError("The verifier needs the images. Name their folder: --images FOLDER.")
    if not 0 <= how.threshold <= 1:
        raise RequestError(f"The threshold of the verifier is {how.threshold:g}; expected 0 to 1.")
    if unknown := [kind for kind in how.phrasing.most if kind not in KINDS]:
        raise RequestError(f"{unknown[0]!r} is no kind of phrase; there are {', '.join(KINDS)}.")
    if not how.phrasing.ends:
        raise RequestError('"What" questions ask for neither end of a relation; name subject, object or both.')
    counts = [("phrases of each kind", how.phrasing.per_image), ("images", how.first), ("images", how.limit)]
    counts += [(f"units of a phrase about {kind}", number) for kind, number in how.phrasing.most.items()]
    for what, number in counts:
        if number is not None and number < 1:
            raise RequestError(f"{number} {what} were asked for; expected one or more.")


def requests_of(source: str | Path, how: FinerPairs, images: Path | None = None) -> list[TextRequest]:
    """About what a language model is asked in a run, each request once; those that are repeated are not counted.

    Args:
        source: of the run.
        how: what pairs are wanted.
        images: the folder of the images, where they are named.

    Raises:
        RequestError: settings contradict each other, or no image is there.
        DataError: the source is broken.
    """
    check_finer_pairs(how, True, False, images)
    return written_requests(captions_of(Path(source), _wanted(how, images)).drawn, how.phrasing)


def _wanted(how: FinerPairs, images: Path | None) -> Wanted:
    return Wanted(how.first, how.limit, how.phrasing.seed, images)


class _Run:
    """One run, step by step."""

    def __init__(self, source: Path, how: FinerPairs, using: Using, progress: Progress | None) -> None:
        self.how, self.using, self.progress = how, using, progress
        self.rejected: list[Rejected] = []
        drawn = self._drawn(source) if using.writer is None else self._written(source, using.writer)
        for reason, what in drawn.left_out.items():
            self.left_out.setdefault(reason, []).extend(what)
        self.rejected += drawn.rejected
        self.pairs = self._asked(self._verified(self._sound(drawn.edits)))
        if not self.pairs:
            often = Counter({reason: len(what) for reason, what in self.left_out.items()})
            often.update(each.reason for each in self.rejected)
            reasons = "; ".join(f"{reason}: {number:,}" for reason, number in often.most_common(_SHOWN))
            raise RequestError(f"No pair can be made of {source} ({reasons}).")

    def _tell(self, step: str) -> Callable[[int, int], None] | None:
        progress = self.progress
        return None if progress is None else lambda done, total: progress(step, done, total)

    def _staged(self) -> Callable[[Done], None] | None:
        progress = self.progress
        return None if progress is None else lambda at: progress(at.stage, at.done, at.total)

    def _drawn(self, source: Path) -> Drawn:
        """Phrases and edits without a language model."""
        read = graphs_of(source, _wanted(self.how, self.using.images))
        self._note(read)
        return draw_edits(read.drawn, learn(read.there), self.how.phrasing, self._tell("phrases"))

    def _written(self, source: Path, writer: Writing) -> Drawn:
        """Phrases and edits that the language model writes."""
        read = captions_of(source, _wanted(self.how, self.using.images))
        self._note(read)
        return write_edits(read.drawn, writer, self.how.phrasing, self._staged())

    def _note(self, read: DrawnImages[Any, str]) -> None:
        self.left_out, self.sources, self.annotated = read.left_out, read.sources, read.annotated
        self.paths, self.images = read.found, len(read.drawn)

    def _sound(self, edits: Sequence[Edit]) -> list[Edit]:
        """The edits that change the one unit they were to, each phrase once."""
        sound: list[Edit] = []
        said: set[tuple[str, str, Beside | None, str]] = set()
        for edit in edits:
            where = (edit.phrase.image, edit.phrase.kind, edit.phrase.beside)
            texts = {(*where, _text(phrase)) for phrase in (edit.phrase, edit.negative)}
            reason = why_no_edit(edit.phrase, edit.negative, edit.slot) or (TWICE if texts & said else "")
            if reason:
                self._reject(edit, reason)
            else:
                sound.append(edit)
                said |= texts
        return sound

    def _verified(self, edits: Sequence[Edit]) -> Sequence[Edit]:
        """The edits whose false unit the verifier does not see."""
        verifier, folder = self.using.verifier, self.using.images
        if verifier is None or folder is None:
            return edits
        images = {name: folder / path for name, path in self.paths.items()}
        found = verify_edits(edits, verifier, images, self.how.threshold, self._tell("verification"))
        self.rejected += found.rejected
        return found.edits

    def _asked(self, edits: Sequence[Edit]) -> list[PreferencePair]:
        """Both pairs of every edit, where nothing is wrong with either."""
        asked = Asked(self.how.templates, self.how.articles, self.how.phrasing.seed)
        kept: list[PreferencePair] = []
        prompts: set[tuple[str, str]] = set()
        for edit in edits:
            pairs = asked.about(edit, self.paths.get(edit.phrase.image, edit.phrase.image))
            own = {(edit.phrase.image, pair.prompt) for pair in pairs}
            reason = next(filter(None, map(why_no_pair, pairs)), "")
            if reason or len(own) < len(pairs) or own & prompts:
                self._reject(edit, reason or TWICE)
            else:
                kept += pairs
                prompts |= own
        return kept

    def _reject(self, edit: Edit, reason: str) -> None:
        unit, instead = (unit_text(each.units[edit.slot].claim) for each in (edit.phrase, edit.negative))
        self.rejected.append(
            Rejected(edit.phrase.image, edit.phrase.kind, reason, edit.by, _text(edit.phrase), unit, instead)
        )

    def record(self) -> dict[str, Any]:
        """What was made, of what, and how."""
        reasons = Counter(each.reason for each in self.rejected)
        return {
            "sightline": version("sightline"),
            "method": METHOD,
            "settings": {**asdict(self.how), "sources": [asdict(source) for source in self.sources]},
            "models": {"writer": _named(self.using.writer), "verifier": _named(self.using.verifier)},
            "annotated_images": self.annotated,
            "images": self.images,
            "phrases": _phrases(self.pairs),
            "all": _counted(self.pairs),
            "rejected": dict(sorted(reasons.items())),
            "left_out": {reason: len(what) for reason, what in self.left_out.items()},
        }


def _text(phrase: Phrase) -> str:
    return written_out(phrase, articles=False)


def _phrases(pairs: Sequence[PreferencePair]) -> dict[str, int]:
    """How many phrases of each kind pairs are about."""
    twins = {(pair.image.name, pair.kind, pair.details["twin"]) for pair in pairs}
    counts = Counter(kind for _, kind, _ in twins)
    return {kind: counts[kind] for kind in KINDS}


def _counted(pairs: Sequence[PreferencePair]) -> dict[str, dict[str, int]]:
    """How many pairs there are of each kind and polarity."""
    counts = Counter((pair.kind, pair.polarity) for pair in pairs)
    return {kind: {polarity: counts[kind, polarity] for polarity in POLARITIES} for kind in KINDS}


def _named(model: Writing | Replying | None) -> dict[str, str] | None:
    if model is None:
        return None
    identity = model.identity
    return {"name": identity.name, "hash": identity.hash, "engine": identity.engine, "dtype": identity.dtype}
