"""Where recorded replies contradict labels, item by item and family by family.

Models of one family were trained on much the same and err alike, so a family weighs one however many models it has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.audit.items import Item, Word
from sightline.core import Reader, Reply
from sightline.errors import RequestError
from sightline.evaluation.codes import encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.readers.yes_no import yes_no_reader

__all__ = ["Contradictions", "contradictions", "family_of"]

_STEM = re.compile(r"[^\W\d_]+")


class Contradictions(NamedTuple):
    """How far each family of models contradicts the labels.

    Args:
        families: their names.
        said: (families, items) the share of readable replies that contradict the label, the mean over the models of
            the family; NaN where there is none.
        probable: (families, items) the probability that the models put on the contradicting word, out of yes and no;
            NaN where no reply has log-probabilities.
    """

    families: tuple[str, ...]
    said: NDArray[np.float64]
    probable: NDArray[np.float64]

    def without(self, families: Iterable[str]) -> "Contradictions":
        """Those of all other families.

        Raises:
            RequestError: a family is unknown, or none is left.
        """
        out = set(families)
        if unknown := sorted(out - set(self.families)):
            raise RequestError(
                f"No replies are of the family {', '.join(unknown)}; the families are {', '.join(self.families)}."
            )
        kept = [place for place, family in enumerate(self.families) if family not in out]
        if not kept:
            raise RequestError(
                f"Without {', '.join(self.families)} no replies are left to rank by: add those of a model of another "
                "family."
            )
        return Contradictions(tuple(self.families[place] for place in kept), self.said[kept], self.probable[kept])


def family_of(model: str) -> str:
    """Guess the family of a model from the first word of its name; what stands before a slash is not looked at.

    Versions and sizes do not tell families apart: LLaVA-1.5 and LLaVA-1.6 count as one.

    Example:
        >>> [family_of(name) for name in ("Qwen/Qwen2.5-VL-7B-Instruct", "llava-1.6", "InternVL2_5-8B")]
        ['qwen', 'llava', 'internvl']
    """
    last = model.rstrip("/").rsplit("/", 1)[-1].lower()
    found = _STEM.search(last)
    return found[0] if found else last


def contradictions(
    items: Sequence[Item], evaluation: Evaluation, families: Mapping[str, str] | None = None
) -> Contradictions:
    """Hold the replies of all models against the labels of items.

    Replies are read as the benchmark officially reads them.

    Args:
        items: what is asked, with the labels that are checked.
        evaluation: the replies, to the questions that items stand for.
        families: model → its family; guessed from the name for models that are not in it.

    Raises:
        RequestError: an item has no label, a question of an item is not in the evaluation, a family is named for an
            unknown model, or replies are not yes or no to one claim.
    """
    _check(items, evaluation, families or {})
    reader = yes_no_reader(evaluation.benchmark.official_reader)
    read = read_all(encode(evaluation), reader)
    place = {question.id: index for index, question in enumerate(evaluation.questions)}
    asked = np.array([place[name] for item in items for name in item.questions], dtype=np.int64)
    of_item = np.repeat(np.arange(len(items)), [len(item.questions) for item in items])
    labelled_yes = np.array([item.old == Word.YES.value for item in items])[of_item]
    said, probable = [], []
    for model, replies in enumerate(evaluation.replies.values()):
        answers = read[model, asked]
        against = np.where(answers < 0, np.nan, (answers == 1) != labelled_yes)
        said.append(_means(against, of_item, len(items)))
        yes = np.array([_probability_of_yes(reply, reader) for reply in replies])[asked]
        probable.append(_means(np.where(labelled_yes, 1 - yes, yes), of_item, len(items)))
    member = [(families or {}).get(model) or family_of(model) for model in evaluation.models]
    names = tuple(dict.fromkeys(member))
    return Contradictions(names, _shared(said, member, names), _shared(probable, member, names))


def _check(items: Sequence[Item], evaluation: Evaluation, families: Mapping[str, str]) -> None:
    if unknown := [model for model in families if model not in evaluation.replies]:
        raise RequestError(
            f"A family is named for {', '.join(unknown)}; there are replies of {', '.join(evaluation.models)}."
        )
    known = {question.id for question in evaluation.questions}
    for item in items:
        if item.old is None:
            raise RequestError(f"{item.text!r} of {item.image} has no label yet that replies could contradict.")
        if absent := [name for name in item.questions if name not in known]:
            raise RequestError(f"The replies are to other questions: {absent[0]} is not among them.")


def _means(values: NDArray[np.float64], of_item: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """The mean of the known values of each item, NaN where none is known."""
    known = ~np.isnan(values)
    counts = np.bincount(of_item[known], minlength=n)
    totals = np.bincount(of_item[known], values[known], minlength=n)
    means: NDArray[np.float64] = np.divide(totals, counts, out=np.full(n, np.nan), where=counts > 0)
    return means


def _shared(
    of_models: Sequence[NDArray[np.float64]], member: Sequence[str], names: Sequence[str]
) -> NDArray[np.float64]:
    """The means over the models of each family, of those that have a value."""
    values = np.array(of_models)
    rows = []
    for name in names:
        own = values[[place for place, family in enumerate(member) if family == name]]
        known = ~np.isnan(own)
        totals, counts = np.where(known, own, 0.0).sum(axis=0), known.sum(axis=0)
        rows.append(np.divide(totals, counts, out=np.full(len(totals), np.nan), where=counts > 0))
    return np.array(rows)


def _probability_of_yes(reply: Reply | None, reader: Reader) -> float:
    """The probability of yes out of yes and no, NaN where the reply does not hold both."""
    if reply is None or not reply.log_probs:
        return float("nan")
    sums: dict[str | None, list[float]] = {}
    for choice, value in reply.log_probs:
        sums.setdefault(reader.read(choice).answer, []).append(value)
    if "yes" not in sums or "no" not in sums:
        return float("nan")
    lead = float(np.logaddexp.reduce(sums["no"]) - np.logaddexp.reduce(sums["yes"]))
    return float(np.exp(-np.logaddexp(0.0, lead)))
