"""Train the bundled model from nothing: a small LLaVA that sees rendered scenes and hallucinates.

Every scene is rendered by the processor, in worker processes, with the code that renders scenes for users. All texts of
a scene are one sequence: the image once, the texts side by side behind it, none seeing another. Nothing is planted:
what the model gets wrong comes from the world (things that go together, objects that can hardly be seen) and from texts
that are true, with prompts that are almost always right.

    python recipes/train_bundled.py --out OUT --minutes 12           9½ minutes on one H100
    python recipes/train_bundled.py --out OUT --minutes 5            the same in pieces: stops in time, call it again
    python recipes/train_bundled.py --out OUT --steps 20 --images 8  on a processor, to see that it runs

The order of scenes and texts depends on the seed and the step alone, so that a run in pieces sees what a run in one
piece sees. ``OUT/state.pt`` is what the next piece begins with; at the end the model lies in ``OUT/model``.
"""

import argparse
import json
import math
import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bundled_format import END, IMAGE_TOKENS, USER, build_processor, build_tokenizer, model_config, save_model
from bundled_texts import Teaching, texts_of
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, IterableDataset
from transformers import LlavaForConditionalGeneration

from sightline.scenes.rendered.compose import compose
from sightline.scenes.rendered.paint import paint

STREAM = 1
"""Scenes of this stream are trained on and never rendered for users."""

TEXT_TOKENS = 512
"""Tokens of all texts of a scene; what does not fit is left out."""

_WORD = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


class Encoder:
    """Text to token ids, word by word: the tokenizer's own ids, but ten times as fast, since words come back."""

    def __init__(self) -> None:
        self.tokenizer = build_tokenizer()
        self.ids = cache(lambda word: tuple(self.tokenizer(word, add_special_tokens=False)["input_ids"]))
        special = self.tokenizer.convert_tokens_to_ids
        self.assistant, self.end = special("<|assistant|>"), special(END)

    def __call__(self, text: str) -> list[int]:
        """The ids of a text without special tokens."""
        return [each for word in _WORD.findall(text) for each in self.ids(word)]


class Scenes(IterableDataset):  # type: ignore[type-arg]
    """Batches of scenes with their texts, from a step on."""

    def __init__(self, seed: int, start: int, images: int, teaching: Teaching, world: Any) -> None:
        self.seed, self.start, self.images, self.teaching, self.world = seed, start, images, teaching, world

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Every worker makes each n-th batch; the loader takes them in turn."""
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        step = self.start + (worker.id if worker else 0)
        encode = Encoder()
        while True:
            yield self.batch(step, encode)
            step += worker.num_workers if worker else 1

    def batch(self, step: int, encode: Encoder) -> dict[str, torch.Tensor]:
        """The batch of one step."""
        n = self.images
        pixels = np.empty((n, 128, 128, 3), dtype=np.uint8)
        ids, branch, position, answer = (np.zeros((n, TEXT_TOKENS), dtype=np.int64) for _ in range(4))
        for row in range(n):
            index = step * n + row
            scene = compose(self.seed, index, self.world, "familiar", STREAM)
            pixels[row] = paint(scene)
            texts = texts_of(scene, random.Random(self.seed << 40 | index), self.teaching)
            place = 0
            for number, text in enumerate(texts, start=1):
                question = [*encode(text.question), encode.assistant]
                whole = [*question, *encode(text.answer), encode.end]
                if place + len(whole) > TEXT_TOKENS:
                    continue
                at = slice(place, place + len(whole))
                ids[row, at], branch[row, at] = whole, number
                position[row, at] = range(len(whole))
                answer[row, at.start + len(question) - 1 : at.stop - 1] = 1
                place = at.stop
        found = {"pixels": pixels, "ids": ids, "branch": branch, "position": position, "answer": answer}
        return {name: torch.from_numpy(value) for name, value in found.items()}


class Student:
    """The model with what is needed to run trees of texts through it."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.encode = Encoder()
        config = model_config(self.encode.tokenizer)
        self.model = LlavaForConditionalGeneration._from_config(config, attn_implementation="sdpa").to(device)
        # Rows and columns of the prefix: the user's mark and the image's tokens.
        mark = self.encode.tokenizer.convert_tokens_to_ids(USER)
        self.prefix = torch.tensor([[mark]], device=device)
        self.decoder = self.model.model.language_model

    def images(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 128, 128, 3) uint8 → (n, tokens, width)."""
        values = pixels.to(self.device, non_blocking=True).permute(0, 3, 1, 2).float() / 127.5 - 1
        found = self.model.model.get_image_features(pixel_values=values)
        found = getattr(found, "pooler_output", found)
        return torch.stack(list(found)) if isinstance(found, list | tuple) else found

    def hidden(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """(n, text tokens, width): the state above every text token."""
        ids, branch, position = (
            batch[name].to(self.device, non_blocking=True) for name in ("ids", "branch", "position")
        )
        embed = self.model.get_input_embeddings()
        images = self.images(batch["pixels"])
        start = embed(self.prefix).expand(len(ids), -1, -1)
        inputs = torch.cat([start.to(images.dtype), images, embed(ids).to(images.dtype)], dim=1)
        first = 1 + IMAGE_TOKENS
        of = torch.cat([branch.new_zeros(len(ids), first), torch.where(branch == 0, -1, branch)], dim=1)
        length = of.shape[1]
        earlier = torch.ones(length, length, dtype=torch.bool, device=self.device).tril()
        # A text sees the prefix and itself; what fills the row sees itself, since a row of nothing gives no number.
        seen = ((of[:, None, :] == 0) | (of[:, :, None] == of[:, None, :])) & earlier
        places = torch.cat([torch.arange(first, device=self.device).expand(len(ids), -1), position + first], dim=1)
        out = self.decoder(inputs_embeds=inputs, attention_mask=seen[:, None], position_ids=places, use_cache=False)
        return out.last_hidden_state[:, first:]

    def loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """The mean loss of the answers' tokens."""
        hidden = self.hidden(batch)
        chosen = batch["answer"].to(self.device, non_blocking=True).bool()
        targets = batch["ids"].to(self.device, non_blocking=True).roll(-1, dims=1)[chosen]
        logits = self.model.lm_head(hidden[chosen])
        return cross_entropy(logits.float(), targets)


def rate(step: int, steps: int, peak: float) -> float:
    """The learning rate: up over 200 steps, then down along a cosine."""
    return peak * min(1.0, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))


def train(given: argparse.Namespace) -> None:
    """Train, or go on training, and save."""
    began = time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(given.seed)
    torch.backends.cuda.matmul.allow_tf32 = True
    student = Student(device)
    model = student.model
    say(parameters_m=round(sum(p.numel() for p in model.parameters()) / 1e6, 2), device=str(device))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=given.rate, betas=(0.9, 0.98), weight_decay=0.05, fused=device.type == "cuda"
    )
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    first, earlier_s = taken_up(out, model, optimizer, device)
    loader = batches(given, first, device)
    if given.compile:
        student.decoder = torch.compile(student.decoder)
    step, waited, losses = first, 0.0, []
    last = started = time.monotonic()
    for batch in loader:
        if step == given.steps or time.monotonic() - began > 60 * given.minutes:
            break
        waited += time.monotonic() - last
        for group in optimizer.param_groups:
            group["lr"] = rate(step, given.steps, given.rate)
        with torch.autocast(device.type, torch.bfloat16):
            loss = student.loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.detach())
        step += 1
        if step % given.every == 0:
            mean = float(torch.stack(losses).mean())
            losses = []
            spent = time.monotonic() - started
            speed = round((step - first) * given.images / spent)
            say(step=step, seconds=round(spent), loss=round(mean, 4), waited=round(waited, 1), images_per_s=speed)
        last = time.monotonic()
    seconds = earlier_s + time.monotonic() - started
    if step < given.steps:
        put_down(out, model, optimizer, step, seconds)
        say(stopped_at=step, of=given.steps)
        return
    finish(given, student, step, seconds)
    say(done=step, seconds=round(seconds))


def taken_up(out: Path, model: Any, optimizer: torch.optim.Optimizer, device: torch.device) -> tuple[int, float]:
    """Go on where an earlier piece stopped; gives back its steps and seconds, or nothing of either."""
    if not (out / "state.pt").exists():
        return 0, 0.0
    state = torch.load(out / "state.pt", map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    say(resumed_at=state["step"])
    return state["step"], state["seconds"]


def put_down(out: Path, model: Any, optimizer: torch.optim.Optimizer, step: int, seconds: float) -> None:
    """Leave what the next piece begins with, whole or not at all."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}
    torch.save(state, out / "state.part")
    (out / "state.part").replace(out / "state.pt")


def batches(given: argparse.Namespace, first: int, device: torch.device) -> "DataLoader[dict[str, torch.Tensor]]":
    """Batches from a step on, made by worker processes ahead of time."""
    teaching = Teaching(
        given.wrong_number, given.wrong_by_one, given.wrong_colour, given.missing_mates, given.false_decay
    )
    workers = given.workers if given.workers is not None else max(1, (os.cpu_count() or 2) - 1)
    return DataLoader(
        Scenes(given.seed, first, given.images, teaching, None),
        batch_size=None,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        prefetch_factor=4 if workers else None,
    )


def finish(given: argparse.Namespace, student: Student, step: int, seconds: float) -> None:
    """Write the model, and how it came about."""
    folder = Path(given.out) / "model"
    save_model(student.model, build_processor(student.encode.tokenizer), folder)
    settings = {name: value for name, value in vars(given).items() if name not in ("out", "minutes", "workers")}
    record = {
        "settings": settings,
        "steps": step,
        "seconds": round(seconds),
        "images": step * given.images,
        "device": torch.cuda.get_device_name() if student.device.type == "cuda" else "cpu",
        "torch": torch.__version__,
    }
    (folder / "training.json").write_text(json.dumps(record, indent=1) + "\n")


def say(**facts: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="folder of the state and, in the end, of the model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=5300)
    parser.add_argument("--images", type=int, default=256, help="scenes of a step")
    parser.add_argument("--rate", type=float, default=1e-3, help="peak learning rate")
    parser.add_argument("--minutes", type=float, default=9.0, help="stop in time and leave a state to go on from")
    parser.add_argument("--wrong-number", type=float, default=Teaching.wrong_number)
    parser.add_argument("--wrong-by-one", type=float, default=Teaching.wrong_by_one)
    parser.add_argument("--wrong-colour", type=float, default=Teaching.wrong_colour)
    parser.add_argument("--missing-mates", type=float, default=Teaching.missing_mates)
    parser.add_argument("--false-decay", type=float, default=Teaching.false_decay)
    parser.add_argument("--every", type=int, default=200, help="steps between two lines of progress")
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    train(parsed())
