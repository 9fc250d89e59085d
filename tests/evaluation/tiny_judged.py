"""Small question files of judged benchmarks in the originals' formats, with replies and what a judge says of them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

TYPES = ("attribute", "adversarial", "comparison", "counting", "relation", "environment", "holistic", "other")

RATINGS = (
    *("Rating: 6", "Rating: 0", "Good. Rating: 3", "Rating: 2", "**Rating:** 5", "I cannot rate this.", "Rating: 4"),
    *("Rating: 1 or 2", "Rating: 5", "Rating: 1\nRating: 1", "Rating: 3\nRating: 4", "rating: 10"),
    *("Rating: 6", "Rating: 2", "Rating: 4", ""),
)
"""What the judge says of sixteen answers; of the last nothing."""


def mmhal_rows(n: int = 16, answers: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "question_type": TYPES[place % 8],
            "question_topic": "indoor",
            "image_id": f"id{place}",
            "image_src": f"https://example.org/pictures/{place}_o.jpg",
            "image_content": ["Cup", "Table"],
            "question": f"What is in picture {place}?",
            "gt_answer": f"A cup, number {place}.",
            "model_answer": f"I see cup {place}." if answers else "",
        }
        for place in range(n)
    ]


def mmhal(folder: Path, n: int = 16) -> Path:
    path = folder / "response_template.json"
    path.write_text(json.dumps(mmhal_rows(n), indent=2))
    return path


def mmhal_answers(folder: Path, n: int = 16) -> Path:
    path = folder / "answers.json"
    path.write_text(json.dumps(mmhal_rows(n, answers=True), indent=2))
    return path


HALOQUEST = (
    ("a.png", "generated", "false premises", "What colour is the cat?", "There is no cat; No cat is visible;"),
    ("a.png", "generated", "visual challenge", "How many cups?", "2; two"),
    ("b.jpg", "real", "insufficient context", "What is under the table?", "It cannot be seen"),
    ("b.jpg", "real", "false premises", "Who sits there?", "Nobody sits there"),
    ("c d.webp", "real", "visual challenge", 'What does the sign say, "in red"?', "Open; It says open, in red"),
)
"""Name, kind of picture, kind of question, question, right answers."""


def haloquest(folder: Path) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ["", "image_name", "url", "image type", "hallucination type", "question", "groundtruth responses", "split"]
    )
    for number, (image, picture, kind, question, answers) in enumerate(HALOQUEST):
        writer.writerow([number, image, f"https://example.org/{image}", picture, kind, question, answers, "eval"])
    path = folder / "haloquest-eval.csv"
    path.write_text(text.getvalue(), newline="")
    return path
