"""Ten pairs of FINER by hand, and what is replied to each question."""

from dataclasses import replace

from sightline.core import Reply
from sightline.queries.fine_question import FineQuestion

SEEN = ("a cat and a dog", "a cat and a cow", "a cat and a pig", "a cat and a fox", "a cat and an owl")


def pair(number: int, image: str, setting: str = "objects") -> tuple[FineQuestion, FineQuestion]:
    """A cat and a dog are there; asked about them the right answer is A, asked about a cow it is B."""
    true, false, *others = SEEN
    name = f"{setting}/{number}"
    positive = FineQuestion(
        *(f"{name}+", name, image, setting, "positive", 2, f"Can you see {true} in this image?"),
        (f"Yes, I can see {true}.", *(f"No, but I can see {each}." for each in SEEN[1:])),
        *(0, 0),
    )
    asked = f"Can you see {false} in this image?"
    rest = tuple(f"No, but I can see {each}." for each in (true, *others))
    return positive, replace(
        positive, id=f"{name}-", polarity="negative", text=asked, choices=(f"Yes, I can see {false}.", *rest), right=1
    )


# The ten pairs, what is replied to each, and what that is worth: (setting, image, positive, negative).
TEN = [
    ("objects", "1.jpg", "A", "B"),  # both right
    ("objects", "1.jpg", "A", "A"),  # says yes to what is false
    ("objects", "2.jpg", "B", "B"),  # denies what is true
    ("objects", "2.jpg", "A", "B"),  # both right
    ("objects", "3.jpg", "hm", "C"),  # unreadable; denies, but sees the wrong thing instead
    ("attributes", "1.jpg", "A", "B"),  # both right
    ("attributes", "2.jpg", "A", "A"),
    ("attributes", "3.jpg", "The answer is A", "The answer is B"),  # both right; FINER's reader reads E twice
    ("relations", "1.jpg", "E", "E"),  # denies twice
    ("what", "1.jpg", "A", "B"),  # both right
]


def asked() -> list[FineQuestion]:
    return [each for n, (setting, image, _, _) in enumerate(TEN) for each in pair(n, image, setting)]


def replied() -> list[Reply]:
    texts = [text for _, _, *both in TEN for text in both]
    return [Reply(question.id, "m", text) for question, text in zip(asked(), texts, strict=True)]
