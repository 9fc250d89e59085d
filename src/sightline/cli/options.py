"""The options that several verbs share."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.core import LabelSet
    from sightline.evaluation.evaluation import Evaluation

__all__ = ["NOTHING", "Draws", "Format", "Given", "Metric", "Out", "ReaderName", "Seed", "names_in", "page"]

ReaderName = Annotated[
    str | None,
    Parameter(
        help="How replies are read. POPE: strict (the default), pope, llava, repope, lmms-eval or vlmevalkit. "
        "Counting: number (the default) or pih. Colour: colour. CHAIR: nouns (the default), chair or chair-verbs. "
        "FINER: choice (the default) or finer; its levels: as POPE. Others: sightline benchmarks about NAME lists "
        "them.",
    ),
]
Metric = Annotated[
    str | None,
    Parameter(
        help="The rate to compare. POPE: f1 (the default), accuracy, balanced_accuracy, precision, recall or tnr. "
        "Others: one of their own, the first by default."
    ),
]
Draws = Annotated[int, Parameter(help="Bootstrap draws of whole images.")]
Seed = Annotated[int, Parameter(help="Seed of the draws.")]
Format = Annotated[
    Literal["table", "csv", "json"], Parameter(help="What to print: a table for people, or every column for machines.")
]
Out = Annotated[Path | None, Parameter(help="Also write tables and the record into this folder.")]


_many = Parameter(consume_multiple=True, negative="", show_default=False)
_flag = Parameter(negative="", show_default=False)


def page(out: Path) -> Path:
    """The file that a page is written to.

    Raises:
        RequestError: it is not named like one, so that browsers would show its source.
    """
    from sightline.errors import RequestError

    if out.suffix.lower() not in (".html", ".htm"):
        raise RequestError(f"The page would be {out}, which no browser takes for one. Say --out {out}.html.")
    return out


def names_in(given: Iterable[str]) -> list[str]:
    """The names that stand in options, one or several to each, separated by commas."""
    return [name for item in given for name in item.split(",") if name]


@Parameter(name="*")
@dataclass(frozen=True)
class Given:
    """The options that say what is scored."""

    replies: Annotated[
        list[str],
        _many,
        Parameter(
            help="Recorded replies: files, folders or quoted patterns, each as [NAME[@SPLIT]=]PATH. "
            "Without a name, the model that the rows name. A run folder is one too."
        ),
    ] = field(default_factory=list)
    labels: Annotated[
        list[str],
        _many,
        Parameter(
            help="Label sets: public names (pope, repope), NAME=PATH with labels, NAME=AUDIT for what an audit found "
            "so far; several, separated by commas or spaces."
        ),
    ] = field(default_factory=list)
    questions: Annotated[
        list[str],
        _many,
        Parameter(
            help="Files of questions that the ids of replies index, each as [NAME=]FILE. Needed for LLaVA's own ids."
        ),
    ] = field(default_factory=list)
    split: Annotated[list[str], _many, Parameter(name="--split", help="Only these splits.")] = field(
        default_factory=list
    )
    allow_missing: Annotated[
        bool, _flag, Parameter(help="Go on where replies are missing or belong to no question; they are counted.")
    ] = False
    example: Annotated[bool, _flag, Parameter(help="Use the small made-up example inside the package.")] = False
    judgements: Annotated[
        list[str],
        _many,
        Parameter(help="What judges said of the replies: files of sightline judge, or of people's verdicts."),
    ] = field(default_factory=list)

    def judged(self, benchmark: str, reader: str | None) -> "Evaluation":
        """Read what is named, judgements too where the reader needs them."""
        from sightline.evaluation.judgements import require_judgements
        from sightline.evaluation.scorer import scorer

        evaluation = self.evaluation(benchmark)
        require_judgements(evaluation, reader or scorer(evaluation.benchmark).reader)
        return evaluation

    def evaluation(self, benchmark: str, *more: "LabelSet") -> "Evaluation":
        """Read what is named, and score it under more label sets as well, after those that are named."""
        from sightline.errors import RequestError
        from sightline.evaluation.evaluation import evaluate
        from sightline.examples import example_labels, example_replies

        replies, labels = self.replies, self.labels
        if self.example and (replies or labels or self.questions):
            raise RequestError(
                "--example brings its own replies and labels; leave --replies, --labels and --questions out."
            )
        if self.example:
            replies, labels = example_replies(benchmark), example_labels(benchmark)
        elif not replies:
            raise RequestError("No replies were given. Name files of replies (--replies FILE …), or try --example.")
        sets = [*(_label_set(name) for name in names_in(labels)), *more]
        splits = names_in(self.split)
        return evaluate(benchmark, replies, sets, self.questions, splits, self.allow_missing, self.judgements)


def _label_set(text: str) -> "str | LabelSet":
    """A label set as `evaluate` takes it; of an audit what it found so far."""
    from sightline.cli.audit.stores import is_audit, shown

    name, given, where = text.partition("=")
    if not given or not is_audit(where):
        return text
    from sightline.audit.audited_labels import labels_of_audit
    from sightline.audit.store import Store

    with Store.open(where) as store:
        return labels_of_audit(store, name, shown(where))


NOTHING = Given()
"""What is given where no option is."""
