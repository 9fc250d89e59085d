"""Judgements put to the replies that they are of, by question and by the hash of the reply's text.

One judge, asked once in one way, is one voice. With several voices every model is scored by each of them, as a model of
its own: "llava (gpt-4o)" and "llava (ann)" are two columns of one table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sightline.core import Judge, Question, Reply, SourceFile
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.keys import is_covered
from sightline.records.judgements import Judgement, read_judgements, reply_sha256, told_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from sightline.evaluation.evaluation import Evaluation

__all__ = ["Placed", "Said", "Voice", "files_about", "require_judgements", "said_in", "with_judgements"]


class Voice(NamedTuple):
    """A judge, asked in one way, as the record has it.

    Args:
        name: what tables call it.
        judge: the judge's name.
        sha256: what makes the judge the same as another.
        engine: what runs it.
        details: what else is known of it.
        prompt: the name of the prompt.
        prompt_sha256: its hash.
        sample: which of several judgements of the same reply.
        files: where its judgements stand.
        used: judgements that were put to replies.
        unreadable: of these, how many cannot be read.
        nothing: replies of which the judge said nothing: it refused, or was cut off.
        missing: replies without a judgement of it.
    """

    name: str
    judge: str
    sha256: str
    engine: str
    details: Mapping[str, str]
    prompt: str
    prompt_sha256: str
    sample: int
    files: tuple[SourceFile, ...]
    used: int = 0
    unreadable: int = 0
    nothing: int = 0
    missing: int = 0


class Placed(NamedTuple):
    """A judgement, and where it stands.

    Args:
        judgement: what was said.
        file: the file.
        row: its row there.
    """

    judgement: Judgement
    file: str
    row: int


_Of = dict[tuple[str, str], Placed]
"""(question id, hash of the reply) → the judgement."""

_Key = tuple[str, str, str, str, int]
"""What makes a voice the same as another."""


class Said(NamedTuple):
    """What files hold.

    Args:
        voices: who speaks.
        of: what each says of which reply.
        about: for each question some judgement of a reply to it.
    """

    voices: dict[_Key, Voice]
    of: dict[_Key, _Of]
    about: dict[str, Placed]


def require_judgements(evaluation: "Evaluation", reader: str) -> None:
    """Refuse to read judgements where none were given.

    Raises:
        RequestError: the reader reads judgements, and there are none.
    """
    judge = None if evaluation.benchmark.scoring is None else evaluation.benchmark.scoring.judge
    if judge is not None and reader.split("@")[0] in judge.readers and not evaluation.judgements:
        name = evaluation.benchmark.name
        raise RequestError(
            f"The reader {reader} of {name} reads what a judge says of replies, and no judgements were given. Have "
            f"replies judged (sightline judge {name} --replies … --judge MODEL --out FILE), then name that file: "
            "--judgements FILE"
        )


def with_judgements(
    evaluation: "Evaluation", paths: Iterable["str | Path"], allow_missing: bool = False
) -> "Evaluation":
    """Put judgements to the replies of an evaluation.

    Args:
        evaluation: the replies.
        paths: files of judgements, of one judge or several.
        allow_missing: go on where replies have no judgement; they count as unjudged.

    Raises:
        RequestError: the benchmark's replies are not judged.
        DataError: a file is broken, is of another benchmark, judges a reply twice, or held it against something else.
        MissingError: a reply has no judgement, or only one of another text.
    """
    scoring = evaluation.benchmark.scoring
    if scoring is None or scoring.judge is None:
        raise RequestError(f"Replies to {evaluation.benchmark.name} are read by rules; leave --judgements out.")
    said = said_in(evaluation.benchmark.name, paths)
    heard = dict(said.voices)
    replies: dict[str, Sequence[Reply | None]] = {}
    joins = {}
    for model, own in evaluation.replies.items():
        speaking = [key for key in said.voices if _speaks_of(said.of[key], own)]
        for key in speaking or list(said.voices)[:1]:
            attached = _Attached(evaluation, scoring.judge, said, key)
            shown = model if len(said.voices) == 1 else f"{model} ({said.voices[key].name})"
            replies[shown] = [attached.reply(*pair) for pair in zip(evaluation.questions, own, strict=True)]
            joins[shown] = evaluation.joins[model]
            if attached.missing and not allow_missing:
                raise attached.problem(model)
            heard[key] = attached.added(heard[key])
    return replace(evaluation, replies=replies, joins=joins, judgements=tuple(heard.values()))


def _speaks_of(said: _Of, replies: Sequence[Reply | None]) -> bool:
    return any(reply is not None and (reply.question_id, reply_sha256(reply.text)) in said for reply in replies)


class _Attached:
    """The judgements of one voice, put to the replies of one model."""

    def __init__(self, evaluation: "Evaluation", judge: Judge, said: Said, key: _Key) -> None:
        self._evaluation, self._judge = evaluation, judge
        self._said, self._about, self._voice = said.of[key], said.about, said.voices[key]
        self.used = self.unreadable = self.nothing = 0
        self.missing: list[Reply] = []

    def reply(self, question: Question, reply: Reply | None) -> Reply | None:
        """The reply with its judgement."""
        if reply is None or not (told := self._told(question, reply)):
            return reply
        placed = self._said.get((question.id, reply_sha256(reply.text)))
        if placed is None:
            self.missing.append(reply)
            return reply
        judgement = placed.judgement
        if judgement.told_sha256 and any(judgement.told_sha256 != each for each in told):
            raise DataError(
                f"the reply to {question.id} was judged against another question or reference than the label sets give",
                file=placed.file,
                row=placed.row,
                hint="Name the label set that it was judged under (--labels), or have replies judged anew.",
            )
        self.used += not judgement.problem
        self.nothing += bool(judgement.problem)
        self.unreadable += not judgement.problem and not self._judge.read(judgement.text).readable
        return replace(reply, judgement=judgement.text)

    def _told(self, question: Question, reply: Reply) -> list[str]:
        """Hashes of what the judge would be told under each label set; none where nothing is to be judged."""
        covering = [labels for labels in self._evaluation.label_sets if is_covered(labels, question)]
        told = (self._judge.told(question, labels, reply) for labels in covering)
        return [told_sha256(each) for each in told if each is not None]

    def problem(self, model: str) -> MissingError:
        """What to say of the first reply that has no judgement."""
        reply = self.missing[0]
        other = self._about.get(reply.question_id)
        instead = "" if other is None else f"; {other.file}:{other.row} judges another reply to the same question"
        return MissingError(
            f"{len(self.missing):,} replies of {model} have no judgement by {self._voice.name}; the first is that to "
            f"{reply.question_id} ({reply.text[:60]!r}){instead}",
            file=self._voice.files[0].name,
            hint="Have them judged (sightline judge), or go on without: --allow-missing.",
        )

    def added(self, voice: Voice) -> Voice:
        """The voice with what was put to replies here."""
        return voice._replace(
            used=voice.used + self.used,
            unreadable=voice.unreadable + self.unreadable,
            nothing=voice.nothing + self.nothing,
            missing=voice.missing + len(self.missing),
        )


def files_about(benchmark: str, paths: Iterable["str | Path"]) -> list["str | Path"]:
    """The files that judge replies to a benchmark, or do not say to which.

    Raises:
        DataError: a file is broken.
    """
    return [path for path in paths if any(each.benchmark in ("", benchmark) for each in read_judgements(path).rows)]


def said_in(benchmark: str, paths: Iterable["str | Path"]) -> Said:
    """What judges say in files.

    Args:
        benchmark: the benchmark whose replies they judge.
        paths: the files.

    Raises:
        RequestError: there are no judgements.
        DataError: a file is broken, is of another benchmark, or judges a reply twice.
    """
    found: dict[_Key, _Of] = {}
    files: dict[_Key, dict[str, SourceFile]] = {}
    about: dict[str, Placed] = {}
    for path in paths:
        rows, numbers, source = read_judgements(path)
        for judgement, row in zip(rows, numbers, strict=True):
            if judgement.benchmark not in ("", benchmark):
                hint = "Name files of the same benchmark."
                raise DataError(
                    f"this judges a reply to {judgement.benchmark}, not to {benchmark}", file=path, row=row, hint=hint
                )
            placed = Placed(judgement, source.name, row)
            about.setdefault(judgement.question_id, placed)
            _put(found.setdefault(judgement.voice, {}), placed)
            files.setdefault(judgement.voice, {})[source.name] = source
    if not found:
        raise RequestError("No judgements were given. Name their files: --judgements FILE …")
    first = {key: next(iter(said.values())).judgement for key, said in found.items()}
    names = _names(list(first.values()))
    voices = {key: _voice(first[key], names[key], tuple(files[key].values())) for key in found}
    return Said(voices, found, about)


def _put(said: _Of, placed: Placed) -> None:
    """Keep a judgement; one that came to nothing gives way to one that did not."""
    own = placed.judgement
    key = own.question_id, own.reply_sha256
    known = said.get(key)
    if known is None or known.judgement.problem:
        said[key] = placed
    elif not own.problem and own.text != known.judgement.text:
        raise DataError(
            f"{own.judge} judges the reply to {own.question_id} twice, and not alike: {known.file}:{known.row} is the "
            "other",
            file=placed.file,
            row=placed.row,
            hint="Take one out, or tell them apart by sample.",
        )


def _names(first: Sequence[Judgement]) -> dict[_Key, str]:
    """What tables call voices: the judge, and as much more as tells them apart."""
    names: dict[_Key, str] = {}
    for own in first:
        alike = [each for each in first if each.judge == own.judge]
        parts = [own.judge]
        if len({each.judge_sha256 for each in alike}) > 1:
            parts.append(own.judge_sha256[:6] or "unknown")
        if len({(each.prompt, each.prompt_sha256) for each in alike}) > 1:
            parts.append(own.prompt if len({e.prompt for e in alike}) > 1 else own.prompt_sha256[:6])
        if len({each.sample for each in alike}) > 1:
            parts.append(f"#{own.sample + 1}")
        names[own.voice] = " ".join(parts)
    return names


def _voice(own: Judgement, name: str, files: tuple[SourceFile, ...]) -> Voice:
    how = (own.judge, own.judge_sha256, own.engine, own.details, own.prompt, own.prompt_sha256, own.sample)
    return Voice(name, *how, files)
