"""Replies of several checkpoints of the bundled model to one POPE, and two answer keys, so that ranks can change.

The key "exact" is what the renderer knows. The key "hasty" is that of an annotator who misses 60 % of what is at the
edge of visibility, and sees one in five of the absent objects that go with what is there. Scenes and questions are
drawn with a seed. Checkpoints are those of `train_bundled.py` with other arguments; their weights are not kept.

    python recipes/checkpoint_replies.py NAME=FOLDER [NAME=FOLDER ...]
"""

import json
import random
import sys
import tempfile
from pathlib import Path

import sightline
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.models.loading import load
from sightline.records.run_folder import read_run
from sightline.scenes.rendered import RenderedScene, compose
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.world import mates_of

OUT = Path(__file__).parents[1] / "docs" / "checkpoints"
SEED, SCENES, POLLED = 77, 120, 100
MISSED, IMAGINED = 0.6, 0.2


def hasty(scenes: dict[str, RenderedScene], exact: Path, folder: Path) -> None:
    """Write the key of an annotator in a hurry, in POPE's format."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(exact.glob("*_pope_[arp]*.json")):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            scene = scenes[row["image"]]
            kind = row["text"].removesuffix(" in the image?").rpartition(" ")[2]
            chance = random.Random(f"{SEED}/{row['image']}/{kind}").random()
            if kind in scene.kinds:
                row["label"] = "no" if scene.of(kind)[0].marginal and chance < MISSED else "yes"
            elif any(mate in scene.kinds for mate in mates_of(kind)):
                row["label"] = "yes" if chance < IMAGINED else "no"
        (folder / path.name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def main() -> None:
    """Render, ask, write."""
    exact = OUT / "exact"
    with tempfile.TemporaryDirectory() as scratch:
        scenes = Path(scratch) / "scenes"
        sightline.render_scenes(scenes, SCENES, SEED)
        sightline.build_pope(
            scenes / "instances.json", exact, images=POLLED, seed=SEED, prefix="rendered", overwrite=True
        )
        (exact / "rendered_pope_build.json").unlink()
        by_name = {image_name(index): compose(SEED, index) for index in range(SCENES)}
        hasty(by_name, exact, OUT / "hasty")
        planned = task("pope", scenes / "images", [f"exact={exact}"])
        for given in sys.argv[1:]:
            name, _, folder = given.partition("=")
            run = measure(planned, load(folder), Path(scratch) / name, batch_images=60, use_cache=False)
            replies = read_run(run.folder).replies.to_pylist()
            distinct = {(row["image"], row["question"]): row["reply"] for row in replies}
            lines = [
                json.dumps({"image": image, "question": question, "answer": reply, "model": name})
                for (image, question), reply in sorted(distinct.items())
            ]
            (OUT / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
