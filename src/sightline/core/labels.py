"""Answer keys: what is taken to be true of the questions of a benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sightline.core.claims import Answer, Claim

__all__ = ["LabelSet", "Provenance", "SourceFile"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read.

    Args:
        name: its path as given.
        sha256: hash of its bytes.
        rows: how many rows it holds.
    """

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a label comes from, in a set that people have checked.

    Args:
        how: "agreed" upon by its labellers, "adjudicated" by a third person, or "kept": the old label, because nothing
            has been decided.
        by: who decided; nobody for a label that was kept.
        at: when, ISO 8601 in UTC; "" for a label that was kept.
        looked: why people were shown the pair: because it was "ranked" high, or drawn for the "control" sample; None
            where nobody has looked. A label that was looked at and kept is still open.
        words: labeller → what they said, where that was kept.
    """

    how: Literal["agreed", "adjudicated", "kept"]
    by: tuple[str, ...] = ()
    at: str = ""
    looked: Literal["ranked", "control"] | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether people have decided on the label."""
        return self.how != "kept"


@dataclass(frozen=True, slots=True)
class LabelSet:
    """A named answer key: (image name, claim) → answer.

    A label belongs to the pair, not to the split in which it is asked: POPE's three splits share pairs, and neither
    POPE nor RePOPE contradicts itself.

    Args:
        name: what it is called: "pope", "repope", your own.
        answers: the key.
        absent: what it means that a pair is not listed; None: nobody has said anything. Benchmark-native files cannot
            say "ambiguous", so corrected files leave such pairs out (the convention of RePOPE and of the files that
            sightline writes).
        splits: the splits it speaks of; none named: all.
        sources: the files it was read from.
        references: question id → what a right reply is held against, where that is not a verdict on one claim: the
            objects of an image (CHAIR), the true and the asserted number (counting). Its benchmark knows the type.
        provenance: (image name, claim) → where its label comes from, for those of which that is told.
    """

    name: str
    answers: Mapping[tuple[str, Claim], Answer]
    absent: Answer | None = Answer.AMBIGUOUS
    splits: tuple[str, ...] = ()
    sources: tuple[SourceFile, ...] = field(default=(), compare=False)
    references: Mapping[str, object] = field(default_factory=dict)
    provenance: Mapping[tuple[str, Claim], Provenance] = field(default_factory=dict, compare=False)

    def answer(self, image: str, claim: Claim) -> Answer | None:
        """What this key says of a claim about an image; None where it says nothing."""
        return self.answers.get((image, claim), self.absent)
