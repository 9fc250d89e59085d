"""Pairs of FINER's by setting and number of elements, of its levels by what is contradicted, and replies to them.

In every setting the right option to a true question is A and to a false one B; in levels Yes (A) and No (B).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sightline.benchmarks import benchmark
from sightline.benchmarks.paired import labelled
from sightline.core import Attribute, Claim, Presence, Relation, Reply, SourceFile
from sightline.evaluation.evaluation import Evaluation
from sightline.queries.fine_question import LEVELS, FineQuestion

SEEN = ("a cat", "a cow", "a pig", "a fox", "an owl")
CLAIMS: Mapping[str, Claim] = {
    "object": Presence("cat"),
    "attribute": Attribute("cat", "red"),
    "relation": Relation("cat", "left of", "cup"),
}
Pair = tuple[FineQuestion, FineQuestion]


def pair(number: int, setting: str, elements: int, image: str, changed: str = "") -> Pair:
    """A cat is there and a cow is not."""
    name, true, false = f"{setting}/{number}", SEEN[0], SEEN[1]
    yes_no = ("Yes", "No")
    levels = setting in LEVELS
    positive = FineQuestion(
        *(f"{name}+", name, image, setting, "positive", elements, f"Can you see {true} in this image?"),
        yes_no if levels else (f"Yes, I can see {true}.", *(f"No, but I can see {each}." for each in SEEN[1:])),
        *(0, 0, true, false, CLAIMS.get(changed)),
    )
    rest = (true, *SEEN[2:])
    return positive, replace(
        positive,
        id=f"{name}-",
        polarity="negative",
        text=f"Can you see {false} in this image?",
        choices=yes_no if levels else (f"Yes, I can see {false}.", *(f"No, but I can see {each}." for each in rest)),
        right=1,
    )


# (setting, elements, image, reply to the true question, reply to the false one)
SIZED = [
    ("objects", 1, "1.jpg", "A", "B"),  # both right
    ("objects", 1, "2.jpg", "A", "A"),  # says yes to what is false
    ("objects", 1, "3.jpg", "A", "B"),  # both right
    ("objects", 2, "1.jpg", "B", "B"),  # denies what is true
    ("objects", 10, "1.jpg", "hm", "C"),  # unreadable; denies, but sees the wrong thing instead
    ("what", 2, "1.jpg", "A", "B"),  # both right
]
# (level, contradiction, image, reply to the true question, reply to the false one)
LEVELLED = [
    ("level 1", "object", "1.jpg", "Yes", "No"),  # both right
    ("level 2", "object", "1.jpg", "Yes", "Yes"),
    ("level 2", "attribute", "1.jpg", "No", "No"),  # the wrong detail alone
    ("level 2", "attribute", "2.jpg", "Yes", "No"),  # both right
]


def sized() -> list[FineQuestion]:
    return [q for n, (setting, size, image, *_) in enumerate(SIZED) for q in pair(n, setting, size, image)]


def levelled(told: bool = True) -> list[FineQuestion]:
    numbered = enumerate(LEVELLED)
    return [
        question
        for n, (level, kind, image, *_) in numbered
        for question in pair(n, level, int(level[-1]), image, kind if told else "")
    ]


def said(rows: Iterable[Sequence[object]]) -> list[str | None]:
    """The replies in such a list, question by question."""
    return [str(text) for row in rows for text in row[-2:]]


def evaluation(name: str, questions: Sequence[FineQuestion], replies: Mapping[str, Sequence[str | None]]) -> Evaluation:
    """An evaluation of a benchmark under one label set, "own"."""
    source = SourceFile("tiny.jsonl", "", len(questions))
    asked, labels = labelled("own", questions, [source], range(1, len(questions) + 1))
    given = {
        model: tuple(
            None if text is None else Reply(question.id, model, text, f"tiny.jsonl:{row}")
            for row, (question, text) in enumerate(zip(questions, texts, strict=True), start=1)
        )
        for model, texts in replies.items()
    }
    return Evaluation(benchmark(name), asked, (labels,), given, dict.fromkeys(given, ()))
