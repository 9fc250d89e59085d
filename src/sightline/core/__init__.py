"""The values that carry the whole system. Standard library and numpy only."""

from sightline.core.benchmark import Benchmark, Labelled, PublicFile, PublicImages
from sightline.core.claims import (
    Answer,
    Attribute,
    Claim,
    Count,
    Presence,
    Relation,
    Verdict,
    claim_from_record,
    claim_record,
)
from sightline.core.continuing import Continuation, Continuing, Drawing, SentenceEnd, joined
from sightline.core.detecting import Detecting, Sighting
from sightline.core.images import ImageRef, Scene
from sightline.core.judging import Judge
from sightline.core.labels import LabelSet, Provenance, SourceFile
from sightline.core.models import (
    Asking,
    ImageGroup,
    ModelIdentity,
    Replies,
    RepliesAnyOrder,
    RepliesOneByOne,
    Replying,
    Said,
)
from sightline.core.preferences import PreferencePair
from sightline.core.questions import Question, Reply
from sightline.core.readings import UNREADABLE, Reader, Reading
from sightline.core.recorded import RecordedReplies, RecordedReply
from sightline.core.scoring import Counted, Derived, Rate, Ratio, Scoring, Shown, harmonic_mean_of, mean_of
from sightline.core.writing import CountsTokens, TextRequest, Totals, Writing, Written

__all__ = [
    "UNREADABLE",
    "Answer",
    "Asking",
    "Attribute",
    "Benchmark",
    "Claim",
    "Continuation",
    "Continuing",
    "Count",
    "Counted",
    "CountsTokens",
    "Derived",
    "Detecting",
    "Drawing",
    "ImageGroup",
    "ImageRef",
    "Judge",
    "LabelSet",
    "Labelled",
    "ModelIdentity",
    "PreferencePair",
    "Presence",
    "Provenance",
    "PublicFile",
    "PublicImages",
    "Question",
    "Rate",
    "Ratio",
    "Reader",
    "Reading",
    "RecordedReplies",
    "RecordedReply",
    "Relation",
    "Replies",
    "RepliesAnyOrder",
    "RepliesOneByOne",
    "Reply",
    "Replying",
    "Said",
    "Scene",
    "Scoring",
    "SentenceEnd",
    "Shown",
    "Sighting",
    "SourceFile",
    "TextRequest",
    "Totals",
    "Verdict",
    "Writing",
    "Written",
    "claim_from_record",
    "claim_record",
    "harmonic_mean_of",
    "joined",
    "mean_of",
]
