"""Make the small example that `sightline score pope --example` reads.

The pictures are described, not drawn: what is in each stands below. Labels "original" are those of a hasty annotator,
and "audited" those after a second look. The two models are made up too: `plain` answers in one word, `wordy` in
sentences, and both see what the second look saw, with the errors given below, drawn with a seed. Nothing here was said
by a model.

    python recipes/example_pope.py
"""

import json
import random
import tempfile
from pathlib import Path

from sightline.benchmarks.pope import SPLITS, claim_asked, read_labels
from sightline.core import Presence
from sightline.evaluation.build import build_pope

OUT = Path(__file__).parents[1] / "src/sightline/examples/pope"

SCENES = {
    "kitchen_1.jpg": "oven, refrigerator, sink, bowl, knife",
    "kitchen_2.jpg": "oven, microwave, bottle, dining table, cup",
    "kitchen_3.jpg": "refrigerator, sink, microwave, person",
    "meal_1.jpg": "dining table, chair, fork, pizza, cup",
    "meal_2.jpg": "dining table, chair, person, cake, fork, knife",
    "meal_3.jpg": "dining table, bowl, spoon, orange, banana",
    "street_1.jpg": "car, traffic light, person, bicycle",
    "street_2.jpg": "bus, car, person, handbag, umbrella",
    "street_3.jpg": "truck, car, stop sign, motorcycle",
    "street_4.jpg": "traffic light, bus, person, backpack, umbrella",
    "sofa_1.jpg": "couch, tv, remote, cat",
    "sofa_2.jpg": "couch, book, dog, person, cup",
    "sofa_3.jpg": "couch, chair, tv, potted plant, vase",
    "desk_1.jpg": "laptop, keyboard, mouse, cup, chair",
    "desk_2.jpg": "laptop, book, cell phone, bottle",
    "desk_3.jpg": "tv, keyboard, mouse, chair, person",
    "beach_1.jpg": "surfboard, person, umbrella, backpack",
    "beach_2.jpg": "kite, person, dog, chair",
    "field_1.jpg": "sheep, dog, person, bird",
    "field_2.jpg": "cow, horse, bird, truck",
    "park_1.jpg": "bench, dog, bicycle, person, frisbee",
    "park_2.jpg": "bench, bird, umbrella, handbag, person",
    "station_1.jpg": "train, person, suitcase, bench, clock",
    "station_2.jpg": "train, backpack, suitcase, person, handbag",
}

SECOND_LOOK = {
    ("kitchen_3.jpg", "person"): "no",
    ("meal_2.jpg", "knife"): "no",
    ("street_1.jpg", "bicycle"): "ambiguous",
    ("street_3.jpg", "person"): "yes",
    ("sofa_2.jpg", "cup"): "ambiguous",
    ("sofa_3.jpg", "vase"): "no",
    ("desk_3.jpg", "person"): "no",
    ("beach_2.jpg", "umbrella"): "yes",
    ("field_1.jpg", "bird"): "ambiguous",
    ("park_1.jpg", "bench"): "no",
    ("park_2.jpg", "handbag"): "ambiguous",
    ("station_2.jpg", "bench"): "yes",
    ("street_4.jpg", "car"): "ambiguous",
}

ERRORS = {"plain": {"yes": 0.22, "no": 0.03}, "wordy": {"yes": 0.08, "no": 0.14}}
"""How often each model gets a "yes" and a "no" wrong."""

WORDING = {
    "yes": [
        "Yes.",
        "Yes, there is {a} {x} in the image.",
        "Yes, there is no doubt: {a} {x} is visible.",
        "There is {a} {x}.",
    ],
    "no": ["No.", "No, there is no {x} in the image.", "There is no {x} in the image.", "**No**"],
    "unsure": ["I cannot tell.", "It is hard to say whether there is {a} {x}.", ""],
}


def main() -> None:
    """Write labels and replies."""
    with tempfile.TemporaryDirectory() as folder:
        scenes = Path(folder) / "scenes.json"
        scenes.write_text(json.dumps({name: objects.split(", ") for name, objects in SCENES.items()}))
        build_pope(scenes, OUT / "original", images=len(SCENES), prefix="example", overwrite=True)
        (OUT / "original" / "example_pope_build.json").unlink()  # names the temporary folder
    audit(OUT / "original", OUT / "audited")
    for model in ERRORS:
        reply(model)


def audit(original: Path, audited: Path) -> None:
    """Apply the second look: change labels, leave ambiguous questions out."""
    audited.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        rows = []
        for line in (original / f"example_pope_{split}.json").read_text().splitlines():
            row = json.loads(line)
            claim = claim_asked(row["text"])
            row["label"] = SECOND_LOOK.get((row["image"], claim.object if claim else ""), row["label"])
            if row["label"] != "ambiguous":
                rows.append(json.dumps(row) + "\n")
        (audited / f"example_pope_{split}.json").write_text("".join(rows))


def reply(model: str) -> None:
    """Write a model's replies, LLaVA's fields, the three splits one after the other."""
    questions, labels = read_labels(OUT / "original", "original")
    draw = random.Random(f"sightline {model}")
    said: dict[tuple[str, str], str] = {}
    lines = []
    for question in questions:
        image, claim = question.images[0].name, question.claims[0]
        assert isinstance(claim, Presence)
        truth = SECOND_LOOK.get((image, claim.object), "yes" if labels.answer(image, claim) == "holds" else "no")
        if (image, claim.object) not in said:
            answer = truth if truth != "ambiguous" else draw.choice(["yes", "no"])
            if draw.random() < ERRORS[model][answer]:
                answer = "no" if answer == "yes" else "yes"
            if model == "wordy":
                kind = "unsure" if truth == "ambiguous" or draw.random() < 0.02 else answer
                article = question.text.split()[2]
                said[image, claim.object] = draw.choice(WORDING[kind]).format(a=article, x=claim.object)
            else:
                said[image, claim.object] = answer.capitalize()
        row = {
            "question_id": int(question.id.split("/")[1]),
            "prompt": question.text,
            "text": said[image, claim.object],
            "model_id": model,
        }
        lines.append(json.dumps(row) + "\n")
    folder = OUT / "replies"
    folder.mkdir(exist_ok=True)
    (folder / f"{model}.jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main()
