"""Is it there? POPE on rendered scenes, and what yes is said to: what is plain, hard to see, expected, or neither."""

from collections import defaultdict

from sightline.core import Presence
from sightline.demo.examples import card, replies_of, said_yes
from sightline.demo.findings import Finding
from sightline.demo.run import Demo
from sightline.demo.shown import percent, rates_of, share_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.score import score_table
from sightline.readers.yes_no import yes_no_reader
from sightline.report.examples import Examples
from sightline.report.sections import Column, Section, Show, Table
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.world import mates_of
from sightline.stats.shares import Share, share

__all__ = ["GROUPS", "group_of", "presence_found", "yes_by_group"]

GROUPS = (
    "in plain sight",
    "at the edge of visibility",
    "absent, but goes with what is there",
    "absent, and nothing it goes with is there",
)
"""What a question about an object may be about."""


def group_of(kind: str, scene: RenderedScene) -> str:
    """Which of `GROUPS` a question about an object belongs to."""
    if kind in scene.kinds:
        return GROUPS[1 if scene.of(kind)[0].marginal else 0]
    return GROUPS[2 if any(mate in scene.kinds for mate in mates_of(kind)) else 3]


def yes_by_group(evaluation: Evaluation, scenes: dict[str, RenderedScene]) -> list[tuple[str, Share]]:
    """How often yes is said, group by group, each distinct question once."""
    read = yes_no_reader("strict").read
    hits: dict[str, list[bool]] = defaultdict(list)
    images: dict[str, list[str]] = defaultdict(list)
    done = set()
    for question, reply in replies_of(evaluation):
        claim, image = question.claims[0], question.images[0].name
        if question.key in done or not isinstance(claim, Presence):
            continue
        done.add(question.key)
        group = group_of(claim.object, scenes[image])
        hits[group].append(read(reply.text).answer == "yes")
        images[group].append(image)
    return [(group, share(hits[group], images[group])) for group in GROUPS if hits[group]]


def presence_found(demo: Demo, evaluation: Evaluation) -> Finding:
    """What POPE says, and where the false yes comes from."""
    table = score_table(evaluation)
    scores = {row["split"]: row for row in table.to_pylist()}
    groups = yes_by_group(evaluation, demo.by_image)
    f1 = {split: rates_of(scores[split], "f1")[0] for split in ("random", "popular", "adversarial")}
    lines = (
        "F1 " + ", ".join(f"{100 * value:.1f} {split}" for split, value in f1.items()),
        *(f"yes to {percent(found.value)} of objects {of}" for of, found in groups),
    )
    columns = (
        Column("split", "split"),
        Column("n", "questions", Show.COUNT),
        *(
            Column(name, title, Show.PERCENT, (f"{name}_low", f"{name}_high"))
            for name, title in (("f1", "F1"), ("accuracy", "accuracy"), ("recall", "recall"), ("tnr", "TNR"))
        ),
        Column("yes_ratio", "yes ratio", Show.PERCENT, ("yes_ratio_low", "yes_ratio_high")),
    )
    cards = [card(demo, seen) for seen in said_yes(evaluation, demo.by_image, GROUPS[2], group_of)]
    return Finding(
        "presence (POPE)",
        lines,
        Section(
            "Is it there?",
            (
                "POPE's three splits, built from the scenes' annotations. Negatives of the random split are any absent "
                "objects; those of the adversarial split go together with what was asked before.",
                "The model was never told anything false. It says yes to absent objects where it has learned to expect "
                "them, because what goes with what is there is often there and can hardly be seen.",
            ),
            (
                Table("presence", "POPE on held-out scenes, percent with 95 % intervals", table, columns),
                share_table(
                    "yes_by_group", "How often it says yes, by what the object is", "object", groups, "says yes"
                ),
                Examples("Absent objects that the model says it sees", tuple(cards)),
            ),
        ),
    )
