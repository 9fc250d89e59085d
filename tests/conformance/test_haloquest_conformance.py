"""HaloQuest's evaluation file as it is published.

Third-party data, looked for beside the project; see conftest.py.
"""

import hashlib
from collections import Counter
from pathlib import Path

from sightline.benchmarks.haloquest import BENCHMARK, HaloQuestReference, count, read_labels
from sightline.core import Reply


def test_the_published_file_has_the_published_counts(conformance: Path) -> None:
    file = conformance / "haloquest" / "haloquest-eval.csv"
    ((public,),) = BENCHMARK.public.values()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == public.sha256
    found = read_labels(file.parent, "haloquest")
    assert len(found.questions) == 608 and found.labels.sources[0].rows == 608
    assert len({question.images[0].name for question in found.questions}) == 375
    assert [question.id for question in found.questions] == [str(number) for number in range(608)]
    assert Counter(question.split for question in found.questions) == {
        "false_premises": 304,
        "visual_challenge": 183,
        "insufficient_context": 121,
    }
    held = [each for each in found.labels.references.values() if isinstance(each, HaloQuestReference)]
    assert Counter(each.image_type for each in held) == {"generated": 391, "real": 217}
    # an answer that ends in a semicolon is not two; 505 rows have several
    assert sum(len(each.answers) > 1 for each in held) == 505
    assert all(answer == answer.strip() and answer for each in held for answer in each.answers)


def test_every_reply_is_told_to_the_judge_with_its_references(conformance: Path) -> None:
    found = read_labels(conformance / "haloquest", "haloquest")
    scoring = BENCHMARK.scoring
    assert scoring is not None and scoring.judge is not None
    replies = [Reply(question.id, "m", "No.", judgement="correct") for question in found.questions]
    for question, reply in zip(found.questions, replies, strict=True):
        request = scoring.judge.request(question, found.labels, reply)
        assert request is not None and question.text in request.prompt and "{" not in request.prompt.split("Rules:")[0]
    counted = count(found.questions, found.labels, replies)
    assert counted.counts["correct"].sum() == 608 and counted.counts["correct_real"].sum() == 217
