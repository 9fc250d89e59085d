"""Rates by how much a question asks about at once: the number of elements, and of levels what is contradicted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa

from sightline.errors import RequestError
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import record_of, with_record
from sightline.queries.fine_question import LEVELS, FineQuestion
from sightline.queries.levels import CONTRADICTIONS
from sightline.stats.intervals import DRAWS

__all__ = [
    "ALL",
    "CONTRADICTION",
    "ELEMENTS",
    "LEVEL_EXAMPLES",
    "UNKNOWN",
    "asks_levels",
    "by_elements_table",
    "fine_questions",
]

ELEMENTS, CONTRADICTION = "elements", "contradiction"
"""The columns of what rates are told by: of FINER's settings, and of its levels."""

ALL, UNKNOWN = "all", "unknown"
"""Contradictions of every kind together; and those of which a file does not say what was changed."""


LEVEL_EXAMPLES: Mapping[int, str] = MappingProxyType(
    {
        1: "a moon",
        2: "a red moon",
        3: "a red moon and a cup",
        4: "a red moon and a blue cup",
        5: "a red moon that is left of the blue cup",
        6: "a large red moon that is left of the blue cup",
        7: "a large red moon that is left of the blue cup and above the key",
    }
)
"""What is asked at each level, as `sightline.queries.levels.level_phrase` has it; finding articles takes it seconds."""


def by_elements_table(evaluation: Evaluation, reader: str | None = None, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """Score by setting and number of elements, or by level and kind of contradiction.

    Args:
        evaluation: replies to pairs of fine-grained questions.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Returns:
        The columns of `rate_table`, and after split a column elements: how many are asked about at once. Of levels it
        is a column contradiction instead: all, then object, attribute or relation, or unknown where the file does not
        tell. A pair stands where its true question does. Sorted by model, label set, setting and this column.

    Raises:
        RequestError: the questions are not FINER's, or as `rate_table`.
    """
    asked = fine_questions(evaluation)
    column, parts = _parts(asked)
    tables: list[pa.Table] = []
    for part, kept in parts.items():
        table = rate_table(_only(evaluation, kept), [reader] if reader else (), draws, seed)
        at = table.column_names.index("split") + 1
        tables.append(table.add_column(at, column, pa.array([part] * table.num_rows)))
    found = pa.concat_tables(tables, promote_options="default")
    return with_record(_sorted(found, evaluation, column, list(parts)), evaluation, record_of(tables[0])["settings"])


def fine_questions(evaluation: Evaluation) -> list[FineQuestion]:
    """What is asked, question by question, as the first label set that lists a question has it.

    Raises:
        RequestError: a question is none of FINER's.
    """
    found: list[FineQuestion] = []
    for question in evaluation.questions:
        listed = (labels.references.get(question.id) for labels in evaluation.label_sets)
        first = next((each for each in listed if each is not None), None)
        if not isinstance(first, FineQuestion):
            raise RequestError(f"{evaluation.benchmark.name} has no pairs of questions about several elements.")
        found.append(first)
    return found


def asks_levels(asked: Iterable[FineQuestion]) -> bool:
    """Whether questions are of FINER's levels, and not of its settings."""
    return any(each.setting in LEVELS for each in asked)


_Part = int | str
"""A number of elements, or a kind of contradiction."""


def _parts(asked: Sequence[FineQuestion]) -> tuple[str, dict[_Part, list[int]]]:
    """The column, and for each of its values, in order, the places of its questions."""
    true = {each.pair: each for each in asked if each.polarity == "positive"}
    levels = asks_levels(asked)
    of = [_contradiction(true[each.pair]) if levels else true[each.pair].elements for each in asked]
    places: dict[_Part, list[int]] = {ALL: list(range(len(of)))} if levels else {}
    for part in sorted(set(of), key=lambda part: _KINDS.index(part) if isinstance(part, str) else part):
        places[part] = [place for place, own in enumerate(of) if own == part]
    return (CONTRADICTION if levels else ELEMENTS), places


_KINDS = (*CONTRADICTIONS, "count", UNKNOWN)
"""Kinds of contradiction, in order."""


def _contradiction(asked: FineQuestion) -> str:
    if asked.changed is None:
        return UNKNOWN
    return "object" if asked.changed.kind == "presence" else asked.changed.kind


def _only(evaluation: Evaluation, kept: Sequence[int]) -> Evaluation:
    """An evaluation of some of the questions."""
    replies = {model: tuple(of[place] for place in kept) for model, of in evaluation.replies.items()}
    return replace(evaluation, questions=tuple(evaluation.questions[place] for place in kept), replies=replies)


def _sorted(table: pa.Table, evaluation: Evaluation, column: str, parts: list[_Part]) -> pa.Table:
    orders: dict[str, list[_Part]] = {
        "model": list(evaluation.models),
        "labels": [label_set.name for label_set in evaluation.label_sets],
        "split": list(evaluation.splits),
        column: parts,
    }
    rows = table.select(list(orders)).to_pylist()
    return table.take(
        sorted(range(len(rows)), key=lambda row: [order.index(rows[row][name]) for name, order in orders.items()])
    )
