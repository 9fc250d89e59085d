"""Measure the bundled model on scenes that it has not seen, and write its model card.

    python recipes/model_card.py                     measures and prints
    python recipes/model_card.py --write             also writes the card beside the weights
    python recipes/model_card.py --model FOLDER      another checkpoint of the recipe

Runs on two cores in a quarter of an hour, without a network. Every rate has a 95 % interval that draws whole scenes.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bundled_phrases import PHRASE, SHORT, Pair, attributes_wrong, kinds_phrase, with_letters
from bundled_texts import UNSEEN

import sightline
from sightline.core import Asking, ImageGroup
from sightline.demo.captions import mate_share
from sightline.demo.presence import yes_by_group
from sightline.demo.shown import rates_of, with_interval
from sightline.evaluation.captions import read_captions
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.measure import measure as ask_all
from sightline.evaluation.propagation import propagation
from sightline.evaluation.task import task
from sightline.models.bundled_model import bundled_folder
from sightline.models.loading import load
from sightline.models.transformers import TransformersModel
from sightline.readers.caption_objects import caption_reader
from sightline.readers.colour import colour_of
from sightline.readers.number import count_of
from sightline.readers.vocabulary import Vocabulary
from sightline.readers.yes_no import yes_no_reader
from sightline.scenes.rendered import Combinations, compose
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import NUMBERS, article, listed, noun_phrase
from sightline.scenes.rendered.relations import OPPOSITES, relate
from sightline.scenes.rendered.world import COLOURS, KINDS, mates_of, plural
from sightline.stats.shares import Share, share

SEED = 2026
BATCH_IMAGES = 60
OFFSETS = (-1, 0, 1, 2, 3, 5, 10)
WORDS = Vocabulary("rendered", {kind: (kind,) for kind in KINDS})

Row = tuple[str, str, str]
"""What, the rate with its interval, and on how much it rests."""


class Card:
    """Scenes of one kind of combination, the model, and what was found."""

    def __init__(self, model: TransformersModel, folder: Path, n: int, combinations: Combinations) -> None:
        self.model, self.folder, self.combinations = model, folder, combinations
        sightline.render_scenes(folder / "scenes", n, SEED, combinations=combinations)
        self.scenes = [compose(SEED, index, None, combinations) for index in range(n)]
        self.clear = [[k for k in scene.kinds if not scene.of(k)[0].marginal] for scene in self.scenes]
        self.draw = random.Random(SEED)
        self.rows: dict[str, list[Row]] = {}

    def add(self, part: str, what: str, value: tuple[float, float, float], n: int) -> None:
        """Put down a rate."""
        self.rows.setdefault(part, []).append((what, with_interval(*value), f"{n:,}"))
        print(f"{self.combinations:9} {part}: {what}: {with_interval(*value)} of {n:,}", flush=True)

    def add_share(self, part: str, what: str, found: Share) -> None:
        """Put down a share."""
        self.add(part, what, found[:3], found.n)

    def ask(self, prompts: Sequence[Sequence[str]], longest: int) -> list[tuple[str, ...]]:
        """Put prompts to the model, for each scene any number of them."""
        images = self.folder / "scenes" / "images"
        groups = [ImageGroup(images / image_name(i), tuple(own)) for i, own in enumerate(prompts) if own]
        batches = [groups[start : start + BATCH_IMAGES] for start in range(0, len(groups), BATCH_IMAGES)]
        found = iter(
            replies for batch in self.model.reply(batches, Asking(max_new_tokens=longest)) for replies in batch
        )
        return [tuple(said[0].text for said in next(found)) if own else () for own in prompts]

    def scored(self, benchmark: str, labels: Path, longest: int, wording: str | None = None) -> list[dict[str, object]]:
        """Measure a benchmark and score it."""
        run = self.folder / "runs" / benchmark
        own = [f"own={labels}"]
        asking = Asking(max_new_tokens=longest)
        planned = task(benchmark, self.folder / "scenes/images", own, asking=asking, wording=wording)
        ask_all(planned, self.model, run, batch_images=BATCH_IMAGES, use_cache=False)
        self.evaluation = evaluate(benchmark, [f"model={run}"], own)
        readers = ("strict",) if benchmark == "pope" else ()
        return sightline.score(self.evaluation, readers=readers).to_pylist()

    def presence(self) -> None:
        """Questions about objects, by what they are about, and POPE."""
        part = "Presence"
        there = [draw_one(self.draw, clear) for clear in self.clear]
        missing = [[kind for kind in KINDS if kind not in scene.kinds] for scene in self.scenes]
        others = [
            [k for k in absent if not set(mates_of(k)) & set(s.kinds)]
            for absent, s in zip(missing, self.scenes, strict=True)
        ]
        absent, unexpected = ([draw_one(self.draw, each) for each in of] for of in (missing, others))
        ask = "Is there {a} {x} in the image?"
        asked = list(zip(there, absent, unexpected, strict=True))
        prompts = [[ask.format(a=article(k), x=k) for k in kinds if k] for kinds in asked]
        replies = self.ask(prompts, 4)
        right: dict[str, list[tuple[int, bool]]] = {}
        for i, kinds in enumerate(asked):
            said = dict(zip([k for k in kinds if k], replies[i], strict=True))
            yes, no, other = said[kinds[0]] == "Yes", said[kinds[1]] == "No", said.get(kinds[2]) == "No"
            pairs = {"any absent": [yes, no], "unexpected": [yes, other] if kinds[2] else [yes]}
            for name, outcomes in pairs.items():
                right.setdefault(name, []).extend((i, outcome) for outcome in outcomes)
        names = {
            "unexpected": "right: clear object, or absent one that goes with nothing there",
            "any absent": "right: clear object, or any absent one",
        }
        for name, title in names.items():
            self.add_share(part, title, share_of(right[name]))
        labels = self.folder / "pope"
        polled = sum(len(scene.kinds) >= 3 for scene in self.scenes)
        sightline.build_pope(self.folder / "scenes/instances.json", labels, images=polled, seed=SEED, overwrite=True)
        for row in self.scored("pope", labels, 16):
            if row["split"] != "mean":
                self.add(part, f"POPE, {row['split']}: F1", rates_of(row, "f1"), int(row["n"]))  # type: ignore[call-overload]
        by_name = {image_name(scene.index): scene for scene in self.scenes}
        for group, found in yes_by_group(self.evaluation, by_name):
            self.add_share(part, f"yes to objects {group}", found)

    def prompts(self) -> None:
        """Counting and colour, neutral and asserted."""
        graphs = self.folder / "scenes/scene_graphs.json"
        files = self.folder / "counting.jsonl", self.folder / "colour.jsonl"
        sightline.build_counting(graphs, files[0], offsets=OFFSETS, seed=SEED, overwrite=True)
        sightline.build_colour(graphs, files[1], cycle=tuple(COLOURS), seed=SEED, overwrite=True)
        for benchmark, file in zip(("counting", "colour"), files, strict=True):
            for row in self.scored(benchmark, file, 32):
                rate = "true_rate" if row["split"] == "neutral" else "prompt_match"
                what = "right, asked neutrally" if rate == "true_rate" else f"prompt repeated, {row['split']}"
                self.add(benchmark.capitalize(), what, rates_of(row, rate), int(row["n"]))  # type: ignore[call-overload]

    def captions(self) -> None:
        """CHAIR, by sentence, and what the wrong objects go with."""
        part, annotations = "Captions", self.folder / "scenes/instances.json"
        (row,) = self.scored("chair", annotations, 128, "describe")
        for name in ("chair_i", "chair_s", "recall"):
            self.add(part, name.replace("chair", "CHAIR"), rates_of(row, name), int(row["n"]))  # type: ignore[call-overload]
        by_name = {image_name(scene.index): scene for scene in self.scenes}
        self.add_share(
            part, "of hallucinated mentions, theme mates of what is there", mate_share(self.evaluation, by_name)
        )
        from sightline.benchmarks.image_objects import read_image_objects

        table = propagation(read_captions([f"model={self.folder / 'runs/chair'}"]), read_image_objects(annotations))
        for at in table.to_pylist():
            if at["rate"] == "mentions" and at["context"] == "any" and at["position"].isdigit() and at["of"]:
                value = at["value"], at["low"], at["high"]
                self.add(part, f"hallucinated mentions in sentence {at['position']}", value, at["of"])
            if (
                at["rate"] == "new_objects"
                and at["context"] in ("clean", "hallucinated")
                and at["position"] == "from 2 on"
            ):
                value = at["value"], at["low"], at["high"]
                self.add(part, f"hallucinated new objects after a {at['context']} context", value, at["of"])

    def joined(self) -> None:
        """FINER-like pairs, by the number of joined elements: as yes/no questions, and with lettered options."""
        makers: dict[str, Callable[[int, int], tuple[str, list[str]] | None]] = {
            "objects": self._objects,
            "attributes": self._attributes,
            "relations": self._relations,
        }
        for name, make in makers.items():
            for n in range(1, 6 if name == "objects" else 4):
                made = [make(i, n) for i in range(len(self.scenes))]
                what = f"{n} {name if n > 1 else name[:-1]}"
                forms = {"yes/no": self._asked, "lettered": self._pair}
                for form, as_pair in forms.items():
                    pairs = [() if each is None else as_pair(*each) for each in made]
                    replies = self.ask([[pair.question for pair in own] for own in pairs], 4)
                    outcomes = [
                        (i, all(said == pair.answer for said, pair in zip(replies[i], own, strict=True)))
                        for i, own in enumerate(pairs)
                        if own
                    ]
                    if len(outcomes) >= 20:
                        self.add_share("Joined elements, paired accuracy", f"{form}: {what}", share_of(outcomes))

    def _asked(self, true: str, false: list[str]) -> tuple[Pair, Pair]:
        true, wrong = (PHRASE[0].format(p=phrase) + SHORT for phrase in (true, false[0]))
        return Pair(true, "Yes"), Pair(wrong, "No")

    def _pair(self, true: str, false: list[str]) -> tuple[Pair, Pair]:
        yes, other = f"Yes, I can see {true}.", [f"No, but I can see {each}." for each in false]
        ask = PHRASE[0]
        positive = with_letters(ask.format(p=true), yes, other, self.draw)
        wrong = [f"Yes, I can see {false[0]}.", *(f"No, but I can see {each}." for each in false[1:])]
        return positive, with_letters(ask.format(p=false[0]), f"No, but I can see {true}.", wrong, self.draw)

    def _objects(self, i: int, n: int) -> tuple[str, list[str]] | None:
        scene = self.scenes[i]
        if len(self.clear[i]) < n:
            return None
        kinds = self.draw.sample(self.clear[i], n)
        place = self.draw.randrange(n)
        missing = [kind for kind in KINDS if kind not in scene.kinds]
        mates = [kind for kind in missing if set(mates_of(kind)) & set(scene.kinds)]
        wrong = list(dict.fromkeys([*self.draw.sample(mates, min(2, len(mates))), *self.draw.sample(missing, 4)]))[:4]
        return kinds_phrase(kinds), [kinds_phrase([*kinds[:place], kind, *kinds[place + 1 :]]) for kind in wrong]

    def _attributes(self, i: int, n: int) -> tuple[str, list[str]] | None:
        scene = self.scenes[i]
        kinds = [kind for kind in self.clear[i] if len(scene.of(kind)[0].attributes) >= n]
        if not kinds:
            return None
        kind = self.draw.choice(kinds)
        objects = scene.of(kind)
        own = objects[0].attributes
        others = [place for place, each in enumerate(own) if each not in COLOURS]
        hue = next(place for place in range(len(own)) if place not in others)
        attributes = [own[place] for place in sorted([hue, *self.draw.sample(others, n - 1)])]
        colour = next(place for place, each in enumerate(attributes) if each in COLOURS)
        wrong = attributes_wrong(attributes, colour, self.draw)
        return noun_phrase(kind, len(objects), attributes), [noun_phrase(kind, len(objects), each) for each in wrong]

    def _relations(self, i: int, n: int) -> tuple[str, list[str]] | None:
        scene = self.scenes[i]
        single = [kind for kind in self.clear[i] if len(scene.of(kind)) == 1]
        for kind in self.draw.sample(self.clear[i], len(self.clear[i])):
            parts = [
                (self.draw.choice(where), other)
                for other in single
                if other != kind and (where := [p for p in relate(scene, kind, other) if p in OPPOSITES])
            ][:n]
            if len(parts) == n:
                break
        else:
            return None
        place = self.draw.randrange(n)
        missing = self.draw.sample([k for k in KINDS if k not in scene.kinds], 3)
        swaps = [(OPPOSITES[parts[place][0]], parts[place][1]), *((parts[place][0], other) for other in missing)]
        subject, is_ = noun_phrase(kind, len(scene.of(kind))), "is" if len(scene.of(kind)) == 1 else "are"

        def said(of: Iterable[tuple[str, str]]) -> str:
            return f"{subject} that {is_} {listed([f'{where} the {other}' for where, other in of])}"

        return said(parts), [said([*parts[:place], swap, *parts[place + 1 :]]) for swap in swaps]

    def unseen(self) -> None:
        """One wording of each kind that was never taught."""
        part = "Unseen wordings"
        kinds = [draw_one(self.draw, clear) or "" for clear in self.clear]
        absent = [draw_one(self.draw, [k for k in KINDS if k not in s.kinds and not set(mates_of(k)) & set(s.kinds)])
                  for s in self.scenes]  # fmt: skip
        prompts, checks = [], []
        for scene, kind, other in zip(self.scenes, kinds, absent, strict=True):
            n, colour = len(scene.of(kind)), scene.of(kind)[0].colour
            names = kind if n == 1 else plural(kind)
            wrong = self.draw.choice([each for each in COLOURS if each != colour])
            prompts.append(
                [
                    UNSEEN["presence"].format(a=article(kind), x=kind),
                    UNSEEN["presence"].format(a=article(other), x=other) if other else UNSEEN["caption"],
                    UNSEEN["count"].format(xs=plural(kind)),
                    UNSEEN["number said"].format(n=NUMBERS[n + 1], xs=plural(kind)),
                    UNSEEN["colour"].format(xs=names),
                    UNSEEN["colour said"].format(c=wrong, xs=names),
                    UNSEEN["caption"],
                ]
            )
            checks.append((kind, other, n, colour, wrong))
        found: dict[str, list[tuple[int, bool]]] = {}
        for i, (said, (kind, other, n, colour, wrong)) in enumerate(zip(self.ask(prompts, 100), checks, strict=True)):
            outcomes = {
                "presence right, clear objects": [says(said[0], "yes"), *([says(said[1], "no")] if other else [])],
                "count right": [count_of(said[2], kind).answer == str(n)],
                "prompt repeated, +1": [count_of(said[3], kind).answer == str(n + 1)],
                "colour right": [colour_of(said[4], kind).answer == colour],
                "prompt repeated, wrong colour": [colour_of(said[5], kind).answer == wrong],
                "CHAIR_i": [
                    m.object not in self.scenes[i].kinds for m in caption_reader("nouns").mentions(said[6], WORDS)
                ],
            }
            for name, each in outcomes.items():
                found.setdefault(name, []).extend((i, outcome) for outcome in each)
        for name, each in found.items():
            self.add_share(part, name, share_of(each))


def says(reply: str, answer: str) -> bool:
    """Whether a reply, one word or a sentence, means this answer."""
    return yes_no_reader("strict").read(reply).answer == answer


def draw_one(draw: random.Random, of: Sequence[str]) -> str | None:
    """One of them, if there are any."""
    return draw.choice(of) if of else None


def share_of(outcomes: Sequence[tuple[int, bool]]) -> Share:
    """The share of outcomes, each with the number of its scene."""
    return share([outcome for _, outcome in outcomes], [scene for scene, _ in outcomes])


def written(cards: Sequence[Card], training: dict[str, object], minutes: float) -> str:
    """The model card."""
    lines = [HEAD.format(**training), ""]
    for part in dict.fromkeys(part for card in cards for part in card.rows):
        lines += [
            f"### {part}",
            "",
            "| | " + " | ".join(f"{card.combinations} combinations | n" for card in cards) + " |",
        ]
        lines.append("|---|" + "---:|---:|" * len(cards))
        for what in dict.fromkeys(row[0] for card in cards for row in card.rows.get(part, ())):
            cells = [
                next(((r[1], r[2]) for r in card.rows.get(part, ()) if r[0] == what), ("–", "–")) for card in cards
            ]
            lines.append(f"| {what} | " + " | ".join(" | ".join(cell) for cell in cells) + " |")
        lines.append("")
    scenes = ", ".join(f"{len(card.scenes):,} {card.combinations}" for card in cards)
    lines.append(f"Measured on {scenes} scenes of seed {SEED}, on a processor in float32, in {minutes:.0f} minutes.")
    return "\n".join(lines) + "\n"


HEAD = """\
# The bundled model: a small VLM that hallucinates

A model organism: LLaVA-shaped, 14 M parameters (SigLIP vision, 6 layers of 256; Qwen2 text, 8 layers of 320 with 10
heads of 32), 128 × 128 images as 64 tokens. It knows nothing but sightline's rendered scenes, sees them well, and
hallucinates as large models do: it says yes to what usually goes together, repeats numbers and colours that a prompt
takes for granted, names late in captions what is not there, and passes over one false detail among many true ones.
Nothing of this is planted in weights or decoding: every reply it was trained on is true. It is for testing methods
where the truth is known, and for nothing else.

Trained from nothing by `recipes/train_bundled.py` in {seconds} s on one {device}: {images:,} scenes with about 16 texts
each, {steps:,} steps. Of the prompts that assert a number {wrong_number:.2%} are wrong by one to ten and
{wrong_by_one:.2%} by one; of those that assert a colour {wrong_colour:.3%}. Of the phrases it is asked about, of
objects, attributes and relations, half are false where they have one element, and each further element makes false ones
rarer by a factor of {false_decay} (of three elements {three_false:.0%} are false). So accuracy falls with the number of
objects; a model trained without this factor hardly showed it. Weights are stored in float16. Licence: Apache-2.0.

## What it does

`python recipes/model_card.py` measures all of this on a processor. Scenes are of another stream than those of training.
Familiar combinations are colours that an object has in training; a novel one is the colour it never has there. Every
rate stands with its 95 % interval, drawn over whole scenes.\
"""


def main() -> None:
    """Measure, and write the card."""
    parser = argparse.ArgumentParser(description="Measure the bundled model and write its model card.")
    parser.add_argument("--model", help="folder of a checkpoint; the bundled one by default")
    parser.add_argument(
        "--scenes", type=int, default=300, help="scenes of familiar combinations; half as many novel ones"
    )
    parser.add_argument("--write", action="store_true", help="write README.md and figures.json beside the weights")
    given = parser.parse_args()
    began = time.monotonic()
    folder = Path(given.model) if given.model else bundled_folder()
    model = load(str(folder), dtype="float32")
    cards = []
    with tempfile.TemporaryDirectory() as scratch:
        sizes: dict[Combinations, int] = {"familiar": given.scenes, "novel": given.scenes // 2}
        for combinations, n in sizes.items():
            card = Card(model, Path(scratch) / combinations, n, combinations)
            for measured in (card.presence, card.prompts, card.captions, card.joined, card.unseen):
                measured()
            cards.append(card)
    training = json.loads((folder / "training.json").read_text())
    settings = training["settings"]
    shares = {"three_false": 0.5 * settings["false_decay"] ** 2}
    text = written(cards, {**settings, **training, **shares}, (time.monotonic() - began) / 60)
    print(text)
    if given.write:
        (folder / "README.md").write_text(text)
        figures = {card.combinations: card.rows for card in cards}
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
