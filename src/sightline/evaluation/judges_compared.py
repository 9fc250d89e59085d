"""How well judges agree: every two of them, on the replies that both have judged.

People are judges as well: a file of their verdicts, written by hand, is what a model's are held against.
"""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from sightline.core import Benchmark, Judge
from sightline.errors import RequestError
from sightline.evaluation.judgements import Said, said_in
from sightline.evaluation.judging import judge_of
from sightline.stats.intervals import DRAWS
from sightline.stats.judge_agreement import JudgeAgreement, judge_agreement

__all__ = ["JudgesCompared", "compare_judges"]


class JudgesCompared(NamedTuple):
    """Two judges and how well they agree.

    Args:
        first: the one.
        second: the other.
        shared: replies that both have judged.
        unreadable: of these, how many judgements of the first and of the second cannot be read; such replies are left
            out.
        agreement: on the others; None where there is none.
    """

    first: str
    second: str
    shared: int
    unreadable: tuple[int, int]
    agreement: JudgeAgreement | None


def compare_judges(
    benchmark: Benchmark, paths: Iterable[str | Path], draws: int = DRAWS, seed: int = 0
) -> tuple[JudgesCompared, ...]:
    """Compare every two judges.

    Args:
        benchmark: whose replies they judge.
        paths: files of judgements, of two judges or more.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        RequestError: replies to the benchmark are not judged, there is one judge only, or no two of them have judged
            the same reply.
        DataError: a file is broken.
    """
    judge = judge_of(benchmark)
    said = said_in(benchmark.name, paths)
    if len(said.voices) < 2:
        name = next(iter(said.voices.values())).name
        raise RequestError(f"All judgements are by {name}; agreement needs two judges, or two prompts of one.")
    keys = combinations(said.voices, 2)
    found = tuple(each for pair in keys if (each := _compared(judge, said, *pair, draws, seed)).shared)
    if not found:
        raise RequestError("No reply was judged by two judges. Replies are known by question_id and the reply's text.")
    return found


def _compared(
    judge: Judge,
    said: Said,
    first: tuple[str, str, str, str, int],
    second: tuple[str, str, str, str, int],
    draws: int,
    seed: int,
) -> JudgesCompared:
    one, other = said.of[first], said.of[second]
    shared = [key for key in one if key in other]
    pairs = [(one[key].judgement, other[key].judgement) for key in shared]
    read = [tuple(judge.read(each.text).answer for each in pair) for pair in pairs]
    # people need not say which image a question is about; then it stands for itself
    images = [next((each.image for each in pair if each.image), pair[0].question_id) for pair in pairs]
    kept = [(a, b, image) for (a, b), image in zip(read, images, strict=True) if a is not None and b is not None]
    unreadable = sum(a is None for a, _ in read), sum(b is None for _, b in read)
    words = [[row[column] for row in kept] for column in range(3)]
    agreement = judge_agreement(words[0], words[1], words[2], draws, seed) if kept else None
    return JudgesCompared(said.voices[first].name, said.voices[second].name, len(shared), unreadable, agreement)
