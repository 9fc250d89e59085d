"""The rates of a benchmark over replies by question id, summed by hand."""

from collections.abc import Mapping

from sightline.core import Benchmark, Labelled, Rate, Reply


def replied(labelled: Labelled, said: Mapping[str, str]) -> list[Reply | None]:
    """A reply to each question, None where nothing is said."""
    return [Reply(q.id, "m", said[q.id]) if q.id in said else None for q in labelled.questions]


def counts_of(
    benchmark: Benchmark,
    labelled: Labelled,
    said: Mapping[str, str] | list[Reply | None],
    reader: str | None = None,
    split: str | None = None,
) -> dict[str, float]:
    """The counts of a split, or of all."""
    assert benchmark.scoring is not None
    replies = said if isinstance(said, list) else replied(labelled, said)
    found = benchmark.scoring.count(labelled.questions, labelled.labels, replies, reader)
    kept = [place for place, own in enumerate(found.splits) if split in (None, own)]
    return {name: float(values[kept].sum()) for name, values in found.counts.items()}


def rates_of(
    benchmark: Benchmark,
    labelled: Labelled,
    said: Mapping[str, str] | list[Reply | None],
    reader: str | None = None,
    split: str | None = None,
) -> dict[str, float]:
    """The rates that are ratios of counts, of a split or of all; those that divide by nothing left out."""
    assert benchmark.scoring is not None
    counts = counts_of(benchmark, labelled, said, reader, split)
    rates = [rate for rate in benchmark.scoring.rates if isinstance(rate, Rate)]
    return {rate.name: counts[rate.of] / counts[rate.over] for rate in rates if counts[rate.over]}
