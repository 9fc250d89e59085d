"""What a caption gives: preference pairs, and the rows of SENTINEL's own files.

``<model>_data_pair.jsonl`` has a row for each pair, ``<model>.jsonl`` one for each image, with the names and the order
of the fields that SENTINEL's generator writes (pspdada/SENTINEL, run/build_dataset.py).
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from sightline.core import Answer, ImageRef, PreferencePair
from sightline.preferences.formats.sentinel import row
from sightline.preferences.sentinel.captions import SentinelCaption, Step
from sightline.preferences.sentinel.sentences import Kind, Sentence
from sightline.preferences.sentinel.variants import Variant

__all__ = ["auxiliary_row", "pair_row", "pairs_of"]

_TYPES = {Kind.COHERENT: "y+", Kind.NEW: "y-"}
"""What SENTINEL calls a sentence that wins; its own files have only the first."""


def pairs_of(caption: SentinelCaption, way: Variant) -> Iterator[PreferencePair]:
    """The pairs of a caption, sentence by sentence.

    Their details are the other fields of SENTINEL's rows, and ``sentence``, the place of the sentence in its caption,
    from one.
    """
    factual: list[str] = []
    named: dict[str, None] = {}
    hallucinated: dict[str, None] = {}
    for number, step in enumerate(caption.steps, start=1):
        factual += [each for each, answer in step.judged.items() if answer is Answer.HOLDS]
        for win, lose in step.pairs:
            chosen, rejected = step.sentences[win], step.sentences[lose]
            ends = way.last(chosen, rejected, step.over)
            details = {
                **_image_id(caption),
                "nonhallu_objects": list(factual),
                "context_gen_objects": list(named),
                "context_gen_hallu_objects": list(hallucinated),
                "objects_of_y_win": list(chosen.objects),
                "hallu_objects_of_y_lose": list(rejected.hallucinated),
                "is_last_sent": ends,
                "type": _TYPES[chosen.kind],
                "sentence": number,
            }
            yield _pair(caption, step, chosen, rejected, ends, details)
        if step.added is not None:
            named |= dict.fromkeys(step.added.objects)
            hallucinated |= dict.fromkeys(step.added.hallucinated)


def _pair(
    caption: SentinelCaption, step: Step, win: Sentence, lose: Sentence, ends: bool, details: dict[str, Any]
) -> PreferencePair:
    return PreferencePair(
        ImageRef(caption.asked.name),
        prompt=caption.asked.prompt,
        chosen=win.text,
        rejected=lose.text,
        context=step.context,
        method="sentinel",
        kind="sentence",
        ends=ends,
        details=details,
    )


def _image_id(caption: SentinelCaption) -> dict[str, str | int]:
    """What a file of images calls it, where that is not its name."""
    image_id = caption.asked.image_id
    return {} if image_id == PurePosixPath(caption.asked.name).stem else {"image_id": image_id}


def pair_row(pair: PreferencePair, image_path: str) -> dict[str, Any]:
    """A pair as SENTINEL's generator writes it."""
    written = row(pair, image_path)
    del written["sentence"]
    return written


def auxiliary_row(caption: SentinelCaption) -> dict[str, Any]:
    """What SENTINEL's generator writes of an image besides pairs."""
    return {
        "image_id": caption.asked.image_id,
        "image_path": caption.asked.image_path,
        "question": caption.asked.prompt,
        "caption": caption.text,
        "sentences_cnt": len(caption.steps),
        "hallu_objects": caption.objects(Answer.DOES_NOT_HOLD),
        "uncertain_objects": caption.objects(Answer.UNCERTAIN),
        "nonhallu_objects": caption.objects(Answer.HOLDS),
        "hard_positive": list(caption.overlooked),
        "small_objects": list(caption.small),
        "edge_objects": list(caption.edge),
    }
