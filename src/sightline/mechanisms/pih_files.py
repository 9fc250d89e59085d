"""Files under the names and columns of the repository of prompt-induced hallucination, for its other steps to read.

- ``counting_with_prompts.csv``, which its step 2 reads: one row a thing.
- ``all_PIH_ablation_results_L…H…_to_L…H…_{model}_count_{size}.csv``, which its step 3 writes and its step 4 reads: one
  row a prompt and head.
- ``percent_{model}_count_{size}.csv``: what its step 4 computes by head and true number, and keeps in memory only. The
  columns have its names; the name of the file is ours.
- ``best_heads_overall_{model}_count_{size}.csv``, which its step 4 writes.

What differs from its own files:

- Its nouns are GPT-4o's and were not published; ``gpt_named_object`` holds ours, in the plural. Prompts stand as they
  do in the label file; it writes numbers as digits (``sightline build counting --numbers digits``).
- CountBench's other columns (captions, addresses of images) are left out, as label files do not have them.
  ``prompt_count`` is there a second time as ``prompt_base``, which its step 2 looks for.
- Images are named by a folder and their own names, not by their places.
- Its files of the sweep and of the best heads begin with the number of each row, in a column without a name.
- The sweep has one column more, ``category``, which its step 4 computes. ``sample_index`` is the place of the prompt in
  the sweep. Knocked-out texts are cut after their answers where they differ from the whole model's. Numbers are whole
  where pandas would write ``3.0``.

The columns ``first_wrong_prompt`` and ``class_label``, which its last steps read, are written by none of its steps, and
not by us. Its file of a knocked-out set (``best_PIH_ablation_results_…``) is no sweep and not written here.

Source: michalg04/prompt-induced_hallucinations @f301d68, 1_create_counting_dataset.ipynb, general_utils.py,
3_knockouts.py, 4_evaluate_knockouts.py.
"""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from sightline.benchmarks.counting import offset_name, read_labels
from sightline.benchmarks.presupposed import NEUTRAL, Presupposed
from sightline.errors import RequestError, unknown_name
from sightline.mechanisms.changes import PIH_CHANGES, pih_changes, pih_number
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.ranking import pih_ranking
from sightline.readers.nouns import plural
from sightline.records.atomic import write_bytes, write_parts
from sightline.records.tables import csv_bytes

__all__ = [
    "PIH_IMAGES",
    "PIH_MODELS",
    "PIH_OFFSETS",
    "PihPrompts",
    "pih_model",
    "write_pih_prompts",
    "write_pih_sweep",
]

PIH_OFFSETS = (1, 2, 3, 4, 5, 10, 20, 50)
"""The offsets that the repository has columns for."""

PIH_MODELS = MappingProxyType({"Qwen2-VL": "qwen", "LLaVA-OneVision": "llava-one", "Janus": "janus"})
"""Family → what the repository calls its model."""

PIH_IMAGES = "countbench_images"
"""The repository's folder of images."""

_ROWS = 250_000
"""Rows of a sweep that are made at once."""


class PihPrompts(NamedTuple):
    """What was written of a label file.

    Args:
        path: the file.
        things: its rows.
        left_out: split → questions that the repository has no column for.
    """

    path: Path
    things: int
    left_out: Mapping[str, int]


def pih_model(family: str) -> str:
    """What the repository calls its model of a family.

    Raises:
        RequestError: it has none of this family.

    Example:
        >>> pih_model("Qwen2-VL")
        'qwen'
    """
    if family not in PIH_MODELS:
        raise RequestError(f"The repository has no model of the family {family}, only of {', '.join(PIH_MODELS)}.")
    return PIH_MODELS[family]


def write_pih_prompts(labels: str | Path, folder: str | Path, images: str = PIH_IMAGES) -> PihPrompts:
    """Write ``counting_with_prompts.csv`` from a label file of counting.

    The columns: number, gpt_named_object, prompt_count, prompt_base, prompt_describe_plus_1 to _5, path,
    prompt_describe_plus_10, _20, _50. A prompt that the label file does not have is empty.

    Args:
        labels: the label file, or a folder of such files.
        folder: where to write.
        images: the folder that holds the images, as it is to stand in ``path``.

    Raises:
        DataError: the label file is broken, or the file cannot be written.
    """
    labelled = read_labels(Path(labels), "pih")
    columns = {NEUTRAL: "prompt_count", **dict(zip(map(offset_name, PIH_OFFSETS), _DESCRIBE, strict=True))}
    things: dict[tuple[str, str], dict[str, int | str]] = {}
    left_out: Counter[str] = Counter()
    for question in labelled.questions:
        reference = labelled.labels.references[question.id]
        assert isinstance(reference, Presupposed)
        image = question.images[0].name
        row = things.setdefault((image, reference.object), {})
        row |= {"number": reference.true, "gpt_named_object": plural(reference.object), "path": f"{images}/{image}"}
        if question.split in columns:
            row[columns[question.split]] = question.text
        else:
            left_out[question.split] += 1
    for row in things.values():
        if "prompt_count" in row:
            row["prompt_base"] = row["prompt_count"]
    table = pa.Table.from_pylist(list(things.values()), schema=_PROMPTS)
    path = write_bytes(Path(folder) / "counting_with_prompts.csv", csv_bytes(table))
    return PihPrompts(path, len(things), dict(left_out))


_DESCRIBE = tuple(f"prompt_describe_plus_{offset}" for offset in PIH_OFFSETS)
_TEXTS = ("gpt_named_object", "prompt_count", "prompt_base", *_DESCRIBE[:5], "path", *_DESCRIBE[5:])
_PROMPTS = pa.schema([("number", pa.int64()), *((name, pa.string()) for name in _TEXTS)])


def write_pih_sweep(
    effects: Effects, folder: str | Path, model: str, size: str = "full", images: str = PIH_IMAGES
) -> list[Path]:
    """Write a sweep and what follows from it.

    Args:
        effects: a sweep of counting with texts.
        folder: where to write.
        model: what the repository calls the model, a value of `PIH_MODELS`.
        size: "full" or "mini", as it stands in the names.
        images: the folder that holds the images, as it is to stand in ``image_path``.

    Returns:
        The sweep, the percentages by head and true number, and the ten best ranks overall.

    Raises:
        RequestError: the sweep has no texts, is empty or not of counting, or the repository has no such model or size.
        DataError: a file cannot be written.
    """
    for kind, name, known in (("model of the repository", model, PIH_MODELS.values()), ("size", size, _SIZES)):
        if name not in known:
            raise unknown_name(kind, name, known)
    if not effects.prompts or not effects.heads:
        raise RequestError(f"There is nothing to write: {len(effects.prompts)} prompts, {len(effects.heads)} heads.")
    ranking = pih_ranking(effects)
    overall = ranking.overall.filter(ranking.overall["best"]).drop_columns(["best"])
    ending = f"{model}_count_{size}.csv"
    (l0, h0), (l1, h1) = np.min(effects.heads, axis=0), np.max(effects.heads, axis=0) + 1
    sweep = Path(folder) / f"all_PIH_ablation_results_L{l0}H{h0}_to_L{l1}H{h1}_{ending}"
    return [
        write_parts(sweep, _sweep_parts(effects, images)),
        write_bytes(Path(folder) / f"percent_{ending}", csv_bytes(ranking.by_truth)),
        write_bytes(Path(folder) / f"best_heads_overall_{ending}", csv_bytes(overall)),
    ]


_SIZES = ("full", "mini")


def _sweep_parts(effects: Effects, images: str) -> Iterator[bytes]:
    """The rows of a sweep as CSV, some prompts at a time."""
    places = np.array(sorted(range(len(effects.heads)), key=lambda place: effects.heads[place]), dtype=np.int64)
    codes = pih_changes(effects)[:, places]
    step = max(1, _ROWS // len(places))
    for start in range(0, len(effects.prompts), step):
        part = range(start, min(start + step, len(effects.prompts)))
        buffer = io.BytesIO()
        options = csv.WriteOptions(include_header=start == 0)
        csv.write_csv(_sweep_rows(effects, images, part, places, codes[part.start : part.stop]), buffer, options)
        yield buffer.getvalue()


def _sweep_rows(
    effects: Effects, images: str, part: range, places: NDArray[np.int64], codes: NDArray[np.int8]
) -> pa.Table:
    """One row a prompt and head.

    Args:
        effects: the sweep.
        images: the folder of images.
        part: places of the prompts.
        places: (h,) places of the heads, in order of layer and head.
        codes: (part, h) as `pih_changes` gives them.
    """
    prompts = [effects.prompts[place] for place in part]
    texts = [effects.text(place, head) for place in part for head in places.tolist()]
    heads = np.array([effects.heads[place] for place in places], dtype=np.int64)
    of = np.repeat(np.arange(len(prompts)), len(places))
    whole = {
        "baseline_value": pa.array([pih_number(prompt.reply) for prompt in prompts], pa.int64()),
        "baseline_text": pa.array([prompt.reply for prompt in prompts], pa.string()),
        "image_path": pa.array([f"{images}/{prompt.image}" for prompt in prompts], pa.string()),
        "ground_truth": pa.array([int(prompt.true) for prompt in prompts], pa.int64()),
        "prompt": pa.array([prompt.prompt for prompt in prompts], pa.string()),
        "sample_index": pa.array(part, pa.int64()),
    }
    columns = {
        "layer": np.tile(heads[:, 0], len(prompts)),
        "head": np.tile(heads[:, 1], len(prompts)),
        "baseline_value": whole["baseline_value"].take(of),
        "ablated_value": pa.array([pih_number(text) for text in texts], pa.int64()),
        "ablated_text": pa.array(texts, pa.string()),
        **{name: whole[name].take(of) for name in list(whole)[1:]},
        "category": pa.array([str(change) for change in PIH_CHANGES]).take(codes.ravel()),
    }
    return pa.table(columns)
