"""VLMEvalKit's side of `peers.py`: run by the Python of an environment that has VLMEvalKit, not by ours.

    PYTHON speed/peers_vlmevalkit.py JOB.json

Asks a LLaVA-shaped folder of transformers the questions of POPE through VLMEvalKit's own data set, model class and
loop, or scores replies with its own evaluation, as the job says (`peers.py` writes it). All that is patched stands in
`without_gpu` and `model_of`, and in `PATCHES` in words.
"""

import base64
import csv
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

PATCHES = (
    "POPE's table is our own in $LMUData, so its MD5 is taken off the list; else it would be downloaded again.",
    "Module.cuda leaves the model where it is, and inputs go to the processor instead of 'cuda'.",
    "float32 instead of the class's float16, as on every side.",
    "processor(prompt, images) is passed by name: transformers 5 takes images first, the class passes them second.",
    "The reply is cut out after <|assistant|>: the class decodes prompt and reply together (it passes "
    "skip_special_token, which does not exist), and knows where the reply begins for its own models' formats only.",
    "The model's folder is linked under a name with 'interleave': so the class takes LlavaForConditionalGeneration.",
)

Row = Mapping[str, str]


def write_table(rows: Sequence[Row], images: Path, path: Path) -> None:
    """POPE as VLMEvalKit has it: a row for each distinct question, its splits joined; each picture once, in base64."""
    splits: dict[tuple[str, str], list[str]] = {}
    labels = {(row["image"], row["question"]): row["label"] for row in rows}
    for row in rows:
        splits.setdefault((row["image"], row["question"]), []).append(row["split"])
    first: dict[str, int] = {}
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(["index", "image", "image_path", "question", "answer", "category"])
        for index, ((image, question), of) in enumerate(splits.items()):
            known = image in first
            content = str(first[image]) if known else base64.b64encode((images / image).read_bytes()).decode()
            first.setdefault(image, index)
            answer = labels[image, question].capitalize()
            table.writerow([index, content, image, question, answer, ",".join(dict.fromkeys(of))])


def without_gpu(pixels: dict[str, None], prompts: dict[str, None]) -> None:
    """Let the model class run on a processor, and note what it gives to the model."""
    import torch
    from transformers import BatchFeature, LlavaProcessor

    to, call = BatchFeature.to, LlavaProcessor.__call__

    def to_cpu(self: Any, *_: Any, **__: Any) -> Any:
        return to(self, "cpu", torch.float32)

    def by_name(self: Any, text: Any, images: Any, **options: Any) -> Any:
        made = call(self, images=images, text=text, **options)
        prompts[text] = None
        pixels[pixels_of(made["pixel_values"])] = None
        return made

    torch.nn.Module.cuda = lambda self, *_: self
    BatchFeature.to = to_cpu
    LlavaProcessor.__call__ = by_name


def pixels_of(values: Any) -> str:
    """A hash of what the model sees, in the 256 steps of the picture, so that rounding does not count."""
    return hashlib.sha256((values * 127.5 + 127.5).round().byte().numpy().tobytes()).hexdigest()


def model_of(folder: Path, scratch: Path) -> Any:
    """VLMEvalKit's class for LLaVA checkpoints in transformers' format."""
    from vlmeval.vlm import LLaVA_Next

    class Local(LLaVA_Next):
        def output_process(self, answer: str) -> str:
            return answer.rpartition("<|assistant|>")[2].removesuffix("<|end|>")

    linked = scratch / "interleave"
    linked.symlink_to(folder.resolve())
    model = Local(model_path=str(linked))
    model.model.float()
    return model


def data_set() -> Any:
    """VLMEvalKit's POPE, read from $LMUData."""
    from vlmeval.dataset import build_dataset
    from vlmeval.dataset.image_yorn import ImageYORNDataset

    ImageYORNDataset.DATASET_MD5.pop("POPE", None)
    return build_dataset("POPE")


def ask(job: Mapping[str, Any]) -> dict[str, Any]:
    """Ask through VLMEvalKit's loop; the clock begins with its table and ends with its file of replies."""
    from vlmeval.inference import infer_data_job
    from vlmeval.smp import load

    scratch, images = Path(job["scratch"]), Path(job["images"])
    write_table(job["rows"], images, scratch / "POPE.tsv")
    pixels: dict[str, None] = {}
    prompts: dict[str, None] = {}
    without_gpu(pixels, prompts)
    start = time.perf_counter()
    model = model_of(Path(job["model"]), scratch)
    loading_s = time.perf_counter() - start
    warm = data_set()
    warm.data = warm.data.drop_duplicates("image").head(3)
    (scratch / "warm").mkdir()
    infer_data_job(model, str(scratch / "warm"), "local", warm)
    shutil.rmtree(scratch / "images")
    start, processor = time.perf_counter(), time.process_time()
    found = data_set()
    infer_data_job(model, str(scratch), "local", found)
    seconds, processor_s = time.perf_counter() - start, time.process_time() - processor
    said = load(str(scratch / "local_POPE.xlsx"))
    replies = {
        (image, question): str(reply)
        for image, question, reply in zip(said["image_path"], said["question"], said["prediction"], strict=True)
    }
    return {
        "seconds": seconds,
        "processor_s": processor_s,
        "loading_s": loading_s,
        "asked": len(said),
        "replies": [replies[row["image"], row["question"]] for row in job["rows"]],
        "prompts": list(prompts),
        "pixels": sorted(pixels),
        "scores": evaluated(found, scratch / "local_POPE.xlsx"),
    }


def evaluated(found: Any, path: Path) -> dict[str, dict[str, float]]:
    """VLMEvalKit's own evaluation of a file of replies, without a judge: split → what it reports, in percent."""
    table = found.evaluate(str(path), model="exact_matching")
    return {row.pop("split"): row for row in table.to_dict("records")}


def score(job: Mapping[str, Any]) -> dict[str, Any]:
    """Score sets of replies with VLMEvalKit's own evaluation, and say how each reply is read."""
    import pandas as pd
    from vlmeval.dataset.image_yorn import ImageYORNDataset
    from vlmeval.dataset.utils.yorn import YOrN_Extraction

    scratch = Path(job["scratch"])
    found = ImageYORNDataset.__new__(ImageYORNDataset)
    found.dataset_name = "POPE"
    scored = {}
    for place, (name, rows) in enumerate(job["sets"].items()):
        path = scratch / f"set{place}.xlsx"
        frame = pd.DataFrame(
            [[n, row["split"], row["label"].capitalize(), row["reply"]] for n, row in enumerate(rows)],
            columns=["index", "category", "answer", "prediction"],
        )
        frame.to_excel(path, index=False)
        readings = [YOrN_Extraction(row["reply"]).lower() for row in rows]
        scored[name] = {"scores": evaluated(found, path), "readings": readings}
    return scored


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    found = {"ask": ask, "score": score}[job["do"]](job)
    names = ("torch", "transformers", "pillow", "numpy")
    found = {"found": found, "patches": PATCHES, "versions": {name: version(name) for name in names}}
    Path(job["out"]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
