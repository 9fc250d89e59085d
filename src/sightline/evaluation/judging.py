"""Replies judged: every distinct one once, by a language model that is told what it is held against.

Judgements are appended to a file as they come, so that a process that is killed loses what is in flight and no more;
the same call again asks for the rest.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Benchmark, Judge, LabelSet, ModelIdentity, Question, Reply, TextRequest, Writing, Written
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.keys import is_covered
from sightline.records.folder_lock import lock_folder
from sightline.records.journal import Journal, read_journal
from sightline.records.judgements import Judgement, judgement_line, judgement_of, reply_sha256, told_sha256

__all__ = ["Judged", "ToJudge", "judge_of", "judge_replies", "left_to_judge", "replies_to_judge"]


class ToJudge(NamedTuple):
    """A reply that is to be judged.

    Args:
        question: what it answers.
        labels: the label set that says what a right reply is.
        reply: the reply; of several models that said the same, that of the first.
        told_sha256: hash of what the judge is told.
        sample: which of several judgements.
    """

    question: Question
    labels: LabelSet
    reply: Reply
    told_sha256: str
    sample: int = 0

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What makes two judgements the same, whoever judges."""
        return self.question.id, reply_sha256(self.reply.text), self.told_sha256, self.sample

    def request(self, judge: Judge, temperature: float) -> TextRequest:
        """What the judge is asked."""
        made = judge.request(self.question, self.labels, self.reply, self.sample, temperature)
        if made is None:
            raise ValueError(f"{self.question.id} needs no judge")
        return made


class Judged(NamedTuple):
    """What came of it.

    Args:
        path: the file of judgements.
        asked: judgements that were asked for this time; those of the cache among them.
        known: judgements that the file had already.
        problems: of those asked for, how many came to nothing; why → how often.
        unreadable: of those asked for, how many say something that cannot be read.
    """

    path: Path
    asked: int
    known: int
    problems: Mapping[str, int]
    unreadable: int


def judge_of(benchmark: Benchmark) -> Judge:
    """What a judge of the benchmark's replies is asked.

    Raises:
        RequestError: its replies are not judged.
    """
    if benchmark.scoring is None or benchmark.scoring.judge is None:
        raise RequestError(f"Replies to {benchmark.name} are read by rules; there is nothing for a judge to say.")
    return benchmark.scoring.judge


def replies_to_judge(evaluation: Evaluation, judge: Judge, samples: int = 1) -> tuple[ToJudge, ...]:
    """Every distinct reply that needs a judge, in the order of models and questions.

    Args:
        evaluation: the replies, and what they are held against.
        judge: what the judge is told.
        samples: judgements of each.

    Raises:
        RequestError: there are no samples, or two label sets hold a reply against different things.
    """
    if samples < 1:
        raise RequestError(f"There are {samples} judgements of each reply; expected at least one.")
    found: dict[tuple[str, str, str, int], ToJudge] = {}
    for replies in evaluation.replies.values():
        for question, reply in zip(evaluation.questions, replies, strict=True):
            wanted = None if reply is None else _to_judge(evaluation, judge, question, reply)
            if wanted is not None:
                found.setdefault(wanted.key, wanted)
    return tuple(each._replace(sample=sample) for sample in range(samples) for each in found.values())


def _to_judge(evaluation: Evaluation, judge: Judge, question: Question, reply: Reply) -> ToJudge | None:
    found: ToJudge | None = None
    for labels in evaluation.label_sets:
        told = judge.told(question, labels, reply) if is_covered(labels, question) else None
        if told is None:
            continue
        own = ToJudge(question, labels, reply, told_sha256(told))
        if found is not None and found.told_sha256 != own.told_sha256:
            raise RequestError(
                f"{question.id} is held against one thing by {found.labels.name} and against another by {labels.name}. "
                "Judge under one label set at a time, each into a file of its own."
            )
        found = found or own
    return found


def left_to_judge(wanted: Iterable[ToJudge], judge: Judge, out: Path) -> tuple[ToJudge, ...]:
    """What a file of judgements lacks still; what came to nothing is asked again.

    Raises:
        RequestError: the file was made with another prompt.
        DataError: the file is broken.
    """
    known = _known(out)
    _refuse_other(known, judge, None, out)
    done = _done(known)
    return tuple(each for each in wanted if each.key not in done)


def judge_replies(
    evaluation: Evaluation,
    writer: Writing,
    out: Path,
    judge: Judge | None = None,
    samples: int = 1,
    temperature: float = 0.0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Judged:
    """Have every distinct reply judged, and write what the judge says to a file.

    Args:
        evaluation: the replies, and what they are held against.
        writer: the judge.
        out: the file; one that is there is gone on with.
        judge: what it is asked; the benchmark's own where None.
        samples: judgements of each reply.
        temperature: 0 is greedy: every judgement of a reply would be the same.
        progress: told the name of the step, how much of it is done, and of how much.

    Raises:
        RequestError: there is nothing to judge, the file is another judge's, or the model refuses all of it.
        DataError: the file is broken or cannot be written; what was judged is kept.
    """
    judge = judge or judge_of(evaluation.benchmark)
    if samples > 1 and not temperature > 0:
        raise RequestError(f"{samples} judgements of a reply would all be the same; name a temperature above 0.")
    wanted = replies_to_judge(evaluation, judge, samples)
    busy = "another process writes judgements here; wait for it, or choose another --out."
    with lock_folder(out.parent, f".{out.name}.lock", busy, "judgements cannot be written here"):
        known = _known(out)
        _refuse_other(known, judge, writer.identity, out)
        done = _done(known)
        left = [each for each in wanted if each.key not in done]
        problems: dict[str, int] = {}
        unreadable = 0
        with Journal(out) as journal:
            for place, judgement in enumerate(_judgements(evaluation, left, judge, writer, temperature), start=1):
                journal.append(judgement_line(judgement))
                if judgement.problem:
                    problems[judgement.problem] = problems.get(judgement.problem, 0) + 1
                else:
                    unreadable += not judge.read(judgement.text).readable
                if progress is not None:
                    progress("judged", place, len(left))
    return Judged(out, len(left), len(wanted) - len(left), problems, unreadable)


def _judgements(
    evaluation: Evaluation, left: list[ToJudge], judge: Judge, writer: Writing, temperature: float
) -> Iterator[Judgement]:
    """What the judge says, as it comes."""
    requests = [each.request(judge, temperature) for each in left]
    identity = writer.identity
    for place, written in writer.write(requests):
        yield _judgement(evaluation, left[place], judge, identity, written)


def _judgement(
    evaluation: Evaluation, wanted: ToJudge, judge: Judge, identity: ModelIdentity, written: Written
) -> Judgement:
    question = wanted.question
    return Judgement(
        question.id,
        reply_sha256(wanted.reply.text),
        written.text,
        identity.name,
        identity.hash,
        identity.engine,
        {**identity.details, **({"replied as": written.version} if written.version else {})},
        str(judge),
        judge.sha256,
        wanted.told_sha256,
        wanted.sample,
        written.problem,
        written.prompt_tokens,
        written.reply_tokens,
        evaluation.benchmark.name,
        question.images[0].name if question.images else "",
        wanted.reply.model,
    )


def _known(out: Path) -> list[Judgement]:
    """The judgements that a file holds, without a last line that was not written whole."""
    lines, whole = read_journal(out)
    if out.exists() and _is_json(out.read_bytes()[whole:]):
        raise RequestError(f"{out} was not written by this command; choose another file: --out FILE.")
    return [judgement_of(_record(line, out), str(out), row) for row, line in enumerate(lines, start=1)]


def _record(line: Any, out: Path) -> Mapping[str, Any]:
    if not isinstance(line, dict):
        raise RequestError(f"{out} holds no judgements; choose another file: --out FILE.")
    return line


def _is_json(rest: bytes) -> bool:
    """Whether a last line without an end is whole all the same, as where people edit a file."""
    try:
        json.loads(rest)
    except ValueError:
        return False
    return True


def _done(known: Iterable[Judgement]) -> set[tuple[str, str, str, int]]:
    return {(each.question_id, each.reply_sha256, each.told_sha256, each.sample) for each in known if not each.problem}


def _refuse_other(known: Iterable[Judgement], judge: Judge, identity: ModelIdentity | None, out: Path) -> None:
    """Refuse to mix judges or prompts in a file."""
    for each in known:
        other = ""
        if identity is not None and each.judge_sha256 != identity.hash:
            other = f"judged by {each.judge}" if each.judge != identity.name else f"by another {each.judge}"
        elif each.prompt_sha256 != judge.sha256:
            other = f"asked with another prompt ({each.prompt})"
        if other:
            raise RequestError(f"{out} holds judgements {other}; choose another file: --out FILE.")
