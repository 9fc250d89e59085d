"""What POPE costs with one model: the peers' two ways and ours, on the same pictures and questions, in one process.

    python speed/pope_throughput.py --shape qwen2-vl-7b --images 96 --out result.json      one large GPU
    python speed/pope_throughput.py --shape qwen2-vl-tiny --images 8 --seconds 20          a CPU

- one by one, as VLMEvalKit: one ``generate`` of two tokens a question, the picture opened and processed again for each.
- batches of 16, as lmms-eval: the same with 16 rows side by side, padded on the left, each with its own picture.
- ours: each picture read, processed and computed once for all its questions; replies chosen by log-likelihood without
  generating, and two tokens generated.

Reading and processing the JPEG files is inside every clock; building the model and a first warm-up are outside. What is
measured is the time a question asked. The time for POPE is that, times the questions it takes: 9,000 where its rows are
asked as they stand, 5,127 where equal questions are asked once, as VLMEvalKit's table does for POPE. Pictures are made
up: 640×480, their files as large as those of photographs. Outside the clock the log-probabilities of Yes and No are
compared, also of the peers' ways with each other: that much any two batchings of the same model differ.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import transformers
from PIL import Image

from shapes import NOUNS, SHAPES, build, question
from sightline.core import Asking, ImageGroup
from sightline.models.loading import wrap

ROWS, DISTINCT = 9_000, 5_127
CHOICES = ("Yes", "No")
WARM = 3

Row = tuple[Path, str]


class Measured(NamedTuple):
    """One way of asking, measured.

    Args:
        way: what it is.
        asked: questions asked inside the clock.
        seconds: what they took; the median of the repeats.
        all_seconds: what each repeat took.
        for_pope: how many questions it asks for all of POPE.
    """

    way: str
    asked: int
    seconds: float
    all_seconds: tuple[float, ...]
    for_pope: int

    @property
    def ms(self) -> float:
        """Milliseconds a question asked."""
        return 1e3 * self.seconds / self.asked

    @property
    def pope_s(self) -> float:
        """Seconds for all of POPE, scaled from what was measured."""
        return self.ms * self.for_pope / 1e3


def write_pictures(folder: Path, count: int) -> list[Path]:
    """Smooth colours with a little noise, so that a file has the size of a photograph's."""
    draw = np.random.default_rng(0)
    paths = [folder / f"{place:06}.jpg" for place in range(count)]
    for path in paths:
        coarse = Image.fromarray(draw.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((640, 480), Image.Resampling.BICUBIC), dtype=np.float32)
        noisy = smooth + draw.normal(0, 8, (480, 640, 1))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=92)
    return paths


def rows_of(pictures: Sequence[Path], questions: int) -> list[Row]:
    """Some questions about each picture, other ones about the next."""
    if questions > len(NOUNS):
        raise SystemExit(f"--questions is {questions}, at most {len(NOUNS)} are known.")
    return [(path, question(NOUNS[(i + k) % len(NOUNS)])) for i, path in enumerate(pictures) for k in range(questions)]


def parts(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def inputs_of(model: Any, processor: Any, rows: Sequence[Row]) -> Any:
    """What the peers make of some rows: every picture opened and processed, once for each row."""
    content = [[{"type": "image"}, {"type": "text", "text": text}] for _, text in rows]
    written = [
        processor.apply_chat_template([{"role": "user", "content": c}], add_generation_prompt=True, tokenize=False)
        for c in content
    ]
    pictures = [Image.open(path).convert("RGB") for path, _ in rows]
    begun = (processor.tokenizer.bos_token or "\0") in written[0]
    made = processor(
        text=written,
        images=pictures,
        padding=True,
        padding_side="left",
        add_special_tokens=not begun,
        return_tensors="pt",
    )
    return made.to(model.device)


@torch.inference_mode()
def peers_replies(model: Any, processor: Any, rows: Sequence[Row], size: int) -> Iterator[list[str]]:
    """Generate two tokens for each row, as many rows at a time as said."""
    for part in parts(rows, size):
        inputs = inputs_of(model, processor, part)
        tokens = model.generate(**inputs, max_new_tokens=2, min_new_tokens=2, do_sample=False)
        new = tokens[:, inputs["input_ids"].shape[1] :]
        yield processor.batch_decode(new, skip_special_tokens=True)


@torch.inference_mode()
def peers_log_probs(model: Any, processor: Any, rows: Sequence[Row], size: int) -> np.ndarray:
    """(rows, 2) log-probabilities of Yes and No as the next token, in the peers' batches."""
    ids = processor.tokenizer.convert_tokens_to_ids(list(CHOICES))
    found = []
    for part in parts(rows, size):
        logits = model(**inputs_of(model, processor, part), logits_to_keep=1).logits[:, -1]
        found.append(logits.float().log_softmax(-1)[:, ids].cpu().numpy())
    return np.concatenate(found)


def clocked(
    way: str, run: Callable[[], Iterator[Sequence[Any]]], for_pope: int, limit_s: float, repeats: int = 1
) -> Measured:
    """Take replies until they end or the time is over, as often as said; the clock includes the first reply."""
    taken, asked = [], 0
    for _ in range(repeats):
        asked, start = 0, time.perf_counter()
        for replies in run():
            asked += len(replies)
            if time.perf_counter() - start > limit_s:
                break
        taken.append(time.perf_counter() - start)
    return Measured(way, asked, statistics.median(taken), tuple(taken), for_pope)


def peers(model: Any, processor: Any, rows: Sequence[Row], warm: Sequence[Row], limit_s: float) -> Iterator[Measured]:
    for way, size, for_pope in (
        ("one generate a question (VLMEvalKit)", 1, DISTINCT),
        ("batches of 16 rows (lmms-eval)", 16, ROWS),
    ):
        list(peers_replies(model, processor, warm[: max(size, WARM)], size))
        yield clocked(way, lambda size=size: peers_replies(model, processor, rows, size), for_pope, limit_s)


def ours(
    replying: Any, rows: Sequence[Row], warm: Sequence[Row], batch: int, repeats: int
) -> tuple[list[Measured], np.ndarray]:
    """Our way, choosing and generating; and (rows, 2) the log-probabilities of the choices."""

    def batches(some: Sequence[Row]) -> Iterator[list[ImageGroup]]:
        prompts: dict[Path, list[str]] = {}
        for path, text in some:
            prompts.setdefault(path, []).append(text)
        groups = [ImageGroup(path, tuple(texts)) for path, texts in prompts.items()]
        yield from (list(part) for part in parts(groups, batch))

    def replies(some: Sequence[Row], asking: Asking) -> Iterator[list[Any]]:
        for done in replying.reply(batches(some), asking):
            yield [said[0] for group in done for said in group]

    measured = []
    for way, asking in (
        ("ours, choosing by log-likelihood", Asking(choices=CHOICES)),
        ("ours, generating two tokens", Asking(max_new_tokens=2)),
    ):
        list(replies(warm, asking))
        run = lambda asking=asking: replies(rows, asking)  # noqa: E731
        measured.append(clocked(way, run, DISTINCT, float("inf"), repeats))
    said = [one for part in replies(rows, Asking(choices=CHOICES)) for one in part]
    return measured, np.array([one.log_probs for one in said])


def differences(one: np.ndarray, other: np.ndarray) -> dict[str, float | int]:
    """How far log-probabilities lie apart, and on how many questions another choice wins."""
    return {
        "questions": len(one),
        "largest_nats": float(np.abs(one - other).max()),
        "median_nats": float(np.median(np.abs(one - other))),
        "flipped": int((one.argmax(1) != other.argmax(1)).sum()),
    }


def table(measured: Sequence[Measured]) -> str:
    last = min(found.pope_s for found in measured)
    lines = [f"{'':40}{'asked':>7}{'s':>9}{'ms each':>10}{'for POPE':>10}{'s':>9}{'ms a row':>10}{'times':>8}"]
    for found in measured:
        lines.append(
            f"{found.way:40}{found.asked:>7}{found.seconds:>9.2f}{found.ms:>10.2f}{found.for_pope:>10}"
            f"{found.pope_s:>9.1f}{1e3 * found.pope_s / ROWS:>10.2f}{found.pope_s / last:>8.1f}"
        )
    lines.append("Measured: asked, s, ms each. Scaled from it: for POPE, s, ms a row of its 9,000, times the fastest.")
    return "\n".join(lines)


def record(found: Measured) -> dict[str, Any]:
    scaled = {"pope_s": found.pope_s, "ms_a_row_of_pope": 1e3 * found.pope_s / ROWS}
    return found._asdict() | {"ms_a_question": found.ms, "scaled": scaled}


def machine(device: str) -> dict[str, str]:
    chip = (
        torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()}, {torch.get_num_threads()} threads"
    )
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    return {"device": chip, "python": platform.python_version()} | versions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=list(SHAPES), default="qwen2-vl-tiny")
    parser.add_argument("--images", type=int, default=96, help="pictures that our way is measured on")
    parser.add_argument("--questions", type=int, default=10, help="questions about each")
    parser.add_argument("--batch", type=int, default=16, help="pictures in a batch of ours")
    parser.add_argument("--repeats", type=int, default=3, help="how often ours runs; the median counts")
    parser.add_argument("--seconds", type=float, default=40, help="limit for each of the peers' ways")
    parser.add_argument("--compared", type=int, default=64, help="questions whose log-probabilities are compared")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    device, dtype = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
    model, processor = build(given.shape, device, dtype)
    with tempfile.TemporaryDirectory() as folder:
        pictures = write_pictures(Path(folder), given.images + WARM)
        warm, rows = rows_of(pictures[:WARM], given.questions), rows_of(pictures[WARM:], given.questions)
        tokens = inputs_of(model, processor, rows[:1])["input_ids"].shape[1]
        measured = list(peers(model, processor, rows, warm, given.seconds))
        alone, side_by_side = (peers_log_probs(model, processor, rows[: given.compared], size) for size in (1, 16))
        compared = {"one by one and batches of 16": differences(alone, side_by_side)}
        replying = wrap(model, processor, given.shape)  # after the peers: what it makes faster is in the model
        mine, log_probs = ours(replying, rows, warm, given.batch, given.repeats)
        measured += mine
        compared["one by one and ours"] = differences(alone, log_probs[: given.compared])
    found = {
        "machine": machine(device),
        "shape": given.shape,
        "dtype": dtype,
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "prompt_tokens": tokens,
        "images": given.images,
        "questions_an_image": given.questions,
        "ours": dict(replying.identity.details),
        "ways": [record(one) for one in measured],
        "log_probs": compared,
    }
    print(table(measured))
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
