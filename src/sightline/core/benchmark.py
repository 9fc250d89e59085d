"""What a benchmark is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sightline.core.claims import Claim
from sightline.core.labels import LabelSet
from sightline.core.questions import Question
from sightline.core.recorded import RecordedReplies
from sightline.core.scoring import Scoring

__all__ = ["Benchmark", "Labelled", "PublicFile", "PublicImages"]


class PublicFile(NamedTuple):
    """A file of a public repository, pinned to one version.

    Args:
        name: the name it is kept under. One that ends in .zip or .tar.gz is an archive, which is unpacked beside it.
        url: where it is, at a fixed commit where it has one.
        sha256: hash of its bytes; "" where no version is known to be the one: what is fetched first is then held to.
        inside: of an archive, the folder whose content is meant, or the one file; all of it where "".
    """

    name: str
    url: str
    sha256: str = ""
    inside: str = ""


class Labelled(NamedTuple):
    """The questions that a set of label files asks, in file order, and the key they give."""

    questions: tuple[Question, ...]
    labels: LabelSet


class PublicImages(NamedTuple):
    """Where the images of a benchmark are.

    Args:
        addresses: the questions and the key → name of each image that has an address of its own → the address.
        archives: archives of images, unpacked where images are wanted.
        note: how to get what has no address, in one line, in which ``{folder}`` stands for where the files of the label
            set are.
    """

    addresses: Callable[[Labelled], Mapping[str, str]] | None = None
    archives: tuple[PublicFile, ...] = ()
    note: str = ""


def _no_claim(text: str) -> Claim | None:
    """Texts, options and open questions ask about no claim."""
    return None


@dataclass(frozen=True)
class Benchmark:
    """A benchmark: what it asks, and how its files are read.

    Args:
        name: what users call it.
        title: one line of what it asks.
        splits: its parts, in the order in which they are shown.
        version: raised when any published number would move.
        read_labels: (folder or file, name of the label set) → the questions and the key.
        public: for every known label set, the public files it consists of.
        official_reader: the reader of the benchmark's own code.
        wordings: ways to put a question to a model: name → what is typed, in which ``{question}`` stands for the
            question's text. The first is the benchmark's own.
        claim_asked: the claim that a question's text asks about, or None where the text is not one of its questions; by
            default none asks about any.
        scoring: how replies become rates, where they are not yes or no to one claim.
        reply_tokens: the longest reply that its questions ask for, in tokens; a caption needs more than a yes.
        read_replies: reads the files of replies that the benchmark's own tools write, where they are of a format that
            others do not have (captions by image id).
        images: where its images are.
        published: name of a public label set → how many questions it had when it was published.
    """

    name: str
    title: str
    splits: Sequence[str]
    version: int
    read_labels: Callable[[Path, str], Labelled]
    public: Mapping[str, tuple[PublicFile, ...]]
    official_reader: str
    wordings: Mapping[str, str] = field(default_factory=dict)
    claim_asked: Callable[[str], Claim | None] = _no_claim
    scoring: Scoring | None = None
    reply_tokens: int = 16
    read_replies: Callable[[str | Path], RecordedReplies] | None = None
    images: PublicImages = field(default_factory=PublicImages)
    published: Mapping[str, int] = field(default_factory=dict)
