"""How many, and what colour? Asked neutrally, and with a prompt that says something else."""

from typing import Any

import pyarrow as pa

from sightline.benchmarks.presupposed import Presupposed
from sightline.demo.examples import Seen, card, different, replies_of
from sightline.demo.findings import Finding
from sightline.demo.run import Demo
from sightline.demo.shown import curve_row, percent, rates_of
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.readers.colour import colour_of
from sightline.readers.number import count_of
from sightline.report.curves import rate_curve
from sightline.report.examples import Example, Examples, Span
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Figure, Section, Show, Table
from sightline.scenes.rendered.describe import NUMBERS

__all__ = ["colours_found", "numbers_found"]

_COLUMNS = (
    Column("split", "prompt"),
    Column("n", "replies", Show.COUNT),
    *(
        Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"))
        for name, title in (
            ("prompt_match", "prompt match"),
            ("true_rate", "true"),
            ("other", "other"),
            ("unreadable", "unreadable"),
        )
    ),
)

_PROMPT = (
    "Each prompt takes a number or colour for granted. Prompt match is the share of replies that repeat it, true the "
    "share that say what the image shows."
)


def numbers_found(demo: Demo, evaluation: Evaluation) -> Finding:
    """How well the model counts, and how often it repeats a wrong number."""
    table = rate_table(evaluation)
    rows = {row["split"]: row for row in table.to_pylist()}
    lines = (
        f"{percent(rates_of(rows['neutral'], 'true_rate')[0])} right when asked how many",
        *(
            f"repeats a number that is {said} in {percent(rates_of(rows[split], 'prompt_match')[0])} of replies"
            for split, said in (("+1", "one too high"), ("+2", "two too high"), ("-1", "one too low"))
            if split in rows
        ),
    )
    order = [split for split in ("-1", "0", "+1", "+2", "+3") if split in rows]
    section = Section(
        "How many, when the prompt says another number?",
        (_PROMPT,),
        (
            Table("counting", "Counting, percent with 95 % intervals", table, _COLUMNS),
            _curve("counting_curve", "Replies by how far the prompt's number is off", rows, order),
            Examples("Wrong numbers repeated", _copied(demo, evaluation)),
        ),
    )
    return Finding("counting", lines, section)


def colours_found(demo: Demo, evaluation: Evaluation) -> Finding:
    """How well the model names colours, and how often it repeats a wrong one."""
    table = rate_table(evaluation)
    rows = {row["split"]: row for row in table.to_pylist()}
    wrong = [split for split in rows if split.startswith("distance")]
    copies = sum(rows[split]["count_copied"] for split in wrong) / sum(rows[split]["n"] for split in wrong)
    lines = (
        f"{percent(rates_of(rows['neutral'], 'true_rate')[0])} right when asked what colour",
        f"repeats a wrong colour in {percent(copies)} of replies",
    )
    section = Section(
        "What colour, when the prompt says another one?",
        (_PROMPT,),
        (
            Table("colour", "Colour, percent with 95 % intervals", table, _COLUMNS),
            Examples("Wrong colours repeated", _copied(demo, evaluation)),
        ),
    )
    return Finding("colour", lines, section)


def _copied(demo: Demo, evaluation: Evaluation) -> tuple[Example, ...]:
    """Replies that repeat what a prompt says, where something else is true."""
    labels, seen = evaluation.label_sets[0], []
    read = _READERS[evaluation.benchmark.name]
    for question, reply in replies_of(evaluation):
        found = labels.references[question.id]
        assert isinstance(found, Presupposed)
        if found.asserted is None or found.asserted == found.true:
            continue
        reading = read(reply.text, found.object)
        if reading.answer == str(found.asserted) and reading.span is not None:
            spans = (Span(*reading.span, "wrong"),)
            seen.append(Seen(question, question.text, reply, "copied", f"true: {_said(found.true)}", spans))
    return tuple(card(demo, each) for each in different(seen))


def _said(true: int | str) -> str:
    """A number as a word, or a colour as it is.

    Example:
        >>> _said(3), _said("blue")
        ('three', 'blue')
    """
    return NUMBERS[true] if isinstance(true, int) else true


_READERS = {"counting": count_of, "colour": colour_of}


def _curve(name: str, caption: str, rows: dict[str, dict[str, Any]], order: list[str]) -> Figure:
    points = [
        curve_row(series, split, rows[split], rate)
        for rate, series in (("prompt_match", "repeats the prompt"), ("true_rate", "says what is there"))
        for split in order
    ]
    data = pa.Table.from_pylist(points)
    along = "how far the number in the prompt is off"
    return figure_of(name, caption, lambda width: rate_curve(data, width, along=along, measure="Replies", top=1.0))
