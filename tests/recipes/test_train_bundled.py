import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from bundled_format import build_processor
from train_bundled import TEXT_TOKENS, Student, parsed, rate, train
from transformers import AutoModelForImageTextToText, AutoProcessor

from sightline.scenes.rendered import compose, paint


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def arguments(out: Path, *more: str) -> list[str]:
    return ["--out", str(out), "--steps", "2", "--images", "2", "--workers", "0", "--every", "1", *more]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


def test_texts_side_by_side_are_computed_as_each_would_be_alone() -> None:
    torch.manual_seed(0)
    student = Student(torch.device("cpu"))
    model = student.model.eval()
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and "embed" not in name:
            parameter.data.mul_(3)  # as initialised it hardly looks at the image
    questions = ["Is there a moon?", "How many stars are in this image?", "Describe this image."]
    ids, branch, position = (torch.zeros((1, TEXT_TOKENS), dtype=torch.long) for _ in range(3))
    ends, place = [], 0
    for number, question in enumerate(questions, start=1):
        tokens = [*student.encode(question), student.encode.assistant]
        at = slice(place, place + len(tokens))
        ids[0, at], branch[0, at], position[0, at] = torch.tensor(tokens), number, torch.arange(len(tokens))
        place = at.stop
        ends.append(place - 1)
    picture = paint(compose(0, 0))
    batch = {"pixels": torch.from_numpy(picture)[None], "ids": ids, "branch": branch, "position": position}
    processor = build_processor(student.encode.tokenizer)
    with torch.no_grad():
        together = model.lm_head(student.hidden(batch)[0, ends])
        other = model.lm_head(student.hidden({**batch, "pixels": batch["pixels"].flip(1)})[0, ends])
        for n, question in enumerate(questions):
            inputs = processor(text=f"<|user|><image>{question}<|assistant|>", images=picture, return_tensors="pt")
            alone = model(**inputs).logits[0, -1]
            assert float((together[n] - alone).abs().max()) < 1e-4
            assert float((other[n] - alone).abs().max()) > 1e-2  # another image would be noticed


def test_a_run_in_two_pieces_gives_the_weights_of_a_run_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(parsed(arguments(tmp_path / "whole")))
    ticks = itertools.count()
    with monkeypatch.context() as patch:
        patch.setattr("train_bundled.time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
        train(parsed(arguments(tmp_path / "pieces", "--minutes", str(4.5 / 60))))  # time is up before the second step
    assert torch.load(tmp_path / "pieces" / "state.pt", weights_only=True)["step"] == 1
    assert (tmp_path / "pieces" / "state.pt").exists() and not (tmp_path / "pieces" / "model").exists()
    train(parsed(arguments(tmp_path / "pieces")))
    whole, pieces = (weights(tmp_path / name / "model") for name in ("whole", "pieces"))
    assert whole.keys() == pieces.keys()
    assert all(torch.equal(whole[name], pieces[name]) for name in whole)


def test_what_it_writes_is_loaded_by_transformers_and_says_how_it_came_about(tmp_path: Path) -> None:
    train(parsed(arguments(tmp_path, "--steps", "1")))
    folder = tmp_path / "model"
    _, about = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not (about["missing_keys"] or about["unexpected_keys"])
    pixels = AutoProcessor.from_pretrained(folder).image_processor(
        np.zeros((128, 128, 3), np.uint8), return_tensors="pt"
    )
    assert pixels["pixel_values"].shape == (1, 3, 128, 128)
    record = json.loads((folder / "training.json").read_text())
    assert (record["steps"], record["images"], record["settings"]["seed"]) == (1, 2, 0)
    assert set(json.loads((folder / "checksums.json").read_text())) == {
        path.name for path in folder.iterdir() if path.name not in ("training.json", "checksums.json")
    }


def test_the_learning_rate_rises_over_200_steps_and_falls_to_nothing() -> None:
    assert rate(0, 1000, 1.0) == pytest.approx(1 / 200, rel=1e-3)
    assert rate(500, 1000, 1.0) == pytest.approx(0.5)
    assert rate(1000, 1000, 1.0) == pytest.approx(0.0)
