"""Your own yes/no questions.

Asks: whatever the file asks that is answered by yes or no, about an image or none.
Source: your own file, or one of another toolkit: VLMEvalKit's TSV is read as it is.
Licence: that of your file.
Reads: JSON lines, JSON, CSV, TSV or parquet, one file or a folder of files, a question a row: question; answer, which
    is yes, no or ambiguous (or true, false); image by name, or none. They may have question_id (or id, index),
    category, which becomes a split, group (or pair), hint, which is put before the question, and several images as a
    list. Images within the file, of the hub's parquet or base64 in a TSV, are written out by ``sightline data images``.
Beware: precision, recall and F1 take yes for the positive class. Ambiguous questions are asked and left out of every
    rate but yes_to_ambiguous. Accuracy and F1 move with the share of yes among the answers; balanced_accuracy does
    not. A reply that is neither yes nor no is wrong, and no yes. A group counts only if all its questions are answered
    right; one that lacks a reply is left out of group_accuracy and counted as half_groups.
Size: as many as your file has.
Metric: accuracy, F1, recall and TNR, by category; groups that are right whole.
Official: no: there is none; the readers of the field are offered under their names.
Needs: your file and its images.
"""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sightline.benchmarks.own_questions import (
    GROUP_RATES,
    OVERALL,
    SPLIT,
    Marked,
    OwnRow,
    Place,
    counter,
    labelled,
    read_own,
)
from sightline.core import Benchmark, Labelled, LabelSet, Question, Rate, Reply, Scoring, Shown, mean_of
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader

__all__ = ["BENCHMARK", "WORDINGS", "OwnAnswer", "read_labels"]

WORDINGS = MappingProxyType(
    {
        "bare": "{question}",
        "short": "{question}\nAnswer the question using a single word or phrase.",
        "yes-no": "{question}\nPlease answer yes or no.",
    }
)
"""The question as it stands, and with the lines that LLaVA and VLMEvalKit add to such questions."""

AMBIGUOUS = "ambiguous"

_ANSWERS = MappingProxyType({"yes": "yes", "true": "yes", "no": "no", "false": "no", AMBIGUOUS: AMBIGUOUS})
_COUNTS = (
    *("labelled", "right", "said_yes", "unreadable", "positives", "tp", "negatives", "tn", "twice_tp", "f1_over"),
    *("ambiguous", "yes_to_ambiguous"),
)


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What a reply is held against.

    Args:
        answer: yes, no or ambiguous.
        place: the question's group and cluster.
    """

    answer: str
    place: Place


def read_labels(path: Path, name: str) -> Labelled:
    """Read a file of questions, or all files of a folder.

    Raises:
        DataError: a file is broken, or a row does not say what is asked and right.
    """
    rows, sources = read_own(path, name)
    return labelled(name, [(own.question(), OwnAnswer(_answer(own), own.place)) for own in rows], sources)


def _answer(own: OwnRow) -> str:
    row, value = own.row, own.row.value("answer", "label")
    if value is None:
        raise row.wrong("there is no answer", f"The row has {', '.join(row.record)}.")
    if (answer := _ANSWERS.get(str(value).strip().casefold())) is None:
        raise row.wrong(f"answer is {value!r}, expected yes, no or ambiguous")
    return answer


def _held(labels: LabelSet, question: Question) -> OwnAnswer | None:
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, OwnAnswer):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


def _said(reply: Reply, reader: str | None) -> str | None:
    return yes_no_reader(reader or next(iter(YES_NO_READERS))).read(reply.text).answer


def _mark(question: Question, labels: LabelSet, reply: Reply, reader: str | None) -> Marked | None:
    held = _held(labels, question)
    if held is None:
        return None
    said = _said(reply, reader)
    yes = said == "yes"
    if held.answer == AMBIGUOUS:
        return Marked(held.place, (*(0.0,) * 10, 1.0, yes), None)
    positive, right = held.answer == "yes", said == held.answer
    hit = positive and right
    # F1 is twice the true positives, over all that are yes and all that are taken for yes
    counts = (1, right, yes, said is None, positive, hit, not positive, not positive and right, 2 * hit, positive + yes)
    return Marked(held.place, (*map(float, counts), 0.0, 0.0), right)


def _place(held: object) -> Place:
    if not isinstance(held, OwnAnswer):
        raise TypeError("this is a reference of another benchmark")
    return held.place


def _show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None = None) -> Shown:
    held = _held(labels, question)
    said = None if reply is None else _said(reply, reader) or "unreadable"
    return Shown(None, None) if held is None else Shown(said, held.answer)


_RECALL, _TNR = Rate("recall", "tp", "positives", "higher"), Rate("tnr", "tn", "negatives", "higher")

BENCHMARK = Benchmark(
    name="yes_no",
    title="Your own yes/no questions.",
    splits=(SPLIT,),
    version=1,
    read_labels=read_labels,
    public=MappingProxyType({}),
    official_reader="strict",
    wordings=WORDINGS,
    scoring=Scoring(
        counter(_COUNTS, _mark, _place),
        (
            Rate("accuracy", "right", "labelled", "higher"),
            Rate("f1", "twice_tp", "f1_over", "higher"),
            Rate("precision", "tp", "said_yes", "higher"),
            _RECALL,
            _TNR,
            mean_of("balanced_accuracy", (_RECALL, _TNR)),
            Rate("yes_ratio", "said_yes", "labelled"),
            *GROUP_RATES,
            Rate("unreadable", "unreadable", "labelled", "lower"),
            Rate("yes_to_ambiguous", "yes_to_ambiguous", "ambiguous"),
        ),
        tuple(str(reader) for reader in YES_NO_READERS.values()),
        "Categories of the file are splits. Yes is the positive class; a reply that is neither yes nor no is wrong. "
        "Ambiguous questions count in yes_to_ambiguous only. group_accuracy: groups of which every question is "
        "answered right; groups that lack a reply are left out of it.",
        _show,
        MappingProxyType({OVERALL: ()}),
    ),
    reply_tokens=16,
)
