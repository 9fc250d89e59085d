"""What a report looks closer at, beside what every benchmark has: it depends on what replies are held against.

A closer look needs more of a question than its split: how many elements it asks about, what of it is false. Where that
is known, the references of the label sets have it; so their kind chooses the look, and the report knows no benchmark.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.report_elements import element_sections
from sightline.queries.fine_question import FineQuestion
from sightline.report.sections import Section

__all__ = ["CLOSER", "closer_sections"]

CLOSER: Mapping[type, Callable[[Evaluation, str | None, int, int], Iterator[Section]]] = MappingProxyType(
    {FineQuestion: element_sections}
)
"""Kind of the references → (evaluation, reader or None, draws, seed) → sections."""


def closer_sections(evaluation: Evaluation, reader: str | None, draws: int, seed: int) -> Iterator[Section]:
    """The sections of every closer look that the references of the label sets allow.

    Args:
        evaluation: what is reported.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole images.
        seed: of the draws.
    """
    kinds = dict.fromkeys(type(each) for labels in evaluation.label_sets for each in labels.references.values())
    for kind in kinds:
        if kind in CLOSER:
            yield from CLOSER[kind](evaluation, reader, draws, seed)
