"""What did tuning change? The same questions before and after, paired; what became worse as plainly as what did not."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from sightline.core import Presence, Question, Reply
from sightline.demo.asking import LABELS, RUNS
from sightline.demo.examples import MOST, facts_of
from sightline.demo.findings import Finding
from sightline.demo.run import Demo
from sightline.evaluation.before_after import AFTER, BEFORE, BeforeAfter
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.report_before_after import before_after_sections
from sightline.readers.yes_no import yes_no_reader
from sightline.report.examples import Example, Examples, Exchange, Mark
from sightline.report.sections import Section
from sightline.report.shown import minus
from sightline.tuning.request import Tuned

__all__ = ["LEVELS", "before_after_found", "change_words"]

_POPE = (("negatives right", "tnr"), ("positives", "recall"))
_CAPTIONS = (("CHAIR_i", "chair_i"), ("recall", "recall"))
_SETTINGS = ("objects", "attributes", "relations", "what")
LEVELS = tuple(f"level {level}" for level in range(1, 8))
"""Of granularity, as the benchmark calls its splits."""
_TOLD_LEVELS = ("level 1", "level 5", "level 7")

_Row = dict[str, Any]


def before_after_found(demo: Demo, tuned: Tuned, found: BeforeAfter, replies: Path) -> Finding:
    """What became of the model.

    Args:
        demo: the demonstration.
        tuned: how the model was tuned.
        found: its rates before and after.
        replies: the tuned model's run of POPE.
    """
    changed = found._replace(rates=found.rates.filter(pc.not_equal(found.rates["verdict"], "unchanged")))
    shown, tables = next(before_after_sections(found)), list(before_after_sections(changed))[1]
    section = Section(
        "What does tuning on preference pairs change?",
        (*_prose(tuned), *shown.prose, *tables.prose, "Rates in which nothing changed are not listed."),
        (*shown.parts, *tables.parts, Examples("Replies that are other than before", _cards(demo, replies))),
    )
    return Finding("tuning", tuple(_lines(found.rates.to_pylist())), section)


def _prose(tuned: Tuned) -> tuple[str, ...]:
    rate = tuned.record["settings"]["schedule"]["learning_rate"]
    return (
        "Tuned the way of FINER-Tuning, by DPO: a question is about several details, all of them true or one of them "
        "false, and of two replies the one that says what is there is preferred. Pairs are made of other scenes; none "
        "of their pictures is among those that are asked about.",
        f"That was {tuned.pairs:,} pairs of {tuned.record['images']:,} scenes in {tuned.steps:,} steps at a rate of "
        f"{rate:g}, with one seed: it shows how before and after are told apart, and not what the method can do.",
    )


def _lines(rows: Sequence[_Row]) -> Iterator[str]:
    """What is told in the terminal; rates that nothing was asked for are left out."""
    at = {(row["benchmark"], row["split"], row["rate"]): row for row in rows}

    def listed(benchmark: str, split: str, rates: Sequence[tuple[str, str]]) -> str:
        known = [(said, at[benchmark, split, rate]) for said, rate in rates if (benchmark, split, rate) in at]
        return ", ".join(f"{said} {change_words(row)}" for said, row in known)

    pairs = [(split, at["finer", split, "paired_accuracy"]) for split in _SETTINGS
             if ("finer", split, "paired_accuracy") in at]  # fmt: skip
    yield f"adversarial POPE: {listed('pope', 'adversarial', _POPE)}"
    yield f"FINER, both right: {', '.join(f'{split} {_difference(row)}' for split, row in pairs)} points"
    levels = [(split, at[key]) for split in _TOLD_LEVELS if (key := ("finer_levels", split, "paired_accuracy")) in at]
    if levels:
        yield f"FINER by granularity: {', '.join(f'{split} {change_words(row)}' for split, row in levels)}"
    yield f"captions: {listed('chair', 'captions', _CAPTIONS)}"
    better, worse = (sum(row["verdict"] == verdict for row in rows) for verdict in ("better", "worse"))
    yield f"of {len(rows)} rates {better} surely became better, {worse} worse"


def change_words(row: _Row) -> str:
    """A rate before and after, with the difference and its interval in points.

    Example:
        >>> change_words({"before": 0.734, "after": 0.808, "difference": 0.074, "low": 0.04, "high": 0.113})
        '73.4 → 80.8 % (+7.4 [+4.0, +11.3])'
    """
    return f"{100 * row['before']:.1f} → {100 * row['after']:.1f} % ({_difference(row)})"


def _difference(row: _Row) -> str:
    """A difference in points, with its interval; what rounds to nothing has no sign."""
    value, low, high = (f"{100 * row[name]:+.1f}".replace("+0.0", "0.0").replace("-0.0", "0.0")
                        for name in ("difference", "low", "high"))  # fmt: skip
    return minus(f"{value} [{low}, {high}]")


def _cards(demo: Demo, replies: Path) -> tuple[Example, ...]:
    """Questions of POPE that one of the two has right and the other has not: as many of either kind, if there are."""
    changed = list(_changed(demo, replies))
    kinds = [[card for is_right, card in changed if is_right == wanted] for wanted in (True, False)]
    return tuple(card for own in kinds for card in islice(own, MOST // 2))


def _changed(demo: Demo, replies: Path) -> Iterator[tuple[bool, Example]]:
    """Whether it is right now, and the card; of each scene one."""
    runs = [f"{BEFORE}={demo.folder / RUNS / 'pope'}", f"{AFTER}={replies}"]
    evaluation = evaluate("pope", runs, [f"own={demo.folder / LABELS['pope']}"])
    before, after = (evaluation.replies[name] for name in (BEFORE, AFTER))
    images: set[str] = set()
    for question, was, now in zip(evaluation.questions, before, after, strict=True):
        image = question.images[0].name
        if image in images or was is None or now is None:
            continue
        exchanges = _exchange(demo, question, was, BEFORE), _exchange(demo, question, now, AFTER)
        was_right, is_right = (exchange.mark == "right" for exchange in exchanges)
        if was_right != is_right:
            images.add(image)
            yield is_right, Example((demo.images / image).read_bytes(), exchanges, facts_of(demo.by_image[image]))


def _exchange(demo: Demo, question: Question, reply: Reply, when: str) -> Exchange:
    claim = question.claims[0]
    assert isinstance(claim, Presence)
    true = "yes" if claim.object in demo.by_image[question.images[0].name].kinds else "no"
    said = yes_no_reader("strict").read(reply.text).answer
    wrong: Mark = "hallucinated" if said == "yes" else "wrong"
    return Exchange(question.text, reply.text, "right" if said == true else wrong, when)
