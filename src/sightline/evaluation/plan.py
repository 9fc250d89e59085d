"""How many questions an experiment needs, from assumptions or from real replies."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from sightline.errors import RequestError
from sightline.evaluation.codes import encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.sample_size import Need, correlation_within, questions_for_difference

__all__ = ["Assumptions", "assumptions_from", "plan_table"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the number of questions depends on.

    Args:
        disagreement: share of questions that just one of two models has right.
        per_image: questions on each image.
        correlation: of the difference of two models within an image.
        origin: where these come from, in words.
    """

    disagreement: float
    per_image: float
    correlation: float
    origin: str = "assumed"


def assumptions_from(evaluation: Evaluation, reader: str = "strict") -> list[Assumptions]:
    """Measure the assumptions on every pair of models, under the first label set, on distinct questions.

    Raises:
        RequestError: there are not two models with replies to the same questions.
    """
    codes = encode(evaluation)
    readings = read_all(codes, yes_no_reader(reader))
    keys: dict[object, int] = {}
    for place, question in enumerate(evaluation.questions):
        keys.setdefault(question.key, place)
    first = np.array(list(keys.values()))
    labels = codes.labels[0][first]
    found = []
    for a, b in combinations(range(len(evaluation.models)), 2):
        both = (labels >= 0) & (codes.replies[a][first] >= 0) & (codes.replies[b][first] >= 0)
        if not both.any():
            continue
        right = (readings[[a, b]][:, first] == labels)[:, both].astype(float)
        difference = right[0] - right[1]
        images = np.unique(codes.images[first][both], return_inverse=True)[1]
        found.append(
            Assumptions(
                float(np.mean(difference != 0)),
                len(images) / (images.max() + 1),
                correlation_within(difference, images),
                f"{evaluation.models[a]} against {evaluation.models[b]}",
            )
        )
    if not found:
        raise RequestError("Two models with replies to the same questions are needed to measure how they differ.")
    return found


def plan_table(difference: float, assumptions: list[Assumptions], power: float = 0.8, level: float = 0.95) -> pa.Table:
    """The questions needed to see a difference in accuracy, one row for each set of assumptions.

    Raises:
        RequestError: the difference is impossible under an assumption.
    """
    if not 0 < power < 1:
        raise RequestError(f"The power is {power:g}; it lies between 0 and 1.")
    rows = []
    for given in assumptions:
        if not 0 < difference <= 1 or not 0 < given.disagreement <= 1:
            raise RequestError(
                f"The difference is {difference:g} and the disagreement {given.disagreement:g}; "
                "both lie between 0 and 1."
            )
        if given.per_image < 1 or not -1 <= given.correlation <= 1:
            raise RequestError(
                f"There are {given.per_image:g} questions an image with a correlation of {given.correlation:g}; "
                "expected at least one question, and a correlation between -1 and 1."
            )
        if difference > given.disagreement:
            raise RequestError(
                f"Two models that disagree on {given.disagreement:.1%} of the questions ({given.origin}) cannot differ "
                f"by {difference:.1%} in accuracy. Ask for a smaller difference, or assume more disagreement."
            )
        need: Need = questions_for_difference(
            difference, given.disagreement, given.per_image, given.correlation, power, level
        )
        rows.append(
            {
                "from": given.origin,
                "difference": difference,
                "disagreement": given.disagreement,
                "per_image": given.per_image,
                "correlation": given.correlation,
                "design_effect": need.design_effect,
                "questions": need.questions,
                "images": need.images,
                "if_independent": need.independent,
            }
        )
    return pa.Table.from_pylist(rows)
