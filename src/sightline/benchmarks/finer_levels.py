"""FINER's motivating study: the more a question says that is right, the less is the wrong detail noticed.

Asks: yes or no, whether something can be seen that has one wrong detail, at seven levels from one object to an object
    with attributes and relations; and as a control the same without the wrong detail.
Source: arXiv 2603.17662, section 1 and Figure 1, which reports ``negative_accuracy`` (the right answer there is always
    no). What its seven levels say exactly is not published; ours stand in `sightline.queries.levels`.
Licence: none of its questions is part of sightline.
Reads: JSON lines as `sightline.queries.fine_question` has them, as ``sightline build finer`` writes them.
Beware: negative accuracy alone is perfect for a model that always says no; paired accuracy is not.
Size: as many as you build.
Metric: negative accuracy and paired accuracy, by level.
Official: the protocol is; what the levels say exactly is not published.
Needs: images with scene graphs or long captions.
"""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.finer import read_files
from sightline.benchmarks.paired import LEAST_RATES, counter, labelled, shower
from sightline.core import UNREADABLE, Benchmark, Labelled, Reading, Scoring
from sightline.queries.fine_question import LEVELS
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader

__all__ = ["BENCHMARK", "read_labels"]


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, or a row does not say what it should.
    """
    questions, rows, sources = read_files(path, name, LEVELS)
    return labelled(name, questions, sources, rows)


def _read(text: str, options: Sequence[str], reader: str | None) -> Reading:
    """Yes is the first option and no the second."""
    said = yes_no_reader(reader or next(iter(YES_NO_READERS))).read(text)
    return UNREADABLE if said.answer is None else Reading("A" if said.answer == "yes" else "B", said.span)


BENCHMARK = Benchmark(
    name="finer_levels",
    title="Can you see this? The more is right, the less is a wrong detail noticed.",
    splits=LEVELS,
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({}),
    official_reader="strict",
    wordings=MappingProxyType(
        {"bare": "{question}", "short": "{question}\nAnswer the question using a single word or phrase."}
    ),
    scoring=Scoring(
        counter(_read),
        LEAST_RATES,
        tuple(str(reader) for reader in YES_NO_READERS.values()),
        "negative_accuracy: wrong details that are denied, which is what the paper reports; paired_accuracy: pairs of "
        "which the true and the false question are both answered right.",
        shower(_read),
    ),
    reply_tokens=16,
)
