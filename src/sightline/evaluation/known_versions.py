"""Files that bear the name of a public label set and are another version of it.

That is said and not refused: people mend files, and take parts of them.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sightline.core import Benchmark, LabelSet, PublicFile, SourceFile

__all__ = ["version_notes"]

_SHOWN = 12


def version_notes(benchmark: Benchmark, label_sets: Iterable[LabelSet]) -> list[str]:
    """What is to be said of label sets that are named as public ones and are not as those were published.

    Files are held against the hashes that are known, and numbers of questions against those that were published. A
    label set with a name of its own is nobody's version of anything.

    Args:
        benchmark: the benchmark.
        label_sets: as they were read.

    Returns:
        A sentence for each file or number that differs.
    """
    return [note for labels in label_sets if labels.name in benchmark.public for note in _notes(benchmark, labels)]


def _notes(benchmark: Benchmark, labels: LabelSet) -> Iterator[str]:
    known = {file.name: file for file in benchmark.public[labels.name] if file.sha256}
    for source in labels.sources:
        file = known.get(PurePosixPath(source.name).name)
        if file is not None and source.sha256 != file.sha256:
            yield _other_version(labels.name, source, file)
    published, found = benchmark.published.get(labels.name), len(labels.references)
    if published is not None and found and found != published:
        yield f"{labels.name}: {found:,} questions, where {published:,} were published."


def _other_version(name: str, source: SourceFile, file: PublicFile) -> str:
    return (
        f"{name}: {source.name} ({source.rows:,} rows, sha256 {source.sha256[:_SHOWN]}…) is not the version that is "
        f"known, sha256 {file.sha256[:_SHOWN]}… of {file.url}. Figures of the two need not agree."
    )
