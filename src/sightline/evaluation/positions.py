"""Where among the options models choose: how often each place, how often it is right, and whether that differs.

A model that answers by what options say chooses each place as often as the right option stands there, but for chance.
Position bias is how far the two are apart; beside it stands how far they would be by chance alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from string import ascii_uppercase

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.benchmarks.paired import reference
from sightline.core import Counted, LabelSet, Question, Rate, Reply, Scoring
from sightline.errors import RequestError
from sightline.evaluation.by_elements import asks_levels, fine_questions
from sightline.evaluation.counted import Counts, count, reader_of, scoring_of
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.readers.choice import CHOICE_READERS, choice_reader
from sightline.stats.intervals import DRAWS
from sightline.stats.position_bias import position_bias

__all__ = ["position_table"]

_CHOSEN, _RIGHT, _HIT, _WRONG, _OF = "chosen ", "right ", "hit ", "wrong", " of "
"""What names of counts are made of, as "right A of 5": the place, and the number of options of the question."""

_ACCURACY = ("accuracy", "accuracy_low", "accuracy_high")
_BIAS = ("bias", "bias_floor", "bias_p")
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("benchmark", "model", "labels", "split", "reader", "place")]
    + [(name, pa.int64()) for name in ("n", "chosen", "right")]
    + [(name, pa.float64()) for name in ("chosen_share", "right_share", *_ACCURACY, *_BIAS)]
    + [(name, pa.int64()) for name in ("unreadable", "missing")]
)


def position_table(evaluation: Evaluation, reader: str | None = None, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """Tell by place how often it is chosen, how often it is right, and how often models are right where it is.

    Args:
        evaluation: replies to questions with lettered options.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole images, and shuffles.
        seed: of both.

    Returns:
        A row for every model, label set, setting and place. Columns: benchmark, model, labels, split, reader, place (A,
        B, …); n (replies of the setting that can be read; all that follows is about these), chosen (how many choose the
        place), right (for how many it is right), both also as shares of n; accuracy (of the replies for which the place
        is right, with 95 % interval); bias, bias_floor and bias_p, which are those of the whole setting
        (`position_bias`; null where nothing can be read); unreadable and missing (of the setting). Half pairs count.

    Raises:
        RequestError: the questions are not FINER's or are of its levels, the reader is unknown, or as `count`.
    """
    asked = fine_questions(evaluation)
    if asks_levels(asked):
        raise RequestError("Yes always stands before no, so a bias to a place cannot be told from one to an answer.")
    most = max(len(each.choices) for each in asked)
    scoring = _by_place(scoring_of(evaluation.benchmark), most)
    found = count(replace(evaluation, benchmark=replace(evaluation.benchmark, scoring=scoring)), reader, draws, seed)
    used = reader_of(evaluation.benchmark, reader)
    options = dict.fromkeys(found.splits, 0)
    for question, each in zip(evaluation.questions, asked, strict=True):
        options[question.split] = max(options[question.split], len(each.choices))
    rows = []
    for at in np.ndindex(found.units.shape):
        model, labels, split = (names[place] for names, place in zip(found[:3], at, strict=True))
        about = {"benchmark": evaluation.benchmark.name, "model": model, "labels": labels, "split": split}
        missing = evaluation.missing(model).get(split, 0)
        for row in _rows(found, at, options[split], draws, seed):
            rows.append({**about, "reader": used, **row, "missing": missing})
    settings = {"readers": [used], "draws": draws, "seed": seed}
    return with_record(pa.Table.from_pylist(rows, schema=_SCHEMA), evaluation, settings)


def _rows(found: Counts, at: tuple[int, ...], options: int, draws: int, seed: int) -> Iterator[dict[str, object]]:
    """The places of one model, label set and setting."""
    totals = {name: int(total) for name, total in zip(found.names, found.totals[at], strict=True)}
    letters = ascii_uppercase[:options]
    sizes = range(2, options + 1)
    chosen, right = ([totals.get(sign + letter, 0) for letter in letters] for sign in (_CHOSEN, _RIGHT))
    by_size = {size: [totals.get(f"{_RIGHT}{letter}{_OF}{size}", 0) for letter in letters] for size in sizes}
    wrong = {size: totals.get(f"{_WRONG}{_OF}{size}", 0) for size in sizes}
    n = sum(chosen)
    bias = position_bias(chosen, by_size, wrong, draws, seed) if n else (None, None, None)
    for place, letter in enumerate(letters):
        ends = (found.estimate, found.interval.low, found.interval.high)
        accuracy = [float(values[(*at, place)]) for values in ends]
        yield {
            "place": letter,
            "n": n,
            "chosen": chosen[place],
            "right": right[place],
            "chosen_share": chosen[place] / n if n else None,
            "right_share": right[place] / n if n else None,
            **dict(zip(_ACCURACY, accuracy if right[place] else (None,) * 3, strict=True)),
            **dict(zip(_BIAS, bias, strict=True)),
            "unreadable": totals.get("unreadable", 0),
        }


def _by_place(scoring: Scoring, most: int) -> Scoring:
    """A scoring that counts, reply by reply, which place is chosen and which is right."""
    letters = ascii_uppercase[:most]

    def count_places(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        read = choice_reader(reader or next(iter(CHOICE_READERS))).read
        images: list[str] = []
        splits: list[str] = []
        places: list[tuple[int, int, int]] = []
        for question, reply in zip(questions, replies, strict=True):
            asked = reference(labels, question)
            if asked is not None and reply is not None:
                letter = read(reply.text, asked.choices).answer
                images.append(asked.image)
                splits.append(question.split)
                places.append((_place(letter, len(asked.choices)), asked.right, len(asked.choices)))
        columns = np.array(places, dtype=np.int64).reshape(-1, 3)
        return Counted(tuple(images), tuple(splits), dict(_counts(letters, *columns.T)))

    rates = tuple(Rate(letter, _HIT + letter, _RIGHT + letter, "higher") for letter in letters)
    return Scoring(count_places, rates, scoring.readers)


def _place(letter: str | None, options: int) -> int:
    """The place of a letter; −1 where there is none, or it is beyond the options."""
    place = -1 if letter is None else ascii_uppercase.index(letter)
    return place if place < options else -1


def _counts(
    letters: str, chosen: NDArray[np.int64], right: NDArray[np.int64], options: NDArray[np.int64]
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Counts of replies, each (replies,): 1 where it is one."""
    read = chosen >= 0
    yield "unreadable", (~read).astype(np.float64)
    for place, letter in enumerate(letters):
        yield _CHOSEN + letter, (chosen == place).astype(np.float64)
        yield _RIGHT + letter, (read & (right == place)).astype(np.float64)
        yield _HIT + letter, ((right == place) & (chosen == place)).astype(np.float64)
    for size in np.unique(options).tolist():
        own = read & (options == size)
        yield f"{_WRONG}{_OF}{size}", (own & (chosen != right)).astype(np.float64)
        for place, letter in enumerate(letters[:size]):
            yield f"{_RIGHT}{letter}{_OF}{size}", (own & (right == place)).astype(np.float64)
