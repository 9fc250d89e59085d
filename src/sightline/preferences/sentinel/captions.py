"""What was drawn of one image, sentence by sentence, and what came of it: a line of ``captions.jsonl``.

Everything else that a run writes is made of these lines.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sightline.core import Answer, joined
from sightline.preferences.sentinel.sentences import Kind, Sentence

__all__ = ["Asked", "SentinelCaption", "Step", "caption_from_record", "caption_record"]


class Asked(NamedTuple):
    """An image and what is asked about it.

    Args:
        name: the image, as a path below the folder of images.
        prompt: what the user types.
        image_id: what a file of images calls it.
        image_path: where that file says it is.
    """

    name: str
    prompt: str
    image_id: str | int
    image_path: str


class Step(NamedTuple):
    """One sentence's candidates, and what came of them.

    Args:
        context: what was said before.
        sentences: the different candidates.
        drawn: how many were drawn.
        empty: how many of these said nothing more.
        cut: how many came to no end.
        judged: the objects that were named for the first time, and whether they are there.
        pairs: places of the sentence that wins and of the one that loses.
        grown: place of the sentence by which the context grew; None where it did not.
        over: whether the caption is over.
    """

    context: str
    sentences: tuple[Sentence, ...]
    drawn: int
    empty: int
    cut: int
    judged: Mapping[str, Answer]
    pairs: tuple[tuple[int, int], ...]
    grown: int | None
    over: bool

    @property
    def added(self) -> Sentence | None:
        """The sentence by which the context grew."""
        return None if self.grown is None else self.sentences[self.grown]


class SentinelCaption(NamedTuple):
    """A caption that was written in steps.

    Args:
        asked: the image.
        steps: one for each sentence.
        stopped: why it is over.
        overlooked: objects that the second detector sees and no candidate names.
        small: factual objects that are small at their largest.
        edge: factual objects that are at the edge of the image.
    """

    asked: Asked
    steps: tuple[Step, ...]
    stopped: str
    overlooked: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    edge: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The caption."""
        text = ""
        for step in self.steps:
            if step.added is not None:
                text = joined(text, step.added.text)
        return text

    def objects(self, answer: Answer) -> list[str]:
        """The objects of which this was found, in the order in which they were judged."""
        return [each for step in self.steps for each, found in step.judged.items() if found is answer]


def caption_record(caption: SentinelCaption) -> dict[str, Any]:
    """Write a caption as the record of a line."""
    return {
        "image": caption.asked.name,
        "prompt": caption.asked.prompt,
        "image_id": caption.asked.image_id,
        "image_path": caption.asked.image_path,
        "caption": caption.text,
        "stopped": caption.stopped,
        "steps": [_step_record(step) for step in caption.steps],
        "overlooked": list(caption.overlooked),
        "small": list(caption.small),
        "edge": list(caption.edge),
    }


def _step_record(step: Step) -> dict[str, Any]:
    return {
        "context": step.context,
        "sentences": [_sentence_record(each) for each in step.sentences],
        "drawn": step.drawn,
        "empty": step.empty,
        "cut": step.cut,
        "judged": {name: answer.value for name, answer in step.judged.items()},
        "pairs": [list(pair) for pair in step.pairs],
        "grown": step.grown,
        "over": step.over,
    }


def _sentence_record(sentence: Sentence) -> dict[str, Any]:
    lists = {"objects": list(sentence.objects), "hallucinated": list(sentence.hallucinated)}
    return {**sentence._asdict(), **lists, "kind": sentence.kind.value}


def caption_from_record(record: Mapping[str, Any]) -> SentinelCaption:
    """Read a caption from the record of a line that `caption_record` wrote."""
    return SentinelCaption(
        Asked(record["image"], record["prompt"], record["image_id"], record["image_path"]),
        tuple(_step_from(step) for step in record["steps"]),
        record["stopped"],
        *(tuple(record[name]) for name in ("overlooked", "small", "edge")),
    )


def _step_from(record: Mapping[str, Any]) -> Step:
    pairs: Sequence[Sequence[int]] = record["pairs"]
    return Step(
        record["context"],
        tuple(_sentence_from(each) for each in record["sentences"]),
        record["drawn"],
        record["empty"],
        record["cut"],
        {name: Answer(answer) for name, answer in record["judged"].items()},
        tuple((win, lose) for win, lose in pairs),
        record["grown"],
        record["over"],
    )


def _sentence_from(record: Mapping[str, Any]) -> Sentence:
    return Sentence(
        record["text"],
        record["times"],
        record["ends"],
        tuple(record["objects"]),
        tuple(record["hallucinated"]),
        record["new"],
        Kind(record["kind"]),
    )
