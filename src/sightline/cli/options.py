"""The options that several verbs share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.evaluation.evaluation import Evaluation

__all__ = [
    "AllowMissing",
    "Draws",
    "Example",
    "Format",
    "Labels",
    "Metric",
    "Out",
    "Questions",
    "ReaderName",
    "Replies",
    "Seed",
    "Splits",
    "evaluation_from",
]

_many = Parameter(consume_multiple=True, negative="", show_default=False)

Replies = Annotated[
    list[str],
    _many,
    Parameter(
        help="Recorded replies: files, folders or quoted patterns, each as [NAME[@SPLIT]=]PATH. "
        "Without a name, the model that the rows name."
    ),
]
Labels = Annotated[
    list[str],
    _many,
    Parameter(help="Label sets: public names (pope, repope) or NAME=FOLDER; several, separated by commas or spaces."),
]
Questions = Annotated[
    list[str],
    _many,
    Parameter(
        help="Files of questions that the ids of replies index, each as [NAME=]FILE. Needed for LLaVA's own ids."
    ),
]
Splits = Annotated[list[str], _many, Parameter(name="--split", help="Only these splits.")]
ReaderName = Annotated[
    str, Parameter(help="How replies are read: strict, pope, llava, repope, lmms-eval or vlmevalkit.")
]
Metric = Annotated[
    Literal["accuracy", "balanced_accuracy", "precision", "recall", "tnr", "f1"], Parameter(help="The rate to compare.")
]
Draws = Annotated[int, Parameter(help="Bootstrap draws of whole images.")]
Seed = Annotated[int, Parameter(help="Seed of the draws.")]
AllowMissing = Annotated[
    bool,
    Parameter(
        negative="",
        show_default=False,
        help="Go on where replies are missing or belong to no question; they are counted.",
    ),
]
Example = Annotated[
    bool, Parameter(negative="", show_default=False, help="Use the small made-up example inside the package.")
]
Format = Annotated[
    Literal["table", "csv", "json"], Parameter(help="What to print: a table for people, or every column for machines.")
]
Out = Annotated[Path | None, Parameter(help="Also write tables and the record into this folder.")]


def evaluation_from(
    benchmark: str,
    replies: list[str],
    labels: list[str],
    questions: list[str],
    splits: list[str],
    allow_missing: bool,
    example: bool = False,
) -> "Evaluation":
    """Read what the shared options name."""
    from sightline.errors import RequestError
    from sightline.evaluation.evaluation import evaluate
    from sightline.examples import example_labels, example_replies

    if example and (replies or labels or questions):
        raise RequestError(
            "--example brings its own replies and labels; leave --replies, --labels and --questions out."
        )
    if example:
        replies, labels = example_replies(benchmark), example_labels(benchmark)
    elif not replies:
        raise RequestError("No replies were given. Name files of replies (--replies FILE …), or try --example.")
    names = [name for item in labels for name in item.split(",") if name]
    splits = [name for item in splits for name in item.split(",") if name]
    return evaluate(benchmark, replies, names, questions, splits, allow_missing)
