"""What candidate sentences cost: two plain ways and ours, on the same pictures and contexts, in one process.

    python speed/sentinel_candidates.py --out result.json                                   the bundled model on a CPU
    python speed/sentinel_candidates.py --shape qwen2-vl-7b --images 48 --out result.json   one large GPU

SENTINEL draws ten candidates of every sentence of a caption, after the same image and context. The ways:

- one generate a candidate: picture, prompt and context computed again for each.
- one generate for ten: ``num_return_sequences=10``, picture, prompt and context again for each sentence of a caption.
- ours: pictures and what was said held as keys and values, candidates of several captions side by side, each caption's
  in one row.
- ours, copied: the same with keys and values copied for each candidate, as an expanded cache has them.

Every way draws ten candidates after each of the first contexts of each picture's caption. Of the bundled model these
are its own likeliest sentences, and candidates end where sentences do; of shapes with random weights, whose sentences
come to no end, contexts are made up and all candidates are equally long. Reading and processing pictures is inside
every clock; building the model and a first warm-up are outside. The plain ways stop at the limit of seconds. Pictures
are 640×480, or rendered scenes for the bundled model. The processor's own seconds stand beside those on the clock,
since other work may share it.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image

from pope_throughput import machine, write_pictures
from shapes import SHAPES, build
from sightline.core import Drawing, joined
from sightline.models.held_replies import SideBySide
from sightline.models.loading import load, wrap
from sightline.models.next_sentences import NextSentences
from sightline.models.sentence_drawing import Sentence, pick
from sightline.preferences.sentinel.sentences import sentence_end
from sightline.scenes.rendered import render_scenes

PROMPT = "Describe this image in detail."
MADE_UP = (
    "There is a dog in the image.",
    "It sits beside a chair and looks at a bird.",
    "A person with an umbrella is behind it.",
    "Two bottles and an apple are on a bench.",
    "There is a clock as well.",
)
"""What captions of random weights say; so many sentences at most."""


@dataclass(frozen=True)
class Work:
    """What every way does.

    Args:
        pictures: the files.
        contexts: for each picture what was said before each of its sentences.
        how: how candidates are drawn.
        ends: whether candidates end where sentences do.
    """

    pictures: Sequence[Path]
    contexts: Sequence[Sequence[str]]
    how: Drawing
    ends: bool

    @property
    def steps(self) -> Iterator[tuple[Path, str]]:
        """Pictures and contexts, caption by caption."""
        for picture, contexts in zip(self.pictures, self.contexts, strict=True):
            for context in contexts:
                yield picture, context


class Measured(NamedTuple):
    """One way, measured.

    Args:
        way: what it is.
        candidates: drawn inside the clock.
        tokens: drawn for them.
        seconds: what they took; the median of the repeats.
        all_seconds: what each repeat took.
        processor_s: seconds of all its threads in the last repeat.
        memory_gb: the most memory held, where it is a GPU's.
    """

    way: str
    candidates: int
    tokens: int
    seconds: float
    all_seconds: tuple[float, ...]
    processor_s: float
    memory_gb: float | None

    @property
    def per_s(self) -> float:
        """Candidates a second."""
        return self.candidates / self.seconds


class Plain:
    """``generate`` as it is.

    Args:
        model: of transformers.
        processor: its processor.
        work: what is done.
    """

    def __init__(self, model: Any, processor: Any, work: Work) -> None:
        self.model, self.processor, self.work = model, processor, work
        stops = [processor.tokenizer.eos_token_id]
        if work.ends:
            stops += processor.tokenizer.convert_tokens_to_ids([".", "!", "?"])
        how = work.how
        self.options: dict[str, Any] = {
            "do_sample": True,
            "temperature": how.temperature,
            "top_p": how.top_p,
            "top_k": 0,
            "max_new_tokens": how.max_new_tokens,
            "min_new_tokens": None if work.ends else how.max_new_tokens,
            "eos_token_id": stops,
        }

    @torch.inference_mode()
    def draw(self, at_once: int) -> Iterator[tuple[int, int]]:
        """Candidates and their tokens, as often as one ``generate`` gives some."""
        end = self.processor.tokenizer.pad_token_id
        for picture, context in self.work.steps:
            for _ in range(0, self.work.how.n, at_once):
                inputs = self._inputs(picture, context)
                found = self.model.generate(**inputs, **self.options, num_return_sequences=at_once)
                new = found[:, inputs["input_ids"].shape[1] :]
                yield at_once, int((new != end).sum())

    def _inputs(self, picture: Path, context: str) -> Any:
        said = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPT}]}]
        text = self.processor.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
        begun = (self.processor.tokenizer.bos_token or "\0") in text
        glue = " " if text.endswith(":") else ""
        made = self.processor(
            text=[text + glue + context if context else text],
            images=[Image.open(picture).convert("RGB")],
            add_special_tokens=not begun,
            return_tensors="pt",
        )
        return made.to(self.model.device)


class Copied(NextSentences):
    """Ours with another layout: keys and values of a caption copied for each of its candidates."""

    def _draw(self, rows: SideBySide, sentences: Sequence[Sequence[Sentence]], how: Drawing) -> None:
        rows.cache.batch_repeat_interleave(how.n)
        for name in ("visible", "places", "owners", "starts", "lengths"):
            setattr(rows, name, getattr(rows, name).repeat_interleave(how.n, dim=0))
        flat = [sentence for own in sentences for sentence in own]
        hidden, left = rows.hidden.repeat_interleave(how.n, dim=0), list(range(len(flat)))
        for depth in range(flat[0].most):
            shares = torch.tensor([flat[place].share() for place in left], device=hidden.device)
            for place, token in zip(left, pick(self._logits(hidden), shares, how).tolist(), strict=True):
                flat[place].add(token)
            kept = [row for row, place in enumerate(left) if flat[place].found is None]
            if not kept:
                return
            if 2 * len(kept) <= len(left):
                rows.select(kept)
                left, kept = [left[row] for row in kept], list(range(len(kept)))
            newest = torch.tensor([[flat[place].tokens[-1] if flat[place].tokens else 0] for place in left])
            hidden = rows.extend(newest, torch.zeros_like(newest), depth)[:, 0][kept]
            left = [left[row] for row in kept]
            if len(left) < len(rows.starts):
                rows.select(kept)


def ours(model: NextSentences, work: Work, at_once: int) -> Iterator[tuple[int, int]]:
    """Candidates and their tokens, as often as one call gives some."""
    for start in range(0, len(work.pictures), at_once):
        part = slice(start, start + at_once)
        held = [model.begin(picture, PROMPT) for picture in work.pictures[part]]
        for contexts in zip(*work.contexts[part], strict=True):
            drawn = model.next_sentences(held, contexts, work.how)
            yield sum(map(len, drawn)), sum(each.tokens for own in drawn for each in own)


def clocked(
    way: str, run: Callable[[], Iterator[tuple[int, int]]], limit_s: float = float("inf"), repeats: int = 1
) -> Measured:
    """Draw until all is drawn or the time is over, as often as said."""
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    taken, candidates, tokens, busy = [], 0, 0, 0.0
    for _ in range(repeats):
        candidates, tokens, start, busy = 0, 0, time.perf_counter(), time.process_time()
        for drawn, long in run():
            candidates, tokens = candidates + drawn, tokens + long
            if time.perf_counter() - start > limit_s:
                break
        taken.append(time.perf_counter() - start)
        busy = time.process_time() - busy
    memory = torch.cuda.max_memory_allocated() / 1e9 if on_gpu else None
    return Measured(way, candidates, tokens, statistics.median(taken), tuple(taken), busy, memory)


def own_contexts(model: NextSentences, pictures: Sequence[Path], steps: int) -> list[list[str]]:
    """What the model says of each picture, likeliest sentence by likeliest sentence."""
    held, said = [model.begin(picture, PROMPT) for picture in pictures], [[""] for _ in pictures]
    for _ in range(steps - 1):
        drawn = model.next_sentences(held, [own[-1] for own in said], Drawing(n=1, temperature=0.0, max_new_tokens=64))
        for own, (sentence,) in zip(said, drawn, strict=True):
            own.append(joined(own[-1], sentence.text))
    return said


def table(measured: Sequence[Measured]) -> str:
    first = measured[0].per_s
    lines = [f"{'':46}{'candidates':>11}{'s':>9}{'a second':>10}{'tokens each':>13}{'times':>8}{'busy s':>9}{'GB':>7}"]
    for found in measured:
        memory = "" if found.memory_gb is None else f"{found.memory_gb:.1f}"
        lines.append(
            f"{found.way:46}{found.candidates:>11}{found.seconds:>9.2f}{found.per_s:>10.1f}"
            f"{found.tokens / found.candidates:>13.1f}{found.per_s / first:>8.1f}{found.processor_s:>9.2f}{memory:>7}"
        )
    return "\n".join(lines)


def prepared(given: argparse.Namespace, folder: Path) -> tuple[Any, Work]:
    """The model as sightline asks it, and what is done."""
    how = Drawing(given.n, given.temperature, max_new_tokens=given.tokens)
    if given.shape == "bundled":
        render_scenes(folder, n=given.images, seed=5)
        pictures = sorted((folder / "images").glob("*.png"))
        model = load("bundled")
        contexts = own_contexts(NextSentences(model, sentence_end), pictures, given.steps)
        return model, Work(pictures, contexts, Drawing(given.n, given.temperature, max_new_tokens=64), True)
    device, dtype = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
    pictures = write_pictures(folder, given.images)
    contexts = ["" if step == 0 else " ".join(MADE_UP[:step]) for step in range(given.steps)]
    model = wrap(*build(given.shape, device, dtype, texts=(PROMPT, *MADE_UP)), given.shape)
    return model, Work(pictures, [contexts] * len(pictures), how, False)


def measured_ways(model: Any, work: Work, given: argparse.Namespace) -> tuple[list[Measured], dict[str, Any]]:
    """All ways; and whether ours and ours, copied, say the same."""
    end = sentence_end if work.ends else lambda text: None
    plain = Plain(model.model, model.processor, work)
    next(plain.draw(1))
    measured = [
        clocked("one generate a candidate", lambda: plain.draw(1), given.seconds),
        clocked(f"one generate for {work.how.n}", lambda: plain.draw(work.how.n), given.seconds),
    ]
    said = {}
    for way, made in (("ours, copied", Copied(model, end)), ("ours", NextSentences(model, end))):
        warm = Work(work.pictures[:2], work.contexts[:2], work.how, work.ends)
        for _ in ours(made, warm, 2):
            pass
        held = [made.begin(picture, PROMPT) for picture in work.pictures[:2]]
        said[way] = made.next_sentences(held, [own[-1] for own in work.contexts[:2]], work.how)
        run = lambda made=made: ours(made, work, given.at_once)  # noqa: E731
        measured.append(clocked(way, run, repeats=given.repeats))
        details = dict(made.identity.details)
    pairs = [pair for one, other in zip(*said.values(), strict=True) for pair in zip(one, other, strict=True)]
    return measured, {"same_of": len(pairs), "same": sum(one == other for one, other in pairs), "ours": details}


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=["bundled", *SHAPES], default="bundled")
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--steps", type=int, default=4, help="sentences of each caption")
    parser.add_argument("--n", type=int, default=10, help="candidates of each sentence")
    parser.add_argument("--tokens", type=int, default=20, help="of a candidate, where sentences come to no end")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--at-once", type=int, default=16, help="captions side by side, in our way")
    parser.add_argument("--repeats", type=int, default=3, help="how often ours runs; the median counts")
    parser.add_argument("--seconds", type=float, default=40, help="limit for each of the plain ways")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(words)
    if given.steps > len(MADE_UP) + 1:
        raise SystemExit(f"--steps is {given.steps}, at most {len(MADE_UP) + 1} are known.")
    with tempfile.TemporaryDirectory() as folder:
        model, work = prepared(given, Path(folder))
        measured, compared = measured_ways(model, work, given)
    found = {
        "machine": machine(model.model.device.type),
        "shape": given.shape,
        "dtype": str(model.model.dtype).removeprefix("torch."),
        **{name: getattr(given, name) for name in ("images", "steps", "n", "temperature", "at_once")},
        "candidate_tokens": None if work.ends else work.how.max_new_tokens,
        "ways": [{**one._asdict(), "candidates_a_second": one.per_s} for one in measured],
        "ours_and_ours_copied": compared,
    }
    print(table(measured))
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
