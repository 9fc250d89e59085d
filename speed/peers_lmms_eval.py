"""lmms-eval's side of `peers.py`: run by the Python of an environment that has lmms-eval, not by ours.

    PYTHON speed/peers_lmms_eval.py JOB.json

Asks a LLaVA-shaped folder of transformers the questions of POPE through lmms-eval's own task, model class and loop, or
scores replies with the functions of its task, as the job says (`peers.py` writes it). The task is its own `pope.yaml`,
included in one of three lines that names local data. All that is patched stands in `only_images` and `model_of`, and in
`PATCHES` in words.
"""

import hashlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

PATCHES = (
    "huggingface: empty lists of videos and audios are not given to the processor; transformers 5 refuses 'audios'.",
    "huggingface: float32 instead of the class's bfloat16, as on every side.",
    "huggingface: AutoModelForImageTextToText in place of AutoModel: the class looks its architecture up under names "
    "that are not the keys there, and so takes a model that cannot generate.",
)

TASK = "pope_local"
Row = Mapping[str, str]


def write_task(rows: Sequence[Row], images: Path, scratch: Path) -> None:
    """lmms-eval's task pope on local data."""
    import datasets
    import lmms_eval

    columns = [
        {"question_id": row["id"], "question": row["question"], "answer": row["label"], "category": row["split"],
         "image_source": row["image"], "image": str(images / row["image"])}
        for row in rows
    ]  # fmt: skip
    made = datasets.Dataset.from_list(columns).cast_column("image", datasets.Image())
    datasets.DatasetDict(test=made).save_to_disk(scratch / "data")
    own = Path(lmms_eval.__file__).parent / "tasks" / "pope" / "pope.yaml"
    lines = [f"include: {own}", f"task: {TASK}", f"dataset_path: {scratch / 'data'}"]
    lines += ["dataset_kwargs:", "  load_from_disk: true"]
    (scratch / f"{TASK}.yaml").write_text("\n".join(lines) + "\n")


def only_images(pixels: dict[str, None], prompts: dict[str, None]) -> None:
    """Keep lists of nothing from the processor, and note what goes to the model."""
    from transformers import LlavaProcessor

    call = LlavaProcessor.__call__

    def noted(self: Any, *given: Any, **options: Any) -> Any:
        for name in ("videos", "audios"):
            if options.get(name) == []:
                del options[name]
        made = call(self, *given, **options)
        texts = [options["text"]] if isinstance(options["text"], str) else options["text"]
        prompts.update(dict.fromkeys(texts))
        for values in made["pixel_values"]:
            pixels[pixels_of(values)] = None
        return made

    LlavaProcessor.__call__ = noted


def pixels_of(values: Any) -> str:
    """A hash of what the model sees, in the 256 steps of the picture, so that rounding does not count."""
    return hashlib.sha256((values * 127.5 + 127.5).round().byte().numpy().tobytes()).hexdigest()


def model_of(name: str, folder: Path, batch: int) -> Any:
    """A model of lmms-eval's: llava_hf takes one row at a time, huggingface as many as are given."""
    from lmms_eval.models import get_model

    if name == "huggingface":
        from lmms_eval.models.chat import huggingface

        huggingface.AutoModel = huggingface.AutoModelForImageTextToText
    options = f"pretrained={folder},device_map=cpu" + (",dtype=float32" if name == "llava_hf" else "")
    model = get_model(name).create_from_arg_string(options, {"batch_size": batch, "device": "cpu"})
    model._model.float()
    return model


def ask(job: Mapping[str, Any]) -> dict[str, Any]:
    """Ask every row through lmms-eval; the clock begins with its data and ends with its scores."""
    from lmms_eval.evaluator import simple_evaluate
    from lmms_eval.tasks import TaskManager

    scratch, way = Path(job["scratch"]), job["way"]
    write_task(job["rows"], Path(job["images"]), scratch)
    pixels: dict[str, None] = {}
    prompts: dict[str, None] = {}
    only_images(pixels, prompts)

    def loaded() -> Any:
        return model_of(way["model"], Path(job["model"]), way["batch"])

    tasks = TaskManager(include_path=str(scratch), model_name=way["model"])

    def run(model: Any, limit: int | None) -> Any:
        return simple_evaluate(model, tasks=[TASK], task_manager=tasks, limit=limit, bootstrap_iters=0, device="cpu")

    run(loaded(), max(3, way["batch"]))  # a model that was evaluated cannot be used again
    start = time.perf_counter()
    model = loaded()
    loading_s = time.perf_counter() - start
    start, processor = time.perf_counter(), time.process_time()
    done = run(model, None)
    seconds, processor_s = time.perf_counter() - start, time.process_time() - processor
    said = sorted(done["samples"][TASK], key=lambda sample: sample["doc_id"])
    return {
        "seconds": seconds,
        "processor_s": processor_s,
        "loading_s": loading_s,
        "generating_s": done["throughput"]["total_elapsed_time"],
        "asked": len(said),
        "replies": [sample["filtered_resps"][0] if isinstance(sample["filtered_resps"], list) else
                    sample["filtered_resps"] for sample in said],
        "prompts": list(prompts),
        "pixels": sorted(pixels),
        "scores": {"pooled": {
            name.split(",")[0]: float(value) for name, value in done["results"][TASK].items()
            if name.endswith(",none") and "stderr" not in name
        }},
    }  # fmt: skip


def score(job: Mapping[str, Any]) -> dict[str, Any]:
    """Score sets of replies with the functions of lmms-eval's task, and say how each reply is read."""
    from lmms_eval.tasks.pope import utils

    rates = {
        "pope_accuracy": utils.pope_aggregate_accuracy,
        "pope_precision": utils.pope_aggregate_precision,
        "pope_recall": utils.pope_aggregate_recall,
        "pope_f1_score": utils.pope_aggregate_f1_score,
        "pope_yes_ratio": utils.pope_aggregate_yes_ratio,
    }
    scored = {}
    for name, rows in job["sets"].items():
        results = [
            utils.pope_process_results({"question_id": str(place), "answer": row["label"]}, [row["reply"]])
            for place, row in enumerate(rows)
        ]
        splits = {"pooled": results}
        for row, result in zip(rows, results, strict=True):
            splits.setdefault(row["split"], []).append(result)
        scores = {
            split: {rate: float(of([one[rate] for one in some])) for rate, of in rates.items()}
            for split, some in splits.items()
        }
        said = [result["pope_accuracy"]["prediction"] for result in results]
        readings = [word if word in ("yes", "no") else "unknown" for word in said]
        scored[name] = {"scores": scores, "readings": readings}
    return scored


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    found = {"ask": ask, "score": score}[job["do"]](job)
    names = ("torch", "transformers", "pillow", "numpy", "datasets")
    found = {"found": found, "patches": PATCHES, "versions": {name: version(name) for name in names}}
    Path(job["out"]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
